from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.nrt import Portion, Step
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment, Session
from app.models.local import OutboxEntry
from app.models.medicine import Medicine
from app.models.organisation import Place
from app.models.person import Person
from app.models.plan import NrtPlan, NrtStep
from app.models.smoking import Handout, StockMovement
from app.services.close_session import close_session
from app.services.correct_session_cell import CorrectCell, correct_session_cell
from app.services.hand_out import HandedPortion, HandOut, TakeBack, add_handouts, hand_out, portions_in, take_back
from app.services.plan_nrt import MakeNrtPlan, make_nrt_plan
from app.services.record_consent import RecordConsent, record_consent
from app.services.session_draft import Cell, TypeCell, type_cell
from app.services.write_letter import DraftLetter, draft_letter
from app.storage.queries.bag import bag_of
from app.storage.queries.nrt import nrt_story
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.tasks import due_of_person
from tests.integration.services.courses import NOON, TODAY


def planned(office, person=None, weeks=12):
    plan = new_id(office.clock)
    steps = (("patch-16h-25", 1, 8, "main"), ("patch-16h-15", 9, 10, "main"), ("mouth-spray-1", 1, 12, "short_acting"))
    office.add(
        NrtPlan(
            id=plan, person_id=person or office.person, weeks=weeks, starts_on=TODAY, made_on=TODAY,
            made_by=office.actor,
        ),
        *(
            NrtStep(
                id=new_id(office.clock), person_id=person or office.person, plan_id=plan, product=product,
                from_week=first, to_week=last, role=role,
            )
            for product, first, last, role in steps
        ),
    )  # fmt: skip
    return plan


def week(office, *products, on=TODAY, **more):
    command = HandOut(person_id=office.person, portions=tuple(HandedPortion(p) for p in products), handed_on=on, **more)
    return office.do(hand_out, command)


def codes(outcome):
    return [caveat.code for caveat in outcome.caveats]


def test_what_is_due_comes_from_the_plan_and_is_handed_out_outside_any_session(office):
    plan = planned(office)
    due = office.ask(nrt_story, office.person).due
    assert due.portions == (Portion("patch-16h-25"), Portion("mouth-spray-1", role="short_acting"))
    outcome = week(office, *(portion.product for portion in due.portions))
    assert (outcome.week, outcome.caveats) == (1, ())
    rows = office.rows(Handout)
    assert {(row.product, row.week, row.plan_id, row.session_id) for row in rows} == {
        ("patch-16h-25", 1, plan, None),
        ("mouth-spray-1", 1, plan, None),
    }
    assert office.ask(nrt_story, office.person).due.week == 2


def test_weeks_that_nobody_came_eat_nothing_of_the_twelve(office):
    planned(office)
    for number in range(8):
        week(office, "patch-16h-25", on=date(2026, 9, 1) + timedelta(days=9 * number))
    due = office.ask(nrt_story, office.person).due
    assert (due.week, due.portions[0].product) == (9, "patch-16h-15")
    assert office.ask(nrt_story, office.person).weeks == frozenset(range(1, 9))


def due_in_the_list(office, on):
    """Return the weeks of nicotine replacement that the list of what is due names: which, by when, whose rule."""
    rows = office.ask(due_of_person, office.person, today=on).rows
    return [(int(row.task.detail("week")), row.task.due, row.task.source) for row in rows if row.task.kind == "handout"]


def plan(office, weeks=12):
    steps = [Step("gum-2", 1, weeks)]
    return office.do(make_nrt_plan, MakeNrtPlan(person_id=office.person, weeks=weeks, steps=steps, starts_on=TODAY))


def test_a_new_plan_goes_on_where_the_person_is_in_the_list_of_what_is_due_too(office):
    plan(office)
    for number in range(3):
        week(office, "gum-2", on=TODAY - timedelta(weeks=3 - number))
    plan(office)
    assert office.ask(nrt_story, office.person).due.week == 4
    assert due_in_the_list(office, TODAY) == [(4, TODAY, "S3")]
    office.do(take_back, TakeBack(office.rows(Handout)[1].id, "Blev ikke taget med hjem"))
    assert office.ask(nrt_story, office.person).due.week == 2
    assert due_in_the_list(office, TODAY) == [(2, TODAY, "S3")]


