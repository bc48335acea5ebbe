"""Small numbers do not leave the unit: figures of fewer than five people are hidden, and so is what reveals them.

A figure is a set of people, so that the same set is the same secret wherever it stands, as a count, as a numerator or
as a denominator. A set of one to four people is secret, and so is a share whose rest is that small. What is shown must
not give a secret away: sums, and parts that lie within other parts (the places of one municipality), are equations, and
where an equation leaves a single unknown, or unknowns whose sum leaves them no room, one more figure is hidden.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.domain.reports.table import Cell, Kind, Report, Row, Table

SMALLEST = 5
"""The least number of people that a published figure may count."""
_ROOM = 3
"""How much the sum of hidden figures must exceed the least that they can be."""

_Equation = tuple[int, tuple[int, ...]]
"""A set and the disjoint sets that make it up."""


def for_outside(report: Report) -> Report:
    """Return the report as it may leave the unit: small numbers hidden, lists of people left out."""
    tables = [table for table in report.tables if not table.is_inside_only]
    people_tables = [t for t in tables if not t.is_account and not t.counts_people]
    secret = _Secrets(people_tables)
    secret.settle()
    made = []
    for table in tables:
        if table.is_account:
            made.append(table)
        elif table.counts_people:
            made.append(_hide_rows(table))
        else:
            made.append(replace(table, rows=tuple(secret.hide(row) for row in table.rows)))
    return replace(report, tables=tuple(made))


def is_small(members: int) -> bool:
    """Return whether a set is one to four people."""
    return 0 < members.bit_count() < SMALLEST


class _Secrets:
    """Which sets must not be told, of all tables of one report."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = tuple(tables)
        self._hidden: set[int] = set()
        self._cells = {
            cell
            for table in self._tables
            for row in table.rows
            for cell in row.cells
            if cell.members or cell.of_members
        }
        self._equations = set(self._all_equations())
        for cell in self._cells:
            if _is_secret(cell):
                self._hidden.update(_told_by(cell))

    def settle(self) -> None:
        """Hide further figures until no equation gives a secret away."""
        changed = True
        while changed:
            changed = False
            self._spread()
            for whole, parts in sorted(self._equations, key=lambda equation: (equation[0].bit_count(), equation)):
                victim = self._victim(whole, parts)
                if victim is not None:
                    self._hidden.add(victim)
                    self._spread()
                    changed = True

    def hide(self, row: Row) -> Row:
        """Return the row with its secret figures hidden."""
        return replace(row, cells=tuple(replace(c, is_hidden=True) if self._tells(c) else c for c in row.cells))

    def _tells(self, cell: Cell) -> bool:
        return bool(cell.members or cell.of_members) and (
            cell.members in self._hidden
            or cell.of_members in self._hidden
            or (bool(cell.of_members) and cell.of_members ^ cell.members in self._hidden)
        )

    def _spread(self) -> None:
        """Hide what stands in a cell that is hidden: numerator, and the share that would betray it."""
        changed = True
        while changed:
            before = len(self._hidden)
            for cell in self._cells:
                if cell.of_members and self._tells(cell):
                    self._hidden.update(_told_by(cell))
            changed = len(self._hidden) > before

    def _victim(self, whole: int, parts: tuple[int, ...]) -> int | None:
        unknown = [known for known in (whole, *parts) if known in self._hidden and known]
        if not unknown:
            return None
        if whole in self._hidden:
            is_safe = len(unknown) > 1
        else:
            total = sum(part.bit_count() for part in unknown)
            is_safe = len(unknown) > 1 and total - len(unknown) >= _ROOM
        if is_safe:
            return None
        visible = [part for part in parts if part and part not in self._hidden]
        if visible:
            return min(visible, key=lambda part: (part.bit_count(), part))
        return whole if whole not in self._hidden else None

    def _all_equations(self) -> Iterator[_Equation]:
        for table in self._tables:
            for group in dict.fromkeys(row.group for row in table.rows):
                yield from _table_equations(table, [row for row in table.rows if row.group == group])
        yield from self._nested()
        for cell in self._cells:
            if cell.of_members:
                yield cell.of_members, (cell.members, cell.of_members ^ cell.members)

    def _nested(self) -> Iterator[_Equation]:
        """Yield the equations between tables: parts of one cut that lie wholly within a part of another."""
        cuts = [
            [row for row in table.rows if not row.is_total and row.group == table.rows[0].group]
            for table in self._tables
            if table.rows
        ]
        for number, coarse in enumerate(cuts):
            for other, fine in enumerate(cuts):
                if number != other and len(coarse) <= len(fine):
                    for row in coarse:
                        yield from self._within(number, row, other)

    def _within(self, coarse: int, row: Row, fine: int) -> Iterator[_Equation]:
        whole = row.cells[0].members
        outer = [table for table in self._tables if table.rows][coarse]
        inner = [table for table in self._tables if table.rows][fine]
        if outer.columns != inner.columns or not whole:
            return
        first = inner.rows[0].group
        members = [r for r in inner.rows if not r.is_total and r.group == first and r.cells[0].members & whole]
        if any(r.cells[0].members & ~whole for r in members):
            return
        keys = {r.key for r in members}
        for group in dict.fromkeys(r.group for r in inner.rows):
            above = next((r for r in outer.rows if r.key == row.key and r.group == group), None)
            below = [r for r in inner.rows if r.key in keys and r.group == group and not r.is_total]
            if above is not None:
                yield from _sums_of(above, below)


