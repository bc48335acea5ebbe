"""The table of changes, the server's audit: each as it arrived, what was decided, and what the fields were before."""

from collections.abc import Sequence

import msgspec

from app.sync.wire.messages import Operation
from server import clock
from server.columns import by_column, plain, rows_of
from server.database import Connection
from server.merge import Verdict
from server.rows import COLUMNS
from server.scope import Asker
from server.storable import LARGEST_NUMBER, is_storable
from server.stored_row import StoredRow

_KINDS = {
    "change_id": "uuid",
    "position": "bigint",
    "sequence": "bigint",
    "entity": "text",
    "row_id": "uuid",
    "operation": "text",
    "fields": "text",
    "base": "bigint",
    "actor": "uuid",
    "device_time": "text",
    "outcome": "text",
    "code": "text",
    "before": "json",
}
_OF_ROW = {"makes_row": "boolean", "team_id": "uuid", "person_id": "uuid"}
_encode = msgspec.json.Encoder().encode

_WRITE = f"""
INSERT INTO change (cooperation_id, device_id, received_at, {", ".join(_KINDS)})
SELECT %(cooperation)s, %(device)s, %(now)s, {", ".join(_KINDS).replace("code", "coalesce(code, '')")} FROM """  # noqa: S608 - names of ours
_WRITE_ALONE = f"{_WRITE} {rows_of(**_KINDS)}"
_WRITE_WITH_ROWS = f"""
WITH new AS MATERIALIZED (SELECT * FROM {rows_of(**_KINDS, **_OF_ROW)}), written AS ({_WRITE} new)
INSERT INTO row (cooperation_id, {COLUMNS})
SELECT %(cooperation)s, entity, row_id, position, fields::json,
    concat('{{"":[', position, ',"', %(device)s::text, '"]}}')::json, false, team_id, person_id, %(device)s
FROM new WHERE makes_row
"""  # noqa: S608 - names of ours
"""A row that stands as one change made it need not travel twice."""


def write_changes(connection: Connection, asker: Asker, verdicts: Sequence[Verdict], made: Sequence[StoredRow]) -> None:
    """Write what was decided of each change, and the rows that stand as one of them made them."""
    if not verdicts:
        return
    about = {"cooperation": asker.cooperation_id, "device": asker.device_id, "now": clock.now()}
    if made:
        rows = {row.position: row for row in made}
        values = ((*_values(verdict), *_of_row(rows.get(verdict.position))) for verdict in verdicts)
        connection.execute(_WRITE_WITH_ROWS, about | by_column((*_KINDS, *_OF_ROW), values))
    else:
        connection.execute(_WRITE_ALONE, about | by_column(tuple(_KINDS), map(_values, verdicts)))


def take_back(connection: Connection, change_ids: Sequence[str]) -> None:
    """Take changes away that were refused before and are decided afresh."""
    if change_ids:
        connection.execute(
            "WITH taken_back AS (DELETE FROM change WHERE change_id = ANY(%s::uuid[]) RETURNING device_id)"
            " UPDATE device SET changes_held = changes_held - gone.number"
            " FROM (SELECT device_id, count(*) AS number FROM taken_back GROUP BY device_id) AS gone"
            " WHERE device.id = gone.device_id",
            (change_ids,),
        )


def _of_row(row: StoredRow | None) -> tuple[str, str, str]:
    return ("", "", "") if row is None else ("t", row.team_id or "", row.person_id or "")


def _values(verdict: Verdict) -> tuple[str, ...]:
    """Return the columns as texts."""
    change = verdict.change
    fields = before = ""
    # A refused change may hold what cannot be stored; the laptop still has it, here it only has to be counted.
    # What came too late about somebody who was erased is not kept either.
    if verdict.code != "person-erased" and is_storable(change.fields, verdict.said):
        fields = "" if change.operation is Operation.DELETE else verdict.said.decode()
        before = _encode(verdict.before).decode() if verdict.before else ""
    return (
        change.change_id,
        f"{verdict.position}",
        f"{min(change.sequence, LARGEST_NUMBER)}",
        plain(change.entity),
        change.row_id,
        change.operation,
        fields,
        f"{min(change.base, LARGEST_NUMBER)}",
        change.actor,
        plain(change.at),
        verdict.outcome,
        verdict.code,
        before,
    )
