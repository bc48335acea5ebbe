"""Changes up: batch after batch in the laptop's order, and the server's answers written down.

While the server works on a batch, the laptop reads the next one; and while the server works on that, the laptop writes
down what was answered to the one before. The other side is :mod:`server.push`.
"""

from app.errors import KnownProblem
from app.sync import limits, outbox
from app.sync.client import PackedPush
from app.sync.report import SyncStep
from app.sync.run import Run
from app.sync.under_way import UnderWay
from app.sync.wire import codec
from app.sync.wire.messages import (
    MOST_OWN,
    Answer,
    Operation,
    Outcome,
    PushReply,
    RawChange,
    RawPushRequest,
    answers_of,
)


def push(run: Run) -> None:
    """Send everything that is pending, except what the server wants later; each batch is marked as it was answered."""
    after, limit, done = 0, limits.LARGEST_BATCH, 0
    total = run.transaction.backlog().pending
    first = limit if total <= limit else min(limits.SMALL_BATCH, limit)
    batch = _waiting(run, first, after=after) if total else []
    sending: UnderWay[PushReply] | None = None
    while batch:
        run.forget_what_came_along()
        run.is_page_announced = False
        run.transaction.is_told_again = False
        if sending is None:
            run.tell(SyncStep.PUSH, done, max(total, done + len(batch)))
            sending = _send(run, _packed(run, batch))
        # While the server works on this batch.
        following = _following(run, batch, remaining=total - done - len(batch), limit=limit)
        packed = _packed(run, following)
        try:
            reply = run.answered(sending)
        except KnownProblem as problem:
            if problem.code not in ("timed-out", "too-large") or len(batch) == 1:
                raise
            # The link is thinner than the batch; what the server took of it, it has already.
            limit, sending = max(1, len(batch) // 8), None
            batch = _waiting(run, limit, after=after)
            continue
        answers = answers_to(run, batch, reply)
        is_slow, sending = sending.seconds > limits.SLOW_SECONDS, None
        if is_slow:
            limit, following = max(50, len(batch) // 2), []
        if following and not any(answer.code == "sequence-taken" for answer in answers):
            # Nothing that this answer changes here is in the next batch, so the server need not wait for the disk.
            run.tell(SyncStep.PUSH, done + len(batch), max(total, done + len(batch) + len(following)))
            sending = _send(run, packed)
        after = mark(run, batch, answers, highest=reply.highest_sequence)
        done += len(batch)
        if sending is None:
            following = _waiting(run, limit, after=after)
        batch = following


def answers_to(run: Run, batch: list[RawChange], reply: PushReply) -> list[Answer]:
    """Return the server's answers, one for each change of the batch; KnownProblem "server-fault" where they do not fit.

    Raises also as :meth:`Run.check_speaker` does.
    """
    run.check_speaker(reply)
    if reply.count != len(batch):
        raise KnownProblem("server-fault")
    try:
        return answers_of(reply)
    except ValueError:
        raise KnownProblem("server-fault") from None


def mark(run: Run, batch: list[RawChange], answers: list[Answer], *, highest: int) -> int:
    """Write down what the server said to each change; return the sequence after which to go on.

    `highest` is the last number that the server has from this laptop. A change whose number the server knows for
    another one gets a new number above it, and is sent once more.
    """
    marked = outbox.write_answers(run.transaction.session(), batch, answers, clock=run.servers_clock)
    run.own = _with_runs(run.own, batch, answers)
    run.totals.sent += marked.taken
    run.totals.conflicts += marked.conflicts
    run.totals.freed += marked.freed
    # Rows without a position that no page brings either are looked at one by one, after the pages.
    run.device.must_adopt |= marked.unplaced
    taken = [batch[answer.index] for answer in answers if answer.code == "sequence-taken"]
    if not taken:
        return batch[-1].sequence
    outbox.renumber(run.transaction.session(), [change.change_id for change in taken], above=highest)
    return max(highest, taken[0].sequence - 1)


def _packed(run: Run, batch: list[RawChange]) -> PackedPush:
    database_id = run.device.database_id
    return PackedPush(database_id, codec.pack(RawPushRequest(database_id=database_id, changes=batch)))


def _send(run: Run, packed: PackedPush) -> UnderWay[PushReply]:
    return run.begin_to_ask(run.client.push, packed)


def _following(run: Run, batch: list[RawChange], *, remaining: int, limit: int) -> list[RawChange]:
    """Return the batch after this one, so that what is left for the last one is small."""
    if remaining <= 0:
        return []
    number = min(limit, max(remaining - limits.SMALL_BATCH, limits.SMALL_BATCH))
    return _waiting(run, number, after=batch[-1].sequence)


def _waiting(run: Run, limit: int, *, after: int) -> list[RawChange]:
    session = run.transaction.session()
    return outbox.waiting(session, limit=limit, max_bytes=limits.LARGEST_BATCH_BYTES, after=after)


def _with_runs(known: list[tuple[int, int]], batch: list[RawChange], answers: list[Answer]) -> list[tuple[int, int]]:
    """Return the runs of own positions with those of a batch: at each a change of this laptop was applied as it was.

    Where there are more than a request may name, the longest are kept; rows at the others are told again.
    """
    runs = list(known)
    for answer in answers:
        if answer.outcome is not Outcome.APPLIED or batch[answer.index].operation is Operation.DELETE:
            continue
        if runs and runs[-1][1] == answer.position - 1:
            runs[-1] = (runs[-1][0], answer.position)
        else:
            runs.append((answer.position, answer.position))
    return sorted(runs, key=lambda one: one[0] - one[1])[:MOST_OWN] if len(runs) > MOST_OWN else runs
