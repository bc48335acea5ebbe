"""What is measured and handed out: facts, corrected by new facts, never changed."""

from datetime import date, datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Measurement(Synced, Base):
    """A fact: one measured value, or why there is none.

    `kind`: cigarettes_per_day (all products taken together, a day), product_per_day (of `product`), co_ppm (parts per
    million), ftnd_1 … ftnd_6 (the item's score), readiness and confidence (0 to 10), smoke_free_days (since the last
    measuring), price_per_day (øre). `answer` is given, not_asked, does_not_know or does_not_want; `value` is empty
    unless given: unknown is not zero.
    """

    __tablename__ = "measurement"
    __table_args__ = (
        # With all that is asked of them: what everybody smoked lies scattered over the largest table.
        Index(
            "ix_measurement_cigarettes",
            "person_id",
            "measured_on",
            "id",
            "value",
            sqlite_where=text("kind = 'cigarettes_per_day' AND value IS NOT NULL"),
        ),
        Index("ix_measurement_corrects_id", "corrects_id", sqlite_where=text("corrects_id IS NOT NULL")),
    )
    entity = "measurement"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    session_id: Mapped[str | None] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(20), default="given")
    value: Mapped[float | None]
    measured_on: Mapped[date]
    measured_at: Mapped[datetime | None]
    product: Mapped[str] = mapped_column(String(60), default="")
    meter: Mapped[str] = mapped_column(String(60), default="")
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Handout(Synced, Base):
    """A fact: one weekly portion of nicotine replacement given to a person; `week` counts handouts, not calendar weeks.

    `price` is in øre. A correction with quantity 0 takes the handout back. A combination is two handouts of one week.
    `enrolment_id` is empty where nobody knew the course; `plan_id` names the plan that asked for it.
    """

    __tablename__ = "handout"
    __table_args__ = (
        # With all that is asked of them for the next handout of each plan.
        Index("ix_handout_person_id", "person_id", "plan_id", "handed_on", "week", "quantity", "id"),
        Index("ix_handout_corrects_id", "corrects_id", sqlite_where=text("corrects_id IS NOT NULL")),
    )
    entity = "handout"

    person_id: Mapped[str] = mapped_column(String(36))
    session_id: Mapped[str | None] = mapped_column(String(36), index=True)
    week: Mapped[int]
    product: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int]
    handed_on: Mapped[date]
    batch: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date | None]
    price: Mapped[int | None]
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    plan_id: Mapped[str | None] = mapped_column(String(36))
    place_id: Mapped[str | None] = mapped_column(String(36))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36), index=True)
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class StopDate(Synced, Base):
    """A fact: a stop date was agreed; a new one never overwrites the old.

    A correction with `taken_back` says that it was never agreed; the same holds for a relapse and a pause.
    """

    __tablename__ = "stop_date"
    entity = "stop_date"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    stop_on: Mapped[date]
    agreed_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
    taken_back: Mapped[bool] = mapped_column(default=False)


class Relapse(Synced, Base):
    """A fact: somebody smoked again; an ordinary event that closes nothing."""

    __tablename__ = "relapse"
    entity = "relapse"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
    taken_back: Mapped[bool] = mapped_column(default=False)


class Pause(Synced, Base):
    """A fact: somebody takes a break from the course; `until` is empty while nobody knows. It closes nothing."""

    __tablename__ = "pause"
    entity = "pause"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    began_on: Mapped[date]
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
    taken_back: Mapped[bool] = mapped_column(default=False)


class StockMovement(Synced, Base):
    """A fact: what went into the bag, and what came back. `kind`: packed, returned, explained (a difference, why).

    `price` is in øre for one piece of `quantity`.
    """

    __tablename__ = "stock_movement"
    entity = "stock_movement"

    product: Mapped[str] = mapped_column(String(60))
    quantity: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    moved_at: Mapped[datetime]
    batch: Mapped[str] = mapped_column(String(60), default="")
    expires_on: Mapped[date | None]
    price: Mapped[int | None]
    recorded_by: Mapped[str] = mapped_column(String(36), index=True)
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Conflict(Synced, Base):
    """Two laptops changed the same field: the first arrival stands, both values are kept until somebody chooses."""

    __tablename__ = "conflict"
    entity = "conflict"

    person_id: Mapped[str | None] = mapped_column(String(36), index=True)
    team_id: Mapped[str | None] = mapped_column(String(36))
    subject_entity: Mapped[str] = mapped_column("entity", String(60))
    row_id: Mapped[str] = mapped_column(String(36))
    field: Mapped[str] = mapped_column(String(60))
    standing_value: Mapped[str | None]
    standing_actor: Mapped[str | None] = mapped_column(String(36))
    contender_value: Mapped[str | None]
    contender_actor: Mapped[str | None] = mapped_column(String(36))
    contender_at: Mapped[str | None] = mapped_column(String(32))
    change_id: Mapped[str] = mapped_column(String(36))
