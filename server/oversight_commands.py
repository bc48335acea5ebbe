"""Commands about laptops and help: what a lost one held, leases, the cooperation's help key, and reading a code."""

import argparse
import getpass
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from app.sync.wire.notification import notification_text
from server import accounts, clock
from server.database import connect
from server.escrow import help_code_from, new_escrow_pair, sealed_in
from server.process import write_private
from server.standing import laptop_report
from server.typed_in import LONGEST_DAYS, hours_ago

SECRET_VARIABLE = "PUSTERUM_HELP_PASSPHRASE"  # noqa: S105 - the name of a variable


def add_commands(commands: Any, database: argparse.ArgumentParser) -> None:
    """Add the commands to the server's command line."""
    report = commands.add_parser(
        "laptop-report", parents=[database], help="print whose data a laptop held, and the text for the authority"
    )
    report.add_argument("device", metavar="DEVICE", help="the device's id")
    report.add_argument("--names", action="store_true", help="print the names of the people too")
    report.add_argument("--notification", action="store_true", help="print the notification of a breach (Danish)")
    report.add_argument(
        "--known-hours-ago", type=hours_ago, default=0, help="when the loss became known (default: now)"
    )
    report.set_defaults(command=_report)

    lease = commands.add_parser("lease", parents=[database], help="say how many days a laptop works without being seen")
    lease.add_argument("--cooperation", required=True, metavar="ID")
    lease.add_argument("--days", required=True, type=int, help="0: for good")
    lease.set_defaults(command=_lease)

    readmit = commands.add_parser("readmit", parents=[database], help="let a revoked laptop that was found in again")
    readmit.add_argument("device", metavar="DEVICE", help="the device's id")
    readmit.set_defaults(command=_readmit)

    new_key = commands.add_parser(
        "help-key", parents=[database], help="make the cooperation's help key; keep the file away from the server"
    )
    new_key.add_argument("--cooperation", required=True, metavar="ID")
    new_key.add_argument("--out", required=True, type=Path, metavar="FILE", help="the private file, sealed")
    new_key.add_argument(
        "--replace", action="store_true", help="although it has one; keep the old file for codes sealed to that"
    )
    new_key.set_defaults(command=_help_key)

    code = commands.add_parser(
        "help-code", parents=[database], help="read the one-time code that lets in somebody who forgot their passphrase"
    )
    code.add_argument("device", metavar="DEVICE", help="the device's id")
    code.add_argument("--key", required=True, type=Path, metavar="FILE", help="the private file of `help-key`")
    code.add_argument("--keys-json", type=Path, metavar="FILE", help="read it from the laptop's own keys.json instead")
    code.set_defaults(command=_help_code)


def _report(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        report = laptop_report(connection, options.device)
    if options.notification:
        known_at = clock.now() - timedelta(hours=options.known_hours_ago)
        sys.stdout.write(notification_text(report, known_at=known_at))
        return 0
    shown = msgspec.to_builtins(report)
    people = shown.pop("people")
    shown["people_count"] = len(people)
    if options.names:
        shown["people"] = people
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n")
    return 0


def _lease(options: argparse.Namespace, url: str) -> int:
    if not 0 <= options.days <= LONGEST_DAYS:
        raise RuntimeError(f"a lease is of 0 days (for good) or more, at most {LONGEST_DAYS}")
    with connect(url) as connection:
        if not accounts.set_lease(connection, options.cooperation, options.days):
            raise LookupError("no such cooperation")
    return 0


def _readmit(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        if not accounts.readmit_device(connection, options.device):
            raise LookupError("no such device")
    return 0


def _help_key(options: argparse.Namespace, url: str) -> int:
    if options.out.exists():
        raise RuntimeError(f"{options.out} is there already; a key is never overwritten")
    passphrase = _new_passphrase()
    with connect(url) as connection:
        if accounts.has_escrow_key(connection, options.cooperation) and not options.replace:
            raise RuntimeError(
                "this cooperation has a help key already: say --replace, and keep the file of the old one"
            )
        pair = new_escrow_pair(passphrase)
        write_private(options.out, pair.private_file)
        accounts.set_escrow_key(connection, options.cooperation, pair.public)
    return 0


def _help_code(options: argparse.Namespace, url: str) -> int:
    if options.keys_json is not None:
        sealed = sealed_in(options.keys_json)
    else:
        with connect(url) as connection:
            sealed = accounts.sealed_help_of(connection, options.device)
    sys.stdout.write(help_code_from(sealed, options.key.read_bytes(), _passphrase()) + "\n")
    return 0


def _passphrase() -> str:
    """Return the help key's passphrase from the environment, or ask for it; never from an argument."""
    given = os.environ.get(SECRET_VARIABLE)
    return given if given is not None else _asked("Passphrase of the help key: ")


def _new_passphrase() -> str:
    """Return a passphrase for a new help key, asked for twice; nobody would notice a slip before they need help."""
    given = _passphrase()
    if SECRET_VARIABLE not in os.environ and given != _asked("The same once more: "):
        raise RuntimeError("the two differ; no key was made")
    if not given.strip():
        raise RuntimeError("a help key needs a passphrase, and this one is empty; no key was made")
    return given


def _asked(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        raise RuntimeError(f"nobody is here to ask for the passphrase: set {SECRET_VARIABLE}") from None
