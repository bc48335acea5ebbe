"""Changes up: one transaction that reads what a batch touches, decides in :mod:`server.merge`, and writes it in sets.

The cooperation's row is locked first and its position advanced last. Whoever holds the lock is alone in handing out
positions and commits before the next one reads, so positions are given in commit order and a reader who has seen
position n has seen everything up to n.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Answer, Change, Operation, Outcome, PushReply
from app.sync.wire.tally import mark_of
from server import clock
from server.database import Connection, Cursor, begun
from server.erasure import erase_people
from server.identity import Identity
from server.log_chain import check_arrived
from server.merge import (
    LARGEST_NUMBER,
    BatchMerge,
    Belonging,
    Decision,
    Key,
    StoredRow,
    Verdict,
    is_active,
    is_identifier,
    is_storable,
    owner_person,
)
from server.refusals import RequestRefused
from server.scope import Asker
from server.tally import Standing, Tallies, standing_of

COLUMNS = "entity, row_id, position, fields, versions, deleted, team_id, person_id, device_id"
STORED = "entity, row_id, position, fields::text, versions::text, deleted, team_id, person_id, device_id, ctid::text"
"""What :func:`read_row` reads."""

_CHANGE_COLUMNS = (
    "change_id, cooperation_id, position, device_id, sequence, entity, row_id, operation, fields, base, actor,"
    " device_time, received_at, outcome, code, before"
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_versions = msgspec.json.Decoder(dict[str, tuple[int, str | None]]).decode


def push(connection: Connection, asker: Asker, identity: Identity, changes: Sequence[Change]) -> PushReply:
    """Take a batch and return the answers; everything in it is stored, or nothing.

    A laptop numbers its changes and makes its own identifiers: what has a number above all that the server knows, and
    makes a row, is nearly always new, and is not looked for. Where it is there all the same, the keys of the tables
    refuse it; then, and where anything is refused, the whole batch is looked up and decided from the beginning.
    """
    try:
        return _take(connection, asker, identity, changes, is_trusted=True)
    except (_LookedUpTooLittle, UniqueViolation):
        return _take(connection, asker, identity, changes, is_trusted=False)


class _LookedUpTooLittle(Exception):
    """Something in the batch is not new, or may not be."""


def _take(
    connection: Connection, asker: Asker, identity: Identity, changes: Sequence[Change], *, is_trusted: bool
) -> PushReply:
    with begun(connection, "BEGIN"):
        found = _take_turn(connection, asker, changes, is_trusted=is_trusted)
        answers, fresh = _sorted_out(connection, asker, changes, found)
        decision, before = _decide(connection, asker, fresh, found)
        if is_trusted and any(verdict.outcome is Outcome.REFUSED for verdict in decision.verdicts):
            raise _LookedUpTooLittle
        highest = max(found.highest, *(change.sequence for _, change in fresh)) if fresh else found.highest
        retried = [change.change_id for _, change in fresh if change.change_id in found.known]
        with connection.pipeline():
            changed = _change_rows(connection, asker, decision)
            # PostgreSQL works on it while the rest is put together here.
            tallies = _tallies(decision, before)
            last = decision.last_position + _touch(connection, asker, decision, tallies)
            tallies.write(connection, asker.cooperation_id)
            lines = _lines(asker, decision)
        if changed is not None and changed.rowcount != len(decision.changed_rows):
            # Somebody wrote into the database by hand since it was read.
            raise RequestRefused(503, "try-later", "Please try again.", retry_after=1)
        _copy_changes(connection, asker, decision, lines, retried)
        with connection.pipeline():
            _make_rows(connection, asker, decision)
            check_arrived(connection, asker, decision)
            last += erase_people(connection, asker.cooperation_id, decision, after=last)
            if fresh:
                connection.execute(_COUNT_CHANGES, _counted(asker, [change.sequence for _, change in fresh]))
            if last > found.position:
                connection.execute("UPDATE cooperation SET position = %s WHERE id = %s", (last, asker.cooperation_id))
            # Sent along with the rest: where any of it fails, so does this.
            connection.commit()
    answers.extend(verdict.answer() for verdict in decision.verdicts if verdict.explicit)
    return PushReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        count=len(changes),
        first_position=decision.first_position,
        exceptions=sorted(_with_places(answers, changes, decision), key=lambda answer: answer.index),
        highest_sequence=highest,
    )


_COUNT_CHANGES = """
UPDATE device SET highest_sequence = greatest(highest_sequence, %(highest)s), changes_held = changes_held + %(number)s,
    whole_through = CASE WHEN whole_through = %(before)s THEN %(highest)s ELSE whole_through END
