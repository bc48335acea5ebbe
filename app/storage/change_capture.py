"""Every write to a row that travels leaves an outbox entry in the same transaction, or is refused.

The entry is made after the flush, when keys and defaults are filled, on the same connection: a rollback takes both, a
power cut leaves both or neither. Bulk statements would bypass the hook, so they are refused on synced tables.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from app.clock import Clock
from app.ids import new_id
from app.models.base import LOCAL_COLUMNS, Synced, to_wire
from app.models.local import OutboxEntry, SessionDraft
from app.storage.change_set import ChangeSet
from app.storage.value_history import remember_changed
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION


class UncapturedWrite(RuntimeError):
    """A bulk write to a synced table, or a change to a fact: a bug, caught before it could lose a change."""


def _fields(row: Synced, *, only_changed: bool) -> dict[str, Any]:
    state = inspect(row)
    assert state is not None  # noqa: S101 - a mapped row always has a state
    fields = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0].name
        if column in LOCAL_COLUMNS:
            continue
        if only_changed and not state.attrs[attribute.key].history.has_changes():
            continue
        fields[column] = to_wire(getattr(row, attribute.key))
    return fields


class ChangeCapture:
    """Listens on one session and writes its outbox; `written()` names the rows of the transaction."""

    def __init__(self, session: Session, *, actor: str, clock: Clock) -> None:
        self._actor = actor
        self._clock = clock
        self._rows: set[tuple[str, str]] = set()
        self._session = session
        self._entries: list[OutboxEntry] = []
        self._touched: list[tuple[Synced, str]] = []
        self._drafts: list[tuple[SessionDraft, bool]] = []
        event.listen(session, "before_flush", self._capture)
        event.listen(session, "do_orm_execute", _refuse_bulk_writes)

    def written(self) -> ChangeSet:
        """Return the rows written so far."""
        return ChangeSet(frozenset(self._rows))

    def touched(self) -> list[tuple[Synced, str]]:
        """Return the rows written since the last commit, each with what was done to it."""
        touched, self._touched = self._touched, []
        return touched

    def journalled(self) -> list[dict[str, Any]]:
        """Return what was written, as the journal keeps it, and begin anew."""
        changes = [
            {"change": {column.name: to_wire(getattr(entry, column.name)) for column in OutboxEntry.__table__.columns}}
            for entry in self._entries
        ]
        drafts = [
            {
                "draft": {
                    "key": [draft.session_id, draft.enrolment_id],
                    "cells": dict(draft.cells),
                    "saved_at": to_wire(draft.saved_at),
                    "deleted": is_deleted,
                }
            }
            for draft, is_deleted in self._drafts
        ]
        self._entries, self._drafts = [], []
        return [*changes, *drafts]

    def note_draft(self, draft: SessionDraft) -> None:
        """Have a draft journalled that was written past the object mapper."""
        self._drafts.append((draft, False))

    def _capture(self, session: Session, _context: UOWTransaction, _instances: Any) -> None:
        new = [row for row in session.new if isinstance(row, Synced)]
        self._drafts += [(row, False) for row in (*session.new, *session.dirty) if isinstance(row, SessionDraft)]
        self._drafts += [(row, True) for row in session.deleted if isinstance(row, SessionDraft)]
        # Parents before children: the server takes changes in this order.
        order = list(ENTITIES)
        for row in sorted(new, key=lambda row: order.index(row.entity)):
            _fill_defaults(row)
            self._record(row, "insert", _fields(row, only_changed=False))
        for row in session.dirty:
            if isinstance(row, Synced):
                fields = _fields(row, only_changed=True)
                if fields:
                    _refuse_changed_fact(row)
                    entry = self._record(row, "update", fields)
                    self._remember(row, fields, entry)
        for row in session.deleted:
            if isinstance(row, Synced):
                _refuse_changed_fact(row)
                self._record(row, "delete", {})

    def _remember(self, row: Synced, fields: dict[str, Any], entry: OutboxEntry) -> None:
        state = inspect(row)
        assert state is not None  # noqa: S101 - a mapped row always has a state
        changes = {}
        for attribute in state.mapper.column_attrs:
            column = attribute.columns[0].name
            if column in fields:
                before = state.attrs[attribute.key].history.deleted
                changes[column] = (before[0] if before else None, getattr(row, attribute.key))
        remember_changed(self._session, entry, changes)

    def _record(self, row: Synced, operation: str, fields: dict[str, Any]) -> OutboxEntry:
        self._rows.add((row.entity, row.id))
        self._touched.append((row, operation))
        entry = OutboxEntry(
            change_id=new_id(self._clock),
            entity=row.entity,
            row_id=row.id,
            operation=operation,
            fields=fields,
            base=row.server_position or 0,
            actor=self._actor,
            at=self._clock.now(),
            schema=SCHEMA_VERSION,
            state="pending",
        )
        self._entries.append(entry)
        self._session.add(entry)
        return entry


def _fill_defaults(row: Synced) -> None:
    """Give a new row the defaults that its columns name, so that the outbox says what the table will hold."""
    state = inspect(row)
    assert state is not None  # noqa: S101 - a mapped row always has a state
    for attribute in state.mapper.column_attrs:
        default = attribute.columns[0].default
        if getattr(row, attribute.key) is None and default is not None:
            setattr(row, attribute.key, default.arg if default.is_scalar else default.arg(None))


def _refuse_changed_fact(row: Synced) -> None:
    if ENTITIES[row.entity].is_fact:
        raise UncapturedWrite(f"{row.entity} is a fact: correct it with a new one")


def _refuse_bulk_writes(statement: ORMExecuteState) -> None:
    if not (statement.is_insert or statement.is_update or statement.is_delete):
        return
    mapper: Callable[..., Any] | None = statement.bind_mapper.class_ if statement.bind_mapper else None
    if mapper is None or (isinstance(mapper, type) and issubclass(mapper, Synced)):
        raise UncapturedWrite("a bulk write would bypass the outbox")
