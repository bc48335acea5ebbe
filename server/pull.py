"""Rows down: everything in scope after a position, in pages, by one index."""

from typing import Any

import msgspec

from app.sync.wire.messages import Departure, Tally
from server.database import Connection
from server.handshake import check_turn
from server.identity import Identity
from server.merge import LARGEST_NUMBER
from server.scope import ACTIVE_PEOPLE, Asker, condition, parameters
from server.tally import tallies_for


class RawRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the reply whose fields go from PostgreSQL to the wire unread."""

    entity: str
    row_id: str
    position: int
    fields: msgspec.Raw
    deleted: bool = False


class RawPullReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wire's PullReply, with raw rows."""

    server_id: str
    epoch: str
    rows: list[RawRow]
    cursor: int
    more: bool
    left: list[Departure] = []
    tallies: dict[str, Tally] = {}
    scope: str = ""
    team_ids: list[str] = []
    role: str = ""


_NOTHING = msgspec.Raw(b"{}")

NEAR = 20_000
"""Positions behind the newest within which a laptop usually stands."""

_BEHIND_THE_CURSOR = """
WITH behind AS MATERIALIZED (SELECT * FROM row WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s)
"""


def pull(
    connection: Connection, asker: Asker, identity: Identity, *, cursor: int, limit: int, turn: str = ""
) -> RawPullReply:
    """Return the next page after `cursor`.

    Page, position, departures and tallies come from one snapshot, so that a change committed in between is neither
    skipped nor half seen.
    """
    check_turn(connection, asker, turn)
    values: dict[str, Any] = {**parameters(asker), "cursor": min(cursor, LARGEST_NUMBER), "limit": limit + 1}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = connection.execute("SELECT position FROM cooperation WHERE id = %(cooperation)s", values).fetchone()
        newest = int(found[0]) if found else 0
        # Near the end the few rows behind the cursor are looked at and nothing else, whatever the planner would guess.
        is_near = newest - cursor < NEAR
        rows = connection.execute(
            f"{_BEHIND_THE_CURSOR if is_near else ''}"  # noqa: S608 - no value in the text
            f" SELECT entity, row_id, position, deleted, fields::text FROM {'behind' if is_near else 'row'}"
            f" WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s AND {condition(asker)}"
            " ORDER BY position LIMIT %(limit)s",
            values,
        ).fetchall()
        more = len(rows) > limit
        reached = rows[limit - 1][2] if more else newest
        return RawPullReply(
            server_id=identity.server_id,
            epoch=identity.epoch,
            rows=[raw_row(row) for row in rows[:limit]],
            cursor=reached,
            more=more,
            left=_left(connection, asker, {**values, "reached": reached}),
            tallies={} if more else tallies_for(connection, asker),
            scope=asker.scope,
            team_ids=sorted(asker.team_ids),
            role=asker.role,
        )


def raw_row(values: tuple[Any, ...]) -> RawRow:
    """Return a row of the reply from entity, row id, position, whether it is deleted, and its fields as text."""
    entity, row_id, position, deleted, fields = values
    return RawRow(
        entity=entity,
        row_id=row_id,
        position=position,
        deleted=deleted,
        fields=_NOTHING if deleted else msgspec.Raw(fields.encode()),
    )


def _left(connection: Connection, asker: Asker, values: dict[str, Any]) -> list[Departure]:
    """Return what left the asker's scope within the page and has not come back; a laptop that begins holds nothing."""
    if asker.sees_everything or not values["cursor"]:
        return []
    found = connection.execute(
        "SELECT left_rows.entity, left_rows.row_id, max(left_rows.position) FROM departure AS left_rows"  # noqa: S608 - as above
        " WHERE left_rows.cooperation_id = %(cooperation)s AND left_rows.team_id = ANY(%(teams)s::uuid[])"
        " AND left_rows.position > %(cursor)s AND left_rows.position <= %(reached)s"
        f" AND NOT (left_rows.entity = 'person' AND left_rows.row_id IN ({ACTIVE_PEOPLE}))"
        " AND NOT EXISTS (SELECT 1 FROM row WHERE left_rows.entity <> 'person'"
        "  AND row.cooperation_id = %(cooperation)s AND row.entity = left_rows.entity"
        f"  AND row.row_id = left_rows.row_id AND {condition(asker)})"
        " GROUP BY left_rows.entity, left_rows.row_id ORDER BY 3",
        values,
    )
    return [Departure(entity=entity, row_id=row_id, position=position) for entity, row_id, position in found]
