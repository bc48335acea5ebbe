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
UPDATE device SET turn = %(turn)s, turn_before = %(before)s, is_turn_used = %(is_used)s, schema = %(schema)s,
    clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s
WHERE id = %(device)s
"""
_IN_AN_EXCHANGE = """
WITH quiet AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE device SET turn = %(turn)s, turn_before = %(before)s, is_turn_used = %(is_used)s, schema = %(schema)s,
    clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s, confirmed_position = %(cursor)s, confirmed_at = %(now)s
FROM quiet WHERE id = %(device)s
"""
"""The disk is waited for once, with the changes; the laptop's cursor is how far it says that it holds everything."""


def shake_hands(
    connection: Connection, asker: Asker, identity: Identity, request: HandshakeRequest, *, is_exchange: bool = False
) -> Handshake:
    """Return where the server stands, and give the laptop its next turn; in an exchange the one that it made itself."""
    if request.server_id != identity.server_id:
        raise RequestRefused(409, "wrong-server", "This store belongs to another server.")
    with connection.transaction():
        found = connection.execute(
            "SELECT d.turn, d.turn_before, d.is_turn_used, d.highest_sequence, c.position"
            " FROM device d JOIN cooperation c ON c.id = d.cooperation_id WHERE d.id = %s FOR UPDATE OF d",
            (asker.device_id,),
        ).fetchone()
        if found is None:
            raise RequestRefused(401, "unknown-token", "This device is not enrolled here.")
        turn, before, is_used, highest, position = found
        # It was shown in an exchange before, whose answer never came.
        is_shown = bool(request.next_turn) and request.next_turn == turn
        # After the server was set back its turns are old, and the laptops' are right.
        is_expected = is_shown or request.epoch != identity.epoch or _may_come(request, turn, before, is_used=is_used)
        if not is_expected:
            raise copied_store()
        # Only a turn that was really shown pushes the one before it out.
        kept = turn if is_shown or request.turn == turn else request.turn
        number = max(_number(turn), _number(request.turn)) + 1
        is_made = is_exchange and (is_shown or _number(request.next_turn) >= number)
        new = request.next_turn if is_made else f"{number}.{secrets.token_urlsafe(12)}"
        connection.execute(
            _IN_AN_EXCHANGE if is_exchange and request.epoch == identity.epoch else _SHAKEN,
            {
                "turn": new,
                "before": kept,
                "is_used": is_made,
                "schema": request.schema,
                "ahead": ahead(request.time),
                "waiting": request.pending + request.refused,
                "cursor": min(request.cursor, 2**63 - 1),
                "now": clock.now(),
                "device": asker.device_id,
            },
        )
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


def _may_come(request: HandshakeRequest, turn: str, before: str, *, is_used: bool) -> bool:
    if not turn or request.is_restored or request.turn == turn or _number(request.turn) > _number(turn):
        return True
    return not is_used and request.turn == before


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
