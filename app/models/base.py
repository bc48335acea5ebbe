"""What every table shares: constraint names, typed columns, and the columns of a row that travels.

Identifiers are UUIDs as text of 36 characters, moments are aware and in UTC (stored as ISO text that sorts), days are
dates, money is whole øre. Every synced table is registered under the entity name that the wire uses.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import Date, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.errors import KnownProblem


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as ISO 8601 text in UTC so that it sorts and reads the same everywhere."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:  # noqa: ARG002 - given by SQLAlchemy
        """Store as UTC text; a naive moment is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - given by SQLAlchemy
        """Return an aware moment in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Base(DeclarativeBase):
    """The local store's tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment(), date: Date()}


class Synced:
    """Columns of a row that travels: its key, and the server's position it was last seen at (0: never).

    An answer may have raised the position since the row was written: :mod:`app.storage.positions`.
    """

    entity: ClassVar[str]

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    server_position: Mapped[int] = mapped_column(default=0)


LOCAL_COLUMNS = frozenset({"id", "server_position"})
"""Columns of a synced table that are not fields on the wire."""


@cache
def synced_tables() -> Mapping[str, type[Any]]:
    """Return the mapped class of every entity that travels, by its name on the wire.

    They are all known as soon as this module is: importing it imports the whole package of the models first.
    """
    tables = {
        mapper.class_.entity: mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Synced)
    }
    # The mappers come in another order in each run.
    return MappingProxyType(dict(sorted(tables.items())))


def to_wire(value: Any) -> Any:
    """Return a column's value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def wire_defaults(table: type[Any]) -> dict[str, Any]:
    """Return what every field holds in a row of which nobody has said it: a row written before the field was there."""
    values: dict[str, Any] = {}
    for column in table.__table__.columns:
        if column.name not in LOCAL_COLUMNS:
            default = column.default
            given = None if default is None else default.arg if default.is_scalar else default.arg(None)
            values[column.name] = to_wire(given)
    return values


@cache
def _kinds(entity: str) -> dict[str, Any]:
    """Return the type of every field; looked up once, because a page of the feed asks for it thousands of times."""
    columns = synced_tables()[entity].__table__.columns
    return {column.name: column.type for column in columns if column.name not in LOCAL_COLUMNS}


@cache
def known_fields(entity: str) -> frozenset[str]:
    """Return the names that a row's fields may have without being passed over."""
    return frozenset(column.name for column in synced_tables()[entity].__table__.columns)


def from_wire(table: type[Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that this version's table knows, as column values.

    Raises KnownProblem("unreadable-row") where a value does not fit its column.
    """
    kinds = _kinds(table.entity)
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in kinds:
            continue
        kind = kinds[name]
        try:
            if value is not None and isinstance(kind, Moment):
                value = datetime.fromisoformat(value)
            elif value is not None and isinstance(kind, Date):
                value = date.fromisoformat(value)
        except (TypeError, ValueError) as problem:
            raise KnownProblem("unreadable-row", entity=table.entity, field=name) from problem
        values[name] = value
    return values
