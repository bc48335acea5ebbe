"""Letters in OIOXML (`Emessage`), matched on local names because the namespace differs from version to version.

Every text in a letter ends in exactly one place: a field of its own, the referral text, the clinical text, or `other`
under the names of the elements it stood in. Nothing that a sender wrote can therefore be lost on the way.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from lxml.etree import _Element
from msgspec.structs import replace

from app.domain import identifiers
from app.domain.identifiers import IdentifierKind
from app.exchange.medcom import kinds
from app.exchange.medcom.letter import Attachment, Letter, Party, Person, Receipt, Refused, Remark, Style
from app.exchange.medcom.prose import Prose, Section, join

_STYLES: Final = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "FixedFont": "fixed",
    "Center": "center",
    "Right": "right",
}
_FORMATTED: Final = frozenset((*_STYLES, "Break", "Space"))
# Whitespace that holds a line feed is indentation of the file; anything else the sender wrote.
_INDENTATION: Final = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_FILLER: Final = frozenset(("_", ".", "-"))

_CLINICAL: Final = {
    "Cave": "CAVE",
    "Anamnesis": "Anamnese",
    "Examination": "Objektiv undersøgelse",
    "ActualMedicine": "Aktuel medicin",
    "Text01": "",
}
_ATTACHMENT_PARTS: Final = frozenset(
    ("RefDescription", "URL", "SUP", "ObjectIdentifier", "ObjectCode", "ObjectExtensionCode", "OriginalObjectSize")
) | {"Object_Base64Encoded"}
_REFERENCES: Final = frozenset(("Reference", "BinaryObject"))
_REASONS: Final = {"ClinicalReason": "Henvisningsårsag", "Supplementary": "Supplerende oplysninger"}


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag[tag.rfind("}") + 1 :]


def read_emessage(emessage: _Element) -> list[Letter | Refused]:
    """Return what one `Emessage` holds, letter by letter."""
    envelope: dict[str, str] = {}
    found: list[Letter | Refused] = []
    for child in emessage:
        name = local_name(child.tag)
        if name == "Envelope":
            envelope = {row[0]: row[1] for row in _leaves(child, "", [])}
        elif name == "Local_Elements":
            # Outside the standard, and part of the letter before it: kept as it stands.
            if found and isinstance(found[-1], Letter):
                found[-1] = _with_local_elements(found[-1], child)
        elif name in kinds.ELEMENTS or _child(child, "Letter") is not None:
            found.append(_read_letter(child, name, envelope))
        else:
            found.append(Refused(code="unknown-element", what=name))
    return found or [Refused(code="no-letter")]


def _with_local_elements(letter: Letter, element: _Element) -> Letter:
    extra = tuple((path, text) for path, text, _ in _leaves(element, "Local_Elements/", []))
    return replace(letter, other=letter.other + extra)


def _child(element: _Element, name: str) -> _Element | None:
    for child in element:
        if local_name(child.tag) == name:
            return child
    return None


_Leaf = tuple[str, str, tuple[Style, ...]]


def _leaves(element: _Element, prefix: str, found: list[_Leaf]) -> list[_Leaf]:
    """Append (path, text, styles) of every element that carries text."""
    for child in element:
        path = prefix + local_name(child.tag)
        if len(child) == 0:
            if text := _plain(child.text):
                found.append((path, text, ()))
        elif _is_running_text(child):
            text, styles = _formatted(child)
            if text:
                found.append((path, text, styles))
        else:
            _leaves(child, path + "/", found)
            for grandchild in child:
                if (stray := grandchild.tail) and not stray.isspace():
                    found.append((path, stray.strip(), ()))
    return found


def _plain(text: str | None) -> str:
    return "" if not text else _INDENTATION.sub(" ", text).strip() if "\n" in text else text.strip()


def _is_running_text(element: _Element) -> bool:
    text = element.text
    return bool(text and not text.isspace()) or local_name(element[0].tag) in _FORMATTED


def _formatted(element: _Element) -> tuple[str, tuple[Style, ...]]:
    """Return mixed content as a reader saw it: Break is a line end, Space a space, indentation nothing."""
    prose = Prose()
    _lay(element, prose, (), at_start=True)
    return prose.finished()


def _lay(element: _Element, prose: Prose, styles: tuple[str, ...], *, at_start: bool) -> bool:
    """Append the content of `element`; `at_start` says whether the pen stands at the beginning of a line."""
    text, add = element.text, prose.add
    for child in element:
        tag = child.tag
        name = local_name(tag) if tag[0] == "{" else tag
        if text:
            if "\n" in text:
                at_start = _write_lines(text, prose, styles, at_start=at_start, before_break=name == "Break")
            else:
                add(text, *styles)
                at_start = False
        if name == "Break":
            add("\n", *styles)
            at_start = True
        elif name == "Space":
            add(" ", *styles)
            at_start = False
        if child.text or len(child):
            style = _STYLES.get(name)
            inner = (*styles, style) if style and style not in styles else styles
            at_start = _lay(child, prose, inner, at_start=at_start)
        text = child.tail
    if not text:
        return at_start
    if "\n" in text:
        return _write_lines(text, prose, styles, at_start=at_start, before_break=True)
    add(text, *styles)
    return False


def _write_lines(text: str, prose: Prose, styles: tuple[str, ...], *, at_start: bool, before_break: bool) -> bool:
    """Append text of several lines of the file, whose ends are not the sender's."""
    if "fixed" in styles:
        prose.add(text, *styles)
        return text.endswith("\n")
    head = _INDENTATION.match(text)
    if head and at_start:
        text = text[head.end() :]
    if before_break:
        text = _TRAILING.sub("", text)
    text = _INDENTATION.sub(" ", text)
    prose.add(text, *styles)
    return at_start and not text


