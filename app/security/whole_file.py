"""A small file replaced whole or not at all: a power cut must never cost the key."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import KnownProblem


def write_whole(path: Path, content: bytes) -> None:
    """Write beside, flush to the disk, rename over, flush the folder; only the owner may read it.

    Raises KnownProblem "disk-full" or "read-only"; the file is then as it was.
    """
    beside = path.with_name(f"{path.name}.new")
    with _known_disk_problems():
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


@contextmanager
def _known_disk_problems() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise KnownProblem("disk-full") from problem
        if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise KnownProblem("read-only") from problem
        raise
