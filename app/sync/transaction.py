"""What a synchronisation reads and writes from one question to the next, in one transaction."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.storage.driver import driver_on
from app.storage.engine import Store
from app.sync.standpoint import Backlog, Standpoint, read_backlog, read_standpoint


class Transaction:
    """A transaction that begins when it is first needed, and ends (:meth:`settle`) before anything is waited for.

    People work on the store meanwhile; whatever comes after that begins the next one. Where `is_told_again`, what is
    written need not be on the disk at the end: nothing was sent, and after a power cut the server tells it all again.
    """

    def __init__(self, store: Store) -> None:
        self.is_told_again = False
        self._store = store
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._backlog: tuple[int, Backlog] | None = None

    def driver(self) -> Any:
        """Return the driver's connection to read from and to write to."""
        return driver_on(self._begun())

    def session(self) -> Session:
        """Return the session to read from and to write to; it is this transaction's, and ended with it."""
        if self._session is None:
            self._session = Session(self._begun(), expire_on_commit=False)
        return self._session

    def _begun(self) -> Connection:
        if self._connection is None:
            # What reads first and writes after somebody else has committed would be refused.
            self._connection = self._store.engine.connect().execution_options(
                begins="IMMEDIATE", waits_for_disk=not self.is_told_again
            )
            self._connection.begin()
        return self._connection

    def standpoint(self) -> Standpoint | None:
        """Return where this laptop stands, None where it is enrolled nowhere; what waits is read along."""
        driver = self.driver()
        found = read_standpoint(driver)
        if found is None:
            return None
        standpoint, backlog = found
        self._backlog = (driver.total_changes, backlog)
        return standpoint

    def backlog(self) -> Backlog:
        """Return what waits to be done; it is read anew where something was written since."""
        driver = self.driver()
        written = driver.total_changes
        if self._backlog is None or self._backlog[0] != written:
            self._backlog = (written, read_backlog(driver))
        return self._backlog[1]

    def settle(self) -> None:
        """Have in the store what was written."""
        if self._session is not None:
            self._session.flush()
        if self._connection is not None:
            self._connection.commit()
        self.give_up()

    def give_up(self) -> None:
        """Write nothing of what was not settled."""
        session, self._session = self._session, None
        connection, self._connection, self._backlog = self._connection, None, None
        if session is not None:
            session.close()
        if connection is not None:
            connection.close()
