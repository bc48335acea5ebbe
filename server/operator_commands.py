"""Commands with which an operator sets up cooperations, teams, users and laptops, and looks after them."""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from server import accounts, directory
from server.backup_check import check_backup
from server.courier import receive
from server.database import connect
from server.identity import identity_of
from server.process import write_private
from server.refusals import RequestRefused
from server.typed_in import a_municipality_code, a_name, days_ago, hours_ahead


def add_commands(commands: Any, database: argparse.ArgumentParser) -> None:
    """Add the commands to the server's command line."""
    cooperation = _group(commands, "cooperation", "cooperations, the tenants of this server")
    add = _command(cooperation, "add", database, _add_cooperation, "add a cooperation and print its id")
    add.add_argument("name", type=a_name, help="such as 'Røgfri på Tværs'")
    _command(cooperation, "list", database, _list_cooperations, "print every cooperation as JSON")

    team = _group(commands, "team", "teams of a municipality")
    add = _command(team, "add", database, _add_team, "add a team, or rename one, and print its id")
    add.add_argument("name", type=a_name, help="such as 'Rusmiddelteamet'")
    add.add_argument("--cooperation", required=True, metavar="ID")
    add.add_argument(
        "--code", type=a_municipality_code, required=True, metavar="0101", help="the municipality's four digits"
    )
    add.add_argument("--municipality", type=a_name, required=True, metavar="NAME", help="the municipality's name")
    add.add_argument("--id", metavar="ID", help="of the team to rename")
    listed = _command(team, "list", database, _list_teams, "print a cooperation's teams as JSON")
    listed.add_argument("--cooperation", required=True, metavar="ID")

    user = _group(commands, "user", "counsellors, coordinators and auditors")
    add = _command(user, "add", database, _add_user, "add a user, or set one anew, and print the id")
    add.add_argument("name", type=a_name, help="as colleagues see it")
    add.add_argument("--cooperation", required=True, metavar="ID")
    add.add_argument("--role", choices=directory.ROLES, default="counsellor", help="(default: %(default)s)")
    add.add_argument("--team", action="append", default=[], metavar="ID", help="once for each team")
    add.add_argument("--education", default="", help="as a counsellor, in a few words")
    add.add_argument("--id", metavar="ID", help="of the user to set anew")
    move = _command(user, "move", database, _move_user, "put a user in these teams and no other")
    move.add_argument("user", metavar="ID")
    move.add_argument("--team", action="append", default=[], metavar="ID", help="once for each team")
    listed = _command(user, "list", database, _list_users, "print a cooperation's users as JSON")
    listed.add_argument("--cooperation", required=True, metavar="ID")

    quiet = commands.add_parser(
        "not-heard-from", parents=[database], help="print as JSON the laptops that have not synchronised for n days"
    )
    quiet.add_argument("--days", type=days_ago, default=7, help="how long (default: %(default)s)")
    quiet.set_defaults(command=_not_heard_from)

    envelopes = commands.add_parser(
        "receive", parents=[database], help="take courier envelopes, and write the sealed receipts to carry back"
    )
    envelopes.add_argument("file", type=Path, nargs="+", metavar="FILE", help="envelopes, in any order")
    envelopes.add_argument("--replies", type=Path, default=Path(), metavar="DIR", help="where the receipts go")
    envelopes.add_argument(
        "--however-late", action="store_true", help="also from a laptop that was revoked more than 90 days ago"
    )
    envelopes.set_defaults(command=_receive)

    check = commands.add_parser(
        "backup-check", parents=[database], help="say whether a database, such as a restored backup, is whole"
    )
    check.set_defaults(command=_check_backup)


def add_device_commands(device: Any, database: argparse.ArgumentParser) -> None:
    """Add `device enrol` beside the other commands about laptops."""
    enrol = device.add_parser("enrol", parents=[database], help="print a one-time code for a user's laptop")
    enrol.add_argument("--user", required=True, metavar="ID", help="the user's id")
    enrol.add_argument("--hours", type=hours_ahead, default=24, help="how long it holds (default: %(default)s)")
    enrol.set_defaults(command=_enrol)


def _group(commands: Any, name: str, about: str) -> Any:
    return commands.add_parser(name, help=about, description=about).add_subparsers(required=True, metavar="COMMAND")


def _command(group: Any, name: str, database: argparse.ArgumentParser, run: Any, about: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = group.add_parser(name, parents=[database], help=about, description=about)
    made.set_defaults(command=run)
    return made


def _print(value: Any) -> int:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    return 0


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def _add_cooperation(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        return _say(directory.new_cooperation(connection, options.name))


def _list_cooperations(_: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        return _print(directory.list_cooperations(connection))


def _add_team(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        team_id = directory.set_team(
            connection, cooperation_id=options.cooperation, name=options.name, municipality_code=options.code,
            municipality=options.municipality, team_id=options.id,
        )  # fmt: skip
    return _say(team_id)


def _list_teams(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        return _print(directory.list_teams(connection, options.cooperation))


def _add_user(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        user_id = directory.set_user(
            connection, cooperation_id=options.cooperation, name=options.name, role=options.role,
            team_ids=options.team, user_id=options.id, education=options.education,
        )  # fmt: skip
    return _say(user_id)


def _move_user(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        directory.move_user(connection, options.user, options.team)
    return 0


def _list_users(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        return _print(directory.list_users(connection, options.cooperation))


def _enrol(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        return _say(accounts.new_enrolment_code(connection, options.user, life=timedelta(hours=options.hours)))


def _not_heard_from(options: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        silent = directory.not_heard_from(connection, options.days)
    _print(silent)
    return 1 if silent else 0


def _receive(options: argparse.Namespace, url: str) -> int:
    refused = 0
    with connect(url) as connection:
        connection.autocommit = True
        for file in options.file:
            try:
                identity = identity_of(connection)
                reply = receive(connection, identity, file.read_bytes(), however_late=options.however_late)
            except RequestRefused as refusal:
                sys.stderr.write(f"{file}: {refusal.sentence}\n")
                refused += 1
                continue
            answer = options.replies / f"{file.stem}.receipt"
            answer.unlink(missing_ok=True)
            write_private(answer, reply)
            sys.stdout.write(f"{file}: taken; carry {answer} back\n")
    return 1 if refused else 0


def _check_backup(_: argparse.Namespace, url: str) -> int:
    with connect(url) as connection:
        found = check_backup(connection)
    _print(found)
    return 0 if found["whole"] else 1
