"""One table of a laptop against the server's: what it lacks, what it has otherwise, and what is not its to hold."""

from typing import Any

import msgspec

from app.sync.wire.messages import RepairRequest
from server.database import Connection
from server.identity import Identity
from server.pull import LISTED, RawRow, raw_rows
from server.refusals import RequestRefused
from server.scope import Asker, condition, parameters
from server.storable import LARGEST_NUMBER
from server.summary import snapshot


class RawRepairReply(msgspec.Struct, frozen=True, kw_only=True):
    """The wire's RepairReply, with raw rows."""

    server_id: str
    epoch: str
    rows: list[RawRow]
    left: list[str]
    more: bool
    lacking: list[str]


def repair(connection: Connection, asker: Asker, identity: Identity, request: RepairRequest) -> RawRepairReply:
    """Return the differences in one snapshot, at most `limit` rows of them."""
    if len(request.row_ids) != len(request.positions):
        raise RequestRefused(400, "not-a-message", "Row ids and positions do not go together.")
    values: dict[str, Any] = {
        **parameters(asker),
        "entity": request.entity.replace("\x00", "\ufffd"),
        "ids": request.row_ids,
        "positions": [min(position, LARGEST_NUMBER) for position in request.positions],
        "limit": request.limit + 1,
    }
    may_see = condition(asker)
    with snapshot(connection):
        rows = connection.execute(
            f"SELECT {LISTED} FROM row LEFT JOIN"  # noqa: S608 - no value in the text
            " unnest(%(ids)s::uuid[], %(positions)s::bigint[]) AS held (held_id, held_position) ON held_id = row_id"
            " WHERE cooperation_id = %(cooperation)s AND entity = %(entity)s AND NOT deleted"
            f" AND (held_id IS NULL OR held_position <> position) AND {may_see} ORDER BY position LIMIT %(limit)s",
            values,
        ).fetchall()
        lacking = raw_rows(connection, asker, rows[: request.limit])
        left = connection.execute(
            "SELECT held_id, NOT EXISTS (SELECT 1 FROM row"  # noqa: S608 - as above
            "  WHERE cooperation_id = %(cooperation)s AND entity = %(entity)s AND row_id = held_id)"
            " FROM unnest(%(ids)s::uuid[]) AS held (held_id) WHERE NOT EXISTS ("
            " SELECT 1 FROM row WHERE cooperation_id = %(cooperation)s AND entity = %(entity)s AND row_id = held_id"
            f" AND NOT deleted AND {may_see})",
            values,
        ).fetchall()
    return RawRepairReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        rows=lacking,
        left=[row_id for row_id, _ in left],
        more=len(rows) > request.limit,
        lacking=[row_id for row_id, is_lacking in left if is_lacking],
    )
