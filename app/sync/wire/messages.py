"""The messages, as typed structures: a message that does not fit is refused before anyone reads it.

Times are ISO 8601 in UTC with ``Z``, days are ISO dates, identifiers are UUIDs as text of 36 characters.
Positions are integers given by the server in *commit order*; 0 means "nothing yet".
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PROTOCOL = 1

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Identifier = Annotated[str, Meta(pattern=f"^{_UUID}$")]
"""A UUID as the wire writes it. A pattern with a group for its three middle parts takes a fifth longer to read."""
Told = Annotated[str, Meta(min_length=36, max_length=36)]
"""An identifier that is only kept and told on: looking at each of its letters is half of the time of reading a page."""
OneOfMany = Annotated[str, Meta(min_length=36, max_length=36, extra_json_schema={"pattern": f"^{_UUID}$"})]
"""The same where there may be thousands: whatever holds them checks them all at once (:func:`check_identifiers`)."""
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Moment = Annotated[str, Meta(min_length=20, max_length=32)]
Position = Annotated[int, Meta(ge=0)]


_IDENTIFIERS = re.compile(f"(?:{_UUID})*")


def check_identifiers(values: Iterable[str]) -> None:
    """Raise ValueError where one of the values, each as long as a UUID, is none; a third of one pattern for each."""
    if _IDENTIFIERS.fullmatch("".join(values)) is None:
        raise ValueError("not an identifier")


MOST_OWN = 100
"""Runs of its own changes that a laptop names in one request."""


class Operation(StrEnum):
    """What a change does to its row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One immutable entry of a laptop's outbox.

    `fields` holds every field on insert, the changed ones on update, nothing on delete. `base` is the position of the
    row that the laptop saw when it made the change; 0 where the server had not yet answered for it. An insert of a row
    that the server had before (:data:`OFFERED`) is taken where it lacks the row now, and changes nothing elsewhere.
    """

    change_id: OneOfMany
    sequence: Annotated[int, Meta(ge=1)]
    entity: Name
    row_id: OneOfMany
    operation: Operation
    actor: OneOfMany
    at: Moment
    fields: dict[Name, Any] = {}
    base: Position = 0
    schema: Annotated[int, Meta(ge=1)] = 1

    @property
    def is_offer(self) -> bool:
        """Whether a row is offered that the server may have lost, and may have all the same."""
        return self.operation is Operation.INSERT and self.base > 0


OFFERED = 1
"""Base of what a laptop offers to a server that was set back: at which position it was there tells nothing any more."""


def check_changes(changes: Iterable[Change]) -> None:
    """Raise ValueError where one of the changes is not named by identifiers."""
    check_identifiers([named for one in changes for named in (one.change_id, one.row_id, one.actor)])


class RawChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The same entry on its way out: its fields go from the store to the wire unread."""

    change_id: str
    sequence: int
    entity: str
    row_id: str
    operation: Operation
    actor: str
    at: str
    fields: msgspec.Raw
    base: int = 0
    schema: int = 1


class Outcome(StrEnum):
    """What the server did with one change."""

    APPLIED = "applied"
    ALREADY_HAD = "already-had"
    MERGED = "merged"
    CONFLICT = "conflict"
    REFUSED = "refused"
    TRY_LATER = "try-later"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The server's answer to one change, named by its place in the batch (from 0).

    `position` is where the change now stands in the server's order (0 where it was not taken); `code` and `sentence`
    (English, without personal data) say why a change was refused.
    """

    index: Annotated[int, Meta(ge=0)]
    outcome: Outcome
    position: Position = 0
    code: str = ""
    sentence: str = ""


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of changes in device order; `database_id` tells a cloned store from its original."""

    database_id: Identifier
    changes: list[Change]

    def __post_init__(self) -> None:
        check_changes(self.changes)


class RawPushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The same batch, as a laptop sends it."""

    database_id: str
    changes: list[RawChange]


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answers: every change not among `exceptions` was applied, at consecutive positions from `first_position`.

    Repeating random identifiers would double the traffic, so the usual answer is one number (see :func:`answers_of`).
    `highest_sequence` is the last number that the server has from this device: a store set back to an older backup
    goes on above it.
    """

    server_id: Identifier
    epoch: Identifier
    count: Annotated[int, Meta(ge=0)]
    first_position: Position
    exceptions: list[Answer] = []
    highest_sequence: Annotated[int, Meta(ge=0)] = 0


class PullRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ask for rows changed after `cursor`, at most `limit` of them; `turn` is what the last handshake gave.

    `own` holds pairs of positions, first and last, at which changes of this laptop were plainly applied a moment ago:
    it has those rows as they are, and need not be told of them. A laptop that `is_complete` has been told all that is
    in its scope up to its cursor, and need be told only the edits made since.
    """

    database_id: Identifier
    cursor: Position
    is_complete: bool = False
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    turn: str = ""
    own: Annotated[list[tuple[Position, Position]], Meta(max_length=MOST_OWN)] = []


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One change of a row as it was taken: who made it, when by their clock, and what each field was and became."""

    change_id: Told
    actor: Told
    at: Moment
    before: dict[Name, Any] = {}
    after: dict[Name, Any] = {}


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One row as the server now has it; a tombstone where `deleted`.

    Of one that is `erased` nothing may stay, wherever it stands: whom it was about was erased.
    `edits` are its changes, oldest first: all of them, or those since a laptop was told all there was.
    """

    entity: Name
    row_id: OneOfMany
    position: Position
    fields: dict[Name, Any] = {}
    deleted: bool = False
    erased: bool = False
    edits: list[Edit] = []


def check_rows(rows: Iterable[Row]) -> None:
    """Raise ValueError where one of the rows is not named by an identifier."""
    check_identifiers([row.row_id for row in rows])


class Departure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something left the laptop's scope at `position`: a whole person (entity ``person``), or one row.

    The laptop takes it off its disk as soon as nothing of it is unsent. It is no deletion: others still have it.
    What is `erased` is told once more, because whom it is about was erased since: of it nothing may stay, wherever it
    stands.
    """

    entity: Name
    row_id: Identifier
    position: Position = 0
    erased: bool = False


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """How many rows there are, and the sum of their marks (:func:`app.sync.wire.tally.mark_of`)."""

    rows: int = 0
    hash: int = 0


class PullReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of rows in order of position; `cursor` is where the next page begins, `more` whether there is one now.

    `left` names what has left the scope on the way. The last page carries the `tallies` of everything in scope, counted
    in the same snapshot, and `scope`: another value than last time means that the laptop's teams or role have changed.
    `total` is how many rows a laptop that begins will get; 0 on every page but its first.
    """

    server_id: Identifier
    epoch: Identifier
    rows: list[Row]
    cursor: Position
    more: bool
    left: list[Departure] = []
    tallies: dict[Name, Tally] = {}
    scope: str = ""
    team_ids: list[Identifier] = []
    role: str = ""
    total: Annotated[int, Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        check_rows(self.rows)


class RepairRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a laptop holds of one table whose tally differs: row id and position of each row, side by side."""

    database_id: Identifier
    entity: Name
    row_ids: list[Identifier]
    positions: list[Position]
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000


class RepairReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rows that the laptop lacks or has at another position, and those that are not in its scope.

    Of the latter the server has nothing of those `lacking`, not even that they were deleted.
    """

    server_id: Identifier
    epoch: Identifier
    rows: list[Row]
    left: list[Identifier] = []
    more: bool = False
    lacking: list[Identifier] = []

    def __post_init__(self) -> None:
        check_rows(self.rows)


class HandshakeRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who I am and where I stand, before anything is sent.

    `turn` is what the last handshake gave, empty before the first; only one store has the newest one, which is how a
    copy is found out. `next_turn` is one that this laptop made and may have shown already, in an exchange whose answer
    never came. `is_restored` says that a person confirmed that this store was set back to an older backup.
    """

    database_id: Identifier
    server_id: Identifier
    epoch: Identifier
    schema: Annotated[int, Meta(ge=1)]
    time: Moment
    turn: str = ""
    is_restored: bool = False
    pending: Annotated[int, Meta(ge=0)] = 0
    refused: Annotated[int, Meta(ge=0)] = 0
    cursor: Position = 0
    next_turn: Annotated[str, Meta(max_length=64)] = ""


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """The server's side of it; `highest_sequence` is the last that it has of this device, `position` the newest of all.

    `turn` is to be kept and shown next time.
    """

    product: str
    protocol: int
    server_id: Identifier
    epoch: Identifier
    schema_oldest: int
    schema_newest: int
    time: Moment
    turn: str
    highest_sequence: Annotated[int, Meta(ge=0)] = 0
    position: Position = 0
    envelope_key: str = ""


