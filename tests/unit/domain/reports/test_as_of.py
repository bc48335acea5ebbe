from datetime import UTC, date, datetime

from app.domain.reports.as_of import (
    danish_day,
    earlier_values,
    end_of,
    first_id_after,
    is_later,
    row_then,
    rows_then,
    without_orphans,
)
from app.domain.reports.everything import Question, every_report, report
from app.domain.reports.facts import CourseRow, EnrolmentRow, Facts, SessionRow

THEN = datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)
AFTER = "2026-07-02T08:00:00Z"
EARLY, LATE = "01000000-0000-7000-8000-000000000000", "ffffffff-ffff-7000-8000-000000000000"
MADE_OF_TWO = "ffffffff-ffff-5000-8000-000000000000"


def test_the_end_of_a_day_is_the_danish_midnight_and_belongs_to_that_day():
    assert danish_day(end_of(date(2026, 6, 30))) == date(2026, 6, 30)
    assert end_of(date(2026, 6, 30)).hour == 21


def test_an_identifier_says_whether_a_row_was_made_later_and_one_made_of_two_says_nothing():
    bound = first_id_after(THEN)
    assert is_later(LATE, bound)
    assert not is_later(EARLY, bound)
    assert not is_later(MADE_OF_TWO, bound)


def test_a_field_is_as_it_was_before_the_first_change_after_the_moment():
    earlier = earlier_values(
        [
            ("course", "c", "2026-06-01T08:00:00Z", {"title": "Ældst"}),
            ("course", "c", AFTER, {"title": "Hold A"}),
            ("course", "c", "2026-08-01T08:00:00Z", {"title": "Hold B", "note": ""}),
            ("user", "u", AFTER, {"name": "Mette"}),
            ("course", "c", "yesterday", {"title": "Ingen tid"}),
            ("course", "c", "2026-08-01T08:00:00", {"title": "Uden zone"}),
        ],
        as_of=THEN,
    )
    assert earlier == {("course", "c"): {"title": "Hold A", "note": ""}}


def test_rows_made_later_and_about_later_days_are_left_out_and_changed_ones_are_as_they_stood():
    earlier = {("course", EARLY): {"title": "Hold A"}}
    rows = [
        ("course", EARLY, {"title": "Hold B"}),
        ("course", LATE, {"title": "Nyt"}),
        ("place", LATE, {"name": "Kilden"}),
        ("enrolment", MADE_OF_TWO, {"joined_on": "2026-07-01"}),
        ("enrolment", "e", {"joined_on": "2026-06-30"}),
        ("measurement", LATE, {"value": 1}),
    ]
    assert list(rows_then(rows, earlier, as_of=THEN)) == [
        ("course", EARLY, {"title": "Hold A"}),
        ("place", LATE, {"name": "Kilden"}),
        ("enrolment", "e", {"joined_on": "2026-06-30"}),
        ("measurement", LATE, {"value": 1}),
    ]
    course = row_then("course", ["title"], earlier, as_of=THEN)
    assert [course((EARLY, "Hold B")), course((LATE, "Nyt"))] == [(EARLY, "Hold A"), None]
    enrolment = row_then("enrolment", ["joined_on"], {}, as_of=THEN)
    assert [enrolment(("e", "2026-07-01")), enrolment(("e", "2026-06-30"))] == [None, ("e", "2026-06-30")]


def test_nobody_is_on_a_course_that_was_not_there_yet():
    facts = Facts(
        courses=(CourseRow("c", "Hold", "p", "m", "s", "group", "", 6, date(2026, 1, 1), None, "u", "running"),),
        enrolments=tuple(
            EnrolmentRow(f"e{course}", "p", course, date(2026, 1, 1), None, None, "", "", 0, None, None)
            for course in ("c", "later")
        ),
        sessions=tuple(
            SessionRow(f"s{course}", course, "p", date(2026, 1, 8), None, True, None) for course in ("c", "later")
        ),
    )
    assert without_orphans(facts) is facts
    then = without_orphans(Facts(**{**_fields(facts), "as_of": THEN}))
    assert [row.course_id for row in (*then.enrolments, *then.sessions)] == ["c", "c"]


def test_every_report_says_from_which_day_it_is_seen():
    question = Question(since=date(2026, 1, 1), until=date(2026, 6, 30), today=date(2026, 11, 24))
    assert "everything known now" in report("activity", Facts(), question).notes[-1]
    seen = [made.notes[-1] for made in every_report(Facts(as_of=THEN), question)]
    assert all("Counted as known on" in note and "2026" in note for note in seen)


def _fields(facts):
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
