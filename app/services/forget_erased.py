"""After a synchronisation: whoever was erased goes from this laptop's outbox, drafts, journal and backups too."""

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import CompoundSelect, Select, delete, func, select, union_all, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import synced_tables
from app.models.course import Enrolment
from app.models.local import OutboxEntry, SessionDraft, ValueHistory
from app.models.oversight import Erasure
from app.storage.backup import discard_all, make_backup
from app.storage.driver import driver_of
from app.storage.engine import Store, known_disk_problems
from app.storage.erased import Owed, owe, owed

_log: Final = logging.getLogger(__name__)


def forget_erased(store: Store, key_file: Path, *, clock: Clock) -> int:
    """Empty what the outbox still says of people who were erased, and return how many entries that were.

    Entries keep their number and what the server said; pending ones are left, because the server answers them first.
    Where something was emptied, or an erasure changed what is here, every backup and the journal are made anew, so that
    none of them still tells. What a full disk keeps from being made anew is tried again at every sending; it raises
    KnownProblem the first time only.
    """
    with store.session() as session, known_disk_problems():
        # It reads and then writes: the write lock comes first, so that it waits for whoever works instead of failing.
        session.connection(execution_options={"begins": "IMMEDIATE"})
        driver = driver_of(session)
        owing = owed(driver)
        erased = select(Erasure.person_id)
        ids: list[int] = []
        forgotten = 0
        if session.execute(erased.limit(1)).first() is not None:
            ids, forgotten = _forget(session, erased)
        is_new = bool(ids or forgotten) or owing is Owed.COPIES
        if is_new:
            owe(driver, Owed.ANEW)
        session.commit()
    if is_new:
        # First, because it needs no room: what comes after it can fail on a full disk.
        discard_all(store.path.parent)
    if is_new or owing is Owed.ANEW:
        try:
            _make_anew(store, key_file, clock=clock)
        except KnownProblem as problem:
            if is_new:
                raise
            # It was told when it was new, and what was sent has arrived.
            _log.warning("the store still waits to be made anew: %s", problem.code)
    return len(ids)


def _forget(session: Session, erased: Select[str]) -> tuple[list[int], int]:
    """Empty the outbox, the drafts and the earlier values; return the entries, and how many values that were."""
    person = func.json_extract(OutboxEntry.fields, "$.person_id")
    concerned = (
        OutboxEntry.state != "pending",
        OutboxEntry.entity.not_in(("erasure", "access_log")),
        OutboxEntry.fields != {},
        person.in_(erased)
        | OutboxEntry.row_id.in_(erased)
        | OutboxEntry.row_id.in_(_rows_of_erased())
        | OutboxEntry.row_id.in_(_rows_here()),
    )
    ids = list(session.scalars(select(OutboxEntry.sequence).where(*concerned)))
    # Before the outbox is emptied, which alone still knows whose a row was that was deleted here.
    rows = ValueHistory.row_id.in_(erased) | ValueHistory.row_id.in_(_rows_of_erased())
    rows |= ValueHistory.row_id.in_(_rows_here())
    forgotten: int = session.execute(delete(ValueHistory).where(rows)).rowcount  # type: ignore[attr-defined]
    table = OutboxEntry.__table__
    for start in range(0, len(ids), 500):
        chosen = table.c.sequence.in_(ids[start : start + 500])
        session.connection().execute(update(table).where(chosen).values(fields={}))  # type: ignore[arg-type]
    enrolled = select(Enrolment.id).where(Enrolment.person_id.in_(erased))
    session.execute(delete(SessionDraft).where(SessionDraft.enrolment_id.in_(enrolled)))
    return ids, forgotten


def _make_anew(store: Store, key_file: Path, *, clock: Clock) -> None:
    """Make the store and one backup of it anew, without what was deleted; failing, it leaves what backups there are."""
    # What was deleted still stands in free pages and in the index's old parts, and in backups made since.
    store.compact()
    discard_all(store.path.parent)
    make_backup(store, key_file, clock=clock)
    with store.session() as session, known_disk_problems():
        owe(driver_of(session), Owed.NOTHING)
        session.commit()


def _rows_here() -> CompoundSelect[tuple[str]]:
    """Return every row of somebody who was erased that this store has now."""
    erased = select(Erasure.person_id)
    tables = [table.__table__ for table in synced_tables().values() if "person_id" in table.__table__.c]
    return union_all(*(select(table.c.id).where(table.c.person_id.in_(erased)) for table in tables))


def _rows_of_erased() -> Select[tuple[str]]:
    """Return the rows whose first entry said that they are about somebody who was erased."""
    first = OutboxEntry.__table__.alias("first")
    return select(first.c.row_id).where(func.json_extract(first.c.fields, "$.person_id").in_(select(Erasure.person_id)))
