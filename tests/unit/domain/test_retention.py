"""What is kept how long, and what anonymising leaves."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.retention import RecordRule, due_on, retention_rules

NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("last", "months", "expected"),
    [
        (date(2026, 1, 15), 60, date(2031, 1, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_time_is_up_on_the_same_day_or_on_the_last_of_the_month(last: date, months: int, expected: date) -> None:
    assert due_on(last, months) == expected


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(0, 240))
def test_time_is_never_up_before_or_in_another_month_than_counted(last: date, months: int) -> None:
    due = due_on(last, months)
    assert (due.year * 12 + due.month) - (last.year * 12 + last.month) == months
    assert due.day <= last.day


def test_only_what_the_rule_keeps_is_left_and_every_field_keeps_its_kind() -> None:
    rule = RecordRule(60, "anonymise", frozenset({"sex"}), NOTHING, frozenset({"birth_date"}))
    fields = {"name": "Lone", "sex": "f", "birth_date": "1985-01-10", "phones": ["1"], "own": {"a": 1}, "n": 3}
    assert rule.anonymised(fields | {"flag": True, "empty": None}) == {
        "name": "",
        "sex": "f",
        "birth_date": "1985-01-01",
        "phones": [],
        "own": {},
        "n": 3,
        "flag": True,
        "empty": None,
    }
    assert not rule.goes_when_anonymised


def test_a_rule_that_keeps_everything_blanks_only_what_it_names() -> None:
    rule = RecordRule(60, "anonymise", None, frozenset({"note"}), frozenset({"day"}))
    assert rule.anonymised({"note": "says much", "kind": "call", "day": None}) == {
        "note": "",
        "kind": "call",
        "day": None,
    }
    assert not rule.goes_when_anonymised


def test_a_kind_of_record_that_nobody_thought_of_goes_whole() -> None:
    rules = retention_rules()
    rule = rules.rule("something_new")
    assert rule.goes_when_anonymised
    assert (rule.months, rule.on_erasure) == (rules.review_months, "delete")
    assert rules.rule("person") is rules.records["person"]
