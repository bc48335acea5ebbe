"""The beginning of a synchronisation: who is who, where each stands, and whether this store is a copy of another.

At each handshake the laptop shows the turn that the last one gave it and gets a new one. An answer may be lost, so the
turn before is taken too, until the newest one has been shown. Two stores that are copies of each other cannot both show
the newest turn: the second is turned away, and keeps everything that it has. In an exchange, where one request is all,
the laptop makes its next turn itself and shows both: once taken it counts as shown. Turns are numbered, so a laptop
that is ahead of the server knows of a server that was set back, and is welcome.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import PROTOCOL, Handshake, HandshakeRequest
from server import clock
from server.database import Connection, quietly
from server.identity import Identity
from server.permission import SCHEMA_OLDEST
from server.refusals import RequestRefused
from server.scope import Asker

PRODUCT = "Pusterum"


SHAKEN = (
    "turn = %(turn)s, turn_before = %(turn_before)s, is_turn_used = %(is_used)s, schema = %(schema)s,"
    " clock_ahead_seconds = %(ahead)s, waiting = %(waiting)s"
)
AS_IT_STOOD = "(turn, turn_before, is_turn_used) = (%(turn_now)s, %(before_now)s, %(is_used_now)s)"
"""The device as it was when it asked; otherwise another request of it was quicker, and this one is to come back."""

_SHAKE = f"""
UPDATE device SET {SHAKEN} FROM cooperation
WHERE device.id = %(device)s AND cooperation.id = device.cooperation_id AND {AS_IT_STOOD}
RETURNING highest_sequence, cooperation.position
"""  # noqa: S608 - names of ours


@dataclass(frozen=True, slots=True)
class Hands:
    """A handshake that is allowed and not yet written: the laptop's next turn, and the parameters of `SHAKEN`."""

    turn: str
    values: dict[str, Any]


def shake_hands(connection: Connection, asker: Asker, identity: Identity, request: HandshakeRequest) -> Handshake:
    """Return where the server stands, and give the laptop its next turn."""
    hands = hands_for(asker, identity, request)
    found = connection.execute(_SHAKE, hands.values).fetchone()
    if found is None:
        raise come_back()
    highest, position = found
    return answer_to(identity, turn=hands.turn, highest=highest, position=position)


def hands_for(asker: Asker, identity: Identity, request: HandshakeRequest, *, is_exchange: bool = False) -> Hands:
    """Return the handshake that a laptop may have; in an exchange its next turn is the one that it made itself.

    RequestRefused 409 for a store of another server, and for a copy.
    """
    if request.server_id != identity.server_id:
        raise RequestRefused(409, "wrong-server", "This store belongs to another server.")
    turn, made = asker.turn, request.next_turn
    # It was shown in an exchange before, whose answer never came, and none to what the laptop has asked since.
    is_newest = bool(made) and made == turn
    is_shown = is_newest or (bool(made) and made == asker.turn_before and not asker.is_turn_used)
    # After the server was set back its turns are old, and the laptops' are right.
    if not (is_shown or request.epoch != identity.epoch or _may_come(request, asker)):
        raise copied_store()
    number = max(_number(turn), _number(request.turn)) + 1
    is_made = is_exchange and (is_newest or _number(made) >= number)
    new = made if is_made else f"{number}.{secrets.token_urlsafe(12)}"
    values = {
        "turn": new,
        # Only a turn that was really shown pushes the one before it out.
        "turn_before": made if is_shown else request.turn,
        "is_used": is_made,
        "schema": request.schema,
        "ahead": ahead(request.time),
        "waiting": request.pending + request.refused,
        "device": asker.device_id,
        "turn_now": turn,
        "before_now": asker.turn_before,
        "is_used_now": asker.is_turn_used,
    }
    return Hands(new, values)


def come_back() -> RequestRefused:
    """Return the refusal of whoever is to ask again in a moment."""
    return RequestRefused(503, "try-later", "Please try again.", retry_after=1)


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
    connection.execute(_TURN_USED, (asker.device_id, turn))


_TURN_USED = quietly("UPDATE device SET is_turn_used = true FROM quiet WHERE id = %s AND turn = %s")
"""After a power cut the laptop goes on with the same turn, and so uses it anew."""


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