_TRAILING: Final = re.compile(r"[ \t\r]*\n[ \t\r\n]*$")


_Row = tuple[str, tuple[Style, ...]]


class _Sheet:
    """The leaves of one letter, taken one by one; what nobody takes is the letter's `other`.

    Nearly every leaf is plain and stands alone, so it is kept as its text; styles or a second one make it a list.
    """

    __slots__ = ("_left", "groups", "references", "warnings")

    def __init__(self, letter: _Element) -> None:
        self._left: dict[str, str | list[_Row]] = {}
        self.groups: set[str] = set()
        self.references: list[tuple[str, list[_Leaf]]] = []
        self.warnings: list[Remark] = []
        self._gather(letter, "")

    def _gather(self, element: _Element, prefix: str) -> None:
        """Take in the leaves below `element`; a reading lasts two parsings, so nothing is asked for twice."""
        left = self._left
        for child in element:
            tag = child.tag
            path = prefix + (local_name(tag) if tag[0] == "{" else tag)
            text = child.text
            if len(child):
                if path in _REFERENCES:
                    self._gather_reference(child, path)
                elif _is_running_text(child):
                    text, styles = _formatted(child)
                    if text:
                        self.keep(path, text, styles)
                else:
                    self.groups.add(path)
                    self._gather(child, path + "/")
            elif text and (text := text.strip()):
                if "\n" in text:
                    text = _INDENTATION.sub(" ", text)
                if path in left:
                    self.keep(path, text)
                else:
                    left[path] = text
            if (stray := child.tail) and not stray.isspace():
                self.keep(prefix[:-1] or local_name(element.tag), stray.strip())
        if not prefix and (stray := element.text) and not stray.isspace():
            self.keep(local_name(element.tag), stray.strip())

    def _gather_reference(self, element: _Element, name: str) -> None:
        self.references.append((name, _leaves(element, "", [])))
        for stray in (element.text, *(child.tail for child in element)):
            if stray and not stray.isspace():
                self.keep(name, stray.strip())

    def take(self, path: str) -> str:
        """Return the one text at `path`; a second one stays in `other` and is remarked upon."""
        rows = self._left.pop(path, "")
        if isinstance(rows, str):
            return rows
        text = rows[0][0]
        if any(row[0] != text for row in rows):
            self.warnings.append(Remark(code="repeated-element", what=path))
            self._left[path] = rows[1:]
        return text

    def take_all(self, path: str) -> Sequence[_Row]:
        """Return every text at `path` in its order."""
        rows = self._left.pop(path, None)
        return () if rows is None else ((rows, ()),) if isinstance(rows, str) else rows

    def _rows(self, path: str) -> Sequence[_Row]:
        rows = self._left.get(path)
        return () if rows is None else ((rows, ()),) if isinstance(rows, str) else rows

    def says(self, path: str, text: str) -> bool:
        """Say whether `text` stands at `path`, without taking it."""
        return any(row[0] == text for row in self._rows(path))

    def keep(self, path: str, text: str, styles: tuple[Style, ...] = ()) -> None:
        """Put `text` among what stands at `path`."""
        self._left[path] = [*self._rows(path), (text, styles)]

    def drop(self, path: str, text: str) -> None:
        """Forget what stands at `path` where it only repeats `text`."""
        if all(row[0] == text for row in self._rows(path)):
            self._left.pop(path, None)

    def prefix_of_patient(self) -> str:
        """Return where the patient stands: under Patient, in prescriptions under PatientOrRelative."""
        if "Patient/PersonSurnameName" in self._left:
            return "Patient/"
        for path in self._left:
            head, found, _ = path.partition("Patient")
            if found and (not head or head.endswith("/")) and "/" in path[len(head) :]:
                return head + path[len(head) :].split("/")[0] + "/"
        return ""

    def rest(self) -> tuple[tuple[str, str], ...]:
        """Return what nobody took."""
        found = []
        for path, rows in self._left.items():
            if isinstance(rows, str):
                found.append((path, rows))
            else:
                found += ((path, row[0]) for row in rows)
        return tuple(found)


