from datetime import timedelta

import pytest

from app.domain.nrt import Step
from app.domain.reduction import suggest
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import Person
from app.models.plan import Baseline, NrtPlan, PlanStep, ReductionPlan
from app.models.smoking import Measurement, Pause, Relapse, StopDate
from app.services.plan_nrt import MakeNrtPlan, StopNrtPlan, make_nrt_plan, stop_nrt_plan
from app.services.plan_reduction import (
    ChangeSteps,
    DecideStep,
    MakePlan,
    StepWanted,
    change_steps,
    decide_step,
    make_plan,
)
from app.services.record_baseline import RecordBaseline, record_baseline
from app.services.record_smoking import (
    RecordPause,
    RecordRelapse,
    RecordStopDate,
    TakeBackEvent,
    record_pause,
    record_relapse,
    record_stop_date,
    take_back_event,
)
from app.storage.queries.nrt import nrt_story
from app.storage.queries.smoking import smoking_story
from tests.integration.services.courses import TODAY

WEEK = timedelta(weeks=1)


def story(office, today=TODAY):
    return office.ask(smoking_story, office.person, today=today)


def measure(office, *values, kind="cigarettes_per_day"):
    office.add(
        *(
            Measurement(
                id=new_id(office.clock), person_id=office.person, kind=kind, value=value, measured_on=on,
                recorded_by=office.actor,
            )
            for on, value in values
        )
    )  # fmt: skip


def said(value):
    return {"answer": "given", "value": value}


ANSWERS = {
    "products": said({"cigarettes": 20, "rolled": 4}),
    **{f"ftnd_{item}": said("yes") for item in (2, 5, 6)},
    "ftnd_1": said("within_5"),
    "ftnd_3": said("first_in_the_morning"),
    "ftnd_4": said("up_to_30"),
    "readiness": said(7),
    "confidence": said(4),
    "price_per_day": said(7200),
    "education": {"answer": "does_not_want", "value": None},
}


def baseline(office, answers=ANSWERS, on=TODAY, **more):
    return office.do(record_baseline, RecordBaseline(person_id=office.person, filled_on=on, answers=answers, **more))


def test_the_base_form_becomes_the_measurements_that_the_page_shows(office):
    baseline(office)
    found = story(office)
    assert (found.start, found.now, found.ftnd, found.hsi) == (24, 24, 9, 5)
    assert (found.readiness, found.confidence, found.price_per_day) == (7, 4, 7200)
    assert found.products == {"cigarettes": 20, "rolled": 4}
    assert found.baseline.answers["education"]["answer"] == "does_not_want"


def test_a_form_without_all_six_answers_has_no_score_but_the_short_one(office):
    baseline(office, {"ftnd_1": said("within_30"), "ftnd_4": said("up_to_20")})
    assert (story(office).ftnd, story(office).hsi) == (None, 3)


def test_who_smokes_cheroots_alone_has_no_smoke_free_days_by_the_form(office):
    baseline(office, {"products": said({"cheroots": 20}), "years_smoked": said(30)})
    found = story(office)
    assert (found.now, found.smoke_free.in_all, found.baseline.pack_years) == (None, 0, None)
    assert found.products == {"cheroots": 20}


def test_cigarettes_that_were_cheroots_are_corrected_away(office):
    first = baseline(office, {"products": said({"cigarettes": 20})})
    baseline(office, {"products": said({"cheroots": 20})}, corrects_id=first.baseline_id, reason="Det var cerutter")
    assert (story(office).start, story(office).products) == (None, {"cheroots": 20})


