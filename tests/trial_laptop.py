"""A laptop with the invented cooperation on it, made without a server, and the window opened on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.clock import Clock, TurnedClock
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.engine import Store, open_store
from invented import laptop
from tools.demo_day import Day

PASSPHRASE = "en rolig morgen"
CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


COORDINATOR = 10
"""The account of the cooperation's coordinator; 0 is Mette, a counsellor."""


def make_laptop(folder: Path, *, user: int = 0) -> None:
    """Put key file and store into `folder`, with everything that Mette's cooperation holds on the turned day.

    They are made once for each user and copied, so all of a user's laptops have the same key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _made(user).items():
        (folder / name).write_bytes(content)


@cache
def _made(user: int) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        laptop.make_laptop(Path(folder), passphrase=PASSPHRASE, clock=CLOCK, user=user)
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def opened(folder: Path) -> Store:
    """Open the laptop's store without its window."""
    from app.security.key_store import unlock

    return open_store(folder / DATABASE_NAME, unlock(folder / KEY_FILE_NAME, PASSPHRASE))


@contextmanager
def window_on(folder: Path, *, clock: Clock = CLOCK) -> Iterator[Day]:
    """Open the window on the laptop, in English and still locked, and close it in the end."""
    day = Day("en", folder=folder, clock=clock)
    day.pusterum.start()
    try:
        yield day
    finally:
        day.end()
