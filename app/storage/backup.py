"""Encrypted backups on the laptop's own disk, made and verified by themselves, and the way back from one.

A backup is a copy of the store under the same key, with the key file of the same moment beside it. It is made under
another name, opened, checked page by page, and only then renamed; so there is never a backup that cannot be opened.
Recovering sets the damaged file aside, takes the newest backup that opens, and replays the journal over it: what people
did and had not sent comes first, the rest comes from the server with the next sending.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import from_wire, synced_tables, to_wire
from app.models.local import Device, OutboxEntry, SessionDraft
from app.own_folder import make_own
from app.settings import BACKUP_FOLDER, DATABASE_NAME, KEYS_OF_BACKUP
from app.storage import access_log
from app.storage.engine import Store, check_store, create_store, known_disk_problems, open_store
from app.storage.journal import Record

SET_ASIDE: Final = "damaged"
KEPT_NEWEST: Final = 3
KEPT_DAYS: Final = 7
_STAMP: Final = "%Y%m%dT%H%M%S%fZ"
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_turn: Final = threading.Lock()
"""One backup after the other, whoever asks: a copy that is not finished is then nobody's."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup and the moment it was begun."""

    path: Path
    made_at: datetime

    @property
    def size(self) -> int:
        """Return its size in bytes."""
        return self.path.stat().st_size

    @property
    def key_file(self) -> Path:
        """Return the key file beside it: as it was then, but for ways in that were closed or opened since."""
        return self.path.with_suffix(KEYS_OF_BACKUP)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came back: from which backup (None: from the journal alone), and how much of people's work was replayed."""

    backup: Backup | None
    changes: int
    drafts: int
    damaged_records: int
    set_aside: Path


def backups(folder: Path) -> tuple[Backup, ...]:
    """Return the backups of the store in `folder`, the newest first."""
    found = []
    for path in (folder / BACKUP_FOLDER).glob("*.db"):
        with contextlib.suppress(ValueError):
            found.append(Backup(path, datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)))
    return tuple(sorted(found, key=lambda backup: backup.made_at, reverse=True))


def make_backup(
    store: Store, key_file: Path, *, clock: Clock, tell: Callable[[int, int], None] | None = None
) -> Backup:
    """Copy the store while it is in use, verify the copy, and let old ones go; `tell` is told (done, of) in pages.

    Raises KnownProblem "disk-full", "read-only", or "backup-failed" where the copy does not open; the older backups and
    the journal are then as they were.
    """
    with _turn:
        return _make_backup(store, key_file, clock=clock, tell=tell)


def _make_backup(store: Store, key_file: Path, *, clock: Clock, tell: Callable[[int, int], None] | None) -> Backup:
    folder = store.path.parent / BACKUP_FOLDER
    made = Backup(folder / f"{clock.now().strftime(_STAMP)}.db", clock.now())
    beside = made.path.with_suffix(".new")
    store.journal.begin_backup()
    with known_disk_problems():
        make_own(folder)
        try:
            _discard_unfinished(store.path.parent)
            store.copy_to(beside, tell=tell)
            try:
                store.check_copy(beside)
            except KnownProblem as problem:
                raise KnownProblem("backup-failed") from problem
            _flush(beside)
            if key_file.exists():
                shutil.copyfile(key_file, made.key_file)
                made.key_file.chmod(0o600)
            beside.replace(made.path)
        except BaseException:
            _discard(beside)
            raise
    with store.session() as session:
        device = session.scalars(select(Device)).one_or_none()
    store.journal.end_backup({"device": None if device is None else _columns(device)})
    _let_go(store.path.parent, keep=made)
    return made


DUE_AFTER = timedelta(hours=4)
DUE_AFTER_BYTES = 1_000_000
"""Bytes of the journal, after which a backup is due however new the last one is."""


def is_backup_due(store: Store, *, clock: Clock) -> bool:
    """Return whether the newest backup is older than `DUE_AFTER`, or much was done since."""
    newest = next(iter(backups(store.path.parent)), None)
    if newest is None:
        return True
    age = clock.now() - newest.made_at
    # A backup from the future is of a clock that was off: it says nothing about today.
    return store.journal.size > DUE_AFTER_BYTES or not timedelta() <= age <= DUE_AFTER


def newest_good(folder: Path, key: bytes) -> Backup | None:
    """Return the newest backup that opens with the key and is whole."""
    for backup in backups(folder):
        try:
            check_store(backup.path, key)
        except KnownProblem:
            continue
        return backup
    return None


def recover(folder: Path, key: bytes, *, clock: Clock, backup: Backup | None = None) -> tuple[Store, Recovered]:
    """Set the store in `folder` aside and return the newest good state, opened, with everything unsent in it.

    `backup` names an older one to go back to. What people did since the newest backup is put back in any case.

    Raises KnownProblem "nothing-to-recover" where neither a backup nor the journal says whose laptop this is; the files
    are then left as they were. Raises "disk-full" or "read-only" likewise.
    """
    path = folder / DATABASE_NAME
    if backup is not None:
        check_store(backup.path, key)
    else:
        backup = newest_good(folder, key)
    read = _journal_of(folder, key)
    device = next((record["device"] for record in reversed(read.records) if record.get("device")), None)
    if backup is None and device is None:
        raise KnownProblem("nothing-to-recover")
    aside = folder / SET_ASIDE / clock.now().strftime(_STAMP)
    with known_disk_problems():
        fresh = folder / f"{DATABASE_NAME}.recovered"
        _discard(fresh)
        if backup is not None:
            shutil.copyfile(backup.path, fresh)
            fresh.chmod(0o600)
            _flush(fresh)
        for one in (aside.parent, aside):
            make_own(one)
        for file in (path, *(path.with_name(path.name + end) for end in _SIDE_FILES)):
            if file.exists():
                file.replace(aside / file.name)
        if backup is not None:
            fresh.replace(path)
    if backup is not None:
        store = open_store(path, key)
    else:
        store = create_store(path, key)
        with store.session() as session, known_disk_problems():
            device_table: Table = Device.__table__  # type: ignore[assignment]
            session.execute(insert(device_table), {**(device or {}), "cursor": 0})
            session.commit()
    changes, drafts = replay(store, read.records)
    _say_restored(store)
    return store, Recovered(backup, changes, drafts, read.damaged, aside)


