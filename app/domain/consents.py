"""Consent in layers: what somebody said yes to, how it stands on a day, and what a no or a withdrawal stops.

A yes may be given orally; the written information is handed over at the first session (STOPbasen). Not asked is
not no, but it opens nothing either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

ADULT: Final = 18
MAY_CONSENT_FROM: Final = 15
"""Years: from here the young person consents, where the counsellor judges them mature enough (STOPbasen)."""


class Kind(StrEnum):
    """The four questions, in the order they are asked."""

    STOPBASEN = "stopbasen"
    CONTACT_SIX_MONTHS = "contact_six_months"
    LETTER_GP = "letter_gp"
    SMS = "sms"


class Answer(StrEnum):
    """How one question stands."""

    GIVEN = "given"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not_asked"


class Use(StrEnum):
    """What a consent opens."""

    REGISTER_NATIONALLY = "register_nationally"
    CALL_AFTER_SIX_MONTHS = "call_after_six_months"
    REPORT_FOLLOW_UP = "report_follow_up"
    WRITE_TO_GP = "write_to_gp"
    TEXT = "text"


NEEDS: Final[Mapping[Use, tuple[Kind, ...]]] = {
    Use.REGISTER_NATIONALLY: (Kind.STOPBASEN,),
    Use.CALL_AFTER_SIX_MONTHS: (Kind.CONTACT_SIX_MONTHS,),
    Use.REPORT_FOLLOW_UP: (Kind.STOPBASEN, Kind.CONTACT_SIX_MONTHS),
    Use.WRITE_TO_GP: (Kind.LETTER_GP,),
    Use.TEXT: (Kind.SMS,),
}
NEEDS_INFORMATION: Final = frozenset({Kind.STOPBASEN})
"""Questions whose yes counts only once the written information was handed over."""


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One answer as it was recorded; `manner`: oral or written; `corrects_id` names the fact that it replaces."""

    id: str
    kind: str
    answer: str
    answered_on: date
    manner: str = "oral"
    information_given: bool = False
    corrects_id: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one question stands; `since` and the rest are empty where it was never asked.

    `information_given` stays true once it was handed over, whatever is answered later.
    """

    kind: Kind
    answer: Answer = Answer.NOT_ASKED
    since: date | None = None
    manner: str = ""
    information_given: bool = False
    fact_id: str | None = None


def standing(consents: Iterable[ConsentFact], *, on: date | None = None) -> dict[Kind, Standing]:
    """Return how each of the four questions stands, on a day or after everything that is recorded.

    The latest answer counts; of two on the same day the one recorded last (identifiers sort by age). Corrected facts
    are left out, and so is an answer or a kind that this version does not know.
    """
    facts = list(consents)
    corrected = {fact.corrects_id for fact in facts}
    found = {kind: Standing(kind) for kind in Kind}
    for fact in sorted(facts, key=lambda fact: (fact.answered_on, fact.id)):
        if fact.id in corrected or (on is not None and fact.answered_on > on):
            continue
        if fact.kind not in tuple(Kind) or fact.answer not in tuple(Answer):
            continue
        kind = Kind(fact.kind)
        found[kind] = Standing(
            kind=kind,
            answer=Answer(fact.answer),
            since=fact.answered_on,
            manner=fact.manner,
            information_given=fact.information_given or found[kind].information_given,
            fact_id=fact.id,
        )
    return found


def allows(standings: Mapping[Kind, Standing], use: Use) -> bool:
    """Return whether the consents as they stand open this use."""
    return not hindrances(standings, use)


def hindrances(standings: Mapping[Kind, Standing], use: Use) -> tuple[tuple[Kind, str], ...]:
    """Return why a use is closed: kinds with not_asked, declined, withdrawn or no_information; empty where open."""
    found: list[tuple[Kind, str]] = []
    for kind in NEEDS[use]:
        stands = standings.get(kind, Standing(kind))
        if stands.answer is not Answer.GIVEN:
            found.append((kind, stands.answer.value))
        elif kind in NEEDS_INFORMATION and not stands.information_given:
            found.append((kind, "no_information"))
    return tuple(found)


def stops(kind: Kind) -> tuple[Use, ...]:
    """Return what comes to an end when this consent is withdrawn."""
    return tuple(use for use, needed in NEEDS.items() if kind in needed)


def missing(standings: Mapping[Kind, Standing]) -> tuple[Kind, ...]:
    """Return the questions that nobody has asked yet."""
    return tuple(kind for kind in Kind if standings.get(kind, Standing(kind)).answer is Answer.NOT_ASKED)


class Capacity(StrEnum):
    """Who may say yes."""

    SELF = "self"
    SELF_IF_MATURE = "self_if_mature"
    GUARDIAN = "guardian"


def capacity(age: int | None) -> Capacity:
    """Return who consents at this age in years; an unknown age is taken for an adult's, as nothing says otherwise."""
    if age is None or age >= ADULT:
        return Capacity.SELF
    return Capacity.SELF_IF_MATURE if age >= MAY_CONSENT_FROM else Capacity.GUARDIAN
