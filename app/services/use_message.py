"""Decide what a letter that came in is: a referral, something for somebody's page, or not for us."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from app.clock import day_of, today
from app.domain.identifiers import birth_date
from app.domain.incoming import CORRECTIONS
from app.errors import RuleRefusal
from app.exchange.medcom.letter import Letter
from app.ids import new_id
from app.models.letter import IncomingMessage
from app.models.organisation import Team
from app.models.person import Person, Referral
from app.services.join_course import belong_to_team
from app.services.open_message import letter_of
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of

DECIDED: Final = frozenset({"not_for_us", "done", "new"})
_CHANNELS: Final = {"sygehusafdelingsnummer": "hospital", "ydernummer": "gp"}


@dataclass(frozen=True, slots=True)
class MakeReferral:
    """A referral from this letter, for somebody known or (without `person_id`) for somebody new."""

    message_id: str
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralMade:
    """The referral, whom it is for, and whether they are new here."""

    referral_id: str
    person_id: str
    is_new_person: bool
    changed: ChangeSet


def make_referral(command: MakeReferral, *, work: UnitOfWork) -> ReferralMade:
    """Make the referral, and the person where they are new, with what the letter says and nothing else.

    A correction changes the referral that the corrected letter made. Raises RuleRefusal "message-gone",
    "message-already-used", "message-about-somebody-else" or "person-died"; nothing is then written.
    """
    message = _message(command.message_id, work)
    if message.state == "referral_made":
        raise RuleRefusal("message-already-used")
    letter = _letter(message, work)
    person = work.session.get(Person, command.person_id) if command.person_id else None
    if command.person_id and person is None:
        raise RuleRefusal("message-gone")
    _check_person(person, letter)
    is_new = person is None
    if person is None:
        person = _new_person(letter, work)
    # Nobody can call whom they cannot see.
    belong_to_team(person.id, message.team_id, today(work.clock), work=work)
    referral = _referral_of_correction(message, person.id, work)
    if referral is None:
        referral = Referral(id=new_id(work.clock), person_id=person.id, received_on=today(work.clock), channel="")
        work.session.add(referral)
    _fill(referral, letter, message, work)
    message.state, message.linked_person_id, message.referral_id = "referral_made", person.id, referral.id
    return ReferralMade(referral.id, person.id, is_new, work.commit())


def attach_message(message_id: str, person_id: str, *, work: UnitOfWork) -> ChangeSet:
    """Put the letter on somebody's page without making a referral. Raises RuleRefusal "message-gone"."""
    message = _message(message_id, work)
    if work.session.get(Person, person_id) is None:
        raise RuleRefusal("message-gone")
    if message.state != "referral_made":
        message.state = "attached"
    message.linked_person_id = person_id
    return work.commit()


def decide_message(message_id: str, state: str, *, work: UnitOfWork) -> ChangeSet:
    """Mark the letter as done or not for us, or put it back among the new ones; a referral it made stays.

    Raises RuleRefusal "message-gone", "message-already-used" where a referral was made from it.
    """
    message = _message(message_id, work)
    if message.state == "referral_made":
        raise RuleRefusal("message-already-used")
    if state not in DECIDED:
        raise ValueError(state)
    message.state = state
    if state == "new":
        message.linked_person_id = None
    return work.commit()


def _message(message_id: str, work: UnitOfWork) -> IncomingMessage:
    message = work.session.get(IncomingMessage, message_id)
    if message is None:
        raise RuleRefusal("message-gone")
    return message


def _letter(message: IncomingMessage, work: UnitOfWork) -> Letter:
    letter = letter_of(work.session, message)
    if not isinstance(letter, Letter):
        raise RuleRefusal("message-gone")
    return letter


