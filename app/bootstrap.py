"""Where everything is put together, in two stages: locked (settings, passphrase) and open (store, desk, sync).

The first screen waits for nothing but Qt: what the open stage needs is in :mod:`app.open_stage`, imported while the
passphrase is being typed.
"""

import contextlib
import gc
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import (
    QLibraryInfo,
    QLockFile,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication, QWidget

from app.clock import Clock, SystemClock
from app.companion_server import CompanionServer, is_trial, start_companion
from app.entrance import OPEN_MARK, Entrance
from app.error_text import Sentence, sentence_for
from app.errors import KnownProblem, is_full, where_it_happened
from app.frame_ahead import FrameAhead
from app.i18n import _, ngettext, system_region, use_language
from app.own_folder import make_own
from app.remembered import forget_answers
from app.sending import Sending
from app.settings import DATABASE_NAME, KEY_FILE_NAME, DeviceSettings, data_directory
from app.ui.rubbish import Rubbish
from app.ui.shell.clipboard import Copied
from app.ui.shell.cover import Cover, CoverKeys
from app.ui.shell.termination import Termination
from app.ui.shell.window import MainWindow
from app.ui.tasks import TaskRunner
from app.ui.theme import apply_theme
from app.upkeep import Upkeep

if TYPE_CHECKING:
    from app.models.local import Device
    from app.storage.backup import Backup, Recovered
    from app.storage.engine import Store
    from app.ui.desk import Desk
    from app.ui.settings.view import SettingsView
    from app.ui.shell.idle_lock import IdleLock
    from app.ui.shell.main_window import Workspace

_log = logging.getLogger(__name__)
_AFTER_THE_FIRST_FRAME = 30
"""Milliseconds: importing holds the interpreter, and the first frame should not wait for it."""
_AFTER_RESIZING = 200
"""Milliseconds: somebody may still be pulling at the window."""


class Pusterum(QObject):
    """The running application: one window, and at most one open store."""

    def __init__(self, application: QApplication, *, folder: Path | None = None, clock: Clock | None = None) -> None:
        super().__init__(application)
        self.application = application
        self.folder = folder or data_directory()
        self.clock = clock or SystemClock()
        self.settings = DeviceSettings.load()
        self.tasks = TaskRunner(self)
        self.window = MainWindow()
        self.workspace: Workspace | None = None
        self.companion: CompanionServer | None = None
        self.store: Store | None = None
        self._device: Device | None = None
        self._desk: Desk | None = None
        self._is_leaving = False
        self.sending = Sending(self.tasks, clock=self.clock, prepare=self._ensure_companion, parent=self)
        self.sending.revoked.connect(self.lock)
        self.entrance = Entrance(
            self.window, self.tasks, folder=self.folder, clock=self.clock, invent=self._invent, parent=self
        )
        self.entrance.opened.connect(self._open)
        self.entrance.let_in.connect(self._show_recovery_code)
        self.entrance.language_chosen.connect(lambda code: self._remember(language=code))
        self._idle: IdleLock | None = None
        self.upkeep = Upkeep(self.tasks, clock=self.clock, parent=self)
        self.upkeep.unread.connect(self._might_be_damaged)
        self.upkeep.not_backed_up.connect(self._could_not_back_up)
        self._lock_file = QLockFile(str(self.folder / "pusterum.lock"))
        self.window.closing.connect(self.shut_down)
        self._fitting = QTimer(self, singleShot=True, interval=_AFTER_RESIZING)
        self._fitting.timeout.connect(self._fit_window)
        self.window.outgrown.connect(self._fitting.start)
        self._waits_to_fit = False
        self.tasks.idle.connect(self._fit_if_it_waits)
        self._was_at: tuple[str, tuple[str, str, str]] | None = None
        self._rubbish = Rubbish(self)
        self._was_open = False
        self.ahead = FrameAhead(self._begin_frame, self)
        self._copied = Copied(self)
        self._cover: Cover | None = None
        self._cover_keys = CoverKeys(application, cover=self.cover)
        self._dress()

    def start(self) -> None:
        """Show the first screen: welcome on a new laptop, the passphrase on one that has records."""
        why_not = self._why_not_here()
        if why_not:
            sentence = sentence_for(KnownProblem(why_not))
            self.entrance.wait(sentence.title).notice.show_notice("warning", sentence, dismissible=False)
        elif (self.folder / KEY_FILE_NAME).exists() or (self.folder / DATABASE_NAME).exists():
            self._show_unlock()
        else:
            self.entrance.welcome()
        self._rubbish.start()
        self.window.show()
        # The rest is imported beside the person who reads and types, once the first frame stands.
        QTimer.singleShot(_AFTER_THE_FIRST_FRAME, self.ahead, self.ahead.begin_importing)

    def _why_not_here(self) -> str:
        """Take the folder for this window; return the code of what is in the way, or nothing."""
        try:
            make_own(self.folder)
        except OSError as problem:
            return "no-room-to-start" if is_full(problem) else "read-only"
        self._lock_file.setStaleLockTime(0)
        if self._lock_file.tryLock(0):
            return ""
        codes = {
            QLockFile.LockError.LockFailedError: "already-open",
            QLockFile.LockError.PermissionError: "read-only",
        }
        # Of whatever else it is the one thing that happens is a disk without room for a file of a line.
        return codes.get(self._lock_file.error(), "no-room-to-start")

    def shut_down(self) -> None:
        """Close the store and whatever runs beside it; everything typed is saved already."""
        # A sending that is under way ends where it is; what was answered so far is sent.
        self._is_leaving = True
        if self._idle is not None:
            self._idle.stop()
        self.sending.leave()
        self.ahead.pause()
        self.window.hide()
        # Windows and macOS would keep it although the program is gone.
        self._copied.empty()
        self.tasks.shutdown()
        self._close_store()
        if self.companion is not None:
            self.companion.stop()
            self.companion = None
        self._cover_keys.leave()
        self._rubbish.stop()
        self._lock_file.unlock()

    def cover(self) -> bool:
        """Blank the window now, then lock; the passphrase opens it where one was. False where nothing is open."""
        if self.workspace is None:
            return False
        self._cover = Cover(self.window)
        self._cover.draw_over()
        QTimer.singleShot(0, self, self.lock)
        return True

    def lock(self, why: KnownProblem | None = None) -> None:
        """Close the store and ask for the passphrase; nothing of it is left in windows, clipboard or previews."""
        if self._idle is not None:
            self._idle.stop()
        if self.workspace is not None and self._device is not None:
            self._was_at = (self._device.user_id, self.workspace.place())
        typed_in = self.window.focusWidget()
        if typed_in is not None:
            # A cell is saved when the keyboard leaves it.
            typed_in.clearFocus()
        self._close_store()
        self._forget_what_was_shown()
        self._show_unlock(why)
        if self._cover is not None:
            self._cover.deleteLater()
            self._cover = None

    def _forget_what_was_shown(self) -> None:
        """Close what stands open beside the window, and empty the clipboard."""
        for widget in QApplication.topLevelWidgets():
            if widget is not self.window and widget.isVisible():
                widget.close()
        self._copied.empty()
        QPixmapCache.clear()
        forget_answers()
        self.window.setWindowTitle("Pusterum")
        gc.collect()

    def _dress(self) -> None:
        use_language(self.settings.language, region=system_region())
        apply_theme(self.application, self.settings.theme, self.settings.text_size)

    def _show_unlock(self, why: KnownProblem | None = None) -> None:
        self.entrance.ask_passphrase(why)
        if not self._is_leaving:
            self.ahead.begin()

    def _begin_frame(self) -> "Workspace":
        """Return the screens around an empty desk, hidden, as large as the window."""
        from app.open_stage import frame  # noqa: PLC0415 - imported by now

        if not self._was_open:
            # What is made from here on can be thrown away again, as it is when the laptop is locked.
            self._rubbish.start()
        made = frame(self.settings, tasks=self.tasks, clock=self.clock, parent=self, window=self.window)
        made.setGeometry(self.window.rect())
        return made

    def _show_recovery_code(self, code: str, store: "Store", device: "Device") -> None:
        """Show the code once, and open the workspace when it was put somewhere safe."""
        from app.open_stage import desk_of  # noqa: PLC0415 - imported by now
        from app.ui.unlock.recovery_code_view import RecoveryCodeView  # noqa: PLC0415 - seen once in a while

        self.ahead.pause()
        self.store, self._device = store, device
        self._was_open = True
        self._desk = desk_of(store, device, tasks=self.tasks, clock=self.clock, parent=self)
        view = RecoveryCodeView(self._desk, code)
        view.confirmed.connect(lambda: self._open(store, device))
        self.window.show_alone(view)
        # Whoever leaves the laptop with the code on its screen finds it locked; another code can be made inside.
        self._watch()

    def _open(self, store: "Store", device: "Device", report: "Recovered | None" = None) -> None:
        self.store, self._device = store, device

        def go_to_work() -> None:
            if self._device is device:
                if report is not None:
                    # What came back is said by the report.
                    self._forget_open_mark()
                self._begin_work(device)
                if report is not None and self.workspace is not None:
                    kind = "warning" if report.damaged_records else "success"
                    self.workspace.notice.show_notice(kind, _recovered_sentence(report))

        self.ahead.hurry(go_to_work)

    def _begin_work(self, device: "Device") -> None:
        self._was_open = True
        self.settings = self.settings.evolve(server_url=device.server_url)
        self._show_workspace()
        open_mark = self.folder / OPEN_MARK
        with contextlib.suppress(OSError):
            if open_mark.exists() and self.workspace is not None:
                self.workspace.tell_restored()
            open_mark.touch()
        if self._was_at is not None and self._was_at[0] == device.user_id and self._desk is not None:
            kind, key, section = self._was_at[1]
            self._desk.open(kind, key, section=section)
        self._was_at = None
        self.entrance.is_damaged = False
        self._watch()
        if self.store is not None:
            self.upkeep.begin(self.store)

    def _might_be_damaged(self, problem: Exception) -> None:
        """Lock and offer the newest good state where something that was read is not as it was written."""
        if self.store is not None and isinstance(problem, KnownProblem) and problem.code == "damaged-store":
            self.entrance.is_damaged = True
            self.lock(problem)

    def _watch(self) -> None:
        """Lock by itself from now on."""
        from app.ui.shell.idle_lock import IdleLock  # noqa: PLC0415 - needed once something is open

        if self._idle is None:
            self._idle = IdleLock(self.settings.idle_minutes, self)
            self._idle.lock.connect(self.lock)
        self._idle.set_minutes(self.settings.idle_minutes)
        self._idle.start()

    def _could_not_back_up(self, problem: Exception) -> None:
        self._might_be_damaged(problem)
        if self.workspace is not None and not (isinstance(problem, KnownProblem) and problem.code == "locked"):
            self.workspace.fail(problem)

    def _show_workspace(self) -> None:
        if self.store is None or self._device is None:
            return
        if self._desk is not None:
            self._desk.close()
        from app.open_stage import set_up_desk  # noqa: PLC0415 - imported while the passphrase is typed

        self._desk, self.workspace = set_up_desk(
            self.store,
            self._device,
            self.settings,
            tasks=self.tasks,
            clock=self.clock,
            parent=self,
            ready=self.ahead.take(),
        )
        self._desk.tip_seen.connect(lambda key: self._remember(tips_seen=f"{self.settings.tips_seen} {key}".strip()))
        self._desk.closing_asked.connect(self._work_closed)
        self._desk.failed.connect(self._might_be_damaged)
        self.sending.begin(self.store, self._device, self._desk, self.workspace)
        self.workspace.lock.connect(self.lock)
        self.workspace.cover.connect(self.cover)
        self.workspace.settings_made.connect(self._listen_to_settings)
        self.window.show_alone(self.workspace)

    def _fit_window(self) -> None:
        """Make the screens anew for a window that is another width, once nothing in them is yet to be saved."""
        from app.ui.widgets import is_typed_in  # noqa: PLC0415 - the first screen does not wait for it

        if self.workspace is None or self._desk is None:
            self.ahead.make_anew()
        elif is_typed_in(self.workspace):
            self._waits_to_fit = True
        else:
            self._waits_to_fit = False
            (kind, key, section), taken = self.workspace.place(), self.workspace.taken_along()
            self._show_workspace()
            self.workspace.take_up(taken)
            self._desk.open(kind, key, section=section)

    def _fit_if_it_waits(self) -> None:
        """Fit the window once what was typed is saved."""
        if self._waits_to_fit:
            self._fitting.start()

    def _listen_to_settings(self, view: "SettingsView") -> None:
        view.language_chosen.connect(lambda code: self._choose(language=code))
        view.theme_chosen.connect(lambda theme: self._choose(theme=theme))
        view.text_size_chosen.connect(lambda size: self._choose(text_size=size))
        view.idle_chosen.connect(self._choose_idle)
        view.messages_chosen.connect(self._choose_messages)

    def _choose(self, **changes: object) -> None:
        """Take a setting; where that would take away what somebody began to write, they are told first."""
        workspace = self.workspace
        begun = workspace.begun() if workspace is not None else []
        if workspace is None or not begun:
            self._take(**changes)
            return
        # The setting that holds is the one that is down.
        workspace.settings.rebuild()
        workspace.notice.show_notice(
            "warning",
            Sentence(
                _("Something that you began is not saved yet."),
                _("It stands under {page} and would be gone.").format(page=", ".join(begun)),
                _("Save it first, or change the setting all the same."),
            ),
            action=_("Change it all the same"),
            on_action=lambda: self._take(**changes),
        )

    def _take(self, **changes: object) -> None:
        """Take a setting: dress anew, stay on the settings page, and remember it."""
        taken = self.workspace.taken_along() if self.workspace is not None else {}
        self.settings = self.settings.evolve(**changes)
        self._dress()
        self._show_workspace()
        if self.workspace is not None:
            if "language" not in changes:
                # Reports speak the language that they were computed in.
                self.workspace.take_up(taken)
            self.workspace.show_screen(self.workspace.settings)
        # Last, so that the page that is there now says where it could not be saved.
        self._remember()

    def _choose_messages(self, changes: dict[str, object]) -> None:
        """Take where messages come from and go to; the page stays as it is."""
        self._remember(**changes)
        if self.workspace is not None:
            self.workspace.use_settings(self.settings)

    def _choose_idle(self, minutes: int) -> None:
        self._remember(idle_minutes=minutes)
        if self._idle is not None:
            self._idle.set_minutes(minutes)
        if self.workspace is not None:
            self.workspace.settings.show_settings(self.settings)

    def _work_closed(self, kind: str, argument: object) -> None:
        """Do what can only be done while the store is closed, and open it again: a new key, an older backup."""
        store = self.store
        if store is None:
            return
        folder, clock = self.folder, self.clock

        def work() -> "tuple[Store, Device, Recovered | None]":
            from app.open_stage import rekeyed, set_back  # noqa: PLC0415 - done once in a while

            if kind == "rekey":
                return *rekeyed(store, folder, str(argument), clock=clock), None
            return set_back(store, folder, cast("Backup", argument), clock=clock)

        def reopen(store: "Store", device: "Device", report: "Recovered | None") -> None:
            self._forget_open_mark()
            self._open(store, device, report)

        self.store = None
        self._close_store()
        self.entrance.wait(_("Working on the closed records …"))
        self.tasks.run_network(
            work, on_done=lambda made: reopen(*made), on_error=lambda problem: self._show_unlock_after(problem)
        )

    def _show_unlock_after(self, problem: Exception) -> None:
        self._show_unlock(problem if isinstance(problem, KnownProblem) else None)

    def _remember(self, **changes: object) -> None:
        self.settings = self.settings.evolve(**changes)
        try:
            self.settings.save()
        except KnownProblem as problem:
            if self.workspace is not None:
                self.workspace.fail(problem)

    def _invent(self) -> CompanionServer:
        self._ensure_companion(is_new=True)
        assert self.companion is not None  # noqa: S101 - it was just started
        return self.companion

    def _ensure_companion(self, *, is_new: bool = False) -> None:
        is_there = self.companion is not None and self.companion.is_running
        if not is_there and (is_new or is_trial(self.folder)):
            if self.companion is not None:
                self.companion.stop()
            self.companion = start_companion(self.folder)

    def _close_store(self) -> None:
        self.upkeep.end()
        self.workspace = None
        if self._desk is not None:
            self._desk.close()
            self._desk = None
        self._device = None
        self.sending.end()
        self.window.setCentralWidget(QWidget())
        store, self.store = self.store, None
        if store is None:
            return
        self._forget_open_mark()
        if self.tasks.is_closed:
            store.close()
        else:
            # Behind what was typed last: a cell that was left a moment ago is saved before the key is forgotten.
            self.tasks.run(store.close, on_done=lambda _: None, on_error=lambda _: None)

    def _forget_open_mark(self) -> None:
        """Say that the store was closed, or that nobody needs to be told how it was left."""
        with contextlib.suppress(OSError):
            (self.folder / OPEN_MARK).unlink(missing_ok=True)


def _recovered_sentence(report: "Recovered") -> Sentence:
    from app.i18n import format_day, format_time  # noqa: PLC0415 - said once in a while

    if report.backup is None:
        title = _("There was no backup; what you did on this laptop was put back from the journal.")
    else:
        title = _("The records as they were on {day} {time} are open again.").format(
            day=format_day(report.backup.made_at), time=format_time(report.backup.made_at)
        )
    safe = ngettext(
        "{n} change made after it was put back.", "{n} changes made after it were put back.", report.changes
    ).format(n=report.changes)
    if not report.damaged_records:
        return Sentence(
            title, safe, _("Send now, so that the server has everything. The file that was there before is kept.")
        )
    missing = ngettext(
        "{n} line of the journal could not be read; what was done in it may be missing.",
        "{n} lines of the journal could not be read; what was done in them may be missing.",
        report.damaged_records,
    ).format(n=report.damaged_records)
    return Sentence(
        title,
        f"{safe} {missing}",
        _("Send now, and check what you recorded last. The file that was there before is kept."),
    )


def say_bug(_kind: type[BaseException], problem: BaseException, _trace: TracebackType | None) -> None:
    """Write to the log what went wrong and where, and nothing that the error's own text may quote."""
    _log.error("bug: %s", where_it_happened(problem))


def _say_bug_aside(told: "threading.ExceptHookArgs | sys.UnraisableHookArgs") -> None:
    """Do what :func:`say_bug` does where a thread, or the end of an object, has failed."""
    say_bug(told.exc_type, told.exc_value or BaseException(), told.exc_traceback)


@contextlib.contextmanager
def _told_where_no_window_opens() -> Iterator[None]:
    """Say why no window can open, and end: Qt would abort with words of its own."""
    heard: list[str] = []

    def hear(kind: QtMsgType, _where: QMessageLogContext, words: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            from app.no_window import say_no_window  # noqa: PLC0415 - seldom needed

            say_no_window(_library_not_found(heard), details=heard)
            # Behind this Qt aborts. Nothing is open yet that would have to be closed.
            os._exit(1)
        heard.append(words)

    qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(None)
        for words in heard:
            _log.warning("%s", words)


def _library_not_found(heard: list[str]) -> str:
    """Return the library for lack of which Qt could not load its first choice of screen, or ""."""
    import ctypes  # noqa: PLC0415 - seldom needed
    import re  # noqa: PLC0415

    from app.no_window import missing_library  # noqa: PLC0415

    choice = re.search(r'load the Qt platform plugin "(\w+)"', "\n".join(heard))
    if choice is None:
        return ""
    try:
        ctypes.CDLL(f"{QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)}/platforms/libq{choice.group(1)}.so")
    except OSError as problem:
        return missing_library(str(problem))
    return ""


def run(arguments: list[str]) -> int:
    """Start the application and return its exit status when the window is closed."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    with _told_where_no_window_opens():
        application = QApplication([sys.argv[0], *arguments])
    application.setApplicationName("Pusterum")
    application.setDesktopFileName("pusterum")
    pusterum = Pusterum(application)
    if sys.platform != "win32":
        Termination(application)

    def on_bug(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        say_bug(kind, problem, trace)
        if pusterum.workspace is not None and isinstance(problem, Exception):
            pusterum.workspace.fail(problem)

    sys.excepthook = on_bug
    # Python's own would print the error's text, which the session's journal keeps on the disk.
    threading.excepthook = sys.unraisablehook = _say_bug_aside
    pusterum.sending.goes_by_itself = True
    pusterum.start()
    return application.exec()
