"""The store copied under another key, whole or not at all."""

from contextlib import closing
from pathlib import Path

from app.errors import KnownProblem
from app.storage.engine import check_store, connect_with, known_disk_problems


def copy_under_new_key(path: Path, old: bytes, new: bytes) -> None:
    """Replace the closed store by a copy of itself under the new key.

    The copy is written beside the store, compared table by table, flushed, and renamed over it; whatever stops this
    before the rename leaves the store as it was. Raises KnownProblem "disk-full", "read-only" or "damaged-store".
    """
    forget_copy(path)
    beside = _beside(path)
    try:
        with known_disk_problems():
            with closing(connect_with(path, old)) as source:
                # Everything into the one file: the log that lies beside it is under the old key.
                source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                source.execute("PRAGMA journal_mode = DELETE")
                source.execute(f"ATTACH DATABASE ? AS moved KEY \"x'{new.hex()}'\"", (str(beside),))
                source.execute("SELECT sqlcipher_export('moved')")
                # The export leaves out the number in the head of the file: what an erasure still owes (forget_erased).
                owed = source.execute("PRAGMA user_version").fetchone()[0]
                source.execute(f"PRAGMA moved.user_version = {int(owed)}")
                source.execute("DETACH DATABASE moved")
                expected = _counts(source)
            check_store(beside, new)
            with closing(connect_with(beside, new)) as copy:
                if _counts(copy) != expected:
                    raise KnownProblem("damaged-store")
            beside.chmod(0o600)
            beside.replace(path)
    except BaseException:
        forget_copy(path)
        raise


def forget_copy(path: Path) -> None:
    """Delete what a process that was ended left of a copy."""
    beside = _beside(path)
    beside.unlink(missing_ok=True)
    beside.with_name(f"{beside.name}-journal").unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.rekeyed")


def _counts(connection: object) -> dict[str, int]:
    execute = connection.execute  # type: ignore[attr-defined]
    names = [name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - own tables
