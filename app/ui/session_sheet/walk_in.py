"""Who sat down: a nickname and Enter adds somebody new; people known already are offered while one types."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _
from app.services.add_walk_in import LONGEST_NAME, AddWalkIn, WalkInAdded, add_walk_in
from app.services.seat_known import SeatKnown, seat_known
from app.storage.engine import UnitOfWork
from app.storage.queries.search import PersonFound, find_people
from app.storage.queries.session_sheet import Sheet
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Field, dress_list, is_narrow, tip

MOST_OFFERED = 4
_ROOM_TO_WRITE = 2_000


class WalkIn(QWidget):
    """Seats whoever is named, and says beside the name why not; `seated` carries who sits there now.

    `known` is somebody chosen whom this laptop knows, to be seated by :meth:`seat` unless they sit there already;
    `dismissed` lets it be.
    """

    seated = Signal(object)
    known = Signal(str)
    dismissed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("walk-in-question")
        self._desk = desk
        self._place_id = self._course_id = ""
        self._is_seating = False
        self._people: tuple[PersonFound, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_1)
        self.field = Field(
            _("Who sat down?"),
            name="walk-in-name",
            advice=_("A first name or nickname is enough. Enter adds them as present, Escape lets it be."),
        )
        self.field.input.setMaxLength(max(LONGEST_NAME, _ROOM_TO_WRITE))
        self.field.submitted.connect(self._add)
        self.field.changed.connect(self._look)
        self.field.input.installEventFilter(self)
        column.addWidget(self.field)
        self.offers = QListWidget()
        self.offers.setObjectName("walk-in-offers")
        self.offers.setAccessibleName(_("Known already"))
        dress_list(self.offers)
        # A bar below would cover the second of two lines.
        self.offers.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.offers.setFixedHeight(0)
        self.offers.itemActivated.connect(lambda item: self._take(self.offers.row(item)))
        self.offers.itemClicked.connect(lambda item: self._take(self.offers.row(item)))
        self.offers.installEventFilter(self)
        column.addWidget(self.offers)
        self.hide()

    def ask(self, sheet: Sheet) -> None:
        """Ask who sits down at this session; people of its place are offered first."""
        self._place_id, self._course_id = sheet.place_id, sheet.course_id
        self.show()
        self.field.input.clear()
        self.field.advise()
        self._offer("", ())
        self.field.input.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def seat(self, command: SeatKnown) -> None:
        """Seat somebody whom this laptop knows."""
        self._do(lambda work: seat_known(command, work=work))

    def _add(self) -> None:
        command = AddWalkIn(self._course_id, self.field.text())
        self._do(lambda work: add_walk_in(command, work=work))

    def _do(self, seating: Callable[[UnitOfWork], WalkInAdded]) -> None:
        # Enter pressed twice is one person.
        if not self._is_seating:
            self._is_seating = True
            self._desk.do(seating, on_done=self._is_seated, on_error=self._refused)

    def _is_seated(self, added: WalkInAdded) -> None:
        self._is_seating = False
        self.seated.emit(added)

    def _refused(self, problem: Exception) -> None:
        self._is_seating = False
        if isinstance(problem, AppError):
            sentence = sentence_for(problem)
            self.field.complain(f"{sentence.title} {sentence.advice}")
        else:
            self._desk.failed.emit(problem)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape lets it be; Down goes to who is offered, and Up from there back."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.dismissed.emit()
                return True
            if watched is self.field.input and event.key() == Qt.Key.Key_Down and self._people:
                self.offers.setCurrentRow(0)
                self.offers.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if watched is self.offers and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.offers.currentRow())
                return True
            if watched is self.offers and event.key() == Qt.Key.Key_Up and self.offers.currentRow() == 0:
                self.field.input.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)

    def _look(self, words: str) -> None:
        place_id = self._place_id
        self._desk.ask(
            lambda reading: find_people(reading, words, place_id=place_id, most=MOST_OFFERED),
            on_done=partial(self._offer, words),
        )

    def _offer(self, words: str, people: tuple[PersonFound, ...]) -> None:
        if words != self.field.input.text():
            return  # An answer to what was written a moment ago.
        self._people = people
        self.offers.clear()
        for person in people:
            words = f"{person.name} · {person.places}" if person.places else person.name
            self.offers.addItem(QListWidgetItem(words))
            self.offers.item(self.offers.count() - 1).setToolTip(tip(words))
        rows = len(people)
        self.offers.setVisible(bool(rows))
        # In a small window with large text the rest is scrolled to; what is being written is not covered.
        rows = min(rows, 2) if is_narrow() else rows
        self.offers.setFixedHeight(rows * (current_metrics().control + 2) + current_metrics().space_3 if rows else 0)
        if rows:
            self.field.advise(_("Known already? Arrow down and Enter. Enter alone adds somebody new."))
        elif words:
            self.field.advise()

    def _take(self, row: int) -> None:
        if 0 <= row < len(self._people):
            self.known.emit(self._people[row].person_id)
