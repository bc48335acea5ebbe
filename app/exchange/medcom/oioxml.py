"""Letters in OIOXML (`Emessage`), matched on local names because the namespace differs from version to version.

Every text in a letter ends in exactly one place: a field of its own, the referral text, the clinical text, or `other`
under the names of the elements it stood in. Nothing that a sender wrote can therefore be lost on the way.
"""

import base64
import binascii
import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from lxml.etree import _Element

from app.domain import identifiers
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
_PARTY_NAMES: Final = ("OrganisationName", "DepartmentName", "UnitName")
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
            envelope = {path: text for path, text, _ in _leaves(child, "", [])}
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
        text = child.text
        children = list(child)
        if not children:
            if text and (text := _INDENTATION.sub(" ", text).strip() if "\n" in text else text.strip()):
                found.append((path, text, ()))
        elif local_name(children[0].tag) in _FORMATTED or (text and not text.isspace()):
            text, styles = _formatted(child)
            if text:
                found.append((path, text, styles))
        else:
            _leaves(child, path + "/", found)
            for grandchild in children:
                if (stray := grandchild.tail) and not stray.isspace():
                    found.append((path, stray.strip(), ()))
    return found


def _formatted(element: _Element) -> tuple[str, tuple[Style, ...]]:
    """Return mixed content as a reader saw it: Break is a line end, Space a space, indentation nothing."""
    prose = Prose()
    _lay(element, prose, (), at_start=True)
    return prose.finished()


def _lay(element: _Element, prose: Prose, styles: tuple[str, ...], *, at_start: bool) -> bool:
    """Append the content of `element`; `at_start` says whether the pen stands at the beginning of a line."""
    children = list(element)
    names = [local_name(child.tag) for child in children]
    before_break = [name == "Break" for name in names] + [True]
    at_start = _write(element.text, prose, styles, at_start=at_start, before_break=before_break[0])
    for index, (child, name) in enumerate(zip(children, names, strict=True)):
        if name == "Break":
            prose.add("\n", *styles)
            at_start = True
        elif name == "Space":
            prose.add(" ", *styles)
            at_start = False
        if len(child) or child.text:
            style = _STYLES.get(name)
            inner = (*styles, style) if style and style not in styles else styles
            at_start = _lay(child, prose, inner, at_start=at_start)
        at_start = _write(child.tail, prose, styles, at_start=at_start, before_break=before_break[index + 1])
    return at_start


def _write(text: str | None, prose: Prose, styles: tuple[str, ...], *, at_start: bool, before_break: bool) -> bool:
    if not text:
        return at_start
    if "\n" in text:
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


class _Sheet:
    """The leaves of one letter, taken one by one; what nobody takes is the letter's `other`."""

    __slots__ = ("_left", "warnings")

    def __init__(self, letter: _Element) -> None:
        self._left: dict[str, list[tuple[str, tuple[Style, ...]]]] = {}
        self.warnings: list[Remark] = []
        for path, text, styles in _leaves(letter, "", []):
            self._left.setdefault(path, []).append((text, styles))
        for stray in (letter.text, *(child.tail for child in letter)):
            if stray and not stray.isspace():
                self.keep(local_name(letter.tag), stray.strip())

    def take(self, path: str) -> str:
        """Return the one text at `path`; a second one stays in `other` and is remarked upon."""
        rows = self._left.get(path)
        if rows is None:
            return ""
        text = rows.pop(0)[0]
        if rows:
            if any(other != text for other, _ in rows):
                self.warnings.append(Remark(code="repeated-element", what=path))
            else:
                rows.clear()
        if not rows:
            del self._left[path]
        return text

    def take_all(self, path: str) -> list[tuple[str, tuple[Style, ...]]]:
        """Return every text at `path` in its order."""
        return self._left.pop(path, [])

    def says(self, path: str, text: str) -> bool:
        """Say whether `text` stands at `path`, without taking it."""
        return any(row[0] == text for row in self._left.get(path, ()))

    def keep(self, path: str, text: str) -> None:
        """Put `text` among what nobody takes."""
        self._left.setdefault(path, []).append((text, ()))

    def drop(self, path: str, text: str) -> None:
        """Forget what stands at `path` where it only repeats `text`."""
        if all(row[0] == text for row in self._left.get(path, ())):
            self._left.pop(path, None)

    def forget(self, prefixes: tuple[str, ...]) -> None:
        """Forget what stands under `prefixes`: a field of its own holds it."""
        for path in [path for path in self._left if path.startswith(prefixes)]:
            del self._left[path]

    def prefix_of_patient(self) -> str:
        """Return where the patient stands: under Patient, in prescriptions under PatientOrRelative."""
        for path in self._left:
            head, found, _ = path.partition("Patient")
            if found and (not head or head.endswith("/")) and "/" in path[len(head) :]:
                return head + path[len(head) :].split("/")[0] + "/"
        return ""

    def rest(self) -> tuple[tuple[str, str], ...]:
        """Return what nobody took."""
        return tuple((path, text) for path, rows in self._left.items() for text, _ in rows)


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
    copy = _party(sheet, "AnswerCCReceiver/"), _party(sheet, "CCReceiver/")
    sheet.drop("Letter/StatisticalCode", type_code)
    status = sheet.take("Letter/StatusCode")
    if status == "rettetbrev":
        sheet.warnings.append(Remark(code="correction"))
    attachments = _attachments(element, sheet)
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
        copy_to=tuple(party for party in copy if party != Party()),
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
    numbers = [
        (identifiers.kind_of(number, alternative=alternative), number)
        for path, alternative in (("CivilRegistrationNumber", False), ("AlternativeIdentifier", True))
        for number in dict.fromkeys(identifiers.tidy(text) for text, _ in sheet.take_all(prefix + path))
    ]
    given, family = sheet.take(prefix + "PersonGivenName"), sheet.take(prefix + "PersonSurnameName")
    first = numbers[0] if numbers else ("none", "")
    return Person(
        name=f"{given} {family}".strip(),
        given_name=given,
        family_name=family,
        identifier=first[1],
        identifier_kind=first[0],
        other_identifiers=tuple(numbers[1:]),
    )


