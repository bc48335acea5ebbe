"""Write a closing note as a FHIR CareCommunication 5.0: one Bundle of type message, in JSON.

Profiles: medcomfhir.dk/ig/carecommunication. There is no category for tobacco, so it is `other` with a topic. The
standard has new messages, answers and messages sent on, and no corrections, so a correction is an answer in our own
thread whose topic says what it is. An answer repeats every text of the thread, oldest first, and what was done.
"""

import json
import uuid
from html import escape
from typing import Any, Final

from app.clock import DENMARK
from app.exchange.medcom.letter import Party, Segment, Step
from app.exchange.medcom.outgoing import Correspondent, Note, check, lines_of
from app.i18n import _, in_language

VERSION: Final = "5.0"
_CORE: Final = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-"
_MESSAGING: Final = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-messaging-"
_DEFINITION: Final = (
    "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition"
)
_CATEGORIES: Final = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes"
_LOCATION: Final = "https://www.gs1.org/gln"
_PARTY_SYSTEMS: Final = {"sorkode": "urn:oid:1.2.208.176.1.1", "ydernummer": "urn:oid:1.2.208.176.1.4"}
_CPR: Final = "urn:oid:1.2.208.176.1.2"
# One for the administrations' form (day of birth + 60), one for the hospitals' with letters.
_REPLACEMENTS: Final = {"replacement": "urn:oid:1.2.208.176.1.6.1.3", "ecpr": "urn:oid:1.2.208.176.1.6.1.1"}
_NAMES: Final = uuid.UUID("4b7f1d0a-6a3c-5d5e-9a57-6d6564636f6d")
Node = dict[str, Any]


