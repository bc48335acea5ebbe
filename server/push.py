"""Changes up: one transaction that reads what a batch touches, decides in :mod:`server.merge`, and writes it in sets.

The cooperation's row is locked first and its position advanced last. Whoever holds the lock is alone in handing out
positions and commits before the next one reads, so positions are given in commit order and a reader who has seen
position n has seen everything up to n.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Answer, Change, Operation, Outcome, PushReply
from app.sync.wire.tally import mark_of
from server.changes import take_back, write_changes
from server.database import Connection, Cursor, begun
from server.erasure import erase_people
from server.handshake import AS_IT_STOOD, SHAKEN, come_back
from server.identity import Identity
from server.log_chain import check_arrived
from server.merge import BatchMerge, Decision
from server.refusals import RequestRefused
from server.rows import STORED, add_rows, change_rows, read_row
from server.scope import Asker
from server.storable import LARGEST_NUMBER, is_identifier
from server.stored_row import CORRECTS, MERGED_INTO, Belonging, Key, StoredRow, corrected_by, is_active, told_of
from server.tally import Standing, Tallies, standing_of


@dataclass(frozen=True, slots=True)
class Taken:
    """The answers to a batch, and where the server stood before: the device's highest number, and the position."""

    reply: PushReply
    highest: int
    position: int


def push(connection: Connection, asker: Asker, identity: Identity, changes: Sequence[Change]) -> PushReply:
    """Take a batch and return the answers; everything in it is stored, or nothing."""
    return take(connection, asker, identity, changes).reply


def take(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    changes: Sequence[Change],
    *,
    hands: dict[str, Any] | None = None,
    then: Callable[[PushReply], None] = lambda _: None,
) -> Taken:
    """Take a batch, all of it or nothing.

    A laptop numbers its changes and makes its own identifiers: what has a number above all that the server knows, and
    makes a row, is nearly always new, and is not looked for. Where it is there all the same, the keys of the tables
    refuse it; then, and where anything is refused, the whole batch is looked up and decided from the beginning.

    `hands` are shaken in the same transaction, where it was a handshake too; what is to be asked of PostgreSQL
    afterwards can be asked in `then`, along with the commit.
    """
    take_it = partial(_take, connection, asker, identity, changes, hands, then)
    try:
        return take_it(is_trusted=True)
    except (_LookedUpTooLittle, UniqueViolation):
        return take_it(is_trusted=False)


class _LookedUpTooLittle(Exception):
    """Something in the batch is not new, or may not be."""


def _take(
    connection: Connection,
    asker: Asker,
    identity: Identity,
    changes: Sequence[Change],
    hands: dict[str, Any] | None,
    then: Callable[[PushReply], None],
    *,
    is_trusted: bool,
) -> Taken:
    with begun(connection, "BEGIN", then=lambda: then(reply)) as pipeline:
        found = _take_turn(connection, asker, changes, is_trusted=is_trusted)
        answers, fresh = _sorted_out(connection, asker, changes, found)
        merge, before = _begin(connection, asker, fresh, found)
        take_back(connection, [change.change_id for _, change in fresh if change.change_id in found.known])
        # PostgreSQL writes what is decided while the next of it is decided here.
        changed: list[Cursor] = []
        for portion in _portions(fresh):
            for index, change in portion:
                merge.read(index, change)
            settled = merge.settled()
            if is_trusted and any(verdict.outcome is Outcome.REFUSED for verdict in settled.verdicts):
                raise _LookedUpTooLittle
            changed += change_rows(connection, settled.changed_rows)
            write_changes(connection, asker, settled.verdicts, settled.new_rows)
        decision = merge.decision()
        finished, last = _finish(connection, asker, decision, before)
        numbers = [change.sequence for _, change in fresh]
        counted = _count(connection, asker, numbers, last, hands)
        answers.extend(verdict.answer() for verdict in decision.verdicts if verdict.explicit)
        reply = PushReply(
            server_id=identity.server_id,
            epoch=identity.epoch,
            count=len(changes),
            first_position=decision.first_position,
            exceptions=sorted(_with_places(answers, changes, decision), key=lambda answer: answer.index),
            highest_sequence=max([found.highest, *numbers]),
        )
        pipeline.sync()
        # Somebody wrote into the database by hand since it was read, or another request of the laptop was quicker.
        if (
            sum(cursor.rowcount for cursor in (*changed, *finished)) != len(decision.changed_rows)
            or counted.rowcount != 1
        ):
            raise come_back()
    return Taken(reply, found.highest, found.position)


