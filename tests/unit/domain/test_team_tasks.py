from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.programmes import presets, programme_from_rules
from app.domain.tasks import AtRisk, Kind, in_order
from app.domain.team_tasks import (
    DueStep,
    education_task,
    group_task,
    period_start,
    place_step_task,
    report_tasks,
)
from app.domain.working_days import WorkingDays

GUIDE, SHEET, ACROSS, HEAVY, POOL = (presets()[key] for key in sorted(presets()))
TODAY = date(2026, 11, 24)  # a Tuesday
STEP = DueStep(
    step_id="s", team_id="t", place_id="p", place="Kilden", step="cafe_visits", number=2, of=3, planned_on=TODAY
)


def step(programme=GUIDE, **said):
    return place_step_task(replace(STEP, **said), programme, today=TODAY)


def test_a_step_at_a_place_is_shown_from_a_week_before_its_day_and_stays_until_it_is_done():
    task = step()
    assert (task.due, task.source, task.rule, task.at_risk) == (TODAY, "S3", "cafe_visits", AtRisk.PERSON)
    assert (task.team_id, task.about_id, task.whose) == ("t", "p", "t")
    assert (task.detail("name"), task.detail("number"), task.detail("of")) == ("Kilden", "2", "3")
    assert step(planned_on=TODAY + timedelta(days=7))
    assert step(planned_on=TODAY + timedelta(days=8)) is None
    assert step(planned_on=TODAY - timedelta(days=90))


@pytest.mark.parametrize(
    ("name", "rule", "at_risk"),
    [
        ("map", "steps", AtRisk.RESULT),
        ("counsellor_training", "counsellor_training_sessions", AtRisk.RESULT),
        ("house_meeting", "house_meeting_visit", AtRisk.PERSON),
        ("supervision", "supervision_sessions_least", AtRisk.RESULT),
        ("follow_up_meeting", "follow_up_meeting_at_place", AtRisk.RESULT),
    ],
)
def test_each_step_names_the_rule_that_asks_for_it(name, rule, at_risk):
    task = step(step=name)
    assert (task.rule, task.at_risk) == (rule, at_risk)


def test_a_programme_without_steps_asks_for_none():
    assert step(programme_from_rules({})) is None


def group(*programmes):
    return group_task(course_id="c", team_id="t", title="Onsdag", starts_on=TODAY, programmes=programmes)


def test_a_group_is_created_where_the_agreement_says_before_it_meets():
    task = group(GUIDE, ACROSS)
    assert (task.key, task.kind, task.due, task.source) == ("group:c", Kind.GROUP, TODAY, "S2")
    assert (task.detail("where"), task.detail("unit"), task.detail("name")) == ("rsiden.dk", "616", "Onsdag")
    assert group(GUIDE) is None
    without_unit = replace(ACROSS, rules={key: rule for key, rule in ACROSS.rules.items() if key != "stopbasen_unit"})
    assert group(without_unit).detail("unit") == ""


def test_an_education_that_nobody_has_noted_is_asked_for_where_the_agreement_wants_one():
    task = education_task(user_id="u", name="Niels", team_id="t", programmes=(ACROSS,))
    assert (task.key, task.due, task.source) == ("education:u", None, "S2")
    assert task.detail("wanted") == "kraeftens_bekaempelse"
    assert education_task(user_id="u", name="Niels", team_id="t", programmes=(GUIDE,)) is None


def reports(today, *programmes):
    return report_tasks(programmes or (ACROSS,), team_id="t", today=today, calendar=WorkingDays())


def test_each_report_is_due_on_the_first_working_day_after_its_period():
    found = {task.detail("about"): task for task in reports(date(2027, 1, 4))}
    assert set(found) == {"referrals", "indicators", "settlement", "management", "vouchers"}
    assert {task.due for task in found.values()} == {date(2027, 1, 4)}
    assert (found["referrals"].detail("since"), found["referrals"].detail("until")) == ("2026-10-01", "2026-12-31")
    assert found["management"].detail("since") == "2026-07-01"
    assert found["vouchers"].detail("since") == "2026-01-01"
    assert found["referrals"].key == "report:referrals:2026-12-31"


def test_a_report_of_a_period_long_gone_is_history():
    assert [task.detail("about") for task in reports(date(2026, 10, 30))] == ["referrals"]
    assert reports(date(2026, 12, 1)) == ()


def test_nobody_is_asked_for_a_report_that_no_programme_wants():
    assert reports(date(2027, 1, 4), GUIDE) == ()
    rule = replace(ACROSS.rule("indicator_period"), value=0)
    said = replace(rule, value="twice")
    odd = replace(GUIDE, rules={"indicator_period": rule, "settlement_period": said})
    flag = replace(odd, rules={"indicator_period": replace(rule, value=True)})
    assert reports(date(2027, 1, 4), odd) == reports(date(2027, 1, 4), flag) == ()


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 12, 31), 3, date(2026, 10, 1)),
        (date(2026, 1, 1), 6, date(2026, 1, 1)),
        (date(2026, 7, 1), 6, date(2026, 7, 1)),
        (date(2026, 12, 1), 12, date(2026, 1, 1)),
        (date(2026, 5, 3), 1, date(2026, 5, 1)),
    ],
)
def test_periods_of_a_year_begin_with_january(day, months, first):
    assert period_start(day, months) == first


def test_tasks_of_teams_and_people_stand_in_one_order():
    late, soon = step(planned_on=TODAY - timedelta(days=1)), step(step="map", planned_on=TODAY + timedelta(days=1))
    assert in_order([soon, late], today=TODAY) == (late, soon)
