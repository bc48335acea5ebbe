"""Speaks to the server over HTTPS, and turns everything that can go wrong into one code.

The system's certificates and the system's proxy apply. No redirect is followed: the token goes to the enrolled server
or nowhere, and whoever redirects is a network that wants somebody to log in.

Codes of KnownProblem: "bad-address", "insecure-address", "no-network", "server-down", "timed-out", "certificate",
"captive-portal", "not-our-server", "other-protocol", "garbled" (a byte became another on the way), "busy" (with
`retry_after`, seconds or None), "server-fault", "too-large", "token-refused", "wrong-database", "wrong-server",
"copied-store", "unknown-code", "used-code", "expired-code", "locked" (the window was closed meanwhile).
"""

import ipaddress
import re
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import msgspec

from app.errors import KnownProblem
from app.sync.hang_up import HangUp, Watch
from app.sync.kept_line import KeptLine
from app.sync.wire import codec
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.envelope import CourierRequest, CourierResponse
from app.sync.wire.messages import (
    PROTOCOL,
    EnrolReply,
    EnrolRequest,
    ExchangeReply,
    Handshake,
    HandshakeRequest,
    Hello,
    LookReply,
    LookRequest,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    RawExchangeRequest,
    Receipt,
    ReceiptRequest,
    Refusal,
    RepairReply,
    RepairRequest,
    StandingReply,
)
from app.sync.wire.oversight import (
    LaptopReport,
    LaptopReportRequest,
    LaptopsReply,
    LaptopsRequest,
    RevokeRequest,
    StandingRequest,
)

if TYPE_CHECKING:
    import urllib3

PRODUCT = "Pusterum"
CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
SLOWEST = 512
"""Bytes a second below which an answer counts as stalled, once it has had the patience of a silent server."""
LONGEST_PAUSE = 3600
_PLAIN = "application/json"


@dataclass(frozen=True, slots=True)
class PackedPush:
    """Changes of a store as they go over the line: put together while the batch before them is under way."""

    database_id: str
    content: bytes


_Request = (
    EnrolRequest
    | HandshakeRequest
    | LookRequest
    | RawExchangeRequest
    | PushRequest
    | PackedPush
    | PullRequest
    | RepairRequest
    | CourierRequest
    | ReceiptRequest
    | StandingRequest
    | LaptopsRequest
    | LaptopReportRequest
    | RevokeRequest
)
_Reply = TypeVar("_Reply", bound=msgspec.Struct)
_PORTAL_SIGNS = re.compile(
    rb"<form|http-equiv=.?refresh|location\.(?:href|replace|assign)|hotspot|captive|wi-?fi", re.I
)
_CODES = {
    "unknown-code": "unknown-code",
    "used-code": "used-code",
    "expired-code": "expired-code",
    "unknown-token": "token-refused",
    "revoked-token": "token-refused",
    "wrong-database": "wrong-database",
    "database-taken": "wrong-database",
    "wrong-server": "wrong-server",
    "copied-store": "copied-store",
    "not-a-message": "other-protocol",
    "garbled": "garbled",
    "not-found": "other-protocol",
    "too-large": "too-large",
}
"""What the server's own refusals are called here."""


class _Introduction(msgspec.Struct):
    """The two fields of a hello that every protocol has."""

    product: str
    protocol: int


def is_online() -> bool:
    """Return whether there is a way out of this machine; nothing is sent to find out."""
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
        except OSError:
            continue
        return True
    return False


