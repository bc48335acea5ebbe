"""Days on which courses meet: weekly, on working days, and never when the municipality is closed."""

from datetime import date, timedelta

WEEK = timedelta(weeks=1)


def weekly(anchor: date, *, number: int, first: int, last: int) -> dict[int, date]:
    """Return the day of each session from `first` to `last`, where session `number` is held on `anchor` itself.

    A week whose day is a holiday is left out, so the sessions before it were a week earlier.
    """
    days = {number: anchor}
    day = anchor
    for before in range(number - 1, first - 1, -1):
        day = _next_open(day, -WEEK)
        days[before] = day
    day = anchor
    for after in range(number + 1, last + 1):
        day = _next_open(day, WEEK)
        days[after] = day
    return {session: days[session] for session in range(first, last + 1)}


def working_day(day: date) -> date:
    """Return the day itself, or the next one on which the municipality is open."""
    while day.weekday() > 4 or is_closed(day):
        day += timedelta(days=1)
    return day


def working_day_before(day: date, *, count: int = 1) -> date:
    """Return the working day that many working days before."""
    for _ in range(count):
        day -= timedelta(days=1)
        while day.weekday() > 4 or is_closed(day):
            day -= timedelta(days=1)
    return day


def is_closed(day: date) -> bool:
    """Return whether a Danish municipality is closed: public holidays, 5 June, 24 and 31 December."""
    if (day.month, day.day) in {(1, 1), (6, 5), (12, 24), (12, 25), (12, 26), (12, 31)}:
        return True
    return (day - _easter(day.year)).days in {-3, -2, 0, 1, 39, 49, 50}


def _next_open(day: date, step: timedelta) -> date:
    day += step
    while is_closed(day):
        day += step
    return day


def _easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)
