"""One synchronisation: who are you, my changes up, your rows down, and a receipt at the end.

What an answer brought is one transaction, on the disk before the next question that rests on it, so whatever is cut off
can simply be run again: the server has each change once, the laptop marks only what an answer names. While the server
works on a batch, the laptop reads the next one and writes down what was answered to the one before; while a page comes,
it writes the one before.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import update

from app.clock import Clock
from app.errors import KnownProblem
from app.models.base import synced_tables, to_wire
from app.models.local import Device
from app.storage.change_set import ChangeSet
from app.storage.driver import driver_of
from app.storage.engine import Store, known_disk_problems
from app.storage.erased import forget_repaired
from app.storage.positions import forget_answered, settle
from app.sync import outbox
from app.sync.adopt import adopt_orphans, orphans_outside
from app.sync.apply import UnreadableRow, apply_page, read_anew_what_is_known_now
from app.sync.books import Standpoint
from app.sync.client import PackedPush, SyncClient
from app.sync.courier import hand_in
from app.sync.leaving import remove_left
from app.sync.receipt import store as store_receipt
from app.sync.receipt import verify
from app.sync.report import Reporting, SyncProgress, SyncReport, SyncStep
from app.sync.tallies import differing, forget, has_unsent, held_rows, recount
from app.sync.transaction import Transaction
from app.sync.under_way import UnderWay
from app.sync.wire import codec
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
    RawExchangeRequest,
    RawPushRequest,
    Receipt,
    ReceiptRequest,
    RepairReply,
    RepairRequest,
    StandingReply,
    Tally,
    answers_of,
)

LARGEST_BATCH = 5_000
SMALL_BATCH = 1_000
"""Of more than one batch the first and the last are small: of those the other side waits for what is done here."""
LARGEST_BATCH_BYTES = 4 * 1024 * 1024
"""Bytes of JSON, which become a few hundred thousand on the wire: below what proxies usually let through."""
SLOW_SECONDS = 8.0
"""A batch that took longer makes the next one half as large; what is cut off then costs little to send again."""
PAGE = 5_000
MOST_AT_ONCE = 1_000
MOST_BYTES_AT_ONCE = 256 * 1024
"""What is sent with the handshake, in one request for all: a day's work, a few seconds of the thinnest link."""
REPAIRS = 20
"""Rounds of repair for one table before the difference is left for the next time."""
REASONS_OF_SCOPE = ("out-of-scope", "no-such-row", "not-writable")
REASONS_OF_VERSION = ("schema-too-new", "unknown-entity")


_Question = TypeVar("_Question")
_Reply = TypeVar("_Reply")


def synchronise(
    store: Store,
    client: SyncClient,
    *,
    clock: Clock,
    progress: Callable[[SyncProgress], None] | None = None,
    reporting: Reporting | None = None,
) -> SyncReport:
    """Bring store and server to the same state and return the report; what was done stays done where it stops early.

    `reporting` goes along where all is asked at once. `progress` is called between requests; an exception of its own
    cancels there. Raises what :class:`SyncClient` raises, and KnownProblem "not-enrolled", "wrong-server",
    "server-restored" (while syncing: run it again), "false-receipt", "sync-under-way", "disk-full", "read-only"; the
    store's own work is safe in every case.
    """
    with _alone(store.path), known_disk_problems():
        return _Synchronisation(store, client, clock=clock, progress=progress, reporting=reporting).run()


class _ServersClock:
    """The server's time, as far as this laptop's clock was measured against it: what is kept is counted by it."""

    def __init__(self, clock: Clock) -> None:
        self.ahead = timedelta()
        self._clock = clock

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self._clock.now() - self.ahead


