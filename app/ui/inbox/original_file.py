"""A letter's file as it came: shown in the window alone, or saved out after a warning."""

from collections.abc import Callable

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from app.exchange.medcom.decoding import Undecodable, decode
from app.i18n import _
from app.storage.queries.inbox import original
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import button

_MOST_SHOWN = 200_000


class OriginalFile(QWidget):
    """Two buttons for others to place (`toggle`, `save`), and the file's characters below when asked for."""

    def __init__(self, desk: Desk, message_id: str, save: Callable[[str, bytes], None]) -> None:
        super().__init__()
        self._desk = desk
        self._message_id = message_id
        self._save = save
        self.toggle = button(_("Show the original"), name="message-original", shows="code")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._toggled)
        self.save = button(
            _("Save the original …"), name="message-save", shows="download-simple", on_click=self._ask_to_save
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._text = QPlainTextEdit()
        self._text.setObjectName("message-original-text")
        self._text.setAccessibleName(_("The original file"))
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setAcceptDrops(False)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setMinimumHeight(current_metrics().body * 20)
        column.addWidget(self._text)
        self.hide()

    def _toggled(self, is_on: bool) -> None:
        self.setVisible(is_on)
        if is_on and not self._text.toPlainText():
            message_id = self._message_id
            self._desk.ask(lambda reading: original(reading, message_id), on_done=lambda found: self._show(*found))

    def _show(self, _name: str, content: bytes) -> None:
        try:
            text = decode(content)[0]
        except Undecodable:
            text = content.decode("latin-1")
        shown = text[:_MOST_SHOWN].replace("\0", "␀")
        cut = _("… and more; save the original to see all of it.") if len(text) > _MOST_SHOWN else ""
        self._text.setPlainText(f"{shown}\n{cut}".strip("\n"))

    def _ask_to_save(self) -> None:
        message_id = self._message_id
        self._desk.ask(lambda reading: original(reading, message_id), on_done=lambda found: self._save(*found))