def test_correcting_the_form_corrects_what_it_measured_and_keeps_both(office):
    first = baseline(office)
    answers = {"products": said({"cigarettes": 30}), "readiness": {"answer": "does_not_know", "value": None}}
    baseline(office, answers, corrects_id=first.baseline_id, reason="Læst forkert")
    found = story(office)
    assert (found.start, found.readiness, found.ftnd) == (30, None, None)
    assert found.products == {"cigarettes": 30}
    assert len(office.rows(Baseline)) == 2
    with pytest.raises(RuleRefusal, match="corrected-already"):
        baseline(office, corrects_id=first.baseline_id, reason="igen")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"on": TODAY + timedelta(days=1)}, "future-date", "filled_on"),
        ({"answers": {}}, "nothing-answered", "products"),
        ({"answers": {"readiness": said(11)}}, "baseline-out-of-range", "readiness"),
        ({"answers": {"setting": said("the moon")}}, "baseline-unknown-answer", "setting"),
        ({"corrects_id": "nothing", "reason": "x"}, "no-such-fact", "corrects_id"),
    ],
)
def test_a_form_that_cannot_be_is_refused_beside_its_question(office, changes, code, field):
    with pytest.raises(RuleRefusal, match=code) as refusal:
        baseline(office, **changes)
    assert refusal.value.parameters["field"] == field
    assert office.rows(Baseline) == office.rows(Measurement) == []


def test_a_form_of_nobody_and_a_correction_without_a_reason_are_refused(office):
    with pytest.raises(RuleRefusal, match="no-such-person"):
        office.do(record_baseline, RecordBaseline(person_id="nobody", filled_on=TODAY, answers=ANSWERS))
    first = baseline(office)
    with pytest.raises(RuleRefusal, match="reason-missing"):
        baseline(office, corrects_id=first.baseline_id, reason=" ")


def planned(office, approach="small_steps", start=20.0, starts_on=TODAY - 3 * WEEK, **more):
    steps = suggest(approach, start=start, starts_on=starts_on)
    return office.do(
        make_plan,
        MakePlan(
            person_id=office.person,
            approach=approach,
            starts_on=starts_on,
            start_value=start,
            goal_value=10,
            steps=[StepWanted(step.due_on, step.target) for step in steps],
            **more,
        ),
    )


def test_the_plan_is_drawn_beside_what_was_smoked(office):
    planned(office)
    measure(office, (TODAY - 3 * WEEK, 20.0), (TODAY - 2 * WEEK, 18.0), (TODAY - WEEK, 19.0))
    plan = story(office).plan
    assert plan.line[0] == (TODAY - 3 * WEEK, 20)
    assert [step.state for step in plan.steps] == ["reached", "missed", "waiting", "planned", "planned"]
    assert plan.has_missed


def test_a_new_plan_names_the_one_before_and_blames_nobody(office):
    first = planned(office)
    second = planned(office, start=19.0, starts_on=TODAY)
    assert second.previous_id == first.plan_id
    assert {row.id: row.state for row in office.rows(ReductionPlan)} == {
        first.plan_id: "replaced",
        second.plan_id: "active",
    }
    assert (story(office).plan.plan_id, story(office).plan.earlier) == (second.plan_id, 1)


def test_steps_are_dragged_added_and_dropped_without_erasing_any(office):
    made = planned(office)
    steps = story(office).plan.steps
    wanted = [
        StepWanted(steps[0].due_on, 17.0, "kun ude", steps[0].step_id),
        StepWanted(steps[1].due_on + timedelta(days=1), 12.0, "", steps[1].step_id),
        StepWanted(TODAY + 9 * WEEK, 5.0),
    ]
    office.do(change_steps, ChangeSteps(made.plan_id, wanted))
    after = story(office).plan.steps
    assert [(step.due_on, step.target, step.text) for step in after] == [
        (wanted[0].due_on, 17, "kun ude"),
        (wanted[1].due_on, 12, ""),
        (wanted[2].due_on, 5, ""),
    ]
    assert sorted(row.state for row in office.rows(PlanStep)) == ["dropped"] * 3 + ["planned"] * 3
    [plan] = office.rows(ReductionPlan)
    assert (plan.goal_on, plan.goal_value) == (TODAY + 9 * WEEK, 5)


