"""Who this server is: its id, the epoch of its history, and the key that signs receipts."""

import base64
import uuid
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec.structs import replace

from app.sync.wire.codec import signed_part
from app.sync.wire.messages import Receipt
from server import clock
from server.database import Connection


@dataclass(frozen=True, slots=True)
class Identity:
    """The one row that makes a database this server's."""

    server_id: str
    epoch: str
    _secret: bytes

    @property
    def _key(self) -> Ed25519PrivateKey:
        return _signing_key(self._secret)

    @property
    def receipt_key(self) -> str:
        """The public key of receipts, raw and in base64."""
        return _public(self._key)

    @property
    def envelope_key(self) -> X25519PrivateKey:
        """The key that opens courier envelopes; it follows from the key of receipts, so a restored server has it."""
        return _envelope_key(self._secret)

    @property
    def public_envelope_key(self) -> str:
        """The public half, raw and in base64."""
        return _public_envelope_key(self._secret)

    def sign(self, receipt: Receipt) -> Receipt:
        """Return the receipt with this server's signature."""
        return replace(receipt, signature=base64.b64encode(self._key.sign(signed_part(receipt))).decode())


@lru_cache(maxsize=4)
def _signing_key(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


@lru_cache(maxsize=4)
def _envelope_key(secret: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(HKDF(SHA256(), 32, None, b"pusterum courier envelope 1").derive(secret))


@lru_cache(maxsize=4)
def _public_envelope_key(secret: bytes) -> str:
    return _public(_envelope_key(secret))


def _public(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def identity_of(connection: Connection) -> Identity:
    """Return the server's identity, made on first use."""
    question = "SELECT server_id, epoch, receipt_key FROM server_identity"
    found = connection.execute(question).fetchone()
    if found is None:
        key = Ed25519PrivateKey.generate().private_bytes_raw()
        connection.execute(
            "INSERT INTO server_identity (server_id, epoch, receipt_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (uuid.uuid4(), uuid.uuid4(), key),
        )
        found = connection.execute(question).fetchone()
    if found is None:
        raise LookupError("the database has no server identity")
    return Identity(found[0], found[1], found[2])


LOST_HISTORY = 1_000_000_000
"""Positions skipped by a new epoch at least: more than any server gives out between two backups."""

IN_A_SECOND = 1_000_000
"""Positions that an epoch skips for each second of history: more than any server gives out in one."""


def begin_epoch(connection: Connection) -> str:
    """Begin a new epoch, as after restoring a backup: laptops then offer again what the backup may lack.

    Positions go on from far above the old ones: a change based on lost history must never look as if it had seen a
    newer change that was given the same position again. How far is told by the clock: where two epochs begin with the
    same backup, the second knows nothing of what the first gave. One-time codes end: one that the backup has as unused
    may have been used since, and would let in whoever finds the paper.
    """
    epoch = str(uuid.uuid4())
    with connection.transaction():
        connection.execute("UPDATE server_identity SET epoch = %s", (epoch,))
        connection.execute(
            "UPDATE cooperation SET position = greatest(position + %s, %s)",
            (LOST_HISTORY, int(clock.now().timestamp() * IN_A_SECOND)),
        )
        connection.execute("DELETE FROM enrolment_code WHERE used_at IS NULL")
    return epoch


def is_genuine(receipt: Receipt, receipt_key: str) -> bool:
    """Return whether the receipt was signed with the key and not changed since."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(receipt_key, validate=True))
        key.verify(base64.b64decode(receipt.signature, validate=True), signed_part(receipt))
    except (InvalidSignature, ValueError):
        return False
    return True
