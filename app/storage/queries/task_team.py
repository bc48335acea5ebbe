"""What is due for a team: steps at its places, groups to register, and for the coordinator education and reports."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.place_cycle import TOVHOLDER
from app.domain.tasks import DAYS_AHEAD, Task
from app.domain.team_tasks import DueStep, education_task, group_task, place_step_task, report_tasks
from app.models.course import Course
from app.models.organisation import Place, PlaceContact, PlaceCycle, PlaceCycleStep, User
from app.storage.listed import among
from app.storage.queries.task_desk import TaskDesk


def place_steps(desk: TaskDesk) -> Iterator[Task]:
    """Ask for the steps of running rounds whose day has come or comes within the week, and whom to call about them."""
    due = desk.ask_all(_due_steps(), {"until": desk.today + timedelta(days=DAYS_AHEAD)})
    contacts = _contacts(desk, {row.place_id for row in due})
    for row in due:
        programme = desk.known.get(row.programme_version_id)
        if programme is None:
            continue
        contact, phone = contacts.get(row.place_id, ("", ""))
        found = DueStep(
            step_id=row.id,
            team_id=row.team_id,
            place_id=row.place_id,
            place=row.place,
            step=row.step,
            number=row.number,
            of=row.of,
            planned_on=row.planned_on,
            contact=contact,
            phone=phone,
        )
        task = place_step_task(found, programme, today=desk.today)
        if task is not None:
            yield task


def groups(desk: TaskDesk) -> Iterator[Task]:
    """Ask for the groups that run; whether somebody has registered one is a decision about its task."""
    for row in desk.ask_all(_running_groups()):
        task = group_task(
            course_id=row.id,
            team_id=row.team_id,
            title=row.title,
            starts_on=row.starts_on,
            programmes=desk.rules(row.programme_version_id),
        )
        if task is not None:
            yield task


def educations(desk: TaskDesk) -> Iterator[Task]:
    """Ask, on the coordinator's laptop, for those who hold running courses and whose education nobody has noted."""
    if not desk.is_coordinator:
        return
    seen = set()
    for row in desk.ask_all(_holding_courses()):
        if row.id in seen:
            continue
        task = education_task(
            user_id=row.id, name=row.name, team_id=row.team_id, programmes=desk.rules(row.programme_version_id)
        )
        if task is not None:
            seen.add(row.id)
            yield task


def reports(desk: TaskDesk) -> Iterator[Task]:
    """Ask, on the coordinator's laptop, which periods have ended that the agreement wants a report of."""
    if desk.is_coordinator and desk.team_ids:
        yield from report_tasks(desk.rules(None), team_id=desk.team_ids[0], today=desk.today, calendar=desk.calendar)


def _contacts(desk: TaskDesk, place_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return name and phone of one contact person a place: who has a phone, and the tovholder before others."""
    found: dict[str, tuple[str, str]] = {}
    for place_id, name, phone in desk.ask_about(contacts_of_places(), "places", place_ids):
        found.setdefault(place_id, (name, phone))
    return found


@cache
def contacts_of_places() -> Select[*tuple[Any, ...]]:
    """Return the question who is called about these "places"."""
    return (
        select(PlaceContact.place_id, PlaceContact.name, PlaceContact.phone)
        .where(among(PlaceContact.place_id, "places"))
        .order_by(PlaceContact.phone == "", PlaceContact.role != TOVHOLDER, PlaceContact.name)
    )


@cache
def _due_steps() -> Select[*tuple[Any, ...]]:
    same = aliased(PlaceCycleStep)
    of = (
        select(func.count())
        .where(same.cycle_id == PlaceCycleStep.cycle_id, same.step == PlaceCycleStep.step)
        .correlate(PlaceCycleStep)
        .scalar_subquery()
    )
    return (
        select(
            PlaceCycleStep.id,
            PlaceCycleStep.team_id,
            PlaceCycleStep.step,
            PlaceCycleStep.number,
            PlaceCycleStep.planned_on,
            PlaceCycle.place_id,
            PlaceCycle.programme_version_id,
            Place.name.label("place"),
            of.label("of"),
        )
        .select_from(PlaceCycle)
        .join(PlaceCycleStep, PlaceCycleStep.cycle_id == PlaceCycle.id)
        .join(Place, Place.id == PlaceCycle.place_id)
        .where(
            PlaceCycle.state == "running",
            PlaceCycleStep.state == "planned",
            PlaceCycleStep.planned_on <= bindparam("until"),
        )
    )


@cache
def _running_groups() -> Select[*tuple[Any, ...]]:
    return select(Course.id, Course.team_id, Course.title, Course.starts_on, Course.programme_version_id).where(
        Course.state == "running", Course.format == "group"
    )


@cache
def _holding_courses() -> Select[*tuple[Any, ...]]:
    return (
        select(User.id, User.name, Course.team_id, Course.programme_version_id)
        .join(Course, or_(Course.counsellor_id == User.id, Course.second_counsellor_id == User.id))
        .where(User.education == "", Course.state == "running")
        .order_by(User.name, Course.team_id)
        .distinct()
    )
