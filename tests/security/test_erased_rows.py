"""What laptops hold of rows that an erasure takes, whoever made, edited, deleted or received them, and when."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from app.ids import natural_id, new_id
from app.models.course import Attendance, Enrolment
from app.models.course import Session as Meeting
from app.models.letter import IncomingMessage
from app.models.local import Device, OutboxEntry, SessionDraft, ValueHistory
from app.models.oversight import Erasure
from app.models.person import Membership, Person
from app.services.citizens_rights import ErasePerson, erase_person
from app.services.mend_refused import offer_again
from app.services.use_message import attach_message
from app.settings import KEY_FILE_NAME
from app.storage.backup import backups, make_backup
from app.storage.driver import driver_of
from app.storage.erased import Owed, forget_people, forget_repaired, owed
from app.sync.client import SyncClient
from app.sync.refused_as_erased import take_back
from server.accounts import add_user, set_teams
from server.erasure import erase_again
from tests.empty_store import empty_store
from tests.security.test_citizens_rights import everything_on
from tests.trial_laptop import CLOCK

SECRET = "Havnefogeden"


def working(laptop):
    laptop.clock.at += timedelta(seconds=1)
    return laptop.store.unit_of_work(actor=laptop.device.user_id, clock=laptop.clock)


def send_all(laptops):
    for name in ("mette", "jens", "kirsten", "mette", "jens"):
        laptops[name].send()


def erase(laptops, key, manner):
    with working(laptops["kirsten"]) as work:
        erase_person(ErasePerson(key, manner, "request", "Borgeren har bedt om det"), work=work)
    laptops["kirsten"].send()
    send_all(laptops)


def tell(laptops):
    """Which laptops still tell, in any table."""
    return {name for name, laptop in laptops.items() if SECRET in everything_on(laptop)}


def attended(laptop, key):
    """A row that tells nothing yet."""
    row_id = natural_id("attendance", key, "today")
    with working(laptop) as work:
        work.session.add(
            Attendance(id=row_id, person_id=key, enrolment_id=key, session_id=key, status="present", note="")
        )
        work.commit()
    return row_id


def edit(laptop, row_id, *notes):
    for note in notes:
        with working(laptop) as work:
            work.session.get(Attendance, row_id).note = note
            work.commit()


def delete(laptop, row_id):
    with working(laptop) as work:
        work.session.delete(work.session.get(Attendance, row_id))
        work.commit()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
@pytest.mark.parametrize("is_deleted", [False, True])
@pytest.mark.parametrize("made_by", ["mette", "jens"])
def test_what_a_laptop_edited_or_deleted_itself_tells_nothing_whoever_made_it(laptops, manner, is_deleted, made_by):
    key = laptops["mette"].register("Kaptajnen")
    laptops["mette"].send()
    laptops["jens"].send()
    row_id = attended(laptops[made_by], key)
    send_all(laptops)
    edit(laptops["jens"], row_id, SECRET, f"{SECRET} igen")
    if is_deleted:
        delete(laptops["jens"], row_id)
    laptops["jens"].send()
    send_all(laptops)
    assert tell(laptops) >= {"jens"}
    erase(laptops, key, manner)
    assert tell(laptops) == set()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_what_a_laptop_deleted_itself_longer_ago_than_it_keeps_changes_tells_nothing(laptops, manner):
    mette = laptops["mette"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    edit(mette, row_id, SECRET, "")
    delete(mette, row_id)
    send_all(laptops)
    # As after ninety days: nothing of what was sent is here any more that says whose the row was.
    with mette.store.session() as session:
        session.connection().exec_driver_sql(
            "DELETE FROM outbox WHERE state = 'acknowledged' AND sequence < (SELECT max(sequence) FROM outbox)"
        )
        session.commit()
    assert tell(laptops) == {"mette"}
    erase(laptops, key, manner)
    assert tell(laptops) == set()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_a_letter_about_somebody_erased_goes_from_what_the_laptop_that_received_it_had_sent(laptops, manner):
    mette = laptops["mette"]
    key = mette.register("Kaptajnen")
    with working(mette) as work:
        work.session.add(
            IncomingMessage(
                id=new_id(mette.clock), team_id=mette.device.team_ids[0], file_name="brev.xml", file_hash="0" * 64,
                content=SECRET, received_at=mette.clock.now(), recorded_by=mette.device.user_id, linked_person_id=key,
            )
        )  # fmt: skip
        work.commit()
    send_all(laptops)
    assert tell(laptops) == {"mette", "jens", "kirsten"}
    erase(laptops, key, manner)
    assert tell(laptops) == set()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
@pytest.mark.parametrize("role", ["counsellor", "auditor"])
@pytest.mark.parametrize("hears", ["before", "after"])
def test_what_a_laptop_had_sent_tells_nothing_though_its_user_has_another_team_or_role_since(
    laptops, cooperation, manner, role, hears
):
    jens = laptops["jens"]
    key = laptops["mette"].register("Kaptajnen")
    send_all(laptops)
    row_id = attended(jens, key)
    edit(jens, row_id, SECRET, "")
    letter_for(jens, linked_person_id=key, content=SECRET)
    send_all(laptops)
    with cooperation.server.connect() as connection:
        add_user(
            connection, cooperation.users["jens"], cooperation_id=cooperation.id, name="jens", role=role,
            team_ids=[cooperation.south],
        )  # fmt: skip
    if hears == "before":
        jens.send()
        assert "jens" in tell(laptops)
    erase(laptops, key, manner)
    assert tell(laptops) == set()


@pytest.mark.parametrize("who_moves", ["the person", "the counsellor"])
def test_whom_a_laptop_only_received_and_no_longer_sees_is_in_none_of_its_tables(laptops, cooperation, who_moves):
    """Nobody can tell it of their erasure later; what finds names keeps them in parts of its own."""
    mette, jens = laptops["mette"], laptops["jens"]
    stays = mette.register("Kaptajnen", team=cooperation.north)
    key = mette.register(SECRET)
    row_id = attended(mette, key)
    edit(mette, row_id, SECRET, f"{SECRET} igen")
    taken_back = natural_id("attendance", key, "tomorrow")
    with working(mette) as work:
        work.session.add(
            Attendance(id=taken_back, person_id=key, enrolment_id=key, session_id=key, status="absent", note=SECRET)
        )
        work.commit()
    send_all(laptops)
    with working(mette) as work:
        work.session.get(Person, key).given_name = "Matrosen"
        work.session.get(Person, key).nickname = f"{SECRET} fra kajen"
        work.commit()
    delete(mette, taken_back)
    send_all(laptops)
    with working(mette) as work:
        work.session.get(Person, key).nickname = ""
        work.commit()
    send_all(laptops)
    names = [SECRET.casefold(), "matrosen", "kajen"]
    assert [name for name in names if name in everything_on(jens).casefold()] == names
    if who_moves == "the counsellor":
        with cooperation.server.connect() as connection:
            set_teams(connection, cooperation.users["jens"], [cooperation.south])
    else:
        with working(mette) as work:
            work.session.get(
                Membership, natural_id("membership", key, cooperation.north)
            ).left_on = jens.clock.at.date()
            work.commit()
        mette.send()
    jens.send()
    held = everything_on(jens).casefold()
    assert [name for name in names if name in held] == []
    assert ("kaptajnen" in held) == (who_moves == "the person")
    with jens.store.session() as session:
        assert [person.id for person in session.scalars(select(Person))] == (
            [] if who_moves == "the counsellor" else [stays]
        )


def test_what_an_erasure_by_an_older_server_left_on_a_laptop_goes_with_the_servers_update(laptops, cooperation):
    mette = laptops["mette"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    delete(mette, row_id)
    send_all(laptops)
    erase(laptops, key, "erase")
    # As older versions left it: fields in the tombstone, earlier values of a row that is gone, and a backup with them.
    with mette.store.session() as session:
        session.add(
            ValueHistory(
                entity="attendance", row_id=row_id, field="note", before=SECRET, after="", at=mette.clock.now(),
                actor=mette.device.user_id, change_id=new_id(mette.clock),
            )
        )  # fmt: skip
        session.commit()
    old = make_backup(mette.store, mette.folder / KEY_FILE_NAME, clock=mette.clock)
    mette.clock.at += timedelta(minutes=1)
    mette.send()
    assert tell(laptops) == {"mette"}
    with cooperation.server.connect() as connection:
        connection.execute(
            "UPDATE row SET fields = json_build_object('person_id', person_id) WHERE row_id = %s", (row_id,)
        )
        connection.execute("UPDATE cooperation SET erasures_owed = true WHERE id = %s", (cooperation.id,))
        assert erase_again(connection) == 1
    mette.send()
    assert tell(laptops) == set()
    assert not old.path.exists()
    [made] = backups(mette.folder)
    mette.send()
    assert backups(mette.folder) == (made,)


def test_what_was_done_to_a_row_while_it_was_erased_is_answered_before_it_goes(laptops):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    send_all(laptops)
    edit(jens, row_id, SECRET)
    delete(jens, row_id)
    erase(laptops, key, "erase")
    assert tell(laptops) == set()
    assert jens.pending() == []


def letter_for(laptop, **said):
    letter = IncomingMessage(
        id=new_id(laptop.clock), team_id=laptop.device.team_ids[0], file_name="brev.xml", file_hash="0" * 64,
        received_at=laptop.clock.now(), recorded_by=laptop.device.user_id, **{"content": "brevet"} | said,
    )  # fmt: skip
    with working(laptop) as work:
        work.session.add(letter)
        work.commit()
    return letter.id


def refused_for(laptop):
    with laptop.store.session() as session:
        return session.scalars(select(OutboxEntry.code).where(OutboxEntry.state == "refused")).all()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_a_letter_put_offline_on_the_page_of_somebody_erased_meanwhile_is_new_again(laptops, manner):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register("Kaptajnen")
    letter = letter_for(mette)
    send_all(laptops)
    with working(mette) as work:
        attach_message(letter, key, work=work)
    with working(mette) as work:
        row = work.session.get(IncomingMessage, letter)
        row.subject = SECRET
        row.linked_person_id = None
        work.commit()
    with working(mette) as work:
        attach_message(letter, key, work=work)
    erase(laptops, key, manner)
    assert refused_for(mette) == ["person-erased", "person-erased"]
    for laptop in (mette, jens):
        with laptop.store.session() as session:
            row = session.get(IncomingMessage, letter)
            # What was done to the letter besides is not lost.
            assert (row.state, row.linked_person_id, row.content, row.subject) == ("new", None, "brevet", SECRET)
            told = session.scalars(select(ValueHistory.after).where(ValueHistory.row_id == letter)).all()
            assert key not in told


def test_a_letter_that_was_deleted_offline_while_an_erasure_took_it_is_refused_to_nobody(laptops):
    mette = laptops["mette"]
    key = mette.register("Kaptajnen")
    letter = letter_for(mette, linked_person_id=key, state="attached")
    send_all(laptops)
    with working(mette) as work:
        work.session.delete(work.session.get(IncomingMessage, letter))
        work.commit()
    erase(laptops, key, "erase")
    assert (refused_for(mette), mette.pending()) == ([], [])


def test_a_letter_that_came_in_linked_to_somebody_erased_meanwhile_is_kept_without_the_link(laptops):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register("Kaptajnen")
    send_all(laptops)
    letter = letter_for(mette, linked_person_id=key, state="attached")
    erase(laptops, key, "erase")
    assert refused_for(mette) == ["person-erased"]
    with mette.store.session() as session:
        row = session.get(IncomingMessage, letter)
        assert (row.state, row.linked_person_id, row.content) == ("new", None, "brevet")
    with working(mette) as work:
        assert offer_again(work=work) == 1
    send_all(laptops)
    assert refused_for(mette) == []
    with jens.store.session() as session:
        assert session.get(IncomingMessage, letter).linked_person_id is None


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_what_was_written_offline_about_somebody_erased_meanwhile_stays_in_no_table(laptops, manner):
    mette = laptops["mette"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    send_all(laptops)
    edit(mette, row_id, SECRET)
    made = natural_id("attendance", key, "tomorrow")
    with working(mette) as work:
        work.session.add(
            Attendance(id=made, person_id=key, enrolment_id=key, session_id=key, status="present", note=SECRET)
        )
        work.commit()
    edit(mette, made, f"{SECRET} igen")
    erase(laptops, key, manner)
    assert tell(laptops) == set()


def behind(laptop, cooperation):
    """Set the laptop's cursor to where the server stands, so that a repair alone brings what it lacks."""
    with cooperation.server.connect() as connection:
        position = connection.execute("SELECT position FROM cooperation WHERE id = %s", (cooperation.id,)).fetchone()[0]
    with laptop.store.session() as session:
        session.execute(update(Device).values(cursor=position))
        session.commit()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
