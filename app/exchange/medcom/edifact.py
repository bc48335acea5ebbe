"""Letters in EDIFACT: MEDREF (referrals) and MEDDIS (correspondence), several to an interchange.

Syntax: ISO 9735: `'` ends a segment, `+` an element, `:` a component, `?` releases; UNA may say otherwise.
Segment groups as in MedCom's published REF01 and DIS91 messages. Segments without a field of their own go to `other`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from app.domain import identifiers
from app.domain.identifiers import IdentifierKind
from app.exchange.medcom import kinds
from app.exchange.medcom.letter import Attachment, Letter, Party, Person, Receipt, Refused, Remark
from app.exchange.medcom.oioxml import diagnosis, person_remarks
from app.exchange.medcom.prose import Prose, Section, join

Segment = list[list[str]]

_AGENCIES: Final = {
    "SKS": "sygehusafdelingsnummer",
    "YNR": "ydernummer",
    "EAN": "lokationsnummer",
    "KOM": "kommunenummer",
    "SOR": "sorkode",
}
_STATUS: Final = {"N": "nytbrev", "M": "rettetbrev"}
_CLINICAL: Final = {"AL": "CAVE", "NC": "Anamnese", "CF": "Objektiv undersøgelse", "MT": "Aktuel medicin"}
_REASONS: Final = {"DI": "Henvisningsårsag", "COT": "Supplerende oplysninger"}
_FONTS: Final = {"F": ("fixed",)}
_WEIGHTS: Final = {"F": ("bold",), "K": ("italic",), "U": ("underline",)}
_PLACES: Final = {"M": ("center",), "H": ("right",)}
_FILLER: Final = frozenset(("_", ".", "-"))
# Stand-ins for released characters while the text is split; Unicode says they are never interchanged.
_STAND_INS: Final = "\ufdd0\ufdd1\ufdd2\ufdd3"
_SILENT: Final = frozenset(("BGM", "SEQ", "UNT", "S01", "S02", "S06", "S07", "S10", "S11", "S12", "S14", "S18", "S19"))


@dataclass(slots=True)
class _Message:
    """One UNH … UNT."""

    header: Segment
    segments: list[Segment] = field(default_factory=list)
    closed: bool = False


def looks_like(start: bytes) -> bool:
    """Say whether a file that begins with these bytes is an EDIFACT interchange."""
    return start.startswith((b"UNA", b"UNB+", b"UNH+"))


def without_binary(content: bytes) -> tuple[bytes, list[bytes | None]]:
    """Return the interchange without the raw objects between UNO and UNP, whose bytes may look like segments.

    The objects follow in their order; None where UNP does not stand where the stated size ends, so that nobody knows
    which bytes are the object's.
    """
    kept, position = [], 0
    objects: list[bytes | None] = []
    while (start := content.find(b"UNO+", position)) >= 0:
        end = content.find(b"'", start)
        if end < 0:
            break
        size = _object_size(content[start:end])
        kept.append(content[position : end + 1])
        position = end + 1
        after = content.find(b"UNP+", position + size)
        objects.append(content[position:after] if after == position + size and size else None)
        if after < 0:
            break
        position = after
    kept.append(content[position:])
    return (b"".join(kept) if len(kept) > 1 else content), objects


def _object_size(segment: bytes) -> int:
    digits = segment.split(b"+")[-1].split(b":")[0]
    return int(digits) if digits.isdigit() and len(digits) < 12 else 0


def read_interchange(text: str, objects: Iterable[bytes | None] = ()) -> list[Letter | Refused]:
    """Return what a file of interchanges holds, letter by letter; `objects` as `without_binary` took them out."""
    objects = iter(objects)
    if any(stand_in in text for stand_in in _STAND_INS):
        return [Refused(code="broken-edifact")]
    interchanges: list[_Interchange] = [_Interchange()]
    for segment in _segments(text):
        if segment[0][0] == "UNB" and interchanges[-1].header:
            interchanges.append(_Interchange())
        interchanges[-1].add(segment)
    return [item for interchange in interchanges for item in interchange.read(objects)]


class _Interchange:
    """One UNB … UNZ and its messages."""

    def __init__(self) -> None:
        self.header: Segment = []
        self.messages: list[_Message] = []
        self.remarks: list[Remark] = []
        self.ended = False

    def add(self, segment: Segment) -> None:
        """Take the next segment."""
        tag = segment[0][0]
        open_message = self.messages[-1] if self.messages and not self.messages[-1].closed else None
        if tag == "UNB":
            self.header = segment
        elif tag == "UNH":
            self.messages.append(_Message(header=segment))
        elif tag == "UNZ":
            self._end(_part(segment, 1), _part(segment, 2))
        elif open_message:
            open_message.segments.append(segment)
            open_message.closed = tag == "UNT"
        elif tag not in ("UNG", "UNE"):
            self.remarks.append(Remark(code="stray-segment", what=_plain(segment)))

    def _end(self, said: str, reference: str) -> None:
        self.ended = True
        if reference != _part(self.header, 5):
            self.remarks.append(Remark(code="end-mismatch", what=reference))
        if said != str(len(self.messages)):
            self.remarks.append(Remark(code="letter-count", what=f"{said}/{len(self.messages)}"))

    def read(self, objects: Iterator[bytes | None]) -> list[Letter | Refused]:
        """Return the letters, each with what was odd about the interchange."""
        if not self.messages:
            return [Refused(code="no-letter" if self.header else "broken-edifact")]
        if not self.ended and self.header:
            self.remarks.append(Remark(code="no-end"))
        return [_remarked(_read(message, self.header, objects), self.remarks) for message in self.messages]


def _remarked(item: Letter | Refused, remarks: list[Remark]) -> Letter | Refused:
    if isinstance(item, Refused) or not remarks:
        return item
    return replace(item, warnings=item.warnings + tuple(remarks))


def _segments(text: str) -> list[Segment]:
    component, element, release, end = ":", "+", "?", "'"
    if text.startswith("UNA") and len(text) >= 9:
        component, element, release, end = text[3], text[4], text[6], text[8]
        text = text[9:]
    marks = (release, end, element, component)
    if release.strip() and release in text:
        for mark, stand_in in zip(marks, _STAND_INS, strict=True):
            text = text.replace(release + mark, stand_in)
    back = {ord(stand_in): mark for mark, stand_in in zip(marks, _STAND_INS, strict=True)}
    segments: list[Segment] = []
    for raw in text.split(end):
        piece = raw.lstrip("\r\n \t\ufeff")
        if piece:
            parts = [whole.split(component) for whole in piece.split(element)]
            if any(stand_in in piece for stand_in in _STAND_INS):
                parts = [[part.translate(back) for part in whole] for whole in parts]
            segments.append(parts)
    return segments


def _part(segment: Segment, index: int, part: int = 0) -> str:
    return segment[index][part].strip() if index < len(segment) and part < len(segment[index]) else ""


def _plain(segment: Segment) -> str:
    return "+".join(":".join(parts) for parts in segment)


def _moment(text: str) -> str:
    """Return `YYMMDD` + `HHMM` or `CCYYMMDDHHMM` as `CCYY-MM-DD HH:MM`; two digits of a year are 20yy up to 79."""
    if len(text) == 10 and text.isdigit():
        text = ("20" if text < "80" else "19") + text
    if len(text) < 8 or not text.isdigit():
        return text
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" + (f" {text[8:10]}:{text[10:12]}" if len(text) >= 12 else "")


class _Reader:
    """Reads the segments of one message in their order."""

    def __init__(self, message: _Message, envelope: Segment, objects: Iterator[bytes | None]) -> None:
        self.message = message
        self.objects = objects
        self.envelope = envelope
        self.warnings: list[Remark] = []
        self.other: list[tuple[str, str]] = []
        self.parties: dict[str, Party] = {}
        self.person: Person | None = None
        self.alternative = ""
        self.status = ""
        self.authorised = ""
        self.episodes: list[str] = []
        self.diagnoses: list[str] = []
        self.prose: dict[str, Prose] = {}
        self.group = ""
        self.dead = False
        self.attachments: list[Attachment] = []
        self.letter_ids: list[str] = []
        self.answer = ""
        self.original = ""
        self.handlers = {
            "NAD": self._nad,
            "PNA": self._pna,
            "FTX": self._ftx,
            "CIN": self._cin,
            "RFF": self._rff,
            "GIS": self._gis,
            "DTM": self._dtm,
            "PAS": self._pas,
            "UNO": self._uno,
            "UCI": self._uci,
            "UCM": self._ucm,
        }

    def run(self) -> None:
        """Go through the segments."""
        for segment in self.message.segments:
            tag = segment[0][0]
            if tag[:1] == "S" and tag[1:].isdigit():
                self.group = tag
            handler = self.handlers.get(tag)
            if (handler is None or not handler(segment)) and tag not in _SILENT:
                self.other.append((f"{self.group}/{tag}" if self.group else tag, _plain(segment)))

    def _nad(self, segment: Segment) -> bool:
        role = _part(segment, 1)
        agency = _part(segment, 2, 1)
        names = [part.strip() for part in segment[4][:3]] if len(segment) > 4 else []
        if role not in ("PO", "SSP", "PRH", "CCR") or role in self.parties:
            return False
        self.parties[role] = Party(
            name=", ".join(name for name in names if name and name not in _FILLER),
            id=_part(segment, 2),
            id_type=_AGENCIES.get(agency, agency),
        )
        return True

    def _pna(self, segment: Segment) -> bool:
        if _part(segment, 1) != "PAT" or self.person is not None:
            return False
        given = family = ""
        for element in segment[3:]:
            if element[0] == "SU":
                family = ":".join(element[1:]).strip()
            elif element[0] == "FO":
                given = ":".join(element[1:]).strip()
            elif element[0] == "SCC":
                family, _, given = (part.strip() for part in ":".join(element[1:]).partition(","))
        number = identifiers.tidy(_part(segment, 2))
        self.person = Person(
            name=f"{given} {family}".strip(),
            given_name=given,
            family_name=family,
            identifier=number,
            identifier_kind=identifiers.kind_of(number),
        )
        return True

    def _ftx(self, segment: Segment) -> bool:
        topic, style = _part(segment, 1), _part(segment, 2)
        prose = self.prose.setdefault(topic, Prose())
        styles: tuple[str, ...] = ()
        if len(style) == 3:
            styles = _FONTS.get(style[0], ()) + _WEIGHTS.get(style[1], ()) + _PLACES.get(style[2], ())
        lines = [part for element in segment[4:] for part in element]
        for line in lines:
            continued = line.endswith("\\")
            prose.add(line[:-1] if continued else "" if line == "." else line, styles)
            if not continued:
                prose.add("\n")
        return True

    def _cin(self, segment: Segment) -> bool:
        self.diagnoses.append(
            diagnosis(_part(segment, 2), ":".join(segment[2][3:]).strip() if len(segment) > 2 else "")
        )
        return True

    def _rff(self, segment: Segment) -> bool:
        kind, value = _part(segment, 1), _part(segment, 1, 1)
        if kind == "XPI":
            self.alternative = identifiers.tidy(value)
            return True
        if kind in ("ROI", "REI"):
            if value and value not in _FILLER:
                self.episodes.append(value)
            return True
        return (kind, value) == ("SRI", _part(self.message.header, 1))

    def _gis(self, segment: Segment) -> bool:
        value = _part(segment, 1)
        if not self.status and self.group in ("", "S02"):
            self.status = _STATUS.get(value, value)
            return True
        return value == "N"

    def _dtm(self, segment: Segment) -> bool:
        if _part(segment, 1) != "137":
            return False
        self.authorised = _moment(_part(segment, 1, 1))
        return True

    def _pas(self, segment: Segment) -> bool:
        self.dead = self.dead or _part(segment, 1) == "DA"
        return False

    def _uno(self, segment: Segment) -> bool:
        size, content = _part(segment, 4), next(self.objects, None)
        self.attachments.append(
            Attachment(
                id=_part(segment, 2, 1),
                kind=_part(segment, 3, 1),
                extension=_part(segment, 3, 2).lower(),
                size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
                content=content,
            )
        )
        if content is None:
            self.warnings.append(Remark(code="attachment-not-unpacked", what=_part(segment, 2, 1)))
        return True

    def _uci(self, segment: Segment) -> bool:
        self.original, self.answer = _part(segment, 1), _part(segment, 4)
        return True

    def _ucm(self, segment: Segment) -> bool:
        self.letter_ids.append(_part(segment, 1))
        return True


def _read(message: _Message, envelope: Segment, objects: Iterator[bytes | None]) -> Letter | Refused:
    reader = _Reader(message, envelope, objects)
    reader.run()
    header = message.header
    version = _part(header, 2, 4)
    type_code = _part(header, 3) or _type_from(version)
    letter_id = _part(header, 1)
    person = _whole_person(reader)
    if not type_code:
        return Refused(code="broken-edifact", letter_id=letter_id, person=person)
    if type_code not in kinds.TREATED:
        return Refused(code="other-type", type=type_code, version=version, letter_id=letter_id, person=person)
    _check(reader, type_code, version, letter_id, person)
    referral_first = type_code.startswith("REF")
    sender, receiver = ("PO", "SSP") if referral_first else ("SSP", "PO")
    sections: list[Section] = [("Henvisningsdiagnose", "\n".join(reader.diagnoses), ())]
    subject = reader.prose.pop("OE", Prose()).finished()[0]
    sections += [(heading, *reader.prose.pop(code, Prose()).finished()) for code, heading in _REASONS.items()]
    referral, referral_styles = join(sections, main="Henvisningsdiagnose")
    clinical, clinical_styles = join(
        [
            (heading if referral_first else "", *reader.prose.pop(code, Prose()).finished())
            for code, heading in _CLINICAL.items()
        ],
        main="Anamnese",
    )
    receipt = _receipt(reader, type_code)
    left = tuple((f"FTX/{code}", prose.finished()[0]) for code, prose in reader.prose.items())
    return Letter(
        standard="EDIFACT",
        type=type_code,
        version=version,
        letter_id=letter_id,
        status=reader.status,
        envelope_id=_part(envelope, 5),
        sent=_moment(_part(envelope, 4) + _part(envelope, 4, 1)),
        authorised=reader.authorised,
        wants_receipt=_part(envelope, 9) == "1",
        episode_ids=tuple(dict.fromkeys(reader.episodes)),
        sender=_located(reader.parties.get(sender, Party()), _part(envelope, 2)),
        receiver=_located(reader.parties.get(receiver, Party()), _part(envelope, 3)),
        copy_to=tuple(reader.parties[role] for role in ("PRH", "CCR") if role in reader.parties),
        person=person,
        subject=subject,
        referral_text=referral,
        referral_styles=referral_styles,
        clinical_text=clinical,
        clinical_styles=clinical_styles,
        attachments=tuple(reader.attachments),
        receipt=receipt,
        other=(*reader.other, *left) if receipt is None else tuple(reader.other),
        warnings=tuple(reader.warnings),
    )


def _type_from(version: str) -> str:
    return next((code for code, versions in kinds.KNOWN_VERSIONS.items() if version in versions), version)


def _located(party: Party, location_number: str) -> Party:
    return Party(name=party.name, id=party.id, id_type=party.id_type, location_number=location_number)


def _whole_person(reader: _Reader) -> Person | None:
    person = reader.person
    if person is None or not reader.alternative:
        return person
    own: tuple[IdentifierKind, str] = (person.identifier_kind, person.identifier)
    more: tuple[IdentifierKind, str] = (identifiers.kind_of(reader.alternative, alternative=True), reader.alternative)
    first, rest = (own, (more,)) if person.identifier else (more, ())
    return Person(
        name=person.name,
        given_name=person.given_name,
        family_name=person.family_name,
        identifier=first[1],
        identifier_kind=first[0],
        other_identifiers=rest,
    )


def _check(reader: _Reader, type_code: str, version: str, letter_id: str, person: Person | None) -> None:
    warnings = reader.warnings
    if not version:
        warnings.append(Remark(code="no-version"))
    elif version not in kinds.KNOWN_VERSIONS[type_code]:
        warnings.append(Remark(code="unknown-version", what=version))
    if not letter_id:
        warnings.append(Remark(code="no-letter-id"))
    if person is not None:
        warnings.extend(person_remarks(person))
    elif not type_code.startswith("CTL"):
        warnings.append(Remark(code="no-person"))
    if reader.dead:
        warnings.append(Remark(code="person-dead"))
    if reader.status == "rettetbrev":
        warnings.append(Remark(code="correction"))
    if _part(reader.envelope, 9) == "1" and not type_code.startswith("CTL"):
        warnings.append(Remark(code="receipt-wanted"))
    _check_end(reader)


def _check_end(reader: _Reader) -> None:
    if not reader.message.closed:
        reader.warnings.append(Remark(code="no-end"))
        return
    reference = _part(reader.message.segments[-1], 2)
    if reference != _part(reader.message.header, 1):
        reader.warnings.append(Remark(code="end-mismatch", what=reference))
    counted, said = len(reader.message.segments) + 1, _part(reader.message.segments[-1], 1)
    if said != str(counted):
        reader.warnings.append(Remark(code="segment-count", what=f"{said}/{counted}"))


def _receipt(reader: _Reader, type_code: str) -> Receipt | None:
    if not type_code.startswith("CTL"):
        return None
    return Receipt(
        positive=type_code == "CTL03",
        envelope_id=reader.original,
        letter_ids=tuple(reader.letter_ids),
        refuse_text="\n".join(prose.finished()[0] for prose in reader.prose.values()),
    )
