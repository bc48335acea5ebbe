"""Who may not write, and about whom nothing may be written: one place refuses, whatever the use case.

Data whose use is restricted (GDPR article 18) are kept and not worked with. An auditor looks on and records nothing.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.roles import Right, may
from app.errors import RuleRefusal
from app.models.local import Device
from app.models.person import Person


def refuse_restricted(session: Session, person_ids: Collection[str | None]) -> None:
    """Raise RuleRefusal("person-restricted") where one of these people's data may only be kept."""
    wanted = [person_id for person_id in person_ids if person_id is not None]
    if not wanted:
        return
    restricted = select(Person.id).where(Person.id.in_(wanted), Person.restricted_on.is_not(None)).limit(1)
    if session.execute(restricted).first() is not None:
        raise RuleRefusal("person-restricted")


def refuse_onlookers(session: Session) -> None:
    """Raise RuleRefusal("not-your-right") where the laptop is that of somebody who records nothing."""
    role = session.scalar(select(Device.role))
    if role is not None and not may(role, Right.WRITE_RECORDS):
        raise RuleRefusal("not-your-right", right=Right.WRITE_RECORDS.value)
