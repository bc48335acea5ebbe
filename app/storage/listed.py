"""Many keys in one parameter of a statement: `IN (SELECT value FROM json_each(?))`."""

from collections.abc import Iterable

import msgspec


def listed(keys: Iterable[str | int]) -> str:
    """Return the keys as the one value that SQLite takes apart."""
    return msgspec.json.encode(list(keys)).decode()
