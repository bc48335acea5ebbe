"""Everybody on this laptop, filtered as one types."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.storage.queries.lists import PersonRow, people
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import PageHeader, SharedTable, across_or_down, dress_table

_Index = QModelIndex | QPersistentModelIndex


class PeopleModel(QAbstractTableModel):
    """A list of people as a table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[PersonRow, ...] = ()

    def show_rows(self, rows: tuple[PersonRow, ...]) -> None:
        """Show other people."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many people are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_("Name"), _("Places"), _("Phone"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        return (row.name, row.places, row.phone)[index.column()]


class PeopleView(QWidget):
    """Search by any part of a name or nickname; Enter opens the person."""

    open_person = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people")
        self._desk = desk
        room = current_metrics().space_5
        column = QVBoxLayout(self)
        column.setContentsMargins(room, room, room, room)
        column.setSpacing(current_metrics().space_3)
        self._header = PageHeader(_("People"), "")
        column.addWidget(self._header)
        self.search = QLineEdit()
        self.search.setObjectName("people-search")
        self.search.setAccessibleName(_("Search for a name or nickname"))
        self.search.setPlaceholderText(_("Search for a name or nickname"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.refresh)
        self.search.returnPressed.connect(self._open_first)
        searching = across_or_down()
        searching.addWidget(self.search, 3)
        self.reason = QLineEdit()
        self.reason.setObjectName("people-reason")
        self.reason.setAccessibleName(_("Why? Optional."))
        self.reason.setPlaceholderText(_("Why? Optional."))
        self.reason.setMaxLength(200)
        self.reason.textEdited.connect(desk.give_search_reason)
        searching.addWidget(self.reason, 2)
        column.addLayout(searching)
        self.model = PeopleModel()
        self.table = SharedTable((4, 5, 2))
        self.table.setObjectName("people-table")
        self.table.setAccessibleName(_("People"))
        self.table.setModel(self.model)
        dress_table(self.table)
        self.table.activated.connect(lambda index: self.open_person.emit(self.model.rows[index.row()].person_id))
        self.table.clicked.connect(lambda index: self.open_person.emit(self.model.rows[index.row()].person_id))
        column.addWidget(self.table, 1)

    def refresh(self) -> None:
        """Read the people whose names fit the search."""
        words = self.search.text()
        if not words:
            self.reason.clear()
            self._desk.search_reason = ""
        self._desk.ask(lambda reading: people(reading, search=words), on_done=self._show)

    def _show(self, rows: tuple[PersonRow, ...]) -> None:
        self.model.show_rows(rows)
        count = ngettext("{n} person", "{n} people", len(rows)).format(n=len(rows))
        self._header.show_text(_("People"), count if rows else _("Nobody of that name is on this laptop."))

    def _open_first(self) -> None:
        if self.model.rows:
            self.open_person.emit(self.model.rows[0].person_id)
