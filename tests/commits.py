"""Which commits of a store wait for the disk."""

from collections.abc import Callable

from sqlalchemy import Connection, event

from app.storage.engine import Store

WAITS, GOES_ON = 2, 1
"""SQLite's numbers for `synchronous`: FULL and NORMAL."""


def commits_of(store: Store, do: Callable[[], object]) -> list[int]:
    """Return how each transaction that wrote something ended, in order."""
    ended: list[int] = []
    begun: list[int] = []

    def begin(connection: Connection) -> None:
        begun.append(connection.connection.driver_connection.total_changes)

    def commit(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if driver.total_changes != begun[-1]:
            ended.append(driver.execute("PRAGMA synchronous").fetchone()[0])

    event.listen(store.engine, "begin", begin)
    event.listen(store.engine, "commit", commit)
    try:
        do()
    finally:
        event.remove(store.engine, "begin", begin)
        event.remove(store.engine, "commit", commit)
    return ended
