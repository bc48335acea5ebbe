"""The list of courses, and everything that one course's page shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, func, literal_column, select

from app.domain.checks import Check
from app.domain.courses import CourseSaid, course_checks, education_checks, size_checks
from app.domain.outcomes import ClosingReason
from app.domain.same_person import each_once, same_parts
from app.domain.tasks import Kind
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.local import SessionDraft
from app.models.organisation import Place, ProgrammeVersion, TeamTaskState, User
from app.models.person import Person
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.one_person import WHOM_ENROLLED
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.names import shown_name
from app.storage.queries.programmes import programme_of, programmes_on
from app.storage.queries.same_person import owners
from app.storage.queries.search import find_people

MOST_COURSES = 500
MOST_PEOPLE_FOUND = 8


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course of the list; `planned` 0 means open-ended, `next_on` is its next session."""

    course_id: str
    title: str
    place: str
    programme: str
    concept: str
    format: str
    people: int
    held: int
    planned: int
    next_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of a course; `present` counts who came, `for_whom` names the one person it is for.

    `holds_counselling` is said of an intake.
    """

    session_id: str
    number: int
    kind: str
    held_on: date
    starts_at: str
    setting: str
    state: str
    present: int
    has_drafts: bool
    for_whom: str
    holds_counselling: bool


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One participant: how often they came, whether the course is completed by its own definition."""

    enrolment_id: str
    person_id: str
    name: str
    joined_on: date
    left_on: date | None
    closing_reason: str
    attended: int
    needed: int
    is_completed: bool


