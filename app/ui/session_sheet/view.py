"""The session sheet: who came, how much they smoke, what they were handed, and what follows."""

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _
from app.services.add_walk_in import WalkInAdded
from app.services.close_session import SessionClosed, close_session
from app.services.correct_session_cell import AT_THE_SHEET, TAKEN_BACK, CorrectCell, correct_session_cell
from app.services.seat_known import SeatKnown
from app.services.session_draft import Cell, TypeCell
from app.services.take_back_walk_in import TakeBackWalkIn, WalkInTakenBack, take_back_walk_in
from app.storage.queries.session_sheet import Sheet, SheetRow, session_sheet
from app.ui.desk import Desk
from app.ui.nicotine_words import caveat_sentence
from app.ui.session_sheet.sheet_heading import SheetHeading
from app.ui.session_sheet.sheet_model import Column, Refused, SheetModel
from app.ui.session_sheet.sheet_table import SheetTable
from app.ui.session_sheet.sheet_tools import CLOSE_KEY, EVERYONE_KEY, HAND_OUT_KEY, WALK_IN_KEY, SheetTools
from app.ui.session_sheet.typed_cells import TypedCells
from app.ui.session_sheet.walk_in import WalkIn
from app.ui.session_sheet.what_follows import WhatFollows
from app.ui.session_sheet.words import (
    attendance_keys,
    keys_words,
    no_room_sentence,
    refused_sentence,
    unsaid_sentence,
)
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    EmptyState,
    NoticeBar,
    focus_kept,
    is_large_text,
    is_narrow,
    label,
)