def test_what_somebody_decides_of_a_step_goes_before_what_was_measured(office):
    planned(office)
    measure(office, (TODAY - 2 * WEEK, 19.0))
    first = story(office).plan.steps[0]
    assert (first.state, first.decided) == ("missed", False)
    office.do(decide_step, DecideStep(first.step_id, "reached"))
    assert (story(office).plan.steps[0].state, story(office).plan.steps[0].decided) == ("reached", True)
    office.do(decide_step, DecideStep(first.step_id, "planned"))
    assert story(office).plan.steps[0].state == "missed"
    for command, code in (
        (DecideStep(first.step_id, "perhaps"), "unknown-answer"),
        (DecideStep("x", "missed"), "no-such-plan"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            office.do(decide_step, command)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"person_id": "nobody"}, "no-such-person"),
        ({"approach": "cold_water"}, "unknown-approach"),
        ({"start_value": 900.0}, "too-many-cigarettes"),
        ({"steps": []}, "no-steps"),
        ({"steps": [StepWanted(TODAY - WEEK, 5)]}, "step-before-plan"),
        ({"steps": [StepWanted(TODAY, 5), StepWanted(TODAY, 4)]}, "steps-out-of-order"),
        ({"steps": [StepWanted(TODAY, -5)]}, "too-many-cigarettes"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(office, changes, code):
    asked = {
        "person_id": office.person, "approach": "small_steps", "starts_on": TODAY, "start_value": 20.0,
        "goal_value": 10.0, "steps": [StepWanted(TODAY + WEEK, 15)],
    } | changes  # fmt: skip
    with pytest.raises(RuleRefusal, match=code):
        office.do(make_plan, MakePlan(**asked))
    assert office.rows(ReductionPlan) == []


def test_a_plan_that_was_replaced_is_not_changed_any_more(office):
    first = planned(office)
    planned(office)
    with pytest.raises(RuleRefusal, match="no-such-plan"):
        office.do(change_steps, ChangeSteps(first.plan_id, [StepWanted(TODAY, 5)]))


def test_stop_dates_stand_side_by_side_and_the_last_agreed_counts(office):
    for stop, agreed in ((TODAY + WEEK, TODAY - WEEK), (TODAY + 2 * WEEK, TODAY)):
        office.do(record_stop_date, RecordStopDate(person_id=office.person, stop_on=stop, agreed_on=agreed))
    found = story(office)
    assert [row.stop_on for row in found.stop_dates] == [TODAY + WEEK, TODAY + 2 * WEEK]
    assert found.stop_on == TODAY + 2 * WEEK


def test_a_relapse_is_an_event_and_closes_nothing(office):
    measure(office, (TODAY - WEEK, 0.0))
    before = story(office).smoke_free.in_a_row
    recorded = office.do(record_relapse, RecordRelapse(person_id=office.person, happened_on=TODAY, note="En fest"))
    after = story(office)
    assert before == 8
    assert (after.smoke_free.in_a_row, after.smoke_free.in_all, after.now) == (0, 7, None)
    office.do(take_back_event, TakeBackEvent(entity="relapse", fact_id=recorded.fact_id, reason="Forkert person"))
    assert story(office).relapses == ()
    assert [row.taken_back for row in office.rows(Relapse)] == [False, True]
    assert story(office).smoke_free.in_a_row == 8


def test_a_pause_may_be_open_and_its_end_is_a_correction(office):
    first = office.do(record_pause, RecordPause(person_id=office.person, began_on=TODAY - WEEK, note="Indlagt"))
    assert story(office).pauses[0].until is None
    office.do(
        record_pause,
        RecordPause(
            person_id=office.person, began_on=TODAY - WEEK, until=TODAY, corrects_id=first.fact_id, reason="Er tilbage"
        ),
    )
    assert [(row.on, row.until) for row in story(office).pauses] == [(TODAY - WEEK, TODAY)]
    assert len(office.rows(Pause)) == 2


def test_events_that_cannot_be_are_refused_beside_their_field(office):
    later = TODAY + timedelta(days=1)
    me = {"person_id": office.person}
    backwards = RecordPause(**me, began_on=TODAY, until=TODAY - WEEK)
    refused = [
        (record_stop_date, RecordStopDate(**me, stop_on=later, agreed_on=later), "future-date", "agreed_on"),
        (
            record_stop_date,
            RecordStopDate(**me, stop_on=TODAY + 99 * WEEK, agreed_on=TODAY),
            "stop-date-too-far",
            "stop_on",
        ),
        (record_relapse, RecordRelapse(**me, happened_on=later), "future-date", "happened_on"),
        (record_pause, RecordPause(**me, began_on=later), "future-date", "began_on"),
        (record_pause, backwards, "pause-ends-before-it-begins", "until"),
        (record_relapse, RecordRelapse(person_id="nobody", happened_on=TODAY), "no-such-person", "person_id"),
        (take_back_event, TakeBackEvent(entity="pause", fact_id="nothing", reason="x"), "no-such-fact", "corrects_id"),
    ]
    for use_case, command, code, field in refused:
        with pytest.raises(RuleRefusal, match=code) as refusal:
            office.do(use_case, command)
        assert refusal.value.parameters["field"] == field
    assert office.rows(StopDate) == office.rows(Relapse) == office.rows(Pause) == []


def test_a_correction_needs_a_reason_and_happens_once(office):
    first = office.do(record_relapse, RecordRelapse(person_id=office.person, happened_on=TODAY))
    again = RecordRelapse(person_id=office.person, happened_on=TODAY - WEEK, corrects_id=first.fact_id)
    with pytest.raises(RuleRefusal, match="reason-missing"):
        office.do(record_relapse, again)
    office.do(take_back_event, TakeBackEvent(entity="relapse", fact_id=first.fact_id, reason="fejl"))
    with pytest.raises(RuleRefusal, match="corrected-already"):
        office.do(take_back_event, TakeBackEvent(entity="relapse", fact_id=first.fact_id, reason="fejl"))


def test_a_merged_duplicate_is_read_as_the_person(office):
    duplicate = new_id(office.clock)
    office.merge(duplicate)
    office.do(record_stop_date, RecordStopDate(person_id=duplicate, stop_on=TODAY, agreed_on=TODAY))
    assert story(office).stop_on == TODAY
    assert len(office.rows(Person)) == 2


def test_an_nrt_plan_gives_what_is_due_and_a_new_one_goes_on_where_the_person_is(office):
    steps = [Step("patch-24h-21", 1, 4), Step("patch-24h-14", 5, 8)]
    first = office.do(make_nrt_plan, MakeNrtPlan(person_id=office.person, weeks=8, steps=steps, starts_on=TODAY))
    assert first.caveats == ()
    assert office.ask(nrt_story, office.person).due.portions[0].product == "patch-24h-21"
    measure(office, (TODAY, 20.0))
    second = office.do(
        make_nrt_plan,
        MakeNrtPlan(person_id=office.person, weeks=12, steps=[Step("patch-24h-7", 1, 12)], starts_on=TODAY),
    )
    assert second.previous_id == first.plan_id
    assert [caveat.code for caveat in second.caveats] == ["exactly-twenty"]
    office.do(stop_nrt_plan, StopNrtPlan(second.plan_id))
    assert [row.state for row in office.rows(NrtPlan)] == ["replaced", "stopped"]
    with pytest.raises(RuleRefusal, match="no-such-plan"):
        office.do(stop_nrt_plan, StopNrtPlan(second.plan_id))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"person_id": "nobody"}, "no-such-person"),
        ({"weeks": 0}, "weeks-out-of-range"),
        ({"steps": []}, "no-steps"),
        ({"steps": [Step("sweets", 1, 2)]}, "unknown-product"),
        ({"steps": [Step("gum-2", 1, 2, quantity=0)]}, "portions-out-of-range"),
        ({"steps": [Step("gum-2", 3, 2)]}, "weeks-of-step"),
        ({"steps": [Step("gum-2", 1, 13)]}, "weeks-of-step"),
    ],
)
def test_an_nrt_plan_that_cannot_be_is_refused(office, changes, code):
    asked = {"person_id": office.person, "weeks": 12, "steps": [Step("gum-2", 1, 12)], "starts_on": TODAY} | changes
    with pytest.raises(RuleRefusal, match=code):
        office.do(make_nrt_plan, MakeNrtPlan(**asked))
    assert office.rows(NrtPlan) == []
