"""Close a session of ten (attendance, measurements, handouts, outbox), beside the same rows in the bare driver."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from app.clock import TurnedClock
from app.models.base import synced_tables
from app.models.course import Enrolment, Session
from app.models.local import OutboxEntry, SessionDraft
from app.services.close_session import close_session
from app.storage.engine import Store
from bench.laptop import CLOCK, a_copy, bare_driver, opened
from bench.measuring import Goal, Result, in_turn

NAME = "close-session"
GOALS = (Goal("bare rows", 6.0),)
PEOPLE = 10
LATER = TurnedClock(CLOCK.now() + timedelta(days=120))
"""A day on which the sessions that are planned today have been held."""

_Rows = list[tuple[str, Sequence[tuple[Any, ...]]]]
"""An INSERT statement, and the values it is run with."""


def run(rounds: int) -> Result:
    """Close one session after another, each with ten people typed in; and write the very same rows without Pusterum."""
    with a_copy() as first, a_copy() as second, a_copy() as third:
        rehearsal, store, bare = opened(first), opened(second), bare_driver(third)
        meetings = sessions_of_ten(rehearsal, rounds + 1)
        type_ten(rehearsal, meetings)
        type_ten(store, meetings)
        rows = [_written_by(rehearsal, meeting) for meeting in meetings]
        mine, theirs = iter(meetings), iter(rows)

        def ours() -> None:
            with store.unit_of_work(actor=meetings[0], clock=LATER) as work:
                close_session(next(mine), work=work)

        def bare_rows() -> None:
            bare.execute("BEGIN IMMEDIATE")
            for statement, values in next(theirs):
                bare.executemany(statement, values)
            bare.execute("COMMIT")

        figures = in_turn(rounds, ours, bare_rows=bare_rows)
        bare.close()
        store.close()
        rehearsal.close()
    return Result(NAME, "s", figures, GOALS)


def sessions_of_ten(store: Store, number: int) -> list[str]:
    """Return the next so many planned sessions of courses that ten people or more are on."""
    with store.session() as session:
        ten = (
            select(Enrolment.course_id)
            .where(Enrolment.left_on.is_(None))
            .group_by(Enrolment.course_id)
            .having(func.count() >= PEOPLE)
        )
        meetings = session.scalars(
            select(Session.id)
            .where(Session.state == "planned", Session.course_id.in_(ten), Session.held_on > CLOCK.now().date())
            .order_by(Session.held_on, Session.id)
            .limit(number)
        ).all()
    assert len(meetings) == number
    return list(meetings)


def type_ten(store: Store, meetings: Sequence[str]) -> None:
    """Type a day's cells for ten people of each session."""
    with store.session() as session:
        for meeting in meetings:
            seats = session.scalars(
                select(Enrolment.id)
                .join(Session, Session.course_id == Enrolment.course_id)
                .where(Session.id == meeting, Enrolment.left_on.is_(None))
                .order_by(Enrolment.id)
            ).all()
            for count, seat in enumerate(seats[:PEOPLE]):
                cells = {"status": "present", "cigarettes_per_day": 10.0 + count, "co_ppm": 12.0, "note": "Stolt i dag"}
                cells["handout"] = "patch-24h-21"
                session.add(SessionDraft(session_id=meeting, enrolment_id=seat, cells=cells, saved_at=CLOCK.now()))
        session.commit()


def _written_by(store: Store, meeting: str) -> _Rows:
    """Close the session and return what that wrote, as statements for the bare driver."""
    with store.session() as session:
        before = session.scalar(select(func.max(OutboxEntry.sequence))) or 0
    with store.unit_of_work(actor=meeting, clock=LATER) as work:
        close_session(meeting, work=work)
    found: dict[str, list[tuple[Any, ...]]] = {}
    with store.session() as session:
        entries = session.execute(
            select(OutboxEntry.entity, OutboxEntry.row_id).where(OutboxEntry.sequence > before)
        ).all()
        for entity, row_id in entries:
            table = synced_tables()[entity].__table__.name
            row = session.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": row_id}).one()  # noqa: S608
            found.setdefault(table, []).append(tuple(row))
        outbox = session.execute(text("SELECT * FROM outbox WHERE sequence > :before"), {"before": before}).all()
    found["outbox"] = [tuple(row) for row in outbox]
    return [
        (f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
        for table, rows in found.items()
    ]
