"""Open a person with years of history, beside the same statements in the bare driver."""

from typing import Any

from sqlalchemy import event, func, select

from app.models.course import Attendance
from app.storage.queries.person_timeline import person_timeline
from bench.laptop import a_copy, bare_driver, opened
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn

NAME = "person"
GOALS = (Goal("bare queries", 4.0),)
TIMES = 20
"""Openings in one round."""


def run(rounds: int) -> Result:
    """Read the story of whoever has come most often; the bare driver runs the very statements that this took."""
    with a_copy() as folder:
        store = opened(folder)
        with store.session() as session:
            who = session.scalar(
                select(Attendance.person_id).group_by(Attendance.person_id).order_by(func.count().desc()).limit(1)
            )
        assert who is not None
        statements: list[tuple[str, Any]] = []

        @event.listens_for(store.engine, "before_cursor_execute")
        def _note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                statements.append((statement, parameters))

        with store.session() as session:
            person_timeline(session, who)
        event.remove(store.engine, "before_cursor_execute", _note)
        bare = bare_driver(folder)

        def ours() -> None:
            for _ in range(TIMES):
                with store.session() as session:
                    person_timeline(session, who)

        def theirs() -> None:
            for _ in range(TIMES):
                for statement, parameters in statements:
                    bare.execute(statement, parameters).fetchall()

        figures = in_turn(max(rounds, OF_SHORT_ONES), ours, bare_queries=theirs)
        bare.close()
        store.close()
    each = {side: [figure / TIMES for figure in found] for side, found in figures.items()}
    return Result(NAME, "s", each, GOALS)
