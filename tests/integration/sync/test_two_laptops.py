"""Two laptops of one team and a real server: what one records the other has, and nothing is lost on the way."""

import json

import pytest
from sqlalchemy import update

from app.errors import KnownProblem
from app.models.local import Device, ValueHistory
from app.models.organisation import Place
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Measurement
from app.services.correct_measurement import CorrectMeasurement, correct_measurement
from app.services.edit_person import EditPerson, edit_person
from app.services.merge_people import MergePeople, merge_people
from app.services.resolve_conflict import ResolveConflict, resolve_conflict
from app.storage.queries.conflicts import conflict_cards, team_conflict_cards
from tests.integration.sync.desk import a_desk


def test_what_one_laptop_records_the_other_has_and_the_server_signs_for_it(mette, jens):
    person = mette.person("Søren m. hunden")
    mette.measurement(person.id)
    report = mette.sync()
    assert (report.sent, report.refused, report.conflicts, report.remaining) == (3, 0, 0, 0)
    assert report.is_safe
    assert mette.receipts()[0].changes == 3
    assert set(mette.states()) == {"acknowledged"}
    report = jens.sync()
    assert (report.sent, report.received, report.is_safe) == (0, 3, True)
    assert jens.get(Person, person.id).nickname == "Søren m. hunden"
    assert jens.get(Person, person.id).registered_at == person.registered_at
    assert [row.value for row in jens.all(Measurement)] == [12.0]
    assert jens.states() == []


def test_our_own_changes_do_not_count_as_received(mette):
    mette.person()
    assert mette.sync().received == 0
    assert mette.sync().received == 0


def test_syncing_again_sends_nothing_and_is_still_safe(mette):
    mette.person()
    mette.sync()
    report = mette.sync()
    assert (report.sent, report.received, report.is_safe) == (0, 0, True)
    assert len(mette.receipts()) == 2


def test_edits_of_different_fields_merge(mette, jens, place):
    mette.edit(Place, place.id, note="Ring på")
    jens.edit(Place, place.id, address="Havnen 1")
    mette.sync()
    assert jens.sync().conflicts == 0
    mette.sync()
    for desk in (mette, jens):
        assert (desk.get(Place, place.id).note, desk.get(Place, place.id).address) == ("Ring på", "Havnen 1")


def test_edits_of_the_same_field_keep_the_first_and_show_both(mette, jens, place):
    mette.edit(Place, place.id, note="Ring på")
    jens.edit(Place, place.id, note="Bank på")
    mette.sync()
    report = jens.sync()
    assert (report.conflicts, report.is_safe) == (1, True)
    assert jens.states() == ["conflict"]
    mette.sync()
    for desk in (mette, jens):
        assert desk.get(Place, place.id).note == "Ring på"
        assert [row.contender_value for row in desk.all(Conflict)] == ["Bank på"]


def _joined(desk, kept, duplicate):
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        merge_people(MergePeople(kept, duplicate), work=work)


def _joined_both_ways(mette, jens):
    """Two people, whom neither laptop knows that the other has joined too, the opposite way round."""
    ali, aly = mette.person("Ali"), mette.person("Aly")
    mette.sync()
    jens.sync()
    _joined(mette, ali.id, aly.id)
    _joined(jens, aly.id, ali.id)
    return ali, aly


def _card(desk, person_id):
    with desk.store.session() as reading:
        (card,) = conflict_cards(reading, person_id)
    return card


def _choose(desk, conflict_id, **how):
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        resolve_conflict(ResolveConflict(conflict_id, **how), work=work)


def test_what_two_wrote_about_a_place_is_chosen_by_one_for_all(mette, jens):
    place = mette.place("Café Nord")
    mette.sync()
    jens.sync()
    mette.edit(Place, place.id, kind="bosted")
    jens.edit(Place, place.id, kind="herberg")
    mette.sync()
    jens.sync()
    with jens.store.session() as reading:
        (card,) = team_conflict_cards(reading)
    assert (card.about.name, card.standing, card.contender) == ("Café Nord", "bosted", "herberg")
    _choose(jens, card.conflict_id, value="herberg")
    jens.sync()
    mette.sync()
    for desk in (mette, jens):
        assert (desk.get(Place, place.id).kind, desk.all(Conflict)) == ("herberg", [])


def test_two_people_joined_both_ways_round_are_one_card_that_is_gone_when_it_was_seen(mette, jens):
    ali, aly = _joined_both_ways(mette, jens)
    mette.sync()
    jens.sync()
    mette.sync()
    for desk in (mette, jens):
        assert _card(desk, ali.id).is_both_ways
        assert (desk.get(Person, ali.id).merged_into_id, desk.get(Person, aly.id).merged_into_id) == (None, ali.id)
    _choose(jens, _card(jens, ali.id).conflict_id, keep_standing=True)
    jens.sync()
    mette.sync()
    assert mette.all(Conflict) == jens.all(Conflict) == []
    assert mette.get(Person, ali.id).merged_into_id is None


def test_who_joined_the_other_way_round_and_wrote_more_reads_what_stands(mette, jens):
    ali, aly = _joined_both_ways(mette, jens)
    jens.edit(Person, ali.id, note="Ring på")
    mette.sync()
    jens.sync()
    mette.sync()
    for desk in (mette, jens):
        assert (desk.get(Person, ali.id).merged_into_id, desk.get(Person, aly.id).merged_into_id) == (None, ali.id)
        assert desk.get(Person, ali.id).note == "Ring på"


