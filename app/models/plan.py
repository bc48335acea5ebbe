"""What counsellor and person agree on at the screen: where one starts, small steps down, and nicotine replacement."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Baseline(Synced, Base):
    """A fact: the base form as it was answered, in the order of STOPbasen's form.

    `answers` maps a question's key to {"answer": given | not_asked | does_not_know | does_not_want, "value": …}.
    """

    __tablename__ = "baseline"
    entity = "baseline"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    form_version: Mapped[int] = mapped_column(default=1)
    filled_on: Mapped[date]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class ReductionPlan(Synced, Base):
    """A plan for smoking less. `approach`: small_steps, smoke_free_time, preloading, cut_down_to_stop.

    `start_value` and `goal_value` are cigarettes a day. `state`: active, replaced, reached or paused; a new plan names
    the one before it in `previous_id`, because planning anew is ordinary.
    """

    __tablename__ = "reduction_plan"
    entity = "reduction_plan"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    approach: Mapped[str] = mapped_column(String(30))
    starts_on: Mapped[date]
    start_value: Mapped[float]
    goal_value: Mapped[float] = mapped_column(default=0.0)
    goal_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20), default="active")
    previous_id: Mapped[str | None] = mapped_column(String(36))
    made_on: Mapped[date]
    made_by: Mapped[str] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")


class PlanStep(Synced, Base):
    """One small step of a plan: from `due_on` at most `target` cigarettes a day, or what `text` says.

    `state`: planned, reached, missed or dropped. `rank` orders the steps from 1.
    """

    __tablename__ = "plan_step"
    entity = "plan_step"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    plan_id: Mapped[str] = mapped_column(String(36), index=True)
    rank: Mapped[int]
    due_on: Mapped[date]
    target: Mapped[float | None]
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(20), default="planned")
    decided_on: Mapped[date | None]


class NrtPlan(Synced, Base):
    """The weeks of nicotine replacement that a person is entitled to, counted in handouts (S3: twelve).

    `state`: active, replaced, finished or stopped.
    """

    __tablename__ = "nrt_plan"
    entity = "nrt_plan"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    weeks: Mapped[int] = mapped_column(default=12)
    starts_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default="active")
    previous_id: Mapped[str | None] = mapped_column(String(36))
    made_on: Mapped[date]
    made_by: Mapped[str] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")


class NrtStep(Synced, Base):
    """What is handed out from one week of a plan to another (both counted in handouts, from 1).

    `role`: main, or short_acting beside it. `quantity` is portions a week.
    """

    __tablename__ = "nrt_step"
    entity = "nrt_step"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    plan_id: Mapped[str] = mapped_column(String(36), index=True)
    product: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20), default="main")
    from_week: Mapped[int]
    to_week: Mapped[int]
    quantity: Mapped[int] = mapped_column(default=1)
