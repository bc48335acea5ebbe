"""The table of rows: read as the merge wants them, made of the changes that made them, written as they now stand."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.columns import by_column, rows_of
from server.database import Connection, Cursor
from server.merge import Decision, StoredRow
from server.scope import Asker

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


_KINDS = {
    "entity": "text",
    "row_id": "uuid",
    "position": "bigint",
    "fields": "jsonb",
    "versions": "jsonb",
    "deleted": "boolean",
    "team_id": "uuid",
    "person_id": "uuid",
    "device_id": "uuid",
}
_COLUMNS = ", ".join(_KINDS)


def _json(value: Any) -> str:
    return _encode(value).decode()


def _values(row: StoredRow) -> tuple[str, ...]:
    """Return the row's columns as texts, what is empty for null."""
    return (
        row.entity,
        row.row_id,
        f"{row.position}",
        _json(row.fields),
        _json(row.versions),
        "t" if row.deleted else "f",
        row.team_id or "",
        row.person_id or "",
        row.device_id or "",
    )


def copy_rows(connection: Connection, cooperation_id: str, rows: Iterable[StoredRow]) -> None:
    """Write rows that are not there yet, however many; not within a pipeline."""
    lines = (
        # JSON holds no tab and no line break of its own, only backslashes.
        "\t".join([value.replace("\\", "\\\\") or "\\N" for value in (cooperation_id, *_values(row))])
        for row in rows
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY row (cooperation_id, {_COLUMNS}) FROM STDIN") as copy:
        copy.write("".join([f"{line}\n" for line in lines]))


_ROWS_OF_CHANGES = f"""
INSERT INTO row (cooperation_id, {_COLUMNS})
SELECT cooperation_id, entity, row_id, position, fields, jsonb_build_object('', jsonb_build_array(position, device_id)),
    false, (fields ->> 'team_id')::uuid,
    CASE entity WHEN 'person' THEN row_id ELSE (fields ->> 'person_id')::uuid END, device_id
FROM change WHERE cooperation_id = %s AND position BETWEEN %s AND %s AND position <> ALL(%s::bigint[]) ORDER BY position
"""  # noqa: S608 - names of ours
"""A row that stands as one change made it need not travel twice: it is made of the change that was just written."""

_ROWS_MADE_APART = f"""
INSERT INTO row (cooperation_id, {_COLUMNS}) SELECT %(cooperation)s, {_COLUMNS} FROM {rows_of(**_KINDS)}
"""  # noqa: S608 - names of ours


def make_rows(connection: Connection, asker: Asker, decision: Decision) -> None:
    """Write the rows that are new."""
    if len(decision.new_rows) > len(decision.made_apart):
        connection.execute(
            _ROWS_OF_CHANGES,
            (asker.cooperation_id, decision.first_position, decision.last_plain, decision.not_made),
        )
    if decision.made_apart:
        values = by_column(tuple(_KINDS), map(_values, decision.made_apart))
        connection.execute(_ROWS_MADE_APART, {"cooperation": asker.cooperation_id, **values})


_EDIT_ROWS = f"""
UPDATE row SET position = new.position, fields = row.fields || new.fields, versions = row.versions || new.versions
FROM {rows_of(place="tid", position="bigint", fields="jsonb", versions="jsonb")} WHERE row.ctid = new.place
"""  # noqa: S608 - names of ours
_REWRITE_ROWS = f"""
UPDATE row SET position = new.position, fields = new.fields, versions = new.versions, deleted = new.deleted,
    team_id = new.team_id, person_id = new.person_id
FROM {rows_of(place="tid", **_KINDS)} WHERE row.ctid = new.place
"""  # noqa: S608 - names of ours
"""No place goes to another row while a batch's transaction lasts: it has held the cooperation since before it read."""


def change_rows(connection: Connection, rows: Sequence[StoredRow]) -> list[Cursor]:
    """Write rows that were there as they now stand, each where it was found: of most only what was edited."""
    edited = [
        (
            row.place,
            f"{row.position}",
            _json({name: row.fields[name] for name in row.edited}),
            _json({name: row.versions[name] for name in row.edited}),
        )
        for row in rows
        if not row.is_rewritten
    ]
    rewritten = [(row.place, *_values(row)) for row in rows if row.is_rewritten]
    written = []
    if edited:
        values = by_column(("place", "position", "fields", "versions"), edited)
        written.append(connection.execute(_EDIT_ROWS, values))
    if rewritten:
        written.append(connection.execute(_REWRITE_ROWS, by_column(("place", *_KINDS), rewritten)))
    return written
