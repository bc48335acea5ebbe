"""A server that lost something, or that is not what it says, is found out before anything turns green."""

import uuid
from datetime import timedelta

import msgspec
import pytest

from app.errors import KnownProblem
from app.ids import new_id
from app.models.local import ValueHistory
from app.models.organisation import DayOff, Place
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Measurement
from app.sync.receipt import verify
from app.sync.wire import codec
from app.sync.wire.messages import ExchangeReply, Handshake, PullReply, PushReply, Receipt
from server.accounts import set_teams
from server.backup_check import check_backup
from server.directory import not_heard_from
from tests.integration.sync.desk import TODAY, Desk, a_desk
from tests.integration.sync.line import Line, serving

ANOTHER = str(uuid.UUID(int=9))


def test_after_a_restore_the_laptops_offer_again_what_the_backup_lacks(mette, jens, backup):
    kept = mette.place("Kept")
    mette.sync()
    backup.take()
    lost = mette.place("Lost")
    mette.edit(Place, kept.id, note="Lost too")
    mette.sync()
    jens.sync()
    backup.restore()
    report = mette.sync()
    assert (report.sent, report.is_safe) == (3, True)
    assert jens.sync().is_safe
    for desk in (mette, jens):
        assert desk.get(Place, lost.id).name == "Lost"
        assert desk.get(Place, kept.id).note == "Lost too"
    assert mette.device.epoch == jens.device.epoch


def test_what_a_restored_server_lost_of_laptops_that_never_come_again_is_offered_by_those_of_colleagues(
    mette, jens, kirsten, backup, cooperation, tmp_path
):
    of_the_office = [a_desk(tmp_path, cooperation, "kirsten") for _ in range(2)]
    backup.take()
    person = mette.person()
    measured, place = mette.measurement(person.id), mette.place()
    day_off = DayOff(id=new_id(kirsten.clock), day=TODAY, name="Grundlovsdag")
    kirsten.add(day_off)
    for desk in (kirsten, mette, jens, *of_the_office):
        desk.sync()
    backup.restore()
    offered = [jens.sync().sent, of_the_office[0].sync().sent]
    # The person, the membership, the measurement and the place; what a coordinator alone may write, by a coordinator.
    assert offered == [4, 1]
    for desk in (jens, *of_the_office):
        report = desk.sync()
        assert (report.is_safe, report.remaining, report.differing) == (True, 0, ())
    anew = a_desk(tmp_path, cooperation, "mette")
    anew.sync()
    assert [anew.get(model, row.id) is not None for model, row in
            ((Person, person), (Measurement, measured), (Place, place), (DayOff, day_off))] == [True] * 4  # fmt: skip
    assert len(anew.all(Membership)) == 1
    for desk in (anew, *of_the_office):
        desk.store.close()


def test_what_only_the_coordinators_laptop_still_has_is_offered_from_there(
    mette, kirsten, backup, tmp_path, cooperation
):
    backup.take()
    person = mette.person()
    measured, place = mette.measurement(person.id), mette.place()
    mette.sync()
    kirsten.sync()
    backup.restore()
    report = kirsten.sync()
    assert (report.sent, report.is_safe, report.differing) == (4, True, ())
    anew = a_desk(tmp_path, cooperation, "mette")
    anew.sync()
    kept = [anew.get(model, row.id) for model, row in ((Person, person), (Measurement, measured), (Place, place))]
    anew.store.close()
    assert None not in kept


def test_when_somebody_left_is_offered_by_the_team_that_they_left(mette, jens, kirsten, backup):
    backup.take()
    person = mette.person()
    [membership] = mette.all(Membership)
    mette.edit(Membership, membership.id, left_on=TODAY)
    mette.sync()
    jens.sync()
    assert [row.id for row in jens.all(Membership)] == [membership.id]
    backup.restore()
    assert jens.sync().sent == 1
    kirsten.sync()
    assert [(row.person_id, row.left_on) for row in kirsten.all(Membership)] == [(person.id, TODAY)]


def in_conflict(mette: Desk, jens: Desk, place: Place) -> None:
    """Both type another note; hers arrives first."""
    mette.edit(Place, place.id, note="Ring på")
    jens.edit(Place, place.id, note="Bank på")
    mette.sync()
    assert jens.sync().conflicts == 1
    mette.sync()


