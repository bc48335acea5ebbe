"""Locks by itself: nobody touched anything for a while, the lid was closed, the screen was locked, the machine slept.

Sleep is noticed in three ways, because no system tells every program: logind says so on Linux, Qt says that the
application is suspended, and a clock that jumps further than the timer slept says so everywhere, at the latest when the
machine wakes.
"""

import sys
import time
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from app.ui.shell.watching import WatchingTheHands

TICK_MS: Final = 5_000
JUMP_SECONDS: Final = 60.0
"""How much longer than it should a tick may take before the machine must have slept."""

_TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class IdleLock(WatchingTheHands):
    """Says `lock` once when it is time; `minutes` without a touch. Runs between `start` and `stop`."""

    lock = Signal()

    def __init__(self, minutes: int, parent: QObject | None = None) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)  # noqa: S101 - there is nothing to lock without a window
        super().__init__(application, parent)
        self._is_running = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._lock)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(lambda: self.look_at_clock(time.time()))
        self._seen = time.time()
        self.set_minutes(minutes)
        application.applicationStateChanged.connect(self._state_changed)
        _listen_to_logind(self)

    def set_minutes(self, minutes: int) -> None:
        """Lock after another time from now on."""
        self._idle.setInterval(minutes * 60_000)
        if self._is_running:
            self._idle.start()

    @property
    def minutes(self) -> int:
        """Return after how long it locks."""
        return self._idle.interval() // 60_000

    def start(self) -> None:
        """Begin to watch, as when the store was opened."""
        self._is_running = True
        self._seen = time.time()
        self._idle.start()
        self._tick.start()

    def stop(self) -> None:
        """Watch no longer: there is nothing to lock."""
        self._is_running = False
        self._idle.stop()
        self._tick.stop()

    def look_at_clock(self, now: float) -> None:
        """Lock where more time has passed than this machine was awake, or where the clock was turned back."""
        passed, self._seen = now - self._seen, now
        if passed > TICK_MS / 1000 + JUMP_SECONDS or passed < -JUMP_SECONDS:
            self._lock()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin the time anew with every touch."""
        if self._is_running and event.type() in _TOUCHES:
            self._idle.start()
        return super().eventFilter(watched, event)

    @Slot(bool)
    def prepare_for_sleep(self, is_going_to_sleep: bool) -> None:
        """Lock before the machine sleeps, while there is still time to forget the key."""
        if is_going_to_sleep:
            self._lock()

    @Slot()
    def session_locked(self) -> None:
        """Lock with the system's own screen lock."""
        self._lock()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationSuspended:
            self._lock()

    def _lock(self) -> None:
        if self._is_running:
            self.stop()
            self.lock.emit()


def _listen_to_logind(listener: IdleLock) -> None:
    """Hear of sleep and of the screen lock where logind is there; elsewhere nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    from PySide6.QtDBus import QDBusConnection  # noqa: PLC0415 - on Linux alone

    bus = QDBusConnection.systemBus()
    if not bus.isConnected():
        return
    service, manager = "org.freedesktop.login1", "org.freedesktop.login1.Manager"
    bus.connect(service, "/org/freedesktop/login1", manager, "PrepareForSleep", listener, b"1prepare_for_sleep(bool)")
    bus.connect(service, "", "org.freedesktop.login1.Session", "Lock", listener, b"1session_locked()")
