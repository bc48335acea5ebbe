"""Every report by its name, and the whole half-year in one go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from app.domain.reports.activity import activity
from app.domain.reports.as_of import danish_day
from app.domain.reports.facts import Facts
from app.domain.reports.follow_up import follow_up
from app.domain.reports.indicators import indicators
from app.domain.reports.medicine import medicine_costs, reconciliation
from app.domain.reports.participations import Cohort, Participation, participations
from app.domain.reports.reach import reach
from app.domain.reports.reduction import reduction
from app.domain.reports.referrals import referrals
from app.domain.reports.settlement import settlement
from app.domain.reports.table import Report
from app.i18n import _, format_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a report is asked for: a period (both days within), seen from `today`, of whom, and with names or not."""

    since: date
    until: date
    today: date
    cohort: Cohort = Cohort.JOINED
    names: dict[str, str] | None = None


_Everybody = tuple[Participation, ...] | None
_REPORTS: dict[str, Callable[[Facts, Question, _Everybody], Report]] = {
    "indicators": lambda f, q, e: indicators(f, q.since, q.until, today=q.today, cohort=q.cohort, everybody=e),
    "reduction": lambda f, q, e: reduction(f, q.since, q.until, cohort=q.cohort, everybody=e),
    "referrals": lambda f, q, _e: referrals(f, q.since, q.until),
    "reach": lambda f, q, e: reach(f, q.since, q.until, everybody=e),
    "settlement": lambda f, q, _e: settlement(f, q.since, q.until),
    "medicine": lambda f, q, _e: medicine_costs(f, q.since, q.until, names=q.names),
    "reconciliation": lambda f, q, _e: reconciliation(f, q.since, q.until),
    "activity": lambda f, q, _e: activity(f, q.since, q.until),
    "follow_up": lambda f, q, e: follow_up(f, q.since, q.until, today=q.today, names=q.names, everybody=e),
}
NAMES = tuple(_REPORTS)
"""The reports, in the order in which a coordinator reads them."""


def report(name: str, facts: Facts, question: Question) -> Report:
    """Return one report; KeyError where there is none of that name."""
    return _dated(_REPORTS[name](facts, question, None), facts)


def every_report(facts: Facts, question: Question) -> Iterator[Report]:
    """Yield each report as it is finished, so that whoever waits can show progress and stop."""
    everybody = participations(facts)
    for compute in _REPORTS.values():
        yield _dated(compute(facts, question, everybody), facts)


def _dated(made: Report, facts: Facts) -> Report:
    """Return the report with a last note: from which day it is seen, and what that means for asking again."""
    if facts.as_of is None:
        note = _("Counted from everything known now. Asked for later “as known on” this day, the figures are the same.")
    else:
        note = _(
            "Counted as known on {day}: what was recorded, corrected or changed later is left out. Four things still"
            " change the figures: an enrolment or attendance written later about a day before, work that a laptop had"
            " not sent, somebody erased, and new names."
        ).format(day=format_day(danish_day(facts.as_of)))
    return replace(made, notes=(*made.notes, note))


def half_year(day: date) -> tuple[date, date]:
    """Return the first and the last day of the half-year before the one of `day`: the one that is reported now."""
    if day.month > 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year - 1, 7, 1), date(day.year - 1, 12, 31)
