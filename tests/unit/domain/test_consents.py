from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.consents import (
    Answer,
    Capacity,
    ConsentFact,
    Kind,
    Use,
    allows,
    capacity,
    hindrances,
    missing,
    standing,
    stops,
)

DAY = date(2026, 3, 2)


def said(number, kind, answer, *, days=0, **more):
    return ConsentFact(f"{number:04}", kind, answer, DAY + timedelta(days=days), **more)


def test_not_asked_is_not_no_but_opens_nothing():
    stands = standing([])
    assert {found.answer for found in stands.values()} == {Answer.NOT_ASKED}
    assert missing(stands) == tuple(Kind)
    assert not any(allows(stands, use) for use in Use)


@pytest.mark.parametrize("manner", ["oral", "written"])
def test_a_yes_counts_however_it_was_given(manner):
    stands = standing([said(1, "sms", "given", manner=manner)])
    assert allows(stands, Use.TEXT)
    assert stands[Kind.SMS].manner == manner


def test_the_national_database_takes_a_yes_only_once_the_information_was_handed_over():
    oral = said(1, "stopbasen", "given")
    assert hindrances(standing([oral]), Use.REGISTER_NATIONALLY) == ((Kind.STOPBASEN, "no_information"),)
    informed = said(2, "stopbasen", "given", days=7, information_given=True)
    assert allows(standing([oral, informed]), Use.REGISTER_NATIONALLY)


def test_information_that_was_handed_over_stays_handed_over():
    facts = [said(1, "stopbasen", "declined", information_given=True), said(2, "stopbasen", "given", days=7)]
    assert allows(standing(facts), Use.REGISTER_NATIONALLY)


def test_a_withdrawal_counts_from_its_day_and_not_before():
    facts = [said(1, "letter_gp", "given"), said(2, "letter_gp", "withdrawn", days=30)]
    assert allows(standing(facts, on=DAY + timedelta(days=29)), Use.WRITE_TO_GP)
    assert hindrances(standing(facts), Use.WRITE_TO_GP) == ((Kind.LETTER_GP, "withdrawn"),)


def test_of_two_answers_of_one_day_the_later_recorded_counts():
    facts = [said(2, "sms", "declined"), said(1, "sms", "given")]
    assert standing(facts)[Kind.SMS].answer is Answer.DECLINED


def test_a_corrected_answer_was_never_said():
    facts = [said(1, "sms", "declined", days=1), said(2, "sms", "given", corrects_id="0001")]
    assert standing(facts)[Kind.SMS].answer is Answer.GIVEN


def test_what_this_version_does_not_know_says_nothing():
    stands = standing([said(1, "newsletter", "given"), said(2, "sms", "perhaps")])
    assert missing(stands) == tuple(Kind)


def test_what_each_withdrawal_stops():
    assert {kind: stops(kind) for kind in Kind} == {
        Kind.STOPBASEN: (Use.REGISTER_NATIONALLY, Use.REPORT_FOLLOW_UP),
        Kind.CONTACT_SIX_MONTHS: (Use.CALL_AFTER_SIX_MONTHS, Use.REPORT_FOLLOW_UP),
        Kind.LETTER_GP: (Use.WRITE_TO_GP,),
        Kind.SMS: (Use.TEXT,),
    }


def test_a_follow_up_is_reported_only_where_both_were_said_yes_to():
    yes = [said(1, "stopbasen", "given", information_given=True), said(2, "contact_six_months", "given")]
    assert allows(standing(yes), Use.REPORT_FOLLOW_UP)
    assert allows(standing(yes[1:]), Use.CALL_AFTER_SIX_MONTHS)
    assert not allows(standing(yes[1:]), Use.REPORT_FOLLOW_UP)


@pytest.mark.parametrize(
    ("age", "who"),
    [
        (None, Capacity.SELF),
        (18, Capacity.SELF),
        (17, Capacity.SELF_IF_MATURE),
        (15, Capacity.SELF_IF_MATURE),
        (14, Capacity.GUARDIAN),
    ],
)
def test_from_fifteen_the_young_person_consents_where_the_counsellor_judges_them_mature(age, who):
    assert capacity(age) is who


FACTS = st.lists(
    st.builds(
        said,
        st.integers(0, 99),
        st.sampled_from([kind.value for kind in Kind]),
        st.sampled_from(["given", "declined", "withdrawn"]),
        days=st.integers(0, 400),
        information_given=st.booleans(),
    ),
    unique_by=lambda fact: fact.id,
)


@given(FACTS, st.integers(0, 400))
def test_how_it_stands_on_a_day_does_not_change_with_what_is_said_later_nor_with_the_order_of_reading(facts, days):
    on = DAY + timedelta(days=days)
    until = [fact for fact in facts if fact.answered_on <= on]
    assert standing(facts, on=on) == standing(until) == standing(reversed(until))


@given(FACTS, st.sampled_from(Kind))
def test_withdrawing_stops_exactly_what_it_says(facts, kind):
    before = standing(facts)
    after = standing([*facts, said(9999, kind.value, "withdrawn", days=500)])
    for use in Use:
        assert allows(after, use) == (allows(before, use) and use not in stops(kind))
