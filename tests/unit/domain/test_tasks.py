from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.follow_up import Attempt, Stage, follow_up
from app.domain.programmes import presets, programme_from_rules
from app.domain.tasks import (
    AtRisk,
    ComingSession,
    Decision,
    Kind,
    MissedSession,
    Part,
    RunningHandouts,
    Task,
    Urgency,
    WaitingReferral,
    before_first_session_task,
    close_course_task,
    first_call_task,
    follow_up_task,
    handout_task,
    in_order,
    medicine_task,
    new_course_task,
    no_show_task,
    paper_tasks,
    reminder_task,
    still_thinking_task,
    undecided,
    waiting_task,
    weekly_call_task,
)
from app.domain.working_days import WorkingDays

GUIDE, SHEET, ACROSS, HEAVY, POOL = (presets()[key] for key in sorted(presets()))
CALENDAR = WorkingDays()
TODAY = date(2026, 11, 24)  # a Tuesday
WAITING = WaitingReferral(
    referral_id="r", person_id="p", received_on=date(2026, 11, 23), channel="gp", sender="Lægehuset", attempts=2
)
COMING = ComingSession(
    enrolment_id="e", person_id="p", session_id="s", held_on=date(2026, 11, 26), starts_at="10:00", title="Café"
)
MISSED = MissedSession(
    enrolment_id="e",
    person_id="p",
    session_id="s",
    held_on=date(2026, 11, 23),
    title="Café",
    next_on=date(2026, 11, 30),
)
RUNNING = RunningHandouts(plan_id="n", person_id="p", weeks=12, starts_on=date(2026, 11, 1), enrolment_id="e")
PART = Part(enrolment_id="e", person_id="p", title="Café", first_on=date(2026, 9, 1))


def test_the_first_call_is_due_by_programme_and_names_its_document_and_paragraph():
    task = first_call_task(WAITING, [ACROSS], calendar=CALENDAR)
    assert (task.key, task.due, task.at_risk) == ("first_call:r", date(2026, 11, 25), AtRisk.PERSON)
    assert (task.rule, task.source, task.paragraph) == ("first_contact_deadline", "S2", "Rygestop i kommunen")
    assert (task.detail("sender"), task.detail("attempts"), task.detail("nothing")) == ("Lægehuset", "2", "")
    assert first_call_task(WAITING, [SHEET], calendar=CALENDAR).due == date(2026, 11, 30)
    assert first_call_task(WAITING, [GUIDE], calendar=CALENDAR) is None


def before_first(coming, programme=ACROSS, today=TODAY):
    return before_first_session_task(coming, [programme], today=today, calendar=CALENDAR)


def test_everybody_is_spoken_with_before_their_first_session():
    first = replace(COMING, is_first=True)
    task = before_first(first)
    assert (task.due, task.purpose, task.source) == (date(2026, 11, 25), "before_first_session", "S2")
    assert before_first(COMING) is None
    assert before_first(replace(first, is_called=True)) is None
    assert before_first(first, GUIDE) is None
    assert before_first(replace(first, held_on=TODAY + timedelta(days=8))) is None


def test_a_first_session_of_today_still_asks_for_its_talk_today():
    assert before_first(replace(COMING, is_first=True, held_on=TODAY)).due == TODAY


def test_the_talk_before_a_monday_is_due_on_the_friday():
    monday = replace(COMING, is_first=True, held_on=date(2026, 11, 30))
    assert before_first(monday).due == date(2026, 11, 27)


def test_what_is_due_before_a_long_closing_is_shown_on_its_last_working_day():
    closed = WorkingDays(own=frozenset(TODAY + timedelta(days=days) for days in range(1, 12)))
    first = replace(COMING, is_first=True, held_on=TODAY + timedelta(days=13))
    for today, is_shown in ((TODAY - timedelta(days=1), False), (TODAY, True), (TODAY + timedelta(days=1), True)):
        task = before_first_session_task(first, [ACROSS], today=today, calendar=closed)
        assert (task is not None) == is_shown
        assert task is None or task.due == max(TODAY, min(today, first.held_on))


def test_a_programme_that_says_no_asks_for_no_talk():
    said_no = programme_from_rules(
        {"contact_before_first_session": {"value": False, "unit": "flag", "source": "own", "valid_from": "2026-01-01"}}
    )
    assert before_first(replace(COMING, is_first=True), said_no) is None


def remind(coming, programme=ACROSS, today=TODAY):
    return reminder_task(coming, [programme], today=today, calendar=CALENDAR)


def test_a_reminder_shows_from_the_working_day_before_and_is_due_on_the_day():
    assert remind(COMING) is None
    task = remind(COMING, today=date(2026, 11, 25))
    assert (task.due, task.detail("channel")) == (COMING.held_on, "phone")
    monday = replace(COMING, held_on=date(2026, 11, 30))
    assert remind(monday, today=date(2026, 11, 27)) is not None
    assert remind(replace(COMING, is_reminded=True), today=date(2026, 11, 25)) is None
    assert remind(COMING, GUIDE, today=date(2026, 11, 25)) is None


