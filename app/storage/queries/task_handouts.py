"""Whom to hand something to: the first week of a plan that was not handed out yet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from app.domain.moves import Part, began_again, newest_of
from app.domain.nrt import counts_since
from app.domain.outcomes import ClosingReason
from app.domain.tasks import RunningHandouts, Task, handout_task
from app.models.course import Course, Enrolment
from app.models.plan import NrtPlan
from app.models.smoking import Handout
from app.storage.listed import CHUNK, among
from app.storage.queries.task_desk import TaskDesk, parts_of


def handouts(desk: TaskDesk, rows: Iterable[Any]) -> Iterator[Task]:
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
        if not _has_dropped_out(parts[whom]):
            yield plan, weeks[whom], last.get(whom)


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


def _follows_a_course() -> ColumnElement[bool]:
    """Return the condition that the person is on a course, or completed the newest one; so does who was on none yet.

    What is free is so while the agreed course is followed (S1, S4), and twelve handouts are more than ten sessions
    (S3). Whoever dropped out is waited for by nobody.
    """
    part = aliased(Enrolment)
    newest = (
        select(case((part.left_on.is_(None), ClosingReason.COMPLETED), else_=func.coalesce(part.closing_reason, "")))
        .where(part.person_id == NrtPlan.person_id)
        .order_by(part.left_on.is_(None).desc(), part.joined_on.desc(), part.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_on_its_course = and_(Enrolment.id.is_not(None), Enrolment.left_on.is_(None))
    return or_(is_on_its_course, func.coalesce(newest, ClosingReason.COMPLETED) == ClosingReason.COMPLETED)


def _has_dropped_out(parts: Sequence[Part]) -> bool:
    """Return the contrary of :func:`_follows_a_course` for somebody of several rows or plans."""
    newest = newest_of(parts) if parts else None
    return newest is not None and newest.left_on is not None and newest.closing_reason != ClosingReason.COMPLETED


@cache
def running_plans() -> Select[*tuple[Any, ...]]:
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
        .where(NrtPlan.state == "active", or_(_follows_a_course(), has_another, among(NrtPlan.person_id, "merged")))
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
