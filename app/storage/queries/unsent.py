"""What is only on this laptop, by name, and the last receipt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from app.clock import day_of
from app.models.base import synced_tables
from app.models.local import CarriedEnvelope, Device, OutboxEntry, StoredReceipt
from app.models.organisation import Place
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.all_rows import all_rows
from app.storage.engine import Reading
from app.storage.erased import PERSON_ERASED
from app.storage.listed import chunks
from app.storage.queries.names import shown_name

_TELLING = frozenset({"id", "person_id", "place_id", "name", "title"})
"""Columns that say whom or what a row is about."""


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """Changes of one kind about one person or place; `state` is pending or refused, `code` why it was refused."""

    subject: str
    entity: str
    count: int
    state: str
    code: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the sync page and the status line show; `received_at` is of the last receipt.

    `received` counts the changes that it is the first receipt of, as people made them: without the access log's.
    `conflicts` counts the cards that wait for an answer, `visits` the sessions that something unsent belongs to, and
    `since` is the day of the oldest unsent change.
    """

    pending: int
    refused: int
    unsent: tuple[UnsentRow, ...]
    received_at: datetime | None
    received: int
    receipt: str
    server_url: str
    conflicts: int = 0
    conflict_people: tuple[tuple[str, str], ...] = ()
    visits: int = 0
    since: date | None = None
    quarantine: tuple["Quarantined", ...] = ()
    answers_to_carry_back: int = 0

    @property
    def waiting(self) -> int:
        """How many changes are only on this laptop."""
        return self.pending + self.refused


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A change that the server refused, with its reason; `person_id` is empty where it is about no person.

    `taken_back_on` is the day on which it was taken back, because it was about somebody erased; None where it waits.
    """

    change_id: str
    subject: str
    entity: str
    code: str
    made_on: date
    person_id: str
    fields: tuple[str, ...]
    taken_back_on: date | None = None


def sync_state(reading: Reading, *, named: bool = True) -> SyncState:
    """Return counts and names of what the server has not confirmed; the status line needs no names."""
    connection = reading.connection()
    rows = all_rows(connection, _counted())
    counted = {state: count for state, count, _since in rows}
    oldest = [_moment(since) for _state, _count, since in rows]
    receipt = next(iter(all_rows(connection, _latest_receipt())), None)
    ((server_url, conflicts, replies),) = all_rows(connection, _besides())
    waiting = _waiting(reading) if named else []
    subjects = _subjects(reading, waiting)
    lines = Counter(
        (subjects[entry.change_id][0], entry.entity, entry.state, entry.code)
        for entry in waiting
        if not entry.is_taken_back
    )
    return SyncState(
        pending=counted.get("pending", 0),
        refused=counted.get("refused", 0),
        unsent=tuple(
            UnsentRow(subject, entity, count, state, code)
            for (subject, entity, state, code), count in sorted(lines.items())
        ),
        received_at=receipt.received_at if receipt else None,
        received=receipt.received if receipt else 0,
        receipt=receipt.content if receipt else "",
        server_url=server_url or "",
        conflicts=conflicts,
        conflict_people=_people_in_conflict(reading) if named else (),
        visits=connection.scalar(_visits()) or 0 if rows else 0,
        since=min((day_of(at) for at in oldest), default=None),
        answers_to_carry_back=replies,
        quarantine=tuple(
            Quarantined(
                change_id=entry.change_id,
                subject=subjects[entry.change_id][0],
                entity=entry.entity,
                code=entry.code,
                made_on=day_of(entry.at),
                person_id=subjects[entry.change_id][1],
                fields=tuple(sorted(entry.fields)),
                taken_back_on=day_of(entry.acknowledged_at or entry.at) if entry.is_taken_back else None,
            )
            for entry in waiting
            if entry.state == "refused"
        ),
    )


def _waits() -> ColumnElement[bool]:
    # The access log goes with every sending; nobody's work is waiting in it.
    return OutboxEntry.state.in_(("pending", "refused")) & (OutboxEntry.entity != "access_log") & ~_is_taken_back()


def _is_taken_back() -> ColumnElement[bool]:
    """Return whether a change was about somebody erased, and was emptied: it is told, and waits for nothing."""
    return (
        (OutboxEntry.state == "refused") & (OutboxEntry.code == PERSON_ERASED) & (func.json(OutboxEntry.fields) == "{}")
    )


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    return select(OutboxEntry.state, func.count(), func.min(OutboxEntry.at)).where(_waits()).group_by(OutboxEntry.state)


@cache
def _visits() -> Select[*tuple[Any, ...]]:
    session_id = func.json_extract(OutboxEntry.fields, "$.session_id")
    return select(func.count(session_id.distinct())).where(_waits())


@cache
def _latest_receipt() -> Select[*tuple[Any, ...]]:
    latest = StoredReceipt.received_at.desc()

    def through(earlier: int) -> Any:
        sequence = func.json_extract(StoredReceipt.content, "$.through_sequence")
        return select(sequence).order_by(latest).limit(1).offset(earlier).scalar_subquery()

    received = select(func.count()).where(
        OutboxEntry.sequence > func.coalesce(through(1), 0),
        OutboxEntry.sequence <= through(0),
        OutboxEntry.entity != "access_log",
        OutboxEntry.state != "refused",
    )
    return (
        select(StoredReceipt.received_at, StoredReceipt.content, received.scalar_subquery().label("received"))
        .order_by(latest)
        .limit(1)
    )


@cache
def _besides() -> Select[*tuple[Any, ...]]:
    """Return the question where it is sent to, how many cards wait for an answer, and how many answers go back."""
    replies = select(func.count()).select_from(CarriedEnvelope).where(CarriedEnvelope.reply.is_not(None))
    return select(
        select(Device.server_url).limit(1).scalar_subquery(),
        select(func.count()).select_from(Conflict).scalar_subquery(),
        replies.scalar_subquery(),
    )


def _moment(said: datetime | str) -> datetime:
    return datetime.fromisoformat(said) if isinstance(said, str) else said


def _waiting(reading: Reading) -> list[Row[Any]]:
    """Return what waits, in the order in which it was done."""
    return list(
        reading.execute(
            select(
                OutboxEntry.change_id, OutboxEntry.entity, OutboxEntry.row_id, OutboxEntry.state, OutboxEntry.code,
                OutboxEntry.at, OutboxEntry.acknowledged_at, OutboxEntry.fields,
                _is_taken_back().label("is_taken_back"),
            )
            .where(OutboxEntry.state.in_(("pending", "refused")), OutboxEntry.entity != "access_log")
            .order_by(OutboxEntry.sequence)
        )
    )  # fmt: skip


def _people_in_conflict(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return id and name of everybody on whose page a card waits."""
    people = reading.scalars(select(Person).where(Person.id.in_(select(Conflict.person_id)))).all()
    return tuple(sorted(((person.id, shown_name(person)) for person in people), key=lambda found: found[1]))


