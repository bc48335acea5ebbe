"""Parts that one person had in courses: which of them are one because they moved on, and which were over before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from app.domain.outcomes import ClosingReason


class Part(Protocol):
    """Somebody's part in a course."""

    @property
    def id(self) -> str:
        """Return its identifier."""

    @property
    def course_id(self) -> str:
        """Return the course."""

    @property
    def joined_on(self) -> date:
        """Return the day on which it began."""

    @property
    def left_on(self) -> date | None:
        """Return the day on which it ended."""

    @property
    def closing_reason(self) -> str:
        """Return why it ended."""

    @property
    def moved_from_id(self) -> str | None:
        """Return the part that went on in this one."""


_PartT = TypeVar("_PartT", bound=Part)


def moved_into(part: Part, own: Iterable[_PartT]) -> list[_PartT]:
    """Return the parts whose attendance goes on in this one; none where this one was itself moved from.

    `own` are all parts of the person. Somebody may move on and back again, so the way is followed in both directions,
    and each part once.
    """
    if part.closing_reason == ClosingReason.MOVED_COURSE:
        return []
    linked = {part.id}
    rest = list(own)
    while True:
        came_from = {one.moved_from_id for one in rest if one.id in linked}
        more = {
            other.id
            for other in rest
            if other.closing_reason == ClosingReason.MOVED_COURSE
            and other.id not in linked
            and (other.moved_from_id in linked or other.id in came_from)
        }
        if not more:
            return [other for other in rest if other.id in linked - {part.id}]
        linked |= more


def counted_since(part: Part, own: Iterable[Part]) -> date | None:
    """Return the day after the person's course before this one ended; a course that they moved from is the same one."""
    before = [
        other.left_on
        for other in own
        if other.id != part.id
        and other.left_on is not None
        and other.closing_reason != ClosingReason.MOVED_COURSE
        and other.left_on <= part.joined_on
    ]
    return max(before) + timedelta(days=1) if before else None


def newest_of(own: Sequence[Part]) -> Part:
    """Return the part that somebody is on, or was on last; at least one."""
    return max(own, key=lambda part: (part.left_on is None, part.joined_on, part.id))


def began_again(own: Sequence[Part]) -> date | None:
    """Return when somebody of these parts came to a course after one that had ended; None where it is their first.

    A course that they moved from is the same one, and so is one that they are on beside another.
    """
    if not own:
        return None
    newest = newest_of(own)
    since = counted_since(newest, own)
    if since is None:
        return None
    return min([newest.joined_on, *(part.joined_on for part in own if part.joined_on >= since)])


def offered(part: Part, before: Sequence[Part], held: Mapping[str, Iterable[tuple[date, str | None]]]) -> int:
    """Return how many sessions were held while somebody took part: in this course, and in those that they moved from.

    `before` are the parts of :func:`moved_into`; `held` are each course's sessions, with the one part that a session
    was for, or None. While somebody was away on another course, the one that they came back to met without them.
    """
    parts = (part, *before)
    count = 0
    for course_id in dict.fromkeys(one.course_id for one in parts):
        here = [one for one in parts if one.course_id == course_id]
        began = min(one.joined_on for one in here)
        away = [one for one in before if one.course_id != course_id and one.joined_on >= began]
        ids = {None, *(one.id for one in here)}
        count += sum(
            for_one in ids and any(_covers(one, day) for one in here) and not _was_away(away, day)
            for day, for_one in held.get(course_id, ())
        )
    return count


def began_with(part: _PartT, before: Iterable[_PartT]) -> _PartT:
    """Return the part that it all began with, of one and those of :func:`moved_into`: to move is not to join anew."""
    return min((part, *before), key=lambda one: one.joined_on)


def _was_away(away: Sequence[Part], day: date) -> bool:
    """Return whether somebody was elsewhere all day; on the day of going and on that of coming back they were not."""
    return any(one.joined_on < day and _covers(one, day) for one in away) and any(
        _covers(one, day) and one.left_on != day for one in away
    )


def _covers(part: Part, day: date) -> bool:
    return part.joined_on <= day and (part.left_on is None or day <= part.left_on)
