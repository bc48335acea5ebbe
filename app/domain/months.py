"""Months by the calendar: the same day of another month, or that month's last where it is shorter (domain §5.3)."""

from calendar import monthrange
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=4_000)
def months_after(day: date, months: int) -> date:
    """Return the day that many months later (earlier where negative): 31 August and six months is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
