"""What PostgreSQL can hold of what a laptop says."""

import re
from typing import Any

LARGEST_NUMBER = 2**63 - 1
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_identifier(value: object) -> bool:
    """Return whether the value is a UUID as the wire writes it."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def is_storable(fields: dict[str, Any], said: bytes) -> bool:
    """Return whether its json can hold these fields, `said` as JSON: it takes no NUL character."""
    # In JSON a NUL is six characters, which may also be a backslash that was escaped before a harmless "u0000".
    return b"\\u0000" not in said or _holds_no_nul(fields)


def _holds_no_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, dict):
        return all(_holds_no_nul(name) and _holds_no_nul(item) for name, item in value.items())
    if isinstance(value, list):
        return all(_holds_no_nul(item) for item in value)
    return True
