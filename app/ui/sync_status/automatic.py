"""Sends by itself: when the machine comes online, a while after something was written, and again after a failure.

It never waits for an answer and never shows a dialog; whoever presses the button is always served first.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkInformation

from app.sync.client import is_online
from app.sync.retry import BackOff

AFTER_WRITING_SECONDS = 60
"""Long enough for a session to be closed in one go, short enough that a lost laptop has lost little."""
PROBE_SECONDS = 30
AT_LEAST_EVERY_SECONDS = 30 * 60


class AutomaticSending(QObject):
    """`due` says that it is time; tell it how each sending ended."""

    due = Signal()

    def __init__(self, parent: QObject | None = None, *, online: Callable[[], bool] = is_online) -> None:
        super().__init__(parent)
        self.back_off = BackOff()
        self._online = online
        self._was_online = online()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._ask)
        self._seldom = QTimer(self)
        self._seldom.setInterval(AT_LEAST_EVERY_SECONDS * 1000)
        self._seldom.timeout.connect(self._ask)
        # A back-end of the system tells at once; the probe finds out where there is none, and costs no packet.
        self._probe = QTimer(self)
        self._probe.setInterval(PROBE_SECONDS * 1000)
        self._probe.timeout.connect(self.look)
        QNetworkInformation.loadDefaultBackend()
        information = QNetworkInformation.instance()
        if information is not None:
            information.reachabilityChanged.connect(self.look)

    def start(self, *, after_seconds: float = 3.0) -> None:
        """Begin: once soon, and from then on whenever there is reason."""
        self._seldom.start()
        self._probe.start()
        self._soon.start(int(after_seconds * 1000))

    def stop(self) -> None:
        """Ask nobody any more."""
        for timer in (self._soon, self._seldom, self._probe):
            timer.stop()

    def written(self) -> None:
        """Plan a sending in a while, unless something sooner is planned."""
        if not self._soon.isActive():
            self._soon.start(AFTER_WRITING_SECONDS * 1000)

    def look(self) -> None:
        """Find out whether the machine has come online."""
        is_there = self._online()
        if is_there and not self._was_online:
            self.back_off.succeeded()
            self._soon.start(1000)
        self._was_online = is_there

    def succeeded(self) -> None:
        """Begin to count failures anew."""
        self.back_off.succeeded()

    def failed(self, problem: Exception) -> None:
        """Plan another attempt after a pause where that may help."""
        pause = self.back_off.pause_after(problem)
        if pause is not None:
            self._soon.start(int(pause * 1000))

    @property
    def planned_in(self) -> int | None:
        """Milliseconds until the next attempt that is planned; None where none is."""
        return self._soon.remainingTime() if self._soon.isActive() else None

    def _ask(self) -> None:
        if self._online():
            self.due.emit()
