"""Each way in which a server cannot be reached, or is none, has a code of its own."""

import base64
import itertools
import socket
import ssl
import threading
import uuid
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import msgspec
import pytest

from app.errors import KnownProblem
from app.sync.client import SyncClient, is_online
from app.sync.enrol import enrol
from app.sync.hang_up import HangUp
from app.sync.wire import codec
from app.sync.wire.messages import EnrolRequest, PullRequest
from tests.integration.sync.line import HELLO, ID, serving

PAGE = b"<!DOCTYPE html><title>Kommunens hjemmeside</title>"
LOGIN = b"<html><body><form action=/login>Velkommen til Caf\xc3\xa9ens net</form>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
OURS = {"Content-Type": codec.CONTENT_TYPE}


def problem_of(client: SyncClient) -> KnownProblem:
    with client, pytest.raises(KnownProblem) as refused:
        client.hello()
    return refused.value


def a_closed_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refusing(code: str) -> bytes:
    return msgspec.json.encode({"code": code, "sentence": "No."})


@pytest.mark.parametrize(
    ("status", "headers", "content", "code"),
    [
        (200, HTML, PAGE, "not-our-server"),
        (200, HTML, LOGIN, "captive-portal"),
        (200, {}, LOGIN, "captive-portal"),
        (200, {}, b"\r\n  " + LOGIN, "captive-portal"),
        (200, HTML, b"<p>Welcome to our hotspot", "captive-portal"),
        (200, {"Content-Type": "text/plain"}, b"Welcome to our hotspot", "not-our-server"),
        (302, {"Location": "http://login.hotel.example/?from=you"}, b"", "captive-portal"),
        (302, {"Location": "http://[broken"}, b"", "not-our-server"),
        (301, {"Location": "/elsewhere"}, b"", "not-our-server"),
        (301, {"Location": "https://127.0.0.1/v1/hello"}, b"", "not-our-server"),
        (511, HTML, LOGIN, "captive-portal"),
        (407, HTML, PAGE, "captive-portal"),
        (404, HTML, PAGE, "not-our-server"),
        (200, {"Content-Type": "image/png"}, b"\x89PNG", "not-our-server"),
        (200, JSON, b'{"product":"Weather","protocol":1}', "not-our-server"),
        (200, JSON, b"[]", "not-our-server"),
        (200, JSON, b"[" * 100_000, "not-our-server"),
        (404, JSON, b'{"error":"x"}', "not-our-server"),
        (500, JSON, b'{"error":"x"}', "server-fault"),
        (200, JSON, b'{"product":"Pusterum","protocol":1}', "server-fault"),
        (200, JSON, b'{"product":"Pusterum","protocol":2}', "other-protocol"),
        (200, JSON, msgspec.json.encode(msgspec.structs.replace(HELLO, schema_oldest=5)), "other-protocol"),
        (200, JSON, msgspec.json.encode(msgspec.structs.replace(HELLO, schema_newest=0)), "other-protocol"),
        (429, JSON, refusing("busy"), "busy"),
        (503, HTML, PAGE, "busy"),
        (502, HTML, PAGE, "server-down"),
        (504, HTML, PAGE, "server-down"),
        (500, JSON, refusing("failed"), "server-fault"),
        (500, HTML, PAGE, "server-fault"),
        (413, HTML, PAGE, "too-large"),
        (413, JSON, refusing("too-large"), "too-large"),
        (401, JSON, refusing("unknown-token"), "token-refused"),
        (401, JSON, refusing("revoked-token"), "token-refused"),
        (403, JSON, refusing("wrong-database"), "wrong-database"),
        (409, JSON, refusing("database-taken"), "wrong-database"),
        (409, JSON, refusing("wrong-server"), "wrong-server"),
        (409, JSON, refusing("copied-store"), "copied-store"),
        (404, JSON, refusing("unknown-code"), "unknown-code"),
        (410, JSON, refusing("used-code"), "used-code"),
        (410, JSON, refusing("expired-code"), "expired-code"),
        (400, JSON, refusing("not-a-message"), "other-protocol"),
        (400, JSON, refusing("garbled"), "garbled"),
        (418, JSON, refusing("something-new"), "server-fault"),
    ],
)
def test_every_answer_that_was_not_asked_for_has_a_code(status, headers, content, code):
    with serving(lambda _path, _body: (status, headers, content)) as url:
        assert problem_of(SyncClient(url)).code == code