@pytest.mark.parametrize("programme", [ACROSS, HEAVY, SHEET, POOL])
def test_only_who_agreed_to_texting_is_texted(programme):
    task = remind(replace(COMING, may_text=True), programme, today=date(2026, 11, 26))
    assert task.detail("channel") == "sms"


def missed(fact, *programmes, today=TODAY):
    return no_show_task(fact, programmes, today=today, calendar=CALENDAR)


def test_who_did_not_come_is_called_before_the_next_session():
    task = missed(MISSED, ACROSS)
    assert (task.due, task.purpose, task.rule) == (date(2026, 11, 27), "no_show", "no_show_call_before")
    assert task.key == "no_show:s:e"


def test_where_no_next_session_is_planned_a_week_is_given():
    assert missed(replace(MISSED, next_on=None), ACROSS).due == date(2026, 11, 30)


def test_the_older_agreement_asks_for_a_talk_and_the_guide_for_nothing():
    assert missed(MISSED, HEAVY).rule == "no_show_talk"
    assert missed(MISSED, GUIDE) is None
    assert missed(MISSED, GUIDE, ACROSS).source == "S2"
    assert missed(MISSED, HEAVY, ACROSS).source == "S1"


def test_a_session_missed_long_ago_is_history():
    assert missed(MISSED, ACROSS, today=MISSED.held_on + timedelta(days=30)) is not None
    assert missed(MISSED, ACROSS, today=MISSED.held_on + timedelta(days=31)) is None


def test_a_handout_is_due_a_week_after_the_last_and_never_after_the_twelfth():
    given = replace(RUNNING, week=5, last_on=date(2026, 11, 17))
    task = handout_task(given, [GUIDE], today=TODAY)
    assert (task.due, task.detail("week"), task.detail("of")) == (TODAY, "5", "12")
    assert (task.at_risk, task.source) == (AtRisk.SUPPLY, "S3")
    assert handout_task(replace(given, week=None), [GUIDE], today=TODAY) is None
    assert handout_task(replace(given, last_on=TODAY), [GUIDE], today=TODAY) is None
    assert handout_task(RUNNING, [GUIDE], today=TODAY).due == date(2026, 11, 1)
    later = replace(given, starts_on=TODAY + timedelta(days=1))
    assert handout_task(later, [GUIDE], today=TODAY).due == TODAY + timedelta(days=1)
    assert handout_task(RUNNING, [POOL], today=TODAY).rule == "medicine_free"
    assert handout_task(RUNNING, [ACROSS], today=TODAY) is None


@given(st.integers(0, 20), st.integers(0, 400))
def test_missed_weeks_eat_no_handout(given_so_far, days_ago):
    week = given_so_far + 1 if given_so_far < 12 else None
    running = replace(RUNNING, week=week, last_on=TODAY - timedelta(days=days_ago))
    task = handout_task(running, [GUIDE], today=TODAY)
    if given_so_far >= 12 or days_ago < 6:
        assert task is None
    else:
        assert task.detail("week") == str(given_so_far + 1)


def kinds(part, *programmes):
    return [(task.kind, task.key) for task in paper_tasks(part, programmes)]


def test_paper_is_asked_for_where_the_programme_asks_for_it():
    part = replace(
        PART,
        unasked=("stopbasen", "contact_six_months"),
        untyped=("base", "completion"),
        needs_gp_letter=True,
        needs_diploma=True,
        closed_on=TODAY,
    )
    assert kinds(part, ACROSS) == [
        (Kind.CONSENTS, "consents:e"),
        (Kind.FORM, "form:base:e"),
        (Kind.FORM, "form:completion:e"),
        (Kind.LETTER_GP, "letter_gp:e"),
        (Kind.DIPLOMA, "diploma:e"),
    ]
    assert kinds(part, GUIDE) == []
    assert [task.due for task in paper_tasks(part, [ACROSS])] == [part.first_on, None, None, TODAY, TODAY]


def test_everybody_is_shown_e_kvit_where_the_agreement_asks_for_it():
    part = replace(PART, needs_e_kvit=True)
    assert kinds(part, ACROSS) == [(Kind.E_KVIT, "e_kvit:e")]
    assert kinds(part, GUIDE) == []


def test_nobody_is_asked_for_consent_before_they_have_come():
    assert kinds(replace(PART, first_on=None, unasked=("stopbasen",)), ACROSS) == []
    assert kinds(PART, ACROSS) == []


