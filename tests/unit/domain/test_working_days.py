from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.months import months_after
from app.domain.working_days import WorkingDays, deadline, easter_sunday, public_holidays

MUNICIPAL = WorkingDays(own_yearly=frozenset({(6, 5), (12, 24), (12, 31), (5, 1)}))
OFFICIAL = WorkingDays()
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))

# Received, due with the official holidays, due with 5/6, 24/12, 31/12 and 1/5 off
VECTORS = [
    (date(2026, 4, 1), date(2026, 4, 8), date(2026, 4, 8)),
    (date(2023, 5, 3), date(2023, 5, 8), date(2023, 5, 8)),
    (date(2024, 4, 24), date(2024, 4, 26), date(2024, 4, 26)),
    (date(2025, 5, 2), date(2025, 5, 6), date(2025, 5, 6)),
    (date(2026, 5, 13), date(2026, 5, 18), date(2026, 5, 18)),
    (date(2026, 6, 3), date(2026, 6, 5), date(2026, 6, 8)),
    (date(2026, 12, 22), date(2026, 12, 24), date(2026, 12, 28)),
]


@pytest.mark.parametrize(("received", "official", "municipal"), VECTORS)
def test_two_working_days_are_counted_as_the_table_of_the_profession_has_them(received, official, municipal):
    assert deadline(received, 2, "working_days", calendar=OFFICIAL) == official
    assert deadline(received, 2, "working_days", calendar=MUNICIPAL) == municipal


@pytest.mark.parametrize("year", range(1990, 2061))
def test_the_public_holidays_are_those_that_the_library_of_holidays_knows(year):
    known = holidays.country_holidays("DK", years=year)
    assert set(public_holidays(year)) == set(known)


def test_store_bededag_was_a_holiday_for_the_last_time_in_2023():
    assert date(2023, 5, 5) in public_holidays(2023)
    assert date(2024, 4, 26) not in public_holidays(2024)


@given(st.integers(1583, 4000))
def test_easter_is_a_sunday_in_march_or_april(year):
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


@given(DAYS, st.integers(1, 40))
def test_a_deadline_in_working_days_is_a_working_day_with_as_many_of_them_passed(received, count):
    due = deadline(received, count, "working_days", calendar=MUNICIPAL)
    passed = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    assert MUNICIPAL.is_working_day(due)
    assert sum(MUNICIPAL.is_working_day(day) for day in passed) == count


@given(DAYS, st.sampled_from([(1, "weeks"), (7, "days"), (1, "months")]))
def test_a_deadline_in_weeks_is_never_later_than_it_says_and_never_on_a_day_when_nobody_works(received, said):
    due = deadline(received, *said, calendar=OFFICIAL)
    last = months_after(received, 1) if said[1] == "months" else received + timedelta(days=7)
    assert received < due <= last
    assert OFFICIAL.is_working_day(due)


def test_a_week_that_ends_on_a_holiday_ends_on_the_working_day_before_it():
    assert deadline(date(2026, 12, 18), 1, "weeks", calendar=OFFICIAL) == date(2026, 12, 24)
    assert deadline(date(2026, 12, 18), 1, "weeks", calendar=MUNICIPAL) == date(2026, 12, 23)


def test_where_nobody_works_until_the_deadline_the_first_working_day_after_counts():
    closed = WorkingDays(own=frozenset(date(2026, 7, 1) + timedelta(days=n) for n in range(31)))
    assert deadline(date(2026, 7, 1), 1, "weeks", calendar=closed) == date(2026, 8, 3)


def test_a_calendar_with_every_day_off_counts_as_if_nothing_was_off():
    every_day = frozenset((month, day) for month in range(1, 13) for day in range(1, 32))
    assert WorkingDays(own_yearly=every_day).next(date(2026, 11, 25)) == date(2026, 11, 26)


def test_a_deadline_in_an_unknown_unit_is_a_bug():
    with pytest.raises(ValueError, match="moons"):
        deadline(date(2026, 1, 1), 2, "moons", calendar=OFFICIAL)


def test_the_municipalitys_days_off_are_read_as_they_are_kept():
    calendar = WorkingDays.with_days_off(
        [(date(2026, 8, 3), ""), (None, "06-05"), (None, ""), (None, "first"), (None, "²²-¹¹")]
    )
    assert not calendar.is_working_day(date(2026, 8, 3))
    assert calendar.is_working_day(date(2027, 8, 3))
    assert not calendar.is_working_day(date(2026, 6, 5))
    assert not calendar.is_working_day(date(2029, 6, 5))


def test_six_months_after_the_last_of_august_is_the_last_of_february():
    assert months_after(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_after(date(2026, 2, 28), -1) == date(2026, 1, 28)
    assert months_after(date(2025, 8, 31), 5) == date(2026, 1, 31)
    assert months_after(date(2025, 8, 31), 7) == date(2026, 3, 31)
    assert months_after(date(2023, 8, 31), 6) == date(2024, 2, 29)


@given(DAYS, st.integers(-120, 120))
def test_months_keep_the_day_wherever_the_month_has_it(day, months):
    moved = months_after(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1
