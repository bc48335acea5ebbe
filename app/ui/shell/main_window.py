"""The shell of the open store: the screens among which one moves, and the status line that never lies."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.error_text import Sentence, sentence_for
from app.errors import AppError
from app.i18n import _
from app.settings import DeviceSettings
from app.storage.change_set import ChangeSet
from app.storage.queries.unsent import sync_state
from app.sync.engine import SyncProgress
from app.ui.desk import Desk
from app.ui.diploma.view import DiplomaView
from app.ui.inbox.arrivals import Arrivals, Batch
from app.ui.people.view import PeopleView
from app.ui.person.view import PersonView
from app.ui.places.view import PlacesView
from app.ui.session_sheet.view import SessionSheetView
from app.ui.settings.view import SettingsView
from app.ui.shell.screens import SCREENS
from app.ui.sync_status.standing import Standing
from app.ui.sync_status.view import SyncView
from app.ui.theme import current_metrics, icon
from app.ui.today.view import TodayView
from app.ui.widgets import NoticeBar, button, label

_log = logging.getLogger(__name__)
MOST_NUMBERED = 9


class Screen(Protocol):
    """What the shell asks of a screen."""

    def refresh(self) -> None:
        """Read anew what is shown."""


class Workspace(QWidget):
    """The open store: navigation at the left, one screen at the right, and the status line that never lies."""

    send = Signal()
    lock = Signal()

    def __init__(self, desk: Desk, settings: DeviceSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("workspace")
        self._desk = desk
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        self.today = TodayView(desk)
        self.people = PeopleView(desk)
        self.places = PlacesView(desk)
        self.sync = SyncView(desk)
        self.settings = SettingsView(settings)
        self.session = SessionSheetView(desk)
        self.person = PersonView(desk)
        self.diploma = DiplomaView(desk)
        self._came_from: list[QWidget] = []
        across.addWidget(self._navigation())
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notice = NoticeBar(name="workspace-notice")
        column.addWidget(self.notice)
        self._screens = [
            self.today,
            self.people,
            self.places,
            self.sync,
            self.settings,
            self.session,
            self.person,
            self.diploma,
        ]
        self._shown: QWidget = self.today
        self._later = {entry.key: entry for entry in SCREENS}
        for screen in self._screens:
            screen.hide()
            column.addWidget(screen, 1)
        self._column = column
        across.addLayout(column, 1)
        self.setAcceptDrops(True)
        self.arrivals = Arrivals(desk, self)
        self._connect()
        self.show_screen(self.today)
        self._read_status()
        self.use_settings(settings)

    def use_settings(self, settings: DeviceSettings) -> None:
        """Look for messages where the settings say."""
        self.arrivals.watch(settings.inbox_folder)

    @property
    def shown(self) -> QWidget:
        """Return the screen that is shown."""
        return self._shown

    def show_screen(self, screen: QWidget, *, remember: bool = False) -> None:
        """Show one screen, read anew; with `remember`, going back returns to the one before."""
        if remember and self._shown is not screen:
            self._came_from.append(self._shown)
        elif not remember:
            self._came_from.clear()
        for other in self._screens:
            other.setVisible(other is screen)
        self._shown = screen
        if screen in self._buttons:
            self._buttons[screen].setChecked(True)
        self._enter(screen)

    def sending(self) -> None:
        """Say that sending is under way."""
        self.sync.set_sending()

    def show_progress(self, progress: SyncProgress) -> None:
        """Say how far sending has come."""
        self.sync.show_progress(progress)

    def sent(self, done: Callable[[], None]) -> None:
        """Show on the sync page how sending ended, and read everything anew."""
        done()
        if self._shown is not self.sync:
            self._refresh(self._shown)

    def fail(self, problem: Exception) -> None:
        """Say what went wrong, in a sentence; a bug says so, and that nothing typed is lost."""
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
            return
        _log.error("bug: %s", type(problem).__name__, exc_info=problem)
        self.notice.show_notice(
            "problem",
            Sentence(
                _("Something in Pusterum went wrong."),
                _("Everything you saved is safe on this laptop."),
                _("Try again. If it happens again, close Pusterum, open it and tell your coordinator."),
            ),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders wherever they are dropped in the window."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped into the inbox."""
        event.acceptProposedAction()
        self.arrivals.take([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    def _connect(self) -> None:
        self.arrivals.came.connect(self._tell_came)
        self.session.back.connect(lambda: self.show_screen(self.today))
        self.session.open_person.connect(self._open_person)
        self.session.make_diploma.connect(self._open_diploma)
        self.people.open_person.connect(self._open_person)
        self.person.back.connect(self._go_back)
        self.diploma.back.connect(self._go_back)
        self.sync.send.connect(self.send)
        self.sync.stood.connect(self._show_standing)
        self.sync.open_person.connect(self._open_person)
        self.sync.make_diploma.connect(self._open_diploma)
        self.sync.open_session.connect(self._open_session)
        self.settings.lock_now.connect(self.lock)
        self._desk.failed.connect(self.fail)
        self._desk.changed.connect(self._changed)
        self._desk.opened.connect(self._open)

    def _tell_came(self, batch: Batch) -> None:
        kind = "warning" if batch.problems else "success" if batch.letters else "info"
        first = batch.message_ids[0] if batch.message_ids else ""
        self.notice.show_notice(
            kind,
            batch.sentence,
            action=_("Show the inbox") if first else "",
            on_action=partial(self._show_arrival, first),
        )

    def _show_arrival(self, message_id: str) -> None:
        self.notice.dismiss()
        self._desk.open("inbox", message_id)

    def _open_session(self, session_id: str) -> None:
        self.session.show_session(session_id)
        self._go_to(self.session)

    def _open(self, kind: str, key: str, section: str) -> None:
        """Go where a panel asks to."""
        if kind == "session":
            self._open_session(key)
        elif kind == "person":
            self._open_person(key, section)
        elif kind == "diploma":
            self._open_diploma(key)
        elif kind == "back":
            self._go_back()
        else:
            screen = self.screen_called(kind)
            if screen is not None and key:
                screen.open(key)
            if screen is not None:
                self.show_screen(screen, remember=bool(key))

    def screen_called(self, key: str) -> Any:
        """Return the screen of a name, made now where it was not shown before; None where there is none."""
        entry = self._later.pop(key, None)
        if entry is not None:
            made = entry.factory(self._desk)
            made.setObjectName(key)
            made.hide()
            if hasattr(made, "files_chosen"):
                made.files_chosen.connect(self.arrivals.take)
            self._screens.append(made)
            self._column.addWidget(made, 1)
            if key in self._later_buttons:
                self._buttons[made] = self._later_buttons[key]
        return next((screen for screen in self._screens if screen.objectName() == key), None)

    def _open_person(self, person_id: str, section: str = "") -> None:
        self.person.show_person(person_id, section=section)
        self._go_to(self.person)

    def _open_diploma(self, enrolment_id: str) -> None:
        self.diploma.show_diploma(enrolment_id)
        self._go_to(self.diploma)

    def _go_to(self, screen: QWidget) -> None:
        """Show a screen that reads by itself what it was told to show."""
        self._came_from.append(self._shown)
        for other in self._screens:
            other.setVisible(other is screen)
        self._shown = screen

    def _go_back(self) -> None:
        screen = self._came_from.pop() if self._came_from else self.today
        for other in self._screens:
            other.setVisible(other is screen)
        self._shown = screen
        self._refresh(screen)

    def _enter(self, screen: QWidget) -> None:
        """Come to a screen: it puts the keyboard where one goes on, and reads anew."""
        enter: Callable[[], None] | None = getattr(screen, "enter", None)
        if enter is not None:
            enter()
        else:
            self._refresh(screen)

    def _refresh(self, screen: QWidget) -> None:
        refresh: Callable[[], None] | None = getattr(screen, "refresh", None)
        if refresh is not None:
            refresh()

    def _changed(self, changed: ChangeSet) -> None:
        if len(changed):
            self._read_status()

    def _read_status(self) -> None:
        self._desk.ask(sync_state, on_done=lambda state: self._show_standing(self.sync.standing_of(state)))

    def _show_standing(self, now: Standing) -> None:
        self._status.setText(now.line)
        self._status.setAccessibleName(now.line)
        size = current_metrics().icon
        self._status_icon.setPixmap(icon(now.shape, colour=now.tone).pixmap(size, size))

    def _navigation(self) -> QFrame:
        metrics = current_metrics()
        frame = QFrame()
        frame.setObjectName("navigation")
        frame.setProperty("navigation", True)
        frame.setFixedWidth(metrics.sidebar_width)
        column = QVBoxLayout(frame)
        column.setContentsMargins(metrics.space_3, metrics.space_4, metrics.space_3, metrics.space_4)
        column.setSpacing(metrics.space_1)
        brand = QHBoxLayout()
        mark = label("", wrap=False)
        mark.setPixmap(icon("wind", colour="accent").pixmap(metrics.title, metrics.title))
        brand.addWidget(mark)
        brand.addWidget(label("Pusterum", type="heading", wrap=False), 1)
        column.addLayout(brand)
        column.addSpacing(metrics.space_4)
        self._buttons: dict[QWidget, QPushButton] = {}
        self._later_buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        places: list[tuple[str, str, str, QWidget | None]] = [
            ("today", _("Today"), "sun-horizon", self.today),
            ("people", _("People"), "users", self.people),
            ("places", _("Places"), "map-pin", self.places),
            *((entry.key, entry.title(), entry.shape, None) for entry in SCREENS if entry.in_navigation),
            ("sync", _("Close the day"), "paper-plane-tilt", self.sync),
            ("settings", _("Settings"), "gear", self.settings),
        ]
        for number, (name, text, shape, screen) in enumerate(places, start=1):
            going = partial(self._desk.open, name)
            made = button(text, name=f"go-{name}", shows=shape, on_click=going)
            made.setProperty("navigation", True)
            made.setCheckable(True)
            self._group.addButton(made)
            if screen is None:
                self._later_buttons[name] = made
            else:
                self._buttons[screen] = made
            column.addWidget(made)
            if number <= MOST_NUMBERED:
                made.setToolTip(f"Ctrl+{number}")
                QShortcut(QKeySequence(f"Ctrl+{number}"), self).activated.connect(going)
        QShortcut(QKeySequence("Ctrl+L"), self).activated.connect(self.lock)
        column.addStretch(1)
        line = QHBoxLayout()
        self._status_icon = label("", wrap=False)
        self._status = label("", type="caption", name="status-line")
        line.addWidget(self._status_icon)
        line.addWidget(self._status, 1)
        column.addLayout(line)
        locking = button(_("Lock"), name="lock", kind="quiet", shows="lock-key", on_click=self.lock.emit)
        locking.setToolTip("Ctrl+L")
        column.addWidget(locking)
        return frame
