"""One task of a list: whom and what, by when, who asks for it, and everything one can do about it without leaving."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from urllib.parse import quote

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.clock import today
from app.domain.first_contact import SELF_CHANNELS
from app.domain.place_cycle import VISIT_STEPS
from app.domain.tasks import Kind, Task
from app.i18n import _, format_day
from app.services.decide_task import DecideTask, decide_task
from app.services.let_out import Leaving
from app.services.record_contact import RecordContact, record_contact
from app.services.register_referral import CloseReferral, close_referral
from app.services.run_place_cycle import SettleStep, settle_step
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.tasks import TaskRow
from app.ui.contact.attempt_form import AttemptForm
from app.ui.contact.words import (
    KIND_SHAPES,
    URGENCY_TONES,
    asked_by,
    contact_text,
    due_word,
    reminder_text,
    report_word,
    task_words,
)
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.theme import current_metrics, icon
from app.ui.widgets import Badge, Field, Flow, Form, IconButton, across_or_down, button, is_large_text, label

Settling = Callable[[UnitOfWork], ChangeSet]
TOPICS = ("motivation", "wishes", "options", "subsidy")
_SECTIONS = {
    Kind.MEDICINE: "medicine",
    Kind.FIRST_CALL: "contacts",
    Kind.HANDOUT: "nrt",
    Kind.CONSENTS: "consents",
    Kind.FORM: "documents",
    Kind.LETTER_GP: "documents",
    Kind.LETTER_REFERRER: "documents",
    Kind.FOLLOW_UP: "course",
}
_ONE_CLICK = frozenset({Kind.REMINDER})
_SCREENS = {Kind.PLACE_STEP: "place", Kind.GROUP: "course", Kind.REPORT: "reports"}


def settling(task: Task, state: str, *, until: date | None = None, reason: str = "") -> Settling:
    """Return what settles a task, in one transaction; a step of a place is noted as the step itself."""
    if task.kind is Kind.PLACE_STEP:
        step = SettleStep(task.detail("step_id"), state, until or (task.due if state == "open" else None), reason)
        return lambda work: settle_step(step, work=work)
    command = DecideTask(task.person_id, task.key, state, until, reason, team_id=task.team_id)
    return lambda work: decide_task(command, work=work)


def dial(phone: str) -> None:
    """Let the system's telephone call a number."""
    digits = "".join(sign for sign in phone if sign.isdigit() or sign == "+")
    QDesktopServices.openUrl(QUrl(f"tel:{quote(digits, safe='+')}"))