WHERE id = %(device)s
"""
"""A batch without gaps that follows on what is whole makes more whole: a receipt need not count it (server.receipt)."""


def _counted(asker: Asker, numbers: list[int]) -> dict[str, Any]:
    lowest, highest = min(numbers), max(numbers)
    has_gaps = highest > LARGEST_NUMBER or len(set(numbers)) <= highest - lowest
    return {
        "device": asker.device_id,
        "highest": min(highest, LARGEST_NUMBER),
        "number": len(numbers),
        "before": -1 if has_gaps else lowest - 1,
    }


def _sorted_out(
    connection: Connection, asker: Asker, changes: Sequence[Change], found: "_Found"
) -> tuple[list[Answer], list[tuple[int, Change]]]:
    """Return the answers to what needs no deciding, and the changes that do, each with its place in the batch."""
    taken = _numbers(connection, asker, changes, found.highest)
    if not taken and not found.known and len({change.change_id for change in changes}) == len(changes):
        return [], list(enumerate(changes))
    answers: list[Answer] = []
    fresh: list[tuple[int, Change]] = []
    repeated: dict[str, int] = {}
    is_renumbering = False
    for index, change in enumerate(changes):
        answer = _answer_known(index, asker, found.known.get(change.change_id))
        if answer is not None:
            answers.append(answer)
        elif is_renumbering or taken.get(change.sequence, change.change_id) != change.change_id:
            # What comes after it may hang on it, and gets its number after it.
            is_renumbering = True
            answers.append(Answer(index=index, outcome=Outcome.TRY_LATER, code="sequence-taken"))
        elif change.change_id in repeated:
            answers.append(Answer(index=index, outcome=Outcome.ALREADY_HAD))
        else:
            repeated[change.change_id] = index
            fresh.append((index, change))
    return answers, fresh


def read_row(values: tuple[Any, ...]) -> StoredRow:
    """Return one row of the table from what was asked for as `STORED`."""
    entity, row_id, position, fields, versions, deleted, team_id, person_id, device_id, place = values
    return StoredRow(
        entity=entity,
        row_id=row_id,
        position=position,
        fields=_decode(fields),
        versions=_decode_versions(versions),
        deleted=deleted,
        team_id=team_id,
        person_id=person_id,
        device_id=device_id,
        place=place,
    )


def copy_rows(connection: Connection, cooperation_id: str, rows: Iterable[StoredRow]) -> None:
    """Write rows that are not there yet."""
    lines = [
        f"{cooperation_id}\t{row.entity}\t{row.row_id}\t{row.position}\t{_json(row.fields)}\t{_json(row.versions)}"
        f"\t{'t' if row.deleted else 'f'}\t{_text(row.team_id)}\t{_text(row.person_id)}\t{_text(row.device_id)}\n"
        for row in rows
    ]
    with connection.cursor() as cursor, cursor.copy(f"COPY row (cooperation_id, {COLUMNS}) FROM STDIN") as copy:
        copy.write("".join(lines))


def _text(value: str | None) -> str:
    """Return a value as COPY reads it: a whole batch is written at once, which costs a third of row by row."""
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _json(value: Any) -> str:
    return _json_text(_encode(value))


def _json_text(encoded: bytes) -> str:
    # JSON holds no tab and no line break of its own.
    return encoded.decode().replace("\\", "\\\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the server has when it is a batch's turn.

    The cooperation's position, the device's highest number, and as far as it was looked up: outcome, position and
    cooperation by change id, the rows that the batch names with their open conflicts, the teams of the people whom it
    names, and its authors.
    """

    position: int
    highest: int
    known: dict[str, tuple[Any, ...]]
    rows: list[StoredRow]
    conflicts: list[StoredRow]
    people: dict[str, Belonging]
    authors: set[str]


