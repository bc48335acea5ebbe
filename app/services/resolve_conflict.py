"""Choose between the two values of a card, or write a third; the choice is a change like any other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.errors import RuleRefusal
from app.models.base import synced_tables
from app.models.person import Person
from app.models.smoking import Conflict
from app.services.edit_person import EditPerson, edit_person, is_edited
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.storage.column_kinds import ColumnKind, as_value, kind_of
from app.storage.engine import UnitOfWork
from app.storage.queries.conflicts import CORRECTS, GO_TOGETHER

ABOUT_THE_ROW = frozenset({"deleted", "late", CORRECTS})
"""Cards about no single field: somebody deleted what another changed, wrote without access, or corrected it too."""


@dataclass(frozen=True, slots=True)
class ResolveConflict:
    """Settle one card: take `value` (as text, as a card has it), or keep what stands where `keep_standing`.

    A value that is neither of the two is a third one, and obeys the rules of its field.
    """

    conflict_id: str
    value: str | None = None
    keep_standing: bool = False


def resolve_conflict(command: ResolveConflict, *, work: UnitOfWork) -> None:
    """Write the choice and close the card, and those that are decided with it.

    RuleRefusal "conflict-gone" where somebody else has chosen meanwhile, "value-does-not-fit" where the text fits not
    the field, "text-too-long", and what :func:`edit_person` refuses of a third value. Whom somebody was joined with is
    chosen as the joining itself is, teams and all, and refused as :func:`merge_people` and :func:`unmerge_people` do:
    "already-merged" of somebody who is joined into this very row.
    """
    card = work.session.get(Conflict, command.conflict_id)
    if card is None:
        raise RuleRefusal("conflict-gone")
    beside = _beside(card, work=work)
    model = synced_tables().get(card.subject_entity)
    row: Any = work.session.get(model, card.row_id) if model is not None else None
    is_written = not command.keep_standing and row is not None and card.field not in ABOUT_THE_ROW
    if is_written:
        # What the chooser saw includes the card, or the server could not know that it was seen.
        row.server_position = max(row.server_position, card.server_position, *(one.server_position for one in beside))
    for one in (card, *beside):
        work.session.delete(one)
    if is_written and isinstance(row, Person) and card.field == "merged_into_id":
        _join(row, command.value, work=work)
        return
    is_third = command.value not in (card.standing_value, card.contender_value)
    if is_written and isinstance(row, Person) and is_third and is_edited(card.field):
        edit_person(EditPerson(row.id, {card.field: _as_value(row, card.field, command.value)}), work=work)
        return
    if is_written:
        _write(row, card.field, command.value, is_third=is_third)
        for one in beside if command.value == card.contender_value else ():
            _write(row, one.field, one.contender_value)
    work.commit()


def _beside(card: Conflict, *, work: UnitOfWork) -> Iterable[Conflict]:
    """Return the cards of the same change that have no place of their own beside this one."""
    others = Conflict.field.in_(GO_TOGETHER.get(card.field, ()))
    of_the_change = (Conflict.change_id == card.change_id, Conflict.row_id == card.row_id)
    return work.session.scalars(select(Conflict).where(*of_the_change, others)).all()


def _join(row: Person, other_id: str | None, *, work: UnitOfWork) -> None:
    """Join two people who are apart, or take that back: what belongs to it beside the field is done too."""
    if other_id:
        merge_people(MergePeople(kept_id=other_id, duplicate_id=row.id), work=work)
    else:
        unmerge_people(row.id, work=work)


def _write(row: Any, field: str, text: str | None, *, is_third: bool = False) -> None:
    value = _as_value(row, field, text)
    column = row.__table__.c[field]
    longest = getattr(column.type, "length", None)
    if is_third and isinstance(value, str) and longest and len(value) > longest:
        raise RuleRefusal("text-too-long", field="value", longest=longest)
    setattr(row, type(row).__mapper__.get_property_by_column(column).key, value)


def _as_value(row: Any, field: str, text: str | None) -> Any:
    """Return the text of a card as a value of the field; RuleRefusal where it is none."""
    kind = kind_of(row.entity, field)
    if kind is ColumnKind.UNKNOWN or (text is None and not row.__table__.c[field].nullable):
        raise RuleRefusal("value-does-not-fit", field="value")
    if text is None:
        return None
    try:
        return as_value(kind, text)
    except ValueError:
        raise RuleRefusal("value-does-not-fit", field="value") from None
