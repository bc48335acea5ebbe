"""What a day's 200 changes cost in a store and a server of 10^4 rows, and in those of 10^6."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from bench.sync_fleet import Fleet, a_fleet, another, edit, fill, lying_apart, records, sync, write
from tests.integration.sync.desk import Desk

NAME = "sync-growth"
SMALL, LARGE = 10_000, 1_000_000
CHANGES = 200


def run(rounds: int) -> list[Result]:
    """Push from one laptop and pull at another, each with the same number of rows as the server."""
    with a_fleet() as fleet:
        small, large = _pair(fleet, SMALL), _pair(fleet, LARGE)
        times = max(rounds, OF_SHORT_ONES)
        pushes = in_turn(times, lambda: _push(large), at_10_000_rows=lambda: _push(small))
        pulls = in_turn(times, lambda: _pull(large), at_10_000_rows=lambda: _pull(small))
        for pair in (small, large):
            pair.sends.store.close()
            pair.fetches.store.close()
    note = f"pusterum: at {LARGE:,} rows"
    return [
        Result("growth, push of 200", "s", pushes, (Goal("at 10 000 rows", 1.3),), note),
        Result("growth, pull of 200", "s", pulls, (Goal("at 10 000 rows", 1.3),), note),
    ]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One that sends, another that fetches, and which records change."""

    sends: Desk
    fetches: Desk
    changed: Sequence[str]


def _pair(fleet: Fleet, rows: int) -> _Pair:
    fresh = another(fleet.server, fleet.folder)
    mette, jens = fresh.laptop("mette"), fresh.laptop("jens")
    for desk in (mette, jens):
        sync(desk)
    fill(fresh, rows, mette, jens)
    write(mette, records(CHANGES, fresh.cooperation.north))
    for desk in (mette, jens):
        assert sync(desk).report.is_safe
    return _Pair(mette, jens, lying_apart(mette, CHANGES))


def _push(pair: _Pair) -> float:
    edit(pair.sends, pair.changed, str(time.monotonic()))
    done = sync(pair.sends)
    assert done.report.is_safe
    assert done.report.repaired == 0
    return done.seconds


def _pull(pair: _Pair) -> float:
    _push(pair)
    done = sync(pair.fetches)
    assert done.report.received >= CHANGES
    return done.seconds
