"""Cooperations, users and their laptops: who may enrol, who is asking, and who no longer may."""

import hashlib
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from psycopg.errors import UniqueViolation

from app.sync.wire.messages import EnrolReply, EnrolRequest
from server import clock
from server.database import Connection, quietly
from server.first_laptop import give_what_waited
from server.identity import Identity, identity_of
from server.refusals import RequestRefused
from server.scope import Asker, teams_seen

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters that nobody mistakes for another or for a digit when they are read aloud or from paper."""

CODE_LIFE = timedelta(hours=24)

LATE_LIFE = timedelta(days=90)
"""How long what was recorded for a team, or in a role, is still taken after its counsellor has left or lost it."""


def add_cooperation(connection: Connection, cooperation_id: str, name: str) -> None:
    """Add a cooperation, or give it its new name."""
    connection.execute(
        "INSERT INTO cooperation (id, name) VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        (cooperation_id, name),
    )


def add_user(
    connection: Connection, user_id: str, *, cooperation_id: str, name: str, role: str, team_ids: Collection[str]
) -> None:
    """Add a user with their teams, or set them anew; the role that was is remembered, as teams left are."""
    connection.execute(
        "INSERT INTO user_account AS known (id, cooperation_id, name, role) VALUES (%(id)s, %(of)s, %(name)s, %(role)s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role,"
        " role_before = CASE WHEN known.role = excluded.role THEN known.role_before ELSE known.role END,"
        " role_until = CASE WHEN known.role = excluded.role THEN known.role_until ELSE %(now)s END",
        {"id": user_id, "of": cooperation_id, "name": name, "role": role, "now": clock.now()},
    )
    set_teams(connection, user_id, team_ids)


def set_teams(connection: Connection, user_id: str, team_ids: Collection[str]) -> None:
    """Make the user a member of these teams and of no other; teams left are remembered (:data:`LATE_LIFE`)."""
    wanted = sorted(set(team_ids))
    connection.execute(
        "UPDATE user_team SET left_at = %s WHERE user_id = %s AND left_at IS NULL AND team_id <> ALL(%s::uuid[])",
        (clock.now(), user_id, wanted),
    )
    connection.execute(
        "INSERT INTO user_team (user_id, team_id) SELECT %s, unnest(%s::uuid[])"
        " ON CONFLICT (user_id, team_id) DO UPDATE SET left_at = NULL",
        (user_id, wanted),
    )


def new_enrolment_code(connection: Connection, user_id: str, *, life: timedelta = CODE_LIFE) -> str:
    """Return a fresh one-time code for the user; only its hash is kept. LookupError where there is no such user."""
    if not connection.execute("SELECT 1 FROM user_account WHERE id::text = %s", (user_id,)).fetchone():
        raise LookupError("no such user")
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    connection.execute(
        "INSERT INTO enrolment_code (code_hash, user_id, expires_at) VALUES (%s, %s, %s)",
        (_hash(letters), user_id, clock.now() + life),
    )
    return f"{letters[:4]}-{letters[4:]}"


def enrol(connection: Connection, request: EnrolRequest) -> EnrolReply:
    """Exchange a one-time code for a device token.

    The same store may enrol again for the same user (its token was lost): it stays the same device with a new token,
    so that receipts still count everything it ever sent.
    """
    code_hash = _hash("".join(letter for letter in request.code.upper() if letter.isalnum()))
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with connection.transaction():
        identity = identity_of(connection)
        user_id = _use_code(connection, code_hash)
        found = connection.execute(
            "SELECT u.name, u.role, c.id, c.name,"
            " ARRAY(SELECT team_id::text FROM user_team WHERE user_id = u.id AND left_at IS NULL ORDER BY team_id)"
            " FROM user_account u JOIN cooperation c ON c.id = u.cooperation_id WHERE u.id = %s",
            (user_id,),
        ).fetchone()
        if found is None:
            raise RequestRefused(404, "unknown-code", "There is no such enrolment code.")
        user_name, role, cooperation_id, cooperation_name, teams = found
        team_ids = teams_seen(role, teams)
        try:
            device = connection.execute(
                "INSERT INTO device (id, user_id, cooperation_id, name, database_id, token_hash, enrolled_at)"
                " VALUES (%(id)s, %(user)s, %(cooperation)s, %(name)s, %(database)s, %(token)s, %(now)s)"
                " ON CONFLICT (database_id) DO UPDATE SET name = excluded.name, token_hash = excluded.token_hash,"
                " next_token_hash = NULL, token_at = excluded.enrolled_at,"
                " enrolled_at = excluded.enrolled_at, revoked_at = NULL"
                " WHERE device.user_id = excluded.user_id AND device.cooperation_id = excluded.cooperation_id"
                " RETURNING id",
                {
                    "id": uuid.uuid4(),
                    "user": user_id,
                    "cooperation": cooperation_id,
                    "name": request.device_name.replace("\x00", ""),
                    "database": request.database_id,
                    "token": hash_of_token(token),
                    "now": now,
                },
            ).fetchone()
        except UniqueViolation:
            raise RequestRefused(503, "try-later", "Please try again.", retry_after=1) from None
        if device is None:
            raise RequestRefused(409, "database-taken", "This store is already enrolled for another user.")
        give_what_waited(connection, cooperation_id=str(cooperation_id), user_id=str(user_id), device_id=str(device[0]))
    return EnrolReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        device_id=device[0],
        token=token,
        user_id=user_id,
        user_name=user_name,
        role=role,
        cooperation_id=cooperation_id,
        cooperation_name=cooperation_name,
        team_ids=team_ids,
        receipt_key=identity.receipt_key,
        envelope_key=identity.public_envelope_key,
    )


def asker_of(connection: Connection, token: str) -> Asker:
    """Return who carries the token, or refuse with 401."""
    return meet(connection, token)[0]


def meet(connection: Connection, token: str) -> tuple[Asker, Identity]:
    """Return who carries the token and who this server is, or refuse with 401, in one question.

    A token that was rotated in takes over when first shown. Tokens are never compared: a token's SHA-256 is looked up,
    and how long that takes tells nothing of the token.
    """
    hashed = hash_of_token(token)
    values = {"late": clock.now() - LATE_LIFE, "token": hashed}
    question = (
        f"SELECT {_ASKER}, i.server_id, i.epoch, i.receipt_key {_WHO} LEFT JOIN server_identity i ON true"
        " WHERE d.token_hash = %(token)s"
    )
    found = connection.execute(question, values).fetchone()
    if found is None and _takes_over(connection, hashed):
        found = connection.execute(question, values).fetchone()
    if found is None:
        raise RequestRefused(401, "unknown-token", "This device is not enrolled here.")
    *about, is_revoked, is_stale, server_id, epoch, receipt_key = found
    if is_revoked:
        raise RequestRefused(401, "revoked-token", "This device has been revoked.")
    asker = _asker(about)
    if is_stale:
        connection.execute(_SEEN, (clock.now(), asker.device_id))
    return asker, Identity(server_id, epoch, receipt_key) if server_id else identity_of(connection)


_SEEN = quietly("UPDATE device SET last_seen_at = %s FROM quiet WHERE id = %s")


def author_of(connection: Connection, device_id: str) -> Asker | None:
    """Return the device that made changes which somebody else carried here, whether it still has access or not."""
    question = f"SELECT {_ASKER} {_WHO} WHERE d.id = %(device)s"
    found = connection.execute(question, {"late": clock.now() - LATE_LIFE, "device": device_id}).fetchone()
    if found is None:
        return None
    *about, is_revoked, _ = found
    return replace(_asker(about), is_late=is_revoked)


_ASKER = (
    "d.id, d.database_id, d.user_id, d.cooperation_id, u.role,"
    " CASE WHEN u.role_until > %(late)s THEN u.role_before ELSE '' END,"
    " ARRAY(SELECT team_id::text FROM user_team WHERE user_id = u.id AND left_at IS NULL),"
    " ARRAY(SELECT team_id::text FROM user_team WHERE user_id = u.id AND left_at > %(late)s),"
    " d.turn, d.turn_before, d.is_turn_used, c.position, d.whole_through, d.revoked_at IS NOT NULL,"
    " d.last_seen_at IS NULL OR d.last_seen_at < now() - interval '1 minute'"
)
_WHO = "FROM device d JOIN user_account u ON u.id = d.user_id JOIN cooperation c ON c.id = d.cooperation_id"


def _asker(values: Sequence[Any]) -> Asker:
    device_id, database_id, user_id, cooperation_id, role, role_before, teams, left, *of_device = values
    turn, turn_before, is_turn_used, position, whole_through = of_device
    team_ids = frozenset(teams_seen(role, teams))
    return Asker(
        device_id=device_id,
        database_id=database_id,
        user_id=user_id,
        cooperation_id=cooperation_id,
        role=role,
        team_ids=team_ids,
        role_before=role_before,
        teams_before=frozenset((*left, *teams_seen(role_before, teams))) - team_ids,
        turn=turn,
        turn_before=turn_before,
        is_turn_used=is_turn_used,
        position=position,
        whole_through=whole_through,
    )


def list_devices(connection: Connection) -> list[dict[str, str | None]]:
    """Return every device with the name of the laptop and of its user, the newest first."""
    rows = connection.execute(
        "SELECT d.id, d.name, u.name, d.user_id, d.cooperation_id, d.enrolled_at::text, d.last_seen_at::text,"
        " d.revoked_at::text FROM device d JOIN user_account u ON u.id = d.user_id ORDER BY d.enrolled_at DESC"
    )
    names = ("device_id", "name", "user", "user_id", "cooperation_id", "enrolled_at", "last_seen_at", "revoked_at")
    return [dict(zip(names, row, strict=True)) for row in rows]


def revoke_device(connection: Connection, device_id: str) -> bool:
    """Take a device's token away from now on; return whether there is such a device.

    Its user's one-time codes end with it: whoever has the laptop may have found one in its bag, and a laptop that is
    enrolled again is let in again.
    """
    found = connection.execute(_REVOKE, {"now": clock.now(), "device": device_id}).fetchone()
    return found is not None


_REVOKE = """
WITH revoked AS (
    UPDATE device SET revoked_at = coalesce(revoked_at, %(now)s) WHERE id::text = %(device)s RETURNING user_id
), ended AS (
    UPDATE enrolment_code SET expires_at = least(expires_at, %(now)s) FROM revoked
    WHERE enrolment_code.user_id = revoked.user_id AND used_at IS NULL
)
SELECT 1 FROM revoked
"""


def readmit_device(connection: Connection, device_id: str) -> bool:
    """Let a laptop that was found in again; return whether there is such a device."""
    return connection.execute("UPDATE device SET revoked_at = NULL WHERE id::text = %s", (device_id,)).rowcount == 1


def has_escrow_key(connection: Connection, cooperation_id: str) -> bool:
    """Return whether a cooperation has a help key; LookupError where there is no such cooperation."""
    found = connection.execute(
        "SELECT escrow_key IS NOT NULL FROM cooperation WHERE id::text = %s", (cooperation_id,)
    ).fetchone()
    if found is None:
        raise LookupError("no such cooperation")
    return bool(found[0])


def set_escrow_key(connection: Connection, cooperation_id: str, public: bytes) -> bool:
    """Give a cooperation its public help key; return whether there is such a cooperation."""
    changed = connection.execute("UPDATE cooperation SET escrow_key = %s WHERE id::text = %s", (public, cooperation_id))
    return changed.rowcount == 1


def set_lease(connection: Connection, cooperation_id: str, days: int) -> bool:
    """Say for how many days a laptop works without being seen; 0 is for good."""
    changed = connection.execute("UPDATE cooperation SET lease_days = %s WHERE id::text = %s", (days, cooperation_id))
    return changed.rowcount == 1


def sealed_help_of(connection: Connection, device_id: str) -> bytes:
    """Return the help code that a laptop deposited, sealed; LookupError where it deposited none."""
    found = connection.execute("SELECT sealed_help FROM device WHERE id::text = %s", (device_id,)).fetchone()
    if found is None or found[0] is None:
        raise LookupError("no such device, or it has deposited no help code")
    return bytes(found[0])


def _takes_over(connection: Connection, hashed: bytes) -> bool:
    """Make a rotated token the only one, now that the laptop has shown that it has it."""
    changed = connection.execute(
        "UPDATE device SET token_hash = next_token_hash, next_token_hash = NULL, token_at = %s"
        " WHERE next_token_hash = %s",
        (clock.now(), hashed),
    )
    return changed.rowcount == 1


def _use_code(connection: Connection, code_hash: bytes) -> str:
    """Mark the code as used and return its user; a second use waits for the first and is refused."""
    found = connection.execute(
        "SELECT user_id, expires_at, used_at FROM enrolment_code WHERE code_hash = %s FOR UPDATE", (code_hash,)
    ).fetchone()
    if found is None:
        raise RequestRefused(404, "unknown-code", "There is no such enrolment code.")
    user_id, expires_at, used_at = found
    if used_at is not None:
        raise RequestRefused(410, "used-code", "This enrolment code has been used; ask for a new one.")
    if expires_at <= clock.now():
        raise RequestRefused(410, "expired-code", "This enrolment code has expired; ask for a new one.")
    connection.execute("UPDATE enrolment_code SET used_at = %s WHERE code_hash = %s", (clock.now(), code_hash))
    return str(user_id)


def hash_of_token(token: str) -> bytes:
    """Return what the server keeps of a token; 256 random bits need no salt."""
    return _hash(token)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
