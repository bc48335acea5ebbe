"""A small file replaced whole or not at all: a power cut must never cost the key."""

from pathlib import Path

from app.errors import KnownProblem, known_disk_errors
from app.whole_file import replace_whole


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file that only the owner may read.

    Raises KnownProblem "disk-full", "read-only", or "not-written" where the folder is gone or holds no such file; the
    file is then as it was.
    """
    try:
        with known_disk_errors():
            replace_whole(path, content)
    except OSError as problem:
        raise KnownProblem("not-written", file=path.name) from problem
