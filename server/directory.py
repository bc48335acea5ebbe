"""Municipalities, teams and users: what an operator sets up, and what every laptop of the cooperation then has."""

import uuid
from collections.abc import Collection
from typing import Any

import msgspec

from server.accounts import add_cooperation, add_user, set_teams
from server.database import Connection
from server.rows import STORED, copy_rows, read_row
from server.stored_row import WHOLE_ROW, StoredRow
from server.tally import Tallies, standing_of

ROLES = ("counsellor", "coordinator", "auditor")


def new_cooperation(connection: Connection, name: str) -> str:
    """Add a cooperation and return its id."""
    key = str(uuid.uuid4())
    add_cooperation(connection, key, name)
    return key


def set_team(
    connection: Connection, *, cooperation_id: str, name: str, municipality_code: str, municipality: str,
    team_id: str | None = None,
) -> str:  # fmt: skip
    """Add a team (and its municipality where it is new), or give it its new name; return its id."""
    key = team_id or str(uuid.uuid4())
    with connection.transaction():
        _must_be(connection, cooperation_id)
        if team_id is not None:
            _must_be_known(connection, cooperation_id, [team_id])
        # Only what is there is a UUID for certain: what somebody typed may be anything.
        municipality_id = str(uuid.uuid5(uuid.UUID(cooperation_id), f"municipality\x1f{municipality_code}"))
        set_row(
            connection, cooperation_id, "municipality", municipality_id,
            {"code": municipality_code, "name": municipality},
        )  # fmt: skip
        set_row(connection, cooperation_id, "team", key, {"municipality_id": municipality_id, "name": name})
    return key


def set_user(
    connection: Connection, *, cooperation_id: str, name: str, role: str, team_ids: Collection[str],
    user_id: str | None = None, education: str = "",
) -> str:  # fmt: skip
    """Add a user with their teams, or set them anew; return the id. An education that is not said stays what it was."""
    key = user_id or str(uuid.uuid4())
    with connection.transaction():
        _must_be(connection, cooperation_id)
        _must_be_known(connection, cooperation_id, team_ids)
        if user_id is not None and _cooperation_of(connection, user_id) != cooperation_id:
            raise LookupError("no such user in this cooperation")
        add_user(connection, key, cooperation_id=cooperation_id, name=name, role=role, team_ids=team_ids)
        fields = {"name": name, "role": role}
        fields |= {"education": education} if education or user_id is None else {}
        fields |= {"phone": ""} if user_id is None else {}
        set_row(connection, cooperation_id, "user", key, fields)
    return key


def move_user(connection: Connection, user_id: str, team_ids: Collection[str]) -> None:
    """Put a user in these teams of their cooperation and no other; LookupError where one is not there."""
    with connection.transaction():
        cooperation_id = _cooperation_of(connection, user_id)
        if cooperation_id is None:
            raise LookupError("no such user")
        _must_be_known(connection, cooperation_id, team_ids)
        set_teams(connection, user_id, team_ids)


def set_row(connection: Connection, cooperation_id: str, entity: str, row_id: str, fields: dict[str, Any]) -> None:
    """Write a row that the server itself makes, after every laptop's cursor; the same again changes nothing."""
    found = connection.execute(
        "SELECT position FROM cooperation WHERE id = %s FOR UPDATE", (cooperation_id,)
    ).fetchone()
    if found is None:
        raise LookupError("no such cooperation")
    position = int(found[0]) + 1
    stored = connection.execute(
        f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND entity = %s AND row_id = %s",  # noqa: S608
        (cooperation_id, entity, row_id),
    ).fetchone()
    tallies = Tallies()
    if stored is None:
        made = StoredRow(
            entity=entity, row_id=row_id, position=position, fields=fields, versions={WHOLE_ROW: (position, None)}
        )
        copy_rows(connection, cooperation_id, [made])
    else:
        made = read_row(stored)
        if all(made.fields.get(name) == value for name, value in fields.items()) and not made.deleted:
            return
        tallies.take(standing_of(made))
        made.fields = {**made.fields, **fields}
        made.position, made.deleted, made.versions = position, False, {WHOLE_ROW: (position, None)}
        connection.execute(
            "UPDATE row SET position = %s, fields = %s::json, versions = %s::json, deleted = false"
            " WHERE cooperation_id = %s AND entity = %s AND row_id = %s",
            (
                position,
                msgspec.json.encode(made.fields).decode(),
                msgspec.json.encode(made.versions).decode(),
                cooperation_id,
                entity,
                row_id,
            ),
        )
    tallies.add(standing_of(made))
    tallies.write(connection, cooperation_id)
    connection.execute("UPDATE cooperation SET position = %s WHERE id = %s", (position, cooperation_id))