class LookRequest(HandshakeRequest, frozen=True, kw_only=True, omit_defaults=True):
    """A handshake of a laptop that has nothing to send: it asks for its first page and its receipt at once.

    Where it `reports_in`, the server agrees to it on the way, as to a request that says nothing else; `sealed_help`
    deposits a help code sealed to the cooperation's key (base64), empty keeps the old. `is_complete` as in a pull.
    """

    through_sequence: Annotated[int, Meta(ge=0)]
    is_complete: bool = False
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    reports_in: bool = False
    sealed_help: Annotated[str, Meta(max_length=400)] = ""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Who the server is, asked before anything is sent (`GET /v1/hello`)."""

    product: str
    protocol: int
    server_id: Identifier
    epoch: Identifier
    schema_oldest: int
    schema_newest: int
    time: Moment


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Exchange a one-time code for a device token; the laptop makes its own database id."""

    code: Annotated[str, Meta(min_length=4, max_length=64)]
    device_name: Annotated[str, Meta(min_length=1, max_length=120)]
    database_id: Identifier


class EnrolReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a laptop needs to know for life: its token (shown once), whose it is, and the key that signs receipts."""

    server_id: Identifier
    epoch: Identifier
    device_id: Identifier
    token: str
    user_id: Identifier
    user_name: str
    role: str
    cooperation_id: Identifier
    cooperation_name: str
    team_ids: list[Identifier]
    receipt_key: str
    envelope_key: str = ""


class ReceiptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the server to count whether it holds all my changes up to `through_sequence`, and the rows I may see."""

    database_id: Identifier
    through_sequence: Annotated[int, Meta(ge=0)]
    cursor: Position


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The server's signed word on what it holds, counted from its own tables.

    `held` of this device's changes 1…`through_sequence` are stored (applied, merged or in conflict), `refused` were
    refused with a reason; the day is safe when the two add up. `rows` counts the rows in the laptop's scope per entity,
    `position` is how far the server's order had come. `signature` is Ed25519
    (base64) over the JSON of the rest, keys sorted.
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


class StandingReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server agrees for `lease_days` more days (0: for good).

    `escrow_key` is the cooperation's public key (base64), empty where it has none; `has_help` whether a help code of
    this laptop is deposited. `token` replaces the laptop's token; the old one holds until the new one was used.
    """

    lease_days: Annotated[int, Meta(ge=0)]
    role: str
    escrow_key: str = ""
    has_help: bool = False
    token: str = ""


class LookReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The handshake's answer, the page after the laptop's cursor, and a receipt where that page is the last one.

    The laptop's turn stays where it showed the newest: who only looks gets no further ahead of a copy of its store. A
    laptop of another epoch gets the handshake alone, because it has everything to send again.
    """

    hands: Handshake
    page: PullReply | None = None
    receipt: Receipt | None = None
    standing: StandingReply | None = None


class ExchangeRequest(LookRequest, frozen=True, kw_only=True, omit_defaults=True):
    """A whole synchronisation of a laptop that has little to send: who it is, its changes, what it wants to know.

    The laptop makes the turn that it wants next, and has it on its disk before it asks: so whoever made a copy before
    is turned away from then on, whether the answer comes or not, and the laptop itself can ask again.
    """

    changes: list[Change]

    def __post_init__(self) -> None:
        check_changes(self.changes)


class RawExchangeRequest(LookRequest, frozen=True, kw_only=True, omit_defaults=True):
    """The same, as a laptop sends it."""

    changes: list[RawChange]


class ExchangeReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The handshake's answer, the answers to the changes, and then as a look: the page, and a receipt where it is all.

    A laptop of another epoch gets the handshake alone.
    """

    hands: Handshake
    pushed: PushReply | None = None
    page: PullReply | None = None
    receipt: Receipt | None = None
    standing: StandingReply | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A whole request refused: `code` for the machine, `sentence` (English, no personal data) for a log."""

    code: str
    sentence: str


def answers_of(reply: PushReply) -> list[Answer]:
    """Return one answer for each change of the batch, in its order.

    Raises ValueError where the exceptions do not fit the count: a reply that cannot be trusted names nothing as sent.
    """
    exceptions = {answer.index: answer for answer in reply.exceptions}
    if len(exceptions) != len(reply.exceptions) or any(index >= reply.count for index in exceptions):
        raise ValueError("the answers do not fit the batch")
    answers = []
    position = reply.first_position
    for index in range(reply.count):
        answer = exceptions.get(index)
        if answer is None:
            answer = Answer(index=index, outcome=Outcome.APPLIED, position=position)
            position += 1
        answers.append(answer)
    return answers