def test_a_number_of_another_kind_is_one_card_and_one_choice(mette, jens):
    person = mette.person()
    mette.sync()
    jens.sync()
    for desk, number in ((mette, "610180-1234"), (jens, "010180-4321")):
        with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
            edit_person(EditPerson(person.id, {"identifier": number}), work=work)
        desk.sync()
    mette.sync()
    assert {card.field for card in mette.all(Conflict)} == {"identifier", "identifier_kind"}
    card = _card(mette, person.id)
    _choose(mette, card.conflict_id, value=card.contender)
    mette.sync()
    jens.sync()
    for desk in (mette, jens):
        row = desk.get(Person, person.id)
        assert (row.identifier, row.identifier_kind, desk.all(Conflict)) == ("0101804321", "cpr", [])


def test_every_value_keeps_who_gave_it_and_when_on_every_laptop(tmp_path, cooperation, mette, jens):
    place = mette.place("Café Nord")
    mette.sync()
    jens.sync()
    mette.edit(Place, place.id, note="Ring på")
    mette.edit(Place, place.id, note="Bank på")
    first, second = (row.at for row in mette.all(ValueHistory))
    jens.edit(Place, place.id, address="Havnen 1")
    mette.sync()
    jens.sync()
    mette.sync()
    new = a_desk(tmp_path, cooperation, "jens")
    new.sync()
    told = {
        ("note", None, "Ring på", mette.device.user_id, first),
        ("note", "Ring på", "Bank på", mette.device.user_id, second),
        ("address", "", "Havnen 1", jens.device.user_id, jens.clock.now()),
    }
    told = {(field, before or "", *rest) for field, before, *rest in told}
    for desk in (mette, jens, new):
        kept = [(row.field, row.before or "", row.after, row.actor, row.at) for row in desk.all(ValueHistory)]
        assert (len(kept), set(kept)) == (3, told)
    new.store.close()


def test_what_a_server_says_without_a_name_is_named_when_a_newer_one_tells(mette, jens, place, cooperation):
    jens.sync()
    for note in ("Kun torsdag", "Ring på"):
        mette.edit(Place, place.id, note=note)
        mette.sync()
        with cooperation.server.connect() as connection:
            kept = connection.execute("SELECT change_id, before FROM change WHERE before IS NOT NULL").fetchall()
            connection.execute("UPDATE change SET before = NULL")
        jens.sync()
    assert [(row.after, row.actor) for row in jens.all(ValueHistory)] == [("Kun torsdag", None), ("Ring på", None)]
    # Of the last one alone it is told now who made it.
    with cooperation.server.connect() as connection:
        for change_id, before in kept:
            connection.execute("UPDATE change SET before = %s WHERE change_id = %s", (json.dumps(before), change_id))
    with jens.store.session() as session:
        # As after a version of ours that kept no account of what it had been told.
        session.execute(update(Device).values(is_complete=False))
        session.commit()
    mette.edit(Place, place.id, address="Havnen 1")
    mette.sync()
    jens.sync()
    assert {(row.after, row.actor) for row in jens.all(ValueHistory)} == {
        ("Kun torsdag", None),
        ("Ring på", mette.device.user_id),
        ("Havnen 1", mette.device.user_id),
    }


def test_a_deleted_row_disappears_from_the_other_laptop(mette, jens, place):
    mette.remove(Place, place.id)
    mette.sync()
    assert jens.sync().received == 1
    assert jens.get(Place, place.id) is None


def test_another_server_is_refused_and_everything_is_kept(mette, cooperation):
    mette.person()
    device = mette.device
    with mette.store.session() as session:
        session.get(type(device), device.id).server_id = device.id
        session.commit()
    with pytest.raises(KnownProblem, match="wrong-server"):
        mette.sync()
    assert mette.states() == ["pending", "pending"]


def test_a_refused_change_is_kept_with_its_reason_and_is_not_green(mette, jens):
    mette.add(
        Membership(
            id=jens.device.id, person_id=mette.device.id, team_id=mette.device.id, joined_on=mette.clock.now().date()
        )
    )
    mette.place()
    report = mette.sync()
    assert (report.sent, report.refused, report.remaining, report.is_safe) == (1, 1, 0, False)
    assert report.receipt is not None
    assert mette.states() == ["refused", "acknowledged"]


def test_what_two_corrected_apart_counts_once_and_a_card_says_so(mette, jens):
    person = mette.person()
    measured = mette.measurement(person.id, 12.0)
    mette.sync()
    jens.sync()
    for desk, text in ((mette, "10"), (jens, "8")):
        with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
            correct_measurement(CorrectMeasurement(measured.id, text, "misheard"), work=work)
    mette.sync()
    jens.sync()
    assert mette.sync().is_safe
    for desk in (mette, jens):
        facts = desk.all(Measurement)
        corrected = {fact.corrects_id for fact in facts}
        assert [fact.value for fact in facts if fact.id not in corrected] == [10.0]
        assert desk.all(ValueHistory) == []
        card = _card(desk, person.id)
        assert [(one.field, one.standing, one.contender) for one in card.differing] == [("value", "10.0", "8.0")]
    _choose(jens, card.conflict_id, keep_standing=True)
    jens.sync()
    mette.sync()
    assert mette.all(Conflict) == jens.all(Conflict) == []
