"""Connections to a server that somebody else can cut; imported by whoever syncs, because urllib3 takes its time."""

import ssl
from functools import partial
from typing import Any
from urllib.parse import SplitResult

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from app.sync.hang_up import Watch


class _Line(HTTPConnection):
    def __init__(self, *where: Any, watch: Watch, **how: Any) -> None:
        super().__init__(*where, **how)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch(self.sock)


class _SecureLine(_Line, HTTPSConnection):
    pass


class _Lines(HTTPConnectionPool):
    ConnectionCls = _Line


class _SecureLines(HTTPSConnectionPool):
    ConnectionCls = _SecureLine


def direct(base: SplitResult, watch: Watch, context: ssl.SSLContext | None) -> HTTPConnectionPool:
    """Return what asks a server itself, over TLS where there is a `context`; `watch` is told of each connection."""
    host = base.hostname or ""
    if context is None:
        return _Lines(host, base.port, maxsize=1, watch=watch)
    return _SecureLines(host, base.port, maxsize=1, watch=watch, ssl_context=context)


def through(proxy: ProxyManager, base: SplitResult, watch: Watch) -> HTTPConnectionPool:
    """Return what asks a server over a proxy, likewise."""
    kinds: Any = {"http": partial(_Lines, watch=watch), "https": partial(_SecureLines, watch=watch)}
    proxy.pool_classes_by_scheme = kinds
    return proxy.connection_from_url(base.geturl())
