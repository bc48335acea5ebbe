"""Ctrl+K: people, places, sessions and commands in one list while one types; people seen lately before that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_clock, format_day
from app.storage.queries.recent import recent_people
from app.storage.queries.search import Found, find
from app.ui.desk import Desk
from app.ui.shell.keyboard import next_as_read
from app.ui.theme import current_metrics, icon
from app.ui.widgets import dress_list, label, tip

MOST_ROWS = 9


@dataclass(frozen=True, slots=True)
class Command:
    """Something that one can do or go to: its words, its picture, its keys, and what happens."""

    text: str
    shape: str
    keys: str
    act: Callable[[], object]

    def fits(self, words: Sequence[str]) -> bool:
        """Return whether every word begins a word of the text."""
        written = self.text.casefold().split()
        return all(any(part.startswith(word) for part in written) for word in words)


class Palette(QFrame):
    """Lies above the screens; Enter goes to what is chosen, Escape lets it be."""

    left = Signal()

    def __init__(self, desk: Desk, commands: Callable[[], Sequence[Command]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setProperty("card", True)
        self.setAccessibleName(_("Find"))
        self._desk = desk
        self._commands = commands
        self._acts: list[Callable[[], object]] = []
        self._shown_for = ""
        self._goes_on_answer = False
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_4, metrics.space_4, metrics.space_4, metrics.space_3)
        column.setSpacing(metrics.space_2)
        self.input = QLineEdit()
        self.input.setObjectName("palette-input")
        self.input.setAccessibleName(_("Find people, places, sessions and commands"))
        self.input.setPlaceholderText(_("Find people, places, sessions and commands"))
        self.input.setMaxLength(200)
        self.input.textChanged.connect(self._look)
        column.addWidget(self.input)
        self.list = QListWidget()
        self.list.setObjectName("palette-list")
        self.list.setAccessibleName(_("Found"))
        dress_list(self.list)
        self.list.setProperty("plain", True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(lambda item: self._take(self.list.row(item)))
        column.addWidget(self.list, 1)
        self.reason = QLineEdit()
        self.reason.setObjectName("palette-reason")
        self.reason.setAccessibleName(_("Reason (optional)"))
        self.reason.setPlaceholderText(_("Reason (optional)"))
        self.reason.setMaxLength(200)
        self.reason.textEdited.connect(desk.give_search_reason)
        column.addWidget(self.reason)
        self._says = label("", type="caption", name="palette-says")
        column.addWidget(self._says)
        for line in (self.input, self.reason):
            line.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Come up empty, with the people seen lately."""
        self.place()
        self.show()
        self.raise_()
        self.input.clear()
        self.reason.clear()
        self._desk.search_reason = ""
        self._look("")
        self.input.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def place(self) -> None:
        """Stand in the upper middle of the window."""
        parent = self.parentWidget()
        assert parent is not None  # noqa: S101 - it lies above the screens
        room, metrics = parent.rect(), current_metrics()
        wide = min(metrics.body * 46, room.width() - metrics.space_5 * 2)
        tall = min((MOST_ROWS + 3) * metrics.control + metrics.space_6 * 2, room.height() - metrics.space_5 * 2)
        self.setGeometry((room.width() - wide) // 2, min(metrics.space_6 * 2, (room.height() - tall) // 2), wide, tall)

    def close_up(self) -> None:
        """Go away."""
        # First, for Qt gives the keyboard of what is hidden to whatever comes next.
        self.left.emit()
        self.hide()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's own
        """Stay here with Tab: what lies behind is not looked at."""
        following = next_as_read(self, forward=forward)
        if following is not None:
            following.setFocus(Qt.FocusReason.TabFocusReason)
        return following is not None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down choose, Enter goes, Escape lets it be; everything else is typed."""
        if (
            watched in (self.input, self.reason)
            and event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
        ):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                way = 1 if key == Qt.Key.Key_Down else -1
                rows = self.list.count()
                if rows:
                    self.list.setCurrentRow((self.list.currentRow() + way) % rows)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._shown_for == self.input.text():
                    self._take(self.list.currentRow())
                else:
                    # Who types fast presses Enter before the answer is there: it goes when it comes.
                    self._goes_on_answer = True
                return True
            if key == Qt.Key.Key_Escape:
                self.close_up()
                return True
        return super().eventFilter(watched, event)

    def _look(self, words: str) -> None:
        self._goes_on_answer = False
        on, user_id = today(self._desk.clock), self._desk.user_id
        if words.strip():
            self._desk.ask(lambda reading: find(reading, words, today=on), on_done=partial(self._show, words))
        else:
            self._desk.ask(
                lambda reading: recent_people(reading, user_id=user_id), on_done=partial(self._show_recent, words)
            )

    def _show_recent(self, words: str, people: tuple[tuple[str, str], ...]) -> None:
        if words != self.input.text():
            return
        self._begin()
        for person_id, name in people:
            self._add("user", name, _("seen lately"), partial(self._desk.open, "person", person_id))
        for command in self._commands():
            self._add(command.shape, command.text, command.keys, command.act)
        self._end(words)

    def _show(self, words: str, found: Found) -> None:
        if words != self.input.text():
            return  # An answer to what was written a moment ago.
        self._begin()
        for person in found.people:
            self._add("user", person.name, person.places, partial(self._desk.open, "person", person.person_id))
        for command in self._commands():
            if command.fits(words.casefold().split()):
                self._add(command.shape, command.text, command.keys, command.act)
        for session in found.sessions:
            when = f"{format_day(session.held_on)} {format_clock(session.starts_at)}".strip()
            self._add(
                "users-three",
                f"{session.place}, {when}",
                session.title,
                partial(self._desk.open, "session", session.session_id),
            )
        for place in found.places:
            self._add("map-pin", place.name, place.address, partial(self._desk.open, "places", place.place_id))
        self._end(words)

    def _begin(self) -> None:
        self.list.clear()
        self._acts = []

    def _add(self, shape: str, text: str, more: str, act: Callable[[], object]) -> None:
        item = QListWidgetItem(icon(shape), f"{text} · {more}" if more else text)
        item.setToolTip(tip(item.text()))
        item.setSizeHint(QSize(0, current_metrics().control))
        self.list.addItem(item)
        self._acts.append(act)

    def _end(self, words: str) -> None:
        self.list.setCurrentRow(0 if self._acts else -1)
        self._shown_for = words
        self._says.setText(
            _("Arrows choose, Enter goes there, Escape closes.")
            if self._acts
            else _("Nothing and nobody fits “{words}”. Names are also found by how they sound.").format(words=words)
        )
        if self._goes_on_answer:
            self._goes_on_answer = False
            self._take(0)

    def _take(self, row: int) -> None:
        if 0 <= row < len(self._acts):
            act = self._acts[row]
            self.close_up()
            act()
