from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.checks import Block, Caution
from app.domain.courses import (
    CourseSaid,
    check_course,
    check_joining,
    check_leaving,
    check_session_day,
    clock_time,
    course_checks,
    education_checks,
    planned_days,
    size_checks,
    target_checks,
    weekly_days,
)
from app.domain.programmes import presets
from app.domain.working_days import WorkingDays
from app.errors import RuleRefusal

DAY = date(2026, 3, 5)
S0, S1, S2, S3 = (
    presets()[key]
    for key in ("styrket_rygestoptilbud", "storrygerindsats", "roegfri_paa_tvaers", "faa_hjaelp_til_rygestop")
)
SAID = CourseSaid("Torsdag på Kilden", "group", DAY, planned_sessions=10)
EVERY_DAY = WorkingDays()
DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))


@pytest.mark.parametrize(
    ("text", "time"),
    [("", ""), ("  ", ""), ("9:30", "09:30"), ("09.30", "09:30"), ("23:59", "23:59"), ("0:00", "00:00")],
)
def test_a_time_of_day_is_read_as_people_write_it(text, time):
    assert clock_time(text) == time


@pytest.mark.parametrize("text", ["24:00", "9", "9:60", "930", "half past nine"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(RuleRefusal, match="not-a-time"):
        clock_time(text)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"planned_sessions": 0, "title": "Åbent hold"},
        {"format": "individual", "setting": "walk"},
        {"stop_date_policy": "common", "stop_on": DAY + timedelta(days=21)},
        {"stop_date_policy": "common", "stop_on": DAY, "ends_on": DAY},
        {"counsellor_id": "a", "second_counsellor_id": "b"},
    ],
)
def test_a_course_is_open_or_fixed_for_a_group_or_one_with_or_without_a_stop_date(change):
    check_course(replace(SAID, **change))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"title": "  "}, "empty-title", "title"),
        ({"title": "x" * 201}, "title-too-long", "title"),
        ({"format": "crowd"}, "unknown-answer", "format"),
        ({"setting": "moon"}, "unknown-answer", "setting"),
        ({"stop_date_policy": "maybe"}, "unknown-answer", "stop_date_policy"),
        ({"planned_sessions": 61}, "too-many-sessions", "planned_sessions"),
        ({"planned_sessions": -1}, "too-many-sessions", "planned_sessions"),
        ({"ends_on": DAY - timedelta(days=1)}, "ends-before-start", "ends_on"),
        ({"stop_date_policy": "common"}, "stop-date-needed", "stop_on"),
        (
            {"stop_date_policy": "common", "stop_on": DAY - timedelta(days=1)},
            "stop-date-outside-course",
            "stop_on",
        ),
        (
            {"stop_date_policy": "common", "stop_on": DAY + timedelta(days=9), "ends_on": DAY + timedelta(days=8)},
            "stop-date-outside-course",
            "stop_on",
        ),
        ({"counsellor_id": "a", "second_counsellor_id": "a"}, "same-counsellor", "second_counsellor_id"),
    ],
)
def test_a_course_that_cannot_be_is_refused_beside_its_field(change, code, field):
    with pytest.raises(RuleRefusal, match=code) as refused:
        check_course(replace(SAID, **change))
    assert refused.value.parameters["field"] == field


@pytest.mark.parametrize(("programme", "sessions"), [(S1, 4), (S2, 5), (S3, 9)])
def test_a_group_course_shorter_than_its_document_warns_and_names_it(programme, sessions):
    (found,) = course_checks(replace(SAID, planned_sessions=sessions), programme)
    assert isinstance(found, Caution)
    assert (found.code, found.source, found.parameters["least"]) == (
        "course-too-short",
        programme.document,
        sessions + 1,
    )
    assert course_checks(replace(SAID, planned_sessions=sessions + 1), programme) == ()


def test_an_open_ended_course_and_one_person_are_never_too_few_sessions():
    assert course_checks(replace(SAID, planned_sessions=0), S2) == ()
    assert course_checks(replace(SAID, planned_sessions=4, format="individual"), S2) == ()


def test_a_programme_for_groups_alone_says_so_of_an_individual_course():
    (found,) = course_checks(replace(SAID, format="individual"), S3)
    assert (found.code, found.field) == ("format-not-in-programme", "format")


def test_more_than_twelve_ask_for_a_second_counsellor():
    assert size_checks(12, has_second_counsellor=False, programme=S2) == ()
    (found,) = size_checks(13, has_second_counsellor=False, programme=S2)
    assert isinstance(found, Block)
    assert (found.code, found.rule, found.source) == (
        "second-counsellor-needed",
        "participants_per_counsellor_most",
        "S2",
    )
    assert size_checks(13, has_second_counsellor=True, programme=S2) == ()


def test_a_large_group_is_a_caution_where_the_programme_advises_smaller_ones():
    (found,) = size_checks(11, has_second_counsellor=True, programme=S3)
    assert isinstance(found, Caution)
    assert found.code == "group-too-large"
    assert size_checks(10, has_second_counsellor=False, programme=S3) == ()


