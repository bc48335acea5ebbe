"""The forms of a course's sessions: one more, another day for one, and whether a first talk counts."""

from collections.abc import Callable

from app.clock import today
from app.domain.courses import SETTINGS
from app.i18n import _, format_clock, format_day
from app.services.plan_session import MoveSession, PlanSession, move_session, plan_session, say_counselling
from app.storage.queries.courses import CoursePage, SessionLine
from app.ui.course.words import session_word, setting_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Field, Form

_YES, _NO = "yes", "no"


def extra_session_form(desk: Desk, found: CoursePage, *, done: Callable[[str], object]) -> Form:
    """Return the form of one more session, of the whole course or of one of its people."""
    on = today(desk.clock)
    kind = ChoiceField(
        _("What it is"),
        name="session-kind",
        offers=[(key, session_word(key, 0)) for key in ("extra", "intake", "follow_up")],
        chosen="extra",
        as_box=True,
    )
    whom = ChoiceField(
        _("For"),
        name="session-for",
        offers=(
            ("", _("Everybody on the course")),
            *((line.enrolment_id, line.name) for line in found.participants if line.left_on is None),
        ),
        as_box=True,
    )
    day = DayField(_("Day"), name="session-day", today=on, day=max(on, found.said.starts_on))
    at = Field(_("Time"), name="session-at", placeholder=format_clock(found.said.starts_at or "10:00"))
    setting = _setting_field(found.said.setting)
    counselling = _counselling_field(holds_counselling=True)
    counselling.hide()
    kind.changed.connect(lambda chosen: counselling.setVisible(chosen == "intake"))

    def submit() -> None:
        held_on = day.day()
        command = PlanSession(
            found.course_id,
            held_on,
            kind=kind.value(),
            starts_at=at.text(),
            setting=setting.value(),
            enrolment_id=whom.value() or None,
            holds_counselling=kind.value() != "intake" or counselling.value() == _YES,
        )
        desk.do(
            lambda work: plan_session(command, work=work),
            on_done=lambda _planned: done(_("The session is planned.")),
            on_error=form.refuse,
        )

    form = Form(_("One more session"), name="session-form", submit_text=_("Plan the session"), submit=submit)
    form.add_row(enrolment_id=whom, kind=kind)
    form.add_row(holds_counselling=counselling)
    form.add_row(held_on=day, starts_at=at, setting=setting)
    form.begin_in(day)
    return form


def moving_form(desk: Desk, line: SessionLine, *, done: Callable[[str], object]) -> Form:
    """Return the form of another day, time or place for a planned session."""
    day = DayField(_("Day"), name="session-day", today=today(desk.clock), day=line.held_on)
    at = Field(_("Time"), name="session-at", placeholder="10:00")
    at.input.setText(format_clock(line.starts_at))
    setting = _setting_field(line.setting)

    def submit() -> None:
        held_on = day.day()
        command = MoveSession(line.session_id, held_on, starts_at=at.text(), setting=setting.value())
        desk.do(
            lambda work: move_session(command, work=work),
            on_done=lambda _changed: done(_("The session is moved.")),
            on_error=form.refuse,
        )

    title = _("{session}: another day").format(session=session_word(line.kind, line.number))
    form = Form(title, name="session-form", submit_text=_("Move the session"), submit=submit)
    form.add_row(held_on=day, starts_at=at, setting=setting)
    return form


def counselling_form(desk: Desk, line: SessionLine, *, done: Callable[[str], object]) -> Form:
    """Return the form that says whether a first talk holds counselling, and so counts as a session."""
    counselling = _counselling_field(holds_counselling=line.holds_counselling)

    def submit() -> None:
        holds = counselling.value() == _YES
        desk.do(
            lambda work: say_counselling(line.session_id, holds_counselling=holds, work=work),
            on_done=lambda _changed: done(
                _("Saved: the first talk counts.") if holds else _("Saved: the first talk does not count.")
            ),
            on_error=form.refuse,
        )

    title = f"{session_word(line.kind, line.number)}, {format_day(line.held_on)}"
    form = Form(title, name="counselling-form", submit_text=_("Save"), submit=submit)
    form.add_row(holds_counselling=counselling)
    return form


def _counselling_field(*, holds_counselling: bool) -> ChoiceField:
    return ChoiceField(
        _("Does it hold counselling?"),
        name="session-counselling",
        offers=((_YES, _("Yes, it counts as a session")), (_NO, _("No, it does not count"))),
        chosen=_YES if holds_counselling else _NO,
        advice=_("A talk that only finds out what the person needs does not count towards completing the course."),
    )


def _setting_field(chosen: str) -> ChoiceField:
    return ChoiceField(
        _("Where"),
        name="session-setting",
        offers=[(key, setting_word(key)) for key in SETTINGS],
        chosen=chosen,
        as_box=True,
    )
