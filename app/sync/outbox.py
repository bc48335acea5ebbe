"""The outbox as sync sees it: what is still to be sent, and what the server said to each change.

Nothing is ever deleted here. Only an answer that names a change moves it out of pending; an edit made while a request
runs is another change, with its own place in the order, and stays pending.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import synced_tables, to_wire
from app.models.local import Device, OutboxEntry
from app.storage.driver import driver_of
from app.storage.erased import PERSON_ERASED
from app.storage.listed import listed
from app.storage.positions import position_in_sql, raise_positions
from app.sync.refused_as_erased import take_back
from app.sync.tallies import TallyChange, begin_at_nothing, forget
from app.sync.wire.messages import Answer, Change, Operation, Outcome, RawChange


class State(StrEnum):
    """Where a change stands."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Marked:
    """What was marked: how many changes of a batch the server took, how many of these are in conflict, and refused.

    `unplaced` says that it took changes of rows whose position here is still 0. Such rows are in no tally, and where
    they are out of scope no page brings them either. `freed` changes had been refused for want of a row that was taken
    now, and are pending again.
    """

    taken: int = 0
    conflicts: int = 0
    refused: int = 0
    unplaced: bool = False
    freed: int = 0


Sent = Change | RawChange
"""A change that was sent. To mark it, nothing of its fields need be read, so both forms serve."""


def begin_writing(session: Session) -> None:
    """Take the store's write lock before anything is read, waiting for whoever has it.

    SQLite refuses at once a transaction that reads first and writes after somebody else has committed.
    """
    driver_of(session).execute("UPDATE device SET cursor = 0 WHERE 0")


def pending(session: Session, *, limit: int, max_bytes: int, after: int = 0) -> list[Change]:
    """Return the next changes to send with their fields read; see :func:`waiting`."""
    return [
        Change(**{**msgspec.structs.asdict(change), "fields": msgspec.json.decode(change.fields)})
        for change in waiting(session, limit=limit, max_bytes=max_bytes, after=after)
    ]


def waiting(session: Session, *, limit: int, max_bytes: int, after: int = 0) -> list[RawChange]:
    """Return the next changes to send, in the device's order: at most `limit` and `max_bytes` of JSON, at least one.

    `after` is the sequence from which to go on, so that a change that the server wants later holds up nothing.
    """
    # Moments are stored as the wire writes them, and fields as JSON: neither is made into objects of ours to be sent.
    entries = driver_of(session).execute(_WAITING, (after, limit))
    changes: list[RawChange] = []
    size = 0
    for change_id, sequence, entity, row_id, operation, actor, at, fields, base, schema in entries:
        size += len(fields) + BESIDE_FIELDS
        if changes and size > max_bytes:
            break
        changes.append(
            RawChange(
                change_id=change_id,
                sequence=sequence,
                entity=entity,
                row_id=row_id,
                operation=_OPERATIONS[operation],
                actor=actor,
                at=at,
                fields=msgspec.Raw(fields.encode()),
                base=base,
                schema=schema,
            )
        )
    return changes


BESIDE_FIELDS = 280
"""Bytes of JSON that a change has beside its fields."""
_OPERATIONS = {operation.value: operation for operation in Operation}
_WAITING = (
    "SELECT change_id, sequence, entity, row_id, operation, actor, at, fields, base, schema FROM outbox"
    " WHERE state = 'pending' AND sequence > ? ORDER BY sequence LIMIT ?"
)


def mark(session: Session, sent: Sequence[Sent], answers: Sequence[Answer], *, clock: Clock) -> Marked:
    """Write down what the server said to the changes that the answers name, in one transaction; the others stay.

    A row whose change was plainly applied has now been seen at the answer's position. After a merge it has not: what
    the others changed comes with the next pull, and an edit made before that must still count as made unseen.
    Raises KnownProblem "server-fault" where an answer names no change of the batch; nothing is then marked.
    """
    marked = write_answers(session, sent, answers, clock=clock)
    session.commit()
    return marked


