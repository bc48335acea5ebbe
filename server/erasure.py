"""A person is erased or anonymised: on the server's rows, in its history of changes, and so on every laptop.

A fact of the entity ``erasure``, which only the coordinator may write, asks for it. In the transaction that takes the
fact the server rewrites every row of the person by the rules of `resources/retention.toml`, empties what was deleted of
them before and the fields of every change that ever touched them, and gives the rows new positions, so that the laptops
of all teams follow with their next pull. Later changes about the person are refused. This is the one way in which a
fact is ever changed.
"""

from collections.abc import Iterable, Mapping
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
    return _erase(connection, cooperation_id, _manners(asked), after=after) + 1 if asked else 0


def erase_again(connection: Connection) -> int:
    """Erase once more whoever was erased when an erasure emptied less than it does now, and commit.

    A migration says in which cooperations that is owed; here it is done once, by what erases today. Return how many
    rows it changed.
    """
    owed = connection.execute("SELECT id::text, position FROM cooperation WHERE erasures_owed FOR UPDATE").fetchall()
    changed = 0
    for cooperation_id, position in owed:
        erasures = connection.execute(
            f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND entity = %s AND person_id IS NOT NULL",  # noqa: S608 - names of ours
            (cooperation_id, ERASURE),
        ).fetchall()
        rows = _erase(connection, cooperation_id, _manners(map(read_row, erasures)), after=position)
        connection.execute(
            "UPDATE cooperation SET position = position + %s + 1, erasures_owed = false WHERE id = %s",
            (rows, cooperation_id),
        )
        changed += rows
    connection.commit()
    return changed


def _manners(erasures: Iterable[StoredRow]) -> dict[str, str]:
    """Return how each person is erased; of several manners the one that leaves least."""
    manners: dict[str, str] = {}
    for erasure in erasures:
        person_id, manner = str(erasure.person_id), str(erasure.fields.get("manner"))
        if manners.get(person_id) != "erase":
            manners[person_id] = manner
    return manners


_ABOUT_THEM = f"""
WITH letter AS MATERIALIZED (
    SELECT row_id::text FROM row WHERE cooperation_id = %(cooperation)s AND (
        fields ->> 'linked_person_id' = ANY(%(people)s) OR entity = 'incoming_message' AND row_id::text IN (
            SELECT fields ->> 'message_id' FROM row
            WHERE cooperation_id = %(cooperation)s AND person_id = ANY(%(people)s::uuid[]) AND entity = 'referral'
        ) OR entity = 'incoming_message' AND (deleted OR fields ->> 'linked_person_id' IS NULL) AND row_id::text IN (
            SELECT fields ->> 'row_id' FROM row
            WHERE cooperation_id = %(cooperation)s AND entity = 'conflict' AND NOT deleted
            AND fields ->> 'field' = 'linked_person_id' AND fields ->> 'contender_value' = ANY(%(people)s)
        )
    )
)
SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND (
    person_id = ANY(%(people)s::uuid[]) OR row_id::text IN (SELECT row_id FROM letter)
    OR entity = 'conflict' AND fields ->> 'row_id' IN (SELECT row_id FROM letter)
) ORDER BY position
"""  # noqa: S608 - names of ours
"""A letter that came in belongs to a team, and tells of the person all the same; so does what was deleted.

So does one that is on nobody's page and that somebody put on theirs, though a card still asks whether that holds.
"""


