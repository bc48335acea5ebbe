"""Months by the calendar: the same day of another month, or that month's last where it is shorter."""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=4_000)
def months_after(day: date, months: int) -> date:
    """Return the day that many months later (earlier where negative): 31 August and six months is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_before(since: date, until: date) -> tuple[date, date]:
    """Return the first and the last day of the period before one of so many months, else of as many days.

    Before 1 January to 30 June is 1 July to 31 December, although that is three days longer.
    """
    last, after = since - timedelta(days=1), until + timedelta(days=1)
    if since.day == after.day == 1:
        return months_after(since, (since.year - after.year) * 12 + since.month - after.month), last
    return last - (until - since), last
