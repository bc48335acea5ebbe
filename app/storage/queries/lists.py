"""The lists of people and places, filtered in SQL as one types."""

from dataclasses import dataclass

from sqlalchemy import case, collate, func, select

from app.models.course import Course, Enrolment
from app.models.organisation import Municipality, Place, PlaceContact
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import ends_of_circles
from app.storage.queries.search import MOST_CANDIDATES, count_people, find_people

MOST_PEOPLE = 500


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the list, with the places where they take part."""

    person_id: str
    name: str
    places: str
    phone: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place with its contact persons and how many people take part there now."""

    place_id: str
    name: str
    kind: str
    municipality: str
    address: str
    contacts: str
    people: int
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """A part of the list from `begins_at` on, and how many there are in all."""

    rows: tuple[PersonRow, ...]
    total: int
    begins_at: int = 0


def people(reading: Reading, *, search: str = "", after: int = 0) -> PeopleFound:
    """Return people who fit every word of `search` by letters or by sound, the best first; at most `MOST_PEOPLE`.

    Without words everybody is listed in order of name, from the row `after` on.
    """
    if search.strip():
        fitting = tuple(
            PersonRow(found.person_id, found.name, found.places, found.phone)
            for found in find_people(reading, search, most=MOST_PEOPLE)
        )
        is_cut = len(fitting) >= MOST_CANDIDATES
        return PeopleFound(fitting, max(len(fitting), count_people(reading, search)) if is_cut else len(fitting))
    named = case((Person.given_name != "", Person.given_name), else_=Person.nickname)
    circles = ends_of_circles(reading)
    is_own = Person.merged_into_id.is_(None)
    is_somebody = (is_own | Person.id.in_(circles) if circles else is_own, Person.anonymised_on.is_(None))
    found = reading.scalars(
        select(Person)
        .where(*is_somebody)
        .order_by(collate(named, "NOCASE"), collate(Person.family_name, "NOCASE"), Person.id)
        .limit(MOST_PEOPLE)
        .offset(after)
    ).all()
    total = after + len(found)
    if len(found) == MOST_PEOPLE:
        total = reading.scalar(select(func.count()).select_from(Person).where(*is_somebody)) or total
    places: dict[str, list[str]] = {}
    for person_id, place in reading.execute(
        select(Enrolment.person_id, Place.name)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Place, Place.id == Course.place_id)
        .where(Enrolment.person_id.in_([person.id for person in found]))
        .distinct()
    ):
        places.setdefault(person_id, []).append(place)
    rows = tuple(
        PersonRow(person.id, shown_name(person), ", ".join(sorted(places.get(person.id, ()))), person.phone)
        for person in found
    )
    return PeopleFound(rows, total, after)


def places(reading: Reading) -> tuple[PlaceRow, ...]:
    """Return the places of the laptop's teams, in order of name, closed ones last."""
    contacts: dict[str, list[str]] = {}
    for contact in reading.scalars(select(PlaceContact).order_by(PlaceContact.name)):
        contacts.setdefault(contact.place_id, []).append(
            f"{contact.name} {contact.phone}".strip() if contact.phone else contact.name
        )
    counted: dict[str, int] = dict(
        reading.execute(
            select(Course.place_id, func.count(Enrolment.person_id.distinct()))
            .join(Enrolment, Enrolment.course_id == Course.id)
            .where(Enrolment.left_on.is_(None))
            .group_by(Course.place_id)
        ).all()
    )
    found = reading.execute(
        select(Place, Municipality.name)
        .outerjoin(Municipality, Municipality.id == Place.municipality_id)
        .order_by(Place.closed_on.is_not(None), Place.name)
    )
    return tuple(
        PlaceRow(
            place_id=place.id,
            name=place.name,
            kind=place.kind,
            municipality=municipality or "",
            address=place.address,
            contacts="\n".join(contacts.get(place.id, ())),
            people=counted.get(place.id, 0),
            is_closed=place.closed_on is not None,
        )
        for place, municipality in found
    )
