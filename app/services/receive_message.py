"""Take in a file of messages: every letter in it becomes a row, whatever it is; receipts reach what they answer.

The file itself is kept as it came, encrypted in the store. What cannot be read is kept too, with its reason.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all

from app.clock import DENMARK
from app.domain.incoming import CORRECTIONS
from app.errors import RuleRefusal
from app.exchange.medcom.letter import Letter, Person, Receipt, Refused
from app.exchange.medcom.reading import read_letters
from app.exchange.medcom.write_fhir import thread_of
from app.ids import natural_id
from app.models.letter import IncomingMessage, OutgoingMessage
from app.models.local import Device
from app.models.person import Person as Participant
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of

LARGEST_KEPT = 16 * 1024 * 1024
"""Bytes of a file that the store takes in: above it a row could not travel to the server."""


@dataclass(frozen=True, slots=True)
class ReceiveMessage:
    """A file as it was dropped or found; without a team it is the laptop's first."""

    file_name: str
    content: bytes
    team_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """The rows of the file's letters; `was_known` where the same file had been taken in before.

    `unreadable` is how many of them are none that can be read, such as a picture; each is kept all the same.
    """

    message_ids: tuple[str, ...]
    was_known: bool
    changed: ChangeSet
    unreadable: int = 0


def receive_message(command: ReceiveMessage, *, work: UnitOfWork) -> MessageReceived:
    """Keep the file and its letters. Raises RuleRefusal "message-too-large"; the file is then left where it is."""
    if len(command.content) > LARGEST_KEPT:
        raise RuleRefusal("message-too-large", file=command.file_name, megabytes=LARGEST_KEPT // 1024**2)
    team_id = command.team_id or _first_team(work)
    file_hash = hashlib.sha256(command.content).hexdigest()
    known = work.session.scalars(
        select(IncomingMessage.id)
        .where(IncomingMessage.file_hash == file_hash, IncomingMessage.team_id == team_id)
        .order_by(IncomingMessage.letter_number)
    ).all()
    if known:
        return MessageReceived(tuple(known), was_known=True, changed=work.changed)
    rows = []
    for number, item in enumerate(read_letters(command.content)):
        row = IncomingMessage(
            id=natural_id("incoming_message", team_id, file_hash, str(number)),
            team_id=team_id,
            file_name=command.file_name[-300:],
            file_hash=file_hash,
            content=base64.b64encode(command.content).decode("ascii") if number == 0 else "",
            letter_number=number,
            received_at=work.clock.now(),
            recorded_by=work.actor,
        )
        _fill(row, item)
        if isinstance(item, Letter) and item.receipt is not None and _answer(item.receipt, work=work):
            row.state = "done"
        if row.status in CORRECTIONS or row.standard == "FHIR":
            row.linked_person_id = _person_of_earlier(row, work=work)
        rows.append(row)
    work.session.add_all(rows)
    unreadable = sum(row.state == "unreadable" for row in rows)
    return MessageReceived(tuple(row.id for row in rows), was_known=False, changed=work.commit(), unreadable=unreadable)


def _person_of_earlier(later: IncomingMessage, *, work: UnitOfWork) -> str | None:
    """Return on whose page the letter was put that this one corrects or answers, so that it stands there too.

    It stays new in the inbox: what it says may matter, and somebody should have read it. Where a referral was made of
    the corrected letter, making the referral again changes it, so nothing is decided here.
    """
    if not later.letter_id or not later.person_identifier:
        return None
    same = [
        IncomingMessage.team_id == later.team_id,
        IncomingMessage.letter_id == later.letter_id,
        IncomingMessage.person_identifier == later.person_identifier,
        IncomingMessage.state == "attached",
    ]
    if later.standard != "FHIR":
        same.append(IncomingMessage.sender_identifier == later.sender_identifier)
    found = work.session.scalars(
        select(IncomingMessage.linked_person_id).where(*same).order_by(IncomingMessage.received_at.desc())
    ).first()
    return found or (_person_we_wrote_about(later, work=work) if later.standard == "FHIR" else None)


def _person_we_wrote_about(answer: IncomingMessage, *, work: UnitOfWork) -> str | None:
    """Return about whom the CareCommunication was that we began this thread with."""
    # From the people to what was written about them: of letters there are many more.
    whom = union_all(
        select(Participant.id).where(Participant.identifier == answer.person_identifier),
        select(Participant.id).where(Participant.merged_into_id.is_not(None)),
    )
    ours = work.session.execute(
        select(OutgoingMessage.letter_id, OutgoingMessage.person_id).where(
            OutgoingMessage.person_id.in_(whom), OutgoingMessage.type == "CareCommunication"
        )
    )
    for letter, row_id in ours:
        if thread_of(letter) == answer.letter_id:
            rows = rows_of(work.session, row_id)
            numbers = select(Participant.identifier).where(Participant.id.in_(rows))
            if answer.person_identifier in work.session.scalars(numbers).all():
                return rows[0]
    return None


def _first_team(work: UnitOfWork) -> str:
    device = work.session.scalars(select(Device)).first()
    return device.team_ids[0] if device is not None and device.team_ids else ""


def _fill(row: IncomingMessage, item: Letter | Refused) -> None:
    row.type, row.version, row.letter_id = item.type[:40], item.version[:40], item.letter_id[:60]
    _fill_person(row, item.person)
    if isinstance(item, Refused):
        row.reason = item.code
        row.state = "not_for_us" if item.code in ("other-type", "network-receipt") else "unreadable"
        return
    row.standard, row.status, row.envelope_id = item.standard, item.status[:20], item.envelope_id[:60]
    row.sender = (item.sender.name or item.sender.id or item.sender.location_number)[:200]
    row.sender_identifier = (item.sender.location_number or item.sender.id)[:40]
    row.sent_at = moment(item.sent) or moment(item.authorised)
    row.subject, row.written = item.subject[:300], _written(item.authorised or item.sent)[:40]
    row.care_id = item.episode_ids[0][:60] if item.episode_ids else ""
    words = "\x1f".join((item.subject, item.referral_text, item.clinical_text))
    row.text_hash = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _written(text: str) -> str:
    """Return when a letter says it was written, so that it sorts by age: a time with a zone becomes a Danish one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.astimezone(DENMARK):%Y-%m-%d %H:%M:%S}" if found.tzinfo else text


def _fill_person(row: IncomingMessage, person: Person | None) -> None:
    if person is not None:
        row.person_name = person.name[:300]
        row.person_identifier = person.identifier[:40]


def moment(text: str) -> datetime | None:
    """Return a moment as a message writes it; without a time zone it is Danish time, and nonsense is None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=DENMARK)


def _answer(receipt: Receipt, *, work: UnitOfWork) -> bool:
    """Tell the message that a receipt answers how it was received; a later no outweighs an earlier yes."""
    answered = work.session.scalars(
        select(OutgoingMessage).where(
            OutgoingMessage.letter_id.in_(receipt.letter_ids)
            if receipt.letter_ids
            else OutgoingMessage.envelope_id == receipt.envelope_id
        )
    ).all()
    found = [one for one in answered if not receipt.envelope_id or one.envelope_id == receipt.envelope_id]
    for outgoing in found:
        if outgoing.state == "receipt_negative":
            continue
        outgoing.state = "receipt_positive" if receipt.positive else "receipt_negative"
        outgoing.state_at = work.clock.now()
        outgoing.state_reason = ": ".join(part for part in (receipt.refuse_code, receipt.refuse_text) if part)
    return bool(found)