def _check_person(person: Person | None, letter: Letter) -> None:
    if any(warning.code == "person-dead" for warning in letter.warnings):
        raise RuleRefusal("person-died")
    if person is None:
        return
    if person.deceased_on is not None:
        raise RuleRefusal("person-died")
    said = letter.person
    # Replacement numbers change and give way to a CPR number, so only two CPR numbers speak against each other.
    is_cpr = said is not None and said.identifier_kind == person.identifier_kind == "cpr"
    if is_cpr and said is not None and said.identifier != person.identifier:
        raise RuleRefusal("message-about-somebody-else", field="person_id")


def _new_person(letter: Letter, work: UnitOfWork) -> Person:
    said = letter.person
    person_id = new_id(work.clock)
    person = Person(
        id=person_id,
        person_id=person_id,
        given_name=said.given_name if said else "",
        family_name=said.family_name if said else "",
        identifier=said.identifier if said else "",
        identifier_kind=said.identifier_kind if said else "none",
        phone=_said(letter, "Patient/TelephoneSubscriber/TelephoneSubscriberIdentifier", "patient/telecom"),
        email=_said(letter, "Patient/EmailIdentifier"),
        address=_address(letter),
        birth_date=_said_birth_date(letter),
        registered_at=work.clock.now(),
    )
    work.session.add(person)
    return person


def _said(letter: Letter, *paths: str) -> str:
    return next((text for path, text in letter.other if path in paths), "")


def _address(letter: Letter) -> str:
    whole = _said(letter, "patient/address")
    street, district = _said(letter, "Patient/StreetName"), _said(letter, "Patient/DistrictName")
    town = f"{_said(letter, 'Patient/PostCodeIdentifier')} {district}".strip()
    return whole or ", ".join(part for part in (street, town) if part)


def _said_birth_date(letter: Letter) -> date | None:
    """Return a day of birth that the letter gives beside the number; where the number says it, it follows from that."""
    try:
        said = date.fromisoformat(_said(letter, "patient/birthDate"))
    except ValueError:
        return None
    return None if letter.person and birth_date(letter.person.identifier) == said else said


def _referral_of_correction(message: IncomingMessage, person_id: str, work: UnitOfWork) -> Referral | None:
    """Return the referral that the corrected letter made for the same person."""
    if message.status not in CORRECTIONS:
        return None
    same = IncomingMessage.letter_id == message.letter_id
    if message.care_id:
        same |= IncomingMessage.care_id == message.care_id
    return work.session.scalars(
        select(Referral)
        .join(IncomingMessage, IncomingMessage.referral_id == Referral.id)
        .where(
            same,
            IncomingMessage.sender_identifier == message.sender_identifier,
            IncomingMessage.id != message.id,
            Referral.person_id.in_(rows_of(work.session, person_id)),
        )
        .order_by(Referral.id.desc())
    ).first()


def _fill(referral: Referral, letter: Letter, message: IncomingMessage, work: UnitOfWork) -> None:
    now = work.clock.now()
    # When it reached the municipality, not when somebody found the time to read it; a clock that is ahead is not.
    if not referral.message_id:
        referral.received_at = min(message.sent_at or now, now)
        referral.received_on = day_of(referral.received_at)
    referral.channel = _channel(letter)
    referral.is_self_referral = False
    referral.sender = letter.sender.name[:200]
    referral.sender_identifier = letter.sender.id[:40]
    referral.sender_identifier_kind = letter.sender.id_type[:40]
    referral.referrer_name = _said(letter, "Sender/Referrer/PersonName")[:200]
    referral.text = "\n\n".join(part for part in (letter.subject, letter.referral_text, letter.clinical_text) if part)
    referral.wants_feedback = bool(letter.copy_to) or letter.type in ("XREF15", "REF15")
    referral.message_id = message.id
    team = work.session.get(Team, message.team_id)
    referral.municipality_id = team.municipality_id if team else None


def _channel(letter: Letter) -> str:
    """Return how the referral came, in the programmes' own words."""
    if letter.type in ("XDIS91", "DIS91", "CareCommunication"):
        return "correspondence"
    return _CHANNELS.get(letter.sender.id_type, "mail")
