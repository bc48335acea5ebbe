"""Closing and six months after: what is to be closed, who is called while the window is open, who begins anew."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from app.clock import DENMARK
from app.domain.completion import KOM_OG_KVIT, MONTHS_AFTER_STOP_DATE
from app.domain.follow_up import AgreedStop, Attempt, FollowUpRules, counted_from, follow_up, rules_from, window
from app.domain.months import months_after
from app.domain.programmes import Programme
from app.domain.tasks import CLOSING_DAYS_AHEAD, Task, close_course_task, follow_up_task, new_course_task
from app.models.course import Course, Enrolment
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Referral
from app.models.smoking import StopDate
from app.storage.queries.enrolment_facts import counted_since
from app.storage.queries.task_desk import TaskDesk, among, has_consent, standing

EARLIEST, LATEST = timedelta(days=400), timedelta(days=100)
"""How long ago a stop date or a closing may be whose window could be open; the exact window is counted afterwards."""
NEW_COURSE_DAYS = 60
"""After so many days an offer of a new course is history."""


def follow_ups(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those whose window may be open, then count it exactly from their own stop dates."""
    asked = {"earliest": desk.today - EARLIEST, "latest": desk.today - LATEST}
    rows = desk.ask(_may_be_due(), Enrolment.person_id, asked)
    people = {row.person_id for row in rows}
    stops = _by_person(desk, people, _standing_stops())
    numbers: dict[str, FollowUpRules] = {}
    due = []
    for row in rows:
        counted = counted_from(
            (AgreedStop(stop_on, agreed_on) for stop_on, agreed_on in stops.get(row.person_id, ())),
            since=row.joined_on,
            closed_on=row.closed_on or row.left_on,
        )
        if row.programme_version_id not in numbers:
            numbers[row.programme_version_id] = rules_from(_values(desk.rules(row.programme_version_id)))
        if counted is not None and window(counted[0], numbers[row.programme_version_id]).holds(desk.today):
            due.append((row, counted[0]))
    calls = _by_person(desk, {row.person_id for row, _ in due}, _calls_of())
    for row, counted_on in due:
        found = follow_up(
            counted=counted_on,
            attempts=[
                Attempt(at.astimezone(DENMARK).replace(tzinfo=None), result, channel)
                for at, result, channel in calls.get(row.person_id, ())
            ],
            may_contact=True,
            is_deceased=False,
            answered_on=None,
            missing_reason="",
            today=desk.today,
            rules=numbers[row.programme_version_id],
        )
        task = follow_up_task(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            found=found,
            programmes=desk.rules(row.programme_version_id),
        )
        if task is not None:
            yield task


def closings(desk: TaskDesk) -> Iterator[Task]:
    """Ask for open Kom & Kvit courses whose person has a stop date: those are closed within three months of it."""
    rules = [programme.rule("open_course_closed_within") for programme in desk.known.values()]
    least = min([MONTHS_AFTER_STOP_DATE, *(rule.value for rule in rules if rule and isinstance(rule.value, int))])
    # Some days too many, for months differ in length; the exact day is counted afterwards.
    latest = months_after(desk.today + timedelta(days=CLOSING_DAYS_AHEAD + 3), -least)
    rows = desk.ask(_with_old_stop_date(), Enrolment.person_id, {"latest": latest})
    people = desk.with_twins({desk.whom(row.person_id) for row in rows})
    stops, parts = (_by_whom(desk, people, question) for question in questions_about_the_open())
    for row in rows:
        whom = desk.whom(row.person_id)
        agreed = [AgreedStop(stop.stop_on, stop.agreed_on) for stop in stops[whom]]
        counted = counted_from(agreed, since=counted_since(row, parts[whom]))
        if counted is None:
            continue
        task = close_course_task(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            stop_on=counted[0],
            programmes=desk.rules(row.programme_version_id),
            today=desk.today,
        )
        if task is not None:
            yield task


