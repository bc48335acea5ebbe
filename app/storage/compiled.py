"""Statements in the words of SQLite, made before there is a store to put them to.

Putting a statement together takes longer than answering it. What the first screen asks can be put together while the
passphrase is being typed, because the words of a question hold nothing of a store; each store then takes a copy along,
and what it asks besides, with the values that were asked for, goes when it is closed.
"""

from collections.abc import Callable
from typing import Any

import sqlcipher3
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

_MOST_STATEMENTS = 500
"""Statements that one store remembers, as SQLAlchemy does by itself."""
_ahead: dict[Any, Any] = {}


class SealedDialect(SQLiteDialect_pysqlite):
    """SQLite through SQLCipher's driver; every two of them say a statement in the same words."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


registry.register("sqlite.sealed", __name__, SealedDialect.__name__)


def engine_of(connect: Callable[[], Any]) -> Engine:
    """Return an engine of its own on connections of the driver; it knows what was rehearsed."""
    known: LRUCache[Any, Any] = LRUCache(_MOST_STATEMENTS)
    for key, compiled in _ahead.items():
        known[key] = compiled
    return create_engine(
        "sqlite+sealed://",
        module=sqlcipher3.dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=1,
        execution_options={"compiled_cache": known},
    )


def rehearse(make_tables: Callable[[Engine], object], ask: Callable[[Session], object]) -> None:
    """Ask an empty store in memory, so that every store opened from now on has heard these questions before.

    What is asked for must be invented: a statement remembers the values it was first put together with.
    """
    global _ahead
    engine = engine_of(lambda: sqlcipher3.connect(":memory:", check_same_thread=False))
    try:
        make_tables(engine)
        heard: dict[Any, Any] = {}
        with Session(engine.execution_options(compiled_cache=heard)) as session:
            ask(session)
    finally:
        engine.dispose()
    # Another thread may be opening a store: it takes the words of before or of now.
    _ahead = {**_ahead, **heard}


def is_rehearsed() -> bool:
    """Return whether anything was rehearsed."""
    return bool(_ahead)
