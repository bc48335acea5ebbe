"""Everybody's part in a course, with all that the indicators ask about it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from app.domain.completion import Participation as Attended
from app.domain.follow_up import (
    AgreedStop,
    Attempt,
    FollowUp,
    FollowUpRules,
    Window,
    counted_from,
    effort,
    follow_up,
    rules_from,
    window,
)
from app.domain.moves import began_with, counted_since, moved_into, offered
from app.domain.outcomes import ClosingReason, Denominator, counts_in
from app.domain.reports.facts import AttemptRow, CourseRow, EnrolmentRow, Facts, OutcomeRow, SessionRow
from app.domain.reports.programme import values

_Row = TypeVar("_Row", OutcomeRow, AttemptRow)


class Cohort(StrEnum):
    """Whose part in a course belongs to a period."""

    JOINED = "joined"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Participation:
    """One enrolment as the indicators see it; answers are yes, no or empty where nobody answered.

    `began` is the first of the parts that moves made one: whoever moves on has not joined again.
    `six_months` is the answer from within the `window` of a valid follow-up, and `six_months_on` its day, known also of
    whoever was reached and said nothing of smoking; there is no window where there is nothing to count six months from
    (`counted_from`). Whoever died, left the country or withdrew is not `is_counted_later`, and
    left out of the quit rates' second denominator; but the first two are counted where they had answered (`is_kept`).
    """

    enrolment: EnrolmentRow
    began: EnrolmentRow
    course: CourseRow
    rules: dict[str, Any]
    attended: Attended
    ended_on: date | None
    counted_from: date | None
    window: Window | None
    follow_up_rules: FollowUpRules
    is_counted_later: bool
    is_kept: bool
    is_deceased: bool
    at_end: str
    six_months: str
    six_months_on: date | None
    satisfaction: int | None
    missing_reason: str
    attempts: tuple[Attempt, ...]
    may_contact: bool

    @property
    def joined_on(self) -> date:
        """Return the day on which it began, before whatever moves."""
        return self.began.joined_on

    def is_due(self, today: date) -> bool:
        """Return whether the time to follow up is over."""
        return self.window is not None and self.window.closes_on < today

    def stage(self, today: date) -> FollowUp:
        """Return where the follow-up stands."""
        return follow_up(
            counted=self.counted_from,
            attempts=self.attempts,
            may_contact=self.may_contact,
            is_deceased=self.is_deceased,
            answered_on=self.six_months_on,
            missing_reason=self.missing_reason,
            today=today,
            rules=self.follow_up_rules,
        )

    def is_followed_up(self) -> bool:
        """Return whether somebody answered in time, or was tried as often as the rules ask (indicator 3)."""
        if self.six_months_on is not None or self.missing_reason:
            return True
        return bool(self.attempts) and self.window is not None and self._is_tried(self.window)

    def _is_tried(self, within: Window) -> bool:
        return effort(self.attempts, within, self.follow_up_rules).is_enough


def participations(facts: Facts) -> tuple[Participation, ...]:
    """Return every enrolment, in the order of the facts; whoever moved to another course counts there alone."""
    courses = {course.id: course for course in facts.courses}
    rules = {programme.id: values(programme) for programme in facts.programmes}
    follow_up_rules = {key: rules_from(known) for key, known in rules.items()}
    held = _held(facts.sessions)
    ends = _of_enrolment(outcome for outcome in facts.outcomes if outcome.time_point == "end")
    sixes = _of_enrolment(outcome for outcome in facts.outcomes if outcome.time_point == "six_months")
    attempts = _of_enrolment(facts.attempts)
    stops: dict[str, list[AgreedStop]] = {}
    for person_id, stop_on, agreed_on in facts.stop_dates:
        stops.setdefault(person_id, []).append(AgreedStop(stop_on, agreed_on))
    usual = FollowUpRules()
    several = _several(facts.enrolments)
    moved = {e.person_id for e in facts.enrolments if e.closing_reason == ClosingReason.MOVED_COURSE}
    made = []
    for enrolment in facts.enrolments:
        course = courses.get(enrolment.course_id)
        if course is None or not counts_in(Denominator.ENROLLED, enrolment.closing_reason):
            continue
        own_rules = follow_up_rules.get(course.programme_id, usual)
        own = several.get(enrolment.person_id, ())
        before = moved_into(enrolment, own) if enrolment.person_id in moved else []
        ended_on = _ended_on(enrolment, course, held)
        agreed, since = stops.get(enrolment.person_id, ()), counted_since(enrolment, own)
        counted = counted_from(agreed, since=since, closed_on=ended_on, common=course.stop_on)
        start = None if counted is None else counted[0]
        within = None if start is None else window(start, own_rules)
        # Whoever turned out to be on the course in two rows may have been asked about the part that ended.
        as_one = (enrolment, *(part for part in before if part.course_id == enrolment.course_id))
        answers = _told(sixes, as_one)
        valid = [
            o for o in answers if within is not None and within.holds(o.assessed_on) and o.smoke_free in ("yes", "no")
        ]
        reached = [o for o in answers if within is not None and within.holds(o.assessed_on) and _is_answer(o)]
        given_up = [o.missing_reason for o in answers if o.missing_reason]
        satisfied = [o.satisfaction for o in reached if o.satisfaction is not None]
        at_end = _told(ends, as_one)
        made.append(
            Participation(
                enrolment=enrolment,
                began=began_with(enrolment, before),
                course=course,
                rules=rules.get(course.programme_id, {}),
                attended=Attended(
                    attended=sum(facts.meetings.get(part.id, 0) for part in (enrolment, *before)),
                    planned=course.planned_sessions,
                    agreed=enrolment.agreed_sessions,
                    offered=0 if course.planned_sessions else _offered(enrolment, before, held),
                ),
                ended_on=ended_on,
                counted_from=start,
                window=within,
                follow_up_rules=own_rules,
                is_counted_later=counts_in(Denominator.FOLLOWED, enrolment.closing_reason)
                and enrolment.person_id not in facts.deceased,
                is_kept=counts_in(Denominator.REGISTERED, enrolment.closing_reason),
                is_deceased=enrolment.person_id in facts.deceased or enrolment.closing_reason == "deceased",
                at_end=at_end[-1].smoke_free if at_end and at_end[-1].smoke_free in ("yes", "no") else "",
                six_months=valid[-1].smoke_free if valid else "",
                six_months_on=reached[-1].assessed_on if reached else None,
                satisfaction=satisfied[-1] if satisfied else None,
                missing_reason=given_up[-1] if given_up else "",
                attempts=tuple(Attempt(a.at, a.result) for part in as_one for a in attempts.get(part.id, ())),
                may_contact=facts.contact_consents.get(enrolment.person_id) == "given",
            )
        )
    return tuple(made)


def in_period(found: Participation, since: date, until: date, cohort: Cohort) -> bool:
    """Return whether a part in a course belongs to the period (both days within)."""
    day = found.joined_on if cohort is Cohort.JOINED else found.ended_on
    return day is not None and since <= day <= until


def period_day(found: Participation, cohort: Cohort) -> date:
    """Return the day by which a part in a course belongs to a period."""
    return found.joined_on if cohort is Cohort.JOINED or found.ended_on is None else found.ended_on


def _of_enrolment(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.enrolment_id, []).append(row)
    return found


def _told(outcomes: Mapping[str, list[OutcomeRow]], parts: Iterable[EnrolmentRow]) -> list[OutcomeRow]:
    """Return what was told of these parts, the last of it last."""
    found = [outcome for part in parts for outcome in outcomes.get(part.id, ())]
    # Nearly always there is one, and there are many people.
    return sorted(found, key=lambda outcome: (outcome.assessed_on, outcome.id)) if len(found) > 1 else found


def _is_answer(outcome: OutcomeRow) -> bool:
    """Return whether somebody was reached: not to want to say whether one smokes is an answer, not being asked none."""
    if outcome.smoke_free in ("yes", "no"):
        return True
    was_asked = outcome.smoke_free != "not_asked" or outcome.satisfaction is not None
    return was_asked and not outcome.missing_reason


@dataclass(frozen=True, slots=True)
class _Held:
    """The days on which a course met: of all together, of one person alone, and both with whose alone they were."""

    together: dict[str, list[date]]
    alone: dict[str, list[date]]
    of_course: dict[str, list[tuple[date, str | None]]]


def _held(sessions: Iterable[SessionRow]) -> _Held:
    together: dict[str, list[date]] = {}
    alone: dict[str, list[date]] = {}
    of_course: dict[str, list[tuple[date, str | None]]] = {}
    for session in sessions:
        if not session.counts:
            continue
        of_course.setdefault(session.course_id, []).append((session.held_on, session.enrolment_id))
        if session.enrolment_id is None:
            together.setdefault(session.course_id, []).append(session.held_on)
        else:
            alone.setdefault(session.enrolment_id, []).append(session.held_on)
    for days in together.values():
        days.sort()
    return _Held(together, alone, of_course)


def _several(enrolments: Iterable[EnrolmentRow]) -> dict[str, list[EnrolmentRow]]:
    """Return the parts of whoever has more than one, by person."""
    found: dict[str, list[EnrolmentRow]] = {}
    for enrolment in enrolments:
        found.setdefault(enrolment.person_id, []).append(enrolment)
    return {person_id: own for person_id, own in found.items() if len(own) > 1}


def _offered(enrolment: EnrolmentRow, before: Sequence[EnrolmentRow], held: _Held) -> int:
    if before:
        return offered(enrolment, before, held.of_course)
    # As `offered` counts, for the many who never moved: the days are in order, and nothing is looked through.
    days = held.together.get(enrolment.course_id, [])
    first, last = bisect_left(days, enrolment.joined_on), len(days)
    if enrolment.left_on is not None:
        last = bisect_right(days, enrolment.left_on)
    alone = held.alone.get(enrolment.id, ())
    return max(0, last - first) + sum(
        enrolment.joined_on <= day and (enrolment.left_on is None or day <= enrolment.left_on) for day in alone
    )


def _ended_on(enrolment: EnrolmentRow, course: CourseRow, held: _Held) -> date | None:
    # The day that the part ended: the one on which somebody closed it is later where it was written down late.
    ended = enrolment.left_on or enrolment.closed_on
    if ended is not None:
        return ended
    if course.state != "closed":
        return None
    days = held.together.get(course.id, [])
    return course.ends_on or (days[-1] if days else enrolment.joined_on)
