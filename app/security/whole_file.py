"""A small file replaced whole or not at all: a power cut must never cost the key."""

import contextlib
import os
from pathlib import Path

from app.errors import KnownProblem, known_disk_errors


def write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename over, flush the folder; only the owner may read it.

    Raises KnownProblem "disk-full", "read-only", or "not-written" where the folder is gone or holds no such file; the
    file is then as it was.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with known_disk_errors():
            _write_beside(beside, content)
            beside.replace(path)
            _flush_folder(path.parent)
    except (KnownProblem, OSError) as problem:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise KnownProblem("not-written", file=path.name) from problem
        raise


def _write_beside(beside: Path, content: bytes) -> None:
    descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # only there can a folder be flushed
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
