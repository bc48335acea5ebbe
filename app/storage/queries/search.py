"""Find people, places and sessions while somebody types: by the beginning of a word, by sound, by place.

Names and how they sound stand in an index that the store keeps up to date by itself (migration `search_index`), so a
search over 50,000 people reads a few hundred rows and no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, func, select, text

from app.domain.sounds import sound_key, words_of
from app.models.course import Course, Enrolment, Session
from app.models.organisation import Place
from app.storage.access_log import note_search
from app.storage.engine import Reading
from app.storage.queries.names import shown_as

# Written out, because somebody waits for them at every letter: the object mapper takes longer than the database.
# The plus keeps SQLite from looking people up by what is asked of them, all of them.
_PEOPLE: Final = text(
    "SELECT id, given_name, family_name, nickname, phone FROM person "
    "WHERE id IN (SELECT value FROM json_each(:ids)) AND +merged_into_id IS NULL AND +anonymised_on IS NULL"
)
_PLACES: Final = text(
    "SELECT enrolment.person_id, place.id, place.name FROM enrolment "
    "JOIN course ON course.id = enrolment.course_id JOIN place ON place.id = course.place_id "
    "WHERE enrolment.person_id IN (SELECT value FROM json_each(:ids)) ORDER BY enrolment.joined_on DESC"
)
_ALL_PLACES: Final = text("SELECT id, name FROM place")
MOST_CANDIDATES = 150
_SPARE = 8
"""People read beyond those that are shown, because some may turn out to be merged into others."""
SHORTEST_SOUND = 2
"""Letters from which on a word is also searched by its sound; one letter sounds like half the town."""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """Somebody whose name fits, with the places where they take part."""

    person_id: str
    name: str
    places: str
    phone: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SessionFound:
    """A session of a place or course whose name fits."""

    session_id: str
    place: str
    title: str
    held_on: date
    starts_at: str


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place whose name or address fits."""

    place_id: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """What fits the words, the best first in each list."""

    people: tuple[PersonFound, ...]
    places: tuple[PlaceFound, ...]
    sessions: tuple[SessionFound, ...]


def find_people(reading: Reading, words: str, *, place_id: str = "", most: int = 8) -> tuple[PersonFound, ...]:
    """Return people whose name, nickname or phone fits every word, by letters or by sound; a word may name a place.

    Those of `place_id` come first, then whose name begins as it was written, then who only sounds like it.
    """
    asked = words_of(words)
    if not asked:
        return ()
    ids = _matching(reading, asked, by_sound=False)
    if len(ids) < most:
        # Who only sounds like it comes after who is written like it, so it is asked for where those are few.
        ids += [key for key in _matching(reading, asked) if key not in ids]
    if len(asked) > 1:
        ids += [key for key in _at_named_place(reading, asked) if key not in ids]
    if place_id:
        here = _matching(reading, asked, within=_at_place(reading, [place_id]))
        ids = [*here, *(key for key in ids if key not in here)]
    people = _first(reading, ids, most=most)
    places = _places_of(reading, people)
    note_search(reading, len(people))

    names = {person.id: shown_as(person.given_name, person.family_name, person.nickname) for person in people.values()}

    def rank(person: Row[Any]) -> tuple[bool, int, str]:
        written = words_of(f"{person.given_name} {person.family_name} {person.nickname}")
        misses = sum(not any(word.startswith(said) for word in written) for said in asked)
        return (
            not any(key == place_id for key, _name in places.get(person.id, ())),
            misses,
            names[person.id].casefold(),
        )

    return tuple(
        PersonFound(
            person.id,
            names[person.id],
            ", ".join(name for _key, name in places.get(person.id, ())),
            person.phone,
            is_here=bool(place_id) and any(key == place_id for key, _name in places.get(person.id, ())),
        )
        for person in sorted(people.values(), key=rank)[:most]
    )


def count_people(reading: Reading, words: str) -> int:
    """Return how many names of the index fit every word, by letters or by sound."""
    asked = words_of(words)
    if not asked:
        return 0
    statement = "SELECT count(*) FROM person_index WHERE person_index MATCH :terms"
    return int(reading.execute(text(statement), {"terms": _terms(asked, by_sound=True)}).scalar_one())


