"""The cards on a person's page, and those about what a team shares.

A card holds two values of one field, who wrote each and when; or it says what was deleted or came late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session as Reading

from app.models.base import synced_tables
from app.models.organisation import User
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.column_kinds import ColumnKind, entity_named_by, kind_of
from app.storage.queries.row_names import RowName, row_name
from app.storage.queries.same_person import is_merged_into, rows_of

GO_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "merged_into_id": ("merge_took",),
    "identifier": ("identifier_kind",),
    "state": ("decided_at", "decided_by", "decided_on", "state_at", "state_reason", "closed_at", "closed_by"),
    "decided_at": ("decided_by",),
    "closed_on": ("closed_by",),
}
"""Field -> others that one change gives its row with it: they are decided with it, and have no cards beside its own."""


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """One card; `field` is "deleted" or "late" where it is about no single field.

    `standing` and `contender` are the two values as text that :func:`app.storage.column_kinds.as_value` reads; where
    the column names other rows, `standing_row` and `contender_row` are what these are called, None of one that this
    laptop does not hold. `about` is what the row itself is called, empty of the person whose page it is. `can_take` is
    whether the contender can be chosen here, `is_gone` that the row was deleted, `is_both_ways` that the contender is
    merged into this very row.
    """

    conflict_id: str
    entity: str
    field: str
    kind: ColumnKind
    about: RowName
    standing: str | None
    standing_row: RowName | None
    standing_by: str
    contender: str | None
    contender_row: RowName | None
    contender_by: str
    contender_at: datetime | None
    can_take: bool
    is_gone: bool
    is_both_ways: bool


def conflict_cards(reading: Reading, person_id: str) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about a person, and about those merged into them."""
    return _cards(reading, Conflict.person_id.in_(rows_of(reading, person_id)), person_id)


def team_conflict_cards(reading: Reading) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about what is nobody's own: places, courses, sessions and the like."""
    return _cards(reading, Conflict.person_id.is_(None))


def _cards(reading: Reading, which: ColumnElement[bool], person_id: str = "") -> tuple[ConflictCard, ...]:
    cards = reading.scalars(select(Conflict).where(which).order_by(Conflict.server_position, Conflict.id)).all()
    beside = {(card.change_id, other) for card in cards for other in GO_TOGETHER.get(card.field, ())}
    return tuple(_card(reading, card, person_id) for card in cards if (card.change_id, card.field) not in beside)


def _card(reading: Reading, card: Conflict, person_id: str) -> ConflictCard:
    kind = kind_of(card.subject_entity, card.field)
    model = synced_tables().get(card.subject_entity)
    row: Any = reading.get(model, card.row_id) if model is not None else None
    named_entity = entity_named_by(card.subject_entity, card.field)
    about = None if card.row_id == person_id else row_name(reading, card.subject_entity, row)
    is_gone = model is not None and row is None
    is_both_ways = card.field == "merged_into_id" and is_merged_into(reading, card.contender_value, card.row_id)
    return ConflictCard(
        conflict_id=card.id,
        entity=card.subject_entity,
        field=card.field,
        kind=kind,
        about=about or RowName(""),
        standing=card.standing_value,
        standing_row=_name_of(reading, named_entity, card.standing_value),
        standing_by=_user_name(reading, card.standing_actor),
        contender=card.contender_value,
        contender_row=_name_of(reading, named_entity, card.contender_value),
        contender_by=_user_name(reading, card.contender_actor),
        contender_at=_moment(card.contender_at),
        can_take=kind is not ColumnKind.UNKNOWN and not is_gone and _can_take(reading, card, row),
        is_gone=is_gone,
        is_both_ways=is_both_ways,
    )


def _can_take(reading: Reading, card: Conflict, row: Any) -> bool:
    """Return whether the contender can be chosen on the card.

    Of a joining it can where choosing it joins two people who are apart, or takes back the joining that stands.
    """
    if card.field == "merge_took":
        return False
    if card.field != "merged_into_id":
        return True
    if not card.contender_value:
        return bool(row.merged_into_id)
    other = reading.get(Person, card.contender_value)
    if other is None or other.id == row.id or other.merged_into_id or row.merged_into_id:
        return False
    # Whose numbers differ are joined for a reason, which is asked for where people are joined.
    return not row.identifier or not other.identifier or row.identifier == other.identifier


def _name_of(reading: Reading, entity: str, row_id: str | None) -> RowName | None:
    model = synced_tables().get(entity)
    return row_name(reading, entity, reading.get(model, row_id)) if model is not None and row_id else None


def _user_name(reading: Reading, user_id: str | None) -> str:
    user = reading.get(User, user_id) if user_id else None
    return user.name if user else ""


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
