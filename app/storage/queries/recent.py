"""Whom the counsellor looked at lately, from the access log of this laptop."""

from typing import Final

from sqlalchemy import func, select

from app.models.local import Device
from app.models.oversight import AccessLog
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_name

LOOKED_THROUGH: Final = 1_000
"""Entries of the log, the newest first, in which people are looked for: some days. All are hundreds of thousands."""


def recent_people(reading: Reading, *, user_id: str, most: int = 6) -> tuple[tuple[str, str], ...]:
    """Return (person, name) of those whose page was opened last, the latest first."""
    lately = (
        select(AccessLog.subject_id, AccessLog.number, AccessLog.user_id, AccessLog.action)
        .where(AccessLog.device_id == select(Device.id).scalar_subquery())
        .order_by(AccessLog.number.desc())
        .limit(LOOKED_THROUGH)
        .subquery("lately")
    )
    latest = (
        select(lately.c.subject_id, func.max(lately.c.number).label("number"))
        .where(lately.c.user_id == user_id, lately.c.action == "view", lately.c.subject_id.is_not(None))
        .group_by(lately.c.subject_id)
        .order_by(func.max(lately.c.number).desc())
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
