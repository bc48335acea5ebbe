"""What a batch touches, looked up in one round trip when it is the batch's turn.

Everybody else in the cooperation waits meanwhile, so all questions are sent before the first answer is read, and what
can be known to be new is not asked for. :mod:`server.push` decides and writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Change, Operation
from server.database import Connection, Cursor
from server.refusals import RequestRefused
from server.rows import STORED, read_row
from server.scope import Asker
from server.storable import is_identifier
from server.stored_row import CORRECTS, MERGED_INTO, Belonging, Key, StoredRow, corrected_by, is_active, told_of


class LookedUpTooLittle(Exception):
    """A batch that was trusted to be new is not, or may not be: it has to be looked up as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the server has of a batch when it is the batch's turn, as far as it was looked up.

    `position` is the cooperation's newest, `highest` the highest number of the device's changes. `known` has outcome,
    position and cooperation of the changes that are here already, by change id. `rows` are those that the batch names,
    by key and not yet read (:func:`server.rows.read_row`), with the open `conflicts` about them, oldest first.
    `corrections` correct facts of the kinds and the owners of which the batch corrects any. `people` are those whom
    the batch names, with the teams that they belong to; `authors` the users who may be named as having made a change.
    """

    position: int
    highest: int
    known: dict[str, tuple[Any, ...]]
    rows: dict[Key, tuple[Any, ...]]
    conflicts: list[StoredRow]
    corrections: list[StoredRow]
    people: dict[str, Belonging]
    authors: set[str]


def look_up(connection: Connection, asker: Asker, changes: Sequence[Change], *, is_trusted: bool) -> Found:
    """Wait for the cooperation's turn, holding it until the transaction ends, and find what the batch touches.

    Of a batch that `is_trusted` it is believed that its changes are new, and that the rows that it makes are. Raises
    LookedUpTooLittle where a number shows that a change is not, and RequestRefused 404 without a cooperation.
    """
    keys = {
        (change.entity, change.row_id)
        for change in changes
        if not (is_trusted and change.operation is Operation.INSERT) and change.entity in ENTITIES
    }
    kept = {
        into
        for change in changes
        if change.entity == "person" and is_identifier(into := change.fields.get(MERGED_INTO, ""))
    }
    keys |= {("person", into) for into in kept}
    keys |= {corrected for change in changes if (corrected := corrected_by(change)) is not None}
    named = [told_of(change.entity, change.row_id, change.fields) for change in changes]
    people = kept | {person_id for person_id in named if person_id is not None and is_identifier(person_id)}
    actors = {change.actor for change in changes}
    known = named_rows = None
    turn = connection.execute("SELECT position FROM cooperation WHERE id = %s FOR UPDATE", (asker.cooperation_id,))
    numbered = connection.execute("SELECT highest_sequence FROM device WHERE id = %s", (asker.device_id,))
    if not is_trusted:
        known = connection.execute(
            "SELECT change_id, outcome, position, cooperation_id FROM change"
            " WHERE change_id = ANY(string_to_array(%s, ',')::uuid[])",
            (",".join(change.change_id for change in changes),),
        )
    if keys:
        entities, row_ids = zip(*keys, strict=True)
        named_rows = connection.execute(
            _NAMED_ROWS,
            {"cooperation": asker.cooperation_id, "entities": ",".join(entities), "row_ids": ",".join(row_ids)},
        )
    corrections = _ask_for_corrections(connection, asker, changes)
    belongings = _ask_for_people(connection, asker, people)
    authors = _ask_for_authors(connection, asker, actors)
    # All is asked; only now an answer is waited for.
    found, number = turn.fetchone(), numbered.fetchone()
    if found is None:
        raise RequestRefused(404, "unknown-cooperation", "The device's cooperation is not on this server.")
    highest = int(number[0]) if number else 0
    rows = {(values[0], values[1]): values for values in _fetched(named_rows)}
    if is_trusted and any(change.sequence <= highest for change in changes):
        raise LookedUpTooLittle
    return Found(
        position=int(found[0]),
        highest=highest,
        known={row[0]: row[1:] for row in _fetched(known)},
        rows=rows,
        conflicts=_open_conflicts(rows),
        corrections=[read_row(values) for values in _fetched(corrections)],
        people=_people(people, belongings),
        authors={asker.user_id, *(row[0] for row in _fetched(authors))},
    )


def numbers_taken(connection: Connection, asker: Asker, changes: Sequence[Change], highest: int) -> dict[int, str]:
    """Return which change has each number of the batch already, `highest` being the device's highest so far.

    A store that was set back to an older backup counts on from there: its new changes must not hide behind old ones.
    """
    numbers = [change.sequence for change in changes if change.sequence <= highest]
    if not numbers:
        return {}
    taken = connection.execute(
        "SELECT sequence, change_id FROM change WHERE device_id = %s AND sequence = ANY(%s)",
        (asker.device_id, numbers),
    )
    return dict(taken.fetchall())


def belongings_of_owners(connection: Connection, asker: Asker, found: Found) -> dict[str, Belonging]:
    """Return the teams of the people whom the rows found belong to, where the batch itself does not name them."""
    others = {person_id for *_, person_id, _, _ in found.rows.values() if person_id is not None} - found.people.keys()
    return _people(others, _ask_for_people(connection, asker, others)) if others else {}


def conflicts_of_corrections(
    connection: Connection, asker: Asker, fresh: Sequence[Change], found: Found
) -> list[StoredRow]:
    """Return the open conflicts, oldest first, about corrections where the batch corrects the same; few batches do.

    Those about rows that the batch names are found already.
    """
    corrected = {(row.entity, row.fields[CORRECTS]) for row in found.corrections}
    row_ids = {row.row_id for row in found.corrections} - {row_id for _, row_id in found.rows}
    if not row_ids or not any(corrected_by(change) in corrected for change in fresh):
        return []
    values = {"cooperation": asker.cooperation_id, "row_ids": ",".join(row_ids)}
    asked = connection.execute(_OPEN_CONFLICTS, values)
    return _open_conflicts({(row[0], row[1]): row for row in _fetched(asked)})


def _open_conflicts(rows: dict[Key, tuple[Any, ...]]) -> list[StoredRow]:
    """Return those that are open, oldest first: they are closed in this order, and PostgreSQL gives them in any."""
    conflicts = [read_row(values) for (entity, _), values in rows.items() if entity == "conflict"]
    # One that is closed counts for nothing any more, and an erasure may have emptied it.
    return sorted((row for row in conflicts if not row.deleted), key=lambda row: row.position)


_OPEN_CONFLICTS = f"""
SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND entity = 'conflict' AND NOT deleted
AND fields ->> 'row_id' = ANY(string_to_array(%(row_ids)s, ','))
"""  # noqa: S608 - names of ours
"""The open conflicts about rows."""


_NAMED_ROWS = f"""
SELECT found.* FROM unnest(string_to_array(%(entities)s, ','), string_to_array(%(row_ids)s, ',')::uuid[])
    AS wanted (entity, row_id), LATERAL (
        SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND entity = wanted.entity
        AND row_id = wanted.row_id LIMIT 1
    ) AS found
