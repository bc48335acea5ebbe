"""Is this somebody we know already? Names that sound alike, nicknames, slips of the finger, and what speaks against it.

Only ever a proposal with its reasons; a person decides. Weights are points out of a hundred.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.domain.sounds import sound_key, spelled_alike, words_of
from app.remembered import remembered

PROPOSED_FROM: Final = 40
_IDENTIFIER, _PHONE, _BIRTH_DATE = 100, 45, 25
_SAME, _SOUNDS, _SPELLED, _SHORT = 45, 40, 35, 30
_FAMILY, _OTHER_FAMILY, _OTHER_BIRTH_DATE, _OTHER_IDENTIFIER = 30, -30, -45, -70
_LAST_DIGITS: Final = 8
_NO_DIGITS: Final = re.compile(r"\D+")
_SHORTEST_SHORT_FORM: Final = 3
_MOST_WORDS: Final = 12
"""Words of a name that are compared, each with each of the other's: more are a text, which tells nobody apart."""
_SMALL_WORDS: Final = frozenset({"den", "det", "fra", "med", "og", "på", "the", "von", "af", "lille", "store"})
_SHORT_FORMS: Final = {
    frozenset(pair)
    for pair in (
        ("karl", "kalle"), ("lars", "lasse"), ("johannes", "hans"), ("peter", "per"), ("elisabeth", "lis"),
        ("elisabeth", "lisbeth"), ("margrethe", "grethe"), ("margrethe", "rethe"), ("christian", "kresten"),
        ("nikolaj", "klaus"), ("nikolaj", "niels"), ("anders", "andreas"), ("johannes", "john"), ("johnny", "john"),
        ("william", "ville"), ("william", "bill"), ("robert", "bob"), ("katrine", "trine"), ("kristine", "stine"),
        ("susanne", "sanne"), ("marianne", "janne"), ("ibrahim", "ibo"), ("mustafa", "musse"), ("mohammed", "mo"),
        ("poul", "palle"), ("jørgen", "jønne"), ("torben", "tobbe"), ("bent", "benny"), ("erik", "jerry"),
    )
}  # fmt: skip
"""Short forms that neither begin as the long one does nor sound like it; the others are found by their beginning."""
_SHORT_FORMS_BY_SOUND: Final = frozenset(frozenset(sound_key(word) for word in pair) for pair in _SHORT_FORMS)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody; every field may be empty."""

    person_id: str = ""
    given_name: str = ""
    family_name: str = ""
    nickname: str = ""
    birth_date: date | None = None
    identifier: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much somebody is like the one asked about, and why.

    `reasons`: identifier, phone, birth_date, same_name, sounds_alike, spelled_alike, short_form, family_name; against:
    other_family_name, other_birth_date, other_identifier.
    """

    person_id: str
    points: int
    reasons: tuple[str, ...]


def likeness(asked: Known, known: Known) -> Likeness | None:
    """Return how much the two are alike, or None where it is not worth a look."""
    found: list[tuple[str, int]] = []
    named, numbers = _names(asked, known), _numbers(asked, known)
    if named is not None:
        found.append(named)
    if named is not None or any(points > 0 for _, points in numbers):
        found += _family(asked, known)
    found += numbers
    points = sum(points for _, points in found)
    if points < PROPOSED_FROM:
        return None
    return Likeness(known.person_id, min(points, 100), tuple(reason for reason, _ in found))


def likely_duplicates(asked: Known, everybody: Iterable[Known], *, most: int = 5) -> tuple[Likeness, ...]:
    """Return those who may be the same person, the likeliest first; the one asked about is left out."""
    found = [
        alike
        for known in everybody
        if not (asked.person_id and known.person_id == asked.person_id)
        and (alike := likeness(asked, known)) is not None
    ]
    return tuple(sorted(found, key=lambda alike: (-alike.points, alike.person_id))[:most])


def alike_among(people: Sequence[Known]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of these people who may be one person, by their ids; in each pair in the order given.

    At a table a whole name is written down in one, as a nickname: what follows its first word speaks for or against.
    """
    read = [_with_family(person) for person in people]
    return tuple(
        (one.person_id, other.person_id)
        for number, one in enumerate(read)
        for other in read[number + 1 :]
        if likeness(one, other) is not None
    )


def _with_family(person: Known) -> Known:
    if person.given_name or person.family_name:
        return person
    return replace(person, family_name=" ".join(word for word in words_of(person.nickname)[1:] if len(word) > 1))


def _names(asked: Known, known: Known) -> tuple[str, int] | None:
    """Return the best agreement between what the two are called, given names and nicknames alike."""
    ours, theirs = _called(asked), _called(known)
    if not set(ours).isdisjoint(theirs):
        return "same_name", _SAME
    best: tuple[str, int] | None = None
    for one in ours:
        for other in theirs:
            agreed = _agreement(one, other)
            if agreed is not None and (best is None or agreed[1] > best[1]):
                best = agreed
    return best


@remembered(4_096)
def _agreement(one: str, other: str) -> tuple[str, int] | None:
    if one == other:
        return "same_name", _SAME
    first, second = sound_key(one), sound_key(other)
    if first == second:
        return "sounds_alike", _SOUNDS
    # A slip of the finger rarely hits the first letter; asking only then keeps ten thousand names quick.
    if (one[0] == other[0] or first[:1] == second[:1]) and spelled_alike(one, other):
        return "spelled_alike", _SPELLED
    if frozenset((first, second)) in _SHORT_FORMS_BY_SOUND or _is_beginning(one, other):
        return "short_form", _SHORT
    return None


def _is_beginning(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_SHORT_FORM and long.startswith(short)


def _family(asked: Known, known: Known) -> list[tuple[str, int]]:
    ours, theirs = (words_of(one.family_name)[:_MOST_WORDS] for one in (asked, known))
    if not ours or not theirs:
        return []
    alike = any(_agreement(one, other) is not None for one in ours for other in theirs)
    return [("family_name", _FAMILY)] if alike else [("other_family_name", _OTHER_FAMILY)]


def _numbers(asked: Known, known: Known) -> list[tuple[str, int]]:
    found = []
    if asked.identifier and known.identifier:
        same = asked.identifier == known.identifier
        found.append(("identifier", _IDENTIFIER) if same else ("other_identifier", _OTHER_IDENTIFIER))
    if known.phone and _digits(asked.phone) and _digits(asked.phone) == _digits(known.phone):
        found.append(("phone", _PHONE))
    if asked.birth_date is not None and known.birth_date is not None:
        same = asked.birth_date == known.birth_date
        found.append(("birth_date", _BIRTH_DATE) if same else ("other_birth_date", _OTHER_BIRTH_DATE))
    return found


def _called(known: Known) -> tuple[str, ...]:
    return _words_that_count(known.given_name) + _words_that_count(known.nickname)


@remembered(4_096)
def _words_that_count(names: str) -> tuple[str, ...]:
    found = (word for word in words_of(names) if len(word) > 1 and word not in _SMALL_WORDS)
    return tuple(dict.fromkeys(found))[:_MOST_WORDS]


def _digits(phone: str) -> str:
    """Return the last eight digits, so that +45 and spaces do not matter; empty where there are fewer."""
    digits = _NO_DIGITS.sub("", phone)
    return digits[-_LAST_DIGITS:] if len(digits) >= _LAST_DIGITS else ""
