"""The passphrase that a command without a window is given: the first line of a file, or what is typed when asked."""

import getpass
from pathlib import Path

from app.errors import KnownProblem
from app.i18n import _


def given_passphrase(file: Path | None = None) -> str:
    """Return the passphrase; KnownProblem "file-unreadable", or "nobody-to-ask" where there is no terminal."""
    if file is None:
        try:
            return getpass.getpass(_("Passphrase") + ": ")
        except EOFError as problem:
            raise KnownProblem("nobody-to-ask") from problem
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as problem:
        raise KnownProblem("file-unreadable", file=file.name) from problem
