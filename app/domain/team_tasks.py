"""What is due for a team rather than for a person: steps at a place, groups to register, education, reports.

As with every task, nothing is typed: the steps come from the round at the place, groups from the courses, reports from
the periods that the agreement names. `about_id` is the place, course or colleague.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.months import months_after
from app.domain.place_cycle import VISIT_STEPS
from app.domain.programmes import Programme, Rule, rule_among
from app.domain.tasks import DAYS_AHEAD, AtRisk, Kind, Task
from app.domain.working_days import WorkingDays

REPORT_DAYS: Final = 60
"""So long after its period has ended a report that nobody has sent is asked for."""
_STEP_RULES: Final = {
    "counsellor_training": "counsellor_training_sessions",
    "cafe_visits": "cafe_visits",
    "house_meeting": "house_meeting_visit",
    "supervision": "supervision_sessions_least",
    "follow_up_meeting": "follow_up_meeting_at_place",
}
"""The rule that asks for a step, where the document has one of its own beside the list of steps."""
REPORTS: Final = {
    "referrals": "referral_report_period",
    "indicators": "indicator_period",
    "settlement": "settlement_period",
    "management": "management_report_period",
    "vouchers": "voucher_recharge_period",
}
"""What the coordinator sends, and the rule that says how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A step of a running round at a place that is not done; `of` counts the steps of its kind.

    `contact` and `phone` are whom to call about it: the place's tovholder before others, empty where nobody is known.
    """

    step_id: str
    team_id: str
    place_id: str
    place: str
    step: str
    number: int
    of: int
    planned_on: date
    contact: str = ""
    phone: str = ""


def place_step_task(found: DueStep, programme: Programme, *, today: date) -> Task | None:
    """Return a step at a place from a week before its day on (S3); a step without a day is not due."""
    rule = programme.rule(_STEP_RULES.get(found.step, "steps")) or programme.rule("steps")
    if rule is None or found.planned_on > today + timedelta(days=DAYS_AHEAD):
        return None
    return Task(
        key=f"{Kind.PLACE_STEP}:{found.step_id}",
        kind=Kind.PLACE_STEP,
        at_risk=AtRisk.PERSON if found.step in VISIT_STEPS else AtRisk.RESULT,
        due=found.planned_on,
        rule=rule.key,
        source=rule.source,
        paragraph=rule.paragraph,
        team_id=found.team_id,
        about_id=found.place_id,
        details=(
            ("name", found.place),
            ("step_id", found.step_id),
            ("step", found.step),
            ("number", str(found.number)),
            ("of", str(found.of)),
            *((name, value) for name, value in (("contact", found.contact), ("phone", found.phone)) if value),
        ),
    )


def group_task(
    *, course_id: str, team_id: str, title: str, starts_on: date, programmes: Sequence[Programme]
) -> Task | None:
    """Return that a group is to be created where the agreement says, before it meets (S2: rsiden.dk, unit 616)."""
    rule = rule_among(programmes, "groups_created_at")
    if rule is None:
        return None
    unit = rule_among(programmes, "stopbasen_unit")
    return _of_team(
        Kind.GROUP,
        course_id,
        team_id,
        rule,
        due=starts_on,
        name=title,
        where=str(rule.value),
        unit="" if unit is None else str(unit.value),
    )


def education_task(*, user_id: str, name: str, team_id: str, programmes: Sequence[Programme]) -> Task | None:
    """Return that nobody has noted the education of a colleague who holds courses (S2)."""
    rule = rule_among(programmes, "counsellor_education")
    if rule is None:
        return None
    return _of_team(Kind.EDUCATION, user_id, team_id, rule, name=name, wanted=str(rule.value))


def report_tasks(
    programmes: Sequence[Programme], *, team_id: str, today: date, calendar: WorkingDays
) -> tuple[Task, ...]:
    """Return the reports of the periods that have ended, each due on the first working day after its period."""
    found = []
    for about, key in REPORTS.items():
        rule = rule_among(programmes, key)
        if rule is None or isinstance(rule.value, bool) or not isinstance(rule.value, int) or not rule.value:
            continue
        since = period_start(today, rule.value)
        if today > since + timedelta(days=REPORT_DAYS):
            continue
        last = since - timedelta(days=1)
        found.append(
            _of_team(
                Kind.REPORT,
                f"{about}:{last.isoformat()}",
                team_id,
                rule,
                due=calendar.next(last),
                about=about,
                since=months_after(since, -rule.value).isoformat(),
                until=last.isoformat(),
            )
        )
    return tuple(found)


def period_start(day: date, months: int) -> date:
    """Return the first day of the period that a day lies in; periods of a year's parts begin with January."""
    whole = day.year * 12 + day.month - 1
    year, month = divmod(whole - whole % months, 12)
    return date(year, month + 1, 1)


def _of_team(kind: Kind, about_id: str, team_id: str, rule: Rule, *, due: date | None = None, **details: str) -> Task:
    return Task(
        key=f"{kind}:{about_id}",
        kind=kind,
        at_risk=AtRisk.PAPER,
        due=due,
        rule=rule.key,
        source=rule.source,
        paragraph=rule.paragraph,
        team_id=team_id,
        about_id=about_id,
        details=tuple((name, value) for name, value in details.items() if value),
    )
