"""The table of rows: read as the merge wants them, added, and written as they now stand."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.columns import by_column, rows_of
from server.database import Connection, Cursor
from server.stored_row import StoredRow

STORED = "entity, row_id, position, fields::text, versions::text, deleted, team_id, person_id, device_id, ctid::text"
"""What :func:`read_row` reads."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_versions = msgspec.json.Decoder(dict[str, tuple[int, str | None]]).decode


def read_row(values: tuple[Any, ...]) -> StoredRow:
    """Return one row of the table from what was asked for as `STORED`."""
    entity, row_id, position, fields, versions, deleted, team_id, person_id, device_id, place = values
    return StoredRow(
        entity=entity,
        row_id=row_id,
        position=position,
        fields=_decode(fields),
        versions=_decode_versions(versions),
        deleted=deleted,
        team_id=team_id,
        person_id=person_id,
        device_id=device_id,
        place=place,
    )


KINDS = {
    "entity": "text",
    "row_id": "uuid",
    "position": "bigint",
    "fields": "json",
    "versions": "json",
    "deleted": "boolean",
    "team_id": "uuid",
    "person_id": "uuid",
    "device_id": "uuid",
}
COLUMNS = ", ".join(KINDS)


def _json(value: Any) -> str:
    return _encode(value).decode()


def _standing(row: StoredRow) -> tuple[str, ...]:
    """Return how the row stands, as texts; what is empty is null."""
    deleted = "t" if row.deleted else "f"
    return f"{row.position}", _json(row.fields), _json(row.versions), deleted, row.team_id or "", row.person_id or ""


def _values(row: StoredRow) -> tuple[str, ...]:
    """Return all columns of the row, likewise."""
    return row.entity, row.row_id, *_standing(row), row.device_id or ""


def copy_rows(connection: Connection, cooperation_id: str, rows: Iterable[StoredRow]) -> None:
    """Write rows that are not there yet, however many; not within a pipeline."""
    lines = (
        # JSON holds no tab and no line break of its own, only backslashes.
        "\t".join([value.replace("\\", "\\\\") or "\\N" for value in (cooperation_id, *_values(row))])
        for row in rows
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY row (cooperation_id, {COLUMNS}) FROM STDIN") as copy:
        copy.write("".join([f"{line}\n" for line in lines]))


_ADD = f"""
INSERT INTO row (cooperation_id, {COLUMNS}) SELECT %(cooperation)s, {COLUMNS} FROM {rows_of(**KINDS)}
"""  # noqa: S608 - names of ours


def add_rows(connection: Connection, cooperation_id: str, rows: Sequence[StoredRow]) -> None:
    """Write a few rows that are not there yet."""
    if rows:
        connection.execute(_ADD, {"cooperation": cooperation_id, **by_column(tuple(KINDS), map(_values, rows))})


_CHANGING = {
    "place": "tid",
    "position": "bigint",
    "fields": "json",
    "versions": "json",
    "deleted": "boolean",
    "team_id": "uuid",
    "person_id": "uuid",
}
_CHANGE = f"""
UPDATE row SET position = new.position, fields = new.fields, versions = new.versions, deleted = new.deleted,
    team_id = new.team_id, person_id = new.person_id
FROM {rows_of(**_CHANGING)} WHERE row.ctid = new.place
"""  # noqa: S608 - names of ours
"""No place goes to another row while a batch's transaction lasts: it has held the cooperation since before it read."""


def change_rows(connection: Connection, rows: Sequence[StoredRow]) -> list[Cursor]:
    """Write rows that were there as they now stand, each where it was found; return who tells how many were."""
    if not rows:
        return []
    values = ((row.place, *_standing(row)) for row in rows)
    return [connection.execute(_CHANGE, by_column(tuple(_CHANGING), values))]
