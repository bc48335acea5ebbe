"""The replies as a laptop of schema 1 reads them, as they stood in its last version; never changed.

Beside it lies what such a laptop sent on one day: `schema_1.json`, taken down on the line between its program and a
server of that day.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Identifier = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Moment = Annotated[str, Meta(min_length=20, max_length=32)]
Position = Annotated[int, Meta(ge=0)]


class Outcome(StrEnum):
    """What the server did with one change."""

    APPLIED = "applied"
    ALREADY_HAD = "already-had"
    MERGED = "merged"
    CONFLICT = "conflict"
    REFUSED = "refused"
    TRY_LATER = "try-later"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server's answer to one change, named by its place in the batch (from 0).

    `position` is where the change now stands in the server's order (0 where it was not taken); `code` and `sentence`
    (English, without personal data) say why a change was refused.
    """

    index: Annotated[int, Meta(ge=0)]
    outcome: Outcome
    position: Position = 0
    code: str = ""
    sentence: str = ""


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answers: every change not among `exceptions` was applied, at consecutive positions from `first_position`.

    Repeating random identifiers would double the traffic, so the usual answer is one number (see :func:`answers_of`).
    """

    server_id: Identifier
    epoch: Identifier
    count: Annotated[int, Meta(ge=0)]
    first_position: Position
    exceptions: list[Answer] = []


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row as the server now has it; a tombstone where `deleted`."""

    entity: Name
    row_id: Identifier
    position: Position
    fields: dict[Name, Any] = {}
    deleted: bool = False


class PullReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows in order of position; `cursor` is where the next page begins, `more` whether there is one now."""

    server_id: Identifier
    epoch: Identifier
    rows: list[Row]
    cursor: Position
    more: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The server's signed word on what it holds, counted from its own tables.

    `held` of this device's changes 1…`through_sequence` are stored (applied, merged or in conflict), `refused` were
    refused with a reason; the day is safe when the two add up. `rows` counts the rows in the laptop's scope per entity,
    `position` is the newest of them. `signature` is Ed25519 (base64) over the JSON of the rest, keys sorted.
    """

    receipt_id: Identifier
    server_id: Identifier
    epoch: Identifier
    device_id: Identifier
    database_id: Identifier
    received_at: Moment
    through_sequence: Annotated[int, Meta(ge=0)]
    held: Annotated[int, Meta(ge=0)]
    refused: Annotated[int, Meta(ge=0)]
    position: Position
    rows: dict[Name, int]
    signature: str = ""


REPLIES: dict[str, type[msgspec.Struct]] = {"/v1/push": PushReply, "/v1/pull": PullReply, "/v1/receipt": Receipt}
