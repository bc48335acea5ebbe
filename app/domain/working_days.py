"""Danish working days, and deadlines counted in them; the municipality's own days off are given, never assumed.

Public holidays are those of the whole country: Store Bededag only up to 2023. Counting starts the day
after something came; the day after Ascension is an ordinary working day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Self

from app.domain.months import months_after

_LAST_STORE_BEDEDAG: Final = 2023
_SATURDAY: Final = 5
_LONGEST_SEARCH: Final = 366
"""Days to look for a working day; a calendar without any is answered as if every weekday were one."""


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, centuries_left = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - correction + 15) % 30
    leap_years, years_left = divmod(in_century, 4)
    to_sunday = (32 + 2 * centuries_left + 2 * leap_years - epact - years_left) % 7
    shift = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int) -> dict[date, str]:
    """Return the year's public holidays with their Danish names."""
    easter = easter_sunday(year)
    by_easter = [
        (-3, "Skærtorsdag"),
        (-2, "Langfredag"),
        (0, "Påskedag"),
        (1, "2. påskedag"),
        (39, "Kristi himmelfartsdag"),
        (49, "Pinsedag"),
        (50, "2. pinsedag"),
    ]
    if year <= _LAST_STORE_BEDEDAG:
        by_easter.append((26, "Store bededag"))
    found = {
        date(year, 1, 1): "Nytårsdag",
        date(year, 12, 25): "Juledag",
        date(year, 12, 26): "2. juledag",
    }
    for days, name in by_easter:
        found[easter + timedelta(days=days)] = name
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days people work: not at weekends, not on public holidays, not on their own days off.

    `own_yearly` are (month, day) of every year.
    """

    own: frozenset[date] = frozenset()
    own_yearly: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def with_days_off(cls, days_off: Iterable[tuple[date | None, str]]) -> Self:
        """Return the calendar from rows of (day, "MM-DD" of every year); a row that says neither is passed over."""
        own, yearly = set(), set()
        for day, every_year in days_off:
            if day is not None:
                own.add(day)
            elif len(every_year) == len("MM-DD") and every_year.isascii() and every_year.replace("-", "").isdigit():
                yearly.add((int(every_year[:2]), int(every_year[3:])))
        return cls(frozenset(own), frozenset(yearly))

    def is_working_day(self, day: date) -> bool:
        """Return whether people work that day."""
        return not (
            day.weekday() >= _SATURDAY
            or day in public_holidays(day.year)
            or day in self.own
            or (day.month, day.day) in self.own_yearly
        )

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`, which is not counted itself."""
        found = day
        for _ in range(count):
            found = self.next(found)
        return found

    def next(self, day: date) -> date:
        """Return the first working day after `day`."""
        return self._search(day, step=1)

    def latest_until(self, day: date) -> date:
        """Return the last working day not after `day`."""
        return day if self.is_working_day(day) else self._search(day, step=-1)

    def _search(self, day: date, *, step: int) -> date:
        found = day
        for _ in range(_LONGEST_SEARCH):
            found += timedelta(days=step)
            if self.is_working_day(found):
                return found
        return WorkingDays()._search(day, step=step)


def deadline(received: date, amount: int, unit: str, *, calendar: WorkingDays) -> date:
    """Return the last day on which something is done in time: `amount` working days, days, weeks or months after.

    Where a deadline in days, weeks or months falls on a day when nobody works, it is the working day before it, but
    never earlier than the first working day after `received`. Raises ValueError for another unit.
    """
    if unit == "working_days":
        return calendar.after(received, amount)
    if unit == "days":
        last = received + timedelta(days=amount)
    elif unit == "weeks":
        last = received + timedelta(weeks=amount)
    elif unit == "months":
        last = months_after(received, amount)
    else:
        raise ValueError(unit)
    return max(calendar.latest_until(last), calendar.next(received))
