"""How laptops stand: leases, rotated tokens, deposited help codes, and exactly what each of them held."""

import base64
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.roles import MAY_REVOKE, Right, may
from app.sync.wire.messages import LookRequest, StandingReply
from app.sync.wire.oversight import (
    HeldPerson,
    Laptop,
    LaptopReport,
    LaptopReportRequest,
    LaptopsReply,
    LaptopsRequest,
    RevokeRequest,
    StandingRequest,
)
from server import clock
from server.accounts import author_of, hash_of_token, readmit_device, revoke_device
from server.database import PLANNED_ANEW, Connection, quietly
from server.identity import Identity
from server.refusals import RequestRefused
from server.scope import ACTIVE_PEOPLE, Asker, condition, parameters, teams_seen
from server.storable import LARGEST_NUMBER

TOKEN_LIFE = timedelta(days=30)
"""A token older than this is replaced at the next contact."""

_LAPTOP = (
    "SELECT d.id, d.name, u.name, d.enrolled_at, d.last_seen_at, d.revoked_at, c.lease_days,"
    " coalesce(least(d.log_broken, d.log_forked), 0)"
    " FROM device d JOIN user_account u ON u.id = d.user_id JOIN cooperation c ON c.id = d.cooperation_id"
)


def standing(connection: Connection, asker: Asker, _: Identity, request: StandingRequest) -> StandingReply:
    """Agree to the laptop, take its help code into custody, and replace a token that has grown old."""
    if request.sealed_help:
        connection.execute(
            "UPDATE device SET sealed_help = %s WHERE id = %s", (_decoded(request.sealed_help), asker.device_id)
        )
    now = clock.now()
    found = connection.execute(
        _AGREED, {"device": asker.device_id, "cursor": min(request.cursor, LARGEST_NUMBER), "now": now}
    ).fetchone()
    if found is None:
        raise RequestRefused(401, "unknown-token", "This device is not enrolled here.")
    lease_days, escrow_key, has_help, token_at = found
    token = ""
    if token_at < now - TOKEN_LIFE:
        token = secrets.token_urlsafe(32)
        connection.execute(
            "UPDATE device SET next_token_hash = %s WHERE id = %s", (hash_of_token(token), asker.device_id)
        )
    return StandingReply(
        lease_days=lease_days,
        role=asker.role,
        escrow_key=base64.b64encode(escrow_key).decode() if escrow_key else "",
        has_help=has_help,
        token=token,
    )


def reported(connection: Connection, asker: Asker, identity: Identity, request: LookRequest) -> StandingReply | None:
    """Agree to a laptop on the way of another request, where it asks for it."""
    if not request.reports_in:
        return None
    said = StandingRequest(database_id=request.database_id, cursor=request.cursor, sealed_help=request.sealed_help)
    return standing(connection, asker, identity, said)


_CONFIRMED = quietly("UPDATE device SET confirmed_position = %(cursor)s, confirmed_at = %(now)s FROM quiet")
_CONFIRM = f"{_CONFIRMED} WHERE id = %(device)s"
_AGREED = f"""{_CONFIRMED}, cooperation WHERE device.id = %(device)s AND cooperation.id = device.cooperation_id
RETURNING lease_days, escrow_key, sealed_help IS NOT NULL, token_at"""
"""For a help code or a token one waits for the disk."""


def confirm(connection: Connection, device_id: str, cursor: int) -> None:
    """Remember how far a laptop says it has come: so far it holds what is in its scope."""
    connection.execute(_CONFIRM, {"device": device_id, "cursor": min(cursor, LARGEST_NUMBER), "now": clock.now()})


def laptops(connection: Connection, asker: Asker, _: Identity, __: LaptopsRequest) -> LaptopsReply:
    """Return every laptop of the cooperation to whoever oversees them."""
    _require(asker)
    rows = connection.execute(
        f"{_LAPTOP} WHERE d.cooperation_id = %s ORDER BY d.enrolled_at DESC",
        (asker.cooperation_id,),
    )
    return LaptopsReply(laptops=[_laptop(row) for row in rows])


