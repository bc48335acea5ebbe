"""What the benchmarks of syncing share: a real server process, laptops with real stores, and days of records."""

import gc
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from app.ids import new_id
from app.models.local import Device, OutboxEntry, TableTally
from app.models.organisation import Place
from app.sync.client import SyncClient
from app.sync.engine import synchronise
from app.sync.report import SyncReport
from app.sync.wire.tally import mark_of
from bench.peers.passes import visits
from server.invention import load_rows
from tests.integration.sync.desk import Desk, a_desk
from tests.server.laptops import Cooperation, ServerProcess


class CountingClient(SyncClient):
    """Counts the bytes of bodies up and down; headers are a few hundred a request on top."""

    up = 0
    down = 0

    def _request(self, method: str, path: str, body: bytes, *, expected: str) -> bytes:
        content = super()._request(method, path, body, expected=expected)
        self.up += len(body)
        self.down += len(content)
        return content


@dataclass
class Fleet:
    """A server, a cooperation, and where laptops put their stores."""

    server: ServerProcess
    cooperation: Cooperation
    folder: Path

    def laptop(self, user: str = "mette") -> Desk:
        """Enrol a laptop."""
        return a_desk(self.folder, self.cooperation, user)


@contextmanager
def a_fleet(*arguments: str) -> Iterator[Fleet]:
    """Start a server with an empty cooperation."""
    with tempfile.TemporaryDirectory(prefix="pusterum-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with ServerProcess(folder, *arguments) as server:
            yield another(server, folder)


def another(server: ServerProcess, folder: Path) -> Fleet:
    """Return a fresh cooperation on the same server."""
    with server.connect() as connection:
        cooperation = Cooperation.make(connection, server)
    return Fleet(server, cooperation, folder)


def records(number: int, team_id: str) -> list[dict[str, Any]]:
    """Return so many editable records, each about as large as a visit of the peers' passes."""
    return [
        {
            "team_id": team_id,
            "municipality_id": visit["person_id"],
            "name": f"{visit['held_on']} {visit['status']} {visit['cigarettes_per_day']}",
            "kind": "vaerested",
            "address": visit["session_id"] + visit["at"],
            "note": visit["note"],
            "closed_on": None,
        }
        for visit in visits(number)
    ]


def write(desk: Desk, fields: list[dict[str, Any]]) -> None:
    """Put records into a store as if they had been typed: rows and their outbox entries."""
    device = desk.device
    rows = [{**each, "id": new_id(desk.clock), "server_position": 0} for each in fields]
    entries = [
        {
            "change_id": new_id(desk.clock), "entity": "place", "row_id": row["id"], "operation": "insert",
            "fields": each, "base": 0, "actor": device.user_id, "at": desk.clock.now(), "schema": 2, "state": "pending",
            "position": 0, "code": "", "acknowledged_at": None,
        }
        for row, each in zip(rows, fields, strict=True)
    ]  # fmt: skip
    with desk.store.session() as session:
        session.connection().execute(insert(Place), rows)
        session.connection().execute(insert(OutboxEntry), entries)
        session.commit()


def lying_apart(desk: Desk, number: int) -> Sequence[str]:
    """Return so many records of a laptop, spread over all of them."""
    with desk.store.session() as session:
        known = session.scalars(select(Place.id).order_by(Place.id)).all()
    return known[:: max(1, len(known) // number)][:number]


def edit(desk: Desk, chosen: Sequence[str], note: str) -> None:
    """Change these records."""
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        for place in work.session.scalars(select(Place).where(Place.id.in_(chosen))):
            place.note = note
        work.commit()


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What a synchronisation did, how long it took, and the bytes up and down."""

    report: SyncReport
    seconds: float
    up: int
    down: int


def sync(desk: Desk) -> Synchronised:
    """Synchronise; who the laptop is, is known beforehand, and its line is kept, as the peers' are.

    As in the application Python's collector keeps out of it: the window collects in its own thread, in portions.
    """
    device = desk.device
    with CountingClient(desk.url, token=device.token, database_id=device.database_id, line=desk.line) as client:
        gc.disable()
        began = time.perf_counter()
        report = synchronise(desk.store, client, clock=desk.clock)
        seconds = time.perf_counter() - began
        gc.enable()
    return Synchronised(report, seconds, client.up, client.down)


DIFFERENT = 10_000
"""Of many records so many say something of their own; the others say the same once more."""


def fill(fleet: Fleet, number: int, first: Desk, *others: Desk) -> None:
    """Let server and laptops hold so many records more, without sending them."""
    said = records(min(number, DIFFERENT), fleet.cooperation.north)
    # In the order of their age, as identifiers are.
    row_ids = sorted(str(uuid.uuid4()) for _ in range(number))
    made = [("place", row_id, said[place % len(said)]) for place, row_id in enumerate(row_ids)]
    with fleet.server.connect() as connection:
        found = connection.execute("SELECT position FROM cooperation WHERE id = %s", (fleet.cooperation.id,)).fetchone()
        start = int(found[0]) if found else 0
        load_rows(connection, fleet.cooperation.id, made)
        connection.commit()
        # As the server's own housekeeping would have done within a minute.
        connection.execute("ANALYZE row")
    held = [
        {**fields, "id": row_id, "server_position": start + place}
        for place, (_, row_id, fields) in enumerate(made, start=1)
    ]
    mark = sum(mark_of(row["id"], row["server_position"]) for row in held)
    with first.store.session() as session:
        session.connection().execute(insert(Place), held)
        session.commit()
    for desk in others:
        _copy_places(first, desk)
    for desk in (first, *others):
        with desk.store.session() as session:
            session.merge(TableTally(entity="place", rows=len(held), hash=mark))
            session.execute(update(Device).values(cursor=start + len(held)))
            session.commit()


def _copy_places(source: Desk, target: Desk) -> None:
    """Write the records of one laptop into the store of another, which has none and the same key."""
    connection = target.store.engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.execute("ATTACH DATABASE ? AS source", (str(source.store.path),))
        driver.execute("BEGIN")
        driver.execute("INSERT INTO main.place SELECT * FROM source.place")
        driver.execute("COMMIT")
        driver.execute("DETACH DATABASE source")
    finally:
        connection.close()
