"""The courier envelope: unsent changes sealed to the server's public key, for anyone to carry and nobody to read.

A file is a line that says what it is, a line of JSON that says for which server and which envelope (so that a carrier
can tell two apart), and the sealed rest: HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305, the two lines
bound into it. The answer comes back under a key that the envelope held, readable for the laptop that made it alone.
"""

import base64
import os
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.sync.wire import codec
from app.sync.wire.messages import Answer, Change, Identifier, Receipt, check_changes

ENVELOPE_MARK = b"PUSTERUM-COURIER-1\n"
REPLY_MARK = b"PUSTERUM-COURIER-RECEIPT-1\n"
LARGEST_ENVELOPE = codec.LARGEST_MESSAGE
_NONCE = 12


class NotAnEnvelope(ValueError):
    """The bytes are no envelope, or not one for this key: cut off, changed on the way, or somebody else's."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may read of an envelope."""

    server_id: Identifier
    envelope_id: Identifier


class CourierBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What only the server reads; the token proves that the changes are this laptop's."""

    device_id: Identifier
    database_id: Identifier
    token: str
    reply_key: str
    through_sequence: Annotated[int, Meta(ge=0)]
    changes: list[Change]

    def __post_init__(self) -> None:
        check_changes(self.changes)


class CourierReply(msgspec.Struct, frozen=True, kw_only=True):
    """What only the laptop reads: an answer for each change of the envelope, in its order, and the receipt."""

    change_ids: list[Identifier]
    answers: list[Answer]
    receipt: Receipt


class CourierRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An envelope handed in by whoever carried it; `content` is the file in base64."""

    database_id: Identifier
    content: str


class CourierResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed answer, to be carried back; `content` is the file in base64."""

    content: str


def seal(header: Header, batch: CourierBatch, server_key: bytes) -> bytes:
    """Return the file of an envelope; `server_key` is the server's public X25519 key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey  # noqa: PLC0415 - once in a while

    lines = ENVELOPE_MARK + msgspec.json.encode(header) + b"\n"
    sealed: bytes = _suite().encrypt(codec.pack(batch), X25519PublicKey.from_public_bytes(server_key), lines)
    return lines + sealed


def header_of(content: bytes, mark: bytes = ENVELOPE_MARK) -> Header:
    """Return what everybody may read; :class:`NotAnEnvelope` where the bytes are none."""
    return _split(content, mark)[0]


def open_sealed(content: bytes, server_key: Any) -> tuple[Header, CourierBatch]:
    """Return what an envelope holds; `server_key` is the server's private X25519 key."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - once in a while

    header, lines, sealed = _split(content, ENVELOPE_MARK)
    try:
        return header, codec.unpack(_suite().decrypt(sealed, server_key, lines), CourierBatch)
    except (InvalidTag, ValueError, codec.NotAMessage):
        raise NotAnEnvelope("it does not open") from None


def new_reply_key() -> str:
    """Return a key under which one answer comes back."""
    return base64.b64encode(os.urandom(32)).decode()


def seal_reply(header: Header, reply: CourierReply, reply_key: str) -> bytes:
    """Return the file of an answer."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415 - once in a while

    lines = REPLY_MARK + msgspec.json.encode(header) + b"\n"
    nonce = os.urandom(_NONCE)
    try:
        box = ChaCha20Poly1305(base64.b64decode(reply_key, validate=True))
    except ValueError:
        raise NotAnEnvelope("no key to answer under") from None
    return lines + nonce + box.encrypt(nonce, codec.pack(reply), lines)


def open_reply(content: bytes, reply_key: str) -> CourierReply:
    """Return what an answer holds."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - once in a while
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # noqa: PLC0415

    _, lines, sealed = _split(content, REPLY_MARK)
    try:
        box = ChaCha20Poly1305(base64.b64decode(reply_key, validate=True))
        return codec.unpack(box.decrypt(sealed[:_NONCE], sealed[_NONCE:], lines), CourierReply)
    except (InvalidTag, ValueError, codec.NotAMessage):
        raise NotAnEnvelope("it does not open") from None


def _split(content: bytes, mark: bytes) -> tuple[Header, bytes, bytes]:
    if not content.startswith(mark) or len(content) > LARGEST_ENVELOPE:
        raise NotAnEnvelope("not an envelope")
    line, ended, sealed = content[len(mark) :].partition(b"\n")
    if not ended:
        raise NotAnEnvelope("not an envelope")
    try:
        header = codec.decode(line, Header)
    except codec.NotAMessage:
        raise NotAnEnvelope("not an envelope") from None
    return header, mark + line + b"\n", sealed


def _suite() -> Any:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415 - once in a while

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
