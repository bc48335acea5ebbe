"""How letters that came in belong together, and whom each is about."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.incoming import Candidate, IncomingLetter, Known, Match, Related, Relation, candidates, relations

LETTER = IncomingLetter(
    id="a",
    file_hash="file-a",
    sender="5790000121526",
    envelope_id="envelope-1",
    letter_id="letter-1",
    status="nytbrev",
    care_id="care-1",
    person="7001859995",
    text_hash="words",
    written="2026-11-23 10:39",
)


def relation(mine: IncomingLetter, **changed: str) -> Relation | None:
    """Return what `mine` is to another letter, which must be the reverse of what that one is to it."""
    other = replace(mine, id="b", **changed)
    found = relations(mine, [mine, other])
    assert all(one.other_id == "b" for one in found)
    return found[0].relation if found else None


def test_a_letter_is_never_related_to_itself_or_to_another_senders() -> None:
    assert relations(LETTER, [LETTER]) == ()
    assert relation(LETTER, sender="5790000121527") is None


def test_the_same_words_under_the_same_number_are_the_same_letter() -> None:
    assert relation(LETTER, file_hash="file-b") is Relation.SAME_LETTER


def test_the_same_number_with_other_words_is_pointed_out() -> None:
    assert relation(LETTER, text_hash="others") is Relation.SAME_NUMBER_OTHER_CONTENT


def test_a_correction_corrects_in_whatever_order_the_two_came() -> None:
    corrected = replace(LETTER, status="rettetbrev", text_hash="others")
    assert relation(corrected, status="nytbrev", text_hash="words") is Relation.CORRECTS
    assert relation(LETTER, status="rettetbrev", text_hash="others") is Relation.CORRECTED_BY


def test_a_correction_under_a_number_of_its_own_is_known_by_person_and_course_of_care() -> None:
    assert relation(LETTER, status="rettetbrev", letter_id="letter-2") is Relation.CORRECTED_BY
    nameless = replace(LETTER, care_id="", envelope_id="")
    assert relation(nameless, status="rettetbrev", letter_id="letter-2") is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-22 08:00", Relation.CORRECTS),
        ("2026-11-24 08:00", Relation.CORRECTED_BY),
        ("2026-11-23 10:39", Relation.SAME_NUMBER_OTHER_CONTENT),
    ],
)
def test_of_two_corrections_the_later_written_one_holds(written: str, expected: Relation) -> None:
    corrected = replace(LETTER, status="rettetbrev")
    assert relation(corrected, text_hash="others", written=written) is expected


def test_another_letter_in_the_same_envelope_is_told_unless_it_is_the_same_file() -> None:
    assert relation(LETTER, letter_id="letter-2", file_hash="file-b") is Relation.SAME_ENVELOPE
    assert relation(LETTER, letter_id="letter-2") is None
    assert relation(LETTER, letter_id="letter-2", envelope_id="envelope-2") is None
    assert relation(replace(LETTER, envelope_id=""), letter_id="letter-2", file_hash="file-b") is None


def test_messages_of_one_correspondence_share_its_number_and_are_no_odd_twins() -> None:
    thread = replace(LETTER, is_in_thread=True, status="new-message", care_id="", envelope_id="")
    assert relation(thread, status="reply-message", text_hash="others") is Relation.SAME_THREAD
    assert relation(thread, status="reply-message", text_hash="others", sender="5790000121527") is Relation.SAME_THREAD
    assert relation(thread, letter_id="letter-2", text_hash="others") is None


def test_in_a_correspondence_a_correction_is_of_what_was_written_before_it() -> None:
    thread = replace(LETTER, is_in_thread=True, status="new-message", care_id="", envelope_id="")
    corrected = {"status": "modified-message", "text_hash": "others"}
    assert relation(thread, written="2026-11-23 11:00", **corrected) is Relation.CORRECTED_BY
    assert relation(thread, written="2026-11-23 10:00", **corrected) is Relation.SAME_THREAD


def test_relations_stand_in_the_order_of_the_others() -> None:
    others = [replace(LETTER, id=key) for key in "cbd"]
    assert relations(LETTER, others) == tuple(Related(Relation.SAME_LETTER, key) for key in "cbd")


BORN = date(1985, 1, 10)
LONE = Known("lone", "Lone", "Østergaard", "7001859995", BORN)


def match(known: Known = LONE, **asked: object) -> Match | None:
    """Return how sure it is that somebody is the one asked for."""
    wanted: dict[str, object] = {
        "given_name": "Lone",
        "family_name": "Østergaard",
        "identifier": "7001859995",
        "birth_date": BORN,
    }
    found = candidates([known], **(wanted | asked))  # type: ignore[arg-type]  # one dict of fields of several kinds
    return found[0].match if found else None


def test_the_same_number_is_the_same_person_and_another_name_is_said() -> None:
    assert match() is Match.SAME_NUMBER
    assert match(given_name="", family_name="") is Match.SAME_NUMBER
    assert match(given_name="Birgit", family_name="Sand") is Match.SAME_NUMBER_OTHER_NAME


def test_without_the_number_name_and_birth_date_count_even_swapped() -> None:
    assert match(identifier="") is Match.SAME_NAME_AND_BIRTH_DATE
    assert match(identifier="", given_name="Østergaard", family_name="Lone") is Match.SAME_NAME_AND_BIRTH_DATE
    assert match(identifier="", birth_date=None) is Match.SAME_NAME


def test_somebody_born_on_another_day_is_not_the_one() -> None:
    assert match(identifier="", birth_date=date(1985, 1, 11)) is None
    assert match(replace(LONE, birth_date=None), identifier="") is Match.SAME_NAME


def test_a_name_that_holds_the_other_is_similar_where_the_birth_date_is_the_same() -> None:
    assert match(identifier="", given_name="Lone Marie") is Match.SIMILAR_NAME
    assert match(identifier="", given_name="Lone Marie", birth_date=None) is None
    assert match(replace(LONE, birth_date=None), identifier="", given_name="Lone Marie") is None
    assert match(identifier="", given_name="Birgit", family_name="Sand") is None
    assert match(replace(LONE, given_name="", family_name=""), identifier="") is None


def test_the_surest_stands_first() -> None:
    by_name = Known("b", "Lone", "Østergaard", "", BORN)
    also = Known("a", "Lone", "Østergaard", "", BORN)
    found = candidates(
        [by_name, also, LONE], given_name="Lone", family_name="Østergaard", identifier="7001859995", birth_date=BORN
    )
    assert found == (
        Candidate("lone", Match.SAME_NUMBER),
        Candidate("a", Match.SAME_NAME_AND_BIRTH_DATE),
        Candidate("b", Match.SAME_NAME_AND_BIRTH_DATE),
    )