def _erase(connection: Connection, cooperation_id: str, manners: Mapping[str, str], *, after: int) -> int:
    """Erase people, each in their manner (by person id); return how many rows that changed.

    They are given positions from `after` on; the next one is that at which it is told.
    """
    people = sorted(manners)
    found = connection.execute(_ABOUT_THEM, {"cooperation": cooperation_id, "people": people}).fetchall()
    rows = [read_row(values) for values in found]
    on = clock.today().isoformat()
    changed: list[StoredRow] = []
    tallies = Tallies()
    for row in rows:
        before = standing_of(row)
        if not _rewrite(row, manner=manners.get(row.person_id or "", ""), on=on):
            continue
        row.position = after + len(changed) + 1
        row.versions = {WHOLE_ROW: (row.position, None)}
        tallies.take(before)
        tallies.add(standing_of(row))
        changed.append(row)
    _store(connection, cooperation_id, changed)
    tallies.write(connection, cooperation_id)
    # A position of its own: whoever has read all that there was hears of it too, also where nothing changed any more.
    told_at = after + len(changed) + 1
    about = {"cooperation": cooperation_id, "people": people, "row_ids": sorted({row.row_id for row in rows})}
    connection.execute(_TELL_WHOM_THEY_LEFT, about | {"at": told_at})
    connection.execute(_TELL_WHO_WROTE, about | {"at": told_at})
    connection.execute(_FORGET, about)
    return len(changed)


_TELL_WHOM_THEY_LEFT = """
INSERT INTO departure (cooperation_id, position, team_id, entity, row_id)
SELECT cooperation_id, %(at)s, team_id, 'person', person_id FROM member
WHERE cooperation_id = %(cooperation)s AND person_id = ANY(%(people)s::uuid[]) AND NOT is_active
"""
"""Laptops of a team that they had left see no row of theirs, but may have copies and what they had sent themselves."""

_TELL_WHO_WROTE = """
INSERT INTO departure (cooperation_id, position, team_id, entity, row_id)
SELECT cooperation_id, %(at)s, change.device_id, CASE WHEN person_id IS NULL THEN entity ELSE 'person' END,
    coalesce(person_id, row_id)
FROM change JOIN row USING (cooperation_id, entity, row_id)
WHERE cooperation_id = %(cooperation)s AND row_id = ANY(%(row_ids)s::uuid[]) AND entity <> 'conflict'
UNION SELECT cooperation_id, %(at)s, device_id, 'person', (fields::json ->> 'person_id')::uuid FROM change
WHERE cooperation_id = %(cooperation)s AND outcome = 'refused' AND fields::json ->> 'person_id' = ANY(%(people)s)
"""
"""Whose user has another team or role since sees nothing of them, and still has what the laptop had sent of them.

In a departure that is for one laptop, the laptop stands for the team.
"""


def is_erased(fields: str) -> bool:
    """Return whether a tombstone with these fields, as they are stored, is one that an erasure has emptied."""
    return fields == "{}"


def _rewrite(row: StoredRow, *, manner: str, on: str) -> bool:
    """Take out of one row what has to go; return whether anything changed."""
    rule = retention_rules().rule(row.entity)
    if rule.on_erasure == "keep" or (row.deleted and not row.fields):
        return False
    if row.deleted or rule.goes_when_anonymised or (manner == "erase" and rule.on_erasure == "delete"):
        row.deleted, row.fields = True, {}
        return True
    left = rule.anonymised(row.fields)
    if row.entity == "person":
        left |= {"anonymised_on": row.fields.get("anonymised_on") or on, "identifier_kind": "none"}
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


_FORGET = """
UPDATE change SET fields = NULL, before = NULL
WHERE cooperation_id = %(cooperation)s AND entity <> 'erasure' AND entity <> 'access_log'
AND (fields IS NOT NULL OR before IS NOT NULL) AND (
    row_id = ANY(%(row_ids)s::uuid[]) OR fields::json ->> 'person_id' = ANY(%(people)s)
    OR outcome = 'refused' AND row_id IN (
        SELECT row_id FROM change WHERE cooperation_id = %(cooperation)s AND outcome = 'refused'
        AND fields::json ->> 'person_id' = ANY(%(people)s)
    )
)
"""
"""Empty what every change ever said about the people; that there was one, when and by whom, stays.

Of a row that was refused no row says whose it was: only the change that would have made it does.
"""
