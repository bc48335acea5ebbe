"""A laptop that has nothing to send finds out all it wants to know in one request: who, what is new, and a receipt."""

import msgspec

from app.sync.wire.messages import Handshake, LookRequest, Receipt, StandingReply
from server import clock
from server.database import Connection
from server.handshake import ahead, answer_to, shake_hands
from server.identity import Identity
from server.pull import RawPullReply, page_after, snapshot
from server.receipt import counted, remember
from server.refusals import RequestRefused
from server.scope import Asker
from server.standing import reported


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
    with snapshot(connection):
        page = page_after(connection, asker, identity, cursor=request.cursor, limit=request.limit)
        receipt = (
            None
            if page.more
            else counted(connection, asker, identity, through_sequence=request.through_sequence, tallies=page.tallies)
        )
    if receipt is not None:
        remember(connection, asker, receipt)
    return RawLookReply(
        hands=hands, page=page, receipt=receipt, standing=reported(connection, asker, identity, request)
    )


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
