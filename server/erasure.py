"""A person is erased or anonymised: on the server's rows, in its history of changes, and so on every laptop.

A fact of the entity ``erasure``, which only the coordinator may write, asks for it. In the transaction that takes the
fact the server rewrites every row of the person by the rules of `resources/retention.toml`, empties the fields of every
change that ever touched them, and gives the rows new positions, so that the laptops of all teams follow with their
next pull. Later changes about the person are refused. This is the one way in which a fact is ever changed.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from app.domain.retention import retention_rules
from server import clock
from server.database import Connection
from server.merge import Decision
from server.rows import STORED, read_row
from server.stored_row import WHOLE_ROW, StoredRow
from server.tally import Tallies, standing_of

ERASURE: Final = "erasure"
_encode = msgspec.json.Encoder().encode


def erase_people(connection: Connection, cooperation_id: str, decision: Decision, *, after: int) -> int:
    """Carry out the erasures of a batch and return how many positions that took, from `after` on."""
    asked = [row for row in decision.new_rows if row.entity == ERASURE and row.person_id]
    taken = 0
    for erasure in asked:
        taken += _erase(connection, cooperation_id, erasure, after=after + taken)
    return taken


def _erase(connection: Connection, cooperation_id: str, erasure: StoredRow, *, after: int) -> int:
    # A letter that came in belongs to a team, and tells of the person all the same; so does what was deleted.
    found = connection.execute(
        f"SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND"  # noqa: S608
        " (person_id = %(person)s OR fields ->> 'linked_person_id' = %(person)s::text"
        " OR entity = 'incoming_message' AND row_id::text IN ("
        "  SELECT fields ->> 'message_id' FROM row WHERE cooperation_id = %(cooperation)s"
        "  AND person_id = %(person)s AND entity = 'referral')) ORDER BY position",
        {"cooperation": cooperation_id, "person": erasure.person_id},
    ).fetchall()
    rows = [read_row(values) for values in found]
    changed: list[StoredRow] = []
    tallies = Tallies()
    for row in rows:
        before = standing_of(row)
        if not _rewrite(row, manner=str(erasure.fields.get("manner")), on=clock.today().isoformat()):
            continue
        row.position = after + len(changed) + 1
        row.versions = {WHOLE_ROW: (row.position, None)}
        tallies.take(before)
        tallies.add(standing_of(row))
        changed.append(row)
    _store(connection, cooperation_id, changed)
    tallies.write(connection, cooperation_id)
    _forget_history(connection, cooperation_id, str(erasure.person_id), (row.row_id for row in rows))
    return len(changed)


def _rewrite(row: StoredRow, *, manner: str, on: str) -> bool:
    """Take out of one row what has to go; return whether anything changed."""
    rule = retention_rules().rule(row.entity)
    if rule.on_erasure == "keep":
        return False
    if row.deleted or rule.goes_when_anonymised or (manner == "erase" and rule.on_erasure == "delete"):
        row.deleted = True
        row.fields = {"person_id": row.person_id, **({"team_id": row.team_id} if row.team_id else {})}
        return True
    left = rule.anonymised(row.fields)
    if row.entity == "person":
        left |= {"anonymised_on": on, "identifier_kind": "none"}
    if left == row.fields:
        return False
    row.fields = left
    return True


def _store(connection: Connection, cooperation_id: str, rows: list[StoredRow]) -> None:
    if not rows:
        return
    connection.execute(
        "UPDATE row SET position = new.position, fields = new.fields, versions = new.versions, deleted = new.deleted"
        " FROM unnest(%s::text[], %s::uuid[], %s::bigint[], %s::json[], %s::json[], %s::boolean[])"
        " AS new (entity, row_id, position, fields, versions, deleted)"
        " WHERE row.cooperation_id = %s AND row.entity = new.entity AND row.row_id = new.row_id",
        (
            [row.entity for row in rows],
            [row.row_id for row in rows],
            [row.position for row in rows],
            [_encode(row.fields).decode() for row in rows],
            [_encode(row.versions).decode() for row in rows],
            [row.deleted for row in rows],
            cooperation_id,
        ),
    )


def _forget_history(connection: Connection, cooperation_id: str, person_id: str, row_ids: Iterable[str]) -> None:
    """Empty what every change ever said about the person; that there was one, when and by whom, stays."""
    connection.execute(
        "UPDATE change SET fields = NULL, before = NULL WHERE cooperation_id = %s"
        " AND entity <> 'erasure' AND entity <> 'access_log'"
        " AND (row_id = ANY(%s::uuid[]) OR fields::json ->> 'person_id' = %s)",
        (cooperation_id, sorted(set(row_ids)), person_id),
    )
