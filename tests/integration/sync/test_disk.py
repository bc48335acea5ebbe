"""What a synchronisation does waits for the disk, except for what the server tells as often as it is asked."""

import shutil

import pytest

from app.models.organisation import Place
from app.storage.engine import open_store
from app.sync.report import SyncProgress, SyncStep
from tests.commits import GOES_ON, WAITS, commits_of
from tests.integration.sync.desk import KEY, Desk

pytestmark = pytest.mark.usefixtures("disk_to_wait_for")


def test_what_was_sent_waits_for_the_disk_with_its_receipt_and_so_does_a_new_turn(mette, jens):
    assert set(commits_of(mette.store, mette.sync)) == {WAITS}
    mette.place()
    assert set(commits_of(mette.store, mette.sync)) == {WAITS}
    assert set(commits_of(jens.store, jens.sync)) == {WAITS}


def test_what_a_look_brings_and_its_receipt_do_not_wait_for_the_disk(mette, jens):
    mette.sync()
    jens.place()
    jens.sync()
    assert commits_of(mette.store, mette.sync) == [GOES_ON]
    assert commits_of(mette.store, mette.sync) == [GOES_ON]
    assert (len(mette.all(Place)), len(mette.receipts())) == (1, 3)


def test_what_a_power_cut_took_of_a_look_comes_again(mette, jens, tmp_path):
    mette.sync()
    before = as_on_the_disk(mette, tmp_path / "before.db")
    place = jens.place()
    jens.sync()
    mette.sync()
    mette.store.close()
    mette.store = open_store(before, KEY)
    assert mette.all(Place) == []
    report = mette.sync()
    assert (report.received, report.is_safe) == (1, True)
    assert [found.id for found in mette.all(Place)] == [place.id]


def as_on_the_disk(desk: Desk, target):
    """Copy the files of a store that is in use."""
    for end in ("", "-wal"):
        shutil.copyfile(f"{desk.store.path}{end}", f"{target}{end}")
    return target


def test_what_is_typed_and_sent_within_a_look_waits_for_the_disk(mette):
    mette.sync()

    def type_a_place(progress: SyncProgress) -> None:
        if progress.step is SyncStep.PULL and not mette.all(Place):
            mette.place()

    assert set(commits_of(mette.store, lambda: mette.sync(type_a_place))) == {WAITS}
    assert mette.states() == ["acknowledged"]


def test_what_is_typed_after_a_look_waits_for_the_disk(mette):
    mette.sync()
    mette.sync()
    assert commits_of(mette.store, lambda: mette.place()) == [WAITS]
    with mette.store.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == WAITS
