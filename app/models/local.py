"""What stays on this laptop: the outbox, the cursor, drafts and receipts. None of these rows travels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Device(Base):
    """The one row that says whose laptop this is, which server it belongs to, and how far it has pulled.

    `scope` is the server's name for what this laptop may hold; `turn` what the last handshake gave, which no copy of
    this store has; `next_turn` one that this laptop made for an exchange whose answer has not come. `is_restored`:
    somebody said that the store was set back to a backup. Rows up to `reread_until` are read again though they are
    here, because this version knows fields that they came without, or because what was answered to this laptop's own
    changes of them rests on more than it has. `must_adopt`: the server or this store was set back, and what the other
    side no longer has, and nobody else may offer, is still to be looked for. `is_complete`: up to `cursor` everything
    in scope was read to the end, with its history.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    database_id: Mapped[str] = mapped_column(String(36))
    server_url: Mapped[str] = mapped_column(String(300))
    server_id: Mapped[str] = mapped_column(String(36))
    epoch: Mapped[str] = mapped_column(String(36))
    token: Mapped[str] = mapped_column(String(200))
    receipt_key: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[str] = mapped_column(String(36))
    user_name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    cooperation_id: Mapped[str] = mapped_column(String(36))
    cooperation_name: Mapped[str] = mapped_column(String(200))
    team_ids: Mapped[list[str]] = mapped_column(JSON)
    cursor: Mapped[int] = mapped_column(default=0)
    is_complete: Mapped[bool] = mapped_column(default=False)
    scope: Mapped[str] = mapped_column(String(64), default="")
    turn: Mapped[str] = mapped_column(String(64), default="")
    next_turn: Mapped[str] = mapped_column(String(64), default="")
    is_restored: Mapped[bool] = mapped_column(default=False)
    reread_until: Mapped[int] = mapped_column(default=0)
    must_adopt: Mapped[bool] = mapped_column(default=False)
    envelope_key: Mapped[str] = mapped_column(String(100), default="")


class OutboxEntry(Base):
    """One immutable change, written in the same transaction as its rows.

    `sequence` is the device's own order, without gaps. `state`: pending, acknowledged, conflict or refused; only the
    server's answer to this very entry moves it. Nothing is deleted because it could not be sent.
    """

    __tablename__ = "outbox"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    change_id: Mapped[str] = mapped_column(String(36), unique=True)
    entity: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[str] = mapped_column(String(36), index=True)
    operation: Mapped[str] = mapped_column(String(10))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    base: Mapped[int] = mapped_column(default=0)
    actor: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    schema: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), default="pending", index=True)
    position: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(String(60), default="")
    acknowledged_at: Mapped[datetime | None]


class SessionDraft(Base):
    """What is typed for one person at one session and not yet closed; saved with every cell."""

    __tablename__ = "session_draft"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    enrolment_id: Mapped[str] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    cells: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]


class StoredReceipt(Base):
    """A receipt as the server signed it, kept as the bytes it came in."""

    __tablename__ = "receipt"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    changes: Mapped[int]
    content: Mapped[str]


class TableTally(Base):
    """How many rows of an entity the server has answered for, and the sum of their marks; recounted where in doubt."""

    __tablename__ = "table_tally"

    entity: Mapped[str] = mapped_column(String(60), primary_key=True)
    rows: Mapped[int]
    hash: Mapped[int]


class AnsweredPosition(Base):
    """The server's position of a row as an answer to a change of ours said it, until the row itself says it."""

    __tablename__ = "answered_position"
    __table_args__ = ({"sqlite_with_rowid": False},)

    row_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entity: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class PassedOver(Base):
    """A field that came and that this version does not know; empty where the whole entity is unknown."""

    __tablename__ = "passed_over"

    entity: Mapped[str] = mapped_column(String(64), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)


class Leaving(Base):
    """A person (entity ``person``) or a row that has left this laptop's scope; it goes when nothing of it is unsent."""

    __tablename__ = "leaving"

    entity: Mapped[str] = mapped_column(String(64), primary_key=True)
    row_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class ValueHistory(Base):
    """What one field of a row was before, what it became, who changed it and when; the feed brings the others' part.

    `change_id` names the change, so that what comes again is not told twice. Where a server says no names it is empty,
    as is `actor`, and `at` is when the row was received.
    """

    __tablename__ = "value_history"
    __table_args__ = (Index("ix_value_history_change_id", "change_id", "field", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entity: Mapped[str] = mapped_column(String(60))
    row_id: Mapped[str] = mapped_column(String(36), index=True)
    field: Mapped[str] = mapped_column(String(60))
    before: Mapped[Any | None] = mapped_column(JSON)
    after: Mapped[Any | None] = mapped_column(JSON)
    actor: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime]
    change_id: Mapped[str | None] = mapped_column(String(36))


class CourierEnvelope(Base):
    """An envelope that this laptop made: the key under which its answer comes back."""

    __tablename__ = "courier_envelope"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reply_key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    changes: Mapped[int]
    answered_at: Mapped[datetime | None]


class CarriedEnvelope(Base):
    """A colleague's envelope on its way to the server, and the sealed answer on its way back; unreadable here."""

    __tablename__ = "carried_envelope"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content: Mapped[bytes]
    reply: Mapped[bytes | None]
    taken_at: Mapped[datetime]
    handed_in_at: Mapped[datetime | None]
