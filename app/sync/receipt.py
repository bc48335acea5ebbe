"""The server's signed word on what it holds, and whether it is genuine."""

import base64
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import to_wire
from app.sync.outbox import KEPT
from app.sync.wire.codec import signed_part
from app.sync.wire.messages import Receipt

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(receipt: Receipt, public_key: str) -> bool:
    """Return whether the receipt was signed with the key (Ed25519, raw, base64) and not changed since."""
    # Imported on demand: a window that does not sync starts without it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        _key_of(public_key).verify(base64.b64decode(receipt.signature, validate=True), signed_part(receipt))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4)
def _key_of(public_key: str) -> "Ed25519PublicKey":
    """Return a server's key, kept: it is the same at every synchronisation."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    return Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))


def store(driver: Any, receipt: Receipt) -> None:
    """Keep a receipt in the bytes that were signed; the caller commits. KnownProblem "server-fault" without a time."""
    try:
        at = datetime.fromisoformat(receipt.received_at)
    except ValueError:
        raise KnownProblem("server-fault") from None
    if at.tzinfo is None:
        raise KnownProblem("server-fault")
    driver.execute(
        "INSERT OR IGNORE INTO receipt (id, received_at, changes, content) VALUES (?, ?, ?, ?)",
        (receipt.receipt_id, to_wire(at), receipt.held, msgspec.json.encode(receipt).decode()),
    )


def forget_repeated(driver: Any, *, clock: Clock) -> int:
    """Let go of receipts that only say again what the one before said, and of those that are older than `KEPT`.

    Who works online gets one every minute, most of them for nothing new: by the year they would be larger than the
    records. The newest two stay whatever they say, because what the last sending brought is counted between them.
    Return how many went; the caller commits.
    """
    until = to_wire(clock.now() - KEPT)
    return int(driver.execute(_FORGET_REPEATED, (until,)).rowcount)


_FORGET_REPEATED = """
DELETE FROM receipt WHERE id IN (
    SELECT id FROM (
        SELECT id, received_at, content ->> 'through_sequence' AS through,
            lag(content ->> 'through_sequence') OVER (ORDER BY received_at) AS before,
            row_number() OVER (ORDER BY received_at DESC) AS place
        FROM receipt
    ) WHERE place > 2 AND (through = before OR received_at < ?)
)
"""
