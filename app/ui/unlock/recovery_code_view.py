"""The recovery code, shown once: to print, to save, and to be confirmed by writing its end."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.documents.preview import PageSizes, page_sizes
from app.documents.record_pages import RecordDocument, Section, record_pdf
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, language, quoted
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.widgets import Card, Field, NoticeBar, ScrollPage, across_or_down, button, label, tile

LEAVING = Leaving("recovery code")


class RecoveryCodeView(QWidget):
    """Shows the code; `confirmed` comes when its last four letters were written, so that it was really looked at."""

    confirmed = Signal()

    def __init__(self, desk: Desk, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.door = Door(desk, self)
        self.setObjectName("recovery-code-view")
        self._code = code
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="recovery-code-page", widest=620, centred=True)
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

    def sheet(self) -> RecordDocument:
        """Return the sheet with the code, yet to be drawn."""
        return RecordDocument(
            title=_("Recovery code for Pusterum"),
            lead=_(
                "This code opens one laptop, once, if its passphrase is forgotten. Keep the sheet locked up at the"
                " office, never together with the laptop. Tear it up when a new code has been made."
            ),
            code=self._code,
            sections=(Section("", self._whose_and_how()),),
            language=language(),
        )

    def _whose_and_how(self) -> tuple[tuple[str, str], ...]:
        """Return what tells the sheet from others in the locker, and what to do with it some day."""
        forgotten = quoted(_("Forgotten the passphrase?"))
        how = _(
            "Where the passphrase is asked for, press {button}. Write the code and choose a new passphrase."
            " You then get a new code."
        )
        return (
            (_("Whose"), self._desk.user_name),
            (_("Made on"), format_day(today(self._desk.clock))),
            (_("How to use it"), how.format(button=forgotten)),
        )

    def write(self, path: Path) -> None:
        """Write the sheet to a file."""
        sheet = self.sheet()
        self.door.save(
            path,
            lambda: self._desk.papers.do(partial(record_pdf, sheet)),
            LEAVING,
            on_done=lambda: self.notice.show_notice(
                "warning",
                _("Saved as {file}. Move it off this laptop: whoever finds the two together can open it.").format(
                    file=path.name
                ),
            ),
            on_error=self._could_not,
        )

    def _ask_where(self) -> None:
        path = self.door.ask_where(_("Save as PDF"), "pusterum.pdf", "PDF (*.pdf)")
        if path is not None:
            self.write(path)

    def _print(self) -> None:
        sheet, papers = self.sheet(), self._desk.papers

        def job() -> tuple[bytes, PageSizes]:
            pdf = papers.do(partial(record_pdf, sheet))
            return pdf, papers.do(partial(page_sizes, pdf))

        self._desk.beside(job, on_done=self._print_drawn, on_error=self._could_not)

    def _print_drawn(self, drawn: tuple[bytes, PageSizes]) -> None:
        pdf, sizes = drawn
        printer = self.door.ask_for_printer(sizes)
        if printer is not None:
            self.door.print_on(printer, pdf, sizes, LEAVING, on_done=lambda: None, on_error=self._could_not)

    def _could_not(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _confirm(self) -> None:
        written = "".join(letter for letter in self.end.text().upper() if letter.isalpha())
        if written == self._code[-4:]:
            self.confirmed.emit()
        else:
            self.end.complain(_("These are not the last four letters of the code."))
            self.end.input.setFocus()
