"""Take back that somebody sat down: what the walk-in made goes again, as long as nothing recorded hangs on it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from app.clock import today
from app.domain.facts import standing
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.base import synced_tables
from app.models.course import Attendance, Enrolment
from app.models.local import SessionDraft
from app.models.person import Membership, Person
from app.services.add_walk_in import WalkInAdded
from app.storage.change_set import ChangeSet
from app.storage.driver import driver_of
from app.storage.engine import UnitOfWork
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import rows_of
from app.storage.search_index import forget_words
from app.sync.wire.entities import ENTITIES, Scope

_OWN = frozenset({"person", "membership", "enrolment", "attendance"})
"""Entities whose rows a walk-in makes, or that go with it."""


@dataclass(frozen=True, slots=True)
class TakeBackWalkIn:
    """At which session somebody sat down, and what that made."""

    session_id: str
    added: WalkInAdded


@dataclass(frozen=True, slots=True)
class WalkInTakenBack:
    """Who it was; `is_known` where they stay among the people, because something of them is kept or was sent."""

    name: str
    is_known: bool
    changed: ChangeSet


def take_back_walk_in(command: TakeBackWalkIn, *, work: UnitOfWork) -> WalkInTakenBack:
    """Take the row off the sheet in one transaction; a person whom the walk-in made goes too.

    What was recorded and taken back stays in the history, and the person with it. Raises RuleRefusal
    "walk-in-has-records" where something recorded still stands, "no-such-person" where the row is gone.
    """
    added = command.added
    person = work.session.get(Person, added.person_id)
    enrolment = work.session.get(Enrolment, added.enrolment_id)
    if person is None or enrolment is None:
        raise RuleRefusal("no-such-person", field="person_id")
    key = natural_id("attendance", enrolment.id, command.session_id)
    others = select(Attendance.id).where(Attendance.enrolment_id == enrolment.id, Attendance.id != key).limit(1)
    is_elsewhere = "enrolment" in added.made and work.session.scalars(others).first() is not None
    if is_elsewhere or _standing_here(command, work=work):
        raise RuleRefusal("walk-in-has-records", field="enrolment_id", name=shown_name(person))
    name = shown_name(person)
    for row in (
        work.session.get(SessionDraft, (command.session_id, enrolment.id)),
        work.session.get(Attendance, key),
    ):
        if row is not None:
            work.session.delete(row)
    # A row of the local store points at the enrolment, so it goes first.
    work.session.flush()
    is_known = "person" not in added.made or _is_kept(person, work=work)
    ended = dict(added.back_since)
    if "enrolment" in added.made:
        work.session.delete(enrolment)
    elif "enrolment" in ended:
        enrolment.left_on = ended["enrolment"]
        enrolment.closing_reason, enrolment.closed_on, enrolment.closed_by = added.closing
    _leave_team(added, ended, is_known=is_known, work=work)
    if not is_known:
        work.session.delete(person)
        work.session.flush()
        # Who sat down by mistake shall not stand in the old parts of the index either.
        forget_words(driver_of(work.session))
    return WalkInTakenBack(name, is_known, work.commit())


def _leave_team(added: WalkInAdded, ended: dict[str, date], *, is_known: bool, work: UnitOfWork) -> None:
    """Undo the membership, except where the person would then belong to nobody."""
    rows = rows_of(work.session, added.person_id)
    for membership in work.session.scalars(select(Membership).where(Membership.person_id.in_(rows))).all():
        if (membership.entity, membership.id) not in added.changed.rows:
            continue
        if membership.person_id != added.person_id:
            membership.left_on = today(work.clock)
            continue
        membership.merged_with_id = added.merged_with_id
        if "membership" in ended:
            membership.left_on = ended["membership"]
        elif "membership" in added.made and not ("person" in added.made and is_known):
            work.session.delete(membership)


def _standing_here(command: TakeBackWalkIn, *, work: UnitOfWork) -> bool:
    """Return whether anything recorded of this part in the course, or at this session, still counts."""
    added = command.added
    for entity, table in _tables_of_people():
        if entity in _OWN:
            continue
        columns = table.__table__.columns
        here = []
        if "enrolment_id" in columns and "enrolment" in added.made:
            here.append(table.enrolment_id == added.enrolment_id)
        if "session_id" in columns:
            here.append(table.session_id == command.session_id)
        if not here:
            continue
        rows = work.session.scalars(select(table).where(table.person_id == added.person_id, or_(*here))).all()
        if any(not _says_nothing(row) for row in (standing(rows) if ENTITIES[entity].is_fact else rows)):
            return True
    return False


def _says_nothing(row: Any) -> bool:
    """Return whether a fact only takes another back."""
    return getattr(row, "quantity", None) == 0 or (row.entity == "measurement" and row.value is None)


def _is_kept(person: Person, *, work: UnitOfWork) -> bool:
    """Return whether a person whom the walk-in made stays: others may have them already, or a history names them."""
    if person.server_position:
        return True
    return any(
        work.session.scalars(select(table.id).where(table.person_id == person.id).limit(1)).first() is not None
        for entity, table in _tables_of_people()
        if entity not in _OWN
    )


def _tables_of_people() -> list[tuple[str, type[Any]]]:
    return [(entity, table) for entity, table in synced_tables().items() if ENTITIES[entity].scope is Scope.PERSON]
