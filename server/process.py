"""The running server: a listening socket, a file that says when it is ready, and a graceful stop."""

import gc
import ipaddress
import json
import logging
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from server.connections import Bounded

MOST_FILES = 65_536

_log = logging.getLogger("pusterum.server")


class _Announced(uvicorn.Server):
    """A uvicorn server that says when it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def stop_on_signals() -> None:
    """Make SIGTERM and SIGINT leave through every `finally`, so that an embedded PostgreSQL is stopped too."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


def stop_with_standard_input() -> None:
    """Stop as by SIGTERM when standard input ends: whoever started us is gone, however it went."""

    def wait() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="standard-input", daemon=True).start()


def write_whole(file: Path, content: dict[str, Any]) -> None:
    """Write JSON so that a reader finds all of it or no file; only the owner may read it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def write_private(file: Path, content: bytes) -> None:
    """Write a secret that only the owner may read; FileExistsError where something is there already."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes a free one. RuntimeError where this address cannot be listened at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol named, asyncio leaves Nagle's algorithm on, and each answer waits 40 ms for its second half.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise RuntimeError(f"port {port} of {host} cannot be listened at: {problem.strerror}") from None
    return listener


Tls = tuple[Path, Path] | None
"""Certificate and key; None on loopback, or where a proxy in front ends TLS."""


def tls_for(host: str, certificate: Path | None, key: Path | None, *, is_behind_proxy: bool) -> Tls:
    """Return what to serve TLS with; RuntimeError where somebody else could listen in."""
    if certificate is not None and key is not None:
        _check_pair(certificate, key)
        return certificate, key
    if certificate is not None or key is not None:
        raise RuntimeError("HTTPS needs both --tls-certificate and --tls-key")
    if not _is_loopback(host) and not is_behind_proxy:
        raise RuntimeError(
            f"{host} can be reached from outside, and health data never travel in clear: give --tls-certificate and"
            " --tls-key, or say --behind-proxy where something in front of this server ends TLS"
        )
    return None


def _check_pair(certificate: Path, key: Path) -> None:
    """Raise RuntimeError with a sentence where TLS cannot be served with the two: the library names no file."""
    for file in (certificate, key):
        try:
            with file.open("rb"):
                pass
        except OSError as problem:
            raise RuntimeError(f"{file} cannot be read: {problem.strerror}") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise RuntimeError(
            f"{certificate} and {key} are not a certificate (PEM, its chain behind it) and its own private key"
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(listener: socket.socket, scheme: str = "http") -> str:
    """Return the address of a bound socket as a URL."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def run(
    application: Any,
    listener: socket.socket,
    *,
    ready_file: Path | None,
    about: dict[str, Any],
    tls: tuple[Path, Path] | None = None,
) -> None:
    """Serve until a signal comes; write `about` to the ready file when connections are accepted.

    `tls` is a certificate with its chain and its private key. What is under way at a signal is answered first.
    """
    scheme = "http" if tls is None else "https"

    def announce() -> None:
        if ready_file is not None:
            write_whole(ready_file, {"url": url_of(listener, scheme), **about, "pid": os.getpid()})
        _log.info("Pusterum's server accepts connections at %s", url_of(listener, scheme))

    config = uvicorn.Config(
        application,
        http=Bounded,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=20,
        # Longer than laptops keep a connection themselves, so that none dies just as it is wanted.
        timeout_keep_alive=90,
        ssl_certfile=None if tls is None else str(tls[0]),
        ssl_keyfile=None if tls is None else str(tls[1]),
    )
    _collect_seldom()
    allow_many_connections()
    _Announced(config, announce).run(sockets=[listener])


def _collect_seldom() -> None:
    """Look for rubbish after thousands of objects, not hundreds, and never at what was imported.

    A batch of changes is tens of thousands of objects that go by themselves; looking at them is a fifth of reading it.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def allow_many_connections() -> None:
    """Let every laptop that is online keep a connection: the usual 1,024 files would soon be too few."""
    try:
        import resource  # noqa: PLC0415 - there is none on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
