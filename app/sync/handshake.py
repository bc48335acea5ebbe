"""Who the server is and where both stand; in the same request, where it fits, the changes, a page and the receipt.

A laptop with nothing to send *looks*, one with little to send *exchanges*: each of these is a whole synchronisation in
one request. Every other begins with the handshake alone, and an older server is asked step by step. docs/sync.md (8)
says what a turn is and how a copy of a store is found out; the other side is :mod:`server.handshake`.
"""

import secrets
from typing import Any

import msgspec
from sqlalchemy import update

from app.errors import KnownProblem
from app.models.base import synced_tables, to_wire
from app.models.local import Device
from app.storage.positions import forget_answered
from app.sync import limits, outbox
from app.sync.apply import read_anew_what_is_known_now
from app.sync.push import answers_to, mark
from app.sync.report import SyncStep
from app.sync.run import Run
from app.sync.tallies import forget
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import (
    Handshake,
    HandshakeRequest,
    Hello,
    LookRequest,
    RawChange,
    RawExchangeRequest,
)

_REASONS_OF_VERSION = ("schema-too-new", "unknown-entity")
"""Why an older server refused a change that a newer one may take."""

_one_by_one: set[str] = set()
"""Servers of an older version, found out in this run of the program, with which each step is a request of its own."""


def shake_hands(run: Run) -> None:
    """Find out who the server is, where both stand, and how far this laptop's clock is ahead.

    Raises what :class:`app.sync.client.SyncClient` raises, and KnownProblem "wrong-server".
    """
    hands = _hands(run)
    if hands is None:
        _recognise(run, run.client.hello())
        return
    _recognise(run, hands)
    device = run.device
    key = hands.envelope_key or device.envelope_key
    if (hands.turn, "", key) != (device.turn, device.next_turn, device.envelope_key) or device.is_restored:
        run.transaction.driver().execute(
            "UPDATE device SET turn = ?, next_turn = '', must_adopt = max(must_adopt, is_restored),"
            " is_restored = 0, envelope_key = ?",
            (hands.turn, key),
        )
    backlog = run.transaction.backlog()
    offered = backlog.refused and outbox.offer_refused(
        run.transaction.session(), _REASONS_OF_VERSION, newest_schema=hands.schema_newest
    )
    is_reread = backlog.has_passed_over and read_anew_what_is_known_now(run.transaction.session())
    if is_reread:
        device.cursor = 0
    if offered or is_reread:
        run.forget_what_came_along()
    run.turn = device.turn = hands.turn
    device.next_turn = ""
    device.must_adopt |= device.is_restored
    device.is_restored = False


def _hands(run: Run) -> Handshake | None:
    """Return the server's side of the handshake; None where it is of a version that shakes no hands."""
    device = run.device
    backlog = run.transaction.backlog()
    # Whoever has envelopes to hand in, or rows to adopt, has more to do than one request can carry.
    is_plain = not device.must_adopt and not backlog.is_carrying
    batch = _all_that_waits(run) if is_plain else []
    if batch and not device.next_turn:
        device.next_turn = _turn_after(device.turn)
        run.transaction.driver().execute("UPDATE device SET next_turn = ?", (device.next_turn,))
    request = HandshakeRequest(
        database_id=device.database_id,
        server_id=device.server_id,
        epoch=device.epoch,
        schema=SCHEMA_VERSION,
        time=to_wire(run.clock.now()),
        turn=device.turn,
        is_restored=device.is_restored,
        pending=backlog.pending,
        refused=backlog.refused,
        cursor=device.cursor,
        next_turn=device.next_turn,
    )
    hands = None
    if batch:
        hands = _exchange(run, batch, request, through=backlog.last)
    elif backlog.pending == 0 and is_plain:
        hands = _look(run, request, through=backlog.last)
    return hands or run.ask(run.client.handshake, request)