def test_who_referred_hears_of_it_by_the_older_agreement_or_because_they_asked():
    part = replace(PART, needs_referrer_letter=True, referral_id="r", closed_on=TODAY)
    (by_rule,), (by_wish,) = paper_tasks(part, [HEAVY]), paper_tasks(part, [ACROSS])
    assert (by_rule.rule, by_rule.source) == ("feedback_to_referrer", "S1")
    assert (by_wish.rule, by_wish.source, by_wish.referral_id) == ("wants_feedback", "", "r")
    said_no = programme_from_rules(
        {"feedback_to_referrer": {"value": False, "unit": "flag", "source": "own", "valid_from": "2026-01-01"}}
    )
    assert paper_tasks(part, [said_no]) == ()


def six_months(today, attempts=(), counted=date(2026, 5, 24)):
    found = follow_up(
        counted=counted, attempts=attempts, may_contact=True, is_deceased=False, answered_on=None, missing_reason="",
        today=today,
    )  # fmt: skip
    return follow_up_task(enrolment_id="e", person_id="p", title="Café", found=found, programmes=[ACROSS])


def test_the_six_month_call_stands_while_its_window_is_open():
    task = six_months(TODAY)
    assert (task.due, task.at_risk, task.purpose) == (date(2026, 12, 24), AtRisk.RESULT, "follow_up")
    assert (task.detail("missing"), task.detail("next"), task.detail("give_up")) == ("4", "2026-11-24", "")
    assert six_months(date(2026, 10, 23)) is None
    assert six_months(date(2026, 12, 25)) is None
    assert six_months(TODAY, counted=None) is None


def test_after_enough_calls_one_may_give_up_and_before_that_the_evening_is_named():
    calls = [Attempt(datetime(2026, 11, day, 10, 0), "no_answer") for day in (16, 17, 18)]
    assert six_months(TODAY, calls).detail("evening") == "yes"
    enough = [*calls, Attempt(datetime(2026, 11, 19, 18, 0), "no_answer")]
    assert six_months(TODAY, enough).detail("give_up") == "yes"


def test_a_follow_up_without_a_rule_is_no_task():
    found = follow_up(
        counted=date(2026, 5, 24), attempts=(), may_contact=True, is_deceased=False, answered_on=None,
        missing_reason="", today=TODAY,
    )  # fmt: skip
    assert found.stage is Stage.DUE
    assert follow_up_task(enrolment_id="e", person_id="p", title="", found=found, programmes=[]) is None


def test_who_smokes_again_after_six_months_is_offered_a_new_course():
    said = {"enrolment_id": "e", "person_id": "p", "asked_on": TODAY}
    task = new_course_task(**said, programmes=[ACROSS])
    assert (task.kind, task.due, task.source) == (Kind.NEW_COURSE, TODAY, "S2")
    assert new_course_task(**said, programmes=[GUIDE]) is None
    said_no = programme_from_rules(
        {
            "offer_new_course_after_relapse": {
                "value": False,
                "unit": "flag",
                "source": "own",
                "valid_from": "2026-01-01",
            }
        }
    )
    assert new_course_task(**said, programmes=[said_no]) is None


def test_a_kom_og_kvit_course_with_a_stop_date_is_to_be_closed_within_three_months():
    said = {"enrolment_id": "e", "person_id": "p", "title": "Kom & Kvit på Kilden", "today": TODAY}
    task = close_course_task(**said, stop_on=date(2026, 8, 24), programme=ACROSS)
    assert (task.kind, task.due, task.source, task.rule) == (
        Kind.CLOSE_COURSE, TODAY, "W", "open_course_closed_within",
    )  # fmt: skip
    assert close_course_task(**said, stop_on=date(2026, 9, 8), programme=ACROSS).due == date(2026, 12, 8)
    assert close_course_task(**said, stop_on=date(2026, 9, 9), programme=ACROSS) is None
    unnamed = close_course_task(**said, stop_on=date(2026, 8, 24), programme=None)
    assert (unnamed.due, unnamed.source) == (TODAY, "W")


def medicine(level, trigger="stop_date", on=TODAY):
    said = {"person_id": "p", "medicine_id": "m", "medicine": "Leponex", "source": "W"}
    return medicine_task(**said, level=level, trigger=trigger, on=on, calendar=CALENDAR)


def test_a_red_medicine_is_told_of_before_the_stop_date_and_an_amber_one_at_it():
    assert medicine("red").due == TODAY - timedelta(days=1)
    assert medicine("amber").due == TODAY
    assert medicine("red", "relapse").due == TODAY
    assert medicine("red", on=date(2026, 11, 30)).due == date(2026, 11, 27)
    assert medicine("amber", on=date(2026, 11, 29)).due == date(2026, 11, 29)
    assert medicine("red").at_risk is AtRisk.HEALTH
    assert medicine("red").key == "medicine:m:stop_date:2026-11-24"


