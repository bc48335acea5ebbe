"""Search as one types among 50,000 people, beside an FTS5 prefix query in the bare driver: the 95th percentile."""

import time
from collections.abc import Callable
from random import Random

from sqlalchemy import insert

from app.domain.sounds import words_of
from app.ids import new_id
from app.models.person import Person
from app.storage.engine import Store
from app.storage.queries.search import find_people
from bench.laptop import CLOCK, a_copy, bare_driver, opened
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from invented.names import ELSEWHERE, FAMILY, GIVEN_MEN, GIVEN_WOMEN, NICKNAMES

NAME = "search"
GOALS = (Goal("bare prefix query", 3.0),)
PEOPLE = 50_000
FRAME = 0.016
"""Seconds of one frame: a search must not cost one."""


def run(rounds: int) -> Result:
    """Type names letter by letter; every letter is a search of its own."""
    draw = Random(1)
    with a_copy() as folder:
        store = opened(folder)
        _fill(store, draw)
        bare = bare_driver(folder)
        typed = [name[:end] for name in _names(draw, 30) for end in range(1, len(name) + 1) if name[:end].strip()]

        def ours() -> float:
            with store.session() as session:
                return _percentile(typed, lambda words: find_people(session, words))

        def theirs() -> float:
            def query(words: str) -> object:
                terms = " AND ".join(f'name : "{word}"*' for word in words_of(words))
                return bare.execute(
                    "SELECT key.person_id, person.given_name, person.family_name FROM person_index "
                    "JOIN person_index_key AS key ON key.number = person_index.rowid "
                    "JOIN person ON person.id = key.person_id WHERE person_index MATCH ? LIMIT 8",
                    (terms,),
                ).fetchall()

            return _percentile(typed, query)

        figures = in_turn(max(rounds, OF_SHORT_ONES), ours, bare_prefix_query=theirs)
        bare.close()
        store.close()
    worst = max(figures["pusterum"])
    note = f"{len(typed)} searches among {PEOPLE:,} people; {'under' if worst < FRAME else 'NOT under'} one frame."
    return Result(NAME, "s", figures, GOALS, note)


def _percentile(typed: list[str], search: Callable[[str], object]) -> float:
    taken = []
    for words in typed:
        began = time.perf_counter()
        search(words)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[round(len(taken) * 0.95) - 1]


def _names(draw: Random, count: int) -> list[str]:
    given, family = GIVEN_WOMEN + GIVEN_MEN, FAMILY
    return [
        draw.choice(NICKNAMES) if n % 5 == 0 else f"{draw.choice(given)} {draw.choice(family)}" for n in range(count)
    ]


def _fill(store: Store, draw: Random) -> None:
    """Add people until there are enough; the store's triggers index them as they come."""
    rows = []
    for number in range(PEOPLE):
        person_id = new_id(CLOCK)
        if number % 12 == 0:
            given, family, *_rest = draw.choice(ELSEWHERE)
        else:
            given, family = draw.choice(GIVEN_WOMEN + GIVEN_MEN), f"{draw.choice(FAMILY)} {draw.choice(FAMILY)}"
        rows.append(
            {
                "id": person_id,
                "person_id": person_id,
                "given_name": given,
                "family_name": family,
                "nickname": draw.choice(NICKNAMES) if number % 7 == 0 else "",
                "registered_at": CLOCK.now(),
                "server_position": 0,
            }
        )
    with store.session() as session:
        session.connection().execute(insert(Person), rows)
        session.commit()
