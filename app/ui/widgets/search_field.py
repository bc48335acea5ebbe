"""The line above a list: what is written there filters it at once."""

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets.labels import label


def search_field(
    words: str,
    *,
    name: str,
    on_change: Callable[[], object],
    on_enter: Callable[[], object] | None = None,
) -> QLineEdit:
    """Return a line that asks for `words`, with a cross to empty it."""
    made = QLineEdit()
    made.setObjectName(name)
    made.setAccessibleName(words)
    made.setPlaceholderText(words)
    made.setClearButtonEnabled(True)
    made.textChanged.connect(lambda _text: on_change())
    if on_enter is not None:
        made.returnPressed.connect(on_enter)
    return made


def fits(written: str, texts: Iterable[str]) -> bool:
    """Return whether every word that was written stands somewhere in the texts, whatever its case."""
    said = " ".join(texts).casefold()
    return all(word in said for word in written.casefold().split())


class FilteredList(QWidget):
    """A search line over rows that are all there: what does not fit is hidden, and nothing is read or built anew.

    `begin` empties the list and keeps what was written; `add` puts a row under the line with the texts that it is
    found by.
    """

    def __init__(self, words: str, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_4)
        self.search = search_field(words, name=f"{name}-search", on_change=self._filter)
        column.addWidget(self.search)
        self._rows: list[tuple[tuple[str, ...], QWidget]] = []
        self._column = column
        self._nothing: QLabel = label(_("Nothing in this list fits."), type="soft", name=f"{name}-nothing-fits")
        column.addWidget(self._nothing)
        self.begin()

    def begin(self) -> None:
        """Take every row out."""
        for _texts, row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        self.search.hide()
        self._nothing.hide()

    def add(self, texts: Iterable[str], row: QWidget) -> None:
        """Put one more row at the end."""
        self._rows.append((tuple(texts), row))
        self._column.insertWidget(self._column.count() - 1, row)
        self.search.show()
        self._filter()

    def _filter(self) -> None:
        written = self.search.text()
        fitting = [row for texts, row in self._rows if fits(written, texts)]
        for _texts, row in self._rows:
            row.setVisible(row in fitting)
        self._nothing.setVisible(bool(self._rows) and not fitting)
