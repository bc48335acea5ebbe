"""A small file replaced whole or not at all: a power cut must never cost the key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import whole_file
from app.errors import KnownProblem, known_disk_errors


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file that only the owner may read.

    Raises KnownProblem "disk-full", "read-only", or "not-written" where the folder is gone, holds no such file, or may
    lose again what was renamed in it; the file is then whole, as it was or new.
    """
    with _known(path):
        whole_file.replace_whole(path, content)


def be_sure_of(path: Path) -> None:
    """Have a file that was renamed to its place there for good; raises KnownProblem as :func:`write_whole`."""
    with _known(path):
        whole_file.flush_folder(path.parent)


@contextmanager
def _known(path: Path) -> Iterator[None]:
    try:
        with known_disk_errors():
            yield
    except OSError as problem:
        raise KnownProblem("not-written", file=path.name) from problem
