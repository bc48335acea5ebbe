"""Fills an empty server with the invented cooperation, for trying out, tests and pictures."""

import importlib
from collections.abc import Iterable
from typing import Any

from server.accounts import add_cooperation, add_user
from server.database import Connection
from server.merge import WHOLE_ROW, StoredRow, owner_person
from server.push import copy_rows


def load_invented(connection: Connection, seed: int, scale: int) -> str:
    """Load the invented cooperation unless it is there already; return the id of its counsellor Mette, or the first."""
    # The package is data for trying out: a server in use starts without it.
    invented: Any = importlib.import_module("invented")
    accounts = invented.accounts(seed)
    with connection.transaction():
        is_there = connection.execute("SELECT 1 FROM cooperation WHERE id = %s", (accounts.id,)).fetchone()
        if not is_there:
            add_cooperation(connection, accounts.id, accounts.name)
            for user in accounts.users:
                add_user(
                    connection,
                    user.id,
                    cooperation_id=accounts.id,
                    name=user.name,
                    role=user.role,
                    team_ids=user.team_ids,
                )
            load_rows(connection, accounts.id, invented.rows(seed, scale))
    counsellors = [user for user in accounts.users if user.role == "counsellor"]
    chosen = next((user for user in counsellors if user.name.startswith("Mette")), counsellors[0])
    return str(chosen.id)


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
    connection.execute("UPDATE cooperation SET position = %s WHERE id = %s", (start + len(made), cooperation_id))
    return len(made)
