"""One synchronisation: who are you, my changes up, your rows down, and a receipt at the end.

All that one answer brought is written in one transaction, and is on the disk before the next question that rests on it.
So whatever is cut off can simply be run again: the server takes each change once, and the laptop marks only what an
answer names. Each step is a module of its own, and has its other side in the server under the same name; this one puts
them in their order, and decides what else there is to do.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import update

from app.clock import Clock
from app.errors import KnownProblem
from app.models.local import Device
from app.storage.change_set import ChangeSet
from app.storage.engine import Store, known_disk_problems
from app.storage.positions import settle
from app.sync import outbox
from app.sync.adopt import adopt_orphans, orphans_outside
from app.sync.client import SyncClient
from app.sync.courier import hand_in
from app.sync.handshake import shake_hands
from app.sync.leaving import remove_left
from app.sync.pull import pull
from app.sync.push import push
from app.sync.receipt import store as store_receipt
from app.sync.receipt import verify
from app.sync.repair import ask_to_repair, repair
from app.sync.report import Reporting, SyncProgress, SyncReport, SyncStep
from app.sync.run import Run
from app.sync.wire.messages import PullReply, Receipt, ReceiptRequest

_REASONS_OF_SCOPE = ("out-of-scope", "no-such-row", "not-writable")
"""Why the server refused a change that it may take from a laptop with other teams or another role."""


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
        run = Run(store, client, clock=clock, progress=progress, reporting=reporting)
        try:
            return _in_order(run)
        finally:
            run.give_up()


def _in_order(run: Run) -> SyncReport:
    """Go through the steps, and report."""
    run.tell(SyncStep.HELLO)
    run.find_device()
    shake_hands(run)
    push(run)
    _hand_in_envelopes(run)
    _bring_up_to_date(run)
    receipt = _receipt(run)
    backlog = run.transaction.backlog()
    run.transaction.settle()
    totals = run.totals
    return SyncReport(
        sent=totals.sent,
        received=len(totals.changed),
        refused=backlog.refused,
        conflicts=totals.conflicts,
        remaining=backlog.pending,
        receipt=receipt,
        # One that a repair asked for once more is still one.
        unreadable=tuple(dict.fromkeys(totals.unreadable)),
        changed=ChangeSet(frozenset(totals.changed)),
        clock_ahead=run.servers_clock.ahead,
        removed=totals.removed,
        repaired=totals.repaired,
        differing=totals.differing,
        handed_in=totals.handed_in,
    )


def _hand_in_envelopes(run: Run) -> None:
    """Hand in what this laptop carries for colleagues."""
    if run.transaction.backlog().is_carrying:
        run.transaction.settle()
        with run.store.session() as session:
            run.totals.handed_in = hand_in(session, run.client, clock=run.clock)


def _bring_up_to_date(run: Run) -> None:
    """Read to the end, send what became possible by it, and compare with what the server counts in this scope."""
    last = pull(run)
    if last.scope and last.scope != run.device.scope:
        is_known = bool(run.device.scope)
        _change_scope(run, last)
        if is_known:
            push(run)
            last = pull(run)
    if run.device.must_adopt:
        last = _adopt(run) or last
    last = _send_what_was_held_back(run) or last
    gone = remove_left(run.transaction.session())
    run.totals.removed += len(gone)
    run.totals.changed |= gone.rows
    # A server that names no scope is of an older version, and counts nothing.
    if last.scope:
        repair(run, last)


def _change_scope(run: Run, reply: PullReply) -> None:
    """Take over other teams or another role: read from the start, and offer again what was outside before."""
    device = run.device
    is_known = bool(device.scope)
    scope, role = reply.scope, reply.role or device.role
    session = run.transaction.session()
    session.execute(update(Device).values(scope=scope, team_ids=reply.team_ids, role=role))
    if is_known:
        session.execute(update(Device).values(cursor=0))
        outbox.offer_refused(session, _REASONS_OF_SCOPE)
    device.scope, device.role = scope, role
    if is_known:
        device.cursor = 0


def _adopt(run: Run) -> PullReply | None:
    """Offer what only this laptop still has after the server was set back, and let go of what is out of scope.

    Return the last page read after that; None where there was nothing to offer.
    """
    outside = orphans_outside(run.transaction.session())
    lacking = {entity: _lacking(run, entity, row_ids) for entity, row_ids in outside.items()}
    session = run.transaction.session()
    adopted = adopt_orphans(session, lacking=lacking, clock=run.clock)
    session.execute(update(Device).values(must_adopt=False))
    run.device.must_adopt = False
    if not adopted:
        return None
    push(run)
    return pull(run)


def _lacking(run: Run, entity: str, row_ids: list[str]) -> set[str]:
    """Return those of rows outside of this laptop's scope that the server has nothing of."""
    # What it tells of others on this occasion is not looked at: the pages and the tallies see to that.
    return set(ask_to_repair(run, entity, dict.fromkeys(row_ids, 0), limit=1).lacking)


def _send_what_was_held_back(run: Run) -> PullReply | None:
    """Send what was refused for want of a row that the server has now, from here or from a colleague.

    Return the last page read after that; None where there was nothing to send.
    """
    freed = outbox.free_dependants(run.transaction.session(), (row_id for _, row_id in run.totals.changed))
    if not (run.totals.freed + freed and run.transaction.backlog().pending):
        return None
    push(run)
    return pull(run)


def _receipt(run: Run) -> Receipt | None:
    """Return the stored receipt; None where the server lacks something even after everything was offered again."""
    receipt = _signed(run)
    if not _adds_up(receipt):
        outbox.offer_again(run.transaction.session())
        push(run)
        receipt = _signed(run)
        if not _adds_up(receipt):
            return None
    _write_down(run, receipt)
    return receipt


def _signed(run: Run) -> Receipt:
    """Return a receipt for everything that has been answered so far, its signature checked.

    It may have come along with the handshake; where anything was answered since, it is asked for.
    """
    through, device = run.transaction.backlog().through, run.device
    receipt, run.receipt = run.receipt, None
    if receipt is None or receipt.through_sequence != through:
        run.tell(SyncStep.RECEIPT)
        receipt = run.ask(
            run.client.receipt,
            ReceiptRequest(database_id=device.database_id, through_sequence=through, cursor=device.cursor),
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


def _write_down(run: Run, receipt: Receipt) -> None:
    """Keep the receipt, and what the server said of this laptop."""
    store_receipt(run.transaction.driver(), receipt)
    if run.standing is not None and run.reporting is not None:
        run.reporting.take(run.transaction.session(), run.standing)
    outbox.prune(run.transaction.session(), clock=run.servers_clock)
    settle(run.transaction.driver())


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
