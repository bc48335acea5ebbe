from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import duplicates
from app.domain.duplicates import PROPOSED_FROM, Known, alike_among, likely_duplicates, likeness

BORN = date(1970, 3, 11)
WORDS = st.text(alphabet="abdefghijklmnoprstuvyæøå ", max_size=14)
PEOPLE = st.builds(
    Known,
    person_id=st.just("a"),
    given_name=WORDS,
    family_name=WORDS,
    nickname=WORDS,
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2010, 1, 1)),
    identifier=st.sampled_from(["", "7103701234", "6201804321"]),
    phone=st.sampled_from(["", "12 34 56 78", "+45 87654321"]),
)


def reasons(asked, known):
    found = likeness(asked, known)
    return None if found is None else found.reasons


@pytest.mark.parametrize(
    ("asked", "known", "why"),
    [
        (Known(given_name="Jonny"), Known(given_name="Johnny", family_name="Bak"), "sounds_alike"),
        (Known(nickname="Søren m. hunden"), Known(given_name="Sören"), "same_name"),
        (Known(nickname="Kaptajnen"), Known(given_name="Ole", nickname="kaptajnen"), "same_name"),
        (Known(given_name="Christian"), Known(given_name="Kristian", family_name="Bo"), "sounds_alike"),
        (Known(given_name="Kirsten", family_name="Bo"), Known(given_name="Kristen", family_name="Bo"), "spelled_alike"),
        (Known(nickname="Carolina", family_name="Bo"), Known(nickname="Karoline", family_name="Bo"), "spelled_alike"),
        (Known(given_name="Cecilie", family_name="Bo"), Known(given_name="Cacilie", family_name="Bo"), "spelled_alike"),
        (Known(nickname="Kalle", family_name="Bak"), Known(given_name="Karl", family_name="Bak"), "short_form"),
        (Known(given_name="Chris", family_name="Bak"), Known(given_name="Christian", family_name="Bak"), "short_form"),
        (Known(given_name="Moh", phone="12345678"), Known(given_name="Ole", phone="+45 12 34 56 78"), "phone"),
        (Known(identifier="7103701234"), Known(given_name="Ole", identifier="7103701234"), "identifier"),
    ],
)  # fmt: skip
def test_somebody_known_is_recognised_by_nickname_sound_slip_or_number(asked, known, why):
    assert why in reasons(asked, known)
    assert why in reasons(known, asked)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (Known(given_name="Ole"), Known(given_name="Ida")),
        (Known(given_name="Ole", family_name="Bak"), Known(given_name="Ole", family_name="Winther")),
        (Known(given_name="Ole", birth_date=BORN), Known(given_name="Ole", birth_date=date(1981, 1, 1))),
        (Known(given_name="Ole", identifier="7103701234"), Known(given_name="Ole", identifier="6201804321")),
        (Known(family_name="Bak"), Known(family_name="Bak")),
        (Known(), Known()),
        (Known(phone="112"), Known(phone="112")),
        (Known(nickname="den lille"), Known(nickname="den lille")),
        (Known(given_name="Bo"), Known(given_name="Bob")),
    ],
)
def test_strangers_are_not_proposed(asked, known):
    assert reasons(asked, known) is None


def test_a_shared_number_is_weighed_against_another_name():
    asked = Known(given_name="Ole", family_name="Bak", phone="12345678", birth_date=BORN)
    sister = Known(given_name="Ida", family_name="Holm", phone="12345678", birth_date=BORN)
    assert reasons(asked, sister) == ("other_family_name", "phone", "birth_date")
    assert reasons(asked, Known(given_name="Ida", family_name="Holm", phone="12345678")) is None


def test_the_likeliest_come_first_and_the_one_asked_about_is_left_out():
    asked = Known("me", "Johnny", "Bak", birth_date=BORN)
    everybody = [
        Known("c", "Jonny"),
        Known("b", "Johnny", "Bak"),
        Known("me", "Johnny", "Bak", birth_date=BORN),
        Known("a", "Johnny", "Bak", birth_date=BORN),
        Known("x", "Ida"),
    ]
    found = likely_duplicates(asked, everybody)
    assert [alike.person_id for alike in found] == ["a", "b", "c"]
    assert [alike.person_id for alike in likely_duplicates(asked, everybody, most=1)] == ["a"]
    assert likely_duplicates(Known("", "Johnny"), everybody)


def test_of_names_with_a_hundred_words_a_few_are_compared(monkeypatch):
    compared = []

    def agreement(one, other):
        compared.append((one, other))

    monkeypatch.setattr(duplicates, "_agreement", agreement)
    asked, known = (
        Known(
            given_name=" ".join(f"{letter}{number}" for number in range(100)),
            family_name=" ".join(f"{letter}{number}" for number in range(100)),
            nickname=" ".join(f"{letter}{number}" for number in range(100, 200)),
            phone="12345678",
        )
        for letter in "ab"
    )
    likeness(asked, known)
    assert len(compared) <= 24 * 24 + 12 * 12
    compared.clear()
    likeness(asked, asked)
    assert len(compared) <= 12 * 12, "whoever has the same name is not compared further"


@pytest.mark.parametrize("name", ["", " " * 300, "Wilhelmina" * 30, "Şükrü Łęcki", " ".join(["Bo"] * 100)])
def test_names_of_any_length_and_none_are_compared(name):
    everybody = [Known(f"{number:03d}", name, name, name) for number in range(240)]
    found = [alike.person_id for alike in likely_duplicates(everybody[0], everybody)]
    assert found == (["001", "002", "003", "004", "005"] if name.strip() else [])


def test_a_nickname_is_compared_however_many_given_names_there_are():
    given = " ".join(f"Navn{'abcdefghijklmnopqrstuvwxyz'[number]}" for number in range(20))
    assert reasons(Known(nickname="Kaptajnen"), Known(given_name=given, nickname="Kaptajnen")) == ("same_name",)


@given(PEOPLE, PEOPLE)
def test_likeness_is_the_same_both_ways_and_within_its_points(one, other):
    there, back = likeness(one, other), likeness(other, one)
    assert (there is None) == (back is None)
    if there is not None:
        assert there.points == back.points
        assert PROPOSED_FROM <= there.points <= 100


@pytest.mark.parametrize(
    ("one", "other", "is_said"),
    [
        (Known("a", "Frank", "Lund"), Known("b", nickname="Frank Lund"), True),
        (Known("a", "Frank", "Bertelsen"), Known("b", nickname="Frank Lund"), False),
        (Known("a", "Lene", "Winther"), Known("b", nickname="Lene Vinter"), True),
        (Known("a", nickname="Søren m. hunden"), Known("b", nickname="Soeren med hunden"), True),
        (Known("a", "Jens", "Petersen"), Known("b", nickname="Jens P."), True),
        (Known("a", "Jens", "Petersen"), Known("b", nickname="Jens"), True),
        (Known("a", "Åge", "Hansen"), Known("b", nickname="Kaptajnen"), False),
    ],
)
def test_at_one_table_a_whole_name_may_be_written_as_a_nickname(one, other, is_said):
    assert alike_among([one, other]) == ((("a", "b"),) if is_said else ())
