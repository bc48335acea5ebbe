"""A whole synchronisation in one request: handshake, changes up, rows down, receipt; each as by its own address."""

import msgspec

from app.sync.wire.messages import ExchangeRequest, Handshake, Operation, Outcome, PushReply, Receipt, StandingReply
from server import clock
from server.database import Connection, Cursor
from server.handshake import answer_to, hands_for, shake_hands
from server.identity import Identity
from server.look import ask_summary, page_and_receipt
from server.pull import RawPullReply
from server.push import take
from server.scope import Asker
from server.standing import reported
from server.storable import LARGEST_NUMBER


class RawExchangeReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wire's ExchangeReply, with raw rows."""

    hands: Handshake
    pushed: PushReply | None = None
    page: RawPullReply | None = None
    receipt: Receipt | None = None
    standing: StandingReply | None = None


def exchange(connection: Connection, asker: Asker, identity: Identity, request: ExchangeRequest) -> RawExchangeReply:
    """Return the handshake, the answers to the changes, the next page and, where that is the last one, a receipt.

    What is left out here the laptop asks for by a request of its own. Handshake and changes are one transaction: of a
    laptop that is turned away nothing is taken.
    """
    if request.epoch != identity.epoch:
        return RawExchangeReply(hands=shake_hands(connection, asker, identity, request))
    asked: Cursor | None = None
    own: list[tuple[int, int]] = []

    def ask(pushed: PushReply) -> None:
        nonlocal asked, own
        asked = ask_summary(connection, asker, request)
        own = _own(request, pushed)

    hands = hands_for(asker, identity, request, is_exchange=True)
    confirmed = {"cursor": min(request.cursor, LARGEST_NUMBER), "now": clock.now()}
    taken = take(connection, asker, identity, request.changes, hands=hands.values | confirmed, then=ask)
    page, receipt = page_and_receipt(connection, asker, identity, request, newest=taken.position, asked=asked, own=own)
    is_all = all(answer.outcome is not Outcome.TRY_LATER for answer in taken.reply.exceptions)
    return RawExchangeReply(
        hands=answer_to(identity, turn=hands.turn, highest=taken.highest, position=taken.position),
        pushed=taken.reply,
        page=page,
        receipt=receipt if is_all else None,
        standing=reported(connection, asker, identity, request),
    )


def _own(request: ExchangeRequest, pushed: PushReply) -> list[tuple[int, int]]:
    """Return the runs of positions at which this laptop's plain changes stand now: it has those rows as they are."""
    runs: list[tuple[int, int]] = []
    exceptions = {answer.index for answer in pushed.exceptions}
    position = pushed.first_position - 1
    for index, change in enumerate(request.changes):
        if index in exceptions:
            continue
        position += 1
        if change.operation is Operation.DELETE:
            continue
        if runs and runs[-1][1] == position - 1:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return runs
