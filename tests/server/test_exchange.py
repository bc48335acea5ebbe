"""Changes up and rows down: exactly once, in commit order, merged field by field, within scope."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from app.sync.wire import codec
from app.sync.wire.messages import Answer, Operation, Outcome, PushRequest
from tests.server.laptops import Cooperation, Laptop, new_id


def outcomes(answers: list[Answer]) -> list[str]:
    return [answer.outcome.value for answer in answers]


def test_what_one_laptop_pushes_another_of_the_team_pulls(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id, changes = mette.person(name="Åse")
    measured = mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    answers = mette.push(*changes, measured)
    assert outcomes(answers) == ["applied"] * 3
    assert [answer.position for answer in answers] == [1, 2, 3]
    came = jens.pull(limit=1)
    assert [row.entity for row in came] == ["person", "membership", "measurement"]
    assert came[0].fields["given_name"] == "Åse"
    assert jens.pull() == []


def test_a_repeated_push_is_harmless(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person()
    first = mette.push(*changes)
    again = mette.push(*changes, changes[0])
    assert outcomes(again) == ["already-had"] * 3
    assert [answer.position for answer in again] == [first[0].position, first[1].position, first[0].position]
    assert len(mette.pull()) == 2
    assert mette.receipt().held == 2


def test_a_change_twice_in_one_batch_is_taken_once(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, (person, membership) = mette.person()
    answers = mette.push(person, person, membership)
    assert outcomes(answers) == ["applied", "already-had", "applied"]
    assert (answers[1].position, answers[1].code) == (answers[0].position, "applied")
    assert mette.receipt().rows == {"membership": 1, "person": 1}


def test_a_change_that_is_refused_is_refused_however_often_its_batch_names_it(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    nobodys = mette.change("place", new_id(), {"name": "nobody's"})
    answers = mette.push(nobodys, nobodys)
    assert [(answer.outcome.value, answer.code) for answer in answers] == [("refused", "no-owner")] * 2
    assert (mette.receipt().held, mette.receipt().refused) == (0, 1)


def shared_person(one: Laptop, other: Laptop) -> str:
    person_id, changes = one.person()
    one.push(*changes)
    one.pull()
    other.pull()
    return person_id


def test_different_fields_merge_and_the_same_field_is_kept_twice(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    assert outcomes(mette.push(mette.update("person", person_id, {"phone": "11", "note": "first"}))) == ["applied"]
    both = jens.update("person", person_id, {"given_name": "Bodil", "note": "second"})
    answers = jens.push(both, jens.update("person", person_id, {"nickname": "B"}))
    assert outcomes(answers) == ["conflict", "merged"]
    for laptop in (mette, jens):
        came = {row.entity: row for row in laptop.pull()}
        person = came["person"].fields
        assert (person["phone"], person["note"], person["given_name"]) == ("11", "first", "Bodil")
        conflict = came["conflict"].fields
        assert (conflict["field"], conflict["standing_value"], conflict["contender_value"]) == (
            "note",
            "first",
            "second",
        )
        assert conflict["standing_actor"] == mette.account.user_id
        assert conflict["change_id"] == both.change_id


def test_a_choice_made_with_both_values_in_view_closes_the_conflict(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    mette.push(mette.update("person", person_id, {"note": "first", "phone": "1"}))
    jens.push(jens.update("person", person_id, {"note": "second", "phone": "2"}))
    conflicts = [row for row in jens.pull() if row.entity == "conflict"]
    assert len(conflicts) == 2
    chosen = jens.update("person", person_id, {"note": "second"})
    standing = next(row for row in conflicts if row.fields["field"] == "phone")
    stands = jens.change("conflict", standing.row_id, {}, operation=Operation.DELETE, base=jens.cursor)
    assert outcomes(jens.push(chosen, stands)) == ["applied", "applied"]
    came = mette.pull()
    assert mette.rows["person", person_id].fields["note"] == "second"
    assert [row.deleted for row in came if row.entity == "conflict"] == [True, True]


@pytest.mark.parametrize("who", ["mette", "kirsten"])
def test_whoever_has_not_seen_a_conflict_closes_none_by_writing_on(cooperation: Cooperation, who: str) -> None:
    """Neither she whose value stands, nor somebody who writes a third one."""
    laptops = {name: cooperation.laptop(name) for name in ("mette", "jens", "kirsten")}
    mette, jens = laptops["mette"], laptops["jens"]
    person_id = shared_person(mette, jens)
    laptops["kirsten"].pull()
    mette.push(mette.update("person", person_id, {"note": "first"}))
    jens.push(jens.update("person", person_id, {"note": "second"}))
    laptops[who].push(laptops[who].update("person", person_id, {"note": "third"}))
    jens.pull()
    cards = [row for row in jens.rows.values() if row.entity == "conflict" and not row.deleted]
    shown = {row.fields["contender_value"] for row in cards}
    assert shown == ({"second"} if who == "mette" else {"second", "third"})


def _move_behind_the_others(cooperation: Cooperation, row_id: str) -> None:
    """Write a row anew, so that a table read from its beginning, or rows of an equal key, show it last."""
    with cooperation.server.connect() as connection:
        connection.execute("CREATE TEMP TABLE moved AS SELECT * FROM row WHERE row_id = %s", (row_id,))
        connection.execute("DELETE FROM row WHERE row_id = %s", (row_id,))
        connection.execute("INSERT INTO row SELECT * FROM moved")


def test_conflicts_are_closed_oldest_first_whichever_postgresql_finds_first(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    for number in (0, 1):
        mette.push(mette.update("person", person_id, {"note": f"{number}a", "phone": f"{number}1"}))
        jens.push(jens.update("person", person_id, {"note": f"{number}b", "phone": f"{number}2"}))
        opened = [row.row_id for row in jens.pull() if row.entity == "conflict" and not row.deleted]
        _move_behind_the_others(cooperation, opened[number])
        jens.push(jens.update("person", person_id, {"note": f"{number}c", "phone": f"{number}3"}))
        assert [row.row_id for row in jens.pull() if row.entity == "conflict"] == opened
        mette.pull()


@pytest.mark.parametrize("knows_it", [False, True])
def test_two_people_are_never_merged_into_one_another(cooperation: Cooperation, knows_it: bool) -> None:
    """Of two laptops that merge the same two, the first to arrive says who is kept; the rest of both stands."""
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    one, other = shared_person(mette, jens), shared_person(mette, jens)
    mette.push(mette.update("person", one, {"merged_into_id": other}))
    if knows_it:
        jens.pull()
    merging = jens.update("person", other, {"merged_into_id": one, "note": "It is the same"})
    assert outcomes(jens.push(merging)) == ["conflict"]
    for laptop in (mette, jens):
        laptop.pull()
        assert laptop.rows["person", one].fields["merged_into_id"] == other
        kept = laptop.rows["person", other].fields
        assert (kept.get("merged_into_id"), kept["note"]) == (None, "It is the same")
        (card,) = [row.fields for row in laptop.rows.values() if row.entity == "conflict"]
        assert (card["row_id"], card["field"], card["standing_value"], card["contender_value"]) == (
            other, "merged_into_id", None, one,
        )  # fmt: skip


def test_whom_a_merged_person_is_given_to_next_is_shown_too_until_it_was_heard_that_the_first_does_not_stand(
    cooperation: Cooperation,
) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    one, other, third = (shared_person(mette, jens) for _ in range(3))
    jens.push(jens.update("person", other, {"merged_into_id": None}))
    jens.pull()
    mette.push(mette.update("person", one, {"merged_into_id": other}))
    both = [jens.update("person", other, {"merged_into_id": into}) for into in (one, third)]
    assert outcomes(jens.push(*both)) == ["conflict", "conflict"]
    jens.pull()
    assert jens.rows["person", other].fields["merged_into_id"] is None
    cards = [row.fields["contender_value"] for row in jens.rows.values() if row.entity == "conflict"]
    assert sorted(cards) == sorted([one, third])
    assert outcomes(jens.push(jens.update("person", other, {"merged_into_id": third}))) == ["applied"]


def test_what_is_made_again_without_having_seen_that_it_was_deleted_is_told_as_merged(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    row_id, fields = new_id(), {"team_id": cooperation.north, "name": "Café Nord"}
    mette.push(mette.change("place", row_id, fields))
    jens.pull()
    jens.push(jens.change("place", row_id, {}, operation=Operation.DELETE, base=jens.rows["place", row_id].position))
    made_again = mette.change("place", row_id, {**fields, "name": "Café Syd"})
    assert outcomes(mette.push(made_again, mette.update("place", row_id, {"note": "Ring på"}))) == ["merged", "applied"]
    assert jens.pull()[-1].fields == {**fields, "name": "Café Syd", "note": "Ring på"}


def test_both_ways_in_one_batch_are_merged_one_way(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    one, other = shared_person(mette, jens), shared_person(mette, jens)
    both = [mette.update("person", row, {"merged_into_id": into}) for row, into in ((one, other), (other, one))]
    assert outcomes(mette.push(*both)) == ["applied", "conflict"]


def test_a_laptop_is_never_in_conflict_with_itself(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    person_id, changes = mette.person()
    edits = [mette.update("person", person_id, {"note": str(number)}, base=0) for number in range(3)]
    assert outcomes(mette.push(*changes, *edits)) == ["applied"] * 5
    mette.pull()
    assert mette.rows["person", person_id].fields["note"] == "2"


def test_the_same_natural_row_from_two_laptops_is_one_row(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    row_id = new_id()
    attended = {"person_id": person_id, "status": "present", "note": None}
    assert outcomes(mette.push(mette.change("attendance", row_id, attended))) == ["applied"]
    assert outcomes(jens.push(jens.change("attendance", row_id, attended))) == ["merged"]
    other = jens.change("attendance", row_id, {**attended, "status": "absent", "extra": 1})
    assert outcomes(jens.push(other)) == ["conflict"]
    mette.pull()
    assert mette.rows["attendance", row_id].fields == {**attended, "extra": 1}


def test_what_looks_new_and_is_not_is_found_and_the_rest_of_its_batch_is_taken(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    fact = {"person_id": person_id, "cigarettes": 20}
    first = mette.change("measurement", new_id(), fact)
    mette.push(first)
    jens.sequence = 1
    same_change = msgspec.structs.replace(first, sequence=1, actor=jens.account.user_id)
    same_row = jens.change("measurement", first.row_id, {**fact, "cigarettes": 5}, base=0)
    fresh = jens.change("measurement", new_id(), fact)
    answers = jens.push(same_change, same_row, fresh)
    assert [(answer.outcome.value, answer.code) for answer in answers] == [
        ("already-had", "applied"),
        ("refused", "fact-is-final"),
        ("applied", ""),
    ]
    assert answers[0].position == 3
    assert {row.row_id: row.fields["cigarettes"] for row in mette.pull() if row.entity == "measurement"} == {
        first.row_id: 20,
        fresh.row_id: 20,
    }
    assert mette.receipt().held == 3


def test_rows_made_edited_and_deleted_in_one_batch_stand_as_the_last_change_left_them(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id, changes = mette.person()
    places = [new_id() for _ in range(3)]
    made = [mette.change("place", place, {"team_id": cooperation.north, "name": 'a\\b\t\n"ø'}) for place in places]
    edited = mette.update("place", places[0], {"name": "Havnen"})
    gone = mette.change("place", places[1], {}, operation=Operation.DELETE)
    measured = mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    answers = mette.push(*changes, *made, edited, gone, measured)
    assert [(answer.outcome.value, answer.position) for answer in answers] == [("applied", at) for at in range(1, 9)]
    came = {row.row_id: row for row in jens.pull()}
    assert [row.position for row in came.values()] == [1, 2, 5, 6, 7, 8]
    assert came[places[0]].fields["name"] == "Havnen"
    assert came[places[1]].deleted
    assert came[places[2]].fields["name"] == 'a\\b\t\n"ø'
    assert outcomes(jens.push(jens.update("place", places[2], {"name": "Kajen"}))) == ["applied"]
    late = mette.update("place", places[2], {"name": "Broen"}, base=5)
    assert outcomes(mette.push(late)) == ["conflict"]


def test_a_row_that_an_operator_changes_while_a_batch_is_written_is_not_lost(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "old"})
    mette.push(place)
    mette.pull()
    body = codec.pack(
        PushRequest(database_id=mette.database_id, changes=[mette.update("place", place.row_id, {"name": "new"})])
    )
    with cooperation.server.connect() as operator, ThreadPoolExecutor(1) as pool:
        operator.execute("UPDATE row SET deleted = false WHERE row_id = %s", (place.row_id,))
        pushing = pool.submit(mette.send, "/v1/push", body)
        while operator.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            assert not pushing.done()
        operator.commit()
        # Written where it stands now, or asked to come back.
        assert pushing.result().status in (200, 503)
    assert mette.send("/v1/push", body).status == 200
    assert [row.fields["name"] for row in mette.pull()] == ["new"]


def test_one_poisoned_change_holds_up_no_good_one(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    person_id, changes = mette.person()
    fact = {"person_id": person_id, "cigarettes": 20}
    fact_id = new_id()
    poisoned = [
        (mette.change("spaceship", new_id(), {}), "unknown-entity"),
        (mette.change("spaceship\x00", new_id(), {}), "unknown-entity"),
        (mette.change("team", new_id(), {"name": "ours"}), "not-writable"),
        (mette.change("programme_version", new_id(), {"key": "x"}), "not-writable"),
        (mette.change("conflict", new_id(), {"person_id": person_id}), "not-writable"),
        (mette.change("measurement", new_id(), {"person_id": person_id, "note": "a\x00b"}), "unstorable"),
        (mette.change("measurement", new_id(), {"person_id": 7}), "bad-identifier"),
        (mette.change("measurement", new_id(), {}), "no-owner"),
        (mette.change("course", new_id(), {"team_id": cooperation.south}), "out-of-scope"),
        (mette.change("measurement", new_id(), fact, schema=99), "schema-too-new"),
        (mette.update("person", new_id(), {"note": "who?"}), "no-such-row"),
        (mette.update("measurement", fact_id, {"cigarettes": 1}), "fact-is-final"),
        (mette.change("measurement", fact_id, {}, operation=Operation.DELETE), "fact-is-final"),
        (mette.change("measurement", new_id(), {"person_id": person_id, "n": 2**80}, base=2**70), ""),
    ]
    last = mette.change("measurement", new_id(), fact)
    answers = mette.push(*changes, mette.change("measurement", fact_id, fact), *(bad for bad, _ in poisoned), last)
    assert [answer.code for answer in answers] == ["", "", "", *(code for _, code in poisoned), ""]
    assert all(answer.sentence for answer in answers if answer.outcome is Outcome.REFUSED)
    assert answers[-1].outcome is Outcome.APPLIED
    receipt = mette.receipt()
    assert (receipt.held, receipt.refused) == (5, 13)
    assert receipt.held + receipt.refused == receipt.through_sequence
    assert outcomes(mette.push(poisoned[0][0])) == ["refused"]


def test_what_follows_a_refused_person_is_refused_and_can_be_offered_again(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, (person, membership) = mette.person()
    too_new = msgspec.structs.replace(person, schema=99)
    assert [answer.code for answer in mette.push(too_new, membership)] == ["schema-too-new", "no-such-row"]
    assert outcomes(mette.push(person, membership)) == ["applied", "applied"]
    assert mette.receipt().refused == 0


def test_a_laptop_never_receives_a_row_of_another_team(cooperation: Cooperation) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    person_id, changes = mette.person()
    course = mette.change("course", new_id(), {"team_id": cooperation.north})
    stock = mette.change("stock_movement", new_id(), {"product": "patch", "quantity": 5})
    measured = mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    mette.push(*changes, course, stock, measured)
    programme = kirsten.change("programme_version", new_id(), {"key": "s2"})
    assert outcomes(kirsten.push(programme)) == ["applied"]
    assert [row.entity for row in sara.pull()] == ["programme_version"]
    assert sara.receipt().rows == {"programme_version": 1}
    assert "stock_movement" not in {row.entity for row in cooperation.laptop("jens").pull()}
    assert len(mette.pull()) == len(kirsten.pull()) == 6
    stolen = [
        sara.update("person", person_id, {"note": "?"}),
        sara.change("measurement", new_id(), {"person_id": person_id}),
        sara.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south}),
        sara.update("course", course.row_id, {"team_id": cooperation.south}),
        sara.change("course", course.row_id, {}, operation=Operation.DELETE),
    ]
    assert [answer.code for answer in sara.push(*stolen)] == ["out-of-scope"] * 5
    assert sara.pull() == []


def test_what_another_cooperation_has_under_the_same_keys_is_neither_seen_nor_touched(
    cooperation: Cooperation,
) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    person_id = shared_person(mette, jens)
    mette.push(mette.update("person", person_id, {"note": "first"}))
    assert outcomes(jens.push(jens.update("person", person_id, {"note": "second"}))) == ["conflict"]
    jens.pull()
    with cooperation.server.connect() as connection:
        elsewhere = Cooperation.make(connection, cooperation.server)
    stranger, counsellor = elsewhere.laptop("kirsten"), elsewhere.laptop("mette")
    latest = 10**9
    reached = [
        stranger.update("person", person_id, {"note": "ours"}, base=latest),
        stranger.change("person", person_id, {}, operation=Operation.DELETE, base=latest),
    ]
    assert [answer.code for answer in stranger.push(*reached)] == ["no-such-row"] * 2
    _, (person, membership) = counsellor.person()
    keyed_alike = [
        msgspec.structs.replace(person, row_id=person_id, fields={"person_id": person_id, "note": "another"}),
        msgspec.structs.replace(membership, fields={**membership.fields, "person_id": person_id}),
        counsellor.update("person", person_id, {"note": "still another"}, base=latest),
    ]
    assert outcomes(counsellor.push(*keyed_alike)) == ["applied"] * 3
    assert jens.pull() == []
    found = {row.entity: row for row in cooperation.laptop("jens").pull()}
    assert [(row.entity, row.deleted) for row in found.values()] == [(entity, False) for entity in found]
    assert (found["person"].fields["note"], found["conflict"].fields["contender_value"]) == ("first", "second")
    # Nor does an erasure reach beyond its own.
    kirsten.push(kirsten.change("erasure", new_id(), {"person_id": person_id, "manner": "erase"}))
    recorded = counsellor.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    assert outcomes(counsellor.push(recorded)) == ["applied"]
    came = {row.entity: row for row in elsewhere.laptop("jens").pull()}
    assert (came["person"].fields["note"], came["measurement"].fields["cigarettes"]) == ("still another", 20)
    elsewhere.http.clear()


def test_the_auditor_writes_nothing(cooperation: Cooperation) -> None:
    anders = cooperation.laptop("anders")
    assert [answer.code for answer in anders.push(*anders.person(team_id=cooperation.north)[1])] == [
        "not-writable",
        "not-writable",
    ]


def test_a_team_that_gains_a_person_receives_the_whole_history(cooperation: Cooperation) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    person_id, changes = mette.person()
    mette.push(*changes, mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20}))
    measured = [mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": n}) for n in range(9)]
    mette.push(*measured)
    sara.pull()
    assert sara.cursor == 12
    kirsten.pull()
    joined = kirsten.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south})
    assert outcomes(kirsten.push(joined)) == ["applied"]
    came = sara.pull(limit=1)
    assert Counter(row.entity for row in came) == {"measurement": 10, "membership": 2, "person": 1}
    # In the order in which it was written: who somebody is before what was recorded of them.
    written = [changes[0].row_id, changes[1].row_id, *(one.row_id for one in measured)]
    assert [row.row_id for row in came if row.row_id in written] == written
    mette.pull()
    positions = [row.position for row in mette.rows.values()]
    assert len(set(positions)) == len(positions)


def test_a_team_that_somebody_leaves_is_told_and_may_still_deliver_what_it_wrote(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    membership = next(row for row in jens.rows.values() if row.entity == "membership")
    mette.push(mette.update("membership", membership.row_id, {"left_on": "2026-03-03"}))
    offline = jens.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 12})
    assert outcomes(jens.push(offline)) == ["applied"]
    came = jens.pull()
    assert [(row.entity, row.fields["left_on"]) for row in came] == [("membership", "2026-03-03")]
    back = jens.update("membership", membership.row_id, {"left_on": None})
    assert [answer.code for answer in jens.push(back)] == ["out-of-scope"]


def test_a_deleted_row_is_a_tombstone_and_an_unseen_edit_of_it_is_shown(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    course = mette.change("course", new_id(), {"team_id": cooperation.north, "name": "a"})
    mette.push(course)
    mette.pull()
    jens.pull()
    removed = mette.change("course", course.row_id, {}, operation=Operation.DELETE, base=mette.cursor)
    assert outcomes(mette.push(removed)) == ["applied"]
    assert outcomes(jens.push(jens.update("course", course.row_id, {"name": "b"}))) == ["conflict"]
    came = jens.pull()
    assert [(row.entity, row.deleted) for row in came] == [("course", True), ("conflict", False)]
    assert came[0].fields == {}
    assert came[1].fields["contender_value"] == "b"
    late = jens.update("course", course.row_id, {"name": "c"}, base=jens.cursor)
    assert [answer.code for answer in jens.push(late)] == ["row-deleted"]


def test_what_one_laptop_does_to_a_row_stands_in_its_order_whatever_it_had_seen_each_time(
    cooperation: Cooperation,
) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    before = jens.cursor
    mette.push(mette.update("person", person_id, {"note": "first"}))
    jens.pull()
    blind = jens.update("person", person_id, {"phone": "1"}, base=before)
    answers = jens.push(blind, jens.update("person", person_id, {"phone": "2"}))
    assert outcomes(answers) == ["merged", "applied"]
    assert answers[0].position < answers[1].position
    (came,) = mette.pull()
    assert (came.fields["phone"], came.position) == ("2", answers[1].position)


def test_a_row_that_is_made_again_holds_only_what_was_said_anew(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    made = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "Havnen", "note": "Bank på"})
    mette.push(made, mette.change("place", made.row_id, {}, operation=Operation.DELETE))
    anew = {"team_id": cooperation.north, "name": "Kajen"}
    assert outcomes(mette.push(mette.change("place", made.row_id, anew))) == ["applied"]
    assert [row.fields for row in cooperation.laptop("jens").pull()] == [anew]


def test_the_first_word_in_a_field_that_nobody_had_said_is_told_as_the_first(cooperation: Cooperation) -> None:
    """As by a laptop of a later version, of a row that an earlier one made."""
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    mette.push(mette.update("person", person_id, {"address": "Kajen 1"}))
    (came,) = jens.pull()
    assert [(edit.before, edit.after) for edit in came.edits] == [({"address": None}, {"address": "Kajen 1"})]


@pytest.mark.parametrize(
    "said", [{"name": "a"}, {"address": "Kajen 1"}], ids=["what it said before", "what nobody had said"]
)
def test_whatever_is_written_into_a_row_that_was_deleted_unseen_is_shown(
    cooperation: Cooperation, said: dict[str, str]
) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "a"})
    mette.push(place)
    mette.pull()
    jens.pull()
    mette.push(mette.change("place", place.row_id, {}, operation=Operation.DELETE, base=mette.cursor))
    assert outcomes(jens.push(jens.update("place", place.row_id, said))) == ["conflict"]
    came = {row.entity: row for row in jens.pull()}
    assert came["place"].deleted
    card = came["conflict"].fields
    assert {card["field"]: card["contender_value"]} == said


def test_a_row_that_somebody_changed_is_not_deleted_unseen(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    course = mette.change("course", new_id(), {"team_id": cooperation.north, "name": "a"})
    mette.push(course)
    mette.pull()
    jens.pull()
    mette.push(mette.update("course", course.row_id, {"name": "b"}))
    removed = jens.change("course", course.row_id, {}, operation=Operation.DELETE, base=jens.cursor)
    assert outcomes(jens.push(removed)) == ["conflict"]
    jens.pull()
    assert jens.rows["course", course.row_id].fields["name"] == "b"


def test_fifty_pushes_that_overlap_are_each_seen_by_a_reader_who_never_looks_back(cooperation: Cooperation) -> None:
    laptops = [cooperation.laptop("mette"), cooperation.laptop("jens")]
    reader = cooperation.laptop("mette")
    failures: list[Exception] = []
    seen: list[str] = []
    for _ in range(50):
        together = threading.Barrier(3)

        def write(laptop: Laptop, together: threading.Barrier = together) -> None:
            try:
                batch = [laptop.change("place", new_id(), {"team_id": cooperation.north}) for _ in range(3)]
                together.wait()
                assert outcomes(laptop.push(*batch)) == ["applied"] * 3
            except (AssertionError, OSError) as problem:
                failures.append(problem)

        writers = [threading.Thread(target=write, args=(laptop,)) for laptop in laptops]
        for writer in writers:
            writer.start()
        together.wait()
        while any(writer.is_alive() for writer in writers):
            seen.extend(row.row_id for row in reader.pull(limit=2))
        for writer in writers:
            writer.join()
        seen.extend(row.row_id for row in reader.pull(limit=2))
        if failures:
            pytest.fail(repr(failures))
    assert len(seen) == len(set(seen)) == 300
    positions = sorted(row.position for row in reader.rows.values())
    assert positions == list(range(1, 301))
