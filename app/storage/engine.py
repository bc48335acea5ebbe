"""Open the encrypted store: SQLCipher with a raw key, checked, migrated, one writer.

The key is given to the driver right after connecting, never in a URL. Whatever refuses leaves the files as they were:
there is no unencrypted fallback and never a fresh store over one that cannot be read.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlcipher3
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem, disk_error_code
from app.models.base import to_wire
from app.storage import access_log, restriction
from app.storage.change_capture import CapturedSession, ChangeCapture
from app.storage.change_set import ChangeSet
from app.storage.compiled import engine_of
from app.storage.driver import driver_on
from app.storage.journal import Journal
from app.storage.search_index import forget_words, install_search

_Result = TypeVar("_Result")
_WRITE_DRAFT = (
    "INSERT INTO session_draft (session_id, enrolment_id, cells, saved_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (session_id, enrolment_id) DO UPDATE SET cells = excluded.cells, saved_at = excluded.saved_at"
)
_EMPTY_DRAFT = "DELETE FROM session_draft WHERE session_id = ? AND enrolment_id = ?"
_USUAL = "PRAGMA cache_size = -8192"
_ROOMY = "PRAGMA cache_size = -65536"
"""For whoever reads the same pages over and over: decrypting each again takes half as long again."""
_ONCE_THROUGH = "PRAGMA cache_size = -2048"
"""For whoever reads every page once: what is kept of them would be memory that nobody gets back."""
_TO_THE_DISK = "PRAGMA synchronous = FULL"
"""A commit waits until the disk has it."""
_IN_A_HURRY = "does not wait for the disk"
_LONGEST_INTERRUPT = 10
"""Seconds after which a driver that does not let itself be interrupted is left to itself."""

Reading = Session
"""What a query is given: a session that is only read from."""


class Store:
    """An open store.

    `session()` writes without capture and is for sync alone; people's work goes through `unit_of_work()`.
    """

    def __init__(self, engine: Engine, path: Path, gate: "_Gate") -> None:
        self.engine = engine
        self.path = path
        self._gate = gate
        self.journal = gate.journal()

    def session(self) -> Session:
        """Return a plain session, without change capture."""
        return Session(self.engine, expire_on_commit=False)

    def unit_of_work(self, *, actor: str, clock: Clock) -> "UnitOfWork":
        """Return a unit of work whose every write is captured for `actor`."""
        return UnitOfWork(self, actor=actor, clock=clock)

    def copy_to(self, target: Path, *, tell: Callable[[int, int], None] | None = None) -> None:
        """Write a copy of the store as it is now, under the same key, while it is in use.

        `tell` is told (done, of) in pages as it goes; what it raises ends the copying.
        """

        def told(_status: int, left: int, of: int) -> None:
            if tell is not None:
                tell(of - left, of)

        with known_disk_problems():
            _make_private(target)
            source, copy = self._gate.connect(), self._gate.connect(target)
            try:
                source.execute(_ONCE_THROUGH)
                copy.execute(_ONCE_THROUGH)
                source.backup(copy, pages=1024, progress=told)
            finally:
                copy.close()
                source.close()

    def check_copy(self, path: Path) -> None:
        """Open a copy and look at every page of it; KnownProblem("damaged-store") where one is not as written."""
        self._gate.check(path)

    def check_pages(self) -> None:
        """Look at every page while the store is in use; closing the store ends it early.

        Raises KnownProblem("damaged-store") where a page is not as it was written.
        """
        self._gate.check_pages()

    def compact(self) -> None:
        """Write the file anew without anything that was deleted, the search index's old parts included."""
        with known_disk_problems():
            connection = self._gate.connect()
            try:
                forget_words(connection)
                connection.execute("INSERT INTO course_index(course_index) VALUES ('optimize')")
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def with_key(self, use: Callable[[bytes], _Result]) -> _Result:
        """Return what `use` makes of the data key; KnownProblem("locked") where it is forgotten already."""
        return self._gate.with_key(use)

    def forget_pages(self) -> None:
        """Let go of the pages that were read and are kept: eight megabytes that are read again in some milliseconds."""
        with self.session() as session:
            session.connection().exec_driver_sql("PRAGMA shrink_memory")

    def close(self) -> None:
        """Close every connection; afterwards the file can only be opened with the key again."""
        self._gate.close()
        self.journal.close()
        self.engine.dispose()


