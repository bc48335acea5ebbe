"""Ending as when the window is closed, where the system asks for it: at log-out, or by a plain `kill`."""

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication


class Termination(QObject):
    """Closes the windows and leaves the event loop on SIGTERM; only where such a signal can be caught (POSIX)."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._told, self._tells = socket.socketpair()
        for end in (self._told, self._tells):
            end.setblocking(False)
        # Python answers a signal only between its own instructions, and the event loop waits in Qt: this wakes it.
        signal.set_wakeup_fd(self._tells.fileno())
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._told.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._answer)

    def _answer(self) -> None:
        if signal.SIGTERM in self._told.recv(64):
            self._application.quit()