def write_answers(session: Session, sent: Sequence[Sent], answers: Sequence[Answer], *, clock: Clock) -> Marked:
    """Do what :func:`mark` does; the caller commits."""
    if any(answer.index >= len(sent) for answer in answers):
        raise KnownProblem("server-fault")
    begin_writing(session)
    now = to_wire(clock.now())
    marking = (_mark_run if _is_plain(sent, answers) else _mark_each)(session, sent, answers, now)
    _raise_positions(session, marking.seen)
    driver = driver_of(session)
    erased = [sent[answer.index].change_id for answer in answers if answer.code == PERSON_ERASED]
    if erased:
        forget(session, take_back(driver, erased))
    unplaced = _are_unplaced(session, marking.unseen)
    if unplaced:
        session.execute(update(Device).values(must_adopt=True))
    freed = free_dependants(
        session, (sent[answer.index].row_id for answer in answers if answer.outcome is not Outcome.REFUSED)
    )
    refused = marking.states[State.REFUSED]
    return Marked(
        taken=marking.states.total() - refused,
        conflicts=marking.states[State.CONFLICT],
        refused=refused,
        unplaced=unplaced,
        freed=freed,
    )


_MARK_RUN = (
    "UPDATE outbox SET state = 'acknowledged', position = ? + sequence, code = '', acknowledged_at = ?"
    " WHERE sequence BETWEEN ? AND ? AND state = 'pending'"
)
_MARK_ONE = (
    # What was known beforehand to be refused as about somebody erased says so (refused_as_erased).
    "UPDATE outbox SET state = ?1, position = ?2, code = CASE code WHEN '' THEN ?3 ELSE code END,"
    " acknowledged_at = ?4 WHERE change_id = ?5 AND state = 'pending'"
)


@dataclass(slots=True)
class _Marking:
    """What the answers to a batch mean for its changes and its rows, the latter by entity.

    `seen` rows have now been seen at the position given. `unseen` are those of which the server took a change, and
    which stay at the position at which they were: deleted ones, and those that others had changed too.
    """

    states: Counter[State] = field(default_factory=Counter)
    seen: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    unseen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _mark_run(session: Session, sent: Sequence[Sent], answers: Sequence[Answer], now: str) -> _Marking:
    """Mark a plain batch (:func:`_is_plain`) by one statement."""
    marking = _Marking(Counter({State.ACKNOWLEDGED: len(sent)}))
    first, last = sent[0].sequence, sent[-1].sequence
    driver_of(session).execute(_MARK_RUN, (answers[0].position - first, now, first, last))
    seen, unseen = marking.seen, marking.unseen
    for change, answer in zip(sent, answers, strict=True):
        if change.operation is Operation.DELETE:
            unseen[change.entity].add(change.row_id)
        else:
            seen[change.entity][change.row_id] = answer.position
    _place_made(session, sent, seen)
    return marking


def _mark_each(session: Session, sent: Sequence[Sent], answers: Sequence[Answer], now: str) -> _Marking:
    """Mark each change as it was answered."""
    marking = _Marking()
    marks: list[tuple[Any, ...]] = []
    for answer in answers:
        change = sent[answer.index]
        state = _state_after(answer)
        if state is State.PENDING:
            continue
        marking.states[state] += 1
        code = answer.code[:60] if state is State.REFUSED else ""
        marks.append((state.value, answer.position, code, now, change.change_id))
        if _was_applied(answer) and change.operation is not Operation.DELETE:
            known = marking.seen[change.entity]
            known[change.row_id] = max(answer.position, known.get(change.row_id, 0))
        elif state is not State.REFUSED:
            marking.unseen[change.entity].add(change.row_id)
    if marks:
        driver_of(session).executemany(_MARK_ONE, marks)
    return marking


def _is_plain(sent: Sequence[Sent], answers: Sequence[Answer]) -> bool:
    """Return whether a batch without gaps was applied whole, one position after another: one statement marks it."""
    if not sent or len(sent) != len(answers) or sent[-1].sequence - sent[0].sequence != len(sent) - 1:
        return False
    first = answers[0].position
    return all(
        answer.outcome is Outcome.APPLIED and answer.position == first + place and answer.index == place
        for place, answer in enumerate(answers)
    )


