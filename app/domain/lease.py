"""How long a laptop works without being seen by its server, on a clock that may have been turned."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """When the server last agreed, for how many days (0: for good), and the latest moment the clock ever showed."""

    contact_at: datetime
    days: int
    latest_seen: datetime

    @property
    def ends_at(self) -> datetime | None:
        """Return when the laptop locks until the server agrees; None where it never does."""
        return self.contact_at + timedelta(days=self.days) if self.days else None

    def has_ended(self, now: datetime) -> bool:
        """Return whether it is over: a clock that was set back gains no time, because the latest moment counts."""
        return self.ends_at is not None and max(now, self.latest_seen) >= self.ends_at