class TaskRowView(QFrame):
    """A task and its buttons; forms open below it, and nothing typed is lost by anything but closing them."""

    def __init__(
        self,
        row: TaskRow,
        desk: Desk,
        *,
        with_name: bool = True,
        say: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self.row = row
        self._desk = desk
        self._say = say
        self._with_name = with_name
        self._form: AttemptForm | Form | None = None
        self.setObjectName(f"task-{row.task.key}")
        self._name = report_word(row.task.detail("about")) if row.task.kind is Kind.REPORT else row.name
        self.setAccessibleName(f"{self._name}: {task_words(row.task)}")
        metrics = current_metrics()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, metrics.space_2, 0, metrics.space_2)
        self._column.setSpacing(metrics.space_2)
        across = across_or_down()
        across.setSpacing(metrics.space_3)
        head = QHBoxLayout()
        head.setSpacing(metrics.space_3)
        head.addWidget(self._shape(), 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(self._words(), 1)
        across.addLayout(head, 1)
        across.addLayout(self._buttons())
        self._column.addLayout(across)

    @property
    def is_typing(self) -> bool:
        """Return whether a form is open."""
        return self._form is not None

    def record(self) -> None:
        """Open the form in which the call is recorded."""
        task = self.row.task
        is_first = task.kind is Kind.FIRST_CALL
        form = AttemptForm(
            f"attempt-{task.key}",
            title=_("How did it go?"),
            topics=TOPICS if is_first else (),
            asks_why=is_first and task.detail("channel") in SELF_CHANNELS,
            submit=self._record,
            close=self._close_form,
        )
        form.show_task(task)
        self._open_form(form)

    def dismiss(self) -> None:
        """Ask why the task is left undone."""
        form = Form(
            _("Why is it left undone?"),
            name=f"dismiss-{self.row.task.key}",
            submit_text=_("Leave it undone"),
            submit=self._send_dismissal,
        )
        self._reason = Field(_("Reason"), name=f"dismiss-{self.row.task.key}-reason")
        form.add_row(reason=self._reason)
        form.cancelled.connect(self._close_form)
        self._open_form(form)

    def note_education(self) -> None:
        """Ask which education it is; the words are kept with the decision."""
        form = Form(
            _("Which education?"),
            name=f"education-{self.row.task.key}",
            submit_text=_("It is in order"),
            submit=lambda: self.decide("done", reason=self._reason.text()),
        )
        self._reason = Field(_("Education"), name=f"education-{self.row.task.key}-reason")
        form.add_row(reason=self._reason)
        form.cancelled.connect(self._close_form)
        self._open_form(form)

    def decide(self, state: str, *, until: date | None = None, reason: str = "") -> None:
        """Settle the task, and offer to take it back."""
        self._desk.do(
            settling(self.row.task, state, until=until, reason=reason),
            on_done=lambda _changed: self._tell(state, until),
            on_error=self._refuse,
        )

    def _words(self) -> QVBoxLayout:
        row = self.row
        words = QVBoxLayout()
        words.setSpacing(0)
        if self._with_name:
            name = button(self._name, name=f"person-of-{row.task.key}", kind="quiet", on_click=self._open_subject)
            name.setProperty("link", True)
            name.setAccessibleName(_("Open {name}").format(name=self._name))
            name.setEnabled(row.task.kind is not Kind.EDUCATION)
            line = Flow(gap=current_metrics().space_3)
            line.addWidget(name)
            line.addWidget(self._due())
            words.addLayout(line)
        words.addWidget(label(task_words(row.task)))
        words.addWidget(label(asked_by(row.task), type="caption", name=f"asked-by-{row.task.key}"))
        if not self._with_name and is_large_text():
            words.addWidget(self._due(), 0, Qt.AlignmentFlag.AlignLeft)
        return words

    def _due(self) -> Badge:
        on = today(self._desk.clock)
        return Badge(due_word(self.row.task, on), tone=URGENCY_TONES[self.row.task.urgency(on)])

    def _shape(self) -> QWidget:
        shown = label("", wrap=False)
        size = QSize(current_metrics().icon, current_metrics().icon)
        if self._with_name:
            # In the line of the name, which is a button.
            shown.setMinimumHeight(current_metrics().control)
        shown.setPixmap(icon(KIND_SHAPES[self.row.task.kind], colour="accent").pixmap(size))
        return shown

    def _buttons(self) -> QHBoxLayout:
        row, key = self.row, self.row.task.key
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_2)
        if not self._with_name and not is_large_text():
            across.addWidget(self._due())
        if (row.task.purpose or row.task.team_id) and row.phone:
            calling = IconButton("phone-call", _("Call {phone}").format(phone=row.phone), name=f"dial-{key}")
            calling.clicked.connect(partial(dial, row.phone))
            across.addWidget(calling)
        if row.task.purpose and row.may_text and row.task.kind is not Kind.MEDICINE:
            copying = IconButton("copy", _("Copy the text message"), name=f"copy-{key}")
            copying.clicked.connect(self._copy)
            across.addWidget(copying)
        across.addWidget(self._main_button())
        more = IconButton("dots-three", _("More"), name=f"more-{key}")
        more.clicked.connect(lambda: self._menu().exec(more.mapToGlobal(more.rect().bottomLeft())))
        across.addWidget(more)
        across.addStretch(1)
        return across

    def _main_button(self) -> QWidget:
        task = self.row.task
        if task.team_id:
            return self._button_of_team(task)
        if task.kind in _ONE_CLICK:
            return button(_("Reminded"), name=f"done-{task.key}", shows="check", on_click=self._reminded)
        if task.kind is Kind.E_KVIT:
            return button(_("Shown"), name=f"done-{task.key}", shows="check", on_click=lambda: self.decide("done"))
        if task.kind is Kind.DIPLOMA:
            return button(
                _("Make a diploma"),
                name=f"done-{task.key}",
                shows="medal",
                on_click=lambda: self._desk.open("diploma", task.enrolment_id),
            )
        if task.purpose and task.kind not in (Kind.FOLLOW_UP, Kind.MEDICINE):
            return button(_("Note the call"), name=f"record-{task.key}", shows="note-pencil", on_click=self.record)
        return button(_("Open"), name=f"open-{task.key}", shows="arrow-right", on_click=self._open_subject)

    def _button_of_team(self, task: Task) -> QWidget:
        if task.kind is Kind.PLACE_STEP and task.detail("step") in VISIT_STEPS:
            return button(
                _("Count the visit"),
                name=f"count-{task.key}",
                shows="note-pencil",
                on_click=lambda: self._desk.open("place", f"{task.about_id}:{task.detail('step_id')}"),
            )
        if task.kind is Kind.EDUCATION:
            return button(
                _("Note the education"), name=f"done-{task.key}", shows="note-pencil", on_click=self.note_education
            )
        words = {
            Kind.PLACE_STEP: _("Done today"),
            Kind.GROUP: _("Created"),
            Kind.REPORT: _("Sent"),
        }
        return button(words[task.kind], name=f"done-{task.key}", shows="check", on_click=lambda: self.decide("done"))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        on = today(self._desk.clock)
        if self.row.task.kind is Kind.EDUCATION:
            menu.addAction(_("Note the education"), self.note_education)
        else:
            menu.addAction(_("Done"), lambda: self.decide("done"))
        menu.addAction(_("Put off until tomorrow"), lambda: self.decide("put_off", until=on + timedelta(days=1)))
        monday = on + timedelta(days=7 - on.weekday())
        menu.addAction(
            _("Put off until {day}").format(day=format_day(monday)), lambda: self.decide("put_off", until=monday)
        )
        if self.row.task.kind is Kind.FIRST_CALL and self.row.task.detail("attempts") not in ("", "0"):
            menu.addAction(_("Close the referral: not reached"), self._give_up)
        menu.addAction(_("Leave undone, with a reason …"), self.dismiss)
        return menu

    def _give_up(self) -> None:
        command = CloseReferral(self.row.task.referral_id, "not_reached")
        self._desk.do(
            lambda work: close_referral(command, work=work), on_done=lambda _changed: None, on_error=self._refuse
        )

    def _copy(self) -> None:
        row = self.row
        first_name = row.name.split(" ")[0]
        said = (
            reminder_text(row.task, first_name)
            if row.task.session_id and row.task.kind is not Kind.NO_SHOW
            else contact_text(first_name, self._desk.user_name)
        )
        Door(self._desk, self).copy(said, Leaving("text message", (row.task.person_id,)), on_done=self._say_copied)

    def _say_copied(self) -> None:
        if self._say is not None:
            self._say(_("The text message is copied. Paste it on your phone or in the message service."))

    def _reminded(self) -> None:
        task = self.row.task
        self._record(
            RecordContact(
                person_id=task.person_id,
                channel=task.detail("channel") or "phone",
                purpose=task.purpose,
                outcome="reached",
                enrolment_id=task.enrolment_id,
                session_id=task.session_id,
            )
        )

    def _record(self, command: RecordContact) -> None:
        self._desk.do(
            lambda work: record_contact(command, work=work),
            on_done=lambda _made: self._close_form(),
            on_error=self._refuse,
        )

    def _send_dismissal(self) -> None:
        self.decide("dismissed", reason=self._reason.text())

    def _open_subject(self) -> None:
        task = self.row.task
        if task.team_id:
            self._desk.open(_SCREENS[task.kind], "" if task.kind is Kind.REPORT else task.about_id)
            return
        self._desk.open("person", self.row.task.person_id, section=_SECTIONS.get(self.row.task.kind, ""))

    def _open_form(self, form: AttemptForm | Form) -> None:
        self._close_form()
        self._form = form
        self._column.addWidget(form)
        form.setFocus()

    def _close_form(self) -> None:
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._form = None

    def _refuse(self, problem: Exception) -> None:
        if self._form is not None:
            self._form.refuse(problem)
        else:
            self._desk.failed.emit(problem)

    def _tell(self, state: str, until: date | None) -> None:
        self._close_form()
        if self._say is None:
            return
        said = {
            "done": _("Done: {name}.").format(name=self._name),
            "dismissed": _("Left undone: {name}. The reason stands in the history.").format(name=self._name),
            "put_off": _("Put off: {name}, until {day}.").format(
                name=self._name, day=format_day(until) if until else ""
            ),
        }.get(state, "")
        if said:
            self._say(said)
