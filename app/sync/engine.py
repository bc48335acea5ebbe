"""One synchronisation: who are you, my changes up, your rows down, and a receipt at the end.

Every batch and every page is a transaction of its own, so whatever is cut off can simply be run again: the server has
each change once, the laptop marks only what an answer names.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import synced_tables
from app.models.local import Device, StoredReceipt
from app.storage.change_set import ChangeSet
from app.storage.engine import Store, known_disk_problems
from app.sync import outbox
from app.sync.apply import UnreadableRow, apply_page
from app.sync.client import SyncClient
from app.sync.receipt import verify
from app.sync.wire.messages import (
    Hello,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Receipt,
    ReceiptRequest,
    answers_of,
)

LARGEST_BATCH = 2_000
LARGEST_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of JSON, which become a few hundred thousand on the wire: below what proxies usually let through."""
PAGE = 2_000


class SyncStep(StrEnum):
    """Where a synchronisation is."""

    HELLO = "hello"
    PUSH = "push"
    PULL = "pull"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """A step and how many changes or rows it has come to."""

    step: SyncStep
    done: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one synchronisation did, and what it left.

    `sent` changes were taken by the server now (`conflicts` of them beside somebody else's), `received` rows changed
    here. `refused` changes lie in quarantine, also from before; `remaining` still wait. `clock_ahead` is how far this
    laptop's clock runs ahead of the server's. `receipt` is None where the server's count does not add up.
    """

    sent: int
    received: int
    refused: int
    conflicts: int
    remaining: int
    receipt: Receipt | None
    unreadable: tuple[UnreadableRow, ...] = ()
    changed: ChangeSet = field(default_factory=ChangeSet)
    clock_ahead: timedelta = timedelta()

    @property
    def is_safe(self) -> bool:
        """Whether nothing is left only on this laptop: what green means."""
        return self.receipt is not None and self.remaining == 0 and self.refused == 0


def synchronise(
    store: Store, client: SyncClient, *, clock: Clock, progress: Callable[[SyncProgress], None] | None = None
) -> SyncReport:
    """Bring store and server to the same state and return the report; what was done stays done where it stops early.

    `progress` is called between requests; an exception of its own cancels there. Raises what :class:`SyncClient`
    raises, and KnownProblem "not-enrolled", "wrong-server", "server-restored" (while syncing: run it again),
    "false-receipt", "sync-under-way", "disk-full", "read-only"; the store's own work is safe in every case.
    """
    with _alone(store.path):
        return _Synchronisation(store, client, clock=clock, progress=progress).run()


class _Synchronisation:
    """The state of one run."""

    def __init__(
        self, store: Store, client: SyncClient, *, clock: Clock, progress: Callable[[SyncProgress], None] | None
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._progress = progress
        with store.session() as session:
            device = session.scalars(select(Device)).one_or_none()
        if device is None:
            raise KnownProblem("not-enrolled")
        self._device = device
        self._sent = 0
        self._conflicts = 0
        self._changed: set[tuple[str, str]] = set()
        self._unreadable: list[UnreadableRow] = []

    def run(self) -> SyncReport:
        """Go through the steps in their order."""
        self._tell(SyncStep.HELLO)
        hello = self._client.hello()
        clock_ahead = _ahead(self._clock, hello)
        self._recognise(hello)
        self._push()
        self._pull()
        receipt = self._receipt()
        with self._store.session() as session:
            standing = outbox.counts(session)
        return SyncReport(
            sent=self._sent,
            received=len(self._changed),
            refused=standing.refused,
            conflicts=self._conflicts,
            remaining=standing.pending,
            receipt=receipt,
            unreadable=tuple(self._unreadable),
            changed=ChangeSet(frozenset(self._changed)),
            clock_ahead=clock_ahead,
        )

    def _tell(self, step: SyncStep, done: int = 0) -> None:
        if self._progress is not None:
            self._progress(SyncProgress(step, done))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with known_disk_problems(), self._store.session() as session:
            yield session

    def _recognise(self, hello: Hello) -> None:
        """Refuse another server; after a restore, offer everything anew and begin to read from the start."""
        if hello.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        if hello.epoch == self._device.epoch:
            return
        with self._session() as session:
            outbox.begin_writing(session)
            outbox.offer_again(session)
            # Positions of the lost history mean something else now; reading from the start brings the right ones.
            for model in synced_tables().values():
                session.connection().execute(update(model.__table__).values(server_position=0))
            session.execute(update(Device).values(epoch=hello.epoch, cursor=0))
            session.commit()
        self._device.epoch = hello.epoch
        self._device.cursor = 0

    def _same_speaker(self, reply: PushReply | PullReply) -> None:
        if reply.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        if reply.epoch != self._device.epoch:
            raise KnownProblem("server-restored")

    def _push(self) -> None:
        after, limit, done = 0, LARGEST_BATCH, 0
        while True:
            with self._store.session() as session:
                batch = outbox.pending(session, limit=limit, max_bytes=LARGEST_BATCH_BYTES, after=after)
            if not batch:
                return
            self._tell(SyncStep.PUSH, done)
            try:
                reply = self._client.push(PushRequest(database_id=self._device.database_id, changes=batch))
            except KnownProblem as problem:
                if problem.code not in ("timed-out", "too-large") or len(batch) == 1:
                    raise
                # The link is thinner than the batch; what the server took of it, it has already.
                limit = max(1, len(batch) // 8)
                continue
            self._same_speaker(reply)
            if reply.count != len(batch):
                raise KnownProblem("server-fault")
            try:
                answers = answers_of(reply)
            except ValueError:
                raise KnownProblem("server-fault") from None
            with self._session() as session:
                marked = outbox.mark(session, batch, answers, clock=self._clock)
            self._sent += marked.taken
            self._conflicts += marked.conflicts
            after = batch[-1].sequence
            done += len(batch)

    def _pull(self) -> None:
        cursor = self._device.cursor
        held_at: int | None = None
        more = True
        while more:
            self._tell(SyncStep.PULL, len(self._changed))
            request = PullRequest(database_id=self._device.database_id, cursor=cursor, limit=PAGE)
            reply = self._client.pull(request)
            self._same_speaker(reply)
            if reply.cursor < cursor or (reply.more and reply.cursor == cursor):
                raise KnownProblem("server-fault")
            with self._session() as session:
                target = reply.cursor if held_at is None else held_at
                page = apply_page(session, reply.rows, cursor=target)
            if page.cursor < target:
                held_at = page.cursor
            self._changed |= page.changed.rows
            self._unreadable.extend(page.unreadable)
            cursor, more = reply.cursor, reply.more
        self._device.cursor = cursor if held_at is None else held_at

    def _receipt(self) -> Receipt | None:
        """Return the stored receipt; None where the server lacks something even after everything was offered again."""
        receipt = self._signed()
        if not _adds_up(receipt):
            with self._session() as session:
                outbox.begin_writing(session)
                outbox.offer_again(session)
                session.commit()
            self._push()
            receipt = self._signed()
            if not _adds_up(receipt):
                return None
        with self._session() as session:
            session.add(
                StoredReceipt(
                    id=receipt.receipt_id,
                    received_at=_moment(receipt.received_at),
                    changes=receipt.held,
                    content=msgspec.json.encode(receipt).decode(),
                )
            )
            session.commit()
        return receipt

    def _signed(self) -> Receipt:
        """Return a receipt for everything that has been answered so far, its signature checked."""
        self._tell(SyncStep.RECEIPT)
        with self._store.session() as session:
            through = outbox.answered_through(session)
        device = self._device
        receipt = self._client.receipt(
            ReceiptRequest(database_id=device.database_id, through_sequence=through, cursor=device.cursor)
        )
        said = (receipt.server_id, receipt.epoch, receipt.device_id, receipt.database_id, receipt.through_sequence)
        if said != (device.server_id, device.epoch, device.id, device.database_id, through) or not verify(
            receipt, device.receipt_key
        ):
            raise KnownProblem("false-receipt")
        return receipt


def _adds_up(receipt: Receipt) -> bool:
    # The device numbers its changes from 1 without gaps, so the last number is their count.
    return receipt.held + receipt.refused == receipt.through_sequence


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise KnownProblem("server-fault") from None
    if moment.tzinfo is None:
        raise KnownProblem("server-fault")
    return moment


def _ahead(clock: Clock, hello: Hello) -> timedelta:
    return clock.now() - _moment(hello.time)


_under_way: set[Path] = set()
_under_way_lock = threading.Lock()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one synchronisation of a store run at a time."""
    with _under_way_lock:
        if path in _under_way:
            raise KnownProblem("sync-under-way")
        _under_way.add(path)
    try:
        yield
    finally:
        with _under_way_lock:
            _under_way.discard(path)
