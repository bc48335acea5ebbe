from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from app.domain.facts import standing
from app.domain.nrt import (
    USUAL_WEEKS,
    Due,
    Given,
    Plan,
    Portion,
    Step,
    counts_since,
    from_cell,
    handout_caveats,
    in_cell,
    most_per_day,
    next_handout,
    next_week,
    offered_schedules,
    plan_caveats,
    portions_of,
    spent,
    steps_of,
    story_caveats,
    suits,
    weeks_given,
)
from app.domain.products import (
    cautions,
    cautions_for,
    combinations,
    prescriptions,
    product_name,
    products,
    schedules,
    so_many,
)

DAY = date(2026, 11, 24)
DOWN = Plan(12, steps_of(schedules()["patch-16h-above-20"], short_acting="mouth-spray-1"), "plan")


@dataclass(frozen=True)
class Row:
    id: str
    corrects_id: str | None = None
    taken_back: bool = False


def given(week, product="patch-16h-25", *, days=0, price=None, expires_on=None):
    return Given(week, product, DAY + timedelta(days=days), price=price, expires_on=expires_on)


def codes(caveats):
    return [caveat.code for caveat in caveats]


def test_a_corrected_fact_does_not_stand_and_its_correction_does():
    assert [row.id for row in standing([Row("a"), Row("b"), Row("c", "a")])] == ["b", "c"]
    assert [row.id for row in standing([Row("a"), Row("b"), Row("c", "a", taken_back=True)])] == ["b"]


def test_the_first_week_of_a_plan_holds_the_patch_and_the_spray_beside_it():
    due = next_handout(DOWN, [])
    assert due == Due(1, (Portion("patch-16h-25"), Portion("mouth-spray-1", role="short_acting")), "plan")
    assert due.cell == "patch-16h-25+mouth-spray-1"


def test_a_missed_week_eats_nothing_and_the_steps_down_follow_the_handouts():
    handed = [given(week, days=week * 21) for week in range(1, 9)]
    due = next_handout(DOWN, handed)
    assert (due.week, due.portions[0].product) == (9, "patch-16h-15")


def test_a_week_that_was_taken_back_is_due_again():
    assert next_handout(DOWN, [given(1), given(3)]).week == 2


def test_a_combination_is_one_week():
    assert weeks_given([given(1), given(1, "mouth-spray-1")]) == {1}
    assert next_handout(DOWN, [given(1), given(1, "mouth-spray-1")]).week == 2


def test_after_the_last_week_nothing_is_due_but_a_further_week_can_be_named():
    handed = [given(week) for week in range(1, 13)]
    assert next_handout(DOWN, handed) is None
    assert next_week(handed) == 13


def test_without_a_plan_the_last_product_goes_on_and_the_usual_one_begins():
    assert next_handout(None, [given(1, "gum-2")]).portions == (Portion("gum-2"),)
    assert next_handout(None, []).portions[0].product in products()


def test_a_week_that_the_plan_leaves_empty_goes_on_with_the_last_product():
    plan = Plan(3, (Step("gum-4", 1, 1),))
    assert next_handout(plan, [given(1, "gum-4")]).portions == (Portion("gum-4"),)


def test_the_main_product_comes_first():
    plan = Plan(1, (Step("gum-2", 1, 1, "short_acting"), Step("patch-24h-21", 1, 1)))
    assert [portion.product for portion in portions_of(plan, 1)] == ["patch-24h-21", "gum-2"]


@for_all(st.integers(1, 30), st.lists(st.integers(1, 30), max_size=40))
def test_a_week_is_due_until_each_of_the_entitlement_was_handed_out(weeks, handed):
    plan = Plan(weeks, (Step("gum-2", 1, weeks),))
    facts = [given(week, "gum-2", days=number) for number, week in enumerate(handed)]
    within = {week for week in weeks_given(facts) if week <= weeks}
    due = next_handout(plan, facts)
    assert (due is None) == (len(within) == weeks)
    assert due is None or due.week not in within
    assert next_week(facts) not in weeks_given(facts)


@for_all(st.integers(0, 60), st.integers(1, 12))
def test_handing_out_what_is_due_reaches_the_end_whatever_weeks_are_missed(gap, weeks):
    plan = Plan(weeks, (Step("gum-2", 1, weeks),))
    facts = []
    while (due := next_handout(plan, facts)) is not None:
        facts.append(given(due.week, "gum-2", days=gap * len(facts)))
    assert [fact.week for fact in facts] == list(range(1, weeks + 1))


@for_all(st.lists(st.tuples(st.integers(1, 5), st.none() | st.integers(0, 100_000))))
def test_the_cost_is_the_sum_of_known_prices_and_unknown_ones_are_counted(handed):
    facts = [Given(1, "gum-2", DAY, quantity, price) for quantity, price in handed]
    total, unknown = spent(facts)
    assert total == sum(quantity * price for quantity, price in handed if price is not None)
    assert unknown == sum(price is None for _quantity, price in handed)


