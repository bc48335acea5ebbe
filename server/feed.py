"""The order in which laptops are told of rows: by position, as the changes came that made them as they are.

The table of changes is that order. A row that got its place otherwise is noted in the table `placed`: a conflict, the
history of a person whom a team has gained, what was erased, what the server itself wrote. A row that has moved on since
stands at its last place alone.
"""

from collections.abc import Iterable

from server.columns import by_column, rows_of
from server.database import Connection
from server.merge import StoredRow

BEHIND = """(
    SELECT position, entity, row_id FROM (
        SELECT cooperation_id, position, entity, row_id FROM change
        UNION ALL
        SELECT cooperation_id, position, entity, row_id FROM placed
    ) AS told WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s ORDER BY position
)"""
"""What was ever behind a cursor, as a table; who reads it looks whether the row is still at that position."""

PLACE = "INSERT INTO placed (cooperation_id, position, entity, row_id)"

_KINDS = {"position": "bigint", "entity": "text", "row_id": "uuid"}
_PLACE_ROWS = f"{PLACE} SELECT %(cooperation)s, {', '.join(_KINDS)} FROM {rows_of(**_KINDS)}"  # noqa: S608 - names of ours


def place(connection: Connection, cooperation_id: str, rows: Iterable[StoredRow]) -> None:
    """Note rows that stand at a position which no change has."""
    values = [(f"{row.position}", row.entity, row.row_id) for row in rows]
    if values:
        connection.execute(_PLACE_ROWS, {"cooperation": cooperation_id, **by_column(tuple(_KINDS), values)})
