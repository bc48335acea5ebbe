"""Who is to be called or met: first calls, talks before a session, and who did not come."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.tasks import (
    DAYS_AHEAD,
    NO_SHOW_DAYS,
    ComingSession,
    MissedSession,
    Task,
    WaitingReferral,
    before_first_session_task,
    first_call_task,
    no_show_task,
    reminder_task,
)
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.person import ContactAttempt, Person, Referral
from app.models.plan import NrtPlan
from app.storage.danish_day import danish_day
from app.storage.listed import listed
from app.storage.queries.task_desk import TALKED, TaskDesk, has_consent, stands
from app.storage.queries.task_handouts import handouts, running_plans

DAYS_BEFORE_JOINING = 14
"""So long before somebody joined a course a talk with them counts as that before the first session."""
SETTLE_NO_SHOW = ("no_show", "other", "before_first_session")
"""What a call is for after which nobody calls about a session that was missed."""


def calls_and_handouts(desk: TaskDesk) -> Iterator[Iterator[Task]]:
    """Ask together whom to call first, before a session and after one that was missed, and whom to hand something to.

    These are the longest questions of all, and the first that are asked while the sessions of the day are drawn.
    """
    following = desk.next_anywhere()
    answers = desk.ask_each(
        (_waiting_referrals(), Referral.person_id),
        (_expected(), Enrolment.person_id),
        (_missed_sessions(), Attendance.person_id),
        (running_plans(), NrtPlan.person_id),
        values={
            "today": desk.today,
            "until": max(desk.today + timedelta(days=DAYS_AHEAD), following),
            "next": following,
            "since": desk.today - timedelta(days=NO_SHOW_DAYS),
            "merged": listed(sorted(desk.merged)),
        },
    )
    for tasks_of, rows in zip((_first_calls, _before_sessions, _no_shows, handouts), answers, strict=True):
        yield tasks_of(desk, rows)


def _first_calls(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[Task]:
    """Yield the first calls of open referrals that none has answered, of people whom nobody has met since."""
    for row in rows:
        task = first_call_task(
            WaitingReferral(
                referral_id=row.id,
                person_id=row.person_id,
                received_on=row.received_on,
                channel=row.channel,
                sender=row.sender,
                attempts=row.attempts,
            ),
            desk.rules(row.programme_version_id),
            calendar=desk.working_days(row.municipality_id),
        )
        if task is not None:
            yield task


def _before_sessions(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[Task]:
    """Yield both kinds of talk before a session: the first one, and the reminder of each."""
    seen: set[str] = set()
    for row in rows:
        coming = ComingSession(
            enrolment_id=row.id,
            person_id=row.person_id,
            session_id=row.session_id,
            held_on=row.held_on,
            starts_at=row.starts_at,
            title=row.title,
            is_first=not row.been and row.id not in seen,
            may_text=desk.may_text(row.person_id, by_this_row=row.may_text),
            is_called=row.called,
            is_reminded=row.reminded,
        )
        seen.add(row.id)
        rules, calendar = desk.rules(row.programme_version_id), desk.working_days(row.delivering_municipality_id)
        before = before_first_session_task(coming, rules, today=desk.today, calendar=calendar)
        reminder = reminder_task(coming, rules, today=desk.today, calendar=calendar)
        yield from (task for task in (before, reminder) if task is not None)


def _no_shows(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[Task]:
    """Yield the calls after the latest session that was missed without a word, where nothing came after it."""
    for row in rows:
        task = no_show_task(
            MissedSession(
                enrolment_id=row.enrolment_id,
                person_id=row.person_id,
                session_id=row.session_id,
                held_on=row.held_on,
                title=row.title,
                next_on=row.next_on,
            ),
            desk.rules(row.programme_version_id),
            today=desk.today,
            calendar=desk.working_days(row.delivering_municipality_id),
        )
        if task is not None:
            yield task


@cache
def _waiting_referrals() -> Select[*tuple[Any, ...]]:
    attempt = aliased(ContactAttempt)
    concerns = and_(
        attempt.person_id == Referral.person_id,
        attempt.purpose == "first_call",
        or_(
            attempt.referral_id == Referral.id,
            and_(attempt.referral_id.is_(None), danish_day(attempt.attempted_at) >= Referral.received_on),
        ),
        stands(attempt),
    )
    tried = select(func.count()).select_from(attempt).where(concerns).correlate(Referral).scalar_subquery()
    answered = exists(select(attempt.id).where(concerns, attempt.outcome.in_(TALKED)).correlate(Referral))
    met = exists(
        select(Attendance.id)
        .join(Session, Session.id == Attendance.session_id)
        .where(
            Attendance.person_id == Referral.person_id,
            Attendance.status == "present",
            Session.held_on >= Referral.received_on,
        )
    )
    return select(
        Referral.id,
        Referral.person_id,
        Referral.received_on,
        Referral.channel,
        Referral.sender,
        Referral.programme_version_id,
        Referral.municipality_id,
        tried.label("attempts"),
    ).where(Referral.state == "open", ~answered, ~met)


@cache
def _expected() -> Select[*tuple[Any, ...]]:
    """Return who is expected at the sessions ahead: at each until `next`, and at their first one until `until`."""
    attempt = aliased(ContactAttempt)
    been = exists(select(Attendance.id).where(Attendance.enrolment_id == Enrolment.id))
    called = exists(
        select(attempt.id).where(
            attempt.person_id == Enrolment.person_id,
            or_(
                and_(attempt.purpose == "before_first_session", attempt.outcome.in_(TALKED)),
                and_(attempt.purpose == "first_call", attempt.outcome == "reached"),
            ),
            danish_day(attempt.attempted_at) >= func.date(Enrolment.joined_on, f"-{DAYS_BEFORE_JOINING} days"),
            stands(attempt),
        )
    )
    reminded = exists(
        select(attempt.id).where(
            attempt.person_id == Enrolment.person_id,
            attempt.purpose == "reminder",
            attempt.session_id == Session.id,
            stands(attempt),
        )
    )
    said_no = has_consent(Enrolment.person_id, "sms", "declined", "withdrawn")
    may_text = or_(has_consent(Enrolment.person_id, "sms", "given"), and_(Person.may_text == "yes", ~said_no))
    is_next = Session.held_on <= bindparam("next")
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Session.id.label("session_id"),
            Session.held_on,
            Session.starts_at,
            Course.title,
            Course.programme_version_id,
            Course.delivering_municipality_id,
            been.label("been"),
            and_(~been, called).label("called"),
            reminded.label("reminded"),
            and_(is_next, may_text).label("may_text"),
        )
        .select_from(Session)
        .join(Course, Course.id == Session.course_id)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Session.state == "planned",
            Session.held_on.between(bindparam("today"), bindparam("until")),
            or_(is_next, ~been),
            Enrolment.left_on.is_(None) | (Enrolment.left_on >= Session.held_on),
            Enrolment.joined_on <= Session.held_on,
            Session.enrolment_id.is_(None) | (Session.enrolment_id == Enrolment.id),
        )
        .order_by(Session.held_on, Session.starts_at)
    )


@cache
def _missed_sessions() -> Select[*tuple[Any, ...]]:
    attempt, later, later_session, coming = (
        aliased(ContactAttempt), aliased(Attendance), aliased(Session), aliased(Session),
    )  # fmt: skip
    next_on = (
        select(func.min(coming.held_on))
        .where(
            coming.course_id == Session.course_id,
            coming.held_on > Session.held_on,
            coming.state != "cancelled",
            coming.enrolment_id.is_(None) | (coming.enrolment_id == Attendance.enrolment_id),
        )
        .correlate(Session, Attendance)
        .scalar_subquery()
    )
    came_after = exists(
        select(later.id)
        .join(later_session, later_session.id == later.session_id)
        .where(later.enrolment_id == Attendance.enrolment_id, later_session.held_on > Session.held_on)
    )
    called = exists(
        select(attempt.id).where(
            attempt.person_id == Attendance.person_id,
            attempt.outcome.in_(TALKED),
            attempt.purpose.in_(SETTLE_NO_SHOW),
            or_(
                attempt.session_id == Session.id,
                and_(attempt.session_id.is_(None), danish_day(attempt.attempted_at) >= Session.held_on),
            ),
            stands(attempt),
        )
    )
    return (
        select(
            Attendance.enrolment_id,
            Attendance.person_id,
            Attendance.session_id,
            Session.held_on,
            Course.title,
            Course.programme_version_id,
            Course.delivering_municipality_id,
            next_on.label("next_on"),
        )
        .select_from(Attendance)
        .join(Session, Session.id == Attendance.session_id)
        .join(Course, Course.id == Session.course_id)
        .join(Enrolment, Enrolment.id == Attendance.enrolment_id)
        .where(
            Session.held_on.between(bindparam("since"), bindparam("today")),
            Attendance.status == "absent",
            Enrolment.left_on.is_(None),
            ~came_after,
            ~called,
        )
    )
