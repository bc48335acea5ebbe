"""Send a finished letter as a message: made and kept here first, then put where the gateway takes it from."""

import base64
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import select

from app.domain.consents import Use, allows, standing
from app.errors import RuleRefusal
from app.exchange import outbox_folder
from app.exchange.medcom.letter import Letter as Message
from app.exchange.medcom.outgoing import Correspondent, Note, new_message_id, outside_encoding
from app.exchange.medcom.reading import read_letters
from app.exchange.medcom.write_fhir import VERSION, write_care_communication
from app.exchange.medcom.write_oioxml import write_closing_note, write_correspondence
from app.i18n import _, in_language
from app.ids import new_id
from app.models.letter import WRITTEN, IncomingMessage, Letter, OutgoingMessage
from app.models.organisation import Municipality, Team, User
from app.models.person import Consent, Membership, Person
from app.services.open_message import letter_of
from app.storage.change_set import ChangeSet
from app.storage.engine import Reading, UnitOfWork
from app.storage.queries.enrolment_facts import consent_fact
from app.storage.queries.same_person import rows_of, whole_person

FORMATS: Final = (
    ("XDIS15", "XD1530L"),
    ("XDIS15", "XD1531L"),
    ("XDIS91", "XD9134L"),
    ("XDIS91", "XD9135L"),
    ("CareCommunication", VERSION),
)
"""Type and version of what can be written; the usual one first, and the usual version of each type."""
_ON_THE_WAY: Final = ("prepared", "written", "taken", "receipt_positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLetter:
    """Which letter goes as what, from whom to whom; without a version as the usual one of its type."""

    letter_id: str
    format: str
    sender: Correspondent
    receiver: Correspondent
    version: str = ""


@dataclass(frozen=True, slots=True)
class LetterSent:
    """The message, and the characters that the receiver's system may not know."""

    message_id: str
    outside: tuple[str, ...]
    changed: ChangeSet


def send_letter(command: SendLetter, *, work: UnitOfWork) -> LetterSent:
    """Make the message and keep it as "prepared"; `deliver` puts it in the outbox folder.

    A letter that was sent before, as the same to the same receiver, goes out as a correction of itself.

    Raises RuleRefusal "message-gone", "letter-not-finished", "letter-without-consent", or what
    :func:`app.exchange.medcom.outgoing.check` refuses.
    """
    letter = work.session.get(Letter, command.letter_id)
    person = whole_person(work.session, letter.person_id) if letter else None
    if letter is None or person is None:
        raise RuleRefusal("message-gone")
    if letter.state not in WRITTEN:
        raise RuleRefusal("letter-not-finished")
    if not may_write(work.session, person.id):
        raise RuleRefusal("letter-without-consent")
    note = _note(command, letter, person, work)
    version = command.version or next(version for kind, version in FORMATS if kind == command.format)
    content = _written(note, command.format, version)
    ending = "json" if command.format == "CareCommunication" else "xml"
    row = OutgoingMessage(
        id=new_id(work.clock),
        person_id=letter.person_id,
        letter_row_id=letter.id,
        type=command.format,
        version=version,
        envelope_id=note.envelope_id,
        letter_id=note.letter_id,
        receiver=command.receiver.name,
        receiver_identifier=command.receiver.location_number,
        file_name=f"{command.format}_{note.letter_id}.{ending}",
        content=base64.b64encode(content).decode("ascii"),
        state="prepared",
        written_at=work.clock.now(),
        recorded_by=work.actor,
    )
    work.session.add(row)
    return LetterSent(row.id, outside_encoding(note), work.commit())


def deliver(folder: Path, *, work: UnitOfWork) -> int:
    """Put every prepared message in the outbox folder and return how many were put.

    Raises KnownProblem "no-outbox-folder" or "folder-unreachable"; what is prepared stays so and can be tried again.
    """
    prepared = work.session.scalars(
        select(OutgoingMessage).where(OutgoingMessage.state == "prepared").order_by(OutgoingMessage.id)
    ).all()
    for message in prepared:
        outbox_folder.put(folder, message.file_name, base64.b64decode(message.content))
        message.state, message.state_at = "written", work.clock.now()
        # One at a time: what is in the folder must be known to be there, even when the next one fails.
        work.commit()
    return len(prepared)


def notice_taken(folder: Path, *, work: UnitOfWork) -> int:
    """Mark as taken what the gateway has taken out of the folder, and return how many.

    Raises KnownProblem "folder-unreachable" where a network drive is away: then nobody can say.
    """
    written = work.session.scalars(select(OutgoingMessage).where(OutgoingMessage.state == "written")).all()
    taken = [message for message in written if not outbox_folder.is_waiting(folder, message.file_name)]
    for message in taken:
        message.state, message.state_at = "taken", work.clock.now()
    if taken:
        work.commit()
    return len(taken)


def may_write(reading: Reading, person_id: str) -> bool:
    """Return whether the person's consent to a letter to their doctor stands."""
    facts = reading.scalars(select(Consent).where(Consent.person_id.in_(rows_of(reading, person_id))))
    return allows(standing(consent_fact(row) for row in facts), Use.WRITE_TO_GP)


def municipality_number(reading: Reading, letter_id: str) -> str:
    """Return the number of the municipality that helped the person, as MedCom writes it: three digits."""
    letter = reading.get(Letter, letter_id)
    code = reading.scalars(
        select(Municipality.code)
        .join(Team, Team.municipality_id == Municipality.id)
        .join(Membership, Membership.team_id == Team.id)
        .where(Membership.person_id.in_(rows_of(reading, letter.person_id) if letter else ()))
        .order_by(Membership.left_on.is_not(None), Membership.id)
    ).first()
    return (code or "").lstrip("0")


def known_receiver(reading: Reading, person_id: str) -> Correspondent | None:
    """Return who referred the person, as their newest message says; None where no message came."""
    message = reading.scalars(
        select(IncomingMessage)
        .where(IncomingMessage.linked_person_id.in_(rows_of(reading, person_id)))
        .order_by(IncomingMessage.written.desc())
    ).first()
    letter = letter_of(reading, message) if message else None
    sender = getattr(letter, "sender", None)
    if sender is None or not sender.name:
        return None
    name, _comma, department = sender.name.partition(", ")
    return Correspondent(
        name=name,
        department=department,
        location_number=sender.location_number,
        id=sender.id,
        id_type=sender.id_type,
    )


def _note(command: SendLetter, letter: Letter, person: Person, work: UnitOfWork) -> Note:
    before = work.session.scalars(
        select(OutgoingMessage)
        .where(
            OutgoingMessage.letter_row_id == letter.id,
            OutgoingMessage.type == command.format,
            OutgoingMessage.receiver_identifier == command.receiver.location_number,
            OutgoingMessage.state.in_(_ON_THE_WAY),
        )
        .order_by(OutgoingMessage.id.desc())
    ).first()
    referral = work.session.scalars(
        select(IncomingMessage.care_id).where(
            IncomingMessage.linked_person_id.in_(rows_of(work.session, person.id)), IncomingMessage.care_id != ""
        )
    ).first()
    signer = work.session.get(User, letter.written_by)
    with in_language("da"):
        subject, job_title = _("Stop-smoking course: closing note"), _("Stop-smoking counsellor")
    return Note(
        envelope_id=new_message_id(work.clock),
        letter_id=before.letter_id if before else new_message_id(work.clock),
        written_at=work.clock.now(),
        sender=command.sender,
        receiver=command.receiver,
        given_name=person.given_name or ("" if person.family_name else person.nickname),
        family_name=person.family_name,
        identifier=person.identifier,
        identifier_kind=person.identifier_kind,  # type: ignore[arg-type]  # the column holds these four words
        # The doctor's own name for the course where the referral gave one, so that the answer finds its place.
        care_id=referral or letter.id.replace("-", ""),
        subject=subject,
        text=letter.text,
        signed_by=signer.name if signer else "",
        job_title=job_title,
        status="rettetbrev" if before else "nytbrev",
        answers=_answered(before, command, person.id, work) if command.format == "CareCommunication" else None,
    )


def _answered(before: OutgoingMessage | None, command: SendLetter, person_id: str, work: UnitOfWork) -> Message | None:
    """Return the CareCommunication that this one answers, or corrects: the newest of theirs and of ours."""
    theirs = work.session.scalars(
        select(IncomingMessage)
        .where(
            IncomingMessage.linked_person_id.in_(rows_of(work.session, person_id)),
            IncomingMessage.type == "CareCommunication",
            IncomingMessage.sender_identifier.in_((command.receiver.location_number, command.receiver.id)),
            IncomingMessage.letter_id != "",
        )
        .order_by(IncomingMessage.sent_at.desc(), IncomingMessage.id.desc())
    ).first()
    found = letter_of(work.session, theirs) if theirs else None
    is_ours_newer = before is not None and (
        theirs is None or before.written_at > (theirs.sent_at or theirs.received_at)
    )
    if before is not None and is_ours_newer and before.type == "CareCommunication":
        (found,) = read_letters(base64.b64decode(before.content))
    return found if isinstance(found, Message) else None


def _written(note: Note, kind: str, version: str) -> bytes:
    if kind == "XDIS15":
        return write_closing_note(note, version=version)
    if kind == "XDIS91":
        return write_correspondence(note, version=version)
    return write_care_communication(replace(note, wants_receipt=False))
