"""What the page about this laptop's safety shows: who can open it, which backups there are, if the log is whole."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from app.models.organisation import User
from app.security.key_store import slots_of
from app.settings import KEY_FILE_NAME
from app.storage.access_log import check
from app.storage.backup import Backup, backups
from app.storage.engine import Reading, Store, known_disk_problems


@dataclass(frozen=True, slots=True)
class SlotOwner:
    """Somebody who has a passphrase here; the name is empty where nobody of that id is known."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class LaptopCare:
    """Who can open the laptop and how, who could be let in, and the backups, the newest first."""

    people: tuple[SlotOwner, ...]
    colleagues: tuple[tuple[str, str], ...]
    has_recovery: bool
    has_escrow: bool
    backups: tuple[Backup, ...]


def laptop_care(reading: Reading, folder: Path) -> LaptopCare:
    """Return it all; raises as :func:`app.security.key_store.slots_of`."""
    slots = slots_of(folder / KEY_FILE_NAME)
    users = [(row.id, row.name) for row in reading.execute(select(User.id, User.name).order_by(User.name))]
    names = dict(users)
    return LaptopCare(
        people=tuple(SlotOwner(user_id, names.get(user_id, "")) for user_id in slots.user_ids),
        colleagues=tuple((user_id, name) for user_id, name in users if user_id not in slots.user_ids),
        has_recovery=slots.has_recovery,
        has_escrow=slots.has_escrow,
        backups=backups(folder),
    )


def log_is_whole(store: Store, *, tell: Callable[[int, int], None]) -> tuple[int, int]:
    """Return how many entries the access log has here, and how many places of it are broken.

    Of years that takes seconds, beside everything else; `tell` is told (done, of) in entries.
    """
    with known_disk_problems(), store.session() as reading:
        reports = check(reading, tell=tell)
    return (
        sum(report.entries for report in reports),
        sum(len(report.broken) + len(report.unlike_sent) for report in reports),
    )
