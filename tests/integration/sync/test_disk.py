"""What a synchronisation brings waits for the disk; only a receipt that says nothing new does not."""

from app.models.organisation import Place
from tests.commits import GOES_ON, WAITS, commits_of


def test_a_receipt_that_says_nothing_new_does_not_wait_for_the_disk_and_is_kept(mette):
    mette.place()
    mette.sync()
    assert commits_of(mette.store, mette.sync) == [GOES_ON]
    assert len(mette.receipts()) == 2


def test_what_was_sent_and_what_came_waits_for_the_disk_with_its_receipt(mette, jens):
    mette.sync()
    mine = mette.place()
    assert set(commits_of(mette.store, mette.sync)) == {WAITS}
    assert set(commits_of(jens.store, jens.sync)) == {WAITS}
    jens.edit(Place, mine.id, note="Ny")
    jens.sync()
    assert commits_of(mette.store, mette.sync) == [WAITS]


def test_what_is_typed_after_a_receipt_that_did_not_wait_waits_for_the_disk(mette):
    mette.sync()
    mette.sync()
    assert commits_of(mette.store, lambda: mette.place()) == [WAITS]
    with mette.store.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == WAITS
