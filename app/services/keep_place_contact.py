"""Keep the contact persons of a place: its tovholder above all, its leader, others."""

from dataclasses import dataclass

from app.domain.place_cycle import CONTACT_ROLES
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.organisation import Place, PlaceContact
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class KeepPlaceContact:
    """A contact person as they shall stand; without `contact_id` a new one. `role`: tovholder, leder or other."""

    place_id: str
    name: str
    role: str
    phone: str = ""
    email: str = ""
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceContactKept:
    """Who was written."""

    contact_id: str
    changed: ChangeSet


def keep_place_contact(command: KeepPlaceContact, *, work: UnitOfWork) -> PlaceContactKept:
    """Write the contact person; RuleRefusal "empty-name", "name-too-long", "unknown-answer" or "no-such-place"."""
    name = " ".join(command.name.split())
    if not name:
        raise RuleRefusal("empty-name", field="name")
    if len(name) > LONGEST_NAME:
        raise RuleRefusal("name-too-long", field="name", longest=LONGEST_NAME)
    place = work.session.get(Place, command.place_id)
    if place is None:
        raise RuleRefusal("no-such-place", field="place_id")
    contact = work.session.get(PlaceContact, command.contact_id) if command.contact_id else None
    if command.role not in CONTACT_ROLES and (contact is None or contact.role != command.role):
        raise RuleRefusal("unknown-answer", field="role")
    if contact is None:
        contact = PlaceContact(
            id=command.contact_id or new_id(work.clock), team_id=place.team_id, place_id=place.id, name=name
        )
        work.session.add(contact)
    contact.name = name
    contact.role = command.role
    contact.phone = command.phone.strip()
    contact.email = command.email.strip()
    return PlaceContactKept(contact.id, work.commit())


def drop_place_contact(contact_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Take a contact person off the place; nobody of that identifier is nothing to do."""
    contact = work.session.get(PlaceContact, contact_id)
    if contact is not None:
        work.session.delete(contact)
    return work.commit()
