"""A file replaced whole or not at all: nobody finds half of one, whether the disk is full or the power is cut."""

import contextlib
import os
from pathlib import Path


def replace_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write beside, flush to the disk, rename over, flush the folder; by itself only the owner may read the file.

    What lies beside has a leading dot and another ending, so that nobody takes it for a file that is finished. Raises
    OSError; the file is then as it was, and nothing lies beside it.
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
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Let the folder's own entry reach the disk, where the system and the stick know such a thing."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
