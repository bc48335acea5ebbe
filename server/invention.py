"""Fills an empty server with the invented cooperation, for trying out, tests and pictures."""

import importlib
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from server.accounts import add_cooperation, add_user, set_escrow_key
from server.database import Connection
from server.escrow import new_escrow_pair
from server.process import write_private
from server.rows import copy_rows
from server.stored_row import WHOLE_ROW, StoredRow, owner_person
from server.tally import count_rows

INVENTED_HELP_KEY = "invented-help-key.json"
"""Beside the invented cooperation's database: what a real coordinator keeps away from the server."""
INVENTED_PASSPHRASE = "pusterum-demo"  # noqa: S105 - of invented data alone


class InventedUser(Protocol):
    """One user of an invented cooperation."""

    @property
    def id(self) -> str:
        """Their identifier, a UUID as text."""

    @property
    def name(self) -> str:
        """What they are called."""

    @property
    def role(self) -> str:
        """One of :class:`app.domain.roles.Role`."""

    @property
    def team_ids(self) -> Collection[str]:
        """The teams whose people they see."""


class InventedAccounts(Protocol):
    """What has to be known of an invented cooperation besides its rows."""

    @property
    def cooperation_id(self) -> str:
        """Its identifier, a UUID as text."""

    @property
    def cooperation_name(self) -> str:
        """What it is called."""

    @property
    def users(self) -> Sequence[InventedUser]:
        """Who works in it."""


def load_invented(connection: Connection, seed: int, scale: int, *, today: date) -> str:
    """Load the invented cooperation unless it is there already; return the id of its counsellor Mette, or the first.

    RuntimeError where the package that invents it is not installed.
    """
    # The package is for trying out: a server in use starts without it.
    try:
        invented: Any = importlib.import_module("invented")
        accounts, rows = invented.accounts, invented.rows
    except (ImportError, AttributeError):
        raise RuntimeError("the invented cooperation is not installed here") from None
    return load_cooperation(connection, accounts(seed), lambda: rows(seed, scale, today=today))


def give_help_key(connection: Connection, user_id: str, file: Path) -> None:
    """Give the user's cooperation a help key, and write its private half to the file, unless it is there already."""
    if file.exists():
        return
    found = connection.execute("SELECT cooperation_id::text FROM user_account WHERE id = %s", (user_id,)).fetchone()
    if found is not None:
        pair = new_escrow_pair(INVENTED_PASSPHRASE)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, pair.private_file)
        set_escrow_key(connection, found[0], pair.public)


def load_cooperation(
    connection: Connection,
    accounts: InventedAccounts,
    rows: Callable[[], Iterable[tuple[str, str, dict[str, Any]]]],
) -> str:
    """Write accounts and rows unless they are there; return the id of the counsellor Mette, or of the first one."""
    with connection.transaction():
        if not connection.execute("SELECT 1 FROM cooperation WHERE id = %s", (accounts.cooperation_id,)).fetchone():
            add_cooperation(connection, accounts.cooperation_id, accounts.cooperation_name)
            for user in accounts.users:
                add_user(
                    connection,
                    user.id,
                    cooperation_id=accounts.cooperation_id,
                    name=user.name,
                    role=user.role,
                    team_ids=user.team_ids,
                )
            load_rows(connection, accounts.cooperation_id, rows())
    counsellors = [user for user in accounts.users if user.role == "counsellor"]
    return next((user for user in counsellors if user.name.startswith("Mette")), counsellors[0]).id


def load_rows(connection: Connection, cooperation_id: str, rows: Iterable[tuple[str, str, dict[str, Any]]]) -> int:
    """Write rows (entity, row id, fields) that the server itself makes, in order; return how many."""
    found = connection.execute(
        "SELECT position FROM cooperation WHERE id = %s FOR UPDATE", (cooperation_id,)
    ).fetchone()
    start = int(found[0]) if found else 0
    made = [
        StoredRow(
            entity=entity,
            row_id=row_id,
            position=position,
            fields=fields,
            versions={WHOLE_ROW: (position, None)},
            team_id=fields.get("team_id"),
            person_id=owner_person(entity, row_id, fields),
        )
        for position, (entity, row_id, fields) in enumerate(rows, start=start + 1)
    ]
    copy_rows(connection, cooperation_id, made)
    count_rows(connection, cooperation_id, made)
    connection.execute("UPDATE cooperation SET position = %s WHERE id = %s", (start + len(made), cooperation_id))
    return len(made)
