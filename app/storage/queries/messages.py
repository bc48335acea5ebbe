"""The electronic letters about somebody: which came, which went out, and which could be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.domain.incoming import Relation, relations
from app.models.letter import WRITTEN, IncomingMessage, Letter, OutgoingMessage
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.inbox import facts_of
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class CameIn:
    """A letter on the person's page; when the letter came that it corrects, and the one that corrected it."""

    message_id: str
    sender: str
    subject: str
    at: datetime
    corrects: datetime | None = None
    corrected: datetime | None = None


@dataclass(frozen=True, slots=True)
class WentOut:
    """A message that was made of a letter, and how far it has come."""

    message_id: str
    receiver: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SendableLetter:
    """A finished letter; `was_sent` where a message was made of it before."""

    letter_id: str
    recipient: str
    recipient_identifier: str
    written_on: date
    was_sent: bool


@dataclass(frozen=True, slots=True)
class PersonMessages:
    """All of it, newest first."""

    incoming: tuple[CameIn, ...]
    outgoing: tuple[WentOut, ...]
    sendable: tuple[SendableLetter, ...]


def person_messages(reading: Reading, person_id: str) -> PersonMessages:
    """Return the electronic letters of the person and of the rows merged into them."""
    ids = rows_of(reading, person_id)
    note_view(reading, [person_id], what="messages")
    outgoing = reading.scalars(
        select(OutgoingMessage).where(OutgoingMessage.person_id.in_(ids)).order_by(OutgoingMessage.id.desc())
    ).all()
    sent = {message.letter_row_id for message in outgoing}
    incoming = reading.scalars(
        select(IncomingMessage)
        .where(IncomingMessage.linked_person_id.in_(ids))
        .order_by(IncomingMessage.received_at.desc())
    ).all()
    letters = reading.scalars(
        select(Letter).where(Letter.person_id.in_(ids), Letter.state.in_(WRITTEN)).order_by(Letter.id.desc())
    )
    return PersonMessages(
        incoming=_came_in(incoming),
        outgoing=tuple(
            WentOut(row.id, row.receiver, row.state, row.state_reason, row.state_at or row.written_at)
            for row in outgoing
        ),
        sendable=tuple(
            SendableLetter(row.id, row.recipient, row.recipient_identifier, row.written_on, row.id in sent)
            for row in letters
        ),
    )


def _came_in(messages: Sequence[IncomingMessage]) -> tuple[CameIn, ...]:
    """Return the letters in their order, each with what it corrects or is corrected by among them."""
    came = {message.id: message.received_at for message in messages}
    facts = [facts_of(message) for message in messages]
    found = []
    for message, fact in zip(messages, facts, strict=True):
        related = {one.relation: came[one.other_id] for one in relations(fact, facts)}
        found.append(
            CameIn(
                message.id,
                message.sender,
                message.subject,
                message.received_at,
                corrects=related.get(Relation.CORRECTS),
                corrected=related.get(Relation.CORRECTED_BY),
            )
        )
    return tuple(found)
