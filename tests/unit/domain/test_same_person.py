from dataclasses import dataclass

import pytest

from app.domain.same_person import counts_for, each_once, last_parts, parts_as_one, said_of_all, same_parts


@dataclass(frozen=True)
class Part:
    """Somebody's part in a course."""

    id: str
    course_id: str = "c"
    moved_from_id: str | None = None


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


def test_a_part_that_goes_on_in_the_same_course_is_the_one_that_it_goes_on_in_and_a_move_to_another_is_none():
    assert same_parts([Part("a"), Part("b", moved_from_id="a")]) == {"a": "b"}
    assert same_parts([Part("a"), Part("b", "other", moved_from_id="a")]) == {}
    assert same_parts([Part("b", moved_from_id="a")]) == {}


def test_a_part_that_goes_on_in_one_that_goes_on_itself_is_one_with_the_last_of_them():
    first, second, third = Part("a"), Part("b", moved_from_id="a"), Part("c", moved_from_id="b")
    assert last_parts([first, second, third, Part("d")]) == {"a": "c", "b": "c"}
    for part in (first, second, third):
        assert parts_as_one(part.id, [first, second, third, Part("d")]) == ("c", "a", "b")
    assert parts_as_one("d", [first, second, third, Part("d")]) == ("d",)
    around = [Part("a", moved_from_id="b"), Part("b", moved_from_id="a")]
    assert set(last_parts(around)) == {"a", "b"}


def test_who_was_ticked_in_both_parts_came_once_and_who_was_ticked_in_one_came():
    came = [("a", "monday"), ("b", "monday"), ("a", "tuesday"), ("b", "wednesday"), ("c", "monday")]
    assert list(each_once(came, {"a": "b"})) == [
        ("b", "monday"),
        ("a", "tuesday"),
        ("b", "wednesday"),
        ("c", "monday"),
    ]
    assert each_once(came, {}) == came


def test_whoever_came_by_either_name_came_and_whoever_sent_word_by_either_did():
    assert said_of_all(["absent", "present", "excused"]) == "present"
    assert said_of_all(["absent", "excused", ""]) == "excused"
    assert said_of_all(["absent", "absent"]) == "absent"
    assert said_of_all(["", "late"]) == said_of_all([]) == ""
