"""What laptop and server count differently is put right row by row, table by table.

The other side is :mod:`server.repair`.
"""

from app.storage.driver import driver_of
from app.storage.erased import forget_repaired
from app.sync import limits
from app.sync.apply import apply_page
from app.sync.leaving import remove_left
from app.sync.report import SyncStep
from app.sync.run import Run
from app.sync.tallies import differing, has_unsent, held_rows, recount, unread_rows
from app.sync.wire.messages import Departure, PullReply, RepairReply, RepairRequest, Tally


def repair(run: Run, last: PullReply) -> None:
    """Compare every table with the tallies of the last page, and repair those that differ."""
    # Who was erased is known first: what a repair then changes or takes of theirs is forgotten everywhere.
    entities = sorted(differing(run.transaction.session(), last.tallies), key=lambda entity: entity != "erasure")
    run.totals.differing = tuple(entity for entity in entities if not _is_repaired(run, entity, last))


def ask_to_repair(run: Run, entity: str, positions: dict[str, int], *, limit: int) -> RepairReply:
    """Tell the server which rows of a table are here, by id with the position of each, and return what differs."""
    reply = run.ask(
        run.client.repair,
        RepairRequest(
            database_id=run.device.database_id,
            entity=entity,
            row_ids=list(positions),
            positions=list(positions.values()),
            limit=limit,
        ),
    )
    run.check_speaker(reply)
    return reply


def _is_repaired(run: Run, entity: str, last: PullReply) -> bool:
    """Repair a table, and return whether it is the same at the end, as far as nothing of it is unsent."""
    for _ in range(limits.REPAIRS):
        run.tell(SyncStep.REPAIR, run.totals.repaired)
        session = run.transaction.session()
        here = held_rows(session, entity) | unread_rows(session, entity)
        reply = ask_to_repair(run, entity, here, limit=limits.PAGE)
        left = [Departure(entity=entity, row_id=row_id) for row_id in reply.left]
        session = run.transaction.session()
        forget_repaired(driver_of(session), entity, [*(row.row_id for row in reply.rows), *reply.left])
        page = apply_page(session, reply.rows, cursor=None, left=left)
        gone = remove_left(session)
        is_same = recount(session, entity) == last.tallies.get(entity, Tally())
        is_waiting = has_unsent(session, entity)
        run.totals.changed |= page.changed.rows | gone.rows
        run.totals.unreadable.extend(page.unreadable)
        run.totals.removed += len(gone)
        run.totals.repaired += len(page.changed)
        if not reply.more:
            # What somebody else sent in between is counted the next time.
            return is_same or is_waiting or not (reply.rows or reply.left)
    return False
