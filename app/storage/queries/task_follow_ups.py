"""Closing and six months after: what is to be closed, who is called while the window is open, who begins anew."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from app.domain.completion import KOM_OG_KVIT, MONTHS_AFTER_STOP_DATE
from app.domain.consents import Use, allows
from app.domain.follow_up import FollowUpRules, counted_from, follow_up, rules_from, window
from app.domain.months import months_after
from app.domain.moves import counted_since
from app.domain.same_person import parts_as_one
from app.domain.tasks import CLOSING_DAYS_AHEAD, Task, close_course_task, follow_up_task, new_course_task
from app.models.course import Course, Enrolment
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Referral
from app.models.smoking import StopDate
from app.storage.listed import among
from app.storage.queries.enrolment_facts import agreed_stops, attempt_made
from app.storage.queries.task_desk import TaskDesk, answers_of, has_consent, parts_of, standing_of_people, stands

_MONTHS_DIFFER = timedelta(days=3)
"""As many days more are looked at, for months differ in length; the exact window is counted afterwards."""
NEW_COURSE_DAYS = 60
"""After so many days an offer of a new course is history."""


def follow_ups(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those whose window may be open, then count it exactly, from what stands in all rows of the person."""
    rules = [FollowUpRules(), *(rules_from(programme.values()) for programme in desk.known.values())]
    asked = {
        "earliest": months_after(desk.today, -max(rule.after + rule.margin for rule in rules)) - _MONTHS_DIFFER,
        "latest": months_after(desk.today, -min(rule.after - rule.margin for rule in rules)) + _MONTHS_DIFFER,
    }
    rows = _also_of_merged(desk, _may_be_due(), _unanswered_of(), asked)
    may_call = _may_call(desk)
    rows = [row for row in rows if row.person_id not in desk.merged or desk.whom(row.person_id) in may_call]
    people = desk.with_twins({desk.whom(row.person_id) for row in rows})
    stops, parts = (desk.known_of_each(question, people) for question in questions_about_the_open())
    numbers: dict[str, FollowUpRules] = {}
    # Whoever was on the course in two rows may have answered under the other name.
    as_one = {
        row.id: parts_as_one(row.id, parts[desk.whom(row.person_id)]) if row.person_id in desk.merged else (row.id,)
        for row in rows
    }
    several = {desk.whom(row.person_id) for row in rows if len(as_one[row.id]) > 1}
    answered = {row.enrolment_id for row in desk.ask_about(_answers_of(), "people", desk.with_twins(several))}
    due = []
    for row in rows:
        whom = desk.whom(row.person_id)
        if not answered.isdisjoint(as_one[row.id]):
            continue
        counted = counted_from(
            agreed_stops(stops[whom]),
            since=counted_since(row, parts[whom]),
            closed_on=row.left_on or row.closed_on,
            common=row.stop_on,
        )
        if row.programme_version_id not in numbers:
            # What counts people is asked of the course's own version alone, as the work list does.
            own = desk.known.get(row.programme_version_id)
            numbers[row.programme_version_id] = rules_from(own.values() if own is not None else {})
        if counted is not None and window(counted[0], numbers[row.programme_version_id]).holds(desk.today):
            due.append((row, counted[0]))
    calls = _calls_in_parts(desk, {desk.whom(row.person_id) for row, _ in due})
    for row, counted_on in due:
        found = follow_up(
            counted=counted_on,
            attempts=[attempt_made(call) for part_id in as_one[row.id] for call in calls[part_id]],
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
    latest = months_after(desk.today + timedelta(days=CLOSING_DAYS_AHEAD), -least) + _MONTHS_DIFFER
    rows = _also_of_merged(desk, _with_old_stop_date(), _open_of(), {"latest": latest})
    people = desk.with_twins({desk.whom(row.person_id) for row in rows})
    stops, parts = (desk.known_of_each(question, people) for question in questions_about_the_open())
    for row in rows:
        whom = desk.whom(row.person_id)
        counted = counted_from(agreed_stops(stops[whom]), since=counted_since(row, parts[whom]), common=row.stop_on)
        if counted is None:
            continue
        task = close_course_task(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            stop_on=counted[0],
            programme=desk.known.get(row.programme_version_id),
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


def _also_of_merged(
    desk: TaskDesk,
    statement: Select[*tuple[Any, ...]],
    of_some: Select[*tuple[Any, ...]],
    values: Mapping[str, Any],
) -> list[Any]:
    """Return the answer, and to `of_some` that about people of several rows: what is asked for may stand in another."""
    rows = (*desk.ask(statement, Enrolment.person_id, values), *desk.ask_about(of_some, "people", desk.merged))
    return list({row.id: row for row in rows}.values())


def _may_call(desk: TaskDesk) -> set[str]:
    """Return who of the people of several rows says yes to the call, by the answers in all of their rows."""
    return {whom for whom in desk.twins if allows(desk.consents(whom) or {}, Use.CALL_AFTER_SIX_MONTHS)}


def _calls_in_parts(desk: TaskDesk, rows: Collection[str]) -> dict[str, list[Any]]:
    """Return when somebody was called, how it went and by what, by the part in a course that it was about."""
    found: dict[str, list[Any]] = defaultdict(list)
    for call in desk.ask_about(_calls_of(), "people", desk.with_twins(rows)):
        found[call.enrolment_id].append(call)
    return found


def _open() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.joined_on,
            Course.title,
            Course.programme_version_id,
            Course.stop_on,
        )
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.left_on.is_(None), Enrolment.closed_on.is_(None), Course.concept == KOM_OG_KVIT)
    )


