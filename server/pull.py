"""Rows down: everything in scope after a position, in pages, by one index."""

from typing import Any

import msgspec

from server.database import Connection
from server.identity import Identity
from server.merge import LARGEST_NUMBER
from server.scope import Asker, condition, parameters


class RawRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the reply whose fields go from PostgreSQL to the wire unread."""

    entity: str
    row_id: str
    position: int
    fields: msgspec.Raw
    deleted: bool = False


class RawPullReply(msgspec.Struct, frozen=True, kw_only=True):
    """The wire's PullReply, with raw rows."""

    server_id: str
    epoch: str
    rows: list[RawRow]
    cursor: int
    more: bool


_NOTHING = msgspec.Raw(b"{}")


def pull(connection: Connection, asker: Asker, identity: Identity, *, cursor: int, limit: int) -> RawPullReply:
    """Return the next page after `cursor`.

    Page and position come from one snapshot, so that a change committed in between is neither skipped nor half seen.
    """
    values: dict[str, Any] = {**parameters(asker), "cursor": min(cursor, LARGEST_NUMBER), "limit": limit + 1}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found = connection.execute("SELECT position FROM cooperation WHERE id = %(cooperation)s", values).fetchone()
        newest = int(found[0]) if found else 0
        rows = connection.execute(
            "SELECT entity, row_id, position, deleted, fields::text FROM row"  # noqa: S608 - no value in the text
            f" WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s AND {condition(asker)}"
            " ORDER BY position LIMIT %(limit)s",
            values,
        ).fetchall()
    more = len(rows) > limit
    page = [
        RawRow(
            entity=entity,
            row_id=row_id,
            position=position,
            deleted=deleted,
            fields=_NOTHING if deleted else msgspec.Raw(fields.encode()),
        )
        for entity, row_id, position, deleted, fields in rows[:limit]
    ]
    return RawPullReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        rows=page,
        cursor=page[-1].position if more else newest,
        more=more,
    )