@dataclass(frozen=True, slots=True)
class CoursePage:
    """One course whole; `said` is what a form is filled with, `checks` what the programme has to say."""

    course_id: str
    said: CourseSaid
    concept: str
    note: str
    state: str
    place_id: str
    place: str
    programme: str
    counsellors: str
    sessions: tuple[SessionLine, ...]
    participants: tuple[ParticipantLine, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class CourseChoices:
    """What a course can be made of: (key, name) of places, programmes in force, colleagues."""

    places: tuple[tuple[str, str], ...]
    programmes: tuple[tuple[str, str], ...]
    colleagues: tuple[tuple[str, str], ...]


def people_and_held() -> tuple[ScalarSelect[int], ScalarSelect[int]]:
    """Return how many take part in a course now, and how many sessions of all its people were held."""
    people = (
        select(func.count(literal_column(WHOM_ENROLLED).distinct()))
        .select_from(Enrolment)
        .where(Enrolment.course_id == Course.id, Enrolment.left_on.is_(None))
    )
    held = select(func.count()).where(
        Session.course_id == Course.id, Session.state == "closed", Session.enrolment_id.is_(None)
    )
    return people.correlate(Course).scalar_subquery(), held.correlate(Course).scalar_subquery()


def courses(reading: Reading, *, search: str = "", with_closed: bool = False, today: date) -> tuple[CourseRow, ...]:
    """Return the courses whose title, place or concept holds every word, those that meet next first."""
    people, held = people_and_held()
    next_on = (
        select(func.min(Session.held_on))
        .where(Session.course_id == Course.id, Session.state == "planned", Session.held_on >= today)
        .correlate(Course)
        .scalar_subquery()
    )
    statement = (
        select(Course, Place.name, ProgrammeVersion.name, people, held, next_on)
        .outerjoin(Place, Place.id == Course.place_id)
        .outerjoin(ProgrammeVersion, ProgrammeVersion.id == Course.programme_version_id)
        .order_by(next_on.is_(None), next_on, Course.title)
        .limit(MOST_COURSES)
    )
    if not with_closed:
        statement = statement.where(Course.state != "closed")
    for word in search.split():
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        statement = statement.where(
            Course.title.like(like, escape="\\")
            | Place.name.like(like, escape="\\")
            | Course.concept.like(like, escape="\\")
        )
    return tuple(
        CourseRow(
            course_id=course.id,
            title=course.title,
            place=place or "",
            programme=programme or "",
            concept=course.concept,
            format=course.format,
            people=counted,
            held=met,
            planned=course.planned_sessions,
            next_on=following,
            state=course.state,
        )
        for course, place, programme, counted, met, following in reading.execute(statement)
    )


def course_choices(reading: Reading, *, today: date) -> CourseChoices:
    """Return what the form of a course offers."""
    return CourseChoices(
        places=tuple(
            (row.id, row.name)
            for row in reading.scalars(select(Place).where(Place.closed_on.is_(None)).order_by(Place.name))
        ),
        programmes=tuple((programme.key, programme.name) for programme in programmes_on(reading, today)),
        colleagues=colleagues(reading),
    )


def colleagues(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return (identifier, name) of those who can hold a session."""
    found = reading.scalars(select(User).where(User.role != "auditor").order_by(User.name))
    return tuple((row.id, row.name) for row in found)


def course_said(course: Course) -> CourseSaid:
    """Return a course as it was made or changed last."""
    return CourseSaid(
        title=course.title,
        format=course.format,
        starts_on=course.starts_on,
        planned_sessions=course.planned_sessions,
        ends_on=course.ends_on,
        starts_at=course.starts_at,
        setting=course.setting,
        stop_date_policy=course.stop_date_policy,
        stop_on=course.stop_on,
        counsellor_id=course.counsellor_id,
        second_counsellor_id=course.second_counsellor_id,
    )


def course_page(reading: Reading, course_id: str) -> CoursePage | None:
    """Return the course, or None where this laptop does not hold it."""
    course = reading.get(Course, course_id)
    if course is None:
        return None
    place = reading.get(Place, course.place_id)
    programme = programme_of(reading, course.programme_version_id)
    said = course_said(course)
    participants, twice = _participants(reading, course_id)
    note_view(reading, dict.fromkeys(line.person_id for line in participants), what="course")
    names = {line.enrolment_id: line.name for line in participants}
    # A session that somebody had alone under their other name stays theirs.
    names |= {part: names.get(following, "") for part, following in twice.items()}
    checks = course_checks(said, programme)
    if course.state != "closed":
        checks += size_checks(
            sum(line.left_on is None for line in participants),
            has_second_counsellor=course.second_counsellor_id is not None,
            programme=programme,
        )
        checks += education_checks(_without_education(reading, course), programme)
    return CoursePage(
        course_id=course.id,
        said=said,
        concept=course.concept,
        note=course.note,
        state=course.state,
        place_id=course.place_id,
        place=place.name if place else "",
        programme=programme.name,
        counsellors=_counsellors(reading, course),
        sessions=_sessions(reading, course_id, names, twice),
        participants=participants,
        checks=checks,
    )


def people_to_add(reading: Reading, course_id: str, search: str) -> tuple[tuple[str, str], ...]:
    """Return (identifier, name) of people who fit the words and are not on the course, a handful at most.

    Words are looked up as everywhere: by the beginning of a name, and by sound where it is spelt otherwise.
    """
    rows = reading.scalars(
        select(Enrolment.person_id).where(Enrolment.course_id == course_id, Enrolment.left_on.is_(None))
    )
    taken = set(owners(reading, rows).values())
    if search.strip():
        # Few of those who are found have died: twice as many as are shown leave room for them.
        named = find_people(reading, search, most=MOST_PEOPLE_FOUND * 2 + len(taken))
        dead = Person.id.in_([row.person_id for row in named]), Person.deceased_on.is_not(None)
        taken |= set(reading.scalars(select(Person.id).where(*dead)))
        fitting = [row for row in named if row.person_id not in taken]
        return tuple((row.person_id, row.name) for row in fitting[:MOST_PEOPLE_FOUND])
    statement = select(Person).where(
        Person.id.not_in(taken),
        Person.merged_into_id.is_(None),
        Person.deceased_on.is_(None),
        Person.anonymised_on.is_(None),
    )
    found = reading.scalars(statement.order_by(Person.given_name, Person.nickname).limit(MOST_PEOPLE_FOUND))
    return tuple((person.id, shown_name(person)) for person in found)


def _without_education(reading: Reading, course: Course) -> list[str]:
    """Return the names of the course's counsellors whose education nobody has noted, nor said to be in order."""
    asked, settled = _counsellor_ids(course), _educations(reading, course)
    users = reading.scalars(select(User).where(User.id.in_(asked), User.education == ""))
    return [user.name for user in users if user.id not in settled]


def _educations(reading: Reading, course: Course) -> dict[str, str]:
    """Return the education of the course's counsellors in the words with which somebody said that it is in order."""
    asked = {f"{Kind.EDUCATION}:{key}": key for key in _counsellor_ids(course)}
    decided = select(TeamTaskState.task_key, TeamTaskState.reason).where(
        TeamTaskState.task_key.in_(asked), TeamTaskState.state == "done"
    )
    return {asked[row.task_key]: row.reason for row in reading.execute(decided)}


def _counsellor_ids(course: Course) -> list[str]:
    return [key for key in (course.counsellor_id, course.second_counsellor_id) if key]


def _counsellors(reading: Reading, course: Course) -> str:
    educations = _educations(reading, course)
    found = [reading.get(User, key) for key in _counsellor_ids(course)]
    said = [(user.name, educations.get(user.id, "")) for user in found if user is not None]
    return ", ".join(f"{name} ({education})" if education else name for name, education in said)


def _sessions(
    reading: Reading, course_id: str, names: dict[str, str], twice: Mapping[str, str]
) -> tuple[SessionLine, ...]:
    present = (
        select(func.count())
        .where(Attendance.session_id == Session.id, Attendance.status == "present")
        .correlate(Session)
        .scalar_subquery()
    )
    drafts = select(func.count()).where(SessionDraft.session_id == Session.id).correlate(Session).scalar_subquery()
    rows = reading.execute(
        select(Session, present, drafts)
        .where(Session.course_id == course_id)
        .order_by(Session.held_on, Session.starts_at, Session.id)
    )
    ticked_twice = _ticked_twice(reading, twice)
    return tuple(
        SessionLine(
            session_id=session.id,
            number=session.number,
            kind=session.kind,
            held_on=session.held_on,
            starts_at=session.starts_at,
            setting=session.setting,
            state=session.state,
            present=came - ticked_twice[session.id],
            has_drafts=typed > 0,
            for_whom=names.get(session.enrolment_id or "", ""),
            holds_counselling=session.holds_counselling,
        )
        for session, came, typed in rows
    )


def _ticked_twice(reading: Reading, twice: Mapping[str, str]) -> Counter[str]:
    """Return how many people were ticked twice at which session, for those who had two parts in the course."""
    parts = sorted({*twice, *twice.values()})
    there = select(Attendance.enrolment_id, Attendance.session_id).where(
        Attendance.enrolment_id.in_(parts), Attendance.status == "present"
    )
    came = [(part, session) for part, session in reading.execute(there)] if twice else []
    return Counter(session for _, session in came) - Counter(session for _, session in each_once(came, twice))


def _participants(reading: Reading, course_id: str) -> tuple[tuple[ParticipantLine, ...], dict[str, str]]:
    """Return who takes or took part, each once, and which parts go on in which others in the course."""
    ids = list(reading.scalars(select(Enrolment.id).where(Enrolment.course_id == course_id)))
    everybody = enrolment_facts(reading, ids)
    twice = same_parts(facts.enrolment for facts in everybody.values())
    lines = [
        ParticipantLine(
            enrolment_id=facts.enrolment.id,
            person_id=facts.whom,
            name=shown_name(facts.person),
            joined_on=facts.enrolment.joined_on,
            left_on=facts.enrolment.left_on,
            closing_reason=facts.enrolment.closing_reason,
            attended=facts.participation.attended,
            needed=facts.meetings_needed,
            is_completed=facts.is_completed,
        )
        for facts in everybody.values()
        if facts.enrolment.id not in twice
    ]
    moved = ClosingReason.MOVED_COURSE
    ordered = tuple(
        sorted(
            lines,
            key=lambda line: (
                line.closing_reason == moved,
                line.left_on is not None,
                line.name.casefold(),
                line.person_id,
            ),
        )
    )
    return ordered, twice
