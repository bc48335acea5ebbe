"""CareCommunication in FHIR R4, JSON or XML: one Bundle of type message.

Text is `payload.contentString`, one segment after another; a reply carries the whole thread. Narratives repeat the
content and are left out. Senders differ (order of names, status always unknown, identifiers without a system,
references to servers elsewhere), so what the profile promises is looked for and never relied on.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from app.domain import identifiers
from app.domain.identifiers import IdentifierKind
from app.exchange.medcom.letter import Attachment, Letter, Party, Person, Refused, Remark, Segment, Step
from app.exchange.medcom.oioxml import person_remarks
from app.exchange.medcom.pieces import local_name
from app.exchange.medcom.prose import join

if TYPE_CHECKING:
    from lxml.etree import _Element

Node = dict[str, Any]

_EVENT: Final = "care-communication-message"
_CPR: Final = "urn:oid:1.2.208.176.1.2"
_REPLACEMENT: Final = "urn:oid:1.2.208.176.1.6.1"
_ID_TYPES: Final = {
    "urn:oid:1.2.208.176.1.1": "sorkode",
    "https://www.gs1.org/gln": "lokationsnummer",
    "urn:oid:1.3.88": "lokationsnummer",
    "urn:oid:1.2.208.176.1.4": "ydernummer",
}
MAXIMUM_DEPTH: Final = 200


class Unreadable(ValueError):
    """The JSON is broken."""


class TooDeep(ValueError):
    """The JSON is nested deeper than any message."""


def parse_json(text: str) -> tuple[Any, list[Remark]]:
    """Return what the JSON holds; a name given twice in one object is remarked upon, since only one can be kept.

    Raises: Unreadable, TooDeep.
    """
    remarks: list[Remark] = []

    def gather(pairs: list[tuple[str, Any]]) -> Node:
        node: Node = {}
        for name, value in pairs:
            if name in node and node[name] != value:
                remarks.append(Remark(code="repeated-element", what=name))
                node[name] = [*_many(node[name]), *_many(value)]
            else:
                node[name] = value
        return node

    try:
        return json.loads(text, object_pairs_hook=gather), remarks
    except ValueError:
        raise Unreadable from None
    except RecursionError:
        raise TooDeep from None


def from_xml(bundle: "_Element") -> Node:
    """Return an XML Bundle as the objects its JSON would hold, with every value in a list."""
    node: Node = _node(bundle, local_name(bundle.tag), 0)
    return node


def _node(element: "_Element", name: str, depth: int) -> Any:
    value = element.get("value")
    if name == "div" or depth > MAXIMUM_DEPTH:
        return ""
    if len(element) == 0:
        if value is not None:
            return value
        return {str(key): text for key, text in element.attrib.items()}
    node: Node = {str(key): text for key, text in element.attrib.items()}
    if value is not None:
        node["value"] = value
    for child in element:
        child_name = local_name(child.tag)
        if child_name == "resource" and len(child):
            inner = child[0]
            resource = _node(inner, "", depth + 1)
            if isinstance(resource, dict):
                resource["resourceType"] = local_name(inner.tag)
                node["resource"] = resource
        else:
            node.setdefault(child_name, []).append(_node(child, child_name, depth + 1))
    return node


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _nodes(node: Any, name: str) -> list[Node]:
    return [item for item in _many(node.get(name)) if isinstance(item, dict)] if isinstance(node, dict) else []


def _first(node: Any, *names: str) -> Node:
    for name in names:
        node = next(iter(_nodes(node, name)), {})
    return node if isinstance(node, dict) else {}


def _text(node: Any, name: str) -> str:
    """Return a primitive as text; in XML a value may stand beside extensions."""
    if not isinstance(node, dict):
        return ""
    for item in _many(node.get(name)):
        if isinstance(item, dict):
            item = item.get("value", "")
        if isinstance(item, str):
            return item
        if isinstance(item, (int, float)):
            return str(item).lower()
    return ""


class _Bundle:
    """The resources of one Bundle, found by type and by reference."""

    def __init__(self, bundle: Node) -> None:
        self.bundle = bundle
        self.resources: list[Node] = []
        self._by_reference: dict[str, Node] = {}
        self.foreign: list[str] = []
        for entry in _nodes(bundle, "entry"):
            resource = _first(entry, "resource")
            if not resource:
                continue
            self.resources.append(resource)
            own = f"{_text(resource, 'resourceType')}/{_text(resource, 'id')}"
            for reference in (_text(entry, "fullUrl"), own, _text(resource, "id")):
                if reference and reference != "/":
                    self._by_reference.setdefault(reference, resource)

    def of(self, kind: str) -> list[Node]:
        """Return the resources of one type."""
        return [resource for resource in self.resources if _text(resource, "resourceType") == kind]

    def resolve(self, node: Node, *, is_needed: bool = True) -> Node:
        """Return what a Reference points at, or {} where it is not in the Bundle: told where it `is_needed`."""
        reference = _text(node, "reference")
        if not reference:
            return {}
        parts = reference.split("/_history")[0].rsplit("/", 2)
        for candidate in (reference, "/".join(parts[-2:]), parts[-1].removeprefix("urn:uuid:")):
            if candidate in self._by_reference:
                return self._by_reference[candidate]
        if is_needed:
            self.foreign.append(reference)
        return {}


def read_bundle(bundle: Any, remarks: list[Remark]) -> list[Letter | Refused]:
    """Return the letters of a Bundle: one for each Communication."""
    if not isinstance(bundle, dict) or _text(bundle, "resourceType") not in ("Bundle", ""):
        kind = _text(bundle, "resourceType") if isinstance(bundle, dict) else ""
        return [Refused(code="not-a-message" if not kind else "other-type", type=kind)]
    content = _Bundle(bundle)
    header = next(iter(content.of("MessageHeader")), {})
    event = _text(_first(header, "eventCoding"), "code") or _text(header, "eventUri").rsplit("/", 1)[-1]
    communications = content.of("Communication")
    if not header and not communications:
        return [Refused(code="not-a-message" if not content.resources else "other-type", type="Bundle")]
    if (event and event != _EVENT) or not communications:
        patient = next(iter(content.of("Patient")), None)
        person = _person(patient) if patient else None
        code = "no-letter" if event in (_EVENT, "") else "other-type"
        return [Refused(code=code, type=event or "Bundle", letter_id=_text(bundle, "id"), person=person)]
    return [_letter(content, header, communication, remarks) for communication in communications]


def _letter(content: _Bundle, header: Node, communication: Node, remarks: list[Remark]) -> Letter:
    warnings = list(remarks)
    patient = content.resolve(_first(communication, "subject")) or next(iter(content.of("Patient")), {})
    person = _person(patient) if patient else None
    if person is None:
        warnings.append(Remark(code="no-person"))
    else:
        warnings += person_remarks(person)
    if _text(patient, "deceasedBoolean") == "true" or _text(patient, "deceasedDateTime"):
        warnings.append(Remark(code="person-dead"))
    letter_id = _text(_first(communication, "identifier"), "value") or _text(communication, "id")
    if not letter_id:
        warnings.append(Remark(code="no-letter-id"))
    version = _text(header, "definition").partition("|")[2]
    if not version:
        warnings.append(Remark(code="no-version"))
    elif not version.startswith(("1.", "2.", "3.", "4.", "5.")):
        warnings.append(Remark(code="unknown-version", what=version))
    steps = _steps(content)
    # What was done last; clocks may stand still, so what says that it did this message goes before what is newest.
    done = [*steps, *(one for one in steps if one.message_id == _text(header, "id"))]
    status = done[-1].activity if done else ""
    if status in ("modified-message", "modify-message", "retract-message", "cancel-message"):
        warnings.append(Remark(code="correction" if status.startswith("modif") else "retracted"))
    attachments = tuple(_attachments(communication, warnings))
    segments = _segments(content, communication, warnings)
    clinical, styles = join([(_heading(one) if len(segments) > 1 else "", one.text, ()) for one in segments])
    sender = _party(content, _first(header, "sender"))
    receiver = _party(content, _first(header, "destination", "receiver"))
    topic, category = _first(communication, "topic"), _first(communication, "category")
    other = [
        ("category", _text(_first(category, "coding"), "code") or _text(category, "text")),
        ("priority", _text(communication, "priority")),
        *(("encounter", _text(_first(e, "episodeOfCare", "identifier"), "value")) for e in content.of("Encounter")),
        *(("contact", text) for text in _contacts(communication)),
        *(("recipient", _text(team, "name")) for team in content.of("CareTeam")),
        *_patient_details(patient),
    ]
    warnings += (Remark(code="reference-elsewhere", what=reference) for reference in dict.fromkeys(content.foreign))
    return Letter(
        standard="FHIR",
        type="CareCommunication",
        version=version,
        letter_id=letter_id,
        status=status or _text(communication, "status"),
        envelope_id=_text(content.bundle, "id"),
        sent=_text(content.bundle, "timestamp"),
        authorised=_text(communication, "sent"),
        sender=sender,
        receiver=receiver,
        person=person,
        subject=_text(topic, "text") or _text(_first(topic, "coding"), "display"),
        clinical_text=clinical,
        clinical_styles=styles,
        attachments=attachments,
        message_id=_text(header, "id"),
        segments=segments,
        steps=steps,
        other=tuple(row for row in other if row[1]),
        warnings=tuple(warnings),
    )


def _extension(node: Node, ending: str) -> Node:
    return next((item for item in _nodes(node, "extension") if _text(item, "url").endswith(ending)), {})


def _segments(content: _Bundle, communication: Node, warnings: list[Remark]) -> tuple[Segment, ...]:
    payloads = [payload for payload in _nodes(communication, "payload") if _text(payload, "contentString")]
    if not payloads:
        warnings.append(Remark(code="no-text"))
    found = []
    for payload in payloads:
        author, role = _author(content, _first(_extension(payload, "practitioner-extension"), "valueReference"))
        identifier = _first(_extension(payload, "identifier-extension"), "valueIdentifier")
        found.append(
            Segment(
                text=_text(payload, "contentString"),
                id=_text(identifier, "value"),
                written=_text(_extension(payload, "datetime-extension"), "valueDateTime"),
                author=author,
                role=role,
                phone=_text(_first(_extension(payload, "contact-extension"), "valueContactPoint"), "value"),
                organisation=_party(content, _first(identifier, "assigner"), is_needed=False),
            )
        )
    return tuple(found)


def _heading(segment: Segment) -> str:
    return ", ".join(part for part in (segment.written[:16].replace("T", " "), segment.author) if part)


def _steps(content: _Bundle) -> tuple[Step, ...]:
    """Return the messages of the correspondence, oldest first."""
    found = [
        Step(
            message_id=_text(_first(node, "target"), "reference").rpartition("/")[2].removeprefix("urn:uuid:"),
            recorded=_text(node, "recorded"),
            activity=_text(_first(node, "activity", "coding"), "code"),
            organisation=_party(content, _first(node, "agent", "who"), is_needed=False),
            segment_ids=tuple(
                number
                for one in _nodes(node, "entity")
                if (number := _text(_first(one, "what", "identifier"), "value"))
            ),
        )
        for node in content.of("Provenance")
    ]
    return tuple(sorted(found, key=lambda step: step.recorded))


def _author(content: _Bundle, reference: Node) -> tuple[str, str]:
    """Return name and role of who wrote a text."""
    role = content.resolve(reference)
    practitioner = content.resolve(_first(role, "practitioner")) or role
    name = _human_name(_first(practitioner, "name"))[0] or _text(reference, "display")
    code = _first(role, "code")
    return name, _text(code, "text") or _text(_first(code, "coding"), "display")


def _contacts(communication: Node) -> Iterator[str]:
    for payload in _nodes(communication, "payload"):
        contact = _text(_first(_extension(payload, "contact-extension"), "valueContactPoint"), "value")
        if contact:
            yield contact


def _patient_details(patient: Node) -> Iterator[tuple[str, str]]:
    for address in _nodes(patient, "address"):
        parts = [*_strings(address, "line"), _text(address, "postalCode"), _text(address, "city")]
        yield "patient/address", ", ".join(part for part in parts if part)
    for telecom in _nodes(patient, "telecom"):
        yield "patient/telecom", _text(telecom, "value")
    yield "patient/birthDate", _text(patient, "birthDate")


def _strings(node: Node, name: str) -> list[str]:
    return [item for item in _many(node.get(name)) if isinstance(item, str)]


def _human_name(name: Node) -> tuple[str, str, str]:
    given, family = " ".join(_strings(name, "given")), _text(name, "family")
    return f"{given} {family}".strip() or _text(name, "text"), given, family


def _person(patient: Node) -> Person:
    names = _nodes(patient, "name")
    official = next((name for name in names if _text(name, "use") == "official"), names[0] if names else {})
    whole, given, family = _human_name(official)
    numbers: list[tuple[bool, str]] = []
    for identifier in _nodes(patient, "identifier"):
        number, system = identifiers.tidy(_text(identifier, "value")), _text(identifier, "system")
        if number and (not system or system == _CPR or system.startswith(_REPLACEMENT)):
            numbers.append((system.startswith(_REPLACEMENT), number))
    # A number under the CPR system goes before one that is declared a replacement, whichever came first.
    ordered = {number: replacement for replacement, number in sorted(numbers, reverse=True)}
    rows = [(identifiers.kind_of(number, alternative=ordered[number]), number) for number in reversed(ordered)]
    first: tuple[IdentifierKind, str] = rows[0] if rows else ("none", "")
    return Person(
        name=whole,
        given_name=given,
        family_name=family,
        identifier=first[1],
        identifier_kind=first[0],
        other_identifiers=tuple(rows[1:]),
    )


def _party(content: _Bundle, reference: Node, *, is_needed: bool = True) -> Party:
    organisation = content.resolve(reference, is_needed=is_needed)
    numbers = {
        _ID_TYPES.get(_text(node, "system"), _text(node, "system")): _text(node, "value")
        for node in [*_nodes(organisation, "identifier"), *_nodes(reference, "identifier")]
    }
    numbers = {kind: number for kind, number in numbers.items() if number}
    id_type = "sorkode" if "sorkode" in numbers else next(iter(numbers), "")
    return Party(
        name=_text(organisation, "name") or _text(reference, "display"),
        id=numbers.get(id_type, ""),
        id_type=id_type,
        location_number=numbers.get("lokationsnummer", ""),
    )


def _attachments(communication: Node, warnings: list[Remark]) -> Iterator[Attachment]:
    for payload in _nodes(communication, "payload"):
        node = _first(payload, "contentAttachment")
        if not node:
            continue
        encoded, url, content = _text(node, "data"), _text(node, "url"), None
        title = _text(node, "title")
        if encoded:
            try:
                content = base64.b64decode("".join(encoded.split()), validate=True)
            except (binascii.Error, ValueError):
                warnings.append(Remark(code="attachment-damaged", what=title))
        elif not url:
            warnings.append(Remark(code="attachment-elsewhere", what=title))
        size = _text(node, "size")
        yield Attachment(
            name=title,
            id=_text(_first(_extension(payload, "identifier-extension"), "valueIdentifier"), "value"),
            kind=_text(node, "contentType") or ("link" if url else ""),
            extension=_text(node, "contentType").rpartition("/")[2],
            size=len(content) if content is not None else int(size) if size.isdigit() and len(size) < 16 else None,
            url=url,
            content=content,
        )
