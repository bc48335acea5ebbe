"""The sheet as a table: rows are people, columns what is recorded of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from textwrap import shorten
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from app.domain.same_person import said_of_all
from app.errors import RuleRefusal
from app.i18n import _
from app.services.session_draft import Cell, understood, with_cell
from app.storage.queries.session_sheet import Sheet, SheetRow
from app.ui.theme import current_tokens
from app.ui.widgets import in_lines, is_large_text, tip
from app.ui.words import handout_name, number_word, product_word, status_word

_Index = QModelIndex | QPersistentModelIndex
BEFORE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""What was recorded last time, or is offered now: shown in grey beside the cell."""


class Column(IntEnum):
    """The columns from the left."""

    NAME = 0
    STATUS = 1
    CIGARETTES = 2
    CO = 3
    HANDOUT = 4
    STEP = 5
    NOTE = 6


NUMBERS: Final = (Column.CIGARETTES, Column.CO)
"""Columns of numbers, which stand digit below digit."""
CELLS: Final = {
    Column.STATUS: Cell.STATUS,
    Column.CIGARETTES: Cell.CIGARETTES_PER_DAY,
    Column.CO: Cell.CO_PPM,
    Column.HANDOUT: Cell.HANDOUT,
    Column.STEP: Cell.SMALL_STEP,
    Column.NOTE: Cell.NOTE,
}


GIVEN: Final = "✓"
_HEADING_LETTERS: Final = 11
_SAID_OF_TYPED: Final = 30

_Typed = tuple[str, Cell, str]
"""Of which enrolment a cell is, which one it is, and what it holds, as one would type it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed of whom and not taken, in which column and why."""

    enrolment_id: str
    column: Column
    about: str
    problem: RuleRefusal


