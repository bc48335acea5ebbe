"""Make a course with its weekly sessions, and change one; a course keeps the programme version it began under."""

from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import func, select

from app.clock import today
from app.domain.checks import Check
from app.domain.courses import CourseSaid, check_course, clock_time, course_checks, planned_days, size_checks
from app.domain.programmes import Programme, version_on
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Course, Enrolment, Session
from app.models.organisation import Place
from app.services.plan_session import add_sessions
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.courses import course_said
from app.storage.queries.programmes import programme_of, programmes, working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCourse:
    """What a new course is; `programme` is the key of the programme, whose version in force on the first day is taken.

    Where it is `said` to have 0 sessions it is open-ended. `with_sessions` makes the weekly sessions at once.
    """

    place_id: str
    programme: str
    said: CourseSaid
    concept: str = ""
    note: str = ""
    with_sessions: bool = True


@dataclass(frozen=True, slots=True)
class CourseMade:
    """The new course, how many sessions it has, and what its programme has to say about it."""

    course_id: str
    sessions: int
    checks: tuple[Check, ...]
    changed: ChangeSet


def make_course(command: MakeCourse, *, work: UnitOfWork) -> CourseMade:
    """Make the course at a place of the team, and its weekly sessions, holidays left out.

    Raises RuleRefusal with the field: those of :func:`app.domain.courses.check_course`, "not-a-time", "no-such-place"
    or "no-valid-programme"; nothing is then written.
    """
    said = _tidy(command.said)
    check_course(said)
    place = work.session.get(Place, command.place_id)
    if place is None:
        raise RuleRefusal("no-such-place", field="place_id")
    programme = _in_force(command.programme, said.starts_on, work=work)
    course = Course(
        id=new_id(work.clock),
        team_id=place.team_id,
        place_id=place.id,
        delivering_municipality_id=place.municipality_id,
        programme_version_id=programme.id,
        concept=command.concept.strip(),
        note=command.note.strip(),
        **asdict(said),
    )
    work.session.add(course)
    days = (
        planned_days(said, calendar=working_days(work.session, place.municipality_id)) if command.with_sessions else ()
    )
    add_sessions(course, days, first=1, work=work)
    return CourseMade(course.id, len(days), course_checks(said, programme), work.commit())


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCourse:
    """A course as it shall be; place and programme version stay what they are. `state`: running or closed."""

    course_id: str
    said: CourseSaid
    concept: str = ""
    note: str = ""
    state: str = "running"


@dataclass(frozen=True, slots=True)
class CourseEdited:
    """What the programme has to say about the course as it is now."""

    checks: tuple[Check, ...]
    changed: ChangeSet


def edit_course(command: EditCourse, *, work: UnitOfWork) -> CourseEdited:
    """Change the course; sessions that are planned take over time, setting and counsellors where they had the course's.

    Raises RuleRefusal as :func:`make_course` does, and "no-such-course" or, where a session was held earlier,
    "starts-after-session" with the first session's day.
    """
    course = work.session.get(Course, command.course_id)
    if course is None:
        raise RuleRefusal("no-such-course", field="course_id")
    said = _tidy(command.said)
    check_course(said, stored=course_said(course))
    if command.state not in ("running", "closed", course.state):
        raise RuleRefusal("unknown-answer", field="state")
    sessions = work.session.scalars(select(Session).where(Session.course_id == course.id)).all()
    first = min((session.held_on for session in sessions if session.state != "cancelled"), default=None)
    if first is not None and said.starts_on > first:
        raise RuleRefusal("starts-after-session", field="starts_on", day=first)
    for session in sessions:
        if session.state == "planned":
            _take_over(session, course, said)
    for name, value in asdict(said).items():
        setattr(course, name, value)
    course.concept = command.concept.strip()
    course.note = command.note.strip()
    course.state = command.state
    programme = programme_of(work.session, course.programme_version_id)
    participants = work.session.scalar(
        select(func.count()).where(Enrolment.course_id == course.id, Enrolment.left_on.is_(None))
    )
    checks = course_checks(said, programme) + size_checks(
        participants or 0, has_second_counsellor=said.second_counsellor_id is not None, programme=programme
    )
    return CourseEdited(checks, work.commit())


def _tidy(said: CourseSaid) -> CourseSaid:
    """Return it as it is kept: without needless blanks, and with a stop date only where all have the same."""
    return replace(
        said,
        title=" ".join(said.title.split()),
        starts_at=clock_time(said.starts_at),
        stop_on=said.stop_on if said.stop_date_policy == "common" else None,
    )


def _take_over(session: Session, course: Course, said: CourseSaid) -> None:
    for name in ("starts_at", "setting", "counsellor_id", "second_counsellor_id"):
        if getattr(session, name) == getattr(course, name):
            setattr(session, name, getattr(said, name))


def _in_force(key: str, on: date, *, work: UnitOfWork) -> Programme:
    programme = version_on(programmes(work.session).values(), key, on)
    if programme is None:
        raise RuleRefusal("no-valid-programme", field="programme", day=min(on, today(work.clock)))
    return programme
