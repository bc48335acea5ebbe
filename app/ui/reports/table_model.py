"""One table of a report for a table view: groups as rows of their own, and the people behind each figure."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from app.documents.report_pdf import cell_words
from app.domain.reports.table import Cell, Kind, Row, Table, people_behind
from app.i18n import _
from app.ui.widgets import in_lines

_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_HEADING_LETTERS = 14


class ReportTableModel(QAbstractTableModel):
    """Shows one table; a row is a Row, or the heading of a group."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table: Table | None = None
        self._rows: list[Row | str] = []

    @property
    def table(self) -> Table | None:
        """Return the table that is shown."""
        return self._table

    def show_table(self, table: Table | None) -> None:
        """Show a table, or nothing."""
        self.beginResetModel()
        self._table = table
        self._rows = []
        group = ""
        for row in table.rows if table is not None else ():
            if table is not None and row.group != group:
                group = row.group
                self._rows.append(table.groups.get(group, group))
            self._rows.append(row)
        self.endResetModel()

    def heading_rows(self) -> list[int]:
        """Return the rows that are headings of groups."""
        return [number for number, row in enumerate(self._rows) if isinstance(row, str)]

    def people(self, index: _Index) -> tuple[str, ...]:
        """Return the identifiers of the people behind a figure; empty where it counts nobody."""
        cell = self._cell(index)
        return () if cell is None or self._table is None else people_behind(self._table, cell)

    def says(self, index: _Index) -> str:
        """Return what a figure counts: its row, its column and itself."""
        row = self._rows[index.row()]
        if isinstance(row, str) or self._table is None or index.column() == 0:
            return row if isinstance(row, str) else row.title
        column = self._table.columns[index.column() - 1]
        return f"{row.title} · {column.title}: {self.data(index)}"

    def rowCount(self, parent: _Index = _TOP) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _TOP) -> int:
        """Return the columns and the one of names before them."""
        return 0 if parent.isValid() or self._table is None else len(self._table.columns) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or self._table is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            heading = self._table.head if section == 0 else self._table.columns[section - 1].title
            return in_lines(heading, _HEADING_LETTERS) if role == Qt.ItemDataRole.DisplayRole else heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what stands in a cell."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(isinstance(row, str) or row.is_total)
            return font
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            if isinstance(row, str) or index.column() == 0:
                return (row if isinstance(row, str) else row.title) if index.column() == 0 else ""
            cell = self._cell(index)
            assert cell is not None and self._table is not None  # noqa: S101, PT018 - a figure's cell
            return cell_words(cell, self._table.columns[index.column() - 1].kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            number = len(self.people(index))
            return _("Enter shows who they are: {n}").format(n=number) if number else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.says(index)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        kind = Kind.TEXT if column == 0 or self._table is None else self._table.columns[column - 1].kind
        is_text = kind in (Kind.TEXT, Kind.DATE)
        side = Qt.AlignmentFlag.AlignLeft if is_text else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter

    def _cell(self, index: _Index) -> Cell | None:
        row = self._rows[index.row()]
        return None if isinstance(row, str) or index.column() == 0 else row.cells[index.column() - 1]
