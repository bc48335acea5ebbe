"""The beginning of a synchronisation: who is who, where each stands, and whether this store is a copy of another.

At each handshake the laptop shows the turn that the last one gave it and gets a new one. An answer may be lost, so the
turn before is taken too, until the newest one has been shown. Two stores that are copies of each other cannot both show
the newest turn: the second is turned away, and keeps everything that it has. In an exchange, where one request is all,
the laptop makes its next turn itself and shows both: once taken it counts as shown. Turns are numbered, so a laptop
that is ahead of the server knows of a server that was set back, and is welcome.
"""

import secrets
from datetime import datetime

from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import PROTOCOL, Handshake, HandshakeRequest
from server import clock
from server.database import Connection
from server.identity import Identity
from server.merge import SCHEMA_OLDEST
from server.refusals import RequestRefused
from server.scope import Asker

PRODUCT = "Pusterum"


_SHAKEN = """
{begin}UPDATE device SET turn = %(turn)s, turn_before = %(before)s, is_turn_used = %(is_used)s, schema = %(schema)s,
    clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s{confirmed}
FROM cooperation{quiet} WHERE device.id = %(device)s AND cooperation.id = device.cooperation_id
    AND (turn, turn_before, is_turn_used) = (%(turn_now)s, %(before_now)s, %(is_used_now)s)
RETURNING highest_sequence, cooperation.position
"""
"""Shaken as the device stood when it asked; nothing where another request of it was quicker."""

_ALONE = _SHAKEN.format(begin="", confirmed="", quiet="")
_IN_AN_EXCHANGE = _SHAKEN.format(
    begin="WITH quiet AS (SELECT set_config('synchronous_commit', 'off', true)) ",
    confirmed=", confirmed_position = %(cursor)s, confirmed_at = %(now)s",
    quiet=", quiet",
)
"""The disk is waited for once, with the changes; the laptop's cursor is how far it says that it holds everything."""


def shake_hands(
    connection: Connection, asker: Asker, identity: Identity, request: HandshakeRequest, *, is_exchange: bool = False
) -> Handshake:
    """Return where the server stands, and give the laptop its next turn; in an exchange the one that it made itself."""
    if request.server_id != identity.server_id:
        raise RequestRefused(409, "wrong-server", "This store belongs to another server.")
    turn = asker.turn
    # It was shown in an exchange before, whose answer never came.
    is_shown = bool(request.next_turn) and request.next_turn == turn
    # After the server was set back its turns are old, and the laptops' are right.
    if not (is_shown or request.epoch != identity.epoch or _may_come(request, asker)):
        raise copied_store()
    number = max(_number(turn), _number(request.turn)) + 1
    is_made = is_exchange and (is_shown or _number(request.next_turn) >= number)
    new = request.next_turn if is_made else f"{number}.{secrets.token_urlsafe(12)}"
    found = connection.execute(
        _IN_AN_EXCHANGE if is_exchange and request.epoch == identity.epoch else _ALONE,
        {
            "turn": new,
            # Only a turn that was really shown pushes the one before it out.
            "before": turn if is_shown or request.turn == turn else request.turn,
            "is_used": is_made,
            "schema": request.schema,
            "ahead": ahead(request.time),
            "waiting": request.pending + request.refused,
            "cursor": min(request.cursor, 2**63 - 1),
            "now": clock.now(),
            "device": asker.device_id,
            "turn_now": turn,
            "before_now": asker.turn_before,
            "is_used_now": asker.is_turn_used,
        },
    ).fetchone()
    if found is None:
        raise RequestRefused(503, "try-later", "Please try again.", retry_after=1)
    highest, position = found
    return answer_to(identity, turn=new, highest=highest, position=position)


def answer_to(identity: Identity, *, turn: str, highest: int, position: int) -> Handshake:
    """Return the server's side of a handshake."""
    return Handshake(
        product=PRODUCT,
        protocol=PROTOCOL,
        server_id=identity.server_id,
        epoch=identity.epoch,
        schema_oldest=SCHEMA_OLDEST,
        schema_newest=SCHEMA_VERSION,
        time=clock.moment(clock.now()),
        turn=turn,
        highest_sequence=highest,
        position=position,
        envelope_key=identity.public_envelope_key,
    )


def check_turn(connection: Connection, asker: Asker, turn: str) -> None:
    """Refuse whoever goes on with a turn that is no longer the newest; laptops of an older version show none."""
    if not turn or (turn == asker.turn and asker.is_turn_used):
        return
    if turn != asker.turn:
        raise copied_store()
    connection.execute("UPDATE device SET is_turn_used = true WHERE id = %s AND turn = %s", (asker.device_id, turn))


def copied_store() -> RequestRefused:
    """Return the refusal of a store that is a copy, or was set back to a backup without anybody saying so."""
    return RequestRefused(409, "copied-store", "Another copy of this store has synchronised since; its data is kept.")


def _may_come(request: HandshakeRequest, asker: Asker) -> bool:
    turn = asker.turn
    if not turn or request.is_restored or request.turn == turn or _number(request.turn) > _number(turn):
        return True
    return not asker.is_turn_used and request.turn == asker.turn_before


def _number(turn: str) -> int:
    number = turn.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def ahead(said: str) -> float | None:
    """Return by how many seconds a laptop's clock runs ahead; None where it says no moment."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return (moment - clock.now()).total_seconds() if moment.tzinfo is not None else None
