"""A laptop with the invented cooperation on it, made without a server, and the window opened on it."""

from datetime import UTC, datetime
from pathlib import Path

from app.clock import TurnedClock
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.engine import Store, open_store
from invented import laptop

PASSPHRASE = "en rolig morgen"
CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


COORDINATOR = 10
"""The account of the cooperation's coordinator; 0 is Mette, a counsellor."""


def make_laptop(folder: Path, *, user: int = 0) -> None:
    """Make key file and store in `folder`, with everything that Mette's cooperation holds on the turned day."""
    laptop.make_laptop(folder, passphrase=PASSPHRASE, clock=CLOCK, user=user)


def opened(folder: Path) -> Store:
    """Open the laptop's store without its window."""
    from app.security.key_store import unlock

    return open_store(folder / DATABASE_NAME, unlock(folder / KEY_FILE_NAME, PASSPHRASE))
