"""What is to be asked, typed, written or printed about somebody's part in a course."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.domain.tasks import Part, Task, paper_tasks
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import Letter
from app.models.outcome import FormTyped
from app.models.person import Referral
from app.storage.queries.task_desk import TaskDesk, has_consent

PAPER_DAYS = 120
"""After so many days what was not written about a closed course is history."""


def consents(desk: TaskDesk) -> Iterator[Task]:
    """Ask of everybody who has come to a course that is open which consents nobody has asked for."""
    for row in desk.ask(_unasked(), Enrolment.person_id):
        kinds = [
            kind
            for kind, was_asked in (("stopbasen", row.stopbasen), ("contact_six_months", row.contact))
            if not was_asked
        ]
        part = Part(
            enrolment_id=row.id, person_id=row.person_id, title=row.title, first_on=row.first_on, unasked=tuple(kinds)
        )
        yield from paper_tasks(part, desk.rules(row.programme_version_id))


def papers(desk: TaskDesk) -> Iterator[Task]:
    """Ask of everybody's part that is open, or was closed lately, what is still to be typed, written or printed."""
    since = desk.today - timedelta(days=PAPER_DAYS)
    # Taken apart in the order of the question's columns: by their names it would take four times as long.
    for version_id, came, stopbasen, base, completion, is_wished, referrer, *said in desk.ask(
        _unwritten(), Enrolment.person_id, {"since": since}
    ):
        own = desk.rules(version_id)
        enrolment_id, person_id, title, left_on, closed_on, referral_id, gp, diploma = said
        forms = (("base", base), ("completion", completion)) if came and stopbasen else ()
        part = Part(
            enrolment_id=enrolment_id,
            person_id=person_id,
            title=title,
            closed_on=closed_on,
            needs_e_kvit=came and left_on is None,
            untyped=tuple([form for form, is_missing in forms if is_missing]),
            needs_gp_letter=gp,
            needs_referrer_letter=referrer and (is_wished or (bool(own) and own[0].flag("feedback_to_referrer"))),
            referral_id=referral_id,
            needs_diploma=diploma,
        )
        yield from paper_tasks(part, own)


def _came() -> Select[*tuple[Any, ...]]:
    return select(Attendance.id).where(
        Attendance.enrolment_id == Enrolment.id,
        Attendance.status == "present",
    )


@cache
def _unasked() -> Select[*tuple[Any, ...]]:
    first_on = (
        select(func.min(Session.held_on))
        .join(Attendance, Attendance.session_id == Session.id)
        .where(Attendance.enrolment_id == Enrolment.id, Attendance.status == "present")
        .correlate(Enrolment)
        .scalar_subquery()
    )
    stopbasen = has_consent(Enrolment.person_id, "stopbasen")
    contact = has_consent(Enrolment.person_id, "contact_six_months")
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Course.title,
            Course.programme_version_id,
            first_on.label("first_on"),
            stopbasen.label("stopbasen"),
            contact.label("contact"),
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.left_on.is_(None), ~and_(stopbasen, contact), exists(_came()))
    )


def _typed(form: str) -> ColumnElement[bool]:
    return exists(
        select(FormTyped.id).where(
            FormTyped.person_id == Enrolment.person_id, FormTyped.enrolment_id == Enrolment.id, FormTyped.form == form
        )
    )


def _written(kind: str) -> ColumnElement[bool]:
    return exists(
        select(Letter.id).where(
            Letter.person_id == Enrolment.person_id,
            or_(Letter.enrolment_id == Enrolment.id, Letter.referral_id == Enrolment.referral_id),
            Letter.kind == kind,
            Letter.state.in_(("finished", "given")),
        )
    )


@cache
def _unwritten() -> Select[*tuple[Any, ...]]:
    # What costs nothing comes first in each condition: where it does not hold, no other table is looked into.
    # What several papers ask for is a column of its own, for SQLite would find it out for each of them.
    is_closed = Enrolment.left_on.is_not(None)
    to_gp = has_consent(Enrolment.person_id, "letter_gp", "given")
    has_diploma = exists(
        select(Diploma.id).where(Diploma.person_id == Enrolment.person_id, Diploma.enrolment_id == Enrolment.id)
    )
    wants_feedback = exists(
        select(Referral.id).where(Referral.id == Enrolment.referral_id, Referral.wants_feedback.is_(True))
    )
    return (
        select(
            Course.programme_version_id,
            exists(_came()).label("came"),
            has_consent(Enrolment.person_id, "stopbasen", "given").label("stopbasen"),
            (~_typed("base")).label("base"),
            and_(is_closed, ~_typed("completion")).label("completion"),
            and_(is_closed, wants_feedback).label("is_wished"),
            and_(is_closed, Enrolment.referral_id > "", ~_written("referrer")).label("referrer"),
            Enrolment.id,
            Enrolment.person_id,
            Course.title,
            Enrolment.left_on,
            func.coalesce(Enrolment.closed_on, Enrolment.left_on).label("closed_on"),
            func.coalesce(Enrolment.referral_id, "").label("referral_id"),
            and_(is_closed, to_gp, ~_written("gp")).label("gp"),
            and_(Enrolment.closing_reason == "completed", ~has_diploma).label("diploma"),
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.left_on.is_(None) | (Enrolment.left_on >= bindparam("since")))
    )
