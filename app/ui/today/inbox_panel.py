"""Says on Today that letters wait in the inbox, and is not there while none does."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.storage.queries.inbox import count_open
from app.ui.desk import Desk
from app.ui.widgets import PageCard, PagePart, across_or_down, button, label


class InboxPanel(PagePart):
    """One line and the way to the inbox."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inbox-panel")
        self._desk = desk
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = PageCard(name="inbox-waiting-card")
        row = across_or_down()
        self._words = label("", type="strong", name="inbox-waiting")
        row.addWidget(self._words, 1)
        row.addWidget(button(_("Show the inbox"), name="inbox-show", shows="tray", on_click=lambda: desk.open("inbox")))
        card.body.addLayout(row)
        column.addWidget(card)
        self.hide()

    def refresh(self) -> None:
        """Count anew."""
        self._desk.ask(count_open, on_done=self._show)

    def _show(self, waiting: int) -> None:
        self._words.setText(ngettext("{n} letter waits.", "{n} letters wait.", waiting).format(n=waiting))
        self.setVisible(waiting > 0)
