"""A full disk, a disk that refuses, a file that was damaged: said, and nothing that people did is lost."""

import json
import os
import random
import shutil
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import TurnedClock
from app.errors import KnownProblem
from app.ids import new_id
from app.models.course import Course, Enrolment, Session
from app.models.local import Device, OutboxEntry, SessionDraft
from app.models.person import Person
from app.security.key_store import unlock
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.session_draft import Cell, TypeCell, type_cell
from app.settings import BACKUP_FOLDER, DATABASE_NAME, KEY_FILE_NAME
from app.storage.backup import (
    backups,
    discard_all,
    is_backup_due,
    lost_commits,
    make_backup,
    newest_good,
    recover,
    replay,
)
from app.storage.engine import check_store, connect_with, open_store
from app.storage.journal import JOURNAL_NAME, Journal
from tests.full_disk import full_disk
from tests.security.counting import count
from tests.trial_laptop import CLOCK, PASSPHRASE, make_laptop, opened

PLACES = 100


@pytest.fixture(scope="module")
def made_laptop(tmp_path_factory):
    """A laptop with a backup, and a walk-in and a typed line after it."""
    folder = tmp_path_factory.mktemp("made") / "data"
    make_laptop(folder)
    store = opened(folder)
    walk_in(store, "Before the backup")
    make_backup(store, folder / KEY_FILE_NAME, clock=CLOCK)
    walk_in(store, "After the backup")
    with store.session() as session:
        held = session.scalars(select(Session).where(Session.state == "planned").order_by(Session.held_on)).first()
        enrolment_id = session.scalars(select(Enrolment.id).where(Enrolment.course_id == held.course_id)).first()
        held_id = held.id
    with store.unit_of_work(actor=actor(store), clock=CLOCK) as work:
        type_cell(TypeCell(held_id, enrolment_id, Cell.NOTE, "Typed and not closed"), work=work)
    store.close()
    return folder


@pytest.fixture
def laptop(made_laptop, tmp_path):
    return shutil.copytree(made_laptop, tmp_path / "data")


def actor(store):
    with store.session() as session:
        return session.scalars(select(Device.user_id)).one()


def walk_in(store, name):
    with store.session() as session:
        course_id = session.scalars(select(Course.id)).first()
    with store.unit_of_work(actor=actor(store), clock=CLOCK) as work:
        add_walk_in(AddWalkIn(course_id, name), work=work)


def what_people_did(store):
    with store.session() as session:
        names = set(session.scalars(select(Person.nickname).where(Person.nickname.like("% the backup"))))
        changes = sorted(session.scalars(select(OutboxEntry.change_id)))
        notes = [draft.cells.get("note") for draft in session.scalars(select(SessionDraft))]
        return names, changes, notes


def key_of(folder):
    return unlock(folder / KEY_FILE_NAME, PASSPHRASE)


def test_bits_flipped_at_a_hundred_places_are_found_and_cost_nothing(made_laptop, laptop):
    key = key_of(laptop)
    store = opened(laptop)
    everything = what_people_did(store)
    store.close()
    whole = (laptop / DATABASE_NAME).read_bytes()
    assert everything[0] == {"Before the backup", "After the backup"}
    generator = random.Random(7)
    # The first page, where everything else is found from, is among them.
    places = [0, 40, 4000, *(generator.randrange(len(whole)) for _ in range(PLACES - 3))]
    unharmed = 0
    found = set()
    for place in places:
        for file in laptop.iterdir():
            if file.is_file():
                file.unlink()
        shutil.rmtree(laptop / "damaged", ignore_errors=True)
        for file in made_laptop.iterdir():
            if file.is_file():
                shutil.copyfile(file, laptop / file.name)
        (laptop / DATABASE_NAME).write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        (laptop / f"{DATABASE_NAME}-wal").unlink(missing_ok=True)
        try:
            store = open_store(laptop / DATABASE_NAME, key)
            unharmed += 1  # a page that holds nothing now
        except KnownProblem as problem:
            found.add(problem.code)
            store, recovered = recover(laptop, key, clock=CLOCK)
            assert (recovered.set_aside / DATABASE_NAME).exists()
            assert recovered.changes > 0
        kept = what_people_did(store)
        count(faults=1, lost=len(set(everything[1]) - set(kept[1])))
        assert kept == everything
        store.close()
    assert unharmed < PLACES // 10
    assert found <= {"damaged-store", "foreign-store"}


