"""The inbox: which letters wait, and the one that is being read."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day, ngettext
from app.storage.change_set import ChangeSet
from app.storage.queries.inbox import InboxRow, inbox
from app.ui.desk import Desk
from app.ui.inbox.message_page import MessagePage
from app.ui.inbox.words import kind_word, state_word
from app.ui.theme import current_metrics, icon
from app.ui.widgets import (
    EmptyState,
    IconButton,
    NoticeBar,
    PageHeader,
    button,
    dress_table,
    fits,
    is_large_text,
    search_field,
    tip,
)

_Index = QModelIndex | QPersistentModelIndex
_SHAPES = {
    "new": ("envelope", "accent"),
    "referral_made": ("check-circle", "success"),
    "attached": ("check-circle", "success"),
    "not_for_us": ("envelope-open", "ink_soft"),
    "unreadable": ("warning", "amber"),
    "done": ("envelope-open", "ink_soft"),
}


class InboxModel(QAbstractTableModel):
    """The letters, two lines each: whom about, then from whom and when."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[InboxRow, ...] = ()

    def show_rows(self, rows: tuple[InboxRow, ...]) -> None:
        """Show other letters."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many letters are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, and the letter's state as its icon and in words."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            shape, colour = _SHAPES.get(row.state, _SHAPES["new"])
            return icon(shape, colour=colour)
        kind, state = kind_word(row.type), state_word(row.state)[0]
        about = row.person or row.file_name
        sender = row.sender or (state if row.state == "unreadable" else kind)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(" · ".join(part for part in (about, row.sender, kind, state) if part))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{about}, {kind}, {sender}, {state}"
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return f"{about}\n{format_day(row.received_at)} · {sender}"


class InboxView(QWidget):
    """The list at the left and the letter beside it; with large text the letter takes the list's place."""

    files_chosen = Signal(list)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inbox")
        self._desk = desk
        self._only_open = True
        self._wanted = ""
        self._is_reading = False
        metrics = current_metrics()
        whole = QVBoxLayout(self)
        room = metrics.space_5
        whole.setContentsMargins(room, room, room, room)
        whole.setSpacing(metrics.space_4)
        self._open_files = button(
            _("Open files …"), name="inbox-open-files", shows="folder-open", on_click=self._choose_files
        )
        self._scope = button(_("Show all"), name="inbox-scope", kind="quiet", on_click=self._change_scope)
        self._header = PageHeader(_("Inbox"), "", actions=(self._scope, self._open_files))
        whole.addWidget(self._header)
        self.notice = NoticeBar(self, name="message-notice")
        self._back = IconButton("arrow-left", _("Back to the letters"), name="inbox-back")
        self._back.clicked.connect(self._stop_reading)
        whole.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        self._found: tuple[InboxRow, ...] = ()
        self.search = search_field(
            _("Search for a name, a sender or a file"), name="inbox-search", on_change=lambda: self._show(self._found)
        )
        whole.addWidget(self.search)
        self.model = InboxModel()
        self.table = self._table()
        self.page = MessagePage(desk, self.notice)
        self.page.setFocusProxy(self._back if is_large_text() else self.table)
        self._empty = EmptyState(
            "tray",
            _("Nothing waits here"),
            _("Drop referrals and letters anywhere in the window, as files or a whole folder."),
            name="inbox-empty",
        )
        self._none_fits = EmptyState(
            "magnifying-glass",
            _("No letter fits the search"),
            _("Names, senders, kinds of letter and files are searched."),
            name="inbox-none-fits",
        )
        body = QHBoxLayout()
        body.setSpacing(metrics.space_4)
        body.addWidget(self.table, 1)
        body.addWidget(self.page, 2)
        body.addWidget(self._empty, 3)
        body.addWidget(self._none_fits, 3)
        for later in (self._back, self.page, self._none_fits):
            later.hide()
        whole.addLayout(body, 1)
        whole.addWidget(self.notice)
        desk.changed.connect(self._changed)

    def open(self, message_id: str) -> None:
        """Show this letter, whatever became of it."""
        self._wanted = message_id
        self._is_reading = True
        self._only_open = False

    def enter(self) -> None:
        """Come to the inbox: the keyboard stands on the list."""
        self.refresh()
        self.table.setFocus()

    def refresh(self) -> None:
        """Read the letters anew; the one that is being read stays."""
        only_open = self._only_open
        self._desk.ask(lambda reading: inbox(reading, only_open=only_open), on_done=self._show)

    def _table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("inbox-table")
        table.setAccessibleName(_("Letters"))
        table.setModel(self.model)
        dress_table(table)
        metrics = current_metrics()
        table.horizontalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(metrics.row * 1.35))
        table.setIconSize(QSize(metrics.icon, metrics.icon))
        table.setTextElideMode(Qt.TextElideMode.ElideRight)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setMinimumWidth(metrics.body * 16)
        table.selectionModel().currentRowChanged.connect(lambda now, _before: self._read(now.row()))
        table.clicked.connect(self._start_reading)
        table.activated.connect(self._start_reading)
        return table

    def _show(self, rows: tuple[InboxRow, ...]) -> None:
        reading = self._wanted or self.page.message_id
        self._wanted = ""
        self._found = rows
        words = self.search.text()
        fitting = tuple(
            row for row in rows if fits(words, (row.person, row.sender, row.file_name, kind_word(row.type)))
        )
        place_before = self.table.currentIndex().row()
        self.model.show_rows(fitting)
        self._tell_waiting(rows)
        place = next((n for n, row in enumerate(fitting) if row.message_id == reading), -1)
        focused = self.window().focusWidget()
        was_in_letter = focused is not None and self.page.isAncestorOf(focused)
        has_left = place < 0
        if has_left:
            self.page.show_nothing()
            self._is_reading = False
            if any(row.message_id == reading for row in rows):
                # It is only not searched for.
                self.notice.dismiss()
                place_before = 0
            # The one that moved up to where it stood; what was just said of it stays to be read, and can be undone.
            place = min(max(place_before, 0), len(fitting) - 1)
        self._lay_out()
        if place >= 0:
            self.table.selectRow(place)
            self._read(place)
        if has_left and was_in_letter:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_waiting(self, rows: tuple[InboxRow, ...]) -> None:
        waiting = sum(row.state in ("new", "unreadable") for row in rows)
        counted = ngettext("{n} letter waits.", "{n} letters wait.", waiting).format(n=waiting)
        counted = counted if waiting else _("No letter waits.")
        more = _("Drop files or folders anywhere in the window to add more.")
        self._header.show_text(_("Inbox"), f"{counted} {more}")
        self._scope.setText(_("Show all") if self._only_open else _("Show what waits"))
        self._scope.setAccessibleName(self._scope.text())

    def _lay_out(self) -> None:
        """Show what there is something in, and with large text the letter alone while it is read.

        Whoever was in a list that goes comes to what stands there now.
        """
        was_in_list = self.table.hasFocus()
        fits_any = bool(self.model.rows)
        is_alone = is_large_text() and self._is_reading and fits_any
        self._header.setVisible(not is_alone)
        self._back.setVisible(is_alone)
        self.search.setVisible(bool(self._found) and not is_alone)
        self.table.setVisible(fits_any and not is_alone)
        self.page.setVisible(is_alone or (fits_any and not is_large_text()))
        self._empty.setVisible(not self._found)
        self._none_fits.setVisible(bool(self._found) and not fits_any)
        if was_in_list and not self.table.isVisibleTo(self):
            now = self._back if is_alone else self.search if self._found else self._open_files
            now.setFocus(Qt.FocusReason.OtherFocusReason)

    def _start_reading(self) -> None:
        """Let the letter take the list's place where there is no room for both."""
        if is_large_text():
            self._is_reading = True
            self._lay_out()

    def _stop_reading(self) -> None:
        self.notice.dismiss()
        self._is_reading = False
        self._lay_out()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _read(self, row: int) -> None:
        if 0 <= row < len(self.model.rows):
            self.page.show_message(self.model.rows[row].message_id, on=today(self._desk.clock))

    def _change_scope(self) -> None:
        self._only_open = not self._only_open
        self.refresh()

    def _choose_files(self) -> None:
        files, _kind = QFileDialog.getOpenFileNames(self, _("Open messages"))
        if files:
            self.files_chosen.emit(files)

    def _changed(self, changed: ChangeSet) -> None:
        if len(changed) and self.isVisible():
            self.refresh()
