"""Many values of a kind as one parameter: a text that PostgreSQL takes apart, at half the price of a list."""

from collections.abc import Iterable, Sequence

_SEPARATOR = "\x1f"
"""No value holds it: JSON has no such character of its own, and of what laptops say it is taken out (`plain`)."""


def rows_of(**kinds: str) -> str:
    """Return the SQL of a set of rows `new`, of whose columns each travels in a parameter of its name.

    What is empty is null.
    """
    columns = ", ".join(f"string_to_array(%({name})s, E'\\x1f', '')::{kind}[]" for name, kind in kinds.items())
    return f"unnest({columns}) AS new ({', '.join(kinds)})"


def by_column(names: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the parameters for `rows_of` from the values of at least one row, in the order of the names."""
    return dict(zip(names, map(_SEPARATOR.join, zip(*rows, strict=True)), strict=True))


def plain(text: str) -> str:
    """Return a text without what cannot be stored and what stands between values."""
    return text if text.isprintable() else text.translate({0: "\ufffd", 0x1F: "\ufffd"})
