"""One synchronisation: who are you, my changes up, your rows down, and a receipt at the end.

Every batch and every page is a transaction of its own, so whatever is cut off can simply be run again: the server has
each change once, the laptop marks only what an answer names.
"""

import threading
import time
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
from app.models.base import synced_tables, to_wire
from app.models.local import Device
from app.storage.change_set import ChangeSet
from app.storage.engine import Store, known_disk_problems
from app.sync import outbox
from app.sync.adopt import adopt_orphans
from app.sync.apply import UnreadableRow, apply_page, read_anew_what_is_known_now
from app.sync.client import SyncClient
from app.sync.courier import carries, hand_in
from app.sync.leaving import remove_left
from app.sync.receipt import stored, verify
from app.sync.tallies import differing, forget, has_unsent, held_rows, recount
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import (
    MOST_OWN,
    Answer,
    Departure,
    Handshake,
    HandshakeRequest,
    Hello,
    LookRequest,
    Operation,
    Outcome,
    PullReply,
    PullRequest,
    PushReply,
    RawChange,
    RawPushRequest,
    Receipt,
    ReceiptRequest,
    RepairReply,
    RepairRequest,
    Tally,
    answers_of,
)

LARGEST_BATCH = 5_000
LARGEST_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of JSON, which become a few hundred thousand on the wire: below what proxies usually let through."""
SLOW_SECONDS = 8.0
"""A batch that took longer makes the next one half as large; what is cut off then costs little to send again."""
PAGE = 5_000
REPAIRS = 20
"""Rounds of repair for one table before the difference is left for the next time."""
REASONS_OF_SCOPE = ("out-of-scope", "no-such-row")
REASONS_OF_VERSION = ("schema-too-new", "unknown-entity")


class SyncStep(StrEnum):
    """Where a synchronisation is."""

    HELLO = "hello"
    PUSH = "push"
    PULL = "pull"
    REPAIR = "repair"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """A step and how many changes or rows it has come to, of how many where that is known (else 0)."""

    step: SyncStep
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one synchronisation did, and what it left.

    `sent` changes were taken by the server now (`conflicts` of them beside somebody else's), `received` rows changed
    here. `refused` changes lie in quarantine, also from before; `remaining` still wait. `clock_ahead` is how far this
    laptop's clock runs ahead of the server's. `receipt` is None where the server's count does not add up. `removed`
    rows left this laptop's scope and disk, `repaired` rows differed and were put right, `differing` tables still do.
    `handed_in` envelopes of colleagues were delivered.
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
    removed: int = 0
    repaired: int = 0
    differing: tuple[str, ...] = ()
    handed_in: int = 0

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
        self._turn = ""
        self._removed = 0
        self._repaired = 0
        self._differing: tuple[str, ...] = ()
        self._handed_in = 0
        # What a look brought along, as long as nothing has been sent since.
        self._page: PullReply | None = None
        self._looked: Receipt | None = None
        self._own: list[tuple[int, int]] = []

    def run(self) -> SyncReport:
        """Go through the steps in their order."""
        self._tell(SyncStep.HELLO)
        clock_ahead = self._shake_hands()
        self._push()
        with self._session() as session:
            if carries(session):
                self._handed_in = hand_in(session, self._client, clock=self._clock)
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
            removed=self._removed,
            repaired=self._repaired,
            differing=self._differing,
            handed_in=self._handed_in,
        )

    def _tell(self, step: SyncStep, done: int = 0, total: int = 0) -> None:
        if self._progress is not None:
            self._progress(SyncProgress(step, done, total))

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with known_disk_problems(), self._store.session() as session:
            yield session

    def _shake_hands(self) -> timedelta:
        """Find out who the server is and where both stand; return how far this laptop's clock is ahead."""
        hands = self._hands()
        if hands is None:
            hello = self._client.hello()
            self._recognise(hello)
            return _ahead(self._clock, hello)
        self._recognise(hands)
        device = self._device
        key = hands.envelope_key or device.envelope_key
        with self._session() as session:
            outbox.begin_writing(session)
            if (hands.turn, key) != (device.turn, device.envelope_key) or device.is_restored:
                session.execute(update(Device).values(turn=hands.turn, is_restored=False, envelope_key=key))
            offered = outbox.offer_refused(session, REASONS_OF_VERSION, newest_schema=hands.schema_newest)
            is_reread = read_anew_what_is_known_now(session)
            session.commit()
        if is_reread:
            device.cursor = 0
        if offered or is_reread:
            self._page = self._looked = None
        self._turn = device.turn = hands.turn
        device.is_restored = False
        return _ahead(self._clock, hands)

    def _hands(self) -> Handshake | None:
        """Return the server's side of the handshake; where nothing is to be sent, page and receipt come with it."""
        device = self._device
        with self._store.session() as session:
            standing = outbox.counts(session)
            is_quiet = standing.pending == 0 and not device.must_adopt and not carries(session)
            through = outbox.answered_through(session)
        request = HandshakeRequest(
            database_id=device.database_id,
            server_id=device.server_id,
            epoch=device.epoch,
            schema=SCHEMA_VERSION,
            time=to_wire(self._clock.now()),
            turn=device.turn,
            is_restored=device.is_restored,
            pending=standing.pending,
            refused=standing.refused,
            cursor=device.cursor,
        )
        if is_quiet:
            looked = self._client.look(
                LookRequest(**msgspec.structs.asdict(request), through_sequence=through, limit=PAGE)
            )
            if looked is not None:
                self._page, self._looked = looked.page, looked.receipt
                return looked.hands
        return self._client.handshake(request)

    def _recognise(self, said: Hello | Handshake) -> None:
        """Refuse another server; after a restore, offer everything anew and begin to read from the start."""
        if said.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        if said.epoch == self._device.epoch:
            return
        with self._session() as session:
            outbox.begin_writing(session)
            outbox.offer_again(session)
            # Positions of the lost history mean something else now; reading from the start brings the right ones.
            for model in synced_tables().values():
                session.connection().execute(update(model.__table__).values(server_position=0))
            forget(session, synced_tables())
            session.execute(update(Device).values(epoch=said.epoch, cursor=0, reread_until=0, must_adopt=True))
            session.commit()
        self._device.epoch = said.epoch
        self._device.cursor = 0
        self._device.must_adopt = True
        self._page = self._looked = None

    def _same_speaker(self, reply: PushReply | PullReply | RepairReply) -> None:
        if reply.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        if reply.epoch != self._device.epoch:
            raise KnownProblem("server-restored")

    def _push(self) -> None:
        after, limit, done, total = 0, LARGEST_BATCH, 0, 0
        while True:
            with self._store.session() as session:
                batch = outbox.waiting(session, limit=limit, max_bytes=LARGEST_BATCH_BYTES, after=after)
                if not batch:
                    return
                total = total or outbox.counts(session).pending
            self._page = self._looked = None
            self._tell(SyncStep.PUSH, done, max(total, done + len(batch)))
            begun = time.monotonic()
            try:
                reply = self._client.push(RawPushRequest(database_id=self._device.database_id, changes=batch))
            except KnownProblem as problem:
                if problem.code not in ("timed-out", "too-large") or len(batch) == 1:
                    raise
                # The link is thinner than the batch; what the server took of it, it has already.
                limit = max(1, len(batch) // 8)
                continue
            if time.monotonic() - begun > SLOW_SECONDS:
                limit = max(50, len(batch) // 2)
            after = self._mark(batch, reply)
            done += len(batch)

    def _mark(self, batch: list[RawChange], reply: PushReply) -> int:
        """Write down what the server said; return the sequence after which to go on."""
        self._same_speaker(reply)
        if reply.count != len(batch):
            raise KnownProblem("server-fault")
        try:
            answers = answers_of(reply)
        except ValueError:
            raise KnownProblem("server-fault") from None
        with self._session() as session:
            marked = outbox.mark(session, batch, answers, clock=self._clock)
        self._own = _runs(self._own, batch, answers)
        self._sent += marked.taken
        self._conflicts += marked.conflicts
        # After the pages: whatever they did not bring then is looked at row by row.
        self._device.must_adopt |= marked.unplaced
        taken = [batch[answer.index] for answer in answers if answer.code == "sequence-taken"]
        if not taken:
            return batch[-1].sequence
        with self._session() as session:
            outbox.begin_writing(session)
            outbox.renumber(session, [change.change_id for change in taken], above=reply.highest_sequence)
            session.commit()
        return max(reply.highest_sequence, taken[0].sequence - 1)

    def _pull(self) -> None:
        """Read to the end, then compare with what the server counts in this laptop's scope."""
        last = self._pages()
        if last.scope and last.scope != self._device.scope:
            is_known = bool(self._device.scope)
            self._change_scope(last)
            if is_known:
                self._push()
                last = self._pages()
        if self._device.must_adopt:
            last = self._adopt() or last
        with self._session() as session:
            outbox.begin_writing(session)
            gone = remove_left(session)
            session.commit()
        self._removed += len(gone)
        self._changed |= gone.rows
        if last.tallies:
            self._compare(last)

    def _adopt(self) -> PullReply | None:
        """Offer what only this laptop still has after the server was set back, and let go of what is out of scope."""
        with self._session() as session:
            outbox.begin_writing(session)
            adopted = adopt_orphans(session, clock=self._clock)
            session.execute(update(Device).values(must_adopt=False))
            session.commit()
        self._device.must_adopt = False
        if not adopted:
            return None
        self._push()
        return self._pages()

    def _pages(self) -> PullReply:
        cursor = self._device.cursor
        held_at: int | None = None
        total = 0
        while True:
            self._tell(SyncStep.PULL, len(self._changed), max(total, len(self._changed)) if total else 0)
            reply, self._page = self._page, None
            if reply is None:
                request = PullRequest(
                    database_id=self._device.database_id, cursor=cursor, limit=PAGE, turn=self._turn, own=self._own
                )
                reply = self._client.pull(request)
            self._same_speaker(reply)
            total = total or reply.total
            if reply.cursor < cursor or (reply.more and reply.cursor == cursor):
                raise KnownProblem("server-fault")
            target = reply.cursor if held_at is None else held_at
            if reply.rows or reply.left or target != self._device.cursor:
                with self._session() as session:
                    page = apply_page(session, reply.rows, cursor=target, left=reply.left, at=self._clock.now())
                if page.cursor < target:
                    held_at = page.cursor
                self._changed |= page.changed.rows
                self._unreadable.extend(page.unreadable)
            cursor = reply.cursor
            if not reply.more:
                self._device.cursor = cursor if held_at is None else held_at
                return reply

    def _change_scope(self, reply: PullReply) -> None:
        """Take over other teams or another role: read from the start, and offer again what was outside before."""
        is_known = bool(self._device.scope)
        values = {"scope": reply.scope, "team_ids": reply.team_ids, "role": reply.role or self._device.role}
        with self._session() as session:
            outbox.begin_writing(session)
            session.execute(update(Device).values(**values))
            if is_known:
                session.execute(update(Device).values(cursor=0))
                outbox.offer_refused(session, REASONS_OF_SCOPE)
            session.commit()
        for name, value in values.items():
            setattr(self._device, name, value)
        if is_known:
            self._device.cursor = 0

    def _compare(self, reply: PullReply) -> None:
        """Put right, row by row, whatever table the server counts otherwise than we do."""
        with self._session() as session:
            outbox.begin_writing(session)
            entities = differing(session, reply.tallies)
            session.commit()
        self._differing = tuple(entity for entity in entities if not self._repair(entity, reply))

    def _repair(self, entity: str, last: PullReply) -> bool:
        """Return whether the table is the same at the end, as far as nothing of it is unsent."""
        for _ in range(REPAIRS):
            self._tell(SyncStep.REPAIR, self._repaired)
            with self._store.session() as session:
                held = held_rows(session, entity)
            reply = self._client.repair(
                RepairRequest(
                    database_id=self._device.database_id,
                    entity=entity,
                    row_ids=list(held),
                    positions=list(held.values()),
                    limit=PAGE,
                )
            )
            self._same_speaker(reply)
            left = [Departure(entity=entity, row_id=row_id) for row_id in reply.left]
            with self._session() as session:
                page = apply_page(session, reply.rows, cursor=None, left=left)
                gone = remove_left(session)
                is_same = recount(session, entity) == last.tallies.get(entity, Tally())
                is_waiting = has_unsent(session, entity)
                session.commit()
            self._changed |= page.changed.rows | gone.rows
            self._unreadable.extend(page.unreadable)
            self._removed += len(gone)
            self._repaired += len(page.changed)
            if not reply.more:
                # What somebody else sent in between is counted the next time.
                return is_same or is_waiting or not (reply.rows or reply.left)
        return False

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
            session.add(stored(receipt))
            outbox.prune(session, clock=self._clock)
            session.commit()
        return receipt

    def _signed(self) -> Receipt:
        """Return a receipt for everything that has been answered so far, its signature checked."""
        self._tell(SyncStep.RECEIPT)
        with self._store.session() as session:
            through = outbox.answered_through(session)
        device = self._device
        receipt, self._looked = self._looked, None
        if receipt is None or receipt.through_sequence != through:
            receipt = self._client.receipt(
                ReceiptRequest(database_id=device.database_id, through_sequence=through, cursor=device.cursor)
            )
        said = (receipt.server_id, receipt.epoch, receipt.device_id, receipt.database_id, receipt.through_sequence)
        if said != (device.server_id, device.epoch, device.id, device.database_id, through) or not verify(
            receipt, device.receipt_key
        ):
            raise KnownProblem("false-receipt")
        return receipt


def _runs(known: list[tuple[int, int]], batch: list[RawChange], answers: list[Answer]) -> list[tuple[int, int]]:
    """Return the runs of positions at which plain changes of this laptop stand now; what is left out is told again."""
    runs = list(known)
    for answer in answers:
        if answer.outcome is not Outcome.APPLIED or batch[answer.index].operation is Operation.DELETE:
            continue
        if runs and runs[-1][1] == answer.position - 1:
            runs[-1] = (runs[-1][0], answer.position)
        else:
            runs.append((answer.position, answer.position))
    return sorted(runs, key=lambda run: run[0] - run[1])[:MOST_OWN] if len(runs) > MOST_OWN else runs


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


def _ahead(clock: Clock, said: Hello | Handshake) -> timedelta:
    return clock.now() - _moment(said.time)


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
