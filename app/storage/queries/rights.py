"""How it stands with a person's rights: restricted, being erased, corrected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from sqlalchemy import func, select

from app.models.base import to_wire
from app.models.oversight import Correction, Erasure
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import rows_of

KEEP_UNTIL: Final = "keep_until"
"""The field of a correction that decides how long somebody's records are kept."""


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One correction."""

    corrected_on: date
    field: str
    old_value: str
    new_value: str
    reason: str


@dataclass(frozen=True, slots=True)
class RightsCard:
    """Who it is, since when their data are restricted, whether they are being erased, and every correction.

    All of it by every row of theirs; what was corrected in several of them at once stands there once. `current`
    is what the fields of their own record say now.
    """

    name: str
    restricted_on: date | None
    is_erasing: bool
    corrections: tuple[CorrectionLine, ...]
    current: Mapping[str, str]


def rights_card(reading: Reading, person_id: str) -> RightsCard | None:
    """Return it, or None where this laptop has nobody such."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    ids = rows_of(reading, person_id)
    found = reading.scalars(select(Correction).where(Correction.person_id.in_(ids)).order_by(Correction.id.desc()))
    theirs = (Person.id.in_(ids), Person.anonymised_on.is_(None))
    left = reading.scalar(select(Person.id).where(*theirs, Person.id.not_in(select(Erasure.person_id))).limit(1))
    lines = (CorrectionLine(one.corrected_on, one.field, one.old_value, one.new_value, one.reason) for one in found)
    return RightsCard(
        name=shown_name(person),
        restricted_on=reading.scalar(select(func.min(Person.restricted_on)).where(*theirs)),
        is_erasing=left is None,
        corrections=tuple(line for line, _rows in groupby(lines)),
        current={
            column.name: str(to_wire(getattr(person, column.name)) or "")
            for column in Person.__table__.columns
            if isinstance(getattr(person, column.name), str | date)
        },
    )
