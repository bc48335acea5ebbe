"""Whom somebody may be joined with: nobody whom the laptop never saw, whatever identifiers its user knows."""

import pytest

from app.sync.wire.messages import OFFERED, Operation
from server.accounts import set_teams
from tests.server.laptops import Cooperation, Laptop, new_id
from tests.server.test_corrections import a_portion, correction
from tests.server.test_exchange import outcomes


@pytest.fixture
def mette(cooperation: Cooperation) -> Laptop:
    return cooperation.laptop("mette")


@pytest.fixture
def sara(cooperation: Cooperation) -> Laptop:
    return cooperation.laptop("sara")


def somebody(laptop: Laptop) -> str:
    """Register a person in the laptop's first team and return who it is."""
    person_id, changes = laptop.person()
    laptop.push(*changes)
    laptop.pull()
    return person_id


def joined_with(laptop: Laptop, person_id: str) -> object:
    laptop.pull()
    return laptop.rows["person", person_id].fields.get("merged_into_id")


def cards(laptop: Laptop, person_id: str) -> list[tuple[object, ...]]:
    """Return what the cards on a person's page say."""
    laptop.pull()
    found = [row for row in laptop.rows.values() if row.entity == "conflict" and not row.deleted]
    names = ("field", "standing_value", "contender_value", "contender_actor")
    return [tuple(row.fields[name] for name in names) for row in found if row.fields["person_id"] == person_id]


def test_nobody_is_joined_with_somebody_whom_the_laptop_never_saw(
    cooperation: Cooperation, mette: Laptop, sara: Laptop
) -> None:
    own, other = somebody(mette), somebody(sara)
    portion = a_portion(sara, other, 14)
    of_sara = correction(sara, portion, 10)
    sara.push(portion, of_sara)
    sara.pull()
    taken = mette.update("person", own, {"merged_into_id": other, "merge_took": ["phone"], "note": "The same"})
    # With the two joined, a correction that stands with one would give way to one that is told with the other.
    in_its_place = a_portion(mette, own, 1, portion.row_id)
    assert outcomes(mette.push(taken, in_its_place)) == ["conflict", "refused"]
    assert sara.pull() == []
    for laptop in (mette, cooperation.laptop("jens"), cooperation.laptop("kirsten")):
        assert joined_with(laptop, own) is None
        assert laptop.rows["person", own].fields["note"] == "The same"
        assert cards(laptop, own) == [("merged_into_id", None, other, mette.account.user_id)]
    receipt = mette.receipt()
    assert (receipt.held, receipt.refused) == (3, 1)
    # Having seen the card changes nothing, and leaves one card.
    again = mette.update("person", own, {"merged_into_id": other}, base=mette.cursor)
    assert outcomes(mette.push(again)) == ["conflict"]
    assert joined_with(mette, own) is None
    assert len(cards(mette, own)) == 1


@pytest.mark.parametrize("base", [0, OFFERED])
def test_whoever_is_made_with_such_a_joining_is_made_without_it(
    cooperation: Cooperation, mette: Laptop, sara: Laptop, base: int
) -> None:
    other, own = somebody(sara), new_id()
    fields = {"person_id": own, "given_name": "Bo", "merged_into_id": other, "note": ""}
    membership = {"person_id": own, "team_id": cooperation.north, "joined_on": "2026-03-02", "left_on": None}
    made = [mette.change("person", own, fields, base=base), mette.change("membership", new_id(), membership)]
    said = mette.change("measurement", new_id(), {"person_id": own, "cigarettes": 20})
    assert outcomes(mette.push(*made, said)) == ["conflict", "applied", "applied"]
    assert joined_with(mette, own) is None
    assert mette.rows["person", own].fields["given_name"] == "Bo"
    assert cards(mette, own) == [("merged_into_id", None, other, mette.account.user_id)]
    assert sara.pull() == []


def test_whoever_is_made_again_with_such_a_joining_is_made_again_without_it(mette: Laptop, sara: Laptop) -> None:
    own, other = somebody(mette), somebody(sara)
    mette.push(mette.change("person", own, {}, operation=Operation.DELETE, base=mette.rows["person", own].position))
    again = mette.change("person", own, {"person_id": own, "given_name": "Bo", "merged_into_id": other})
    assert outcomes(mette.push(again)) == ["conflict"]
    assert joined_with(mette, own) is None
    assert mette.rows["person", own].fields["given_name"] == "Bo"
    assert cards(mette, own) == [("merged_into_id", None, other, mette.account.user_id)]


def test_who_is_nobodys_yet_is_joined_by_the_laptop_that_registered_them_alone(mette: Laptop, sara: Laptop) -> None:
    own, other = somebody(mette), new_id()
    sara.push(sara.change("person", other, {"person_id": other, "given_name": "Bo"}))
    assert outcomes(mette.push(mette.update("person", own, {"merged_into_id": other}))) == ["conflict"]
    mette.pull()
    # Registered and joined in one batch, before any team is named.
    third = new_id()
    registered = mette.change("person", third, {"person_id": third, "given_name": "Bo"})
    assert outcomes(mette.push(registered, mette.update("person", own, {"merged_into_id": third}))) == ["applied"] * 2


def test_a_joining_that_was_made_before_its_laptop_or_the_person_left_the_team_is_taken(
    cooperation: Cooperation, mette: Laptop
) -> None:
    own, kept = somebody(mette), somebody(mette)
    (membership,) = [
        row for row in mette.rows.values() if row.entity == "membership" and row.fields["person_id"] == kept
    ]
    jens = cooperation.laptop("jens")
    jens.pull()
    jens.push(jens.update("membership", membership.row_id, {"left_on": "2026-03-03"}))
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    assert outcomes(mette.push(mette.update("person", own, {"merged_into_id": kept}))) == ["applied"]
    assert joined_with(cooperation.laptop("kirsten"), own) == kept


def test_a_joining_that_stands_is_told_again_and_lets_the_row_be_edited_by_who_sees_one_of_the_two(
    cooperation: Cooperation, mette: Laptop, sara: Laptop
) -> None:
    own, other, kirsten = somebody(mette), somebody(sara), cooperation.laptop("kirsten")
    kirsten.pull()
    assert outcomes(kirsten.push(kirsten.update("person", own, {"merged_into_id": other}))) == ["applied"]
    mette.pull()
    told_again = mette.update("person", own, {"merged_into_id": other, "note": "Ring"})
    assert outcomes(mette.push(told_again, mette.update("person", own, {"merged_into_id": None}))) == ["applied"] * 2
    assert joined_with(mette, own) is None
    assert mette.rows["person", own].fields["note"] == "Ring"


def test_a_joining_with_whom_the_server_does_not_know_is_taken(mette: Laptop) -> None:
    """After a restore the laptop that registered them may yet come, or tell it only of whom the first may not hold."""
    own, lost = new_id(), new_id()
    fields = {"person_id": own, "given_name": "Bo", "merged_into_id": lost}
    assert outcomes(mette.push(mette.change("person", own, fields, base=OFFERED))) == ["applied"]
    assert cards(mette, own) == []
