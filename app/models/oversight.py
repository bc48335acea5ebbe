"""What the law asks for: who looked at whom, what was corrected, and who was erased."""

from datetime import date, datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class AccessLog(Synced, Base):
    """A fact: somebody saw, searched, changed, printed or exported something. Natural key: laptop, number.

    The laptop's entries are a chain (:mod:`app.domain.access_chain`), and triggers refuse to change or delete one;
    of other laptops' entries only those go that have left (:class:`app.models.local.Leaving`).
    `subject_id` is the person concerned; it is no `person_id`, because an entry outlives whom it is about.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        UniqueConstraint("device_id", "number"),
        Index("ix_access_log_search", "at", sqlite_where=text("action = 'search'")),
    )
    entity = "access_log"

    device_id: Mapped[str] = mapped_column(String(36))
    number: Mapped[int]
    at: Mapped[datetime]
    user_id: Mapped[str] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str | None] = mapped_column(String(36), index=True)
    what: Mapped[str] = mapped_column(String(300), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AccessLogHead(Base):
    """Stays here: number and hash of this laptop's newest entry, and up to which it was handed to the outbox."""

    __tablename__ = "access_log_head"

    device_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64))
    offered: Mapped[int] = mapped_column(default=0)


class Correction(Synced, Base):
    """A fact: one field of a person's record was corrected; what it said before, what it says now, and why."""

    __tablename__ = "correction"
    entity = "correction"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    subject_entity: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(36))
    field: Mapped[str] = mapped_column(String(60))
    old_value: Mapped[str] = mapped_column(default="")
    new_value: Mapped[str] = mapped_column(default="")
    corrected_on: Mapped[date]
    asked_by_citizen: Mapped[bool] = mapped_column(default=False)
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Erasure(Synced, Base):
    """A fact of the coordinator: somebody is to be erased or anonymised; the server does it, and every laptop follows.

    `manner`: anonymise (the statistics stay) or erase (what bookkeeping does not need goes). `ground`: request,
    retention or mistake.
    """

    __tablename__ = "erasure"
    entity = "erasure"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    manner: Mapped[str] = mapped_column(String(20))
    ground: Mapped[str] = mapped_column(String(20))
    decided_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class Standing(Base):
    """Stays here: how this laptop stands with its server; one row, made at enrolment or at the first contact.

    `latest_seen` is the latest moment this laptop's clock ever showed, so that setting it back gains no time.
    `lease_days` is 0 where the cooperation has no lease. `escrow_key` is the cooperation's public key, base64.
    """

    __tablename__ = "standing"

    device_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    contact_at: Mapped[datetime]
    latest_seen: Mapped[datetime]
    lease_days: Mapped[int] = mapped_column(default=0)
    is_revoked: Mapped[bool] = mapped_column(default=False)
    escrow_key: Mapped[str] = mapped_column(String(100), default="")
    is_help_deposited: Mapped[bool] = mapped_column(default=False)