def new_courses(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those who smoked again when they were called after six months and have no course since."""
    for row in desk.ask(_smoked_again(), Outcome.person_id, {"since": desk.today - timedelta(days=NEW_COURSE_DAYS)}):
        task = new_course_task(
            enrolment_id=row.enrolment_id,
            person_id=row.person_id,
            asked_on=row.assessed_on,
            programmes=desk.rules(row.programme_version_id),
        )
        if task is not None:
            yield task


def _values(programmes: Sequence[Programme]) -> dict[str, Any]:
    """Return the values of all rules by key, the first programme's where several have one."""
    return {rule.key: rule.value for programme in reversed(programmes) for rule in programme.rules.values()}


@cache
def _with_old_stop_date() -> Select[*tuple[Any, ...]]:
    return (
        select(Enrolment.id, Enrolment.person_id, Enrolment.joined_on, Course.title, Course.programme_version_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Enrolment.left_on.is_(None),
            Enrolment.closed_on.is_(None),
            Course.concept == KOM_OG_KVIT,
            exists(
                select(StopDate.id).where(
                    StopDate.person_id == Enrolment.person_id, StopDate.stop_on <= bindparam("latest")
                )
            ),
        )
    )


@cache
def _may_be_due() -> Select[*tuple[Any, ...]]:
    answered = exists(
        select(Outcome.id).where(
            Outcome.person_id == Enrolment.person_id,
            Outcome.enrolment_id == Enrolment.id,
            Outcome.time_point == "six_months",
        )
    )
    has_stop = exists(
        select(StopDate.id).where(
            StopDate.person_id == Enrolment.person_id,
            StopDate.stop_on.between(bindparam("earliest"), bindparam("latest")),
        )
    )
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.joined_on,
            Enrolment.left_on,
            Enrolment.closed_on,
            Course.title,
            Course.programme_version_id,
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Enrolment.joined_on <= bindparam("latest"),
            Enrolment.closing_reason != "moved_course",
            or_(Enrolment.left_on.between(bindparam("earliest"), bindparam("latest")), has_stop),
            has_consent(Enrolment.person_id, "contact_six_months", "given"),
            ~answered,
        )
    )


@cache
def _smoked_again() -> Select[*tuple[Any, ...]]:
    again, correction = aliased(Enrolment), aliased(Outcome)
    return (
        select(Outcome.enrolment_id, Outcome.person_id, Outcome.assessed_on, Course.programme_version_id)
        .select_from(Outcome)
        .join(Enrolment, Enrolment.id == Outcome.enrolment_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Outcome.time_point == "six_months",
            Outcome.smoke_free == "no",
            Outcome.assessed_on >= bindparam("since"),
            ~exists(
                select(correction.id).where(
                    correction.person_id == Outcome.person_id, correction.corrects_id == Outcome.id
                )
            ),
            ~exists(
                select(again.id).where(
                    again.person_id == Outcome.person_id,
                    again.id != Outcome.enrolment_id,
                    or_(again.left_on.is_(None), again.joined_on >= Outcome.assessed_on),
                )
            ),
            ~exists(
                select(Referral.id).where(
                    Referral.person_id == Outcome.person_id, Referral.received_on >= Outcome.assessed_on
                )
            ),
        )
    )


def questions_about_the_due() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" whose window may be open."""
    return _standing_stops(), _calls_of()


def questions_about_the_open() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" whose course may have to be closed: stop dates, and their courses."""
    return _standing_stops(), _parts_of()


@cache
def _standing_stops() -> Select[*tuple[Any, ...]]:
    return select(StopDate.person_id, StopDate.stop_on, StopDate.agreed_on).where(standing(StopDate))


@cache
def _parts_of() -> Select[*tuple[Any, ...]]:
    return select(
        Enrolment.person_id, Enrolment.id, Enrolment.joined_on, Enrolment.left_on, Enrolment.closing_reason
    ).where(among(Enrolment.person_id, "people"))


@cache
def _calls_of() -> Select[*tuple[Any, ...]]:
    newer = aliased(FollowUpAttempt)
    return select(
        FollowUpAttempt.person_id, FollowUpAttempt.attempted_at, FollowUpAttempt.result, FollowUpAttempt.channel
    ).where(
        among(FollowUpAttempt.person_id, "people"),
        ~exists(
            select(newer.id).where(
                newer.person_id == FollowUpAttempt.person_id, newer.corrects_id == FollowUpAttempt.id
            )
        ),
    )


def _by_person(desk: TaskDesk, person_ids: Collection[str], question: Select[*tuple[Any, ...]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in desk.ask_about(question, "people", person_ids):
        found[row[0]].append(row[1:])
    return found


def _by_whom(desk: TaskDesk, rows: Collection[str], question: Select[*tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Return what is known in these rows by the person that each counts for."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in desk.ask_about(question, "people", rows):
        found[desk.whom(row.person_id)].append(row)
    return found
