"""What is only on this laptop, by name, and the last receipt."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Reading

from app.models.base import synced_tables
from app.models.local import CarriedEnvelope, Device, OutboxEntry, StoredReceipt
from app.models.organisation import Place
from app.models.person import Person
from app.models.smoking import Conflict
from app.storage.queries.names import shown_name


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
    """What the sync page and the status line show; `received_at` and `received` are of the last receipt.

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

    @property
    def is_received(self) -> bool:
        """Whether a receipt covers everything: what green means."""
        return self.received_at is not None and not self.waiting


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A change that the server refused, with its reason; `person_id` is empty where it is about no person."""

    change_id: str
    subject: str
    entity: str
    code: str
    made_on: date
    person_id: str
    fields: tuple[str, ...]


def sync_state(reading: Reading) -> SyncState:
    """Return counts and names of what the server has not confirmed."""
    entries = reading.scalars(
        select(OutboxEntry)
        # The access log goes with every sending; nobody's work is waiting in it.
        .where(OutboxEntry.state.in_(("pending", "refused")), OutboxEntry.entity != "access_log")
        .order_by(OutboxEntry.sequence)
    ).all()
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for entry in entries:
        counted[(_subject(reading, entry), entry.entity, entry.state, entry.code)] += 1
    receipt = reading.scalars(select(StoredReceipt).order_by(StoredReceipt.received_at.desc()).limit(1)).first()
    device = reading.scalars(select(Device)).first()
    return SyncState(
        pending=sum(entry.state == "pending" for entry in entries),
        refused=sum(entry.state == "refused" for entry in entries),
        unsent=tuple(
            UnsentRow(subject, entity, count, state, code)
            for (subject, entity, state, code), count in sorted(counted.items())
        ),
        received_at=receipt.received_at if receipt else None,
        received=receipt.changes if receipt else 0,
        receipt=receipt.content if receipt else "",
        server_url=device.server_url if device else "",
        conflicts=reading.scalar(select(func.count()).select_from(Conflict)) or 0,
        conflict_people=_people_in_conflict(reading),
        visits=len({entry.fields["session_id"] for entry in entries if entry.fields.get("session_id")}),
        since=min((entry.at.date() for entry in entries), default=None),
        answers_to_carry_back=reading.scalar(
            select(func.count()).select_from(CarriedEnvelope).where(CarriedEnvelope.reply.is_not(None))
        )
        or 0,
        quarantine=tuple(_quarantined(reading, entry) for entry in entries if entry.state == "refused"),
    )


def _people_in_conflict(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return id and name of everybody on whose page a card waits."""
    people = reading.scalars(select(Person).where(Person.id.in_(select(Conflict.person_id)))).all()
    return tuple(sorted(((person.id, shown_name(person)) for person in people), key=lambda found: found[1]))


def _quarantined(reading: Reading, entry: OutboxEntry) -> Quarantined:
    row = reading.get(synced_tables()[entry.entity], entry.row_id) if entry.entity in synced_tables() else None
    return Quarantined(
        change_id=entry.change_id,
        subject=_subject(reading, entry),
        entity=entry.entity,
        code=entry.code,
        made_on=entry.at.date(),
        person_id=str(entry.fields.get("person_id") or getattr(row, "person_id", "") or ""),
        fields=tuple(sorted(entry.fields)),
    )


def _subject(reading: Reading, entry: OutboxEntry) -> str:
    row = reading.get(synced_tables()[entry.entity], entry.row_id)
    person_id = entry.fields.get("person_id") or getattr(row, "person_id", None)
    if person_id and (person := reading.get(Person, person_id)):
        return shown_name(person)
    place_id = entry.fields.get("place_id") or getattr(row, "place_id", None)
    if place_id and (place := reading.get(Place, place_id)):
        return place.name
    return str(getattr(row, "name", "") or getattr(row, "title", "") or "")