def _party(sheet: _Sheet, prefix: str) -> Party:
    parts = [sheet.take(prefix + name) for name in _PARTY_NAMES]
    return Party(
        name=", ".join(part for part in parts if part and part not in _FILLER),
        id=sheet.take(prefix + "Identifier"),
        id_type=sheet.take(prefix + "IdentifierCode"),
        location_number=sheet.take(prefix + "EANIdentifier"),
    )


def _episodes(sheet: _Sheet) -> tuple[str, ...]:
    rows = sheet.take_all("Letter/EpisodeOfCareIdentifier")
    rows += sheet.take_all("Letter/EpisodeOfCare/EpisodeOfCareIdentifier")
    return tuple(dict.fromkeys(text for text, _ in rows))


def diagnosis(code: str, text: str) -> str:
    """Return a diagnosis in one line, its code behind it."""
    return f"{text} ({code})" if code and text else text or code


def _referral(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    diagnoses = []
    for prefix in ("Referral/Refer/", "Referral/ReferralAdditional/"):
        codes = sheet.take_all(prefix + "DiagnoseCode")
        texts = sheet.take_all(prefix + "DiagnoseText")
        if len(codes) == len(texts):
            diagnoses += [diagnosis(code[0], text[0]) for code, text in zip(codes, texts, strict=True)]
        else:
            # Some have no code, so which code is whose is not known from the order alone.
            diagnoses += [row[0] for row in (*texts, *codes)]
    sections: list[Section] = [("Henvisningsdiagnose", "\n".join(diagnoses), ())]
    for name, heading in _REASONS.items():
        sections += [(heading, *row) for row in sheet.take_all("AdditionalInformation/" + name)]
    return join(sections, main="Henvisningsdiagnose")


def _clinical(sheet: _Sheet) -> tuple[str, tuple[Style, ...]]:
    sections: list[Section] = []
    for group in ("RelevantClinicalInformation/", "ClinicalInformation/"):
        for name, heading in _CLINICAL.items():
            sections += [(heading, *row) for row in sheet.take_all(group + name)]
    return join(sections, main="Anamnese")


def _attachments(element: _Element, sheet: _Sheet) -> tuple[Attachment, ...]:
    sheet.forget(("Reference/", "BinaryObject/"))
    found = []
    for child in element:
        name = local_name(child.tag)
        if name in ("Reference", "BinaryObject") and len(child):
            leaf: dict[str, str] = {}
            for path, text, _ in _leaves(child, "", []):
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
    codes = sheet.take_all(original + "RefuseCode") + sheet.take_all(original + "OriginalLetter/RefuseCode")
    texts = sheet.take_all(original + "RefuseText") + sheet.take_all(original + "OriginalLetter/RefuseText")
    letters = sheet.take_all(original + "OriginalLetter/OriginalLetterIdentifier")
    return Receipt(
        positive=type_code == "CTL03",
        envelope_id=sheet.take(original + "OriginalEnvelopeIdentifier"),
        letter_ids=tuple(text for text, _ in letters),
        refuse_code=", ".join(dict.fromkeys(text for text, _ in codes)),
        refuse_text="\n".join(dict.fromkeys(text for text, _ in texts)),
    )
