"""Two rows that turned out to be one person are read as one: facts stay where they were written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import select, text

from app.domain.same_person import counts_for
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.listed import listed
from app.storage.one_person import ROWS_OF_EACH, ROWS_OF_ONE

_INTO: Final = "SELECT own.id, person.merged_into_id FROM own LEFT JOIN person ON person.id = own.id"
_ROWS: Final = text(f"{ROWS_OF_ONE} {_INTO}")
_ROWS_OF_EACH: Final = text(f"{ROWS_OF_EACH} {_INTO}")
_Row = TypeVar("_Row", bound=Any)


def rows_of(reading: Reading, person_id: str) -> tuple[str, ...]:
    """Return every row of the person whom this row is of, whichever of them it is; the one that counts for all first.

    Of rows that were merged into one another the oldest does, as :func:`app.domain.same_person.counts_for` says.
    """
    into: dict[str, str | None] = dict(reading.execute(_ROWS, {"person": person_id}).all())
    if len(into) == 1:
        return tuple(into)
    counted = counts_for({row_id: kept for row_id, kept in into.items() if kept is not None})
    return tuple(sorted(into, key=lambda row_id: (row_id in counted, row_id)))


def whole_person(reading: Reading, person_id: str) -> Person | None:
    """Return the row that counts for the person whom this row is of: its name and number are theirs.

    Where this laptop has not got that one it is another of theirs, and None where it has none.
    """
    rows = (reading.get(Person, row_id) for row_id in rows_of(reading, person_id))
    return next((row for row in rows if row is not None), None)


def is_merged_into(reading: Reading, person_id: str | None, other_id: str) -> bool:
    """Return whether a row was merged into that other one, be it by way of rows between them."""
    on_the_way: set[str] = set()
    while person_id and person_id not in on_the_way:
        on_the_way.add(person_id)
        person_id = reading.scalar(select(Person.merged_into_id).where(Person.id == person_id))
        if person_id == other_id:
            return True
    return False


def owners(reading: Reading, person_ids: Iterable[str]) -> dict[str, str]:
    """Return for every row of these people, whichever are asked for, the one that counts for the person."""
    into: dict[str, str | None] = dict(reading.execute(_ROWS_OF_EACH, {"people": listed(set(person_ids))}).all())
    counted = counts_for({row_id: kept for row_id, kept in into.items() if kept is not None})
    return {row_id: counted.get(row_id, row_id) for row_id in into}


def of_each(rows: Iterable[_Row], whom: Mapping[str, str]) -> defaultdict[str, list[_Row]]:
    """Return rows about people, each with a `person_id`, by the person that they count for.

    `whom` says of a row of a person which one that is, as :func:`owners` does; one that it does not name is its own.
    """
    found: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[whom.get(row.person_id, row.person_id)].append(row)
    return found


def ends_of_circles(reading: Reading) -> tuple[str, ...]:
    """Return the rows that count for people whose rows laptops merged into one another, so that none is the last."""
    into = _merged(reading)
    return tuple(into.keys() - counts_for(into).keys())


def owners_of_all(reading: Reading) -> dict[str, str]:
    """Return for every row that counts for another which one that is, of everybody."""
    return counts_for(_merged(reading))


def _merged(reading: Reading) -> dict[str, str]:
    """Return for every row that was merged into which one it was."""
    # "Not null" alone would make SQLite walk through everybody.
    into = reading.execute(select(Person.id, Person.merged_into_id).where(Person.merged_into_id > ""))
    return {row_id: kept for row_id, kept in into if kept is not None}
