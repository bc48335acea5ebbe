"""Rows as they stood at a moment: what was written later is left out, what was changed later is as it was before.

A fact's identifier carries the moment it was recorded (UUIDv7), and so does that of most rows that can be changed. An
enrolment and an attendance have a key made of what they connect; they carry no moment, and count from the day they are
about. The history of changes says what a field was before.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from app.clock import DENMARK
from app.domain.reports.facts import Facts

Fields = Mapping[str, Any]
Earlier = Mapping[tuple[str, str], Fields]
"""By (entity, row): what fields were that were changed after the moment."""
CHANGED: Final = (
    "place",
    "programme_version",
    "person",
    "course",
    "session",
    "enrolment",
    "attendance",
    "referral",
    "pharmacy_invoice",
    "invoice_line",
)
"""The rows that can be changed; the names of municipalities and colleagues are those of today."""
LEFT_OUT: Final = frozenset({"person", "course", "session", "referral", "pharmacy_invoice", "invoice_line"})
"""Of these, the ones that are left out where they were made later; places and programmes stand as reference."""
DAY_FIELD: Final = {"session": "held_on", "enrolment": "joined_on"}
"""The day that a row is about: what is about a later day was not there."""
_VERSION_PLACE: Final = 14


def first_id_after(moment: datetime) -> str:
    """Return the least identifier (UUIDv7) of the millisecond after a moment."""
    digits = f"{int(moment.timestamp() * 1000) + 1:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def is_later(row_id: str, bound: str) -> bool:
    """Return whether a row was made at or after the identifier `bound`; one that carries no moment was not."""
    return row_id[_VERSION_PLACE : _VERSION_PLACE + 1] == "7" and row_id >= bound


def end_of(day: date) -> datetime:
    """Return the last moment of a day in Denmark, in UTC."""
    return datetime.combine(day, time(23, 59, 59, 999_000), DENMARK).astimezone(UTC)


def danish_day(moment: datetime) -> date:
    """Return the day in Denmark."""
    return moment.astimezone(DENMARK).date()


def earlier_values(changes: Iterable[tuple[str, str, str, Fields]], *, as_of: datetime) -> Earlier:
    """Return what fields were at `as_of`, from changes (entity, row, moment as ISO text, fields before), oldest first.

    A change whose moment is none is passed over, as it is on every laptop.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entity, row_id, at, before in changes:
        if entity in CHANGED and _is_after(at, as_of):
            known = found.setdefault((entity, row_id), {})
            for name, value in before.items():
                known.setdefault(name, value)
    return found


def _is_after(written: str, as_of: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment > as_of


def rows_then(
    rows: Iterable[tuple[str, str, Fields]], earlier: Earlier, *, as_of: datetime
) -> Iterable[tuple[str, str, Fields]]:
    """Yield the rows (entity, identifier, fields) that can be changed as they stood at `as_of`, and all others."""
    bound, day = first_id_after(as_of), danish_day(as_of).isoformat()
    for entity, row_id, fields in rows:
        if entity in CHANGED:
            if entity in LEFT_OUT and is_later(row_id, bound):
                continue
            then = {**fields, **earlier.get((entity, row_id), {})}
            if entity in DAY_FIELD and then[DAY_FIELD[entity]] > day:
                continue
            yield entity, row_id, then
        else:
            yield entity, row_id, fields


def row_then(
    entity: str, names: list[str], earlier: Earlier, *, as_of: datetime
) -> Callable[[tuple[Any, ...]], tuple[Any, ...] | None]:
    """Return what makes of a row (identifier, *values of `names`) the row as it stood, or None where it was not there.

    The same as :func:`rows_then`, for rows that come from a database as they are stored.
    """
    bound, day = first_id_after(as_of), danish_day(as_of).isoformat()
    about = names.index(DAY_FIELD[entity]) + 1 if entity in DAY_FIELD else 0

    def then(row: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if entity in LEFT_OUT and is_later(row[0], bound):
            return None
        before = earlier.get((entity, row[0]))
        if before:
            row = (row[0], *(before.get(name, value) for name, value in zip(names, row[1:], strict=True)))
        return None if about and row[about] > day else row

    return then


def without_orphans(facts: Facts) -> Facts:
    """Return the facts without enrolments and sessions of a course that was made later and given an earlier day."""
    if facts.as_of is None:
        return facts
    known = {course.id for course in facts.courses}
    return replace(
        facts,
        enrolments=tuple(row for row in facts.enrolments if row.course_id in known),
        sessions=tuple(row for row in facts.sessions if row.course_id in known),
    )
