"""What leaves a laptop's scope goes from its disk, never with something unsent; what enters comes whole."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from psycopg import sql
from sqlalchemy import select, update

from app.errors import KnownProblem, RuleRefusal
from app.ids import new_id
from app.models.base import synced_tables
from app.models.course import Attendance, Course, Session
from app.models.local import Leaving, OutboxEntry, PassedOver, TableTally, ValueHistory
from app.models.organisation import Place
from app.models.oversight import Erasure
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Measurement, StockMovement
from app.services.close_session import close_session
from app.services.join_course import JoinCourse, join_course
from app.services.session_draft import Cell, TypeCell, type_cell
from app.storage.access_log import check
from app.storage.engine import open_store
from app.storage.queries.close_the_day import day_to_close
from app.storage.queries.session_sheet import session_sheet
from app.sync import outbox
from app.sync.report import SyncProgress, SyncStep
from app.sync.tallies import forget, held_rows, recount
from app.sync.wire import codec
from app.sync.wire.messages import LookReply, Tally
from server.accounts import add_user, set_teams
from tests.disturbing_proxy import Killed
from tests.integration.sync.desk import KEY, TODAY, Desk, dies_at
from tests.integration.sync.line import Line, serving


def membership_of(desk: Desk, person_id: str) -> Membership:
    return next(row for row in desk.all(Membership) if row.person_id == person_id and row.left_on is None)


def leave(desk: Desk, person_id: str) -> None:
    desk.edit(Membership, membership_of(desk, person_id).id, left_on=TODAY)


def join(desk: Desk, person_id: str, team_id: str) -> None:
    desk.add(Membership(id=str(uuid.uuid4()), person_id=person_id, team_id=team_id, joined_on=TODAY, left_on=None))


def names(desk: Desk) -> set[str]:
    return {person.nickname for person in desk.all(Person)}


def test_a_person_who_leaves_the_team_goes_from_its_laptops_and_a_membership_stays(mette, jens):
    person = mette.person("Kaptajnen")
    mette.measurement(person.id)
    stays = mette.person("Styrmanden")
    mette.sync()
    jens.sync()
    leave(mette, person.id)
    mine = mette.sync()
    theirs = jens.sync()
    assert (mine.removed, theirs.removed) == (2, 2)
    for desk in (mette, jens):
        assert names(desk) == {"Styrmanden"}
        assert desk.all(Measurement) == []
        assert {row.person_id for row in desk.all(Membership)} == {person.id, stays.id}
        assert desk.sync().differing == ()


def test_what_somebody_was_called_before_goes_with_them_and_with_a_place_too(mette, jens, kirsten, sara):
    person, place = mette.person("Hemmelige Harald"), mette.place("Bag om Harald")
    mette.sync()
    for model, row_id, fields in ((Person, person.id, {"nickname": "H"}), (Place, place.id, {"name": "Nord"})):
        mette.edit(model, row_id, **fields)
    mette.sync()
    jens.sync()
    kirsten.sync()
    told = {"Hemmelige Harald", "Bag om Harald"}
    assert {history.before for history in jens.all(ValueHistory)} == told
    kirsten.edit(Place, place.id, team_id=sara.device.team_ids[0])
    kirsten.edit(Membership, membership_of(kirsten, person.id).id, left_on=TODAY)
    kirsten.sync()
    for desk in (mette, jens):
        assert desk.sync().removed == 2
        assert {history.entity for history in desk.all(ValueHistory)} == {"membership"}


def test_what_a_row_was_called_before_goes_with_it_when_a_colleague_deletes_it(mette, jens):
    place = mette.place("Bag om Harald")
    mette.sync()
    mette.edit(Place, place.id, name="Nord")
    mette.sync()
    jens.sync()
    assert [history.before for history in jens.all(ValueHistory)] == ["Bag om Harald"]
    mette.remove(Place, place.id)
    mette.sync()
    jens.sync()
    assert (jens.all(Place), jens.all(ValueHistory)) == ([], [])


def test_nothing_unsent_goes_with_a_person_who_has_left(mette, jens, kirsten):
    person = mette.person()
    mette.sync()
    jens.sync()
    leave(mette, person.id)
    mette.sync()

    def write_late(progress) -> None:
        # What is written as the first page comes is still sent with this synchronisation; the second is not.
        if progress.step == "pull" and len(jens.all(Measurement)) < 2:
            jens.measurement(person.id, 7.0 + len(jens.all(Measurement)))

    report = jens.sync(write_late)
    assert (report.remaining, report.removed) == (1, 0)
    assert jens.get(Person, person.id) is not None
    report = jens.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert jens.get(Person, person.id) is None
    assert jens.all(Leaving) == []
    kirsten.sync()
    assert [row.value for row in kirsten.all(Measurement)] == [7.0, 8.0]
    cards = [(card.field, card.contender_actor) for card in kirsten.all(Conflict)]
    assert cards == [("late", jens.device.user_id)] * 2


def test_of_two_who_have_left_only_who_has_something_unsent_stays_and_with_all_that_is_theirs(mette, jens):
    goes, stays = mette.person("Kaptajnen"), mette.person("Styrmanden")
    for person in (goes, stays):
        mette.measurement(person.id)
    mette.sync()
    jens.sync()
    leave(mette, goes.id)
    leave(mette, stays.id)
    mette.sync()

    def write_late(progress) -> None:
        # The first is still sent with this synchronisation, the second is not.
        if progress.step == "pull" and len(jens.all(Measurement)) < 4:
            jens.measurement(stays.id, 7.0)

    assert jens.sync(write_late).removed == 2
    assert (names(jens), [leaving.row_id for leaving in jens.all(Leaving)]) == ({"Styrmanden"}, [stays.id])
    assert {row.person_id for row in jens.all(Measurement)} == {stays.id}
    assert (jens.sync().is_safe, names(jens), jens.all(Leaving)) == (True, set(), [])


def test_a_person_who_joins_another_team_brings_the_whole_history(mette, sara, kirsten):
    person = mette.person()
    mette.measurement(person.id)
    mette.sync()
    sara.sync()
    kirsten.sync()
    join(kirsten, person.id, sara.device.team_ids[0])
    kirsten.sync()
    sara.sync()
    assert names(sara) == {"Kaptajnen"}
    assert len(sara.all(Measurement)) == 1
    leave(mette, person.id)
    mette.sync()
    assert sara.sync().differing == ()
    assert names(sara) == {"Kaptajnen"}
    assert names(mette) == set()


def test_who_leaves_and_comes_back_is_there_whole(mette, jens, kirsten):
    person = mette.person()
    mette.measurement(person.id)
    mette.sync()
    jens.sync()
    kirsten.sync()
    membership = membership_of(mette, person.id)
    leave(mette, person.id)
    mette.sync()
    jens.sync()
    assert names(jens) == set()
    kirsten.sync()
    kirsten.edit(Membership, membership.id, left_on=None)
    kirsten.sync()
    for desk in (mette, jens):
        report = desk.sync()
        assert (names(desk), report.differing) == ({"Kaptajnen"}, ())
        assert len(desk.all(Measurement)) == 1


@pytest.mark.parametrize("order", ["sync-first", "work-first"])
def test_a_counsellor_who_changes_team_loses_nothing_unsent_and_gets_the_new_team_whole(
    mette, jens, sara, cooperation, order
):
    person = mette.person("Nordmand")
    mette.place("Café Nord")
    mette.sync()
    jens.sync()
    theirs = sara.person("Sydlænding")
    sara.measurement(theirs.id)
    sara.sync()
    if order == "work-first":
        mette.measurement(person.id, 5.0)
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    if order == "sync-first":
        mette.measurement(person.id, 5.0)
    report = mette.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert (names(mette), mette.all(Place)) == ({"Sydlænding"}, [])
    assert len(mette.all(Measurement)) == 1
    assert mette.device.team_ids == [cooperation.south]
    jens.sync()
    assert [row.value for row in jens.all(Measurement)] == [5.0]
    assert [card.field for card in jens.all(Conflict)] == ["late"]


def test_a_change_of_team_that_is_cut_off_anywhere_is_read_to_its_end_and_nothing_is_repaired(
    mette, sara, cooperation, monkeypatch
):
    monkeypatch.setattr("app.sync.limits.PAGE", 1)
    theirs = sara.person("Sydlænding")
    sara.measurement(theirs.id)
    sara.place("Café Syd")
    sara.sync()
    mette.person("Nordmand")
    mette.place("Café Nord")
    mette.sync()
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])

    def told(progress: SyncProgress) -> None:
        # A repair finds what is to go, and nothing that should have been read.
        assert progress.step is not SyncStep.REPAIR or progress.done == 0

    died = 0
    while (report := mette.sync_until(died, told)) is None:
        died += 1
    assert died > 2
    assert (report.is_safe, report.repaired, report.differing) == (True, 0, ())
    assert (names(mette), [place.name for place in mette.all(Place)]) == ({"Sydlænding"}, ["Café Syd"])
    assert len(mette.all(Measurement)) == 1


@pytest.mark.parametrize("what", ["place", "person"])
def test_what_has_left_and_is_kept_for_its_unsent_work_is_no_difference(mette, kirsten, cooperation, what):
    place, person = mette.place(), mette.person()
    mette.measurement(person.id)
    mette.sync()
    kirsten.sync()
    mette.edit(*((Place, place.id) if what == "place" else (Person, person.id)), note="Bank på")
    with mette.store.session() as session:
        session.execute(update(OutboxEntry).where(OutboxEntry.state == "pending").values(schema=99))
        session.commit()
    if what == "place":
        kirsten.edit(Place, place.id, team_id=cooperation.south)
    else:
        leave(kirsten, person.id)
    kirsten.sync()
    for _ in range(3):
        report = mette.sync()
        assert (report.refused, report.removed, report.repaired, report.differing) == (1, 0, 0, ())
        with mette.store.session() as session:
            # Counted anew it is the same.
            forget(session, synced_tables())
            session.commit()
    assert (len(mette.all(Place)), len(mette.all(Person)), len(mette.all(Measurement))) == (1, 1, 1)


def set_role(cooperation, role: str, teams: Sequence[str], user: str = "mette") -> None:
    with cooperation.server.connect() as connection:
        add_user(
            connection, cooperation.users[user], cooperation_id=cooperation.id, name=user, role=role, team_ids=teams
        )  # fmt: skip


def test_what_a_counsellor_recorded_before_the_laptop_knew_them_for_an_auditor_reaches_the_others(
    mette, jens, cooperation
):
    person = mette.person("Kaptajnen")
    mette.sync()
    jens.sync()
    mette.measurement(person.id, 7.0)
    walked_in = mette.person("Styrmanden")
    set_role(cooperation, "auditor", [cooperation.north])
    # The laptop has not heard of it: what is recorded now was recorded in good faith too.
    mette.measurement(walked_in.id, 9.0)
    report = mette.sync()
    assert (report.is_safe, report.refused, report.remaining, report.differing) == (True, 0, 0, ())
    assert (mette.all(Person), mette.all(Measurement)) == ([], [])
    jens.sync()
    assert names(jens) == {"Kaptajnen", "Styrmanden"}
    assert {row.value for row in jens.all(Measurement)} == {7.0, 9.0}
    assert {(card.field, card.person_id) for card in jens.all(Conflict)} == {
        ("late", person.id), ("late", walked_in.id)
    }  # fmt: skip
    # Now it knows, and nothing more is recorded on it: not about a person, and not about a place either.
    key = str(uuid.uuid4())
    for row in (
        Person(id=key, person_id=key, nickname="En til", registered_at=mette.clock.now()),
        Place(id=key, team_id=cooperation.north, municipality_id=cooperation.north, name="Broen", kind="café"),
    ):
        with pytest.raises(RuleRefusal, match="not-your-right"):
            mette.add(row)
    assert mette.sync().is_safe


def test_what_was_refused_of_a_role_that_came_back_is_sent_by_itself(mette, jens, cooperation):
    person = mette.person("Kaptajnen")
    mette.sync()
    mette.measurement(person.id, 7.0)
    set_role(cooperation, "auditor", [cooperation.north])
    with cooperation.server.connect() as connection:
        # Longer ago than anything is waited for.
        connection.execute(
            "UPDATE user_account SET role_until = %s WHERE id = %s",
            (datetime(2020, 1, 1, tzinfo=UTC), mette.device.user_id),
        )
    assert mette.sync().refused == 1
    set_role(cooperation, "counsellor", [cooperation.north])
    mette.sync()
    assert mette.sync().is_safe
    jens.sync()
    assert [row.value for row in jens.all(Measurement)] == [7.0]


def test_a_counsellor_who_is_in_no_team_any_more_keeps_nobody(mette, cooperation):
    mette.person()
    mette.place()
    mette.sync()
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [])
    mette.sync()
    assert mette.all(Person) + mette.all(Membership) + mette.all(Place) == []


def is_logged(desk: Desk) -> dict[str, bool]:
    """Of which laptops the log is here, and whether it is whole."""
    with desk.store.session() as session:
        return {report.device_id: report.is_whole for report in check(session) if report.entries}


@pytest.mark.parametrize(("before", "role", "sees_whole_log", "packed"), [
    ("coordinator", "counsellor", False, 3),
    ("coordinator", "auditor", True, 3),
    ("auditor", "counsellor", False, 0),
    ("auditor", "coordinator", True, 2),
])  # fmt: skip
def test_whoever_oversees_laptops_no_longer_keeps_no_log_and_no_bag_but_their_own(
    mette, kirsten, cooperation, before, role, sees_whole_log, packed
):
    set_role(cooperation, before, [], "kirsten")
    kirsten.sync()
    for desk in (mette, kirsten, mette, kirsten):
        desk.look_and_pack()
        assert desk.sync().is_safe
    both, own = {mette.device.id: True, kirsten.device.id: True}, {kirsten.device.id: True}
    assert is_logged(kirsten) == both
    # This is not sent yet when the role ends.
    kirsten.look_and_pack()
    set_role(cooperation, role, [cooperation.south], "kirsten")
    for _ in range(2):
        report = kirsten.sync()
        assert (report.is_safe, report.refused, report.differing) == (True, 0, ())
    assert is_logged(kirsten) == (both if sees_whole_log else own)
    assert len(kirsten.all(StockMovement)) == packed
    # Its own goes on where it was; the others' come back with the role.
    kirsten.look_and_pack()
    set_role(cooperation, before, [], "kirsten")
    report = kirsten.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert is_logged(kirsten) == both


def test_what_the_server_has_lost_of_a_laptops_own_log_stays_there_and_is_sent_again(mette, kirsten, cooperation):
    mette.look_and_pack()
    mette.look_and_pack()
    mette.sync()
    with cooperation.server.connect() as connection:
        for table in ("row", "change", "tally"):
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE cooperation_id = %s AND entity = 'access_log'").format(
                    sql.Identifier(table)
                ),
                (cooperation.id,),
            )
    mette.sync()
    assert is_logged(mette) == {mette.device.id: True}
    report = mette.sync()
    assert (report.is_safe, report.differing) == (True, ())
    kirsten.sync()
    assert is_logged(kirsten) == {mette.device.id: True}


def test_a_place_that_moves_to_another_team_moves_between_the_laptops(mette, sara, kirsten):
    place = mette.place("Café Nord")
    mette.sync()
    kirsten.sync()
    sara.sync()
    kirsten.edit(Place, place.id, team_id=sara.device.team_ids[0])
    kirsten.sync()
    assert (mette.sync().removed, mette.all(Place)) == (1, [])
    sara.sync()
    assert [row.name for row in sara.all(Place)] == ["Café Nord"]


def test_a_row_that_no_laptop_can_read_is_counted_once_and_holds_up_nothing(mette, cooperation):
    sender = cooperation.laptop("jens")
    known = {"team_id": cooperation.north, "municipality_id": cooperation.north, "kind": "café"}
    keys = [str(uuid.uuid4()) for _ in range(2)]
    sender.push(
        *[sender.change("place", key, {**known, "name": name}) for key, name in zip(keys, (["x"], "Nord"), strict=True)]
    )
    for _ in range(2):
        report = mette.sync()
        assert [(row.row_id, row.field) for row in report.unreadable] == [(keys[0], "name")]
        assert report.differing == ("place",)
        assert [place.name for place in mette.all(Place)] == ["Nord"]


def test_a_difference_that_nobody_can_explain_is_repaired_row_by_row(mette, jens):
    places = [mette.place(str(number)) for number in range(4)]
    mette.sync()
    jens.sync()
    with jens.store.session() as session:
        session.delete(session.get(Place, places[0].id))
        session.get(Place, places[1].id).server_position = 999
        foreign = str(uuid.uuid4())
        session.add(
            Place(id=foreign, team_id=foreign, municipality_id=foreign, name="?", kind="café", server_position=3)
        )
        session.flush()
        recount(session, "place")
        session.commit()
    report = jens.sync()
    assert (report.repaired, report.removed, report.differing) == (2, 1, ())
    assert {row.name for row in jens.all(Place)} == {"0", "1", "2", "3"}
    with jens.store.session() as one, mette.store.session() as other:
        assert held_rows(one, "place") == held_rows(other, "place")


def test_what_went_and_should_not_have_gone_comes_back_with_the_same_synchronisation(mette, jens):
    place, person = mette.place(), mette.person()
    mette.sync()
    jens.sync()
    with jens.store.session() as session:
        session.add_all([Leaving(entity="place", row_id=place.id), Leaving(entity="person", row_id=person.id)])
        session.commit()
    report = jens.sync()
    assert (report.removed, report.differing) == (2, ())
    assert (jens.get(Place, place.id) is None, jens.get(Person, person.id) is None) == (False, False)


def test_what_is_edited_while_its_table_is_repaired_is_reason_enough_to_differ(mette, jens):
    place = mette.place()
    mette.sync()
    jens.sync()
    with jens.store.session() as session:
        session.get(Place, place.id).server_position = 999
        session.flush()
        recount(session, "place")
        session.commit()

    def edit(progress: SyncProgress) -> None:
        if progress.step is SyncStep.REPAIR and not jens.get(Place, place.id).note:
            jens.edit(Place, place.id, note="Ring på")

    report = jens.sync(edit)
    assert (report.remaining, report.differing) == (1, ())
    report = jens.sync()
    assert (report.is_safe, report.differing, jens.get(Place, place.id).note) == (True, (), "Ring på")


def test_a_table_that_has_no_rows_is_counted_once_and_then_known(mette):
    mette.sync()
    assert {tally.entity: tally.rows for tally in mette.all(TableTally)} == dict.fromkeys(synced_tables(), 0)


def test_a_server_that_counts_wrong_and_has_the_same_rows_is_no_difference(mette, jens):
    mette.place()
    mette.sync()
    line = Line(jens.url, token=jens.device.token)
    whole = line.forward

    def miscount(path: str, body: bytes):
        status, headers, content = whole(path, body)
        if path == "/v1/look":
            looked = codec.unpack(content, LookReply)
            tallies = {**looked.page.tallies, "place": Tally(rows=9, hash=9)}
            page = msgspec.structs.replace(looked.page, tallies=tallies)
            content = codec.pack(msgspec.structs.replace(looked, page=page))
        return status, headers, content

    line.forward = miscount
    with serving(line) as jens.url:
        report = jens.sync()
    assert "/v1/repair" in line.asked
    assert (report.is_safe, report.repaired, report.differing) == (True, 0, ())


def test_a_laptop_that_learns_a_field_reads_again_the_rows_that_came_without_it(mette, jens):
    place = mette.place()
    mette.sync()
    jens.sync()
    with jens.store.session() as session:
        # As a version left it that knew no such field.
        session.get(Place, place.id).name = ""
        session.add(PassedOver(entity="place", field="name"))
        session.add(PassedOver(entity="place", field="horoscope"))
        session.commit()
    jens.sync()
    assert jens.get(Place, place.id).name == "Café Nord"
    assert [passed.field for passed in jens.all(PassedOver)] == ["horoscope"]
    assert jens.device.reread_until == 0


def test_what_is_read_again_in_several_pages_is_read_whole_also_where_the_line_is_cut_before_the_first(
    mette, jens, monkeypatch
):
    places = [mette.place(f"Place {number}") for number in range(3)]
    mette.sync()
    jens.sync()
    monkeypatch.setattr("app.sync.limits.PAGE", 1)
    with jens.store.session() as session:
        for place in places:
            session.get(Place, place.id).name = ""
        session.add(PassedOver(entity="place", field="name"))
        session.commit()
    line = Line(jens.url, token=jens.device.token, faults=[("/v1/pull", "cut-before")])
    with serving(line) as url:
        jens.url = url
        with pytest.raises(KnownProblem, match="server-down"):
            jens.sync()
        jens.sync()
    assert {row.name for row in jens.all(Place)} == {place.name for place in places}
    assert jens.device.reread_until == 0


def test_children_of_a_refused_person_wait_for_it_and_follow_when_it_is_taken(mette, jens):
    person = mette.person("x\x00y")
    mette.measurement(person.id)
    other = mette.person("Styrmanden")
    report = mette.sync()
    assert (report.refused, report.sent) == (3, 2)
    jens.sync()
    assert names(jens) == {"Styrmanden"}
    with mette.store.session() as session:
        entry = session.scalars(select(OutboxEntry).where(OutboxEntry.row_id == person.id)).one()
        entry.fields = {**entry.fields, "nickname": "xy"}
        entry.state = "pending"
        session.commit()
    report = mette.sync()
    assert (report.refused, report.is_safe) == (0, True)
    jens.sync()
    assert names(jens) == {"Styrmanden", "xy"}
    assert len(jens.all(Measurement)) == 1
    assert other.id


def backed_up(desk: Desk) -> bytes:
    desk.store.close()
    backup = desk.store.path.read_bytes()
    desk.store = open_store(desk.store.path, KEY)
    return backup


def set_back(desk: Desk, backup: bytes) -> None:
    desk.store.close()
    path = desk.store.path
    for beside in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        beside.unlink(missing_ok=True)
    path.write_bytes(backup)
    desk.store = open_store(path, KEY)


def say_so(desk: Desk) -> None:
    """Press the button that says that the store was set back."""
    device = desk.device
    with desk.store.session() as session:
        session.get(type(device), device.id).is_restored = True
        session.commit()


def test_a_laptop_set_back_to_a_backup_says_so_and_goes_on_without_hiding_anything(mette, jens, tmp_path, cooperation):
    mette.place("Before")
    mette.sync()
    backup = backed_up(mette)
    for name in ("After 1", "After 2"):
        mette.place(name)
    mette.sync()
    set_back(mette, backup)
    mette.place("After the backup")
    with pytest.raises(KnownProblem, match="copied-store"):
        mette.sync()
    assert mette.states() == ["acknowledged", "pending"]
    say_so(mette)
    report = mette.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert report.receipt.held == 4
    everything = {"Before", "After 1", "After 2", "After the backup"}
    assert {place.name for place in mette.all(Place)} == everything
    jens.sync()
    assert {place.name for place in jens.all(Place)} == everything


def test_a_number_that_is_taken_becomes_one_above_all_that_either_side_knows(mette):
    places = [mette.place(name) for name in ("Nord", "Midt", "Syd")]
    with mette.store.session() as session:
        # Both sides were set back: an answer came for the last of them, and the server knows no number as high.
        session.execute(update(OutboxEntry).where(OutboxEntry.sequence == 3).values(state="acknowledged"))
        first = session.scalars(select(OutboxEntry).where(OutboxEntry.sequence == 1)).one()
        outbox.renumber(session, [first.change_id], above=1)
        session.commit()
        numbers = session.execute(select(OutboxEntry.row_id, OutboxEntry.sequence)).all()
    assert dict(numbers) == dict(zip((place.id for place in places), (4, 5, 3), strict=True))


def test_a_laptop_set_back_to_a_backup_with_more_than_a_batch_to_send_hides_nothing(mette, jens, monkeypatch):
    monkeypatch.setattr("app.sync.limits.LARGEST_BATCH", 2)
    mette.place("Before")
    mette.sync()
    backup = backed_up(mette)
    for number in range(2):
        mette.place(f"Sent {number}")
    mette.sync()
    set_back(mette, backup)
    say_so(mette)
    for number in range(5):
        mette.place(f"Made {number}")
    report = mette.sync()
    assert (report.is_safe, report.receipt.held, report.differing) == (True, 8, ())
    jens.sync()
    assert len(jens.all(Place)) == len(mette.all(Place)) == 8


@pytest.mark.parametrize(
    ("dies_before", "states"),
    [
        (None, []),
        (SyncStep.PUSH, ["acknowledged", "pending"]),
        (SyncStep.PULL, ["acknowledged", "acknowledged"]),
    ],
)
def test_a_laptop_set_back_to_a_backup_is_told_what_it_had_sent_of_a_row_that_it_changes_again(
    mette, jens, dies_before, states
):
    place = mette.place()
    mette.sync()
    backup = backed_up(mette)
    mette.edit(Place, place.id, note="Ring på")
    mette.sync()
    set_back(mette, backup)
    say_so(mette)
    mette.edit(Place, place.id, address="Nygade 1")

    if dies_before is not None:
        with pytest.raises(Killed):
            mette.sync(dies_at(dies_before))
        assert mette.states() == states
    assert mette.sync().is_safe
    jens.sync()
    for desk in (mette, jens):
        found = desk.get(Place, place.id)
        assert (found.note, found.address) == ("Ring på", "Nygade 1")
        assert {kept.after for kept in desk.all(ValueHistory) if kept.actor} == {"Ring på", "Nygade 1"}
    assert (mette.device.is_restored, mette.device.must_adopt, mette.device.reread_until) == (False, False, 0)


def test_the_second_of_two_copies_of_one_store_is_turned_away_and_keeps_its_work(mette):
    mette.place("Original")
    mette.sync()
    copy = mette.copied()
    copy.place("On the copy")
    mette.place("On the laptop")
    mette.sync()
    with pytest.raises(KnownProblem, match="copied-store"):
        copy.sync()
    assert copy.states() == ["acknowledged", "pending"]
    assert mette.sync().is_safe
    copy.store.close()


def test_where_a_copy_sends_first_the_laptop_is_turned_away_at_its_next_look_and_keeps_its_work(mette, jens):
    mette.place("Original")
    mette.sync()
    copy = mette.copied()
    assert mette.sync().is_safe
    copy.place("On the copy")
    assert copy.sync().is_safe
    for said in (False, True):
        with pytest.raises(KnownProblem, match="copied-store"):
            mette.sync()
        if not said:
            mette.place("On the laptop")
    assert mette.states() == ["acknowledged", "pending"]
    say_so(mette)
    assert mette.sync().is_safe
    jens.sync()
    assert {place.name for place in jens.all(Place)} == {"Original", "On the copy", "On the laptop"}
    copy.store.close()


def typed_at_a_table(desk):
    """Somebody at the table of a course, of whom it is typed that they came; return session and enrolment."""
    place, team, person = desk.place(), desk.device.team_ids[0], desk.person("Kaptajnen")
    course, session = new_id(desk.clock), new_id(desk.clock)
    desk.add(
        Course(
            id=course, team_id=team, place_id=place.id, delivering_municipality_id=team,
            programme_version_id=new_id(desk.clock), title="Café", format="group", starts_on=TODAY,
        ),
        Session(id=session, team_id=team, course_id=course, place_id=place.id, number=1, held_on=TODAY),
    )  # fmt: skip
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        enrolment = join_course(JoinCourse(person.id, course, TODAY), work=work).enrolment_id
    type_in(desk, session, enrolment, Cell.STATUS, "present")
    return session, enrolment


def type_in(desk, session, enrolment, cell, text):
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        type_cell(TypeCell(session, enrolment, cell, text), work=work)


def close(desk, session):
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        close_session(session, work=work)


def seen_at_the_table(desk, session):
    with desk.store.session() as reading:
        sheet = session_sheet(reading, session)
        day = day_to_close(reading, desk.device.user_id, today=TODAY)
    assert sheet is not None
    return [row.cells for row in sheet.rows], [draft.place for draft in day.drafts], day.may_record


def test_what_an_auditor_had_typed_is_there_to_read_and_is_closed_with_the_role_in_which_it_was_typed(
    mette, jens, cooperation
):
    session, enrolment = typed_at_a_table(mette)
    set_role(cooperation, "auditor", [cooperation.north])
    for _ in range(2):
        report = mette.sync()
        assert (report.is_safe, report.refused, report.differing) == (True, 0, ())
    assert seen_at_the_table(mette, session) == ([{"status": "present"}], ["Café Nord"], False)
    with pytest.raises(RuleRefusal, match="session-not-your-right"):
        close(mette, session)
    with pytest.raises(RuleRefusal, match="session-not-your-right"):
        type_in(mette, session, enrolment, Cell.NOTE, "Kommer igen")
    set_role(cooperation, "counsellor", [cooperation.north])
    assert mette.sync().is_safe
    assert seen_at_the_table(mette, session) == ([{"status": "present"}], ["Café Nord"], True)
    close(mette, session)
    assert mette.sync().is_safe
    jens.sync()
    assert [row.status for row in jens.all(Attendance)] == ["present"]


def test_what_was_typed_before_leaving_a_team_is_closed_afterwards_and_then_all_of_it_goes(mette, jens, cooperation):
    session, _enrolment = typed_at_a_table(mette)
    mette.sync()
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    assert mette.sync().is_safe
    assert seen_at_the_table(mette, session) == ([{"status": "present"}], ["Café Nord"], True)
    close(mette, session)
    report = mette.sync()
    assert (report.is_safe, report.refused, report.differing) == (True, 0, ())
    jens.sync()
    assert [row.status for row in jens.all(Attendance)] == ["present"]
    assert jens.get(Session, session).state == "closed"
    assert [len(mette.all(table)) for table in (Place, Course, Session, Person, Attendance)] == [0] * 5


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_row_whose_change_was_refused_for_an_erasure_goes_from_who_only_looks_on_since(
    mette, jens, kirsten, cooperation, is_cut
):
    """It waits to be read again, and no page tells it to whom lost their access: here in this sending, or after it."""
    person = mette.person()
    for desk in (mette, kirsten, jens):
        desk.sync()
    jens.edit(Person, person.id, note="Only on Thursdays")
    said = {"manner": "erase", "ground": "request", "decided_on": TODAY, "recorded_by": kirsten.device.user_id}
    kirsten.add(Erasure(id=new_id(kirsten.clock), person_id=person.id, **said))
    kirsten.sync()
    set_role(cooperation, "auditor", [cooperation.north], user="jens")
    if is_cut:
        with pytest.raises(Killed):
            jens.sync(dies_at(SyncStep.REPAIR))
    jens.sync()
    assert jens.all(Person) == []
    assert {entry.code for entry in jens.all(OutboxEntry) if entry.row_id == person.id} == {"person-erased"}