def report_for(connection: Connection, asker: Asker, _: Identity, request: LaptopReportRequest) -> LaptopReport:
    """Return what a laptop of the asker's cooperation held."""
    _require(asker)
    try:
        return laptop_report(connection, request.device_id, cooperation_id=asker.cooperation_id)
    except LookupError:
        raise RequestRefused(404, "no-such-laptop", "There is no such laptop in this cooperation.") from None


def revoke(connection: Connection, asker: Asker, identity: Identity, request: RevokeRequest) -> LaptopsReply:
    """Take a laptop's access away, or let it in again."""
    if asker.role not in MAY_REVOKE:
        raise RequestRefused(403, "not-yours", "This role may not revoke a laptop.")
    found = connection.execute(
        "SELECT 1 FROM device WHERE id = %s AND cooperation_id = %s", (request.device_id, asker.cooperation_id)
    ).fetchone()
    if found is None:
        raise RequestRefused(404, "no-such-laptop", "There is no such laptop in this cooperation.")
    (revoke_device if request.is_revoked else readmit_device)(connection, request.device_id)
    return laptops(connection, asker, identity, LaptopsRequest(database_id=request.database_id))


def laptop_report(connection: Connection, device_id: str, *, cooperation_id: str | None = None) -> LaptopReport:
    """Return whose data a laptop held, which kinds, and how it is locked; LookupError where there is no such laptop.

    It held what was in its scope up to the position that it confirmed. People who have left its teams since then count
    too, because it has not heard of it; so do those of a team that its user has left since, or of a role they had.
    """
    with connection.transaction():
        for statement in ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", *PLANNED_ANEW):
            connection.execute(statement.encode(), prepare=False)
        found = connection.execute(
            f"{_LAPTOP} WHERE d.id::text = %s AND (%s::text IS NULL OR d.cooperation_id::text = %s)",
            (device_id, cooperation_id, cooperation_id),
        ).fetchone()
        if found is None:
            raise LookupError("no such device")
        asker = author_of(connection, device_id)
        about = connection.execute(
            "SELECT c.name, d.confirmed_position, d.confirmed_at, d.waiting"
            " FROM device d JOIN cooperation c ON c.id = d.cooperation_id WHERE d.id::text = %s",
            (device_id,),
        ).fetchone()
        assert about is not None  # noqa: S101 - it was found above, in the same snapshot
        assert asker is not None  # noqa: S101 - likewise
        name, position, confirmed_at, waiting = about
        asker = _as_it_knows(connection, asker)
        values: dict[str, Any] = {**parameters(asker), "confirmed": position}
        people = connection.execute(_people(asker), values).fetchall()
        values["held"] = [person_id for person_id, *_ in people]
        kinds = connection.execute(_kinds(asker), values).fetchall()
        others = connection.execute(
            "SELECT u.name, count(*) FROM change c JOIN user_account u ON u.id = c.actor"
            " WHERE c.device_id = %s::uuid AND c.actor <> %s::uuid GROUP BY u.name ORDER BY u.name",
            (device_id, asker.user_id),
        ).fetchall()
        teams = connection.execute(
            "SELECT fields ->> 'name' FROM row WHERE cooperation_id = %(cooperation)s AND entity = 'team'"
            " AND row_id = ANY(%(teams)s::uuid[]) ORDER BY 1",
            values,
        ).fetchall()
    return LaptopReport(
        laptop=_laptop(found),
        cooperation=name,
        teams=[team for (team,) in teams if team],
        confirmed_at=_text(confirmed_at),
        people=[
            HeldPerson(person_id=person_id, name=name_of, identifier_kind=kind or "none")
            for person_id, name_of, kind, _has in people
        ],
        with_identifier=sum(bool(has) for *_ignored, has in people),
        kinds=dict(kinds),
        waiting=waiting or 0,
        in_other_names=dict(others),
    )


_KNOWN_TO_IT = """
SELECT u.role, CASE WHEN u.role_until >= was.here_at THEN u.role_before END, ARRAY(
    SELECT team_id::text FROM user_team WHERE user_id = u.id AND (left_at IS NULL OR left_at >= was.here_at)
)
FROM device d JOIN user_account u ON u.id = d.user_id,
    LATERAL (SELECT coalesce(d.confirmed_at, d.enrolled_at) AS here_at) AS was
WHERE d.id = %s
"""