UNION ALL {_OPEN_CONFLICTS}
"""  # noqa: S608 - names of ours
"""The rows that a batch names, each found by its key, and the open conflicts about them."""


_CORRECTIONS = f"""
WITH RECURSIVE own (id) AS (
    SELECT unnest(string_to_array(%(people)s, ',')::uuid[])
    UNION SELECT joined.id FROM own, LATERAL (
        SELECT (fields ->> '{MERGED_INTO}')::uuid FROM row WHERE cooperation_id = %(cooperation)s AND entity = 'person'
        AND row_id = own.id AND fields ->> '{MERGED_INTO}' ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
        UNION ALL
        SELECT row_id FROM row WHERE cooperation_id = %(cooperation)s AND entity = 'person'
        AND fields ->> '{MERGED_INTO}' = own.id::text
    ) AS joined (id)
)
SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND NOT deleted
AND person_id = ANY(ARRAY(SELECT id FROM own))
AND entity = ANY(string_to_array(%(entities)s, ',')) AND fields ->> 'corrects_id' IS NOT NULL
UNION ALL
SELECT {STORED} FROM row WHERE cooperation_id = %(cooperation)s AND NOT deleted
AND team_id = ANY(string_to_array(%(teams)s, ',')::uuid[])
AND entity = ANY(string_to_array(%(entities)s, ',')) AND person_id IS NULL AND fields ->> 'corrects_id' IS NOT NULL
"""  # noqa: S608 - names of ours
"""What corrects the same fact stands with the same person or, where it is nobody's, with the same team.

Of somebody joined with another it may stand with any of their rows.
"""


def _ask_for_corrections(connection: Connection, asker: Asker, changes: Sequence[Change]) -> Cursor | None:
    """Ask which facts are corrected already, of the kinds and the owners of which the batch corrects any.

    None where it corrects nothing, as most batches.
    """
    correcting = [change for change in changes if corrected_by(change) is not None]
    if not correcting:
        return None
    owners: dict[str, set[str]] = {"person_id": set(), "team_id": set()}
    for change in correcting:
        for name, known in owners.items():
            if is_identifier(owner := change.fields.get(name, "")):
                known.add(owner)
    for change in changes:
        # Whom the batch itself joins is not stored so yet.
        if change.entity == "person" and is_identifier(into := change.fields.get(MERGED_INTO, "")):
            owners["person_id"] |= {change.row_id, into}
    return connection.execute(
        _CORRECTIONS,
        {
            "cooperation": asker.cooperation_id,
            "people": ",".join(owners["person_id"]),
            "teams": ",".join(owners["team_id"]),
            "entities": ",".join({change.entity for change in correcting}),
        },
    )


def _ask_for_authors(connection: Connection, asker: Asker, named: set[str]) -> Cursor | None:
    """Ask which of the users who are named as authors are of this cooperation; several may share a laptop."""
    others = sorted(named - {asker.user_id})
    if not others:
        return None
    return connection.execute(
        "SELECT id::text FROM user_account WHERE id = ANY(%s::uuid[]) AND cooperation_id = %s",
        (others, asker.cooperation_id),
    )


def _ask_for_people(connection: Connection, asker: Asker, person_ids: set[str]) -> Cursor | None:
    """Ask for the rows that say to which teams these people belong, and who is erased."""
    if not person_ids:
        return None
    return connection.execute(
        f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND person_id = ANY(%s::uuid[])"  # noqa: S608
        " AND entity IN ('person', 'membership', 'erasure')",
        (asker.cooperation_id, sorted(person_ids)),
    )


def _people(person_ids: set[str], found: Cursor | None) -> dict[str, Belonging]:
    """Return what :func:`_ask_for_people` found, by person."""
    people = {person_id: Belonging() for person_id in person_ids}
    for row in map(read_row, _fetched(found)):
        belonging = people[str(row.person_id)]
        if row.entity == "person":
            belonging.is_known = True
            belonging.made_by = row.device_id
        elif row.entity == "erasure":
            belonging.is_erased = True
        else:
            belonging.memberships[row.row_id] = (row.team_id, is_active(row))
    return people


def _fetched(cursor: Cursor | None) -> list[tuple[Any, ...]]:
    """Return all rows at once, which costs half of one by one; none where nothing was asked."""
    return [] if cursor is None else cursor.fetchall()
