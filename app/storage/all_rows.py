"""All rows of a question as one value, for what is asked whenever Today is shown.

The driver lets go of the interpreter for each row that it reads and waits to have it back: beside a window that is
being drawn, both wait for each other hundreds of times. SQLite makes one list of all rows by itself meanwhile. And the
words of the question are put together once: to find out that they are known costs SQLAlchemy as much as many an answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, Connection, Select, func, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import result_tuple

from app.storage.driver import driver_on
from app.storage.engine import known_disk_problems

_DIALECT: Final = SQLiteDialect_pysqlite(paramstyle="named")
_AS_SAID: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ONE: Final = msgspec.json.Decoder(list[Any])


def all_rows(
    connection: Connection, question: Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """Return every row, its values by name and in order as the columns of the question say.

    The question is one that is kept and asked again, its `values` are those that it has no value of its own for.
    """
    (rows,) = all_rows_of_each(connection, (question,), values)
    return list(rows)


def all_rows_of_each(
    connection: Connection, questions: tuple[Select[*tuple[Any, ...]], ...], values: Mapping[str, Any] | None = None
) -> Iterator[Iterator[Any]]:
    """Return an iterator over the rows of one question after the other, all asked in one statement.

    As :func:`all_rows`; `values` with the same name are the same in all of them. A row is made when it is come to:
    those of everybody at once would leave holes in the memory, which nothing gives back.
    """
    asked, given = _asked(questions), values or {}
    said = asked.own | {name: asked.stored.get(name, _as_it_is)(value) for name, value in given.items()}
    with known_disk_problems():
        answers: tuple[str, ...] = driver_on(connection).execute(asked.words, said).fetchone()
    return map(_rows_in, answers, asked.rows)


def _rows_in(answer: str, of: "_Rows") -> Iterator[Any]:
    for said in _AS_SAID.decode(answer):
        row = _ONE.decode(said)
        for place, read in of.read.items():
            row[place] = read(row[place])
        yield of.make(row)


@dataclass(frozen=True, slots=True)
class _Rows:
    """How the columns of a question are read, and a row made of them."""

    read: dict[int, Callable[[Any], Any]]
    make: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions in the driver's words, the values of their own, how given ones are stored, and the rows of each."""

    words: str
    own: dict[str, Any]
    stored: dict[str, Callable[[Any], Any]]
    rows: tuple[_Rows, ...]


@lru_cache(200)
def _asked(questions: tuple[Select[*tuple[Any, ...]], ...]) -> _Asked:
    lists = [_listed(question) for question in questions]
    together: Any = select(*(words.scalar_subquery() for words, _rows in lists)) if len(lists) > 1 else lists[0][0]
    compiled = together.compile(dialect=_DIALECT)
    given = [name for name, value in compiled.binds.items() if value.required]
    whole = compiled.construct_expanded_state(dict.fromkeys(given))
    stored: dict[str, Any] = dict(whole.processors)
    return _Asked(
        whole.statement,
        {name: stored.get(name, _as_it_is)(value) for name, value in whole.parameters.items() if name not in given},
        stored,
        tuple(rows for _words, rows in lists),
    )


def _listed(question: Select[*tuple[Any, ...]]) -> tuple[Any, _Rows]:
    """Return a question whose answer is the list of all rows, and how these are read."""
    columns = question.subquery().c
    # What is kept as JSON is a part of the list, which is read with it.
    listed = [func.json(column) if isinstance(column.type, JSON) else column for column in columns]
    readers = [column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in listed]
    rows = _Rows({place: read for place, read in enumerate(readers) if read is not None}, result_tuple(columns.keys()))
    return select(func.json_group_array(func.json_array(*listed))), rows


def _as_it_is(value: Any) -> Any:
    return value
