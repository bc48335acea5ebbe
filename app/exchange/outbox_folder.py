"""The folder from which the municipality's gateway takes messages: whole files or none."""

from pathlib import Path

from app.errors import KnownProblem
from app.whole_file import replace_whole


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file so that whoever watches the folder sees it whole or not at all; the same file again is harmless.

    Raises KnownProblem "no-outbox-folder" or "folder-unreachable"; nothing half written stays behind.
    """
    if not str(folder) or str(folder) == ".":
        raise KnownProblem("no-outbox-folder")
    try:
        # Readable for the gateway, which may be another user of the machine.
        replace_whole(folder / name, content, mode=0o666)
    except OSError as problem:
        raise KnownProblem("folder-unreachable", folder=str(folder)) from problem


def is_waiting(folder: Path, name: str) -> bool:
    """Return whether the gateway has not taken the file yet; KnownProblem "folder-unreachable" where nobody can say."""
    if not folder.is_dir():
        raise KnownProblem("folder-unreachable", folder=str(folder))
    return (folder / name).exists()