def list_cooperations(connection: Connection) -> list[dict[str, Any]]:
    """Return every cooperation with its number of users and laptops."""
    rows = connection.execute(
        "SELECT c.id, c.name, c.position, (SELECT count(*) FROM user_account u WHERE u.cooperation_id = c.id),"
        " (SELECT count(*) FROM device d WHERE d.cooperation_id = c.id AND d.revoked_at IS NULL)"
        " FROM cooperation c ORDER BY c.name"
    )
    return [dict(zip(("cooperation_id", "name", "position", "users", "laptops"), row, strict=True)) for row in rows]


def list_teams(connection: Connection, cooperation_id: str) -> list[dict[str, Any]]:
    """Return the teams of a cooperation; LookupError where there is none such."""
    _must_be(connection, cooperation_id)
    rows = connection.execute(
        "SELECT row_id, fields ->> 'name', fields ->> 'municipality_id' FROM row"
        " WHERE cooperation_id::text = %s AND entity = 'team' AND NOT deleted ORDER BY 2",
        (cooperation_id,),
    )
    return [dict(zip(("team_id", "name", "municipality_id"), row, strict=True)) for row in rows]


def list_users(connection: Connection, cooperation_id: str) -> list[dict[str, Any]]:
    """Return the users of a cooperation with their teams; LookupError where there is none such."""
    _must_be(connection, cooperation_id)
    rows = connection.execute(
        "SELECT u.id, u.name, u.role,"
        " ARRAY(SELECT team_id::text FROM user_team t WHERE t.user_id = u.id AND t.left_at IS NULL ORDER BY 1)"
        " FROM user_account u WHERE u.cooperation_id::text = %s ORDER BY u.name",
        (cooperation_id,),
    )
    return [dict(zip(("user_id", "name", "role", "team_ids"), row, strict=True)) for row in rows]


def not_heard_from(connection: Connection, days: float) -> list[dict[str, Any]]:
    """Return the laptops that have not synchronised for so many days, the longest silent first."""
    rows = connection.execute(
        "SELECT d.id, d.name, u.name, d.cooperation_id, d.enrolled_at::text, d.last_seen_at::text,"
        " d.confirmed_at::text, d.waiting FROM device d JOIN user_account u ON u.id = d.user_id"
        " WHERE d.revoked_at IS NULL AND coalesce(d.last_seen_at, d.enrolled_at) < now() - make_interval(secs => %s)"
        " ORDER BY coalesce(d.last_seen_at, d.enrolled_at)",
        (days * 86_400,),
    )
    names = (
        "device_id", "laptop", "user", "cooperation_id", "enrolled_at", "last_seen_at", "confirmed_at", "waiting_then",
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in rows]


def _must_be(connection: Connection, cooperation_id: str) -> None:
    if not connection.execute("SELECT 1 FROM cooperation WHERE id::text = %s", (cooperation_id,)).fetchone():
        raise LookupError("no such cooperation")


def _must_be_known(connection: Connection, cooperation_id: str, team_ids: Collection[str]) -> None:
    unknown = sorted(set(team_ids) - {team["team_id"] for team in list_teams(connection, cooperation_id)})
    if unknown:
        raise LookupError(f"no such team in this cooperation: {', '.join(unknown)}")


def _cooperation_of(connection: Connection, user_id: str) -> str | None:
    found = connection.execute("SELECT cooperation_id FROM user_account WHERE id::text = %s", (user_id,)).fetchone()
    return str(found[0]) if found else None