class UnitOfWork:
    """One use case's transaction: leaving it without `commit()` rolls everything back."""

    def __init__(self, store: Store, *, actor: str, clock: Clock) -> None:
        self.actor = actor
        self.clock = clock
        self._capture = ChangeCapture(actor=actor, clock=clock)
        self._journal = store.journal
        self._accesses: list[access_log.Access] = []
        self._despite_restriction = False
        self._session: CapturedSession | None = None
        # A unit of work reads and then writes: taking the write lock first makes it wait for sync instead of failing.
        self.connection = store.engine.connect().execution_options(begins="IMMEDIATE")
        """What it reads and writes over; rows that travel are written through the session alone."""
        self.connection.begin()

    @property
    def session(self) -> Session:
        """The session whose every write is captured; made for whoever needs one, and not for every cell."""
        if self._session is None:
            self._session = CapturedSession(self.connection, self._capture)
        return self._session

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.rollback()
            self._session.close()
        self.connection.close()

    def despite_restriction(self) -> None:
        """Let this use case write about a person whose data are restricted: lifting it, erasing, correcting."""
        self._despite_restriction = True

    def log(self, access: access_log.Access) -> None:
        """Say that the use case shows, prints or exports something; what it writes is logged by itself."""
        self._accesses.append(access)

    def save_draft(self, session_id: str, enrolment_id: str, cells: dict[str, Any]) -> None:
        """Write what is typed for one person in one statement of the driver's, and have it journalled.

        It is the write that follows every cell, and drafts do not travel: there is nothing of the outbox to make.
        Of somebody of whom nothing is typed any more no draft is left: a session with one counts as begun.
        """
        saved_at = to_wire(self.clock.now())
        with known_disk_problems():
            if cells:
                draft = (session_id, enrolment_id, json.dumps(cells), saved_at)
                driver_on(self.connection).execute(_WRITE_DRAFT, draft)
            else:
                driver_on(self.connection).execute(_EMPTY_DRAFT, (session_id, enrolment_id))
        self._capture.note_draft((session_id, enrolment_id), cells, saved_at=saved_at)

    def commit(self) -> ChangeSet:
        """Write rows, outbox and access log in one transaction and return what was written.

        Raises KnownProblem("disk-full" or "read-only") where the disk refuses, and RuleRefusal("person-restricted")
        where somebody's data may only be kept or "not-your-right" where the laptop is an auditor's; nothing is then
        written.
        """
        logged: list[dict[str, Any]] = []
        with known_disk_problems():
            if self._session is not None:
                self._session.flush()
            touched = self._capture.touched()
            if touched:
                restriction.refuse_onlookers(self.session)
            written = access_log.accesses_of(touched)
            if written and not self._despite_restriction:
                restriction.refuse_restricted(self.session, [access.subject_id for access in written])
            if accesses := [*written, *self._accesses]:
                logged = access_log.write(self.session, accesses, actor=self.actor, clock=self.clock)
            if self._session is not None:
                self._session.commit()
            self.connection.commit()
        self._journal.append([*self._capture.journalled(), *logged])
        return self.changed

    @property
    def changed(self) -> ChangeSet:
        """Return the rows written so far."""
        return self._capture.written()


