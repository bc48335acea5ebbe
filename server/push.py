"""Changes up: one transaction that looks up what a batch touches, decides about it, and writes it in sets.

:mod:`server.lookup` finds what is there, :mod:`server.merge` decides; the laptop's side is :mod:`app.sync.push`.

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

from app.sync.wire.messages import Answer, Change, Outcome, PushReply
from app.sync.wire.tally import mark_of
from server.changes import take_back, write_changes
from server.database import Connection, Cursor, begun
from server.erasure import erase_people
from server.handshake import AS_IT_STOOD, SHAKEN, come_back
from server.identity import Identity
from server.log_chain import check_arrived
from server.lookup import (
    Found,
    LookedUpTooLittle,
    belongings_of_owners,
    conflicts_of_corrections,
    look_up,
    numbers_taken,
)
from server.merge import BatchMerge, Decision
from server.rows import add_rows, change_rows, read_row
from server.scope import Asker
from server.storable import LARGEST_NUMBER
from server.stored_row import Key, StoredRow
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

    A laptop numbers its changes and makes its own identifiers. So a change with a number above all that the server
    knows is nearly always new, and so is the row that it makes; neither is looked for. Where one is there all the same,
    the keys of the tables refuse it (UniqueViolation). Then, and where anything is refused, the whole batch is looked
    up and decided from the beginning.

    Where the batch came with a handshake, `hands` are the parameters of :data:`server.handshake.SHAKEN`, and hands are
    shaken in the same transaction. `then` is called with the reply before the commit is waited for, so that what it
    asks of PostgreSQL travels along with it.
    """
    take_it = partial(_decide_and_write, connection, asker, identity, changes, hands, then)
    try:
        return take_it(is_trusted=True)
    except (LookedUpTooLittle, UniqueViolation):
        return take_it(is_trusted=False)


def _decide_and_write(
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
        found = look_up(connection, asker, changes, is_trusted=is_trusted)
        answers, fresh = _sorted_out(connection, asker, changes, found)
        merge, before = _begin(connection, asker, fresh, found)
        # What is known and decided all the same was refused before.
        take_back(connection, [change.change_id for _, change in fresh if change.change_id in found.known])
        # PostgreSQL writes what is decided while the next of it is decided here.
        changed: list[Cursor] = []
        for portion in _portions(fresh):
            for index, change in portion:
                merge.read(index, change)
            settled = merge.settled()
            if is_trusted and any(verdict.outcome is Outcome.REFUSED for verdict in settled.verdicts):
                raise LookedUpTooLittle
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

    Return the cursors whose `rowcount` says how many rows were changed, and the last position that was given.
    """
    changed = change_rows(connection, decision.rest.changed_rows)
    write_changes(connection, asker, decision.rest.verdicts, ())
    _name_standing_actors(connection, asker, decision)
    add_rows(connection, asker.cooperation_id, decision.rest.new_rows)
    _note_departures(connection, asker, decision)
    tallies = _tallies(decision, before)
    last = decision.last_position + _move_people_gained(connection, asker, decision, tallies)
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
    connection: Connection, asker: Asker, changes: Sequence[Change], found: Found
) -> tuple[list[Answer], list[tuple[int, Change]]]:
    """Return the answers to what needs no deciding, and the changes that do, each with its place in the batch."""
    taken = numbers_taken(connection, asker, changes, found.highest)
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
    connection: Connection, asker: Asker, fresh: list[tuple[int, Change]], found: Found
) -> tuple[BatchMerge, dict[Key, Standing | None]]:
    """Return what decides about the batch, and how each row counted in the tallies before it, by key.

    The second is filled while the batch is decided: a row is read when it is first named.
    """
    changes = [change for _, change in fresh]
    people = found.people | belongings_of_owners(connection, asker, found)
    conflicts = [*found.conflicts, *conflicts_of_corrections(connection, asker, changes, found)]
    before: dict[Key, Standing | None] = {
        (row.entity, row.row_id): standing_of(row) for row in (*conflicts, *found.corrections)
    }

    def find(key: Key) -> StoredRow | None:
        values = found.rows.get(key)
        if values is None:
            return None
        row = read_row(values)
        before[key] = standing_of(row)
        return row

    merge = BatchMerge(
        asker,
        changes,
        find=find,
        people=people,
        authors=found.authors,
        conflicts=conflicts,
        corrections=found.corrections,
        position=found.position,
    )
    return merge, before


FIRST_PORTION, LARGEST_PORTION = 256, 640
"""Changes that are decided before they are written: a day's work goes in one portion. Of more than that PostgreSQL gets
a small portion first, so that it is soon at work, and then larger ones, so that it is kept at work."""


def _portions(fresh: list[tuple[int, Change]]) -> Iterator[list[tuple[int, Change]]]:
    """Return the batch in parts: while PostgreSQL writes one, the next one is decided."""
    start, size = 0, FIRST_PORTION
    while start < len(fresh):
        end = start + size
        if len(fresh) - end < size // 2:
            end = len(fresh)  # what would be left is not worth statements of its own
        yield fresh[start:end]
        start, size = end, min(2 * size, LARGEST_PORTION)


def _tallies(decision: Decision, before: dict[Key, Standing | None]) -> Tallies:
    """Return what the batch adds to the tallies and takes from them."""
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


def _move_people_gained(connection: Connection, asker: Asker, decision: Decision, tallies: Tallies) -> int:
    """Give new positions to all rows of people whom a team has gained, so that its laptops are told of them.

    Return how many rows were moved so. What this batch itself has placed is told anyway.
    """
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
