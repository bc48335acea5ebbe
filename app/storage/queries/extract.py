"""Everything this laptop holds about one person, for the person: records, corrections, and who looked at them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, or_, select

from app.i18n import _
from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire
from app.models.course import Course, Enrolment, Session
from app.models.local import SessionDraft, ValueHistory
from app.models.organisation import Municipality, Place, ProgrammeVersion, Team, User
from app.models.oversight import AccessLog
from app.models.person import Person, Referral
from app.storage.column_kinds import entity_named_by
from app.storage.engine import Reading
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import rows_of
from app.sync.wire.entities import ENTITIES

_NOT_SHOWN = frozenset({"person_id", "server_position", "content", "file_hash", "text_hash", "actor"})
_WHOSE = ("person_id", "linked_person_id")
"""Columns that say whom a row is about."""
_NAMED = {
    "municipality": Municipality.name, "team": Team.name, "place": Place.name,
    "programme_version": ProgrammeVersion.name,
}  # fmt: skip
"""What rows are called that are named by a key alone, which tells nobody anything."""


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

    An attendance says before that on which day it was and on which course, an enrolment or a session on which course.
    What stays on this laptop is there too: `session_draft`, typed and not yet closed, and `value_history`, what fields
    were before. `names` are those of the municipalities, teams, places and programmes that the rows name, by key.
    """

    person_id: str
    name: str
    rows: Mapping[str, tuple[Mapping[str, Any], ...]]
    accesses: tuple[AccessLine, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many rows there are."""
        return sum(len(rows) for rows in self.rows.values())


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
        about = None if table is None else _about(table, ids)
        if table is None or about is None:
            continue
        names = [column.name for column in table.c if column.name not in LOCAL_COLUMNS - {"id"}]
        found = reading.execute(select(table).where(about).order_by(table.c.id)).mappings()
        kept = tuple({name: to_wire(row[name]) for name in names} for row in found)
        if kept:
            rows[entity] = kept
    _add_local(reading, rows)
    _say_when_and_where(reading, rows)
    accesses = access_lines(reading, ids, with_names=with_names)
    return PersonExtract(person_id, shown_name(person), rows, accesses, _names(reading, rows))


def _about(table: Any, ids: Collection[str]) -> ColumnElement[bool] | None:
    """Return which rows of a table are about these people, None where none ever is.

    A person's own row is found by its key alone; a letter that came in also by the referral that was made from it, and
    a session by whose alone it is.
    """
    if table.name == "person":
        return table.c.id.in_(ids)  # type: ignore[no-any-return]
    found = [table.c[name].in_(ids) for name in _WHOSE if name in table.c]
    if table.name == "incoming_message":
        found.append(table.c.id.in_(select(Referral.message_id).where(Referral.person_id.in_(ids))))
    if not found and "enrolment_id" in table.c:
        parts = table.c.enrolment_id.in_(select(Enrolment.id).where(Enrolment.person_id.in_(ids)))
        # Of the course that the part is in: there is an index of that.
        courses = select(Enrolment.course_id).where(Enrolment.person_id.in_(ids))
        found.append(and_(table.c.course_id.in_(courses), parts) if "course_id" in table.c else parts)
    return or_(*found) if found else None


def _add_local(reading: Reading, rows: dict[str, tuple[Mapping[str, Any], ...]]) -> None:
    """Add what is kept of these rows on this laptop alone: drafts, and what their fields were before."""
    parts = [row["id"] for row in rows.get("enrolment", ())]
    drafts = reading.scalars(
        select(SessionDraft).where(SessionDraft.enrolment_id.in_(parts)).order_by(SessionDraft.session_id)
    )
    typed = tuple({"session_id": one.session_id, **one.cells, "saved_at": to_wire(one.saved_at)} for one in drafts)
    keys = {row["id"] for found in rows.values() for row in found}
    changes = reading.scalars(
        select(ValueHistory).where(ValueHistory.row_id.in_(keys)).order_by(ValueHistory.at, ValueHistory.id)
    )
    history = tuple(
        {"at": to_wire(one.at), "entity": one.entity, "field": one.field, "before": one.before, "after": one.after}
        | {"id": one.id, "row_id": one.row_id, "actor": one.actor}
        for one in changes
        if _tells(one)
    )
    rows |= {name: kept for name, kept in (("session_draft", typed), ("value_history", history)) if kept}


def _tells(change: ValueHistory) -> bool:
    """Return whether an earlier value tells somebody something: it was there, and is no key without a name."""
    is_key = change.field.endswith(("_id", "_by", "_actor"))
    return change.before not in (None, "", [], {}) and (
        not is_key or entity_named_by(change.entity, change.field) in _NAMED
    )


def _names(reading: Reading, rows: Mapping[str, tuple[Mapping[str, Any], ...]]) -> dict[str, str]:
    """Return the names of what the rows name by key."""
    keys: dict[str, set[str]] = {entity: set() for entity in _NAMED}
    for entity, found in rows.items():
        for row in found:
            values = [(entity, name, value) for name, value in row.items()]
            if entity == "value_history":
                values = [(row["entity"], row["field"], row[name]) for name in ("before", "after")]
            for of, name, value in values:
                if isinstance(value, str) and (named := entity_named_by(of, name)) in keys:
                    keys[named].add(value)
    names: dict[str, str] = {}
    for entity, column in _NAMED.items():
        table = synced_tables()[entity]
        names.update(
            (row.id, row.name) for row in reading.execute(select(table.id, column).where(table.id.in_(keys[entity])))
        )
    return names


def _say_when_and_where(reading: Reading, rows: dict[str, tuple[Mapping[str, Any], ...]]) -> None:
    """Put day and course before what has but their keys, which tell the person nothing; attendances by their days."""
    came, parts, alone = (rows.get(entity, ()) for entity in ("attendance", "enrolment", "session"))
    typed = rows.get("session_draft", ())
    sessions = reading.execute(
        select(Session.id, Session.held_on, Session.course_id).where(
            Session.id.in_({row["session_id"] for row in (*came, *typed)})
        )
    )
    held = {key: (held_on.isoformat(), course_id) for key, held_on, course_id in sessions}
    courses = {row["course_id"] for row in (*parts, *alone)} | {course_id for _day, course_id in held.values()}
    names = reading.execute(select(Course.id, Course.title).where(Course.id.in_(courses)))
    titles = {row.id: row.title for row in names}
    for entity, at_session in (("attendance", came), ("session_draft", typed)):
        told = []
        for row in at_session:
            held_on, course_id = held.get(row["session_id"], ("", ""))
            told.append({"held_on": held_on, "course": titles.get(course_id, ""), **row})
        if told:
            rows[entity] = tuple(sorted(told, key=lambda row: str(row["held_on"])))
    for entity, of_course in (("enrolment", parts), ("session", alone)):
        if of_course:
            rows[entity] = tuple({"course": titles.get(row["course_id"], ""), **row} for row in of_course)


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


def shown_fields(row: Mapping[str, Any], names: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Return the fields of a row that tell somebody something: nothing empty, nobody of the staff, and no keys.

    Those of `names` are shown: there is a word for them.
    """
    return {
        name: value
        for name, value in row.items()
        if name not in _NOT_SHOWN
        and name != "id"
        and (not name.endswith(("_id", "_by", "_actor")) or value in names)
        and value not in (None, "", [], {})
    }


def searches(reading: Reading, *, most: int = 200) -> tuple[tuple[datetime, str, str, str], ...]:
    """Return when, who, what and why of every search, the newest first; without a reason it is empty."""
    found = reading.execute(
        select(AccessLog.at, User.name, AccessLog.what, AccessLog.reason)
        .outerjoin(User, User.id == AccessLog.user_id)
        .where(AccessLog.action == literal_column("'search'"))
        .order_by(AccessLog.at.desc())
        .limit(most)
    )
    return tuple((at, name or "", what, reason) for at, name, what, reason in found)
