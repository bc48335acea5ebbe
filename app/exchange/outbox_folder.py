"""The folder from which the municipality's gateway takes messages: whole files or none."""

import contextlib
import os
from pathlib import Path

from app.errors import KnownProblem


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file so that whoever watches the folder sees it whole or not at all; the same file again is harmless.

    Raises KnownProblem "no-outbox-folder" or "folder-unreachable"; nothing half written stays behind.
    """
    if not str(folder) or str(folder) == ".":
        raise KnownProblem("no-outbox-folder")
    # A leading dot and another ending: no gateway takes a file that is still being written.
    beside = folder / f".{name}.part"
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / name)
        _sync(folder)
    except OSError as problem:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise KnownProblem("folder-unreachable", folder=str(folder)) from problem


def is_waiting(folder: Path, name: str) -> bool:
    """Return whether the gateway has not taken the file yet; KnownProblem "folder-unreachable" where nobody can say."""
    if not folder.is_dir():
        raise KnownProblem("folder-unreachable", folder=str(folder))
    return (folder / name).exists()


def _sync(folder: Path) -> None:
    """Let the folder's own entry reach the disk, where the system has such a thing."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
