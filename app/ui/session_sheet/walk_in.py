"""Who sat down: a nickname and Enter adds somebody new; people known already are offered while one types."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.i18n import _
from app.services.add_walk_in import LONGEST_NAME
from app.storage.queries.search import PersonFound, find_people
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Field, dress_list, is_narrow, tip

MOST_OFFERED = 4
_ROOM_TO_WRITE = 2_000


class WalkIn(QWidget):
    """`named` is a new nickname, `known` somebody whom this laptop knows; `dismissed` lets it be."""

    named = Signal(str)
    known = Signal(str)
    dismissed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("walk-in-question")
        self._desk = desk
        self._place_id = ""
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
        self.field.submitted.connect(lambda: self.named.emit(self.field.text()))
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

    def ask(self, place_id: str) -> None:
        """Ask anew; people of this place are offered first."""
        self._place_id = place_id
        self.show()
        self.field.input.clear()
        self.field.advise()
        self._offer("", ())
        self.field.input.setFocus(Qt.FocusReason.ShortcutFocusReason)

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
