"""Whatever is thrown at the server: it refuses in a sentence, tells nothing of itself, and goes on working."""

import asyncio
import contextlib
import random
import select
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

import msgspec
import psycopg
import pytest
import urllib3
import uvicorn
from uvicorn.server import ServerState

from app.sync.wire import codec
from app.sync.wire.messages import PullRequest, Refusal
from server import connections, request_body
from server.refusals import RequestRefused
from server.web import SECURITY_HEADERS
from tests.security.counting import count
from tests.server.laptops import Cooperation, ServerProcess, new_id, refusal

ROOT = Path(__file__).parents[2]
ADDRESSES = (
    "enrol", "push", "pull", "receipt", "handshake", "repair", "standing", "laptops", "laptop-report",
    "revoke", "deliver",
)  # fmt: skip
BAD_BODIES = 60


def bad_bodies():
    generator = random.Random(11)
    yield from (b"", b"{", b"\xff" * 40, b"null", b"[]", b"{}" * 1000, b"[" * 100_000, b"\x28\xb5\x2f\xfd" + bytes(100))
    whole = codec.pack(PullRequest(database_id=new_id(), cursor=0))
    for _ in range(BAD_BODIES - 8):
        content = bytearray(whole)
        for _ in range(generator.randrange(1, 6)):
            content[generator.randrange(len(content))] = generator.randrange(256)
        yield bytes(content[: generator.randrange(1, len(content) + 1)])


@pytest.mark.parametrize("address", ADDRESSES)
def test_bad_bodies_are_refused_in_a_sentence_without_a_trace(cooperation, address):
    laptop = cooperation.laptop("mette")
    tried = 0
    for body in bad_bodies():
        tried += 1
        response = laptop.send(f"/v1/{address}", body)
        assert 400 <= response.status < 500 or response.status == 200, (address, body[:40], response.status)
        assert response.status != 200 or body, address
        assert b"Traceback" not in response.data
        assert b".py" not in response.data
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        if response.status != 200:
            msgspec.json.decode(response.data, type=Refusal)
    count(bad_inputs=tried)
    log = (cooperation.server.folder / "log").read_text()
    assert "Traceback" not in log


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/schema", "/docs", "/v1/../../etc/passwd", "/v1/push%00", "/" + "a" * 5000]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "TRACE", "OPTIONS"])
def test_addresses_that_are_none_tell_nothing(server, path, method):
    response = urllib3.request(method, f"{server.url}{path}", retries=False)
    assert response.status in (400, 404, 405, 414, 204)
    assert "server" not in {name.lower() for name in response.headers} or "uvicorn" not in response.headers["server"]
    assert b"Litestar" not in response.data
    count(bad_inputs=1)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic eDp4", "Bearer " + "x" * 4000, "Bearer ' OR 1=1 --", "bearer null"],
)
def test_whoever_has_no_token_gets_nothing(server, header):
    response = urllib3.request(
        "POST", f"{server.url}/v1/pull", body=b"", headers={"Authorization": header}, retries=False
    )
    assert response.status == 401
    assert refusal(response) == "unknown-token"
    count(bad_inputs=1)


def test_codes_and_tokens_cannot_be_tried_without_end(tmp_path):
    with ServerProcess(tmp_path) as running:
        with running.connect() as connection:
            laptop = Cooperation.make(connection, running).laptop("mette")
        codes = [
            urllib3.request("POST", f"{running.url}/v1/enrol", body=_enrolment(n), retries=False).status
            for n in range(40)
        ]
        assert codes[:30] == [404] * 30
        assert codes[30:] == [429] * 10
        tokens = [
            urllib3.request(
                "POST", f"{running.url}/v1/pull", body=b"", headers={"Authorization": f"Bearer {n}"}, retries=False
            ).status
            for n in range(130)
        ]
        assert tokens[:120] == [401] * 120
        assert set(tokens[120:]) == {429}
        # The laptops of an office have one address, with whoever else is there.
        assert laptop.pull() is not None
        laptop.http.clear()
    count(bad_inputs=170)


def _enrolment(number):
    from app.sync.wire.messages import EnrolRequest

    return codec.pack(EnrolRequest(code=f"ZZZZ{number:04d}", device_name="x", database_id=new_id()))


def test_a_message_larger_than_the_server_takes_is_refused_before_it_is_read(cooperation):
    laptop = cooperation.laptop("mette")
    response = laptop.send("/v1/push", bytes(codec.LARGEST_MESSAGE + 1))
    assert response.status == 413
    small = codec.pack(PullRequest(database_id=laptop.database_id, cursor=0))
    assert laptop.send("/v1/pull", small).status == 200
    count(bad_inputs=1)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.dk"])  # noqa: S104 - refused
