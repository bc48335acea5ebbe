"""Save one cell of the session sheet, committed to the disk, beside a commit of one row in the bare driver."""

import itertools
import json

from sqlalchemy import select

from app.models.course import Enrolment, Session
from app.services.session_draft import Cell, TypeCell, type_cell
from bench.laptop import CLOCK, a_copy, bare_driver, opened
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn

NAME = "cell"
GOALS = (Goal("bare commit", 4.0),)
CELLS = 200
"""Cells saved in one round."""


def run(rounds: int) -> Result:
    """Type numbers into the cells of one person, and update the same table's row without Pusterum."""
    with a_copy() as folder, a_copy() as other:
        store = opened(folder)
        with store.session() as session:
            meeting = session.scalars(select(Session).where(Session.state == "planned")).first()
            assert meeting is not None
            seat = session.scalars(select(Enrolment.id).where(Enrolment.course_id == meeting.course_id)).first()
            assert seat is not None
        numbers = itertools.cycle(range(10, 40))
        command = (meeting.id, seat, Cell.CIGARETTES_PER_DAY)

        def ours() -> None:
            for _ in range(CELLS):
                with store.unit_of_work(actor=seat, clock=CLOCK) as work:
                    type_cell(TypeCell(*command, str(next(numbers))), work=work)

        bare = bare_driver(other)
        bare.execute(
            "INSERT INTO session_draft (session_id, enrolment_id, cells, saved_at) VALUES (?, ?, '{}', '')",
            (meeting.id, seat),
        )

        def theirs() -> None:
            for _ in range(CELLS):
                bare.execute("BEGIN IMMEDIATE")
                bare.execute(
                    "UPDATE session_draft SET cells = ?, saved_at = ? WHERE session_id = ? AND enrolment_id = ?",
                    (
                        json.dumps({"cigarettes_per_day": next(numbers)}),
                        CLOCK.now().isoformat(),
                        meeting.id,
                        seat,
                    ),
                )
                bare.execute("COMMIT")

        figures = in_turn(max(rounds, OF_SHORT_ONES), ours, bare_commit=theirs)
        bare.close()
        store.close()
    return Result(NAME, "s", {side: [figure / CELLS for figure in each] for side, each in figures.items()}, GOALS)
