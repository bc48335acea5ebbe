"""Courses and how they went: completion, outcome, letter, diploma, the call after six months, and what comes next."""

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.follow_up import FollowUp, Stage
from app.i18n import _, format_day, format_time, language, ngettext
from app.services.close_enrolment import EnrolmentReopened, reopen_enrolment
from app.services.record_follow_up_attempt import FollowUpAttemptRecorded
from app.services.record_outcome import OutcomeRecorded
from app.services.write_letter import DraftLetter, draft_letter
from app.storage.engine import Reading
from app.storage.queries.person_course import AttemptLine, OutcomeLine, PartLine, PersonCourses, person_courses
from app.ui.course.closing_form import closing_form
from app.ui.course.words import (
    closing_word,
    completion_word,
    goal_word,
    missing_word,
    reopened_words,
    result_word,
    said_word,
    time_point_word,
    verification_tone,
    verification_word,
)
from app.ui.follow_up.forms import call_form, missing_form, outcome_form, told
from app.ui.person.asking import CardPanel
from app.ui.person.moving_forms import to_course_form, to_other_course_form, to_team_form
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    Form,
    IconButton,
    NoticeBar,
    across_or_down,
    button,
    label,
)
from app.ui.widgets.flowing import Flow
from app.ui.words import number_word

OF_PERSON = "person"