def _subjects(reading: Reading, entries: Sequence[Row[Any]]) -> dict[str, tuple[str, str]]:
    """Return for each change whom or what it is about, by name, and the person; asked for many changes at once."""
    rows = _rows_of(reading, entries)
    abouts = {}
    for entry in entries:
        row = rows.get((entry.entity, entry.row_id), {})
        abouts[entry.change_id] = (
            str(entry.fields.get("person_id") or row.get("person_id") or ""),
            str(entry.fields.get("place_id") or row.get("place_id") or ""),
            str(row.get("name") or row.get("title") or ""),
        )
    names = {
        person.id: shown_name(person)
        for chunk in chunks({person for person, _place, _own in abouts.values() if person})
        for person in reading.scalars(select(Person).where(Person.id.in_(chunk)))
    }
    places = {
        place_id: name
        for chunk in chunks({place for _person, place, _own in abouts.values() if place})
        for place_id, name in reading.execute(select(Place.id, Place.name).where(Place.id.in_(chunk)))
    }
    return {
        change_id: (names.get(person) or places.get(place) or own, person)
        for change_id, (person, place, own) in abouts.items()
    }


def _rows_of(reading: Reading, entries: Sequence[Row[Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the changed rows say about whom they belong to, and what they are called."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        wanted.setdefault(entry.entity, set()).add(entry.row_id)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entity, row_ids in wanted.items():
        model = synced_tables().get(entity)
        if model is None:
            continue
        columns = [column for column in model.__table__.columns if column.name in _TELLING]
        for chunk in chunks(row_ids):
            for row in reading.execute(select(*columns).where(model.id.in_(chunk))).mappings():
                found[entity, row["id"]] = dict(row)
    return found
