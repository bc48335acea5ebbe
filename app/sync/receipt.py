"""The server's signed word on what it holds, and whether it is genuine."""

import base64
from datetime import datetime
from typing import Any

import msgspec

from app.errors import KnownProblem
from app.models.base import to_wire
from app.models.local import StoredReceipt
from app.sync.wire.codec import signed_part
from app.sync.wire.messages import Receipt


def verify(receipt: Receipt, public_key: str) -> bool:
    """Return whether the receipt was signed with the key (Ed25519, raw, base64) and not changed since."""
    # Imported on demand: a window that does not sync starts without it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(receipt.signature, validate=True), signed_part(receipt))
    except (InvalidSignature, ValueError):
        return False
    return True


def store(driver: Any, receipt: Receipt) -> None:
    """Keep a receipt; the caller commits."""
    kept = stored(receipt)
    driver.execute(
        "INSERT INTO receipt (id, received_at, changes, content) VALUES (?, ?, ?, ?)",
        (kept.id, to_wire(kept.received_at), kept.changes, kept.content),
    )


def stored(receipt: Receipt) -> StoredReceipt:
    """Return the receipt as it is kept, in the bytes that were signed; KnownProblem "server-fault" without a time."""
    try:
        at = datetime.fromisoformat(receipt.received_at)
    except ValueError:
        raise KnownProblem("server-fault") from None
    if at.tzinfo is None:
        raise KnownProblem("server-fault")
    return StoredReceipt(
        id=receipt.receipt_id,
        received_at=at,
        changes=receipt.held,
        content=msgspec.json.encode(receipt).decode(),
    )
