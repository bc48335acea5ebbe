"""Long lists, a slice at a time: what one reads at once is there at once, and the rest for the asking."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.i18n import ngettext
from app.ui.tasks import TaskRunner
from app.ui.theme import current_metrics
from app.ui.widgets.buttons import button

AT_ONCE = 12
"""Rows that are made at once: a card takes some milliseconds, and the window answers between two slices."""
_Row = TypeVar("_Row")


class Slices(QWidget, Generic[_Row]):
    """A column of widgets, one a row, of which the first are made; a button at its end makes the next ones.

    With `tasks` the next ones are made out of sight a row at a time, and `is_filled` False leaves the first ones to
    whoever fills a page in pieces: they come with `go_on_in_pieces`. `at_first` is for a list that is made anew: as
    many as somebody had asked for.
    """

    def __init__(
        self,
        rows: Sequence[_Row],
        make: Callable[[_Row], QWidget],
        *,
        name: str,
        at_once: int = AT_ONCE,
        at_first: int = 0,
        spacing: int | None = None,
        tasks: TaskRunner | None = None,
        is_filled: bool = True,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._rest = list(rows)
        self._make = make
        self._at_once = at_once
        self._next = max(at_first, at_once)
        self.shown = 0
        self._tasks = tasks
        self._column: QBoxLayout = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4 if spacing is None else spacing)
        self._more = button("", name=f"{name}-more", kind="quiet", shows="caret-down", on_click=self._begin_to_go_on)
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        if is_filled:
            self.go_on()

    def go_on(self) -> None:
        """Make the next ones."""
        for _piece in self.go_on_in_pieces():
            pass

    def go_on_in_pieces(self) -> Iterator[None]:
        """Make the next ones, a row at a time, and show them together."""
        now, self._rest = self._rest[: self._next], self._rest[self._next :]
        self._next = self._at_once
        made: list[QWidget] = []
        for row in now:
            if made:
                # What was made last is dressed and measured by now.
                made[-1].sizeHint()
                yield
            one = self._make(row)
            one.setParent(self)
            made.append(one)
        for one in made:
            self._column.insertWidget(self._column.count() - 1, one)
            one.show()
        self.shown += len(made)
        hidden = len(self._rest)
        text = ngettext("Show {n} more", "Show {n} more", hidden).format(n=hidden)
        self._more.setText(text)
        self._more.setAccessibleName(text)
        self._more.setVisible(hidden > 0)

    def _begin_to_go_on(self) -> None:
        if self._tasks is None:
            self.go_on()
        else:
            self._tasks.in_pieces(self._go_on_while_there())

    def _go_on_while_there(self) -> Iterator[None]:
        for _piece in self.go_on_in_pieces():
            yield
            if not isValid(self):
                return
