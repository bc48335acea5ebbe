"""What the columns of synced rows hold: how their values are shown, asked for and read back from text."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, Boolean, Date, Float, Integer

from app.models.base import Moment, synced_tables


class ColumnKind(StrEnum):
    """What a column holds, and so how its values are shown and a third one is asked for."""

    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    ROW = "row"
    LIST = "list"
    UNKNOWN = "unknown"
    """This version has no such column."""


def kind_of(entity: str, field: str) -> ColumnKind:
    """Return what a field of an entity holds."""
    model = synced_tables().get(entity)
    column = None if model is None else model.__table__.c.get(field)
    if column is None:
        return ColumnKind.UNKNOWN
    if entity_named_by(entity, field):
        return ColumnKind.ROW
    for column_type, kind in _KINDS:
        if isinstance(column.type, column_type):
            return kind
    return ColumnKind.TEXT


_KINDS: Final[tuple[tuple[type[Any], ColumnKind], ...]] = (
    (Moment, ColumnKind.MOMENT),
    (Date, ColumnKind.DAY),
    (Boolean, ColumnKind.FLAG),
    (Integer, ColumnKind.WHOLE),
    (Float, ColumnKind.NUMBER),
    (JSON, ColumnKind.LIST),
)


def as_value(kind: ColumnKind, text: str) -> Any:
    """Return the text of a card (:func:`app.sync.wire.values.as_text`) as a value of such a column.

    Raises ValueError where it is no such value.
    """
    if kind is ColumnKind.DAY:
        return date.fromisoformat(text)
    if kind is ColumnKind.MOMENT:
        return datetime.fromisoformat(text)
    if kind in (ColumnKind.TEXT, ColumnKind.ROW):
        return text
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as problem:
        raise ValueError(text) from problem
    types = {ColumnKind.FLAG: bool, ColumnKind.WHOLE: int, ColumnKind.NUMBER: int | float, ColumnKind.LIST: list | dict}
    if not isinstance(value, types[kind]) or isinstance(value, bool) is not (kind is ColumnKind.FLAG):
        raise ValueError(text)
    return value


def entity_named_by(entity: str, field: str) -> str:
    """Return the entity of the rows that a field names, empty where it names none."""
    if field == "previous_id":
        return entity
    if field == "plan_id":
        return "nrt_plan" if entity == "nrt_step" else "reduction_plan"
    return _NAMED.get(field, "")


_NAMED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("person_id", "merged_into_id", "merged_with_id", "linked_person_id"), "person"),
    **dict.fromkeys(
        ("municipality_id", "residence_municipality_id", "delivering_municipality_id"), "municipality"
    ),
    **dict.fromkeys(("enrolment_id", "moved_from_id"), "enrolment"),
    **dict.fromkeys(
        ("recorded_by", "made_by", "written_by", "decided_by", "closed_by", "counsellor_id", "second_counsellor_id"),
        "user",
    ),
    "team_id": "team",
    "place_id": "place",
    "contact_id": "place_contact",
    "course_id": "course",
    "cycle_id": "place_cycle",
    "session_id": "session",
    "referral_id": "referral",
    "programme_version_id": "programme_version",
    "message_id": "incoming_message",
    "letter_row_id": "letter",
    "invoice_id": "pharmacy_invoice",
}  # fmt: skip
"""Field -> the entity of the rows that it names, where that is the same in every entity."""