def test_whoever_comes_to_a_new_course_has_all_weeks_again_with_the_plan_that_is_made_there(office):
    office.clock.at = NOON - timedelta(days=15)
    plan(office, weeks=2)
    for days in (30, 20):
        week(office, "gum-2", on=TODAY - timedelta(days=days))
    office.clock.at = NOON
    with office.work() as work:
        work.session.get(Enrolment, office.enrolment).left_on = TODAY - timedelta(days=10)
        work.commit()
    assert office.ask(nrt_story, office.person).due is None
    (began,) = office.rows(Course)
    course = new_id(office.clock)
    office.add(
        Course(
            id=course, team_id=office.team, place_id=office.place, delivering_municipality_id=office.team,
            programme_version_id=began.programme_version_id, title="Nyt hold", format="group", starts_on=TODAY,
        ),
        Enrolment(id="again", person_id=office.person, course_id=course, joined_on=TODAY - timedelta(days=1)),
        Place(id=office.place, team_id=office.team, municipality_id=office.team, name="Kilden", kind="vaerested"),
        Session(
            id="table", team_id=office.team, course_id=course, place_id=office.place, number=1, held_on=TODAY,
        ),
    )  # fmt: skip
    assert due_in_the_list(office, TODAY) == []
    plan(office, weeks=2)
    story = office.ask(nrt_story, office.person)
    assert (story.due.week, story.weeks, len(story.given)) == (1, frozenset(), 2)
    assert due_in_the_list(office, TODAY) == [(1, TODAY, "S3")]
    assert office.ask(session_sheet, "table").rows[0].offered == "gum-2"
    assert week(office, "gum-2").week == 1
    assert due_in_the_list(office, TODAY + timedelta(weeks=1)) == [(2, TODAY + timedelta(weeks=1), "S3")]


def test_a_handout_that_was_taken_back_is_due_again_and_both_facts_stay(office):
    first = week(office, "gum-2")
    office.do(take_back, TakeBack(first.handout_ids[0], "Blev ikke taget med hjem"))
    assert office.ask(nrt_story, office.person).due.week == 1
    assert [(row.quantity, row.reason) for row in office.rows(Handout)] == [(1, ""), (0, "Blev ikke taget med hjem")]
    with pytest.raises(RuleRefusal, match="corrected-already"):
        office.do(take_back, TakeBack(first.handout_ids[0], "igen"))


def test_taking_back_needs_a_reason_and_a_handout(office):
    first = week(office, "gum-2")
    with pytest.raises(RuleRefusal, match="reason-missing"):
        office.do(take_back, TakeBack(first.handout_ids[0], "  "))
    with pytest.raises(RuleRefusal, match="no-such-fact"):
        office.do(take_back, TakeBack("nothing", "fejl"))


