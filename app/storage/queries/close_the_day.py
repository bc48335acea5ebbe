"""What closing the day looks at before sending: drafts, who did not come, the bag, diplomas to print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.domain.outcomes import ClosingReason
from app.domain.roles import Right, may
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
    found = reading.execute(
        select(SessionDraft.session_id, Place.name)
        .join(Session, Session.id == SessionDraft.session_id)
        .join(Place, Place.id == Session.place_id, isouter=True)
    ).all()
    counted: dict[str, OpenSession] = {}
    for session_id, place in found:
        people = counted[session_id].people if session_id in counted else 0
        counted[session_id] = OpenSession(session_id, place or "", people + 1)
    return tuple(counted.values())


def _absentees(reading: Reading, today: date) -> tuple[Absentee, ...]:
    found = reading.execute(
        select(Attendance.person_id, Attendance.session_id, Attendance.status, Place.name)
        .join(Session, Session.id == Attendance.session_id)
        .join(Place, Place.id == Session.place_id, isouter=True)
        .where(Session.held_on == today)
    ).all()
    expected = {row.person_id for row in found if row.status != "present"}
    whom = owners(reading, expected)
    # Whoever turned out to be two may have come under their other name, or have sent word.
    came = {(whom[row.person_id], row.session_id) for row in found if row.status == "present" and row.person_id in whom}
    absent = {}
    for row in found:
        key = whom.get(row.person_id, ""), row.session_id
        if row.person_id in expected and key not in came and (key not in absent or row.status == "excused"):
            absent[key] = row
    people = _people(reading, whom)
    told = (
        Absentee(person_id, shown_name(people[person_id]), row.name or "", row.status == "excused")
        for (person_id, _session), row in absent.items()
        if person_id in people
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
    """Return by whom a row counts for the row that counts, or one that does for it where this laptop has it not."""
    rows = {row.id: row for row in reading.scalars(select(Person).where(Person.id.in_(sorted(whom))))}
    return {kept: rows[kept] if kept in rows else rows[row_id] for row_id, kept in whom.items() if row_id in rows}
