"""A fact has one correction, however many laptops correct it without knowing of each other."""

import random
from typing import Any

import pytest

from app.sync.wire.messages import Change, Row
from server.accounts import set_teams
from tests.server.laptops import Cooperation, Laptop, new_id
from tests.server.test_exchange import shared_person


def a_portion(laptop: Laptop, person_id: str, quantity: int, corrects_id: str | None = None, **others: Any) -> Change:
    fields = {
        "person_id": person_id,
        "product": "patch_21",
        "quantity": quantity,
        "recorded_by": laptop.account.user_id,
        "corrects_id": corrects_id,
        "reason": "",
    }
    return laptop.change("handout", new_id(), fields | others)


def correction(laptop: Laptop, portion: Change, quantity: int, **others: Any) -> Change:
    """Return what a laptop puts in the place of a portion, or of what corrects one."""
    return a_portion(laptop, portion.fields["person_id"], quantity, portion.row_id, **others)


def stand(laptop: Laptop) -> list[int]:
    """Return the quantities of the portions that nothing corrects, as a laptop counts them."""
    laptop.pull()
    portions = [row for row in laptop.rows.values() if row.entity == "handout" and not row.deleted]
    corrected = {row.fields["corrects_id"] for row in portions}
    return sorted(row.fields["quantity"] for row in portions if row.row_id not in corrected)


def cards(laptop: Laptop) -> list[Row]:
    laptop.pull()
    return [row for row in laptop.rows.values() if row.entity == "conflict" and not row.deleted]


@pytest.fixture
def mette(cooperation: Cooperation) -> Laptop:
    return cooperation.laptop("mette")


@pytest.fixture
def jens(cooperation: Cooperation) -> Laptop:
    return cooperation.laptop("jens")


@pytest.fixture
def portion(mette: Laptop, jens: Laptop) -> Change:
    """Fourteen patches that Mette handed to somebody whom both know."""
    portion = a_portion(mette, shared_person(mette, jens), 14)
    mette.push(portion)
    jens.pull()
    return portion


def test_of_two_corrections_the_first_stands_and_both_are_told(mette: Laptop, jens: Laptop, portion: Change) -> None:
    of_mette, of_jens = (correction(one, portion, n) for one, n in ((mette, 7), (jens, 10)))
    mette.push(of_mette)
    answers = jens.push(of_jens)
    assert [answer.outcome.value for answer in answers] == ["applied"]
    for laptop in (mette, jens):
        assert stand(laptop) == [7]
        (card,) = cards(laptop)
        assert (card.fields["entity"], card.fields["row_id"], card.fields["field"]) == (
            "handout",
            of_mette.row_id,
            "corrects_id",
        )
        assert (card.fields["standing_value"], card.fields["contender_value"]) == (of_mette.row_id, of_jens.row_id)
        assert card.fields["standing_actor"] == mette.account.user_id


def test_two_who_correct_alike_are_asked_nothing(mette: Laptop, jens: Laptop, portion: Change) -> None:
    mette.push(correction(mette, portion, 0, reason="Never given"))
    jens.push(correction(jens, portion, 0, reason="Came back"))
    assert (stand(mette), cards(mette)) == ([0], [])


def test_who_corrects_again_before_hearing_of_the_other_changes_nothing_that_stands(
    mette: Laptop, jens: Laptop, portion: Change
) -> None:
    mette.push(correction(mette, portion, 7))
    once = correction(jens, portion, 10)
    jens.push(once, correction(jens, once, 11))
    assert stand(mette) == [7]
    assert stand(jens) == [7]


def test_what_each_put_in_its_place_in_the_end_is_on_one_card(mette: Laptop, jens: Laptop, portion: Change) -> None:
    for laptop, quantity in ((mette, 7), (jens, 10)):
        back = correction(laptop, portion, 0)
        last = correction(laptop, back, quantity)
        laptop.push(back, last)
        if laptop is mette:
            of_mette = last
    assert stand(mette) == stand(jens) == [7]
    (card,) = cards(mette)
    assert (card.fields["row_id"], card.fields["contender_value"]) == (of_mette.row_id, last.row_id)
    assert card.fields["standing_actor"] == mette.account.user_id


