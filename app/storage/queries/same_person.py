"""Two rows that turned out to be one person are read as one: facts stay where they were written."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.models.person import Person

_LONGEST_CHAIN = 8
"""Rows merged into rows that were merged; more in a chain would be a circle."""


def rows_of(reading: Reading, person_id: str) -> tuple[str, ...]:
    """Return the person's own identifier and those of every row that was merged into it."""
    return tuple(owners(reading, [person_id]))


def owners(reading: Reading, person_ids: Iterable[str]) -> dict[str, str]:
    """Return for each of these people, and each row merged into them, the person that it counts for."""
    found = {person_id: person_id for person_id in person_ids}
    newest = set(found)
    for _ in range(_LONGEST_CHAIN):
        if not newest:
            break
        merged = reading.execute(
            select(Person.id, Person.merged_into_id).where(Person.merged_into_id.in_(sorted(newest)))
        ).all()
        newest = {row_id for row_id, _into in merged} - set(found)
        found |= {row_id: found[into] for row_id, into in merged if row_id in newest and into is not None}
    return found