class SyncClient:
    """One server's door; close it, or use it in a `with`.

    `token` and `database_id` are the enrolled device's; a `line` that is given is kept for the next client. Raises
    KnownProblem "bad-address" or "insecure-address" (plain HTTP is for loopback alone).
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        database_id: str | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        online: Callable[[], bool] = is_online,
        hang_up: HangUp | None = None,
        line: KeptLine | None = None,
    ) -> None:
        self._base = _checked(url)
        self._token = token
        self._database_id = database_id
        self._patience = (connect_seconds, read_seconds)
        self._online = online
        self._hang_up = hang_up or HangUp()
        self._is_line_kept = line is not None
        self._line = line or KeptLine()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def use_token(self, token: str) -> None:
        """Go on with the token that the server gave in exchange for the one so far."""
        self._token = token

    def close(self) -> None:
        """Let go of the line, or close it where it is not to be kept."""
        if not self._is_line_kept:
            self._line.close()
        self._line.let_go()

    def hello(self) -> Hello:
        """Return who the server is; "not-our-server" or "other-protocol" where it is none that we can speak with."""
        content = self._request("GET", "/v1/hello", b"", expected=_PLAIN)
        try:
            introduction = codec.decode(content, _Introduction)
        except codec.NotAMessage:
            raise KnownProblem("not-our-server") from None
        if introduction.product != PRODUCT:
            raise KnownProblem("not-our-server")
        if introduction.protocol != PROTOCOL:
            raise KnownProblem("other-protocol")
        try:
            hello = codec.decode(content, Hello)
        except codec.NotAMessage:
            raise KnownProblem("server-fault") from None
        _check_versions(hello)
        return hello

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange a one-time code for a token: "unknown-code", "used-code", "expired-code"."""
        return self._ask("/v1/enrol", request, EnrolReply)

    def handshake(self, request: HandshakeRequest) -> Handshake | None:
        """Return where the server stands; None where it is of a version that shakes no hands.

        Raises as :meth:`hello` does, and "wrong-server" or "copied-store".
        """
        hands = self._ask_if_known("/v1/handshake", request, Handshake)
        return None if hands is None else _recognised(hands)

    def look(self, request: LookRequest) -> LookReply | None:
        """Return where the server stands, what is new and a receipt; None where the server cannot say it at once."""
        reply = self._ask_if_known("/v1/look", request, LookReply)
        if reply is not None:
            _recognised(reply.hands)
        return reply

    def exchange(self, request: RawExchangeRequest) -> ExchangeReply | None:
        """Send a few changes and return all that a synchronisation asks; None where the server cannot do it at once."""
        reply = self._ask_if_known("/v1/exchange", request, ExchangeReply)
        if reply is not None:
            _recognised(reply.hands)
        return reply

    def repair(self, request: RepairRequest) -> RepairReply:
        """Fetch what differs in one table."""
        return self._ask("/v1/repair", request, RepairReply)

    def courier(self, request: CourierRequest) -> CourierResponse:
        """Hand in an envelope that was carried here; `server_code` "not-an-envelope" where it does not open."""
        return self._ask("/v1/courier", request, CourierResponse)

    def push(self, request: PushRequest | PackedPush) -> PushReply:
        """Send changes; "too-large" where the batch has to be smaller."""
        return self._ask("/v1/push", request, PushReply)

    def pull(self, request: PullRequest) -> PullReply:
        """Fetch a page of rows."""
        return self._ask("/v1/pull", request, PullReply)

    def standing(self, request: StandingRequest) -> StandingReply:
        """Report in; "token-refused" with `server_code` "revoked-token" where the laptop's access was taken away."""
        return self._ask("/v1/standing", request, StandingReply)

    def laptops(self, request: LaptopsRequest) -> LaptopsReply:
        """Fetch every laptop of the cooperation, for whoever oversees them."""
        return self._ask("/v1/laptops", request, LaptopsReply)

    def laptop_report(self, request: LaptopReportRequest) -> LaptopReport:
        """Fetch what a laptop held."""
        return self._ask("/v1/laptop-report", request, LaptopReport)

    def revoke(self, request: RevokeRequest) -> LaptopsReply:
        """Take a laptop's access away, or let it in again."""
        return self._ask("/v1/revoke", request, LaptopsReply)

    def receipt(self, request: ReceiptRequest) -> Receipt:
        """Fetch the server's signed word on what it holds."""
        return self._ask("/v1/receipt", request, Receipt)

    def _ask(self, path: str, request: _Request, kind: type[_Reply]) -> _Reply:
        if self._database_id is not None and request.database_id != self._database_id:
            raise KnownProblem("wrong-database")
        body = request.content if isinstance(request, PackedPush) else codec.pack(request)
        content = self._request("POST", path, body, expected=codec.CONTENT_TYPE)
        try:
            return codec.unpack(content, kind)
        except codec.Garbled:
            raise KnownProblem("garbled") from None
        except codec.NotAMessage:
            raise KnownProblem("server-fault") from None

    def _ask_if_known(self, path: str, request: _Request, kind: type[_Reply]) -> _Reply | None:
        """Ask; None where the server is of a version that does not know this question."""
        try:
            return self._ask(path, request, kind)
        except KnownProblem as problem:
            if problem.parameters.get("server_code") == "not-found":
                return None
            raise

    def _request(self, method: str, path: str, body: bytes, *, expected: str) -> bytes:
        """Ask and return the answer's body; over a line that was kept and had died meanwhile, ask once more."""
        import urllib3  # noqa: PLC0415 - a tenth of a second that only syncing pays

        if self._hang_up.is_done:
            raise KnownProblem("locked")
        headers = {"Accept": expected, "User-Agent": PRODUCT, "Cache-Control": "no-store"}
        if body:
            headers["Content-Type"] = codec.CONTENT_TYPE
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            response, content = self._answered(method, path, body, headers)
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            code = self._why(problem)
            may_be_dead = self._line.may_be_dead
            self._line.drop()
            if may_be_dead and code not in ("timed-out", "locked"):
                return self._request(method, path, body, expected=expected)
            raise KnownProblem(code) from problem
        self._line.may_be_dead = False
        if len(content) > codec.LARGEST_MESSAGE:
            raise KnownProblem("server-fault")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.status == 200 and kind == expected:
            return content
        raise self._refusal(response.status, response.headers, kind, content)

    def _answered(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple["urllib3.BaseHTTPResponse", bytes]:
        import urllib3  # noqa: PLC0415 - as above

        connect, read = self._patience
        response = self._line.open(self._base, self._hang_up, _pool_for).urlopen(
            method,
            self._base.path + path,
            body=body or None,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )
        try:
            return response, _read(response, patience=read)
        finally:
            # Closed rather than kept where something is left to read.
            response.release_conn() if response.closed else response.close()

    def _why(self, problem: Exception) -> str:
        """Return the code for a request that got no answer."""
        from urllib3 import exceptions  # noqa: PLC0415 - imported by whoever gets here

        if self._hang_up.is_done:
            return "locked"
        if isinstance(problem, exceptions.SSLError):
            causes = (problem, problem.__cause__, *problem.args)
            is_certificate = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
            return "certificate" if is_certificate else "not-our-server"
        if isinstance(problem, exceptions.LocationValueError):
            return "bad-address"
        if not _is_loopback(self._base.hostname) and (isinstance(problem, exceptions.ProxyError) or not self._online()):
            return "no-network"
        # A connection that was never made counts as a timeout in urllib3's family.
        is_slow = isinstance(problem, exceptions.TimeoutError | TimeoutError)
        if is_slow and not isinstance(problem, exceptions.NewConnectionError):
            return "timed-out"
        return "server-down"

    def _refusal(self, status: int, headers: Any, kind: str, content: bytes) -> KnownProblem:
        """Return why an answer is none that was asked for."""
        if status in (429, 503):
            return KnownProblem("busy", retry_after=_seconds(headers.get("Retry-After", "")))
        if status in (502, 504):
            return KnownProblem("server-down")
        if status in (407, 511):
            return KnownProblem("captive-portal")
        if 300 <= status < 400:
            is_elsewhere = _host_of(headers.get("Location", "")) not in (None, self._base.hostname)
            return KnownProblem("captive-portal" if is_elsewhere else "not-our-server")
        if kind == _PLAIN and status != 200:
            try:
                refusal = codec.decode(content, Refusal)
            except codec.NotAMessage:
                return KnownProblem("server-fault" if status >= 500 else "not-our-server")
            code = _CODES.get(refusal.code, "server-fault")
            return KnownProblem(code, server_code=refusal.code)
        if status == 413:
            return KnownProblem("too-large")
        if status >= 500:
            return KnownProblem("server-fault")
        # An address that a token came from was our server once: now a network stands before it.
        is_page = kind == "text/html" or content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
        is_portal = is_page and (self._token is not None or _PORTAL_SIGNS.search(content) is not None)
        return KnownProblem("captive-portal" if is_portal else "not-our-server")


def _recognised(hands: Handshake) -> Handshake:
    if hands.product != PRODUCT:
        raise KnownProblem("not-our-server")
    _check_versions(hands)
    return hands


def _check_versions(said: Hello | Handshake) -> None:
    if not said.schema_oldest <= SCHEMA_VERSION <= said.schema_newest:
        raise KnownProblem("other-protocol")


def _read(response: "urllib3.BaseHTTPResponse", *, patience: float) -> bytes:
    """Return the body; a line that only trickles is a line that has stalled (TimeoutError)."""
    begun = time.monotonic()
    parts: list[bytes] = []
    size = 0
    while part := response.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > codec.LARGEST_MESSAGE:
            break
        waited = time.monotonic() - begun
        if waited > patience and size < waited * SLOWEST:
            raise TimeoutError("the answer only trickles")
    return b"".join(parts)


@lru_cache(maxsize=8)
def _checked(url: str) -> SplitResult:
    """Return the address in the form in which requests are made; KnownProblem where it is none, or not safe."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except (ValueError, UnicodeError):
        raise KnownProblem("bad-address") from None
    is_plain = not re.search(r"[\s\\]", parts.netloc + parts.path) and "@" not in parts.netloc
    if parts.scheme not in ("http", "https") or not host or not is_plain or parts.query or parts.fragment:
        raise KnownProblem("bad-address")
    if parts.scheme == "http" and not _is_loopback(host):
        raise KnownProblem("insecure-address")
    named = f"[{host}]" if ":" in host else host
    return SplitResult(parts.scheme, named if port is None else f"{named}:{port}", parts.path.rstrip("/"), "", "")


def _host_of(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return None


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _pool_for(base: SplitResult, watch: Watch) -> "urllib3.HTTPConnectionPool":
    """Return what asks this server, over the system's proxy where one leads there; `watch` is told of connections."""
    import urllib3  # noqa: PLC0415 - only syncing pays for it

    from app.sync.lines import direct, through  # noqa: PLC0415 - as above

    if base.scheme == "http":
        return direct(base, watch, None)
    import truststore  # noqa: PLC0415 - only HTTPS needs it

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    proxies = urllib.request.getproxies()
    proxy = proxies.get("https") or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(base.netloc) or _is_loopback(base.hostname):
        return direct(base, watch, context)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme not in ("http", "https"):
        return direct(base, watch, context)
    login, _, where = parts.netloc.rpartition("@")
    # In an address a login is written with percent signs; urllib3 sends what it is given as Latin-1, byte for byte.
    headers = urllib3.util.make_headers(proxy_basic_auth=unquote_to_bytes(login).decode("latin-1")) if login else None
    manager = urllib3.ProxyManager(f"{parts.scheme}://{where}", maxsize=1, ssl_context=context, proxy_headers=headers)
    return through(manager, base, watch)


def _seconds(text: str) -> int | None:
    """Return a Retry-After in seconds; a date is passed over, because the laptop's clock may be off."""
    return min(int(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() else None
