from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.completion import (
    KOM_OG_KVIT,
    Completion,
    Definition,
    Meeting,
    Participation,
    close_by,
    completions,
    ended_on,
    is_completed,
    meetings_needed,
    meetings_that_count,
    national_completion,
    own_completion,
    sessions_needed,
)

DAY = date(2026, 3, 2)
S2 = {
    "completed_sessions_least": 3,
    "completed_sessions_above": 3,
    "national_completed_share_least": 0.75,
    "kom_og_kvit_completed_sessions_least": 4,
}
ALL = [
    Completion(Definition.THREE_OR_MORE, 3),
    Completion(Definition.MORE_THAN_THREE, 3),
    Completion(Definition.NATIONAL_SHARE, 0.75),
    Completion(Definition.KOM_OG_KVIT, 4),
    Completion(Definition.AGREED_COURSE),
]


@pytest.mark.parametrize(
    ("sessions", "needed"), [(0, 0), (4, 3), (5, 4), (6, 5), (7, 6), (8, 6), (10, 8), (11, 9), (12, 9)]
)
def test_three_quarters_of_the_sessions_is_what_the_national_database_says(sessions, needed):
    assert sessions_needed(sessions) == needed


def test_the_five_definitions_disagree_about_the_same_ten_sessions():
    needed = [meetings_needed(completion, Participation(0, planned=10)) for completion in ALL]
    assert needed == [3, 4, 8, 4, 10]


@pytest.mark.parametrize(
    ("participation", "expected"),
    [
        (Participation(0, planned=10, agreed=6, offered=3), 6),
        (Participation(0, planned=10, offered=3), 10),
        (Participation(0, offered=27), 27),
    ],
)
def test_a_share_is_taken_of_what_was_agreed_else_planned_else_offered(participation, expected):
    assert participation.expected == expected


def test_nobody_completes_a_course_that_has_not_met():
    assert not any(is_completed(completion, Participation(0)) for completion in ALL)


@given(st.sampled_from(ALL), st.integers(0, 60), st.integers(0, 20), st.integers(0, 20), st.integers(0, 60))
def test_one_more_meeting_never_takes_a_completion_away(completion, attended, planned, agreed, offered):
    less = Participation(attended, planned, agreed, offered)
    more = Participation(attended + 1, planned, agreed, offered)
    assert is_completed(completion, less) <= is_completed(completion, more)
    assert is_completed(completion, less) == (attended >= meetings_needed(completion, less))


@given(st.integers(1, 60))
def test_the_needed_sessions_are_the_fewest_that_make_three_quarters(sessions):
    needed = sessions_needed(sessions)
    assert 4 * needed >= 3 * sessions > 4 * (needed - 1)


def test_an_intake_counts_only_where_it_holds_counselling_and_a_follow_up_meeting_never():
    meetings = [
        Meeting(DAY),
        Meeting(DAY, "extra"),
        Meeting(DAY, "intake"),
        Meeting(DAY, "intake", holds_counselling=False),
        Meeting(DAY, "follow_up"),
    ]
    assert meetings_that_count(meetings) == 3


def test_each_programme_is_judged_by_its_own_document():
    assert own_completion(S2) == Completion(Definition.THREE_OR_MORE, 3)
    assert own_completion({"completed_definition": "agreed_course"}) == Completion(Definition.AGREED_COURSE)
    assert own_completion({"completed_share_least": 0.75}) == Completion(Definition.NATIONAL_SHARE, 0.75)
    assert own_completion({}) == Completion(Definition.NATIONAL_SHARE, 0.75)


def test_kom_og_kvit_has_a_definition_of_its_own_whatever_the_programme():
    assert own_completion(S2, KOM_OG_KVIT) == Completion(Definition.KOM_OG_KVIT, 4)
    assert own_completion({}, KOM_OG_KVIT) == national_completion({}, KOM_OG_KVIT)
    assert national_completion(S2) == Completion(Definition.NATIONAL_SHARE, 0.75)


def test_a_report_may_ask_for_every_definition_that_the_document_names():
    assert [completion.definition for completion in completions(S2)] == [
        Definition.THREE_OR_MORE,
        Definition.MORE_THAN_THREE,
        Definition.KOM_OG_KVIT,
        Definition.NATIONAL_SHARE,
    ]


def test_kom_og_kvit_without_a_stop_date_ends_after_two_months_without_attendance():
    came = {"joined_on": DAY, "last_attended_on": date(2026, 3, 31), "stop_on": None}
    assert ended_on(**came, today=date(2026, 5, 30)) is None
    assert ended_on(**came, today=date(2026, 5, 31)) == date(2026, 5, 31)
    assert ended_on(joined_on=DAY, last_attended_on=None, stop_on=None, today=date(2026, 5, 2)) == date(2026, 5, 2)


def test_kom_og_kvit_with_a_stop_date_does_not_end_by_itself_but_is_closed_within_three_months():
    assert ended_on(joined_on=DAY, last_attended_on=DAY, stop_on=DAY, today=date(2027, 1, 1)) is None
    assert close_by(date(2026, 3, 31)) == date(2026, 6, 30)
    assert close_by(date(2026, 3, 31), 1) == date(2026, 4, 30)
