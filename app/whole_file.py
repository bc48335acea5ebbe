"""A file replaced whole or not at all: nobody finds half of one, whether the disk is full or the power is cut."""

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

_KNOWS_NO_FOLDERS: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems answer that flush files alone."""


def replace_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write beside, flush to the disk, rename over, flush the folder; by itself only the owner may read the file.

    What lies beside has a leading dot and another ending, so that nobody takes it for a file that is finished. Raises
    OSError; the file is then whole all the same: as it was, with nothing beside it, or, where only the folder could not
    be flushed, the new one, which a power cut may yet take away again.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Have what was renamed in a folder on the disk, where the system and the stick know such a thing.

    Raises OSError where the disk failed.
    """
    kind = getattr(os, "O_DIRECTORY", None)
    if kind is None:
        return  # Windows flushes no folders; its file system keeps the order in which files were renamed
    try:
        descriptor = os.open(folder, os.O_RDONLY | kind)
    except PermissionError:
        return  # one may write in it and not look into it, and what cannot be opened cannot be flushed
    try:
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno not in _KNOWS_NO_FOLDERS:
            raise
    finally:
        os.close(descriptor)