def a_task(key, due, at_risk=AtRisk.PERSON):
    return Task(
        key=key,
        kind=Kind.FIRST_CALL,
        person_id="p",
        at_risk=at_risk,
        due=due,
        rule="first_contact_deadline",
        source="S2",
    )


def test_what_is_at_risk_comes_first_among_what_is_late_or_for_today():
    tasks = [
        a_task("paper-late", TODAY - timedelta(days=9), AtRisk.PAPER),
        a_task("whenever", None, AtRisk.PAPER),
        a_task("person-tomorrow", TODAY + timedelta(days=1)),
        a_task("person-today", TODAY),
        a_task("person-late", TODAY - timedelta(days=1)),
        a_task("health-today", TODAY, AtRisk.HEALTH),
    ]
    assert [task.key for task in in_order(tasks, today=TODAY)] == [
        "health-today", "person-late", "person-today", "paper-late", "person-tomorrow", "whenever",
    ]  # fmt: skip
    assert [task.urgency(TODAY) for task in tasks] == [
        Urgency.OVERDUE, Urgency.WHENEVER, Urgency.SOON, Urgency.TODAY, Urgency.OVERDUE, Urgency.TODAY,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(-20, 20) | st.none(), st.sampled_from(AtRisk)), max_size=12))
def test_the_order_loses_nothing_and_is_the_same_whatever_came_first(said):
    tasks = [
        a_task(f"k{number}", None if days is None else TODAY + timedelta(days=days), at_risk)
        for number, (days, at_risk) in enumerate(said)
    ]
    assert in_order(tasks, today=TODAY) == in_order(reversed(tasks), today=TODAY)
    assert set(in_order(tasks, today=TODAY)) == set(tasks)


@pytest.mark.parametrize(
    ("decision", "is_shown"),
    [
        (None, True),
        (Decision("done"), False),
        (Decision("dismissed"), False),
        (Decision("open"), True),
        (Decision("put_off", TODAY), True),
        (Decision("put_off", TODAY + timedelta(days=1)), False),
        (Decision("put_off"), True),
    ],
)
def test_a_decision_hides_its_task_and_putting_off_only_until_the_day(decision, is_shown):
    task = a_task("k", TODAY)
    decisions = {} if decision is None else {("p", "k"): decision}
    assert undecided([task], decisions, today=TODAY) == ((task,) if is_shown else ())


def waiting(*programmes):
    return waiting_task(
        referral_id="r",
        person_id="p",
        wanted_on=TODAY - timedelta(days=3),
        channel="hospital",
        sender="Dr. Holm",
        programmes=programmes or (GUIDE, SHEET),
    )


def test_who_wants_help_and_is_on_no_course_is_found_one_soon_and_has_stoplinien_meanwhile():
    task = waiting()
    assert (task.kind, task.source, task.at_risk) == (Kind.WAITING, "S4", AtRisk.PERSON)
    assert (task.due, task.referral_id) == (TODAY + timedelta(days=4), "r")
    assert (task.detail("bridge"), task.detail("day")) == ("stoplinien", "2026-11-21")
    assert waiting(GUIDE) is None
    unhurried = replace(SHEET.rule("start_as_soon_as_possible"), value=False)
    assert waiting(replace(SHEET, rules={"start_as_soon_as_possible": unhurried})) is None
    alone = replace(SHEET, rules={"start_as_soon_as_possible": SHEET.rule("start_as_soon_as_possible")})
    assert waiting(alone).detail("bridge") == ""


def test_who_said_neither_yes_nor_no_is_asked_again_after_a_fortnight_where_the_programme_wants_a_course_soon():
    def thinking(days, *programmes):
        return still_thinking_task(
            referral_id="r", person_id="p", received_on=TODAY - timedelta(days=20), today=TODAY,
            spoken_on=TODAY - timedelta(days=days), channel="hospital", sender="", programmes=programmes or (SHEET,),
        )  # fmt: skip

    task = thinking(14)
    assert (task.kind, task.due, task.referral_id) == (Kind.WAITING, TODAY, "r")
    assert task.key != waiting().key, "one may be put off without the other"
    assert thinking(13) is None
    assert thinking(14, GUIDE) is None


def test_a_weekly_call_is_suggested_by_a_course_s_own_programme_a_week_after_one_was_last_in_touch():
    def weekly(days, programme=SHEET):
        return weekly_call_task(
            enrolment_id="e", person_id="p", title="Café", last_on=TODAY - timedelta(days=days), programme=programme,
            today=TODAY,
        )  # fmt: skip

    task = weekly(7)
    assert (task.kind, task.due, task.source, task.purpose) == (Kind.WEEKLY_CALL, TODAY, "S4", "other")
    assert weekly(9).due == TODAY - timedelta(days=2)
    assert weekly(9).key != task.key, "what is settled for one week is asked anew for the next"
    assert weekly(6) is None
    assert weekly(7, ACROSS) is None
