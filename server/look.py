"""A laptop that has nothing to send finds out all it wants to know in one request: who, what is new, and a receipt."""

from collections.abc import Sequence

import msgspec

from app.sync.wire.messages import Handshake, LookRequest, Receipt, StandingReply
from server import clock
from server.database import Connection
from server.handshake import ahead, answer_to, shake_hands
from server.identity import Identity
from server.pull import RawPullReply, is_behind, page_after
from server.receipt import remember, signed
from server.refusals import RequestRefused
from server.scope import Asker
from server.standing import reported
from server.summary import NEAR, snapshot, summary_for


class RawLookReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wire's LookReply, with raw rows."""

    hands: Handshake
    page: RawPullReply | None = None
    receipt: Receipt | None = None
    standing: StandingReply | None = None


def look(connection: Connection, asker: Asker, identity: Identity, request: LookRequest) -> RawLookReply:
    """Return hands, page and receipt; whoever shows another turn than the newest shakes hands as ever."""
    if request.server_id == identity.server_id and request.epoch == identity.epoch and _is_plain(asker, request):
        hands = _glance(connection, asker, identity, request)
    else:
        hands = shake_hands(connection, asker, identity, request)
    if request.epoch != identity.epoch:
        return RawLookReply(hands=hands)
    page, receipt = told(connection, asker, identity, request, newest=hands.position)
    return RawLookReply(
        hands=hands, page=page, receipt=receipt, standing=reported(connection, asker, identity, request)
    )


def told(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    request: LookRequest,
    *,
    newest: int,
    own: Sequence[tuple[int, int]] = (),
) -> tuple[RawPullReply, Receipt | None]:
    """Return the page after the laptop's cursor, and the receipt of the same moment where that page is the last one.

    `newest` is the position that was the newest when the laptop asked.
    """
    through = request.through_sequence
    page = summary = None
    if request.cursor >= newest:
        summary = summary_for(connection, asker, cursor=request.cursor, through_sequence=through)
        # Most often there is nothing but what the laptop has sent itself; then one statement has told it all.
        if not summary.has_left and not is_behind(summary, request.cursor, own):
            page = page_after(connection, asker, identity, summary, request, own=own)
    if page is None or summary is None:
        with snapshot(connection, is_near=newest - request.cursor < NEAR):
            summary = summary_for(connection, asker, cursor=request.cursor, through_sequence=through)
            page = page_after(connection, asker, identity, summary, request, own=own)
    if page.more:
        return page, None
    receipt = signed(asker, identity, summary, through_sequence=through)
    remember(connection, asker, receipt)
    return page, receipt


def _is_plain(asker: Asker, request: LookRequest) -> bool:
    return bool(request.turn) and request.turn == asker.turn and not request.is_restored


_SEEN = """
WITH quiet AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE device SET is_turn_used = true, schema = %(schema)s, clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s,
    confirmed_position = %(cursor)s, confirmed_at = %(now)s
FROM quiet, cooperation
WHERE device.id = %(device)s AND turn = %(turn)s AND cooperation.id = device.cooperation_id
RETURNING highest_sequence, cooperation.position
"""
"""Nobody waits for the disk: after a power cut the laptop says all of it again."""


def _glance(connection: Connection, asker: Asker, identity: Identity, request: LookRequest) -> Handshake:
    found = connection.execute(
        _SEEN,
        {
            "device": asker.device_id,
            "turn": request.turn,
            "schema": request.schema,
            "ahead": ahead(request.time),
            "waiting": request.pending + request.refused,
            "cursor": min(request.cursor, 2**63 - 1),
            "now": clock.now(),
        },
    ).fetchone()
    if found is None:
        raise RequestRefused(503, "try-later", "Please try again.", retry_after=1)
    highest, position = found
    return answer_to(identity, turn=request.turn, highest=highest, position=position)
