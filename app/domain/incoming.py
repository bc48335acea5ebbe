"""How letters that came in belong together: sent twice, corrected, out of their order; and whom each is about.

The same rules on every laptop, whatever order the files were dropped in. A letter is never hidden because of another:
what is known is said, and people decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.domain.sounds import sound_keys, words_of

CORRECTIONS: Final = frozenset({"rettetbrev", "modified-message", "modify-message"})
"""What a letter's status says where it corrects an earlier one: in OIOXML and EDIFACT, and in FHIR."""


class Relation(StrEnum):
    """What one letter is to another."""

    SAME_LETTER = "same_letter"
    """The same number and the same words, in another file."""
    SAME_NUMBER_OTHER_CONTENT = "same_number_other_content"
    """The same number with other words, and neither says that it corrects the other."""
    SAME_THREAD = "same_thread"
    """Another message of the same correspondence, of which the later one repeats the earlier."""
    SAME_ENVELOPE = "same_envelope"
    """Another letter under the same envelope number, in another file."""
    CORRECTS = "corrects"
    """A correction of the other one."""
    CORRECTED_BY = "corrected_by"
    """Corrected by the other one, which holds now."""


@dataclass(frozen=True, slots=True)
class IncomingLetter:
    """What of a letter decides how it belongs to others; `written` sorts by age ("2026-11-23 10:39").

    `is_in_thread` says that the number is that of a whole correspondence (FHIR), so that every message in it has it.
    """

    id: str
    file_hash: str
    sender: str
    envelope_id: str
    letter_id: str
    status: str
    care_id: str
    person: str
    text_hash: str
    written: str
    is_in_thread: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """One letter's relation to another."""

    relation: Relation
    other_id: str


def relations(letter: IncomingLetter, others: Iterable[IncomingLetter]) -> tuple[Related, ...]:
    """Return what `letter` is to the others, in their order."""
    found = []
    for other in others:
        if other.id != letter.id:
            relation = _relation(letter, other)
            if relation is not None:
                found.append(Related(relation, other.id))
    return tuple(found)


def _relation(letter: IncomingLetter, other: IncomingLetter) -> Relation | None:
    same_number = bool(letter.letter_id) and letter.letter_id == other.letter_id
    same_thread = same_number and letter.is_in_thread and other.is_in_thread
    if letter.sender != other.sender:
        return Relation.SAME_THREAD if same_thread else None
    if same_number and letter.text_hash == other.text_hash and letter.status == other.status:
        return Relation.SAME_LETTER
    if same_number or _is_same_course(letter, other):
        corrected = _correction(letter, other)
        if corrected is not None and not (same_thread and not _is_in_order(letter, other, corrected)):
            return corrected
    if same_number:
        return Relation.SAME_THREAD if same_thread else Relation.SAME_NUMBER_OTHER_CONTENT
    is_same_envelope = bool(letter.envelope_id) and letter.envelope_id == other.envelope_id
    return Relation.SAME_ENVELOPE if is_same_envelope and letter.file_hash != other.file_hash else None


def _is_in_order(letter: IncomingLetter, other: IncomingLetter, corrected: Relation) -> bool:
    """Return whether the correction was written after the other: what is added to a thread later is not corrected."""
    is_mine = corrected is Relation.CORRECTS
    return letter.written > other.written if is_mine else other.written > letter.written


def _is_same_course(letter: IncomingLetter, other: IncomingLetter) -> bool:
    return bool(letter.care_id and letter.person) and (letter.care_id, letter.person) == (other.care_id, other.person)


def _correction(letter: IncomingLetter, other: IncomingLetter) -> Relation | None:
    """Return which of the two corrects the other; of two corrections the later written one holds."""
    is_mine, is_theirs = letter.status in CORRECTIONS, other.status in CORRECTIONS
    if not is_mine and not is_theirs:
        return None
    if is_mine and is_theirs:
        if letter.written == other.written:
            return None
        return Relation.CORRECTS if letter.written > other.written else Relation.CORRECTED_BY
    return Relation.CORRECTS if is_mine else Relation.CORRECTED_BY


class Match(StrEnum):
    """How sure it is that a known person is the one a letter is about, surest first."""

    SAME_NUMBER = "same_number"
    SAME_NUMBER_OTHER_NAME = "same_number_other_name"
    SAME_NAME_AND_BIRTH_DATE = "same_name_and_birth_date"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody on this laptop."""

    person_id: str
    given_name: str
    family_name: str
    identifier: str
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the letter may be about."""

    person_id: str
    match: Match


def candidates(
    known: Iterable[Known], *, given_name: str, family_name: str, identifier: str, birth_date: date | None
) -> tuple[Candidate, ...]:
    """Return who the letter may be about, surest first.

    Somebody with another number of the same length is not the one, however alike the names are; a replacement number
    and a CPR number may belong to one person, so those are shown with their doubt.
    """
    found = []
    for person in known:
        match = _match(person, given_name, family_name, identifier, birth_date)
        if match is not None:
            found.append(Candidate(person.person_id, match))
    order = list(Match)
    return tuple(sorted(found, key=lambda one: (order.index(one.match), one.person_id)))


def _match(person: Known, given_name: str, family_name: str, identifier: str, birth_date: date | None) -> Match | None:
    is_same_name = _words(person.given_name, person.family_name) == _words(given_name, family_name) != ()
    is_similar = is_same_name or _is_similar(person, given_name, family_name)
    if identifier and person.identifier == identifier:
        return Match.SAME_NUMBER if is_similar or not (given_name or family_name) else Match.SAME_NUMBER_OTHER_NAME
    if _contradicts(person, birth_date):
        return None
    if is_same_name:
        is_same_day = birth_date is not None and person.birth_date == birth_date
        return Match.SAME_NAME_AND_BIRTH_DATE if is_same_day else Match.SAME_NAME
    if is_similar and birth_date is not None and person.birth_date == birth_date:
        return Match.SIMILAR_NAME
    return None


def _contradicts(person: Known, birth_date: date | None) -> bool:
    return birth_date is not None and person.birth_date is not None and person.birth_date != birth_date


def _words(*names: str) -> tuple[str, ...]:
    """Return the words of a name in a fixed order, because senders swap given and family name."""
    return tuple(sorted(words_of(" ".join(names))))


def _is_similar(person: Known, given_name: str, family_name: str) -> bool:
    """Return whether one name holds the other, or both sound the same."""
    mine, theirs = set(_words(person.given_name, person.family_name)), set(_words(given_name, family_name))
    if not mine or not theirs:
        return False
    return mine <= theirs or theirs <= mine or sound_keys(" ".join(mine)) == sound_keys(" ".join(theirs))
