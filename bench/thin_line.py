"""A day's 200 changes, and a first fill of 10,000 rows, on a line of 1 Mbit/s with 300 ms a round trip."""

from bench.measuring import Goal, Result
from bench.sync_fleet import a_fleet, another, edit, fill, lying_apart, records, sync, write
from tests.disturbing_proxy import Link, Proxy, running
from tests.integration.sync.desk import Desk

NAME = "thin-line"
LINE = Link(bytes_per_second=125_000, round_trip=0.3)
DAY_SECONDS, FILL_SECONDS = 5.0, 60.0
ROWS, CHANGES = 10_000, 200


def run(rounds: int) -> list[Result]:
    """Sync through a proxy that takes the time such a line takes; the budget stands beside it."""
    rounds = min(rounds, 3)
    days, fills = [], []
    with a_fleet() as fleet:
        for _ in range(rounds):
            fresh = another(fleet.server, fleet.folder)
            mette, jens = fresh.laptop("mette"), fresh.laptop("jens")
            write(mette, records(CHANGES, fresh.cooperation.north))
            sync(mette)
            fill(fresh, ROWS, mette)
            edit(mette, lying_apart(mette, CHANGES), "changed")
            with running(Proxy(fresh.server.url, link=LINE)) as proxy:
                mette.url = jens.url = proxy.url
                days.append(_sync(mette))
                fills.append(_sync(jens))
            mette.store.close()
            jens.store.close()
    return [
        Result("thin line, a day", "s", {"pusterum": days, "budget": [DAY_SECONDS] * rounds}, (Goal("budget", 1.0),)),
        Result("thin line, first fill", "s", {"pusterum": fills, "budget": [FILL_SECONDS] * rounds},
               (Goal("budget", 1.0),)),
    ]  # fmt: skip


def _sync(desk: Desk) -> float:
    done = sync(desk)
    assert done.report.is_safe
    return done.seconds
