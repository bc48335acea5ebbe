"""Keep what a value was before it was changed: by hand on this laptop, or by a colleague, as the feed tells.

Facts are their own history, since a correction points at what it corrects. Rows that change (who somebody is, a course,
a plan) would forget; here they are remembered. Every change has a name of its own, so that one which comes down again,
to the laptop that made it or with a history read anew, is told once.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.orm import Session

from app.models.base import LOCAL_COLUMNS, to_wire
from app.models.local import OutboxEntry, ValueHistory
from app.sync.wire.messages import Edit, Row

_AT_ONCE: Final = 500
"""Keys that one statement asks for."""


def remember_changed(session: Session, entry: OutboxEntry, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Remember one row's changed fields (before, after) in the transaction that changes them."""
    session.add_all(
        ValueHistory(
            entity=entry.entity,
            row_id=entry.row_id,
            field=field,
            before=to_wire(before),
            after=to_wire(after),
            actor=entry.actor,
            at=entry.at,
            change_id=entry.change_id,
        )
        for field, (before, after) in changes.items()
    )


def remember_edits(connection: Connection, rows: Sequence[Row]) -> None:
    """Remember who changed what in these rows, as far as it is not remembered yet.

    What was remembered of them without a name gives way to what the feed says of the same value.
    """
    told = {
        (edit.change_id, field): (row, edit, field)
        for row in rows
        for edit in row.edits
        for field in edit.before.keys() & edit.after.keys()
        if _moment(edit) is not None
    }
    if not told:
        return
    names = sorted({change_id for change_id, _ in told})
    known: set[tuple[str | None, str]] = set()
    for start in range(0, len(names), _AT_ONCE):
        some = ValueHistory.change_id.in_(names[start : start + _AT_ONCE])
        known |= {(name, field) for name, field in connection.execute(_NAMES.where(some))}
    new = [parts for key, parts in told.items() if key not in known]
    if not new:
        return
    _forget_unnamed(connection, new)
    connection.execute(
        insert(ValueHistory),
        [
            {
                "entity": row.entity,
                "row_id": row.row_id,
                "field": field,
                "before": edit.before[field],
                "after": edit.after[field],
                "actor": edit.actor,
                "at": _moment(edit),
                "change_id": edit.change_id,
            }
            for row, edit, field in new
        ],
    )


def remember_received(
    connection: Connection,
    table: Table,
    *,
    entity: str,
    rows: Iterable[Mapping[str, Any]],
    at: datetime,
    told: Mapping[tuple[str, str], Any],
) -> None:
    """Remember what rows from the server are about to change; each is {"row_key": id, column: value, …}.

    `told` is what the feed says of itself (see :func:`newest_values`): that is not remembered once more without a name.
    """
    incoming = {str(row["row_key"]): row for row in rows}
    found = connection.execute(select(table).where(table.c.id.in_(list(incoming)))).mappings()
    remembered = [
        {
            "entity": entity,
            "row_id": old["id"],
            "field": field,
            "before": to_wire(old[field]),
            "after": to_wire(value),
            "actor": None,
            "at": at,
        }
        for old in found
        for field, value in incoming[old["id"]].items()
        if field != "row_key" and field not in LOCAL_COLUMNS and field in old and old[field] != value
        if (old["id"], field) not in told or told[old["id"], field] != to_wire(value)
    ]
    if remembered:
        connection.execute(insert(ValueHistory), remembered)


def newest_values(rows: Iterable[Row]) -> dict[tuple[str, str], Any]:
    """Return the value that each field (row id, name) got by its newest edit."""
    return {(row.row_id, field): value for row in rows for edit in row.edits for field, value in edit.after.items()}


_NAMES = select(ValueHistory.change_id, ValueHistory.field)


def _forget_unnamed(connection: Connection, new: Sequence[tuple[Row, Edit, str]]) -> None:
    after: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row, edit, field in new:
        after[row.row_id, field].append(edit.after[field])
    row_ids = sorted({row_id for row_id, _ in after})
    for start in range(0, len(row_ids), _AT_ONCE):
        unnamed = connection.execute(
            select(ValueHistory.id, ValueHistory.row_id, ValueHistory.field, ValueHistory.after).where(
                ValueHistory.row_id.in_(row_ids[start : start + _AT_ONCE]), ValueHistory.change_id.is_(None)
            )
        ).all()
        told = [key for key, row_id, field, value in unnamed if value in after.get((row_id, field), ())]
        if told:
            connection.execute(delete(ValueHistory).where(ValueHistory.id.in_(told)))


def _moment(edit: Edit) -> datetime | None:
    """Return when the change was made, or None where that is no moment: such an edit is passed over."""
    try:
        at = datetime.fromisoformat(edit.at)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
