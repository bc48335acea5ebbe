"""The cards on a person's page, and those about what a team shares.

A card holds two values of one field, who wrote each and when; or it says what was deleted or came late.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, Boolean, ColumnElement, Date, Float, Integer, select
from sqlalchemy.orm import Session as Reading

from app.models.base import Moment, synced_tables
from app.models.course import Course, Session
from app.models.organisation import Place, PlaceCycle, Team, User
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import rows_of

GO_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "merged_into_id": ("merge_took",),
    "identifier": ("identifier_kind",),
    "state": ("decided_at", "decided_by", "decided_on", "state_at", "state_reason", "closed_at", "closed_by"),
    "decided_at": ("decided_by",),
    "closed_on": ("closed_by",),
}
"""Field -> others that one change gives its row with it: they are decided with it, and have no cards beside its own."""
_LONGEST_CHAIN: Final = 8
"""Rows merged into rows that were merged; more in a chain would be a circle."""


class Kind(StrEnum):
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


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row is called: by a name, by a day, or by both; `name` is empty and `on` None where it has neither."""

    name: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ConflictCard:
    """One card; `field` is "deleted" or "late" where it is about no single field.

    `standing` and `contender` are the two values as text, see :func:`as_value`; where the column names other rows,
    `standing_row` and `contender_row` are what these are called, None of one that this laptop does not hold. `about`
    is what the row itself is called, empty of the person whose page it is. `can_take` is whether the contender can be
    chosen here, `is_gone` that the row was deleted, `is_both_ways` that the contender is merged into this very row.
    """

    conflict_id: str
    entity: str
    field: str
    kind: Kind
    about: RowName
    standing: str | None
    standing_row: RowName | None
    standing_by: str
    contender: str | None
    contender_row: RowName | None
    contender_by: str
    contender_at: datetime | None
    can_take: bool
    is_gone: bool
    is_both_ways: bool


def conflict_cards(reading: Reading, person_id: str) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about a person, and about those merged into them."""
    return _cards(reading, Conflict.person_id.in_(rows_of(reading, person_id)), person_id)


def team_conflict_cards(reading: Reading) -> tuple[ConflictCard, ...]:
    """Return the cards that wait for an answer about what is nobody's own: places, courses, sessions and the like."""
    return _cards(reading, Conflict.person_id.is_(None))


def _cards(reading: Reading, which: ColumnElement[bool], person_id: str = "") -> tuple[ConflictCard, ...]:
    cards = reading.scalars(select(Conflict).where(which).order_by(Conflict.server_position, Conflict.id)).all()
    beside = {(card.change_id, other) for card in cards for other in GO_TOGETHER.get(card.field, ())}
    return tuple(_card(reading, card, person_id) for card in cards if (card.change_id, card.field) not in beside)


def kind_of(entity: str, field: str) -> Kind:
    """Return what a field of an entity holds."""
    model = synced_tables().get(entity)
    column = None if model is None else model.__table__.c.get(field)
    if column is None:
        return Kind.UNKNOWN
    if named_by(entity, field):
        return Kind.ROW
    for types, kind in _KINDS:
        if isinstance(column.type, types):
            return kind
    return Kind.TEXT


_KINDS: Final[tuple[tuple[type[Any], Kind], ...]] = (
    (Moment, Kind.MOMENT),
    (Date, Kind.DAY),
    (Boolean, Kind.FLAG),
    (Integer, Kind.WHOLE),
    (Float, Kind.NUMBER),
    (JSON, Kind.LIST),
)


def as_value(kind: Kind, text: str) -> Any:
    """Return the text of a card as a value of such a column: text as it is, days in ISO form, the rest as JSON.

    ValueError where it is none.
    """
    if kind is Kind.DAY:
        return date.fromisoformat(text)
    if kind is Kind.MOMENT:
        return datetime.fromisoformat(text)
    if kind in (Kind.TEXT, Kind.ROW):
        return text
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as problem:
        raise ValueError(text) from problem
    kinds = {Kind.FLAG: bool, Kind.WHOLE: int, Kind.NUMBER: int | float, Kind.LIST: list | dict}
    if not isinstance(value, kinds[kind]) or isinstance(value, bool) is not (kind is Kind.FLAG):
        raise ValueError(text)
    return value


def named_by(entity: str, field: str) -> str:
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