def lost_commits(store: Store) -> int:
    """Return how many changes the journal holds and the store does not, and put them back.

    A log that was cut off or damaged loses the newest commits without a word; the journal still has them.
    """
    changes, _ = replay(store, store.journal.read().records, with_drafts=False)
    if changes:
        _say_restored(store)
    return changes


def _say_restored(store: Store) -> None:
    """Tell the server with the next handshake that this store went back and is no copy."""
    with store.session() as session, known_disk_problems():
        session.connection().execute(update(Device.__table__).values(is_restored=True))  # type: ignore[arg-type]
        session.commit()


def replay(store: Store, records: Iterable[Record], *, with_drafts: bool = True) -> tuple[int, int]:
    """Do again what the store lacks, in one transaction; return how many changes and how many typed lines."""
    records = tuple(records)
    with store.session() as session, known_disk_problems():
        known = set(session.scalars(select(OutboxEntry.change_id)))
        missing = [r["change"] for r in records if "change" in r and r["change"]["change_id"] not in known]
        drafts = {tuple(r["draft"]["key"]): r["draft"] for r in records if "draft" in r} if with_drafts else {}
        logged = access_log.put_back(session, [r["access"] for r in records if "access" in r])
        if not missing and not drafts and not logged:
            return 0, 0
        for entry in missing:
            _do_again(session, entry)
        replayed = sum(_type_again(session, key, draft) for key, draft in drafts.items())
        session.commit()
    return len(missing), replayed


def _do_again(session: Session, entry: Mapping[str, Any]) -> None:
    connection = session.connection()
    model = synced_tables().get(entry["entity"])
    if model is not None:
        table: Table = model.__table__
        here = table.c.id == entry["row_id"]
        exists = connection.execute(select(table.c.id).where(here)).first() is not None
        if entry["operation"] == "delete":
            connection.execute(delete(table).where(here))
        else:
            values = from_wire(model, entry["fields"])
            if exists:
                if values:
                    connection.execute(update(table).where(here).values(**values))
            elif entry["operation"] == "insert":
                connection.execute(insert(table).values(**values, id=entry["row_id"], server_position=0))
    values = {**entry, "at": datetime.fromisoformat(entry["at"]), "state": "pending", "position": 0, "code": ""}
    taken = session.scalar(select(OutboxEntry.sequence).where(OutboxEntry.sequence == entry["sequence"]))
    if taken is not None:
        values.pop("sequence")
    connection.execute(insert(OutboxEntry.__table__).values(**values))  # type: ignore[arg-type]


def _type_again(session: Session, key: tuple[str, ...], draft: Mapping[str, Any]) -> bool:
    from app.models.course import Session as CourseSession  # noqa: PLC0415 - the name is SQLAlchemy's too

    held = session.get(CourseSession, key[0])
    existing = session.get(SessionDraft, key)
    if draft["deleted"] or not draft["cells"]:
        # A session counts as begun where anybody has a draft, also an empty one.
        if existing is not None and to_wire(existing.saved_at) <= draft["saved_at"]:
            session.delete(existing)
        return False
    if held is None or held.state == "closed":
        return False
    if existing is None:
        existing = SessionDraft(session_id=key[0], enrolment_id=key[1], cells={})
        session.add(existing)
    elif to_wire(existing.saved_at) >= draft["saved_at"]:
        return False
    existing.cells = draft["cells"]
    existing.saved_at = datetime.fromisoformat(draft["saved_at"])
    return True


def _journal_of(folder: Path, key: bytes) -> Any:
    from app.storage.journal import Journal  # noqa: PLC0415 - beside its reader

    return Journal(folder, key).read()


def _columns(row: Any) -> Record:
    return {column.name: to_wire(getattr(row, column.name)) for column in row.__table__.columns}


def _let_go(folder: Path, *, keep: Backup) -> None:
    """Keep the newest ones and the newest of each of the last days."""
    found = backups(folder)
    kept = {keep.path, *(backup.path for backup in found[:KEPT_NEWEST])}
    by_day: dict[Any, Path] = {}
    for backup in found:
        by_day.setdefault(backup.made_at.date(), backup.path)
    kept.update(by_day[day] for day in sorted(by_day, reverse=True)[:KEPT_DAYS])
    for backup in found:
        if backup.path not in kept:
            _discard(backup.path)


def discard_all(folder: Path) -> None:
    """Delete every backup, as when somebody was erased or the key was changed; a new one is made at once."""
    with _turn:
        _discard_unfinished(folder)
        for backup in backups(folder):
            _discard(backup.path)


def _discard_unfinished(folder: Path) -> None:
    """Delete what a process that was ended left of a backup: a copy of the store that nothing else would find."""
    for beside in (folder / BACKUP_FOLDER).glob("*.new"):
        _discard(beside)


def _discard(path: Path) -> None:
    for file in (path, path.with_suffix(KEYS_OF_BACKUP), *(path.with_name(path.name + end) for end in _SIDE_FILES)):
        file.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
