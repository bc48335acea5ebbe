"""Many keys in a statement: as one parameter, `IN (SELECT value FROM json_each(?))`, or some at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

CHUNK = 500
"""Keys that one statement is given at most, where each is a parameter of its own."""


def listed(keys: Iterable[str | int]) -> str:
    """Return the keys as the one value that SQLite takes apart."""
    return msgspec.json.encode(list(keys)).decode()


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of the keys that are given, :func:`listed`, under this name.

    The words of the question are then the same however many there are.
    """
    given = func.json_each(bindparam(name)).table_valued("value")
    return column.in_(select(given.c.value))


def chunks(wanted: Iterable[str]) -> Iterable[Sequence[str]]:
    """Yield the keys in order, as many at a time as a statement is given."""
    ordered = sorted(wanted)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