def test_a_web_page_where_our_server_was_is_a_network_that_wants_a_login():
    with serving(lambda _path, _body: (200, HTML, PAGE)) as url:
        assert problem_of(SyncClient(url, token="secret")).code == "captive-portal"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("12", 12), ("", None), ("Tue, 24 Nov 2026 16:00:00 GMT", None), ("9" * 9, 3600), ("\xb2", None)],
)
def test_the_pause_that_a_busy_server_asks_for_is_passed_on(said, seconds):
    with serving(lambda _path, _body: (503, {"Retry-After": said}, b"")) as url:
        assert problem_of(SyncClient(url)).parameters["retry_after"] == seconds


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_nobody_behind_the_door(host):
    assert problem_of(SyncClient(f"http://{host}:{a_closed_port()}", online=lambda: False)).code == "server-down"


def test_a_server_may_stand_below_a_path_and_say_more_than_the_kind_of_its_answer():
    asked = []

    def below(path: str, _body: bytes):
        asked.append(path)
        return 200, {"Content-Type": "Application/JSON; charset=utf-8"}, msgspec.json.encode(HELLO)

    with serving(below) as url, SyncClient(f"{url}/pusterum/") as client:
        assert client.hello() == HELLO
    assert asked == ["/pusterum/v1/hello"]


@pytest.mark.parametrize("leading_out", [[], [socket.AF_INET], [socket.AF_INET6]])
def test_a_machine_is_online_where_either_kind_of_address_leads_out(monkeypatch, leading_out):
    class Probe:
        def __init__(self, family: int, _kind: int) -> None:
            self.family = family

        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

        def connect(self, _where: object) -> None:
            if self.family not in leading_out:
                raise OSError("Network is unreachable")

    monkeypatch.setattr("app.sync.client.socket.socket", Probe)
    assert is_online() == bool(leading_out)


@pytest.mark.parametrize(("is_online", "code"), [(True, "server-down"), (False, "no-network")])
def test_a_name_that_leads_nowhere_is_the_network_or_the_server(monkeypatch, is_online, code):
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert problem_of(SyncClient("https://pusterum.invalid", online=lambda: is_online)).code == code


