"""The course cycle at a place: S3's steps in their order, when each could be, and how often.

Mapping, training of the counsellors, start workshop, introductory meeting, house meeting, three weekly café visits,
the course itself, supervision, follow-up meeting; then the next round. The days are a first offer that people move.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.programmes import Programme
from app.errors import RuleRefusal

STEPS: Final = (
    "map", "counsellor_training", "start_workshop", "introductory_meeting", "house_meeting", "cafe_visits", "course",
    "supervision", "follow_up_meeting",
)  # fmt: skip
"""S3's own order, for a programme that names no steps."""
VISIT_STEPS: Final = {"house_meeting": "house_meeting", "cafe_visits": "cafe_visit", "start_workshop": "workshop"}
"""Steps at which people are met and counted without names, and the kind of outreach visit that each is."""
VISIT_KINDS: Final = ("house_meeting", "cafe_visit", "workshop", "other")
PLACE_KINDS: Final = (
    "vaerested", "bosted", "rusmiddelcenter", "herberg", "varmestue", "krisecenter", "socialpsykiatri", "other",
)  # fmt: skip
"""Where people already are, as the documents name it."""
CONTACT_ROLES: Final = ("tovholder", "leder", "other")
TOVHOLDER: Final = "tovholder"
NEEDS_TOVHOLDER_FROM: Final = "introductory_meeting"
"""The first step that is held with the place's own tovholder (S3)."""
WEEKS_TO_FOLLOW_UP: Final = 4
"""Weeks between the last session and the follow-up meeting, where nobody has said otherwise."""
MOST_COUNTED: Final = 500


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a cycle; `number` counts visits or meetings of the same step from 1."""

    step: str
    number: int
    planned_on: date


def planned_steps(programme: Programme, starts_on: date) -> tuple[PlannedStep, ...]:
    """Return a cycle's steps with a day offered for each: one a week, the course as long as the programme has it.

    Supervision lies within the course, the follow-up meeting some weeks after its last session.
    """
    sessions = programme.whole("group_sessions_planned", programme.whole("group_sessions_least", 10))
    interval = timedelta(weeks=programme.whole("cafe_visit_interval", 1))
    times = {
        "counsellor_training": programme.whole("counsellor_training_sessions", 2),
        "cafe_visits": programme.whole("cafe_visits", 3),
        "supervision": programme.whole("supervision_sessions_most", 2),
    }
    found: list[PlannedStep] = []
    day, course_ends = starts_on, starts_on
    for step in programme.items("steps", STEPS):
        count = times.get(step, 1)
        for number in range(1, count + 1):
            on = day
            if step == "supervision":
                # Spread over the weeks of the course, which the step before has laid out.
                on = course_ends - timedelta(weeks=round((sessions - 1) * (1 - number / (count + 1))))
            elif step == "follow_up_meeting":
                on = course_ends + timedelta(weeks=WEEKS_TO_FOLLOW_UP)
            elif step == "course":
                course_ends = day + timedelta(weeks=sessions - 1)
                day = course_ends + timedelta(weeks=1)
            else:
                day += interval if step == "cafe_visits" else timedelta(weeks=1)
            found.append(PlannedStep(step, number, on))
    return tuple(found)


def needs_tovholder(step: str, programme: Programme) -> bool:
    """Return whether the step is held with the place's own tovholder, whom the place must appoint (S3)."""
    steps = programme.items("steps", STEPS)
    if not programme.flag("place_needs_contact_person") or step not in steps or NEEDS_TOVHOLDER_FROM not in steps:
        return False
    return steps.index(step) >= steps.index(NEEDS_TOVHOLDER_FROM)


def check_done(done_on: date, *, started_on: date, today: date, has_tovholder: bool, asks_for_tovholder: bool) -> None:
    """Refuse a step that cannot be done: RuleRefusal "future-date", "step-before-cycle" or "tovholder-needed"."""
    if done_on > today:
        raise RuleRefusal("future-date", field="done_on")
    if done_on < started_on:
        raise RuleRefusal("step-before-cycle", field="done_on", day=started_on)
    if asks_for_tovholder and not has_tovholder:
        raise RuleRefusal("tovholder-needed", field="contact_id")


@dataclass(frozen=True, slots=True)
class VisitSaid:
    """A visit without names, as it is about to be recorded; every number counts people or things."""

    kind: str
    visited_on: date
    visitors: int = 0
    talks: int = 0
    leaflets: int = 0
    brief_advice: int = 0
    interested: int = 0
    minutes: int | None = None


def check_visit(said: VisitSaid, *, today: date) -> None:
    """Refuse counts that cannot be.

    Raises RuleRefusal with the field: "unknown-answer", "future-date", "not-a-count", "more-advice-than-talks" or
    "more-interested-than-visitors".
    """
    if said.kind not in VISIT_KINDS:
        raise RuleRefusal("unknown-answer", field="kind")
    if said.visited_on > today:
        raise RuleRefusal("future-date", field="visited_on")
    for field in ("visitors", "talks", "leaflets", "brief_advice", "interested", "minutes"):
        if not 0 <= (getattr(said, field) or 0) <= MOST_COUNTED:
            raise RuleRefusal("not-a-count", field=field, most=MOST_COUNTED)
    if said.brief_advice > said.talks:
        raise RuleRefusal("more-advice-than-talks", field="brief_advice", most=said.talks)
    if said.interested > said.visitors:
        raise RuleRefusal("more-interested-than-visitors", field="interested", most=said.visitors)
