"""Rows down: everything in scope after a position, in pages, by one index."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.messages import Departure, LookRequest, PullRequest, Tally
from server.database import Connection, Cursor
from server.erasure import is_erased
from server.handshake import check_turn
from server.identity import Identity
from server.merge import WAS_DELETED
from server.scope import ACTIVE_PEOPLE, Asker, condition, names, parameters
from server.storable import LARGEST_NUMBER
from server.summary import NEAR, Summary, ask_for_summary, read_summary, snapshot, tallies_for


class RawEdit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The wire's Edit, its values unread too."""

    change_id: str
    actor: str
    at: str
    before: msgspec.Raw
    after: msgspec.Raw


class RawRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the reply whose fields go from PostgreSQL to the wire unread."""

    entity: str
    row_id: str
    position: int
    fields: msgspec.Raw
    deleted: bool = False
    erased: bool = False
    edits: list[RawEdit] = []


class RawPullReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The wire's PullReply, with raw rows."""

    server_id: str
    epoch: str
    rows: list[RawRow]
    cursor: int
    more: bool
    left: list[Departure] = []
    tallies: dict[str, Tally] = {}
    scope: str = ""
    team_ids: list[str] = []
    role: str = ""
    total: int = 0


_NOTHING = msgspec.Raw(b"{}")

MOST_EDITS = 200
"""Edits of one row that the feed carries."""

LISTED = "entity, row_id, position, deleted, person_id, fields::text"
"""What :func:`raw_rows` reads."""

_AFTER_THE_CURSOR = """
WITH later AS MATERIALIZED (
    SELECT * FROM row WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s ORDER BY position
)
"""


_NOT_OWN = (
    " AND NOT EXISTS (SELECT 1 FROM unnest(%(first)s::bigint[], %(last)s::bigint[]) AS own (first, last)"
    " WHERE position BETWEEN own.first AND own.last)"
)


def pull(connection: Connection, asker: Asker, identity: Identity, request: PullRequest) -> RawPullReply:
    """Return the next page after the laptop's cursor."""
    check_turn(connection, asker, request.turn)
    is_near = asker.position - request.cursor < NEAR
    with snapshot(connection, is_near=is_near):
        asked = ask_for_summary(connection, asker, cursor=request.cursor, with_tallies=False)
        rows = ask_for_rows(connection, asker, request, request.own, is_near=is_near)
        return page_after(connection, asker, identity, read_summary(asked), request, rows)


def page_after(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    summary: Summary,
    request: PullRequest | LookRequest,
    asked: Cursor | None = None,
) -> RawPullReply:
    """Return the next page after the request's cursor; to be called within the :func:`snapshot` of the summary.

    Rows, position, departures and tallies all come from that snapshot, so that a change committed in between is neither
    skipped nor half seen. `asked` is what :func:`ask_for_rows` asked in it, None where there are known to be no rows.
    """
    cursor, limit, newest = request.cursor, request.limit, summary.position
    rows = [] if asked is None else asked.fetchall()
    more = len(rows) > limit
    reached = rows[limit - 1][2] if more else newest
    tallies = summary.tallies
    if tallies is None:
        tallies = {} if more and cursor else tallies_for(connection, asker)
    return RawPullReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        rows=raw_rows(connection, asker, rows[:limit], since=cursor if request.is_complete and not more else 0),
        cursor=reached,
        more=more,
        left=_left(connection, asker, cursor=cursor, reached=reached) if summary.has_left and cursor < reached else [],
        tallies={} if more else tallies,
        scope=asker.scope,
        team_ids=sorted(asker.team_ids),
        role=asker.role,
        total=0 if cursor else sum(tally.rows for tally in tallies.values()),
    )


def has_news(summary: Summary, cursor: int, own: Sequence[tuple[int, int]]) -> bool:
    """Return whether there may be rows after the cursor that are not the laptop's own."""
    return _past_own(cursor, own) < summary.position


def _past_own(cursor: int, own: Iterable[tuple[int, int]]) -> int:
    """Return the position up to which there is nothing after the cursor but the laptop's own."""
    for first, last in sorted(own):
        if first <= cursor + 1:
            cursor = max(cursor, last)
    return cursor


