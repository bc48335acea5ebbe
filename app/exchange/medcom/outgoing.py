"""What we write to a doctor or hospital, before it has a format; and the rules that hold for every format.

MedCom's schemas are not part of the product, so the rules that a letter can break stand here, each with a sentence:
which fields must be there, and how long they may be. Nothing is cut to fit.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.clock import DENMARK, Clock
from app.domain.identifiers import LENGTH, IdentifierKind
from app.errors import RuleRefusal
from app.exchange.medcom.letter import Letter

LONGEST_ID: Final = 14
LONGEST_NAME: Final = 35
LONGEST_PERSON_NAME: Final = 70
LONGEST_SUBJECT: Final = 70
LONGEST_PARTY_ID: Final = 17
ENCODING: Final = "cp1252"
"""What Danish message systems read; OIOXML is declared so."""
PARTY_KINDS: Final = ("ydernummer", "sygehusafdelingsnummer", "lokationsnummer", "kommunenummer", "sorkode")
_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ"
_LOCATION_LENGTHS: Final = (12, 13)
# XML cannot carry these at all, not even escaped.
_CONTROLS: Final = frozenset(chr(code) for code in range(32)) - frozenset("\t\n\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Sender or receiver as the network knows it; `location_number` (EAN) is where a message is delivered."""

    name: str
    location_number: str
    id: str
    id_type: str
    department: str = ""
    street: str = ""
    post_code: str = ""
    district: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A closing letter to be sent. `written_at` is aware; `status` is nytbrev or rettetbrev.

    `care_id` names the course that the note closes: the referral's own where there was one. `answers` is the
    CareCommunication that the note answers or corrects, which it repeats where it is one itself.
    """

    envelope_id: str
    letter_id: str
    written_at: datetime
    sender: Correspondent
    receiver: Correspondent
    given_name: str
    family_name: str
    identifier: str
    identifier_kind: IdentifierKind
    care_id: str
    subject: str
    text: str
    signed_by: str
    job_title: str
    status: str = "nytbrev"
    wants_receipt: bool = True
    answers: Letter | None = None


def new_message_id(clock: Clock) -> str:
    """Return an identifier that fits MedCom's 14 characters: seconds in base 33 (seven signs), then chance.

    Seconds rather than milliseconds leave seven signs to chance (4 x 10^10), so that laptops that write in one moment,
    or a laptop whose clock stands still, do not meet.
    """
    moment, signs = int(clock.now().timestamp()), ""
    while moment:
        moment, digit = divmod(moment, len(_ALPHABET))
        signs = _ALPHABET[digit] + signs
    return signs + "".join(secrets.choice(_ALPHABET) for _ in range(LONGEST_ID - len(signs)))


def outside_encoding(note: Note) -> tuple[str, ...]:
    """Return the characters that windows-1252 does not have, each once and in order.

    XML carries them as numbers, so none is lost; a system that turns the message into EDIFACT may show a question mark.
    """
    found: dict[str, None] = {}
    for text in (note.text, note.subject, note.given_name, note.family_name, note.signed_by, note.job_title):
        for sign in text:
            try:
                sign.encode(ENCODING)
            except UnicodeEncodeError:
                found[sign] = None
    return tuple(found)


def check(note: Note) -> None:
    """Refuse what no receiver could take.

    Raises RuleRefusal with `field`: "message-no-identifier", "message-no-name", "message-no-text", "message-no-party"
    (with `party`), "message-location" (no EAN of 12 or 13 digits), "message-too-long" (with `longest`),
    "message-control-character" (with `sign`).
    """
    if note.identifier_kind == "none" or len(note.identifier) != LENGTH:
        raise RuleRefusal("message-no-identifier", field="identifier")
    if not (note.family_name or note.given_name).strip():
        raise RuleRefusal("message-no-name", field="name")
    if not note.text.strip():
        raise RuleRefusal("message-no-text", field="text")
    for field, party in (("sender", note.sender), ("receiver", note.receiver)):
        _check_party(party, field)
    limits = (
        ("name", max(note.given_name, note.family_name, key=len), LONGEST_PERSON_NAME),
        ("subject", note.subject, LONGEST_SUBJECT),
        ("signed_by", note.signed_by, LONGEST_PERSON_NAME),
        ("job_title", note.job_title, LONGEST_PERSON_NAME),
        ("care_id", note.care_id, LONGEST_NAME),
        ("letter_id", note.letter_id, LONGEST_ID),
        ("envelope_id", note.envelope_id, LONGEST_ID),
    )
    for field, text, longest in limits:
        if len(text) > longest:
            raise RuleRefusal("message-too-long", field=field, longest=longest, text=text)
    for sign in "".join((note.text, note.subject, note.given_name, note.family_name, note.signed_by)):
        if sign in _CONTROLS or "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff":
            raise RuleRefusal("message-control-character", field="text", sign=f"U+{ord(sign):04X}")


def _check_party(party: Correspondent, field: str) -> None:
    if not party.name.strip() or not party.id.strip() or party.id_type not in PARTY_KINDS:
        raise RuleRefusal("message-no-party", field=field, party=party.name)
    number = party.location_number
    if not (number.isascii() and number.isdigit() and len(number) in _LOCATION_LENGTHS):
        raise RuleRefusal("message-location", field=field, party=party.name)
    texts = (party.name, party.department, party.street, party.district)
    too_long = next((text for text in texts if len(text) > LONGEST_NAME), "")
    if too_long:
        raise RuleRefusal("message-too-long", field=field, longest=LONGEST_NAME, text=too_long)
    if len(party.id) > LONGEST_PARTY_ID:
        raise RuleRefusal("message-too-long", field=field, longest=LONGEST_PARTY_ID, text=party.id)


def moment_of(note: Note) -> tuple[str, str]:
    """Return day and time of day in Denmark, as OIOXML writes them."""
    local = note.written_at.astimezone(DENMARK)
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"


def lines_of(text: str) -> list[str]:
    """Return the lines of a text however its ends are written, without the empty ones around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
