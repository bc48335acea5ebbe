"""The call six months after the stop date: its window, the attempts it takes, and when somebody may be given up.

By telephone only, between the fifth and the seventh month, at least four attempts on different days and one of them
in the evening (STOPbasen). Numbers come from the programme; the defaults are the national database's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from app.domain.months import months_after

PHONE: Final = "phone"
REACHED: Final = "reached"
RESULTS: Final = (
    "reached",
    "no_answer",
    "wrong_number",
    "call_back",
    "declined",
    "deceased",
    "moved",
    "ill",
    "language",
)
MISSING_REASONS: Final = (
    "not_reached", "declined", "wrong_number", "deceased", "moved", "language", "ill", "other",
)  # fmt: skip
"""Why there is no follow-up; not_reached asks for enough attempts, the others for none."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when an answer counts, both days included; `due_on` is the day it is meant for."""

    opens_on: date
    due_on: date
    closes_on: date

    def holds(self, day: date) -> bool:
        """Return whether an answer of that day counts."""
        return self.opens_on <= day <= self.closes_on


@dataclass(frozen=True, slots=True)
class FollowUpRules:
    """What a programme asks for: months after the stop date, months of margin, attempts, and the evening among them."""

    after: int = 6
    margin: int = 1
    attempts_least: int = 4
    evening_least: int = 1
    evening_from: time = time(17)


def rules_from(rules: Mapping[str, Any]) -> FollowUpRules:
    """Return the numbers of a programme's rules (values by key), national ones where it says nothing."""
    usual = FollowUpRules()
    said = rules.get("follow_up_evening_from")
    return FollowUpRules(
        after=rules.get("follow_up_after", usual.after),
        margin=rules.get("follow_up_margin", usual.margin),
        attempts_least=rules.get("follow_up_attempts_least", usual.attempts_least),
        evening_least=rules.get("follow_up_evening_attempts_least", usual.evening_least),
        evening_from=time.fromisoformat(said) if said else usual.evening_from,
    )


def window(stop_on: date, rules: FollowUpRules = FollowUpRules()) -> Window:
    """Return the window of a stop date, each end counted in months from the stop date itself."""
    return Window(
        months_after(stop_on, rules.after - rules.margin),
        months_after(stop_on, rules.after),
        months_after(stop_on, rules.after + rules.margin),
    )


@dataclass(frozen=True, slots=True)
class AgreedStop:
    """A stop date and the day it was agreed on."""

    stop_on: date
    agreed_on: date


def counted_from(
    stops: Iterable[AgreedStop],
    *,
    since: date | None = None,
    closed_on: date | None = None,
    common: date | None = None,
) -> tuple[date, str] | None:
    """Return the day that six months are counted from and what it is: "stop_date" or "closing"; None while neither is.

    The last stop date before or within the course counts, of those of one day the one that was recorded last (`stops`
    are in that order): agreed before the course was closed, and not one of an earlier course
    (`since`: the day after that one ended). Where none was agreed on with the person it is the one that everybody on
    the course has in `common`; without a stop date it is the day of closing, by local decision.
    """
    own = [
        stop
        for stop in stops
        if (since is None or stop.stop_on >= since) and (closed_on is None or stop.agreed_on <= closed_on)
    ]
    if own:
        return sorted(own, key=lambda stop: stop.agreed_on)[-1].stop_on, "stop_date"
    if common is not None:
        return common, "stop_date"
    return None if closed_on is None else (closed_on, "closing")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call; `at` is the time by the clock where the call was made."""

    at: datetime
    result: str
    channel: str = PHONE


@dataclass(frozen=True, slots=True)
class Effort:
    """How much has been tried inside the window, and what is still missing before somebody may be given up."""

    days: int
    evenings: int
    days_missing: int
    evenings_missing: int
    is_reached: bool

    @property
    def is_enough(self) -> bool:
        """Whether the person may be given up and the reason registered."""
        return self.days_missing == 0 and self.evenings_missing == 0


def effort(attempts: Iterable[Attempt], within: Window, rules: FollowUpRules = FollowUpRules()) -> Effort:
    """Return what the calls of the window amount to: days are counted, so that two calls of one day are one attempt."""
    calls = [attempt for attempt in attempts if attempt.channel == PHONE and within.holds(attempt.at.date())]
    days = len({call.at.date() for call in calls})
    evenings = len({call.at.date() for call in calls if call.at.time() >= rules.evening_from})
    return Effort(
        days=days,
        evenings=evenings,
        days_missing=max(0, rules.attempts_least - days),
        evenings_missing=max(0, rules.evening_least - evenings),
        is_reached=any(call.result == REACHED for call in calls),
    )


class Stage(StrEnum):
    """Where somebody's follow-up stands."""

    NOT_ALLOWED = "not_allowed"
    """No consent to be contacted, or it was withdrawn."""
    OUT = "out"
    """Dead, so that nobody calls and nobody counts them."""
    NO_DATE = "no_date"
    """No stop date and not closed: nothing to count from yet."""
    WAITING = "waiting"
    DUE = "due"
    MAY_GIVE_UP = "may_give_up"
    """Enough attempts: register why there is no answer, or go on calling."""
    ANSWERED = "answered"
    GIVEN_UP = "given_up"
    TOO_LATE = "too_late"
    """The window closed with neither an answer nor a reason."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Where it stands; `window` and `effort` are empty where there is nothing to count from.

    `call_on` is the day of the next call and `in_the_evening` whether only an evening call helps; both only while due.
    """

    stage: Stage
    window: Window | None = None
    effort: Effort | None = None
    call_on: date | None = None
    in_the_evening: bool = False


def follow_up(
    *,
    counted: date | None,
    attempts: Iterable[Attempt],
    may_contact: bool,
    is_deceased: bool,
    answered_on: date | None,
    missing_reason: str,
    today: date,
    rules: FollowUpRules = FollowUpRules(),
) -> FollowUp:
    """Return where the follow-up stands.

    `answered_on` is the day of a six-month outcome with an answer, `missing_reason` why there is none. What was
    recorded stays what it is: a consent withdrawn afterwards stops calls, not an answer that was given.
    """
    calls = list(attempts)
    if counted is None:
        return FollowUp(_closed_stage(may_contact, is_deceased) or Stage.NO_DATE)
    within = window(counted, rules)
    tried = effort(calls, within, rules)
    if answered_on is not None:
        return FollowUp(Stage.ANSWERED, within, tried)
    if missing_reason:
        return FollowUp(Stage.GIVEN_UP, within, tried)
    closed = _closed_stage(may_contact, is_deceased)
    if closed is not None:
        return FollowUp(closed, within, tried)
    if today < within.opens_on:
        return FollowUp(Stage.WAITING, within, tried)
    if today > within.closes_on:
        return FollowUp(Stage.TOO_LATE, within, tried)
    called_today = any(call.at.date() == today for call in calls)
    call_on = min(today + timedelta(days=1), within.closes_on) if called_today else today
    in_the_evening = tried.evenings_missing > 0 and tried.days_missing <= tried.evenings_missing
    return FollowUp(Stage.MAY_GIVE_UP if tried.is_enough else Stage.DUE, within, tried, call_on, in_the_evening)


def _closed_stage(may_contact: bool, is_deceased: bool) -> Stage | None:
    if is_deceased:
        return Stage.OUT
    return None if may_contact else Stage.NOT_ALLOWED
