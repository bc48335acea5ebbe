"""The table of changes, the server's audit: each as it arrived, what was decided, and what the fields were before."""

from collections.abc import Sequence

import msgspec

from app.sync.wire.messages import Operation, Outcome
from server import clock
from server.columns import by_column, plain, rows_of
from server.database import Connection
from server.merge import LARGEST_NUMBER, Verdict, is_storable
from server.scope import Asker

_KINDS = {
    "change_id": "uuid",
    "position": "bigint",
    "sequence": "bigint",
    "entity": "text",
    "row_id": "uuid",
    "operation": "text",
    "fields": "jsonb",
    "base": "bigint",
    "actor": "uuid",
    "device_time": "text",
    "outcome": "text",
    "code": "text",
    "before": "jsonb",
}
_encode = msgspec.json.Encoder().encode

_WRITE = f"""
INSERT INTO change (cooperation_id, device_id, received_at, {", ".join(_KINDS)})
SELECT %(cooperation)s, %(device)s, %(now)s, {", ".join(_KINDS).replace("code", "coalesce(code, '')")}
FROM {rows_of(**_KINDS)}
"""  # noqa: S608 - names of ours


def write_changes(connection: Connection, asker: Asker, verdicts: Sequence[Verdict], retried: Sequence[str]) -> None:
    """Write what was decided of each change, in place of those that are `retried`."""
    if retried:
        connection.execute(
            "WITH taken_back AS (DELETE FROM change WHERE change_id = ANY(%s::uuid[]) RETURNING device_id)"
            " UPDATE device SET changes_held = changes_held - gone.number"
            " FROM (SELECT device_id, count(*) AS number FROM taken_back GROUP BY device_id) AS gone"
            " WHERE device.id = gone.device_id",
            (retried,),
        )
    if verdicts:
        about = {"cooperation": asker.cooperation_id, "device": asker.device_id, "now": clock.now()}
        connection.execute(_WRITE, about | by_column(tuple(_KINDS), map(_values, verdicts)))


def _values(verdict: Verdict) -> tuple[str, ...]:
    """Return the columns as texts."""
    change = verdict.change
    fields = before = ""
    # A refused change may hold what cannot be stored; the laptop still has it, here it only has to be counted.
    # What came too late about somebody who was erased is not kept either.
    if verdict.outcome is not Outcome.REFUSED or (verdict.code != "person-erased" and is_storable(change.fields)):
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
