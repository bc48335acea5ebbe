"""When somebody is expected next."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.models.course import Enrolment, Session
from app.models.organisation import Place
from app.storage.engine import Reading
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session that somebody is expected at."""

    on: date
    starts_at: str
    place: str
    address: str


def next_appointment(reading: Reading, person_id: str, *, today: date) -> Appointment | None:
    """Return the next planned session of any of the person's courses, today included."""
    found = reading.execute(
        select(Session.held_on, Session.starts_at, Place.name, Place.address)
        .join(Place, Place.id == Session.place_id)
        .join(Enrolment, Enrolment.course_id == Session.course_id)
        .where(
            Enrolment.person_id.in_(rows_of(reading, person_id)),
            Enrolment.joined_on <= Session.held_on,
            Enrolment.left_on.is_(None) | (Enrolment.left_on >= Session.held_on),
            Session.state == "planned",
            Session.held_on >= today,
            Session.enrolment_id.is_(None) | (Session.enrolment_id == Enrolment.id),
        )
        .order_by(Session.held_on, Session.starts_at)
        .limit(1)
    ).first()
    return None if found is None else Appointment(*found)
