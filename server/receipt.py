"""The server's word on what it holds, counted from its own tables and signed."""

import uuid
from typing import Any

from app.sync.wire.messages import Receipt, ReceiptRequest, Tally
from server import clock
from server.database import Connection
from server.identity import Identity
from server.merge import LARGEST_NUMBER
from server.pull import snapshot
from server.scope import Asker
from server.tally import tallies_for


def receipt_for(connection: Connection, asker: Asker, identity: Identity, request: ReceiptRequest) -> Receipt:
    """Count this device's changes and the rows it may see, tombstones left out, in one snapshot; and sign."""
    with snapshot(connection):
        receipt = counted(connection, asker, identity, through_sequence=request.through_sequence)
    if receipt.held + receipt.refused == request.through_sequence:
        connection.execute("UPDATE device SET confirmed_at = %s WHERE id = %s", (clock.now(), asker.device_id))
    return receipt


def counted(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    *,
    through_sequence: int,
    tallies: dict[str, Tally] | None = None,
) -> Receipt:
    """Return the signed receipt; to be called within a snapshot, from which the tallies come where they are given."""
    values: dict[str, Any] = {
        "device": asker.device_id,
        "cooperation": asker.cooperation_id,
        "through": min(through_sequence, LARGEST_NUMBER),
    }
    found = connection.execute(
        "SELECT count(DISTINCT sequence), ("
        "  SELECT count(DISTINCT refused.sequence) FROM change refused WHERE refused.device_id = %(device)s"
        "  AND refused.sequence BETWEEN 1 AND %(through)s AND refused.outcome = 'refused' AND NOT EXISTS ("
        "   SELECT 1 FROM change held WHERE held.device_id = refused.device_id AND held.sequence = refused.sequence"
        "   AND held.outcome <> 'refused')"
        " ), (SELECT position FROM cooperation WHERE id = %(cooperation)s)"
        " FROM change WHERE device_id = %(device)s AND sequence BETWEEN 1 AND %(through)s",
        values,
    ).fetchone()
    answered, refused, position = found or (0, 0, 0)
    tallies = tallies_for(connection, asker) if tallies is None else tallies
    return identity.sign(
        Receipt(
            receipt_id=str(uuid.uuid4()),
            server_id=identity.server_id,
            epoch=identity.epoch,
            device_id=asker.device_id,
            database_id=asker.database_id,
            received_at=clock.moment(clock.now()),
            through_sequence=through_sequence,
            held=answered - refused,
            refused=refused,
            position=int(position or 0),
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