def _as_it_knows(connection: Connection, asker: Asker) -> Asker:
    """Return a laptop's user with all that it has of them until it is here again: teams and role of then, and of now.

    Of two roles it is the one that sees more people.
    """
    found = connection.execute(_KNOWN_TO_IT, (asker.device_id,)).fetchone()
    assert found is not None  # noqa: S101 - the caller has found it
    *roles, teams = found
    role = next(role for right in _MOST_FIRST for role in roles if role is not None and (not right or may(role, right)))
    return replace(asker, role=role, team_ids=frozenset(teams_seen(role, teams)))


_MOST_FIRST = (Right.SEE_COOPERATION, Right.SEE_OWN_TEAMS, None)


def _people(asker: Asker) -> str:
    """Return the query for people held: members of the laptop's teams, or who left after what it confirmed.

    That somebody left is what a departure says, and no membership: one may be written anew long after, or be given to
    another team. Who had left before is told of an erasure as of a departure, and is not held.
    """
    held = (
        "TRUE"
        if asker.sees_everything
        else f"r.row_id IN ({ACTIVE_PEOPLE} UNION {_LEFT_SINCE} AND d.entity = 'person' AND NOT EXISTS ("
        "SELECT FROM row e WHERE e.cooperation_id = d.cooperation_id AND e.entity = 'erasure'"
        " AND e.person_id = d.row_id AND e.position < d.position))"
    )
    return (
        "SELECT r.row_id, trim(concat_ws(' ', nullif(r.fields ->> 'given_name', ''),"  # noqa: S608 - no value in it
        " nullif(r.fields ->> 'family_name', ''), nullif(r.fields ->> 'nickname', ''))),"
        " r.fields ->> 'identifier_kind', coalesce(r.fields ->> 'identifier', '') <> ''"
        " FROM row r WHERE r.cooperation_id = %(cooperation)s AND r.entity = 'person'"
        f" AND {_stood('r')} AND {held} ORDER BY 2, 1"
    )


def _kinds(asker: Asker) -> str:
    return (
        f"SELECT entity, count(*) FROM row WHERE cooperation_id = %(cooperation)s AND {_stood('row')}"  # noqa: S608
        f" AND ({condition(asker)} OR person_id = ANY(%(held)s::uuid[])"
        f" OR row_id IN ({_LEFT_SINCE} AND d.entity = row.entity AND d.entity <> 'person'))"
        " GROUP BY entity ORDER BY entity"
    )


_LEFT_SINCE = (
    "SELECT d.row_id FROM departure d WHERE d.cooperation_id = %(cooperation)s AND d.team_id = ANY(%(teams)s::uuid[])"
    " AND d.position > %(confirmed)s"
)
"""What left the laptop's teams after what it confirmed: it has not heard of it."""


def _stood(row: str) -> str:
    """Return the condition that a row was there: what was deleted or erased since still lies on the laptop.

    One that never said how far it has come may have begun after whatever was deleted.
    """
    return f"(NOT {row}.deleted OR (%(confirmed)s > 0 AND {row}.position > %(confirmed)s))"


def _require(asker: Asker) -> None:
    if not may(asker.role, Right.OVERSEE_LAPTOPS):
        raise RequestRefused(403, "not-yours", "This role may not see the cooperation's laptops.")


def _laptop(row: tuple[Any, ...]) -> Laptop:
    device_id, name, user_name, enrolled_at, last_seen_at, revoked_at, lease_days, log_broken = row
    ends = (last_seen_at or enrolled_at) + timedelta(days=lease_days) if lease_days else None
    return Laptop(
        device_id=device_id,
        name=name,
        user_name=user_name,
        enrolled_at=_text(enrolled_at),
        last_seen_at=_text(last_seen_at),
        lease_ends_at=_text(ends),
        revoked_at=_text(revoked_at),
        log_broken=log_broken,
    )


def _text(moment: datetime | None) -> str:
    return "" if moment is None else clock.moment(moment)


def _decoded(sealed: str) -> bytes:
    try:
        return base64.b64decode(sealed, validate=True)
    except ValueError:
        raise RequestRefused(400, "not-a-message", "The help code is not base64.") from None