class OutcomePanel(CardPanel[PersonCourses]):
    """Reads a person's courses; a form opens inside the card that it is about."""

    NAME = "outcome"

    def _read(self, reading: Reading, person_id: str, on: date) -> PersonCourses | None:
        return person_courses(reading, person_id, today=on)

    def _add_cards(self, found: PersonCourses) -> None:
        self._column.addWidget(self._next(found))
        for part in found.parts:
            self._column.addWidget(self._part(part))
        if not found.parts:
            self._column.addWidget(
                EmptyState(
                    "chalkboard-teacher",
                    _("Not on a course yet"),
                    _("Attendance, the outcome, the diploma and the call after six months come with a course."),
                    name="course-empty",
                )
            )

    def _next(self, found: PersonCourses) -> Card:
        """Show what can be done about the person as a whole: a new course, another team."""
        card = Card(name="outcome-next")
        across = across_or_down()
        names = dict(found.teams)
        teams = ", ".join(names.get(team, "") for team in found.own_teams)
        across.addWidget(label(teams or _("In no team"), type="soft"), 1)
        across.addWidget(
            button(_("To a course"), name="join-course", shows="plus", on_click=partial(self._ask_to_join, found))
        )
        across.addWidget(
            button(
                _("To another team"),
                name="move-team",
                shows="arrows-left-right",
                on_click=partial(self._ask_for_team, found),
            )
        )
        card.body.addLayout(across)
        self._place_form(card, OF_PERSON)
        return card

    def _part(self, part: PartLine) -> Card:
        card = Card(name=f"part-{part.enrolment_id}")
        top = across_or_down()
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        words.addWidget(label(part.title, type="heading"))
        goal = goal_word(part.goal) if part.goal else ""
        words.addWidget(label(" · ".join(word for word in (part.place, part.concept, goal) if word), type="soft"))
        top.addLayout(words, 1)
        top.addWidget(_state_badge(part), 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(top)
        if part.ended_on is not None:
            bar = NoticeBar(name=f"ended-{part.enrolment_id}")
            card.body.addWidget(bar)
            bar.show_notice(
                "info",
                _("The person has not come for two months: the course counts as ended on {day}.").format(
                    day=format_day(part.ended_on)
                ),
                dismissible=False,
            )
        if part.close_by is not None:
            bar = NoticeBar(name=f"close-by-{part.enrolment_id}")
            card.body.addWidget(bar)
            is_late = part.close_by < today(self._desk.clock)
            said = (
                _("Kom & Kvit: was to be closed by {day}, counted from the stop date.")
                if is_late
                else _("Kom & Kvit: to be closed by {day}, counted from the stop date.")
            )
            bar.show_notice(
                "warning" if is_late else "info",
                said.format(day=format_day(part.close_by)),
                action=_("Leaves the course"),
                on_action=partial(self._ask_to_leave, part),
                dismissible=False,
            )
        if part.offers_new_course:
            bar = NoticeBar(name=f"new-course-{part.enrolment_id}")
            card.body.addWidget(bar)
            bar.show_notice(
                "info",
                _("Smoked again after six months. Offer a new course: many stop at a later try."),
                action=_("To a new course"),
                on_action=partial(self._ask_to_begin_anew, part),
                dismissible=False,
            )
        card.body.addLayout(
            _facts(part, correct=partial(self._correct, part), correct_call=partial(self._correct_call, part))
        )
        card.body.addLayout(self._actions(part))
        self._place_form(card, part.enrolment_id)
        return card

    def _actions(self, part: PartLine) -> QVBoxLayout:
        """Return the rows of buttons: what is usually next first, then the six-month call, then the rest."""
        key = part.enrolment_id
        rows = QVBoxLayout()
        rows.setSpacing(current_metrics().space_2)
        opening = button(
            _("Open the course"),
            name=f"course-{key}",
            kind="quiet",
            on_click=partial(self._desk.open, "course", part.course_id),
        )
        if part.has_moved_on:
            rows.addLayout(_row(opening))
            return rows
        diploma = button(
            _("Show the diploma") if part.has_diploma else _("Make a diploma"),
            name=f"diploma-{key}",
            shows="medal",
            on_click=partial(self._desk.open, "diploma", key),
        )
        first: list[QWidget] = [diploma]
        if part.outcome("end") is None:
            first.insert(0, self._button(part, _("Outcome at the end"), "outcome-end", "flag", self._ask_outcome))
        rows.addLayout(_row(*first))
        stage = part.follow_up.stage
        calls: list[QWidget] = []
        if stage in (Stage.DUE, Stage.MAY_GIVE_UP):
            calls.append(self._button(part, _("A call"), "call", "phone", self._ask_call, kind="primary"))
        if stage in (Stage.DUE, Stage.MAY_GIVE_UP, Stage.TOO_LATE):
            calls.append(self._button(part, _("Answer"), "outcome-six", "chat-text", self._ask_six_months))
            calls.append(self._button(part, _("Give up"), "missing", "", self._ask_missing))
            rows.addLayout(_row(*calls))
        rest: list[QWidget] = []
        if part.left_on is None:
            rest.append(self._button(part, _("Leaves the course"), "leave", "", self._ask_to_leave, kind="quiet"))
            rest.append(self._button(part, _("Move to another course"), "move", "", self._ask_to_move, kind="quiet"))
        else:
            rest.append(
                button(
                    _("Take the closing back"), name=f"reopen-{key}", kind="quiet", on_click=partial(self._reopen, key)
                )
            )
        may_write = self._found is not None and self._found.may_write_to_gp
        if may_write and not any(kind == "gp" for _id, kind, _state in part.letters):
            rest.append(
                self._button(part, _("Letter to the doctor"), "letter", "envelope", self._write_letter, kind="quiet")
            )
        rows.addLayout(_row(*rest, opening))
        return rows

    def _button(
        self, part: PartLine, text: str, name: str, shape: str, act: Callable[[PartLine], object], *, kind: str = ""
    ) -> QWidget:
        made = button(text, name=f"{name}-{part.enrolment_id}", kind=kind, shows=shape, on_click=partial(act, part))
        made.setAccessibleName(f"{text}: {part.title}")
        return made

    # Forms

    def _name(self) -> str:
        """Return what the person is called, for forms that are about the person rather than the course."""
        return self._found.name if self._found is not None else ""

    def _ask_outcome(self, part: PartLine) -> None:
        self._open(
            outcome_form(self._desk, part.enrolment_id, part.title, "end", done=self._recorded), part.enrolment_id
        )

    def _ask_six_months(self, part: PartLine) -> None:
        self._open(
            outcome_form(self._desk, part.enrolment_id, part.title, "six_months", done=self._recorded),
            part.enrolment_id,
        )

    def _correct(self, part: PartLine, outcome: OutcomeLine) -> None:
        form = outcome_form(
            self._desk,
            part.enrolment_id,
            part.title,
            outcome.time_point,
            done=self._recorded,
            corrects_id=outcome.outcome_id,
        )
        self._open_at(form, part)

    def _correct_call(self, part: PartLine, call: AttemptLine) -> None:
        self._open(
            call_form(self._desk, part.enrolment_id, self._name(), done=self._called, corrects=call), part.enrolment_id
        )

    def _ask_call(self, part: PartLine) -> None:
        self._open_at(call_form(self._desk, part.enrolment_id, self._name(), done=self._called), part)

    def _ask_missing(self, part: PartLine) -> None:
        self._open_at(missing_form(self._desk, part.enrolment_id, self._name(), done=self._recorded), part)

    def _ask_to_leave(self, part: PartLine) -> None:
        self._open_at(closing_form(self._desk, part.enrolment_id, self._name(), done=self._done), part)

    def _ask_to_move(self, part: PartLine) -> None:
        if self._found is not None:
            form = to_other_course_form(self._desk, part.enrolment_id, self._found.offers, done=self._done)
            self._open_at(form, part)

    def _ask_to_join(self, found: PersonCourses) -> None:
        self._open(to_course_form(self._desk, found, _("To a course"), done=self._done), OF_PERSON)

    def _ask_to_begin_anew(self, part: PartLine) -> None:
        if self._found is not None:
            self._open_at(to_course_form(self._desk, self._found, _("To a new course"), done=self._done), part)

    def _ask_for_team(self, found: PersonCourses) -> None:
        self._open(to_team_form(self._desk, found, done=self._done), OF_PERSON)

    def _write_letter(self, part: PartLine) -> None:
        self._desk.do(
            lambda work: draft_letter(DraftLetter(part.enrolment_id, "gp", language()), work=work),
            on_done=lambda drafted: self._desk.open("letter", drafted.letter_id),
        )

    def _reopen(self, enrolment_id: str) -> None:
        def told(reopened: EnrolmentReopened) -> None:
            tone, words = reopened_words(_("The person is on the course again."), reopened)
            self._done(words, tone=tone)

        self._desk.do(lambda work: reopen_enrolment(enrolment_id, work=work), on_done=told)

    def _open_at(self, form: Form, part: PartLine) -> None:
        self._open(form, part.enrolment_id)

    def _recorded(self, recorded: OutcomeRecorded) -> None:
        tone, words = told(recorded)
        self._done(words, tone=tone)

    def _called(self, recorded: FollowUpAttemptRecorded) -> None:
        self._done(follow_up_words(recorded.follow_up))


def follow_up_words(found: FollowUp) -> str:
    """Return where the six-month call stands, in a sentence."""
    within = found.window
    days = {} if within is None else {"first": format_day(within.opens_on), "last": format_day(within.closes_on)}
    if found.stage is Stage.NOT_ALLOWED:
        return _("No call after six months: the person has not said yes to it.")
    if found.stage is Stage.OUT:
        return _("No call after six months.")
    if found.stage is Stage.NO_DATE:
        return _("Six months are counted from the stop date, or from the day the course is closed.")
    if found.stage is Stage.WAITING:
        return _("To be called between {first} and {last}.").format(**days)
    if found.stage is Stage.ANSWERED:
        return _("The person has answered.")
    if found.stage is Stage.GIVEN_UP:
        return _("Given up, with a reason.")
    if found.stage is Stage.TOO_LATE:
        return _("The window closed on {last} without an answer.").format(**days)
    tried = found.effort
    assert tried is not None  # noqa: S101 - due means that there is a window
    if found.stage is Stage.MAY_GIVE_UP:
        return _("Called on {n} days, one of them in the evening: may be given up.").format(n=tried.days)
    missing = ngettext("Call on {n} more day", "Call on {n} more days", tried.days_missing).format(n=tried.days_missing)
    evening = _(", one of them after 17:00") if tried.evenings_missing else ""
    until = _("by {last}").format(**days)
    return f"{missing}{evening}, {until}."


def _row(*widgets: QWidget) -> Flow:
    across = Flow(gap=current_metrics().space_2)
    for widget in widgets:
        across.addWidget(widget)
    return across


def _state_badge(part: PartLine) -> Badge:
    if part.left_on is None:
        return Badge(_("On the course"), tone="accent")
    tone = "success" if part.closing_reason == "completed" else "neutral"
    return Badge(f"{closing_word(part.closing_reason)}, {format_day(part.left_on)}", tone=tone)


def _facts(
    part: PartLine, *, correct: Callable[[OutcomeLine], object], correct_call: Callable[[AttemptLine], object]
) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_4)
    grid.setVerticalSpacing(current_metrics().space_2)
    grid.setColumnStretch(1, 1)
    attended = (
        _("Came to {n} of {of} sessions").format(n=part.attended, of=part.expected)
        if part.expected
        else ngettext("Came to {n} session", "Came to {n} sessions", part.attended).format(n=part.attended)
    )
    lines: list[tuple[str, str]] = [(_("Sessions"), attended)]
    if part.has_moved_on:
        lines = [(_("Sessions"), attended + " · " + _("they count in the course that the person moved to"))]
    completed = [completion_word(found) for found, is_so in part.completions if is_so]
    missed = [completion_word(found) for found, is_so in part.completions if not is_so]
    own = (
        _("Completed")
        if part.is_completed
        else ngettext(
            "{n} more meeting completes it", "{n} more meetings complete it", part.needed - part.attended
        ).format(n=part.needed - part.attended)
    )
    by = "; ".join(
        part_of
        for part_of in (
            _("yes by {definitions}").format(definitions=", ".join(completed)) if completed else "",
            _("not by {definitions}").format(definitions=", ".join(missed)) if missed else "",
        )
        if part_of
    )
    if not part.has_moved_on:
        lines.append((_("Completed?"), f"{own} · {by}"))
    back = _("came back")
    lines += [
        (_("Left before"), f"{closing_word(reason)}, {format_day(day)} · {back}")
        for day, reason in part.earlier_closings
    ]
    for row, (head, words) in enumerate(lines):
        grid.addWidget(label(head, type="soft", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(words), row, 1)
    for outcome in part.outcomes:
        row = grid.rowCount()
        grid.addWidget(
            label(time_point_word(outcome.time_point), type="soft", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop
        )
        grid.addLayout(_outcome(outcome, correct=partial(correct, outcome)), row, 1)
    if part.has_moved_on:
        return grid
    row = grid.rowCount()
    grid.addWidget(label(_("The call"), type="soft", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(current_metrics().space_1)
    column.addWidget(label(_counted(part) + follow_up_words(part.follow_up)))
    for call in part.attempts:
        column.addLayout(_call(call, correct=partial(correct_call, call)))
    grid.addLayout(column, row, 1)
    return grid


def _call(call: AttemptLine, *, correct: Callable[[], object]) -> QHBoxLayout:
    across = QHBoxLayout()
    made_on = format_day(call.at)
    words = f"{made_on} {format_time(call.at)} {result_word(call.result)}"
    across.addWidget(label(" · ".join(part for part in (words, call.note) if part), type="caption"), 1)
    correcting = IconButton(
        "pencil-simple", _("Correct the call of {day}").format(day=made_on), name=f"correct-call-{call.attempt_id}"
    )
    correcting.clicked.connect(lambda: correct())
    across.addWidget(correcting)
    return across


def _counted(part: PartLine) -> str:
    if part.counted is None:
        return ""
    day, what = part.counted
    word = _("Stop date {day}. ") if what == "stop_date" else _("Closed {day}. ")
    return word.format(day=format_day(day))


def _outcome(outcome: OutcomeLine, *, correct: Callable[[], object]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(current_metrics().space_1)
    across = across_or_down()
    if outcome.missing_reason:
        across.addWidget(Badge(missing_word(outcome.missing_reason)))
    else:
        across.addWidget(Badge(verification_word(outcome.verification), tone=verification_tone(outcome.verification)))
    details = [format_day(outcome.assessed_on)]
    if not outcome.missing_reason:
        details.append(_("free of nicotine: {answer}").format(answer=said_word(outcome.nicotine_free).lower()))
    if outcome.cigarettes_per_day:
        smoked = ngettext("{n} cigarette a day", "{n} cigarettes a day", 1 if outcome.cigarettes_per_day == 1 else 2)
        details.append(smoked.format(n=number_word(outcome.cigarettes_per_day)))
    if outcome.co_ppm is not None:
        details.append(_("CO {n} ppm").format(n=number_word(outcome.co_ppm)))
    if outcome.satisfaction is not None:
        details.append(_("satisfaction {n} of 5").format(n=outcome.satisfaction))
    across.addWidget(label(" · ".join(details), type="soft"), 1)
    correcting = IconButton(
        "pencil-simple",
        _("Correct: {what}").format(what=time_point_word(outcome.time_point)),
        name=f"correct-{outcome.outcome_id}",
    )
    correcting.clicked.connect(lambda: correct())
    across.addWidget(correcting)
    column.addLayout(across)
    if outcome.speaks_against:
        column.addWidget(label(_("The CO reading is high: worth a talk, never a no."), type="caption"))
    return column
