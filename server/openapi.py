"""The description of the server's addresses, made from the very types that read and write the messages."""

from typing import Any

import msgspec

from app.sync.wire import codec, oversight
from app.sync.wire.envelope import CourierRequest, CourierResponse
from app.sync.wire.messages import (
    EnrolReply,
    EnrolRequest,
    ExchangeReply,
    ExchangeRequest,
    Handshake,
    HandshakeRequest,
    Hello,
    LookReply,
    LookRequest,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Receipt,
    ReceiptRequest,
    Refusal,
    RepairReply,
    RepairRequest,
    StandingReply,
)

MESSAGES: dict[str, tuple[str, type[Any], type[Any]]] = {
    "/v1/enrol": ("Exchange a one-time code for a device token", EnrolRequest, EnrolReply),
    "/v1/handshake": ("Say where both stand, and give the laptop its next turn", HandshakeRequest, Handshake),
    "/v1/look": ("Shake hands with nothing to send: page and receipt at once", LookRequest, LookReply),
    "/v1/exchange": ("Synchronise at once, with little to send", ExchangeRequest, ExchangeReply),
    "/v1/push": ("Take a batch of changes", PushRequest, PushReply),
    "/v1/pull": ("Hand out a page of rows", PullRequest, PullReply),
    "/v1/repair": ("Compare one table row by row", RepairRequest, RepairReply),
    "/v1/receipt": ("Count and sign", ReceiptRequest, Receipt),
    "/v1/courier": ("Take an envelope that somebody carried", CourierRequest, CourierResponse),
    "/v1/standing": ("Report in", oversight.StandingRequest, StandingReply),
}
PLAIN = ("/v1/hello", "/health", "/ready", "/metrics", "/openapi.json")
PATHS = frozenset((*MESSAGES, *PLAIN, "/v1/laptops", "/v1/laptop-report", "/v1/revoke"))
_JSON = "application/json"


def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    kinds: set[type[Any]] = {Hello, Refusal, *(kind for _, *both in MESSAGES.values() for kind in both)}
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    references, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(ordered, references, strict=True))
    refusal = {"description": "Refused", "content": {_JSON: {"schema": schema_of[Refusal]}}}
    paths: dict[str, Any] = {
        "/v1/hello": {"get": _plain("Say who the server is", schema_of[Hello])},
        "/health": {"get": _plain("Say that this process is alive", {"type": "object"})},
        "/ready": {"get": _plain("Say that the database answers too", {"type": "object"})},
    }
    for path, (summary, request, reply) in MESSAGES.items():
        secured: list[dict[str, list[str]]] = [] if path == "/v1/enrol" else [{"device": []}]
        paths[path] = {
            "post": {
                "summary": summary,
                "security": secured,
                "requestBody": {"required": True, "content": _both(schema_of[request])},
                "responses": {
                    "200": {"description": "Answered", "content": _both(schema_of[reply])},
                    **dict.fromkeys(("400", "401", "403", "404", "409", "410", "413", "429", "503"), refusal),
                },
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pusterum's server",
            "version": "1",
            "description": (
                f"Bodies are JSON compressed with zstd ({codec.CONTENT_TYPE}); plain JSON is taken too, and answered"
                " where Accept asks for it."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer"}},
        },
    }


def _both(schema: Any) -> dict[str, Any]:
    return {_JSON: {"schema": schema}, codec.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}


def _plain(summary: str, schema: Any) -> dict[str, Any]:
    return {
        "summary": summary,
        "responses": {"200": {"description": "Answered", "content": {_JSON: {"schema": schema}}}},
    }
