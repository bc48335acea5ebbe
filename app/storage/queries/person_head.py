"""What stands at the head of a person's page: who it is, and what is due next."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.domain.identifiers import age, known_birth_date
from app.models.organisation import Municipality, Team
from app.models.person import Membership, Person
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.names import shown_name


@dataclass(frozen=True, slots=True)
class PersonHead:
    """Who somebody is, in a line or two."""

    person_id: str
    name: str
    phone: str
    municipality: str
    teams: tuple[str, ...]
    age: int | None


def person_head(reading: Reading, person_id: str, *, today: date) -> PersonHead | None:
    """Return who it is, or None where this laptop does not hold them."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    note_view(reading, [person_id], what="person")
    municipality = (
        reading.get(Municipality, person.residence_municipality_id) if person.residence_municipality_id else None
    )
    teams = reading.scalars(
        select(Team.name)
        .join(Membership, Membership.team_id == Team.id)
        .where(Membership.person_id == person_id, Membership.left_on.is_(None))
        .order_by(Team.name)
    )
    born = known_birth_date(person.birth_date, person.identifier, today=today)
    return PersonHead(
        person_id=person.id,
        name=shown_name(person),
        phone=person.phone,
        municipality=municipality.name if municipality else "",
        teams=tuple(teams),
        age=age(born, on=today) if born is not None else None,
    )
