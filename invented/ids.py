"""Identifiers that look like the laptop's own (UUIDv7) and come from a number, so that a second run makes the same."""

import uuid
from datetime import UTC, datetime
from random import Random

_FOUNDED = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When the rows that no day belongs to were made: municipalities, teams, colleagues, places."""


def made_id(random: Random, at: datetime = _FOUNDED) -> str:
    """Return a UUID in the shape of version 7: the moment in milliseconds, then what the number gives."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    return str(
        uuid.UUID(
            int=milliseconds << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0b10 << 62 | random.getrandbits(62)
        )
    )
