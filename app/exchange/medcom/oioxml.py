"""Letters in OIOXML (`Emessage`), matched on local names because the namespace differs from version to version.

Every text in a letter ends in exactly one place: a field of its own, the referral text, the clinical text, or `other`
under the names of the elements it stood in. Nothing that a sender wrote can therefore be lost on the way.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec.structs import replace

from app.domain import identifiers
from app.domain.identifiers import IdentifierKind
from app.exchange.medcom import kinds
from app.exchange.medcom.letter import Attachment, Letter, Party, Person, Receipt, Refused, Remark, Style
from app.exchange.medcom.pieces import BREAK, DEEPEST, NotPlain, Outline
from app.exchange.medcom.prose import Prose, Section, join

_STYLES: Final = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "FixedFont": "fixed",
    "Center": "center",
    "Right": "right",
}
# Like BREAK: a blank of the sender's must not be taken for indentation.
_SPACE: Final = "\x03"
_SIGNS: Final = {"Break": BREAK, "Space": _SPACE}
_FORMATTED: Final = tuple(f"{name}{end}" for name in (*_STYLES, *_SIGNS) for end in (">", "/", " "))
"""How a piece begins that stands in running text and not in a group of leaves."""

# Around a line feed these are indentation of the file; anywhere else the sender wrote them.
_BLANK: Final = " \t\r"
_FILLER: Final = frozenset(("_", ".", "-"))

_CLINICAL: Final = {
    "RelevantClinicalInformation": (
        ("RelevantClinicalInformation/Cave", "CAVE"),
        ("RelevantClinicalInformation/Anamnesis", "Anamnese"),
        ("RelevantClinicalInformation/Examination", "Objektiv undersøgelse"),
        ("RelevantClinicalInformation/ActualMedicine", "Aktuel medicin"),
    ),
    "ClinicalInformation": (("ClinicalInformation/Text01", ""),),
}
_ATTACHMENT_PARTS: Final = frozenset(
    ("RefDescription", "URL", "SUP", "ObjectIdentifier", "ObjectCode", "ObjectExtensionCode", "OriginalObjectSize")
) | {"Object_Base64Encoded"}
_REFERENCES: Final = frozenset(("Reference", "BinaryObject"))
_COPIES: Final = ("AnswerCCReceiver", "CCReceiver")
_PARTIES: Final = {
    element: tuple(
        f"{element}/{name}"
        for name in (
            "OrganisationName",
            "DepartmentName",
            "UnitName",
            "Identifier",
            "IdentifierCode",
            "EANIdentifier",
        )
    )
    for element in ("Sender", "Receiver", *_COPIES)
}
_ENVELOPE: Final = ("Sent/Date", "Sent/Time", "Identifier", "AcknowledgementCode")
_REASONS: Final = (
    ("AdditionalInformation/ClinicalReason", "Henvisningsårsag"),
    ("AdditionalInformation/Supplementary", "Supplerende oplysninger"),
)


def read_emessage(pieces: Sequence[str], outline: Outline) -> list[Letter | Refused]:
    """Return what one `Emessage`, given in pieces, holds, letter by letter.

    Raises: NotPlain: where the pieces are no well-formed document, or one nested deeper than any message.
    """
    envelope: dict[str, str] = {}
    found: list[Letter | Refused] = []
    outside: list[tuple[str, str]] = []
    for sheet in _children(iter(pieces), outline, outside):
        name = sheet.name
        if name == "Envelope":
            take = sheet.taker()
            envelope = {path: take(path, "") for path in _ENVELOPE}
        elif name in kinds.ELEMENTS or "Letter" in sheet.groups:
            found.append(_read_letter(sheet, envelope))
            continue
        elif name != "Local_Elements":
            found.append(Refused(code="unknown-element", what=name))
            continue
        if sheet.left:
            # Outside the standard, and part of the letter: kept as it stands.
            outside += ((f"{name}/{path}", text) for path, text in sheet.rest())
    if outside and found and isinstance(found[-1], Letter):
        found[-1] = replace(found[-1], other=found[-1].other + tuple(outside))
    return found or [Refused(code="no-letter")]


def _children(row: Iterator[str], outline: Outline, outside: list[tuple[str, str]]) -> Iterator["_Sheet"]:
    """Give the elements in the one that `row` begins with, one by one; text between them ends in `outside`."""
    opening, _, words = next(row).partition(">")
    closing = f"/{opening}"
    for piece in row:
        if words and not words.isspace() and (text := _leaf(words)):
            outside.append((opening, text))
        tag, mark, words = piece.partition(">")
        if not mark:
            raise NotPlain(tag[:100])
        if tag == closing:
            if next(row, None) is None and not words.strip(" \t\n"):
                return
            raise NotPlain(tag)
        end, name, _ = outline[tag]
        if name in _SIGNS:
            continue
        sheet = _Sheet(name)
        if end:
            if words and not words.isspace():
                sheet.keep(name, _leaf(words))
            sheet.gather(row, end[:-1], outline)
            words = sheet.tail
        yield sheet
    raise NotPlain(opening)


_Row = tuple[str, tuple[Style, ...]]
_Taker = Callable[[str, str], str]


def _lines(words: str, *, at_start: bool, is_last: bool) -> str:
    """Return text as a reader saw it, where the line ends and indentation of the file are nothing.

    `at_start` says that a line begins before it, `is_last` that its line or element ends behind it.
    """
    if "\n" in words:
        first, *middle, last = words.split("\n")
        inner = [line for line in (line.strip(_BLANK) for line in middle) if line]
        words = "\n".join((first.rstrip(_BLANK), *inner, last.lstrip(_BLANK)))
        words = words.replace("\n" + BREAK, BREAK).replace(BREAK + "\n", BREAK)
        if at_start:
            words = words.removeprefix("\n")
        if is_last:
            words = words.removesuffix("\n")
        words = words.replace("\n", " ")
    return _shown(words)


def _shown(words: str) -> str:
    return words.replace(BREAK, "\n").replace(_SPACE, " ")


def _running_text(words: str, row: Iterator[str], shut: str, inside: Outline) -> tuple[str, tuple[Style, ...], str]:
    """Return mixed content, its styles, and what stands behind it; `row` is read up to `shut`."""
    prose = Prose()
    styles: tuple[str, ...] = ()
    within: list[tuple[str, tuple[str, ...]]] = []
    at_start = True
    for piece in row:
        tag, mark, behind = piece.partition(">")
        if not mark:
            raise NotPlain(tag[:100])
        if words:
            if "fixed" in styles:
                words = _shown(words)
            elif not words.isprintable():
                words = _lines(words, at_start=at_start, is_last=tag.startswith(("/", "Break")))
            prose.add(words, styles)
            at_start = words.endswith("\n") if words else at_start
        words = behind
        if tag == shut:
            if not within:
                return *prose.finished(), behind
            shut, styles = within.pop()
            continue
        name = tag.rstrip(" /")
        if name in _SIGNS:
            words = _SIGNS[name] + behind
        if end := inside[tag][0]:
            within.append((shut, styles))
            shut = end[:-1]
            if name in _STYLES and _STYLES[name] not in styles:
                styles = (*styles, _STYLES[name])
    raise NotPlain(shut)


def _leaf(words: str) -> str:
    """Return the text of an element that holds no other but Break and Space."""
    text = _lines(words, at_start=True, is_last=True)
    return text.strip("\n") if BREAK in words and not text.isspace() else text.strip()


class _Sheet:
    """The leaves of one letter by their paths, taken one by one; what nobody takes is the letter's `other`.

    Nearly every leaf is plain and stands alone, so `left` has the first text at each path and `more` what came after.
    """

    __slots__ = ("groups", "left", "more", "name", "references", "styles", "tail", "warnings")

    def __init__(self, name: str) -> None:
        self.name = name
        self.left: dict[str, str] = {}
        self.more: dict[str, list[_Row]] = {}
        self.styles: dict[str, tuple[Style, ...]] = {}
        self.groups: set[str] = set()
        self.references: list[_Sheet] = []
        self.warnings: list[Remark] = []
        self.tail = ""

    def gather(self, row: Iterator[str], closing: str, inside: Outline) -> None:
        """Take in the leaves up to `closing`. This is what reading costs, so nothing is asked for twice.

        Raises: NotPlain: where something is not closed, or nested deeper than any message.
        """
        left = self.left
        outer: list[tuple[str, Outline]] = []
        piece = next(row, "")
        while piece:
            tag, mark, words = piece.partition(">")
            if not mark:
                raise NotPlain(tag[:100])
            if tag == closing:
                if not outer:
                    self.tail = words
                    return
                closing, inside = outer.pop()
            else:
                end, path, within = inside[tag]
                if end:
                    text = words.strip()
                    piece = next(row, "")
                    if piece.rstrip() == end:
                        # Nearly all: a leaf, and behind it nothing but the next line of the file.
                        if text:
                            if path not in left and text.isprintable():
                                left[path] = text
                            else:
                                self.keep(path, _leaf(words))
                        piece = next(row, "")
                        continue
                    if not text and path not in _REFERENCES and not piece.startswith(_FORMATTED):
                        if len(outer) > DEEPEST:
                            raise NotPlain("depth")
                        self.groups.add(path)
                        outer.append((closing, inside))
                        closing, inside = end[:-1], within
                        continue
                    words = self._whole(path, words, piece, row, end, within)
            if words and not words.isspace():
                self.keep(inside.path or self.name, _leaf(words))
            piece = next(row, "")
        raise NotPlain(closing)

    def _whole(self, path: str, words: str, piece: str, row: Iterator[str], end: str, inside: Outline) -> str:
        """Take in an element that is no leaf on a line and no group of them, and return the text behind it.

        It begins with `words`, then `piece`, then `row`.
        """
        if piece.startswith(end):
            self.keep(path, _leaf(words))
            return piece[len(end) :]
        row = chain((piece,), row)
        if path in _REFERENCES:
            reference = _Sheet(path)
            reference.keep(path, _leaf(words))
            reference.gather(row, end[:-1], inside)
            self.references.append(reference)
            return reference.tail
        text, styles, behind = _running_text(words, row, end[:-1], inside)
        self.keep(path, text, styles)
        return behind

    def taker(self) -> _Taker:
        """Return what takes the one text at a path, or else returns its second argument."""
        return self._take if self.more else self.left.pop

    def _take(self, path: str, default: str) -> str:
        """Take the first text at `path`; others that stand there stay and are remarked upon."""
        text = self.left.pop(path, default)
        rows = self.more.pop(path, [])
        if any(row[0] != text for row in rows):
            self.warnings.append(Remark(code="repeated-element", what=path))
            for row in rows:
                self.keep(path, *row)
        return text

    def take_all(self, path: str) -> Sequence[_Row]:
        """Take every text at `path`, in its order."""
        text = self.left.pop(path, None)
        if text is None:
            return ()
        first = (text, self.styles.get(path, ()))
        return (first, *self.more.pop(path, ())) if self.more else (first,)

    def says(self, path: str, text: str) -> bool:
        """Say whether `text` stands at `path`, without taking it."""
        if self.left.get(path) == text:
            return True
        return bool(self.more) and any(row[0] == text for row in self.more.get(path, ()))

    def keep(self, path: str, text: str, styles: tuple[Style, ...] = ()) -> None:
        """Put `text` among what stands at `path`."""
        if not text:
            return
        if path in self.left:
            self.more.setdefault(path, []).append((text, styles))
        else:
            self.left[path] = text
            if styles:
                self.styles[path] = styles

    def drop(self, path: str, text: str) -> None:
        """Forget what stands at `path` where it only repeats `text`."""
        if self.left.get(path) == text and path not in self.more:
            del self.left[path]

    def prefix_of_patient(self) -> str:
        """Return where the patient stands: under Patient, in prescriptions under PatientOrRelative."""
        if "Patient/PersonSurnameName" in self.left:
            return "Patient/"
        for path in self.left:
            head, found, _ = path.partition("Patient")
            if found and (not head or head.endswith("/")) and "/" in path[len(head) :]:
                return head + path[len(head) :].split("/")[0] + "/"
        return ""

    def rest(self) -> tuple[tuple[str, str], ...]:
        """Return what nobody took."""
        if not self.more:
            return tuple(self.left.items())
        found = []
        for path, text in self.left.items():
            found.append((path, text))
            found += ((path, row[0]) for row in self.more.get(path, ()))
        return tuple(found)


def _read_letter(sheet: _Sheet, envelope: dict[str, str]) -> Letter | Refused:
    take = sheet.taker()
    version = take("Letter/VersionCode", "")
    type_code = _type_of(sheet.name, take("Letter/TypeCode", ""), version)
    letter_id = take("Letter/Identifier", "")
    person = _person(sheet, take)
    bare = kinds.bare(type_code)
    if bare not in kinds.TREATED:
        return Refused(code="other-type", type=type_code, version=version, letter_id=letter_id, person=person)
    receipt = _receipt(sheet, take, bare) if bare.startswith("CTL") else None
    _check_version(sheet, bare, version)
    _check_person(sheet, person, needed=receipt is None)
    if not letter_id:
        sheet.warnings.append(Remark(code="no-letter-id"))
    sender, receiver = _party(take, "Sender"), _party(take, "Receiver")
    copy = [_party(take, name) for name in _COPIES if name in sheet.groups]
    sheet.drop("Letter/StatisticalCode", type_code)
    status = take("Letter/StatusCode", "")
    if status == "rettetbrev":
        sheet.warnings.append(Remark(code="correction"))
    attachments = _attachments(sheet) if sheet.references else ()
    referral, referral_styles = _referral(sheet)
    clinical, clinical_styles = _clinical(sheet)
    wants_receipt = envelope.get("AcknowledgementCode") == "pluspositivkvitt"
    if wants_receipt and receipt is None:
        sheet.warnings.append(Remark(code="receipt-wanted"))
    return Letter(
        standard="OIOXML",
        type=type_code,
        version=version,
        letter_id=letter_id,
        status=status,
        envelope_id=envelope.get("Identifier", ""),
        sent=_joined(envelope.get("Sent/Date", ""), envelope.get("Sent/Time", "")),
        authorised=_joined(take("Letter/Authorisation/Date", ""), take("Letter/Authorisation/Time", "")),
        wants_receipt=wants_receipt,
        episode_ids=_episodes(sheet),
        sender=sender,
        receiver=receiver,
        copy_to=tuple(copy),
        person=person,
        subject=take("AdditionalInformation/Subject", "") or take("Contents", ""),
        referral_text=referral,
        referral_styles=referral_styles,
        clinical_text=clinical,
        clinical_styles=clinical_styles,
        attachments=attachments,
        receipt=receipt,
        other=sheet.rest(),
        warnings=tuple(sheet.warnings),
    )


def _joined(first: str, second: str) -> str:
    return f"{first} {second}".strip()


def _type_of(element: str, type_code: str, version: str) -> str:
    """Return the type as the letter says it; receipts say XCONTRL or nothing, and the element knows better."""
    known = kinds.ELEMENTS.get(element)
    if known and (not type_code or known.startswith("CTL")):
        return "X" + known
    if not type_code and version:
        for known, versions in kinds.KNOWN_VERSIONS.items():
            if kinds.bare(version) in versions:
                return "X" + known
    return type_code or element


def _check_version(sheet: _Sheet, type_code: str, version: str) -> None:
    if not version:
        sheet.warnings.append(Remark(code="no-version"))
    elif kinds.bare(version) not in kinds.KNOWN_VERSIONS[type_code]:
        sheet.warnings.append(Remark(code="unknown-version", what=version))


def _check_person(sheet: _Sheet, person: Person | None, *, needed: bool) -> None:
    if sheet.says("Patient/EpisodeOfCareStatusCode", "doed"):
        sheet.warnings.append(Remark(code="person-dead"))
    if person is None:
        if needed:
            sheet.warnings.append(Remark(code="no-person"))
        return
    sheet.warnings += person_remarks(person)


def person_remarks(person: Person) -> list[Remark]:
    """Return what to say of the number and name that a letter identifies its person by."""
    remarks = []
    if person.identifier_kind == "none":
        remarks.append(Remark(code="no-identifier"))
    elif person.identifier_kind in ("cpr", "replacement") and identifiers.birth_date(person.identifier) is None:
        remarks.append(Remark(code="impossible-date", what=person.identifier))
    if person.other_identifiers:
        remarks.append(Remark(code="several-identifiers"))
    if not person.name:
        remarks.append(Remark(code="no-name"))
    return remarks


def _person(sheet: _Sheet, take: _Taker) -> Person | None:
    prefix = sheet.prefix_of_patient()
    if not prefix:
        return None
    numbers: list[tuple[IdentifierKind, str]] = []
    for name in ("CivilRegistrationNumber", "AlternativeIdentifier"):
        for row in sheet.take_all(prefix + name):
            number = identifiers.tidy(row[0])
            numbers.append((identifiers.kind_of(number, alternative=name == "AlternativeIdentifier"), number))
    if len(numbers) > 1:
        numbers = list(dict.fromkeys(numbers))
    given, family = take(prefix + "PersonGivenName", ""), take(prefix + "PersonSurnameName", "")
    first = numbers[0] if numbers else _NO_NUMBER
    return Person(
        name=f"{given} {family}".strip(),
        given_name=given,
        family_name=family,
        identifier=first[1],
        identifier_kind=first[0],
        other_identifiers=tuple(numbers[1:]),
    )


_NO_NUMBER: Final[tuple[IdentifierKind, str]] = ("none", "")


def _party(take: _Taker, element: str) -> Party:
    organisation, department, unit, number, number_type, location = _PARTIES[element]
    name = take(organisation, "")
    if name in _FILLER:
        name = ""
    for part in (take(department, ""), take(unit, "")):
        if part and part not in _FILLER:
            name = f"{name}, {part}" if name else part
    return Party(name=name, id=take(number, ""), id_type=take(number_type, ""), location_number=take(location, ""))


def _episodes(sheet: _Sheet) -> tuple[str, ...]:
    rows = sheet.take_all("Letter/EpisodeOfCareIdentifier")
    if "Letter/EpisodeOfCare" in sheet.groups:
        rows = [*rows, *sheet.take_all("Letter/EpisodeOfCare/EpisodeOfCareIdentifier")]
    return tuple(dict.fromkeys([row[0] for row in rows])) if rows else ()


def diagnosis(code: str, text: str) -> str:
    """Return a diagnosis in one line, its code behind it."""
    return f"{text} ({code})" if code and text else text or code


def _referral(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    diagnoses: list[str] = []
    for prefix in ("Referral/Refer", "Referral/ReferralAdditional"):
        if prefix not in sheet.groups:
            continue
        codes = sheet.take_all(prefix + "/DiagnoseCode")
        texts = sheet.take_all(prefix + "/DiagnoseText")
        if len(codes) == len(texts):
            diagnoses += [diagnosis(code[0], text[0]) for code, text in zip(codes, texts, strict=True)]
        else:
            # Some have no code, so which code is whose is not known from the order alone.
            diagnoses += [row[0] for row in (*texts, *codes)]
    sections: list[Section] = [("Henvisningsdiagnose", "\n".join(diagnoses), ())] if diagnoses else []
    if "AdditionalInformation" in sheet.groups:
        for path, heading in _REASONS:
            sections += [(heading, *row) for row in sheet.take_all(path)]
    return join(sections, main="Henvisningsdiagnose")


def _clinical(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    sections: list[Section] = []
    for group, texts in _CLINICAL.items():
        if group in sheet.groups:
            for path, heading in texts:
                if path in sheet.left:
                    sections += [(heading, *row) for row in sheet.take_all(path)]
    return join(sections, main="Anamnese")


def _attachments(sheet: _Sheet) -> tuple[Attachment, ...]:
    found = []
    for reference in sheet.references:
        leaf: dict[str, str] = {}
        for path, text in reference.rest():
            key = path.removeprefix(f"{reference.name}/").removeprefix("BIN/")
            if key not in _ATTACHMENT_PARTS or leaf.setdefault(key, text) != text:
                sheet.keep(path, text)
        found.append(_attachment(leaf, sheet))
    return tuple(found)


def _attachment(leaf: dict[str, str], sheet: _Sheet) -> Attachment:
    size = leaf.get("OriginalObjectSize", "")
    if size and _number(size) is None:
        sheet.keep("OriginalObjectSize", size)
    content = None
    if "Object_Base64Encoded" in leaf:
        try:
            content = base64.b64decode("".join(leaf["Object_Base64Encoded"].split()), validate=True)
        except (binascii.Error, ValueError):
            sheet.warnings.append(Remark(code="attachment-damaged", what=leaf.get("ObjectIdentifier", "")))
            sheet.keep("Object_Base64Encoded", leaf["Object_Base64Encoded"])
    elif leaf.get("ObjectIdentifier"):
        sheet.warnings.append(Remark(code="attachment-elsewhere", what=leaf["ObjectIdentifier"]))
    attachment = Attachment(
        name=leaf.get("RefDescription", ""),
        id=leaf.get("ObjectIdentifier", ""),
        kind=leaf.get("ObjectCode", "") or ("SUP" if "SUP" in leaf else "link" if "URL" in leaf else ""),
        extension=leaf.get("ObjectExtensionCode", ""),
        size=_number(size),
        url=leaf.get("URL", ""),
        content=content,
    )
    if content is not None and attachment.size not in (None, len(content)):
        sheet.warnings.append(Remark(code="attachment-size", what=attachment.id))
    return attachment


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _receipt(sheet: _Sheet, take: _Taker, type_code: str) -> Receipt:
    original = "OriginalEmessage/"
    codes = [*sheet.take_all(original + "RefuseCode"), *sheet.take_all(original + "OriginalLetter/RefuseCode")]
    texts = [*sheet.take_all(original + "RefuseText"), *sheet.take_all(original + "OriginalLetter/RefuseText")]
    letters = sheet.take_all(original + "OriginalLetter/OriginalLetterIdentifier")
    return Receipt(
        positive=type_code == "CTL03",
        envelope_id=take(original + "OriginalEnvelopeIdentifier", ""),
        letter_ids=tuple(text for text, _ in letters),
        refuse_code=", ".join(dict.fromkeys(text for text, _ in codes)),
        refuse_text="\n".join(dict.fromkeys(text for text, _ in texts)),
    )