def offer_again(session: Session, *, change_ids: Collection[str] | None = None) -> int:
    """Set answered changes pending again, all or the named ones, and return how many; the caller commits.

    The server keeps what it has and takes what it lacks, so offering twice is harmless.
    """
    statement = update(OutboxEntry).where(OutboxEntry.state != State.PENDING)
    if change_ids is not None:
        statement = statement.where(OutboxEntry.change_id.in_(change_ids))
    result = session.connection().execute(statement.values(state=State.PENDING.value, code="", acknowledged_at=None))
    return result.rowcount


DEPENDS = "no-such-row"
"""Code of a change that was refused because what it hangs on is not known to the server."""
_HELD_BACK = "SELECT change_id, row_id, fields FROM outbox WHERE state = 'refused' AND code = ?"


def free_dependants(session: Session, known: Iterable[str]) -> int:
    """Offer again what was refused only because of a row that is now `known` to the server; the caller commits."""
    held_back = driver_of(session).execute(_HELD_BACK, (DEPENDS,)).fetchall()
    if not held_back:
        return 0
    row_ids = set(known)
    free = [
        change_id
        for change_id, row_id, fields in held_back
        if row_id in row_ids or msgspec.json.decode(fields).get("person_id") in row_ids
    ]
    return offer_again(session, change_ids=free) if free else 0


def offer_refused(session: Session, codes: Collection[str], *, newest_schema: int | None = None) -> int:
    """Offer again what was refused for one of these reasons, because the reason may be gone; the caller commits."""
    statement = select(OutboxEntry.change_id).where(
        OutboxEntry.state == State.REFUSED, OutboxEntry.code.in_(list(codes))
    )
    if newest_schema is not None:
        statement = statement.where(OutboxEntry.schema <= newest_schema)
    found = list(session.scalars(statement))
    return offer_again(session, change_ids=found) if found else 0


def renumber(session: Session, change_ids: Sequence[str], *, above: int) -> None:
    """Give these changes, and everything pending after them, the numbers after `above`, in their order.

    A store that was set back to an older backup counts on from there, and so uses numbers that the server knows for
    something else; what the server has stays as it is. The caller commits.
    """
    first = session.scalar(select(func.min(OutboxEntry.sequence)).where(OutboxEntry.change_id.in_(change_ids)))
    moving = session.scalars(
        select(OutboxEntry.sequence)
        .where(OutboxEntry.state == State.PENDING, OutboxEntry.sequence >= first)
        .order_by(OutboxEntry.sequence)
    ).all()
    answered = session.scalar(select(func.max(OutboxEntry.sequence)).where(OutboxEntry.state != State.PENDING)) or 0
    start = max(above, answered)
    table: Any = OutboxEntry.__table__
    steps = [{"old": old, "new": -(start + place)} for place, old in enumerate(moving, start=1)]
    connection = session.connection()
    connection.execute(
        update(table).where(table.c.sequence == bindparam("old")).values(sequence=bindparam("new")), steps
    )
    connection.execute(update(table).where(table.c.sequence < 0).values(sequence=-table.c.sequence))
    session.expire_all()


KEPT = timedelta(days=90)
"""How long an acknowledged change stays here, to be offered again to a server that was set back to a backup."""


def prune(session: Session, *, clock: Clock) -> int:
    """Let go of changes that the server took longer ago than :data:`KEPT`, all but the newest; the caller commits.

    The newest stays, because its number is where the next one begins.
    """
    until = clock.now() - KEPT
    # They were taken in their order: where the first of them is not old enough, nobody need look at the others.
    oldest = driver_of(session).execute(_OLDEST).fetchone()
    if oldest is None or oldest[0] >= to_wire(until):
        return 0
    newest = session.scalar(select(func.max(OutboxEntry.sequence))) or 0
    result = session.connection().execute(
        delete(OutboxEntry).where(
            OutboxEntry.state == State.ACKNOWLEDGED.value,
            OutboxEntry.acknowledged_at < until,
            OutboxEntry.sequence < newest,
        )
    )
    return result.rowcount


