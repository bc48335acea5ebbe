"""The shell of the open store: the screens among which one moves, and the status line that never lies."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeySequence,
    QPixmap,
    QRegion,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.error_text import Sentence, sentence_of
from app.i18n import _, format_time, ngettext
from app.settings import DeviceSettings
from app.storage.change_set import ChangeSet
from app.storage.queries.restored import RestoredSession, restored_sessions
from app.storage.queries.unsent import sync_state
from app.sync.report import SyncProgress
from app.ui.desk import Desk
from app.ui.diploma.view import DiplomaView
from app.ui.inbox.arrivals import Arrivals, Batch
from app.ui.people.view import PeopleView
from app.ui.person.show_view import ShowPersonView
from app.ui.person.view import SHOW_KEY, PersonView
from app.ui.places.view import PlacesView
from app.ui.session_sheet.view import SessionSheetView
from app.ui.settings.view import SettingsView
from app.ui.shell.cover import COVER_KEY
from app.ui.shell.day_turn import DayTurn
from app.ui.shell.keyboard import begin_in, bring_into_sight
from app.ui.shell.navigation import FIND_KEY, LOCK_KEY, MOST_NUMBERED, Navigation, Place
from app.ui.shell.palette import Command, Palette
from app.ui.shell.screens import SCREENS, ScreenEntry
from app.ui.sync_status.view import SyncView
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.today.view import TodayView
from app.ui.widgets import BusyIndicator, NoticeBar, PageHeader, is_typed_in

MOST_UNSEEN = 3
"""Screens that one may have left and that stand as they were: as many as one goes back and forth between."""
POLISHED_AT_ONCE = 40
"""Widgets that are dressed in one step: some milliseconds."""
SCREEN_KEYS = frozenset(entry.key for entry in SCREENS)
_MADE_LATER = ("people", "places", "settings")
_Made = TypeVar("_Made", bound=QWidget)


class Workspace(QWidget):
    """The open store: navigation at the left, one screen at the right, and the status line that never lies."""

    send = Signal()
    stop_sending = Signal()
    lock = Signal()
    cover = Signal()
    settings_made = Signal(object)

    def __init__(self, desk: Desk, settings: DeviceSettings, parent: QWidget | None = None) -> None:
        """Make the frame; at an empty desk it stays a frame until :meth:`begin`."""
        super().__init__(parent)
        self.setObjectName("workspace")
        self._desk = desk
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        self._settings = settings
        self.today = TodayView(desk)
        self.sync = SyncView(desk)
        self._came_from: list[QWidget] = []
        self._taken_along: dict[str, Any] = {}
        self._later = {entry.key: entry for entry in SCREENS}
        self._going_to = Pieces(iter(()))
        self._going_to.drop()
        self._place_ahead = "", "", ""
        self._nav = Navigation(self._places_to_go())
        across.addWidget(self._nav)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notice = NoticeBar(self, name="workspace-notice")
        self.notice.setProperty("below", True)
        self.busy = BusyIndicator(name="workspace-busy", keeps_place=False)
        room = current_metrics().space_5
        self.busy.setContentsMargins(room, current_metrics().space_2, room, 0)
        column.addWidget(self.busy)
        self._screens: list[QWidget] = [self.today, self.sync]
        self._seen: list[QWidget] = []
        self._shown: QWidget = self.today
        self._is_coming = True
        self._came = ""
        self._restored = ""
        self._column = QVBoxLayout()
        for screen in self._screens:
            screen.hide()
            self._column.addWidget(screen, 1)
        column.addLayout(self._column, 1)
        column.addWidget(self.notice)
        across.addLayout(column, 1)
        self.palette_view = Palette(desk, self._commands, self)
        self.palette_view.left.connect(lambda: self._give_keyboard(self._shown))
        self.setAcceptDrops(True)
        self.arrivals = Arrivals(desk, self)
        self.day_turn = DayTurn(desk.clock, self)
        self._connect()
        if not desk.is_empty:
            self.begin(settings)

    @property
    def desk(self) -> Desk:
        """Return the desk that the screens stand around."""
        return self._desk

    def make_ready(self) -> Iterator[None]:
        """Make what of Today needs no store, dress it and lay it out, a piece a step."""
        yield from self.today.make_ready()
        for number, widget in enumerate(self.findChildren(QWidget), start=1):
            widget.ensurePolished()
            if number % POLISHED_AT_ONCE == 0:
                yield
        self.today.show()
        # Qt lays out what it is to draw, though it is hidden; of the drawing one point is enough.
        self.render(QPixmap(1, 1), QPoint(0, 0), QRegion(0, 0, 1, 1))

    def begin(self, settings: DeviceSettings) -> None:
        """Somebody sat down: show Today, and of the navigation what is theirs."""
        self._settings = settings
        self._later = {key: entry for key, entry in self._later.items() if entry.is_for(self._desk.role)}
        self._number_navigation()
        self.day_turn.start()
        # How sending stands is a word or two, and is there before the long lists.
        self._read_status()
        self.show_screen(self.today)
        self.use_settings(settings)

    # Screens are made when they are first shown: the window answers before all of them stand.

    @cached_property
    def people(self) -> PeopleView:
        """Return the list of people."""
        made = PeopleView(self._desk)
        made.open_person.connect(self._open_person)
        return self._placed(made)

    @cached_property
    def places(self) -> PlacesView:
        """Return the places."""
        return self._placed(PlacesView(self._desk))

    @cached_property
    def settings(self) -> SettingsView:
        """Return the settings; `settings_made` is told, for whoever listens to what is chosen there."""
        made = self._placed(SettingsView(self._settings))
        made.lock_now.connect(self.lock)
        made.open_safety.connect(partial(self._desk.open, "safety"))
        made.programmes.connect(partial(self._desk.open, "programmes"))
        self.settings_made.emit(made)
        return made

    @cached_property
    def session(self) -> SessionSheetView:
        """Return the session sheet."""
        made = SessionSheetView(self._desk)
        made.back.connect(lambda: self.show_screen(self.today))
        made.open_person.connect(self._open_person)
        made.make_diplomas.connect(self._open_diplomas)
        return self._placed(made)

    @cached_property
    def person(self) -> PersonView:
        """Return the page of a person."""
        made = PersonView(self._desk)
        made.back.connect(self._go_back)
        made.show_it.connect(self._show_to_person)
        return self._placed(made)

    @cached_property
    def diploma(self) -> DiplomaView:
        """Return the page of a diploma."""
        made = DiplomaView(self._desk)
        made.back.connect(self._go_back)
        return self._placed(made)

    @cached_property
    def showing(self) -> ShowPersonView:
        """Return the view for the person."""
        made = ShowPersonView(self._desk)
        made.back.connect(self._go_back)
        return self._placed(made)

    def _placed(self, screen: _Made) -> _Made:
        """Put a screen that was just made where the screens stand."""
        screen.hide()
        self._screens.append(screen)
        self._column.addWidget(screen, 1)
        return screen

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
        self._turn_to(screen)
        self._enter(screen)
        self._bring_keyboard(screen)

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
        self.notice.show_notice("problem", sentence_of(problem))

    def tell_restored(self) -> None:
        """After a crash or a power cut: say what was saved and is there again."""
        self._desk.ask(restored_sessions, on_done=self._tell_restored)

    def _tell_restored(self, sessions: tuple[RestoredSession, ...]) -> None:
        if not sessions:
            self.notice.show_notice(
                "info", _("Pusterum was not closed the last time. Everything that was saved is here; nothing was open.")
            )
            return
        latest = sessions[0]
        cells = sum(session.cells for session in sessions)
        self.notice.show_notice(
            "info",
            Sentence(
                ngettext(
                    "{n} cell that was typed is here again.", "{n} cells that were typed are here again.", cells
                ).format(n=cells),
                _("Pusterum was not closed the last time. At most the cell that was being typed is missing."),
                _("{places}, last saved {time}.").format(
                    places=", ".join(session.place for session in sessions), time=format_time(latest.saved_at)
                ),
            ),
            action=_("Open the session"),
            on_action=partial(self._desk.open, "session", latest.session_id),
        )
        self._restored = self.notice.shown_text

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders wherever they are dropped in the window."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped into the inbox."""
        event.acceptProposedAction()
        self.arrivals.take([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])

    def _connect(self) -> None:
        self._nav.going.connect(self._desk.open)
        self._nav.finding.connect(self.palette_view.open)
        self._nav.locking.connect(self.lock)
        for keys, act in ((LOCK_KEY, self.lock), (FIND_KEY, self.palette_view.open), (SHOW_KEY, self._show_to_person)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.arrivals.came.connect(self._tell_came)
        self.arrivals.reading.connect(self._tell_reading)
        self.sync.stop.connect(self.stop_sending)
        self.sync.send.connect(self.send)
        self.sync.stood.connect(self._nav.show_standing)
        self.sync.open_person.connect(self._open_person)
        self.sync.make_diplomas.connect(self._open_diplomas)
        self.sync.open_session.connect(self._open_session)
        self._desk.failed.connect(self.fail)
        self._desk.changed.connect(self._changed)
        self._desk.opened.connect(self._open)
        self._desk.tasks.idle.connect(self._let_go_of_unseen)
        self._desk.tasks.idle.connect(self._arrive)
        self.day_turn.turned.connect(self._turn_to_new_day)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._keep_keyboard_in_sight)

    def _tell_reading(self, done: int, of: int) -> None:
        """Say how far reading has come; it can be stopped."""
        if not done:
            self.busy.start(_("Reading files …"), on_stop=self.arrivals.stop)
        self.busy.show_progress(done, of)

    def _tell_came(self, batch: Batch) -> None:
        self.busy.stop()
        kind = "warning" if batch.problems or batch.unreadable else "success" if batch.letters else "info"
        first = batch.message_ids[0] if batch.message_ids else ""
        self.notice.show_notice(
            kind,
            batch.sentence,
            action=_("Show the inbox") if first else "",
            on_action=partial(self._show_arrival, first),
        )
        self._came = "" if batch.problems else self.notice.shown_text

    def _show_arrival(self, message_id: str) -> None:
        self.notice.dismiss()
        self._desk.open("inbox", message_id)

    def _open_session(self, session_id: str, cell: str = "") -> None:
        self.session.show_session(session_id, cell=cell)
        self._go_to(self.session)

    def _open(self, kind: str, key: str, section: str) -> None:
        """Go where a panel asks to."""
        if kind == "session":
            self._open_session(key, section)
        elif kind == "person":
            self._open_person(key, section)
        elif kind == "diploma":
            self._open_diplomas(key.split())
        elif kind == "back":
            self._go_back()
        elif kind in self._later:
            self._going_to.drop()
            self._place_ahead = kind, key, section
            self._going_to = self._desk.tasks.in_pieces(self._made_and_shown(self._later[kind], key))
        else:
            self._show_called(kind, key)

    def _made_and_shown(self, entry: ScreenEntry, about: str) -> Iterator[None]:
        """Make a screen that was not shown before and go there, unless one has gone elsewhere meanwhile."""
        for name in entry.parts:
            importlib.import_module(name)
            yield
        self.screen_called(entry.key)
        yield
        self._show_called(entry.key, about)

    def _show_called(self, key: str, about: str) -> None:
        screen = self.screen_called(key)
        if screen is not None and about and hasattr(screen, "open"):
            screen.open(about)
        if screen is not None:
            self.show_screen(screen, remember=bool(about))

    def screen_called(self, key: str) -> Any:
        """Return the screen of a name, made now where it was not shown before; None where there is none."""
        if key in _MADE_LATER:
            return getattr(self, key)
        entry = self._later.pop(key, None)
        if entry is not None:
            made = entry.factory(self._desk)
            made.setObjectName(key)
            if key in self._taken_along:
                made.take_up(self._taken_along.pop(key))  # type: ignore[attr-defined]
            if hasattr(made, "files_chosen"):
                made.files_chosen.connect(self.arrivals.take)
            self._placed(made)
        return next((screen for screen in self._screens if screen.objectName() == key), None)

    def _open_person(self, person_id: str, section: str = "") -> None:
        self.person.show_person(person_id, section=section)
        self._go_to(self.person)

    def _open_diplomas(self, enrolment_ids: Sequence[str]) -> None:
        self.diploma.show_diplomas(enrolment_ids)
        self._go_to(self.diploma)

    def _go_to(self, screen: QWidget) -> None:
        """Show a screen that reads by itself what it was told to show."""
        self._came_from.append(self._shown)
        self._turn_to(screen)
        screen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back(self) -> None:
        screen = self._came_from.pop() if self._came_from else self.today
        self._turn_to(screen)
        self._bring_keyboard(screen)
        self._refresh(screen)

    def _bring_keyboard(self, screen: QWidget) -> None:
        """Put the keyboard in the screen, where it was the last time; whoever goes by the navigation stays there."""
        focused = self.window().focusWidget()
        if focused is not None and (focused is self._nav.button_of(screen) or screen.isAncestorOf(focused)):
            return
        self._give_keyboard(screen)

    def _give_keyboard(self, screen: QWidget) -> None:
        last = screen.focusWidget()
        (last if last is not None and last.isVisible() else screen).setFocus(Qt.FocusReason.OtherFocusReason)
        if not self._desk.tasks.is_busy:
            self._arrive()

    def _arrive(self) -> None:
        """Look after the keyboard behind what Qt has yet to lay out."""
        QTimer.singleShot(0, self, self._have_arrived)

    def _have_arrived(self) -> None:
        """See where the keyboard is, once the screen that one came to is read and laid out."""
        begin_in(self._shown)
        focused = self.window().focusWidget()
        if self._is_coming and focused is not None and self._shown.isAncestorOf(focused):
            bring_into_sight(focused)
        self._is_coming = False

    def _keep_keyboard_in_sight(self, before: QWidget | None, now: QWidget | None) -> None:
        """Give the keyboard back where a screen that one has left takes it, for a form that opens late."""
        if now is None or now.isVisible() or not self.isVisible():
            return
        if any(screen.isAncestorOf(now) for screen in self._screens if screen is not self._shown):
            if before is not None and before.isVisible():
                before.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self._bring_keyboard(self._shown)

    def _turn_to(self, screen: QWidget) -> None:
        """Show one screen and hide the others; where the person looks, the navigation and what it says go too."""
        self._going_to.drop()
        if screen is not self._shown and self.notice.shown_text == self._came:
            # Today and the inbox say that letters wait; what could not be read is said until it is put away.
            self.notice.hide()
        if screen.objectName() == "session-sheet" and self.notice.shown_text == self._restored:
            # What was typed can be seen there: every line above the sheet is a person less in sight.
            self.notice.hide()
        for other in self._screens:
            other.setVisible(other is screen)
        self._shown = screen
        self._is_coming = True
        self._seen = [*(other for other in self._seen if other is not screen), screen]
        self._nav.show_where(screen)
        self._nav.setVisible(screen.objectName() != "show-person")
        if screen.objectName() == "show-person":
            self.notice.hide()

    def _let_go_of_unseen(self) -> None:
        """Let go of the screens that were not looked at for longest; they are made anew when somebody goes there.

        What is typed keeps a screen, and so does the way back. It happens where nothing is under way, so that no answer
        comes to a screen that is gone.
        """
        entries = {entry.key: entry for entry in SCREENS if not entry.stays}
        may_go = [
            screen
            for screen in self._seen
            if screen.objectName() in (*entries, *_MADE_LATER)
            and screen is not self._shown
            and screen not in self._came_from
        ]
        for screen in may_go[:-MOST_UNSEEN]:
            if not is_typed_in(screen):
                key = screen.objectName()
                if key in entries:
                    self._later[key] = entries[key]
                else:
                    delattr(self, key)
                self._seen.remove(screen)
                self._screens.remove(screen)
                self._column.removeWidget(screen)
                screen.deleteLater()

    def _show_to_person(self) -> None:
        """Turn the screen over to the person whose page is open."""
        if self._came_from_person():
            self.showing.show_person(self.person.person_id)
            self._go_to(self.showing)

    def _commands(self) -> list[Command]:
        """Return what Ctrl+K offers to do."""
        commands = [
            Command(text, shape, self._nav.key_of(name), partial(self._desk.open, name))
            for name, text, shape in self._nav.places
        ]
        if self._came_from_person():
            commands.insert(0, Command(_("Show to the person"), "presentation", SHOW_KEY, self._show_to_person))
        commands.append(Command(_("Lock"), "lock-key", LOCK_KEY, self.lock.emit))
        commands.append(Command(_("Cover the screen"), "eye-slash", COVER_KEY, self.cover.emit))
        return commands

    def _came_from_person(self) -> bool:
        return self._shown.objectName() == "person" and bool(self.person.person_id)

    def place(self) -> tuple[str, str, str]:
        """Return where one is or is on the way to, so that one can come back to it on screens that are made anew."""
        if not self._going_to.is_done:
            return self._place_ahead
        if self._shown.objectName() == "session-sheet":
            return "session", self.session.session_id, self.session.cell
        if self._shown.objectName() in ("person", "show-person"):
            return "person", self.person.person_id, self.person.section
        return self._shown.objectName(), str(getattr(self._shown, "about", "")), ""

    def begun(self) -> list[str]:
        """Return the titles of the pages on which something is yet to be saved."""
        pages = [screen for screen in self._screens if is_typed_in(screen, even_searched=False)]
        headers = [page.findChild(PageHeader) for page in pages]
        return [header.accessibleName() for header in headers if header is not None]

    def taken_along(self) -> dict[str, Any]:
        """Return what its screens show that cannot be read again, for screens that are made in their place."""
        offers = {screen.objectName(): getattr(screen, "taken_along", None) for screen in self._screens}
        return self._taken_along | {name: offer() for name, offer in offers.items() if offer is not None}

    def take_up(self, taken: dict[str, Any]) -> None:
        """Hand over what was taken along to the screens that it is of, when they are made."""
        self._taken_along = taken

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies above the screens in its place."""
        super().resizeEvent(event)
        self.palette_view.place()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stay as it is drawn: Qt by itself would draw the navigation anew when the keyboard goes to a screen."""

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

    def _turn_to_new_day(self) -> None:
        """Read anew what one looks at; another screen reads when one goes there."""
        if not self._desk.is_closed:
            self._refresh(self._shown)
            self._read_status()

    def _changed(self, changed: ChangeSet) -> None:
        if len(changed):
            self._read_status()

    def _read_status(self) -> None:
        self._desk.ask(
            lambda reading: sync_state(reading, named=False),
            on_done=lambda state: self._nav.show_standing(self.sync.standing_of(state)),
        )

    def _places_to_go(self) -> list[Place]:
        return [
            ("today", _("Today"), "sun-horizon"),
            ("people", _("People"), "users"),
            ("places", _("Places"), "map-pin"),
            *((entry.key, entry.title(), entry.shape) for entry in self._later.values() if entry.in_navigation),
            ("sync", _("Close the day"), "paper-plane-tilt"),
            ("settings", _("Settings"), "gear"),
        ]

    def _number_navigation(self) -> None:
        """Leave the places that are this person's, with a number each that goes there."""
        places = [name for name, _text, _shape in self._nav.places]
        self._nav.keep([name for name in places if name not in SCREEN_KEYS or name in self._later])
        for name, _text, _shape in self._nav.places[:MOST_NUMBERED]:
            QShortcut(QKeySequence(self._nav.key_of(name)), self).activated.connect(partial(self._desk.open, name))