@pytest.mark.parametrize(
    ("cigarettes", "above", "below"), [(30, True, False), (12, False, True), (20, None, None), (None, True, True)]
)
def test_a_label_means_more_than_twenty_or_fewer_and_says_nothing_of_exactly_twenty(cigarettes, above, below):
    assert suits(schedules()["patch-16h-above-20"], cigarettes) is above
    assert suits(schedules()["patch-16h-below-20"], cigarettes) is below
    assert suits(schedules()["mouth-spray"], cigarettes) is True
    assert suits(schedules()["gum-4"], cigarettes) is (cigarettes is None or cigarettes >= 20)
    assert suits(schedules()["gum-2"], cigarettes) is (cigarettes is None or cigarettes < 20)


def test_every_schedule_is_offered_and_the_fitting_ones_first():
    offered = offered_schedules(12)
    assert len(offered) == len(schedules())
    assert offered[0].key == "patch-16h-below-20"
    assert offered[-1].meant_for == "above_20"


def test_a_schedule_is_cut_where_the_programme_gives_fewer_weeks():
    assert [(step.product, step.to_week) for step in steps_of(schedules()["patch-16h-above-20"], weeks=9)] == [
        ("patch-16h-25", 8),
        ("patch-16h-15", 9),
    ]


def test_exactly_twenty_cigarettes_a_day_is_asked_about_for_patches_alone():
    assert "exactly-twenty" in codes(plan_caveats(DOWN.steps, cigarettes=20))
    assert "exactly-twenty" not in codes(plan_caveats(DOWN.steps, cigarettes=21))
    assert plan_caveats([Step("gum-2", 1, 12)], cigarettes=20) == ()


def test_cytisine_does_not_go_with_nicotine_and_bupropion_is_not_asked_about():
    assert codes(plan_caveats([Step("gum-2", 1, 12)], cigarettes=10, medicines=["cytisine", "bupropion"])) == [
        "not-with-nicotine"
    ]
    assert "not-with-nicotine" in codes(story_caveats([given(1)], medicines=["cytisine"]))
    assert story_caveats([], medicines=["cytisine"]) == ()


def test_more_than_the_label_is_asked_about():
    [caveat] = plan_caveats([Step("patch-16h-25", 1, 12, quantity=2)], cigarettes=30)
    assert (caveat.code, caveat.limit) == ("more-than-the-label", 1)
    assert codes(plan_caveats([Step("mouth-spray-1", 1, 12, quantity=3)], cigarettes=30)) == ["more-than-the-label"]
    assert plan_caveats([Step("mouth-spray-1", 1, 12, quantity=2)], cigarettes=30) == ()
    assert plan_caveats([Step("something else", 1, 12, quantity=9)], cigarettes=30) == ()


def test_a_spray_beside_a_patch_has_a_lower_limit_whichever_is_named_first():
    for steps in (DOWN.steps, DOWN.steps[::-1]):
        [caveat] = plan_caveats(steps, cigarettes=30)
        assert (caveat.code, caveat.product, caveat.limit) == ("lower-limit-beside", "mouth-spray-1", 32)


def test_what_no_source_puts_together_is_asked_about():
    assert codes(plan_caveats([Step("gum-2", 1, 12), Step("lozenge-nicorette-2", 1, 12)], cigarettes=9)) == [
        "no-source-for-combination"
    ]
    assert codes(plan_caveats([Step("gum-2", 1, 12), Step("gum-4", 12, 12)], cigarettes=9)) == ["same-form-twice"]
    assert plan_caveats([Step("gum-4", 1, 6), Step("gum-2", 7, 12)], cigarettes=9) == ()
    assert plan_caveats([Step("patch-24h-21", 1, 6), Step("gum-2", 1, 6)], cigarettes=9) == ()


def caveats_at(portions, week, handed, **more):
    return codes(handout_caveats(portions, week=week, on=DAY, given=handed, plan=DOWN, **more))


def test_the_same_week_handed_out_twice_is_asked_about_but_the_rest_of_its_combination_is_not():
    patch, spray = Portion("patch-16h-25"), Portion("mouth-spray-1", role="short_acting")
    before = [given(3, days=-7)]
    assert caveats_at([patch], 3, before) == ["week-handed-out-twice"]
    assert caveats_at([Portion("gum-2")], 3, before) == ["week-handed-out-twice"]
    assert caveats_at([spray], 3, before) == []
    assert codes(story_caveats([given(3), given(3), given(4)])) == ["week-handed-out-twice"]


