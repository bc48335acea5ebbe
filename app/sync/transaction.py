"""What a synchronisation reads and writes from one question to the next, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.storage.engine import Store, known_disk_problems
from app.sync.books import Books, Standpoint, read_books, read_both, written_so_far


class Transaction:
    """Begins when it is first needed, and ends before anything is waited for, because people work on meanwhile.

    Then the next one may begin. One that `is_told_again` need not be on the disk when it ends: nothing was sent, and
    what it writes the server tells as often as it is asked, after a power cut too.
    """

    def __init__(self, store: Store) -> None:
        self.is_told_again = False
        self._store = store
        self._session: Session | None = None
        self._books: tuple[int, Books] | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give the session to read from and to write to; KnownProblem where the disk refuses."""
        with known_disk_problems():
            if self._session is None:
                self._session = self._store.session()
                # What reads first and writes after somebody else has committed would be refused.
                self._session.connection(
                    execution_options={"begins": "IMMEDIATE", "waits_for_disk": not self.is_told_again}
                )
            yield self._session

    def standpoint(self) -> Standpoint | None:
        """Return where this laptop stands, None where it is enrolled nowhere; what lies in the store is read along."""
        with self.session() as session:
            found = read_both(session)
            if found is None:
                return None
            standpoint, books = found
            self._books = (written_so_far(session), books)
        return standpoint

    def books(self) -> Books:
        """Return what lies in the store; it is read anew where something was written since."""
        with self.session() as session:
            written = written_so_far(session)
            if self._books is None or self._books[0] != written:
                self._books = (written, read_books(session))
        return self._books[1]

    def settle(self) -> None:
        """Have in the store what was written."""
        session, self._session, self._books = self._session, None, None
        if session is not None:
            with known_disk_problems(), session:
                session.commit()

    def give_up(self) -> None:
        """Write nothing of what was not settled."""
        session, self._session = self._session, None
        if session is not None:
            session.close()
