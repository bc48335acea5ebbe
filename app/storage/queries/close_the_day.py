"""What closing the day looks at before sending: drafts, who did not come, the bag, diplomas to print."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session as Reading

from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.local import SessionDraft
from app.models.organisation import Place
from app.models.person import Person
from app.storage.queries.bag import bag_of
from app.storage.queries.names import shown_name


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
    """Everything to look through before sending."""

    drafts: tuple[OpenSession, ...]
    absentees: tuple[Absentee, ...]
    diplomas: tuple[DueDiploma, ...]
    bag: tuple[BagLeft, ...]


def day_to_close(reading: Reading, user_id: str, *, today: date) -> DayToClose:
    """Return what is still open on this day."""
    return DayToClose(
        drafts=_drafts(reading),
        absentees=_absentees(reading, today),
        diplomas=_diplomas(reading, today),
        bag=tuple(BagLeft(line.product, line.left) for line in bag_of(reading, user_id) if line.left),
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
        select(Person, Place.name, Attendance.status)
        .join(Attendance, Attendance.person_id == Person.id)
        .join(Session, Session.id == Attendance.session_id)
        .join(Place, Place.id == Session.place_id, isouter=True)
        .where(Session.held_on == today, Attendance.status.in_(("absent", "excused")))
    ).all()
    absent = (
        Absentee(person.id, shown_name(person), place or "", status == "excused") for person, place, status in found
    )
    return tuple(sorted(absent, key=lambda who: (who.place, who.name)))


def _diplomas(reading: Reading, today: date) -> tuple[DueDiploma, ...]:
    is_made = exists(select(Diploma.id).where(Diploma.enrolment_id == Enrolment.id))
    made_today = select(Diploma.enrolment_id).where(Diploma.issued_on == today)
    found = reading.execute(
        select(Enrolment, Person, Course.title, is_made)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Course, Course.id == Enrolment.course_id, isouter=True)
        .where((Enrolment.closed_on == today) | Enrolment.id.in_(made_today))
    ).all()
    return tuple(
        DueDiploma(enrolment.id, shown_name(person), title or "", has_one)
        for enrolment, person, title, has_one in found
        if has_one or enrolment.closing_reason == "completed"
    )
