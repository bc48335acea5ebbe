"""The work list of calls six months after: who is due, who may be given up, who is coming, and what was missed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.domain.completion import KOM_OG_KVIT, MONTHS_WITHOUT_ATTENDANCE
from app.domain.follow_up import FollowUp, FollowUpRules, Stage, rules_from
from app.domain.months import months_after
from app.domain.outcomes import Denominator, counts_in
from app.domain.programmes import Programme
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.outcome import Outcome
from app.models.person import Consent, Person
from app.models.smoking import StopDate
from app.storage.engine import Reading
from app.storage.queries.enrolment_facts import EnrolmentFacts, enrolment_facts
from app.storage.queries.names import shown_name
from app.storage.queries.own_memory import in_own_memory
from app.storage.queries.programmes import programmes
from app.storage.queries.task_desk import silent_of

MISSED_FOR = timedelta(days=60)
"""How long a window that was missed stays on the list."""
COMING_WITHIN = timedelta(days=31)
_MONTHS_DIFFER = timedelta(days=3)
"""As many days more are looked at, for months differ in length."""
_AT_ONCE = 100
"""Enrolments whose facts are in memory at one time."""


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """One person to call; `counted_on` is the day six months are counted from, `counted_as` stop_date or closing."""

    enrolment_id: str
    person_id: str
    name: str
    phone: str
    course: str
    counted_on: date
    counted_as: str
    found: FollowUp


@dataclass(frozen=True, slots=True)
class EndedRow:
    """A Kom & Kvit course that counts as ended by itself: two months without attendance."""

    enrolment_id: str
    person_id: str
    name: str
    course: str
    ended_on: date


@dataclass(frozen=True, slots=True)
class FollowUpList:
    """The work list, each part by what is most pressing."""

    due: tuple[FollowUpRow, ...]
    may_give_up: tuple[FollowUpRow, ...]
    coming: tuple[FollowUpRow, ...]
    missed: tuple[FollowUpRow, ...]
    ended: tuple[EndedRow, ...]


def follow_ups(reading: Reading, *, today: date) -> FollowUpList:
    """Return whom to call.

    Those without consent, the dead, the restricted and those who moved to another course are not on it.
    """
    return in_own_memory(lambda: _list(reading, today))


def _list(reading: Reading, today: date) -> FollowUpList:
    known = programmes(reading).values()
    silent = silent_of(reading)
    rows = [
        row
        for facts in _each_of(reading, _near_their_window(reading, known, today))
        if counts_in(Denominator.ENROLLED, facts.enrolment.closing_reason) and facts.whom not in silent
        for row in _row(facts, today=today)
        if _is_listed(row.found, today=today)
    ]
    return FollowUpList(
        due=_of(rows, Stage.DUE),
        may_give_up=_of(rows, Stage.MAY_GIVE_UP),
        coming=_of(rows, Stage.WAITING),
        missed=_of(rows, Stage.TOO_LATE),
        ended=_ended(reading, known, silent, today=today),
    )


def _near_their_window(reading: Reading, known: Iterable[Programme], today: date) -> Sequence[str]:
    """Return the enrolments that may be on the list, out of all that there are; the exact window is counted afterwards.

    Those of whom there are several rows are looked at in any case: what is asked here may stand in another of theirs.
    """
    rules = [FollowUpRules(), *(rules_from(programme.values()) for programme in known)]
    latest = max(rule.after + rule.margin for rule in rules)
    soonest = min(rule.after - rule.margin for rule in rules)
    since = months_after(today - MISSED_FOR, -latest) - _MONTHS_DIFFER
    until = months_after(today + COMING_WITHIN, -soonest) + _MONTHS_DIFFER
    newer = aliased(Outcome)
    merged = Person.merged_into_id > ""
    has_stop = exists(
        select(StopDate.id).where(StopDate.person_id == Enrolment.person_id, StopDate.stop_on.between(since, until))
    )
    has_common_stop = Enrolment.course_id.in_(select(Course.id).where(Course.stop_on.between(since, until)))
    said_yes = exists(
        select(Consent.id).where(
            Consent.person_id == Enrolment.person_id, Consent.kind == "contact_six_months", Consent.answer == "given"
        )
    )
    answered = exists(
        select(Outcome.id).where(
            Outcome.person_id == Enrolment.person_id,
            Outcome.time_point == "six_months",
            Outcome.enrolment_id == Enrolment.id,
            ~exists(
                select(newer.id).where(newer.enrolment_id == Outcome.enrolment_id, newer.corrects_id == Outcome.id)
            ),
        )
    )
    return reading.scalars(
        select(Enrolment.id).where(
            or_(
                and_(or_(Enrolment.left_on.between(since, until), has_stop, has_common_stop), said_yes, ~answered),
                Enrolment.person_id.in_(select(Person.merged_into_id).where(merged)),
                Enrolment.person_id.in_(select(Person.id).where(merged)),
            ),
        )
    ).all()


def _is_listed(found: FollowUp, *, today: date) -> bool:
    """Return whether somebody is on the list: due, coming soon or missed lately."""
    if found.window is None:
        return False
    if found.stage is Stage.WAITING:
        return found.window.opens_on <= today + COMING_WITHIN
    if found.stage is Stage.TOO_LATE:
        return found.window.closes_on >= today - MISSED_FOR
    return True


def _each_of(reading: Reading, ids: Sequence[str]) -> Iterator[EnrolmentFacts]:
    """Yield what is known of these enrolments, some at a time: all of a large store are hundreds of megabytes."""
    for start in range(0, len(ids), _AT_ONCE):
        yield from enrolment_facts(reading, ids[start : start + _AT_ONCE]).values()


def _row(facts: EnrolmentFacts, *, today: date) -> tuple[FollowUpRow, ...]:
    counted = facts.counted_from
    if counted is None:
        return ()
    return (
        FollowUpRow(
            enrolment_id=facts.enrolment.id,
            person_id=facts.whom,
            name=shown_name(facts.person),
            phone=facts.person.phone,
            course=facts.course.title,
            counted_on=counted[0],
            counted_as=counted[1],
            found=facts.follow_up(today),
        ),
    )


def _of(rows: list[FollowUpRow], stage: Stage) -> tuple[FollowUpRow, ...]:
    """Return the rows of a stage, those whose window closes first at the top."""
    found = [
        (row.found.window.closes_on, row.name, row)
        for row in rows
        if row.found.stage is stage and row.found.window is not None
    ]
    return tuple(row for _closes_on, _name, row in sorted(found, key=lambda entry: entry[:2]))


def _ended(
    reading: Reading, known: Iterable[Programme], silent: Collection[str], *, today: date
) -> tuple[EndedRow, ...]:
    months = [int(programme.value("open_course_ends_after", MONTHS_WITHOUT_ATTENDANCE)) for programme in known]
    latest = months_after(today, -min(months, default=MONTHS_WITHOUT_ATTENDANCE)) + _MONTHS_DIFFER
    came_since = exists(
        select(Attendance.id)
        .join(Session, Session.id == Attendance.session_id)
        .where(Attendance.enrolment_id == Enrolment.id, Attendance.status == "present", Session.held_on > latest)
    )
    ids = reading.scalars(
        select(Enrolment.id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Enrolment.left_on.is_(None),
            Enrolment.joined_on <= latest,
            Course.concept == KOM_OG_KVIT,
            ~came_since,
        )
    ).all()
    found = (
        EndedRow(facts.enrolment.id, facts.whom, shown_name(facts.person), facts.course.title, ended)
        for facts in _each_of(reading, ids)
        if facts.whom not in silent and (ended := facts.ended_on(today)) is not None
    )
    return tuple(sorted(found, key=lambda row: (row.ended_on, row.name)))
