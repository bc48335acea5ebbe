"""The server's HTTP side: bytes in, one of the wire's messages out, and a plain-JSON refusal for everything else.

Work on the database happens in threads, as many as the pool has connections. Who is let in is :mod:`server.admission`'s
question, and how a body is waited for :mod:`server.request_body`'s.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

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
from server.admission import UNDER_WAY_AT_ONCE, WRONG_TOKENS_A_MINUTE, Admission, WrongCodes
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
from server.refusals import BY_STATUS, RequestRefused, refused_with
from server.repair import repair
from server.request_body import LARGEST_BODY, PASSED_OVER, PATIENCE, RequestBody, announced_size
from server.scope import Asker
from server.standing import confirm, laptops, report_for, revoke, standing
from server.watching import CONTENT_TYPE as METRICS_TYPE
from server.watching import Figures

LARGEST_ENROLMENT = 64 * 1024
SMALL = 256 * 1024
"""Bytes of a body that is taken in before it is known who sends it: that of some 3,000 changes."""
STRANGERS_PATIENCE = 2.0
"""Seconds for which a body is waited for before it is looked up who sends it."""
PLAIN = "application/json"

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


class Desk:
    """What every request needs: a thread with a connection of the pool, and whether it is let in at all."""

    def __init__(self, pool: Pool, figures: Figures | None, admission: Admission) -> None:
        self.figures = figures
        self.admission = admission
        self.wrong_codes = WrongCodes()
        self.wrong_tokens = WrongCodes(WRONG_TOKENS_A_MINUTE)
        self._pool = pool
        self._threads = ThreadPoolExecutor(CONNECTIONS, "request")

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
        raise refused_with(status) from None


async def _turn_away(request: _Request) -> NoReturn:
    """Refuse whoever does not fit, once a small body is off the line.

    Where an answer comes while the body is still on its way, the laptop would see a broken line instead of the answer.
    """
    if announced_size(request) <= PASSED_OVER:
        await RequestBody(request).pass_over()
    raise _desk(request).admission.busy()


def _token_of(request: _Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RequestRefused(401, "unknown-token", "This request carries no device token.")
    return token.strip()


def _address_of(request: _Request) -> str:
    return request.client.host if request.client else ""


async def _answer(request: _Request, kind: type[Any], answer: _Answering) -> tuple[bytes, str]:
    """Find out who asks, read the message, check that it comes from the enrolled store, and answer it.

    Return the answer in bytes, and of which kind they are.
    """
    desk = _desk(request)
    if desk.admission.is_full:
        await _turn_away(request)
    token = _token_of(request)
    coming = RequestBody(request)
    # A body that is as small as most is taken in at once; a large or slow one not before it is known who sends it.
    # Until then it takes nobody's place: strangers who send half a body each would keep all laptops out.
    if announced_size(request) <= SMALL:
        await coming.begin(STRANGERS_PATIENCE)
    with desk.admission.admitted():
        try:
            if not coming.is_whole:
                sender = await desk.work(lambda connection: asker_of(connection, token))
                with desk.admission.waiting_for(sender.device_id):
                    await coming.whole()
            body = await coming.whole()

            def respond(connection: Connection) -> tuple[bytes, str]:
                asker, identity = meet(connection, token)
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
                address = _address_of(request)
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
    address = _address_of(request)
    desk.wrong_codes.check(address)
    coming = RequestBody(request, most=LARGEST_ENROLMENT)
    await coming.begin(PATIENCE)
    if not coming.is_whole:
        raise refused_with(408)
    with desk.admission.admitted():
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
            raise refused_with(405)
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
    if status not in BY_STATUS:
        return _fail(request, problem)
    return _refuse(request, refused_with(status))


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
        state=State({"desk": Desk(pool, figures, Admission(under_way))}),
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
