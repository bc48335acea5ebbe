from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.follow_up import (
    AgreedStop,
    Attempt,
    FollowUpRules,
    Stage,
    Window,
    counted_from,
    effort,
    follow_up,
    rules_from,
    window,
)

STOP = date(2025, 8, 31)
OPENS, CLOSES = date(2026, 1, 31), date(2026, 3, 31)
DAYS = st.dates(date(2000, 1, 1), date(2070, 1, 1))


def call(day, hour=10, *, result="no_answer", channel="phone"):
    return Attempt(datetime.combine(day, time(hour)), result, channel)


def calls(*hours):
    return [call(OPENS + timedelta(days=number), hour) for number, hour in enumerate(hours)]


def stands(*, today=OPENS, **change):
    given_facts = {
        "counted": STOP,
        "attempts": [],
        "may_contact": True,
        "is_deceased": False,
        "answered_on": None,
        "missing_reason": "",
    }
    return follow_up(**{**given_facts, **change}, today=today)


def test_six_months_after_the_last_of_august_is_the_last_of_february():
    assert window(STOP) == Window(OPENS, date(2026, 2, 28), CLOSES)


@given(DAYS)
def test_a_window_holds_the_day_it_is_meant_for_and_never_the_stop_date(stop):
    found = window(stop)
    assert found.holds(found.opens_on)
    assert found.holds(found.due_on)
    assert found.holds(found.closes_on)
    assert not found.holds(stop)
    assert 58 <= (found.closes_on - found.opens_on).days <= 62


def test_a_programme_may_ask_for_other_numbers():
    assert rules_from({}) == FollowUpRules(6, 1, 4, 1, time(17))
    own = {
        "follow_up_after": 3,
        "follow_up_margin": 0,
        "follow_up_attempts_least": 2,
        "follow_up_evening_attempts_least": 0,
        "follow_up_evening_from": "18:30",
    }
    assert rules_from(own) == FollowUpRules(3, 0, 2, 0, time(18, 30))


def test_the_last_stop_date_of_the_course_counts():
    first = AgreedStop(date(2026, 2, 2), date(2026, 1, 20))
    second = AgreedStop(date(2026, 3, 9), date(2026, 2, 24))
    brought_forward = AgreedStop(date(2026, 3, 2), date(2026, 2, 26))
    afterwards = AgreedStop(date(2026, 9, 1), date(2026, 8, 1))
    last_year = AgreedStop(date(2025, 3, 3), date(2025, 2, 1))
    own = {"since": date(2026, 1, 1), "closed_on": date(2026, 4, 1)}
    assert counted_from([first, second, brought_forward, afterwards, last_year], **own) == (
        date(2026, 3, 2),
        "stop_date",
    )
    assert counted_from([last_year, afterwards], **own) == (date(2026, 4, 1), "closing")
    assert counted_from([], since=None, closed_on=None) is None
    earlier_after_all = AgreedStop(date(2026, 2, 23), brought_forward.agreed_on)
    assert counted_from([first, brought_forward, earlier_after_all]) == (earlier_after_all.stop_on, "stop_date")
    common = date(2026, 2, 1)
    assert counted_from([first], common=common) == (first.stop_on, "stop_date")
    assert counted_from([last_year, afterwards], common=common, **own) == (common, "stop_date")


def test_four_days_and_one_of_them_in_the_evening_are_enough():
    tried = effort(calls(10, 11, 12, 17), window(STOP))
    assert (tried.days, tried.evenings, tried.is_enough, tried.is_reached) == (4, 1, True, False)


@pytest.mark.parametrize(
    ("attempts", "days_missing", "evenings_missing"),
    [
        ([], 4, 1),
        (calls(10, 11, 12, 16), 0, 1),
        (calls(17, 18, 19), 1, 0),
        ([call(OPENS, hour) for hour in (9, 11, 13, 18)], 3, 0),
        ([call(OPENS - timedelta(days=day), 18) for day in (1, 2, 3, 4)], 4, 1),
        ([call(OPENS + timedelta(days=day), 18, channel="sms") for day in range(4)], 4, 1),
    ],
)
def test_calls_of_one_day_before_the_window_or_by_other_means_do_not_make_four(
    attempts, days_missing, evenings_missing
):
    tried = effort(attempts, window(STOP))
    assert (tried.days_missing, tried.evenings_missing) == (days_missing, evenings_missing)
    assert not tried.is_enough


@given(st.lists(st.tuples(st.integers(-20, 80), st.integers(8, 21))))
def test_one_more_call_never_makes_the_effort_smaller(made):
    attempts = [call(OPENS + timedelta(days=days), hour) for days, hour in made]
    whole, less = effort(attempts, window(STOP)), effort(attempts[1:], window(STOP))
    assert whole.days >= less.days
    assert whole.days_missing <= less.days_missing
    assert whole.evenings <= whole.days


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ({"counted": None}, Stage.NO_DATE),
        ({"counted": None, "may_contact": False}, Stage.NOT_ALLOWED),
        ({"counted": None, "is_deceased": True}, Stage.OUT),
        ({"may_contact": False}, Stage.NOT_ALLOWED),
        ({"is_deceased": True, "may_contact": False}, Stage.OUT),
        ({"today": OPENS - timedelta(days=1)}, Stage.WAITING),
        ({"today": OPENS}, Stage.DUE),
        ({"today": CLOSES}, Stage.DUE),
        ({"today": CLOSES + timedelta(days=1)}, Stage.TOO_LATE),
        ({"attempts": calls(10, 11, 12, 17)}, Stage.MAY_GIVE_UP),
        ({"answered_on": OPENS, "may_contact": False}, Stage.ANSWERED),
        ({"missing_reason": "declined", "today": CLOSES + timedelta(days=9)}, Stage.GIVEN_UP),
    ],
)
def test_where_a_follow_up_stands(change, stage):
    assert stands(**change).stage is stage


def test_nobody_is_called_twice_on_one_day():
    assert stands().call_on == OPENS
    assert stands(attempts=[call(OPENS)]).call_on == OPENS + timedelta(days=1)
    assert stands(attempts=[call(CLOSES)], today=CLOSES).call_on == CLOSES


def test_only_an_evening_call_helps_where_the_evening_is_what_is_missing():
    assert not stands(attempts=calls(10, 11)).in_the_evening
    assert stands(attempts=calls(10, 11, 12)).in_the_evening
    assert not stands(attempts=calls(10, 11, 18)).in_the_evening
    assert not stands(attempts=calls(10, 11, 12, 18)).in_the_evening
    assert stands(attempts=calls(9, 10, 11, 12, 13)).in_the_evening


@given(DAYS, DAYS)
def test_whoever_may_be_called_is_called_inside_the_window(stop, today):
    found = stands(counted=stop, today=today)
    assert found.window is not None
    if found.call_on is not None:
        assert found.window.holds(found.call_on)
    else:
        assert found.stage in (Stage.WAITING, Stage.TOO_LATE)
