"""What comes in and goes out in writing: letters, and electronic messages kept as they came."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced

WRITTEN = ("finished", "given")
"""States of a letter that was written: it can be sent, and is asked for no more."""


class Letter(Synced, Base):
    """A letter about somebody. `kind`: gp or referrer. `state`: draft, finished, given or withdrawn."""

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_person_id", "person_id", "kind", "state", "enrolment_id", "referral_id"),)
    entity = "letter"

    person_id: Mapped[str] = mapped_column(String(36))
    enrolment_id: Mapped[str | None] = mapped_column(String(36), index=True)
    referral_id: Mapped[str | None] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(200), default="")
    recipient_identifier: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(5), default="da")
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    written_on: Mapped[date]
    written_by: Mapped[str] = mapped_column(String(36))
    given_on: Mapped[date | None]


class IncomingMessage(Synced, Base):
    """An electronic letter as it came: `content` is the file's bytes in base64, never changed.

    `state`: new, referral_made, attached, not_for_us, unreadable or done. `letter_number` counts the letters of one
    file from 0; only the first carries the `content`. `file_hash` (SHA-256, hex) finds the same file sent twice.
    Natural key: team, file hash, letter number. `reason` is why it could not be read, `written` as the letter says it
    ("2026-11-23 10:39"); `text_hash` and the person are kept beside it to find what belongs together.
    """

    __tablename__ = "incoming_message"
    entity = "incoming_message"

    team_id: Mapped[str] = mapped_column(String(36))
    file_name: Mapped[str] = mapped_column(String(300))
    file_hash: Mapped[str] = mapped_column(String(64), index=True)
    content: Mapped[str]
    letter_number: Mapped[int] = mapped_column(default=0)
    standard: Mapped[str] = mapped_column(String(20), default="")
    type: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[str] = mapped_column(String(40), default="")
    envelope_id: Mapped[str] = mapped_column(String(60), default="", index=True)
    letter_id: Mapped[str] = mapped_column(String(60), default="", index=True)
    status: Mapped[str] = mapped_column(String(20), default="")
    sender: Mapped[str] = mapped_column(String(200), default="")
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(20), default="new", index=True)
    linked_person_id: Mapped[str | None] = mapped_column(String(36), index=True)
    referral_id: Mapped[str | None] = mapped_column(String(36))
    recorded_by: Mapped[str] = mapped_column(String(36))
    sender_identifier: Mapped[str] = mapped_column(String(40), default="")
    person_name: Mapped[str] = mapped_column(String(300), default="")
    person_identifier: Mapped[str] = mapped_column(String(40), default="", index=True)
    subject: Mapped[str] = mapped_column(String(300), default="")
    care_id: Mapped[str] = mapped_column(String(60), default="", index=True)
    written: Mapped[str] = mapped_column(String(40), default="")
    text_hash: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(60), default="")


class OutgoingMessage(Synced, Base):
    """An electronic letter as it was written for the municipality's gateway; `content` is its text or base64.

    `state`: prepared (not yet in the gateway's folder), written, taken, receipt_positive or receipt_negative.
    """

    __tablename__ = "outgoing_message"
    entity = "outgoing_message"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    letter_row_id: Mapped[str | None] = mapped_column(String(36), index=True)
    type: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(40))
    envelope_id: Mapped[str] = mapped_column(String(60), index=True)
    letter_id: Mapped[str] = mapped_column(String(60), index=True)
    receiver: Mapped[str] = mapped_column(String(200), default="")
    receiver_identifier: Mapped[str] = mapped_column(String(40), default="")
    file_name: Mapped[str] = mapped_column(String(300), default="")
    content: Mapped[str]
    state: Mapped[str] = mapped_column(String(20), default="written", index=True)
    state_reason: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime]
    state_at: Mapped[datetime | None]
    recorded_by: Mapped[str] = mapped_column(String(36))
