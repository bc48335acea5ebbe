from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reduction import (
    APPROACHES,
    KNOWN_FOR,
    PlannedStep,
    line,
    money_saved,
    moved,
    planned_on,
    price_of_one,
    reduction,
    replan,
    smoke_free,
    smoked_on,
    step_states,
    suggest,
    usual_price,
    with_one_more,
)

DAY = date(2026, 9, 1)
WEEK = timedelta(weeks=1)
STARTS = st.integers(1, 80).map(float)


def on(days):
    return DAY + timedelta(days=days)


@given(st.sampled_from(APPROACHES), STARTS)
def test_every_suggestion_goes_down_day_by_day_and_never_up(approach, start):
    steps = suggest(approach, start=start, starts_on=DAY)
    assert steps
    assert all(before.due_on < after.due_on for before, after in pairwise(steps))
    targets = [step.target for step in steps if step.target is not None]
    assert all(0 <= target <= start for target in targets)
    assert targets == sorted(targets, reverse=True)


def test_small_steps_are_a_tenth_each_and_end_at_half():
    steps = suggest("small_steps", start=20, starts_on=DAY)
    assert [step.target for step in steps] == [18, 16, 14, 12, 10]
    assert [step.due_on for step in steps] == [DAY + number * WEEK for number in range(1, 6)]


def test_cutting_down_stops_within_six_weeks_and_a_goal_of_ones_own_is_kept():
    steps = suggest("cut_down_to_stop", start=24, starts_on=DAY)
    assert (len(steps), steps[-1].target, steps[-1].due_on) == (6, 0, DAY + 6 * WEEK)
    assert suggest("small_steps", start=20, starts_on=DAY, goal=15)[-1].target == 15
    assert suggest("cut_down_to_stop", start=1, starts_on=DAY)[-1].target == 0


def test_preloading_smokes_on_for_four_weeks_and_then_stops():
    steps = suggest("preloading", start=30, starts_on=DAY)
    assert [(step.due_on, step.target) for step in steps] == [(DAY, 30), (DAY + 4 * WEEK, 0)]


def test_smoke_free_time_grows_from_an_hour_to_a_day():
    steps = suggest("smoke_free_time", start=30, starts_on=DAY)
    assert [step.hours for step in steps] == [1, 2, 4, 8, 12, 24]
    assert all(step.target is None for step in steps)


@given(STARTS, st.data())
def test_a_dragged_step_stays_between_its_neighbours(start, data):
    steps = suggest("cut_down_to_stop", start=start, starts_on=DAY)
    number = data.draw(st.integers(0, len(steps) - 1))
    day = DAY + timedelta(days=data.draw(st.integers(-50, 300)))
    target = data.draw(st.floats(-20, 120))
    after = moved(steps, number, due_on=day, target=target, start=start, starts_on=DAY)
    assert len(after) == len(steps)
    assert all(first.due_on < second.due_on for first, second in pairwise(after))
    targets = [start, *(step.target for step in after)]
    assert targets == sorted(targets, reverse=True)
    assert min(targets) >= 0
    assert [s for i, s in enumerate(after) if i != number] == [s for i, s in enumerate(steps) if i != number]


def test_a_step_without_cigarettes_is_moved_in_time_alone():
    steps = suggest("smoke_free_time", start=20, starts_on=DAY)
    after = moved(steps, 0, due_on=on(9), target=3, start=20, starts_on=DAY)
    assert (after[0].due_on, after[0].target) == (on(9), None)


def test_one_more_step_goes_as_far_down_as_the_last_one():
    steps = suggest("small_steps", start=20, starts_on=DAY)
    assert with_one_more(steps, start=20, starts_on=DAY)[-1].target == 8
    assert with_one_more(steps[:1], start=20, starts_on=DAY)[-1].target == 16
    assert with_one_more((), start=20, starts_on=DAY)[-1] == PlannedStep(DAY + WEEK, 19)
    hours = suggest("smoke_free_time", start=20, starts_on=DAY)[:3]
    assert with_one_more(hours, start=20, starts_on=DAY)[-1].hours == 8


def test_the_plan_is_a_staircase():
    steps = (PlannedStep(on(7), 15), PlannedStep(on(14), None, 4), PlannedStep(on(21), 10), PlannedStep(on(90), 0))
    assert line(20, DAY, steps, until=on(30)) == (
        (DAY, 20),
        (on(7), 20),
        (on(7), 15),
        (on(21), 15),
        (on(21), 10),
        (on(30), 10),
    )
    assert line(20, DAY, (), until=DAY) == ((DAY, 20),)


def test_the_plan_says_how_many_for_every_day_after_it_began():
    steps = (PlannedStep(on(7), 15), PlannedStep(on(14), 10, state="dropped"))
    asked = {days: planned_on(on(days), start=20, starts_on=DAY, steps=steps) for days in (-1, 0, 7, 20)}
    assert asked == {-1: None, 0: 20, 7: 15, 20: 15}


def test_a_step_is_what_was_measured_until_the_next_one_came():
    steps = (
        PlannedStep(on(0), 18),
        PlannedStep(on(7), 15),
        PlannedStep(on(14), 12),
        PlannedStep(on(21), 10, state="reached"),
        PlannedStep(on(28), None, 4),
        PlannedStep(on(35), 8),
    )
    measured = [(on(1), 17.0), (on(8), 16.0), (on(9), 18.0)]
    assert step_states(steps, measured, today=on(30)) == (
        "reached", "missed", "waiting", "reached", "waiting", "planned",
    )  # fmt: skip


