from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identifiers import (
    NO_IDENTIFIER,
    age,
    birth_date,
    check_birth_date,
    fits_modulus_11,
    kind_of,
    known_birth_date,
    known_sex,
    read_identifier,
    shown,
    tidy,
)
from app.errors import RuleRefusal

TODAY = date(2026, 11, 25)


def read(text):
    return read_identifier(text, today=TODAY)


def refused(text):
    with pytest.raises(RuleRefusal) as refusal:
        read(text)
    assert refusal.value.parameters["field"] == "identifier"
    return refusal.value.code


def replacement(born, seventh, rest):
    return f"{born.day + 60:02d}{born:%m%y}{seventh}{rest}"


@pytest.mark.parametrize(
    ("seventh", "short_year", "year"),
    [
        (0, 0, 1900), (3, 99, 1999), (4, 0, 2000), (4, 36, 2036), (4, 37, 1937), (5, 0, 2000), (5, 57, 2057),
        (5, 58, 1858), (8, 57, 2057), (8, 99, 1899), (9, 36, 2036), (9, 37, 1937),
    ],
)  # fmt: skip
def test_the_seventh_digit_says_the_century(seventh, short_year, year):
    assert birth_date(f"0101{short_year:02d}{seventh}000") == date(year, 1, 1)


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 3), st.integers(0, 999))
def test_a_replacement_number_has_sixty_added_to_the_day_and_means_the_same_birthday(born, seventh, rest):
    found = read(replacement(born, seventh, f"{rest:03d}"))
    assert (found.kind, found.birth_date, found.hints) == ("replacement", born, ())
    assert found.sex == ("male" if rest % 2 else "female")


@given(st.dates(date(2000, 1, 1), TODAY), st.sampled_from("49"))
def test_a_child_of_this_century_is_read_as_one(born, seventh):
    assert read(replacement(born, seventh, "120")).birth_date == born


def test_a_number_is_read_with_hyphens_and_spaces_as_people_write_it():
    assert read(" 710390 - 1234 ").number == "7103901234"
    assert read("710390–1234").number == "7103901234"
    assert read("010390-1ab4").number == "0103901AB4"
    assert tidy("010390-1ab4") == "0103901ab4"
    assert shown("7103901234") == "710390-1234"
    assert shown("123") == "123"


def test_modulus_11_is_a_hint_and_never_a_refusal():
    holds = next(f"150390{rest:04d}" for rest in range(1000, 2000) if fits_modulus_11(f"150390{rest:04d}"))
    slipped = holds[:-1] + str((int(holds[-1]) + 1) % 10)
    assert read(holds).hints == ()
    assert read(slipped).hints == ("modulus-11",)
    assert read(slipped).kind == "cpr"


def test_who_is_born_on_new_years_day_gets_no_hint_because_those_numbers_ran_out():
    assert not fits_modulus_11("0101801235")
    assert read("0101801235").hints == ()


@pytest.mark.parametrize(
    ("number", "born", "sex"),
    [
        ("0103901AB4", date(1990, 3, 1), "female"),
        ("0103057AB5", date(2005, 3, 1), "male"),
    ],
)
def test_a_national_number_with_letters_says_century_and_sex(number, born, sex):
    found = read(number)
    assert (found.kind, found.birth_date, found.sex, found.is_local) == ("ecpr", born, sex, False)


@pytest.mark.parametrize("seventh", "056")
def test_a_regions_own_number_with_letters_says_the_day_only_where_one_century_is_possible(seventh):
    old = read(f"010390{seventh}AB4")
    assert (old.kind, old.birth_date, old.is_local) == ("ecpr", date(1990, 3, 1), True)
    assert read(f"010305{seventh}AB4").birth_date is None
    assert read(f"290200{seventh}AB4").birth_date == date(2000, 2, 29)


def test_no_number_is_as_good_as_any():
    assert read("") is NO_IDENTIFIER
    assert read("  ") is NO_IDENTIFIER
    assert NO_IDENTIFIER.kind == "none"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12345", "identifier-length"),
        ("71039012345", "identifier-length"),
        ("01039ABCD4", "identifier-letters"),
        ("0103902AB4", "identifier-letters"),
        ("0103907A44", "identifier-letters"),
        ("3202901234", "identifier-no-such-day"),
        ("9202901234", "identifier-no-such-day"),
        ("3002907AB4", "identifier-no-such-day"),
        ("6101274123", "identifier-future"),
        ("0101277AB4", "identifier-future"),
    ],
)
def test_what_cannot_be_a_number_is_refused_beside_the_field(text, code):
    assert refused(text) == code


@given(st.text(max_size=14))
def test_whatever_is_typed_is_understood_or_refused_in_words(text):
    try:
        found = read(text)
    except RuleRefusal as refusal:
        code = refusal.code
    else:
        code = "identifier-taken" if found.kind == "none" or len(found.number) == 10 else "half a number"
    assert code.startswith("identifier-")


@pytest.mark.parametrize(
    ("number", "alternative", "kind"),
    [
        ("", False, "none"),
        ("1522824933", False, "cpr"),
        ("7103901234", False, "replacement"),
        ("1503901234", True, "ecpr"),
        ("0103907AB4", False, "ecpr"),
        ("717", False, "cpr"),
    ],
)
def test_a_number_from_elsewhere_is_sorted_without_being_judged(number, alternative, kind):
    assert kind_of(number, alternative=alternative) == kind


@pytest.mark.parametrize("number", ["1522824933", "123", "0103907AB4"])
def test_a_number_without_a_day_has_none(number):
    assert birth_date(number) is None


def test_what_a_counsellor_entered_stands_above_what_the_number_says():
    assert known_birth_date(None, "7103901234", today=TODAY) == date(1990, 3, 11)
    assert known_birth_date(date(1991, 1, 2), "7103901234", today=TODAY) == date(1991, 1, 2)
    assert known_birth_date(None, "", today=TODAY) is None
    assert known_birth_date(None, "nonsense", today=TODAY) is None
    assert known_sex("", "7103901234", today=TODAY) == "female"
    assert known_sex("male", "7103901234", today=TODAY) == "male"


def test_age_is_in_full_years():
    assert age(date(1990, 11, 25), on=TODAY) == 36
    assert age(date(1990, 11, 26), on=TODAY) == 35
    assert age(date(2004, 2, 29), on=date(2026, 2, 28)) == 21
    assert age(date(2004, 2, 29), on=date(2026, 3, 1)) == 22


@given(st.dates(date(1900, 1, 1), TODAY))
def test_nobody_grows_younger(born):
    assert age(born, on=TODAY) >= age(born, on=TODAY - timedelta(days=1))


def test_a_day_of_birth_is_neither_in_the_future_nor_beyond_the_oldest():
    assert check_birth_date(TODAY, today=TODAY) == TODAY
    for born, code in ((TODAY + timedelta(days=1), "birth-date-future"), (date(1905, 11, 24), "birth-date-too-early")):
        with pytest.raises(RuleRefusal, match=code) as refusal:
            check_birth_date(born, today=TODAY)
        assert refusal.value.parameters["field"] == "birth_date"
    assert check_birth_date(date(1906, 11, 25), today=TODAY)
    assert age(date(1905, 11, 25), on=TODAY) == 121
