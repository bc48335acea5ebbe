"""The server's word on what it holds, counted from its own tables and signed."""

import uuid
from typing import Any

from app.sync.wire.messages import Receipt, ReceiptRequest
from server import clock
from server.database import Connection
from server.identity import Identity
from server.merge import LARGEST_NUMBER
from server.scope import Asker
from server.tally import tallies_for


def receipt_for(connection: Connection, asker: Asker, identity: Identity, request: ReceiptRequest) -> Receipt:
    """Count this device's changes and the rows it may see, tombstones left out, in one snapshot; and sign."""
    through = min(request.through_sequence, LARGEST_NUMBER)
    values: dict[str, Any] = {"device": asker.device_id, "cooperation": asker.cooperation_id, "through": through}
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        counted = connection.execute(
            "SELECT count(*) FILTER (WHERE held), count(*) FILTER (WHERE NOT held) FROM ("
            "  SELECT bool_or(outcome <> 'refused') AS held FROM change"
            "  WHERE device_id = %(device)s AND sequence BETWEEN 1 AND %(through)s GROUP BY sequence"
            ") AS of_the_device",
            values,
        ).fetchone()
        found = connection.execute("SELECT position FROM cooperation WHERE id = %(cooperation)s", values).fetchone()
        tallies = tallies_for(connection, asker)
    held, refused = counted or (0, 0)
    if held + refused == through:
        connection.execute("UPDATE device SET confirmed_at = %s WHERE id = %s", (clock.now(), asker.device_id))
    return identity.sign(
        Receipt(
            receipt_id=str(uuid.uuid4()),
            server_id=identity.server_id,
            epoch=identity.epoch,
            device_id=asker.device_id,
            database_id=asker.database_id,
            received_at=clock.moment(clock.now()),
            through_sequence=request.through_sequence,
            held=held,
            refused=refused,
            position=int(found[0]) if found else 0,
            rows={entity: tally.rows for entity, tally in tallies.items()},
        )
    )


def counts(connection: Connection) -> dict[str, Any]:
    """Return what the server holds: rows per entity without tombstones, changes per outcome, devices."""
    rows = connection.execute(
        "SELECT entity, count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted) FROM row"
        " GROUP BY entity ORDER BY entity"
    ).fetchall()
    changes = connection.execute("SELECT outcome, count(*) FROM change GROUP BY outcome ORDER BY outcome").fetchall()
    devices = connection.execute("SELECT count(*) FROM device WHERE revoked_at IS NULL").fetchone()
    return {
        "rows": {entity: count for entity, count, _ in rows},
        "tombstones": {entity: count for entity, _, count in rows if count},
        "changes": dict(changes),
        "devices": devices[0] if devices else 0,
    }
