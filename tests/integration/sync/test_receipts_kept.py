"""Of the receipts that a laptop gets every minute those stay that say something of their own."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from app.clock import TurnedClock
from app.models.local import OutboxEntry, StoredReceipt
from app.open_stage import back_up
from app.storage.queries.unsent import sync_state
from tests.empty_store import empty_store
from tests.integration.sync.desk import KEY

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", KEY)
    yield store
    store.close()


def keep(store, *throughs, at=MORNING):
    """Store one receipt a minute, each for all changes through a number."""
    with store.session() as session:
        session.execute(delete(StoredReceipt))
        session.execute(delete(OutboxEntry))
        for number in range(1, max(throughs) + 1):
            session.add(
                OutboxEntry(
                    sequence=number, change_id=str(number), entity="place", row_id=str(number), operation="insert",
                    fields={}, actor="mette", at=at, state="acknowledged", acknowledged_at=at,
                )
            )  # fmt: skip
        for minute, through in enumerate(throughs):
            content = json.dumps({"through_sequence": through})
            received_at = at + timedelta(minutes=minute)
            session.add(StoredReceipt(id=f"{minute:02}", received_at=received_at, changes=through, content=content))
        session.commit()


def kept_a_while_later(store, *, now=MORNING + timedelta(hours=5)):
    """Return the receipts that are left after a backup, by the minute; what the window says of the last stays."""
    with store.session() as session:
        before = sync_state(session, named=False)
    assert back_up(store, clock=TurnedClock(now)) is not None
    with store.session() as session:
        after = sync_state(session, named=False)
        assert (after.received, after.received_at) == (before.received, before.received_at)
        return [int(one) for one in session.scalars(select(StoredReceipt.id).order_by(StoredReceipt.received_at))]


@pytest.mark.parametrize(
    ("throughs", "kept"),
    [
        ((10,), [0]),
        ((10, 10), [0, 1]),
        ((10, 10, 10, 10), [0, 2, 3]),
        ((10, 41, 41, 41), [0, 1, 2, 3]),
        ((10, 10, 41, 41, 41, 41, 50), [0, 2, 5, 6]),
        ((10, 10, 41, 41, 50, 50, 50), [0, 2, 4, 5, 6]),
    ],
)
def test_a_receipt_that_says_again_what_the_one_before_said_goes_but_for_the_newest_two(store, throughs, kept):
    keep(store, *throughs)
    assert kept_a_while_later(store) == kept


def test_what_was_received_long_ago_goes_and_the_last_word_stays_however_old_it_is(store):
    keep(store, 1, 2, 3, 4)
    assert kept_a_while_later(store, now=MORNING + timedelta(days=89)) == [0, 1, 2, 3]
    assert kept_a_while_later(store, now=MORNING + timedelta(days=400)) == [2, 3]