def _finish(
    connection: Connection, asker: Asker, decision: Decision, before: dict[Key, Standing | None]
) -> tuple[list[Cursor], int]:
    """Write what could not be written before all was decided.

    Return who tells how many rows have changed, and the last position that was given.
    """
    changed = change_rows(connection, decision.rest.changed_rows)
    write_changes(connection, asker, decision.rest.verdicts, ())
    _name_standing_actors(connection, asker, decision)
    add_rows(connection, asker.cooperation_id, decision.rest.new_rows)
    _note_departures(connection, asker, decision)
    tallies = _tallies(decision, before)
    last = decision.last_position + _touch(connection, asker, decision, tallies)
    tallies.write(connection, asker.cooperation_id)
    check_arrived(connection, asker, decision)
    return changed, last + erase_people(connection, asker.cooperation_id, decision, after=last)


_COUNT = """
WITH moved AS (UPDATE cooperation SET position = %(position)s WHERE id = %(cooperation)s AND position < %(position)s)
UPDATE device SET highest_sequence = greatest(highest_sequence, %(highest)s), changes_held = changes_held + %(number)s,
    whole_through = CASE WHEN whole_through = %(whole)s THEN %(highest)s ELSE whole_through END
"""
"""A batch without gaps that follows on what is whole makes more whole: a receipt need not count it (server.receipt)."""

_COUNT_ALONE = f"{_COUNT} WHERE id = %(device)s"
_COUNT_AND_SHAKE = f"""
{_COUNT}, {SHAKEN}, confirmed_position = %(cursor)s, confirmed_at = %(now)s WHERE id = %(device)s AND {AS_IT_STOOD}
"""


def _count(
    connection: Connection, asker: Asker, numbers: list[int], position: int, hands: dict[str, Any] | None
) -> Cursor:
    """Move the cooperation's position on, count what was taken of the device, and shake hands with it."""
    lowest, highest = min(numbers, default=0), max(numbers, default=0)
    has_gaps = highest > LARGEST_NUMBER or len(set(numbers)) <= highest - lowest
    counted = {
        "cooperation": asker.cooperation_id,
        "position": position,
        "device": asker.device_id,
        "highest": min(highest, LARGEST_NUMBER),
        "number": len(numbers),
        "whole": -1 if has_gaps else lowest - 1,
    }
    return connection.execute(_COUNT_ALONE if hands is None else _COUNT_AND_SHAKE, counted | (hands or {}))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the server has when it is a batch's turn.

    The cooperation's position, the device's highest number, and as far as it was looked up: outcome, position and
    cooperation by change id, the rows that the batch names, unread, with their open conflicts, what corrects
    facts already beside those that the batch corrects, the teams of the people whom it names, and its authors.
    """

    position: int
    highest: int
    known: dict[str, tuple[Any, ...]]
    rows: dict[Key, tuple[Any, ...]]
    conflicts: list[StoredRow]
    corrections: list[StoredRow]
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
    found, number = turn.fetchone(), numbered.fetchone()
    if found is None:
        raise RequestRefused(404, "unknown-cooperation", "The device's cooperation is not on this server.")
    highest = int(number[0]) if number else 0
    rows = {(values[0], values[1]): values for values in _fetched(named_rows)}
    if is_trusted and any(change.sequence <= highest for change in changes):
        raise _LookedUpTooLittle
    return _Found(
        position=int(found[0]),
        highest=highest,
        known={row[0]: row[1:] for row in _fetched(known)},
        rows=rows,
        conflicts=_open_conflicts(rows),
        corrections=[read_row(values) for values in _fetched(corrections)],
        people=_people(people, belongings),
        authors={asker.user_id, *(row[0] for row in _fetched(authors))},
    )


def _open_conflicts(rows: dict[Key, tuple[Any, ...]]) -> list[StoredRow]:
    """Return those that are open, oldest first: they are closed in this order, and PostgreSQL gives them in any."""
    conflicts = [read_row(values) for (entity, _), values in rows.items() if entity == "conflict"]
    # One that is closed counts for nothing any more, and an erasure may have emptied it.
    return sorted((row for row in conflicts if not row.deleted), key=lambda row: row.position)


_CARDS = f"""
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
UNION ALL {_CARDS}
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
    """Ask for what corrects facts already of whom, and of which kind, the batch corrects any; few batches do."""
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


