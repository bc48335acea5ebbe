"""Changes up: one transaction that reads what a batch touches, decides in :mod:`server.merge`, and writes it in sets.

The cooperation's row is locked first and its position advanced last. Whoever holds the lock is alone in handing out
positions and commits before the next one reads, so positions are given in commit order and a reader who has seen
position n has seen everything up to n.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Answer, Change, Operation, Outcome, PushReply
from app.sync.wire.tally import mark_of
from server import clock
from server.database import Connection
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

LOCK_PATIENCE = "15s"
"""How long a batch waits for its turn in its cooperation before the laptop is asked to come back."""

COLUMNS = "entity, row_id, position, fields, versions, deleted, team_id, person_id, device_id"
_CHANGE_COLUMNS = (
    "change_id, cooperation_id, position, device_id, sequence, entity, row_id, operation, fields, base, actor,"
    " device_time, received_at, outcome, code, before"
)
_encode = msgspec.json.Encoder().encode


def push(connection: Connection, asker: Asker, identity: Identity, changes: Sequence[Change]) -> PushReply:
    """Take a batch and return the answers; everything in it is stored, or nothing."""
    with connection.transaction():
        position, highest, known, rows = _take_turn(connection, asker, changes)
        taken = _numbers(connection, asker, changes, highest)
        answers: list[Answer] = []
        fresh: list[tuple[int, Change]] = []
        repeated: dict[str, int] = {}
        is_renumbering = False
        for index, change in enumerate(changes):
            answer = _answer_known(index, asker, known.get(change.change_id))
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
        decision, before = _decide(connection, asker, fresh, rows if fresh else [], position)
        retried = [change.change_id for _, change in fresh if change.change_id in known]
        _store(connection, asker, decision, retried)
        check_arrived(connection, asker, decision)
        tallies = Tallies()
        for row in decision.new_rows:
            tallies.add(standing_of(row))
        for row in decision.changed_rows:
            tallies.take(before[row.entity, row.row_id])
            tallies.add(standing_of(row))
        last = decision.last_position + _touch(connection, asker, decision, tallies)
        tallies.write(connection, asker.cooperation_id)
        last += erase_people(connection, asker.cooperation_id, decision, after=last)
        highest = max(highest, *(change.sequence for _, change in fresh)) if fresh else highest
        with connection.pipeline():
            if fresh:
                connection.execute(
                    "UPDATE device SET highest_sequence = greatest(highest_sequence, %s),"
                    " changes_held = changes_held + %s WHERE id = %s",
                    (min(highest, LARGEST_NUMBER), len(fresh), asker.device_id),
                )
            if last > position:
                connection.execute("UPDATE cooperation SET position = %s WHERE id = %s", (last, asker.cooperation_id))
    answers.extend(verdict.answer() for verdict in decision.verdicts if verdict.explicit)
    return PushReply(
        server_id=identity.server_id,
        epoch=identity.epoch,
        count=len(changes),
        first_position=decision.first_position,
        exceptions=sorted(_with_places(answers, changes, decision), key=lambda answer: answer.index),
        highest_sequence=highest,
    )


def read_row(values: tuple[Any, ...]) -> StoredRow:
    """Return one row of the table, its columns in the order of `COLUMNS`."""
    entity, row_id, position, fields, versions, deleted, team_id, person_id, device_id = values
    return StoredRow(
        entity=entity,
        row_id=row_id,
        position=position,
        fields=fields,
        versions={name: (at, device) for name, (at, device) in versions.items()},
        deleted=deleted,
        team_id=team_id,
        person_id=person_id,
        device_id=device_id,
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


_SPECIAL = re.compile(r"[\\\t\n\r]")
_WRITTEN = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _text(value: str | None) -> str:
    """Return a value as COPY reads it: a whole batch is written at once, which costs a third of row by row."""
    if value is None:
        return "\\N"
    return _SPECIAL.sub(lambda found: _WRITTEN[found[0]], value) if _SPECIAL.search(value) else value


def _json(value: Any) -> str:
    return _text(_encode(value).decode())


def _take_turn(
    connection: Connection, asker: Asker, changes: Sequence[Change]
) -> tuple[int, int, dict[str, tuple[Any, ...]], list[StoredRow]]:
    """Wait for this cooperation's turn; return its position, the device's highest sequence, and what is stored already.

    That is outcome, position, cooperation and code by change id, and the rows that the batch names. Asked in one go:
    everybody else in the cooperation waits meanwhile.
    """
    keys = list({(change.entity, change.row_id) for change in changes if change.entity in ENTITIES})
    with connection.pipeline():
        connection.execute(_SETTINGS, (LOCK_PATIENCE,))
        turn = connection.execute("SELECT position FROM cooperation WHERE id = %s FOR UPDATE", (asker.cooperation_id,))
        numbered = connection.execute("SELECT highest_sequence FROM device WHERE id = %s", (asker.device_id,))
        known = connection.execute(
            "SELECT change_id, outcome, position, cooperation_id FROM change"
            " WHERE change_id = ANY(string_to_array(%s, ',')::uuid[])",
            (",".join(change.change_id for change in changes),),
        )
        rows = connection.execute(
            "SELECT found.* FROM unnest(string_to_array(%s, ','), string_to_array(%s, ',')::uuid[])"  # noqa: S608
            " AS wanted (entity, row_id), LATERAL ("
            f"SELECT {COLUMNS} FROM row WHERE cooperation_id = %s AND entity = wanted.entity"
            " AND row_id = wanted.row_id LIMIT 1) AS found",
            (",".join(entity for entity, _ in keys), ",".join(row_id for _, row_id in keys), asker.cooperation_id),
        )
    found, number = turn.fetchone(), numbered.fetchone()
    if found is None:
        raise RequestRefused(404, "unknown-cooperation", "The device's cooperation is not on this server.")
    return (
        int(found[0]),
        int(number[0]) if number else 0,
        {row[0]: row[1:] for row in known},
        [read_row(values) for values in rows],
    )


_SETTINGS = (
    "SELECT set_config('lock_timeout', %s, true), set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_seqscan', 'off', true)"
)
"""A batch looks up a few rows by their keys; no plan made for a table that has grown since may read all of it."""


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
    connection: Connection, asker: Asker, fresh: list[tuple[int, Change]], rows: list[StoredRow], position: int
) -> tuple[Decision, dict[Key, Standing | None]]:
    """Return what was decided, and how the rows stood in the tallies before."""
    person_ids = {row.person_id for row in rows if row.person_id is not None}
    for _, change in fresh:
        person_id = owner_person(change.entity, change.row_id, change.fields)
        if is_identifier(person_id):
            person_ids.add(person_id)
    conflicts = _open_conflicts(connection, asker, [row.row_id for row in rows])
    before = {(row.entity, row.row_id): standing_of(row) for row in (*rows, *conflicts)}
    people = _people(connection, asker, person_ids)
    authors = _authors(connection, asker, {change.actor for _, change in fresh})
    merge = BatchMerge(asker, rows=rows, people=people, authors=authors, conflicts=conflicts, position=position)
    for index, change in fresh:
        merge.read(index, change)
    return merge.decision(), before


def _authors(connection: Connection, asker: Asker, named: set[str]) -> set[str]:
    """Return those who are named as authors and are colleagues; several may share a laptop."""
    others = sorted(named - {asker.user_id})
    if not others:
        return {asker.user_id}
    found = connection.execute(
        "SELECT id::text FROM user_account WHERE id = ANY(%s::uuid[]) AND cooperation_id = %s",
        (others, asker.cooperation_id),
    )
    return {asker.user_id, *(row[0] for row in found)}


def _people(connection: Connection, asker: Asker, person_ids: set[str]) -> dict[str, Belonging]:
    """Return what is known of the teams of the persons that a batch speaks of."""
    people = {person_id: Belonging() for person_id in person_ids}
    wanted = sorted(people)
    if not wanted:
        return people
    found = connection.execute(
        f"SELECT {COLUMNS} FROM row WHERE cooperation_id = %s AND person_id = ANY(%s::uuid[])"  # noqa: S608
        " AND entity IN ('person', 'membership', 'erasure')",
        (asker.cooperation_id, wanted),
    )
    for row in map(read_row, found):
        belonging = people[str(row.person_id)]
        if row.entity == "person":
            belonging.is_known = True
            belonging.made_by = row.device_id
        elif row.entity == "erasure":
            belonging.is_erased = True
        else:
            belonging.memberships[row.row_id] = (row.team_id, is_active(row))
    return people


def _open_conflicts(connection: Connection, asker: Asker, row_ids: list[str]) -> list[StoredRow]:
    if not row_ids:
        return []
    found = connection.execute(
        f"SELECT {COLUMNS} FROM row WHERE cooperation_id = %s AND entity = 'conflict' AND NOT deleted"  # noqa: S608
        " AND fields ->> 'row_id' = ANY(%s)",
        (asker.cooperation_id, row_ids),
    )
    return [read_row(values) for values in found]


def _store(connection: Connection, asker: Asker, decision: Decision, retried: list[str]) -> None:
    """Write the changes as they arrived and the rows as they now stand."""
    if retried:
        connection.execute(
            "WITH taken_back AS (DELETE FROM change WHERE change_id = ANY(%s::uuid[]) RETURNING device_id)"
            " UPDATE device SET changes_held = changes_held - gone.number"
            " FROM (SELECT device_id, count(*) AS number FROM taken_back GROUP BY device_id) AS gone"
            " WHERE device.id = gone.device_id",
            (retried,),
        )
    if decision.verdicts:
        received_at = clock.now().isoformat()
        lines = [_change_line(asker, verdict, received_at) for verdict in decision.verdicts]
        with connection.cursor() as cursor, cursor.copy(f"COPY change ({_CHANGE_COLUMNS}) FROM STDIN") as copy:
            copy.write("".join(lines))
    _name_standing_actors(connection, asker, decision)
    if decision.departures:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO departure (cooperation_id, position, team_id, entity, row_id) VALUES (%s, %s, %s, %s, %s)",
                [(asker.cooperation_id, at, team, *key) for team, key, at in decision.departures],
            )
    if decision.new_rows:
        copy_rows(connection, asker.cooperation_id, decision.new_rows)
    if decision.changed_rows:
        connection.execute(
            "UPDATE row SET position = new.position, fields = new.fields, versions = new.versions,"
            " deleted = new.deleted, team_id = new.team_id, person_id = new.person_id"
            " FROM json_to_recordset(%s) AS new (entity text, row_id uuid, position bigint, fields jsonb,"
            " versions jsonb, deleted boolean, team_id uuid, person_id uuid), LATERAL ("
            "SELECT ctid AS place FROM row WHERE cooperation_id = %s AND entity = new.entity AND row_id = new.row_id"
            " LIMIT 1) AS old WHERE row.ctid = old.place",
            (_encode(decision.changed_rows).decode(), asker.cooperation_id),
        )


def _change_line(asker: Asker, verdict: Verdict, received_at: str) -> str:
    change = verdict.change
    # A refused change may hold what cannot be stored; the laptop still has it, here it only has to be counted.
    # What came too late about somebody who was erased is not kept either.
    is_kept = verdict.outcome is not Outcome.REFUSED or (verdict.code != "person-erased" and is_storable(change.fields))
    fields = _json(change.fields) if is_kept and change.operation is not Operation.DELETE else "\\N"
    before = _json(verdict.before) if is_kept and verdict.before else "\\N"
    entity = _text(change.entity.replace("\x00", "\ufffd"))
    at = _text(change.at.replace("\x00", "\ufffd"))
    return (
        f"{change.change_id}\t{asker.cooperation_id}\t{verdict.position}\t{asker.device_id}"
        f"\t{min(change.sequence, LARGEST_NUMBER)}\t{entity}\t{change.row_id}\t{change.operation.value}\t{fields}"
        f"\t{min(change.base, LARGEST_NUMBER)}\t{change.actor}\t{at}\t{received_at}\t{verdict.outcome.value}"
        f"\t{verdict.code}\t{before}\n"
    )


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