@pytest.mark.parametrize("is_twice", [False, True])
@pytest.mark.parametrize("again", [11, 7])
def test_a_second_correction_in_a_later_batch_makes_no_second_card_of_the_same_dispute(
    mette: Laptop, jens: Laptop, portion: Change, again: int, is_twice: bool
) -> None:
    of_mette = correction(mette, portion, 7)
    mette.push(of_mette)
    once = correction(jens, portion, 10)
    jens.push(once)
    assert [card.fields["contender_value"] for card in cards(mette)] == [once.row_id]
    between = [correction(jens, once, 12)] if is_twice else []
    last = correction(jens, (between or [once])[0], again)
    jens.push(*between, last)
    # Where both mean the same in the end, nobody is asked any more.
    wanted = [] if again == 7 else [(of_mette.row_id, last.row_id)]
    for laptop in (mette, jens):
        assert stand(laptop) == [7]
        assert [(card.fields["row_id"], card.fields["contender_value"]) for card in cards(laptop)] == wanted


def test_of_three_who_correct_one_fact_each_has_a_card_of_their_own(
    cooperation: Cooperation, mette: Laptop, jens: Laptop, portion: Change
) -> None:
    kirsten = cooperation.laptop("kirsten")
    for laptop, quantity in ((mette, 7), (jens, 10), (kirsten, 12)):
        last = correction(laptop, portion, quantity)
        laptop.push(last)
    once_more = correction(kirsten, last, 13)
    kirsten.push(once_more)
    assert stand(mette) == [7]
    told = {card.fields["contender_actor"]: card.fields["contender_value"] for card in cards(mette)}
    assert len(cards(mette)) == 2
    assert told[kirsten.account.user_id] == once_more.row_id


def test_what_one_author_corrected_on_two_laptops_is_two_disputes(
    cooperation: Cooperation, mette: Laptop, jens: Laptop, portion: Change
) -> None:
    elsewhere = cooperation.laptop("jens")
    mette.push(correction(mette, portion, 7))
    told = [correction(laptop, portion, quantity) for laptop, quantity in ((jens, 10), (elsewhere, 12))]
    for laptop, one in zip((jens, elsewhere), told, strict=True):
        laptop.push(one)
    assert stand(mette) == [7]
    assert {card.fields["contender_value"] for card in cards(mette)} == {one.row_id for one in told}


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("is_kept", [True, False])
def test_corrections_on_two_rows_of_one_person_are_of_one_fact(
    mette: Laptop, jens: Laptop, is_kept: bool, at_once: bool
) -> None:
    kept, other = shared_person(mette, jens), shared_person(mette, jens)
    mine, theirs = (kept, other) if is_kept else (other, kept)
    portion = a_portion(mette, theirs, 14)
    mette.push(portion)
    jens.push(a_portion(jens, theirs, 10, portion.row_id))
    # Mette joins the two, and corrects what stands on the page of both.
    joined = mette.update("person", other, {"merged_into_id": kept}, base=100)
    corrected = a_portion(mette, mine, 7, portion.row_id)
    for batch in ([joined, corrected],) if at_once else ([joined], [corrected]):
        mette.push(*batch)
    for laptop in (mette, jens):
        assert stand(laptop) == [10]
        assert len(cards(laptop)) == 1


def test_a_fact_of_somebody_whom_a_laptop_never_saw_is_corrected_by_none_of_its_own(
    cooperation: Cooperation, mette: Laptop, jens: Laptop, portion: Change
) -> None:
    """Where all is read together, as in reports, what names a fact as corrected takes its place, whomever it names."""
    sara = cooperation.laptop("sara")
    own, changes = sara.person()
    sara.push(*changes)
    beside = a_portion(sara, own, 1, portion.row_id)
    assert [answer.code for answer in sara.push(beside)] == ["out-of-scope"]
    assert stand(cooperation.laptop("kirsten")) == [14]
    # What jens corrected while the person was his is taken after he has left the team.
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["jens"], [cooperation.south])
    assert [answer.outcome for answer in jens.push(correction(jens, portion, 10))] == ["applied"]
    assert stand(mette) == [10]


def test_a_card_says_so_where_one_took_back_what_another_changed(mette: Laptop, jens: Laptop, portion: Change) -> None:
    back = correction(mette, portion, 0)
    mette.push(back, correction(mette, back, 7))
    of_jens = correction(jens, portion, 0)
    jens.push(of_jens)
    assert stand(mette) == stand(jens) == [7]
    assert [card.fields["contender_value"] for card in cards(jens)] == [of_jens.row_id]


def test_whoever_has_heard_of_the_other_corrects_what_stands(mette: Laptop, jens: Laptop, portion: Change) -> None:
    of_mette = correction(mette, portion, 7)
    mette.push(of_mette)
    jens.push(correction(jens, portion, 10))
    jens.push(correction(jens, of_mette, 12))
    assert stand(mette) == [12]


