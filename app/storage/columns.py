"""A row as it comes over the wire, in the values that the driver writes, checked against its table's columns.

SQLAlchemy's own types say how a value is stored; what is saved is its work of finding that out anew for every row of a
page with thousands of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final, get_args, get_type_hints

import msgspec
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, String, Table
from sqlalchemy.dialects.sqlite import dialect as sqlite

from app.errors import KnownProblem
from app.models.base import Moment, synced_tables, to_wire

LARGEST_INTEGER: Final = 2**63 - 1
_DIALECT: Final = sqlite()
_UNSAID: Final = object()


class _UnfitError(ValueError):
    """A value that is none of its column's."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """How one column stores what the wire says of it, and says what it stores."""

    name: str
    stored: Callable[[Any], Any]
    said: Callable[[Any], Any]
    """Return what the wire says of a stored value."""
    is_text: bool
    is_nullable: bool
    must_be_said: bool
    """Whether a new row has to say it."""
    default: Callable[[], Any] | None


@cache
def columns_of(entity: str) -> tuple[StoredColumn, ...]:
    """Return the columns of an entity's table that travel."""
    model = synced_tables()[entity]
    table: Table = model.__table__
    return tuple(
        _stored_column(column, model) for column in table.columns if column.name not in ("id", "server_position")
    )


def stored_values(entity: str, fields: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Return what is to be written for these fields, in the order of the columns; unknown fields are passed over.

    A new row gets the defaults of what nobody says. Raises KnownProblem "unreadable-row" where a value does not fit its
    column, or a new row lacks one that has no default.
    """
    values: dict[str, Any] = {}
    columns = columns_of(entity)
    for column in columns if is_new else [column for column in columns if column.name in fields]:
        name = column.name
        value = fields.get(name, _UNSAID)
        if column.is_text and type(value) is str:  # most of them are
            values[name] = value
            continue
        if value is _UNSAID:
            if is_new and column.must_be_said:
                raise KnownProblem("unreadable-row", entity=entity, field=name)
            if is_new and column.default is not None:
                values[name] = column.default()
            continue
        if value is None and not column.is_nullable:
            raise KnownProblem("unreadable-row", entity=entity, field=name)
        try:
            values[name] = column.stored(value)
        except (TypeError, ValueError, OverflowError) as problem:
            raise KnownProblem("unreadable-row", entity=entity, field=name) from problem
    return values


def _stored_column(column: Column[Any], model: type[Any]) -> StoredColumn:
    kind = column.type
    bind = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT) or _itself
    result = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None) or _itself
    read = _reader_of_json(column, model) if isinstance(kind, JSON) else _reader_of(kind)

    def stored(value: Any) -> Any:
        return bind(None if value is None else read(value))

    def said(value: Any) -> Any:
        return to_wire(result(value))

    return StoredColumn(
        name=column.name,
        stored=stored,
        said=said,
        is_text=type(kind) is String,
        is_nullable=bool(column.nullable),
        must_be_said=not column.nullable and column.default is None,
        default=_default_of(column, bind),
    )


def _default_of(column: Column[Any], bind: Callable[[Any], Any]) -> Callable[[], Any] | None:
    default: Any = column.default
    if default is None:
        return None
    return lambda: bind(default.arg if default.is_scalar else default.arg(None))


def _itself(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise _UnfitError
    return value


def _reader_of(kind: Any) -> Callable[[Any], Any]:  # noqa: C901 - one case for each type
    """Return what makes a column's value of what the wire says, or raises where it is none."""

    def whole(value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_INTEGER:
            raise _UnfitError
        return value

    def number(value: Any) -> Any:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _UnfitError
        return value

    def whether(value: Any) -> Any:
        if not isinstance(value, bool):
            raise _UnfitError
        return value

    def moment(value: Any) -> Any:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise _UnfitError
        return at

    def none_of_ours(_: Any) -> Any:
        raise _UnfitError

    match kind:
        case Moment():
            return moment
        case Date():
            return date.fromisoformat
        case Boolean():
            return whether
        case Integer():
            return whole
        case Float():
            return number
        case String():
            return _text
    return none_of_ours


def _reader_of_json(column: Column[Any], model: type[Any]) -> Callable[[Any], Any]:
    """Return the same of a column that holds a list or an object: the table says so to readers of the code alone."""
    name = model.__mapper__.get_property_by_column(column).key
    (shape,) = get_args(get_type_hints(model)[name])

    def read(value: Any) -> Any:
        try:
            return msgspec.convert(value, shape)
        except msgspec.ValidationError as problem:
            raise _UnfitError from problem

    return read
