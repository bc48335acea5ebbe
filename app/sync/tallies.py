"""What this laptop counts of its own rows, to be compared with what the server counts in its scope.

A tally is kept with every page and every answer, so comparing costs nothing; where the two differ the table is counted
anew from its rows before anything is asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, not_, select
from sqlalchemy.orm import Session

from app.models.base import synced_tables
from app.models.local import OutboxEntry, TableTally
from app.storage.driver import driver_of
from app.storage.erased import PERSON_ERASED
from app.storage.positions import position_in_sql
from app.sync.wire.messages import Tally
from app.sync.wire.tally import mark_of

NOTHING = Tally()


class TallyChange:
    """What a transaction adds to and takes from the tallies."""

    def __init__(self) -> None:
        self._sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def moved(self, entity: str, rows: Iterable[tuple[str, int, int]]) -> None:
        """Count that the server's positions of rows have changed: row id, before and after.

        0 stands for a row that it has not answered for; its mark is 0 too.
        """
        sums = self._sums[entity]
        for row_id, before, after in rows:
            sums[0] += (after > 0) - (before > 0)
            sums[1] += mark_of(row_id, after) - mark_of(row_id, before)

    def write(self, session: Session) -> None:
        """Add it to what is stored."""
        moved = [(rows, mark, entity) for entity, (rows, mark) in self._sums.items() if rows or mark]
        if moved:
            # One that was forgotten, or never made, is counted from its rows: a sum of what came since says nothing.
            driver_of(session).executemany(
                "UPDATE table_tally SET rows = rows + ?, hash = hash + ? WHERE entity = ?", moved
            )


def begin_at_nothing(session: Session, entity: str) -> None:
    """Begin a tally that was never made where the server has answered for no row yet; to be called before it has.

    So the first fill is counted as it comes, and not once more from its rows.
    """
    table = synced_tables()[entity].__table__.name
    driver_of(session).execute(
        "INSERT INTO table_tally (entity, rows, hash) SELECT ?, 0, 0"  # noqa: S608 - a table's own name
        " WHERE NOT EXISTS (SELECT 1 FROM table_tally WHERE entity = ?)"
        f' AND NOT EXISTS (SELECT 1 FROM "{table}" WHERE server_position > 0)',
        (entity, entity),
    )


def differing(session: Session, server: Mapping[str, Tally]) -> list[str]:
    """Return the entities that this version knows and of which the server counts otherwise, counted anew first."""
    found = driver_of(session).execute("SELECT entity, rows, hash FROM table_tally")
    kept = {entity: Tally(rows, mark) for entity, rows, mark in found}
    # Not counted is not the same as empty: rows may be here of which the server says nothing any more.
    doubtful = [entity for entity in synced_tables() if kept.get(entity) != server.get(entity, NOTHING)]
    if not doubtful:
        return []
    filled = _filled(session, doubtful)
    _keep(session, {entity: NOTHING for entity in doubtful if entity not in filled})
    counted = {entity: recount(session, entity) if entity in filled else NOTHING for entity in doubtful}
    unread = {entity for entity in filled if unread_rows(session, entity)}
    # Until they were read it is not counted, so that a sending that is cut off here does not leave them behind.
    forget(session, unread)
    return [entity for entity in doubtful if entity in unread or counted[entity] != server.get(entity, NOTHING)]


def recount(session: Session, entity: str) -> Tally:
    """Count a table's rows anew, store the tally and return it; the caller commits."""
    held = held_rows(session, entity)
    tally = Tally(len(held), sum(mark_of(row_id, position) for row_id, position in held.items()))
    _keep(session, {entity: tally})
    return tally


def _keep(session: Session, tallies: Mapping[str, Tally]) -> None:
    if tallies:
        driver_of(session).executemany(
            "INSERT OR REPLACE INTO table_tally (entity, rows, hash) VALUES (?, ?, ?)",
            [(entity, tally.rows, tally.hash) for entity, tally in tallies.items()],
        )


def _filled(session: Session, entities: Iterable[str]) -> set[str]:
    """Return those of which there is any row, asked in one go: a laptop that begins has fifty empty tables."""
    tables = synced_tables()
    asked = " UNION ALL ".join(
        f"SELECT '{entity}' WHERE EXISTS (SELECT 1 FROM \"{tables[entity].__table__.name}\")"  # noqa: S608 - as above
        for entity in entities
    )
    return {entity for (entity,) in driver_of(session).execute(asked)}


def held_rows(session: Session, entity: str) -> dict[str, int]:
    """Return position by row id of every row that the server has answered for and that is not about to leave."""
    table = synced_tables()[entity].__table__
    statement = (
        f'SELECT id, {position_in_sql(table.name)} FROM "{table.name}" WHERE server_position > 0'  # noqa: S608 - as above
        " AND id NOT IN (SELECT row_id FROM leaving WHERE entity = ?)"
    )
    if "person_id" in table.c and entity != "membership":
        statement += " AND (person_id IS NULL OR person_id NOT IN (SELECT row_id FROM leaving WHERE entity = 'person'))"
    return dict(driver_of(session).execute(statement, (entity,)))


def unread_rows(session: Session, entity: str) -> dict[str, int]:
    """Return 0 by row id of every row that is to be read again, because a change of it was refused for an erasure.

    To whom lost their access meanwhile no page tells such a row, and no tally counts it.
    """
    name = synced_tables()[entity].__table__.name
    found = driver_of(session).execute(
        f'SELECT id FROM "{name}" WHERE server_position = 0'  # noqa: S608 - as above
        " AND id IN (SELECT row_id FROM outbox WHERE entity = ? AND code = ?)",
        (entity, PERSON_ERASED),
    )
    return {row_id: 0 for (row_id,) in found}


def forget(session: Session, entities: Iterable[str]) -> None:
    """Let the next comparison count these tables anew."""
    session.connection().execute(delete(TableTally).where(TableTally.entity.in_(list(entities))))


def has_unsent(session: Session, entity: str) -> bool:
    """Return whether something of a table waits to be sent, which is reason enough to differ."""
    waiting = select(func.count()).where(OutboxEntry.entity == entity, not_(OutboxEntry.state.in_(_ANSWERED)))
    return bool(session.scalar(waiting))


_ANSWERED = ("acknowledged", "conflict", "refused")