@pytest.mark.parametrize("is_hers_first", [True, False])
def test_a_conflict_that_a_restored_server_lost_is_a_card_again_with_both_values(
    mette, jens, place, backup, is_hers_first
):
    backup.take()
    in_conflict(mette, jens, place)
    backup.restore()
    for desk in (mette, jens) if is_hers_first else (jens, mette):
        desk.sync()
    for desk in (mette, jens, mette):
        assert desk.sync().is_safe
    for desk in (mette, jens):
        [card] = desk.all(Conflict)
        assert {card.standing_value, card.contender_value} == {"Ring på", "Bank på"}
        assert desk.get(Place, place.id).note == card.standing_value
        assert {card.standing_actor, card.contender_actor} == {mette.device.user_id, jens.device.user_id}


def test_the_answer_to_a_card_that_a_restored_server_lost_is_given_again(mette, jens, place, backup):
    in_conflict(mette, jens, place)
    backup.take()
    [card] = jens.all(Conflict)
    jens.edit(Place, place.id, note="Bank på")
    jens.remove(Conflict, card.id)
    jens.sync()
    mette.sync()
    assert mette.all(Conflict) == []
    backup.restore()
    for desk in (mette, jens, mette, jens):
        assert desk.sync().is_safe
    for desk in (mette, jens):
        assert desk.all(Conflict) == []
        assert desk.get(Place, place.id).note == "Bank på"


def test_what_was_made_again_since_the_backup_that_knows_it_as_deleted_is_made_again(mette, jens, kirsten, backup):
    """Though the first that this laptop ever said of the row is what it said anew."""
    place = mette.place()
    for desk in (mette, jens, kirsten):
        desk.sync()
    said = {column.name: getattr(place, column.name) for column in Place.__table__.columns} | {"server_position": 0}
    mette.remove(Place, place.id)
    mette.sync()
    jens.sync()
    backup.take()
    jens.add(Place(**said | {"note": "Vent"}))
    jens.sync()
    backup.restore()
    for desk in (jens, mette, kirsten, jens):
        report = desk.sync()
        assert (report.is_safe, report.differing) == (True, ())
    for desk in (mette, jens, kirsten):
        assert [row.note for row in desk.all(Place)] == ["Vent"]


def test_what_a_restored_server_lost_of_a_row_and_nobody_offers_again_stands_nowhere(mette, jens, kirsten, backup):
    place = mette.place()
    mette.edit(Place, place.id, name="Café Syd")
    mette.sync()
    jens.sync()
    backup.take()
    jens.edit(Place, place.id, note="Ring på")
    jens.sync()
    mette.sync()
    mette.edit(Place, place.id, address="Nygade 1")
    mette.sync()
    backup.restore()
    assert mette.sync().is_safe
    kirsten.sync()
    for desk in (mette, kirsten):
        found = desk.get(Place, place.id)
        assert (found.name, found.note, found.address) == ("Café Syd", "", "Nygade 1")
    assert mette.device.reread_until == 0
    jens.sync()
    mette.sync()
    assert mette.get(Place, place.id).note == "Ring på"


def test_an_edit_that_a_restored_server_lost_is_told_by_the_history_of_who_had_it_and_by_nobody_else(
    mette, jens, kirsten, backup, cooperation
):
    place = mette.place()
    for desk in (mette, jens, kirsten):
        desk.sync()
    backup.take()
    jens.edit(Place, place.id, note="Ring på")
    jens.sync()
    mette.sync()
    backup.restore()
    with cooperation.server.connect() as connection:
        # As the backup knew them.
        connection.execute("UPDATE device SET last_seen_at = now() - interval '1 hour'")
    for desk in (mette, kirsten, mette):
        assert desk.sync().is_safe

    def history(desk):
        return [(kept.after, kept.actor) for kept in desk.all(ValueHistory)]

    assert mette.get(Place, place.id).note == ""
    assert history(mette) == [("Ring på", jens.device.user_id), ("", None)]
    assert history(kirsten) == []
    with cooperation.server.connect() as connection:
        # No backup can know what came after it; who has not been here since is all that the server can tell.
        faults = check_backup(connection)["faults"]
        silent = {found["device_id"] for found in not_heard_from(connection, 0.5 / 24)}
    assert faults["changes taken whose row is missing"] == 0
    assert jens.device.id in silent
    assert not {mette.device.id, kirsten.device.id} & silent
    for desk in (jens, mette, kirsten):
        desk.sync()
    assert {desk.get(Place, place.id).note for desk in (mette, jens, kirsten)} == {"Ring på"}


