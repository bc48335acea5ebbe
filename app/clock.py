"""Time, as something that tests can turn.

Nothing else asks the system for the time (ruff bans it), so a clock that is off can be played in a test.
"""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

DENMARK = ZoneInfo("Europe/Copenhagen")


class Clock(Protocol):
    """Where the application takes its time from."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that may ask


class TurnedClock:
    """A clock that stands still until it is turned: for tests, pictures and the invented day."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock was turned to, in UTC."""
        return self.at


def day_of(at: datetime) -> date:
    """Return the calendar day that an aware moment falls on in Denmark, where the programmes' deadlines are counted."""
    return at.astimezone(DENMARK).date()


def today(clock: Clock) -> date:
    """Return the calendar day in Denmark now."""
    return day_of(clock.now())