def _table_equations(table: Table, rows: list[Row]) -> Iterator[_Equation]:
    total = next((row for row in rows if row.is_total), None)
    if total is not None:
        yield from _sums_of(total, [row for row in rows if not row.is_total])
    places = {column.key: number for number, column in enumerate(table.columns)}
    for whole, parts in table.sums:
        for row in rows:
            yield row.cells[places[whole]].members, tuple(row.cells[places[part]].members for part in parts)


def _sums_of(whole: Row, parts: list[Row]) -> Iterator[_Equation]:
    for number, cell in enumerate(whole.cells):
        if cell.members or cell.of_members:
            yield cell.members, tuple(row.cells[number].members for row in parts)
            if cell.of_members:
                yield cell.of_members, tuple(row.cells[number].of_members for row in parts)


def _is_secret(cell: Cell) -> bool:
    if is_small(cell.members) or is_small(cell.of_members):
        return True
    return bool(cell.of_members) and is_small(cell.of_members ^ cell.members)


def _told_by(cell: Cell) -> tuple[int, ...]:
    """Return the secrets of a hidden cell: a count itself; of a share its numerator and its rest."""
    if not cell.of_members:
        return (cell.members,)
    found = [known for known in (cell.members, cell.of_members ^ cell.members) if known]
    if is_small(cell.of_members):
        found.append(cell.of_members)
    return tuple(found)


def _hide_rows(table: Table) -> Table:
    """Hide whole rows of few people, and one more where the total would give a single hidden row away."""
    place = next(number for number, column in enumerate(table.columns) if column.key == table.counts_people)
    hidden = {row.key for row in table.rows if is_small(row.cells[place].members)}
    open_rows = sorted(
        (row for row in table.rows if not row.is_total and row.key not in hidden and row.cells[place].members),
        key=lambda row: (row.cells[place].members.bit_count(), row.key),
    )
    parts = [row for row in table.rows if not row.is_total and row.key in hidden]
    has_total = any(row.is_total for row in table.rows)
    total = sum(row.cells[place].members.bit_count() for row in parts)
    while hidden and has_total and (len(parts) < 2 or total - len(parts) < _ROOM):
        if not open_rows:
            hidden |= {row.key for row in table.rows if row.is_total}
            break
        victim = open_rows.pop(0)
        hidden.add(victim.key)
        parts.append(victim)
        total += victim.cells[place].members.bit_count()
    rows = tuple(
        replace(
            row,
            cells=tuple(
                _hidden_of_row(cell, column.kind) for cell, column in zip(row.cells, table.columns, strict=True)
            ),
        )
        if row.key in hidden
        else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def _hidden_of_row(cell: Cell, kind: Kind) -> Cell:
    """Hide a figure about people; a number known to everybody (a target) stays."""
    is_figure = kind not in (Kind.TEXT, Kind.DATE)
    return cell if not is_figure or (not cell.members and kind is Kind.NUMBER) else replace(cell, is_hidden=True)