def test_what_no_label_puts_together_is_asked_about_when_it_is_handed_out_unless_the_plan_said_so():
    patch, other, gum, lozenge = map(Portion, ("patch-16h-25", "patch-24h-21", "gum-2", "lozenge-nicorette-2"))
    spray = Portion("mouth-spray-1", role="short_acting")
    assert caveats_at([patch, other], 1, []) == ["same-form-twice"]
    assert caveats_at([gum, lozenge], 1, []) == ["no-source-for-combination"]
    assert caveats_at([patch, gum], 1, []) == []
    assert caveats_at([patch, spray], 1, []) == []
    assert codes(handout_caveats([patch, spray], week=1, on=DAY, given=[], plan=None)) == ["lower-limit-beside"]
    beside = Portion("gum-4", role="short_acting")
    assert caveats_at([beside], 1, [given(1, "gum-2", days=-1)]) == ["same-form-twice"]


def test_beyond_the_weeks_two_weeks_in_a_day_and_an_expired_batch_are_asked_about():
    patch = [Portion("patch-16h-25")]
    assert caveats_at(patch, 13, []) == ["beyond-the-weeks"]
    assert codes(handout_caveats(patch, week=13, on=DAY, given=[], plan=None)) == ["beyond-the-weeks"]
    assert caveats_at(patch, 2, [given(1)]) == ["two-weeks-in-a-day"]
    assert caveats_at(patch, 1, [], expires_on=DAY - timedelta(days=1)) == ["expired-batch"]
    assert caveats_at(patch, 1, [], expires_on=DAY) == []
    assert codes(story_caveats([given(1, expires_on=DAY - timedelta(days=1))])) == ["expired-batch"]


def test_everything_of_the_reference_data_names_its_source_and_the_day_it_was_checked():
    known = [*products().values(), *schedules().values(), *combinations(), *cautions(), *prescriptions().values()]
    assert all(entry.source and entry.checked > date(2026, 1, 1) for entry in known)


def test_every_schedule_counts_its_weeks_without_a_gap_and_hands_out_known_products():
    for schedule in schedules().values():
        weeks = [week for step in schedule.steps for week in range(step.from_week, step.to_week + 1)]
        assert weeks == list(range(1, schedule.weeks + 1))
        assert schedule.weeks <= USUAL_WEEKS
        assert {step.product for step in schedule.steps} <= set(products())
        assert schedule.name("da") != schedule.name("en")
        assert bool(schedule.note("da")) == bool(schedule.note("en"))


def test_cautions_are_asked_for_the_form_they_concern():
    assert {"skin", "pregnancy"} <= {caution.key for caution in cautions_for("patch")}
    assert "dentures" not in {caution.key for caution in cautions_for("patch")}
    assert all(caution.text("da") and caution.text("en") for caution in cautions())


def test_prescription_medicines_say_whether_they_are_on_the_market():
    assert prescriptions()["varenicline"].available is False
    cytisine = prescriptions()["cytisine"]
    assert (cytisine.available, cytisine.not_with_nicotine) == (True, True)
    days = [day for first, last, _most in cytisine.schedule for day in range(first, last + 1)]
    assert days == list(range(1, 26))
    assert "dag 5" in cytisine.text("da")
    assert "day 5" in cytisine.text("en")
    assert cytisine.name("da") != cytisine.name("en")


def test_an_unknown_product_is_shown_by_its_key():
    assert product_name("something", "da") == "something"
    assert product_name("gum-2", "en") == "Nicotine gum 2 mg"


def test_a_cell_keeps_how_many_portions_of_each_product_were_given():
    portions = (("patch-24h-21", 1), ("gum-2", 3))
    assert from_cell(in_cell(portions)) == portions
    assert from_cell(" gum-2 + ") == (("gum-2", 1),)
    assert (so_many("Gum", 1), so_many("Gum", 3)) == ("Gum", "Gum × 3")


def test_the_weeks_begin_again_with_a_new_course_unless_the_plan_is_still_that_of_before():
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    assert counts_since(None, DAY) == counts_since(DAY, DAY) == counts_since(after, DAY) == DAY
    assert counts_since(before, DAY) is counts_since(before, None) is None


@pytest.mark.parametrize(
    ("product", "beside", "most"),
    [
        ("mouth-spray-1", (), 64),
        ("mouth-spray-1", (Step("patch-24h-21", 1, 6),), 32),
        ("mouth-spray-1", (Step("patch-24h-21", 13, 14),), 64),
        ("mouth-spray-1", (Step("gum-2", 1, 12),), 64),
        ("gum-2", (Step("patch-24h-21", 1, 6),), 24),
        ("no-longer-sold", (Step("patch-24h-21", 1, 6),), None),
    ],
)
def test_beside_a_patch_no_more_goes_than_its_label_allows_there(product, beside, most):
    """The labels: of the mouth spray 64 puffs a day, 32 in the weeks of a patch."""
    assert most_per_day(Step(product, 1, 12), beside) == most
