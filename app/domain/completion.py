"""Who completed: five definitions that disagree, each named, so that a report prints which one it used.

======================  ====================================================================  ===========
definition              completed is                                                          source
======================  ====================================================================  ===========
three_or_more           at least three meetings                                               S2, its text
more_than_three         more than three meetings                                              S2, its footnote 5
national_share          at least 75 % of the sessions                                         W, STOPbasen
kom_og_kvit             four meetings; an intake counts only where it holds counselling       W, STOPbasen
agreed_course           every session that was agreed                                         S1
======================  ====================================================================  ===========

The numbers are the programme's; those above are what the documents say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Any, Final

from app.domain.months import months_after

KOM_OG_KVIT: Final = "Kom & Kvit"
"""What the concept is called in the national database's form (question 8b)."""
NATIONAL_SHARE: Final = 0.75
KOM_OG_KVIT_MEETINGS: Final = 4
MONTHS_WITHOUT_ATTENDANCE: Final = 2
"""After this long without attendance and without a stop date, a Kom & Kvit course counts as ended (STOPbasen)."""
OFFERED_KINDS: Final = ("ordinary", "intake")
"""Sessions that an open-ended course is made up of; an extra one is attended beside them, as beside those planned."""
MONTHS_AFTER_STOP_DATE: Final = 3
"""With a stop date a Kom & Kvit course is closed within this long (STOPbasen; the unit from general knowledge)."""


class Definition(StrEnum):
    """What is meant by having completed."""

    THREE_OR_MORE = "three_or_more"
    MORE_THAN_THREE = "more_than_three"
    NATIONAL_SHARE = "national_share"
    KOM_OG_KVIT = "kom_og_kvit"
    AGREED_COURSE = "agreed_course"


@dataclass(frozen=True, slots=True)
class Completion:
    """A definition with its number: meetings, or for the national share a share of the sessions; unused by S1's."""

    definition: Definition
    threshold: float = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting that somebody came to; `kind`: ordinary, extra, intake or follow_up."""

    held_on: date
    kind: str = "ordinary"
    holds_counselling: bool = True


@dataclass(frozen=True, slots=True)
class Participation:
    """How much of a course somebody took part in.

    `attended` are meetings that count, `planned` what the course plans (0: open-ended), `agreed` what was agreed with
    this person (0: as the course plans), `offered` the sessions held while they belonged to it.
    """

    attended: int
    planned: int = 0
    agreed: int = 0
    offered: int = 0

    @property
    def expected(self) -> int:
        """Return the sessions that a share is taken of: agreed, else planned, else (open-ended) offered."""
        return self.agreed or self.planned or self.offered


def meetings_that_count(meetings: Iterable[Meeting]) -> int:
    """Return how many count: an intake only where it holds counselling, a follow-up meeting never."""
    return sum(meeting.holds_counselling and meeting.kind != "follow_up" for meeting in meetings)


@cache
def sessions_needed(sessions: int, share: float = NATIONAL_SHARE) -> int:
    """Return how many of the sessions make up the share: 5 of 6, 8 of 10, 9 of 11 (STOPbasen)."""
    return ceil(Fraction(share).limit_denominator(1000) * sessions)


def meetings_needed(completion: Completion, participation: Participation) -> int:
    """Return how many meetings complete the course by this definition, never fewer than one."""
    match completion.definition:
        case Definition.THREE_OR_MORE | Definition.KOM_OG_KVIT:
            needed = int(completion.threshold)
        case Definition.MORE_THAN_THREE:
            needed = int(completion.threshold) + 1
        case Definition.NATIONAL_SHARE:
            needed = sessions_needed(participation.expected, completion.threshold)
        case _:
            needed = participation.expected
    return max(1, needed)


def is_completed(completion: Completion, participation: Participation) -> bool:
    """Return whether the course is completed by this definition."""
    return participation.attended >= meetings_needed(completion, participation)


def completions(rules: Mapping[str, Any]) -> tuple[Completion, ...]:
    """Return every definition that a programme's rules (values by key) name, the programme's own first.

    A programme that names none is judged by the national one.
    """
    found = []
    if rules.get("completed_definition") == Definition.AGREED_COURSE.value:
        found.append(Completion(Definition.AGREED_COURSE))
    for key, definition in (
        ("completed_sessions_least", Definition.THREE_OR_MORE),
        ("completed_share_least", Definition.NATIONAL_SHARE),
        ("completed_sessions_above", Definition.MORE_THAN_THREE),
        ("kom_og_kvit_completed_sessions_least", Definition.KOM_OG_KVIT),
    ):
        if key in rules:
            found.append(Completion(definition, rules[key]))
    if not any(completion.definition is Definition.NATIONAL_SHARE for completion in found):
        found.append(national_completion(rules))
    return tuple(found)


def own_completion(rules: Mapping[str, Any], concept: str = "") -> Completion:
    """Return the definition that a course of this concept is judged by under its programme.

    Kom & Kvit has one of its own, whatever the programme; everything else follows the programme.
    """
    if concept == KOM_OG_KVIT:
        return Completion(
            Definition.KOM_OG_KVIT, rules.get("kom_og_kvit_completed_sessions_least", KOM_OG_KVIT_MEETINGS)
        )
    return completions(rules)[0]


def national_completion(rules: Mapping[str, Any], concept: str = "") -> Completion:
    """Return the national database's definition: 75 % of the sessions, and four meetings of Kom & Kvit."""
    if concept == KOM_OG_KVIT:
        return own_completion(rules, concept)
    return Completion(Definition.NATIONAL_SHARE, rules.get("national_completed_share_least", NATIONAL_SHARE))


def ended_on(
    *,
    joined_on: date,
    last_attended_on: date | None,
    stop_on: date | None,
    today: date,
    months: int = MONTHS_WITHOUT_ATTENDANCE,
) -> date | None:
    """Return the day a Kom & Kvit course counts as ended by itself, or None while it goes on.

    Without a stop date: `months` after the last meeting (after joining, where there was none). With a stop date it
    does not end by itself, but is to be closed by :func:`close_by`. Who comes back gets new forms.
    """
    if stop_on is not None:
        return None
    ends = months_after(last_attended_on or joined_on, months)
    return ends if today >= ends else None


def close_by(stop_on: date, months: int = MONTHS_AFTER_STOP_DATE) -> date:
    """Return the last day on which a Kom & Kvit course with this stop date is to be closed."""
    return months_after(stop_on, months)
