"""Open one letter that came in: read anew from its file, with whom it may be about and what it belongs to."""

from dataclasses import dataclass
from datetime import date, datetime

from app.clock import DENMARK
from app.exchange.medcom.letter import Letter, Refused
from app.exchange.medcom.reading import read_letters
from app.models.letter import IncomingMessage
from app.models.person import Person
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
    letter = item if isinstance(item, Letter) else None
    linked = reading.get(Person, message.linked_person_id) if message.linked_person_id else None
    said = letter.person if letter else None
    received = (message.sent_at or message.received_at).astimezone(DENMARK).date()
    return OpenedMessage(
        message_id=message.id,
        state=message.state,
        file_name=message.file_name,
        received_at=message.received_at,
        sent_at=message.sent_at,
        letter=letter,
        refused=None if isinstance(item, Letter) else item,
        candidates=who_it_may_be(
            reading,
            given_name=said.given_name,
            family_name=said.family_name,
            identifier=said.identifier,
            today=today,
        )
        if said
        else (),
        relations=related_messages(reading, message) if letter else (),
        linked_person_id=message.linked_person_id,
        linked_person=shown_name(linked) if linked else "",
        due_on=first_contact_due(reading, min(received, today)) if letter else None,
    )


def letter_of(reading: Reading, message: IncomingMessage) -> Letter | Refused:
    """Return what stands at the message's place in its file."""
    found = read_letters(content_of(reading, message))
    return found[message.letter_number] if message.letter_number < len(found) else Refused(code="empty")
