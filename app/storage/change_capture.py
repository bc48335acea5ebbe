"""Every write to a row that travels leaves an outbox entry in the same transaction, or is refused.

The entry is made before the flush, while what a row was before is known, and written behind it on the same connection,
all of a flush in one statement: a rollback takes both, a power cut leaves both or neither. Bulk statements would bypass
the hook, so they are refused on synced tables.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, event, func, insert, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from app.clock import Clock
from app.ids import new_id
from app.models.base import LOCAL_COLUMNS, Synced, synced_tables, to_wire
from app.models.local import OutboxEntry, SessionDraft, ValueHistory
from app.storage.change_set import ChangeSet
from app.storage.positions import catch_up, forget_deleted
from app.storage.value_history import changed_values
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION


class UncapturedWrite(RuntimeError):
    """A bulk write to a synced table, or a change to a fact: a bug, caught before it could lose a change."""


@cache
def _attributes(entity: str) -> tuple[tuple[str, str, Any], ...]:
    """Return each attribute of a table with its column and its default; asked for every row that is written."""
    return tuple(
        (attribute.key, attribute.columns[0].name, attribute.columns[0].default)
        for attribute in inspect(synced_tables()[entity]).column_attrs
    )


def _fields(row: Synced) -> dict[str, Any]:
    """Return all fields of a new row, with the defaults that its columns name: what the table will hold.

    A plain default is filled in by the insert itself, so it is put into the row only where that would not do it.
    """
    said = row.__dict__
    fields = {}
    for key, column, default in _attributes(row.entity):
        value = said.get(key)
        if value is None and default is not None:
            value = default.arg if default.is_scalar else default.arg(None)
            if key in said or not default.is_scalar:
                setattr(row, key, value)
        if column not in LOCAL_COLUMNS:
            fields[column] = to_wire(value)
    return fields


def _changes(row: Synced) -> dict[str, tuple[Any, Any]]:
    """Return what was changed, before and after."""
    state = inspect(row)
    assert state is not None  # noqa: S101 - a mapped row always has a state
    changes = {}
    for key, column, _default in _attributes(row.entity):
        history = state.attrs[key].history
        if column not in LOCAL_COLUMNS and history.has_changes():
            changes[column] = (history.deleted[0] if history.deleted else None, getattr(row, key))
    return changes


class ChangeCapture:
    """Writes the outbox of one session; `written()` names the rows of the transaction."""

    def __init__(self, *, actor: str, clock: Clock) -> None:
        self._actor = actor
        self._clock = clock
        self._rows: set[tuple[str, str]] = set()
        self._new: list[dict[str, Any]] = []
        self._remembered: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self._touched: list[tuple[Synced, str]] = []
        self._drafts: list[dict[str, Any]] = []

    def written(self) -> ChangeSet:
        """Return the rows written so far."""
        return ChangeSet(frozenset(self._rows))

    def touched(self) -> list[tuple[Synced, str]]:
        """Return the rows written since the last commit, each with what was done to it."""
        touched, self._touched = self._touched, []
        return touched

    def journalled(self) -> list[dict[str, Any]]:
        """Return what was written, as the journal keeps it, and begin anew."""
        changes = [{"change": {name: to_wire(value) for name, value in entry.items()}} for entry in self._entries]
        drafts = [{"draft": draft} for draft in self._drafts]
        self._entries, self._drafts = [], []
        return [*changes, *drafts]

    def note_draft(
        self, key: tuple[str, str], cells: dict[str, Any], *, saved_at: str, is_deleted: bool = False
    ) -> None:
        """Have what is typed for a session and an enrolment journalled, or that it is gone."""
        self._drafts.append({"key": key, "cells": cells, "saved_at": saved_at, "deleted": is_deleted})

    def note(self, session: Session) -> None:
        """Make an entry of each row that is about to be flushed; UncapturedWrite where a fact was changed."""
        new = [row for row in session.new if isinstance(row, Synced)]
        for rows, is_deleted in ((session.new, False), (session.dirty, False), (session.deleted, True)):
            for row in rows:
                if isinstance(row, SessionDraft):
                    key, saved_at = (row.session_id, row.enrolment_id), to_wire(row.saved_at)
                    self.note_draft(key, dict(row.cells), saved_at=saved_at, is_deleted=is_deleted)
        # What a flush that failed would have left behind is not this one's.
        self._new, self._remembered = [], []
        # Parents before children: the server takes changes in this order.
        for row in sorted(new, key=lambda row: _ORDER[row.entity]):
            self._record(row, "insert", _fields(row))
        catch_up(session, [row for row in (*session.dirty, *session.deleted) if isinstance(row, Synced)])
        for row in session.dirty:
            if isinstance(row, Synced):
                changes = _changes(row)
                if changes:
                    _refuse_changed_fact(row)
                    entry = self._record(row, "update", {name: to_wire(after) for name, (_, after) in changes.items()})
                    self._remembered += changed_values(entry, changes)
        for row in session.deleted:
            if isinstance(row, Synced):
                _refuse_changed_fact(row)
                self._record(row, "delete", {})
        forget_deleted(session, [row for row in session.deleted if isinstance(row, Synced)])

    def _record(self, row: Synced, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
        self._rows.add((row.entity, row.id))
        self._touched.append((row, operation))
        entry = {
            "change_id": new_id(self._clock),
            "entity": row.entity,
            "row_id": row.id,
            "operation": operation,
            "fields": fields,
            "base": row.server_position or 0,
            "actor": self._actor,
            "at": self._clock.now(),
            "schema": SCHEMA_VERSION,
            "state": "pending",
            "position": 0,
            "code": "",
            "acknowledged_at": None,
        }
        self._new.append(entry)
        return entry

    def write(self, session: Session) -> None:
        """Write the entries of what was flushed."""
        new, self._new = self._new, []
        remembered, self._remembered = self._remembered, []
        if not new:
            return
        connection = session.connection()
        # The unit of work has the store's write lock since it began, so nobody else takes the next number.
        newest = connection.execute(_NEWEST).scalar_one() or 0
        for sequence, entry in enumerate(new, start=newest + 1):
            entry["sequence"] = sequence
        connection.execute(_ADD, new)
        if remembered:
            connection.execute(_REMEMBER, remembered)
        self._entries += new


class CapturedSession(Session):
    """A session whose writes a capture is told of; to listen to each anew would be a fifth of saving a cell."""

    def __init__(self, connection: Connection, capture: ChangeCapture) -> None:
        super().__init__(connection, expire_on_commit=False)
        self.capture = capture


@event.listens_for(CapturedSession, "before_flush")
def _note(session: CapturedSession, _context: UOWTransaction, _instances: Any) -> None:
    session.capture.note(session)


@event.listens_for(CapturedSession, "after_flush")
def _write(session: CapturedSession, _context: UOWTransaction) -> None:
    session.capture.write(session)


_ORDER: Final = {entity: place for place, entity in enumerate(ENTITIES)}
_NEWEST: Final = select(func.max(OutboxEntry.sequence))
_ADD: Final = insert(OutboxEntry.__table__)  # type: ignore[arg-type]
_REMEMBER: Final = insert(ValueHistory.__table__)  # type: ignore[arg-type]


def _refuse_changed_fact(row: Synced) -> None:
    if ENTITIES[row.entity].is_fact:
        raise UncapturedWrite(f"{row.entity} is a fact: correct it with a new one")


@event.listens_for(CapturedSession, "do_orm_execute")
def _refuse_bulk_writes(statement: ORMExecuteState) -> None:
    if not (statement.is_insert or statement.is_update or statement.is_delete):
        return
    mapper: Callable[..., Any] | None = statement.bind_mapper.class_ if statement.bind_mapper else None
    if mapper is None or (isinstance(mapper, type) and issubclass(mapper, Synced)):
        raise UncapturedWrite("a bulk write would bypass the outbox")