@pytest.mark.parametrize(
    ("portion", "on", "code", "field"),
    [
        (HandedPortion("gum-2"), date(2026, 8, 31), "handout-before-enrolment", "handed_on"),
        (HandedPortion("gum-2"), TODAY + timedelta(days=1), "future-date", "handed_on"),
        (HandedPortion("sweets"), TODAY, "unknown-product", "product"),
        (HandedPortion("gum-2", 0), TODAY, "portions-out-of-range", "quantity"),
        (HandedPortion("gum-2", 99), TODAY, "portions-out-of-range", "quantity"),
        (HandedPortion("gum-2", price=-1), TODAY, "negative-price", "price"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_written(office, portion, on, code, field):
    with pytest.raises(RuleRefusal, match=code) as refusal:
        office.do(hand_out, HandOut(person_id=office.person, portions=(portion,), handed_on=on))
    assert refusal.value.parameters["field"] == field
    assert office.rows(Handout) == []


def test_the_refusal_of_a_day_before_the_course_says_which_day_would_be_right(office):
    with pytest.raises(RuleRefusal) as refusal:
        week(office, "gum-2", on=date(2026, 8, 1))
    assert refusal.value.parameters["earliest"] == date(2026, 9, 1)


def test_nothing_and_nobody_are_refused(office):
    with pytest.raises(RuleRefusal, match="nothing-to-hand-out"):
        week(office)
    command = HandOut(person_id=new_id(office.clock), portions=(HandedPortion("gum-2"),), handed_on=TODAY)
    with pytest.raises(RuleRefusal, match="handout-without-enrolment"):
        office.do(hand_out, command)


def test_the_same_week_twice_is_written_and_asked_about(office):
    planned(office)
    week(office, "patch-16h-25", on=TODAY - timedelta(days=7))
    again = week(office, "patch-16h-25", week=1)
    assert codes(again) == ["week-handed-out-twice"]
    assert [caveat.code for caveat in office.ask(nrt_story, office.person).caveats if caveat.week] == [
        "week-handed-out-twice"
    ]


def test_what_belongs_beside_the_patch_is_no_second_handout_of_a_week_also_where_it_stands_alone_in_the_next(office):
    steps = (Step("patch-24h-21", 1, 1), Step("gum-2", 1, 1, "short_acting"), Step("gum-2", 2, 2))
    office.do(make_nrt_plan, MakeNrtPlan(person_id=office.person, weeks=2, steps=steps, starts_on=TODAY))
    week(office, "patch-24h-21")
    assert codes(week(office, "gum-2", week=1)) == []


def test_cytisine_is_found_by_its_trade_name_and_asked_about(office):
    office.add(
        Medicine(
            id=new_id(office.clock), person_id=office.person, name="decigatan 1,5 mg", recorded_on=TODAY,
            recorded_by=office.actor,
        )
    )  # fmt: skip
    assert codes(week(office, "gum-2")) == ["not-with-nicotine"]


def packed(office, product, quantity, batch="", expires_on=None, price=None, days=-1):
    office.add(
        StockMovement(
            id=new_id(office.clock), product=product, quantity=quantity, kind="packed",
            moved_at=NOON + timedelta(days=days), batch=batch, expires_on=expires_on, price=price,
            recorded_by=office.actor,
        )
    )  # fmt: skip


def test_batch_expiry_and_price_come_from_the_bag_the_first_to_expire_first(office):
    packed(office, "gum-2", 1, "early", date(2026, 11, 30), 9000)
    packed(office, "gum-2", 5, "late", date(2027, 5, 1), 9500)
    week(office, "gum-2")
    week(office, "gum-2", week=2)
    rows = office.rows(Handout)
    assert [(row.batch, row.price) for row in rows] == [("early", 9000), ("late", 9500)]
    assert office.ask(nrt_story, office.person).spent == 18500
    [line] = office.ask(bag_of, office.actor)
    assert (line.packed, line.handed_out, line.left) == (6, 2, 4)


def test_an_expired_batch_is_asked_about(office):
    packed(office, "gum-2", 1, "old", date(2026, 11, 23))
    assert codes(week(office, "gum-2")) == ["expired-batch"]


def test_a_handout_that_a_colleague_took_back_is_in_the_bag_again(office):
    packed(office, "gum-2", 2)
    first = week(office, "gum-2")
    office.do(take_back, TakeBack(first.handout_ids[0], "kom retur"), actor=new_id(office.clock))
    [line] = office.ask(bag_of, office.actor)
    assert line.left == 2


def test_the_handouts_and_the_plan_of_a_merged_duplicate_count_for_the_person(office):
    duplicate = new_id(office.clock)
    office.merge(duplicate)
    planned(office, person=duplicate)
    office.add(
        Handout(
            id=new_id(office.clock), person_id=duplicate, week=1, product="patch-16h-25", quantity=1, handed_on=TODAY,
            recorded_by=office.actor,
        )
    )  # fmt: skip
    story = office.ask(nrt_story, office.person)
    assert (story.due.week, len(story.given)) == (2, 1)


def test_closing_a_session_hands_out_the_whole_combination_as_one_week(office):
    plan = planned(office)
    for cell, text in ((Cell.STATUS, "present"), (Cell.HANDOUT, "patch-16h-25+mouth-spray-1")):
        with office.work() as work:
            type_cell(TypeCell(office.session, office.enrolment, cell, text), work=work)
    with office.work() as work:
        close_session(office.session, work=work)
    rows = office.rows(Handout)
    assert [(row.week, row.session_id, row.plan_id, row.place_id, row.enrolment_id) for row in rows] == [
        (1, office.session, plan, office.place, office.enrolment)
    ] * 2


def test_closing_a_session_says_whose_handout_is_looked_at_twice(office):
    planned(office)
    week(office, "patch-16h-25")
    for cell, text in ((Cell.STATUS, "present"), (Cell.HANDOUT, "patch-16h-25")):
        with office.work() as work:
            type_cell(TypeCell(office.session, office.enrolment, cell, text), work=work)
    with office.work() as work:
        outcome = close_session(office.session, work=work)
    assert [(whose, caveat.code) for whose, caveat in outcome.caveats] == [(office.enrolment, "two-weeks-in-a-day")]


def test_at_the_table_as_many_portions_are_offered_and_handed_out_as_the_plan_says(office):
    office.add(Place(id=office.place, team_id=office.team, municipality_id=office.team, name="Café", kind="vaerested"))
    steps = (Step("patch-24h-21", 1, 12), Step("gum-2", 1, 12, "short_acting", 2))
    office.do(make_nrt_plan, MakeNrtPlan(person_id=office.person, weeks=12, steps=steps, starts_on=TODAY))
    [row] = office.ask(session_sheet, office.session).rows
    assert row.offered == "patch-24h-21+2*gum-2"
    closed_with(office, row.offered, office.enrolment)
    assert {row.product: row.quantity for row in office.rows(Handout)} == {"patch-24h-21": 1, "gum-2": 2}
    [closed] = office.ask(session_sheet, office.session).rows
    assert set(closed.cells["handout"].split("+")) == {"patch-24h-21", "2*gum-2"}
    fewer = CorrectCell(office.session, office.enrolment, Cell.HANDOUT, "patch-24h-21+gum-2")
    office.do(correct_session_cell, fewer)
    story = office.ask(nrt_story, office.person)
    assert {(row.week, row.product, row.quantity) for row in story.given} == {
        (1, "patch-24h-21", 1),
        (1, "gum-2", 1),
    }


def sits_beside(office, person):
    enrolment = natural_id("enrolment", person, office.course)
    office.add(Enrolment(id=enrolment, person_id=person, course_id=office.course, joined_on=date(2026, 9, 1)))
    return enrolment


def closed_with(office, product, *enrolments):
    for enrolment in enrolments:
        for cell, text in ((Cell.STATUS, "present"), (Cell.HANDOUT, product)):
            with office.work() as work:
                type_cell(TypeCell(office.session, enrolment, cell, text), work=work)
    with office.work() as work:
        close_session(office.session, work=work)
    return office.rows(Handout)


def test_at_one_table_the_last_of_a_batch_goes_to_one_and_the_next_batch_to_the_other(office):
    packed(office, "gum-2", 1, "early", date(2026, 11, 30), 9000)
    packed(office, "gum-2", 5, "late", date(2027, 5, 1), 9500)
    stranger = new_id(office.clock)
    office.add(Person(id=stranger, person_id=stranger, nickname="Rita", registered_at=NOON))
    rows = closed_with(office, "gum-2", office.enrolment, sits_beside(office, stranger))
    assert sorted((row.batch, row.price, row.week) for row in rows) == [("early", 9000, 1), ("late", 9500, 1)]
    assert {row.person_id for row in rows} == {office.person, stranger}


def test_two_rows_of_one_person_at_one_table_are_handed_out_two_weeks(office):
    """Somebody is on the list under two names that were merged since: the second handout follows the first."""
    duplicate = new_id(office.clock)
    office.merge(duplicate)
    with office.work() as work:
        known = {"portions": portions_in("gum-2"), "handed_on": TODAY}
        add_handouts([HandOut(person_id=duplicate, **known), HandOut(person_id=office.person, **known)], work=work)
        work.commit()
    assert sorted((row.person_id == duplicate, row.week) for row in office.rows(Handout)) == [(False, 2), (True, 1)]


def test_a_cell_may_hold_one_product_or_several():
    assert [portion.product for portion in portions_in("gum-2")] == ["gum-2"]
    assert [portion.product for portion in portions_in(" a + b ")] == ["a", "b"]
    assert [(portion.product, portion.quantity) for portion in portions_in("3*a+b")] == [("a", 3), ("b", 1)]
    assert [portion.product for portion in portions_in("some*thing")] == ["some*thing"]
    assert portions_in("") == ()


def test_every_handout_is_in_the_outbox(office):
    week(office, "gum-2", "patch-24h-21")
    with office.store.session() as reading:
        entries = reading.scalars(select(OutboxEntry).where(OutboxEntry.entity == "handout")).all()
    assert len(entries) == 2
    assert isinstance(entries[0].at, datetime)


def test_a_letter_about_a_course_tells_of_the_weeks_of_that_course(office):
    office.add(Place(id=office.place, team_id=office.team, municipality_id=office.team, name="Café", kind="vaerested"))
    for weeks_ago in (9, 8, 7):
        week(office, "gum-2", on=TODAY - timedelta(weeks=weeks_ago))
    with office.work() as work:
        first = work.session.get(Enrolment, office.enrolment)
        first.left_on, first.closing_reason = TODAY - timedelta(weeks=6), "completed"
        work.commit()
    second = new_id(office.clock)
    own = {"person_id": office.person, "course_id": office.course, "joined_on": TODAY - timedelta(weeks=1)}
    office.add(Enrolment(id=second, **own))
    week(office, "gum-2")
    office.do(record_consent, RecordConsent(office.person, "letter_gp", "given", TODAY))
    assert "1 uge." in office.do(draft_letter, DraftLetter(second, "gp")).text