def _read_letter(element: _Element, name: str, envelope: dict[str, str]) -> Letter | Refused:
    sheet = _Sheet(element)
    version = sheet.take("Letter/VersionCode")
    type_code = _type_of(name, sheet.take("Letter/TypeCode"), version)
    letter_id = sheet.take("Letter/Identifier")
    person = _person(sheet)
    bare = kinds.bare(type_code)
    if bare not in kinds.TREATED:
        return Refused(code="other-type", type=type_code, version=version, letter_id=letter_id, person=person)
    receipt = _receipt(sheet, bare) if bare.startswith("CTL") else None
    _check_version(sheet, bare, version)
    _check_person(sheet, person, needed=receipt is None)
    if not letter_id:
        sheet.warnings.append(Remark(code="no-letter-id"))
    sender, receiver = _party(sheet, "Sender/"), _party(sheet, "Receiver/")
    copy = tuple(_party(sheet, name + "/") for name in ("AnswerCCReceiver", "CCReceiver") if name in sheet.groups)
    sheet.drop("Letter/StatisticalCode", type_code)
    status = sheet.take("Letter/StatusCode")
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
        sent=f"{envelope.get('Sent/Date', '')} {envelope.get('Sent/Time', '')}".strip(),
        authorised=f"{sheet.take('Letter/Authorisation/Date')} {sheet.take('Letter/Authorisation/Time')}".strip(),
        wants_receipt=wants_receipt,
        episode_ids=_episodes(sheet),
        sender=sender,
        receiver=receiver,
        copy_to=copy,
        person=person,
        subject=sheet.take("AdditionalInformation/Subject") or sheet.take("Contents"),
        referral_text=referral,
        referral_styles=referral_styles,
        clinical_text=clinical,
        clinical_styles=clinical_styles,
        attachments=attachments,
        receipt=receipt,
        other=sheet.rest(),
        warnings=tuple(sheet.warnings),
    )


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


def _person(sheet: _Sheet) -> Person | None:
    prefix = sheet.prefix_of_patient()
    if not prefix:
        return None
    numbers: list[tuple[IdentifierKind, str]] = []
    for path, alternative in ((prefix + "CivilRegistrationNumber", False), (prefix + "AlternativeIdentifier", True)):
        for row in sheet.take_all(path):
            number = identifiers.tidy(row[0])
            numbers.append((identifiers.kind_of(number, alternative=alternative), number))
    if len(numbers) > 1:
        numbers = list(dict.fromkeys(numbers))
    given, family = sheet.take(prefix + "PersonGivenName"), sheet.take(prefix + "PersonSurnameName")
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


