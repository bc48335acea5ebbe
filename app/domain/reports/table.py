"""What a report is made of: tables of cells that know who stands behind each figure.

A set of people is one whole number, a bit for each row of `Table.behind`: whole populations are cut and counted in a
few machine operations, and what is behind a figure is read out of it only when somebody asks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How a column is written."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"


Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure. A share has its numerator in `value` and its denominator in `of`; money is whole øre; a date is ISO.

    `members` are those it counts, `of_members` those of the denominator. `is_hidden` is set where a small number must
    not leave the unit.
    """

    value: Value
    of: int | None = None
    members: int = 0
    of_members: int = 0
    is_hidden: bool = False
    is_too_few: bool = False
    """Whether the rule says that there are too few people to publish the figure."""

    @property
    def share(self) -> float | None:
        """Return numerator by denominator, or None where nobody is counted."""
        return None if not self.of or not isinstance(self.value, int) else self.value / self.of


@dataclass(frozen=True, slots=True)
class Column:
    """One column; the first of a table holds the name of the row and has no Column of its own."""

    key: str
    title: str
    kind: Kind = Kind.COUNT


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `key` stays the same in every language. Rows of one `group` (a definition) are read together."""

    key: str
    title: str
    cells: tuple[Cell, ...]
    group: str = ""
    is_total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table; `behind` names the person of every bit of its cells' `members`."""

    key: str
    title: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    groups: dict[str, str] = field(default_factory=dict)
    """The heading of each group of rows, in order."""
    behind: tuple[str, ...] = ()
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Columns that are the sum of others: (the sum, its parts)."""
    is_account: bool = False
    """A bill or a count of things: it states every number, because it says nothing about anybody's health."""
    counts_people: str = ""
    """Key of the column that counts people, where a row with few of them is hidden as a whole."""
    is_inside_only: bool = False
    """Whether it names people and never leaves the unit."""
    chart: str = ""
    """Key of the column that is drawn beside the table, or empty."""
    target: float | None = None
    """Where the chart's target stands: a share for shares, else in the column's own unit."""

    def cell(self, row: str, column: str, *, group: str | None = None) -> Cell:
        """Return one cell by the keys of its row and column; KeyError where there is none."""
        number = next(n for n, known in enumerate(self.columns) if known.key == column)
        for found in self.rows:
            if found.key == row and (group is None or found.group == group):
                return found.cells[number]
        raise KeyError(row)


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of the figures, and whether it is; printed with the report."""

    sentence: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report over a period (both days within); `notes` say which definitions and rules were used."""

    key: str
    title: str
    since: date
    until: date
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    checks: tuple[Check, ...] = field(default=())

    def table(self, key: str) -> Table:
        """Return one table by its key; KeyError where there is none."""
        for found in self.tables:
            if found.key == key:
                return found
        raise KeyError(key)


TOTAL: Final = "total"


def mask(flags: Iterable[bool]) -> int:
    """Return the set of those for whom the flag is set, in the order given."""
    bits = ["1" if flag else "0" for flag in flags]
    bits.reverse()
    return int("".join(bits), 2) if bits else 0


def members_of(found: int) -> Iterator[int]:
    """Yield the places of a set, in order."""
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest


def people_behind(table: Table, cell: Cell) -> tuple[str, ...]:
    """Return the identifiers of the people a figure counts, each once, in the table's order."""
    return tuple(dict.fromkeys(table.behind[place] for place in members_of(cell.members)))


def count(members: int) -> Cell:
    """Return a cell that counts its members."""
    return Cell(members.bit_count(), members=members)


def share(members: int, of: int) -> Cell:
    """Return how many of one set belong to another as well; both are sets."""
    among = members & of
    return Cell(among.bit_count(), of.bit_count(), among, of)


def split(keys: Sequence[str]) -> dict[str, int]:
    """Return for each key the set of places where it stands; the keys are in order of first appearance."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return {key: at_places(found) for key, found in places.items()}


def at_places(places: Sequence[int]) -> int:
    """Return the set of these places, each of which may be named more than once."""
    # A large number is copied whenever a bit of it is set; bytes are not.
    bits = bytearray((max(places, default=-1) >> 3) + 1)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def in_danish_order(name: str) -> tuple[str, str]:
    """Return what to sort a name by: æ, ø and å after z, aa as å."""
    folded = name.casefold()
    return folded.replace("aa", "å").translate(_AFTER_Z), name


_AFTER_Z: Final = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}"})


def are_parts_of(parts: Iterable[int], whole: int) -> bool:
    """Return whether the parts are disjoint and make up the whole."""
    seen = 0
    for part in parts:
        if part & seen:
            return False
        seen |= part
    return seen == whole
