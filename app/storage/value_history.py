"""Keep what a value was before it was changed: by hand on this laptop, or by a colleague, as the feed tells.

Facts are their own history, since a correction points at what it corrects. Rows that change (who somebody is, a course,
a plan) would forget; here they are remembered. Every change has a name of its own, so that one which comes down again,
to the laptop that made it or with a history read anew, is told once.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from app.models.base import to_wire
from app.storage.columns import columns_of
from app.storage.listed import listed
from app.sync.wire.messages import Edit, Row


def changed_values(entry: Mapping[str, Any], changes: Mapping[str, tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Return what is to be remembered of a row's changed fields (before, after), whose outbox entry is `entry`."""
    same = {name: entry[name] for name in ("entity", "row_id", "actor", "at", "change_id")}
    return [
        {**same, "field": field, "before": to_wire(before), "after": to_wire(after)}
        for field, (before, after) in changes.items()
    ]


def remember_edits(driver: Any, rows: Sequence[Row]) -> None:
    """Remember who changed what in these rows, as far as it is not remembered yet.

    What was remembered of them without a name gives way to what the feed says of the same value.
    """
    edits = [(row, edit) for row in rows for edit in row.edits if edit.before and edit.after]
    if not edits:
        return
    # Some were made here, or told before: what is new in the scope, or read anew, brings all of its edits.
    told = driver.execute(_NAMES, (listed({edit.change_id for _, edit in edits}),))
    known = set(told)
    new: list[tuple[Row, Edit, str, str]] = []
    for row, edit in edits:
        for field in edit.after:
            if field not in edit.before or (edit.change_id, field) in known:
                continue
            known.add((edit.change_id, field))
            at = _moment(edit.at)
            if at is not None:
                new.append((row, edit, field, at))
    if not new:
        return
    _forget_unnamed(driver, new)
    driver.executemany(
        _REMEMBER,
        [
            (
                row.entity,
                row.row_id,
                field,
                _stored(edit.before[field]),
                _stored(edit.after[field]),
                edit.actor,
                at,
                edit.change_id,
            )
            for row, edit, field, at in new
        ],
    )


def remember_received(
    driver: Any,
    entity: str,
    replaced: Mapping[str, Mapping[str, tuple[Any, Any]]],
    *,
    at: datetime,
    told: Mapping[tuple[str, str], Any],
) -> None:
    """Remember what rows from the server are about to change: stored values before and after, by row id and column.

    `told` is what the feed says of itself (see :func:`newest_values`): that is not remembered once more without a name.
    """
    columns = {column.name: column for column in columns_of(entity)}
    moment = to_wire(at)
    remembered = []
    for row_id, changes in replaced.items():
        for name, (before, after) in changes.items():
            becomes = columns[name].said(after)
            if told.get((row_id, name), _UNTOLD) == becomes:
                continue
            was = columns[name].said(before)
            if was != becomes:
                remembered.append((entity, row_id, name, _stored(was), _stored(becomes), None, moment, None))
    if remembered:
        driver.executemany(_REMEMBER, remembered)


def newest_values(rows: Iterable[Row]) -> dict[tuple[str, str], Any]:
    """Return the value that each field (row id, name) got by its newest edit."""
    return {(row.row_id, field): value for row in rows for edit in row.edits for field, value in edit.after.items()}


_UNTOLD = object()
_NAMES = "SELECT change_id, field FROM value_history WHERE change_id IN (SELECT value FROM json_each(?))"
_REMEMBER = (
    'INSERT INTO value_history (entity, row_id, field, "before", "after", actor, at, change_id)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def _stored(value: Any) -> str:
    """Return a value as a column of JSON keeps it; a page has thousands of them."""
    return msgspec.json.encode(value).decode()


def _forget_unnamed(driver: Any, new: Sequence[tuple[Row, Edit, str, str]]) -> None:
    after: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row, edit, field, _ in new:
        after[row.row_id, field].append(edit.after[field])
    unnamed = driver.execute(
        'SELECT id, row_id, field, "after" FROM value_history'
        " WHERE row_id IN (SELECT value FROM json_each(?)) AND change_id IS NULL",
        (listed({row_id for row_id, _ in after}),),
    )
    told = [(key,) for key, row_id, field, value in unnamed if _said(value) in after.get((row_id, field), ())]
    if told:
        driver.executemany("DELETE FROM value_history WHERE id = ?", told)


def _said(stored: str | None) -> Any:
    return None if stored is None else msgspec.json.decode(stored)


_AS_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?!000000)\d{6}Z")
"""A whole second is stored without a fraction."""


@lru_cache(maxsize=64)
def _moment(said: str) -> str | None:
    """Return when a change was made, as it is stored; None where that is no moment: the edit is passed over.

    What was done in one go has one moment.
    """
    try:
        at = datetime.fromisoformat(said)
        if _AS_STORED.fullmatch(said):
            return said
        return str(to_wire(at)) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