def test_sessions_are_weekly_and_a_week_whose_day_is_a_holiday_is_left_out():
    assert weekly_days(date(2026, 3, 26), 3, calendar=EVERY_DAY) == (
        date(2026, 3, 26),
        date(2026, 4, 9),  # 2 April 2026 is Maundy Thursday
        date(2026, 4, 16),
    )


def test_the_municipality_s_own_days_off_are_left_out_too():
    calendar = WorkingDays.with_days_off([(date(2026, 3, 12), ""), (None, "03-19")])
    assert weekly_days(DAY, 2, calendar=calendar) == (DAY, date(2026, 3, 26))


def test_a_shelter_may_meet_on_saturdays_but_not_at_christmas():
    days = weekly_days(date(2026, 12, 19), 2, calendar=WorkingDays.with_days_off([(date(2027, 1, 2), "")]))
    assert days == (date(2026, 12, 19), date(2027, 1, 9))  # 26 December is a holiday, 2 January their own day off


def test_a_fixed_course_is_planned_whole_and_an_open_one_some_weeks_ahead():
    assert len(planned_days(SAID, calendar=EVERY_DAY)) == 10
    assert len(planned_days(replace(SAID, planned_sessions=0), calendar=EVERY_DAY)) == 6
    assert planned_days(replace(SAID, ends_on=DAY + timedelta(days=7)), calendar=EVERY_DAY) == (
        DAY,
        DAY + timedelta(days=7),
    )


@given(DAYS, st.integers(1, 30))
def test_sessions_stay_on_their_weekday_and_never_fall_on_a_holiday(first, count):
    days = weekly_days(first, count, calendar=EVERY_DAY)
    assert len(days) == count
    assert {day.weekday() for day in days} == {first.weekday()}
    assert list(days) == sorted(set(days))
    assert first.weekday() > 4 or all(EVERY_DAY.is_working_day(day) for day in days[1:])


@given(DAYS, DAYS, st.none() | DAYS)
def test_a_session_lies_within_its_course_or_is_refused(held_on, starts_on, ends_on):
    if starts_on <= held_on and (ends_on is None or held_on <= ends_on):
        check_session_day(held_on, starts_on=starts_on, ends_on=ends_on)
    else:
        with pytest.raises(RuleRefusal, match=r"session-(before|after)-course"):
            check_session_day(held_on, starts_on=starts_on, ends_on=ends_on)


def test_anybody_joins_a_running_course_at_any_session_and_nobody_a_course_that_is_over():
    check_joining(DAY, ends_on=None, is_running=True, deceased_on=None)
    check_joining(DAY, ends_on=DAY, is_running=True, deceased_on=DAY)
    for change, code in (
        ({"is_running": False}, "course-closed"),
        ({"ends_on": DAY - timedelta(days=1)}, "joined-after-course"),
        ({"deceased_on": DAY - timedelta(days=1)}, "person-deceased"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            check_joining(DAY, **{"ends_on": None, "is_running": True, "deceased_on": None, **change})


@given(DAYS, DAYS, st.none() | DAYS, DAYS)
def test_leaving_lies_between_joining_or_the_last_meeting_and_today(left_on, joined_on, attended_on, today):
    earliest = max(joined_on, attended_on or joined_on)
    if earliest <= left_on <= today:
        check_leaving(left_on, joined_on=joined_on, last_attended_on=attended_on, today=today)
    else:
        with pytest.raises(RuleRefusal) as refused:
            check_leaving(left_on, joined_on=joined_on, last_attended_on=attended_on, today=today)
        assert refused.value.parameters["field"] == "left_on"


def test_a_counsellor_whose_education_nobody_has_noted_is_a_caution_where_the_programme_wants_one():
    (found,) = education_checks(["Niels", "Bente"], S2)
    assert (found.code, found.source) == ("counsellor-education-unknown", "S2")
    assert found.parameters == {"names": "Bente, Niels"}
    assert education_checks([], S2) == education_checks(["Niels"], S3) == ()


def test_somebody_outside_the_target_group_is_a_caution_where_the_programme_is_for_heavy_smokers_only():
    (found,) = target_checks(15.0, S1)
    assert (found.code, found.source, found.parameters) == ("outside-target-group", "S1", {"cigarettes": "15"})
    assert target_checks(15.5, S1) == target_checks(None, S1) == ()
    assert target_checks(3.0, S2) == target_checks(3.0, S3) == ()
    at_least = replace(
        S1, rules={"target_group": S1.rule("target_group"), "heavy_smoker_least": S2.rule("heavy_smoker_least")}
    )
    assert target_checks(15.0, at_least) == ()
    assert [check.code for check in target_checks(14.0, at_least)] == ["outside-target-group"]
    assert target_checks(1.0, replace(S1, rules={"target_group": S1.rule("target_group")})) == ()
