"""The server's HTTP side: bytes in, one of the wire's messages out, and a plain-JSON refusal for everything else.

Work on the database happens in threads, as many as the pool has connections. When too many requests are under way the
next ones are asked to come back (429), before their body is read, so that a storm costs time and loses nothing.
"""

import asyncio
import logging
import math
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import msgspec
import psycopg
from litestar import Litestar, Request, Response, asgi, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import ASGIRouteHandler
from litestar.types import HTTPScope, Receive, Send
from psycopg_pool import PoolTimeout, TooManyRequests

from app.sync.wire import codec
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.envelope import CourierRequest
from app.sync.wire.messages import (
    PROTOCOL,
    EnrolRequest,
    ExchangeRequest,
    HandshakeRequest,
    Hello,
    LookRequest,
    PullRequest,
    PushReply,
    PushRequest,
    Receipt,
    ReceiptRequest,
    Refusal,
    RepairRequest,
)
from app.sync.wire.oversight import LaptopReportRequest, LaptopsRequest, RevokeRequest, StandingRequest
from server import clock
from server.accounts import asker_of, enrol, meet
from server.courier import hand_in
from server.database import CONNECTIONS, Connection, Pool
from server.exchange import RawExchangeReply, exchange
from server.handshake import shake_hands
from server.identity import Identity, identity_of
from server.look import look
from server.openapi import description
from server.permission import SCHEMA_OLDEST
from server.pull import pull
from server.push import push
from server.receipt import receipt_for
from server.refusals import RequestRefused
from server.repair import repair
from server.scope import Asker
from server.standing import confirm, laptops, report_for, revoke, standing
from server.watching import CONTENT_TYPE as METRICS_TYPE
from server.watching import Figures

LARGEST_BODY = codec.LARGEST_MESSAGE
LARGEST_ENROLMENT = 64 * 1024
UNDER_WAY_AT_ONCE = 128
PASSED_OVER = 1024 * 1024
"""Bytes of a body that are read and thrown away so that the laptop can read why it is turned away."""
SMALL = 256 * 1024
"""Bytes of a body that is taken in before it is known who sends it: that of some 3,000 changes."""
PLAIN = "application/json"
STRANGERS_PATIENCE = 2.0
"""Seconds for which a body is waited for before it is looked up who sends it."""
PATIENCE = 30.0
"""Seconds for which the next part of a laptop's body is waited for."""
SLOWEST = 512
"""Bytes a second below which a body counts as stalled, once it has had that patience; laptops count likewise."""
MOST_COMING = 4
"""Bodies of one laptop that are waited for at once: one that it sends, and those of lines that died under it."""
SHORTEST_PAUSE, LONGEST_PAUSE = 2, 15
"""Seconds over which those who are asked to come back are spread, at the least and at the most."""
WRONG_CODES_A_MINUTE = 30
WRONG_TOKENS_A_MINUTE = 120

