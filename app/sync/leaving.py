"""What has left this laptop's scope goes from its disk, but never while something of it is unsent, or not yet closed.

A person goes as a whole. What stays is the membership that says when they left a team of ours: it names nobody.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Table, and_, delete, or_, select
from sqlalchemy.orm import Session

from app.models.base import synced_tables
from app.models.course import Session as CourseSession
from app.models.local import Device, Leaving, OutboxEntry, SessionDraft, ValueHistory
from app.storage.change_set import ChangeSet
from app.storage.driver import driver_of
from app.storage.erased import PERSON_ERASED, forget_people
from app.storage.positions import forget_answered
from app.sync.tallies import forget
from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.messages import Departure

PERSON = "person"
UNSENT = ("pending", "refused")


def note(session: Session, departures: Iterable[Departure]) -> None:
    """Remember what has left; it is removed by :func:`remove_left`."""
    departures = list(departures)
    erased = [departure.row_id for departure in departures if departure.erased]
    if erased:
        forget_people(driver_of(session), erased)
    noted = [(departure.entity, departure.row_id) for departure in departures]
    if noted:
        driver_of(session).executemany("INSERT OR IGNORE INTO leaving (entity, row_id) VALUES (?, ?)", noted)


def came_back(session: Session, keys: Iterable[tuple[str, str]]) -> None:
    """Forget that rows had left, because they have come again."""
    if not _anything_leaves(session):
        return
    by_entity: dict[str, list[str]] = {}
    for entity, row_id in keys:
        by_entity.setdefault(entity, []).append(row_id)
    for entity, row_ids in by_entity.items():
        session.connection().execute(delete(Leaving).where(Leaving.entity == entity, Leaving.row_id.in_(row_ids)))


def remove_left(session: Session) -> ChangeSet:
    """Remove whatever has left and of which nothing is unsent; return what went. The caller commits."""
    if not _anything_leaves(session):
        return ChangeSet()
    removed: set[tuple[str, str]] = set()
    tables = synced_tables()
    for left in session.scalars(select(Leaving)).all():
        if left.entity == PERSON:
            gone = _remove_person(session, left.row_id)
        elif left.entity in tables:
            gone = _remove_row(session, tables[left.entity].__table__, left.entity, left.row_id)
        else:
            gone = set()
        if gone is None:
            continue
        removed |= gone
        session.delete(left)
    session.flush()
    if removed:
        forget(session, {entity for entity, _ in removed})
    return ChangeSet(frozenset(removed))


def _anything_leaves(session: Session) -> bool:
    return driver_of(session).execute("SELECT 1 FROM leaving LIMIT 1").fetchone() is not None


def _remove_row(session: Session, table: Table, entity: str, row_id: str) -> set[tuple[str, str]] | None:
    if _is_unsent(session, [row_id]) or _is_drafted(session, entity, [row_id]):
        return None
    result = session.connection().execute(delete(table).where(table.c.id == row_id))
    session.execute(delete(ValueHistory).where(ValueHistory.row_id == row_id))
    forget_answered(driver_of(session), [row_id])
    return {(entity, row_id)} if result.rowcount else set()


def _remove_person(session: Session, person_id: str) -> set[tuple[str, str]] | None:
    teams = session.scalars(select(Device.team_ids)).one()
    rows: dict[str, list[str]] = {}
    for entity in ENTITIES.values():
        model = synced_tables().get(entity.name)
        if entity.scope is not Scope.PERSON or model is None:
            continue
        table: Table = model.__table__
        of_the_person = or_(table.c.id == person_id, table.c.person_id == person_id)
        if entity.name == "membership":
            of_the_person = and_(of_the_person, table.c.team_id.not_in(teams))
        rows[entity.name] = list(session.scalars(select(table.c.id).where(of_the_person)))
    everything = [row_id for row_ids in rows.values() for row_id in row_ids]
    of_memberships = session.scalars(
        select(synced_tables()["membership"].id).where(synced_tables()["membership"].person_id == person_id)
    )
    if _is_unsent(session, [*everything, *of_memberships]) or _is_drafted(session, "enrolment", rows["enrolment"]):
        return None
    for name, row_ids in reversed(rows.items()):
        if row_ids:
            table = synced_tables()[name].__table__
            session.connection().execute(delete(table).where(table.c.id.in_(row_ids)))
            session.execute(delete(ValueHistory).where(ValueHistory.row_id.in_(row_ids)))
            forget_answered(driver_of(session), row_ids)
    return {(name, row_id) for name, row_ids in rows.items() for row_id in row_ids}


def _is_unsent(session: Session, row_ids: list[str]) -> bool:
    # Few are unsent and many may leave: ask for the few.
    # What was refused because somebody was erased is taken back already, and is nobody's to send.
    is_waiting = OutboxEntry.state.in_(UNSENT) & (OutboxEntry.code != PERSON_ERASED)
    waiting = set(session.scalars(select(OutboxEntry.row_id).where(is_waiting)))
    return not waiting.isdisjoint(row_ids)


def _is_drafted(session: Session, entity: str, row_ids: list[str]) -> bool:
    """Return whether one of these rows is needed to read, or to close, what is typed and not yet closed."""
    needed = _NEEDED_BY_DRAFTS.get(entity)
    return needed is not None and bool(row_ids) and not set(session.scalars(needed)).isdisjoint(row_ids)


_NEEDED_BY_DRAFTS: Final = {
    "session": select(SessionDraft.session_id),
    "enrolment": select(SessionDraft.enrolment_id),
    "course": select(CourseSession.course_id).join(SessionDraft, SessionDraft.session_id == CourseSession.id),
    "place": select(CourseSession.place_id).join(SessionDraft, SessionDraft.session_id == CourseSession.id),
}
