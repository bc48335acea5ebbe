"""Rows that turned out to be one person: which of them counts for all, and what they did once; without a database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol


def counts_for(merged_into: Mapping[str, str]) -> dict[str, str]:
    """Return for each row that counts for another which one that is: the last on the way that it was merged.

    `merged_into` says of every merged row into which one it was merged itself. Of rows that two laptops merged into one
    another none is the last, and the oldest counts for all of them: identifiers follow the time at which they are made.
    """
    found = {}
    for row_id in merged_into:
        way = [row_id]
        while (following := merged_into.get(way[-1])) is not None and following not in way:
            way.append(following)
        kept = way[-1] if following is None else min(way[way.index(following) :])
        if kept != row_id:
            found[row_id] = kept
    return found


class _Part(Protocol):
    """Somebody's part in a course, and the part that goes on in it."""

    @property
    def id(self) -> str: ...
    @property
    def course_id(self) -> str: ...
    @property
    def moved_from_id(self) -> str | None: ...


def same_parts(parts: Iterable[_Part]) -> dict[str, str]:
    """Return for each part that somebody turned out to have twice in one course the one that it goes on in."""
    known = list(parts)
    goes_on = {part.moved_from_id: part for part in known if part.moved_from_id}
    return {
        part.id: goes_on[part.id].id
        for part in known
        if part.id in goes_on and part.course_id == goes_on[part.id].course_id
    }


def last_parts(parts: Iterable[_Part]) -> dict[str, str]:
    """Return as :func:`same_parts`, of a part that goes on in one that goes on itself the last of them."""
    goes_on = same_parts(parts)
    found = {}
    for part_id, following in goes_on.items():
        way = {part_id}
        while following in goes_on and following not in way:
            way.add(following)
            following = goes_on[following]
        found[part_id] = following
    return found


def parts_as_one(part_id: str, parts: Iterable[_Part]) -> tuple[str, ...]:
    """Return every part that is one with this one, as :func:`last_parts` says, the one that they go on in first."""
    goes_on = last_parts(parts)
    last = goes_on.get(part_id, part_id)
    return last, *(one for one, following in goes_on.items() if following == last)


TELLING: Final = ("present", "excused", "absent")
"""What is said of somebody and a session; what is said under one name goes before all after it under another."""


def said_of_all(statuses: Iterable[str]) -> str:
    """Return whether somebody came to a session of whom several rows say something, empty where none does.

    Whoever came by either name came, and whoever sent word by either did.
    """
    said = set(statuses)
    return next((status for status in TELLING if status in said), "")


def each_once(came: Sequence[tuple[str, str]], parts: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Return who came to what (enrolment, session), once where both of two parts in one course were ticked.

    `parts` are those of :func:`same_parts`.
    """
    if not parts:
        return came
    others = set(parts.values())
    ticked = {one for one in came if one[0] in others}
    return [one for one in came if (parts.get(one[0]), one[1]) not in ticked]
