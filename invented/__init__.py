"""An invented cooperation of realistic size and shape, the same for the same number.

`accounts` says who signs in, `rows` yields everything the laptops hold, as the wire has it. Nobody in it is real: names
are drawn, and identifiers are replacement numbers (day of birth + 60), which belong to no one.
"""

from collections.abc import Iterable, Iterator
from datetime import date

import app.models  # noqa: F401 - maps every table
from app.models.base import synced_tables, wire_defaults
from invented.cooperation import Account, Accounts, InventedRow, cooperation, organisation_rows
from invented.courses import course_rows, courses, earlier_courses, seats
from invented.place_cycles import cycle_rows, round_number
from invented.stories import person_rows
from invented.treatment import bag_rows, invoice_rows, redeemed_in

__all__ = ["Account", "Accounts", "InventedRow", "accounts", "organisation", "rows"]


def accounts(seed: int = 1) -> Accounts:
    """Return the cooperation and its colleagues; the first is the counsellor whose team meets today."""
    return cooperation(seed).accounts


def rows(seed: int = 1, scale: int = 1, *, today: date, long_histories: bool = False) -> Iterator[InventedRow]:
    """Yield (entity, row identifier, fields on the wire), parents before their children.

    Each step of `scale` adds 240 people and their courses at the same places; people are made one at a time, so that a
    large scale streams. Nothing recorded is later than the day before `today`. With `long_histories` the people of each
    further step were on another course some years before; the first 240 stay who they are.
    """
    yield from _whole(_told(seed, scale, today=today, long_histories=long_histories))


def organisation() -> Iterator[InventedRow]:
    """Yield municipalities, teams, colleagues, programmes and places alone: nobody has come yet."""
    yield from _whole(organisation_rows(cooperation(1)))


def _whole(told: Iterable[InventedRow]) -> Iterator[InventedRow]:
    """Yield rows with every field of their tables."""
    unsaid = {entity: wire_defaults(table) for entity, table in synced_tables().items()}
    for entity, row_id, fields in told:
        yield entity, row_id, {**unsaid[entity], **fields}


def _told(seed: int, scale: int, *, today: date, long_histories: bool) -> Iterator[InventedRow]:
    """Yield the rows with what is told of them; the other fields say nothing."""
    known = cooperation(seed)
    yield from organisation_rows(known)
    yield from bag_rows(known, seed=seed, today=today)
    used: list[tuple[str, date, int]] = []
    places = seats()
    for copy in range(scale):
        held = courses(known, seed=seed, copy=copy, today=today)
        earlier = earlier_courses(known, seed=seed, copy=copy, today=today) if long_histories and copy else ()
        for course in (*earlier, *held):
            yield from course_rows(known, course, seed=seed, copy=copy, today=today)
            if copy == 0:
                # A place has one round at a time, so the courses of the further people begin none.
                number = round_number(course, held)
                yield from cycle_rows(known, course, number=number, seed=seed, today=today)
        for index, taken in enumerate(places):
            before = tuple(earlier[course] for course in taken[:1]) if earlier else ()
            seated = (*before, *(held[course] for course in taken))
            told = person_rows(known, seated, seed=seed, copy=copy, index=index, today=today)
            if copy == 0:
                used += redeemed_in(told)
            yield from told
        if copy == 0:
            yield from invoice_rows(known, used, seed=seed, today=today)
