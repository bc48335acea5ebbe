from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outcomes import (
    ANSWERS,
    ClosingReason,
    Denominator,
    OutcomeSaid,
    Verification,
    check_outcome,
    co_speaks_against,
    counts_in,
    verification,
)
from app.errors import RuleRefusal

JOINED, STOP, TODAY = date(2026, 1, 12), date(2026, 2, 9), date(2026, 8, 10)
SAID = OutcomeSaid("six_months", TODAY, "yes", "no", self_report_on=TODAY, co_ppm=4, cigarettes_per_day=0)


@pytest.mark.parametrize(
    ("smoke_free", "co", "known"),
    [
        ("yes", 9.9, Verification.VERIFIED),
        ("yes", 10, Verification.SELF_REPORTED),
        ("yes", None, Verification.SELF_REPORTED),
        ("no", 2, Verification.SMOKES),
        ("not_asked", 2, Verification.UNKNOWN),
        ("does_not_want", None, Verification.UNKNOWN),
    ],
)
def test_a_low_reading_verifies_a_yes_and_nothing_else(smoke_free, co, known):
    assert verification(smoke_free, co) is known


def test_the_threshold_is_a_setting():
    assert verification("yes", 7, below=6) is Verification.SELF_REPORTED


def test_a_high_reading_speaks_against_a_yes_and_takes_nothing_away():
    assert co_speaks_against("yes", 12)
    assert verification("yes", 12) is Verification.SELF_REPORTED
    assert not co_speaks_against("yes", 4)
    assert not co_speaks_against("yes", None)
    assert not co_speaks_against("no", 30)


@given(st.sampled_from(ANSWERS), st.none() | st.floats(0, 250))
def test_a_reading_only_ever_upgrades(smoke_free, co):
    without, with_reading = verification(smoke_free, None), verification(smoke_free, co)
    assert with_reading is without or (without, with_reading) == (Verification.SELF_REPORTED, Verification.VERIFIED)


def check(said, stop_on=STOP):
    check_outcome(said, joined_on=JOINED, stop_on=stop_on, today=TODAY)


def test_an_outcome_that_can_be_is_let_through():
    check(SAID)
    check(SAID, stop_on=None)
    check(OutcomeSaid("end", JOINED, satisfaction=5))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"assessed_on": TODAY + timedelta(days=1)}, "future-date", "assessed_on"),
        ({"assessed_on": JOINED - timedelta(days=1)}, "outcome-before-joining", "assessed_on"),
        ({"assessed_on": STOP - timedelta(days=1)}, "follow-up-before-stop-date", "assessed_on"),
        (
            {"time_point": "four_weeks", "assessed_on": STOP - timedelta(days=1)},
            "follow-up-before-stop-date",
            "assessed_on",
        ),
        ({"self_report_on": None}, "self-report-needed", "self_report_on"),
        ({"self_report_on": TODAY + timedelta(days=1)}, "self-report-after-assessment", "self_report_on"),
        ({"co_ppm": -1}, "co-out-of-range", "co_ppm"),
        ({"co_ppm": 251}, "co-out-of-range", "co_ppm"),
        ({"cigarettes_per_day": 201, "smoke_free": "no"}, "too-many-cigarettes", "cigarettes_per_day"),
        ({"cigarettes_per_day": 3}, "smokes-and-smoke-free", "cigarettes_per_day"),
        ({"satisfaction": 0}, "satisfaction-out-of-range", "satisfaction"),
        ({"satisfaction": 6}, "satisfaction-out-of-range", "satisfaction"),
        ({"smoke_free": "maybe"}, "unknown-answer", "smoke_free"),
        ({"nicotine_free": ""}, "unknown-answer", "nicotine_free"),
        ({"time_point": "later"}, "unknown-answer", "time_point"),
        ({"source": "rumour"}, "unknown-answer", "source"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(change, code, field):
    with pytest.raises(RuleRefusal, match=code) as refused:
        check(replace(SAID, **change))
    assert refused.value.parameters["field"] == field


@given(st.dates(JOINED - timedelta(days=400), TODAY + timedelta(days=400)))
def test_a_follow_up_is_taken_from_the_stop_date_to_today_and_on_no_other_day(day):
    said = replace(SAID, assessed_on=day, self_report_on=day)
    if STOP <= day <= TODAY:
        check(said)
    else:
        with pytest.raises(RuleRefusal):
            check(said)


def test_reasons_keep_the_denominators_right():
    left_out = {
        denominator: {reason for reason in ClosingReason if not counts_in(denominator, reason)}
        for denominator in Denominator
    }
    moved, withdrawn = ClosingReason.MOVED_COURSE, ClosingReason.CONSENT_WITHDRAWN
    assert left_out == {
        Denominator.ENROLLED: {moved},
        Denominator.REGISTERED: {moved, withdrawn},
        Denominator.FOLLOWED: {moved, withdrawn, ClosingReason.DECEASED, ClosingReason.MOVED_ABROAD},
    }
    assert all(counts_in(denominator, "") for denominator in Denominator)