_OLDEST = "SELECT acknowledged_at FROM outbox WHERE state = 'acknowledged' ORDER BY sequence LIMIT 1"


def as_change(entry: OutboxEntry) -> Change:
    """Return an entry as it goes over the wire."""
    return Change(
        change_id=entry.change_id,
        sequence=entry.sequence,
        entity=entry.entity,
        row_id=entry.row_id,
        operation=Operation(entry.operation),
        actor=entry.actor,
        at=to_wire(entry.at),
        fields=entry.fields,
        base=entry.base,
        schema=entry.schema,
    )


def _state_after(answer: Answer) -> State:
    match answer.outcome:
        case Outcome.TRY_LATER:
            return State.PENDING
        case Outcome.REFUSED:
            return State.REFUSED
        case Outcome.CONFLICT:
            return State.CONFLICT
        case Outcome.ALREADY_HAD if answer.code == Outcome.CONFLICT:
            return State.CONFLICT
    return State.ACKNOWLEDGED


def _was_applied(answer: Answer) -> bool:
    """Return whether nobody else had changed the row unseen; a repeated change carries its first outcome as code."""
    return answer.outcome is Outcome.APPLIED or (
        answer.outcome is Outcome.ALREADY_HAD and answer.code == Outcome.APPLIED
    )


def _place_made(session: Session, sent: Sequence[Sent], seen: dict[str, dict[str, int]]) -> None:
    """Give their first position to rows that a plain batch made, and take them from `seen`.

    This is done for kinds of row of which the batch has nothing but inserts. A first push has no others, and one
    statement for each kind takes half the time of looking each row up.
    """
    driver = driver_of(session)
    tally = TallyChange()
    made = synced_tables().keys() & seen.keys() - {one.entity for one in sent if one.operation is not Operation.INSERT}
    for entity in made:
        begin_at_nothing(session, entity)
        name = synced_tables()[entity].__table__.name
        placed = driver.execute(
            f'UPDATE "{name}" SET server_position = sent.position FROM outbox AS sent'  # noqa: S608 - a table's own name
            f' WHERE sent.sequence BETWEEN ? AND ? AND sent.entity = ? AND "{name}".id = sent.row_id'
            f' AND "{name}".server_position = 0',
            (sent[0].sequence, sent[-1].sequence, entity),
        ).rowcount
        if placed == len(seen[entity]):
            tally.moved(entity, ((row_id, 0, position) for row_id, position in seen.pop(entity).items()))
        elif placed:
            # Some had a position before, and it is not told which: they are counted anew.
            forget(session, [entity])
    tally.write(session)


def _raise_positions(session: Session, seen: dict[str, dict[str, int]]) -> None:
    """Let rows stand at the positions at which they were seen, where these are newer, and count it in the tallies."""
    tables = synced_tables()
    tally = TallyChange()
    driver = driver_of(session)
    for entity, positions in seen.items():
        if entity not in tables:
            continue
        begin_at_nothing(session, entity)
        name = tables[entity].__table__.name
        before = driver.execute(
            f'SELECT id, rowid, {position_in_sql(name)} FROM "{name}"'  # noqa: S608 - a table's own name
            " WHERE id IN (SELECT value FROM json_each(?))",
            (listed(positions),),
        ).fetchall()
        raised = [(*found, now) for found in before if found[2] < (now := positions[found[0]])]
        tally.moved(entity, ((row_id, position, now) for row_id, _, position, now in raised))
        raise_positions(driver, entity, raised)
    tally.write(session)


def _are_unplaced(session: Session, unseen: dict[str, set[str]]) -> bool:
    """Return whether one of these rows is here at position 0."""
    tables = synced_tables()
    for entity, row_ids in unseen.items():
        if entity not in tables:
            continue
        table = tables[entity].__table__
        here = select(table.c.id).where(table.c.id.in_(row_ids), table.c.server_position == 0).limit(1)
        if session.scalar(here) is not None:
            return True
    return False
