"""How tables and lists look, and how a table shares its width out among its columns."""

from collections.abc import Sequence
from textwrap import wrap

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QListView, QTableView, QWidget

from app.ui.theme import current_metrics


def dress_table(table: QTableView) -> None:
    """Give a table its roomy rows, quiet lines and whole-row selection."""
    metrics = current_metrics()
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(metrics.row)
    table.verticalHeader().setMinimumSectionSize(metrics.row)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setStretchLastSection(True)
    table.setShowGrid(False)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)


def in_lines(heading: str, letters: int) -> str:
    """Return a heading in lines of so many letters, so that a long one does not make its column wide."""
    return "\n".join(wrap(heading, letters, break_long_words=False, break_on_hyphens=False))


def heading_width(table: QTableView, column: int) -> int:
    """Return how wide a column must be so that its heading is read whole."""
    return table.horizontalHeader().sectionSizeFromContents(column).width() + 1


def share_width(table: QTableView, shares: Sequence[float], letters: Sequence[float] = ()) -> None:
    """Share a table's width out among its columns, none narrower than its heading; what is too much scrolls.

    `letters` says how many letters a column needs at least, so that a date or a number is read whole.
    """
    model = table.model()
    count = model.columnCount() if model is not None else 0
    # A column that nobody gave a share gets as much as its heading needs.
    shares = [*shares, *[0.0] * (count - len(shares))]
    is_shown = [not table.isColumnHidden(column) for column in range(len(shares))]
    widths = [needed * shown for needed, shown in zip(_needed_widths(table, letters), is_shown, strict=True)]
    room = table.viewport().width()
    sharing = {column for column, share in enumerate(shares) if share and is_shown[column]}
    while sharing:
        left = room - sum(width for column, width in enumerate(widths) if column not in sharing)
        parts = {column: int(left * shares[column] / sum(shares[other] for other in sharing)) for column in sharing}
        # Who would get less than is needed gets just that, and the others share what is left.
        content = {column for column in sharing if parts[column] >= widths[column]}
        if content == sharing:
            widths = [parts.get(column, width) for column, width in enumerate(widths)]
            break
        sharing = content
    for column, width in enumerate(widths):
        if is_shown[column]:
            table.setColumnWidth(column, width)


def _needed_widths(table: QTableView, letters: Sequence[float]) -> list[int]:
    """Return how wide each column must be for its heading and for so many letters."""
    model = table.model()
    count = model.columnCount() if model is not None else 0
    body = current_metrics().body
    asked = [*(round(number * body) for number in letters), *[0] * (count - len(letters))]
    return [max(heading_width(table, column), asked[column]) for column in range(count)]


class SharedTable(QTableView):
    """A table that shares its width out among its columns, anew whenever it grows or shrinks.

    Where they need more room than there is, the columns that `may_go` are left out: what they say stands elsewhere too.
    """

    def __init__(
        self,
        shares: Sequence[float],
        parent: QWidget | None = None,
        *,
        letters: Sequence[float] = (),
        may_go: Sequence[int] = (),
    ) -> None:
        super().__init__(parent)
        self._shares, self._letters, self._may_go = tuple(shares), tuple(letters), tuple(may_go)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self._share()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the width out once the headings have their letters."""
        super().showEvent(event)
        self._share()

    def _share(self) -> None:
        if self.model() is not None:
            self.horizontalHeader().ensurePolished()
            if self._may_go:
                is_too_much = sum(_needed_widths(self, self._letters)) > self.viewport().width()
                for column in self._may_go:
                    if self.isColumnHidden(column) != is_too_much:
                        self.setColumnHidden(column, is_too_much)
            share_width(self, self._shares, self._letters)


def dress_list(view: QListView) -> None:
    """Give a list its roomy rows; call it before the first row, because Qt measures rows as they come."""
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setUniformItemSizes(True)
    view.setIconSize(QSize(current_metrics().icon, current_metrics().icon))
    view.ensurePolished()
