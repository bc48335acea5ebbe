"""Where this laptop stands with its server, and what waits to be done: read in one statement at the beginning."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Standpoint:
    """Where this laptop stands with its server, as its device row says; whoever writes that row keeps it true here.

    The names are those of :class:`app.models.local.Device`.
    """

    id: str
    database_id: str
    server_id: str
    epoch: str
    receipt_key: str
    envelope_key: str
    role: str
    cursor: int
    is_complete: bool
    scope: str
    turn: str
    next_turn: str
    is_restored: bool
    must_adopt: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: how many changes are pending and how many refused, their numbers, and what else is to be done.

    `through` is the last number up to which every change has an answer; `last` the last number of all, 0 where there is
    none. `is_carrying` says whether a colleague's envelope is to be handed in, `has_passed_over` whether something came
    that this or an earlier version could not read.
    """

    pending: int
    refused: int
    through: int
    last: int
    is_carrying: bool
    has_passed_over: bool


def read_standpoint(driver: Any) -> tuple[Standpoint, Backlog] | None:
    """Return where this laptop stands, and what waits; None where it is enrolled nowhere."""
    found = driver.execute(_STANDPOINT).fetchone()
    if found is None:
        return None
    names = Standpoint.__slots__
    said = dict(zip(names, found, strict=False))
    said |= {name: bool(said[name]) for name in ("is_complete", "is_restored", "must_adopt")}
    return Standpoint(**said), _backlog(*found[len(names) :])


def read_backlog(driver: Any) -> Backlog:
    """Return what waits now."""
    return _backlog(*driver.execute(f"SELECT {_BACKLOG}").fetchone())


def _backlog(pending: int, refused: int, first: int | None, last: int | None, *others: int) -> Backlog:
    last = last or 0
    return Backlog(pending, refused, last if first is None else first - 1, last, *map(bool, others))


_BACKLOG = """
    (SELECT count(*) FROM outbox WHERE state = 'pending'),
    (SELECT count(*) FROM outbox WHERE state = 'refused'),
    (SELECT min(sequence) FROM outbox WHERE state = 'pending'),
    (SELECT max(sequence) FROM outbox),
    EXISTS (SELECT 1 FROM carried_envelope WHERE reply IS NULL),
    EXISTS (SELECT 1 FROM passed_over)
"""
_STANDPOINT = f"SELECT {', '.join(Standpoint.__slots__)}, {_BACKLOG} FROM device"  # noqa: S608 - names of ours