class SessionSheetView(QWidget):
    """One session on one screen, worked from the keyboard."""

    back = Signal()
    open_person = Signal(str)
    make_diplomas = Signal(object)
    """Of these enrolments."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("session-sheet")
        self._desk = desk
        self._sheet: Sheet | None = None
        self._was_closed_now = False
        self._is_stale = False
        self._cell = ""
        self._typed = TypedCells(desk, self)
        self._typed.saved.connect(self._show_whether_saved)
        self._typed.not_saved.connect(self._could_not)
        self.model = SheetModel(save=self._save, refuse=self._tell_refused)
        room = current_metrics().space_5
        column = QVBoxLayout(self)
        around = current_metrics().space_2 if is_narrow() else room
        column.setContentsMargins(room, around, room, around)
        column.setSpacing(current_metrics().space_2 if is_narrow() else current_metrics().space_3)
        self._heading = SheetHeading()
        self._heading.back.connect(self.back)
        self._heading.paper.connect(self._open_paper)
        column.addLayout(self._heading)
        self._saved = Badge(_("Every cell is saved"), tone="success", name="sheet-saved")
        self._tools = SheetTools()
        self._tools.everyone_came.connect(self._everyone_came)
        self._tools.somebody_new.connect(self.ask_walk_in)
        self._tools.everyone_handed_out.connect(self._everyone_handed_out)
        self._tools.closing.connect(self.close_session)
        column.addLayout(self._tools)
        self._read_refused: Refused | None = None
        self.notice = NoticeBar(self, name="sheet-notice")
        self.notice.dismissed.connect(self._has_read)
        self._walk_in = WalkIn(desk)
        self._walk_in.seated.connect(self._walked_in)
        self._walk_in.known.connect(self._seat_known)
        self._walk_in.dismissed.connect(self._no_walk_in)
        column.addWidget(self._walk_in)
        self._what_follows = WhatFollows(desk, self.model)
        self._what_follows.make_diplomas.connect(self.make_diplomas)
        column.addWidget(self._what_follows, 1)
        self.table = SheetTable(self.model)
        self.table.setAccessibleName(_("Session sheet"))
        self.table.doubleClicked.connect(self._opened_name)
        self.table.named.connect(self._open_row)
        self.table.written.connect(self._read_if_stale)
        self.table.no_room.connect(self._tell_no_room)
        self.table.no_attendance.connect(self._tell_letters)
        column.addWidget(self.table, 1)
        self._nobody = EmptyState(
            "user-plus",
            _("Nobody is on the list yet"),
            _("One key, a first name or nickname, and Enter: they are here. Whom you know is offered by sound."),
            action=_("Somebody new ({key})").format(key=WALK_IN_KEY),
            on_action=self.ask_walk_in,
            name="sheet-empty",
        )
        self._nobody.hide()
        column.addWidget(self._nobody, 1)
        column.addWidget(self.notice)
        self._keys = ""
        self._hint = label("", type="strong" if is_large_text() else "caption", name="sheet-hint")
        self.table.selectionModel().currentChanged.connect(lambda _now, _before: self._show_hint())
        if is_large_text():
            below = QHBoxLayout()
            below.addWidget(self._hint, 1)
            below.addWidget(self._saved, 0, Qt.AlignmentFlag.AlignBottom)
            column.addLayout(below)
        else:
            # Read from a chair's distance, while nine people talk.
            self._saved.setProperty("large", True)
            self._heading.add_at_right(self._saved)
            column.addWidget(self._hint)
        for key, act in (
            (EVERYONE_KEY, self._everyone_came),
            (WALK_IN_KEY, self.ask_walk_in),
            (HAND_OUT_KEY, self._everyone_handed_out),
            (CLOSE_KEY, self.close_session),
            ("Ctrl+Z", self._take_back),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    @property
    def session_id(self) -> str:
        """Return which session is shown, empty before the first."""
        return self._sheet.session_id if self._sheet is not None else ""

    @property
    def cell(self) -> str:
        """Return where the cursor is: an enrolment and a column, empty where it is nowhere."""
        at = self.table.currentIndex()
        return f"{self.model.rows[at.row()].enrolment_id} {at.column()}" if at.isValid() else ""

    def show_session(self, session_id: str, *, cell: str = "") -> None:
        """Open a session, with the cursor on a cell where somebody was there before."""
        self._cell = cell
        self.notice.hide()
        self._stop_asking()
        self._read(session_id, place_cursor=True)

    def _open_paper(self, paper: str) -> None:
        if self._sheet is not None:
            self._desk.open("paper", f"{paper}:{self._sheet.session_id}")

    def refresh(self) -> None:
        """Read the session anew, as after a synchronisation; the cursor stays."""
        if self._sheet is not None:
            self._read(self._sheet.session_id)

    def ask_walk_in(self) -> None:
        """Ask for the name of somebody who sits down."""
        if self._sheet is not None and not self.model.is_closed:
            self._walk_in.ask(self._sheet)
            if is_large_text():
                # There is room for the question or for the tools.
                self._tools.put_away()
            for words in (self._hint, self._saved):
                words.setVisible(not is_narrow())

    def close_session(self) -> None:
        """Make facts of everything typed, and say what follows."""
        self.table.take_written()
        if self._sheet is None or self.model.is_closed:
            return
        if self.model.refused is not None:
            self._tell_refused(before_closing=True)
            return
        if not self._typed.are_saved:
            self._typed.save_waiting(then=self.close_session)
            return
        unsaid = self.model.without_attendance()
        if unsaid:
            self._ask_whether_they_came(unsaid)
            return
        session_id = self._sheet.session_id
        self._desk.do(lambda work: close_session(session_id, work=work), on_done=self._closed, on_error=self._could_not)

    def _ask_whether_they_came(self, unsaid: tuple[SheetRow, ...]) -> None:
        """Something is typed of somebody, but not whether they came: the cursor is where one key says so."""

        def they_came() -> None:
            for row in unsaid:
                self.model.set_cell(row.enrolment_id, Cell.STATUS, "present")
            self.close_session()

        self.notice.show_notice("warning", unsaid_sentence(unsaid), action=_("They came"), on_action=they_came)
        self.table.begin(self.model.row_of(unsaid[0].enrolment_id), Column.STATUS)

    def _everyone_came(self) -> None:
        """Mark everybody present, then go on at the table."""
        if self.model.is_closed:
            return
        self.table.take_written()
        self.model.everyone_present()
        if self.table.currentIndex().column() == Column.STATUS:
            self.table.next_column()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _everyone_handed_out(self) -> None:
        """Hand out what is due to everybody who came, then go on at the table."""
        if self.model.is_closed or not self.model.is_used(Column.HANDOUT):
            return
        self.table.take_written()
        handed = self.model.everyone_handed_out()
        came = sum(row.cells.get("status") == "present" for row in self.model.rows)
        if not handed and not came:
            self.notice.show_notice("info", _("Say first who came: F5 marks everybody, then only the exceptions."))
        if self.table.currentIndex().column() == Column.HANDOUT:
            self.table.next_column()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_back(self) -> None:
        """Undo; on a closed session what is taken back is a correction, and says so."""
        if not self.model.undo():
            self.notice.show_notice("info", _("There is nothing to take back."))

    def _no_walk_in(self) -> None:
        self._stop_asking()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stop_asking(self) -> None:
        self._walk_in.hide()
        for words in (self._hint, self._saved):
            words.show()
        self._show_tools()

    def _show_tools(self) -> None:
        if self.model.is_closed:
            self._tools.put_away()
        else:
            self._tools.offer(hands_out=self.model.is_used(Column.HANDOUT))

    def _seat_known(self, person_id: str) -> None:
        if self._sheet is None:
            return
        here = next((row for row in self.model.rows if row.person_id == person_id), None)
        if here is not None:
            self._stop_asking()
            if not here.cells.get("status"):
                self.model.set_cell(here.enrolment_id, Cell.STATUS, "present")
            self.table.begin(self.model.row_of(here.enrolment_id), Column.CIGARETTES)
            return
        self._walk_in.seat(SeatKnown(self._sheet.course_id, person_id))

    def _walked_in(self, added: WalkInAdded) -> None:
        self._stop_asking()
        if self._sheet is None:
            return
        session_id = self._sheet.session_id
        self.model.can_take_back(partial(self._take_back_walk_in, TakeBackWalkIn(session_id, added)))
        self._typed.keep(TypeCell(session_id, added.enrolment_id, Cell.STATUS, "present"))
        self._read(session_id, cursor_on=added.enrolment_id)

    def _take_back_walk_in(self, command: TakeBackWalkIn) -> None:
        """Take the row off the sheet again; where that is not possible, say so, and Ctrl+Z may be tried anew."""

        def taken_back(done: WalkInTakenBack) -> None:
            words = (
                _("{name} is off this list, and still among the people.")
                if done.is_known
                else _("{name} is off the list again.")
            )
            self.notice.show_notice("success", words.format(name=done.name))
            self._read(command.session_id)

        def could_not(problem: Exception) -> None:
            self.model.can_take_back(partial(self._take_back_walk_in, command))
            if isinstance(problem, AppError):
                self.notice.show_notice("warning", sentence_for(problem))
            else:
                self._desk.failed.emit(problem)

        self._desk.do(lambda work: take_back_walk_in(command, work=work), on_done=taken_back, on_error=could_not)

    def _read(self, session_id: str, *, place_cursor: bool = False, cursor_on: str = "") -> None:
        self._desk.ask(
            lambda reading: session_sheet(reading, session_id),
            on_done=partial(self._show, typed=self._typed.count, place_cursor=place_cursor, cursor_on=cursor_on),
        )

    def _read_if_stale(self) -> None:
        """Read what came while a cell was being typed."""
        if self._is_stale:
            self._is_stale = False
            self.refresh()

    def _show(self, sheet: Sheet | None, *, typed: int, place_cursor: bool, cursor_on: str) -> None:
        if sheet is None:
            self.back.emit()
            return
        if sheet.session_id == self.session_id and self.table.is_writing():
            # The editor would be gone, and the next digit be a number of its own.
            self._is_stale = True
            return
        if typed != self._typed.count:
            # It was read before what was typed meanwhile.
            self._read(sheet.session_id, place_cursor=place_cursor, cursor_on=cursor_on)
            return
        at = self.table.currentIndex()
        self._sheet = sheet
        self.model.show_sheet(self._typed.over(sheet))
        self._heading.show_sheet(sheet)
        closed = self.model.is_closed
        self._show_tools()
        self._show_whether_saved()
        self._keys = keys_words(is_closed=closed)
        self._show_hint()
        self._count_people()
        with focus_kept(self._what_follows):
            self._show_what_follows()
        self.table.fit_columns()
        if not sheet.rows and not closed:
            self._nobody.action.setFocus(Qt.FocusReason.OtherFocusReason)
        elif cursor_on:
            self.table.begin(self.model.row_of(cursor_on), Column.CIGARETTES)
        elif place_cursor and self._cell:
            enrolment_id, column = self._cell.split()
            self._cell = ""
            self.table.begin(self.model.row_of(enrolment_id), Column(int(column)))
        elif place_cursor or not at.isValid():
            self.table.begin()
        else:
            self.table.setCurrentIndex(self.model.index(at.row(), at.column()))

    def _show_hint(self) -> None:
        """Say which keys there are; where the text is large, whose row it is: the name may be out of sight."""
        at = self.table.currentIndex()
        if is_large_text() and at.isValid() and not self.model.is_closed:
            row = self.model.rows[at.row()]
            self._hint.setText(f"{row.name} {self.model.mark_of(row)}".rstrip())
        else:
            self._hint.setText(self._keys)

    def _count_people(self) -> None:
        people = self.model.people()
        self._tools.show_count(sum(status == "present" for _row, status in people), of=len(people))

    def _save(self, enrolment_id: str, cell: Cell, text: str, takes_back: bool) -> None:
        if self._sheet is None:
            return
        self._count_people()
        if self.model.is_closed:
            self._correct(enrolment_id, cell, text, takes_back=takes_back)
            return
        self._tell_refused()
        self._typed.keep(TypeCell(self._sheet.session_id, enrolment_id, cell, text))

    def _show_whether_saved(self) -> None:
        if self._typed.are_waiting:
            self._saved.show_state(_("Not saved"), "problem")
        else:
            self._saved.show_state(_("Closed") if self.model.is_closed else _("Every cell is saved"), "success")

    def _correct(self, enrolment_id: str, cell: Cell, text: str, *, takes_back: bool) -> None:
        if self._sheet is None:
            return
        command = CorrectCell(
            self._sheet.session_id, enrolment_id, cell, text, reason=TAKEN_BACK if takes_back else AT_THE_SHEET
        )
        name = self.model.rows[self.model.row_of(enrolment_id)].name

        def corrected(_changed: object) -> None:
            words = (
                _("Taken back for {name}: what stood before is right again.")
                if takes_back
                else _("Corrected for {name}. What was recorded before is kept in the history.")
            )
            self.notice.show_notice("success", words.format(name=name))
            self._show_what_follows()

        self._desk.do(
            lambda work: correct_session_cell(command, work=work), on_done=corrected, on_error=self._could_not
        )

    def _tell_refused(self, *, before_closing: bool = False) -> None:
        """Say of whom something typed was not taken: whoever fills a column is already at the next person."""
        refused = self.model.refused
        if refused is None or (refused is self._read_refused and not before_closing):
            self.notice.hide()
            return
        sentence = refused_sentence(refused)
        if not before_closing:
            self.notice.show_notice("warning", sentence)
            return
        self.notice.show_notice(
            "warning", sentence, action=_("Close without it"), on_action=self._close_without_what_was_refused
        )
        self.table.begin(self.model.row_of(refused.enrolment_id), refused.column)

    def _tell_no_room(self) -> None:
        self.notice.show_notice("warning", no_room_sentence())

    def _tell_letters(self) -> None:
        self.notice.show_notice("info", _("Attendance is one letter: {keys}.").format(keys=attendance_keys()))

    def _has_read(self) -> None:
        """Say it no more of this cell, which still lacks its value: closing asks about it."""
        self._read_refused = self.model.refused

    def _close_without_what_was_refused(self) -> None:
        self.model.forget_refused()
        self.close_session()

    def _could_not(self, problem: Exception) -> None:
        if not isinstance(problem, AppError):
            self._desk.failed.emit(problem)
            return
        self.notice.show_notice("problem", sentence_for(problem))
        self._saved.show_state(_("Not saved"), "problem")

    def _closed(self, outcome: SessionClosed) -> None:
        self.notice.hide()
        if outcome.caveats:
            # Everything is recorded; what a label says against a handout is said once, by name.
            names = {row.enrolment_id: row.name for row in self.model.rows}
            said = [f"{names.get(enrolment, '')}: {caveat_sentence(caveat)}" for enrolment, caveat in outcome.caveats]
            self.notice.show_notice("warning", " ".join(dict.fromkeys(said)))
        self._was_closed_now = True
        self.refresh()

    def _show_what_follows(self) -> None:
        """Show the sheet, who is asked for on an empty one, or after closing what follows, above the sheet."""
        if self._sheet is None:
            return
        self._what_follows.show_sheet(self._sheet)
        is_empty = not self.model.rows and not self.model.is_closed
        self._nobody.setVisible(is_empty)
        had_keyboard = self.table.hasFocus()
        self.table.setVisible(not is_empty and not (self.model.is_closed and is_large_text()))
        if had_keyboard and not self.table.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.model.is_closed:
            return
        # Once it is laid out.
        QTimer.singleShot(0, self._fit_what_follows)
        if self._was_closed_now:
            self._was_closed_now = False
            QTimer.singleShot(0, self._what_follows.take_keyboard)

    def _fit_what_follows(self) -> None:
        self._what_follows.fit(self.contentsRect().width() - 2 * current_metrics().space_5)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what follows anew: narrow is tall."""
        super().resizeEvent(event)
        self._fit_what_follows()

    def _opened_name(self, _index: object) -> None:
        at = self.table.currentIndex()
        if at.column() == Column.NAME and at.isValid():
            self._open_row(at.row())

    def _open_row(self, row: int) -> None:
        self.open_person.emit(self.model.rows[row].person_id)
