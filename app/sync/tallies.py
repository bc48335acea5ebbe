"""What this laptop counts of its own rows, to be compared with what the server counts in its scope.

A tally is kept with every page and every answer, so comparing costs nothing; where the two differ the table is counted
anew from its rows before anything is asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import and_, delete, func, not_, or_, select
from sqlalchemy.orm import Session

from app.models.base import synced_tables
from app.models.local import Leaving, OutboxEntry, TableTally
from app.sync.wire.messages import Tally
from app.sync.wire.tally import mark_of

NOTHING = Tally()


class TallyChange:
    """What a transaction adds to and takes from the tallies."""

    def __init__(self) -> None:
        self._sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def moved(self, entity: str, row_id: str, *, before: int, after: int) -> None:
        """Count that the server's position of a row has changed; 0 stands for a row that it has not answered for."""
        sums = self._sums[entity]
        if before:
            sums[0] -= 1
            sums[1] -= mark_of(row_id, before)
        if after:
            sums[0] += 1
            sums[1] += mark_of(row_id, after)

    def write(self, session: Session) -> None:
        """Add it to what is stored."""
        for entity, (rows, mark) in self._sums.items():
            if not rows and not mark:
                continue
            tally = session.get(TableTally, entity)
            # One that was forgotten, or never made, is counted from its rows: a sum of what came since says nothing.
            if tally is not None:
                tally.rows += rows
                tally.hash += mark


def differing(session: Session, server: Mapping[str, Tally]) -> list[str]:
    """Return the entities that this version knows and of which the server counts otherwise, counted anew first."""
    kept = {tally.entity: Tally(tally.rows, tally.hash) for tally in session.scalars(select(TableTally))}
    # Not counted is not the same as empty: rows may be here of which the server says nothing any more.
    doubtful = [entity for entity in synced_tables() if kept.get(entity) != server.get(entity, NOTHING)]
    return [entity for entity in doubtful if recount(session, entity) != server.get(entity, NOTHING)]


def recount(session: Session, entity: str) -> Tally:
    """Count a table's rows anew, store the tally and return it; the caller commits."""
    held = held_rows(session, entity)
    tally = Tally(len(held), sum(mark_of(row_id, position) for row_id, position in held.items()))
    session.merge(TableTally(entity=entity, rows=tally.rows, hash=tally.hash))
    session.flush()
    return tally


def held_rows(session: Session, entity: str) -> dict[str, int]:
    """Return position by row id of every row that the server has answered for and that is not about to leave."""
    table = synced_tables()[entity].__table__
    gone = select(Leaving.row_id).where(Leaving.entity == entity)
    stays = [table.c.server_position > 0, table.c.id.not_in(gone)]
    if "person_id" in table.c and entity != "membership":
        people = select(Leaving.row_id).where(Leaving.entity == "person")
        stays.append(or_(table.c.person_id.is_(None), table.c.person_id.not_in(people)))
    return dict(session.execute(select(table.c.id, table.c.server_position).where(and_(*stays))).all())


def forget(session: Session, entities: Iterable[str]) -> None:
    """Let the next comparison count these tables anew."""
    session.connection().execute(delete(TableTally).where(TableTally.entity.in_(list(entities))))


def has_unsent(session: Session, entity: str) -> bool:
    """Return whether something of a table waits to be sent, which is reason enough to differ."""
    waiting = select(func.count()).where(OutboxEntry.entity == entity, not_(OutboxEntry.state.in_(_ANSWERED)))
    return bool(session.scalar(waiting))


_ANSWERED = ("acknowledged", "conflict", "refused")