def _party(sheet: _Sheet, prefix: str) -> Party:
    name = sheet.take(prefix + "OrganisationName")
    if name in _FILLER:
        name = ""
    for part in (sheet.take(prefix + "DepartmentName"), sheet.take(prefix + "UnitName")):
        if part and part not in _FILLER:
            name = f"{name}, {part}" if name else part
    return Party(
        name=name,
        id=sheet.take(prefix + "Identifier"),
        id_type=sheet.take(prefix + "IdentifierCode"),
        location_number=sheet.take(prefix + "EANIdentifier"),
    )


def _episodes(sheet: _Sheet) -> tuple[str, ...]:
    rows = sheet.take_all("Letter/EpisodeOfCareIdentifier")
    if "Letter/EpisodeOfCare" in sheet.groups:
        rows = [*rows, *sheet.take_all("Letter/EpisodeOfCare/EpisodeOfCareIdentifier")]
    return tuple(dict.fromkeys([row[0] for row in rows]))


def diagnosis(code: str, text: str) -> str:
    """Return a diagnosis in one line, its code behind it."""
    return f"{text} ({code})" if code and text else text or code


def _referral(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    diagnoses: list[str] = []
    if "Referral" in sheet.groups:
        for prefix in ("Referral/Refer/", "Referral/ReferralAdditional/"):
            codes = sheet.take_all(prefix + "DiagnoseCode")
            texts = sheet.take_all(prefix + "DiagnoseText")
            if len(codes) == len(texts):
                diagnoses += [diagnosis(code[0], text[0]) for code, text in zip(codes, texts, strict=True)]
            else:
                # Some have no code, so which code is whose is not known from the order alone.
                diagnoses += [row[0] for row in (*texts, *codes)]
    sections: list[Section] = [("Henvisningsdiagnose", "\n".join(diagnoses), ())] if diagnoses else []
    if "AdditionalInformation" in sheet.groups:
        for name, heading in _REASONS.items():
            sections += [(heading, *row) for row in sheet.take_all("AdditionalInformation/" + name)]
    return join(sections, main="Henvisningsdiagnose") if sections else ("", ())


def _clinical(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    sections: list[Section] = []
    for group in ("RelevantClinicalInformation", "ClinicalInformation"):
        if group in sheet.groups:
            for name, heading in _CLINICAL.items():
                sections += [(heading, *row) for row in sheet.take_all(f"{group}/{name}")]
    return join(sections, main="Anamnese") if sections else ("", ())


def _attachments(sheet: _Sheet) -> tuple[Attachment, ...]:
    found = []
    for name, leaves in sheet.references:
        leaf: dict[str, str] = {}
        for path, text, _ in leaves:
            key = path.removeprefix("BIN/")
            if key not in _ATTACHMENT_PARTS or leaf.setdefault(key, text) != text:
                sheet.keep(f"{name}/{path}", text)
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


def _receipt(sheet: _Sheet, type_code: str) -> Receipt:
    original = "OriginalEmessage/"
    codes = [*sheet.take_all(original + "RefuseCode"), *sheet.take_all(original + "OriginalLetter/RefuseCode")]
    texts = [*sheet.take_all(original + "RefuseText"), *sheet.take_all(original + "OriginalLetter/RefuseText")]
    letters = sheet.take_all(original + "OriginalLetter/OriginalLetterIdentifier")
    return Receipt(
        positive=type_code == "CTL03",
        envelope_id=sheet.take(original + "OriginalEnvelopeIdentifier"),
        letter_ids=tuple(text for text, _ in letters),
        refuse_code=", ".join(dict.fromkeys(text for text, _ in codes)),
        refuse_text="\n".join(dict.fromkeys(text for text, _ in texts)),
    )
