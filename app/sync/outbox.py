"""The outbox as sync sees it: what is still to be sent, and what the server said to each change.

Nothing is ever deleted here. Only an answer that names a change moves it out of pending; an edit made while a request
runs is another change, with its own place in the order, and stays pending.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import String, bindparam, delete, false, func, select, type_coerce, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import synced_tables, to_wire
from app.models.local import Device, OutboxEntry
from app.sync.tallies import TallyChange
from app.sync.wire.messages import Answer, Change, Operation, Outcome


class State(StrEnum):
    """Where a change stands."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many changes stand where."""

    pending: int = 0
    acknowledged: int = 0
    conflict: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Marked:
    """How many changes of a batch the server took (conflicts among them), put in conflict, and refused.

    `unplaced` says that it took some of rows whose position here is still 0: they are in no tally, and if they are out
    of scope no page brings them.
    """

    taken: int = 0
    conflicts: int = 0
    refused: int = 0
    unplaced: bool = False


def begin_writing(session: Session) -> None:
    """Take the store's write lock before anything is read, waiting for whoever has it.

    SQLite refuses at once a transaction that reads first and writes after somebody else has committed.
    """
    session.execute(update(Device).where(false()).values(cursor=0))


def pending(session: Session, *, limit: int, max_bytes: int, after: int = 0) -> list[Change]:
    """Return the next changes to send, in the device's order: at most `limit` and `max_bytes` of JSON, at least one.

    `after` is the sequence from which to go on, so that a change that the server wants later holds up nothing.
    """
    # Moments are stored as the wire writes them, and fields as JSON: neither is made into objects of ours to be sent.
    entries = session.execute(
        select(*_COLUMNS)
        .where(OutboxEntry.state == State.PENDING, OutboxEntry.sequence > after)
        .order_by(OutboxEntry.sequence)
        .limit(limit)
    )
    changes: list[Change] = []
    size = 0
    for change_id, sequence, entity, row_id, operation, actor, at, fields, base, schema in entries:
        size += len(fields) + BESIDE_FIELDS
        if changes and size > max_bytes:
            break
        changes.append(
            Change(
                change_id=change_id,
                sequence=sequence,
                entity=entity,
                row_id=row_id,
                operation=_OPERATIONS[operation],
                actor=actor,
                at=at,
                fields=msgspec.json.decode(fields),
                base=base,
                schema=schema,
            )
        )
    return changes


BESIDE_FIELDS = 280
"""Bytes of JSON that a change has beside its fields."""
_OPERATIONS = {operation.value: operation for operation in Operation}
_COLUMNS = (
    OutboxEntry.change_id,
    OutboxEntry.sequence,
    OutboxEntry.entity,
    OutboxEntry.row_id,
    OutboxEntry.operation,
    OutboxEntry.actor,
    type_coerce(OutboxEntry.at, String),
    type_coerce(OutboxEntry.fields, String),
    OutboxEntry.base,
    OutboxEntry.schema,
)