class _KnownDiskProblems:
    """Remembers nothing, so that there is one for all: it stands around statements of some microseconds."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if problem is None:
            return
        code = disk_error_code(problem)
        if isinstance(problem, DBAPIError | sqlcipher3.dbapi2.Error):
            code = _code_of(str(problem.orig if isinstance(problem, DBAPIError) else problem))
        if code:
            raise KnownProblem(code) from problem


_known_disk_problems = _KnownDiskProblems()


def known_disk_problems() -> _KnownDiskProblems:
    """Turn a full or read-only disk into KnownProblem, said by the system, by SQLAlchemy or by the driver itself."""
    return _known_disk_problems


def _code_of(said: str) -> str:
    said = said.lower()
    if "full" in said or "i/o error" in said:
        return "disk-full"
    if "readonly" in said or "read-only" in said or "unable to open" in said:
        return "read-only"
    if "malformed" in said or "not a database" in said:
        return "damaged-store"
    return ""


@contextmanager
def many_pages(reading: Reading) -> Iterator[None]:
    """Keep many pages of the store in memory meanwhile, and give them back."""
    connection = reading.connection()
    connection.exec_driver_sql(_ROOMY)
    try:
        yield
    finally:
        connection.exec_driver_sql(_USUAL)


@contextmanager
def reading_beside(path: Path, key: bytes) -> Iterator[Reading]:
    """Read from a store that another process has open: nothing is checked, migrated or written.

    Raises KnownProblem as :func:`open_store` does.
    """
    gate = _Gate(path, key)
    engine = make_engine(gate)
    try:
        with known_disk_problems(), Session(engine, expire_on_commit=False) as reading:
            reading.connection().exec_driver_sql("PRAGMA query_only = ON")
            yield reading
    finally:
        gate.close()
        engine.dispose()


def connect_with(path: Path, key: bytes) -> Any:
    """Return a connection of the driver to a file under this key."""
    connection = sqlcipher3.connect(str(path), check_same_thread=False, timeout=10, isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_memory_security = OFF")
    connection.execute(_USUAL)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(_TO_THE_DISK)
    install_search(connection)
    return connection


class _Gate:
    """Opens connections while the store is open; afterwards it has forgotten the key."""

    def __init__(self, path: Path, key: bytes, first: Any = None) -> None:
        self._path = path
        self._key: bytes | None = key
        self._first = first
        self._checking: Any = None
        self._check = threading.Condition()

    def connect(self, path: Path | None = None) -> Any:
        """Return a new connection, or raise KnownProblem("locked") after the store was closed.

        The first one is that on which the store was looked at: what it read then is still in its memory.
        """
        if path is None and self._first is not None:
            first, self._first = self._first, None
            return first
        return self.with_key(lambda key: connect_with(path or self._path, key))

    def check(self, path: Path) -> None:
        """Look at every page of another file under the same key."""
        self.with_key(lambda key: check_store(path, key))

    def journal(self) -> Journal:
        """Return the journal beside the store."""
        return self.with_key(lambda key: Journal(self._path.parent, key))

    def with_key(self, use: Callable[[bytes], _Result]) -> _Result:
        """Return what `use` makes of the key."""
        if self._key is None:
            raise KnownProblem("locked")
        return use(self._key)

    def check_pages(self) -> None:
        """Look at every page of the store that is open, on a connection of its own."""
        connection = self.connect()
        connection.execute(_ONCE_THROUGH)
        with self._check:
            if self._key is None or self._checking is not None:
                connection.close()
                return
            self._checking = connection
        try:
            result = connection.execute("PRAGMA quick_check(1)").fetchone()
        except (sqlcipher3.dbapi2.DatabaseError, sqlite3.Error) as problem:
            # Whoever closes the store interrupts it, and a disk that is busy says nothing about the pages.
            if self._key is None or _code_of(str(problem)) != "damaged-store":
                return
            raise KnownProblem("damaged-store") from problem
        finally:
            with self._check:
                self._checking = None
                connection.close()
                self._check.notify_all()
        if result[0] != "ok":
            raise KnownProblem("damaged-store")

    def close(self) -> None:
        """Forget the key; a look at the pages ends first, because an open file can be neither moved nor replaced."""
        self._key = None
        first, self._first = self._first, None
        if first is not None:
            first.close()
        with self._check:
            if self._checking is not None:
                self._checking.interrupt()
            self._check.wait_for(lambda: self._checking is None, timeout=_LONGEST_INTERRUPT)


def make_engine(gate: _Gate) -> Engine:
    """Return an engine whose connections come through `gate`."""
    engine = engine_of(gate.connect)

    # The driver's own idea of when a transaction begins would let reads and writes interleave.
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        driver = connection.connection.driver_connection
        if options.get("waits_for_disk", True) is False:
            # For what may be gone after a power cut; whatever is committed later takes it along to the disk.
            connection.info[_IN_A_HURRY] = True
            driver.execute("PRAGMA synchronous = NORMAL")
        driver.execute(f"BEGIN {options.get('begins', 'DEFERRED')}")

    @event.listens_for(engine, "checkin")
    def _leave(driver: Any, record: Any) -> None:
        if driver is None:
            return
        if driver.in_transaction:
            # Where a commit failed SQLAlchemy takes the transaction for ended, and whoever came next could begin none.
            driver.rollback()
        if record.info.pop(_IN_A_HURRY, False):
            driver.execute(_TO_THE_DISK)

    return engine


def create_store(path: Path, key: bytes) -> Store:
    """Make a new store; refuses where a file already is: KnownProblem("store-exists")."""
    if path.exists():
        raise KnownProblem("store-exists")
    with known_disk_problems():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(path)
    return _opened(path, key)


def _make_private(path: Path) -> None:
    """Make an empty file that the owner alone may read: SQLite would let everybody, and keeps what it finds."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def open_store(path: Path, key: bytes, *, every_page: bool = True) -> Store:
    """Open the store, check it, bring its tables up to date.

    Without `every_page` only its beginning is read, so that opening takes as long for many people as for few; whoever
    opens it so has :meth:`Store.check_pages` look at the rest when the person is at work.

    Raises KnownProblem: "missing-store", "damaged-store" (truncated, foreign, other key), "newer-store" (written by a
    newer version), "disk-full", "read-only". The file is left as it was.
    """
    return _opened(path, key, _checked(path, key, every_page=every_page))


