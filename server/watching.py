"""What an operator sees of a running server: figures for Prometheus, and one line of JSON for each request.

Neither holds a name, an address, a token or a body: the path as it is written in the description, the status, how long
it took and how large it was.
"""

import json
import logging
import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server import clock

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_log = logging.getLogger("pusterum.requests")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Figures:
    """The figures of one server process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pusterum_requests_total", "Requests answered", ("path", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "pusterum_request_seconds", "Time to an answer", ("path",), buckets=_SECONDS, registry=self.registry
        )
        self.received = Counter("pusterum_received_bytes_total", "Bytes of request bodies", registry=self.registry)
        self.sent = Counter("pusterum_sent_bytes_total", "Bytes of answers", registry=self.registry)
        self.shed = Counter("pusterum_shed_total", "Requests asked to come back", registry=self.registry)
        self.under_way = Gauge("pusterum_requests_under_way", "Requests being worked on", registry=self.registry)
        self.changes = Counter(
            "pusterum_changes_total", "Changes answered, by outcome", ("outcome",), registry=self.registry
        )

    def text(self) -> bytes:
        """Return them as Prometheus reads them."""
        return generate_latest(self.registry)


class Watched:
    """An ASGI application around the server that counts and logs every request."""

    def __init__(self, application: Any, figures: Figures, paths: frozenset[str]) -> None:
        self._application = application
        self._figures = figures
        self._paths = paths

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and write down how it went."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        # What is not in the description is one path, or an attacker could fill the memory with names.
        path = scope["path"] if scope["path"] in self._paths else "other"
        begun = time.perf_counter()
        status, size_in, size_out = 500, 0, 0

        async def counted_receive() -> Any:
            nonlocal size_in
            message = await receive()
            size_in += len(message.get("body", b""))
            return message

        async def counted_send(message: Any) -> None:
            nonlocal status, size_out
            if message["type"] == "http.response.start":
                status = message["status"]
            size_out += len(message.get("body", b""))
            await send(message)

        self._figures.under_way.inc()
        try:
            await self._application(scope, counted_receive, counted_send)
        finally:
            seconds = time.perf_counter() - begun
            figures = self._figures
            figures.under_way.dec()
            figures.requests.labels(path, str(status)).inc()
            figures.seconds.labels(path).observe(seconds)
            figures.received.inc(size_in)
            figures.sent.inc(size_out)
            if status in (429, 503):
                figures.shed.inc()
            if path not in ("/health", "/ready", "/metrics"):
                _log.info(
                    "request",
                    extra={
                        "facts": {
                            "path": path,
                            "status": status,
                            "ms": round(seconds * 1000, 1),
                            "in": size_in,
                            "out": size_out,
                        }
                    },
                )


class JsonLines(logging.Formatter):
    """One JSON object a line: when, how grave, who says it, what."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = {
            "at": clock.moment(clock.now()),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # A traceback may quote a row, so only its kind is written.
            said["problem"] = record.exc_info[0].__name__
        return json.dumps(said, ensure_ascii=False)
