from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.months import months_after, period_before

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2025, 8, 31), 5, date(2026, 1, 31)),
        (date(2025, 8, 31), 7, date(2026, 3, 31)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 15), 0, date(2026, 6, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_shorter_months_last(day, months, expected):
    assert months_after(day, months) == expected


@given(DAYS, st.integers(-60, 60))
def test_counting_months_lands_in_the_right_month_and_never_behind_the_day(day, months):
    later = months_after(day, months)
    assert later.year * 12 + later.month == day.year * 12 + day.month + months
    assert later.day <= day.day
    assert later.day == day.day or months_after(later.replace(day=1), 1).toordinal() - later.toordinal() == 1


@given(DAYS, DAYS, st.integers(0, 24))
def test_who_is_first_stays_first(one, other, months):
    assert (one <= other) <= (months_after(one, months) <= months_after(other, months))


@pytest.mark.parametrize(
    ("since", "until", "before"),
    [
        (date(2026, 1, 1), date(2026, 6, 30), (date(2025, 7, 1), date(2025, 12, 31))),
        (date(2025, 7, 1), date(2025, 12, 31), (date(2025, 1, 1), date(2025, 6, 30))),
        (date(2024, 1, 1), date(2024, 12, 31), (date(2023, 1, 1), date(2023, 12, 31))),
        (date(2024, 3, 1), date(2024, 3, 31), (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2026, 3, 2), date(2026, 3, 8), (date(2026, 2, 23), date(2026, 3, 1))),
        (date(2026, 3, 1), date(2026, 3, 1), (date(2026, 2, 28), date(2026, 2, 28))),
    ],
)
def test_before_so_many_months_are_as_many_and_before_other_periods_as_many_days(since, until, before):
    assert period_before(since, until) == before
