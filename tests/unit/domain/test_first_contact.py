from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.first_contact import (
    CONTACT_CHANNELS,
    CONTACT_OUTCOMES,
    CONTACT_PURPOSES,
    REFERRAL_CHANNELS,
    SELF_CHANNELS,
    check_attempt,
    check_referral,
    first_call,
    is_self_referral,
    topics,
)
from app.domain.programmes import presets, programme_from_rules
from app.domain.working_days import WorkingDays
from app.errors import RuleRefusal

P = presets()
ACROSS, HEAVY, SHEET, GUIDE = (
    P[key] for key in ("roegfri_paa_tvaers", "storrygerindsats", "inspirationsark", "faa_hjaelp_til_rygestop")
)
CALENDAR = WorkingDays()
WEDNESDAY = date(2026, 4, 1)


def due(*programmes, received_on=WEDNESDAY):
    call = first_call(received_on, programmes, calendar=CALENDAR)
    return (call.due, call.rule.source) if call else None


def test_the_agreement_gives_two_working_days_and_the_others_a_week():
    assert due(ACROSS) == (date(2026, 4, 8), "S2")
    assert due(HEAVY) == (date(2026, 4, 8), "S1")
    assert due(SHEET, received_on=date(2026, 4, 10)) == (date(2026, 4, 17), "S4")
    assert due(ACROSS, received_on=date(2026, 4, 10)) == (date(2026, 4, 14), "S2")


def test_where_the_own_programme_is_silent_the_one_behind_it_says_the_deadline():
    assert due(GUIDE, ACROSS) == (date(2026, 4, 8), "S2")
    assert due(GUIDE) is None
    assert due() is None


def test_a_deadline_that_is_no_number_is_no_deadline():
    odd = programme_from_rules(
        {"first_contact_deadline": {"value": "soon", "unit": "days", "source": "S2", "valid_from": "2018-01-01"}}
    )
    assert due(odd) is None


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)))
def test_two_working_days_are_never_sooner_than_two_days(received_on):
    day, _source = due(ACROSS, received_on=received_on)
    assert day >= received_on + timedelta(days=2)
    assert CALENDAR.is_working_day(day)


def test_stoplinien_is_coming_by_oneself_in_the_agreement_and_a_referral_in_the_older_one():
    assert is_self_referral("stoplinien", ACROSS)
    assert not is_self_referral("stoplinien", HEAVY)
    assert not is_self_referral("staff", ACROSS)
    assert is_self_referral("own_contact", SHEET)
    assert not is_self_referral("gp", SHEET)


def test_the_first_calls_checklist_is_the_programmes_own():
    assert topics([ACROSS]) == ("motivation", "wishes", "options", "subsidy")
    assert topics([]) == ("motivation", "wishes", "options", "subsidy")
    own = programme_from_rules(
        {"first_contact_topics": {"value": ["wishes"], "unit": "list", "source": "own", "valid_from": "2026-01-01"}}
    )
    assert topics([own, ACROSS]) == ("wishes",)


@pytest.mark.parametrize("channel", [*REFERRAL_CHANNELS, *SELF_CHANNELS])
def test_every_channel_is_taken(channel):
    check_referral(channel, WEDNESDAY, today=WEDNESDAY)


def test_a_referral_from_tomorrow_or_by_pigeon_is_refused():
    with pytest.raises(RuleRefusal, match="future-date"):
        check_referral("mail", WEDNESDAY + timedelta(days=1), today=WEDNESDAY)
    with pytest.raises(RuleRefusal, match="unknown-channel"):
        check_referral("pigeon", WEDNESDAY, today=WEDNESDAY)


def test_an_attempt_is_made_of_known_words():
    check_attempt(CONTACT_CHANNELS[0], CONTACT_OUTCOMES[0], CONTACT_PURPOSES[0])
    for said, field in (
        (("pigeon", "reached", "other"), "channel"),
        (("phone", "maybe", "other"), "outcome"),
        (("phone", "reached", "fun"), "purpose"),
    ):
        with pytest.raises(RuleRefusal) as refusal:
            check_attempt(*said)
        assert refusal.value.parameters["field"] == field
