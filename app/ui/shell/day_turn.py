"""Midnight while the window stands open: what is shown of the day before is read anew, with no hand at the keyboard."""

from datetime import date
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.clock import Clock, today

TICK_MS: Final = 5_000
"""A clock may be set, forward or back, and a machine may have slept: so one looks again and again."""


class DayTurn(QObject):
    """Says `turned` when it has become another day, later or earlier, once :meth:`start` was called."""

    turned = Signal()

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._day: date | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.look)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.applicationStateChanged.connect(self._look_when_in_front)

    def start(self) -> None:
        """Look from now on."""
        self._day = today(self._clock)
        self._tick.start()

    def look(self) -> None:
        """Look which day it is."""
        before, now = self._day, today(self._clock)
        if before is not None and now != before:
            self._day = now
            self.turned.emit()

    def _look_when_in_front(self, state: Qt.ApplicationState) -> None:
        """Whoever comes back to the window waits for no tick."""
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()
