"""A list of many rows as a table: columns by their headings, filtered above, opened with Enter or a click."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from app.ui.theme import current_metrics
from app.ui.widgets.labels import tip
from app.ui.widgets.tables import SharedTable, dress_table

_LINE: Final = 1.3
"""How tall a line of text is, in letters' heights."""
_AT_THE_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex
_Row = TypeVar("_Row")


class RowModel(QAbstractTableModel, Generic[_Row]):
    """Rows of one kind as a table; `headings` are its columns, `cells` what a row shows in them.

    Columns of `figures` stand at the right, digit below digit.

    `read_on` reads more rows where there are more than are shown; the table asks for them as one scrolls.
    """

    def __init__(
        self, headings: Sequence[str], cells: Callable[[_Row], Sequence[str]], *, figures: Collection[int] = ()
    ) -> None:
        super().__init__()
        self._figures = frozenset(figures)
        self._headings = tuple(headings)
        self._cells = cells
        self._read_on: Callable[[], object] | None = None
        self.rows: tuple[_Row, ...] = ()

    def show_rows(self, rows: Sequence[_Row], *, read_on: Callable[[], object] | None = None) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self._read_on = read_on
        self.endResetModel()

    def add_rows(self, rows: Sequence[_Row], *, read_on: Callable[[], object] | None = None) -> None:
        """Show more rows behind those that are there; where one has scrolled to stays."""
        self._read_on = read_on
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows = (*self.rows, *rows)
            self.endInsertRows()

    def canFetchMore(self, parent: _Index) -> bool:  # noqa: N802 - Qt's own
        """Return whether there are rows that were not read yet."""
        return not parent.isValid() and self._read_on is not None

    def fetchMore(self, parent: _Index) -> None:  # noqa: N802 - Qt's own
        """Read on, once; the rows come with `add_rows`."""
        read_on, self._read_on = self._read_on, None
        if not parent.isValid() and read_on is not None:
            read_on()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's heading."""
        if role == Qt.ItemDataRole.TextAlignmentRole and section in self._figures:
            return _AT_THE_RIGHT
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, and with its heading what a screen reader says."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in self._figures:
            return _AT_THE_RIGHT
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        shown = self._cells(self.rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headings[index.column()]}: {shown}"
        return shown


class RowTable(SharedTable, Generic[_Row]):
    """The table of such a model; `open_row` is told which row Enter or a click chose."""

    def __init__(
        self,
        model: RowModel[_Row],
        shares: Sequence[float],
        *,
        name: str,
        words: str,
        open_row: Callable[[_Row], object],
        letters: Sequence[float] = (),
        may_go: Sequence[int] = (),
        lines: int = 1,
    ) -> None:
        super().__init__(shares, letters=letters, may_go=may_go)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self._rows = model
        self._open_row = open_row
        self.setModel(model)
        dress_table(self)
        if lines > 1:
            metrics = current_metrics()
            self.verticalHeader().setDefaultSectionSize(metrics.row + (lines - 1) * round(metrics.body * _LINE))
        self.activated.connect(self._open)
        self.clicked.connect(self._open)

    def open_first(self) -> None:
        """Open the first row, as Enter in the search line does."""
        if self._rows.rows:
            self._open_row(self._rows.rows[0])

    def viewportEvent(self, event: QEvent) -> bool:
        """Say in a tool tip what a cell has no room for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            is_cut = index.isValid() and self.sizeHintForIndex(index).width() > self.columnWidth(index.column())
            QToolTip.showText(event.globalPos(), tip(str(index.data())) if is_cut else "", self)
            return True
        return super().viewportEvent(event)

    def _open(self, index: _Index) -> None:
        self._open_row(self._rows.rows[index.row()])