def mark(session: Session, sent: Sequence[Change], answers: Sequence[Answer], *, clock: Clock) -> Marked:
    """Write down what the server said to the changes that the answers name, in one transaction; the others stay.

    A row whose change was plainly applied has now been seen at the answer's position. After a merge it has not: what
    the others changed comes with the next pull, and an edit made before that must still count as made unseen.
    Raises KnownProblem "server-fault" where an answer names no change of the batch; nothing is then marked.
    """
    if any(answer.index >= len(sent) for answer in answers):
        raise KnownProblem("server-fault")
    begin_writing(session)
    now = clock.now()
    moved = []
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    unseen: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        change = sent[answer.index]
        state = _state_after(answer)
        if state is State.PENDING:
            continue
        moved.append(
            {
                "answered": change.change_id,
                "state": state.value,
                "position": answer.position,
                "code": answer.code[:60] if state is State.REFUSED else "",
                "acknowledged_at": now,
            }
        )
        if _was_applied(answer) and change.operation is not Operation.DELETE:
            known = seen[change.entity]
            known[change.row_id] = max(answer.position, known.get(change.row_id, 0))
        elif state is not State.REFUSED:
            unseen[change.entity].add(change.row_id)
    outbox = OutboxEntry.__table__
    if _is_plain(sent, answers):
        first = sent[0].sequence
        session.connection().execute(
            update(OutboxEntry)
            .where(outbox.c.sequence.between(first, sent[-1].sequence), outbox.c.state == State.PENDING.value)
            .values(
                state=State.ACKNOWLEDGED.value,
                position=answers[0].position + outbox.c.sequence - first,
                code="",
                acknowledged_at=now,
            )
        )
    elif moved:
        session.connection().execute(
            update(OutboxEntry).where(
                outbox.c.change_id == bindparam("answered"), outbox.c.state == State.PENDING.value
            ),
            moved,
        )
    _raise_positions(session, seen)
    unplaced = _are_unplaced(session, unseen)
    if unplaced:
        session.execute(update(Device).values(must_adopt=True))
    free_dependants(session, [sent[answer.index] for answer in answers if answer.outcome is not Outcome.REFUSED])
    session.commit()
    states = [entry["state"] for entry in moved]
    refused = states.count(State.REFUSED)
    return Marked(
        taken=len(states) - refused, conflicts=states.count(State.CONFLICT), refused=refused, unplaced=unplaced
    )


def _is_plain(sent: Sequence[Change], answers: Sequence[Answer]) -> bool:
    """Return whether a batch without gaps was applied whole, one position after another: one statement marks it."""
    if not sent or len(sent) != len(answers) or sent[-1].sequence - sent[0].sequence != len(sent) - 1:
        return False
    first = answers[0].position
    return all(
        answer.outcome is Outcome.APPLIED and answer.position == first + place and answer.index == place
        for place, answer in enumerate(answers)
    )


def counts(session: Session) -> OutboxCounts:
    """Return how many changes stand where."""
    found = session.execute(select(OutboxEntry.state, func.count()).group_by(OutboxEntry.state))
    return OutboxCounts(**{State(state).value: number for state, number in found})


def answered_through(session: Session) -> int:
    """Return the last sequence up to which every change has an answer."""
    first_pending = session.scalar(select(func.min(OutboxEntry.sequence)).where(OutboxEntry.state == State.PENDING))
    if first_pending is not None:
        return first_pending - 1
    return session.scalar(select(func.max(OutboxEntry.sequence))) or 0


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


def free_dependants(session: Session, taken: Sequence[Change]) -> int:
    """Offer again what was refused only because of a row that the server has now taken; the caller commits."""
    row_ids = {change.row_id for change in taken}
    held_back = session.scalars(
        select(OutboxEntry).where(OutboxEntry.state == State.REFUSED, OutboxEntry.code == DEPENDS)
    ).all()
    free = [
        entry.change_id for entry in held_back if entry.row_id in row_ids or entry.fields.get("person_id") in row_ids
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
    oldest = session.scalar(
        select(OutboxEntry.acknowledged_at)
        .where(OutboxEntry.state == State.ACKNOWLEDGED)
        .order_by(OutboxEntry.sequence)
        .limit(1)
    )
    if oldest is None or oldest >= until:
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


def _raise_positions(session: Session, seen: dict[str, dict[str, int]]) -> None:
    tables = synced_tables()
    tally = TallyChange()
    for entity, positions in seen.items():
        if entity not in tables:
            continue
        table = tables[entity].__table__
        before = session.execute(select(table.c.id, table.c.server_position).where(table.c.id.in_(list(positions))))
        for row_id, position in before:
            if position < positions[row_id]:
                tally.moved(entity, row_id, before=position, after=positions[row_id])
        session.connection().execute(
            update(table).where(table.c.id == bindparam("row_key"), table.c.server_position < bindparam("reached")),
            [
                {"row_key": row_id, "reached": position, "server_position": position}
                for row_id, position in positions.items()
            ],
        )
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