@cache
def _open_of() -> Select[*tuple[Any, ...]]:
    return _open().where(among(Enrolment.person_id, "people"))


@cache
def _with_old_stop_date() -> Select[*tuple[Any, ...]]:
    has_stop = exists(
        select(StopDate.id).where(StopDate.person_id == Enrolment.person_id, StopDate.stop_on <= bindparam("latest"))
    )
    return _open().where(or_(Course.stop_on <= bindparam("latest"), has_stop))


@cache
def _may_be_due() -> Select[*tuple[Any, ...]]:
    has_stop = exists(
        select(StopDate.id).where(
            StopDate.person_id == Enrolment.person_id,
            StopDate.stop_on.between(bindparam("earliest"), bindparam("latest")),
        )
    )
    return _unanswered().where(
        or_(
            Enrolment.left_on.between(bindparam("earliest"), bindparam("latest")),
            Course.stop_on.between(bindparam("earliest"), bindparam("latest")),
            has_stop,
        ),
        has_consent(Enrolment.person_id, "contact_six_months", "given"),
    )


@cache
def _unanswered_of() -> Select[*tuple[Any, ...]]:
    return _unanswered().where(among(Enrolment.person_id, "people"))


@cache
def _answers_of() -> Select[*tuple[Any, ...]]:
    """Return the question of which parts in courses these "people" have told after six months how it went."""
    return select(Outcome.enrolment_id).where(
        among(Outcome.person_id, "people"), Outcome.time_point == "six_months", stands(Outcome)
    )


def _unanswered() -> Select[*tuple[Any, ...]]:
    answered = exists(
        select(Outcome.id).where(
            Outcome.person_id == Enrolment.person_id,
            Outcome.enrolment_id == Enrolment.id,
            Outcome.time_point == "six_months",
            stands(Outcome),
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
            Course.stop_on,
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.closing_reason != "moved_course", ~answered)
    )


@cache
def _smoked_again() -> Select[*tuple[Any, ...]]:
    again = aliased(Enrolment)
    return (
        select(Outcome.enrolment_id, Outcome.person_id, Outcome.assessed_on, Course.programme_version_id)
        .select_from(Outcome)
        .join(Enrolment, Enrolment.id == Outcome.enrolment_id)
        .join(Course, Course.id == Enrolment.course_id)
        .where(
            Outcome.time_point == "six_months",
            Outcome.smoke_free == "no",
            Outcome.assessed_on >= bindparam("since"),
            stands(Outcome),
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
    """Return what is asked about the "people" whose window is open, and about those of several rows."""
    return _calls_of(), answers_of(), _unanswered_of(), _open_of(), _answers_of()


def questions_about_the_open() -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return what is asked about the "people" whose course may have to be closed: stop dates, and their courses."""
    return _standing_stops(), parts_of()


@cache
def _standing_stops() -> Select[*tuple[Any, ...]]:
    return select(StopDate.person_id, StopDate.id, StopDate.stop_on, StopDate.agreed_on).where(
        standing_of_people(StopDate)
    )


@cache
def _calls_of() -> Select[*tuple[Any, ...]]:
    return select(
        FollowUpAttempt.person_id,
        FollowUpAttempt.enrolment_id,
        FollowUpAttempt.attempted_at,
        FollowUpAttempt.result,
        FollowUpAttempt.channel,
    ).where(among(FollowUpAttempt.person_id, "people"), stands(FollowUpAttempt))