def _take_turn(connection: Connection, asker: Asker, changes: Sequence[Change], *, is_trusted: bool) -> _Found:
    """Wait for this cooperation's turn and find what the batch touches, in one go: everybody else waits meanwhile.

    A batch that `is_trusted` is new where it says so (:func:`push`).
    """
    keys = {
        (change.entity, change.row_id)
        for change in changes
        if not (is_trusted and change.operation is Operation.INSERT) and change.entity in ENTITIES
    }
    named = [owner_person(change.entity, change.row_id, change.fields) for change in changes]
    people = {person_id for person_id in named if person_id is not None and is_identifier(person_id)}
    actors = {change.actor for change in changes}
    known = rows = conflicts = None
    with connection.pipeline():
        turn = connection.execute("SELECT position FROM cooperation WHERE id = %s FOR UPDATE", (asker.cooperation_id,))
        numbered = connection.execute("SELECT highest_sequence FROM device WHERE id = %s", (asker.device_id,))
        if not is_trusted:
            known = connection.execute(
                "SELECT change_id, outcome, position, cooperation_id FROM change"
                " WHERE change_id = ANY(string_to_array(%s, ',')::uuid[])",
                (",".join(change.change_id for change in changes),),
            )
        if keys:
            rows = connection.execute(
                "SELECT found.* FROM unnest(string_to_array(%s, ','), string_to_array(%s, ',')::uuid[])"  # noqa: S608
                " AS wanted (entity, row_id), LATERAL ("
                f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND entity = wanted.entity"
                " AND row_id = wanted.row_id LIMIT 1) AS found",
                (",".join(entity for entity, _ in keys), ",".join(row_id for _, row_id in keys), asker.cooperation_id),
            )
            conflicts = connection.execute(
                f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND entity = 'conflict' AND NOT deleted"  # noqa: S608
                " AND fields ->> 'row_id' = ANY(string_to_array(%s, ','))",
                (asker.cooperation_id, ",".join(row_id for _, row_id in keys)),
            )
        belongings = _ask_for_people(connection, asker, people)
        authors = _ask_for_authors(connection, asker, actors)
    found, number = turn.fetchone(), numbered.fetchone()
    if found is None:
        raise RequestRefused(404, "unknown-cooperation", "The device's cooperation is not on this server.")
    highest = int(number[0]) if number else 0
    if is_trusted and any(change.sequence <= highest for change in changes):
        raise _LookedUpTooLittle
    return _Found(
        position=int(found[0]),
        highest=highest,
        known={row[0]: row[1:] for row in _fetched(known)},
        rows=[read_row(values) for values in _fetched(rows)],
        conflicts=[read_row(values) for values in _fetched(conflicts)],
        people=_people(people, belongings),
        authors={asker.user_id, *(row[0] for row in _fetched(authors))},
    )


def _fetched(cursor: Cursor | None) -> list[tuple[Any, ...]]:
    """Return all rows at once, which costs half of one by one; none where nothing was asked."""
    return [] if cursor is None else cursor.fetchall()


def _numbers(connection: Connection, asker: Asker, changes: Sequence[Change], highest: int) -> dict[int, str]:
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


def _answer_known(index: int, asker: Asker, stored: tuple[Any, ...] | None) -> Answer | None:
    """Return the answer to a change that is stored; None where it is new, or was refused and is decided afresh."""
    if stored is None:
        return None
    outcome, position, cooperation_id = stored
    if cooperation_id != asker.cooperation_id:
        return Answer(index=index, outcome=Outcome.REFUSED, code="taken-change-id")
    if outcome == Outcome.REFUSED:
        return None
    return Answer(index=index, outcome=Outcome.ALREADY_HAD, position=position, code=outcome)


def _with_places(answers: list[Answer], changes: Sequence[Change], decision: Decision) -> Iterable[Answer]:
    """Give a change that stands twice in one batch the place of its first one."""
    if not answers:
        return
    places = {verdict.change.change_id: verdict for verdict in decision.verdicts}
    for answer in answers:
        if answer.outcome is Outcome.ALREADY_HAD and not answer.position:
            first = places[changes[answer.index].change_id]
            if first.outcome is Outcome.REFUSED:
                yield msgspec.structs.replace(first.answer(), index=answer.index)
            else:
                yield msgspec.structs.replace(answer, position=first.position, code=first.outcome)
        else:
            yield answer


