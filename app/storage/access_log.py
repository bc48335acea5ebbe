"""The access log: the one place that writes it, hands it to the outbox and checks it.

Creating and editing are written by the unit of work itself, in the transaction of the change. Viewing, searching,
printing and exporting are told by whoever shows something (:func:`note_view` while reading, `Desk.log` otherwise) and
written behind the answer, so that nobody waits for it. Entries reach the outbox when sending begins.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Table, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import Session

from app.clock import Clock
from app.domain.access_chain import BEGINNING, AccessEntry, Action, BrokenPlace, ChainCheck, hash_of
from app.ids import natural_id, new_id
from app.models.base import Synced, from_wire, to_wire
from app.models.local import OutboxEntry
from app.models.oversight import AccessLog, AccessLogHead
from app.storage.driver import driver_of
from app.storage.listed import listed
from app.sync.wire.entities import SCHEMA_VERSION

_NOTED: Final = "access-log-noted"
_LONGEST_WHAT: Final = 300
_NEWEST: Final = """
SELECT device.id, head.number, head.hash
FROM device LEFT JOIN access_log_head AS head ON head.device_id = device.id
"""
_HEAD: Final = upsert(AccessLogHead)
_SET_HEAD: Final = _HEAD.on_conflict_do_update(
    index_elements=["device_id"], set_={"number": _HEAD.excluded.number, "hash": _HEAD.excluded.hash}
)
_UNLOGGED: Final = frozenset({"access_log", "conflict"})


@dataclass(frozen=True, slots=True)
class Access:
    """Something that somebody did, before it is an entry of the chain."""

    action: Action
    subject_id: str | None = None
    what: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """One laptop's chain: how many entries, and where it is broken; `unlike_sent` differ from what was sent."""

    device_id: str
    entries: int
    broken: tuple[BrokenPlace, ...]
    unlike_sent: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, removed or added."""
        return not self.broken and not self.unlike_sent


def note_view(reading: Session, person_ids: Iterable[str], *, what: str = "") -> None:
    """Say that what is being read shows these people; the desk writes it down when the answer is out."""
    reading.info.setdefault(_NOTED, []).extend(Access(Action.VIEW, person_id, what) for person_id in person_ids)


def note_search(reading: Session, found: int, *, what: str = "people") -> None:
    """Say that somebody searched and how many were found; what was typed is not kept, because it is a name."""
    reading.info.setdefault(_NOTED, []).append(Access(Action.SEARCH, None, f"{what}: {found}"))


def noted(reading: Session) -> list[Access]:
    """Return what was noted while reading."""
    found: list[Access] = reading.info.pop(_NOTED, [])
    return found


def write(session: Session, accesses: Iterable[Access], *, actor: str, clock: Clock) -> list[dict[str, Any]]:
    """Append entries to this laptop's chain, in the caller's transaction; return them as the journal keeps them.

    A store that belongs to no laptop yet has no chain.
    """
    accesses = list(accesses)
    connection = session.connection()
    head = connection.exec_driver_sql(_NEWEST).first() if accesses else None
    if head is None:
        return []
    device_id, number, previous = head.id, head.number or 0, head.hash or BEGINNING
    rows = []
    for access in accesses:
        number += 1
        # Once: what the hash is of and what is stored must not differ by the moment between two looks at the clock.
        at = clock.now()
        entry = AccessEntry(
            device_id=device_id,
            number=number,
            at=to_wire(at),
            user_id=actor,
            action=access.action.value,
            subject_id=access.subject_id,
            what=access.what[:_LONGEST_WHAT],
            reason=access.reason[:_LONGEST_WHAT],
            previous=previous,
        )
        previous = hash_of(entry)
        rows.append(
            {
                "id": natural_id("access_log", device_id, str(number)),
                "server_position": 0,
                "device_id": device_id,
                "number": number,
                "at": at,
                "user_id": actor,
                "action": entry.action,
                "subject_id": entry.subject_id,
                "what": entry.what,
                "reason": entry.reason,
                "previous": entry.previous,
                "hash": previous,
            }
        )
    connection.execute(insert(_table(AccessLog)), rows)
    _set_head(session, device_id, number, previous)
    return [{"access": {name: to_wire(value) for name, value in row.items()}} for row in rows]


def put_back(session: Session, entries: Iterable[dict[str, Any]]) -> int:
    """Write entries that the journal has and the store lacks, in the caller's transaction; return how many."""
    entries = list(entries)
    known = {
        row_id
        for (row_id,) in driver_of(session).execute(
            "SELECT id FROM access_log WHERE id IN (SELECT value FROM json_each(?))",
            (listed(entry["id"] for entry in entries),),
        )
    }
    missing = [from_wire(AccessLog, entry) | {"id": entry["id"]} for entry in entries if entry["id"] not in known]
    for row in missing:
        session.connection().execute(insert(_table(AccessLog)), {**row, "server_position": 0})
        _set_head(session, row["device_id"], row["number"], row["hash"])
    return len(missing)