def _card(reading: Reading, card: Conflict, person_id: str) -> ConflictCard:
    kind = kind_of(card.subject_entity, card.field)
    model = synced_tables().get(card.subject_entity)
    row: Any = reading.get(model, card.row_id) if model is not None else None
    named = named_by(card.subject_entity, card.field)
    is_gone = model is not None and row is None
    is_both_ways = card.field == "merged_into_id" and _is_merged_into(reading, card.contender_value, card.row_id)
    return ConflictCard(
        conflict_id=card.id,
        entity=card.subject_entity,
        field=card.field,
        kind=kind,
        about=RowName("") if card.row_id == person_id else row_name(reading, card.subject_entity, row) or RowName(""),
        standing=card.standing_value,
        standing_row=_named(reading, named, card.standing_value),
        standing_by=_name(reading, card.standing_actor),
        contender=card.contender_value,
        contender_row=_named(reading, named, card.contender_value),
        contender_by=_name(reading, card.contender_actor),
        contender_at=_moment(card.contender_at),
        can_take=kind is not Kind.UNKNOWN and not is_gone and _can_take(reading, card, row),
        is_gone=is_gone,
        is_both_ways=is_both_ways,
    )


def _can_take(reading: Reading, card: Conflict, row: Any) -> bool:
    """Return whether choosing the contender is one thing: joining two people who are apart, or taking that back."""
    if card.field == "merge_took":
        return False
    if card.field != "merged_into_id":
        return True
    if not card.contender_value:
        return bool(row.merged_into_id)
    other = reading.get(Person, card.contender_value)
    if other is None or other.id == row.id or other.merged_into_id or row.merged_into_id:
        return False
    # Whose numbers differ are joined for a reason, which is asked for where people are joined.
    return not row.identifier or not other.identifier or row.identifier == other.identifier


def _is_merged_into(reading: Reading, person_id: str | None, row_id: str) -> bool:
    for _step in range(_LONGEST_CHAIN):
        person = reading.get(Person, person_id) if person_id else None
        if person is None:
            return False
        person_id = person.merged_into_id
        if person_id == row_id:
            return True
    return False


def _named(reading: Reading, entity: str, row_id: str | None) -> RowName | None:
    model = synced_tables().get(entity)
    return row_name(reading, entity, reading.get(model, row_id)) if model is not None and row_id else None


def row_name(reading: Reading, entity: str, row: Any) -> RowName | None:
    """Return what a row is called, None where there is none."""
    if row is None:
        return None
    how = _CALLED.get(entity)
    return how(reading, row) if how is not None else RowName(str(getattr(row, "name", "")))


def _title(reading: Reading, course_id: str) -> str:
    course = reading.get(Course, course_id)
    return course.title if course is not None else ""


def _session(reading: Reading, row: Any) -> RowName:
    return RowName(_title(reading, row.course_id), row.held_on)


def _attendance(reading: Reading, row: Any) -> RowName:
    session = reading.get(Session, row.session_id)
    return RowName("") if session is None else _session(reading, session)


def _team_of(reading: Reading, row: Any) -> RowName:
    team = reading.get(Team, row.team_id)
    return RowName(team.name if team is not None else "")


def _step(reading: Reading, row: Any) -> RowName:
    cycle = reading.get(PlaceCycle, row.cycle_id)
    return RowName("") if cycle is None else _round(reading, cycle)


def _round(reading: Reading, row: Any) -> RowName:
    place = reading.get(Place, row.place_id)
    return RowName(place.name if place is not None else "", row.started_on)


_CALLED: Final[Mapping[str, Callable[[Reading, Any], RowName]]] = {
    "person": lambda _reading, row: RowName(shown_name(row)),
    "membership": _team_of,
    "course": lambda _reading, row: RowName(row.title),
    "session": _session,
    "enrolment": lambda reading, row: RowName(_title(reading, row.course_id)),
    "attendance": _attendance,
    "referral": lambda _reading, row: RowName(row.sender, row.received_on),
    "reduction_plan": lambda _reading, row: RowName("", row.made_on),
    "plan_step": lambda _reading, row: RowName(row.text, row.due_on),
    "nrt_plan": lambda _reading, row: RowName("", row.made_on),
    "letter": lambda _reading, row: RowName(row.recipient, row.written_on),
    "incoming_message": lambda _reading, row: RowName(row.sender, row.received_at),
    "outgoing_message": lambda _reading, row: RowName(row.receiver, row.written_at),
    "place_cycle": _round,
    "place_cycle_step": _step,
    "pharmacy_invoice": lambda _reading, row: RowName(row.pharmacy, row.invoiced_on),
}


def _name(reading: Reading, user_id: str | None) -> str:
    user = reading.get(User, user_id) if user_id else None
    return user.name if user else ""


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
