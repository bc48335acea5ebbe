import pytest

from app.domain.sheet_columns import sheet_columns

TWELVE = {"nrt_weeks": {"value": 12}}


@pytest.mark.parametrize(
    ("rules", "columns"),
    [
        ({}, ("co_ppm",)),
        (TWELVE, ("co_ppm", "handout")),
        ({"medicine_free": {"value": True}}, ("co_ppm", "handout")),
        ({"medicine_free": {"value": False}}, ("co_ppm",)),
        ({**TWELVE, "session_columns": {"value": []}}, ()),
    ],
)
def test_the_columns_are_those_that_the_programme_works_with(rules, columns):
    assert sheet_columns(rules) == ("status", "cigarettes_per_day", *columns, "small_step", "note")


def test_a_column_that_holds_something_is_never_hidden():
    assert "handout" in sheet_columns({}, recorded={"handout"})
    assert "co_ppm" in sheet_columns({"session_columns": {"value": []}}, recorded={"co_ppm", "status"})
