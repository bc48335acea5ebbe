"""Rows from the server into the store: a page and the cursor in one transaction, unsent work on top.

A row that this version cannot read is passed over and reported; it never holds up the others. A tombstone for a row of
which something is unsent waits: the cursor stays before it, and it comes again once the server has what was unsent.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.errors import KnownProblem
from app.models.base import Moment, from_wire, known_fields, synced_tables
from app.models.local import Device, OutboxEntry, PassedOver, SessionDraft
from app.storage.change_set import ChangeSet
from app.storage.value_history import newest_values, remember_edits, remember_received
from app.sync.leaving import came_back, note
from app.sync.outbox import State, begin_writing
from app.sync.tallies import TallyChange
from app.sync.wire.messages import Departure, Operation, Row

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that was passed over, and the field that did not fit."""

    entity: str
    row_id: str
    field: str


@dataclass(frozen=True, slots=True)
class PageApplied:
    """What a page changed, what of it could not be read, and where the cursor now stands."""

    changed: ChangeSet
    unreadable: tuple[UnreadableRow, ...]
    cursor: int


@dataclass(slots=True)
class _Unsent:
    """What is pending for one row."""

    fields: dict[str, Any] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass(slots=True)
class _Writing:
    """What one table gets: rows by the set of their columns, because a bulk statement names its columns once."""

    inserts: dict[tuple[str, ...], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    updates: dict[tuple[str, ...], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    deletes: list[dict[str, Any]] = field(default_factory=list)


class _Page:
    """Decides row by row over what the store holds, and remembers what to write."""

    def __init__(self, session: Session, *, reread_until: int, is_repair: bool) -> None:
        self._unsent = _unsent(session)
        self._drafted = _drafted(session)
        self._reread_until = reread_until
        self._is_repair = is_repair
        self.tally = TallyChange()
        self.passed_over: set[tuple[str, str]] = set()
        self.changed: set[tuple[str, str]] = set()
        self.unreadable: list[UnreadableRow] = []
        self.waiting: list[int] = []

    def read(self, model: type[Any], row: Row, here: int | None, writing: _Writing) -> None:
        """Decide about one row; `here` is the position at which the store has it, None where it has not."""
        if here is not None and here >= row.position and not self._is_asked_for(row, here):
            return  # our own change, come back
        unsent = self._unsent.get((row.entity, row.row_id))
        if row.deleted:
            self._bury(row, here, writing, is_unsent=unsent is not None)
        elif unsent is None or not unsent.is_deleted:
            try:
                values = _readable(model, row, unsent, is_new=here is None)
            except KnownProblem as problem:
                self.unreadable.append(UnreadableRow(row.entity, row.row_id, str(problem.parameters.get("field", ""))))
                return
            self._note_unknown(row)
            self._place(row, values, writing, here)

    def _is_asked_for(self, row: Row, here: int) -> bool:
        return self._is_repair or here == row.position <= self._reread_until

    def _note_unknown(self, row: Row) -> None:
        unknown = row.fields.keys() - known_fields(row.entity)
        if unknown:
            self.passed_over |= {(row.entity, name) for name in unknown}

    def _bury(self, row: Row, here: int | None, writing: _Writing, *, is_unsent: bool) -> None:
        if here is None:
            return
        if is_unsent or (row.entity, row.row_id) in self._drafted:
            self.waiting.append(row.position)
            return
        writing.deletes.append({"row_key": row.row_id})
        self.tally.moved(row.entity, row.row_id, before=here, after=0)
        self.changed.add((row.entity, row.row_id))

    def _place(self, row: Row, values: dict[str, Any], writing: _Writing, here: int | None) -> None:
        if not values:
            return
        if "server_position" in values:
            self.tally.moved(row.entity, row.row_id, before=here or 0, after=row.position)
        columns = tuple(sorted(values))
        if here is None:
            writing.inserts[columns].append({**values, "id": row.row_id})
        else:
            writing.updates[columns].append({**values, "row_key": row.row_id})
        self.changed.add((row.entity, row.row_id))


def apply_page(
    session: Session,
    rows: Sequence[Row],
    *,
    cursor: int | None,
    left: Sequence[Departure] = (),
    at: datetime | None = None,
) -> PageApplied:
    """Write the rows and the cursor in one transaction and commit it; without a cursor (a repair) it stays.

    `at` dates what values were before; without it they are not remembered.

    Fields that a pending change sets keep the local value, and such a row keeps the position it was last seen at: the
    server, not the laptop, finds out whether two people changed the same. Unknown entities and fields are passed over,
    and noted for the version that knows them. What has `left` the scope is noted too.
    """
    begin_writing(session)
    standing, reread_until = session.execute(select(Device.cursor, Device.reread_until)).one()
    page = _Page(session, reread_until=reread_until, is_repair=cursor is None)
    tables = synced_tables()
    newest: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.entity in tables:
            newest[row.entity][row.row_id] = row
        else:
            page.passed_over.add((row.entity, ""))
    for entity, by_id in newest.items():
        table: Table = tables[entity].__table__
        here = _positions(session, table, by_id)
        writing = _Writing()
        for row_id, row in by_id.items():
            page.read(tables[entity], row, here.get(row_id), writing)
        if at is not None:
            for updates in writing.updates.values():
                told = newest_values(by_id.values())
                remember_received(session.connection(), table, entity=entity, rows=updates, at=at, told=told)
        _write(session, table, writing)
        remember_edits(session.connection(), [row for row in by_id.values() if not row.deleted])
    page.tally.write(session)
    for entity, field_name in sorted(page.passed_over):
        session.merge(PassedOver(entity=entity, field=field_name))
    came_back(session, [(row.entity, row.row_id) for row in rows if not row.deleted])
    note(session, left)
    if cursor is None:
        reached = standing
    else:
        reached = min([cursor, *(position - 1 for position in page.waiting)])
        session.execute(update(Device).values(cursor=reached))
        if reread_until and reached >= reread_until:
            session.execute(update(Device).values(reread_until=0))
    session.commit()
    return PageApplied(ChangeSet(frozenset(page.changed)), tuple(page.unreadable), reached)


def read_anew_what_is_known_now(session: Session) -> bool:
    """Begin to read from the start where fields were passed over that this version knows; the caller commits."""
    tables = synced_tables()
    known = [
        passed
        for passed in session.scalars(select(PassedOver))
        if passed.entity in tables and (not passed.field or passed.field in tables[passed.entity].__table__.columns)
    ]
    for passed in known:
        session.delete(passed)
    if known:
        session.execute(update(Device).values(reread_until=func.max(Device.reread_until, Device.cursor), cursor=0))
    return bool(known)


def _unsent(session: Session) -> dict[tuple[str, str], _Unsent]:
    unsent: dict[tuple[str, str], _Unsent] = defaultdict(_Unsent)
    entries = session.execute(
        select(OutboxEntry.entity, OutboxEntry.row_id, OutboxEntry.operation, OutboxEntry.fields)
        .where(OutboxEntry.state == State.PENDING)
        .order_by(OutboxEntry.sequence)
    )
    for entity, row_id, operation, fields in entries:
        row = unsent[entity, row_id]
        row.is_deleted = operation == Operation.DELETE
        row.fields.update(fields)
    return dict(unsent)


def _drafted(session: Session) -> set[tuple[str, str]]:
    """Return the rows that something typed and not yet closed hangs on."""
    drafts = session.execute(select(SessionDraft.session_id, SessionDraft.enrolment_id)).all()
    return {("session", session_id) for session_id, _ in drafts} | {("enrolment", enrolled) for _, enrolled in drafts}


def _positions(session: Session, table: Table, row_ids: Iterable[str]) -> dict[str, int]:
    found = session.execute(select(table.c.id, table.c.server_position).where(table.c.id.in_(list(row_ids))))
    return dict(found.all())


@cache
def _columns(entity: str) -> tuple[tuple[str, Any, bool, bool], ...]:
    """Return of every column its name, its type, whether it may be empty, and whether a new row must say it."""
    return tuple(
        (
            column.name,
            column.type,
            bool(column.nullable),
            not column.nullable and column.default is None and column.name != "id",
        )
        for column in synced_tables()[entity].__table__.columns
    )


def _readable(model: type[Any], row: Row, unsent: _Unsent | None, *, is_new: bool) -> dict[str, Any]:
    """Return the columns to write, checked against the table; KnownProblem "unreadable-row" where one does not fit."""
    values = from_wire(model, row.fields)
    if unsent is not None:
        values = {name: value for name, value in values.items() if name not in unsent.fields}
        if is_new:
            values.update(from_wire(model, unsent.fields))
    for name, kind, is_nullable, must_be_said in _columns(row.entity):
        if name in values:
            if not _fits(values[name], kind, is_nullable=is_nullable):
                raise KnownProblem("unreadable-row", entity=row.entity, field=name)
        elif is_new and must_be_said:
            raise KnownProblem("unreadable-row", entity=row.entity, field=name)
    if unsent is None or is_new:
        values["server_position"] = row.position
    return values


def _fits(value: Any, kind: Any, *, is_nullable: bool) -> bool:
    if value is None:
        return is_nullable
    match kind:
        case Moment():
            return isinstance(value, datetime) and value.tzinfo is not None
        case Date():
            return isinstance(value, date)
        case Boolean():
            return isinstance(value, bool)
        case Integer():
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
        case Float():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case String():
            return isinstance(value, str)
    return isinstance(kind, JSON)


def _write(session: Session, table: Table, writing: _Writing) -> None:
    connection = session.connection()
    this_row = table.c.id == bindparam("row_key")
    if writing.deletes:
        connection.execute(delete(table).where(this_row), writing.deletes)
    for rows in writing.inserts.values():
        connection.execute(insert(table), rows)
    for rows in writing.updates.values():
        connection.execute(update(table).where(this_row), rows)
