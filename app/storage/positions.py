"""Where the server has each row: as the row says, or as an answer to a change of ours said it since.

An answer to a day's changes would write every page on which a changed row lies, encrypted anew, only to raise a number
in it. The number is kept beside, in a small table, and goes into the row whenever the row is written next; what has
gathered by then is written into the rows in one go. A position only ever grows within an epoch, so the larger of the
two is the one that holds, and what is left beside a row that was written since does no harm.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from app.models.base import Synced, synced_tables
from app.storage.driver import driver_of
from app.storage.listed import listed

MOST_BESIDE = 2_000
"""Positions beside their rows, beyond which they are written into them: some weeks of work."""


def position_in_sql(table: str) -> str:
    """Return the expression of a row's position, for a statement over its table."""
    return (
        f'max("{table}".server_position,'  # noqa: S608 - a table's own name
        f' coalesce((SELECT position FROM answered_position WHERE row_id = "{table}".id), 0))'
    )


def catch_up(session: Session, rows: Iterable[Synced]) -> None:
    """Give rows that are about to be written the position at which the server has them."""
    held = {row.id: row for row in rows if row.server_position}
    if not held:
        return
    answered = session.connection().exec_driver_sql(
        "SELECT row_id, position FROM answered_position WHERE row_id IN (SELECT value FROM json_each(?))",
        (listed(held),),
    )
    for row_id, position in answered:
        held[row_id].server_position = max(held[row_id].server_position, position)


def forget_deleted(session: Session, rows: Iterable[Synced]) -> None:
    """Forget what stands beside rows that are about to be deleted: one that is made again begins at no position."""
    gone = [row.id for row in rows if row.server_position]
    if gone:
        forget_answered(driver_of(session), gone)


def raise_positions(driver: Any, entity: str, raised: Iterable[tuple[str, int, int, int]]) -> None:
    """Write down (row id, SQLite's rowid, position so far, position now) of rows of an entity; the caller commits.

    The first position of a row goes into it, because new rows lie together; the others go beside.
    """
    table = synced_tables()[entity].__table__.name
    first, later = [], []
    for row_id, place, before, now in raised:
        if before:
            later.append((row_id, entity, now))
        else:
            first.append((now, place))
    if first:
        driver.executemany(f'UPDATE "{table}" SET server_position = ? WHERE rowid = ?', first)  # noqa: S608 - a name of ours
    if later:
        driver.executemany(
            "INSERT OR REPLACE INTO answered_position (row_id, entity, position) VALUES (?, ?, ?)", sorted(later)
        )


def settle(driver: Any, *, most: int = MOST_BESIDE) -> None:
    """Write positions into their rows where more than `most` have gathered; the caller commits."""
    if driver.execute("SELECT count(*) FROM answered_position").fetchone()[0] <= most:
        return
    for (entity,) in driver.execute("SELECT DISTINCT entity FROM answered_position").fetchall():
        table = synced_tables()[entity].__table__.name
        driver.execute(
            f'UPDATE "{table}" SET server_position = {position_in_sql(table)}'  # noqa: S608 - as above
            " WHERE id IN (SELECT row_id FROM answered_position WHERE entity = ?)",
            (entity,),
        )
    forget_answered(driver)


def forget_answered(driver: Any, row_ids: Iterable[str] | None = None) -> None:
    """Forget what stands beside these rows, or beside all: it is in them now, or it holds no longer."""
    if row_ids is None:
        driver.execute("DELETE FROM answered_position")
    else:
        driver.execute(
            "DELETE FROM answered_position WHERE row_id IN (SELECT value FROM json_each(?))", (listed(row_ids),)
        )