class _Synchronisation:
    """The state of one run."""

    def __init__(
        self,
        store: Store,
        client: SyncClient,
        *,
        clock: Clock,
        progress: Callable[[SyncProgress], None] | None,
        reporting: Reporting | None,
    ) -> None:
        self._reporting = reporting
        self._store = store
        self._client = client
        self._clock = clock
        self._servers_clock = _ServersClock(clock)
        self._progress = progress
        self._transaction = Transaction(store)
        self._under_way: UnderWay[Any] | None = None
        self._device: Standpoint  # found before anything else is done
        self._is_set_back = False
        self._sent = 0
        self._conflicts = 0
        self._freed = 0
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
        # What was said to who reports in along with it; it is written down with the receipt.
        self._standing: StandingReply | None = None
        self._own: list[tuple[int, int]] = []
        self._is_told = False

    def run(self) -> SyncReport:
        """Go through the steps in their order."""
        try:
            return self._run()
        finally:
            self._give_up()

    def _run(self) -> SyncReport:
        self._tell(SyncStep.HELLO)
        self._find_device()
        self._shake_hands()
        self._push()
        if self._transaction.books().is_carrying:
            self._transaction.settle()
            with self._store.session() as session:
                self._handed_in = hand_in(session, self._client, clock=self._clock)
        self._pull()
        receipt = self._receipt()
        books = self._transaction.books()
        self._transaction.settle()
        return SyncReport(
            sent=self._sent,
            received=len(self._changed),
            refused=books.refused,
            conflicts=self._conflicts,
            remaining=books.pending,
            receipt=receipt,
            # One that a repair asked for once more is still one.
            unreadable=tuple(dict.fromkeys(self._unreadable)),
            changed=ChangeSet(frozenset(self._changed)),
            clock_ahead=self._servers_clock.ahead,
            removed=self._removed,
            repaired=self._repaired,
            differing=self._differing,
            handed_in=self._handed_in,
        )

    def _tell(self, step: SyncStep, done: int = 0, total: int = 0) -> None:
        """Say where it is, before something is waited for: whoever listens may write to the store, or end it here."""
        self._transaction.settle()
        if self._progress is not None:
            self._progress(SyncProgress(step, done, total))

    def _find_device(self) -> None:
        """Find out where this laptop stands."""
        found = self._transaction.standpoint()
        if found is None:
            raise KnownProblem("not-enrolled")
        self._device = found
        self._is_set_back = found.must_adopt or found.is_restored

    def _give_up(self) -> None:
        """Let go of what was not ended: nothing of it is written, and the answer that comes is nobody's."""
        self._transaction.give_up()
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.wait()

    def _ask(self, question: Callable[[_Question], _Reply], request: _Question) -> _Reply:
        """Ask the server and return its answer."""
        self._transaction.settle()
        return question(request)

    def _begin_to_ask(self, question: Callable[[_Question], _Reply], request: _Question) -> "UnderWay[_Reply]":
        """Ask the server and go on working; the answer is waited for by :meth:`_answered`."""
        asked = UnderWay(lambda: question(request))
        self._under_way = asked
        return asked

    def _answered(self, asked: "UnderWay[_Reply]") -> _Reply:
        self._transaction.settle()
        self._under_way = None
        return asked.answer()

    def _shake_hands(self) -> None:
        """Find out who the server is, where both stand, and how far this laptop's clock is ahead."""
        hands = self._hands()
        if hands is None:
            self._recognise(self._client.hello())
            return
        self._recognise(hands)
        device = self._device
        key = hands.envelope_key or device.envelope_key
        if (hands.turn, "", key) != (device.turn, device.next_turn, device.envelope_key) or device.is_restored:
            self._transaction.driver().execute(
                "UPDATE device SET turn = ?, next_turn = '', must_adopt = max(must_adopt, is_restored),"
                " is_restored = 0, envelope_key = ?",
                (hands.turn, key),
            )
        books = self._transaction.books()
        offered = books.refused and outbox.offer_refused(
            self._transaction.session(), REASONS_OF_VERSION, newest_schema=hands.schema_newest
        )
        is_reread = books.has_passed_over and read_anew_what_is_known_now(self._transaction.session())
        if is_reread:
            device.cursor = 0
        if offered or is_reread:
            self._page = self._looked = None
        self._turn = device.turn = hands.turn
        device.next_turn = ""
        device.must_adopt |= device.is_restored
        device.is_restored = False

    def _hands(self) -> Handshake | None:
        """Return the server's side of the handshake; where little or nothing is to be sent, the rest comes with it."""
        device = self._device
        batch: list[RawChange] = []
        books = self._transaction.books()
        is_plain = not device.must_adopt and not books.is_carrying
        if 0 < books.pending <= MOST_AT_ONCE and is_plain and device.turn and not device.is_restored:
            batch = outbox.waiting(self._transaction.session(), limit=books.pending, max_bytes=MOST_BYTES_AT_ONCE)
        if len(batch) < books.pending or device.server_id in _one_by_one:
            batch = []
        if batch and not device.next_turn:
            device.next_turn = _turn_after(device.turn)
            self._transaction.driver().execute("UPDATE device SET next_turn = ?", (device.next_turn,))
        request = HandshakeRequest(
            database_id=device.database_id,
            server_id=device.server_id,
            epoch=device.epoch,
            schema=SCHEMA_VERSION,
            time=to_wire(self._clock.now()),
            turn=device.turn,
            is_restored=device.is_restored,
            pending=books.pending,
            refused=books.refused,
            cursor=device.cursor,
            next_turn=device.next_turn,
        )
        hands = None
        if batch:
            hands = self._exchange(batch, request, books.last)
        elif books.pending == 0 and is_plain:
            hands = self._look(request, books.last)
        return hands or self._ask(self._client.handshake, request)

    def _look(self, request: HandshakeRequest, through: int) -> Handshake | None:
        looked = self._ask(
            self._client.look,
            LookRequest(**msgspec.structs.asdict(request), through_sequence=through, **self._goes_along()),
        )
        if looked is None:
            return None
        if looked.page is not None:
            self._begin_to_write()
        self._page, self._looked = looked.page, looked.receipt
        self._standing = looked.standing
        self._transaction.is_told_again = (looked.hands.turn, looked.hands.epoch) == (
            self._device.turn,
            self._device.epoch,
        ) and not (looked.standing is not None and looked.standing.token)
        return looked.hands

    def _exchange(self, batch: list[RawChange], request: HandshakeRequest, through: int) -> Handshake | None:
        """Send the few changes there are and take what comes with their answers; None where that cannot be done."""
        asked = RawExchangeRequest(
            **msgspec.structs.asdict(request),
            changes=batch,
            through_sequence=through,
            **self._goes_along(),
        )
        self._tell(SyncStep.PUSH, 0, len(batch))
        try:
            reply = self._ask(self._client.exchange, asked)
        except KnownProblem as problem:
            if problem.code not in ("timed-out", "too-large"):
                raise
            return None
        if reply is None:
            _one_by_one.add(self._device.server_id)
            return None
        if reply.pushed is not None and reply.hands.epoch == self._device.epoch:
            answers = self._answers(batch, reply.pushed)
            self._servers_clock.ahead = _ahead(self._clock, reply.hands)
            self._begin_to_write()
            self._mark(batch, answers, highest=reply.pushed.highest_sequence)
            self._page, self._looked = reply.page, reply.receipt
        self._standing = reply.standing
        return reply.hands

    def _begin_to_write(self) -> None:
        """Say that what came is written now: somebody who listens may write to the store, and does so before it."""
        self._tell(SyncStep.PULL)
        self._is_told = True

    def _goes_along(self) -> dict[str, Any]:
        page = {"limit": PAGE, "is_complete": self._device.is_complete}
        if self._reporting is None:
            return page
        return {**page, "reports_in": True, "sealed_help": self._reporting.sealed_help}

    def _recognise(self, said: Hello | Handshake) -> None:
        """Refuse another server; after a restore, offer everything anew and begin to read from the start."""
        if said.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        self._servers_clock.ahead = _ahead(self._clock, said)
        if said.epoch == self._device.epoch:
            return
        session = self._transaction.session()
        outbox.offer_again(session)
        # Positions of the lost history mean something else now; reading from the start brings the right ones.
        for model in synced_tables().values():
            session.connection().execute(update(model.__table__).values(server_position=0))
        forget_answered(self._transaction.driver())
        forget(session, synced_tables())
        session.execute(update(Device).values(epoch=said.epoch, cursor=0, reread_until=0, must_adopt=True))
        self._device.epoch = said.epoch
        self._device.cursor = 0
        self._device.must_adopt = self._is_set_back = True
        self._page = self._looked = None

    def _same_speaker(self, reply: PushReply | PullReply | RepairReply) -> None:
        if reply.server_id != self._device.server_id:
            raise KnownProblem("wrong-server")
        if reply.epoch != self._device.epoch:
            raise KnownProblem("server-restored")

    def _push(self) -> None:
        after, limit, done = 0, LARGEST_BATCH, 0
        total = self._transaction.books().pending
        first = limit if total <= limit else min(SMALL_BATCH, limit)
        batch = self._waiting(first, after=after) if total else []
        sending: UnderWay[PushReply] | None = None
        while batch:
            self._page, self._looked, self._is_told = None, None, False
            self._transaction.is_told_again = False
            if sending is None:
                self._tell(SyncStep.PUSH, done, max(total, done + len(batch)))
                sending = self._send(self._packed(batch))
            # While the server works on this one.
            following = self._following(batch, remaining=total - done - len(batch), limit=limit)
            packed = self._packed(following)
            try:
                reply = self._answered(sending)
            except KnownProblem as problem:
                if problem.code not in ("timed-out", "too-large") or len(batch) == 1:
                    raise
                # The link is thinner than the batch; what the server took of it, it has already.
                limit, sending = max(1, len(batch) // 8), None
                batch = self._waiting(limit, after=after)
                continue
            answers = self._answers(batch, reply)
            is_slow, sending = sending.seconds > SLOW_SECONDS, None
            if is_slow:
                limit, following = max(50, len(batch) // 2), []
            if following and not any(answer.code == "sequence-taken" for answer in answers):
                # Nothing that this answer changes here is in the next batch, so the server need not wait for the disk.
                self._tell(SyncStep.PUSH, done + len(batch), max(total, done + len(batch) + len(following)))
                sending = self._send(packed)
            after = self._mark(batch, answers, highest=reply.highest_sequence)
            done += len(batch)
            if sending is None:
                following = self._waiting(limit, after=after)
            batch = following

    def _packed(self, batch: list[RawChange]) -> PackedPush:
        database_id = self._device.database_id
        return PackedPush(database_id, codec.pack(RawPushRequest(database_id=database_id, changes=batch)))

    def _send(self, packed: PackedPush) -> "UnderWay[PushReply]":
        return self._begin_to_ask(self._client.push, packed)

    def _following(self, batch: list[RawChange], *, remaining: int, limit: int) -> list[RawChange]:
        if remaining <= 0:
            return []
        return self._waiting(min(limit, max(remaining - SMALL_BATCH, SMALL_BATCH)), after=batch[-1].sequence)

    def _waiting(self, limit: int, *, after: int) -> list[RawChange]:
        return outbox.waiting(self._transaction.session(), limit=limit, max_bytes=LARGEST_BATCH_BYTES, after=after)

    def _answers(self, batch: list[RawChange], reply: PushReply) -> list[Answer]:
        """Return the server's answers, one for each change of the batch."""
        self._same_speaker(reply)
        if reply.count != len(batch):
            raise KnownProblem("server-fault")
        try:
            return answers_of(reply)
        except ValueError:
            raise KnownProblem("server-fault") from None

    def _mark(self, batch: list[RawChange], answers: list[Answer], *, highest: int) -> int:
        """Write down what the server said; return the sequence after which to go on."""
        marked = outbox.write_answers(self._transaction.session(), batch, answers, clock=self._servers_clock)
        self._own = _runs(self._own, batch, answers)
        self._sent += marked.taken
        self._conflicts += marked.conflicts
        self._freed += marked.freed
        # After the pages: whatever they did not bring then is looked at row by row.
        self._device.must_adopt |= marked.unplaced
        taken = [batch[answer.index] for answer in answers if answer.code == "sequence-taken"]
        if not taken:
            return batch[-1].sequence
        outbox.renumber(self._transaction.session(), [change.change_id for change in taken], above=highest)
        return max(highest, taken[0].sequence - 1)

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
        last = self._send_what_was_held_back() or last
        gone = remove_left(self._transaction.session())
        self._removed += len(gone)
        self._changed |= gone.rows
        # A server that names no scope is of an older version, and counts nothing.
        if last.scope:
            self._compare(last)

    def _adopt(self) -> PullReply | None:
        """Offer what only this laptop still has after the server was set back, and let go of what is out of scope."""
        outside = orphans_outside(self._transaction.session())
        lacking = {entity: self._lacking(entity, row_ids) for entity, row_ids in outside.items()}
        session = self._transaction.session()
        adopted = adopt_orphans(session, lacking=lacking, clock=self._clock)
        session.execute(update(Device).values(must_adopt=False))
        self._device.must_adopt = False
        if not adopted:
            return None
        self._push()
        return self._pages()

    def _lacking(self, entity: str, row_ids: list[str]) -> set[str]:
        """Return those of rows outside of this laptop's scope that the server has nothing of."""
        # What it tells of others on this occasion is not looked at: the pages and the tallies see to that.
        reply = self._ask(
            self._client.repair,
            RepairRequest(
                database_id=self._device.database_id,
                entity=entity,
                row_ids=row_ids,
                positions=[0] * len(row_ids),
                limit=1,
            ),
        )
        self._same_speaker(reply)
        return set(reply.lacking)

    def _send_what_was_held_back(self) -> PullReply | None:
        """Send what was refused for want of a row that the server has now, from here or from a colleague."""
        freed = outbox.free_dependants(self._transaction.session(), (row_id for _, row_id in self._changed))
        if not (self._freed + freed and self._transaction.books().pending):
            return None
        self._push()
        return self._pages()

    def _have_own_told_again(self) -> None:
        """Read the rows of its own changes like any other: after either side was set back they may be older here."""
        self._own = []
        self._transaction.driver().execute(
            "UPDATE device SET reread_until ="
            " max(reread_until, (SELECT coalesce(max(position), 0) FROM outbox WHERE state <> 'pending'))"
        )

    def _pages(self) -> PullReply:
        if self._is_set_back:
            self._have_own_told_again()
        cursor = self._device.cursor
        held_at: int | None = None
        total = 0
        asked: UnderWay[PullReply] | None = None
        while True:
            reply, self._page = self._page, None
            if not self._is_told:
                self._tell(SyncStep.PULL, len(self._changed), max(total, len(self._changed)) if total else 0)
            self._is_told = False
            if asked is not None:
                reply = self._answered(asked)
            elif reply is None:
                reply = self._ask(self._client.pull, self._request_after(cursor, is_complete=self._device.is_complete))
            self._same_speaker(reply)
            total = total or reply.total
            if reply.cursor < cursor or (reply.more and reply.cursor == cursor):
                raise KnownProblem("server-fault")
            cursor = reply.cursor
            asked = self._begin_to_ask(self._client.pull, self._request_after(cursor)) if reply.more else None
            target = reply.cursor if held_at is None else held_at
            if reply.rows or reply.left or target != self._device.cursor:
                page = apply_page(
                    self._transaction.session(),
                    reply.rows,
                    cursor=target,
                    is_last=not reply.more,
                    left=reply.left,
                    at=self._clock.now(),
                )
                if page.cursor < target:
                    held_at = page.cursor
                self._device.is_complete = not reply.more
                self._changed |= page.changed.rows
                self._unreadable.extend(page.unreadable)
            if not reply.more:
                self._device.cursor = cursor if held_at is None else held_at
                return reply

    def _request_after(self, cursor: int, *, is_complete: bool = False) -> PullRequest:
        return PullRequest(
            database_id=self._device.database_id,
            cursor=cursor,
            is_complete=is_complete,
            limit=PAGE,
            turn=self._turn,
            own=self._own,
        )

    def _change_scope(self, reply: PullReply) -> None:
        """Take over other teams or another role: read from the start, and offer again what was outside before."""
        is_known = bool(self._device.scope)
        scope, role = reply.scope, reply.role or self._device.role
        session = self._transaction.session()
        session.execute(update(Device).values(scope=scope, team_ids=reply.team_ids, role=role))
        if is_known:
            session.execute(update(Device).values(cursor=0))
            outbox.offer_refused(session, REASONS_OF_SCOPE)
        self._device.scope, self._device.role = scope, role
        if is_known:
            self._device.cursor = 0

    def _compare(self, reply: PullReply) -> None:
        """Put right, row by row, whatever table the server counts otherwise than we do."""
        # Who was erased is known first: what a repair then changes or takes of theirs is forgotten everywhere.
        entities = sorted(differing(self._transaction.session(), reply.tallies), key=lambda entity: entity != "erasure")
        self._differing = tuple(entity for entity in entities if not self._repair(entity, reply))

    def _repair(self, entity: str, last: PullReply) -> bool:
        """Return whether the table is the same at the end, as far as nothing of it is unsent."""
        for _ in range(REPAIRS):
            self._tell(SyncStep.REPAIR, self._repaired)
            held = held_rows(self._transaction.session(), entity)
            reply = self._ask(
                self._client.repair,
                RepairRequest(
                    database_id=self._device.database_id,
                    entity=entity,
                    row_ids=list(held),
                    positions=list(held.values()),
                    limit=PAGE,
                ),
            )
            self._same_speaker(reply)
            left = [Departure(entity=entity, row_id=row_id) for row_id in reply.left]
            session = self._transaction.session()
            forget_repaired(driver_of(session), entity, [*(row.row_id for row in reply.rows), *reply.left])
            page = apply_page(session, reply.rows, cursor=None, left=left)
            gone = remove_left(session)
            is_same = recount(session, entity) == last.tallies.get(entity, Tally())
            is_waiting = has_unsent(session, entity)
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
            outbox.offer_again(self._transaction.session())
            self._push()
            receipt = self._signed()
            if not _adds_up(receipt):
                return None
        self._write_down(receipt)
        return receipt

    def _write_down(self, receipt: Receipt) -> None:
        """Keep the receipt, and what the server said of this laptop."""
        standing = self._standing
        store_receipt(self._transaction.driver(), receipt)
        if standing is not None and self._reporting is not None:
            self._reporting.take(self._transaction.session(), standing)
        outbox.prune(self._transaction.session(), clock=self._servers_clock)
        settle(self._transaction.driver())

    def _signed(self) -> Receipt:
        """Return a receipt for everything that has been answered so far, its signature checked."""
        through, device = self._transaction.books().through, self._device
        receipt, self._looked = self._looked, None
        if receipt is None or receipt.through_sequence != through:
            self._tell(SyncStep.RECEIPT)
            receipt = self._ask(
                self._client.receipt,
                ReceiptRequest(database_id=device.database_id, through_sequence=through, cursor=device.cursor),
            )
        said = (receipt.server_id, receipt.epoch, receipt.device_id, receipt.database_id, receipt.through_sequence)
        if said != (device.server_id, device.epoch, device.id, device.database_id, through) or not verify(
            receipt, device.receipt_key
        ):
            raise KnownProblem("false-receipt")
        return receipt


def _turn_after(turn: str) -> str:
    """Return a turn that nobody else has, numbered after this one."""
    number = turn.partition(".")[0]
    return f"{int(number) + 1 if number.isascii() and number.isdigit() else 1}.{secrets.token_urlsafe(12)}"


_one_by_one: set[str] = set()
"""Servers of an older version, found out in this run of the program, with which each step is a request of its own."""


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