def _set_head(session: Session, device_id: str, number: int, content_hash: str) -> None:
    head = {"device_id": device_id, "number": number, "hash": content_hash, "offered": 0}
    session.connection().execute(_SET_HEAD, head)


def accesses_of(rows: Iterable[tuple[Synced, str]]) -> list[Access]:
    """Return what a unit of work did to whom: one entry a person, naming the kinds of rows."""
    kinds: dict[str, set[str]] = {}
    created: set[str] = set()
    for row, operation in rows:
        if row.entity in _UNLOGGED:
            continue
        person_id = getattr(row, "person_id", None)
        if person_id is None:
            continue
        kinds.setdefault(person_id, set()).add(row.entity)
        if row.entity == "person" and operation == "insert":
            created.add(person_id)
    return [
        Access(Action.CREATE if person_id in created else Action.EDIT, person_id, ", ".join(sorted(entities)))
        for person_id, entities in kinds.items()
    ]


def offer(session: Session, *, clock: Clock) -> int:
    """Hand entries that are not in the outbox yet to it, and return how many; the caller commits."""
    head = session.scalars(select(AccessLogHead)).first()
    if head is None or head.offered >= head.number:
        return 0
    entries = session.scalars(
        select(AccessLog)
        .where(AccessLog.device_id == head.device_id, AccessLog.number > head.offered)
        .order_by(AccessLog.number)
    ).all()
    session.connection().execute(
        insert(_table(OutboxEntry)),
        [
            {
                "change_id": new_id(clock),
                "entity": "access_log",
                "row_id": row.id,
                "operation": "insert",
                "fields": _fields(row),
                "base": 0,
                "actor": row.user_id,
                "at": row.at,
                "schema": SCHEMA_VERSION,
                "state": "pending",
                "position": 0,
                "code": "",
            }
            for row in entries
        ],
    )
    head.offered = head.number
    session.flush()
    return len(entries)


def check(session: Session, *, tell: Callable[[int, int], None] | None = None) -> tuple[ChainReport, ...]:
    """Check the chain of every laptop that is in this store, this one's against its outbox and its head too.

    Of years of work there are hundreds of thousands of entries, so that they are read one after another; `tell` is told
    (done, of) in entries.
    """
    driver = driver_of(session)
    heads = {row[0]: (row[1], row[2]) for row in driver.execute("SELECT device_id, number, hash FROM access_log_head")}
    sent = {(device_id, number): said for device_id, number, said in driver.execute(_SENT)}
    (total,) = driver.execute("SELECT count(*) FROM access_log").fetchone()
    chains = {device_id: ChainCheck() for device_id in heads}
    unlike: dict[str, list[int]] = defaultdict(list)
    for place, values in enumerate(driver.execute(_IN_ORDER)):
        if tell is not None and place % _TOLD_EVERY == 0:
            tell(place, total)
        entry = AccessEntry(**dict(zip(_NAMES, values, strict=True)))
        chains.setdefault(entry.device_id, ChainCheck()).read(entry)
        if sent.get((entry.device_id, entry.number), entry.hash) != entry.hash:
            unlike[entry.device_id].append(entry.number)
    return tuple(
        ChainReport(device_id, chain.entries, chain.broken(heads.get(device_id)), tuple(unlike[device_id]))
        for device_id, chain in sorted(chains.items())
    )


_TOLD_EVERY: Final = 1_000
_NAMES: Final = tuple(field.name for field in fields(AccessEntry))
# Moments stand in the store as the wire, and so the hash, has them.
_IN_ORDER: Final = f"SELECT {', '.join(_NAMES)} FROM access_log ORDER BY device_id, number"  # noqa: S608 - names of ours
_SENT: Final = """
SELECT fields ->> 'device_id', fields ->> 'number', fields ->> 'hash' FROM outbox
WHERE entity = 'access_log' AND fields ->> 'hash' IS NOT NULL
"""


def _fields(row: AccessLog) -> dict[str, Any]:
    return {name: to_wire(getattr(row, name)) for name in _NAMES}


def _table(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table
