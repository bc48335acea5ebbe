"""Find people, places and sessions while somebody types: by the beginning of a word, by sound, by place.

Names and how they sound stand in an index that the store keeps up to date by itself (migration `search_index`), so a
search over 50,000 people reads a few hundred rows and no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import text

from app.domain.sounds import sound_key, words_of
from app.remembered import remembered
from app.storage.access_log import note_search
from app.storage.driver import driver_of
from app.storage.engine import Reading, known_disk_problems
from app.storage.listed import listed
from app.storage.queries.names import shown_as
from app.storage.queries.same_person import owners

MOST_CANDIDATES: Final = 150
"""People that a list compares with one another; where more fit, these are whose names fit exactly and who came last."""
_MOST_WHILE_TYPING: Final = 40
"""The same for a handful that is shown at every letter."""
_HANDFUL: Final = 20
_SPARE: Final = 8
"""People read beyond those that are shown, because some may turn out to be merged into others."""
SHORTEST_SOUND: Final = 2
"""Sounds from which on a word is also searched by them; one sound is that of half the town, and "wwww" is but one."""

# Written out and given to the driver as they are, because somebody waits for them at every letter: to put a statement
# together and to make objects of its rows takes longer than to find them. Names are compared as the index has them,
# where a name is a few bytes; a person is a page of the store, so only those are read who may be shown.
_NAMES: Final = """
SELECT content.id, content.c0 FROM (
  SELECT rowid AS number FROM person_index WHERE person_index MATCH :terms ORDER BY rowid DESC LIMIT :candidates
) CROSS JOIN person_index_content AS content ON content.id = number
"""
_NAMES_THERE: Final = """
SELECT rowid, name FROM person_index WHERE person_index MATCH :terms AND +rowid IN (
  SELECT key.number FROM json_each(:places) AS there CROSS JOIN course ON course.place_id = there.value
  CROSS JOIN enrolment ON enrolment.course_id = course.id
  CROSS JOIN person_index_key AS key ON key.person_id = enrolment.person_id
) ORDER BY rowid DESC LIMIT :candidates
"""
_PEOPLE: Final = """
SELECT key.number, person.id, person.given_name, person.family_name, person.nickname, person.phone,
  place.id, place.name, person.merged_into_id IS NOT NULL
