"""A laptop as it really is: an encrypted store, an enrolled device, the client of the desktop application."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.clock import TurnedClock
from app.domain.access_chain import Action
from app.domain.roles import Right, may
from app.ids import natural_id, new_id
from app.models.base import Synced
from app.models.local import Device, OutboxEntry, StoredReceipt
from app.models.organisation import Place
from app.models.person import Membership, Person
from app.models.smoking import Measurement, StockMovement
from app.storage.access_log import Access, offer
from app.storage.engine import Store, open_store
from app.sync.client import SyncClient
from app.sync.engine import synchronise
from app.sync.enrol import enrol
from app.sync.kept_line import KeptLine
from app.sync.report import SyncProgress, SyncReport, SyncStep
from tests.disturbing_proxy import Killed
from tests.empty_store import empty_store
from tests.server.laptops import Cooperation

KEY = bytes(range(32))
TODAY = date(2026, 11, 24)


@dataclass
class Desk:
    """One laptop; `url` may lead through something that disturbs the line."""

    store: Store
    url: str
    clock: TurnedClock = field(default_factory=lambda: TurnedClock(datetime(2026, 11, 24, 15, 0, tzinfo=UTC)))
    line: KeptLine = field(default_factory=KeptLine)

    @property
    def device(self) -> Device:
        with self.store.session() as session:
            return session.scalars(select(Device)).one()

    def copied(self) -> "Desk":
        """A second laptop with a copy of this one's store, as it stands now."""
        path = self.store.path
        self.store.close()
        copy = path.with_name("copy.db")
        copy.write_bytes(path.read_bytes())
        self.store = open_store(path, KEY)
        return Desk(open_store(copy, KEY), self.url)

    def client(self, **options: Any) -> SyncClient:
        device = self.device
        return SyncClient(self.url, token=device.token, database_id=device.database_id, line=self.line, **options)

    def sync(self, progress: Callable[[SyncProgress], None] | None = None, **options: Any) -> SyncReport:
        with self.client(**options) as client:
            return synchronise(self.store, client, clock=self.clock, progress=progress)

    def sync_until(self, nth: int, told: Callable[[SyncProgress], None]) -> SyncReport | None:
        """Synchronise, and die as it tells of its progress for the nth time (n from 0): None where it dies."""
        left = nth

        def tell(progress: SyncProgress) -> None:
            nonlocal left
            told(progress)
            left -= 1
            if left < 0:
                raise Killed

        try:
            return self.sync(tell)
        except Killed:
            return None

    def add(self, *rows: Synced) -> None:
        self.clock.at += timedelta(seconds=1)
        with self.store.unit_of_work(actor=self.device.user_id, clock=self.clock) as work:
            work.session.add_all(rows)
            work.commit()

    def person(self, nickname: str = "Kaptajnen") -> Person:
        """A person on this team's list."""
        key = new_id(self.clock)
        person = Person(id=key, person_id=key, nickname=nickname, registered_at=self.clock.now())
        team_id = self.device.team_ids[0]
        membership = Membership(
            id=natural_id("membership", key, team_id), person_id=key, team_id=team_id, joined_on=TODAY, left_on=None
        )
        self.add(person, membership)
        return person

    def place(self, name: str = "Café Nord") -> Place:
        device = self.device
        place = Place(
            id=new_id(self.clock),
            team_id=device.team_ids[0],
            municipality_id=device.team_ids[0],
            name=name,
            kind="café",
        )
        self.add(place)
        return place

    def measurement(self, person_id: str, value: float = 12.0) -> Measurement:
        measurement = Measurement(
            id=new_id(self.clock), person_id=person_id, kind="cigarettes_per_day", value=value, measured_on=TODAY,
            recorded_by=self.device.user_id,
        )  # fmt: skip
        self.add(measurement)
        return measurement

    @property
    def writes(self) -> bool:
        """Whether its user records anything, as far as the laptop knows."""
        return may(self.device.role, Right.WRITE_RECORDS)

    def look_and_pack(self) -> None:
        """Write into the log and the bag, and hand the log to the outbox as where sending begins."""
        self.clock.at += timedelta(seconds=1)
        user = self.device.user_id
        with self.store.unit_of_work(actor=user, clock=self.clock) as work:
            work.log(Access(Action.SEARCH, what="people: 0"))
            if self.writes:
                work.session.add(
                    StockMovement(
                        id=new_id(self.clock), product="gum-2", quantity=30, kind="packed", moved_at=self.clock.now(),
                        recorded_by=user,
                    )
                )  # fmt: skip
            work.commit()
        with self.store.session() as session:
            offer(session, clock=self.clock)
            session.commit()

    def edit(self, model: type[Synced], row_id: str, **fields: Any) -> None:
        self.clock.at += timedelta(seconds=1)
        with self.store.unit_of_work(actor=self.device.user_id, clock=self.clock) as work:
            row = work.session.get(model, row_id)
            for name, value in fields.items():
                setattr(row, name, value)
            work.commit()

    def remove(self, model: type[Synced], row_id: str) -> None:
        with self.store.unit_of_work(actor=self.device.user_id, clock=self.clock) as work:
            work.session.delete(work.session.get(model, row_id))
            work.commit()

    def get(self, model: type[Any], row_id: str) -> Any:
        with self.store.session() as session:
            return session.get(model, row_id)

    def all(self, model: type[Any]) -> list[Any]:
        with self.store.session() as session:
            return list(session.scalars(select(model)))

    def states(self) -> list[str]:
        with self.store.session() as session:
            return list(session.scalars(select(OutboxEntry.state).order_by(OutboxEntry.sequence)))

    def receipts(self) -> list[StoredReceipt]:
        return self.all(StoredReceipt)


def dies_at(step: SyncStep) -> Callable[[SyncProgress], None]:
    """Return what to tell a synchronisation's progress to that is to die as soon as it comes to this step."""

    def tell(progress: SyncProgress) -> None:
        if progress.step is step:
            raise Killed

    return tell


def a_desk(folder: Path, cooperation: Cooperation, user: str, *, url: str | None = None) -> Desk:
    """Enrol a new laptop for a user of the cooperation."""
    store = empty_store(folder / f"{uuid.uuid4()}.db", KEY)
    device = enrol(cooperation.server.url, cooperation.code(user), device_name="Lenovo", database_id=str(uuid.uuid4()))
    with store.session() as session:
        session.add(device)
        session.commit()
    return Desk(store, url or cooperation.server.url)