def check_store(path: Path, key: bytes) -> None:
    """Look at every page of the file; raises as :func:`open_store` does, and changes nothing."""
    _checked(path, key, every_page=True).close()


def _checked(path: Path, key: bytes, *, every_page: bool) -> Any:
    """Return a connection to a store that was looked at."""
    if not path.exists():
        raise KnownProblem("missing-store")
    if path.stat().st_size == 0:
        raise KnownProblem("damaged-store")
    connection = None
    try:
        connection = connect_with(path, key)
        result = connection.execute("PRAGMA quick_check(1)").fetchone() if every_page else ("ok",)
        owner = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'device'").fetchone()
        if result[0] != "ok":
            raise KnownProblem("damaged-store")
        if owner[0] == 0:
            raise KnownProblem("foreign-store")
    except BaseException as problem:
        if connection is not None:
            connection.close()
        if isinstance(problem, sqlcipher3.dbapi2.DatabaseError | sqlite3.Error):
            raise KnownProblem("damaged-store") from problem
        raise
    return connection


def _opened(path: Path, key: bytes, connection: Any = None) -> Store:
    from app.storage.migrations import upgrade  # noqa: PLC0415 - Alembic is a quarter of a second of imports

    if connection is None:
        connection = connect_with(path, key)
    gate = _Gate(path, key, connection)
    engine = make_engine(gate)
    try:
        with known_disk_problems():
            # Outside any transaction, where SQLite lets the journal change its mode.
            connection.execute("PRAGMA journal_mode = WAL")
            upgrade(engine, version_of(connection))
    except BaseException:
        gate.close()
        engine.dispose()
        raise
    return Store(engine, path, gate)


def version_of(connection: Any) -> str | None:
    """Return the step of the schema that a store is at, None where it has no tables yet."""
    if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0] == 0:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])
