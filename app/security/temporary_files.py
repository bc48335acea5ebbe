"""What libraries put on the disk for a moment lies in memory where the session has a place for it."""

import os
import stat
from typing import Final

_ROOM: Final = 64 * 1024 * 1024
"""Bytes: what a long paper takes for its printer, several times over."""


def keep_in_memory() -> None:
    """Let temporary files be made in the session's runtime folder: of ours, CUPS' file of what is printed is one.

    systemd keeps that folder in memory, for its user alone, and removes it when they log out. One that others may look
    into, or that has little room left, is not taken, nor is any where the system knows none.
    """
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.name == "posix" and folder and _is_own(folder):
        os.environ["TMPDIR"] = folder


def _is_own(folder: str) -> bool:
    try:
        found, room = os.stat(folder), os.statvfs(folder)
    except OSError:
        return False
    is_closed = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return is_closed and os.access(folder, os.W_OK) and room.f_bavail * room.f_frsize >= _ROOM