def ask_for_rows(
    connection: Connection,
    asker: Asker,
    request: PullRequest | LookRequest,
    own: Sequence[tuple[int, int]],
    *,
    is_near: bool,
) -> Cursor:
    """Ask for the rows in scope after the cursor, one more than the limit where there are more.

    Where the cursor `is_near` the newest position, only the few rows after it are looked at, whatever the planner would
    guess.
    """
    values: dict[str, Any] = {
        **parameters(asker),
        # A first sending is one long run: looked through row by row it takes twenty times as long as the rest.
        "cursor": min(_past_own(request.cursor, own), LARGEST_NUMBER),
        "limit": request.limit + 1,
    }
    if own:
        values["first"] = [min(first, LARGEST_NUMBER) for first, _ in own]
        values["last"] = [min(last, LARGEST_NUMBER) for _, last in own]
    return connection.execute(
        f"{_AFTER_THE_CURSOR if is_near else ''}"  # noqa: S608 - no value in the text
        f" SELECT {LISTED} FROM {'later' if is_near else 'row'}"
        " WHERE cooperation_id = %(cooperation)s AND position > %(cursor)s"
        f" AND {condition(asker, among='later' if is_near else '')}"
        f"{_NOT_OWN if own else ''} ORDER BY position LIMIT %(limit)s",
        values,
    )


def raw_rows(connection: Connection, asker: Asker, found: Sequence[tuple[Any, ...]], *, since: int = 0) -> list[RawRow]:
    """Return rows of the reply from what was found of them (`LISTED`).

    Rows that change bring their edits along; facts have none, because a correction is a fact of its own. A laptop that
    has been told all through the position `since` needs only the edits after it, unless it may not have had the row.
    """
    changing = [row_id for entity, row_id, _, deleted, _, _ in found if not deleted and entity not in _FACTS]
    edits = _edits(connection, asker, changing, since=since)
    if since:
        edits |= _edits(connection, asker, _perhaps_new(found, edits))
    return [
        RawRow(
            entity=entity,
            row_id=row_id,
            position=position,
            deleted=deleted,
            erased=deleted and is_erased(fields),
            fields=_NOTHING if deleted else msgspec.Raw(fields),
            edits=[] if deleted else edits.get((entity, row_id), []),
        )
        for entity, row_id, position, deleted, _, fields in found
    ]


_FACTS = frozenset(entity.name for entity in ENTITIES.values() if entity.is_fact)


def _perhaps_new(found: Sequence[tuple[Any, ...]], edits: dict[tuple[str, str], list[RawEdit]]) -> list[str]:
    """Return the rows that a laptop may not have had before: of people let in, handed over, or deleted."""
    let_in = {person_id for entity, *_, person_id, _ in found if entity == "membership"}
    of_those = {row_id for _, row_id, *_, person_id, _ in found if person_id in let_in} if let_in else set()
    moved = {row_id for (_, row_id), of_row in edits.items() for edit in of_row if _appears(bytes(edit.before))}
    return list(of_those | moved)


def _appears(before: bytes) -> bool:
    """Return whether an edit may bring a row to a laptop that had none: it changed hands, or had been deleted."""
    return b'"team_id"' in before or b'"person_id"' in before or before == _WAS_DELETED


_WAS_DELETED = msgspec.json.encode(WAS_DELETED)


def _edits(
    connection: Connection, asker: Asker, row_ids: list[str], *, since: int = 0
) -> dict[tuple[str, str], list[RawEdit]]:
    """Return how the rows came to be as they are, oldest first: at most `MOST_EDITS` of each, the newest."""
    if not row_ids:
        return {}
    found = connection.execute(
        _EDITS,
        # As one text, which costs a tenth of a list.
        {"row_ids": ",".join(row_ids), "cooperation": asker.cooperation_id, "since": since},
    ).fetchall()
    edits: dict[tuple[str, str], list[RawEdit]] = defaultdict(list)
    for entity, row_id, change_id, actor, at, before, fields in found:
        edit = RawEdit(
            change_id=change_id, actor=actor, at=at, before=msgspec.Raw(before), after=_after(before, fields)
        )
        edits[entity, row_id].append(edit)
    return {key: of_row[-MOST_EDITS:] for key, of_row in edits.items()}


