"""Everybody on this laptop, filtered as one types."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.i18n import _, format_number, ngettext
from app.storage.queries.lists import PeopleFound, PersonRow, people
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import EmptyState, PageHeader, RowModel, RowTable, across_or_down, search_field


def people_model() -> RowModel[PersonRow]:
    """Return the columns of the list."""
    return RowModel((_("Name"), _("Places"), _("Phone")), lambda row: (row.name, row.places, row.phone))


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
        self.model = people_model()
        self.table = RowTable(
            self.model,
            (4, 5, 2),
            name="people-table",
            words=_("People"),
            open_row=lambda row: self.open_person.emit(row.person_id),
            letters=(10, 0, 7.5),
            may_go=(1,),
        )
        self.search = search_field(
            _("Search for a name or nickname"),
            name="people-search",
            on_change=self.refresh,
            on_enter=self.table.open_first,
        )
        searching = across_or_down()
        searching.addWidget(self.search, 3)
        self.reason = QLineEdit()
        self.reason.setObjectName("people-reason")
        self.reason.setAccessibleName(_("Reason (optional)"))
        self.reason.setPlaceholderText(_("Reason (optional)"))
        self.reason.setMaxLength(200)
        self.reason.textEdited.connect(desk.give_search_reason)
        searching.addWidget(self.reason, 2)
        column.addLayout(searching)
        column.addWidget(self.table, 1)
        self._nobody = EmptyState(
            "users-three",
            _("Nobody is here yet"),
            _("Whoever sits down at a session, is referred or comes with the next synchronisation stands here."),
            name="people-empty",
        )
        self._nobody.hide()
        column.addWidget(self._nobody, 1)

    def refresh(self) -> None:
        """Read the people whose names fit the search."""
        words = self.search.text()
        if not words:
            self.reason.clear()
            self._desk.search_reason = ""
        self._desk.ask(lambda reading: people(reading, search=words), on_done=self._show)

    def _show(self, found: PeopleFound) -> None:
        self.model.show_rows(found.rows, read_on=self._reading_on(found))
        is_empty = not found.rows and not self.search.text()
        self._nobody.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self._count(found)

    def _reading_on(self, found: PeopleFound) -> partial[None] | None:
        """Return how the next people are read where there are more; a search is narrowed down instead."""
        shown = len(self.model.rows) if found.begins_at else len(found.rows)
        if self.search.text().strip() or shown >= found.total:
            return None
        return partial(self._read_on, shown)

    def _read_on(self, after: int) -> None:
        self._desk.ask(lambda reading: people(reading, after=after), on_done=self._show_more)

    def _show_more(self, found: PeopleFound) -> None:
        if self.search.text().strip() or found.begins_at != len(self.model.rows):
            return  # The list is another one by now.
        self.model.add_rows(found.rows)
        self.model.add_rows((), read_on=self._reading_on(found))
        self._count(found)

    def _count(self, found: PeopleFound) -> None:
        shown = len(self.model.rows)
        if not shown:
            words = _("Nobody of that name is on this laptop.") if self.search.text() else ""
        elif shown >= found.total:
            words = ngettext("{n} person", "{n} people", shown).format(n=format_number(shown))
        elif self.search.text().strip():
            words = _("{n} of {all} who fit: write more of the name to see the others.").format(
                n=format_number(shown), all=format_number(found.total)
            )
        else:
            more = found.total - shown
            counted = ngettext("{n} person", "{n} people", found.total).format(n=format_number(found.total))
            beyond = ngettext("{n} more as you scroll or search", "{n} more as you scroll or search", more)
            words = f"{counted} · {beyond.format(n=format_number(more))}"
        self._header.show_text(_("People"), words)