def test_a_proxy_that_is_not_there_is_the_network(monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{a_closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert problem_of(SyncClient("https://pusterum.invalid", online=lambda: True)).code == "no-network"


@pytest.fixture
def proxy(monkeypatch):
    """The address of a proxy that lets nobody through, and where it was asked to lead and by whom."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    asked = []

    class Refusing(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_CONNECT(self) -> None:
            asked.append((self.path, self.headers["Proxy-Authorization"]))
            self.send_error(403)

    with Quiet(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


HERS = "Basic " + base64.b64encode(b"mette:hemm@lig").decode()


@pytest.mark.parametrize(
    ("name", "address", "login"),
    [
        ("https_proxy", "http://{}", None),
        ("all_proxy", "http://{}", None),
        ("https_proxy", "{}", None),
        ("https_proxy", "http://mette:hemm%40lig@{}", HERS),
    ],
)
def test_the_systems_proxy_is_asked_to_lead_to_the_server(monkeypatch, proxy, name, address, login):
    where, asked = proxy
    monkeypatch.setenv(name, address.format(where))
    assert problem_of(SyncClient("https://pusterum.invalid/x", online=lambda: True)).code == "no-network"
    assert asked == [("pusterum.invalid:443", login)]


@pytest.mark.parametrize(
    ("host", "address", "without"),
    [
        ("pusterum.invalid", "http://{}", "pusterum.invalid"),
        ("pusterum.invalid", "socks5://{}", ""),
        ("localhost", "http://{}", ""),
    ],
    ids=["left out", "of a kind that is not known here", "this machine"],
)
def test_no_proxy_is_asked_where_none_leads(monkeypatch, proxy, host, address, without):
    where, asked = proxy
    monkeypatch.setenv("https_proxy", address.format(where))
    monkeypatch.setenv("no_proxy", without)
    problem = problem_of(SyncClient(f"https://{host}:{a_closed_port()}", online=lambda: True))
    assert (problem.code, asked) == ("server-down", [])


def test_a_server_that_does_not_pick_up_times_out():
    with closing(socket.socket()) as engaged, ExitStack() as calling:
        engaged.bind(("127.0.0.1", 0))
        engaged.listen(0)
        for _ in range(3):
            caller = calling.enter_context(closing(socket.socket()))
            caller.setblocking(False)
            caller.connect_ex(engaged.getsockname())
        url = f"http://127.0.0.1:{engaged.getsockname()[1]}"
        assert problem_of(SyncClient(url, connect_seconds=0.05)).code == "timed-out"


@pytest.mark.parametrize("padding", [0, 1_000_000], ids=["short", "long"])
def test_an_answer_that_comes_slowly_and_steadily_is_read_to_its_end(monkeypatch, padding):
    seconds = itertools.count()
    monkeypatch.setattr("app.sync.client.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    content = msgspec.json.encode(HELLO) + b" " * padding
    with serving(lambda _path, _body: (200, JSON, content)) as url, SyncClient(url, read_seconds=5) as client:
        assert client.hello() == HELLO


def test_a_server_that_says_nothing_times_out():
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert problem_of(SyncClient(url, read_seconds=0.05)).code == "timed-out"


def test_the_token_follows_no_redirect():
    asked = []

    def elsewhere(path: str, _body: bytes):
        asked.append(path)
        return 200, JSON, b"{}"

    with (
        serving(elsewhere) as other,
        serving(lambda _path, _body: (307, {"Location": f"{other}/v1/hello"}, b"")) as url,
    ):
        problem_of(SyncClient(url, token="secret"))
    assert asked == []


def test_an_answer_that_was_cut_or_changed_on_the_way_is_told_from_a_fault_of_the_server():
    whole = codec.pack(HELLO)
    changed = whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]
    request = PullRequest(database_id=ID, cursor=0)
    for content, code in (
        (whole[:-3], "garbled"),
        (changed, "garbled"),
        (whole, "server-fault"),
        (b"", "server-fault"),
        (LOGIN, "server-fault"),
    ):
        with (
            serving(lambda _path, _body, content=content: (200, OURS, content)) as url,
            SyncClient(url) as client,
            pytest.raises(KnownProblem, match=code),
        ):
            client.pull(request)


def test_a_message_of_another_store_is_not_sent():
    with (
        SyncClient("http://127.0.0.1:9", database_id=ID) as client,
        pytest.raises(KnownProblem, match="wrong-database"),
    ):
        client.pull(PullRequest(database_id=str(uuid.UUID(int=8)), cursor=0))


@pytest.mark.parametrize(
    "url",
    [
        "", "pusterum", "pusterum.example.dk", "https://", "https:///v1", "ftp://pusterum.example.dk", "https://a b",
        "https://mette:hemmelig@pusterum.example.dk", "https://x:99999", "https://[::1", "https://x/?a=1", "https://x/#a",
        "https://" + "a" * 70 + ".dk", "file:///etc/passwd", "https://x\\y",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_said_before_anything_is_sent(url):
    with pytest.raises(KnownProblem, match="bad-address"):
        SyncClient(url)


@pytest.mark.parametrize("url", ["http://pusterum.example.dk", "http://10.0.0.4:8431", "http://127.0.0.1.example.dk"])
def test_plain_http_is_for_loopback_alone(url):
    with pytest.raises(KnownProblem, match="insecure-address"):
        SyncClient(url)


@pytest.mark.parametrize(
    "url", [" https://røgfri.example.dk/pusterum/ ", "http://[::1]:8431", "http://LOCALHOST:1", "HTTPS://X.dk"]
)
def test_addresses_that_are_some(url):
    SyncClient(url).close()


def a_certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(9999))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


class Quiet(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """The laptop hangs up; that is the point."""


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(a_certificate(tmp_path))
    with Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert problem_of(SyncClient(f"https://localhost:{server.server_port}", token="x")).code == "certificate"
        thread.join()


def test_something_that_speaks_no_tls_is_not_our_server():
    with serving(lambda _path, _body: (200, HTML, PAGE)) as url:
        assert problem_of(SyncClient(url.replace("http:", "https:"))).code == "not-our-server"


@pytest.mark.parametrize("code", ["", "  ", "ABC", "A" * 65])
def test_a_code_that_cannot_be_one_is_not_asked_about(code):
    with pytest.raises(KnownProblem, match="unknown-code"):
        enrol(f"http://127.0.0.1:{a_closed_port()}", code, device_name="x", database_id=ID)


def test_codes_that_are_used_or_unknown_are_said(cooperation):
    code = cooperation.code("mette")
    device = enrol(cooperation.server.url, f" {code.lower()} ", device_name="  ", database_id=str(uuid.uuid4()))
    assert (device.user_name, device.role, device.team_ids) == ("mette", "counsellor", [cooperation.north])
    for again, expected in ((code, "used-code"), ("NOSU-CHCO", "unknown-code")):
        with pytest.raises(KnownProblem, match=expected):
            enrol(cooperation.server.url, again, device_name="x" * 500, database_id=str(uuid.uuid4()))


def test_enrolment_does_not_speak_to_a_server_that_is_none():
    with serving(lambda _path, _body: (200, HTML, PAGE)) as url, pytest.raises(KnownProblem, match="not-our-server"):
        enrol(url, "ABCD-EFGH", device_name="x", database_id=ID)


def test_the_server_of_a_code_is_the_server_that_said_hello():
    from app.sync.wire.messages import EnrolReply

    other = str(uuid.UUID(int=9))
    reply = EnrolReply(
        server_id=other, epoch=ID, device_id=ID, token="t", user_id=ID, user_name="x", role="counsellor",
        cooperation_id=ID, cooperation_name="x", team_ids=[], receipt_key="",
    )  # fmt: skip

    def answering(path: str, body: bytes):
        if path == "/v1/hello":
            return 200, JSON, msgspec.json.encode(HELLO)
        assert codec.unpack(body, EnrolRequest).code == "ABCD"
        return 200, OURS, codec.pack(reply)

    with serving(answering) as url, pytest.raises(KnownProblem, match="wrong-server"):
        enrol(url, "ABCD", device_name="x", database_id=ID)


def test_a_request_without_an_answer_ends_when_it_is_hung_up():
    asked, may_answer, hang_up, ended = threading.Event(), threading.Event(), HangUp(), []

    def never_answers(_path: str, _body: bytes) -> None:
        asked.set()
        may_answer.wait()

    def ask(url: str) -> None:
        with SyncClient(url, read_seconds=3600, hang_up=hang_up) as client, pytest.raises(KnownProblem) as refused:
            client.hello()
        ended.append(refused.value.code)

    with serving(never_answers) as url:
        asking = threading.Thread(target=ask, args=(url,), daemon=True)
        asking.start()
        try:
            assert asked.wait(60)
            hang_up.now()
            asking.join(60)
        finally:
            may_answer.set()
    assert ended == ["locked"]


def test_a_request_over_tls_that_gets_no_answer_ends_when_it_is_hung_up(tmp_path, monkeypatch):
    certificate = a_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked, hang_up, ended = [], HangUp(), []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        client = SyncClient(f"https://localhost:{listening.getsockname()[1]}", read_seconds=3600, hang_up=hang_up)

        def ask() -> None:
            with client:
                ended.append(problem_of(client).code)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        line, _ = listening.accept()
        with context.wrap_socket(line, server_side=True) as secured:
            asked.append(secured.recv(65_536)[:14])
            hang_up.now()
            asking.join(60)
    assert (asked, ended) == ([b"GET /v1/hello "], ["locked"])


def test_nothing_is_asked_after_hanging_up():
    hang_up, asked = HangUp(), []
    with serving(lambda path, _body: asked.append(path)) as url:
        hang_up.now()
        assert problem_of(SyncClient(url, hang_up=hang_up)).code == "locked"
    assert asked == []
