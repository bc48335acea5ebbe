"""Who looked at whom: written by itself, and every tampered row is found."""

import random
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from app.clock import SystemClock
from app.domain.access_chain import AccessEntry, Action, Fault
from app.errors import StoppedError
from app.models.course import Course, Enrolment
from app.models.local import Device, OutboxEntry
from app.models.local import Leaving as LeavingScope
from app.models.oversight import AccessLog
from app.models.person import Person
from app.security.key_store import unlock
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.let_out import Leaving, note_leaving
from app.services.look_after_laptop import log_is_whole
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage import access_log
from app.storage.access_log import Access, check, offer
from app.storage.backup import make_backup, recover
from app.storage.engine import connect_with
from tests.security.counting import count
from tests.trial_laptop import CLOCK, PASSPHRASE, make_laptop, opened

ROOT = Path(__file__).parents[2]
ENTRIES = 120


@pytest.fixture(scope="module")
def made_laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        people = list(session.scalars(select(Person.id)))
        user_id = session.scalars(select(Device.user_id)).one()
    generator = random.Random(3)
    for _ in range(ENTRIES // 3):
        with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
            for _ in range(3):
                action = generator.choice([Action.VIEW, Action.PRINT, Action.EXPORT])
                work.log(Access(action, generator.choice(people), "person"))
            work.commit()
    with store.session() as session:
        offer(session, clock=CLOCK)
        session.commit()
    store.close()
    return folder


@pytest.fixture
def laptop(made_laptop, tmp_path):
    return shutil.copytree(made_laptop, tmp_path / "data")


def report(folder):
    store = opened(folder)
    with store.session() as session:
        (one,) = check(session)
    store.close()
    return one


def tampered(folder, *statements):
    """Do as somebody does who has the key and takes the triggers away first."""
    key = unlock(folder / KEY_FILE_NAME, PASSPHRASE)
    with closing(connect_with(folder / DATABASE_NAME, key)) as connection:
        connection.execute("DROP TRIGGER access_log_is_final")
        connection.execute("DROP TRIGGER access_log_stays")
        for statement in statements:
            connection.execute(statement)


def test_a_log_by_a_clock_that_goes_on_between_two_looks_at_it_is_whole(laptop):
    store = opened(laptop)
    with store.session() as session:
        user_id = session.scalars(select(Device.user_id)).one()
    with store.unit_of_work(actor=user_id, clock=SystemClock()) as work:
        work.log(Access(Action.SEARCH, None, "people: 3"))
        work.commit()
    store.close()
    found = report(laptop)
    assert found.entries == ENTRIES + 1
    assert found.is_whole


def test_a_log_that_nobody_touched_is_whole(laptop):
    found = report(laptop)
    assert found.entries == ENTRIES
    assert found.is_whole


@pytest.mark.parametrize("statement", ["UPDATE access_log SET user_id = 'somebody else'", "DELETE FROM access_log"])
def test_the_store_itself_refuses_to_change_or_delete_an_entry(laptop, statement):
    store = opened(laptop)
    with store.session() as session, pytest.raises(IntegrityError, match="final"):
        session.execute(text(statement))
    store.close()
    assert report(laptop).is_whole


def test_of_another_laptops_log_an_entry_goes_where_it_has_left_and_not_otherwise(laptop):
    store = opened(laptop)
    with store.session() as session:
        entry = session.scalars(select(AccessLog).limit(1)).one()
        ours, theirs = entry.id, "of-another-laptop"
        columns = {column.key: getattr(entry, column.key) for column in AccessLog.__table__.columns}
        session.execute(insert(AccessLog), [columns | {"id": theirs, "device_id": "another"}])
        session.commit()
        with pytest.raises(IntegrityError, match="final"):
            session.execute(text("DELETE FROM access_log WHERE device_id = 'another'"))
        session.rollback()
        session.execute(insert(LeavingScope), [{"entity": "access_log", "row_id": row_id} for row_id in (ours, theirs)])
        session.execute(text("DELETE FROM access_log WHERE device_id = 'another'"))
        with pytest.raises(IntegrityError, match="final"):
            session.execute(text("DELETE FROM access_log WHERE id = :ours"), {"ours": ours})
    store.close()


@pytest.mark.parametrize("field", ["at", "user_id", "action", "subject_id", "what", "reason", "previous", "hash"])
def test_every_tampered_row_is_found_whichever_field_was_changed(laptop, field):
    numbers = sorted(random.Random(field).sample(range(1, ENTRIES + 1), 20))
    value = "2020-01-01T00:00:00Z" if field == "at" else "x"
    tampered(laptop, *(f"UPDATE access_log SET {field} = '{value}' WHERE number = {number}" for number in numbers))
    broken = {place.number for place in report(laptop).broken}
    count(tampered=len(numbers), tampered_found=len(set(numbers) & broken))
    assert set(numbers) <= broken


def test_what_no_entry_can_hold_is_found_and_stops_nobody(laptop):
    tampered(laptop, "UPDATE access_log SET what = x'00ff' WHERE number = 7")
    assert 7 in {place.number for place in report(laptop).broken}


def test_a_long_log_is_checked_an_entry_at_a_time_and_can_be_stopped(laptop, monkeypatch):
    monkeypatch.setattr(access_log, "_TOLD_EVERY", 50)
    told = []

    def tell(done, of):
        told.append((done, of))
        if done == 100:
            raise StoppedError

    store = opened(laptop)
    with pytest.raises(StoppedError):
        log_is_whole(store, tell=tell)
    assert told == [(0, ENTRIES), (50, ENTRIES), (100, ENTRIES)]
    assert log_is_whole(store, tell=lambda *_: None) == (ENTRIES, 0)
    store.close()


def test_every_deleted_row_is_found_the_newest_too(laptop):
    numbers = [1, 17, 18, 60, ENTRIES - 1, ENTRIES]
    tampered(laptop, *(f"DELETE FROM access_log WHERE number = {number}" for number in numbers))
    missing = {place.number for place in report(laptop).broken if place.fault is Fault.MISSING}
    count(tampered=len(numbers), tampered_found=len(missing & set(numbers)))
    assert missing == set(numbers)


def test_two_rows_that_changed_places_are_found(laptop):
    tampered(
        laptop,
        "UPDATE access_log SET number = 1000 WHERE number = 40",
        "UPDATE access_log SET number = 40 WHERE number = 41",
        "UPDATE access_log SET number = 41 WHERE number = 1000",
    )
    assert {40, 41} <= {place.number for place in report(laptop).broken}


def test_a_chain_written_anew_with_right_hashes_still_differs_from_what_was_sent(laptop):
    store = opened(laptop)
    with store.session() as session:
        entries = list(session.scalars(select(AccessLog).order_by(AccessLog.number)))
    store.close()
    statements, previous = [], None
    for row in entries:
        entry = AccessEntry(**access_log._fields(row))
        changes = {"user_id": "somebody else"} if entry.number == 100 else {}
        if previous is not None and entry.number > 99:
            changes["previous"] = previous
        from dataclasses import replace

        entry = replace(entry, **changes)
        previous = access_log.hash_of(entry)
        statements.append(
            f"UPDATE access_log SET user_id = '{entry.user_id}', previous = '{entry.previous}', hash = '{previous}'"
            f" WHERE number = {entry.number}"
        )
    statements.append(f"UPDATE access_log_head SET hash = '{previous}'")
    tampered(laptop, *statements)
    found = report(laptop)
    assert found.broken == ()
    assert found.unlike_sent == tuple(range(100, ENTRIES + 1))


def test_registering_and_editing_are_logged_in_the_transaction_of_the_change(laptop):
    store = opened(laptop)
    with store.session() as session:
        course_id = session.scalars(select(Course.id)).first()
        user_id = session.scalars(select(Device.user_id)).one()
    with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
        made = add_walk_in(AddWalkIn(course_id, "Jonny"), work=work)
    with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
        work.session.get(Person, made.person_id).phone = "00 00 00 01"
        work.session.get(Enrolment, made.enrolment_id).left_on = CLOCK.now().date()
        work.commit()
    with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
        work.session.get(Person, made.person_id).phone = "never committed"
    with store.session() as session:
        rows = session.scalars(
            select(AccessLog).where(AccessLog.subject_id == made.person_id).order_by(AccessLog.number)
        ).all()
        assert [(row.action, row.what, row.user_id) for row in rows] == [
            ("create", "enrolment, membership, person", user_id),
            ("edit", "enrolment, person", user_id),
        ]
    store.close()


def test_entries_reach_the_outbox_once_when_sending_begins(laptop):
    store = opened(laptop)
    with store.session() as session:
        assert offer(session, clock=CLOCK) == 0
    with store.unit_of_work(actor="x", clock=CLOCK) as work:
        work.log(Access(Action.VIEW, None, "person"))
        work.commit()
    with store.session() as session:
        assert offer(session, clock=CLOCK) == 1
        assert offer(session, clock=CLOCK) == 0
        session.commit()
        offered = session.scalars(select(OutboxEntry).where(OutboxEntry.entity == "access_log")).all()
        assert [entry.fields["number"] for entry in offered] == list(range(1, ENTRIES + 2))
    store.close()


def test_the_log_goes_on_unbroken_after_a_damaged_store_was_recovered(laptop):
    key = unlock(laptop / KEY_FILE_NAME, PASSPHRASE)
    store = opened(laptop)
    make_backup(store, laptop / KEY_FILE_NAME, clock=CLOCK)
    with store.unit_of_work(actor="x", clock=CLOCK) as work:
        work.log(Access(Action.VIEW, None, "after the backup"))
        work.commit()
    store.close()
    (laptop / DATABASE_NAME).write_bytes(b"\0" * 4096)
    store, _ = recover(laptop, key, clock=CLOCK)
    with store.unit_of_work(actor="x", clock=CLOCK) as work:
        work.log(Access(Action.VIEW, None, "after the recovery"))
        work.commit()
    store.close()
    found = report(laptop)
    assert found.entries == ENTRIES + 2
    assert found.is_whole


@pytest.mark.slow
@pytest.mark.parametrize("is_tampered", [False, True])
def test_the_verify_command_says_whether_the_log_is_whole_and_where_it_is_not(laptop, is_tampered):
    if is_tampered:
        tampered(laptop, "UPDATE access_log SET user_id = 'x' WHERE number = 33")
    said = subprocess.run(
        [sys.executable, "main.py", "verify", "--folder", str(laptop), "--passphrase-stdin", "--language", "en"],
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert said.stderr == ""
    assert said.returncode == is_tampered
    assert ("entry 33 was changed" in said.stdout) == is_tampered
    assert f"{ENTRIES} entries" in said.stdout


def test_what_leaves_is_in_the_log_before_it_is_outside(laptop):
    store = opened(laptop)
    with store.session() as session:
        user_id = session.scalars(select(Device.user_id)).one()
        people = list(session.scalars(select(Person.id).limit(2)))
    with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
        note_leaving(Leaving("paper: plan", tuple(people)), Action.PRINT, work=work)
    with store.session() as session:
        rows = session.scalars(select(AccessLog).where(AccessLog.what == "paper: plan").order_by(AccessLog.number))
        assert [(row.action, row.subject_id) for row in rows] == [("print", people[0]), ("print", people[1])]
    store.close()
