"""The recovery code, shown once: to print, to save, and to be confirmed by writing its end."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from app.documents.preview import page_pictures
from app.documents.record_pages import RecordDocument, record_pdf
from app.error_text import sentence_for
from app.errors import KnownProblem
from app.i18n import _, language
from app.ui.documents.preview import PRINT_SCALE, image_of
from app.ui.widgets import Card, Field, NoticeBar, ScrollPage, across_or_down, button, label, tile


class RecoveryCodeView(QWidget):
    """Shows the code; `confirmed` comes when its last four letters were written, so that it was really looked at."""

    confirmed = Signal()

    def __init__(self, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery-code-view")
        self._code = code
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="recovery-code-page", widest=620)
        page.body.addStretch(1)
        card = Card(name="recovery-code-card")
        card.body.addWidget(tile("key"))
        card.body.addWidget(label(_("Your recovery code"), type="title"))
        card.body.addWidget(
            label(
                _(
                    "With it you can open this laptop if you forget your passphrase. It is shown now and never again."
                    " Print it and keep it at the office, not with the laptop."
                ),
                type="soft",
            )
        )
        self.notice = NoticeBar(name="recovery-code-notice")
        card.body.addWidget(self.notice)
        shown = label(code, type="heading", name="recovery-code")
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        shown.setAccessibleName(_("Recovery code: {letters}").format(letters=" ".join(code)))
        card.body.addWidget(shown)
        across = across_or_down()
        across.addWidget(button(_("Print"), name="recovery-print", shows="printer", on_click=self._print))
        across.addWidget(
            button(_("Save as PDF"), name="recovery-save", shows="download-simple", on_click=self._ask_where)
        )
        across.addStretch(1)
        card.body.addLayout(across)
        self.end = Field(
            _("Write the last four letters, when you have it on paper"), name="recovery-end", placeholder="____"
        )
        self.end.submitted.connect(self._confirm)
        card.body.addWidget(self.end)
        self.go = button(
            _("It is in a safe place"), name="recovery-confirm", kind="primary", shows="check", on_click=self._confirm
        )
        card.body.addWidget(self.go)
        page.body.addWidget(card)
        page.body.addStretch(2)
        whole.addWidget(page)
        self.setFocusProxy(self.end.input)

    def pdf(self) -> bytes:
        """Return the sheet with the code."""
        return record_pdf(
            RecordDocument(
                title=_("Recovery code for Pusterum"),
                lead=_(
                    "This code opens one laptop, once, if its passphrase is forgotten. Keep the sheet locked up at the"
                    " office, never together with the laptop. Tear it up when a new code has been made."
                ),
                code=self._code,
                language=language(),
            )
        )

    def write(self, path: Path) -> None:
        """Write the sheet to a file."""
        try:
            path.write_bytes(self.pdf())
        except OSError:
            self.notice.show_notice("problem", sentence_for(KnownProblem("read-only")))
            return
        self.notice.show_notice(
            "warning",
            _("Saved as {file}. Move it off this laptop: whoever finds the two together can open it.").format(
                file=path.name
            ),
        )

    def _ask_where(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Save as PDF"), "pusterum.pdf", "PDF (*.pdf)")
        if path:
            self.write(Path(path))

    def _print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setFullPage(True)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            painter = QPainter(printer)
            page = printer.pageRect(QPrinter.Unit.DevicePixel)
            painter.drawImage(page, image_of(page_pictures(self.pdf(), PRINT_SCALE)[0]))
            painter.end()

    def _confirm(self) -> None:
        written = "".join(letter for letter in self.end.text().upper() if letter.isalpha())
        if written == self._code[-4:]:
            self.confirmed.emit()
        else:
            self.end.complain(_("These are not the last four letters of the code."))
            self.end.input.setFocus()
