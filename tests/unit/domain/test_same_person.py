import pytest

from app.domain.same_person import counts_for


@pytest.mark.parametrize(
    ("merged_into", "expected"),
    [
        ({}, {}),
        ({"b": "a"}, {"b": "a"}),
        ({"c": "b", "b": "a"}, {"c": "a", "b": "a"}),
        ({"b": "a", "a": "b"}, {"b": "a"}),
        ({"d": "c", "c": "b", "b": "c"}, {"d": "b", "c": "b"}),
        ({"c": "b", "b": "a", "a": "c", "e": "d"}, {"c": "a", "b": "a", "e": "d"}),
    ],
    ids=["nobody", "one", "a chain", "into one another", "a chain into two such", "around"],
)
def test_the_last_counts_for_all_and_of_those_merged_into_one_another_the_oldest(merged_into, expected):
    assert counts_for(merged_into) == expected
