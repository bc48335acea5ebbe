"""The session sheet: who came, how much they smoke, what they were handed, and what follows."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.domain.same_person import said_of_all
from app.error_text import Sentence, sentence_for
from app.errors import AppError, KnownProblem
from app.i18n import _, format_clock, format_day, format_number, ngettext
from app.services.add_walk_in import AddWalkIn, WalkInAdded, add_walk_in
from app.services.close_session import SessionClosed, close_session
from app.services.correct_session_cell import AT_THE_SHEET, TAKEN_BACK, CorrectCell, correct_session_cell
from app.services.seat_known import SeatKnown, seat_known
from app.services.session_draft import Cell, TypeCell, type_cell
from app.services.take_back_walk_in import TakeBackWalkIn, WalkInTakenBack, take_back_walk_in
from app.storage.queries.session_sheet import Sheet, SheetRow, session_sheet
from app.ui.course.words import session_of_all_word
from app.ui.desk import Desk
from app.ui.nicotine_words import caveat_sentence
from app.ui.session_sheet.sheet_model import Column, SheetModel
from app.ui.session_sheet.sheet_table import LONGEST_WRITTEN, SheetTable
from app.ui.session_sheet.walk_in import WalkIn
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    Flow,
    IconButton,
    NoticeBar,
    OneLine,
    PageHeader,
    ScrollPage,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    is_large_text,
    is_narrow,
    label,
    tip,
)

EVERYONE_KEY = "F5"
WALK_IN_KEY = "F6"
HAND_OUT_KEY = "F7"
CLOSE_KEY = "Ctrl+Return"


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
        self._is_seating = False
        self._is_stale = False
        self._saves = 0
        self._unsaved: dict[tuple[str, Cell], TypeCell] = {}
        self._closes_when_saved = False
        self.model = SheetModel(save=self._save, refuse=self._tell_refused)
        room = current_metrics().space_5
        column = QVBoxLayout(self)
        around = current_metrics().space_2 if is_narrow() else room
        column.setContentsMargins(room, around, room, around)
        column.setSpacing(current_metrics().space_2 if is_narrow() else current_metrics().space_3)
        going_back = IconButton("arrow-left", _("Back to Today"), name="sheet-back")
        going_back.clicked.connect(self.back)
        top = QHBoxLayout()
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self._header = PageHeader("", "")
        self._heading = OneLine(type="heading", name="sheet-heading")
        # Where the text is large, every line above the table is a person less in sight.
        top.addWidget(self._heading if is_large_text() else self._header, 1)
        tools = QHBoxLayout()
        top.addLayout(tools)
        top.setAlignment(tools, Qt.AlignmentFlag.AlignTop)
        for paper, shows, words in (
            ("attendance", "printer", _("Attendance list on paper")),
            ("session_handouts", "list-dashes", _("What was handed out here, on paper")),
        ):
            made = IconButton(shows, words, name=f"sheet-{paper}")
            made.clicked.connect(partial(self._open_paper, paper))
            tools.addWidget(made)
            self._last_tool = made
        self._saved = Badge(_("Every cell is saved"), tone="success", name="sheet-saved")
        column.addLayout(top)
        column.addLayout(self._tools())
        self.notice = NoticeBar(name="sheet-notice")
        self.notice.dismissed.connect(self._forget_refused)
        column.addWidget(self.notice)
        self._walk_in = WalkIn(desk)
        self._walk_in.named.connect(self._add_walk_in)
        self._walk_in.known.connect(self._seat_known)
        self._walk_in.dismissed.connect(self._no_walk_in)
        column.addWidget(self._walk_in)
        self._what_follows = Card(name="what-follows")
        self._after = ScrollPage(name="after-closing", inset=0)
        self._after.body.addWidget(self._what_follows)
        self._after.body.addStretch(1)
        self._after.hide()
        column.addWidget(self._after, 1)
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
            tools.addWidget(self._saved)
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

    def show_session(self, session_id: str) -> None:
        """Open a session."""
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
            self._walk_in.ask(self._sheet.place_id)
            if is_large_text():
                # There is room for the question or for the tools.
                for tool in self._all_tools():
                    tool.hide()
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
        if self._unsaved:
            self._closes_when_saved = True
            self._save_again()
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

        self.notice.show_notice(
            "warning",
            Sentence(
                _("Something is typed of {names}, but not whether they came.").format(
                    names=", ".join(row.name for row in unsaid)
                ),
                _("Everything typed is saved."),
                _("Say whether they came, then close the session."),
            ),
            action=_("They came"),
            on_action=they_came,
        )
        self.table.begin(self.model.row_of(unsaid[0].enrolment_id), Column.STATUS)

    def _tools(self) -> QHBoxLayout:
        whole = QHBoxLayout()
        whole.setSpacing(current_metrics().space_3)
        across = Flow(gap=current_metrics().space_2)
        self._everyone = _tool(
            _("Everyone ({key})"), EVERYONE_KEY, name="everyone-present", shows="users-three", act=self._everyone_came
        )
        self._somebody = _tool(
            _("Somebody new ({key})"), WALK_IN_KEY, name="walk-in", shows="user-plus", act=self.ask_walk_in
        )
        self._hand_out = _tool(
            _("Hand out ({key})"),
            HAND_OUT_KEY,
            name="everyone-handed-out",
            shows="hand-palm",
            act=self._everyone_handed_out,
        )
        self._hand_out.setToolTip(_("Hand out what is due to everybody who came"))
        self._close = button(
            _("Close") if is_narrow() else _("Close the session"),
            name="close-session",
            kind="primary",
            shows="" if is_large_text() else "check",
            on_click=self.close_session,
        )
        self._close.setAccessibleName(_("Close the session"))
        self._close.setToolTip("Ctrl+Enter")
        across.addWidget(self._everyone)
        across.addWidget(self._somebody)
        across.addWidget(self._hand_out)
        self._count = label("", type="soft", wrap=False, name="sheet-count")
        self._count.setMinimumHeight(current_metrics().control)
        across.addWidget(self._count)
        if is_large_text():
            self._count.hide()
        whole.addLayout(across, 1)
        whole.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        return whole

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

    def _add_walk_in(self, name: str) -> None:
        # Enter pressed twice is one person.
        if self._sheet is None or self._is_seating:
            return
        self._is_seating = True
        command = AddWalkIn(self._sheet.course_id, name)
        self._desk.do(
            lambda work: add_walk_in(command, work=work), on_done=self._walked_in, on_error=self._name_refused
        )

    def _stop_asking(self) -> None:
        self._walk_in.hide()
        for words in (self._hint, self._saved):
            words.show()
        self._show_tools()

    def _all_tools(self) -> tuple[QWidget, ...]:
        return self._everyone, self._somebody, self._hand_out, self._close

    def _show_tools(self) -> None:
        for tool in self._all_tools():
            tool.setVisible(not self.model.is_closed)
        if not self.model.is_closed:
            self._hand_out.setVisible(self.model.is_used(Column.HANDOUT))

    def _seat_known(self, person_id: str) -> None:
        if self._sheet is None or self._is_seating:
            return
        here = next((row for row in self.model.rows if row.person_id == person_id), None)
        if here is not None:
            self._stop_asking()
            if not here.cells.get("status"):
                self.model.set_cell(here.enrolment_id, Cell.STATUS, "present")
            self.table.begin(self.model.row_of(here.enrolment_id), Column.CIGARETTES)
            return
        self._is_seating = True
        command = SeatKnown(self._sheet.course_id, person_id)
        self._desk.do(lambda work: seat_known(command, work=work), on_done=self._walked_in, on_error=self._name_refused)

    def _name_refused(self, problem: Exception) -> None:
        self._is_seating = False
        if isinstance(problem, AppError):
            sentence = sentence_for(problem)
            self._walk_in.field.complain(f"{sentence.title} {sentence.advice}")
        else:
            self._desk.failed.emit(problem)

    def _walked_in(self, added: WalkInAdded) -> None:
        self._is_seating = False
        self._stop_asking()
        if self._sheet is None:
            return
        command = TypeCell(self._sheet.session_id, added.enrolment_id, Cell.STATUS, "present")
        self.model.can_take_back(partial(self._take_back_walk_in, TakeBackWalkIn(command.session_id, added)))
        self._desk.do(
            lambda work: type_cell(command, work=work),
            on_done=lambda _value: self._read(command.session_id, cursor_on=added.enrolment_id),
        )

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
            on_done=partial(self._show, saves=self._saves, place_cursor=place_cursor, cursor_on=cursor_on),
        )

    def _read_if_stale(self) -> None:
        """Read what came while a cell was being typed."""
        if self._is_stale:
            self._is_stale = False
            self.refresh()

    def _show(self, sheet: Sheet | None, *, saves: int, place_cursor: bool, cursor_on: str) -> None:
        if sheet is None:
            self.back.emit()
            return
        if sheet.session_id == self.session_id and self.table.is_writing():
            # The editor would be gone, and the next digit be a number of its own.
            self._is_stale = True
            return
        if saves != self._saves:
            # It was read before what was typed meanwhile.
            self._read(sheet.session_id, place_cursor=place_cursor, cursor_on=cursor_on)
            return
        at = self.table.currentIndex()
        self._sheet = sheet
        self.model.show_sheet(sheet)
        number = session_of_all_word(sheet.kind, sheet.number, sheet.planned_sessions)
        about = f"{sheet.title} · {format_day(sheet.held_on)} {format_clock(sheet.starts_at)}".strip()
        if is_large_text():
            self._heading.show_words(sheet.place)
            self._heading.setAccessibleName(f"{sheet.place} · {number} · {about}")
            self._heading.setToolTip(tip(f"{sheet.place} · {number} · {about}"))
        else:
            self._header.show_text(f"{sheet.place} · {number}", about)
        closed = self.model.is_closed
        self._show_tools()
        self._saved.show_state(_("Closed") if closed else _("Every cell is saved"), "success")
        self._keys = (
            _closed_words()
            if closed
            else _(
                "Typing replaces, F2 edits, Enter goes down. Attendance: {keys}. Space hands out. Ctrl+Z takes back."
            ).format(keys=_attendance_keys())
        )
        self._show_hint()
        self._count_people()
        with focus_kept(self._what_follows):
            self._show_what_follows()
        self.table.fit_columns()
        if not sheet.rows and not closed:
            self._nobody.action.setFocus(Qt.FocusReason.OtherFocusReason)
        elif cursor_on:
            self.table.begin(self.model.row_of(cursor_on), Column.CIGARETTES)
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
        people = _people(self.model.rows)
        came = sum(status == "present" for _row, status in people)
        self._count.setText(_("{came} of {all} came").format(came=came, all=len(people)))

    def _save(self, enrolment_id: str, cell: Cell, text: str, takes_back: bool) -> None:
        if self._sheet is None:
            return
        self._count_people()
        if self.model.is_closed:
            self._correct(enrolment_id, cell, text, takes_back=takes_back)
            return
        self._tell_refused()
        self._saves += 1
        # What the cell held before is not tried again.
        self._unsaved.pop((enrolment_id, cell), None)
        self._type(TypeCell(self._sheet.session_id, enrolment_id, cell, text))

    def _type(self, command: TypeCell) -> None:
        def not_saved(problem: Exception) -> None:
            self._closes_when_saved = False
            if isinstance(problem, KnownProblem):
                self._unsaved[command.enrolment_id, command.cell] = command
            self._could_not(problem)

        self._desk.do(lambda work: type_cell(command, work=work), on_done=self._is_saved, on_error=not_saved)

    def _is_saved(self, _value: object) -> None:
        if self._unsaved:
            self._save_again()
            return
        self._saved.show_state(_("Every cell is saved"), "success")
        if self._closes_when_saved:
            self._closes_when_saved = False
            self.close_session()

    def _save_again(self) -> None:
        """Try what could not be saved: the disk may have room again."""
        waiting, self._unsaved = self._unsaved, {}
        for command in waiting.values():
            self._type(command)

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
        if refused is None:
            self.notice.hide()
            return
        said = sentence_for(refused.problem)
        sentence = Sentence(refused.about, said.title, said.text)
        if not before_closing:
            self.notice.show_notice("warning", sentence)
            return
        self.notice.show_notice(
            "warning", sentence, action=_("Close without it"), on_action=self._close_without_what_was_refused
        )
        self.table.begin(self.model.row_of(refused.enrolment_id), refused.column)

    def _tell_no_room(self) -> None:
        self.notice.show_notice(
            "warning",
            Sentence(
                _("A cell holds {most} characters.").format(most=format_number(LONGEST_WRITTEN)),
                _("As much as there is room for stands in it, and the rest does not."),
                _("Put the rest into the note on the person's page, under Who it is."),
            ),
        )

    def _tell_letters(self) -> None:
        self.notice.show_notice("info", _("Attendance is one letter: {keys}.").format(keys=_attendance_keys()))

    def _forget_refused(self) -> None:
        self.model.forget_refused()
        self._tell_refused()

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
        """Say what a closed session asks for: calls to those who did not come, and diplomas at the last session."""
        body = self._what_follows.body
        fill_anew(body)
        self._after.setVisible(self.model.is_closed)
        is_empty = not self.model.rows and not self.model.is_closed
        self._nobody.setVisible(is_empty)
        had_keyboard = self.table.hasFocus()
        self.table.setVisible(not is_empty and not (self.model.is_closed and is_large_text()))
        if had_keyboard and not self.table.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.model.is_closed or self._sheet is None:
            return
        people = _people(self.model.rows)
        came = [row for row, status in people if status == "present"]
        stayed_away = [row for row, status in people if status == "absent"]
        body.addWidget(
            label(
                ngettext("Closed: {n} person came.", "Closed: {n} people came.", len(came)).format(n=len(came)),
                type="heading",
            )
        )
        if stayed_away:
            names = ", ".join(row.name for row in stayed_away)
            words = _("Call: {names}") if self._is_the_end() else _("Call before the next session: {names}")
            body.addWidget(label(words.format(names=names)))
        if self._sheet.next_on is not None:
            body.addWidget(label(_("Next session: {day}").format(day=format_day(self._sheet.next_on))))
        if self._sheet.is_last and came:
            body.addWidget(label(_("It was the last session. Make the diplomas:"), type="strong"))
            body.addWidget(self._diploma_buttons(came, self._sheet.held_on))
        self._say_who_may_be_one(body)
        self._order_tabs()
        # Once it is laid out.
        QTimer.singleShot(0, self._fit_what_follows)
        if self._was_closed_now:
            self._was_closed_now = False
            QTimer.singleShot(0, self._go_on)

    def _order_tabs(self) -> None:
        """Let Tab go from what follows into the sheet below it: what is made last would come last."""
        after: QWidget = self._last_tool
        for found in self._what_follows.findChildren(QPushButton):
            if not found.isHidden():
                QWidget.setTabOrder(after, found)
                after = found
        QWidget.setTabOrder(after, self.table)

    def _is_the_end(self) -> bool:
        """Return whether no session comes after this one."""
        return self._sheet is not None and self._sheet.is_last and self._sheet.next_on is None

    def _say_who_may_be_one(self, body: QVBoxLayout) -> None:
        """Say who of the table may be one person in two rows; their page says why, and joins them."""
        for row in self.model.rows:
            for other in self.model.rows:
                # The row that was made first is the one to keep; keys are in the order in which they were made.
                if row.person_id < other.person_id and other.person_id in row.may_be:
                    across = across_or_down()
                    across.addWidget(
                        label(
                            _("{one} and {other} may be the same person.").format(one=row.name, other=other.name),
                            name=f"may-be-{row.person_id}-{other.person_id}",
                        ),
                        1,
                    )
                    looking = button(
                        _("Look"),
                        name=f"look-{row.person_id}-{other.person_id}",
                        kind="quiet",
                        on_click=partial(self._desk.open, "person", row.person_id, section="contacts"),
                    )
                    looking.setAccessibleName(_("Open {name}").format(name=row.name))
                    across.addWidget(looking)
                    body.addLayout(across)

    def _go_on(self) -> None:
        """Put the keyboard on what comes next after closing: in the table the next digit would be a correction."""
        offered = [found for found in self._what_follows.findChildren(QPushButton) if not found.isHidden()]
        # From the top, for Qt finds those first that lie in no other widget.
        for first in sorted(offered, key=self._height_of)[:1]:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _height_of(self, part: QWidget) -> int:
        return part.mapTo(self, QPoint()).y()

    def _fit_what_follows(self) -> None:
        """Give what follows no more height than it needs: the rest is the sheet's."""
        page = self._after.widget()
        layout = None if page is None else page.layout()
        if self.model.is_closed and not is_large_text() and layout is not None:
            room = self.contentsRect().width() - 2 * current_metrics().space_5
            self._after.setMaximumHeight(max(layout.totalMinimumHeightForWidth(room), layout.minimumSize().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit what follows anew: narrow is tall."""
        super().resizeEvent(event)
        self._fit_what_follows()

    def _diploma_buttons(self, came: list[SheetRow], day: date) -> QWidget:
        made = QWidget()
        across = Flow(made, gap=current_metrics().space_2)
        # Whoever sat down for the first time today gets one for the asking alone.
        together = tuple(row.enrolment_id for row in came if row.joined_on < day)
        if len(together) > 1:
            across.addWidget(
                button(
                    ngettext("All {n} diploma", "All {n} diplomas", len(together)).format(n=len(together)),
                    name="all-diplomas",
                    kind="primary",
                    shows="printer",
                    on_click=partial(self.make_diplomas.emit, together),
                )
            )
        for row in came:
            one = button(
                row.name,
                name=f"diploma-{row.person_id}",
                shows="medal" if not row.has_diploma else "check-circle",
                on_click=partial(self.make_diplomas.emit, (row.enrolment_id,)),
                gives_way=True,
            )
            words = _("Diploma for {name}") if row.has_diploma else _("Make the diploma for {name}")
            one.setAccessibleName(words.format(name=row.name))
            across.addWidget(one)
        return made

    def _opened_name(self, _index: object) -> None:
        at = self.table.currentIndex()
        if at.column() == Column.NAME and at.isValid():
            self._open_row(at.row())

    def _open_row(self, row: int) -> None:
        self.open_person.emit(self.model.rows[row].person_id)


def _people(rows: Iterable[SheetRow]) -> list[tuple[SheetRow, str]]:
    """Return everybody at the table once, with whether they came.

    Of whom something is told under two names there are two rows; the one that says it stands for both.
    """
    of_each: dict[str, list[SheetRow]] = defaultdict(list)
    for row in rows:
        of_each[row.person_id].append(row)
    found = []
    for own in of_each.values():
        status = said_of_all(row.cells.get("status", "") for row in own)
        found.append((next((row for row in own if row.cells.get("status", "") == status), own[0]), status))
    return found


def _closed_words() -> str:
    """Return how a closed session is corrected; where the text is large there is room for what follows alone."""
    if is_large_text():
        return _("A number is corrected on the person's page, under History.")
    return _("The session is closed. Typing over a cell corrects it, Ctrl+Z takes back; the old value is kept.")


def _tool(words: str, key: str, *, name: str, shows: str, act: Callable[[], object]) -> QPushButton:
    """Return a button of the sheet that says its key; where the text is large the key and the icon are enough."""
    full = words.format(key=key)
    made = button(key if is_large_text() else full, name=name, shows=shows, on_click=act)
    made.setAccessibleName(full)
    if is_large_text():
        made.setToolTip(tip(full))
    return made


def _attendance_keys() -> str:
    return _("C came, E excused, D did not come")