FROM json_each(:numbers) AS best CROSS JOIN person_index_key AS key ON key.number = best.value
CROSS JOIN person ON person.id = key.person_id
LEFT JOIN enrolment ON enrolment.person_id = person.id
LEFT JOIN course ON course.id = enrolment.course_id
LEFT JOIN place ON place.id = course.place_id
WHERE +person.anonymised_on IS NULL
ORDER BY enrolment.joined_on DESC
"""


_PLACES: Final = "SELECT id, name, address, closed_on IS NULL FROM place ORDER BY name"
_COURSES: Final = "SELECT rowid FROM course_index WHERE course_index MATCH :terms LIMIT :candidates"
_FEW_COURSES: Final = 40
"""Courses whose sessions are put in order all together; of more, the sessions around the day are looked through."""

# Sessions on either side of the day, the nearest first: those of one place stand next to one another in an index.
_ON_BOTH_SIDES: Final = """
SELECT * FROM (
  SELECT rowid, held_on FROM session WHERE held_on >= :today AND state != 'cancelled' AND {fits}
  ORDER BY held_on, rowid LIMIT :most
) UNION ALL SELECT * FROM (
  SELECT rowid, held_on FROM session WHERE held_on < :today AND state != 'cancelled' AND {fits}
  ORDER BY held_on DESC, rowid DESC LIMIT :most
)
"""
_OF_PLACE: Final = _ON_BOTH_SIDES.format(fits="place_id = :place")
_OF_MANY: Final = _ON_BOTH_SIDES.format(
    fits="(SELECT number FROM course_index_key AS key WHERE key.course_id = session.course_id) IN "
    "(SELECT rowid FROM course_index WHERE course_index MATCH :terms)"
)
_OF_FEW: Final = """
SELECT session.rowid, session.held_on FROM json_each(:courses) AS fitting
CROSS JOIN course_index_key AS key ON key.number = fitting.value
CROSS JOIN session ON session.course_id = key.course_id WHERE session.state != 'cancelled'
ORDER BY abs(julianday(held_on) - julianday(:today)), held_on, iif(held_on < :today, -session.rowid, session.rowid)
LIMIT :most
"""
_SESSIONS: Final = """
SELECT session.id, place.name, course.title, session.held_on, session.starts_at
FROM json_each(:sessions) AS near CROSS JOIN session ON session.rowid = near.value
CROSS JOIN course ON course.id = session.course_id CROSS JOIN place ON place.id = session.place_id
ORDER BY near.key
"""


@dataclass(frozen=True, slots=True)
class PersonFound:
    """Somebody whose name fits, with the places where they take part."""

    person_id: str
    name: str
    places: str
    phone: str


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

    Those of `place_id` come first, then whose name begins as it was written, then who only sounds like it. Where more
    are written like it than are compared, whose name has exactly these words come first, then who came last.
    """
    asked = words_of(words)
    if not asked:
        return ()
    found: dict[str, _Candidate] = {}
    standing: dict[int, int] = {}
    if place_id:
        found |= _people(reading, _by_misses(asked, _names(reading, _terms(asked), at=[place_id])), most=most)
    if len(found) < most:
        letters, is_cut = _by_letters(reading, asked, most=most)
        standing = {number: place for place, number in enumerate(letters)} if is_cut else {}
        written = _people(reading, letters, most=most, spare=0 if is_cut else _SPARE)
        found |= written
        if len(written) < most:
            # Who only sounds like it comes after who is written like it, so it is asked for where those are few.
            found |= _people(reading, _by_misses(asked, _names(reading, _terms(asked))), most=most, known=found)
            found |= _at_named_place(reading, asked, most=most, known=found)
    note_search(reading, len(found))

    def rank(one: _Candidate) -> tuple[bool, int, str, str]:
        is_there = bool(place_id) and place_id in one.places
        if standing:
            return (not is_there, standing.get(one.number, 0), "", one.person_id)
        written = " ".join(words_of(f"{one.given_name} {one.family_name} {one.nickname}"))
        return (not is_there, _misses(asked, written), one.name.casefold(), one.person_id)

    return tuple(
        PersonFound(one.person_id, one.name, ", ".join(one.places.values()), one.phone)
        for one in sorted(found.values(), key=rank)[:most]
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
    begun = [f" {word}" for word in asked]
    places, named = [], []
    for place_id, name, address, is_open in _rows(reading, _PLACES, {}):
        is_named = _fits(begun, _written(name, ""))
        if is_named:
            named.append(place_id)
        if is_open and (is_named or _fits(begun, _written(name, address))):
            places.append(PlaceFound(place_id, name, address))
    sessions = _sessions(reading, asked, named, today=today, most=most)
    return Found(people, tuple(places[:most]), sessions)


def _sessions(
    reading: Reading, asked: tuple[str, ...], named: list[str], *, today: date, most: int
) -> tuple[SessionFound, ...]:
    """Return the sessions nearest to the day: those at the named places, and those of the other courses that fit."""
    terms = _terms(asked, by_sound=False)
    if named:
        terms = f"({terms}) NOT place : ({' OR '.join(place_id.replace('-', '') for place_id in named)})"
    values: dict[str, object] = {"terms": terms, "today": today.isoformat(), "most": most}
    near = [row for place_id in named for row in _rows(reading, _OF_PLACE, {**values, "place": place_id})]
    courses = [number for (number,) in _rows(reading, _COURSES, {**values, "candidates": _FEW_COURSES + 1})]
    if len(courses) > _FEW_COURSES:
        near += _rows(reading, _OF_MANY, values)
    elif courses:
        near += _rows(reading, _OF_FEW, {**values, "courses": listed(courses)})
    if not near:
        return ()

    def rank(row: tuple[int, str]) -> tuple[int, str, int]:
        number, held_on = row
        away = (date.fromisoformat(held_on) - today).days
        return (abs(away), held_on, number if away >= 0 else -number)

    nearest = [number for number, _held_on in sorted(near, key=rank)[:most]]
    return tuple(
        SessionFound(session_id, place, title, date.fromisoformat(on), starts_at)
        for session_id, place, title, on, starts_at in _rows(reading, _SESSIONS, {"sessions": listed(nearest)})
    )


@remembered(8192)
def _written(name: str, more: str) -> str:
    """Return the words of a course or place, each behind a blank; every letter that is typed asks for all of them."""
    return "".join(f" {word}" for word in words_of(f"{name} {more}"))


def _fits(begun: list[str], written: str) -> bool:
    """Return whether every word, behind its blank, begins one of those that are written."""
    for word in begun:  # noqa: SIM110 - a generator costs more than what it does here, thousands of times a letter
        if word not in written:
            return False
    return True


@dataclass(slots=True)
class _Candidate:
    """Somebody who may be shown, with their number in the index and their places, the latest first."""

    number: int
    person_id: str
    given_name: str
    family_name: str
    nickname: str
    phone: str
    name: str
    places: dict[str, str]


def _by_letters(reading: Reading, asked: tuple[str, ...], *, most: int) -> tuple[list[int], bool]:
    """Return the numbers of who is written like it, in order of name, and whether there are more than are compared.

    Then they are in another order: who has exactly these words, then who came last.
    """
    compared = _MOST_WHILE_TYPING if most <= _HANDFUL else MOST_CANDIDATES
    names = _names(reading, _terms(asked, by_sound=False), most=compared)
    if len(names) < compared:
        return [number for _name, number in sorted((name, number) for number, name in names)], False
    exact = _names(reading, " AND ".join([f'name : "{word}"' for word in asked]), most=most + _SPARE)
    return list(dict.fromkeys([number for number, _name in exact + names])), True


def _names(
    reading: Reading, terms: str, *, at: Sequence[str] | None = None, most: int = MOST_CANDIDATES
) -> list[tuple[int, str]]:
    """Return number and name of who fits in the index, who came last first; of some places alone where they are named.

    Reading the people themselves would fetch a page of the store for each of them.
    """
    values: dict[str, object] = {"terms": terms, "candidates": most}
    if at is None:
        return _rows(reading, _NAMES, values)
    return _rows(reading, _NAMES_THERE, {**values, "places": listed(at)})


def _by_misses(asked: tuple[str, ...], names: Iterable[tuple[int, str]]) -> list[int]:
    """Return the numbers of the index in order of the fewest words that are not written so, then of the name."""
    return [number for *_order, number in sorted((_misses(asked, name), name, number) for number, name in names)]


def _people(
    reading: Reading,
    numbers: Sequence[int],
    *,
    most: int,
    spare: int = _SPARE,
    known: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, _Candidate]:
    """Return the first people of a list who are still somebody of their own, without those who are known already."""
    found: dict[str, _Candidate] = {}
    for start in range(0, len(numbers), most + spare):
        some = listed(numbers[start : start + most + spare])
        rows = _rows(reading, _PEOPLE, {"numbers": some})
        merged = {row[1] for row in rows if row[-1]}
        # Of rows that laptops merged into one another, in a circle, one counts for all and is found.
        others = {row_id for row_id, kept in owners(reading, merged).items() if row_id != kept} if merged else set()
        for number, person_id, given, family, nickname, phone, place_id, place, is_merged in rows:
            if person_id in known or (is_merged and person_id in others):
                continue
            one = found.get(person_id)
            if one is None:
                name = shown_as(given, family, nickname)
                one = found[person_id] = _Candidate(number, person_id, given, family, nickname, phone, name, {})
            if place_id is not None:
                one.places.setdefault(place_id, place)
        if len(found) >= most:
            break
    return found


def _at_named_place(
    reading: Reading, asked: tuple[str, ...], *, most: int, known: Mapping[str, object]
) -> dict[str, _Candidate]:
    """Return people whose name fits some of the words while each other word begins a word of their place's name."""
    if len(asked) < 2:
        return {}
    places = _rows(reading, "SELECT id, name FROM place", {})
    named = {
        word: [place_id for place_id, name in places if any(part.startswith(word) for part in words_of(name))]
        for word in asked
    }
    of_name = tuple(word for word in asked if not named[word])
    of_place = [word for word in asked if named[word]]
    if not of_name or not of_place:
        return {}
    where = set(named[of_place[0]]).intersection(*(named[word] for word in of_place[1:]))
    numbers = _by_misses(of_name, _names(reading, _terms(of_name), at=sorted(where)))
    return _people(reading, numbers, most=most, known=known)


def _terms(asked: Iterable[str], *, by_sound: bool = True) -> str:
    """Return what the index is asked for."""
    terms = []
    for word in asked:
        term = f'name : "{word}"*'
        sound = sound_key(word) if by_sound and not word.isdigit() else ""
        terms.append(f'({term} OR sound : "{sound}"*)' if len(sound) >= SHORTEST_SOUND else f"({term})")
    return " AND ".join(terms)


def _misses(asked: Iterable[str], written: str) -> int:
    """Return how many words begin none of those that are written, with one blank between them."""
    begun = f" {written}"
    return sum(f" {said}" not in begun for said in asked)


def _rows(reading: Reading, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Return what the driver itself says."""
    with known_disk_problems():
        return list(driver_of(reading).execute(statement, values).fetchall())
