"""Plan the sessions of a course: another one, an extra one (also for one person), another day, or none.

Of an intake it is said whether it holds counselling, for only then it counts as a meeting; also once it is closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.domain.courses import SESSION_KINDS, SETTINGS, check_session_day, clock_time, weekly_days
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Course, Enrolment, Session
from app.models.local import SessionDraft
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.programmes import working_days


@dataclass(frozen=True, slots=True)
class PlanSession:
    """A session to add; empty `starts_at` and `setting` are the course's.

    `kind`: ordinary, extra, intake or follow_up. `enrolment_id` names the one person that it is for.
    `holds_counselling` is asked of an intake.
    """

    course_id: str
    held_on: date
    kind: str = "extra"
    starts_at: str = ""
    setting: str = ""
    enrolment_id: str | None = None
    holds_counselling: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class SessionPlanned:
    """The new session."""

    session_id: str
    changed: ChangeSet


def plan_session(command: PlanSession, *, work: UnitOfWork) -> SessionPlanned:
    """Add a session; extra ones do not move the numbers of the others.

    Raises RuleRefusal "no-such-course", "course-closed", "session-before-course", "session-after-course",
    "not-a-time", "unknown-answer" or, for somebody who is not on the course that day, "not-on-course".
    """
    course = _course(command.course_id, work=work)
    check_session_day(command.held_on, starts_on=course.starts_on, ends_on=course.ends_on)
    setting = command.setting or course.setting
    if command.kind not in SESSION_KINDS:
        raise RuleRefusal("unknown-answer", field="kind")
    if setting not in (*SETTINGS, course.setting):
        raise RuleRefusal("unknown-answer", field="setting")
    if command.enrolment_id is not None:
        _check_enrolled(command.enrolment_id, course, command.held_on, work=work)
    session = Session(
        id=new_id(work.clock),
        team_id=course.team_id,
        course_id=course.id,
        place_id=course.place_id,
        number=_next_number(course.id, command.kind, work=work),
        held_on=command.held_on,
        starts_at=clock_time(command.starts_at) or course.starts_at,
        setting=setting,
        kind=command.kind,
        holds_counselling=command.holds_counselling,
        enrolment_id=command.enrolment_id,
        counsellor_id=course.counsellor_id,
        second_counsellor_id=None if command.enrolment_id else course.second_counsellor_id,
        note=command.note.strip(),
    )
    work.session.add(session)
    return SessionPlanned(session.id, work.commit())


def plan_weeks(course_id: str, count: int, *, work: UnitOfWork) -> ChangeSet:
    """Add so many weekly sessions after the last one, as an open-ended course goes on."""
    course = _course(course_id, work=work)
    ordinary = work.session.scalars(
        select(Session).where(Session.course_id == course.id, Session.kind == "ordinary").order_by(Session.held_on)
    ).all()
    calendar = working_days(work.session, course.delivering_municipality_id)
    if ordinary:
        days = weekly_days(ordinary[-1].held_on, count + 1, calendar=calendar, last=course.ends_on)[1:]
    else:
        days = weekly_days(course.starts_on, count, calendar=calendar, last=course.ends_on)
    first = _next_number(course.id, "ordinary", work=work)
    add_sessions(course, days, first=first, work=work)
    return work.commit()


def add_sessions(course: Course, days: Iterable[date], *, first: int, work: UnitOfWork) -> None:
    """Add a session of the course on each of these days, numbered from `first` on; the caller commits."""
    work.session.add_all(
        Session(
            id=new_id(work.clock),
            team_id=course.team_id,
            course_id=course.id,
            place_id=course.place_id,
            number=number,
            held_on=day,
            starts_at=course.starts_at,
            setting=course.setting,
            counsellor_id=course.counsellor_id,
            second_counsellor_id=course.second_counsellor_id,
        )
        for number, day in enumerate(days, start=first)
    )


@dataclass(frozen=True, slots=True)
class MoveSession:
    """Another day, time or setting for a session that has not been closed; empty ones stay."""

    session_id: str
    held_on: date
    starts_at: str = ""
    setting: str = ""


def move_session(command: MoveSession, *, work: UnitOfWork) -> ChangeSet:
    """Move the session; whatever is typed moves with it.

    Raises RuleRefusal "session-closed", "session-before-course", "session-after-course", "not-a-time" or
    "unknown-answer".
    """
    session = _open_session(command.session_id, work=work)
    course = _course(session.course_id, work=work, may_be_closed=True)
    check_session_day(command.held_on, starts_on=course.starts_on, ends_on=course.ends_on)
    if command.setting and command.setting not in (*SETTINGS, session.setting):
        raise RuleRefusal("unknown-answer", field="setting")
    session.starts_at = clock_time(command.starts_at) or session.starts_at
    session.held_on = command.held_on
    session.setting = command.setting or session.setting
    return work.commit()


def say_counselling(session_id: str, *, holds_counselling: bool, work: UnitOfWork) -> ChangeSet:
    """Say of an intake whether it holds counselling, also where it is closed: everything is counted by it anew.

    Raises RuleRefusal "unknown-answer" for a session of another kind, of which it is not asked.
    """
    session = work.session.get(Session, session_id)
    if session is None or session.kind != "intake":
        raise RuleRefusal("unknown-answer", field="holds_counselling")
    session.holds_counselling = holds_counselling
    return work.commit()


def cancel_session(session_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Cancel a session; RuleRefusal "session-closed", or "session-begun" where something is typed already."""
    session = _open_session(session_id, work=work)
    typed = work.session.scalar(
        select(func.count()).select_from(SessionDraft).where(SessionDraft.session_id == session_id)
    )
    if typed:
        raise RuleRefusal("session-begun", field="session_id")
    session.state = "cancelled"
    return work.commit()


def restore_session(session_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Hold a cancelled session after all; RuleRefusal "session-closed" where it is not cancelled."""
    session = work.session.get(Session, session_id)
    if session is None or session.state != "cancelled":
        raise RuleRefusal("session-closed", field="session_id")
    session.state = "planned"
    return work.commit()


def _course(course_id: str, *, work: UnitOfWork, may_be_closed: bool = False) -> Course:
    course = work.session.get(Course, course_id)
    if course is None:
        raise RuleRefusal("no-such-course", field="course_id")
    if course.state == "closed" and not may_be_closed:
        raise RuleRefusal("course-closed", field="course_id")
    return course


def _open_session(session_id: str, *, work: UnitOfWork) -> Session:
    session = work.session.get(Session, session_id)
    if session is None or session.state == "closed":
        raise RuleRefusal("session-closed", field="session_id")
    return session


def _check_enrolled(enrolment_id: str, course: Course, held_on: date, *, work: UnitOfWork) -> None:
    enrolment = work.session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.course_id != course.id:
        raise RuleRefusal("not-on-course", field="enrolment_id")
    if held_on < enrolment.joined_on or (enrolment.left_on is not None and held_on > enrolment.left_on):
        raise RuleRefusal("not-on-course", field="held_on", day=enrolment.joined_on)


def _next_number(course_id: str, kind: str, *, work: UnitOfWork) -> int:
    """Return the number that follows among the sessions of this kind."""
    last = work.session.scalar(
        select(func.max(Session.number)).where(Session.course_id == course_id, Session.kind == kind)
    )
    return (last or 0) + 1
