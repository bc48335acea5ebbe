"""The whole synchronisation of a laptop that has nothing to send, in one request: handshake, a page and a receipt."""

from collections.abc import Sequence

import msgspec

from app.sync.wire.messages import Handshake, LookRequest, Receipt, StandingReply
from server import clock
from server.database import Connection, Cursor, quietly
from server.handshake import ahead, answer_to, come_back, shake_hands
from server.identity import Identity
from server.pull import RawPullReply, ask_for_rows, has_news, page_after
from server.receipt import remember, signed
from server.scope import Asker
from server.standing import reported
from server.storable import LARGEST_NUMBER
from server.summary import NEAR, ask_for_summary, read_summary, snapshot


class RawLookReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wire's LookReply, with raw rows."""

    hands: Handshake
    page: RawPullReply | None = None
    receipt: Receipt | None = None
    standing: StandingReply | None = None


def look(connection: Connection, asker: Asker, identity: Identity, request: LookRequest) -> RawLookReply:
    """Return the handshake, the next page and, where that is the last one, a receipt.

    A laptop that shows the newest turn keeps it; any other gets a new one, as in a plain handshake. One of another
    epoch gets the handshake alone.
    """
    asked = None
    if request.server_id == identity.server_id and request.epoch == identity.epoch and _is_plain(asker, request):
        # Most often nothing is new: then these two statements, in one round trip, are all that is asked.
        with connection.pipeline():
            noted = _note_visit(connection, asker, request)
            asked = ask_summary(connection, asker, request)
        hands = _handshake(noted, identity, request)
    else:
        hands = shake_hands(connection, asker, identity, request)
    if request.epoch != identity.epoch:
        return RawLookReply(hands=hands)
    page, receipt = page_and_receipt(connection, asker, identity, request, newest=hands.position, asked=asked)
    return RawLookReply(
        hands=hands, page=page, receipt=receipt, standing=reported(connection, asker, identity, request)
    )


def ask_summary(connection: Connection, asker: Asker, request: LookRequest) -> Cursor:
    """Ask for all that a laptop is told besides rows."""
    return ask_for_summary(connection, asker, cursor=request.cursor, through_sequence=request.through_sequence)


def page_and_receipt(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    request: LookRequest,
    *,
    newest: int,
    asked: Cursor | None = None,
    own: Sequence[tuple[int, int]] = (),
) -> tuple[RawPullReply, Receipt | None]:
    """Return the page after the laptop's cursor, and the receipt of the same moment where that page is the last one.

    `newest` is the position that was the newest when the laptop asked. `asked` is a summary that was asked for since
    then; `own` are the runs of positions at which changes of this very request stand.
    """
    summary = None if asked is None else read_summary(asked)
    # Most often there is nothing new but what the laptop has sent itself: then the summary has told it all.
    if summary is not None and not summary.has_left and not has_news(summary, request.cursor, own):
        page = page_after(connection, asker, identity, summary, request)
    else:
        is_near = newest - request.cursor < NEAR
        with snapshot(connection, is_near=is_near):
            asked = ask_summary(connection, asker, request)
            rows = ask_for_rows(connection, asker, request, own, is_near=is_near)
            summary = read_summary(asked)
            page = page_after(connection, asker, identity, summary, request, rows)
    if page.more:
        return page, None
    receipt = signed(asker, identity, summary, through_sequence=request.through_sequence)
    remember(connection, asker, receipt)
    return page, receipt


def _is_plain(asker: Asker, request: LookRequest) -> bool:
    """Return whether the laptop shows the newest turn, and was not set back to a backup."""
    return bool(request.turn) and request.turn == asker.turn and not request.is_restored


_SEEN = quietly("""
UPDATE device SET is_turn_used = true, schema = %(schema)s, clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s,
    confirmed_position = %(cursor)s, confirmed_at = %(now)s
FROM quiet, cooperation
WHERE device.id = %(device)s AND turn = %(turn)s AND cooperation.id = device.cooperation_id
RETURNING highest_sequence, cooperation.position
""")


def _note_visit(connection: Connection, asker: Asker, request: LookRequest) -> Cursor:
    """Write down that the laptop was here and how it stands, if its turn is still the newest."""
    return connection.execute(
        _SEEN,
        {
            "device": asker.device_id,
            "turn": request.turn,
            "schema": request.schema,
            "ahead": ahead(request.time),
            "waiting": request.pending + request.refused,
            "cursor": min(request.cursor, LARGEST_NUMBER),
            "now": clock.now(),
        },
    )


def _handshake(noted: Cursor, identity: Identity, request: LookRequest) -> Handshake:
    """Return the handshake; RequestRefused 503 where another request of the laptop was quicker."""
    found = noted.fetchone()
    if found is None:
        raise come_back()
    highest, position = found
    return answer_to(identity, turn=request.turn, highest=highest, position=position)
