"""A small file replaced whole or not at all: a power cut must never cost the key."""

import os
from pathlib import Path

from app.errors import known_disk_errors


def write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename over, flush the folder; only the owner may read it.

    Raises KnownProblem "disk-full" or "read-only"; the file is then as it was.
    """
    beside = path.with_name(f"{path.name}.new")
    with known_disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # only there can a folder be flushed
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
