"""Every value that was ever recorded of a person: what it was before, who changed it, when and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import select

from app.models.base import synced_tables
from app.models.local import ValueHistory
from app.models.organisation import User
from app.storage.engine import Reading
from app.storage.queries.same_person import rows_of
from app.sync.wire.entities import ENTITIES

MOST_ENTRIES: Final = 400
_MAIN_FIELD: Final = {
    "measurement": "value",
    "handout": "product",
    "stop_date": "stop_on",
    "relapse": "happened_on",
    "pause": "began_on",
    "consent": "answer",
    "contact_attempt": "outcome",
    "voucher": "value",
    "voucher_redemption": "amount",
    "outcome": "smoke_free",
    "diploma": "serial",
    "baseline": "filled_on",
    "medicine_notice": "told_whom",
    "follow_up_attempt": "result",
    "form_typed": "form",
    "rule_override": "rule",
}
"""Which field of a fact says most of it."""
_KIND_FIELDS: Final = ("kind", "purpose", "time_point")
_NOT_TOLD: Final = frozenset({"person_id", "merge_took"})


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change; `at` is the clock of the laptop that made it. `who` is empty where a colleague's name did not come.

    What was made with a form has no moment of its own; `on` is then the day that it is of.

    `kind` says which value of its entity it is ("co_ppm"). `is_correction` marks a fact that takes another's place.
    """

    at: datetime | None
    who: str
    entity: str
    kind: str
    field: str
    before: Any
    after: Any
    reason: str
    is_correction: bool
    fact_id: str = ""
    is_standing: bool = False
    on: date | None = None


def person_history(reading: Reading, person_id: str) -> tuple[HistoryEntry, ...]:
    """Return a person's history, newest first; rows merged into the person are theirs."""
    people = rows_of(reading, person_id)
    names: dict[str, str] = {row.id: row.name for row in reading.scalars(select(User))}
    entries = [*_changes(reading, people, names), *_facts(reading, people, names)]
    entries.sort(key=_moment, reverse=True)
    return tuple(entries[:MOST_ENTRIES])


def _moment(entry: HistoryEntry) -> datetime:
    return entry.at or datetime.combine(entry.on or date.min, time.min, tzinfo=UTC)


def _changes(reading: Reading, people: Iterable[str], names: dict[str, str]) -> list[HistoryEntry]:
    """Return what was changed in rows that change."""
    owners = list(people)
    row_ids = list(owners)
    for entity, table in synced_tables().items():
        if not ENTITIES[entity].is_fact and "person_id" in table.__table__.columns and entity != "person":
            row_ids += reading.scalars(select(table.id).where(table.person_id.in_(owners)))
    return [
        HistoryEntry(
            at=row.at,
            who=names.get(row.actor or "", ""),
            entity=row.entity,
            kind="",
            field=row.field,
            before=row.before,
            after=row.after,
            reason="",
            is_correction=False,
        )
        for row in reading.scalars(select(ValueHistory).where(ValueHistory.row_id.in_(row_ids)))
        if row.field not in _NOT_TOLD
    ]


def _facts(reading: Reading, people: Iterable[str], names: dict[str, str]) -> list[HistoryEntry]:
    """Return every fact, with what it corrected."""
    entries = []
    for entity, field in _MAIN_FIELD.items():
        table = synced_tables().get(entity)
        if table is None or field not in table.__table__.columns:
            continue
        rows = reading.scalars(select(table).where(table.person_id.in_(list(people)))).all()
        by_id = {row.id: row for row in rows}
        corrected = {row.corrects_id for row in rows if row.corrects_id}
        for row in rows:
            old = by_id.get(row.corrects_id) if row.corrects_id else None
            taken_back = bool(getattr(row, "taken_back", False)) or (entity == "handout" and row.quantity == 0)
            entries.append(
                HistoryEntry(
                    at=recorded_at(row.id),
                    who=names.get(row.recorded_by, ""),
                    entity=entity,
                    kind=next((str(getattr(row, name)) for name in _KIND_FIELDS if hasattr(row, name)), ""),
                    field=field,
                    before=getattr(old, field) if old is not None else None,
                    after=None if taken_back else getattr(row, field),
                    reason=row.reason,
                    is_correction=old is not None,
                    fact_id=row.id,
                    is_standing=row.id not in corrected,
                    on=getattr(row, "measured_on", None),
                )
            )
    return entries


def recorded_at(fact_id: str) -> datetime | None:
    """Return when a fact was recorded by the clock of its laptop: its identifier (UUIDv7) carries the moment."""
    plain = fact_id.replace("-", "")
    if len(plain) != 32 or plain[12] != "7":
        return None
    return datetime.fromtimestamp(int(plain[:12], 16) / 1000, tz=UTC)