def test_plain_http_is_for_loopback_alone(tmp_path, host):
    said = subprocess.run(
        [sys.executable, "-m", "server", "serve", "--host", host, "--port", "0", "--data", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert said.returncode == 2
    assert "never travel in clear" in said.stderr
    assert not list(tmp_path.iterdir())  # no database was made for it


def test_with_a_certificate_it_speaks_tls_and_nothing_else(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    _self_signed(certificate, key)
    (tmp_path / "server").mkdir()
    arguments = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    with ServerProcess(tmp_path / "server", *arguments) as running:
        assert running.url.startswith("https://")
        pool = urllib3.PoolManager(ca_certs=str(certificate))
        assert pool.request("GET", f"{running.url}/v1/hello").status == 200
        pool.clear()
        host, port = running.url.removeprefix("https://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as plain:
            plain.sendall(b"GET /v1/hello HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"Pusterum" not in plain.recv(1000)


def _self_signed(certificate, key):
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def test_the_serving_role_reads_and_writes_rows_and_nothing_more(tmp_path, server):
    with server.connect() as connection:
        connection.execute((ROOT / "server" / "least_rights.sql").read_text())
        connection.commit()
    with server.connect() as connection:
        connection.execute("SET ROLE pusterum_server")
        assert connection.execute("SELECT count(*) FROM device").fetchone()
        connection.execute("UPDATE cooperation SET name = name")
        connection.commit()
    for forbidden in (
        "CREATE TABLE x (y int)", "DROP TABLE device", "ALTER TABLE device ADD COLUMN x int", "TRUNCATE change",
        "CREATE ROLE somebody", "UPDATE schema_version SET version = 0", "COPY device TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ):  # fmt: skip
        with server.connect() as connection:
            connection.execute("SET ROLE pusterum_server")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
        count(bad_inputs=1)


def test_secrets_come_from_the_environment_or_a_file_and_never_from_an_argument():
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "server").glob("*command*.py")]
    assert not any(f'"--{word}' in text for text in texts for word in ("password", "passphrase", "secret", "token"))
    assert "PUSTERUM_DATABASE_URL" in "".join(texts)
    assert "PUSTERUM_HELP_PASSPHRASE" in "".join(texts)


def half_a_body(open_lines: ExitStack, server: ServerProcess, address: str, token: str, *, length: int):
    """Begin a request and send a few bytes of its body; return the line on which the rest never comes."""
    host, port = server.url.removeprefix("http://").split(":")
    line = open_lines.enter_context(socket.create_connection((host, int(port)), timeout=60))
    line.sendall(
        f"POST /v1/{address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {length}\r\n\r\nhalf".encode()
    )
    count(bad_inputs=1)
    return line


def test_strangers_who_send_half_a_body_keep_no_laptop_out(tmp_path, server, cooperation):
    narrow = ServerProcess(tmp_path, "--database-url", server.about["database_url"], "--under-way", "2")
    laptop = cooperation.laptop("mette")
    with narrow, ExitStack() as open_lines:
        laptop.server = narrow
        addresses = ("push", "push", "push", "enrol", "enrol", "enrol")
        strangers = [half_a_body(open_lines, narrow, address, "nobody", length=1000) for address in addresses]
        # Each has been read by the time that a later one is answered.
        assert laptop.http.request("GET", f"{narrow.url}/v1/hello").status == 200
        assert len(laptop.push(laptop.change("place", new_id(), {"team_id": cooperation.north}))) == 1
        assert strangers[0].recv(1000).startswith(b"HTTP/1.1 401 ")


def test_a_laptop_that_drips_bodies_keeps_no_colleague_out(tmp_path, server, cooperation):
    narrow = ServerProcess(tmp_path, "--database-url", server.about["database_url"], "--under-way", "6")
    drips, laptop = cooperation.laptop("jens"), cooperation.laptop("mette")
    with narrow, ExitStack() as open_lines:
        laptop.server = narrow
        token = drips.account.token
        waiting = [half_a_body(open_lines, narrow, "push", token, length=1_000_000) for _ in range(6)]
        for _ in range(2):
            answered, _, _ = select.select(waiting, [], [], 60)
            assert answered[0].recv(1000).startswith(b"HTTP/1.1 429 ")
            waiting.remove(answered[0])
        assert len(laptop.push(laptop.change("place", new_id(), {"team_id": cooperation.north}))) == 1


def test_a_body_that_drips_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(request_body, "PATIENCE", 0.05)

    class Dripping:
        headers: ClassVar = {"content-length": "1000000"}

        async def receive(self):
            await asyncio.sleep(0.001)
            return {"type": "http.request", "body": b"x", "more_body": True}

    monkeypatch.setattr(request_body, "SLOWEST", 10_000)
    with pytest.raises(RequestRefused) as refused:
        asyncio.run(request_body.RequestBody(Dripping()).whole())
    assert refused.value.status == 408


@pytest.mark.parametrize("sent", [b"\x16\x03\x01 no HTTP\r\n\r\n", b"GET / HTTP/1.1\r\nHost x\r\n\r\n"])
def test_what_is_no_http_is_refused_as_everything_else_is(server, sent):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(sent)
        head, _, body = b"".join(iter(lambda: line.recv(1000), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert msgspec.json.decode(body, type=Refusal).code == "not-a-message"
    for name, value in SECURITY_HEADERS.items():
        assert f"{name}: {value}".encode() in head
    count(bad_inputs=1)


def test_a_head_without_end_is_hung_up_on(server):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        # Where it hangs up in the midst of what is sent, the system may throw the answer away.
        with contextlib.suppress(ConnectionError):
            line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 4_000_000)
        with contextlib.suppress(ConnectionError):
            assert line.recv(1000).startswith(b"HTTP/1.1 400 ")
    count(bad_inputs=1)
    assert "hung up" in server.log()


def test_whoever_never_ends_a_head_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.05)

    async def answer_to(sent):
        serving = await asyncio.get_running_loop().create_server(
            lambda: connections.Bounded(uvicorn.Config(application), ServerState(), {}), "127.0.0.1", 0
        )
        async with serving:
            reader, writer = await asyncio.open_connection(*serving.sockets[0].getsockname())
            writer.write(sent)
            answer = await reader.read()
            writer.close()
            return answer

    async def application(_scope, _receive, _send):
        raise AssertionError("a head that has not ended asks nothing")

    for sent in (b"", b"GET /health HTTP/1.1\r\nHost:"):
        assert b"did not arrive in time" in asyncio.run(answer_to(sent))
        count(bad_inputs=1)
