"""Keep what a value was before it was changed: by hand on this laptop, or received from a colleague.

Facts are their own history, since a correction points at what it corrects. Rows that change (who somebody is, a course,
a plan) would forget; here they are remembered on the laptop that saw the change.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.orm import Session

from app.models.base import LOCAL_COLUMNS, to_wire
from app.models.local import ValueHistory


def remember_changed(
    session: Session, *, entity: str, row_id: str, changes: Mapping[str, tuple[Any, Any]], actor: str, at: datetime
) -> None:
    """Remember one row's changed fields (before, after) in the transaction that changes them."""
    session.add_all(
        ValueHistory(
            entity=entity,
            row_id=row_id,
            field=field,
            before=to_wire(before),
            after=to_wire(after),
            actor=actor,
            at=at,
        )
        for field, (before, after) in changes.items()
    )


def remember_received(
    connection: Connection, table: Table, *, entity: str, rows: Iterable[Mapping[str, Any]], at: datetime
) -> None:
    """Remember what rows from the server are about to change; each is {"row_key": id, column: value, …}."""
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
    ]
    if remembered:
        connection.execute(insert(ValueHistory), remembered)
