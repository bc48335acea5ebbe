import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.clock import TurnedClock
from app.errors import KnownProblem
from app.ids import natural_id, new_id
from app.models.base import Base, synced_tables
from app.models.local import OutboxEntry, ValueHistory
from app.models.person import Membership, Person
from app.models.smoking import Handout
from app.storage.change_capture import UncapturedWrite
from app.storage.engine import create_store, open_store
from app.storage.rekey import copy_under_new_key
from app.sync.wire.entities import ENTITIES
from tests.commits import WAITS
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
KEY = bytes(range(32))
ACTOR = new_id(CLOCK)


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", KEY)
    yield store
    store.close()


def a_person(nickname="Kaptajnen"):
    key = new_id(CLOCK)
    return Person(id=key, person_id=key, nickname=nickname, registered_at=CLOCK.now())


def outbox(store):
    with store.session() as session:
        return list(session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence)))


def test_every_entity_of_the_wire_has_a_table_and_no_table_travels_unknown():
    assert set(synced_tables()) == set(ENTITIES)


def test_the_migrations_make_the_tables_that_the_models_describe(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        # The search index is SQL's own: no model describes it.
        found = [
            change
            for change in compare_metadata(MigrationContext.configure(connection), Base.metadata)
            if not (change[0] == "remove_table" and change[1].name.startswith(("person_index", "course_index")))
        ]
        assert found == []


def test_rows_and_their_outbox_entries_are_one_transaction(store):
    person = a_person("O'Neill; DROP")
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        membership = Membership(
            id=natural_id("membership", person.id, ACTOR),
            person_id=person.id,
            team_id=ACTOR,
            joined_on=CLOCK.now().date(),
            left_on=None,
        )
        work.session.add(membership)
        work.session.add(person)
        changed = work.commit()
    assert changed.entities == {"person", "membership"}
    entries = outbox(store)
    assert [(entry.sequence, entry.entity, entry.operation) for entry in entries] == [
        (1, "person", "insert"), (2, "membership", "insert"),
    ]  # fmt: skip
    assert entries[0].fields["nickname"] == "O'Neill; DROP"


def test_a_unit_of_work_that_is_not_committed_leaves_neither_row_nor_entry(store):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(a_person())
        work.session.flush()
    assert outbox(store) == []
    with store.session() as session:
        assert session.scalars(select(Person)).all() == []


@pytest.mark.usefixtures("disk_to_wait_for")
@pytest.mark.parametrize("waits", [True, False], ids=["waits for the disk", "does not wait"])
def test_a_commit_that_fails_leaves_nothing_written_and_nothing_open(store, waits):
    def fail(_connection):
        raise OSError("the disk went")

    event.listen(store.engine, "commit", fail)
    with store.session() as session:
        session.connection(execution_options={"begins": "IMMEDIATE", "waits_for_disk": waits})
        session.add(a_person())
        with pytest.raises(OSError, match="went"):
            session.commit()
    event.remove(store.engine, "commit", fail)
    with store.session() as session:
        assert session.scalars(select(Person)).all() == []
        assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == WAITS
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(a_person())
        work.commit()


def test_of_a_flush_that_failed_nothing_is_sent_with_the_next_one(store):
    person = a_person()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(person)
        work.commit()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.begin_nested()
        work.session.get(Person, person.id).note = "Never written"
        work.session.add(Membership(id=new_id(CLOCK), person_id=person.id))
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()
        work.session.add(a_person("Styrmanden"))
        work.commit()
    assert [(entry.entity, entry.operation) for entry in outbox(store)] == [("person", "insert")] * 2
    with store.session() as session:
        assert session.scalars(select(ValueHistory)).all() == []


def test_a_store_under_another_key_still_owes_what_an_erasure_owed(store):
    with store.session() as session:
        session.connection().exec_driver_sql("PRAGMA user_version = 1")
        session.commit()
    store.close()
    other = bytes(reversed(KEY))
    copy_under_new_key(store.path, KEY, other)
    anew = open_store(store.path, other)
    with anew.session() as session:
        assert session.connection().exec_driver_sql("PRAGMA user_version").scalar() == 1
    anew.close()


def test_an_edit_sends_only_the_fields_that_changed(store):
    person = a_person()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(person)
        work.commit()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        kept = work.session.get(Person, person.id)
        kept.given_name = "Şükrü"
        # A form gives back what it was filled with.
        kept.nickname, kept.registered_at = "Kaptajnen", CLOCK.now()
        work.commit()
    assert outbox(store)[-1].fields == {"given_name": "Şükrü"}


@pytest.mark.parametrize(
    "statement",
    [
        update(Person).values(note="x"),
        delete(Person),
        insert(Person).values(id=ACTOR, person_id=ACTOR, registered_at=CLOCK.now()),
        update(Person.__table__).values(note="x"),
        delete(Person.__table__),
    ],
    ids=["update", "delete", "insert", "update of the table", "delete from the table"],
)
def test_writes_that_would_bypass_the_outbox_are_refused(store, statement):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work, pytest.raises(UncapturedWrite):
        work.session.execute(statement)


def test_a_fact_is_corrected_and_never_changed(store):
    handout = Handout(
        id=new_id(CLOCK), person_id=new_id(CLOCK), session_id=None, week=1, product="patch", quantity=7,
        handed_on=CLOCK.now().date(), recorded_by=ACTOR,
    )  # fmt: skip
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(handout)
        work.commit()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.get(Handout, handout.id).quantity = 14
        with pytest.raises(UncapturedWrite):
            work.commit()
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.delete(work.session.get(Handout, handout.id))
        with pytest.raises(UncapturedWrite):
            work.commit()
    assert [(entry.operation, entry.fields["quantity"]) for entry in outbox(store)] == [("insert", 7)]


def damage_nothing(path):
    return path.read_bytes()


def damage_truncated(path):
    path.write_bytes(path.read_bytes()[:5000])
    return path.read_bytes()


def damage_foreign(path):
    path.write_bytes(b"SQLite format 3\x00" + os.urandom(8176))
    return path.read_bytes()


def damage_empty(path):
    path.write_bytes(b"")
    return b""


@pytest.mark.parametrize("damage", [damage_nothing, damage_truncated, damage_foreign, damage_empty])
def test_a_file_that_cannot_be_read_is_refused_and_left_as_it_was(tmp_path, damage):
    path = tmp_path / "pusterum.db"
    empty_store(path, KEY).close()
    before = damage(path)
    with pytest.raises(KnownProblem) as refused:
        open_store(path, bytes(32))
    assert refused.value.code == "damaged-store"
    assert path.read_bytes() == before


def test_a_store_is_never_made_over_another(tmp_path):
    path = tmp_path / "pusterum.db"
    create_store(path, KEY).close()
    with pytest.raises(KnownProblem, match="store-exists"):
        create_store(path, KEY)


def test_a_store_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "pusterum.db"
    store = empty_store(path, KEY)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(KnownProblem, match="newer-store"):
        open_store(path, KEY)


def test_names_are_nowhere_in_clear_text_in_the_file_or_its_journal(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", KEY)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(a_person("Søren m. hunden"))
        work.commit()
    files = list(tmp_path.iterdir())
    assert any(file.name.endswith("-wal") for file in files)
    assert all(b"hunden" not in file.read_bytes() for file in files)
    store.close()


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.clock import TurnedClock
from app.ids import new_id
from app.models.person import Person
from app.storage.engine import open_store
clock = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
store = open_store(Path(sys.argv[1]), bytes(range(32)))
while True:
    key = new_id(clock)
    with store.unit_of_work(actor=key, clock=clock) as work:
        work.session.add(Person(id=key, person_id=key, nickname="x", registered_at=clock.now()))
        work.commit()
    sys.stdout.write(key + "\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("committed", [1, 2, 5, 11, 23])
def test_a_power_cut_keeps_every_committed_row_with_its_entry(tmp_path, committed):
    path = tmp_path / "pusterum.db"
    empty_store(path, KEY).close()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    said = [writer.stdout.readline().strip() for _ in range(committed)]
    writer.kill()
    said += writer.stdout.read().split()
    writer.wait()
    writer.stdout.close()
    store = open_store(path, KEY)
    with store.session() as session:
        people = set(session.scalars(select(Person.id)))
    assert set(said) <= people
    assert {entry.row_id for entry in outbox(store)} == people
    store.close()
