"""Who somebody is, field by field, for editing where it stands."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.models.organisation import Municipality
from app.models.person import Person
from app.storage.engine import Reading

FIELDS = (
    "given_name",
    "family_name",
    "nickname",
    "identifier",
    "birth_date",
    "phone",
    "email",
    "address",
    "residence_municipality_id",
    "language",
    "preferred_contact",
    "may_text",
    "gp_name",
    "gp_number",
    "sex",
    "deceased_on",
    "note",
)


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """The values by field, and the municipalities to choose from as (id, name)."""

    person_id: str
    values: dict[str, Any]
    municipalities: tuple[tuple[str, str], ...]

    @property
    def birth_date(self) -> date | None:
        """Return the day of birth that was entered by hand."""
        value = self.values["birth_date"]
        return value if isinstance(value, date) else None


def person_details(reading: Reading, person_id: str) -> PersonDetails | None:
    """Return the details, or None where this laptop does not hold the person."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    municipalities = reading.execute(select(Municipality.id, Municipality.name).order_by(Municipality.name)).all()
    return PersonDetails(
        person_id, {name: getattr(person, name) for name in FIELDS}, tuple((row[0], row[1]) for row in municipalities)
    )
