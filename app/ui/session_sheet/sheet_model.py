"""The sheet as a table: rows are people, columns what is recorded of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from app.domain.products import product_name, usual_first_product
from app.errors import RuleRefusal
from app.i18n import _, language
from app.services.session_draft import Cell, understood
from app.storage.queries.session_sheet import Sheet, SheetRow
from app.ui.theme import current_tokens
from app.ui.words import number_word, product_word, status_word

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


CELLS: Final = {
    Column.STATUS: Cell.STATUS,
    Column.CIGARETTES: Cell.CIGARETTES_PER_DAY,
    Column.CO: Cell.CO_PPM,
    Column.HANDOUT: Cell.HANDOUT,
    Column.STEP: Cell.SMALL_STEP,
    Column.NOTE: Cell.NOTE,
}


class SheetModel(QAbstractTableModel):
    """Shows a sheet and takes what is typed; `save` stores one cell, `refuse` says why one was not taken."""

    def __init__(self, *, save: Callable[[str, Cell, str], object], refuse: Callable[[Exception], object]) -> None:
        super().__init__()
        self._save = save
        self._refuse = refuse
        self._rows: list[SheetRow] = []
        self._undo: list[tuple[str, Cell, str]] = []
        self.is_closed = False

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another sheet, or the same one read anew."""
        self.beginResetModel()
        self._rows = list(sheet.rows)
        self.is_closed = sheet.state == "closed"
        self.endResetModel()

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
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.NAME: _("Name"),
            Column.STATUS: _("Attendance"),
            Column.CIGARETTES: _("Cigarettes a day"),
            Column.CO: _("CO, ppm"),
            Column.HANDOUT: _("Handed out"),
            Column.STEP: _("Next small step"),
            Column.NOTE: _("Note"),
        }[Column(section)]

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Names are read; everything else is typed until the session is closed."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() != Column.NAME and not self.is_closed:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, what stands in grey beside it, and its words for a screen reader."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._shown(row, column)
        if role == BEFORE_ROLE:
            return self._before(row, column)
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
            header = self.headerData(column, Qt.Orientation.Horizontal)
            # Apart from the f-string: sentences inside one are found by Python 3.12 and later only.
            shown = self._shown(row, column) or _("empty")
            return f"{row.name}, {header}: {shown}"
        if role == Qt.ItemDataRole.ToolTipRole:
            if column is Column.HANDOUT:
                return product_name(str(row.cells.get("handout") or self.offered_product(row)), language())
            return self._shown(row, column) or None
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed, or say why not and keep what was there."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or Column(index.column()) not in CELLS:
            return False
        cell = CELLS[Column(index.column())]
        return self.set_cell(self._rows[index.row()].enrolment_id, cell, str(value))

    def set_cell(self, enrolment_id: str, cell: Cell, text: str, *, can_undo: bool = True) -> bool:
        """Take one cell of one person; what it held before can be undone."""
        number = self.row_of(enrolment_id)
        if number < 0 or self.is_closed:
            return False
        row = self._rows[number]
        try:
            value = understood(cell, text)
        except RuleRefusal as refusal:
            self._refuse(refusal)
            return False
        before = row.cells.get(cell.value, "")
        if value == before:
            return True
        if can_undo:
            self._undo.append((enrolment_id, cell, _as_typed(before)))
        cells = {name: kept for name, kept in row.cells.items() if name != cell.value}
        if value != "":
            cells[cell.value] = value
        self._rows[number] = replace(row, cells=cells)
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(Column) - 1))
        self._save(enrolment_id, cell, _as_typed(value))
        return True

    def undo(self) -> bool:
        """Take the last typed cell back; False where there is nothing to take back."""
        if not self._undo:
            return False
        enrolment_id, cell, text = self._undo.pop()
        return self.set_cell(enrolment_id, cell, text, can_undo=False)

    def everyone_present(self) -> None:
        """Mark everybody who has no attendance yet as present."""
        for row in list(self._rows):
            if "status" not in row.cells:
                self.set_cell(row.enrolment_id, Cell.STATUS, "present")

    def offered_product(self, row: SheetRow) -> str:
        """Return the product that is offered: the one handed out last, or the usual first one."""
        return row.last_product or usual_first_product()

    def toggle_handout(self, number: int) -> None:
        """Hand out what is offered, or take it back."""
        row = self._rows[number]
        self.set_cell(row.enrolment_id, Cell.HANDOUT, "" if row.cells.get("handout") else self.offered_product(row))

    def _shown(self, row: SheetRow, column: Column) -> str:
        if column is Column.NAME:
            return row.name
        value = row.cells.get(CELLS[column].value, "")
        if column is Column.STATUS:
            return status_word(str(value))
        if column in (Column.CIGARETTES, Column.CO):
            return number_word(value if isinstance(value, int | float) else None)
        if column is Column.HANDOUT and value:
            return product_word(str(value))
        return str(value)

    def _before(self, row: SheetRow, column: Column) -> str:
        if column is Column.CIGARETTES:
            return number_word(row.last_cigarettes)
        if column is Column.CO:
            return number_word(row.last_co)
        if column is Column.HANDOUT and not row.cells.get("handout") and not self.is_closed:
            return product_word(self.offered_product(row))
        return ""


def _as_typed(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
