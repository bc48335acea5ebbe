"""How it stands with a person's rights: restricted, being erased, corrected."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.models.oversight import Correction, Erasure
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_name


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
    """Who it is, since when their data are restricted, whether they are being erased, and every correction."""

    name: str
    restricted_on: date | None
    is_erasing: bool
    corrections: tuple[CorrectionLine, ...]


def rights_card(reading: Reading, person_id: str) -> RightsCard | None:
    """Return it, or None where this laptop has nobody such."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    ids = [person_id, *reading.scalars(select(Person.id).where(Person.merged_into_id == person_id))]
    found = reading.scalars(select(Correction).where(Correction.person_id.in_(ids)).order_by(Correction.id.desc()))
    erasing = reading.execute(select(Erasure.id).where(Erasure.person_id.in_(ids)).limit(1)).first()
    return RightsCard(
        name=shown_name(person),
        restricted_on=person.restricted_on,
        is_erasing=erasing is not None,
        corrections=tuple(
            CorrectionLine(one.corrected_on, one.field, one.old_value, one.new_value, one.reason) for one in found
        ),
    )
