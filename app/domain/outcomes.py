"""How it went: smoke-free as the person says it, what a CO reading adds, and who is counted (Russell Standard).

Smoke-free and nicotine-free are two answers. A CO reading below the threshold upgrades a yes to verified; a high one
takes nothing away, because cannabis, heating and lactose raise it too.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.domain.baseline import MOST_A_DAY
from app.errors import RuleRefusal

CO_VERIFIED_BELOW: Final = 10.0
"""Parts per million, the English standard (W); a programme's `co_verified_below` goes before it."""
HIGHEST_CO: Final = 250
"""Parts per million: the end of a hand-held meter's scale."""
ANSWERS: Final = ("yes", "no", "not_asked", "does_not_know", "does_not_want")
TIME_POINTS: Final = ("end", "four_weeks", "six_months", "other")
SOURCES: Final = ("self_report", "counsellor", "other")


class Verification(StrEnum):
    """What is known about somebody's not smoking."""

    VERIFIED = "verified"
    SELF_REPORTED = "self_reported"
    SMOKES = "smokes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OutcomeSaid:
    """An outcome as it is about to be recorded, or was; the words are those of the `outcome` table."""

    time_point: str
    assessed_on: date
    smoke_free: str = "not_asked"
    nicotine_free: str = "not_asked"
    source: str = "self_report"
    self_report_on: date | None = None
    co_ppm: float | None = None
    cigarettes_per_day: float | None = None
    satisfaction: int | None = None
    missing_reason: str = ""


def verification(smoke_free: str, co_ppm: float | None, *, below: float = CO_VERIFIED_BELOW) -> Verification:
    """Return what is known: a CO reading only upgrades a yes, and unknown is neither yes nor no."""
    if smoke_free == "no":
        return Verification.SMOKES
    if smoke_free != "yes":
        return Verification.UNKNOWN
    return Verification.VERIFIED if co_ppm is not None and co_ppm < below else Verification.SELF_REPORTED


def co_speaks_against(smoke_free: str, co_ppm: float | None, *, below: float = CO_VERIFIED_BELOW) -> bool:
    """Return whether a yes stands beside a high reading: worth a talk, never a no."""
    return smoke_free == "yes" and co_ppm is not None and co_ppm >= below


def check_outcome(said: OutcomeSaid, *, joined_on: date, stop_on: date | None, today: date) -> None:
    """Refuse an outcome that cannot be.

    Raises RuleRefusal with the field and, in its parameters, the earliest day that would be right: "future-date",
    "outcome-before-joining", "follow-up-before-stop-date", "self-report-needed", "self-report-after-assessment",
    "co-out-of-range", "too-many-cigarettes", "smokes-and-smoke-free", "satisfaction-out-of-range" or "unknown-answer".
    """
    _check_words(said)
    if said.assessed_on > today:
        raise RuleRefusal("future-date", field="assessed_on")
    if said.assessed_on < joined_on:
        raise RuleRefusal("outcome-before-joining", field="assessed_on", day=joined_on)
    if said.time_point in ("four_weeks", "six_months") and stop_on is not None and said.assessed_on < stop_on:
        raise RuleRefusal("follow-up-before-stop-date", field="assessed_on", day=stop_on)
    if said.smoke_free == "yes" and said.self_report_on is None:
        raise RuleRefusal("self-report-needed", field="self_report_on")
    if said.self_report_on is not None and said.self_report_on > said.assessed_on:
        raise RuleRefusal("self-report-after-assessment", field="self_report_on", day=said.assessed_on)
    _check_numbers(said)


def _check_words(said: OutcomeSaid) -> None:
    for field, value, known in (
        ("time_point", said.time_point, TIME_POINTS),
        ("smoke_free", said.smoke_free, ANSWERS),
        ("nicotine_free", said.nicotine_free, ANSWERS),
        ("source", said.source, SOURCES),
    ):
        if value not in known:
            raise RuleRefusal("unknown-answer", field=field)


def _check_numbers(said: OutcomeSaid) -> None:
    if said.co_ppm is not None and not 0 <= said.co_ppm <= HIGHEST_CO:
        raise RuleRefusal("co-out-of-range", field="co_ppm")
    if said.cigarettes_per_day is not None and not 0 <= said.cigarettes_per_day <= MOST_A_DAY:
        raise RuleRefusal("too-many-cigarettes", field="cigarettes_per_day")
    if said.smoke_free == "yes" and said.cigarettes_per_day:
        raise RuleRefusal("smokes-and-smoke-free", field="cigarettes_per_day")
    if said.satisfaction is not None and not 1 <= said.satisfaction <= 5:
        raise RuleRefusal("satisfaction-out-of-range", field="satisfaction")


class ClosingReason(StrEnum):
    """Why somebody's part in a course was closed; kept apart because denominators differ."""

    COMPLETED = "completed"
    DROPPED_OUT = "dropped_out"
    NO_ATTENDANCE = "no_attendance"
    NOT_REACHED = "not_reached"
    MOVED_COURSE = "moved_course"
    MOVED_AWAY = "moved_away"
    MOVED_ABROAD = "moved_abroad"
    DECEASED = "deceased"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OTHER = "other"


class Denominator(StrEnum):
    """Among whom something is counted."""

    ENROLLED = "enrolled"
    """Everybody who took part, as the cooperation itself counts; a move to another course counts once."""
    REGISTERED = "registered"
    """Those the national database holds: nobody who withdrew that consent."""
    FOLLOWED = "followed"
    """Those whose smoking can be asked about later (Russell Standard): not the dead, nor who left the country."""


def counts_in(denominator: Denominator, closing_reason: str) -> bool:
    """Return whether somebody whose part was closed for this reason (empty: still open) is counted.

    Who dropped out, moved within the country or was not reached stays in everywhere: unknown counts as smoking.
    """
    left_out = {ClosingReason.MOVED_COURSE}
    if denominator is not Denominator.ENROLLED:
        left_out |= {ClosingReason.CONSENT_WITHDRAWN}
    if denominator is Denominator.FOLLOWED:
        left_out |= {ClosingReason.DECEASED, ClosingReason.MOVED_ABROAD}
    return closing_reason not in left_out
