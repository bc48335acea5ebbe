"""Use case: somebody chooses between two values, or writes a third; the choice is a change like any other."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Boolean, Date, Float, Integer, String

from app.errors import RuleRefusal
from app.models.base import Moment, synced_tables
from app.models.smoking import Conflict
from app.storage.engine import UnitOfWork

ABOUT_THE_ROW = frozenset({"deleted", "late"})
"""Cards that are about no single field: somebody deleted what another changed, or wrote without access."""


@dataclass(frozen=True, slots=True)
class ResolveConflict:
    """Settle one card: take `value` (as text), or keep what stands where `keep_standing`."""

    conflict_id: str
    value: str | None = None
    keep_standing: bool = False


def resolve_conflict(work: UnitOfWork, command: ResolveConflict) -> None:
    """Write the choice and close the card.

    RuleRefusal "conflict-gone" where somebody else has chosen meanwhile, "value-does-not-fit" where the text fits not
    the field.
    """
    card = work.session.get(Conflict, command.conflict_id)
    if card is None:
        raise RuleRefusal("conflict-gone")
    model = synced_tables().get(card.subject_entity)
    row: Any = work.session.get(model, card.row_id) if model is not None else None
    if not command.keep_standing and row is not None and card.field not in ABOUT_THE_ROW:
        assert model is not None  # noqa: S101 - a row has a table
        value = _as_value(model, card.field, command.value)
        # What the chooser saw includes the card, or the server could not know that it was seen.
        row.server_position = max(row.server_position, card.server_position)
        setattr(row, model.__mapper__.get_property_by_column(model.__table__.c[card.field]).key, value)
    work.session.delete(card)
    work.commit()


def _as_value(model: type[Any], field: str, text: str | None) -> Any:
    """Return the text of a card as a value of the field; RuleRefusal where it is none."""
    column = model.__table__.c.get(field)
    if column is None:
        raise RuleRefusal("value-does-not-fit", field="value")
    if text is None:
        if not column.nullable:
            raise RuleRefusal("value-does-not-fit", field="value")
        return None
    try:
        match column.type:
            case Moment():
                return datetime.fromisoformat(text)
            case Date():
                return date.fromisoformat(text)
            case Boolean():
                return {"true": True, "false": False}[text]
            case Integer():
                return int(text)
            case Float():
                return float(text.replace(",", "."))
            case String():
                return text
        return msgspec.json.decode(text)
    except (ValueError, KeyError, msgspec.DecodeError):
        raise RuleRefusal("value-does-not-fit", field="value") from None
