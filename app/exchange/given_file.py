"""A file that somebody chose or dropped: read as far as one is taken in, and nothing that would be read without end."""

from pathlib import Path

from app.errors import KnownProblem


def name_of(file: Path) -> str:
    """Return the file's name as it can be shown and kept: what is no letter in it becomes a question mark."""
    return file.name.encode("utf-8", "replace").decode("utf-8")


def read_given(file: Path, *, most: int) -> bytes:
    """Return the file, or where it is larger than `most` bytes as much of it as shows that; "file-unreadable"."""
    try:
        if file.exists() and not file.is_file():
            raise IsADirectoryError  # or a pipe or a device, which would be waited for without end
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as problem:
        raise KnownProblem("file-unreadable", file=name_of(file)) from problem
