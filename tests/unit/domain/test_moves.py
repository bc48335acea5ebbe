"""Parts that are one because somebody moved on, and the day from which somebody is on a course anew."""

from dataclasses import dataclass
from datetime import date

from app.domain.moves import began_again, moved_into


@dataclass(frozen=True)
class Part:
    """Somebody's part in a course."""

    id: str
    joined_on: date
    left_on: date | None = None
    closing_reason: str = ""
    moved_from_id: str | None = None
    course_id: str = "c"


JANUARY, MARCH, MAY = date(2026, 1, 8), date(2026, 3, 5), date(2026, 5, 7)
MOVED = Part("a", JANUARY, MARCH, "moved_course")
WENT_ON = Part("b", MARCH, moved_from_id="a")


def test_what_was_moved_from_goes_on_in_the_other_and_nothing_goes_on_in_it():
    assert moved_into(WENT_ON, [MOVED, WENT_ON]) == [MOVED]
    again = Part("c", MAY, moved_from_id="b")
    between = Part("b", MARCH, MAY, "moved_course", moved_from_id="a")
    assert moved_into(again, [MOVED, between, again]) == [MOVED, between]
    assert moved_into(between, [MOVED, between, again]) == []


def test_a_course_after_one_that_ended_is_begun_anew_and_one_that_was_moved_to_is_not():
    ended = Part("a", JANUARY, MARCH, "completed")
    assert began_again([]) is None
    assert began_again([ended]) is None
    assert began_again([MOVED, WENT_ON]) is None
    assert began_again([ended, Part("b", MAY)]) == MAY
    assert began_again([ended, Part("b", MARCH)]) == MARCH