def test_a_correction_that_is_told_again_is_no_other_fact(
    cooperation: Cooperation, mette: Laptop, jens: Laptop, portion: Change
) -> None:
    of_mette = correction(mette, portion, 7)
    mette.push(of_mette)
    jens.push(correction(jens, portion, 10))
    again = mette.change("handout", of_mette.row_id, of_mette.fields)
    (answer,) = mette.push(again)
    assert answer.outcome.value in ("applied", "merged")
    assert stand(mette) == stand(jens) == stand(cooperation.laptop("kirsten")) == [7]


def test_two_corrections_far_apart_in_one_batch_are_one_that_stands(
    mette: Laptop, jens: Laptop, portion: Change
) -> None:
    first, last = (correction(jens, portion, n) for n in (7, 10))
    between = [a_portion(jens, portion.fields["person_id"], 1000 + n) for n in range(700)]
    jens.push(first, *between, last)
    assert stand(mette)[0] == 7
    assert 10 not in stand(mette)


def test_corrections_that_correct_one_another_in_a_circle_hold_up_nothing(
    mette: Laptop, jens: Laptop, portion: Change
) -> None:
    """No laptop of ours sends such; an answer comes all the same, for whoever sent it and for all who wait behind."""
    one = correction(mette, portion, 7)
    other = correction(mette, one, 8)
    one.fields["corrects_id"] = other.row_id
    mette.push(one, other)
    mette.push(correction(mette, one, 9), correction(mette, other, 10))
    assert [answer.outcome.value for answer in jens.push(correction(jens, portion, 11))] == ["applied"]


def test_corrections_of_what_is_nobodys_own_are_found_too(mette: Laptop, jens: Laptop) -> None:
    team_id = mette.account.team_ids[0]

    def counted(laptop: Laptop, visitors: int, corrects_id: str | None = None) -> Change:
        fields = {"team_id": team_id, "visitors": visitors, "corrects_id": corrects_id}
        return laptop.change("outreach_visit", new_id(), fields)

    visit = counted(mette, 5)
    mette.push(visit)
    of_mette = counted(mette, 6, visit.row_id)
    mette.push(of_mette)
    of_jens = counted(jens, 7, visit.row_id)
    jens.push(of_jens)
    jens.pull()
    assert jens.rows["outreach_visit", of_mette.row_id].fields["corrects_id"] == of_jens.row_id
    assert [card.fields["team_id"] for card in cards(jens)] == [team_id]


@pytest.mark.parametrize("seed", range(6))
def test_whoever_corrects_what_and_when_one_stands_for_each_fact_and_all_count_the_same(
    cooperation: Cooperation, seed: int
) -> None:
    chance = random.Random(seed)
    laptops = [cooperation.laptop(name) for name in ("mette", "jens", "kirsten")]
    person_id = shared_person(*laptops[:2])
    laptops[0].push(*(a_portion(laptops[0], person_id, 100 * n) for n in range(1, 4)))
    own: list[dict[str, Change]] = [{} for _ in laptops]
    waiting: list[list[Change]] = [[] for _ in laptops]
    for number in range(40):
        which = chance.randrange(len(laptops))
        laptop = laptops[which]
        match chance.choice(("correct", "correct", "push", "pull")):
            case "push" if waiting[which]:
                laptop.push(*waiting[which])
                waiting[which].clear()
            case "pull":
                laptop.pull()
            case "correct":
                # As the laptop sees it: what it was told, and on top what it has written itself.
                seen = {row.row_id: row.fields for row in laptop.rows.values() if row.entity == "handout"}
                seen = {key: change.fields for key, change in own[which].items()} | seen
                corrected = {fields["corrects_id"] for fields in seen.values()}
                if standing := sorted(seen.keys() - corrected):
                    change = a_portion(laptop, person_id, number, chance.choice(standing))
                    own[which][change.row_id] = change
                    waiting[which].append(change)
    for laptop, left in zip(laptops, waiting, strict=True):
        if left:
            laptop.push(*left)
    counted = [stand(laptop) for laptop in laptops]
    assert counted[0] == counted[1] == counted[2]
    assert len(counted[0]) == 3
    told = [row.fields["corrects_id"] for row in laptops[0].rows.values() if row.entity == "handout"]
    corrections = [key for key in told if key is not None]
    assert len(set(corrections)) == len(corrections) > 0
