"""The cards on a person's page: two values of one field, who wrote each and when; and what came late."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.models.organisation import User
from app.models.smoking import Conflict
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """One card; `field` is "deleted" or "late" where it is about no single field."""

    conflict_id: str
    entity: str
    field: str
    standing: str | None
    standing_by: str
    contender: str | None
    contender_by: str
    contender_at: datetime | None


def conflict_cards(reading: Reading, person_id: str) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about a person, and about those merged into them."""
    own = Conflict.person_id.in_(rows_of(reading, person_id))
    cards = reading.scalars(select(Conflict).where(own).order_by(Conflict.server_position)).all()
    return tuple(_card(reading, card) for card in cards)


def _card(reading: Reading, card: Conflict) -> ConflictCard:
    return ConflictCard(
        conflict_id=card.id,
        entity=card.subject_entity,
        field=card.field,
        standing=card.standing_value,
        standing_by=_name(reading, card.standing_actor),
        contender=card.contender_value,
        contender_by=_name(reading, card.contender_actor),
        contender_at=_moment(card.contender_at),
    )


def _name(reading: Reading, user_id: str | None) -> str:
    user = reading.get(User, user_id) if user_id else None
    return user.name if user else ""


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
