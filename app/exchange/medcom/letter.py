"""What a message says, in one shape for OIOXML, EDIFACT and FHIR. Nothing here is guessed: unknown is empty.

These are msgspec's structs, because making one costs a fifth of what a frozen dataclass does; none can hold itself, so
the collector of garbage need not look at them.
"""

from typing import Literal

from msgspec import Struct

from app.domain.identifiers import IdentifierKind

Standard = Literal["OIOXML", "EDIFACT", "FHIR"]


class Remark(Struct, frozen=True, kw_only=True, gc=False):
    """Something the reader should know: `code` is stable and has a sentence in :mod:`app.exchange.medcom.sentences`."""

    code: str
    what: str = ""


class Party(Struct, frozen=True, kw_only=True, gc=False):
    """Sender or receiver; `id_type` is ydernummer, sygehusafdelingsnummer, lokationsnummer, kommunenummer, sorkode."""

    name: str = ""
    id: str = ""
    id_type: str = ""
    location_number: str = ""


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """Whom the letter is about; `other_identifiers` are (kind, number) where the letter gives more than one."""

    name: str = ""
    given_name: str = ""
    family_name: str = ""
    identifier: str = ""
    identifier_kind: IdentifierKind = "none"
    other_identifiers: tuple[tuple[IdentifierKind, str], ...] = ()


class Attachment(Struct, frozen=True, kw_only=True, gc=False):
    """A file or link the letter names; `content` is None where it is announced and comes in another message."""

    name: str = ""
    id: str = ""
    kind: str = ""
    extension: str = ""
    size: int | None = None
    url: str = ""
    content: bytes | None = None


class Style(Struct, frozen=True, kw_only=True, gc=False):
    """Characters `start` up to `end` of a text are bold, italic, underline, fixed, center or right."""

    start: int
    end: int
    kind: str


class Segment(Struct, frozen=True, kw_only=True, gc=False):
    """One text of a correspondence (FHIR), with who wrote it when; `written` as the message has it."""

    text: str
    id: str = ""
    written: str = ""
    author: str = ""
    role: str = ""
    phone: str = ""
    organisation: Party = Party()


class Step(Struct, frozen=True, kw_only=True, gc=False):
    """One message of a correspondence (FHIR): what was done, such as new-message, when and by whom.

    `message_id` is its MessageHeader's, `segment_ids` are the texts that it added.
    """

    message_id: str
    recorded: str
    activity: str
    organisation: Party
    segment_ids: tuple[str, ...] = ()


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """What a receipt says of a message sent earlier; `refuse_code` as MedCom spells it."""

    positive: bool
    envelope_id: str = ""
    letter_ids: tuple[str, ...] = ()
    refuse_code: str = ""
    refuse_text: str = ""


class Letter(Struct, frozen=True, kw_only=True, gc=False):
    """One letter. `other` holds every text of the message that no other field does, so that none is lost.

    `sent` and `authorised` are as written (`2024-05-01 10:10`, no time zone in OIOXML and EDIFACT). `message_id`,
    `segments` and `steps` are what an answer in FHIR repeats; their words stand in `clinical_text` too.
    """

    standard: Standard
    type: str
    version: str = ""
    letter_id: str = ""
    status: str = ""
    envelope_id: str = ""
    sent: str = ""
    authorised: str = ""
    wants_receipt: bool = False
    episode_ids: tuple[str, ...] = ()
    sender: Party = Party()
    receiver: Party = Party()
    copy_to: tuple[Party, ...] = ()
    person: Person | None = None
    subject: str = ""
    referral_text: str = ""
    clinical_text: str = ""
    referral_styles: tuple[Style, ...] = ()
    clinical_styles: tuple[Style, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    receipt: Receipt | None = None
    message_id: str = ""
    segments: tuple[Segment, ...] = ()
    steps: tuple[Step, ...] = ()
    other: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Remark, ...] = ()


class Refused(Struct, frozen=True, kw_only=True, gc=False):
    """A file or letter that is not read; `code` has a sentence. Type and person are what could still be seen."""

    code: str
    what: str = ""
    type: str = ""
    version: str = ""
    letter_id: str = ""
    person: Person | None = None
