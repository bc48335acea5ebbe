"""The table of a report: figures side by side, and what they are called in as many lines as that takes."""

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget

from app.ui.theme import current_metrics

_FEWEST_LETTERS: Final = 11
"""Letters that what the figures are called is at least as wide as."""


class FiguresTable(QTableView):
    """Its first column gives way, so that the figures beside each other are compared without scrolling sideways."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("figures", True)
        self._called = self._figures = 0

    def measure(self) -> None:
        """Take the widths of what it shows now."""
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        self.resizeColumnsToContents()
        self._called = header.sectionSize(0)
        self._figures = header.length() - self._called
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the first column what the figures leave of the new width."""
        super().resizeEvent(event)
        self._fit()
        if self.currentIndex().isValid():
            # Who is behind a number comes beside the table: the number stays in sight.
            self.scrollTo(self.currentIndex())

    def _fit(self) -> None:
        if self._called:
            left = max(current_metrics().body * _FEWEST_LETTERS, self.viewport().width() - self._figures)
            self.setColumnWidth(0, min(self._called, left))
