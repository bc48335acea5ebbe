"""Who is left waiting: for a course they wanted, for being asked again, or for anybody to talk with for a week."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.clock import day_of
from app.domain.tasks import ASKED_AGAIN_DAYS, Task, still_thinking_task, waiting_task, weekly_call_task
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.person import ContactAttempt, Referral
from app.storage.danish_day import danish_day
from app.storage.listed import among, listed
from app.storage.queries.task_desk import TALKED, TaskDesk, parts_of, stands

LONGEST_WAIT_DAYS = 180
"""After so many days somebody who wanted help and came to nothing is history."""
_OF_A_REFERRAL = (
    Referral.id,
    Referral.person_id,
    Referral.received_on,
    Referral.programme_version_id,
    Referral.channel,
    Referral.sender,
)


def waiting(desk: TaskDesk) -> Iterator[Task]:
    """Ask for those who said yes to help and have joined no course since."""
    wanting, answered = desk.ask_each(
        (_wanting_help(), Referral.person_id),
        (_answered_referrals(), Referral.person_id),
        values={
            "since": desk.today - timedelta(days=LONGEST_WAIT_DAYS),
            "lately": (desk.today - timedelta(days=ASKED_AGAIN_DAYS)).isoformat(),
            "merged": listed(sorted(desk.merged)),
        },
    )
    for row in wanting:
        task = waiting_task(
            referral_id=row.id,
            person_id=row.person_id,
            wanted_on=row.received_on,
            channel=row.channel,
            sender=row.sender,
            programmes=desk.rules(row.programme_version_id),
        )
        if task is not None:
            yield task
    yield from _still_thinking(desk, list(answered))


def _still_thinking(desk: TaskDesk, referrals: Sequence[Any]) -> Iterator[Task]:
    """Yield whom to ask again: the first call was made, the referral is open, and they have joined nothing since."""
    talks = desk.known_of_each(_talks(), desk.with_twins({desk.whom(row.person_id) for row in referrals}))
    answered = [row for row in referrals if _is_answered(row, talks[desk.whom(row.person_id)])]
    parts = desk.known_of_each(parts_of(), desk.with_twins({desk.whom(row.person_id) for row in answered}))
    for row in answered:
        whom = desk.whom(row.person_id)
        if any(part.left_on is None or part.joined_on >= row.received_on for part in parts[whom]):
            continue
        days = [day_of(talk.attempted_at) for talk in talks[whom] if talk.purpose in ("first_call", "other")]
        task = still_thinking_task(
            referral_id=row.id,
            person_id=row.person_id,
            received_on=row.received_on,
            spoken_on=max(days),
            channel=row.channel,
            sender=row.sender,
            programmes=desk.rules(row.programme_version_id),
            today=desk.today,
        )
        if task is not None:
            yield task


def _is_answered(referral: Any, talks: Iterable[Any]) -> bool:
    return any(
        talk.referral_id == referral.id
        or (talk.referral_id is None and day_of(talk.attempted_at) >= referral.received_on)
        for talk in talks
        if talk.purpose == "first_call"
    )


@cache
def _answered_referrals() -> Select[*tuple[Any, ...]]:
    """Return open referrals whose first call was made, and all of people of several rows: it may stand in another."""
    attempt = aliased(ContactAttempt)
    may_be_answered = exists(
        select(attempt.id).where(
            attempt.person_id == Referral.person_id, attempt.purpose == "first_call", attempt.outcome.in_(TALKED)
        )
    )
    return select(*_OF_A_REFERRAL).where(
        Referral.state == "open",
        Referral.received_on >= bindparam("since"),
        or_(may_be_answered, among(Referral.person_id, "merged")),
    )


def weekly_calls(desk: TaskDesk) -> Iterator[Task]:
    """Ask, of courses whose own programme suggests it, whom nobody has met or spoken with for a week."""
    suggesting = [key for key, programme in desk.known.items() if programme.has("calls_interval")]
    if not suggesting:
        return
    rows = desk.ask(on_their_own(), Enrolment.person_id, {"versions": listed(suggesting)})
    # With somebody of several rows one may have spoken under the other name.
    spoken = desk.known_of_each(
        _talks(), desk.with_twins({desk.whom(row.person_id) for row in rows} & desk.twins.keys())
    )
    for row in rows:
        talks = [day_of(call.attempted_at) for call in spoken[desk.whom(row.person_id)]]
        spoke_on = row.spoke_at and day_of(row.spoke_at)
        days = (row.joined_on, row.came_on, spoke_on, *talks)
        task = weekly_call_task(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            last_on=max(day for day in days if day is not None),
            programme=desk.known[row.programme_version_id],
            today=desk.today,
        )
        if task is not None:
            yield task


@cache
def _talks() -> Select[*tuple[Any, ...]]:
    """Return the question when one spoke with these "people"."""
    return select(
        ContactAttempt.person_id, ContactAttempt.attempted_at, ContactAttempt.purpose, ContactAttempt.referral_id
    ).where(among(ContactAttempt.person_id, "people"), ContactAttempt.outcome.in_(TALKED), stands(ContactAttempt))


@cache
def _wanting_help() -> Select[*tuple[Any, ...]]:
    attempt = aliased(ContactAttempt)
    joined = exists(
        select(Enrolment.id).where(
            Enrolment.person_id == Referral.person_id,
            or_(
                Enrolment.referral_id == Referral.id,
                Enrolment.joined_on >= Referral.received_on,
                Enrolment.left_on.is_(None),
            ),
        )
    )
    spoken = exists(
        select(attempt.id).where(
            attempt.person_id == Referral.person_id,
            attempt.purpose == "other",
            attempt.outcome.in_(TALKED),
            danish_day(attempt.attempted_at) >= bindparam("lately"),
            stands(attempt),
        )
    )
    return select(*_OF_A_REFERRAL).where(
        Referral.state == "accepted", Referral.received_on >= bindparam("since"), ~joined, ~spoken
    )


@cache
def on_their_own() -> Select[*tuple[Any, ...]]:
    """Return the question who takes part in a running course of these "versions", and when they were last met."""
    attempt = aliased(ContactAttempt)
    came_on = (
        select(func.max(Session.held_on))
        .join(Attendance, Attendance.session_id == Session.id)
        .where(
            Attendance.person_id == Enrolment.person_id,
            Attendance.enrolment_id == Enrolment.id,
            Attendance.status == "present",
        )
        .correlate(Enrolment)
        .scalar_subquery()
    )
    spoke_at = (
        select(func.max(attempt.attempted_at))
        .where(attempt.person_id == Enrolment.person_id, attempt.outcome.in_(TALKED), stands(attempt))
        .correlate(Enrolment)
        .scalar_subquery()
    )
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.joined_on,
            Course.title,
            Course.programme_version_id,
            came_on.label("came_on"),
            spoke_at.label("spoke_at"),
        )
        .select_from(Course)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(
            among(Course.programme_version_id, "versions"),
            Course.state == "running",
            Enrolment.left_on.is_(None),
        )
    )
