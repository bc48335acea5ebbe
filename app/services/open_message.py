"""Open one letter that came in: read anew from its file, with whom it may be about and what it belongs to."""

from dataclasses import dataclass
from datetime import date, datetime

from msgspec import structs
from sqlalchemy import select

from app.clock import day_of
from app.exchange.medcom.letter import Letter, Refused
from app.exchange.medcom.reading import read_letters
from app.models.letter import IncomingMessage
from app.models.person import Person
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.inbox import (
    ShownCandidate,
    ShownRelation,
    content_of,
    first_contact_due,
    related_messages,
    who_it_may_be,
)
from app.storage.queries.names import shown_name

_MOST_FILES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage:
    """A letter with everything it says, or `refused`; `due_on` is the last day for the first call."""

    message_id: str
    state: str
    file_name: str
    received_at: datetime
    sent_at: datetime | None
    letter: Letter | None
    refused: Refused | None
    candidates: tuple[ShownCandidate, ...] = ()
    relations: tuple[ShownRelation, ...] = ()
    linked_person_id: str | None = None
    linked_person: str = ""
    due_on: date | None = None


def open_message(reading: Reading, message_id: str, *, today: date) -> OpenedMessage | None:
    """Return the letter, or None where it is no longer here."""
    message = reading.get(IncomingMessage, message_id)
    if message is None:
        return None
    item = letter_of(reading, message)
    letter = _with_arrived(reading, message, item) if isinstance(item, Letter) else None
    linked = reading.get(Person, message.linked_person_id) if message.linked_person_id else None
    said = letter.person if letter else None
    received = day_of(message.sent_at or message.received_at)
    found = (
        who_it_may_be(
            reading, given_name=said.given_name, family_name=said.family_name, identifier=said.identifier, today=today
        )
        if said
        else ()
    )
    seen = {one.person_id for one in found} | ({linked.id} if linked else set())
    note_view(reading, sorted(seen), what="message")
    return OpenedMessage(
        message_id=message.id,
        state=message.state,
        file_name=message.file_name,
        received_at=message.received_at,
        sent_at=message.sent_at,
        letter=letter,
        refused=None if isinstance(item, Letter) else item,
        candidates=found,
        relations=related_messages(reading, message) if letter else (),
        linked_person_id=message.linked_person_id,
        linked_person=shown_name(linked) if linked else "",
        due_on=first_contact_due(reading, min(received, today), team_id=message.team_id) if letter else None,
    )


def letter_of(reading: Reading, message: IncomingMessage) -> Letter | Refused:
    """Return what stands at the message's place in its file."""
    found = read_letters(content_of(reading, message))
    return found[message.letter_number] if message.letter_number < len(found) else Refused(code="empty")


def _with_arrived(reading: Reading, message: IncomingMessage, letter: Letter) -> Letter:
    """Give announced attachments the content that came in a message of its own (BIN01), about the same person."""
    missing = {one.id for one in letter.attachments if one.content is None and one.id}
    if not missing or not message.person_identifier:
        return letter
    files = reading.scalars(
        select(IncomingMessage)
        .where(
            IncomingMessage.type.in_(("XBIN01", "BIN01")),
            IncomingMessage.person_identifier == message.person_identifier,
        )
        .limit(_MOST_FILES)
    )
    arrived = {
        one.id: one
        for item in (letter_of(reading, row) for row in files)
        if isinstance(item, Letter)
        for one in item.attachments
        if one.content is not None and one.id in missing
    }
    return structs.replace(
        letter,
        attachments=tuple(
            structs.replace(one, content=arrived[one.id].content, extension=one.extension or arrived[one.id].extension)
            if one.id in arrived
            else one
            for one in letter.attachments
        ),
        warnings=tuple(w for w in letter.warnings if w.code != "attachment-elsewhere" or w.what not in arrived),
    )
