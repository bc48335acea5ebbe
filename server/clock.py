"""The server's own time, asked in one place."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place of the server that may ask


def today() -> date:
    """Return the calendar day in Denmark."""
    return now().astimezone(ZoneInfo("Europe/Copenhagen")).date()


def moment(at: datetime) -> str:
    """Return a moment as the wire writes it: ISO 8601 in UTC with ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