def _begin(
    connection: Connection, asker: Asker, fresh: list[tuple[int, Change]], found: _Found
) -> tuple[BatchMerge, dict[Key, Standing | None]]:
    """Return who decides about the batch, and where it will stand how rows stood in the tallies before."""
    people = found.people
    others = {person_id for *_, person_id, _, _ in found.rows.values() if person_id is not None} - people.keys()
    if others:
        people |= _people(others, _ask_for_people(connection, asker, others))
    cards = _cards_of(connection, asker, fresh, found)
    conflicts = [*found.conflicts, *cards]
    before = {(row.entity, row.row_id): standing_of(row) for row in (*conflicts, *found.corrections)}

    def find(key: Key) -> StoredRow | None:
        values = found.rows.get(key)
        if values is None:
            return None
        row = read_row(values)
        before[key] = standing_of(row)
        return row

    merge = BatchMerge(
        asker,
        [change for _, change in fresh],
        find=find,
        people=people,
        authors=found.authors,
        conflicts=conflicts,
        corrections=found.corrections,
        position=found.position,
    )
    return merge, before


def _cards_of(connection: Connection, asker: Asker, fresh: list[tuple[int, Change]], found: _Found) -> list[StoredRow]:
    """Return the open cards, oldest first, about corrections where the batch corrects the same; few batches do.

    Those about rows that the batch names are found already.
    """
    corrected = {(row.entity, row.fields[CORRECTS]) for row in found.corrections}
    row_ids = {row.row_id for row in found.corrections} - {row_id for _, row_id in found.rows}
    if not row_ids or not any(corrected_by(change) in corrected for _, change in fresh):
        return []
    values = {"cooperation": asker.cooperation_id, "row_ids": ",".join(row_ids)}
    asked = connection.execute(_CARDS, values)
    return _open_conflicts({(row[0], row[1]): row for row in _fetched(asked)})


FIRST_PORTION, LARGEST_PORTION = 256, 640
"""Changes: a day's work goes in one; of more, PostgreSQL soon has something to write, and never little for long."""


def _portions(fresh: list[tuple[int, Change]]) -> Iterator[list[tuple[int, Change]]]:
    """Return the batch in parts: while PostgreSQL writes one, the next one is decided."""
    start, size = 0, FIRST_PORTION
    while start < len(fresh):
        end = start + size
        if len(fresh) - end < size // 2:
            end = len(fresh)  # what would be left is not worth statements of its own
        yield fresh[start:end]
        start, size = end, min(2 * size, LARGEST_PORTION)


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


def _tallies(decision: Decision, before: dict[Key, Standing | None]) -> Tallies:
    tallies = Tallies()
    tallies.add_rows(decision.new_rows)
    for row in decision.changed_rows:
        tallies.take(before[row.entity, row.row_id])
        tallies.add(standing_of(row))
    return tallies


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


def _note_departures(connection: Connection, asker: Asker, decision: Decision) -> None:
    """Write down what has left a team."""
    if decision.departures:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO departure (cooperation_id, position, team_id, entity, row_id) VALUES (%s, %s, %s, %s, %s)",
                [(asker.cooperation_id, at, team, *key) for team, key, at in decision.departures],
            )


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