def _decide(
    connection: Connection, asker: Asker, fresh: list[tuple[int, Change]], found: _Found
) -> tuple[Decision, dict[Key, Standing | None]]:
    """Return what was decided, and how the rows stood in the tallies before."""
    rows, conflicts, people = (found.rows, found.conflicts, found.people) if fresh else ([], [], {})
    others = {row.person_id for row in rows if row.person_id is not None} - people.keys()
    if others:
        people |= _people(others, _ask_for_people(connection, asker, others))
    before = {(row.entity, row.row_id): standing_of(row) for row in (*rows, *conflicts)}
    merge = BatchMerge(
        asker, rows=rows, people=people, authors=found.authors, conflicts=conflicts, position=found.position
    )
    for index, change in fresh:
        merge.read(index, change)
    return merge.decision(), before


def _ask_for_authors(connection: Connection, asker: Asker, named: set[str]) -> Cursor | None:
    """Ask for those who are named as authors and are colleagues; several may share a laptop."""
    others = sorted(named - {asker.user_id})
    if not others:
        return None
    return connection.execute(
        "SELECT id::text FROM user_account WHERE id = ANY(%s::uuid[]) AND cooperation_id = %s",
        (others, asker.cooperation_id),
    )


def _ask_for_people(connection: Connection, asker: Asker, person_ids: set[str]) -> Cursor | None:
    """Ask for what is known of the teams of the persons that a batch speaks of."""
    if not person_ids:
        return None
    return connection.execute(
        f"SELECT {STORED} FROM row WHERE cooperation_id = %s AND person_id = ANY(%s::uuid[])"  # noqa: S608
        " AND entity IN ('person', 'membership', 'erasure')",
        (asker.cooperation_id, sorted(person_ids)),
    )


def _people(person_ids: set[str], found: Cursor | None) -> dict[str, Belonging]:
    """Return what is known of each of the persons."""
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


def _copy_changes(connection: Connection, asker: Asker, decision: Decision, lines: str, retried: list[str]) -> None:
    """Write the changes as they arrived, in place of those that are `retried`, and the rows that no change made."""
    if retried:
        connection.execute(
            "WITH taken_back AS (DELETE FROM change WHERE change_id = ANY(%s::uuid[]) RETURNING device_id)"
            " UPDATE device SET changes_held = changes_held - gone.number"
            " FROM (SELECT device_id, count(*) AS number FROM taken_back GROUP BY device_id) AS gone"
            " WHERE device.id = gone.device_id",
            (retried,),
        )
    if lines:
        with connection.cursor() as cursor, cursor.copy(f"COPY change ({_CHANGE_COLUMNS}) FROM STDIN") as copy:
            copy.write(lines)
    _name_standing_actors(connection, asker, decision)
    if decision.made_apart:
        copy_rows(connection, asker.cooperation_id, decision.made_apart)


_ROWS_OF_CHANGES = f"""
INSERT INTO row (cooperation_id, {COLUMNS})
SELECT cooperation_id, entity, row_id, position, fields, jsonb_build_object('', jsonb_build_array(position, device_id)),
    false, (fields ->> 'team_id')::uuid,
    CASE entity WHEN 'person' THEN row_id ELSE (fields ->> 'person_id')::uuid END, device_id
FROM change WHERE cooperation_id = %s AND position BETWEEN %s AND %s AND position <> ALL(%s::bigint[]) ORDER BY position
"""  # noqa: S608 - names of ours
"""A row that stands as one change made it need not travel twice: it is made of the change that was just written."""


def _make_rows(connection: Connection, asker: Asker, decision: Decision) -> None:
    """Write the rows that are new."""
    if len(decision.new_rows) > len(decision.made_apart):
        connection.execute(
            _ROWS_OF_CHANGES,
            (asker.cooperation_id, decision.first_position, decision.last_plain, decision.not_made),
        )


def _change_rows(connection: Connection, asker: Asker, decision: Decision) -> Cursor | None:
    """Write rows that were there as they now stand, each where it was found, and what has left a team."""
    if decision.departures:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO departure (cooperation_id, position, team_id, entity, row_id) VALUES (%s, %s, %s, %s, %s)",
                [(asker.cooperation_id, at, team, *key) for team, key, at in decision.departures],
            )
    if not decision.changed_rows:
        return None
    return connection.execute(_CHANGE_ROWS, (_encode(decision.changed_rows).decode(),))