@pytest.mark.parametrize("is_told", [False, True])
def test_backups_are_replaced_too_where_a_repair_alone_tells_of_an_erasure(laptops, cooperation, manner, is_told):
    mette, jens, kirsten = laptops["mette"], laptops["jens"], laptops["kirsten"]
    key = mette.register(SECRET)
    attended(mette, key)
    send_all(laptops)
    old = make_backup(jens.store, jens.folder / KEY_FILE_NAME, clock=jens.clock)
    jens.clock.at += timedelta(minutes=1)
    with working(kirsten) as work:
        erase_person(ErasePerson(key, manner, "request", "Borgeren har bedt om det"), work=work)
    kirsten.send()
    if is_told:
        # The laptop knows of the erasure, but not yet what it has done.
        with kirsten.store.session() as session:
            told = dict(session.execute(select(Erasure.__table__)).mappings().one())
        with jens.store.session() as session:
            session.connection().execute(insert(Erasure.__table__).values(told))
            session.commit()
    behind(jens, cooperation)
    jens.send()
    assert SECRET not in everything_on(jens)
    assert not old.path.exists()
    [made] = backups(jens.folder)
    jens.clock.at += timedelta(minutes=1)
    jens.send()
    assert backups(jens.folder) == (made,)


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
@pytest.mark.parametrize("what", ["edited", "received"])
def test_what_was_sent_of_a_row_that_a_repair_alone_takes_tells_nothing(laptops, cooperation, manner, what):
    mette, jens, kirsten = laptops["mette"], laptops["jens"], laptops["kirsten"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    send_all(laptops)
    if what == "edited":
        # Made by another laptop: nothing that was sent from here says whose it is.
        edit(jens, row_id, SECRET)
    else:
        letter = letter_for(jens, content=SECRET)
        jens.send()
        with working(jens) as work:
            attach_message(letter, key, work=work)
    send_all(laptops)
    with working(kirsten) as work:
        erase_person(ErasePerson(key, manner, "request", "Borgeren har bedt om det"), work=work)
    kirsten.send()
    assert SECRET in everything_on(jens)
    behind(jens, cooperation)
    jens.send()
    assert SECRET not in everything_on(jens)


def move_to_south(laptop, key, cooperation):
    today, north, south = laptop.clock.at.date(), laptop.device.team_ids[0], cooperation.south
    with working(laptop) as work:
        work.session.add(
            Membership(id=natural_id("membership", key, south), person_id=key, team_id=south, joined_on=today)
        )
        work.session.get(Membership, natural_id("membership", key, north)).left_on = today
        work.commit()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_a_laptop_of_a_team_that_somebody_left_before_they_were_erased_tells_nothing(laptops, cooperation, manner):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register(SECRET)
    row_id = attended(mette, key)
    send_all(laptops)
    edit(jens, row_id, SECRET, "")
    delete(jens, row_id)
    send_all(laptops)
    move_to_south(mette, key, cooperation)
    old = [make_backup(one.store, one.folder / KEY_FILE_NAME, clock=one.clock) for one in (mette, jens)]
    send_all(laptops)
    # What they had sent, and the earlier values of a row that was deleted here, stay with who only left the team.
    assert tell(laptops) == {"mette", "jens", "kirsten"}
    with mette.store.session() as session:
        assert session.get(Person, key) is None
    mette.clock.at += timedelta(minutes=1)
    jens.clock.at += timedelta(minutes=1)
    erase(laptops, key, manner)
    assert tell(laptops) == set()
    assert not any(one.path.exists() for one in old)
    made = [backups(one.folder) for one in (mette, jens)]
    send_all(laptops)
    assert [backups(one.folder) for one in (mette, jens)] == made
    with mette.store.session() as session:
        assert session.scalars(select(Erasure)).all() == []


def test_late_work_about_somebody_who_left_the_team_and_was_erased_holds_back_nothing(laptops, cooperation):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register("Kaptajnen")
    row_id = attended(mette, key)
    send_all(laptops)
    edit(mette, row_id, SECRET)
    move_to_south(jens, key, cooperation)
    jens.send()
    erase(laptops, key, "erase")
    assert refused_for(mette) == ["person-erased"]
    assert tell(laptops) == set()
    with mette.store.session() as session:
        assert session.get(Person, key) is None


def test_neither_a_draft_nor_what_was_refused_keeps_somebody_who_left_and_was_erased(laptops, cooperation):
    mette, jens = laptops["mette"], laptops["jens"]
    key = mette.register("Kaptajnen")
    met, enrolled, today = new_id(mette.clock), new_id(mette.clock), mette.clock.at.date()
    with working(mette) as work:
        work.session.add_all(
            [
                Meeting(id=met, team_id=mette.device.team_ids[0], course_id=met, place_id=met, number=1, held_on=today),
                Enrolment(id=enrolled, person_id=key, course_id=met, joined_on=today),
            ]
        )
        work.commit()
    send_all(laptops)
    with mette.store.session() as session:
        session.add(
            SessionDraft(session_id=met, enrolment_id=enrolled, cells={"note": SECRET}, saved_at=mette.clock.now())
        )
        # As after a change that was refused for another reason, and never put right.
        refused = {"state": "refused", "code": "unstorable"}
        session.execute(update(OutboxEntry).where(OutboxEntry.row_id == enrolled).values(refused))
        session.commit()
    move_to_south(jens, key, cooperation)
    jens.send()
    mette.send()
    with mette.store.session() as session:
        assert session.get(Person, key) is not None
    erase(laptops, key, "erase")
    assert tell(laptops) == set()
    assert refused_for(mette) == ["person-erased"]
    with mette.store.session() as session:
        assert session.get(Person, key) is None
        assert session.get(Enrolment, enrolled) is None


def test_what_is_typed_while_it_is_being_refused_as_about_somebody_erased_is_kept_nowhere(
    laptops, cooperation, monkeypatch
):
    mette, kirsten = laptops["mette"], laptops["kirsten"]
    key = mette.register("Kaptajnen")
    send_all(laptops)
    made = attended(mette, key)
    with working(kirsten) as work:
        erase_person(ErasePerson(key, "erase", "request", "Borgeren har bedt om det"), work=work)
    kirsten.send()
    request = SyncClient._request

    def typed_meanwhile(client, *given, **named):
        with mette.store.session() as session:
            is_there = session.get(Attendance, made) is not None
        if is_there:
            edit(mette, made, SECRET)
        return request(client, *given, **named)

    monkeypatch.setattr(SyncClient, "_request", typed_meanwhile)
    mette.send()
    monkeypatch.undo()
    send_all(laptops)
    assert tell(laptops) == set()
    with cooperation.server.connect() as connection:
        kept = connection.execute(
            "SELECT count(*) FROM change WHERE cooperation_id = %s AND change::text LIKE %s",
            (cooperation.id, f"%{SECRET}%"),
        )
        assert kept.fetchone() == (0,)
    assert mette.pending() == []
    assert refused_for(mette) == ["person-erased", "person-erased"]


def entry(row_id, fields, state="acknowledged", entity="measurement", code=""):
    return OutboxEntry(
        change_id=new_id(CLOCK), entity=entity, row_id=row_id, operation="insert", fields=fields, base=0,
        actor="me", at=CLOCK.now(), schema=1, state=state, code=code,
    )  # fmt: skip


def test_nobody_elses_rows_are_forgotten_with_those_of_who_was_erased(tmp_path):
    def was(row_id):
        return ValueHistory(entity="person", row_id=row_id, field="note", before="x", after="y", at=CLOCK.now())

    theirs, others = {"person_id": "gone", "note": SECRET}, {"person_id": "other", "note": "y"}
    store = empty_store(tmp_path / "store.db", bytes(32))
    with store.session() as session:
        session.add_all(
            [
                entry("gone", theirs, entity="person"),
                entry("gone", theirs, state="pending", entity="person"),
                entry("of-gone", theirs, state="refused", code="no-such-row"),
                entry("erasure-of-gone", theirs, entity="erasure"),
                # The server names it, because what was sent of it does not say whose it is.
                entry("changed-of-gone", {"note": SECRET}),
                entry("of-other", others),
                entry("of-other", others, state="refused", code="no-such-row"),
                was("gone"),
                was("other"),
            ]
        )
        session.flush()
        forget_people(driver_of(session), ["gone", "changed-of-gone"])
        session.commit()
        session.expire_all()
        found = session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence)).all()
        assert [one.fields for one in found] == [{}, theirs, {}, theirs, {}, others, others]
        assert [one.code for one in found] == ["", "", "person-erased", "", "", "", "no-such-row"]
        assert list(session.scalars(select(ValueHistory.row_id))) == ["other"]
    store.close()


def test_an_erasure_that_is_repaired_is_not_forgotten_with_whom_it_is_about(tmp_path):
    store = empty_store(tmp_path / "store.db", bytes(32))
    with store.session() as session:
        told = {"person_id": "gone", "manner": "erase", "ground": "request", "recorded_by": "me"}
        session.add_all(
            [Erasure(id="erasure", decided_on=CLOCK.now().date(), **told), entry("erasure", told, entity="erasure")]
        )
        session.flush()
        forget_repaired(driver_of(session), "erasure", ["erasure"])
        session.commit()
        session.expire_all()
        # It is offered again to a server that was set back.
        assert session.scalars(select(OutboxEntry.fields)).one() == told
        assert owed(driver_of(session)) is Owed.NOTHING
    store.close()


def test_copies_of_what_is_taken_back_are_owed_too(tmp_path):
    store = empty_store(tmp_path / "store.db", bytes(32))
    with store.session() as session:
        refused = entry("gone", {"person_id": "gone", "note": SECRET}, state="refused", entity="person")
        session.add(refused)
        session.flush()
        take_back(driver_of(session), [refused.change_id])
        session.refresh(refused)
        assert (refused.fields, owed(driver_of(session))) == ({}, Owed.COPIES)
    store.close()
