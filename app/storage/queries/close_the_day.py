"""What closing the day looks at before sending: drafts, who did not come, the bag, diplomas to print."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.domain.outcomes import ClosingReason
from app.domain.roles import Right, may
from app.domain.same_person import said_of_all
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.local import Device, SessionDraft
from app.models.organisation import Place
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.bag import bag_of
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import owners


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session with something typed that is not closed yet."""

    session_id: str
    place: str
    people: int


@dataclass(frozen=True, slots=True)
class Absentee:
    """Somebody who was expected today and did not come."""

    person_id: str
    name: str
    place: str
    is_excused: bool


@dataclass(frozen=True, slots=True)
class DueDiploma:
    """Somebody whose course was completed today and who has no diploma yet, or whose diploma was made today."""

    enrolment_id: str
    name: str
    course: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class BagLeft:
    """How many weekly portions of a product should be in the bag; below nothing is a difference to explain."""

    product: str
    left: int


@dataclass(frozen=True, slots=True)
class DayToClose:
    """Everything to look through before sending; `may_record` is whether whoever is at the laptop closes sessions."""

    drafts: tuple[OpenSession, ...]
    absentees: tuple[Absentee, ...]
    diplomas: tuple[DueDiploma, ...]
    bag: tuple[BagLeft, ...]
    may_record: bool = True


def day_to_close(reading: Reading, user_id: str, *, today: date) -> DayToClose:
    """Return what is still open on this day."""
    role = reading.scalar(select(Device.role))
    return DayToClose(
        drafts=_drafts(reading),
        absentees=_absentees(reading, today),
        diplomas=_diplomas(reading, today),
        bag=tuple(BagLeft(line.product, line.left) for line in bag_of(reading, user_id) if line.left),
        may_record=role is None or may(role, Right.WRITE_RECORDS),
    )


def _drafts(reading: Reading) -> tuple[OpenSession, ...]:
    """Return the sessions with something typed, each with how many people that is: as its sheet counts them."""
    found = reading.execute(
        select(SessionDraft.session_id, Place.name, func.coalesce(Enrolment.person_id, SessionDraft.enrolment_id))
        .join(Session, Session.id == SessionDraft.session_id)
        .join(Place, Place.id == Session.place_id, isouter=True)
        .join(Enrolment, Enrolment.id == SessionDraft.enrolment_id, isouter=True)
    ).all()
    whom = owners(reading, {person_id for _session, _place, person_id in found})
    people: dict[str, set[str]] = defaultdict(set)
    for session_id, _place, person_id in found:
        people[session_id].add(whom.get(person_id, person_id))
    places = {session_id: place or "" for session_id, place, _person in found}
    return tuple(OpenSession(session_id, places[session_id], len(those)) for session_id, those in people.items())


def _absentees(reading: Reading, today: date) -> tuple[Absentee, ...]:
    found = reading.execute(
        select(Attendance.person_id, Attendance.session_id, Attendance.status, Place.name)
        .join(Session, Session.id == Attendance.session_id)
        .join(Place, Place.id == Session.place_id, isouter=True)
        .where(Session.held_on == today)
    ).all()
    expected = {row.person_id for row in found if row.status != "present"}
    whom = owners(reading, expected)
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in found:
        if row.person_id in whom:
            said[whom[row.person_id], row.session_id].add(row.status)
    places = {row.session_id: row.name or "" for row in found}
    people = _people(reading, whom)
    told = (
        Absentee(person_id, shown_name(people[person_id]), places[session_id], said_of_all(statuses) == "excused")
        for (person_id, session_id), statuses in said.items()
        if person_id in people and "present" not in statuses
    )
    return tuple(sorted(told, key=lambda who: (who.place, who.name)))


def _diplomas(reading: Reading, today: date) -> tuple[DueDiploma, ...]:
    """Return the diplomas of the day, of a course that somebody was on in two rows one."""
    made_today = select(Diploma.enrolment_id).where(Diploma.issued_on == today)
    found = reading.execute(
        select(Enrolment, Course.title)
        .join(Course, Course.id == Enrolment.course_id, isouter=True)
        .where((Enrolment.closed_on == today) | Enrolment.id.in_(made_today))
        .order_by(Enrolment.closing_reason == ClosingReason.MOVED_COURSE, Enrolment.id)
    ).all()
    whom = owners(reading, {enrolment.person_id for enrolment, _title in found})
    people = _people(reading, whom)
    is_made = {
        (whom[person_id], course_id)
        for person_id, course_id in reading.execute(
            select(Enrolment.person_id, Enrolment.course_id)
            .join(Diploma, Diploma.enrolment_id == Enrolment.id)
            .where(Enrolment.person_id.in_(sorted(whom)))
        )
    }
    due: dict[tuple[str, str], DueDiploma] = {}
    for enrolment, title in found:
        key = whom[enrolment.person_id], enrolment.course_id
        if key[0] in people and (key in is_made or enrolment.closing_reason == ClosingReason.COMPLETED):
            name = shown_name(people[key[0]])
            due.setdefault(key, DueDiploma(enrolment.id, name, title or "", key in is_made))
    return tuple(due.values())


def _people(reading: Reading, whom: Mapping[str, str]) -> dict[str, Person]:
    """Return by whom a row counts for the row that names them, as :func:`whole_person` does of one person."""
    rows = {row.id: row for row in reading.scalars(select(Person).where(Person.id.in_(sorted(whom))))}
    return {whom[row_id]: rows.get(whom[row_id], rows[row_id]) for row_id in sorted(rows, reverse=True)}
