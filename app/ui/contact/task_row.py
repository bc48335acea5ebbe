"""One task of a list: whom and what, by when, who asks for it, and everything one can do about it without leaving."""

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import quote

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QMenu, QVBoxLayout

from app.clock import today
from app.domain.first_contact import SELF_CHANNELS
from app.domain.place_cycle import VISIT_STEPS
from app.domain.tasks import THINKING, Kind, Task, Urgency
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
from app.ui.contact.one_form import OneForm
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
from app.ui.widgets import (
    Badge,
    Field,
    Flow,
    Form,
    Hung,
    IconButton,
    WidthFirst,
    across_or_down,
    button,
    is_large_text,
    is_ordinary_text,
    label,
)

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


class TaskRowView(WidthFirst, QFrame):
    """A task and its buttons; forms open below it, and nothing typed is lost by anything but closing them."""

    def __init__(
        self,
        row: TaskRow | None,
        desk: Desk,
        *,
        with_name: bool = True,
        say: Callable[[str], object] | None = None,
        on_cancel: Callable[[], object] | None = None,
    ) -> None:
        """Show a task; without one it is made ready for the one that :meth:`show_row` is given, once."""
        super().__init__()
        self._row: TaskRow | None = None
        self._desk = desk
        self._say = say
        self._on_cancel = on_cancel
        self._with_name = with_name
        self._name = ""
        self._act: Callable[[], object] | None = None
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, metrics.space_2, 0, metrics.space_2)
        column.setSpacing(metrics.space_2)
        self._forms = OneForm(column, desk, on_cancel=self._tell_cancelled)
        # In large text the sentence would stand beside the buttons with a word or two in each line.
        across = across_or_down(letter=metrics.body * 2 if is_large_text() else metrics.body)
        across.setSpacing(metrics.space_3)
        head = QHBoxLayout()
        head.setSpacing(metrics.space_3)
        self._shape = label("", wrap=False)
        if with_name:
            # In the line of the name, which is a button.
            self._shape.setMinimumHeight(metrics.control)
        head.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        # What is shown first is mostly late: a badge that stays as it is made is not dressed again.
        self._due = Badge("", tone=URGENCY_TONES[Urgency.OVERDUE])
        head.addLayout(self._words(), 1)
        across.addLayout(head, 1)
        across.addLayout(self._buttons())
        column.addLayout(across)
        if row is not None:
            self.show_row(row, say=say, on_cancel=on_cancel)

    @property
    def row(self) -> TaskRow:
        """Return the task that is shown."""
        assert self._row is not None, "made ready, and not shown yet"  # noqa: S101 - a row is shown before it is used
        return self._row

    def show_row(
        self,
        row: TaskRow,
        *,
        say: Callable[[str], object] | None = None,
        on_cancel: Callable[[], object] | None = None,
    ) -> None:
        """Be about this task from now on, and never about another: what is done and said about it stays its own.

        `on_cancel` is told that a form was put away: the list it kept from being drawn anew may be by now.
        """
        assert self._row is None, "a row shows one task"  # noqa: S101
        self._row, self._say, self._on_cancel = row, say, on_cancel
        task = row.task
        self.setObjectName(f"task-{task.key}")
        self._name = report_word(task.detail("about")) if task.kind is Kind.REPORT else row.name
        said = task_words(task)
        self.setAccessibleName(f"{self._name}: {said}")
        size = QSize(current_metrics().icon, current_metrics().icon)
        self._shape.setPixmap(icon(KIND_SHAPES[task.kind], colour="accent").pixmap(size))
        self.show_day()
        if self._with_name:
            self._subject.setObjectName(f"person-of-{task.key}")
            self._subject.setText(self._name)
            self._subject.setAccessibleName(_("Open {name}").format(name=self._name))
            self._subject.setEnabled(task.kind is not Kind.EDUCATION)
        self._what.setText(said)
        self._asked_by.setText(asked_by(task))
        self._asked_by.setObjectName(f"asked-by-{task.key}")
        self._show_ways(row)

    def show_day(self) -> None:
        """Say how soon the task is due as of today, which may have become another day."""
        task, on = self.row.task, today(self._desk.clock)
        self._due.show_state(due_word(task, on), URGENCY_TONES[task.urgency(on)])

    def _show_ways(self, row: TaskRow) -> None:
        """Offer what can be done about the task, and nothing else."""
        task = row.task
        can_call = bool((task.purpose or task.team_id) and row.phone)
        can_text = bool(task.purpose and row.may_text and task.kind is not Kind.MEDICINE)
        if can_call:
            self._calling.setObjectName(f"dial-{task.key}")
            self._calling.show_as("phone-call", _("Call {phone}").format(phone=row.phone))
        self._copying.setObjectName(f"copy-{task.key}" if can_text else "")
        self._calling.setVisible(can_call)
        self._copying.setVisible(can_text)
        text, verb, shape, self._act = self._main_way(task)
        self._main.setObjectName(f"{verb}-{task.key}")
        self._main.setText(text)
        # Read out in a list of many, each says what it is about.
        about = self.accessibleName() if self._with_name else task_words(task)
        self._main.setAccessibleName(f"{text}: {about}")
        self._copying.show_as("copy", _("Copy the text message"), about=about)
        self._more.show_as("dots-three", _("More"), about=about)
        self._main.setIcon(icon(shape))
        self._more.setObjectName(f"more-{task.key}")

    @property
    def is_typing(self) -> bool:
        """Return whether a form is open."""
        return self._forms.opened is not None

    def close_form(self) -> None:
        """Take away the form that is open, and what was written in it."""
        self._forms.close()

    def record(self) -> None:
        """Open the form in which the call is recorded."""
        task = self.row.task
        is_first = task.kind is Kind.FIRST_CALL
        form = AttemptForm(
            f"attempt-{task.key}",
            title=_("How did it go?"),
            topics=TOPICS if is_first or task.detail(THINKING) else (),
            asks_why=is_first and task.detail("channel") in SELF_CHANNELS,
            submit=self._record,
            close=self._forms.cancel,
        )
        form.show_task(task)
        self._forms.open(form)

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
        self._forms.open(form)

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
        self._forms.open(form)

    def decide(self, state: str, *, until: date | None = None, reason: str = "") -> None:
        """Settle the task, and offer to take it back."""
        self._desk.do(
            settling(self.row.task, state, until=until, reason=reason),
            on_done=lambda _changed: self._tell(state, until),
            on_error=self._forms.refuse,
        )

    def _words(self) -> QVBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        if self._with_name:
            self._subject = button("", name="person-of", kind="quiet", on_click=self._open_subject, gives_way=True)
            self._subject.setProperty("link", True)
            words.addLayout(Hung(self._head_line()))
        self._what, self._asked_by = label(""), label("", type="caption")
        words.addWidget(self._what)
        words.addWidget(self._asked_by)
        if not self._with_name and is_large_text():
            words.addWidget(self._due, 0, Qt.AlignmentFlag.AlignLeft)
        return words

    def _head_line(self) -> QLayout:
        """Return name and day: a row that goes on below where the text is enlarged."""
        gap = current_metrics().space_3
        if not is_ordinary_text():
            line = Flow(gap=gap)
            line.addWidget(self._subject)
            line.addWidget(self._due)
            return line
        across = QHBoxLayout()
        across.setSpacing(gap)
        across.addWidget(self._subject)
        across.addWidget(self._due)
        across.addStretch(1)
        return across

    def _buttons(self) -> QHBoxLayout:
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_2)
        if not self._with_name and not is_large_text():
            across.addWidget(self._due)
        self._calling = IconButton("phone-call", "", name="")
        self._calling.clicked.connect(lambda: dial(self.row.phone))
        self._copying = IconButton("copy", _("Copy the text message"), name="")
        self._copying.clicked.connect(self._copy)
        self._main = button("", name="main", shows="check", on_click=lambda: self._act() if self._act else None)
        self._more = IconButton("dots-three", _("More"), name="more")
        self._more.clicked.connect(lambda: self._menu().exec(self._more.mapToGlobal(self._more.rect().bottomLeft())))
        for made in (self._calling, self._copying, self._main, self._more):
            across.addWidget(made)
        across.addStretch(1)
        return across

    def _main_way(self, task: Task) -> tuple[str, str, str, Callable[[], object]]:
        """Return the words, the verb of its name, the icon and the act of the one button that settles most tasks."""
        if task.team_id:
            return self._way_of_team(task)
        if task.kind in _ONE_CLICK:
            return _("Reminded"), "done", "check", self._reminded
        if task.kind is Kind.E_KVIT:
            return _("Shown"), "done", "check", lambda: self.decide("done")
        if task.kind is Kind.DIPLOMA:
            return _("Make a diploma"), "done", "medal", lambda: self._desk.open("diploma", task.enrolment_id)
        if task.purpose and task.kind not in (Kind.FOLLOW_UP, Kind.MEDICINE):
            return _("Note the call"), "record", "note-pencil", self.record
        return _("Open"), "open", "arrow-right", self._open_subject

    def _way_of_team(self, task: Task) -> tuple[str, str, str, Callable[[], object]]:
        if task.kind is Kind.PLACE_STEP and task.detail("step") in VISIT_STEPS:
            step = f"{task.about_id}:{task.detail('step_id')}"
            return _("Count the visit"), "count", "note-pencil", lambda: self._desk.open("place", step)
        if task.kind is Kind.EDUCATION:
            return _("Note the education"), "done", "note-pencil", self.note_education
        words = {
            Kind.PLACE_STEP: _("Done today"),
            Kind.GROUP: _("Created"),
            Kind.REPORT: _("Sent"),
        }
        return words[task.kind], "done", "check", lambda: self.decide("done")

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
            lambda work: close_referral(command, work=work), on_done=lambda _changed: None, on_error=self._forms.refuse
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
            on_done=lambda _made: self._forms.close(),
            on_error=self._forms.refuse,
        )

    def _tell_cancelled(self) -> None:
        if self._on_cancel is not None:
            self._on_cancel()

    def _send_dismissal(self) -> None:
        self.decide("dismissed", reason=self._reason.text())

    def _open_subject(self) -> None:
        task = self.row.task
        if task.team_id:
            self._desk.open(_SCREENS[task.kind], "" if task.kind is Kind.REPORT else task.about_id)
            return
        self._desk.open("person", self.row.task.person_id, section=_SECTIONS.get(self.row.task.kind, ""))

    def _tell(self, state: str, until: date | None) -> None:
        self._forms.close()
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
