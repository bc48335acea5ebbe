"""Everything that is due on this laptop: a handful of questions put to the whole store at once, never one a person.

The questions find what may be due; `app.domain.tasks` decides. A person who was merged into another counts as that one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select

from app.clock import day_of
from app.domain.tasks import Decision, Kind, Task, in_order, undecided
from app.models.organisation import TeamTaskState
from app.models.person import Person, TaskState
from app.storage.all_rows import all_rows_of_each
from app.storage.engine import Reading, many_pages
from app.storage.listed import among
from app.storage.queries.names import shown_as
from app.storage.queries.own_memory import set_apart
from app.storage.queries.task_contacts import calls_and_handouts
from app.storage.queries.task_desk import TaskDesk, has_consent, task_desk
from app.storage.queries.task_follow_ups import closings, follow_ups, new_courses
from app.storage.queries.task_medicines import medicine_alerts
from app.storage.queries.task_papers import (
    PAPERS_OF_PEOPLE,
    consents,
    count_papers,
    papers_of_everybody,
    papers_of_kind,
)
from app.storage.queries.task_team import educations, groups, place_steps, reports
from app.storage.queries.task_twins import without_settled_by_twin
from app.storage.queries.task_waiting import waiting, weekly_calls

_Question = Callable[[TaskDesk], Iterable[Task]]
MOST_ROWS = 300
"""Tasks that are shown with names; the rest is counted."""
_CONTACTS = (
    medicine_alerts,
    follow_ups,
    new_courses,
    closings,
    consents,
    waiting,
    weekly_calls,
)
_PAPERS = (papers_of_everybody,)
_OF_TEAMS = (place_steps,)
_PAPERS_OF_TEAMS = (groups, educations, reports)
PAPERS_OF_TEAMS = frozenset({Kind.GROUP, Kind.EDUCATION, Kind.REPORT})


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task, whom or what it concerns by name, and how to reach them."""

    task: Task
    name: str
    phone: str
    may_text: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What the task list shows, in order; `left_out` are tasks beyond `MOST_ROWS`, `settled` those settled today."""

    rows: tuple[TaskRow, ...]
    left_out: int
    settled: int
    counted: tuple[tuple[Kind, int], ...]


def due_and_papers(
    reading: Reading, *, today: date, named: Collection[Kind] = (), most: int = MOST_ROWS
) -> Iterator[Due]:
    """Yield whom to call, meet, hand something to or ask, in the order of what is at risk; and then the papers.

    Of these it is told how many of each kind wait, with the first of those `named`: they are what is to be typed,
    written and printed, and nobody waits for it at the table. What both need is read once.
    """
    with many_pages(reading):
        desk = task_desk(reading, today)
        decided = _decisions(desk)
        yield _found(desk, decided, _contacts(desk, *_OF_TEAMS), most=most)
        counted = _papers_counted(desk, decided)
        yield replace(counted, rows=_papers_named(desk, decided, named, most=most))


def papers_named(
    reading: Reading, *, today: date, named: Collection[Kind], most: int = MOST_ROWS
) -> tuple[TaskRow, ...]:
    """Return the first papers of each of these kinds."""
    with many_pages(reading):
        desk = task_desk(reading, today)
        return _papers_named(desk, _decisions(desk), named, most=most)


def _papers_counted(desk: TaskDesk, decided: "_Decided") -> Due:
    counted, tasks = count_papers(desk, {whose for whose, _key in decided.of})
    for question in _PAPERS_OF_TEAMS:
        tasks += question(desk)
    counted.update(task.kind for task in undecided(_of_whom(desk, tasks, ""), decided.of, today=desk.today))
    return Due((), counted.total(), decided.settled, tuple(counted.items()))


def _papers_named(desk: TaskDesk, decided: "_Decided", named: Collection[Kind], *, most: int) -> tuple[TaskRow, ...]:
    found: list[TaskRow] = []
    for kind in sorted(PAPERS_OF_PEOPLE.intersection(named)):
        # Whatever somebody decided about may be among the first.
        settled = sum(key.startswith(f"{kind}:") for _whose, key in decided.of)
        found += _found(desk, decided, [papers_of_kind(desk, kind, most=most + settled)], most=most).rows
    if PAPERS_OF_TEAMS.intersection(named):
        found += _found(desk, decided, _each(desk, *_PAPERS_OF_TEAMS), most=most).rows
    return tuple(found)


def due_of_person(reading: Reading, person_id: str, *, today: date) -> Due:
    """Return everything that is due for one person, and for those merged into them."""
    desk = task_desk(reading, today, person_id=person_id)
    return _found(desk, _decisions(desk), _contacts(desk, *_PAPERS), most=MOST_ROWS, only=desk.whom(person_id))


def _contacts(desk: TaskDesk, *more: _Question) -> Iterator[Iterable[Task]]:
    """Yield the tasks of each question about people whom one calls, meets or asks, and of `more`."""
    yield from calls_and_handouts(desk)
    yield from _each(desk, *_CONTACTS, *more)


def _each(desk: TaskDesk, *questions: _Question) -> Iterator[Iterable[Task]]:
    return (question(desk) for question in questions)


class _Decided(NamedTuple):
    """The decisions about tasks, by whose they are and their key, and how many of them are today's."""

    of: dict[tuple[str, str], Decision]
    settled: int


