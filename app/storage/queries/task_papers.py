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
    for row in desk.ask(_unwritten(), Enrolment.person_id, {"since": since}):
        is_closed = row.left_on is not None
        own = desk.rules(row.programme_version_id)
        wants_feedback = row.wants_feedback or (bool(own) and own[0].flag("feedback_to_referrer"))
        forms = [("base", row.typed_base), ("completion", row.typed_completion or not is_closed)]
        part = Part(
            enrolment_id=row.id,
            person_id=row.person_id,
            title=row.title,
            closed_on=row.closed_on or row.left_on,
            needs_e_kvit=not is_closed and row.came,
            untyped=tuple(form for form, is_typed in forms if not is_typed) if row.is_registered else (),
            needs_gp_letter=is_closed and row.to_gp and not row.written_gp,
            needs_referrer_letter=is_closed and bool(row.referral_id) and wants_feedback and not row.written_referrer,
            referral_id=row.referral_id or "",
            needs_diploma=row.closing_reason == "completed" and not row.has_diploma,
        )
        yield from paper_tasks(part, own)


def _came() -> Select[*tuple[Any, ...]]:
    return select(Attendance.id).where(
        Attendance.person_id == Enrolment.person_id,
        Attendance.enrolment_id == Enrolment.id,
        Attendance.status == "present",
    )


@cache
def _unasked() -> Select[*tuple[Any, ...]]:
    first_on = (
        select(func.min(Session.held_on))
        .join(Attendance, Attendance.session_id == Session.id)
        .where(
            Attendance.person_id == Enrolment.person_id,
            Attendance.enrolment_id == Enrolment.id,
            Attendance.status == "present",
        )
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
    is_closed = Enrolment.left_on.is_not(None)
    is_registered = has_consent(Enrolment.person_id, "stopbasen", "given")
    to_gp = and_(is_closed, has_consent(Enrolment.person_id, "letter_gp", "given"))
    is_completed = Enrolment.closing_reason == "completed"
    has_diploma = exists(
        select(Diploma.id).where(Diploma.person_id == Enrolment.person_id, Diploma.enrolment_id == Enrolment.id)
    )
    wants_feedback = exists(
        select(Referral.id).where(Referral.id == Enrolment.referral_id, Referral.wants_feedback.is_(True))
    )
    return (
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.left_on,
            Enrolment.closed_on,
            Enrolment.closing_reason,
            Enrolment.referral_id,
            Course.title,
            Course.programme_version_id,
            exists(_came()).label("came"),
            and_(is_registered, exists(_came())).label("is_registered"),
            _typed("base").label("typed_base"),
            _typed("completion").label("typed_completion"),
            to_gp.label("to_gp"),
            _written("gp").label("written_gp"),
            _written("referrer").label("written_referrer"),
            or_(~is_completed, has_diploma).label("has_diploma"),
            wants_feedback.label("wants_feedback"),
        )
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.left_on.is_(None) | (Enrolment.left_on >= bindparam("since")))
    )
