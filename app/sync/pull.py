"""Rows down: page after page up to the newest, each written while the next one is on its way.

The other side is :mod:`server.pull`.
"""

from app.errors import KnownProblem
from app.sync import limits
from app.sync.apply import apply_page
from app.sync.report import SyncStep
from app.sync.run import Run
from app.sync.under_way import UnderWay
from app.sync.wire.messages import PullReply, PullRequest


def pull(run: Run) -> PullReply:
    """Read everything after the cursor into the store, and return the last page's reply, which has the tallies.

    Raises KnownProblem "server-fault" where the server's cursor does not go on, and as :meth:`Run.check_speaker` does.
    """
    if run.is_set_back:
        _have_own_told_again(run)
    cursor = run.device.cursor
    # A row that has to wait for what is unsent comes again: the stored cursor stays before it, and the reading goes on.
    held_at: int | None = None
    total = 0
    asked: UnderWay[PullReply] | None = None
    while True:
        reply, run.page = run.page, None
        if not run.is_page_announced:
            changed = len(run.totals.changed)
            run.tell(SyncStep.PULL, changed, max(total, changed) if total else 0)
        run.is_page_announced = False
        if asked is not None:
            reply = run.answered(asked)
        elif reply is None:
            reply = run.ask(run.client.pull, _request_after(run, cursor, is_complete=run.device.is_complete))
        run.check_speaker(reply)
        total = total or reply.total
        if reply.cursor < cursor or (reply.more and reply.cursor == cursor):
            raise KnownProblem("server-fault")
        cursor = reply.cursor
        asked = run.begin_to_ask(run.client.pull, _request_after(run, cursor)) if reply.more else None
        target = cursor if held_at is None else held_at
        if reply.rows or reply.left or target != run.device.cursor:
            page = apply_page(
                run.transaction.session(),
                reply.rows,
                cursor=target,
                is_last=not reply.more,
                left=reply.left,
                at=run.clock.now(),
            )
            if page.cursor < target:
                held_at = page.cursor
            run.device.is_complete = not reply.more
            run.totals.changed |= page.changed.rows
            run.totals.unreadable.extend(page.unreadable)
        if not reply.more:
            run.device.cursor = cursor if held_at is None else held_at
            return reply


def _request_after(run: Run, cursor: int, *, is_complete: bool = False) -> PullRequest:
    return PullRequest(
        database_id=run.device.database_id,
        cursor=cursor,
        is_complete=is_complete,
        limit=limits.PAGE,
        turn=run.turn,
        own=run.own,
    )


def _have_own_told_again(run: Run) -> None:
    """Read the rows of its own changes like any other: after either side was set back they may be older here."""
    run.own = []
    run.transaction.driver().execute(
        "UPDATE device SET reread_until ="
        " max(reread_until, (SELECT coalesce(max(position), 0) FROM outbox WHERE state <> 'pending'))"
    )
