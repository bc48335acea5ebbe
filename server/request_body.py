"""The body of a request as it comes over the line: how large it may be, and how long it is waited for."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from litestar import Request
from litestar.datastructures import State

from app.sync.wire import codec
from server.refusals import refused_with

LARGEST_BODY = codec.LARGEST_MESSAGE
PASSED_OVER = 1024 * 1024
"""Bytes of a body that are read and thrown away so that the laptop can read why it is turned away."""
PATIENCE = 30.0
"""Seconds for which the next part of a laptop's body is waited for."""
SLOWEST = 512
"""Bytes a second below which a body counts as stalled, once it has had that patience; laptops count likewise."""


class RequestBody:
    """A body that is coming: at first as much as comes while its sender is unknown, then the rest.

    RequestRefused 413 where it is, or says that it is, larger than `most` bytes, 408 where it comes too slowly, and 400
    where whoever sent it has gone.
    """

    def __init__(self, request: Request[Any, Any, State], *, most: int = LARGEST_BODY) -> None:
        if "content-length" in request.headers and announced_size(request) > most:
            raise refused_with(413)
        self._request = request
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0
        self.is_whole = False

    async def begin(self, patience: float) -> None:
        """Keep what comes within so many seconds in all: nobody waits longer for somebody unknown."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self.is_whole:
                    self._parts.append(await self._receive())

    async def whole(self) -> bytes:
        """Return all of the body, waiting for each part as long as for a laptop."""
        begun = time.monotonic()
        while not self.is_whole:
            self._parts.append(await self._next_part())
            waited = time.monotonic() - begun
            if waited > PATIENCE and self._size < waited * SLOWEST:
                raise refused_with(408)
        return b"".join(self._parts)

    async def pass_over(self) -> None:
        """Take the body off the line without keeping it."""
        while not self.is_whole:
            await self._next_part()

    async def _next_part(self) -> bytes:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._receive()
        except TimeoutError:
            raise refused_with(408) from None

    async def _receive(self) -> bytes:
        message = await self._request.receive()
        if message["type"] != "http.request":
            raise refused_with(400)  # whoever asked has gone, and nobody reads this
        part: bytes = message["body"]
        self.is_whole = not message["more_body"]
        self._size += len(part)
        if self._size > self._most:
            raise refused_with(413)
        return part


def announced_size(request: Request[Any, Any, State]) -> int:
    """Return how large the request says its body is, in bytes; where it does not say, the largest there may be."""
    size = request.headers.get("content-length", "")
    return int(size) if size.isascii() and size.isdigit() else LARGEST_BODY
