"""A real HTTP relay between laptop and server that does to requests what lines, portals and balancers do to them."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from weakref import WeakSet

import urllib3

FAULTS = (
    "drop",  # the request never arrives
    "cut-after",  # the server has committed, the answer never arrives
    "cut-within",  # half of the answer arrives
    "twice",  # the request arrives twice, the second answer is returned
    "late",  # the laptop gives up, and the request arrives after others that it sent later
    "busy",  # 429 with Retry-After
    "fault",  # 500 before the server has seen it
    "portal",  # somebody else's web page
    "corrupt",  # a byte of the answer is another one
    "corrupt-request",  # a byte of the request is another one
    "kill-laptop",  # the laptop's process dies while it waits for the answer
)
PORTAL = b"<!DOCTYPE html><html><body><form action=/login>Velkommen til netv\xc3\xa6rket</form>"
JSON = {"Content-Type": "application/json"}
INSTEAD = {
    "busy": (429, {"Retry-After": "1", **JSON}, b'{"code":"busy","sentence":"."}'),
    "fault": (500, JSON, b'{"code":"failed","sentence":"."}'),
    "portal": (200, {"Content-Type": "text/html"}, PORTAL),
}
"""What answers before the server has seen the request."""
Request = tuple[str, str, dict[str, str], bytes]


def _with_another_byte(content: bytes) -> bytes:
    """Return the content with one byte changed, which one depends on the content alone."""
    if not content:
        return content
    at = random.Random(content).randrange(len(content))
    return content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]


class Killed(BaseException):
    """The laptop's process is gone: nothing after this runs."""


@dataclass
class Link:
    """Speed and delay of a line: bytes a second each way and seconds of a round trip; None is as fast as it goes."""

    bytes_per_second: float | None = None
    round_trip: float = 0.0

    def carry(self, size: int) -> None:
        """Take the time that so many bytes need one way."""
        seconds = self.round_trip / 2 + (size / self.bytes_per_second if self.bytes_per_second else 0.0)
        if seconds:
            time.sleep(seconds)


@dataclass
class Proxy:
    """Relays to `target`; `plan` maps the number of a request to come (from 0) to its fault."""

    target: str
    link: Link = field(default_factory=Link)
    plan: dict[int, str] = field(default_factory=dict)
    asked: int = 0
    injected: list[str] = field(default_factory=list)
    carried: list[int] = field(default_factory=lambda: [0, 0])
    paths: list[str] = field(default_factory=list)
    url: str = ""
    kill: bool = False
    _late: list[Request] = field(default_factory=list)
    _http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=8))

    def disturb(self, plan: dict[int, str]) -> None:
        """Begin to count anew, with these faults."""
        self.asked = 0
        self.plan = dict(plan)

    def deliver_late(self) -> int:
        """Let everything that was held up on the way arrive now; nobody waits for its answer any more."""
        late, self._late = self._late, []
        for request in late:
            self._forward(request)
        return len(late)

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes] | None:
        """Return status, headers and body, or None to cut the connection."""
        if self.kill:
            return None  # nobody asks any more
        fault = self.plan.pop(self.asked, "")
        self.asked += 1
        self.paths.append(request[1])
        if fault:
            self.injected.append(fault)
        if fault == "late":
            self._late.append(request)
        if fault in ("drop", "late"):
            return None
        if fault in INSTEAD:
            return INSTEAD[fault]
        return self._disturbed(request, fault)

    def _disturbed(self, request: Request, fault: str) -> tuple[int, dict[str, str], bytes] | None:
        """Forward the request, and do to the answer what the fault says."""
        if fault == "corrupt-request":
            method, path, told, body = request
            request = (method, path, told, _with_another_byte(body))
        status, headers, content = self._forward(request)
        match fault:
            case "twice":
                status, headers, content = self._forward(request)
            case "cut-after":
                return None
            case "kill-laptop":
                self.kill = True
                return None
            case "cut-within":
                headers = {**headers, "Content-Length": str(len(content))}
                content = content[: len(content) // 2]
            case "corrupt":
                content = _with_another_byte(content)
        if self._late and not fault:
            # What was held up arrives behind what was sent after it.
            self.deliver_late()
        return status, headers, content

    def _forward(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        method, path, headers, body = request
        passed: dict[str, str] = {
            name: headers[name] for name in ("Authorization", "Content-Type", "Accept") if name in headers
        }
        try:
            response = self._http.request(method, self.target + path, body=body or None, headers=passed, retries=False)
        except urllib3.exceptions.HTTPError:
            return 502, {"Content-Type": "text/html"}, b"<html>bad gateway"
        kept = {name: response.headers[name] for name in ("Content-Type", "Retry-After") if name in response.headers}
        return response.status, kept, response.data


class HangingUp(ThreadingHTTPServer):
    """Hangs up on whoever is still connected when it closes: else a thread would wait for the next request for ever."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._lines: WeakSet[socket.socket] = WeakSet()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        super().server_close()
        for line in list(self._lines):
            # Most were hung up on by then.
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up in the midst of it is what this is for."""


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """Serve the proxy on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            proxy.link.carry(len(body) + 400)
            answered = proxy.answer((self.command, self.path, dict(self.headers), body))
            if answered is None:
                self.close_connection = True
                return
            status, headers, content = answered
            proxy.carried[0] += len(body)
            proxy.carried[1] += len(content)
            proxy.link.carry(len(content) + 300)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            if int(headers.get("Content-Length", len(content))) != len(content):
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

    with HangingUp(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
            proxy._http.clear()