def test_a_missed_step_begins_again_from_where_the_person_is():
    steps = suggest("small_steps", start=20, starts_on=DAY)
    again = replan(steps, ["reached", "missed", "missed", "planned", "planned"], now=19, today=on(40))
    assert [step.target for step in again] == [17, 14, 12, 10]
    assert again[0].due_on == on(47)
    assert all(step.state == "planned" for step in again)


def test_when_everything_was_reached_the_last_goal_is_tried_again_and_nothing_comes_of_nothing():
    steps = suggest("small_steps", start=20, starts_on=DAY)
    assert [step.target for step in replan(steps, ["reached"] * 5, now=14, today=DAY)] == [10]
    assert replan((), (), now=14, today=DAY) == ()
    assert [step.target for step in replan(steps, ["reached"] * 5, now=6, today=DAY)] == [6]


def test_smoke_free_time_is_planned_anew_in_time():
    steps = suggest("smoke_free_time", start=20, starts_on=DAY)
    again = replan(steps, ["reached", "missed", *["planned"] * 4], now=20, today=on(50))
    assert [step.hours for step in again] == [2, 4, 8, 12, 24]
    assert again[0].due_on == on(57)


@pytest.mark.parametrize(
    ("start", "now", "halved", "free"), [(20, 10, True, False), (20, 10.5, False, False), (20, 0, True, True)]
)
def test_half_as_many_is_a_measure_of_its_own(start, now, halved, free):
    found = reduction(start, now)
    assert (found.is_halved, found.is_smoke_free) == (halved, free)
    assert found.share == pytest.approx(1 - now / start)


def test_without_a_start_or_a_now_nothing_is_said():
    assert reduction(None, 5) is None
    assert reduction(20, None) is None
    assert reduction(0, 0) is None
    assert reduction(10, 15).share == -0.5


def test_a_day_counts_as_the_last_measuring_for_four_weeks_and_then_as_unknown():
    measured = [(DAY, 12.0)]
    assert smoked_on(on(-1), measured) is None
    assert smoked_on(on(28), measured) == 12
    assert smoked_on(on(29), measured) is None
    assert smoked_on(on(3), [(DAY, 0.0)], relapses=[on(2)]) is None
    assert smoked_on(on(1), [(DAY, 0.0)], relapses=[on(2)]) == 0


def test_money_saved_is_the_price_of_what_was_not_smoked():
    assert money_saved(300, 20, [(DAY, 20.0), (on(1), 10.0)], today=on(2)) == 2 * 10 * 300
    assert money_saved(300, 20, [(DAY, 25.0)], today=on(2)) == 0
    assert money_saved(300, 20, [], today=DAY) == 0


@given(STARTS, st.lists(st.tuples(st.integers(0, 100), st.integers(0, 80)), max_size=12), st.integers(0, 60))
def test_money_saved_never_falls_below_nothing_nor_above_everything(start, found, more):
    measured = sorted({on(days): float(value) for days, value in found}.items())
    today = (measured[-1][0] if measured else DAY) + timedelta(days=more)
    saved = money_saved(300, start, measured, today=today)
    days = (today - measured[0][0]).days + 1 if measured else 0
    assert 0 <= saved <= days * start * 300
    free = smoke_free(measured, today=today)
    assert 0 <= free.in_a_row <= free.in_all <= days


def test_days_after_four_weeks_without_a_word_save_nothing_and_are_not_smoke_free():
    assert money_saved(100, 10, [(DAY, 0.0)], today=on(400)) == 100 * 10 * (KNOWN_FOR.days + 1)
    known = smoke_free([(DAY, 0.0)], today=DAY + KNOWN_FOR)
    assert (known.in_a_row, known.in_all) == (29, 29)
    unknown = smoke_free([(DAY, 0.0)], today=on(400))
    assert (unknown.in_a_row, unknown.in_all) == (0, 29)


def test_smoke_free_days_are_counted_from_the_stop_date_where_it_held():
    found = smoke_free([(DAY, 10.0), (on(7), 0.0)], today=on(9), stop_dates=[on(4)])
    assert (found.in_a_row, found.in_all, found.since) == (6, 6, on(4))
    without = smoke_free([(DAY, 10.0), (on(7), 0.0)], today=on(9))
    assert (without.in_a_row, without.since) == (3, on(7))


def test_a_relapse_ends_the_row_and_takes_nothing_of_what_there_was():
    found = smoke_free([(DAY, 0.0), (on(20), 5.0)], today=on(21), relapses=[on(10)])
    assert (found.in_a_row, found.in_all, found.since) == (0, 10, None)
    again = smoke_free([(DAY, 0.0), (on(12), 0.0)], today=on(13), relapses=[on(10)], stop_dates=[on(9)])
    assert (again.in_a_row, again.in_all) == (2, 12)


def test_a_cigarette_costs_what_the_person_says_or_the_usual_price():
    assert price_of_one(6000, 20) == 300
    assert price_of_one(None, 20) == usual_price() > 0
    assert price_of_one(6000, None) == usual_price()
