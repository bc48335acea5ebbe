"""Courses, who joined them, their sessions, and who came."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Course(Synced, Base):
    """A course at a place, for a group or one person, open-ended where `ends_on` is empty.

    `planned_sessions` 0 means open-ended. The programme version is the one it began under and never changes.
    `stop_date_policy`: none, individual or common (then `stop_on`). `state`: running or closed.
    """

    __tablename__ = "course"
    entity = "course"

    team_id: Mapped[str] = mapped_column(String(36), index=True)
    place_id: Mapped[str] = mapped_column(String(36), index=True)
    delivering_municipality_id: Mapped[str] = mapped_column(String(36))
    programme_version_id: Mapped[str] = mapped_column(String(36))
    title: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(20))
    concept: Mapped[str] = mapped_column(String(60), default="")
    planned_sessions: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    starts_at: Mapped[str] = mapped_column(String(5), default="")
    setting: Mapped[str] = mapped_column(String(20), default="place")
    counsellor_id: Mapped[str | None] = mapped_column(String(36))
    second_counsellor_id: Mapped[str | None] = mapped_column(String(36))
    stop_date_policy: Mapped[str] = mapped_column(String(20), default="none")
    stop_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), default="running")
    note: Mapped[str] = mapped_column(default="")


class Session(Synced, Base):
    """One meeting of a course. `state`: planned, closed or cancelled; closing makes the facts.

    `setting`: place, home, phone, video, walk. `kind`: ordinary, extra, intake or follow_up; an intake counts as a
    meeting only where it holds counselling. `enrolment_id` names the one person of an individual session.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_place_id", "place_id", "held_on"),
        # All that the lists of Today are ordered by, so that only the sessions that they show are looked up.
        Index("ix_session_held_on", "held_on", "starts_at", "place_id", "id"),
    )
    entity = "session"

    team_id: Mapped[str] = mapped_column(String(36), index=True)
    course_id: Mapped[str] = mapped_column(String(36), index=True)
    place_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    held_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(String(5), default="")
    setting: Mapped[str] = mapped_column(String(20), default="place")
    state: Mapped[str] = mapped_column(String(20), default="planned")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(20), default="ordinary")
    holds_counselling: Mapped[bool] = mapped_column(default=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    counsellor_id: Mapped[str | None] = mapped_column(String(36))
    second_counsellor_id: Mapped[str | None] = mapped_column(String(36))
    minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")


class Enrolment(Synced, Base):
    """That a person takes part in a course. Natural key: person, course; a relapse closes nothing.

    `goal`: stop, reduce, temporary_abstinence or empty where not asked. `agreed_sessions` 0 means as the course plans.
    `residence_municipality_id` is where the person lived on joining: settlement recomputes from it. `closing_reason`:
    completed, dropped_out, no_attendance, not_reached, moved_course, moved_away, moved_abroad, deceased,
    consent_withdrawn, other.
    """

    __tablename__ = "enrolment"
    # With what is counted of a course: how many take part on a day, and who.
    __table_args__ = (Index("ix_enrolment_course_id", "course_id", "joined_on", "left_on", "person_id"),)
    entity = "enrolment"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    course_id: Mapped[str] = mapped_column(String(36))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    closing_reason: Mapped[str] = mapped_column(String(40), default="")
    goal: Mapped[str] = mapped_column(String(30), default="")
    agreed_sessions: Mapped[int] = mapped_column(default=0)
    referral_id: Mapped[str | None] = mapped_column(String(36))
    residence_municipality_id: Mapped[str | None] = mapped_column(String(36))
    moved_from_id: Mapped[str | None] = mapped_column(String(36))
    closed_on: Mapped[date | None]
    closed_by: Mapped[str | None] = mapped_column(String(36))


class Attendance(Synced, Base):
    """Whether one enrolled person came to one session. Natural key: enrolment, session.

    `status`: present, excused or absent. `minutes` is how long the person was there, empty where not noted.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        Index("ix_attendance_enrolment_id", "enrolment_id", "status"),
        Index("ix_attendance_session_id", "session_id", "status"),
    )
    entity = "attendance"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str] = mapped_column(String(36))
    session_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(20))
    small_step: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    minutes: Mapped[int | None]


class Diploma(Synced, Base):
    """A fact: a diploma was made; the same row gives the same serial number on every reprint."""

    __tablename__ = "diploma"
    __table_args__ = (Index("ix_diploma_enrolment_id", "enrolment_id", "person_id"),)
    entity = "diploma"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(300))
    serial: Mapped[str] = mapped_column(String(40))
    issued_on: Mapped[date]
    language: Mapped[str] = mapped_column(String(5))
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
