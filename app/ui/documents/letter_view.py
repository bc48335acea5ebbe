"""A letter in the counsellor's own words: the draft to be changed, and then the very PDF."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _
from app.services.write_letter import EditLetter, edit_letter
from app.storage.change_set import ChangeSet
from app.storage.queries.papers import LetterText, letter_text
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Field, IconButton, NoticeBar, PageHeader, button
from app.ui.widgets.typed_in import is_as_made, note_as_made


class LetterView(QWidget):
    """One letter; what was given away can be read and printed, and not changed.

    What is written is saved when the keyboard leaves it, as anywhere: also where one goes back, or locks the laptop.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._letter_id = self._shown = self._state = ""
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_5, metrics.space_5, metrics.space_5, metrics.space_5)
        column.setSpacing(metrics.space_3)
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back"), name="letter-back")
        going_back.clicked.connect(lambda: desk.open("back"))
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self._header = PageHeader(_("Letter"), "")
        top.addWidget(self._header, 1)
        column.addLayout(top)
        self.recipient = Field(_("To"), name="letter-recipient")
        column.addWidget(self.recipient)
        self.text = QPlainTextEdit()
        self.text.setObjectName("letter-text")
        self.text.setAccessibleName(_("Text of the letter"))
        self.text.setTabChangesFocus(True)
        column.addWidget(self.text, 1)
        for written in (self.recipient.input, self.text):
            written.installEventFilter(self)
        self.notice = NoticeBar(name="letter-notice")
        column.addWidget(self.notice)
        row = QHBoxLayout()
        row.addStretch(1)
        self._keep = button(_("Save draft"), name="letter-keep", on_click=partial(self._save, "draft", "say"))
        self._finish = button(
            _("Finish and show"),
            name="letter-finish",
            kind="primary",
            shows="file-text",
            on_click=partial(self._save, "finished", "show"),
        )
        row.addWidget(self._keep)
        row.addWidget(self._finish)
        column.addLayout(row)

    @property
    def about(self) -> str:
        """Return which letter is shown."""
        return self._letter_id

    def open(self, key: str) -> None:
        """Show a letter."""
        self._letter_id = key

    def refresh(self) -> None:
        """Read the letter anew."""
        letter_id = self._letter_id
        self.notice.hide()
        self._desk.ask(lambda reading: letter_text(reading, letter_id), on_done=self._show)

    def _show(self, found: LetterText | None) -> None:
        if found is None or found.letter_id != self._letter_id:
            return
        if found.letter_id == self._shown and not self._is_saved():
            # It is being written.
            return
        self._shown, self._state = found.letter_id, found.state
        title = _("Letter to the doctor") if found.kind == "gp" else _("Feedback to the referrer")
        self._header.show_text(title, found.name)
        self.recipient.input.setText(found.recipient)
        self.text.setPlainText(found.text)
        for written in (self.recipient.input, self.text):
            # As it is read out of them: Qt has spaces where a text has those that keep a day in one line.
            note_as_made(written)
        for part in (self.recipient.input, self.text, self._keep, self._finish):
            part.setEnabled(found.state != "given")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Save what was written when the keyboard leaves it."""
        if event.type() is QEvent.Type.FocusOut and not self._is_saved() and self.text.toPlainText().strip():
            # What was finished is a draft again.
            self._save("draft" if self._state == "finished" else self._state, "")
        return super().eventFilter(watched, event)

    def _is_saved(self) -> bool:
        return is_as_made(self.recipient.input) and is_as_made(self.text)

    def _save(self, state: str, then: str) -> None:
        command = EditLetter(self._letter_id, self.recipient.input.text(), self.text.toPlainText(), state)
        self._desk.do(
            lambda work: edit_letter(command, work=work),
            on_done=partial(self._saved, command, then),
            on_error=self._could_not,
        )

    def _saved(self, command: EditLetter, then: str, _changed: ChangeSet) -> None:
        self.recipient.input.setProperty("as_made", command.recipient)
        self.text.setProperty("as_made", command.text)
        self._state = command.state
        if then == "show":
            self._desk.open("paper", f"letter:{self._letter_id}")
        elif then == "say":
            self.notice.show_notice("success", _("The draft is saved."))

    def _could_not(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)
