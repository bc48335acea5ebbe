"""Long lists, a slice at a time: what one reads at once is there at once, and the rest for the asking."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.i18n import ngettext
from app.ui.theme import current_metrics
from app.ui.widgets.buttons import button

AT_ONCE = 12
"""Rows that are made at once: a card takes some milliseconds, and the window answers between two slices."""
_Row = TypeVar("_Row")


class Slices(QWidget, Generic[_Row]):
    """A column of widgets, one a row, of which the first are made; a button at its end makes the next ones."""

    def __init__(
        self,
        rows: Sequence[_Row],
        make: Callable[[_Row], QWidget],
        *,
        name: str,
        at_once: int = AT_ONCE,
        spacing: int | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._rest = list(rows)
        self._make = make
        self._at_once = at_once
        self._column: QBoxLayout = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4 if spacing is None else spacing)
        self._more = button("", name=f"{name}-more", kind="quiet", shows="caret-down", on_click=self.go_on)
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self.go_on()

    def go_on(self) -> None:
        """Make the next ones."""
        now, self._rest = self._rest[: self._at_once], self._rest[self._at_once :]
        for row in now:
            self._column.insertWidget(self._column.count() - 1, self._make(row))
        hidden = len(self._rest)
        text = ngettext("Show {n} more", "Show {n} more", hidden).format(n=hidden)
        self._more.setText(text)
        self._more.setAccessibleName(text)
        self._more.setVisible(hidden > 0)
