"""The enrolment that a person's vouchers and weeks belong to."""

from sqlalchemy import select

from app.domain.outcomes import ClosingReason
from app.models.course import Enrolment
from app.storage.engine import Reading
from app.storage.queries.same_person import rows_of


def newest_enrolment(reading: Reading, person_id: str) -> Enrolment | None:
    """Return the enrolment that the person is on now, or was on last: never one that goes on in another."""
    return reading.scalars(
        select(Enrolment)
        .where(Enrolment.person_id.in_(rows_of(reading, person_id)))
        .order_by(
            Enrolment.left_on.is_not(None),
            Enrolment.closing_reason == ClosingReason.MOVED_COURSE,
            Enrolment.joined_on.desc(),
            Enrolment.id.desc(),
        )
        .limit(1)
    ).first()
