"""The passphrase that a command without a window is given: by a file, by standard input, or typed when asked."""

import argparse
import getpass
import sys
from pathlib import Path

from app.errors import KnownProblem
from app.i18n import _


def add_passphrase_options(parser: argparse.ArgumentParser) -> None:
    """Let a command be given the passphrase instead of asking for it, see :func:`given_passphrase`."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--passphrase-file", type=Path, default=None, metavar="FILE", help="its first line opens the store"
    )
    either.add_argument(
        "--passphrase-stdin", action="store_true", help="the first line of standard input opens the store"
    )


def given_passphrase(options: argparse.Namespace) -> str:
    """Return the passphrase; KnownProblem "file-unreadable", or "nobody-to-ask" where there is no terminal."""
    if options.passphrase_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    file: Path | None = options.passphrase_file
    if file is None:
        try:
            return getpass.getpass(_("Passphrase") + ": ")
        except EOFError as problem:
            raise KnownProblem("nobody-to-ask") from problem
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as problem:
        raise KnownProblem("file-unreadable", file=file.name) from problem