def find(reading: Reading, words: str, *, today: date, most: int = 6) -> Found:
    """Return people, places and sessions that fit the words; sessions nearest to today come first."""
    asked = words_of(words)
    if not asked:
        return Found((), (), ())
    people = find_people(reading, words, most=most)
    places = [
        place
        for place in reading.scalars(select(Place).where(Place.closed_on.is_(None)).order_by(Place.name))
        if _fits(asked, f"{place.name} {place.address}")
    ]
    rows = reading.execute(select(Course.id, Course.title, Place.name).join(Place, Place.id == Course.place_id)).all()
    courses = {course_id: (title, place) for course_id, title, place in rows if _fits(asked, f"{title} {place}")}
    nearest = func.abs(func.julianday(Session.held_on) - func.julianday(today.isoformat()))
    sessions = (
        reading.execute(
            select(Session.id, Session.course_id, Session.held_on, Session.starts_at)
            .where(Session.course_id.in_(courses), Session.state != "cancelled")
            .order_by(nearest, Session.held_on)
            .limit(most)
        ).all()
        if courses
        else []
    )
    return Found(
        people,
        tuple(PlaceFound(place.id, place.name, place.address) for place in places[:most]),
        tuple(
            SessionFound(session_id, courses[course_id][1], courses[course_id][0], held_on, starts_at)
            for session_id, course_id, held_on, starts_at in sessions
        ),
    )


def _fits(asked: Iterable[str], name: str) -> bool:
    """Return whether every word is the beginning of a word of the name."""
    written = words_of(name)
    return all(any(word.startswith(said) for word in written) for said in asked)


def _matching(
    reading: Reading, asked: Iterable[str], *, within: list[str] | None = None, by_sound: bool = True
) -> list[str]:
    """Return who fits every word, who is written like it first; the index alone is read, where a name is a few bytes.

    Reading the people themselves would fetch a page of the store for each of them.
    """
    asked = tuple(asked)
    statement = (
        "SELECT key.person_id, person_index.name FROM person_index "
        "JOIN person_index_key AS key ON key.number = person_index.rowid WHERE person_index MATCH :terms"
    )
    values: dict[str, object] = {"terms": _terms(asked, by_sound=by_sound), "most": MOST_CANDIDATES}
    if within is not None:
        statement += " AND key.person_id IN (SELECT value FROM json_each(:within))"
        values["within"] = _as_json(within)
    rows = reading.execute(text(f"{statement} LIMIT :most"), values).all()
    if not by_sound:
        return [person_id for _name, person_id in sorted((row.name, row.person_id) for row in rows)]

    def misses(name: str) -> int:
        written = name.split()
        return sum(not any(word.startswith(said) for word in written) for said in asked)

    return [row.person_id for row in sorted(rows, key=lambda row: (misses(row.name), row.name, row.person_id))]


def _terms(asked: Iterable[str], *, by_sound: bool) -> str:
    """Return what the index is asked for."""
    terms = []
    for word in asked:
        term = f'name : "{word}"*'
        sound = sound_key(word) if by_sound and len(word) >= SHORTEST_SOUND and not word.isdigit() else ""
        terms.append(f'({term} OR sound : "{sound}"*)' if sound else f"({term})")
    return " AND ".join(terms)


def _first(reading: Reading, ids: list[str], *, most: int) -> dict[str, Row[Any]]:
    """Return the first people of a list who are still somebody of their own."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(ids), most + _SPARE):
        part = _as_json(ids[start : start + most + _SPARE])
        found |= {person.id: person for person in reading.execute(_PEOPLE, {"ids": part})}
        if len(found) >= most:
            break
    return found


def _as_json(keys: list[str]) -> str:
    return "[" + ",".join(f'"{key}"' for key in keys) + "]"


def _at_named_place(reading: Reading, asked: tuple[str, ...]) -> list[str]:
    """Return people whose name fits some of the words while each other word begins a word of their place's name."""
    places = reading.execute(_ALL_PLACES).all()
    named = {
        word: [place_id for place_id, name in places if any(part.startswith(word) for part in words_of(name))]
        for word in asked
    }
    of_name = [word for word in asked if not named[word]]
    of_place = [word for word in asked if named[word]]
    if not of_name or not of_place:
        return []
    where = set(named[of_place[0]]).intersection(*(named[word] for word in of_place[1:]))
    return _matching(reading, of_name, within=_at_place(reading, where))


def _at_place(reading: Reading, place_ids: Iterable[str]) -> list[str]:
    there = select(Enrolment.person_id).join(Course, Course.id == Enrolment.course_id)
    return sorted(set(reading.scalars(there.where(Course.place_id.in_(list(place_ids))))))


def _places_of(reading: Reading, person_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    rows = reading.execute(_PLACES, {"ids": _as_json(list(person_ids))}).all()
    places: dict[str, list[tuple[str, str]]] = {}
    for person_id, place_id, name in rows:
        known = places.setdefault(person_id, [])
        if (place_id, name) not in known:
            known.append((place_id, name))
    return places
