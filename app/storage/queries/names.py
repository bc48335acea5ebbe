"""What a person is called on a screen."""

import unicodedata
from collections.abc import Collection

from sqlalchemy import select

from app.i18n import quoted
from app.models.person import Person
from app.storage.engine import Reading

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_FIRST_TO_THE_LEFT = "\u0590"
"""Hebrew is the first script of Unicode that runs to the left: names in Latin letters need not be looked through."""


def shown_name(person: Person) -> str:
    """Return the full name, with the nickname in quotes behind it where both are known."""
    return shown_as(person.given_name, person.family_name, person.nickname)


def shown_as(given_name: str, family_name: str, nickname: str) -> str:
    """Return the same from the names alone."""
    full = f"{given_name} {family_name}".strip()
    if full and nickname and nickname != full:
        return f"{_isolated(full)} {quoted(_isolated(nickname))}"
    return _isolated(full or nickname)


def names_of(reading: Reading, person_ids: Collection[str] | None = None) -> dict[str, str]:
    """Return what people are called, by identifier: all of them, or those asked for."""
    statement = select(Person.id, Person.given_name, Person.family_name, Person.nickname)
    if person_ids is not None:
        statement = statement.where(Person.id.in_(sorted(person_ids)))
    return {person_id: shown_as(*named) for person_id, *named in reading.execute(statement)}


def _isolated(name: str) -> str:
    """Keep a name of a script that runs to the left from turning the words around it (UAX #9, isolates)."""
    letters = name if max(name, default="") >= _FIRST_TO_THE_LEFT else ""
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in letters):
        return f"{_FIRST_STRONG_ISOLATE}{name}{_POP_ISOLATE}"
    return name
