"""A folder of ours: only its owner may look into it, whatever the system would let others do."""

import os
from contextlib import suppress
from pathlib import Path


def make_own(folder: Path) -> None:
    """Make a folder, and close it to others where it is there and was made open; raises OSError as `Path.mkdir`.

    Folders above it that are missing are made as the system makes them: they are not ours alone.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix":
        return  # Windows lets the user's own folders be read by the user alone, and its modes say nothing of it
    # Where it is somebody else's, or the disk knows no modes, it stays as it is: what lies in it is closed too.
    with suppress(OSError):
        mode = folder.stat().st_mode
        if mode & 0o077:
            folder.chmod(mode & 0o700)
