"""Who is to be called or met: first calls, talks before a session, who did not come, and weekly handouts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.clock import day_of
from app.domain.first_contact import SPOKEN_WITH
from app.domain.moves import began_again
from app.domain.nrt import counts_since
from app.domain.outcomes import ClosingReason
from app.domain.tasks import (
    ASKED_AGAIN_DAYS,
    DAYS_AHEAD,
    NO_SHOW_DAYS,
    ComingSession,
    MissedSession,
    RunningHandouts,
    Task,
    WaitingReferral,
    before_first_session_task,
    first_call_task,
    handout_task,
    no_show_task,
    reminder_task,
    still_thinking_task,
    waiting_task,
    weekly_call_task,
)
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.person import ContactAttempt, Person, Referral
from app.models.plan import NrtPlan
from app.models.smoking import Handout
from app.storage.danish_day import danish_day
from app.storage.listed import CHUNK, among, listed
from app.storage.queries.task_desk import TaskDesk, has_consent, parts_of, stands

TALKED = tuple(sorted(SPOKEN_WITH))
DAYS_BEFORE_JOINING = 14
"""So long before somebody joined a course a talk with them counts as that before the first session."""
SETTLE_NO_SHOW = ("no_show", "other", "before_first_session")
"""What a call is for after which nobody calls about a session that was missed."""
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


def calls_and_handouts(desk: TaskDesk) -> Iterator[Iterator[Task]]:
    """Ask together whom to call first, before a session and after one that was missed, and whom to hand something to.

    These are the longest questions of all, and the first that are asked while the sessions of the day are drawn.
    """
    following = desk.next_anywhere()
    answers = desk.ask_each(
        (_waiting_referrals(), Referral.person_id),
        (_expected(), Enrolment.person_id),
        (_missed_sessions(), Attendance.person_id),
        (_running_plans(), NrtPlan.person_id),
        values={
            "today": desk.today,
            "until": max(desk.today + timedelta(days=DAYS_AHEAD), following),
            "next": following,
            "since": desk.today - timedelta(days=NO_SHOW_DAYS),
            "merged": listed(sorted(desk.merged)),
        },
    )
    for tasks_of, rows in zip((_first_calls, _before_sessions, _no_shows, _handouts), answers, strict=True):
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


def _handouts(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[Task]:
    """Yield the handouts of plans that are not used up."""
    for row, handed, last_on in _weeks_of_plans(desk, rows):
        running = RunningHandouts(
            plan_id=row.id,
            person_id=row.person_id,
            weeks=row.weeks,
            starts_on=row.starts_on,
            week=_lowest_missing(handed or 0, row.weeks),
            last_on=last_on,
            enrolment_id=row.enrolment_id,
        )
        task = handout_task(running, desk.rules(row.programme_version_id), today=desk.today)
        if task is not None:
            yield task


def _weeks_of_plans(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[tuple[Any, int | None, date | None]]:
    """Yield each person's plan in force, the weeks of it that were handed out, and when any was last.

    Where nearly everybody came again, some of them at a time: all at once would leave holes in the memory.
    """
    merged = desk.merged
    again: list[Any] = []
    several = []
    for row in rows:
        if row.has_another or row.person_id in merged:
            several.append(row)
        elif not row.came_again:
            yield row, row.handed, row.last_on
        else:
            again.append(row)
            if len(again) == CHUNK:
                yield from _looked_at_singly(desk, again)
                again = []
    yield from _looked_at_singly(desk, (*again, *several))


def _lowest_missing(handed: int, weeks: int) -> int | None:
    """Return the lowest week whose bit is not set, None beyond the last; the first week is the lowest bit."""
    week = (~handed & (handed + 1)).bit_length()
    return week if week <= weeks else None


def _looked_at_singly(desk: TaskDesk, plans: Iterable[Any]) -> Iterator[tuple[Any, int, date | None]]:
    """Yield of each of these people the newest plan, the weeks of it that were handed out, and when any was last.

    Of somebody of several rows what was handed out to any of them counts; whoever came again has all weeks again.
    """
    newest = {desk.whom(plan.person_id): plan for plan in sorted(plans, key=lambda row: (row.made_on, row.id))}
    rows = desk.with_twins(newest)
    parts = desk.known_of_each(parts_of(), rows)
    since = {whom: counts_since(plan.made_on, began_again(parts[whom])) for whom, plan in newest.items()}
    days = {row: since[desk.whom(row)] or date.min for row in rows}
    weeks: dict[str, int] = defaultdict(int)
    last: dict[str, date] = {}
    for row in desk.ask_all(_handed_out(), {"since": msgspec.json.encode(days).decode()}):
        whom = desk.whom(row.person_id)
        weeks[whom] |= row.weeks
        last[whom] = max(row.last_on, last.get(whom, row.last_on))
    for whom, plan in newest.items():
        yield plan, weeks[whom], last.get(whom)


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


@cache
def _handed_out() -> Select[*tuple[Any, ...]]:
    """Return the question which weeks were handed out "since" a day to each of the people in it, a bit for each."""
    correction = aliased(Handout)
    since = func.json_each(bindparam("since")).table_valued("key", "value", name="since")
    return (
        select(
            Handout.person_id,
            _weeks_handed().label("weeks"),
            func.max(Handout.handed_on).label("last_on"),
        )
        .select_from(since)
        .join(Handout, Handout.person_id == since.c.key)
        .where(
            Handout.handed_on >= since.c.value,
            Handout.quantity > 0,
            ~exists(select(correction.id).where(correction.corrects_id == Handout.id)),
        )
        .group_by(Handout.person_id)
    )


def _weeks_handed() -> ColumnElement[int]:
    return func.sum(literal(1).bitwise_lshift(Handout.week - 1).distinct())


@cache
def _running_plans() -> Select[*tuple[Any, ...]]:
    """Return plans that are not used up: which weeks were `handed` out, a bit for each, whichever plan asked for it.

    Of people who came again, of several plans, or of several rows ("merged"), it is all plans that are in force; what
    was handed to people who came again is not read here.
    """
    correction, earlier, another = aliased(Handout), aliased(Enrolment), aliased(NrtPlan)
    handed = _weeks_handed()
    all_weeks = literal(1).bitwise_lshift(NrtPlan.weeks) - 1
    came_again = exists(
        select(earlier.id).where(
            earlier.person_id == NrtPlan.person_id,
            earlier.left_on <= NrtPlan.made_on,
            earlier.closing_reason != ClosingReason.MOVED_COURSE,
        )
    )
    belongs = and_(
        # Of whoever came again it is asked apart, from the day on that is their own.
        Handout.person_id == case((came_again, ""), else_=NrtPlan.person_id),
        Handout.quantity > 0,
        ~exists(select(correction.id).where(correction.corrects_id == Handout.id)),
    )
    has_another = exists(
        select(another.id).where(
            another.person_id == NrtPlan.person_id, another.state == "active", another.id != NrtPlan.id
        )
    )
    return (
        select(
            Course.programme_version_id,
            NrtPlan.id,
            NrtPlan.person_id,
            NrtPlan.weeks,
            NrtPlan.starts_on,
            NrtPlan.made_on,
            handed.label("handed"),
            func.max(Handout.handed_on).label("last_on"),
            func.coalesce(NrtPlan.enrolment_id, "").label("enrolment_id"),
            came_again.label("came_again"),
            has_another.label("has_another"),
        )
        .select_from(NrtPlan)
        .outerjoin(Handout, belongs)
        .outerjoin(Enrolment, Enrolment.id == NrtPlan.enrolment_id)
        .outerjoin(Course, Course.id == Enrolment.course_id)
        .where(NrtPlan.state == "active")
        # In the order in which they lie in the file: plans of the same time lie side by side, as do their handouts.
        .group_by(literal_column("nrt_plan.rowid"))
        .having(
            or_(
                came_again,
                has_another,
                func.coalesce(handed, 0).bitwise_and(all_weeks) != all_weeks,
                among(NrtPlan.person_id, "merged"),
            )
        )
    )
