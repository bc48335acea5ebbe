"""What one connection may cost: how large the head of a request may be, and how long its coming may take.

The HTTP library takes a head of any size, from whoever it is, and waits for the rest of it without end. What is no HTTP
at all it refuses by itself, in a text of its own; here it is refused as everything else is.
"""

import asyncio
import logging
from typing import Final

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.sync.wire.messages import Refusal
from server.refusals import NOT_A_MESSAGE
from server.web import PLAIN, SECURITY_HEADERS

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's line and headers; a laptop's has some 300."""
HEAD_PATIENCE: Final = 30.0
"""Seconds from the first byte of a head, or from the beginning of the connection, to the head's end."""

_log = logging.getLogger("pusterum.server")


class Bounded(HttpToolsProtocol):
    """Speaks HTTP over one connection, and hangs up on whoever sends a head without end."""

    _head = 0
    _is_in_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, and count what belongs to a head that has not ended: the library keeps all of it."""
        super().data_received(data)
        if self._is_in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._hang_up(NOT_A_MESSAGE, "The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        super().on_message_begin()
        self._head, self._is_in_head = 0, True
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Wait no longer; what comes now is bounded and timed by whoever reads it."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(
                HEAD_PATIENCE, self._hang_up, "garbled", "The head of the request did not arrive in time; try again."
            )

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what the library cannot read."""
        self._refuse(NOT_A_MESSAGE, msg)

    def _hang_up(self, code: str, why: str) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            _log.info("hung up: %s", why)
            self._refuse(code, why)

    def _refuse(self, code: str, sentence: str) -> None:
        content = msgspec.json.encode(Refusal(code=code, sentence=sentence))
        headers = {
            "Content-Type": PLAIN, "Content-Length": str(len(content)), "Connection": "close", **SECURITY_HEADERS
        }  # fmt: skip
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[400] + head.encode() + b"\r\n" + content)
        self.transport.close()