def test_what_was_seen_after_one_restore_is_not_taken_for_seen_after_the_next(mette, jens, kirsten, place, backup):
    kirsten.sync()
    backup.take()
    backup.restore()
    mette.edit(Place, place.id, name="Café Syd")
    mette.sync()
    jens.sync()
    jens.edit(Place, place.id, note="Ring på")
    # The same backup again: it knows nothing of the positions that were given meanwhile.
    backup.restore()
    kirsten.edit(Place, place.id, note="Bank på")
    kirsten.sync()
    assert jens.sync().conflicts == 1
    [card] = jens.all(Conflict)
    assert (card.standing_value, card.contender_value) == ("Bank på", "Ring på")


@pytest.mark.parametrize("is_at_once", [True, False], ids=["at once", "step by step"])
@pytest.mark.parametrize("years", [(-3, 0, 0), (0, 3, 0)])
def test_a_clock_that_was_wrong_by_years_lets_go_of_nothing_that_a_restored_server_lacks(
    mette, backup, monkeypatch, years, is_at_once
):
    if not is_at_once:
        monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    mette.sync()
    backup.take()
    right = mette.clock.at
    for wrong in years:
        mette.clock.at = right + timedelta(days=365 * wrong)
        mette.place()
        mette.sync()
    assert mette.states() == ["acknowledged"] * 3
    backup.restore()
    report = mette.sync()
    assert (report.is_safe, report.receipt.held) == (True, 3)


def test_a_receipt_that_does_not_add_up_makes_the_laptop_offer_everything_again(mette, backup):
    mette.place("Here")
    mette.sync()
    backup.take()
    mette.place("There")
    mette.sync()
    backup.restore(is_said=False)
    report = mette.sync()
    assert (report.sent, report.is_safe) == (2, True)
    assert report.receipt.held == 2


def test_a_server_that_goes_on_losing_what_it_is_given_is_never_called_safe(mette, backup, monkeypatch):
    monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    mette.place("Here")
    mette.sync()
    backup.take()
    mette.place("There")
    line = Line(mette.url, token=mette.device.token)
    line.before = lambda path: backup.restore(is_said=False) if path == "/v1/receipt" else None
    with serving(line) as url:
        mette.url = url
        report = mette.sync()
    assert (report.receipt, report.is_safe, len(mette.receipts())) == (None, False, 1)
    mette.url = line.target
    assert mette.sync().is_safe


def test_a_receipt_that_somebody_changed_is_refused(mette):
    mette.place()
    line = Line(mette.url, token=mette.device.token)
    whole = line.forward

    def forge(path: str, body: bytes):
        status, headers, content = whole(path, body)
        if path == "/v1/receipt":
            content = codec.pack(msgspec.structs.replace(codec.unpack(content, Receipt), rows={"place": 99}))
        return status, headers, content

    line.forward = forge
    with serving(line) as mette.url, pytest.raises(KnownProblem, match="false-receipt"):
        mette.sync()
    assert mette.receipts() == []


@pytest.mark.parametrize("is_own", [True, False], ids=["its own of before", "a colleague's"])
def test_a_receipt_that_was_signed_for_something_else_is_refused(mette, jens, is_own):
    """All that it says is true, only not of what this laptop has just sent."""
    other = mette if is_own else jens
    other.place()
    other.sync()
    signed = msgspec.json.decode(other.receipts()[0].content, type=Receipt)
    before = len(mette.receipts())
    mette.place()
    line = Line(mette.url, token=mette.device.token)
    whole = line.forward

    def replay(path: str, body: bytes):
        status, headers, content = whole(path, body)
        if path == "/v1/receipt":
            content = codec.pack(signed)
        elif path == "/v1/exchange":
            content = codec.pack(msgspec.structs.replace(codec.unpack(content, ExchangeReply), receipt=signed))
        return status, headers, content

    line.forward = replay
    with serving(line) as mette.url, pytest.raises(KnownProblem, match="false-receipt"):
        mette.sync()
    assert len(mette.receipts()) == before


@pytest.mark.parametrize(
    ("path", "kind", "said", "code"),
    [
        ("/v1/handshake", Handshake, {"server_id": ANOTHER}, "wrong-server"),
        ("/v1/push", PushReply, {"server_id": ANOTHER}, "wrong-server"),
        ("/v1/push", PushReply, {"epoch": ANOTHER}, "server-restored"),
        ("/v1/pull", PullReply, {"server_id": ANOTHER}, "wrong-server"),
        ("/v1/pull", PullReply, {"epoch": ANOTHER}, "server-restored"),
        ("/v1/pull", PullReply, {"cursor": 0, "more": True}, "server-fault"),
    ],
)
def test_an_answer_of_another_server_or_of_another_history_or_that_leads_nowhere_is_taken_for_none(
    mette, jens, path, kind, said, code
):
    jens.place("Café Syd")
    jens.sync()
    mette.place()
    line = Line(mette.url, token=mette.device.token)
    whole = line.forward

    def forge(asked: str, body: bytes):
        status, headers, content = whole(asked, body)
        if asked == path:
            assert line.asked.count(path) < 9, "asked for ever"
            content = codec.pack(msgspec.structs.replace(codec.unpack(content, kind), **said))
        return status, headers, content

    line.forward = forge
    with serving(line) as url:
        mette.url = url
        with pytest.raises(KnownProblem, match=code):
            mette.sync()
    assert (mette.receipts(), len(mette.all(Place))) == ([], 1)
    assert mette.states() == ["acknowledged" if path == "/v1/pull" else "pending"]
    mette.url = line.target
    assert mette.sync().is_safe
    assert len(mette.all(Place)) == 2


