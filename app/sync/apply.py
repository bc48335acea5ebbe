"""Rows from the server into the store: a page and the cursor in one transaction, unsent work on top.

A row that this version cannot read is passed over and reported; it never holds up the others. A tombstone for a row of
which something is unsent waits: the cursor stays before it, and it comes again once the server has what was unsent.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from app.errors import KnownProblem
from app.models.base import LOCAL_COLUMNS, known_fields, synced_tables
from app.models.local import Device, PassedOver
from app.storage.change_set import ChangeSet
from app.storage.columns import stored_values
from app.storage.driver import driver_of
from app.storage.erased import forget_rows
from app.storage.listed import listed
from app.storage.positions import forget_answered, position_in_sql
from app.storage.value_history import newest_values, remember_edits, remember_received
from app.sync.leaving import came_back, note
from app.sync.outbox import begin_writing
from app.sync.tallies import TallyChange, begin_at_nothing
from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Departure, Operation, Row

PLACE = "rowid"
"""SQLite's number of a row, which finds it without looking up its identifier once more."""
POSITION = "server_position"
"""Column of every row that travels: the server's position at which it was last seen here."""


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


_Held = dict[str, Any]
"""A row as the store has it: its columns that travel, the position at which it was last seen, and where it lies."""


@dataclass(slots=True)
class _Writing:
    """What one table gets: rows by the set of their columns, because a bulk statement names its columns once.

    An update names only what becomes another value: a column written as it was is written into its indexes anew.
    `replaced` has the values before and after, by row; `moved` row id and the server's positions before and after.
    """

    inserts: dict[tuple[str, ...], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    updates: dict[tuple[str, ...], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    deletes: list[tuple[str]] = field(default_factory=list)
    replaced: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    moved: list[tuple[str, int, int]] = field(default_factory=list)


class _Page:
    """Decides row by row over what the store holds, and remembers what to write."""

    def __init__(self, driver: Any, *, reread_until: int, is_repair: bool) -> None:
        self._driver = driver
        self._unsent = _unsent(driver)
        self._reread_until = reread_until
        self.is_repair = is_repair
        self.tally = TallyChange()
        self.passed_over: set[tuple[str, str]] = set()
        self.changed: set[tuple[str, str]] = set()
        self.unreadable: list[UnreadableRow] = []
        self.waiting: list[int] = []
        self.erased: list[str] = []

    @cached_property
    def _drafted(self) -> set[tuple[str, str]]:
        return _drafted(self._driver)

    def read(self, row: Row, held: _Held | None, writing: _Writing) -> None:
        """Decide about one row; `held` is what the store has of it, None where it has nothing."""
        here = None if held is None else held[POSITION]
        if here is not None and here >= row.position and not self._is_asked_for(row, here):
            return  # our own change, come back
        unsent = self._unsent.get((row.entity, row.row_id)) if self._unsent else None
        if row.deleted:
            self._bury(row, here, writing, is_unsent=unsent is not None)
        elif unsent is None or not unsent.is_deleted:
            try:
                values = _readable(row, unsent, held)
            except KnownProblem as problem:
                self.unreadable.append(UnreadableRow(row.entity, row.row_id, str(problem.parameters.get("field", ""))))
                return
            self._place(row, values, writing, held)

    def _is_asked_for(self, row: Row, here: int) -> bool:
        return self.is_repair or here == row.position <= self._reread_until

    def _bury(self, row: Row, here: int | None, writing: _Writing, *, is_unsent: bool) -> None:
        if here is None and not row.erased:
            return
        if is_unsent or (row.entity, row.row_id) in self._drafted:
            self.waiting.append(row.position)
            return
        if row.erased:
            self.erased.append(row.row_id)
        if here is None:
            return
        writing.deletes.append((row.row_id,))
        writing.moved.append((row.row_id, here, 0))
        self.changed.add((row.entity, row.row_id))

    def _place(self, row: Row, values: dict[str, Any], writing: _Writing, held: _Held | None) -> None:
        if not values:
            return
        if POSITION in values:
            writing.moved.append((row.row_id, held[POSITION] if held else 0, row.position))
        # The key stands last, where both kinds of statement want it.
        if held is None:
            writing.inserts[tuple(values)].append((*values.values(), row.row_id))
        else:
            changes = {name: (held[name], value) for name, value in values.items() if value != held[name]}
            if changes:
                writing.updates[tuple(changes)].append((*(value for _, value in changes.values()), held[PLACE]))
            changes.pop(POSITION, None)
            writing.replaced[row.row_id] = changes
        self.changed.add((row.entity, row.row_id))


def apply_page(
    session: Session,
    rows: Sequence[Row],
    *,
    cursor: int | None,
    is_last: bool = False,
    left: Sequence[Departure] = (),
    at: datetime | None = None,
) -> PageApplied:
    """Write the rows and the cursor; without a cursor (a repair) it stays. The caller commits.

    `is_last`: with this page everything up to the cursor has come. `at` dates what values were before; without it they
    are not remembered.

    Fields that a pending change sets keep the local value, and such a row keeps the position it was last seen at: the
    server, not the laptop, finds out whether two people changed the same. What a fact corrects is the server's to say
    (two may have corrected the same), and facts are their own history. Unknown entities and fields are passed over,
    and noted for the version that knows them. What has `left` the scope is noted too.
    """
    begin_writing(session)
    driver = driver_of(session)
    standing, reread_until = driver.execute("SELECT cursor, reread_until FROM device").fetchone()
    page = _Page(driver, reread_until=reread_until, is_repair=cursor is None)
    tables = synced_tables()
    newest: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.entity in tables:
            newest[row.entity][row.row_id] = row
        else:
            page.passed_over.add((row.entity, ""))
    for entity, by_id in newest.items():
        table: Table = tables[entity].__table__
        begin_at_nothing(session, entity)
        held = _held(driver, table, by_id)
        writing = _Writing()
        for row_id, row in by_id.items():
            page.read(row, held.get(row_id), writing)
        page.tally.moved(entity, writing.moved)
        said = set[str]().union(*(row.fields for row in by_id.values()))
        page.passed_over |= {(entity, name) for name in said - known_fields(entity)}
        if at is not None and writing.replaced and not ENTITIES[entity].is_fact:
            remember_received(driver, entity, writing.replaced, at=at, told=newest_values(by_id.values()))
        _write(driver, table, writing)
        if page.is_repair:
            # The server's word counts, whatever stands beside the row.
            forget_answered(driver, by_id)
        remember_edits(driver, [row for row in by_id.values() if row.edits and not row.deleted])
    if page.erased:
        forget_rows(driver, page.erased)
    page.tally.write(session)
    if page.passed_over:
        driver.executemany("INSERT OR IGNORE INTO passed_over (entity, field) VALUES (?, ?)", sorted(page.passed_over))
    came_back(session, ((row.entity, row.row_id) for row in rows if not row.deleted))
    note(session, left)
    if cursor is None:
        reached = standing
    else:
        reached = min([cursor, *(position - 1 for position in page.waiting)])
        is_read = bool(reread_until) and reached >= reread_until
        driver.execute(
            "UPDATE device SET cursor = ?, is_complete = ?, reread_until = ?",
            (reached, is_last, 0 if is_read else reread_until),
        )
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


def _unsent(driver: Any) -> dict[tuple[str, str], _Unsent]:
    unsent: dict[tuple[str, str], _Unsent] = defaultdict(_Unsent)
    entries = driver.execute(
        "SELECT entity, row_id, operation, fields FROM outbox WHERE state = 'pending' ORDER BY sequence"
    )
    for entity, row_id, operation, fields in entries:
        row = unsent[entity, row_id]
        row.is_deleted = operation == Operation.DELETE
        row.fields.update(msgspec.json.decode(fields))
    return dict(unsent)


def _drafted(driver: Any) -> set[tuple[str, str]]:
    """Return the rows that something typed and not yet closed hangs on."""
    drafts = driver.execute("SELECT session_id, enrolment_id FROM session_draft").fetchall()
    return {("session", session_id) for session_id, _ in drafts} | {("enrolment", enrolled) for _, enrolled in drafts}


def _held(driver: Any, table: Table, row_ids: Iterable[str]) -> dict[str, _Held]:
    """Return what the store has of these rows, by id."""
    names = [PLACE, POSITION, *(column.name for column in table.columns if column.name not in LOCAL_COLUMNS)]
    said = ", ".join((PLACE, position_in_sql(table.name), *(f'"{name}"' for name in names[2:])))
    found = driver.execute(
        f'SELECT id, {said} FROM "{table.name}" WHERE id IN (SELECT value FROM json_each(?))',  # noqa: S608 - names of ours
        (listed(row_ids),),
    )
    return {row_id: dict(zip(names, values, strict=True)) for row_id, *values in found}


def _readable(row: Row, unsent: _Unsent | None, held: _Held | None) -> dict[str, Any]:
    """Return the columns to write, checked against the table; KnownProblem "unreadable-row" where one does not fit.

    What the wire says as it is stored need not be read: it stays.
    """
    fields, is_new = row.fields, held is None
    if held is not None:
        fields = {name: value for name, value in fields.items() if value != held.get(name, _NOT_HELD)}
    if unsent is not None:
        fields = {name: value for name, value in fields.items() if name not in unsent.fields}
        if is_new:
            fields.update(unsent.fields)
    values = stored_values(row.entity, fields, is_new=is_new)
    if unsent is None or is_new:
        values[POSITION] = row.position
    return values


_NOT_HELD = object()


def _write(driver: Any, table: Table, writing: _Writing) -> None:
    name = f'"{table.name}"'
    if writing.deletes:
        driver.executemany(f"DELETE FROM {name} WHERE id = ?", writing.deletes)  # noqa: S608 - as above
        # Of somebody who was erased nothing may stay; what is made again brings its history along.
        driver.executemany("DELETE FROM value_history WHERE row_id = ?", writing.deletes)
        forget_answered(driver, [row_id for (row_id,) in writing.deletes])
    for columns, rows in writing.inserts.items():
        names = ", ".join(f'"{column}"' for column in (*columns, "id"))
        places = ", ".join("?" * (len(columns) + 1))
        driver.executemany(f"INSERT INTO {name} ({names}) VALUES ({places})", rows)  # noqa: S608 - as above
    for columns, rows in writing.updates.items():
        values = ", ".join(f'"{column}" = ?' for column in columns)
        driver.executemany(f"UPDATE {name} SET {values} WHERE {PLACE} = ?", rows)  # noqa: S608 - as above
