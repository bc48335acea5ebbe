"""Everything this laptop holds about one person, for the person: records, corrections, and who looked at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from app.clock import day_of
from app.domain.retention import due_on, retention_rules
from app.i18n import _
from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire
from app.models.course import Course, Session
from app.models.organisation import User
from app.models.oversight import AccessLog, Correction, Erasure
from app.models.person import Person
from app.storage.engine import Reading
from app.storage.queries.names import shown_as, shown_name
from app.storage.queries.rights import KEEP_UNTIL
from app.storage.queries.same_person import owners_of_all, rows_of
from app.sync.wire.entities import ENTITIES

_NOT_SHOWN = frozenset({"person_id", "server_position", "content", "file_hash", "text_hash"})


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One line of the access log about somebody; `user` is empty where the staff stays unnamed."""

    at: datetime
    action: str
    what: str
    user: str


@dataclass(frozen=True, slots=True)
class PersonExtract:
    """All rows about a person by entity, each as the wire has it, and the access log about them.

    An attendance says before that on which day it was and on which course, an enrolment on which course.
    """

    person_id: str
    name: str
    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    accesses: tuple[AccessLine, ...]

    @property
    def count(self) -> int:
        """Return how many rows there are."""
        return sum(len(rows) for rows in self.rows.values())


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


def person_extract(reading: Reading, person_id: str, *, with_names: bool) -> PersonExtract | None:
    """Return what there is in every row of a person; None where this laptop has nobody such."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    ids = [*rows_of(reading, person_id)]
    rows: dict[str, tuple[Mapping[str, Any], ...]] = {}
    tables = synced_tables()
    for entity in ENTITIES:
        table = tables[entity].__table__ if entity in tables else None
        if table is None or "person_id" not in table.c:
            continue
        names = [column.name for column in table.c if column.name not in LOCAL_COLUMNS - {"id"}]
        # A person's own row belongs to itself, and is found by its key alone.
        whose = table.c.id if entity == "person" else table.c.person_id
        found = reading.execute(select(table).where(whose.in_(ids)).order_by(table.c.id)).mappings()
        kept = tuple({name: to_wire(row[name]) for name in names} for row in found)
        if kept:
            rows[entity] = kept
    _say_when_and_where(reading, rows)
    return PersonExtract(person_id, shown_name(person), rows, access_lines(reading, ids, with_names=with_names))


def _say_when_and_where(reading: Reading, rows: dict[str, tuple[Mapping[str, Any], ...]]) -> None:
    """Put day and course before what has but their keys, which tell the person nothing; attendances by their days."""
    came, parts = rows.get("attendance", ()), rows.get("enrolment", ())
    sessions = reading.execute(
        select(Session.id, Session.held_on, Session.course_id).where(
            Session.id.in_({row["session_id"] for row in came})
        )
    )
    held = {key: (held_on.isoformat(), course_id) for key, held_on, course_id in sessions}
    courses = {row["course_id"] for row in parts} | {course_id for _day, course_id in held.values()}
    names = reading.execute(select(Course.id, Course.title).where(Course.id.in_(courses)))
    titles = {row.id: row.title for row in names}
    told = []
    for row in came:
        held_on, course_id = held.get(row["session_id"], ("", ""))
        told.append({"held_on": held_on, "course": titles.get(course_id, ""), **row})
    if came:
        rows["attendance"] = tuple(sorted(told, key=lambda row: str(row["held_on"])))
    if parts:
        rows["enrolment"] = tuple({"course": titles.get(row["course_id"], ""), **row} for row in parts)


def access_lines(reading: Reading, person_ids: list[str], *, with_names: bool) -> tuple[AccessLine, ...]:
    """Return who looked at these people, the newest first, as far as this laptop knows."""
    found = reading.execute(
        select(AccessLog, User.name)
        .outerjoin(User, User.id == AccessLog.user_id)
        .where(AccessLog.subject_id.in_(person_ids))
        .order_by(AccessLog.at.desc(), AccessLog.number.desc())
    )
    return tuple(
        AccessLine(row.at, row.action, row.what, (name or _("a colleague")) if with_names else "")
        for row, name in found
    )


def shown_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a row that tell somebody something: no keys, nothing empty, nobody of the staff."""
    return {
        name: value
        for name, value in row.items()
        if name not in _NOT_SHOWN
        and name != "id"
        and not name.endswith(("_id", "_by", "_actor"))
        and value not in (None, "", [], {})
    }


def due_for_review(reading: Reading, *, today: date) -> tuple[DuePerson, ...]:
    """Return people about whom nothing was recorded for longer than the rules keep it, the longest first.

    Of somebody of several rows what was recorded last in any of them counts, and they are there once: as the row that
    was kept, or another where that one is erased. Those whose records somebody decided to keep for now come last.
    """
    rules = retention_rules()
    whom = owners_of_all(reading)
    last: dict[str, str] = {}
    tables = synced_tables()
    for entity in rules.records:
        if entity in ("correction", "erasure", "conflict") or entity not in tables:
            continue
        table = tables[entity].__table__
        days = [column for column in table.c if column.name.endswith(("_on", "_at")) and column.name != "merged_on"]
        if "person_id" not in table.c or not days:
            continue
        newest = [func.max(func.substr(func.coalesce(column, ""), 1, 10)) for column in days]
        for person_id, *found in reading.execute(select(table.c.person_id, *newest).group_by(table.c.person_id)):
            kept = whom.get(person_id, person_id)
            for text in found:
                if text and text > last.get(kept, ""):
                    last[kept] = text
    decided = _kept_until(reading, whom)
    # Past the object mapper: it is everybody there is.
    people = reading.execute(
        select(Person.id, Person.registered_at, Person.given_name, Person.family_name, Person.nickname).where(
            Person.anonymised_on.is_(None), Person.id.not_in(select(Erasure.person_id))
        )
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
        last_on = date.fromisoformat(last[kept]) if kept in last else registered[kept]
        since = due_on(last_on, rules.review_months)
        until = decided.get(kept)
        if until is not None and until <= today:
            until = None
        if since <= today:
            due.append((until is not None, since, person_id, DuePerson(person_id, name, last_on, since, until)))
    return tuple(one for *_order, one in sorted(due, key=lambda found: found[:3]))


def _kept_until(reading: Reading, whom: Mapping[str, str]) -> dict[str, date]:
    """Return until when somebody's records are kept by the newest decision about any of their rows, by person."""
    decided = reading.execute(
        select(Correction.person_id, Correction.new_value)
        .where(Correction.field == KEEP_UNTIL)
        .order_by(Correction.corrected_on, Correction.id)
    )
    return {whom.get(person_id, person_id): date.fromisoformat(until) for person_id, until in decided}


def searches(reading: Reading, *, most: int = 200) -> tuple[tuple[datetime, str, str, str], ...]:
    """Return when, who, what and why of every search, the newest first; without a reason it is empty."""
    found = reading.execute(
        select(AccessLog.at, User.name, AccessLog.what, AccessLog.reason)
        .outerjoin(User, User.id == AccessLog.user_id)
        .where(or_(AccessLog.action == "search"))
        .order_by(AccessLog.at.desc())
        .limit(most)
    )
    return tuple((at, name or "", what, reason) for at, name, what, reason in found)
