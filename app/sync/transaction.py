"""What a synchronisation reads and writes from one question to the next, in one transaction."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.storage.driver import driver_on
from app.storage.engine import Store
from app.sync.books import Books, Standpoint, read_books, read_both


class Transaction:
    """Begins when it is first needed, and ends before anything is waited for, because people work on meanwhile.

    Then the next one may begin. One that `is_told_again` need not be on the disk when it ends: nothing was sent, and
    what it writes the server tells as often as it is asked, after a power cut too.
    """

    def __init__(self, store: Store) -> None:
        self.is_told_again = False
        self._store = store
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._books: tuple[int, Books] | None = None

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
        """Return where this laptop stands, None where it is enrolled nowhere; what lies in the store is read along."""
        driver = self.driver()
        found = read_both(driver)
        if found is None:
            return None
        standpoint, books = found
        self._books = (driver.total_changes, books)
        return standpoint

    def books(self) -> Books:
        """Return what lies in the store; it is read anew where something was written since."""
        driver = self.driver()
        written = driver.total_changes
        if self._books is None or self._books[0] != written:
            self._books = (written, read_books(driver))
        return self._books[1]

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
        connection, self._connection, self._books = self._connection, None, None
        if session is not None:
            session.close()
        if connection is not None:
            connection.close()