def write_care_communication(note: Note) -> bytes:
    """Return the file, in UTF-8, the same for the same note. Raises RuleRefusal as `check` does."""
    check(note)
    sent = note.written_at.astimezone(DENMARK).isoformat(timespec="seconds")
    bundle_id = _id(note, "bundle")
    resources = _resources(note, sent)
    bundle = {
        "resourceType": "Bundle",
        "id": bundle_id,
        "type": "message",
        "timestamp": sent,
        "entry": [
            {"fullUrl": f"urn:uuid:{resource['id']}", "resource": _with_narrative(resource, note)}
            for resource in resources
        ],
    }
    return (json.dumps(bundle, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def thread_of(letter_id: str) -> str:
    """Return the identifier of the thread that begins with the letter of this number."""
    return f"urn:uuid:{_uuid(letter_id, 'letter')}"


def topic_of(note: Note) -> str:
    """Return what the message is about, and that it corrects another where it does."""
    if note.status == "nytbrev":
        return note.subject
    with in_language("da"):
        return _("Correction: {subject}").format(subject=note.subject)


def _resources(note: Note, sent: str) -> list[Node]:
    thread = _Thread(note)
    own = Segment(
        text="\n".join(lines_of(note.text)),
        id=f"urn:uuid:{_id(note, 'segment')}",
        written=sent,
        author=note.signed_by,
        role=note.job_title,
        phone=note.sender.phone,
    )
    segments = [*(note.answers.segments if note.answers else ()), own]
    communication: Node = {
        "resourceType": "Communication",
        "id": _id(note, "communication"),
        "identifier": [{"value": (note.answers.letter_id if note.answers else "") or thread_of(note.letter_id)}],
        "status": "unknown",
        "category": [{"coding": [{"system": _CATEGORIES, "code": "other"}]}],
        "topic": {"text": topic_of(note)},
        "subject": _reference(note, "patient"),
        "payload": [thread.payload(one) for one in segments],
    }
    header: Node = {
        "resourceType": "MessageHeader",
        "id": _id(note, "header"),
        "eventCoding": {"system": f"{_MESSAGING}eventCodes", "code": "care-communication-message"},
        "destination": [
            {
                "extension": [
                    {
                        "url": "http://medcomfhir.dk/ig/messaging/StructureDefinition/"
                        "medcom-messaging-destinationUseExtension",
                        "valueCoding": {"system": f"{_MESSAGING}destinationUse", "code": "primary"},
                    }
                ],
                "endpoint": _endpoint(note.receiver),
                "receiver": _reference(note, "receiver"),
            }
        ],
        "sender": _reference(note, "sender"),
        "source": {"endpoint": _endpoint(note.sender)},
        "focus": [_reference(note, "communication")],
        "definition": f"{_DEFINITION}|{VERSION}",
    }
    step = Step(
        message_id=header["id"],
        recorded=sent,
        activity="reply-message" if note.answers else "new-message",
        organisation=Party(),
        segment_ids=(own.id,),
    )
    steps = [*(note.answers.steps if note.answers else ()), step]
    done = [thread.provenance(one, before) for before, one in zip([None, *steps], steps, strict=False)]
    # Who wrote and for whom is told with the texts, so these are known only now.
    return [
        header,
        _patient(note),
        communication,
        *thread.people,
        _organisation(note, note.sender, "sender"),
        _organisation(note, note.receiver, "receiver"),
        *thread.organisations,
        *done,
    ]


class _Thread:
    """The texts and messages of a correspondence, with the people and organisations that they name, each once."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._authors: dict[tuple[str, str], Node] = {}
        self._parties: dict[Party, Node] = {Party(): _reference(note, "sender")}
        self.people: list[Node] = []
        self.organisations: list[Node] = []

    def payload(self, segment: Segment) -> Node:
        """Return a text with when it was written and by whom; what an earlier message did not say is left out."""
        identifier = {"value": segment.id, "assigner": self._party(segment.organisation)} if segment.id else None
        author = self._author(segment) if segment.author else None
        phone = {"system": "phone", "value": segment.phone} if segment.phone else None
        extensions = (
            ("datetime", "valueDateTime", segment.written),
            ("identifier", "valueIdentifier", identifier),
            ("practitioner", "valueReference", author),
            ("contact", "valueContactPoint", phone),
        )
        return {
            "extension": [
                {"url": f"{_CORE}{kind}-extension", name: value} for kind, name, value in extensions if value
            ],
            "contentString": segment.text,
        }

    def provenance(self, step: Step, before: Step | None) -> Node:
        """Return what one message did, and which one came before it."""
        entities: list[Node] = [
            {"role": "source", "what": {"identifier": {"value": number}}} for number in step.segment_ids
        ]
        if before is not None:
            entities.append({"role": "revision", "what": {"reference": f"MessageHeader/{before.message_id}"}})
        own = _id(self._note, "header")
        reference = f"urn:uuid:{own}" if step.message_id == own else f"MessageHeader/{step.message_id}"
        return {
            "resourceType": "Provenance",
            "id": _id(self._note, f"provenance {step.message_id}"),
            "target": [{"reference": reference}],
            "occurredDateTime": step.recorded,
            "recorded": step.recorded,
            "activity": {"coding": [{"system": f"{_MESSAGING}activityCodes", "code": step.activity}]},
            "agent": [{"who": self._party(step.organisation)}],
            "entity": entities,
        }

    def _author(self, segment: Segment) -> Node:
        key = (segment.author, segment.role)
        if key not in self._authors:
            role, person = f"role {len(self._authors)}", f"practitioner {len(self._authors)}"
            self._authors[key] = _reference(self._note, role)
            code = {"code": [{"text": segment.role}]} if segment.role else {}
            self.people += (
                {
                    "resourceType": "PractitionerRole",
                    "id": _id(self._note, role),
                    "practitioner": _reference(self._note, person),
                    **code,
                },
                {
                    "resourceType": "Practitioner",
                    "id": _id(self._note, person),
                    "name": [{"text": segment.author}],
                },
            )
        return self._authors[key]

    def _party(self, party: Party) -> Node:
        """Return a reference to an organisation, which is the sender's or receiver's own where the numbers agree."""
        if party not in self._parties:
            for name, known in (("sender", self._note.sender), ("receiver", self._note.receiver)):
                if party.location_number == known.location_number or (party.id, party.id_type) == (
                    known.id,
                    known.id_type,
                ):
                    self._parties[party] = _reference(self._note, name)
                    return self._parties[party]
            name = f"organisation {len(self.organisations)}"
            self._parties[party] = _reference(self._note, name)
            other = Correspondent(
                name=party.name, location_number=party.location_number, id=party.id, id_type=party.id_type
            )
            self.organisations.append(_organisation(self._note, other, name))
        return self._parties[party]


def _id(note: Note, what: str) -> str:
    """Return an identifier in the shape of version 4, which the profiles demand, derived from the note's own."""
    return _uuid(note.envelope_id, note.letter_id, what)


def _uuid(*parts: str) -> str:
    made = uuid.uuid5(_NAMES, "\x1f".join(parts)).bytes
    return str(uuid.UUID(bytes=made, version=4))


def _reference(note: Note, what: str) -> Node:
    return {"reference": f"urn:uuid:{_id(note, what)}"}


def _endpoint(party: Correspondent) -> str:
    return (
        f"https://sor2.sum.dsdn.dk/#id={party.id}"
        if party.id_type == "sorkode"
        else f"{_LOCATION}/{party.location_number}"
    )


def _patient(note: Note) -> Node:
    name: Node = {"use": "official", "family": note.family_name} if note.family_name else {"use": "official"}
    if note.given_name:
        name["given"] = note.given_name.split()
    system = _REPLACEMENTS.get(note.identifier_kind, _CPR)
    return {
        "resourceType": "Patient",
        "id": _id(note, "patient"),
        "identifier": [{"system": system, "value": note.identifier}],
        "name": [name],
    }


def _organisation(note: Note, party: Correspondent, what: str) -> Node:
    numbers = [{"system": _LOCATION, "value": party.location_number}] if party.location_number else []
    if party.id_type in _PARTY_SYSTEMS:
        numbers.insert(0, {"system": _PARTY_SYSTEMS[party.id_type], "value": party.id})
    name = ", ".join(part for part in (party.name, party.department) if part)
    return {"resourceType": "Organization", "id": _id(note, what), "identifier": numbers, "name": name}


def _with_narrative(resource: Node, note: Note) -> Node:
    """Add the narrative that a receiver without profiles shows."""
    body = escape(_said(resource, note)).replace("\n", "<br/>")
    narrative = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}
    return {"resourceType": resource["resourceType"], "id": resource["id"], "text": narrative, **resource}


def _said(resource: Node, note: Note) -> str:
    match resource:
        case {"resourceType": "Communication", "topic": {"text": topic}, "payload": payload}:
            return "\n\n".join((topic, *(one["contentString"] for one in payload)))
        case {"resourceType": "Patient"}:
            return f"{note.given_name} {note.family_name}, {note.identifier}"
        case {"resourceType": "Organization", "name": str(name)}:
            return name
        case {"resourceType": "Practitioner", "name": [{"text": name}]}:
            return str(name)
        case {"resourceType": "PractitionerRole", "code": [{"text": role}]}:
            return str(role)
        case {"resourceType": "Provenance", "recorded": recorded}:
            return str(recorded)
    return str(resource["resourceType"])
