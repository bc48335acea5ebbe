"""The same work on a store of ten and a hundred times the people: how much longer it takes than on one of today's.

Beside stands the same laptop at 1x, in turn; a ratio of 1.5 means half as long again. At 100x there are 24,000 people
and two million facts. Reports read all of them: what counts there is the time for each part in a course. Of what is due
for everybody there is a hundred times as much: what counts is the time for each person, on a store that was just
opened, as Today asks for it.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from app.clock import today
from app.models.course import Attendance, Enrolment, Session
from app.models.local import Device
from app.models.person import Person
from app.services.close_session import close_session
from app.services.compute_reports import ComputeReports, compute_reports
from app.services.session_draft import Cell, TypeCell, type_cell
from app.settings import DATABASE_NAME
from app.storage.engine import Store, open_store
from app.storage.queries.person_story import person_story
from app.storage.queries.person_timeline import person_timeline
from app.storage.queries.search import find
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.tasks import due_and_papers, due_of_person
from app.storage.queries.today import day
from bench.close_session import LATER, sessions_of_ten, type_ten
from bench.laptop import CLOCK, a_copy, key_of, opened
from bench.measuring import Goal, Result, Run, in_turn

NAME = "growth"
SCALES = tuple(int(scale) for scale in os.environ.get("PUSTERUM_BENCH_SCALES", "10,100").split(",") if scale)
"""Beside 1x; the store of 100x is made once, in one to two minutes."""
TIMES = 10
LINEAR = 1.1
"""As long for each, and a tenth for what a machine's caches no longer hold."""
REPORTS_AT_MOST = 3
"""Rounds of the reports: at 100x one takes several seconds."""
EVERYBODY_AT_MOST = 5
"""Rounds of what is due for everybody, which takes seconds there too."""
_YOUNG = 2_000
"""Objects that are made before the young ones are looked through, as in `app/ui/rubbish.py`."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One round of some work, and how many times its figure at 1x its figure may be."""

    run: Run
    at_most: float = 1.5
    most_rounds: int = 100


def run(rounds: int) -> list[Result]:
    """Measure opening, Today, search, the session sheet, a person, saving and reports at each scale."""
    found = []
    with ExitStack() as stack:
        stores = {scale: stack.enter_context(a_copy(scale)) for scale in (1, *SCALES)}
        # The same person and sessions everywhere: among more people the one with the most to tell has more to tell.
        person = _whoever_came_most(stores[1])
        turns = rounds + 1
        meetings = _sessions_of_ten(stores[1], turns * len(SCALES))
        closed_at = {1: meetings}
        closed_at |= {scale: meetings[place * turns :][:turns] for place, scale in enumerate(SCALES)}
        jobs = {scale: _jobs(stack, folder, person, closed_at[scale]) for scale, folder in stores.items()}
        for scale in SCALES:
            for name, job in jobs[scale].items():
                figures = in_turn(min(rounds, job.most_rounds), job.run, at_1x=jobs[1][name].run)
                found.append(Result(f"growth: {name} at {scale}x", "s", figures, (Goal("at 1x", job.at_most),)))
    return found


def _each(work: Callable[[], Any]) -> _Job:
    """Return a job whose figure is the seconds of one of several."""

    def several() -> float:
        began = time.perf_counter()
        for _ in range(TIMES):
            work()
        return (time.perf_counter() - began) / TIMES

    return _Job(several)


def _whoever_came_most(folder: Path) -> str:
    store = opened(folder)
    with store.session() as session:
        often = select(Attendance.person_id).group_by(Attendance.person_id).order_by(func.count().desc())
        person = session.scalars(often.limit(1)).one()
    store.close()
    return person


def _sessions_of_ten(folder: Path, number: int) -> list[str]:
    store = opened(folder)
    meetings = sessions_of_ten(store, number)
    store.close()
    return meetings


def _jobs(stack: ExitStack, folder: Path, person: str, meetings: list[str]) -> dict[str, _Job]:
    on, key = today(CLOCK), key_of(folder)
    store = opened(folder)
    stack.callback(store.close)
    with store.session() as session:
        meeting = session.scalars(select(Session).where(Session.held_on == on, Session.state == "planned")).first()
        assert meeting is not None
        seat = session.scalars(select(Enrolment.id).where(Enrolment.course_id == meeting.course_id)).first()
        assert seat is not None
    type_ten(store, meetings)

    def asked(question: Callable[[Any], Any]) -> _Job:
        def ask() -> Any:
            with store.session() as reading:
                return question(reading)

        return _each(ask)

    def save() -> None:
        with store.unit_of_work(actor=person, clock=CLOCK) as work:
            type_cell(TypeCell(meeting.id, seat, Cell.CIGARETTES_PER_DAY, "12"), work=work)

    typed = iter(meetings)

    def close() -> None:
        with store.unit_of_work(actor=person, clock=LATER) as work:
            close_session(next(typed), work=work)

    def open_it() -> None:
        open_store(folder / DATABASE_NAME, key, every_page=False).close()

    return {
        "opening": _each(open_it),
        "what is due for somebody": asked(lambda reading: due_of_person(reading, person, today=on)),
        "today": asked(lambda reading: day(reading, today=on)),
        "search": asked(lambda reading: find(reading, "Sør", today=on)),
        "search for a place": asked(lambda reading: find(reading, "Kil", today=on)),
        "session sheet": asked(lambda reading: session_sheet(reading, meeting.id)),
        "person": asked(lambda reading: person_timeline(reading, person)),
        "person's story": asked(lambda reading: person_story(reading, person, today=on)),
        "one cell": _each(save),
        "closing a session of ten": _Job(close),
        "what is due for everybody, for each person": _everybody(store, folder / DATABASE_NAME, key),
        "reports, for each part in a course": _reports(store),
    }


def _everybody(store: Store, path: Path, key: bytes) -> _Job:
    """Find what is due and count the papers, as Today does; the figure is the time for each person, also who left."""
    on = today(CLOCK)
    with store.session() as session:
        people = session.scalar(select(func.count()).select_from(Person)) or 1

    def find_it() -> float:
        just_opened = open_store(path, key, every_page=False)
        began = time.perf_counter()
        with just_opened.session() as reading, _collecting_as_in_the_application():
            list(due_and_papers(reading, today=on))
        taken = time.perf_counter() - began
        just_opened.close()
        return taken / people

    return _Job(find_it, at_most=LINEAR, most_rounds=EVERYBODY_AT_MOST)


@contextmanager
def _collecting_as_in_the_application() -> Iterator[None]:
    """Let Python look through young objects alone, here in the same thread: the whole waits until an answer is gone."""
    usual = gc.get_threshold()
    gc.set_threshold(_YOUNG, 10, 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _reports(store: Store) -> _Job:
    """Compute a half-year of all reports; the figure is the time divided by how many took part in a course."""
    since, until, on = date(2026, 1, 1), date(2026, 6, 30), today(CLOCK)
    command = ComputeReports(since=since, until=until, today=on, names_wanted=True)
    with store.session() as session:
        parts = session.scalar(select(func.count()).select_from(Enrolment)) or 1

    def compute() -> float:
        with store.session() as reading:
            # They are the coordinator's; whoever is at the laptop otherwise is a counsellor.
            reading.execute(update(Device).values(role="coordinator"))
            began = time.perf_counter()
            compute_reports(command, reading)
            return (time.perf_counter() - began) / parts

    return _Job(compute, at_most=LINEAR, most_rounds=REPORTS_AT_MOST)
