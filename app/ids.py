"""Identifiers made on the laptop, without asking anyone.

New rows get a UUIDv7 (RFC 9562 §5.7: 48 bits of Unix time in milliseconds, then random), so keys sort by age and two
laptops never meet. Rows with a natural key derive theirs from it (UUIDv5), so that two laptops make the same row.
"""

import os
import uuid

from app.clock import Clock, SystemClock

_NATURAL_KEYS = uuid.UUID("6a5b0d0e-3f0a-5c4e-9d0b-707573746572")


def new_id(clock: Clock | None = None) -> str:
    """Return a new UUIDv7 as text of 36 characters."""
    milliseconds = int((clock or SystemClock()).now().timestamp() * 1000) & (1 << 48) - 1
    random_bits = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random_bits >> 68) << 64 | 0b10 << 62 | random_bits & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def natural_id(entity: str, *parts: str) -> str:
    """Return the UUIDv5 of a row whose `parts` identify it, such as enrolment and session for an attendance."""
    return str(uuid.uuid5(_NATURAL_KEYS, "\x1f".join((entity, *parts))))