def test_without_any_backup_the_journal_alone_brings_everything_unsent_back(laptop):
    key = key_of(laptop)
    shutil.rmtree(laptop / BACKUP_FOLDER)
    (laptop / DATABASE_NAME).write_bytes(b"\0" * 8192)
    store, recovered = recover(laptop, key, clock=CLOCK)
    assert recovered.backup is None
    names, changes, _ = what_people_did(store)
    assert names == {"After the backup"}
    assert len(changes) == recovered.changes == 3
    with store.session() as session:
        # The server fills in the rest: it is asked from the beginning.
        assert session.scalars(select(Device.cursor)).one() == 0
    store.close()


def test_where_nothing_is_left_to_recover_from_the_files_stay_as_they_were(laptop):
    key = key_of(laptop)
    shutil.rmtree(laptop / BACKUP_FOLDER)
    (laptop / JOURNAL_NAME).unlink()
    (laptop / DATABASE_NAME).write_bytes(b"\0" * 8192)
    with pytest.raises(KnownProblem, match="nothing-to-recover"):
        recover(laptop, key, clock=CLOCK)
    assert (laptop / DATABASE_NAME).read_bytes() == b"\0" * 8192


def test_a_damaged_backup_is_passed_over_for_the_one_before(laptop):
    key = key_of(laptop)
    store = opened(laptop)
    later = TurnedClock(CLOCK.now() + timedelta(hours=5))
    newest = make_backup(store, laptop / KEY_FILE_NAME, clock=later)
    store.close()
    content = bytearray(newest.path.read_bytes())
    content[5000] ^= 1
    newest.path.write_bytes(content)
    assert newest_good(laptop, key).made_at == CLOCK.now()


def test_commits_that_a_damaged_log_lost_come_back_from_the_journal(laptop):
    store = opened(laptop)
    walk_in(store, "Lost with the backup")
    everything = what_people_did(store)
    frozen = shutil.copytree(laptop, laptop.with_name("frozen"))
    store.close()
    log = frozen / f"{DATABASE_NAME}-wal"
    assert log.stat().st_size > 0
    content = bytearray(log.read_bytes())
    content[32 + 24 + 100] ^= 1
    log.write_bytes(content)
    store = opened(frozen)
    assert what_people_did(store) != everything
    assert lost_commits(store) == 3
    with store.session() as session:
        # Or the server would take it for a copy, which is turned away.
        assert session.scalars(select(Device.is_restored)).one()
    assert what_people_did(store)[1] == everything[1]
    assert lost_commits(store) == 0
    store.close()


def test_a_damaged_line_of_the_journal_costs_that_line_and_is_counted(laptop):
    key = key_of(laptop)
    file = laptop / JOURNAL_NAME
    lines = file.read_bytes().splitlines()
    lines[1] = lines[1][:20] + b"AAAA" + lines[1][24:]
    file.write_bytes(b"\n".join(lines) + b"\n")
    (laptop / DATABASE_NAME).write_bytes(b"\0" * 8192)
    store, recovered = recover(laptop, key, clock=CLOCK)
    assert recovered.damaged_records == 1
    store.close()


def test_a_backup_opens_with_the_key_alone_and_holds_what_the_store_holds(laptop):
    store = opened(laptop)
    backup = make_backup(store, laptop / KEY_FILE_NAME, clock=TurnedClock(CLOCK.now() + timedelta(hours=1)))
    key = unlock(backup.key_file, PASSPHRASE)
    check_store(backup.path, key)
    with closing(connect_with(backup.path, key)) as copy, store.session() as session:
        for model in (Person, OutboxEntry, SessionDraft):
            (count,) = copy.execute(f"SELECT count(*) FROM {model.__tablename__}").fetchone()
            assert count == session.scalar(select(func.count()).select_from(model))
    store.close()
    with pytest.raises(KnownProblem, match="damaged-store"):
        check_store(backup.path, bytes(32))


