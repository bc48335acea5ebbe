"""What a synchronisation costs among many people: the invented cooperation, as it is and made larger.

A counsellor's laptop is told what its own team's people have, and the server has to know whose rows those are. Two
laptops of one team hold all that their team may see; one sends 200 new facts about 50 people, the other fetches them,
and then there is nothing to do.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

import urllib3
from sqlalchemy import select

from app.ids import new_id
from app.models.person import Membership
from app.models.smoking import Measurement
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from bench.sync_fleet import a_fleet, sync
from invented import accounts, rows
from server.invention import load_cooperation
from tests.integration.sync.desk import TODAY, Desk, a_desk
from tests.server.laptops import Cooperation

NAME = "sync-people"
SCALE = int(os.environ.get("PUSTERUM_BENCH_PEOPLE", "10"))
"""The cooperation has 240 people times this; at 100 filling server and laptops takes most of two minutes."""
FACTS, OF_PEOPLE = 200, 50
SEED = 20
GOALS = (Goal("at 1x", 1.5),)


@dataclass(frozen=True, slots=True)
class _Team:
    """Two laptops of one team: one sends, the other fetches."""

    mette: Desk
    jakob: Desk

    def push(self) -> float:
        """Send new facts about as many people, however many there are."""
        with self.mette.store.unit_of_work(actor=self.mette.device.user_id, clock=self.mette.clock) as work:
            people = work.session.scalars(select(Membership.person_id).order_by(Membership.id)).all()
            for person_id in islice(cycle(people[:OF_PEOPLE]), FACTS):
                work.session.add(
                    Measurement(
                        id=new_id(self.mette.clock), person_id=person_id, kind="cigarettes_per_day", value=12.0,
                        measured_on=TODAY, recorded_by=self.mette.device.user_id,
                    )
                )  # fmt: skip
            work.commit()
        done = sync(self.mette)
        assert done.report.is_safe
        assert done.report.sent == FACTS
        return done.seconds

    def pull(self) -> float:
        """Fetch what the other laptop has just sent."""
        self.push()
        done = sync(self.jakob)
        assert done.report.is_safe
        assert done.report.received >= FACTS
        return done.seconds

    def look(self) -> float:
        """Synchronise where there is nothing to do."""
        sync(self.mette)
        done = sync(self.mette)
        assert done.report.is_safe
        return done.seconds


def run(rounds: int) -> list[Result]:
    """Measure both sizes in turn, each step by itself."""
    times = max(rounds, OF_SHORT_ONES)
    with _a_team(1) as small, _a_team(SCALE) as large:
        found = [
            ("push of 200 facts", in_turn(times, large.push, at_1x=small.push)),
            ("pull of 200 facts", in_turn(times, large.pull, at_1x=small.pull)),
            ("nothing to do", in_turn(times, large.look, at_1x=small.look)),
        ]
    note = f"{SCALE * 240:,} people"
    return [Result(f"growth, {step}, people {SCALE}x", "s", figures, GOALS, note) for step, figures in found]


@contextmanager
def _a_team(scale: int) -> Iterator[_Team]:
    """Fill a server, and two laptops of Mette's team from it."""
    with a_fleet() as fleet:
        known = accounts(SEED)
        with fleet.server.connect() as connection:
            mette = load_cooperation(connection, known, lambda: rows(SEED, scale, today=TODAY))
            connection.commit()
            connection.execute("ANALYZE")
        team = next(set(user.team_ids) for user in known.users if user.id == mette)
        jakob = next(user.id for user in known.users if set(user.team_ids) == team and user.id != mette)
        its_team = next(iter(team))
        cooperation = Cooperation(
            fleet.server, urllib3.PoolManager(), known.cooperation_id, its_team, its_team,
            {"mette": mette, "jakob": jakob},
        )  # fmt: skip
        desks = [a_desk(fleet.folder, cooperation, name) for name in ("mette", "jakob")]
        for desk in desks:
            assert sync(desk).report.is_safe
        yield _Team(*desks)
        for desk in desks:
            desk.store.close()
