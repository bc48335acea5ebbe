import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sounds import distance, sound_key, sound_keys, sounds_alike, spelled_alike, words_of

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyzæøåäöüéş", max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Johnny", "Jonny"), ("Johnny", "Joni"), ("Søren", "Sören"), ("Søren", "Soeren"), ("Christian", "Kristian"),
        ("Mikael", "Michael"), ("Pedersen", "Petersen"), ("Mads", "Mats"), ("Kaj", "Kai"), ("Kay", "Kai"),
        ("Charlotte", "Sjarlotte"), ("Hjalmar", "Jalmar"), ("Aage", "Åge"), ("Thomas", "Tomas"), ("Philip", "Filip"),
        ("Andersen", "Annersen"), ("Karl", "Carl"), ("Villy", "Willy"), ("Sofie", "Sophie"), ("Hvid", "Vid"),
        ("Zara", "Sara"), ("Bjørn", "Björn"), ("Şükrü", "Sukru"), ("Cecilie", "Sesilie"), ("Katja", "Katia"),
        ("Kurt", "Curt"), ("Erik", "Eric"), ("Peterson", "Petersen"),
    ],
)  # fmt: skip
def test_what_sounds_the_same_in_danish_has_the_same_key(one, other):
    assert sounds_alike(one, other)
    assert sounds_alike(one.upper(), other.casefold())


@pytest.mark.parametrize(
    ("one", "other"), [("Jan", "Johnny"), ("Lars", "Lis"), ("Anne", "Ole"), ("Bo", "Per"), ("Jens", "Jonas")]
)
def test_names_that_sound_different_have_different_keys(one, other):
    assert not sounds_alike(one, other)


def test_a_name_in_another_script_is_its_own_key():
    assert sound_key("محمد") == "محمد"
    assert not sounds_alike("Олена", "Ольга")


def test_a_nickname_is_found_by_any_of_its_words():
    assert words_of("Søren m. hunden") == ("søren", "m", "hunden")
    assert sound_keys("Sören med hunden") >= {sound_key("Søren"), sound_key("hunden")}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Kirsten", "Kristen"), ("Mohammed", "Muhamed"), ("Ahmed", "Ahmad"), ("Lise", "Lisa"), ("Guðrún", "Gudrun")],
)
def test_a_slip_of_the_finger_is_forgiven(one, other):
    assert spelled_alike(one, other)


@pytest.mark.parametrize(("one", "other"), [("Bo", "Bo2"), ("Ib", "Ibi"), ("Lars", "Lone"), ("Kim", "Tim")])
def test_short_names_are_not_taken_for_each_other(one, other):
    assert not spelled_alike(one, other)


def test_a_distance_counts_letters_added_left_out_changed_and_swapped():
    assert distance("abc", "abc", most=2) == 0
    assert distance("abc", "abxc", most=2) == 1
    assert distance("abc", "ac", most=2) == 1
    assert distance("abc", "axc", most=2) == 1
    assert distance("abc", "acb", most=2) == 1
    assert distance("abcdef", "uvwxyz", most=2) == 3
    assert distance("a", "abcdef", most=2) == 3
    assert distance("", "ab", most=2) == 2


@given(NAMES, NAMES)
def test_a_distance_is_the_same_both_ways_and_nothing_only_for_the_same_word(one, other):
    assert distance(one, other, most=3) == distance(other, one, most=3)
    assert (distance(one, other, most=3) == 0) == (one == other)


@given(NAMES)
def test_every_name_sounds_like_itself_whatever_its_capitals(name):
    assert sounds_alike(name, name.title())
