"""Whose records' time is up: nothing was recorded about them for longer than the rules keep it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, exists, func, or_, select, type_coerce

from app.clock import day_of
from app.domain.retention import due_on, retention_rules
from app.models.base import synced_tables
from app.models.oversight import Correction, Erasure
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.listed import among, listed
from app.storage.queries.names import shown_as
from app.storage.queries.rights import KEEP_UNTIL
from app.storage.queries.same_person import owners_of_all

_NO_CONTACT = frozenset({"correction", "erasure", "conflict"})
"""What is recorded about records, after the last contact with somebody."""
_NOT_OF_CONTACT = frozenset({"merged_on", "expires_on"})
"""When two rows were joined, and until when a portion can be used."""


@dataclass(frozen=True, slots=True)
class DuePerson:
    """Somebody whose records' time is up: when something was last recorded, and since when they are due.

    `kept_until` is the day from which they are due again, where the newest decision was to keep them until one to come.
    """

    person_id: str
    name: str
    last_on: date
    due_on: date
    kept_until: date | None = None


def due_for_review(reading: Reading, *, today: date) -> tuple[DuePerson, ...]:
    """Return people about whom nothing was recorded for longer than the rules keep it, the longest first.

    Of somebody of several rows what was recorded last in any of them counts, and they are there once: as the row that
    was kept, or another where that one is erased. Those whose records somebody decided to keep for now come last.
    """
    rules = retention_rules()
    whom = owners_of_all(reading)
    rows = _rows_of_late_nothing(reading, whom, today=today)
    last: dict[str, str] = {}
    for table, days in _tables_with_days().items():
        newest = [func.max(func.coalesce(type_coerce(column, String), "")) for column in days]
        of_these = (
            select(table.c.person_id, *newest).where(among(table.c.person_id, "people")).group_by(table.c.person_id)
        )
        for person_id, *found in reading.execute(of_these, {"people": rows}):
            kept = whom.get(person_id, person_id)
            last[kept] = max(last.get(kept, ""), *found)
    decided = _kept_until(reading, whom)
    people = reading.execute(
        select(Person.id, Person.registered_at, Person.given_name, Person.family_name, Person.nickname).where(
            among(Person.id, "people"), Person.anonymised_on.is_(None), Person.id.not_in(select(Erasure.person_id))
        ),
        {"people": rows},
    )
    registered: dict[str, date] = {}
    shown: dict[str, tuple[str, str]] = {}
    for row_id, registered_at, *named in people:
        kept = whom.get(row_id, row_id)
        registered[kept] = max(day_of(registered_at), registered.get(kept, date.min))
        if kept == row_id or kept not in shown:
            shown[kept] = (row_id, shown_as(*named))
    due = []
    for kept, (person_id, name) in shown.items():
        last_on = _day(last[kept]) if last.get(kept) else registered[kept]
        since = due_on(last_on, rules.review_months)
        until = decided.get(kept)
        if until is not None and until <= today:
            until = None
        if since <= today:
            due.append((until is not None, since, person_id, DuePerson(person_id, name, last_on, since, until)))
    return tuple(one for *_order, one in sorted(due, key=lambda found: found[:3]))


def _rows_of_late_nothing(reading: Reading, whom: Mapping[str, str], *, today: date) -> str:
    """Return the rows of all people about whom nothing was recorded of late, as one value: few of everybody.

    The store finds by its indexes the first thing of late about each; to read all that there ever was of everybody
    takes thirty times as long on a large laptop.
    """
    # The last of a month may be three days later than the same day of another, and a moment's day another one.
    late = due_on(today, -retention_rules().review_months) + timedelta(days=4)
    tables = dict(_tables_with_days())
    own = tables.pop(Person.__table__)
    something = or_(
        *(func.coalesce(type_coerce(day, String), "") > str(late) for day in own),
        *(
            exists(
                select(table.c.person_id).where(table.c.person_id == Person.id, type_coerce(day, String) > str(late))
            )
            for table, days in tables.items()
            for day in days
        ),
    )
    nothing = set(reading.scalars(select(Person.id).where(~something)))
    twins = listed({*whom, *whom.values()})
    met = {
        whom.get(row, row)
        for row in reading.scalars(select(Person.id).where(among(Person.id, "people"), something), {"people": twins})
    }
    return listed(sorted(row for row in nothing if whom.get(row, row) not in met))


@cache
def _tables_with_days() -> Mapping[FromClause, tuple[ColumnElement[Any], ...]]:
    """Return the tables of records about people, and the columns that say when something of it was."""
    found = {}
    for entity in retention_rules().records:
        if entity in _NO_CONTACT or entity not in synced_tables():
            continue
        table = synced_tables()[entity].__table__
        days = tuple(
            column for column in table.c if column.name.endswith(("_on", "_at")) and column.name not in _NOT_OF_CONTACT
        )
        if "person_id" in table.c and days:
            found[table] = days
    return found


def _day(written: str) -> date:
    """Return the day of a day or of a moment as they are stored."""
    at = datetime.fromisoformat(written)
    return at.date() if at.tzinfo is None else day_of(at)


def _kept_until(reading: Reading, whom: Mapping[str, str]) -> dict[str, date]:
    """Return until when somebody's records are kept by the newest decision about any of their rows, by person."""
    decided = reading.execute(
        select(Correction.person_id, Correction.new_value)
        .where(Correction.field == KEEP_UNTIL)
        .order_by(Correction.corrected_on, Correction.id)
    )
    return {whom.get(person_id, person_id): date.fromisoformat(until) for person_id, until in decided}
