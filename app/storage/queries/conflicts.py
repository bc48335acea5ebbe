"""The cards on a person's page, and those about what a team shares.

A card holds two values of one field, who wrote each and when; or it says what was deleted or came late.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from app.domain.facts import what_stands_for
from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire
from app.models.organisation import User
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.column_kinds import ColumnKind, entity_named_by, kind_of
from app.storage.engine import Reading
from app.storage.queries.row_names import RowName, row_name
from app.storage.queries.same_person import is_merged_into, rows_of
from app.sync.wire.values import as_text

CORRECTS: Final = "corrects_id"
"""Field of a card about a fact that two have corrected without knowing of each other."""

GO_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "merged_into_id": ("merge_took",),
    "identifier": ("identifier_kind",),
    "state": ("decided_at", "decided_by", "decided_on", "state_at", "state_reason", "closed_at", "closed_by"),
    "decided_at": ("decided_by",),
    "closed_on": ("closed_by",),
}
"""Field -> others that one change gives its row with it: they are decided with it, and have no cards beside its own."""

_ANY_CARD: Final = select(Conflict.id).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoValues:
    """Two values of one field, as text that :func:`app.storage.column_kinds.as_value` reads.

    Where the column names other rows, `standing_row` and `contender_row` are what these are called, None of one that
    this laptop does not hold.
    """

    entity: str
    field: str
    kind: ColumnKind
    standing: str | None
    standing_row: RowName | None
    contender: str | None
    contender_row: RowName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictCard(TwoValues):
    """One card; `field` is "deleted", "late" or "corrects_id" where it is about no single field.

    `about` is what the row itself is called, empty of the person whose page it is. `can_take` is whether the contender
    can be chosen here, `is_gone` that the row was deleted, `is_both_ways` that the contender is merged into this very
    row. Of two corrections of one fact `differing` are the fields in which they differ, as far as both are here.
    """

    conflict_id: str
    about: RowName
    standing_by: str
    contender_by: str
    contender_at: datetime | None
    can_take: bool
    is_gone: bool
    is_both_ways: bool
    differing: tuple[TwoValues, ...] = ()


def conflict_cards(reading: Reading, person_id: str) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about a person, and about those merged into them."""
    return _cards(reading, Conflict.person_id.in_(rows_of(reading, person_id)), person_id)


def has_conflict_cards(reading: Reading, person_id: str) -> bool:
    """Return whether a card about a person waits for an answer; where no card waits at all, one look says so."""
    if reading.connection().execute(_ANY_CARD).first() is None:
        return False
    waiting = select(Conflict.id).where(Conflict.person_id.in_(rows_of(reading, person_id))).limit(1)
    return reading.scalars(waiting).first() is not None


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
    made = ConflictCard(
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
    return _of_two_corrections(reading, made, row) if card.field == CORRECTS else made


def _of_two_corrections(reading: Reading, card: ConflictCard, standing: Any) -> ConflictCard:
    """Return the card with what the two corrections say, each by whoever recorded it."""
    kind: Any = type(standing)
    contender = None if standing is None else reading.get(kind, card.contender)
    if contender is None:
        return card
    # Whoever corrected what stood, as the card asks for, wrote what counts now.
    corrected_by: dict[str, str] = dict(
        reading.execute(select(kind.corrects_id, kind.id).where(kind.corrects_id > "")).all()
    )
    counts = reading.get(kind, what_stands_for(standing.id, corrected_by)) or standing
    differing = []
    for column in kind.__table__.columns:
        name, named = column.name, entity_named_by(card.entity, column.name)
        is_key_alone = name.endswith("_id") and not named
        one, other = _unlike(getattr(counts, name), getattr(contender, name))
        if one == other or is_key_alone or name in _OF_THE_CORRECTION:
            continue
        differing.append(
            TwoValues(
                entity=card.entity,
                field=name,
                kind=kind_of(card.entity, name),
                standing=one,
                standing_row=_name_of(reading, named, one),
                contender=other,
                contender_row=_name_of(reading, named, other),
            )
        )
    return replace(
        card,
        standing_by=card.standing_by or _user_name(reading, getattr(standing, "recorded_by", None)),
        contender_by=card.contender_by or _user_name(reading, getattr(contender, "recorded_by", None)),
        differing=tuple(differing),
    )


def _unlike(one: Any, other: Any) -> tuple[str | None, str | None]:
    """Return two values as text; of two forms, the answers in which they differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        unlike = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        one, other = ({name: form[name] for name in unlike if name in form} for form in (one, other))
    return as_text(to_wire(one)), as_text(to_wire(other))


_OF_THE_CORRECTION: Final = LOCAL_COLUMNS | {CORRECTS, "recorded_by"}


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