@pytest.mark.skipif(
    os.name != "posix", reason="Windows keeps who may read in access lists, which a file's mode does not show"
)
def test_whatever_is_written_on_the_laptop_is_readable_by_its_owner_alone(laptop):
    for file in laptop.rglob("*.*"):
        file.chmod(0o600)  # as the program made it, of which this is a copy
    before = os.umask(0o022)
    try:
        store = opened(laptop)
        make_backup(store, laptop / KEY_FILE_NAME, clock=CLOCK)
        walk_in(store, "After the newest backup")
        store.close()
        store, _ = recover(laptop, key_of(laptop), clock=CLOCK)
        others_read = [file for file in laptop.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
        store.close()
    finally:
        os.umask(before)
    assert others_read == []


def test_old_backups_go_and_the_newest_of_each_day_stays(laptop):
    store = opened(laptop)
    clock = TurnedClock(CLOCK.now())
    for _ in range(24):
        clock.at += timedelta(hours=12)
        make_backup(store, laptop / KEY_FILE_NAME, clock=clock)
    kept = backups(laptop)
    assert kept[0].made_at == clock.now()
    assert len({backup.made_at.date() for backup in kept}) == 7
    assert len(kept) == 8
    left = {file.suffix for file in (laptop / BACKUP_FOLDER).iterdir()}
    assert left == {".db", ".json"}
    assert len(list((laptop / BACKUP_FOLDER).iterdir())) == 16
    store.close()


def test_a_backup_is_due_when_the_last_is_old_or_of_a_clock_that_was_off(laptop):
    store = opened(laptop)
    assert not is_backup_due(store, clock=TurnedClock(CLOCK.now() + timedelta(hours=1)))
    assert is_backup_due(store, clock=TurnedClock(CLOCK.now() + timedelta(hours=5)))
    assert is_backup_due(store, clock=TurnedClock(CLOCK.now() - timedelta(hours=1)))
    store.close()


def test_a_line_that_the_journal_missed_is_not_replaced_by_the_one_before_it(laptop, monkeypatch):
    store = opened(laptop)
    with store.session() as session:
        (held,) = session.scalars(select(SessionDraft))
    monkeypatch.setattr(Journal, "append", lambda *_: None)
    with store.unit_of_work(actor=actor(store), clock=TurnedClock(CLOCK.now() + timedelta(minutes=1))) as work:
        type_cell(TypeCell(held.session_id, held.enrolment_id, Cell.NOTE, "Typed later"), work=work)
    assert replay(store, store.journal.read().records) == (0, 0)
    assert what_people_did(store)[2] == ["Typed later"]
    store.close()


def test_a_line_that_was_taken_away_is_not_typed_again_from_the_journal(laptop):
    store = opened(laptop)
    with store.unit_of_work(actor=actor(store), clock=CLOCK) as work:
        work.session.delete(work.session.scalars(select(SessionDraft)).one())
        work.commit()
    assert replay(store, store.journal.read().records) == (0, 0)
    assert what_people_did(store)[2] == []
    store.close()


@pytest.mark.parametrize("is_in_backup", [True, False])
@pytest.mark.parametrize("how", ["emptied", "taken away", "emptied and typed again"])
def test_of_a_line_that_was_emptied_nothing_comes_back_with_the_backup_and_the_journal(laptop, how, is_in_backup):
    """A session counts as begun where anybody has a line, though nothing stands in it."""
    store = opened(laptop)
    with store.session() as session:
        (held,) = session.scalars(select(SessionDraft))
    if is_in_backup:
        make_backup(store, laptop / KEY_FILE_NAME, clock=TurnedClock(CLOCK.now() + timedelta(minutes=1)))
    for minutes, text in enumerate(["", "Typed again"] if how == "emptied and typed again" else [""], start=2):
        with store.unit_of_work(
            actor=actor(store), clock=TurnedClock(CLOCK.now() + timedelta(minutes=minutes))
        ) as work:
            if how == "taken away":
                work.session.delete(work.session.get(SessionDraft, (held.session_id, held.enrolment_id)))
                work.commit()
            else:
                type_cell(TypeCell(held.session_id, held.enrolment_id, Cell.NOTE, text), work=work)
    left = what_people_did(store)[2]
    assert left == (["Typed again"] if how == "emptied and typed again" else [])
    store.close()
    (laptop / DATABASE_NAME).write_bytes(b"\0" * 8192)
    store, recovered = recover(laptop, key_of(laptop), clock=CLOCK)
    assert (what_people_did(store)[2], recovered.drafts) == (left, len(left))
    store.close()


def test_what_was_done_in_several_steps_before_it_was_saved_is_in_the_journal_whole(laptop):
    store = opened(laptop)
    with store.unit_of_work(actor=actor(store), clock=CLOCK) as work:
        for name in ("Den første", "Den anden"):
            key = new_id(CLOCK)
            work.session.add(Person(id=key, person_id=key, nickname=name, registered_at=CLOCK.now()))
            work.session.flush()
        work.commit()
    kept = json.dumps(store.journal.read().records, ensure_ascii=False)
    assert ("Den første" in kept, "Den anden" in kept) == (True, True)
    store.close()


def test_the_journal_is_whole_whatever_becomes_of_backups_and_however_little_the_disk_takes_at_once(
    tmp_path, monkeypatch
):
    journal = Journal(tmp_path, bytes(32))
    take = os.write
    monkeypatch.setattr("app.storage.journal.os.write", lambda descriptor, content: take(descriptor, content[:5]))
    records = [{"draft": {"text": f"Line {number}"}} for number in range(4)]
    for record in records[:3]:
        journal.append([record])
        # None of these backups ends.
        journal.begin_backup()
    journal.append(records[3:])
    assert journal.read().records == tuple(records)
    journal.end_backup({"device": {}})
    assert journal.read().records == (records[3], {"device": {}})


def test_half_a_line_that_a_full_disk_left_in_the_journal_costs_nothing_that_comes_after_it(laptop):
    store = opened(laptop)
    before = len(store.journal.read().records)
    with (laptop / JOURNAL_NAME).open("ab") as file:
        file.write(b"bGVzcyB0aGFuIGEgbGlu")
    walk_in(store, "Efter den halve linje")
    found = store.journal.read()
    assert found.damaged == 1
    assert "Efter den halve linje" in json.dumps(found.records[before:], ensure_ascii=False)
    store.close()


def test_what_a_backup_that_was_cut_off_left_goes_with_the_next_one_and_with_all(laptop):
    store = opened(laptop)
    left = laptop / BACKUP_FOLDER / "20261123T080000000000Z.new"
    left.write_bytes(b"a copy of everybody")
    later = TurnedClock(CLOCK.now() + timedelta(hours=1))
    made = make_backup(store, laptop / KEY_FILE_NAME, clock=later)
    assert not left.exists()
    assert made.path.exists()
    left.write_bytes(b"a copy of everybody")
    discard_all(laptop)
    assert list((laptop / BACKUP_FOLDER).iterdir()) == []
    store.close()


def test_a_full_disk_leaves_the_older_backups_the_store_and_the_journal(laptop, monkeypatch):
    store = opened(laptop)
    before = {file: file.read_bytes() for file in (laptop / BACKUP_FOLDER).iterdir()}
    journal = store.journal.read().records

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.storage.backup._flush", full)
    # Between one that fails and the next nothing may have been done.
    for _ in range(2):
        with pytest.raises(KnownProblem, match="disk-full"):
            make_backup(store, laptop / KEY_FILE_NAME, clock=TurnedClock(CLOCK.now() + timedelta(hours=1)))
    monkeypatch.undo()
    assert {file: file.read_bytes() for file in (laptop / BACKUP_FOLDER).iterdir()} == before
    assert store.journal.read().records == journal
    walk_in(store, "Still the backup")
    assert store.journal.read().records[: len(journal)] == journal
    store.close()


def test_a_store_that_has_no_room_left_refuses_the_change_and_keeps_all_before(laptop):
    store = opened(laptop)
    before = what_people_did(store)

    def many_walk_in():
        for number in range(500):
            walk_in(store, f"{number} " + "x" * 280)

    with full_disk(store), pytest.raises(KnownProblem, match="disk-full"):
        many_walk_in()
    store.close()
    store = opened(laptop)
    assert set(before[1]) <= set(what_people_did(store)[1])
    assert lost_commits(store) == 0
    store.close()


def test_a_disk_that_refuses_to_write_is_said_and_changes_nothing(laptop, monkeypatch):
    store = opened(laptop)

    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("app.storage.backup._flush", refused)
    with pytest.raises(KnownProblem, match="read-only"):
        make_backup(store, laptop / KEY_FILE_NAME, clock=TurnedClock(CLOCK.now() + timedelta(hours=1)))
    assert len(backups(laptop)) == 1
    store.close()
