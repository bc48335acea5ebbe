"""A way to end, from another thread, whatever a synchronisation is waiting for."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakSet

Watch = Callable[[socket.socket], None]
"""Is told of a connection that was made."""


class HangUp:
    """Ends the request under way when somebody closes the window: nobody then waits for its answer.

    What was sent and not answered is sent again the next time, as after any line that was cut.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: WeakSet[socket.socket] = WeakSet()
        self._is_done = False

    @property
    def is_done(self) -> bool:
        """Return whether nothing is to be asked any more."""
        return self._is_done

    def watch(self, line: socket.socket) -> None:
        """Remember an open connection; it is cut at once where everything else was."""
        with self._lock:
            self._lines.add(line)
            if self._is_done:
                _cut(line)

    def now(self) -> None:
        """Cut every connection, and let none begin."""
        with self._lock:
            self._is_done = True
            for line in list(self._lines):
                _cut(line)


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        # Below TLS, whose own way of ending would wait for a word of the other side.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