_log = logging.getLogger("pusterum.server")
_Result = TypeVar("_Result")
_Request = Request[Any, Any, State]
_Answering = Callable[[Connection, Asker, Identity, Any], msgspec.Struct]
"""Answers a message of its kind, which names the store that was enrolled."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
_SECURITY_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
NOT_A_MESSAGE = "not-a-message"
_REFUSALS_BY_STATUS = {
    400: (NOT_A_MESSAGE, "The request is not a message of this protocol."),
    404: ("not-found", "There is nothing at this address."),
    405: ("not-found", "This address does not take this method."),
    408: ("garbled", "The request did not arrive in time; nothing is lost, try again."),
    413: ("too-large", "The message is larger than this server takes; send it in smaller parts."),
}


class WrongCodes:
    """Counts wrong codes or tokens per address within the last minute, so that none can be guessed."""

    def __init__(self, most: int = WRONG_CODES_A_MINUTE) -> None:
        self._most = most
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def check(self, address: str) -> None:
        """Refuse with 429 where an address has been wrong too often."""
        times = self._times[address]
        while times and times[0] < time.monotonic() - 60:
            times.popleft()
        if len(times) >= self._most:
            raise RequestRefused(429, "too-many", "Too many wrong codes; please wait a minute.", retry_after=60)
        if not times:
            del self._times[address]

    def add(self, address: str) -> None:
        """Remember a wrong code."""
        self._times[address].append(time.monotonic())


class Desk:
    """What every request needs: the pool, the server's identity, and how many requests are under way."""

    def __init__(self, pool: Pool, figures: Figures | None = None, *, under_way: int = UNDER_WAY_AT_ONCE) -> None:
        self._pool = pool
        self.figures = figures
        self._most_under_way = under_way
        self._threads = ThreadPoolExecutor(CONNECTIONS, "request")
        self._under_way = 0
        self._seconds = 5.0  # until it is known
        self._coming: Counter[str] = Counter()
        self.wrong_codes = WrongCodes()
        self.wrong_tokens = WrongCodes(WRONG_TOKENS_A_MINUTE)

    async def work(self, task: Callable[[Connection], _Result]) -> _Result:
        """Run the task with a connection in a thread."""

        def run() -> _Result:
            with self._pool.connection() as connection:
                return task(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    def count(self, reply: PushReply) -> None:
        """Count the outcomes of a batch."""
        if self.figures is not None:
            self.figures.changes.labels("applied").inc(reply.count - len(reply.exceptions))
            for answer in reply.exceptions:
                self.figures.changes.labels(answer.outcome.value).inc()

    @property
    def is_full(self) -> bool:
        """Whether nobody more is let in now."""
        return self._under_way >= self._most_under_way

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold a place among the requests under way, or refuse with 429."""
        if self.is_full:
            raise self.busy()
        self._under_way += 1
        begun = time.monotonic()
        try:
            yield
        finally:
            self._under_way -= 1
            self._seconds += (time.monotonic() - begun - self._seconds) / 16

    @contextmanager
    def waiting_for(self, device_id: str) -> Iterator[None]:
        """Wait for a laptop's body, or refuse with 429 where it keeps too many places with others already."""
        if self._coming[device_id] >= MOST_COMING:
            raise self.busy()
        self._coming[device_id] += 1
        try:
            yield
        finally:
            self._coming[device_id] -= 1
            if not self._coming[device_id]:
                del self._coming[device_id]

    def busy(self) -> RequestRefused:
        """Return the refusal of whoever does not fit, who comes back when about all that is under way has been done.

        A request is under way as long as all those before it take. Spread over that time, or all who were turned away
        would come back together; and not over more, or the last of them would come to a server that stands idle.
        """
        most = min(max(math.ceil(self._seconds), SHORTEST_PAUSE), LONGEST_PAUSE)
        pause = 1 + secrets.randbelow(most)
        return RequestRefused(429, "busy", "The server is busy; nothing is lost, try again.", retry_after=pause)


def _desk(request: _Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _packed(message: msgspec.Struct, request: _Request) -> tuple[bytes, str]:
    """Return an answer in bytes, and of which kind they are."""
    if request.headers.get("accept", "") == PLAIN:
        return msgspec.json.encode(message), PLAIN
    return codec.pack(message), codec.CONTENT_TYPE


def _plain(message: msgspec.Struct, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(message),
        media_type="application/json",
        status_code=status,
        # A refusal passes by what the application adds to other answers.
        headers={**SECURITY_HEADERS, **(headers or {})},
    )


def _unpack(content: bytes, kind: type[Any], request: _Request) -> Any:
    """Return the message, compressed as laptops send it, or as plain JSON for whoever tries by hand."""
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip() == PLAIN:
            return codec.decode(content, kind)
        return codec.unpack(content, kind)
    except codec.Garbled:
        raise RequestRefused(400, "garbled", "The request did not arrive as it was sent; try again.") from None
    except codec.NotAMessage as problem:
        status = 413 if str(problem) == codec.TOO_LARGE else 400
        raise RequestRefused(status, *_REFUSALS_BY_STATUS[status]) from None


async def _pass_over(request: _Request) -> None:
    """Take a small body off the line without keeping it, and refuse.

    Where an answer comes while the body is still on its way, the laptop would see a broken line instead of the answer.
    """
    if _size(request) <= PASSED_OVER:
        async for _ in _parts(request):
            pass
    raise _desk(request).busy()


async def _parts(request: _Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; RequestRefused once it is larger than any, or where nothing more comes."""
    coming = _Coming(request)
    while not coming.is_whole:
        yield await coming.next_part()


class _Coming:
    """A body that is coming: as much of it as somebody unknown may keep one waiting for, and then the rest."""

    def __init__(self, request: _Request, *, most: int = LARGEST_BODY) -> None:
        if "content-length" in request.headers and _size(request) > most:
            raise RequestRefused(413, *_REFUSALS_BY_STATUS[413])
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
        """Return all of the body, waiting for each part as long as for a laptop; RequestRefused(408) where it drips."""
        begun = time.monotonic()
        while not self.is_whole:
            self._parts.append(await self.next_part())
            waited = time.monotonic() - begun
            if waited > PATIENCE and self._size < waited * SLOWEST:
                raise RequestRefused(408, *_REFUSALS_BY_STATUS[408])
        return b"".join(self._parts)

    async def next_part(self) -> bytes:
        """Return the next part; RequestRefused(413) once all is larger than any, 408 where none comes in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._receive()
        except TimeoutError:
            raise RequestRefused(408, *_REFUSALS_BY_STATUS[408]) from None

    async def _receive(self) -> bytes:
        message = await self._request.receive()
        if message["type"] != "http.request":
            raise RequestRefused(400, *_REFUSALS_BY_STATUS[400])  # whoever asked has gone, and nobody reads this
        part: bytes = message["body"]
        self.is_whole = not message["more_body"]
        self._size += len(part)
        if self._size > self._most:
            raise RequestRefused(413, *_REFUSALS_BY_STATUS[413])
        return part


def _size(request: _Request) -> int:
    """Return how large the request says its body is; where it does not say, larger than any."""
    size = request.headers.get("content-length", "")
    return int(size) if size.isascii() and size.isdigit() else LARGEST_BODY


async def _answer(request: _Request, kind: type[Any], answer: _Answering) -> tuple[bytes, str]:
    """Find out who asks, read the message, check that it comes from the enrolled store, and answer it."""
    desk = _desk(request)
    if desk.is_full:
        await _pass_over(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RequestRefused(401, "unknown-token", "This request carries no device token.")
    address = request.client.host if request.client else ""
    # A body that is as small as most is taken in at once; a large or slow one not before it is known who sends it.
    # Until then it takes nobody's place: strangers who send half a body each would keep all laptops out.
    coming = _Coming(request)
    if _size(request) <= SMALL:
        await coming.begin(STRANGERS_PATIENCE)
    with desk.admitted():
        try:
            if not coming.is_whole:
                sender = await desk.work(lambda connection: asker_of(connection, token.strip()))
                with desk.waiting_for(sender.device_id):
                    await coming.whole()
            body = await coming.whole()

            def respond(connection: Connection) -> tuple[bytes, str]:
                asker, identity = meet(connection, token.strip())
                message = _unpack(body, kind, request)
                if message.database_id != asker.database_id:
                    raise RequestRefused(403, "wrong-database", "This store is not the one that was enrolled.")
                reply = answer(connection, asker, identity, message)
                if isinstance(reply, PushReply):
                    desk.count(reply)
                elif isinstance(reply, RawExchangeReply) and reply.pushed is not None:
                    desk.count(reply.pushed)
                return _packed(reply, request)

            return await desk.work(respond)
        except RequestRefused as refusal:
            if refusal.code == "unknown-token":
                # Not before it is looked up: all laptops of an office, or behind a balancer, have one address, and
                # whoever sends wrong tokens from there would keep those with right ones out.
                desk.wrong_tokens.check(address)
                desk.wrong_tokens.add(address)
            raise


@get("/v1/hello")
async def hello(request: _Request) -> Response[bytes]:
    """Say who the server is."""
    identity = await _desk(request).work(identity_of)
    return _plain(
        Hello(
            product="Pusterum",
            protocol=PROTOCOL,
            server_id=identity.server_id,
            epoch=identity.epoch,
            schema_oldest=SCHEMA_OLDEST,
            schema_newest=SCHEMA_VERSION,
            time=clock.moment(clock.now()),
        )
    )


@post("/v1/enrol", request_max_body_size=LARGEST_ENROLMENT)
async def enrol_device(request: _Request) -> Response[bytes]:
    """Exchange a one-time code for a token."""
    desk = _desk(request)
    address = request.client.host if request.client else ""
    desk.wrong_codes.check(address)
    coming = _Coming(request, most=LARGEST_ENROLMENT)
    await coming.begin(PATIENCE)
    if not coming.is_whole:
        raise RequestRefused(408, *_REFUSALS_BY_STATUS[408])
    with desk.admitted():
        message: EnrolRequest = _unpack(await coming.whole(), EnrolRequest, request)
        try:
            content, media_type = _packed(await desk.work(lambda connection: enrol(connection, message)), request)
        except RequestRefused as refusal:
            if refusal.code == "unknown-code":
                desk.wrong_codes.add(address)
            raise
    return Response(content, media_type=media_type, status_code=200)


def _push(connection: Connection, asker: Asker, identity: Identity, request: PushRequest) -> PushReply:
    return push(connection, asker, identity, request.changes)


def _receipt(connection: Connection, asker: Asker, identity: Identity, request: ReceiptRequest) -> Receipt:
    confirm(connection, asker.device_id, request.cursor)
    return receipt_for(connection, asker, identity, request)


_ANSWERS: dict[str, tuple[type[Any], _Answering]] = {
    "/v1/handshake": (HandshakeRequest, shake_hands),
    "/v1/look": (LookRequest, look),
    "/v1/exchange": (ExchangeRequest, exchange),
    "/v1/push": (PushRequest, _push),
    "/v1/pull": (PullRequest, pull),
    "/v1/repair": (RepairRequest, repair),
    "/v1/receipt": (ReceiptRequest, _receipt),
    "/v1/courier": (CourierRequest, hand_in),
    "/v1/standing": (StandingRequest, standing),
    "/v1/laptops": (LaptopsRequest, laptops),
    "/v1/laptop-report": (LaptopReportRequest, report_for),
    "/v1/revoke": (RevokeRequest, revoke),
}
"""What an enrolled laptop asks, by its address; :mod:`server.openapi` says what each is for."""


def _answering(address: str, kind: type[Any], answer: _Answering) -> ASGIRouteHandler:
    """Return what answers laptops, past the framework's own requests and responses: a fifth of a small answer."""

    @asgi(address, copy_scope=False)
    async def respond(scope: HTTPScope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise RequestRefused(405, *_REFUSALS_BY_STATUS[405])
        content, media_type = await _answer(Request(scope, receive, send), kind, answer)
        kept = ((b"content-type", media_type.encode()), (b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": 200, "headers": [*kept, *_SECURITY_HEADERS]})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    return respond


@get("/health")
async def health() -> dict[str, str]:
    """Say that this process is alive."""
    return {"status": "alive"}


@get("/ready")
async def ready(request: _Request) -> dict[str, str]:
    """Say that the database answers too."""
    await _desk(request).work(lambda connection: connection.execute("SELECT 1").fetchone())
    return {"status": "ready"}


@get("/metrics")
async def metrics(request: _Request) -> Response[bytes]:
    """Hand out the figures of this process, for Prometheus."""
    figures = _desk(request).figures
    return Response(figures.text() if figures is not None else b"", media_type=METRICS_TYPE)


@get("/openapi.json")
async def describe() -> Response[bytes]:
    """Hand out the description of these addresses."""
    return Response(msgspec.json.encode(description()), media_type="application/json")


def _refuse(_: _Request, refusal: RequestRefused) -> Response[bytes]:
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    _log.info("refused %d %s", refusal.status, refusal.code)
    return _plain(Refusal(code=refusal.code, sentence=refusal.sentence), refusal.status, headers)


def _refuse_http(request: _Request, problem: HTTPException) -> Response[bytes]:
    status = problem.status_code
    if status not in _REFUSALS_BY_STATUS:
        return _fail(request, problem)
    return _refuse(request, RequestRefused(status, *_REFUSALS_BY_STATUS[status]))


def _refuse_busy(request: _Request, problem: Exception) -> Response[bytes]:
    _log.warning("the database does not answer in time: %s", type(problem).__name__)
    return _refuse(
        request,
        RequestRefused(
            503, "try-later", "The server cannot reach its database now; nothing is lost, try again.", retry_after=5
        ),
    )


def _fail(_: _Request, problem: Exception) -> Response[bytes]:
    # The problem's own text may quote a row, so the log gets its kind and place only.
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "nowhere"
    _log.error("a request failed: %s at %s", type(problem).__name__, place)
    return _plain(Refusal(code="failed", sentence="The server failed; the batch was not taken, try again."), 500)


def application(pool: Pool, figures: Figures | None = None, *, under_way: int = UNDER_WAY_AT_ONCE) -> Litestar:
    """Return the server over a pool of connections; more than `under_way` requests at once are asked to come back."""
    return Litestar(
        route_handlers=[
            hello,
            enrol_device,
            health,
            ready,
            metrics,
            describe,
            *(_answering(address, kind, answer) for address, (kind, answer) in _ANSWERS.items()),
        ],
        state=State({"desk": Desk(pool, figures, under_way=under_way)}),
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        response_headers=SECURITY_HEADERS,
        after_exception=[],
        exception_handlers={
            RequestRefused: _refuse,
            PoolTimeout: _refuse_busy,
            TooManyRequests: _refuse_busy,
            psycopg.OperationalError: _refuse_busy,
            psycopg.errors.UniqueViolation: _refuse_busy,
            HTTPException: _refuse_http,
            Exception: _fail,
        },
    )