def test_a_stored_receipt_can_be_verified_later(mette):
    mette.place()
    mette.sync()
    receipt = msgspec.json.decode(mette.receipts()[0].content, type=Receipt)
    assert verify(receipt, mette.device.receipt_key)
    assert not verify(msgspec.structs.replace(receipt, held=2), mette.device.receipt_key)
    assert not verify(receipt, "no key")


def test_a_revoked_laptop_keeps_its_changes(mette, cooperation):
    mette.place()
    cooperation.server.run("device", "revoke", mette.device.id)
    with pytest.raises(KnownProblem, match="token-refused"):
        mette.sync()
    assert mette.states() == ["pending"]


def test_a_cloned_store_is_refused(mette):
    mette.place()
    device = mette.device
    with mette.store.session() as session:
        session.get(type(device), device.id).database_id = device.id
        session.commit()
    with pytest.raises(KnownProblem, match="wrong-database"):
        mette.sync()
    assert mette.states() == ["pending"]


@pytest.fixture
def person_of_both(mette, jens, backup):
    """Mette's person is on Jens' laptop with an edit that the set back server did not know a row for."""
    backup.take()
    person = mette.person()
    mette.sync()
    jens.sync()
    backup.restore()
    jens.edit(Person, person.id, note="Only on Thursdays")
    jens.sync()
    mette.sync()
    return person


def test_a_person_who_came_back_by_others_leaves_with_the_change_of_team(person_of_both, mette, jens, cooperation):
    assert jens.get(Person, person_of_both.id) is not None
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["jens"], [cooperation.south])
    report = jens.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert (jens.all(Person), jens.device.must_adopt) == ([], False)
    again = jens.sync()
    assert (again.sent, again.received, jens.device.must_adopt) == (0, 0, False)
    mette.sync()
    # The positions of the lost history say nothing about what Jens had seen: both values are kept.
    [card] = [card for card in mette.all(Conflict) if card.field == "note"]
    assert {card.standing_value, card.contender_value} == {"", "Only on Thursdays"}


def test_looking_for_rows_without_a_place_ends_by_itself(person_of_both, mette, jens):
    for desk in (jens, mette, jens, mette, jens):
        report = desk.sync()
    assert (report.sent, report.received, jens.device.must_adopt) == (0, 0, False)
    assert jens.get(Person, person_of_both.id).server_position > 0


def test_who_was_registered_and_left_before_anything_was_sent_goes_from_a_laptop_behind_a_restore(mette, jens, backup):
    known = mette.person("Styrmanden")
    mette.sync()
    jens.sync()
    backup.take()
    unsent = jens.person("Kaptajnen")
    for person in (known, unsent):
        [membership] = [row for row in jens.all(Membership) if row.person_id == person.id]
        jens.edit(Membership, membership.id, left_on=TODAY)
    backup.restore()
    report = jens.sync()
    assert (report.is_safe, report.differing) == (True, ())
    assert jens.all(Person) == []


def test_a_membership_that_is_refused_to_open_again_offers_the_person_once_and_not_at_every_sending(
    mette, jens, backup
):
    person = mette.person()
    mette.sync()
    jens.sync()
    backup.take()
    [membership] = jens.all(Membership)
    jens.edit(Membership, membership.id, left_on=TODAY)
    jens.edit(Membership, membership.id, left_on=None)
    backup.restore()
    jens.measurement(person.id)
    jens.sync()
    assert "refused" in jens.states()
    made = len(jens.states())
    for _ in range(3):
        report = jens.sync()
    assert (report.sent, report.remaining, report.differing) == (0, 0, ())
    assert (len(jens.states()), jens.device.must_adopt) == (made, False)
    # What stays waits until somebody mends the refused change.
    assert jens.get(Person, person.id) is not None
