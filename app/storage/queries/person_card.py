"""The story of one person, as the person's page tells it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.organisation import Municipality, Place, Team
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Handout, Measurement, Relapse, StopDate
from app.storage.queries.names import shown_name


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline; `kind` is attendance, handout, stop_date, relapse or diploma."""

    on: date
    kind: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CourseOf:
    """A course that the person takes part in."""

    enrolment_id: str
    title: str
    place: str
    sessions_attended: int
    sessions_planned: int
    has_diploma: bool


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What the page shows; `cigarettes` and `co` are (day, value) in order of time."""

    person_id: str
    name: str
    given_name: str
    family_name: str
    nickname: str
    birth_date: date | None
    phone: str
    note: str
    municipality: str
    teams: tuple[str, ...]
    cigarettes: tuple[tuple[date, float], ...]
    co: tuple[tuple[date, float], ...]
    stop_dates: tuple[date, ...]
    relapses: tuple[date, ...]
    handouts: tuple[tuple[date, str], ...]
    courses: tuple[CourseOf, ...]
    events: tuple[Event, ...]
    conflicts: int


def person_card(reading: Reading, person_id: str) -> PersonCard | None:
    """Return the person's story, or None where this laptop does not hold them."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    municipality = (
        reading.get(Municipality, person.residence_municipality_id) if person.residence_municipality_id else None
    )
    measured = _standing_measurements(reading, person_id)
    handouts = _given(reading, person_id)
    stops = tuple(
        reading.scalars(select(StopDate.stop_on).where(StopDate.person_id == person_id).order_by(StopDate.stop_on))
    )
    relapses = reading.scalars(
        select(Relapse).where(Relapse.person_id == person_id).order_by(Relapse.happened_on)
    ).all()
    courses, events = _courses(reading, person_id)
    events += [Event(on, "handout", product) for on, product in handouts]
    events += [Event(on, "stop_date", "") for on in stops]
    events += [Event(row.happened_on, "relapse", "", row.note) for row in relapses]
    teams = reading.scalars(
        select(Team.name)
        .join(Membership, Membership.team_id == Team.id)
        .where(Membership.person_id == person_id, Membership.left_on.is_(None))
        .order_by(Team.name)
    )
    return PersonCard(
        person_id=person.id,
        name=shown_name(person),
        given_name=person.given_name,
        family_name=person.family_name,
        nickname=person.nickname,
        birth_date=person.birth_date,
        phone=person.phone,
        note=person.note,
        municipality=municipality.name if municipality else "",
        teams=tuple(teams),
        cigarettes=tuple((day, value) for kind, day, value in measured if kind == "cigarettes_per_day"),
        co=tuple((day, value) for kind, day, value in measured if kind == "co_ppm"),
        stop_dates=stops,
        relapses=tuple(row.happened_on for row in relapses),
        handouts=tuple(handouts),
        courses=courses,
        events=tuple(sorted(events, key=lambda event: event.on, reverse=True)),
        conflicts=len(reading.scalars(select(Conflict.id).where(Conflict.person_id == person_id)).all()),
    )


def _standing_measurements(reading: Reading, person_id: str) -> list[tuple[str, date, float]]:
    facts = reading.scalars(
        select(Measurement).where(Measurement.person_id == person_id).order_by(Measurement.measured_on, Measurement.id)
    ).all()
    corrected = {fact.corrects_id for fact in facts}
    return [
        (fact.kind, fact.measured_on, fact.value)
        for fact in facts
        if fact.id not in corrected and fact.value is not None
    ]


def _given(reading: Reading, person_id: str) -> list[tuple[date, str]]:
    facts = reading.scalars(
        select(Handout).where(Handout.person_id == person_id).order_by(Handout.handed_on, Handout.id)
    ).all()
    corrected = {fact.corrects_id for fact in facts}
    return [(fact.handed_on, fact.product) for fact in facts if fact.id not in corrected and fact.quantity > 0]


def _courses(reading: Reading, person_id: str) -> tuple[tuple[CourseOf, ...], list[Event]]:
    attended = reading.execute(
        select(Attendance, Session.held_on)
        .join(Session, Session.id == Attendance.session_id)
        .where(Attendance.person_id == person_id)
    ).all()
    events = [
        Event(held_on, "attendance", row.status, " · ".join(part for part in (row.small_step, row.note) if part))
        for row, held_on in attended
    ]
    diplomas = reading.scalars(select(Diploma).where(Diploma.person_id == person_id)).all()
    events += [Event(row.issued_on, "diploma", row.serial) for row in diplomas]
    with_diploma = {row.enrolment_id for row in diplomas}
    came: dict[str, int] = {}
    for row, _ in attended:
        came[row.enrolment_id] = came.get(row.enrolment_id, 0) + (row.status == "present")
    found = reading.execute(
        select(Enrolment, Course, Place.name)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Place, Place.id == Course.place_id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.joined_on.desc())
    ).all()
    courses = tuple(
        CourseOf(
            enrolment_id=enrolment.id,
            title=course.title,
            place=place,
            sessions_attended=came.get(enrolment.id, 0),
            sessions_planned=course.planned_sessions,
            has_diploma=enrolment.id in with_diploma,
        )
        for enrolment, course, place in found
    )
    return courses, events