_CHANGE_ROWS = """
UPDATE row SET position = new.position, fields = new.fields, versions = new.versions, deleted = new.deleted,
    team_id = new.team_id, person_id = new.person_id
FROM jsonb_to_recordset(%s) AS new (place tid, position bigint, fields jsonb, versions jsonb, deleted boolean,
    team_id uuid, person_id uuid)
WHERE row.ctid = new.place
"""
"""No place is given to another row while this transaction lasts: it has held the cooperation since before it read."""


def _tallies(decision: Decision, before: dict[Key, Standing | None]) -> Tallies:
    tallies = Tallies()
    tallies.add_rows(decision.new_rows)
    for row in decision.changed_rows:
        tallies.take(before[row.entity, row.row_id])
        tallies.add(standing_of(row))
    return tallies


def _lines(asker: Asker, decision: Decision) -> str:
    """Return the changes as COPY reads them."""
    write_line = _line_writer(asker, clock.now().isoformat())
    return "".join([write_line(verdict) for verdict in decision.verdicts])


def _line_writer(asker: Asker, received_at: str) -> Callable[[Verdict], str]:
    """Return a function that writes a change as COPY reads it."""
    cooperation, device = f"\t{asker.cooperation_id}\t", f"\t{asker.device_id}\t"
    operations = {operation: f"\t{operation.value}\t" for operation in Operation}
    endings = {outcome: f"\t{received_at}\t{outcome.value}\t" for outcome in Outcome}

    def line(verdict: Verdict) -> str:
        change = verdict.change
        # A refused change may hold what cannot be stored; the laptop still has it, here it only has to be counted.
        # What came too late about somebody who was erased is not kept either.
        is_kept = verdict.outcome is not Outcome.REFUSED or (
            verdict.code != "person-erased" and is_storable(change.fields)
        )
        fields = _json_text(verdict.said) if is_kept and change.operation is not Operation.DELETE else "\\N"
        before = _json(verdict.before) if is_kept and verdict.before else "\\N"
        entity = change.entity if change.entity in ENTITIES else _text(change.entity.replace("\x00", "\ufffd"))
        at = _text(change.at.replace("\x00", "\ufffd"))
        return (
            f"{change.change_id}{cooperation}{verdict.position}{device}{min(change.sequence, LARGEST_NUMBER)}\t{entity}"
            f"\t{change.row_id}{operations[change.operation]}{fields}\t{min(change.base, LARGEST_NUMBER)}"
            f"\t{change.actor}\t{at}{endings[verdict.outcome]}{verdict.code}\t{before}\n"
        )

    return line


def _name_standing_actors(connection: Connection, asker: Asker, decision: Decision) -> None:
    """Say in each new conflict who made the change that stands."""
    if not decision.standing:
        return
    found = connection.execute(
        "SELECT position, actor FROM change WHERE cooperation_id = %s AND position = ANY(%s)",
        (asker.cooperation_id, list(decision.standing.values())),
    )
    actors: dict[int, str] = dict(found.fetchall())
    for row in decision.new_rows:
        if row.row_id in decision.standing:
            row.fields["standing_actor"] = actors.get(decision.standing[row.row_id])


def _touch(connection: Connection, asker: Asker, decision: Decision, tallies: Tallies) -> int:
    """Move the history of people whom a team has gained behind every laptop's cursor; return how many rows moved."""
    if not decision.people_gained:
        return 0
    moved = connection.execute(
        "UPDATE row SET position = %(last)s + moved.place FROM ("
        "  SELECT entity, row_id, position, row_number() OVER (ORDER BY position) AS place FROM row"
        "  WHERE cooperation_id = %(cooperation)s AND person_id = ANY(%(people)s::uuid[]) AND position < %(first)s"
        ") AS moved WHERE row.cooperation_id = %(cooperation)s"
        " AND row.entity = moved.entity AND row.row_id = moved.row_id"
        " RETURNING row.entity, row.row_id, row.person_id, row.deleted, moved.position, row.position",
        {
            "last": decision.last_position,
            "first": decision.first_position,
            "cooperation": asker.cooperation_id,
            "people": decision.people_gained,
        },
    ).fetchall()
    for entity, row_id, person_id, is_deleted, before, after in moved:
        if not is_deleted:
            tallies.take((person_id, entity, mark_of(row_id, before)))
            tallies.add((person_id, entity, mark_of(row_id, after)))
    return len(moved)