_EDITS = """
SELECT entity, row_id, change_id, actor, device_time, before::text, fields FROM (
    SELECT * FROM change WHERE row_id = ANY(string_to_array(%(row_ids)s, ',')::uuid[]) AND position > %(since)s
    AND before IS NOT NULL OFFSET 0
) AS edits WHERE cooperation_id = %(cooperation)s ORDER BY position
"""
"""Found by the rows alone: no plan may look for them among all changes of the cooperation."""


def _after(before: str, fields: str) -> msgspec.Raw:
    """Return the values of a change's fields that took effect: those of which it is known what they were before."""
    taken, said = _values(before), _values(fields)
    if taken.keys() == said.keys():
        return msgspec.Raw(fields)
    return msgspec.Raw(msgspec.json.encode({name: said[name] for name in taken if name in said}))


_values = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _left(connection: Connection, asker: Asker, *, cursor: int, reached: int) -> list[Departure]:
    """Return what left the asker's scope within the page and has not come back.

    A laptop that begins anew holds nothing of its teams; what it has itself sent, it may hold.
    """
    found = connection.execute(
        "SELECT left_rows.entity, left_rows.row_id, max(left_rows.position), EXISTS (SELECT 1 FROM row"  # noqa: S608 - as above
        "  WHERE left_rows.entity = 'person' AND row.cooperation_id = %(cooperation)s AND row.entity = 'erasure'"
        "  AND row.person_id = left_rows.row_id) OR bool_or(left_rows.entity <> 'person' AND left_rows.team_id ="
        "  %(device)s) FROM departure AS left_rows"
        " WHERE left_rows.cooperation_id = %(cooperation)s AND left_rows.team_id = ANY(%(theirs)s::uuid[])"
        " AND left_rows.position > %(cursor)s AND left_rows.position <= %(reached)s"
        f" AND NOT (left_rows.entity = 'person' AND left_rows.row_id IN ({ACTIVE_PEOPLE}))"
        " AND NOT EXISTS (SELECT 1 FROM row WHERE left_rows.entity <> 'person'"
        "  AND row.cooperation_id = %(cooperation)s AND row.entity = left_rows.entity"
        f"  AND row.row_id = left_rows.row_id AND {condition(asker)})"
        " GROUP BY left_rows.entity, left_rows.row_id ORDER BY 3",
        {
            **parameters(asker),
            "theirs": [asker.device_id, *(asker.team_ids if cursor else ())],
            "cursor": cursor,
            "reached": reached,
        },
    ).fetchall()
    left = [
        Departure(entity=entity, row_id=row_id, position=position, erased=erased)
        for entity, row_id, position, erased in found
    ]
    erased_people = [departure.row_id for departure in left if departure.erased]
    return left + (_own_rows(connection, asker, erased_people, position=reached) if erased_people else [])


def _own_rows(connection: Connection, asker: Asker, people: list[str], *, position: int) -> list[Departure]:
    """Return the rows of people that the laptop itself has changed: what it kept of them may not say whose."""
    found = connection.execute(
        "SELECT DISTINCT row.entity, row.row_id FROM row JOIN change ON change.row_id = row.row_id"  # noqa: S608 - as above
        " AND change.entity = row.entity AND change.cooperation_id = row.cooperation_id"
        " WHERE row.cooperation_id = %(cooperation)s AND row.person_id = ANY(%(people)s::uuid[])"
        f" AND row.entity IN ({names(Scope.PERSON)}) AND row.entity NOT IN ('membership', 'erasure', 'person')"
        " AND change.device_id = %(device)s",
        {"cooperation": asker.cooperation_id, "people": people, "device": asker.device_id},
    )
    return [Departure(entity=entity, row_id=row_id, position=position, erased=True) for entity, row_id in found]
