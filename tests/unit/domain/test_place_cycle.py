from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.place_cycle import VisitSaid, check_done, check_visit, needs_tovholder, planned_steps
from app.domain.programmes import presets
from app.errors import RuleRefusal

DAY = date(2026, 1, 5)
S3, S2 = presets()["faa_hjaelp_til_rygestop"], presets()["roegfri_paa_tvaers"]
VISIT = VisitSaid("cafe_visit", DAY, visitors=14, talks=6, leaflets=9, brief_advice=5, interested=3, minutes=60)


def test_a_round_has_every_step_of_the_document_in_its_order():
    steps = [(step.step, step.number) for step in planned_steps(S3, DAY)]
    assert steps == [
        ("map", 1),
        ("counsellor_training", 1),
        ("counsellor_training", 2),
        ("start_workshop", 1),
        ("introductory_meeting", 1),
        ("house_meeting", 1),
        ("cafe_visits", 1),
        ("cafe_visits", 2),
        ("cafe_visits", 3),
        ("course", 1),
        ("supervision", 1),
        ("supervision", 2),
        ("follow_up_meeting", 1),
    ]


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_cafe_visits_are_a_week_apart_supervision_lies_within_the_course_and_the_meeting_after_it(starts_on):
    days = {(step.step, step.number): step.planned_on for step in planned_steps(S3, starts_on)}
    week = timedelta(weeks=1)
    assert days["map", 1] == starts_on
    assert days["cafe_visits", 2] - days["cafe_visits", 1] == days["cafe_visits", 3] - days["cafe_visits", 2] == week
    course, ends = days["course", 1], days["course", 1] + 9 * week
    assert days["cafe_visits", 3] < course < days["supervision", 1] < days["supervision", 2] < ends
    assert days["follow_up_meeting", 1] == ends + 4 * week


def test_a_programme_without_steps_gets_those_of_the_guide():
    assert len(planned_steps(S2, DAY)) == 13


def test_the_place_s_own_tovholder_is_needed_from_the_introductory_meeting_on():
    asked = {step: needs_tovholder(step, S3) for step in ("map", "start_workshop", "introductory_meeting", "course")}
    assert asked == {"map": False, "start_workshop": False, "introductory_meeting": True, "course": True}
    assert not needs_tovholder("course", S2)
    assert not needs_tovholder("dance", S3)


@pytest.mark.parametrize(
    ("done_on", "has", "asks", "code"),
    [
        (DAY + timedelta(days=31), True, True, "future-date"),
        (DAY - timedelta(days=1), True, True, "step-before-cycle"),
        (DAY, False, True, "tovholder-needed"),
        (DAY, False, False, ""),
        (DAY, True, True, ""),
    ],
)
def test_a_step_is_done_between_the_round_s_first_day_and_today_with_the_tovholder_it_asks_for(
    done_on, has, asks, code
):
    given_facts = {
        "started_on": DAY,
        "today": DAY + timedelta(days=30),
        "has_tovholder": has,
        "asks_for_tovholder": asks,
    }
    if not code:
        check_done(done_on, **given_facts)
        return
    with pytest.raises(RuleRefusal, match=code):
        check_done(done_on, **given_facts)


def test_counts_that_can_be_are_let_through():
    check_visit(VISIT, today=DAY)
    check_visit(VisitSaid("other", DAY), today=DAY)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "party"}, "unknown-answer", "kind"),
        ({"visited_on": DAY + timedelta(days=1)}, "future-date", "visited_on"),
        ({"visitors": -1}, "not-a-count", "visitors"),
        ({"leaflets": 501}, "not-a-count", "leaflets"),
        ({"minutes": -5}, "not-a-count", "minutes"),
        ({"brief_advice": 7}, "more-advice-than-talks", "brief_advice"),
        ({"interested": 15}, "more-interested-than-visitors", "interested"),
    ],
)
def test_counts_that_cannot_be_are_refused_beside_their_field(change, code, field):
    with pytest.raises(RuleRefusal, match=code) as refused:
        check_visit(replace(VISIT, **change), today=DAY)
    assert refused.value.parameters["field"] == field
