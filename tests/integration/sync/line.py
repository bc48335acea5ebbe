"""Something between laptop and server that disturbs the line: a real HTTP relay, and a server that answers anything."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import urllib3

from app.sync.client import SyncClient
from app.sync.kept_line import KeptLine
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import Hello
from tests.disturbing_proxy import HangingUp

ID = str(uuid.UUID(int=7))
HELLO = Hello(
    product="Pusterum",
    protocol=1,
    server_id=ID,
    epoch=ID,
    schema_oldest=1,
    schema_newest=SCHEMA_VERSION,
    time="2026-11-24T10:00:00Z",
)
Answering = Callable[[str, bytes], tuple[int, dict[str, str], bytes] | None]
"""Path and body in; status, headers and body out, or None to cut the connection."""


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """Serve on loopback and yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = answering(self.path, body)
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            self.send_header("Connection", "close")
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Line:
    """Relays to a real server; `faults` are used up in order, one for each request to the path they name."""

    target: str
    faults: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _path: None

    def __call__(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        self.asked.append(path)
        self.before(path)
        fault = self.faults.pop(0)[1] if self.faults and self.faults[0][0] == path else ""
        if fault == "cut-before":
            return None
        if fault == "busy":
            return 429, {"Retry-After": "7", "Content-Type": "application/json"}, b'{"code":"busy","sentence":"Later."}'
        status, headers, content = self.forward(path, body)
        if fault == "twice":
            status, headers, content = self.forward(path, body)
        if fault == "cut-after":
            return None
        if fault == "cut-within":
            return status, {**headers, "Content-Length": str(len(content))}, content[: len(content) // 2]
        return status, headers, content

    def forward(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {self.token}"}
        with urllib3.PoolManager() as http:
            response = http.request(
                "POST" if body else "GET", self.target + path, body=body or None, headers=headers, retries=False
            )
            content = response.data
        return response.status, {"Content-Type": response.headers["Content-Type"]}, content

    token: str = ""


class Keeper(HangingUp):
    """A server that keeps its connections; `asked` has the far end of each request, `faults` what to do with the next.

    "dies" closes the connection instead of answering, "answers and dies" afterwards, without a word; "silent" waits
    until :attr:`may_end` is set; "goes on" answers with much more than there is to say.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[int] = []
        self.faults: list[str] = []
        self.gone = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def connections(self) -> int:
        return len(set(self.asked))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Keeper

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.asked.append(self.client_address[1])
        fault = self.server.faults.pop(0) if self.server.faults else ""
        self.close_connection = fault not in ("", "goes on")
        if fault == "silent":
            self.server.may_end.wait()
        if fault in ("silent", "dies"):
            return
        content = msgspec.json.encode(HELLO) + b" " * (1_000_000 if fault == "goes on" else 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def finish(self) -> None:
        super().finish()
        self.server.gone.release()


@contextmanager
def keeping() -> Iterator[Keeper]:
    """Serve and keep connections, until the block is left."""
    with Keeper() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.may_end.set()
        server.shutdown()
        thread.join()


def say_hello(url: str, line: KeptLine | None) -> None:
    """Ask one question as one client, over a line that is kept or over one of its own."""
    with SyncClient(url, line=line) as client:
        client.hello()