def _all_that_waits(run: Run) -> list[RawChange]:
    """Return all pending changes where they are few enough for an exchange, and none where they are not."""
    device, pending = run.device, run.transaction.backlog().pending
    if not 0 < pending <= limits.MOST_AT_ONCE or not device.turn or device.is_restored:
        return []
    if device.server_id in _one_by_one:
        return []
    batch = outbox.waiting(run.transaction.session(), limit=pending, max_bytes=limits.MOST_BYTES_AT_ONCE)
    return batch if len(batch) == pending else []


def _look(run: Run, request: HandshakeRequest, *, through: int) -> Handshake | None:
    """Shake hands with nothing to send, and keep the page and the receipt that come along; None as :func:`_hands`."""
    looked = run.ask(
        run.client.look,
        LookRequest(**msgspec.structs.asdict(request), through_sequence=through, **_goes_along(run)),
    )
    if looked is None:
        return None
    if looked.page is not None:
        run.announce_page()
    run.page, run.receipt = looked.page, looked.receipt
    run.standing = looked.standing
    # What a look brings the server tells again, unless it is a new turn, a new token or what follows a restore.
    run.transaction.is_told_again = (looked.hands.turn, looked.hands.epoch) == (
        run.device.turn,
        run.device.epoch,
    ) and not (looked.standing is not None and looked.standing.token)
    return looked.hands


def _exchange(run: Run, batch: list[RawChange], request: HandshakeRequest, *, through: int) -> Handshake | None:
    """Shake hands and send the few changes there are; keep what comes along with their answers.

    Return None where the server or the line cannot do all of it at once; what was taken of it all the same is answered
    "already had" when it is sent again.
    """
    asked = RawExchangeRequest(
        **msgspec.structs.asdict(request),
        changes=batch,
        through_sequence=through,
        **_goes_along(run),
    )
    run.tell(SyncStep.PUSH, 0, len(batch))
    try:
        reply = run.ask(run.client.exchange, asked)
    except KnownProblem as problem:
        if problem.code not in ("timed-out", "too-large"):
            raise
        return None
    if reply is None:
        _one_by_one.add(run.device.server_id)
        return None
    if reply.pushed is not None and reply.hands.epoch == run.device.epoch:
        answers = answers_to(run, batch, reply.pushed)
        run.servers_clock.measure(reply.hands)
        run.announce_page()
        mark(run, batch, answers, highest=reply.pushed.highest_sequence)
        run.page, run.receipt = reply.page, reply.receipt
    run.standing = reply.standing
    return reply.hands


def _goes_along(run: Run) -> dict[str, Any]:
    """Return what is asked along with a look or an exchange: a page and, for whoever reports in, the lease."""
    page = {"limit": limits.PAGE, "is_complete": run.device.is_complete}
    if run.reporting is None:
        return page
    return {**page, "reports_in": True, "sealed_help": run.reporting.sealed_help}


def _recognise(run: Run, said: Hello | Handshake) -> None:
    """Refuse another server, and measure the clocks; where the server was set back, begin anew with it."""
    if said.server_id != run.device.server_id:
        raise KnownProblem("wrong-server")
    run.servers_clock.measure(said)
    if said.epoch != run.device.epoch:
        _begin_anew(run, said.epoch)


def _begin_anew(run: Run, epoch: str) -> None:
    """Offer everything again to a server that was set back to a backup, and read from the start."""
    session = run.transaction.session()
    outbox.offer_again(session)
    # Positions of the lost history mean something else now; reading from the start brings the right ones.
    for model in synced_tables().values():
        session.connection().execute(update(model.__table__).values(server_position=0))
    forget_answered(run.transaction.driver())
    forget(session, synced_tables())
    session.execute(update(Device).values(epoch=epoch, cursor=0, reread_until=0, must_adopt=True))
    run.device.epoch = epoch
    run.device.cursor = 0
    run.device.must_adopt = run.is_set_back = True
    run.forget_what_came_along()


def _turn_after(turn: str) -> str:
    """Return a turn that nobody else has, numbered after this one."""
    number = turn.partition(".")[0]
    return f"{int(number) + 1 if number.isascii() and number.isdigit() else 1}.{secrets.token_urlsafe(12)}"
