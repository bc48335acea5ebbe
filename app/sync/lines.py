"""Connections to a server that somebody else can cut; imported by whoever syncs, because urllib3 takes its time."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_Watch = Callable[[socket.socket], None]


class _Line(HTTPConnection):
    def __init__(self, *where: Any, watch: _Watch, **how: Any) -> None:
        super().__init__(*where, **how)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch(self.sock)


class _SecureLine(HTTPSConnection):
    def __init__(self, *where: Any, watch: _Watch, **how: Any) -> None:
        super().__init__(*where, **how)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch(self.sock)


class _Lines(HTTPConnectionPool):
    ConnectionCls = _Line


class _SecureLines(HTTPSConnectionPool):
    ConnectionCls = _SecureLine


def pools(watch: _Watch) -> dict[str, Any]:
    """Return urllib3's kinds of pools by scheme; each connection that they make is told to `watch`."""
    return {"http": partial(_Lines, watch=watch), "https": partial(_SecureLines, watch=watch)}