class SheetModel(QAbstractTableModel):
    """Shows a sheet and takes what is typed; `save` stores one cell, `refuse` tells that one was not taken.

    What was refused is remembered until its cell holds something again: the next digits are somebody else's.

    On a closed sheet a cell that is typed anew is a correction; `save` is told whether it takes something back.
    """

    def __init__(self, *, save: Callable[[str, Cell, str, bool], object], refuse: Callable[[], object]) -> None:
        super().__init__()
        self._save = save
        self._refuse = refuse
        self._rows: list[SheetRow] = []
        self._undo: list[Callable[[], object]] = []
        self._refused: dict[tuple[str, Cell], Refused] = {}
        self._session_id = ""
        self._columns: tuple[str, ...] = tuple(CELLS.values())
        self.is_closed = False

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, or the same one read anew; what was typed on this one can still be taken back."""
        self.beginResetModel()
        self._rows = list(sheet.rows)
        self._columns = sheet.columns
        self.is_closed = sheet.state == "closed"
        if sheet.session_id != self._session_id:
            self._session_id = sheet.session_id
            self._undo.clear()
            self._refused.clear()
        self.endResetModel()

    @property
    def refused(self) -> Refused | None:
        """Return what was refused last and still lacks a value, None where nothing does."""
        return next(reversed(self._refused.values()), None)

    def forget_refused(self) -> None:
        """Let what was refused last be: whoever typed it has read that."""
        if self._refused:
            self._refused.popitem()

    def is_used(self, column: Column) -> bool:
        """Return whether the programme works with a column."""
        return column not in CELLS or CELLS[column].value in self._columns

    @property
    def rows(self) -> Sequence[SheetRow]:
        """Return the rows as they are shown."""
        return tuple(self._rows)

    def row_of(self, enrolment_id: str) -> int:
        """Return the row of a person, or -1."""
        return next((n for n, row in enumerate(self._rows) if row.enrolment_id == enrolment_id), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many people there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            heading = self._heading(Column(section))
            # Of large text a line more would cost the room of a person.
            return heading if is_large_text() else in_lines(heading, _HEADING_LETTERS)
        if role == Qt.ItemDataRole.TextAlignmentRole and section in NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self._heading(Column(section)) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def _heading(self, column: Column) -> str:
        return {
            Column.NAME: _("Name"),
            Column.STATUS: _("Attendance"),
            Column.CIGARETTES: _("Cigarettes a day"),
            Column.CO: _("CO, ppm"),
            Column.HANDOUT: _("Handed out"),
            Column.STEP: _("Next small step"),
            Column.NOTE: _("Note"),
        }[column]

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Names are read; everything else is typed, and on a closed session typed anew."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() != Column.NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, what stands in grey beside it, and its words for a screen reader."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            shown = self._shown(row, column)
            # What was given differs from what is offered by more than its colour.
            return f"{GIVEN} {shown}" if shown and column is Column.HANDOUT else shown
        if role == Qt.ItemDataRole.EditRole:
            return self._shown(row, column)
        if role == BEFORE_ROLE:
            return self._before(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and column is Column.NAME:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and column is Column.STATUS:
            tone = {"present": "success_ink", "excused": "amber_ink", "absent": "problem_ink"}.get(
                str(row.cells.get("status", "")), "ink"
            )
            return QColor(getattr(current_tokens(), tone))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            # Apart from the f-string: sentences inside one are found by Python 3.12 and later only.
            shown = self._shown(row, column) or _("empty")
            said = f"{row.name}, {self._heading(column)}: {shown}"
            return f"{said}. {self._alike_sentence(row)}" if column is Column.NAME and row.may_be else said
        if role == Qt.ItemDataRole.ToolTipRole:
            if column is Column.HANDOUT:
                return handout_name(str(row.cells.get("handout") or row.offered))
            if column is Column.NAME:
                return tip("\n".join(filter(None, (row.name, self._alike_sentence(row))))) or None
            before = self._before(row, column)
            return _("Last time: {n}").format(n=before) if before else tip(self._shown(row, column)) or None
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed, or say why not and keep what was there."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or Column(index.column()) not in CELLS:
            return False
        cell = CELLS[Column(index.column())]
        return self.set_cell(self._rows[index.row()].enrolment_id, cell, str(value))

    def set_cell(self, enrolment_id: str, cell: Cell, text: str) -> bool:
        """Take one cell of one person, which can be undone; False where what was typed is refused."""
        is_taken, before = self._take(enrolment_id, cell, text)
        if before is not None:
            self._undo.append(partial(self._put_back, [before]))
        return is_taken

    def undo(self) -> bool:
        """Take back what one key, one typed cell or one walk-in did last; False where there is nothing to take back."""
        if not self._undo:
            return False
        self._undo.pop()()
        return True

    def can_take_back(self, act: Callable[[], object]) -> None:
        """Remember how something else that was done at the sheet is undone, in its turn."""
        self._undo.append(act)

    def _put_back(self, cells: Iterable[_Typed]) -> None:
        for enrolment_id, cell, text in reversed(list(cells)):
            self._take(enrolment_id, cell, text, takes_back=True)

    def everyone_present(self) -> int:
        """Mark everybody who has no attendance yet as present; return how many."""
        return self._all_at_once(
            (row.enrolment_id, Cell.STATUS, "present") for row in list(self._rows) if not row.cells.get("status")
        )

    def everyone_handed_out(self) -> int:
        """Hand out what is due to everybody who came and was handed nothing yet; return how many."""
        return self._all_at_once(
            (row.enrolment_id, Cell.HANDOUT, row.offered)
            for row in list(self._rows)
            if row.cells.get("status") == "present" and not row.cells.get("handout") and row.offered
        )

    def toggle_handout(self, number: int) -> bool:
        """Hand out what is due, or take it back; False where every week is given."""
        row = self._rows[number]
        product = "" if row.cells.get("handout") else row.offered
        if not product and not row.cells.get("handout"):
            return False
        return self.set_cell(row.enrolment_id, Cell.HANDOUT, product)

    def without_attendance(self) -> tuple[SheetRow, ...]:
        """Return people of whom something is typed, but not whether they came."""
        return tuple(row for row in self._rows if row.cells and not row.cells.get("status"))

    def people(self) -> list[tuple[SheetRow, str]]:
        """Return everybody at the table once, with whether they came.

        Of whom something is told under two names there are two rows; the one that says it stands for both.
        """
        of_each: dict[str, list[SheetRow]] = defaultdict(list)
        for row in self._rows:
            of_each[row.person_id].append(row)
        found = []
        for own in of_each.values():
            status = said_of_all(row.cells.get("status", "") for row in own)
            found.append((next((row for row in own if row.cells.get("status", "") == status), own[0]), status))
        return found

    def _all_at_once(self, cells: Iterable[_Typed]) -> int:
        """Take several cells that one key fills; one undo takes them back."""
        before = [self._take(enrolment_id, cell, text)[1] for enrolment_id, cell, text in cells]
        changed = [typed for typed in before if typed is not None]
        if changed:
            self._undo.append(partial(self._put_back, changed))
        return len(changed)

    def _take(
        self, enrolment_id: str, cell: Cell, text: str, *, takes_back: bool = False
    ) -> tuple[bool, _Typed | None]:
        """Take a cell: return whether that was possible and, where it holds something else now, what it held before."""
        number = self.row_of(enrolment_id)
        if number < 0:
            return False, None
        row = self._rows[number]
        was_refused = self._refused.pop((enrolment_id, cell), None) is not None
        try:
            value = understood(cell, text)
        except RuleRefusal as refusal:
            column = next(column for column, its in CELLS.items() if its is cell)
            about = f"{row.name} · {self._heading(column)}: {_in_short(text)}"
            self._refused[enrolment_id, cell] = Refused(enrolment_id, column, about, refusal)
            self._refuse()
            return False, None
        if cell is Cell.STATUS and self.is_closed and not value:
            # Who has no status was absent, says a closed session.
            value = "absent"
        before = row.cells.get(cell.value, "")
        if value == before:
            if was_refused:
                self._refuse()
            return True, None
        self._rows[number] = replace(row, cells=with_cell(row.cells, cell, value))
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))
        self._save(enrolment_id, cell, _as_typed(value), takes_back)
        return True, (enrolment_id, cell, _as_typed(before))

    def _shown(self, row: SheetRow, column: Column) -> str:
        if column is Column.NAME:
            return row.name
        value = row.cells.get(CELLS[column].value, "")
        if column is Column.STATUS:
            return status_word(str(value))
        if column in NUMBERS:
            return number_word(value if isinstance(value, int | float) else None)
        if column is Column.HANDOUT and value:
            return product_word(str(value))
        return str(value)

    def names_alike(self, row: SheetRow) -> tuple[str, ...]:
        """Return the names of those at this table who may be the same person."""
        return tuple(other.name for other in self._rows if other.person_id in row.may_be)

    def mark_of(self, row: SheetRow) -> str:
        """Return the few letters beside a name that say whom else it may be; empty for most."""
        return " ".join(f"= {name}?" for name in self.names_alike(row))

    def _alike_sentence(self, row: SheetRow) -> str:
        names = ", ".join(self.names_alike(row))
        return _("May be the same person as {names}.").format(names=names) if names else ""

    def _before(self, row: SheetRow, column: Column) -> str:
        if column is Column.NAME:
            return self.mark_of(row)
        if column is Column.CIGARETTES:
            return number_word(row.last_cigarettes)
        if column is Column.CO:
            return number_word(row.last_co)
        if column is Column.HANDOUT and not row.cells.get("handout") and not self.is_closed:
            return product_word(row.offered)
        return ""


def _in_short(text: str) -> str:
    """Return the beginning of what was typed: a whole page may have been pasted."""
    return shorten(text, _SAID_OF_TYPED, placeholder=" …") if " " in text else text[:_SAID_OF_TYPED]


def _as_typed(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
