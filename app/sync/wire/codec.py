"""Messages to bytes and back: JSON, compressed with zstd, never larger than the receiver allows.

JSON and zstd level 3 take the wire to noise beside the database; gzip would be seven times slower and larger.
"""

import threading
from typing import TypeVar

import msgspec
import zstandard

from app.sync.wire.messages import Receipt

CONTENT_TYPE = "application/vnd.pusterum+json+zstd"
LARGEST_MESSAGE = 32 * 1024 * 1024
"""Bytes of JSON that either side is willing to unpack: some 60,000 changes, or one zip bomb refused."""
TOO_LARGE = "too large"
"""What a :class:`NotAMessage` says of a message that unpacks to more."""

_encoder = msgspec.json.Encoder()


class _Zstd(threading.local):
    """What compresses and what unpacks, one of each for a thread: to make them takes longer than a small message."""

    def __init__(self) -> None:
        # TLS would notice a byte that became another on the way; on loopback, or behind a proxy, nothing else would.
        self.compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()
_Message = TypeVar("_Message", bound=msgspec.Struct)


class NotAMessage(ValueError):
    """The bytes are no message of ours: cut off, corrupt, too large, or somebody else's web page."""


class Garbled(NotAMessage):
    """It began as a message does, and did not arrive as it was sent: a byte is another one, or its end is missing."""


def pack(message: msgspec.Struct) -> bytes:
    """Return the message as compressed JSON."""
    return _zstd.compressor.compress(_encoder.encode(message))


def unpack(content: bytes, kind: type[_Message]) -> _Message:
    """Return the message of the given kind, or raise :class:`NotAMessage` or :class:`Garbled`.

    Unknown fields are passed over.
    """
    try:
        size = zstandard.frame_content_size(content)
    except zstandard.ZstdError as problem:
        raise NotAMessage(type(problem).__name__) from None
    try:
        if size <= LARGEST_MESSAGE:
            # Who does not say beforehand how much it will be (-1) is read until it is too much.
            plain = _zstd.decompressor.decompress(content) if size >= 0 else _unpacked_so_far(content)
            size = len(plain)
        if size > LARGEST_MESSAGE:
            raise NotAMessage(TOO_LARGE)
    except zstandard.ZstdError as problem:
        raise Garbled(type(problem).__name__) from None
    return decode(plain, kind)


def _unpacked_so_far(content: bytes) -> bytes:
    """Return what the content unpacks to, at most one byte more than is taken."""
    with _zstd.decompressor.stream_reader(content) as unpacking:
        return unpacking.read(LARGEST_MESSAGE + 1)


def decode(plain: bytes, kind: type[_Message]) -> _Message:
    """Return the message of the given kind from bare JSON, or raise :class:`NotAMessage`."""
    try:
        return msgspec.json.decode(plain, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, MemoryError) as problem:
        # The problem's own text may quote personal data, so only its kind is passed on.
        raise NotAMessage(type(problem).__name__) from None


def signed_part(receipt: Receipt) -> bytes:
    """Return the bytes that a receipt's signature covers."""
    return msgspec.json.encode(msgspec.structs.replace(receipt, signature=""), order="sorted")
