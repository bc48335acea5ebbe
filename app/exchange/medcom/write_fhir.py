"""Write a closing note as a FHIR CareCommunication 5.0: one Bundle of type message, in JSON.

Profiles: medcomfhir.dk/ig/carecommunication. There is no category for tobacco, so it is `other` with a topic.
"""

import json
import uuid
from html import escape
from typing import Any, Final

from app.clock import DENMARK
from app.exchange.medcom.outgoing import Correspondent, Note, check, lines_of

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


def _resources(note: Note, sent: str) -> list[Node]:
    text = "\n".join(lines_of(note.text))
    segment = f"urn:uuid:{_id(note, 'segment')}"
    sender, receiver = _reference(note, "sender"), _reference(note, "receiver")
    communication: Node = {
        "resourceType": "Communication",
        "id": _id(note, "communication"),
        "identifier": [{"value": note.thread_id or f"urn:uuid:{_uuid(note.letter_id, 'letter')}"}],
        "status": "unknown",
        "category": [{"coding": [{"system": _CATEGORIES, "code": "other"}]}],
        "topic": {"text": note.subject},
        "subject": _reference(note, "patient"),
        "payload": [
            {
                "extension": [
                    {"url": f"{_CORE}datetime-extension", "valueDateTime": sent},
                    {
                        "url": f"{_CORE}identifier-extension",
                        "valueIdentifier": {"value": segment, "assigner": sender},
                    },
                    {"url": f"{_CORE}practitioner-extension", "valueReference": _reference(note, "role")},
                    {
                        "url": f"{_CORE}contact-extension",
                        "valueContactPoint": {"system": "phone", "value": note.sender.phone},
                    },
                ],
                "contentString": text,
            }
        ],
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
                "receiver": receiver,
            }
        ],
        "sender": sender,
        "source": {"endpoint": _endpoint(note.sender)},
        "focus": [_reference(note, "communication")],
        "definition": f"{_DEFINITION}|{VERSION}",
    }
    provenance: Node = {
        "resourceType": "Provenance",
        "id": _id(note, "provenance"),
        "target": [_reference(note, "header")],
        "occurredDateTime": sent,
        "recorded": sent,
        "activity": {
            "coding": [
                {
                    "system": f"{_MESSAGING}activityCodes",
                    "code": _activity(note),
                }
            ]
        },
        "agent": [{"who": sender}],
        "entity": [{"role": "source", "what": {"identifier": {"value": segment}}}],
    }
    return [
        header,
        _patient(note),
        communication,
        {
            "resourceType": "PractitionerRole",
            "id": _id(note, "role"),
            "practitioner": _reference(note, "practitioner"),
            "code": [{"text": note.job_title}],
        },
        {"resourceType": "Practitioner", "id": _id(note, "practitioner"), "name": [{"text": note.signed_by}]},
        _organisation(note, note.sender, "sender"),
        _organisation(note, note.receiver, "receiver"),
        provenance,
    ]


def _id(note: Note, what: str) -> str:
    """Return an identifier in the shape of version 4, which the profiles demand, derived from the note's own."""
    return _uuid(note.envelope_id, note.letter_id, what)


def _uuid(*parts: str) -> str:
    made = uuid.uuid5(_NAMES, "\x1f".join(parts)).bytes
    return str(uuid.UUID(bytes=made, version=4))


def _activity(note: Note) -> str:
    """Return what the message does; an answer keeps its thread, and a correction the letter it corrects."""
    if note.status != "nytbrev":
        return "modified-message"
    return "reply-message" if note.thread_id else "new-message"


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
    numbers = [{"system": _LOCATION, "value": party.location_number}]
    if party.id_type in _PARTY_SYSTEMS:
        numbers.insert(0, {"system": _PARTY_SYSTEMS[party.id_type], "value": party.id})
    name = ", ".join(part for part in (party.name, party.department) if part)
    return {"resourceType": "Organization", "id": _id(note, what), "identifier": numbers, "name": name}


def _with_narrative(resource: Node, note: Note) -> Node:
    """Add the narrative that a receiver without profiles shows."""
    said = {
        "Communication": f"{note.subject}: {note.text}",
        "Patient": f"{note.given_name} {note.family_name}, {note.identifier}",
        "Organization": str(resource.get("name", "")),
        "Practitioner": note.signed_by,
        "PractitionerRole": note.job_title,
        "Provenance": str(resource.get("recorded", "")),
    }.get(resource["resourceType"], "CareCommunication")
    body = escape(said).replace("\n", "<br/>")
    narrative = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}
    return {"resourceType": resource["resourceType"], "id": resource["id"], "text": narrative, **resource}
