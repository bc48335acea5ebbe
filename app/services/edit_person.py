"""Change who somebody is, field by field, where it stands; what it was before comes back, so that it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.clock import today
from app.domain.identifiers import check_birth_date, read_identifier
from app.errors import RuleRefusal
from app.models.organisation import Municipality
from app.models.person import Person
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST: Final = {
    "given_name": 300,
    "family_name": 300,
    "nickname": 300,
    "phone": 40,
    "language": 20,
    "email": 200,
    "address": 300,
    "gp_name": 200,
    "gp_number": 20,
    "note": 20_000,
}
"""Text fields that may be edited, and how many characters their columns hold."""
PREFERRED: Final = ("", "phone", "text", "mail", "letter", "place")
ANSWERS: Final = ("", "yes", "no")
SEXES: Final = ("", "female", "male")
DAYS: Final = ("birth_date", "deceased_on")
_CHOSEN: Final = {"preferred_contact": PREFERRED, "may_text": ANSWERS, "sex": SEXES}
_NAMES: Final = ("given_name", "family_name", "nickname")


@dataclass(frozen=True, slots=True)
class EditPerson:
    """Who, and the new values: text, a date for one of `DAYS`, a row's id or None for `residence_municipality_id`."""

    person_id: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PersonEdited:
    """What the changed fields held before, ready to be given back; `hints` may say to look at the number once more."""

    before: Mapping[str, Any]
    changed: ChangeSet
    hints: tuple[str, ...] = field(default=())


def edit_person(command: EditPerson, *, work: UnitOfWork) -> PersonEdited:
    """Write the new values in one transaction.

    Raises RuleRefusal "no-such-person", "no-such-field", "name-too-long" or "text-too-long" (with the longest),
    "empty-name" where no name would be left, "future-date", "no-such-municipality", "unknown-answer", and what
    :func:`read_identifier` and :func:`check_birth_date` refuse; nothing is then written.
    """
    person = work.session.get(Person, command.person_id)
    if person is None:
        raise RuleRefusal("no-such-person", field="person_id")
    before: dict[str, Any] = {}
    hints: tuple[str, ...] = ()
    for name, value in command.changes.items():
        before[name] = getattr(person, name, None)
        hints += set_field(person, name, value, work=work)
    check_has_a_name(person, field="nickname")
    return PersonEdited(before, work.commit(), hints)


def set_field(person: Person, name: str, value: Any, *, work: UnitOfWork) -> tuple[str, ...]:
    """Set a field to what was written, by the rules that it has, and return hints; RuleRefusal as `edit_person`."""
    if name != "identifier":
        setattr(person, name, _understood(name, value, work=work))
        return ()
    read = read_identifier(str(value), today=today(work.clock))
    person.identifier, person.identifier_kind = read.number, read.kind
    return read.hints


def check_has_a_name(person: Person, *, field: str) -> None:
    """Raise RuleRefusal "empty-name" where nothing is left to call somebody by."""
    if not any(getattr(person, name) for name in _NAMES):
        raise RuleRefusal("empty-name", field=field)


def is_edited(name: str) -> bool:
    """Return whether a field is edited here, by the rules that it has."""
    return name in LONGEST or name in _CHOSEN or name in (*DAYS, "identifier", "residence_municipality_id")


def _understood(name: str, value: Any, *, work: UnitOfWork) -> Any:
    if name in LONGEST:
        text = str(value).strip() if name == "note" else " ".join(str(value).split())
        if len(text) > LONGEST[name]:
            code = "name-too-long" if name in _NAMES else "text-too-long"
            raise RuleRefusal(code, field=name, longest=LONGEST[name])
        return text
    if name in DAYS:
        if name == "birth_date" and value is not None:
            return check_birth_date(value, today=today(work.clock))
        if isinstance(value, date) and value > today(work.clock):
            raise RuleRefusal("future-date", field=name)
        return value
    if name == "residence_municipality_id":
        if value and work.session.get(Municipality, value) is None:
            raise RuleRefusal("no-such-municipality", field=name)
        return value or None
    answers = _CHOSEN.get(name)
    if answers is None:
        raise RuleRefusal("no-such-field", field=name)
    if value not in answers:
        raise RuleRefusal("unknown-answer", field=name)
    return value
