"""The line above a list: what is written there filters it at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui.theme import current_metrics, icon
from app.ui.widgets.buttons import button
from app.ui.widgets.labels import label
from app.ui.widgets.refilling import focus_kept
from app.ui.widgets.slices import AT_ONCE

_A_PIECE = 4
"""Rows that are made before the window answers again."""


class SearchLine(QLineEdit):
    """A line with a cross to empty it, drawn when there is first something to empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setClearButtonEnabled(True)
        self.textChanged.connect(self._draw_cross)

    def _draw_cross(self, _text: str) -> None:
        self.textChanged.disconnect(self._draw_cross)
        cross = self.findChild(QAction, "_q_qlineeditclearaction")
        if cross is not None:
            cross.setIcon(icon("x", colour="ink_soft"))


def search_field(
    words: str,
    *,
    name: str,
    on_change: Callable[[], object],
    on_enter: Callable[[], object] | None = None,
) -> QLineEdit:
    """Return a line that asks for `words`, with a cross to empty it."""
    made = SearchLine()
    made.setObjectName(name)
    made.setAccessibleName(words)
    made.setPlaceholderText(words)
    made.textChanged.connect(lambda _text: on_change())
    if on_enter is not None:
        made.returnPressed.connect(on_enter)
    return made


def fits(written: str, texts: Iterable[str]) -> bool:
    """Return whether every word that was written stands within a word of the texts, each in another, whatever its case.

    So "20 Nov 2026" is that day alone, though every day of the year has a 20 in it.
    """
    said = " ".join(texts).casefold().split()
    for word in sorted(written.casefold().split(), key=len, reverse=True):
        found = next((each for each in said if word in each), None)
        if found is None:
            return False
        said.remove(found)
    return True


class FilteredList(QWidget):
    """A search line over rows: those that fit are shown, the first ones at once and the next for the asking.

    `begin` empties the list and keeps what was written; `add` puts a row under the line with the texts that it is
    found by. A row is made when it is first shown. The line is there from `at_least` rows on; `written` is what stands
    in it at first.
    """

    def __init__(
        self,
        words: str,
        *,
        name: str,
        parent: QWidget | None = None,
        at_once: int = AT_ONCE,
        at_least: int = 1,
        written: str = "",
        spacing: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._at_least = at_least
        self.setObjectName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._spacing = current_metrics().space_4 if spacing is None else spacing
        column.setSpacing(self._spacing)
        self._whole = column
        self.search = search_field(words, name=f"{name}-search", on_change=self._begin_to_filter)
        self.search.blockSignals(True)
        self.search.setText(written)
        self.search.blockSignals(False)
        column.addWidget(self.search)
        self._rows: list[_Row] = []
        self._shown: QWidget | None = None
        self._made = self._place()
        self._at_once = self._shown_at_most = at_once
        self._more = button("", name=f"{name}-more", kind="quiet", shows="caret-down", on_click=self._show_more)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self._nothing: QLabel = label(_("Nothing in this list fits."), type="soft", name=f"{name}-nothing-fits")
        column.addWidget(self._nothing)
        for widget in (self.search, self._more, self._nothing):
            widget.hide()

    def begin(self) -> None:
        """Take every row out; what is shown stays until the next rows are."""
        self._rows = []
        if self._made is not self._shown:
            self._made.deleteLater()
        self._made = self._place()

    def add(self, texts: Iterable[str], make: Callable[[], QWidget]) -> None:
        """Put one more row at the end."""
        self._rows.append(_Row(tuple(texts), make))

    def end(self) -> None:
        """Show what was added."""
        for _piece in self.end_in_pieces():
            pass

    def end_in_pieces(self) -> Iterator[None]:
        """Show what was added, a few rows at a time: for a list that is filled out of sight."""
        self.search.setVisible(len(self._rows) >= self._at_least)
        fitting = [row for row in self._rows if fits(self.search.text(), row.texts)]
        for number, row in enumerate(fitting[: self._shown_at_most]):
            self._put(row, number)
            if number % _A_PIECE == _A_PIECE - 1:
                # Dressed and measured by now.
                self._made.sizeHint()
                yield
        with focus_kept(self):
            self._filter()

    def _place(self) -> QWidget:
        """Return a column for rows, out of sight."""
        made = QWidget(self)
        made.hide()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._spacing)
        return made

    def _put(self, row: "_Row", number: int) -> None:
        """Make a row that was not made before, behind so many that were."""
        if row.made is None:
            row.made = row.make()
            layout = self._made.layout()
            assert isinstance(layout, QVBoxLayout)  # noqa: S101 - see _place
            layout.insertWidget(number, row.made)

    def _begin_to_filter(self) -> None:
        self._shown_at_most = self._at_once
        self._filter()

    def _show_more(self) -> None:
        self._shown_at_most += self._at_once
        self._filter()

    def _filter(self) -> None:
        written = self.search.text()
        fitting, made = 0, 0
        # Out of sight meanwhile: Qt would lay out the whole page for each row.
        self._made.hide()
        for row in self._rows:
            is_shown = fits(written, row.texts)
            fitting += is_shown
            is_shown = is_shown and fitting <= self._shown_at_most
            if is_shown:
                self._put(row, made)
            made += row.made is not None
            if row.made is not None:
                row.made.setVisible(is_shown)
        self._show_made(is_any=fitting > 0)
        hidden = fitting - self._shown_at_most
        text = ngettext("Show {n} more", "Show {n} more", hidden).format(n=hidden)
        self._more.setText(text)
        self._more.setAccessibleName(text)
        self._more.setVisible(hidden > 0)
        self._nothing.setVisible(bool(self._rows) and not fitting)

    def _show_made(self, *, is_any: bool) -> None:
        """Show the rows in the place of those that were shown before."""
        before, self._shown = self._shown, self._made
        if before is not self._made:
            if before is not None:
                self._whole.removeWidget(before)
                before.hide()
                before.deleteLater()
            self._whole.insertWidget(1, self._made)
        self._made.setVisible(is_any)


@dataclass(slots=True)
class _Row:
    texts: tuple[str, ...]
    make: Callable[[], QWidget]
    made: QWidget | None = None
