"""How it went: outcomes with their source, attempts to follow up, and forms typed into the national database."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Outcome(Synced, Base):
    """A fact: how it stood at one point in time, smoke-free and nicotine-free apart.

    `time_point`: end, four_weeks, six_months or other. `smoke_free` and `nicotine_free`: yes, no, not_asked,
    does_not_know, does_not_want. `source`: self_report, counsellor or other. A CO reading only upgrades to verified.
    `satisfaction` is 1 to 5. Where nobody was reached at six months, `missing_reason` says why.
    """

    __tablename__ = "outcome"
    __table_args__ = (Index("ix_outcome_person_id", "person_id", "time_point", "enrolment_id"),)
    entity = "outcome"

    person_id: Mapped[str] = mapped_column(String(36))
    enrolment_id: Mapped[str] = mapped_column(String(36), index=True)
    time_point: Mapped[str] = mapped_column(String(20))
    assessed_on: Mapped[date]
    smoke_free: Mapped[str] = mapped_column(String(20), default="not_asked")
    nicotine_free: Mapped[str] = mapped_column(String(20), default="not_asked")
    source: Mapped[str] = mapped_column(String(20), default="self_report")
    self_report_on: Mapped[date | None]
    co_ppm: Mapped[float | None]
    cigarettes_per_day: Mapped[float | None]
    satisfaction: Mapped[int | None]
    missing_reason: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class FollowUpAttempt(Synced, Base):
    """A fact: a call six months after the stop date.

    `result`: reached, no_answer, wrong_number, call_back, declined, deceased, moved, ill or language.
    """

    __tablename__ = "follow_up_attempt"
    entity = "follow_up_attempt"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str] = mapped_column(String(36), index=True)
    attempted_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20), default="phone")
    result: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class FormTyped(Synced, Base):
    """A fact: a form was typed into the national database. `form`: registration, base, completion, follow_up."""

    __tablename__ = "form_typed"
    entity = "form_typed"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str] = mapped_column(String(36))
    form: Mapped[str] = mapped_column(String(20))
    typed_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
