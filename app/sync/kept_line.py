"""The connection to the server, kept for a while: who works online sends every minute.

Made anew each time, a connection takes two journeys to the server and back, and its certificates are more bytes than
what is sent.
"""

import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from app.sync.hang_up import HangUp, Watch

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from urllib3 import HTTPConnectionPool

    _Make = Callable[[SplitResult, Watch], HTTPConnectionPool]

KEPT_SECONDS = 75.0
"""Longer than the pause between two sendings, and no longer than servers usually keep a connection."""


class KeptLine:
    """Connections to one server, for one client at a time; `make` makes them for an address.

    They are given up where they may lead nowhere any more: after :data:`KEPT_SECONDS`, where the clock was turned or
    the laptop slept, and where it left by another network since.
    """

    def __init__(self, *, steady: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._clocks = (steady, wall)
        self._lock = threading.Lock()
        self._pool: HTTPConnectionPool | None = None
        self._base: SplitResult | None = None
        self._lines: WeakSet[socket.socket] = WeakSet()
        self._hang_up = HangUp()
        self._let_go_at: tuple[float, ...] = ()
        self._is_closed = False
        self._is_in_use = False
        self.may_be_dead = False
        """Whether it was kept, and nothing has come over it since."""

    def open(self, base: "SplitResult", hang_up: HangUp, make: "_Make") -> "HTTPConnectionPool":
        """Return connections to this address, those that were kept where they are still good; `hang_up` cuts them."""
        with self._lock:
            if self._pool is not None and not self._is_in_use and not self._is_good(base):
                self._drop()
            if self._pool is None:
                self._pool, self._base = make(base, self._watch), base
            elif not self._is_in_use:
                self.may_be_dead = bool(self._open_lines())
            self._hang_up, self._is_in_use = hang_up, True
            for line in self._open_lines():
                hang_up.watch(line)
            return self._pool

    def drop(self) -> None:
        """Give up what there is: the next request makes a connection anew."""
        with self._lock:
            self._drop()

    def let_go(self) -> None:
        """Keep the connections for the next client; after :meth:`close` they go."""
        with self._lock:
            self._is_in_use, self._hang_up = False, HangUp()
            self._let_go_at = tuple(now() for now in self._clocks)
            if self._is_closed:
                self._drop()

    def close(self) -> None:
        """Keep nothing any more; what is under way is not cut."""
        with self._lock:
            self._is_closed = True
            if not self._is_in_use:
                self._drop()

    def _drop(self) -> None:
        pool, self._pool = self._pool, None
        self._is_in_use = self.may_be_dead = False
        if pool is not None:
            pool.close()

    def _is_good(self, base: "SplitResult") -> bool:
        ages = [now() - before for now, before in zip(self._clocks, self._let_go_at, strict=True)]
        return (
            base == self._base
            and all(0 <= age <= KEPT_SECONDS for age in ages)
            and all(leads_out_as_before(line) for line in self._open_lines())
        )

    def _open_lines(self) -> list[socket.socket]:
        return [line for line in self._lines if line.fileno() >= 0]

    def _watch(self, line: socket.socket) -> None:
        self._lines.add(line)
        self._hang_up.watch(line)


def leads_out_as_before(line: socket.socket) -> bool:
    """Return whether this machine would still leave by the address from which the connection was made."""
    try:
        with socket.socket(line.family, socket.SOCK_DGRAM) as probe:
            probe.connect(line.getpeername())
            return bool(probe.getsockname()[0] == line.getsockname()[0])
    except OSError:
        return False
