"""Typing into the national database: its forms in their order beside the browser, and a tick for each that is typed."""

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.documents.typing_sheet import Form
from app.domain.access_chain import Action
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _
from app.services.make_document import Paper
from app.services.typing_forms import TickForm, TypingForms, forms_to_type, tick_form
from app.storage.access_log import Access
from app.storage.change_set import ChangeSet
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, Card, FilledPage, IconButton, PageHeader, RebuiltPage, button, label, short_row


class TypingView(RebuiltPage):
    """One person's part in a course, form by form."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="typing")
        self._desk = desk
        self._enrolment_id = ""
        self._seen = ""
        top = QHBoxLayout()
        room = current_metrics().space_5
        top.setContentsMargins(room, room, room, 0)
        top.setSpacing(current_metrics().space_3)
        going_back = IconButton("arrow-left", _("Back"), name="typing-back")
        going_back.clicked.connect(lambda: desk.open("back"))
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self._header = PageHeader("STOPbasen", "")
        top.addWidget(self._header, 1)
        self._print = button(_("Show on paper"), name="typing-print", shows="printer", on_click=self._on_paper)
        top.addWidget(self._print, 0, Qt.AlignmentFlag.AlignTop)
        self.above.addLayout(top)

    @property
    def about(self) -> str:
        """Return whose forms are shown, by the enrolment."""
        return self._enrolment_id

    def open(self, key: str) -> None:
        """Show the forms of an enrolment."""
        is_other = key != self._enrolment_id
        self.begin_anew(is_other=is_other)
        if is_other:
            self._header.show_text("STOPbasen", "")
        self._enrolment_id, self._seen = key, ""

    def refresh(self) -> None:
        """Read the forms anew."""
        enrolment_id = self._enrolment_id
        self.notice.hide()
        self._desk.do(
            lambda work: forms_to_type(work.session, enrolment_id), on_done=self._show, on_error=self._could_not
        )

    def _show(self, found: TypingForms) -> None:
        if found.enrolment_id != self._enrolment_id:
            return
        if self._seen != found.enrolment_id:
            self._seen = found.enrolment_id
            self._desk.log(Access(Action.VIEW, found.person_id, "form_typed"))
        self._header.show_text(found.name, found.course)
        self._print.setEnabled(True)
        self.show_anew(partial(self._fill, found.forms))

    def _fill(self, forms: Sequence[Form], page: FilledPage) -> Iterator[None]:
        for form in forms:
            page.body.addWidget(self._form(form))
            yield

    def _form(self, form: Form) -> Card:
        made = Card(name=f"form-{form.key}")
        row = short_row()
        row.addWidget(label(form.title, type="heading"), 1)
        if form.typed:
            row.addWidget(Badge(form.typed, tone="success"))
        else:
            ticking = button(
                _("Typed"), name=f"typed-{form.key}", shows="check", on_click=partial(self._tick, form.key)
            )
            ticking.setAccessibleName(f"{ticking.text()}: {form.title}")
            row.addWidget(ticking)
        made.body.addLayout(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_2)
        for number, field in enumerate(form.fields):
            grid.addWidget(label(field.number, type="soft", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(field.question, type="soft"), number, 1, Qt.AlignmentFlag.AlignTop)
            answer = label(field.answer, type="strong")
            answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(answer, number, 2, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 3)
        made.body.addLayout(grid)
        return made

    def _tick(self, form: str) -> None:
        command = TickForm(self._enrolment_id, form)
        self._desk.do(lambda work: tick_form(command, work=work), on_done=self._ticked, on_error=self._could_not)

    def _ticked(self, _changed: ChangeSet) -> None:
        self.refresh()

    def _on_paper(self) -> None:
        self._desk.open("paper", f"{Paper.TYPING.value}:{self._enrolment_id}")

    def _could_not(self, problem: Exception) -> None:
        self.begin_anew(is_other=True)
        self._print.setEnabled(False)
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)
