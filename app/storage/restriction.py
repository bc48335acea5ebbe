"""Data whose use is restricted (GDPR article 18) are kept and not worked with: one place refuses to write of them."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import RuleRefusal
from app.models.person import Person


def refuse_restricted(session: Session, person_ids: Collection[str | None]) -> None:
    """Raise RuleRefusal("person-restricted") where one of these people's data may only be kept."""
    wanted = [person_id for person_id in person_ids if person_id is not None]
    if not wanted:
        return
    restricted = select(Person.id).where(Person.id.in_(wanted), Person.restricted_on.is_not(None)).limit(1)
    if session.execute(restricted).first() is not None:
        raise RuleRefusal("person-restricted")
