import pytest

from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.person import Membership, Person, RuleOverride
from app.models.smoking import Conflict
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.storage.queries.conflicts import conflict_cards
from tests.integration.services.courses import TODAY


def somebody(office, *, team="other-team", **fields):
    key = new_id(office.clock)
    office.add(
        Person(id=key, person_id=key, registered_at=office.clock.now(), **fields),
        Membership(id=natural_id("membership", key, team), person_id=key, team_id=team, joined_on=TODAY),
    )
    return key


def merge(office, duplicate, reason=""):
    return office.do(merge_people, MergePeople(office.person, duplicate, reason))


def unmerge(office, duplicate):
    with office.work() as work:
        return unmerge_people(duplicate, work=work)


def person(office, key):
    return office.rows(Person, Person.id == key)[0]


def teams(office, key):
    return {row.team_id for row in office.rows(Membership, Membership.person_id == key) if row.left_on is None}


def test_merging_points_at_the_one_that_is_kept_and_gives_both_the_teams_of_both(office):
    duplicate = somebody(office, given_name="Ole", phone="12 34 56 78")
    merge(office, duplicate)
    assert person(office, duplicate).merged_into_id == office.person
    assert teams(office, office.person) == teams(office, duplicate) == {office.team, "other-team"}


def test_of_one_person_told_in_three_teams_each_team_gets_all_three_and_gives_back_what_was_joined_last(office):
    second, third = somebody(office), somebody(office, team="third-team")
    merge(office, second)
    both = {office.team, "other-team"}
    merge(office, third)
    for key in (office.person, second, third):
        assert teams(office, key) == {*both, "third-team"}
    unmerge(office, third)
    assert teams(office, office.person) == teams(office, second) == both
    assert teams(office, third) == {"third-team"}
    unmerge(office, second)
    assert (teams(office, office.person), teams(office, second)) == ({office.team}, {"other-team"})


def test_the_kept_one_takes_what_they_lack_and_keeps_what_they_have(office):
    duplicate = somebody(
        office, given_name="Ole", nickname="Kap", identifier_kind="replacement", identifier="7103901234"
    )
    merge(office, duplicate)
    kept = person(office, office.person)
    assert (kept.given_name, kept.nickname) == ("Ole", "Kaptajnen")
    assert (kept.identifier_kind, kept.identifier) == ("replacement", "7103901234")


def test_undoing_leaves_the_two_exactly_as_they_were(office):
    duplicate = somebody(
        office, given_name="Ole", identifier_kind="replacement", identifier="7103901234", birth_date=TODAY
    )
    names = [column.key for column in Person.__table__.columns if column.key != "server_position"]

    def as_is(key):
        return {name: getattr(person(office, key), name) for name in names}

    before = as_is(office.person), as_is(duplicate), teams(office, office.person), teams(office, duplicate)
    merge(office, duplicate)
    unmerge(office, duplicate)
    assert (
        as_is(office.person), as_is(duplicate), teams(office, office.person), teams(office, duplicate)
    ) == before  # fmt: skip


def test_undoing_leaves_what_was_changed_since(office):
    duplicate = somebody(office, phone="12 34 56 78", given_name="Ole")
    merge(office, duplicate)
    with office.work() as work:
        work.session.get(Person, office.person).phone = "87 65 43 21"
        work.commit()
    unmerge(office, duplicate)
    kept = person(office, office.person)
    assert (kept.phone, kept.given_name) == ("87 65 43 21", "")


def test_a_team_that_both_had_stays_when_merging_is_undone(office):
    duplicate = somebody(office, team=office.team)
    merge(office, duplicate)
    unmerge(office, duplicate)
    assert teams(office, office.person) == teams(office, duplicate) == {office.team}


def test_a_team_that_was_left_is_joined_again_and_left_again(office):
    duplicate = somebody(office)
    key = natural_id("membership", office.person, "other-team")
    office.add(Membership(id=key, person_id=office.person, team_id="other-team", joined_on=TODAY, left_on=TODAY))
    merge(office, duplicate)
    assert "other-team" in teams(office, office.person)
    unmerge(office, duplicate)
    assert "other-team" not in teams(office, office.person)


def test_people_with_different_numbers_are_joined_only_with_a_reason(office):
    duplicate = somebody(office, identifier_kind="replacement", identifier="7103901234")
    with office.work() as work:
        work.session.get(Person, office.person).identifier = "6201804321"
        work.commit()
    with pytest.raises(RuleRefusal, match="merge-other-identifier") as refusal:
        merge(office, duplicate)
    assert refusal.value.parameters["overridable"] is True
    assert person(office, duplicate).merged_into_id is None
    merge(office, duplicate, "Erstatningsnummer fra akutmodtagelsen")
    (override,) = office.rows(RuleOverride)
    assert (override.rule, override.subject_id) == ("merge_same_identifier", duplicate)


def test_what_cannot_be_joined_is_refused(office):
    duplicate, third = somebody(office), somebody(office)
    with pytest.raises(RuleRefusal, match="same-person"):
        merge(office, office.person)
    with pytest.raises(RuleRefusal, match="no-such-person"):
        merge(office, "nobody")
    with pytest.raises(RuleRefusal, match="not-merged"):
        unmerge(office, duplicate)
    with pytest.raises(RuleRefusal, match="no-such-person"):
        unmerge(office, "nobody")
    merge(office, duplicate)
    with pytest.raises(RuleRefusal, match="already-merged"):
        office.do(merge_people, MergePeople(third, duplicate))
    with pytest.raises(RuleRefusal, match="already-merged"):
        office.do(merge_people, MergePeople(duplicate, third))


def test_a_card_about_a_row_that_was_merged_two_steps_away_stands_on_the_persons_page(office):
    first, second = somebody(office, given_name="Ole"), somebody(office, given_name="Olé")
    office.do(merge_people, MergePeople(first, second))
    merge(office, first)
    with office.store.session() as session:
        session.add(
            Conflict(
                id=new_id(office.clock), person_id=second, subject_entity="person", row_id=second, field="phone",
                standing_value="1", contender_value="2", change_id=new_id(office.clock),
            )
        )  # fmt: skip
        session.commit()
    (card,) = office.ask(conflict_cards, office.person)
    assert (card.standing, card.contender) == ("1", "2")
