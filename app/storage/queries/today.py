"""What a day holds: the sessions of today, those before that were never closed, and those to come."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session as Reading

from app.models.course import Course, Enrolment, Session
from app.models.local import SessionDraft
from app.models.organisation import Place


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of a list; `planned_sessions` 0 means open-ended, `drafts` counts people with something typed."""

    session_id: str
    course_id: str
    place: str
    title: str
    held_on: date
    starts_at: str
    number: int
    planned_sessions: int
    people: int
    drafts: int
    state: str

    @property
    def is_last(self) -> bool:
        """Whether it is the last planned session of its course."""
        return 0 < self.planned_sessions <= self.number


@dataclass(frozen=True, slots=True)
class Day:
    """The three lists of Today."""

    today: tuple[SessionRow, ...]
    unfinished: tuple[SessionRow, ...]
    coming: tuple[SessionRow, ...]


DAYS_AHEAD = 7


def day(reading: Reading, *, today: date) -> Day:
    """Return today's sessions, the earlier ones with drafts that were never closed, and the coming week."""
    people = (
        select(func.count())
        .where(
            Enrolment.course_id == Session.course_id,
            Enrolment.joined_on <= Session.held_on,
            Enrolment.left_on.is_(None) | (Enrolment.left_on >= Session.held_on),
        )
        .correlate(Session)
        .scalar_subquery()
    )
    drafts = select(func.count()).where(SessionDraft.session_id == Session.id).correlate(Session).scalar_subquery()
    statement = (
        select(Session, Course, Place.name, people, drafts)
        .join(Course, Course.id == Session.course_id)
        .join(Place, Place.id == Session.place_id)
        .order_by(Session.held_on, Session.starts_at, Place.name)
    )
    # Two questions, each by its own index: with an "or" every session there ever was would be looked at.
    begun = Session.id.in_(select(SessionDraft.session_id).distinct())
    found = [
        *reading.execute(statement.where(begun, Session.held_on < today, Session.state == "planned")),
        *reading.execute(statement.where(Session.held_on.between(today, today + timedelta(days=DAYS_AHEAD)))),
    ]
    rows = [
        SessionRow(
            session_id=session.id,
            course_id=course.id,
            place=place,
            title=course.title,
            held_on=session.held_on,
            starts_at=session.starts_at,
            number=session.number,
            planned_sessions=course.planned_sessions,
            people=count,
            drafts=typed,
            state=session.state,
        )
        for session, course, place, count, typed in found
    ]
    return Day(
        today=tuple(row for row in rows if row.held_on == today),
        unfinished=tuple(row for row in rows if row.held_on < today),
        coming=tuple(row for row in rows if row.held_on > today),
    )
