"""Two rows that turned out to be one person are read as one: facts stay where they were written."""

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session as Reading

from app.models.person import Person

_LONGEST_CHAIN = 8
"""Rows merged into rows that were merged; more in a chain would be a circle."""


OWN_ROWS: Final = """
WITH RECURSIVE own(id) AS (
  SELECT :person UNION SELECT person.id FROM person JOIN own ON person.merged_into_id = own.id
)
"""
"""The beginning of a statement about one person: `own` are the rows that are theirs."""
_ROWS: Final = text(f"{OWN_ROWS} SELECT id FROM own")  # noqa: S608 - made of a constant


def rows_of(reading: Reading, person_id: str) -> tuple[str, ...]:
    """Return the person's own identifier and those of every row that was merged into it."""
    return tuple(reading.execute(_ROWS, {"person": person_id}).scalars())


def all_rows_of(reading: Reading, person_id: str) -> tuple[str, ...]:
    """Return every row of the person whom this row is of, whichever of them it is itself."""
    seen: set[str] = set()
    while person_id not in seen:
        seen.add(person_id)
        person_id = reading.scalar(select(Person.merged_into_id).where(Person.id == person_id)) or person_id
    return rows_of(reading, person_id)


def are_apart(reading: Reading, person_ids: Collection[str]) -> bool:
    """Return whether no two of these are rows of one person, so that each can be read beside the others."""
    merged = select(Person.id).where(Person.id.in_(sorted(set(person_ids))), Person.merged_into_id.is_not(None))
    return len(set(person_ids)) == len(person_ids) and reading.scalar(merged.limit(1)) is None


def owners(reading: Reading, person_ids: Iterable[str]) -> dict[str, str]:
    """Return for each of these people, and each row merged into them, the person that it counts for."""
    found = {person_id: person_id for person_id in person_ids}
    if len(found) == 1:
        (person_id,) = found
        return dict.fromkeys(rows_of(reading, person_id), person_id)
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
