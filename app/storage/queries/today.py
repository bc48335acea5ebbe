"""What a day holds: the sessions of today, those before that were never closed, and those to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, literal_column, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from app.models.course import Course, Enrolment, Session
from app.models.local import SessionDraft
from app.models.organisation import Place
from app.storage.all_rows import all_rows
from app.storage.engine import Reading
from app.storage.one_person import WHOM_ENROLLED


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session of a list; `planned_sessions` 0 means open-ended, `is_begun` whether something typed is not closed.

    `people` counts those expected at it, each once in however many rows: at a session for somebody alone nobody else.
    """

    session_id: str
    course_id: str
    place: str
    title: str
    held_on: date
    starts_at: str
    kind: str
    number: int
    planned_sessions: int
    people: int
    is_begun: bool
    state: str

    @property
    def is_last(self) -> bool:
        """Whether it is the last planned session of its course."""
        return self.kind == "ordinary" and 0 < self.planned_sessions <= self.number


@dataclass(frozen=True, slots=True)
class Day:
    """The beginnings of the three lists of Today, and how long each of them is."""

    today: tuple[SessionRow, ...]
    unfinished: tuple[SessionRow, ...]
    coming: tuple[SessionRow, ...]
    counted: Mapping["Part", int]

    def left_out(self, part: "Part") -> int:
        """Return how many sessions of a list were not read."""
        return self.counted[part] - len({Part.TODAY: self.today, Part.COMING: self.coming}.get(part, self.unfinished))


class Part(StrEnum):
    """One list of Today."""

    UNFINISHED = "unfinished"
    TODAY = "today"
    COMING = "coming"


DAYS_AHEAD = 7
SHOWN_AT_FIRST = 12
"""Sessions of each list that are read at first: what a day holds is longer the more people there are."""
_ORDER = (Session.held_on, Session.starts_at, Place.name, Session.id)


def day(reading: Reading, *, today: date, most: int = SHOWN_AT_FIRST) -> Day:
    """Return today's sessions, those of other days with drafts that were never closed, and the coming week.

    Of each the first `most` are read and all are counted; :func:`more_of_day` reads on.
    """
    asked = {**_days(today), "most": most}
    rows: dict[str, list[SessionRow]] = {part: [] for part in Part}
    connection = reading.connection()
    for part, *columns in all_rows(connection, _beginnings(), asked):
        rows[part].append(SessionRow(*columns))
    (counted,) = all_rows(connection, _counted(), _days(today))
    return Day(
        today=tuple(rows[Part.TODAY]),
        unfinished=tuple(rows[Part.UNFINISHED]),
        coming=tuple(rows[Part.COMING]),
        counted=dict(zip(Part, counted, strict=True)),
    )


def more_of_day(
    reading: Reading, part: Part, *, today: date, after: int, most: int = SHOWN_AT_FIRST
) -> tuple[SessionRow, ...]:
    """Return the sessions of one list that follow the first `after` of it."""
    asked = {**_days(today), "most": most, "after": after}
    return tuple(SessionRow(*columns) for columns in reading.connection().execute(_page(part), asked))


def _days(today: date) -> dict[str, date]:
    return {"today": today, "tomorrow": today + timedelta(days=1), "until": today + timedelta(days=DAYS_AHEAD)}


def _belongs(part: Part) -> ColumnElement[bool]:
    # Each by its own index: with an "or" every session there ever was would be looked at.
    if part is Part.TODAY:
        return Session.held_on == bindparam("today")
    if part is Part.COMING:
        return Session.held_on.between(bindparam("tomorrow"), bindparam("until"))
    begun = Session.id.in_(select(SessionDraft.session_id).distinct())
    # Also of a day to come, as where the clock was set back: what was typed there is not closed either.
    return and_(begun, Session.held_on != bindparam("today"), Session.state == "planned")


def _first_of(part: Part) -> Select[*tuple[Any, ...]]:
    """Return the identifiers of the first sessions of a list: what is said about each is asked about them alone."""
    return (
        select(Session.id)
        .join(Place, Place.id == Session.place_id)
        .where(_belongs(part))
        .order_by(*_ORDER)
        .limit(bindparam("most"))
    )


def _said_of(picked: Any, *before: Any) -> Select[*tuple[Any, ...]]:
    """Return what is shown of the sessions that were picked, in the order of the fields of a row."""
    people = (
        select(func.count(literal_column(WHOM_ENROLLED).distinct()))
        .select_from(Enrolment)
        .where(
            Enrolment.course_id == Session.course_id,
            Enrolment.joined_on <= Session.held_on,
            Enrolment.left_on.is_(None) | (Enrolment.left_on >= Session.held_on),
        )
        .correlate(Session)
        .scalar_subquery()
    )
    is_begun = exists().where(SessionDraft.session_id == Session.id).correlate(Session)
    return (
        select(
            *before,
            Session.id,
            Session.course_id,
            Place.name,
            Course.title,
            Session.held_on,
            Session.starts_at,
            Session.kind,
            Session.number,
            Course.planned_sessions,
            case((Session.enrolment_id.is_(None), people), else_=1).label("people"),
            is_begun.label("is_begun"),
            Session.state,
        )
        .select_from(picked)
        .join(Session, Session.id == picked.c.id)
        .join(Course, Course.id == Session.course_id)
        .join(Place, Place.id == Session.place_id)
        .order_by(*_ORDER)
    )


@cache
def _beginnings() -> Select[*tuple[Any, ...]]:
    firsts = [_first_of(part).subquery(f"first_{part}") for part in Part]
    picked = union_all(
        *(
            select(literal_column(f"'{part}'").label("part"), first.c.id)
            for part, first in zip(Part, firsts, strict=True)
        )
    ).subquery("picked")
    return _said_of(picked, picked.c.part)


@cache
def _page(part: Part) -> Select[*tuple[Any, ...]]:
    return _said_of(_first_of(part).offset(bindparam("after")).subquery("picked"))


@cache
def _counted() -> Select[*tuple[Any, ...]]:
    return select(*(select(func.count()).select_from(Session).where(_belongs(part)).scalar_subquery() for part in Part))
