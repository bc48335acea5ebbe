"""Write a closing note as XDIS15, or as correspondence (XDIS91), in OIOXML.

Characters that windows-1252 lacks are written as numbers (`&#353;`): every XML reader reads them back.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from app.errors import RuleRefusal
from app.exchange.medcom.outgoing import ENCODING, Correspondent, Note, check, lines_of, moment_of

CLOSING_NOTES: Final = {
    "XD1530L": "http://rep.oio.dk/medcom.dk/xml/schemas/2016/12/01/",
    "XD1531L": "http://rep.oio.dk/medcom.dk/xml/schemas/2020/05/06/",
}
LETTERS: Final = {
    "XD9134L": "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2006/07/01/",
    "XD9135L": "http://rep.oio.dk/medcom.dk/xml/schemas/2019/02/19/",
}
LONGEST_PART: Final = 3150
"""Characters of one part of a correspondence letter: nine EDIFACT segments of five lines of 70."""
MOST_PARTS: Final = 10
_SPECIALITY: Final = "Forebyggelse"
_RUN_OF_BLANKS: Final = re.compile("^ +| {2,}| +$")


def write_closing_note(note: Note, *, version: str = "XD1530L") -> bytes:
    """Return the file of a municipal closing note (XDIS15). Raises RuleRefusal as `check` does."""
    check(note)
    category = _element("CategoryCode", "sundhedspleje") if version == "XD1531L" else ""
    day, _ = moment_of(note)
    signed = _element("Date", day) + _element("SignedBy", note.signed_by) + _element("JobTitle", note.job_title)
    content = (
        f"<ClinicalInformation>{category}<Signed>{signed}</Signed>"
        f"<Text01>{formatted(note.text)}</Text01></ClinicalInformation>"
    )
    sender = _party(note.sender, phone=True) + _element("SpecialityName", _SPECIALITY)
    # The newer version demands a department at the receiver; a practice has none, so its name stands in.
    named = note.receiver.department or (note.receiver.name if version == "XD1531L" else "")
    receiver = _party(note.receiver, department=named)
    return _file(
        CLOSING_NOTES[version],
        note,
        f"<MunicipalityLetter>{_letter(note, version, 'XDIS15')}<Sender>{sender}</Sender>"
        f"<Receiver>{receiver}</Receiver><Patient>{_patient(note)}</Patient>{content}</MunicipalityLetter>",
    )


def write_correspondence(note: Note, *, version: str = "XD9134L") -> bytes:
    """Return the file of a correspondence letter (XDIS91), its text in parts of at most 3,150 characters.

    Raises RuleRefusal as `check` does, and "message-too-long" where ten parts do not hold the text.
    """
    check(note)
    written = list(parts(note.text))
    if len(written) > MOST_PARTS:
        raise RuleRefusal("message-too-long", field="text", longest=LONGEST_PART * MOST_PARTS, text=note.subject)
    texts = "".join(
        f"<ClinicalInformation><Text01>{formatted(part)}</Text01></ClinicalInformation>" for part in written
    )
    state = _element("EpisodeOfCareStatusCode", "inaktiv")
    return _file(
        LETTERS[version],
        note,
        f"<ClinicalEmail>{_letter(note, version, 'XDIS91')}<Sender>{_party(note.sender, phone=True)}</Sender>"
        f"<Receiver>{_party(note.receiver)}</Receiver><Patient>{_patient(note)}{state}</Patient>"
        f"<AdditionalInformation><Priority>rutine</Priority>{_element('Subject', note.subject)}"
        f"</AdditionalInformation>{texts}</ClinicalEmail>",
    )


def parts(text: str) -> Iterator[str]:
    """Yield the text in parts that a correspondence letter can hold, broken between lines or else between words.

    A part's end is a line's end to whoever reads the letter, so a line is broken only where it alone is too long.
    """
    part: list[str] = []
    length = 0
    for line in lines_of(text):
        for piece in _pieces(line):
            if part and length + len(piece) + 1 > LONGEST_PART:
                yield "\n".join(part)
                part, length = [], 0
            part.append(piece)
            length += len(piece) + 1
    yield "\n".join(part)


def _pieces(line: str) -> Iterator[str]:
    while len(line) > LONGEST_PART:
        end = line.rfind(" ", 1, LONGEST_PART + 1)
        if end < 0:
            yield line[:LONGEST_PART]
            line = line[LONGEST_PART:]
        else:
            yield line[:end]
            line = line[end + 1 :]
    yield line


def formatted(text: str) -> str:
    """Return text as OIOXML writes it: Break between lines, Space for blanks that would otherwise run together."""
    return "<Break/>".join(
        _RUN_OF_BLANKS.sub(lambda blanks: "<Space/>" * len(blanks[0]), escape(line)) for line in lines_of(text)
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _letter(note: Note, version: str, type_code: str) -> str:
    day, time = moment_of(note)
    care = _element("EpisodeOfCareIdentifier", note.care_id)
    return (
        f"<Letter><Identifier>{escape(note.letter_id)}</Identifier><VersionCode>{version}</VersionCode>"
        f"<StatisticalCode>{type_code}</StatisticalCode><Authorisation><Date>{day}</Date><Time>{time}</Time>"
        f"</Authorisation><TypeCode>{type_code}</TypeCode><StatusCode>{note.status}</StatusCode>{care}</Letter>"
    )


def _party(party: Correspondent, *, phone: bool = False, department: str | None = None) -> str:
    return "".join(
        (
            _element("EANIdentifier", party.location_number),
            _element("Identifier", party.id),
            _element("IdentifierCode", party.id_type),
            _element("OrganisationName", party.name),
            _element("DepartmentName", party.department if department is None else department),
            _element("StreetName", party.street),
            _element("DistrictName", party.district),
            _element("PostCodeIdentifier", party.post_code),
            _element("TelephoneSubscriberIdentifier", party.phone) if phone else "",
        )
    )


def _patient(note: Note) -> str:
    number = "AlternativeIdentifier" if note.identifier_kind == "ecpr" else "CivilRegistrationNumber"
    # A surname is demanded and a given name is not: who has one name only has it as the surname.
    surname, given = (note.family_name, note.given_name) if note.family_name else (note.given_name, "")
    return (
        _element(number, note.identifier) + _element("PersonSurnameName", surname) + _element("PersonGivenName", given)
    )


def _file(namespace: str, note: Note, letter: str) -> bytes:
    day, time = moment_of(note)
    receipt = "pluspositivkvitt" if note.wants_receipt else "minuspositivkvitt"
    text = (
        '<?xml version="1.0" encoding="windows-1252"?>\n'
        f'<Emessage xmlns="{namespace}"><Envelope><Sent><Date>{day}</Date><Time>{time}</Time></Sent>'
        f"<Identifier>{escape(note.envelope_id)}</Identifier><AcknowledgementCode>{receipt}</AcknowledgementCode>"
        f"</Envelope>{letter}</Emessage>\n"
    )
    return text.encode(ENCODING, "xmlcharrefreplace")
