"""The same work on a store of ten and a hundred times the people: how much longer it takes than on one of today's.

Beside stands the same laptop at 1x, in turn; a ratio of 1.5 means half as long again. At 100x there are 24,000 people.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.clock import today
from app.models.course import Attendance, Enrolment, Session
from app.services.session_draft import Cell, TypeCell, type_cell
from app.settings import DATABASE_NAME
from app.storage.engine import open_store
from app.storage.queries.person_timeline import person_timeline
from app.storage.queries.search import find
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.tasks import due_of_person
from app.storage.queries.today import day
from bench.laptop import CLOCK, a_copy, key_of, opened
from bench.measuring import Goal, Result, in_turn

NAME = "growth"
SCALES = tuple(int(scale) for scale in os.environ.get("PUSTERUM_BENCH_SCALES", "10,100").split(",") if scale)
"""Beside 1x; the store of 100x is made once, in one to two minutes."""
GOAL = 1.5
TIMES = 10


def run(rounds: int) -> list[Result]:
    """Measure Today, search, the session sheet, a person and one saved cell at each scale."""
    found = []
    with ExitStack() as stack:
        stores = {scale: stack.enter_context(a_copy(scale)) for scale in (1, *SCALES)}
        # The same person everywhere: among more people the one with the most to tell has more to tell.
        person = _whoever_came_most(stores[1])
        jobs = {scale: _jobs(stack, folder, person) for scale, folder in stores.items()}
        for scale in SCALES:
            for name, work in jobs[scale].items():
                figures = in_turn(rounds, _times(work), at_1x=_times(jobs[1][name]))
                each = {side: [figure / TIMES for figure in said] for side, said in figures.items()}
                found.append(Result(f"growth: {name} at {scale}x", "s", each, (Goal("at 1x", GOAL),)))
    return found


def _times(work: Callable[[], Any]) -> Callable[[], None]:
    def several() -> None:
        for _ in range(TIMES):
            work()

    return several


def _whoever_came_most(folder: Path) -> str:
    store = opened(folder)
    with store.session() as session:
        often = select(Attendance.person_id).group_by(Attendance.person_id).order_by(func.count().desc())
        person = session.scalars(often.limit(1)).one()
    store.close()
    return person


def _jobs(stack: ExitStack, folder: Path, person: str) -> dict[str, Callable[[], Any]]:
    on, key = today(CLOCK), key_of(folder)
    store = opened(folder)
    stack.callback(store.close)
    with store.session() as session:
        meeting = session.scalars(select(Session).where(Session.held_on == on, Session.state == "planned")).first()
        assert meeting is not None
        seat = session.scalars(select(Enrolment.id).where(Enrolment.course_id == meeting.course_id)).first()
        assert seat is not None

    def asked(question: Callable[[Any], Any]) -> Callable[[], Any]:
        def ask() -> Any:
            with store.session() as reading:
                return question(reading)

        return ask

    def save() -> None:
        with store.unit_of_work(actor=person, clock=CLOCK) as work:
            type_cell(TypeCell(meeting.id, seat, Cell.CIGARETTES_PER_DAY, "12"), work=work)

    def open_it() -> None:
        open_store(folder / DATABASE_NAME, key, every_page=False).close()

    return {
        "opening": open_it,
        "what is due for somebody": asked(lambda reading: due_of_person(reading, person, today=on)),
        "today": asked(lambda reading: day(reading, today=on)),
        "search": asked(lambda reading: find(reading, "Sør", today=on)),
        "session sheet": asked(lambda reading: session_sheet(reading, meeting.id)),
        "person": asked(lambda reading: person_timeline(reading, person)),
        "one cell": save,
    }
