"""What has left this laptop's scope goes from its disk, but never while something of it is unsent, or not yet closed.

A person goes as a whole. What stays is the membership that says when they left a team of ours: it names nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from app.models.base import synced_tables
from app.models.course import Session as CourseSession
from app.models.local import Device, Leaving, OutboxEntry, SessionDraft
from app.models.person import Membership
from app.storage.change_set import ChangeSet
from app.storage.driver import driver_of
from app.storage.erased import PERSON_ERASED, forget_people
from app.storage.listed import among, listed
from app.storage.positions import forget_answered
from app.storage.search_index import forget_words
from app.sync.tallies import forget
from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.messages import Departure

PERSON = "person"
ACCESS_LOG: Final = "access_log"
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
    driver = driver_of(session)
    left: dict[str, list[str]] = defaultdict(list)
    for entity, row_id in driver.execute("SELECT entity, row_id FROM leaving"):
        left[entity].append(row_id)
    unsent = _unsent(session)
    removed: set[tuple[str, str]] = set()
    for entity, row_ids in left.items():
        if entity == PERSON:
            going, gone = _remove_people(session, row_ids, unsent)
            removed |= gone
        else:
            kept = unsent | _needed_by_drafts(session, entity)
            going = [row_id for row_id in row_ids if row_id not in kept]
            removed |= _remove_rows(session, entity, going)
        driver.execute(
            "DELETE FROM leaving WHERE entity = ? AND row_id IN (SELECT value FROM json_each(?))",
            (entity, listed(going)),
        )
    if removed:
        forget(session, {entity for entity, _ in removed})
    if any(entity == PERSON for entity, _ in removed):
        forget_words(driver)
    return ChangeSet(frozenset(removed))


def _anything_leaves(session: Session) -> bool:
    return driver_of(session).execute("SELECT 1 FROM leaving LIMIT 1").fetchone() is not None


def _remove_rows(session: Session, entity: str, row_ids: list[str]) -> set[tuple[str, str]]:
    """Remove rows of one table in one go: a coordinator's laptop that is one no longer has thousands to let go of."""
    if entity not in synced_tables():
        return set()
    table: Table = synced_tables()[entity].__table__
    driver = driver_of(session)
    # What this laptop itself wrote into its log stays, whatever the server says of it.
    but_own = " AND device_id NOT IN (SELECT id FROM device)" if entity == ACCESS_LOG else ""
    found = driver.execute(
        f'SELECT id FROM "{table.name}" WHERE id IN (SELECT value FROM json_each(?)){but_own}',  # noqa: S608 - names of ours
        (listed(row_ids),),
    )
    gone = [row_id for (row_id,) in found.fetchall()]
    for of_rows in (f'"{table.name}" WHERE id', "value_history WHERE row_id"):
        driver.execute(f"DELETE FROM {of_rows} IN (SELECT value FROM json_each(?))", (listed(gone),))  # noqa: S608 - as above
    forget_answered(driver, gone)
    return {(entity, row_id) for row_id in gone}


def _remove_people(session: Session, people: list[str], unsent: set[str]) -> tuple[list[str], set[tuple[str, str]]]:
    """Remove people with all that is theirs, but nobody of whom something is to stay; return who went, and what."""
    driver = driver_of(session)
    owners: dict[str, dict[str, str]] = {}
    for entity in ENTITIES.values():
        if entity.scope is Scope.PERSON and entity.name in synced_tables():
            owner = "id" if entity.name == PERSON else "person_id"
            found = driver.execute(
                f'SELECT id, {owner} FROM "{synced_tables()[entity.name].__table__.name}"'  # noqa: S608 - names of ours
                f" WHERE {owner} IN (SELECT value FROM json_each(?))",
                (listed(people),),
            )
            owners[entity.name] = dict(found.fetchall())
    needed = unsent | _needed_by_drafts(session, "enrolment")
    staying = {person_id for rows in owners.values() for row_id, person_id in rows.items() if row_id in needed}
    going = [person_id for person_id in people if person_id not in staying]
    teams = session.scalars(select(Device.team_ids)).one()
    kept = set(
        session.scalars(
            select(Membership.id).where(among(Membership.person_id, "people"), Membership.team_id.in_(teams)),
            {"people": listed(going)},
        )
    )
    removed: set[tuple[str, str]] = set()
    for name, rows in reversed(owners.items()):
        theirs = [row_id for row_id, person_id in rows.items() if person_id not in staying and row_id not in kept]
        if theirs:
            removed |= _remove_rows(session, name, theirs)
    return going, removed


def _unsent(session: Session) -> set[str]:
    """Return the rows of which something is unsent: these are few, and many may leave."""
    # What was refused because somebody was erased is taken back already, and is nobody's to send.
    is_waiting = OutboxEntry.state.in_(UNSENT) & (OutboxEntry.code != PERSON_ERASED)
    return set(session.scalars(select(OutboxEntry.row_id).where(is_waiting)))


def _needed_by_drafts(session: Session, entity: str) -> set[str | None]:
    """Return the rows that are needed to read, or to close, what is typed and not yet closed."""
    needed = _NEEDED_BY_DRAFTS.get(entity)
    return set() if needed is None else set(session.scalars(needed))


_NEEDED_BY_DRAFTS: Final = {
    "session": select(SessionDraft.session_id),
    "enrolment": select(SessionDraft.enrolment_id),
    "course": select(CourseSession.course_id).join(SessionDraft, SessionDraft.session_id == CourseSession.id),
    "place": select(CourseSession.place_id).join(SessionDraft, SessionDraft.session_id == CourseSession.id),
}
