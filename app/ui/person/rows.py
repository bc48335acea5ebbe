"""Lines of facts: in columns while there is room, and each line below itself where the text is large."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.theme import current_metrics
from app.ui.widgets import is_large_text, label

Cell = QWidget | str
"""A widget, or words; "*words" is strong, "~words" soft."""


class Rows(QWidget):
    """Lines of cells with their buttons at the end; `stretch` says which columns take the room that is left."""

    def __init__(self, *, stretch: Mapping[int, int] | None = None, name: str = "rows") -> None:
        super().__init__()
        self.setObjectName(name)
        metrics = current_metrics()
        self._count = 0
        self._has_tools = False
        self._grid: QGridLayout | None = None
        self._column: QVBoxLayout | None = None
        if is_large_text():
            self._column = QVBoxLayout(self)
            self._column.setContentsMargins(0, 0, 0, 0)
            self._column.setSpacing(metrics.space_3)
            return
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(metrics.space_4)
        self._grid.setVerticalSpacing(metrics.space_1)
        for column, share in (stretch or {}).items():
            self._grid.setColumnStretch(column, share)

    def add(self, cells: Sequence[Cell], tools: Sequence[QWidget] = ()) -> None:
        """Add a line; an empty cell keeps its column free."""
        if self._grid is not None:
            self._add_across(self._grid, cells, tools)
        elif self._column is not None:
            self._add_below(self._column, cells, tools)
        self._count += 1

    def _add_across(self, grid: QGridLayout, cells: Sequence[Cell], tools: Sequence[QWidget]) -> None:
        for column, cell in enumerate(cells):
            if cell != "":
                made = _widget(cell)
                # A badge is as wide as its word, and must not keep the words above and below it as narrow.
                at = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                grid.addWidget(made, self._count, column, at if made.property("badge") else Qt.AlignmentFlag(0))
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_1)
        across.addStretch(1)
        for tool in tools:
            across.addWidget(tool)
        grid.addLayout(across, self._count, len(cells))
        # A row with a button and one without are of one height, whichever comes first.
        begins = self._count if self._has_tools else 0
        self._has_tools = self._has_tools or bool(tools)
        if self._has_tools:
            for row in range(begins, self._count + 1):
                grid.setRowMinimumHeight(row, current_metrics().control)

    def _add_below(self, column: QVBoxLayout, cells: Sequence[Cell], tools: Sequence[QWidget]) -> None:
        across = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        for cell in cells:
            if cell != "":
                made = _widget(cell)
                if isinstance(made, QLabel) and not made.property("badge"):
                    made.setWordWrap(True)
                words.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft if made.property("badge") else Qt.AlignmentFlag(0))
        across.addLayout(words, 1)
        for tool in tools:
            across.addWidget(tool, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(across)


def _widget(cell: Cell) -> QWidget:
    if isinstance(cell, QWidget):
        return cell
    if cell.startswith("*"):
        return label(cell[1:], type="strong")
    if cell.startswith("~"):
        return label(cell[1:], type="soft", wrap=False)
    return label(cell, type="caption")
