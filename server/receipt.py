"""The server's word on what it holds, counted from its own tables and signed.

A laptop may have sent tens of thousands of changes, and asks at every synchronisation. So the server remembers through
which number all of a laptop's changes are here (`whole_through`), and counts only those above. That a number is here
can change in one way alone: its change is taken away. Then a trigger lowers what is remembered, in the transaction that
takes it away, whoever does so and by whatever means; what arrives late or once more is no matter, because a number that
is here is here. Refused changes are few and are counted from the first one on, each time.
"""

import uuid
from typing import Any

from app.sync.wire.messages import Receipt, ReceiptRequest
from server import clock
from server.database import Connection, quietly
from server.identity import Identity
from server.scope import Asker
from server.summary import Summary, ask_for_summary, read_summary

FAR_BEHIND = 1_000
"""Numbers counted at every receipt, a quarter of a millisecond, before it is worth a write to remember them."""


def receipt_for(connection: Connection, asker: Asker, identity: Identity, request: ReceiptRequest) -> Receipt:
    """Count this device's changes and the rows it may see, tombstones left out, at one moment; and sign."""
    receipt = counted(connection, asker, identity, through_sequence=request.through_sequence)
    remember(connection, asker, receipt)
    return receipt


def counted(connection: Connection, asker: Asker, identity: Identity, *, through_sequence: int) -> Receipt:
    """Count up to a number and return the signed receipt, remembering nothing (:func:`remember`)."""
    summary = read_summary(ask_for_summary(connection, asker, through_sequence=through_sequence))
    return signed(asker, identity, summary, through_sequence=through_sequence)


def signed(asker: Asker, identity: Identity, summary: Summary, *, through_sequence: int) -> Receipt:
    """Return the signed receipt of what was counted up to the same number, as a summary with tallies has it."""
    return identity.sign(
        Receipt(
            receipt_id=str(uuid.uuid4()),
            server_id=identity.server_id,
            epoch=identity.epoch,
            device_id=asker.device_id,
            database_id=asker.database_id,
            received_at=clock.moment(clock.now()),
            through_sequence=through_sequence,
            held=summary.answered - summary.refused,
            refused=summary.refused,
            position=summary.position,
            rows={entity: tally.rows for entity, tally in (summary.tallies or {}).items()},
        )
    )


def remember(connection: Connection, asker: Asker, receipt: Receipt) -> None:
    """Remember, where it is so, that all changes through the receipt's number are here; a few are not worth a write.

    They are counted once more while the laptop's row in `device` is locked. Whoever takes changes away needs that row
    too: so they have gone before the counting, or what is remembered here is lowered after it.
    """
    through = receipt.through_sequence
    if receipt.held + receipt.refused != through or through - asker.whole_through < FAR_BEHIND:
        return
    with connection.transaction():
        found = connection.execute(
            "SELECT whole_through FROM device WHERE id = %s FOR UPDATE", (asker.device_id,)
        ).fetchone()
        whole = int(found[0]) if found else through
        connection.execute(
            _WHOLE,
            {"device": asker.device_id, "whole": whole, "through": through, "above": through - whole},
        )


_WHOLE = quietly("""
UPDATE device SET whole_through = %(through)s FROM quiet WHERE id = %(device)s AND %(above)s = (
    SELECT count(DISTINCT sequence) FROM change
    WHERE device_id = %(device)s AND sequence > %(whole)s AND sequence <= %(through)s
)
""")
"""What a power cut makes it forget is counted again at the next receipt."""


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