def _found(desk: TaskDesk, decided: _Decided, asked: Iterable[Iterable[Task]], *, most: int, only: str = "") -> Due:
    counted: Counter[Kind] = Counter()
    first: list[Task] = []
    for found in asked:
        how_many, chosen = _chosen(desk, decided, found, most=most, only=only)
        counted.update(how_many)
        first += chosen()
    shown = in_order(first, today=desk.today, most=most)
    people = _people(desk, {task.person_id for task in shown if task.person_id})
    rows = tuple(
        TaskRow(task, task.detail("name"), task.detail("phone"), may_text=False)
        if task.team_id
        else TaskRow(task, *people[task.person_id])
        for task in shown
        if task.team_id or task.person_id in people
    )
    return Due(rows, max(0, counted.total() - most), decided.settled, tuple(counted.items()))


def _chosen(
    desk: TaskDesk, decided: _Decided, found: Iterable[Task], *, most: int, only: str
) -> tuple[Counter[Kind], Callable[[], Sequence[Task]]]:
    """Return how many tasks of each kind nobody has settled, and what gives those of them that are shown first."""
    wanted = undecided(without_settled_by_twin(desk, _of_whom(desk, found, only)), decided.of, today=desk.today)
    counted = Counter(task.kind for task in wanted)
    if len(wanted) <= most:
        return counted, lambda: wanted
    return counted, set_apart(in_order(wanted, today=desk.today, most=most))


def _of_whom(desk: TaskDesk, tasks: Iterable[Task], only: str) -> list[Task]:
    """Return each task once, and as that of the person whom it counts for."""
    found: dict[tuple[str, str], Task] = {}
    for task in tasks:
        if task.team_id:
            found[task.whose, task.key] = task
            continue
        whom = desk.whom(task.person_id)
        if whom in desk.silent or (only and whom != only):
            continue
        found[whom, task.key] = task if whom == task.person_id else replace(task, person_id=whom)
    return list(found.values())


def _people(desk: TaskDesk, person_ids: Collection[str]) -> dict[str, tuple[str, str, bool]]:
    """Return name, phone and whether they may be texted: the latest answer, else what was noted about them."""
    found: dict[str, tuple[str, str, bool]] = {}
    for person_id, given, family, nickname, phone, may_text in desk.ask_about(whom_to_reach(), "people", person_ids):
        may_be_texted = desk.may_text(person_id, by_this_row=bool(may_text))
        found[person_id] = (shown_as(given, family, nickname), phone, may_be_texted)
    return found


@cache
def whom_to_reach() -> Select[*tuple[Any, ...]]:
    """Return the question what these "people" are called and how they are reached."""
    said_yes, said_no = has_consent(Person.id, "sms", "given"), has_consent(Person.id, "sms", "declined", "withdrawn")
    may_text = or_(said_yes, and_(Person.may_text == "yes", ~said_no))
    return select(
        Person.id, Person.given_name, Person.family_name, Person.nickname, Person.phone, may_text.label("may_text")
    ).where(among(Person.id, "people"))


@cache
def _decided() -> Select[*tuple[Any, ...]]:
    return select(TaskState.person_id, TaskState.task_key, TaskState.state, TaskState.until, TaskState.decided_at)


@cache
def _decided_for_teams() -> Select[*tuple[Any, ...]]:
    return select(
        TeamTaskState.team_id,
        TeamTaskState.task_key,
        TeamTaskState.state,
        TeamTaskState.until,
        TeamTaskState.decided_at,
    ).where(TeamTaskState.state != "open")


def _decisions(desk: TaskDesk) -> _Decided:
    found = {}
    settled = 0
    people: Iterable[Any]
    teams: Iterable[Any] = ()
    if desk.only:
        # What teams decided, of which there is ten times as much with ten times the people, is nobody's own.
        people = desk.ask(_decided(), TaskState.person_id)
    else:
        people, teams = all_rows_of_each(desk.connection, (_decided(), _decided_for_teams()))
    # What was decided about the person who is kept stands above what was about a row that was merged before.
    for row in sorted(people, key=lambda row: row.person_id not in desk.owner):
        found[desk.whom(row.person_id), row.task_key] = Decision(row.state, row.until)
        settled += row.state != "open" and day_of(row.decided_at) == desk.today
    for team in teams:
        found[team.team_id, team.task_key] = Decision(team.state, team.until)
        settled += day_of(team.decided_at) == desk.today
    return _Decided(found, settled)
