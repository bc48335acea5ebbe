"""Whom the counsellor looked at lately, from the access log of this laptop."""

from sqlalchemy import func, select

from app.models.oversight import AccessLog
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_name


def recent_people(reading: Reading, *, user_id: str, most: int = 6) -> tuple[tuple[str, str], ...]:
    """Return (person, name) of those whose page was opened last, the latest first."""
    latest = (
        select(AccessLog.subject_id, func.max(AccessLog.number).label("number"))
        .where(AccessLog.user_id == user_id, AccessLog.action == "view", AccessLog.subject_id.is_not(None))
        .group_by(AccessLog.subject_id)
        .order_by(func.max(AccessLog.number).desc())
        .limit(most)
        .subquery()
    )
    people = reading.scalars(
        select(Person)
        .join(latest, latest.c.subject_id == Person.id)
        .where(Person.merged_into_id.is_(None), Person.anonymised_on.is_(None))
        .order_by(latest.c.number.desc())
    )
    return tuple((person.id, shown_name(person)) for person in people)
