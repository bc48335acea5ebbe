"""Invented messages, put together from what MedCom's schemas say."""

import base64
import json
from typing import Any

ROOTS = {
    "XH0130R": ("XREF01", "HospitalReferral", "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/"),
    "XH0131R": ("XREF01", "HospitalReferral", "http://rep.oio.dk/medcom.dk/xml/schemas/2017/05/01/"),
    "XH1530R": ("XREF15", "MunicipalityReferral", "http://rep.oio.dk/medcom.dk/xml/schemas/2016/12/01/"),
    "XH1531R": ("XREF15", "MunicipalityReferral", "http://rep.oio.dk/medcom.dk/xml/schemas/2020/05/06/"),
    "XD9134L": ("XDIS91", "ClinicalEmail", "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2006/07/01/"),
    "XD9135L": ("XDIS91", "ClinicalEmail", "http://rep.oio.dk/medcom.dk/xml/schemas/2019/02/19/"),
}
TEXT = "Ryger 20 cigaretter dagligt<Break/>Ønsker hjælp til rygestop. Påvirket af KOL."
PLAIN = "Ryger 20 cigaretter dagligt\nØnsker hjælp til rygestop. Påvirket af KOL."


def oioxml(
    version: str = "XH1530R",
    *,
    text: str = TEXT,
    letter_id: str = "Brev0001",
    status: str = "nytbrev",
    number: str = "<CivilRegistrationNumber>6112559996</CivilRegistrationNumber>",
    extra: str = "",
    letters: int = 1,
) -> str:
    """One message with invented people, valid by the schema of its version."""
    type_code, root, namespace = ROOTS[version]
    body = "".join(
        _letter(
            version,
            type_code,
            root,
            text=text,
            letter_id=f"{letter_id}{n or ''}",
            status=status,
            number=number,
            extra=extra,
        )
        for n in range(letters)
    )
    return (
        f'<Emessage xmlns="{namespace}"><Envelope><Sent><Date>2026-03-02</Date><Time>09:15</Time></Sent>'
        "<Identifier>Kuvert0001</Identifier><AcknowledgementCode>minuspositivkvitt</AcknowledgementCode></Envelope>"
        f"{body}</Emessage>"
    )


def _letter(
    version: str, type_code: str, root: str, *, text: str, letter_id: str, status: str, number: str, extra: str
) -> str:
    episode = ""
    if root == "MunicipalityReferral":
        episode = "<EpisodeOfCareIdentifier>Forloeb1</EpisodeOfCareIdentifier>"
    if version == "XH0131R":
        episode = (
            "<EpisodeOfCare><EpisodeOfCareType>LPR3</EpisodeOfCareType>"
            "<EpisodeOfCareIdentifier>Forloeb1</EpisodeOfCareIdentifier></EpisodeOfCare>"
        )
    referrer = "" if root == "ClinicalEmail" else "<Referrer><PersonName>Asta Lund</PersonName></Referrer>"
    category = "<CategoryCode>sundhedspleje</CategoryCode>" if version == "XH1531R" else ""
    described = "<DiagnoseDescriptionCode>henv_diagnose</DiagnoseDescriptionCode>" if version == "XH0131R" else ""
    state = "<EpisodeOfCareStatusCode>inaktiv</EpisodeOfCareStatusCode>" if root == "ClinicalEmail" else ""
    diagnosis = (
        f"<Referral><Refer>{described}<DiagnoseCode>DF172</DiagnoseCode><DiagnoseTypeCode>SKSdiagnosekode</DiagnoseTypeCode>"
        "<DiagnoseText>Tobaksafhængighed</DiagnoseText></Refer></Referral>"
    )
    content = (
        "<AdditionalInformation><Priority>rutine</Priority><Subject>Rygestop</Subject></AdditionalInformation>"
        f"<ClinicalInformation><Text01>{text}</Text01></ClinicalInformation>"
        if root == "ClinicalEmail"
        else f"{diagnosis}<RelevantClinicalInformation>{category}<Anamnesis>{text}</Anamnesis>"
        "</RelevantClinicalInformation>"
    )
    speciality = "<MedicalSpecialityCode>almenlaege_laegevagt</MedicalSpecialityCode>"
    return (
        f"<{root}><Letter><Identifier>{letter_id}</Identifier><VersionCode>{version}</VersionCode>"
        f"<StatisticalCode>{type_code}</StatisticalCode><Authorisation><Date>2026-03-02</Date><Time>09:10</Time>"
        f"</Authorisation><TypeCode>{type_code}</TypeCode><StatusCode>{status}</StatusCode>{episode}</Letter>"
        "<Sender><EANIdentifier>5790000121526</EANIdentifier><Identifier>079741</Identifier>"
        "<IdentifierCode>ydernummer</IdentifierCode><OrganisationName>Lægerne Åboulevarden</OrganisationName>"
        f"{speciality}{referrer}</Sender>"
        "<Receiver><EANIdentifier>5790000201389</EANIdentifier><Identifier>461</Identifier>"
        "<IdentifierCode>kommunenummer</IdentifierCode><OrganisationName>Odense Kommune</OrganisationName>"
        "<DepartmentName>Sundhedscenter</DepartmentName></Receiver>"
        f"<Patient>{number}<PersonSurnameName>Ærø Sørensen</PersonSurnameName><PersonGivenName>Bodil</PersonGivenName>"
        f"{state}</Patient>{content}{extra}</{root}>"
    )


REFERENCE = (
    "<Reference><RefDescription>Spirometri</RefDescription><BIN><ObjectIdentifier>ABC123</ObjectIdentifier>"
    "<ObjectCode>billede</ObjectCode><ObjectExtensionCode>pdf</ObjectExtensionCode>"
    "<OriginalObjectSize>4</OriginalObjectSize></BIN></Reference>"
)


def vans(content: bytes) -> bytes:
    """The message inside a VANS envelope."""
    data = base64.b64encode(content).decode()
    return (
        '<?xml version="1.0" encoding="UTF-8"?><VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:1.0.4">'
        f"<SenderID>5790001659592</SenderID><Message><MetaInformation/><Data>{data}</Data></Message></VANSEnvelope>"
    ).encode()


def sbdh(content: bytes) -> bytes:
    """The message inside a standard business document."""
    data = base64.b64encode(content).decode()
    return (
        "<StandardBusinessDocument "
        'xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        "<StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion></StandardBusinessDocumentHeader>"
        f'<BinaryContent mimeType="application/xml" encoding="Base64">{data}</BinaryContent>'
        "</StandardBusinessDocument>"
    ).encode()


def edifact_ref01(*, letters: int = 1, text: str = "Ryger 20 cigaretter :dagligt?: påvirket") -> str:
    """A referral in EDIFACT."""
    messages = ""
    for n in range(letters):
        segments = [
            f"UNH+Brev{n}+MEDREF:D:93A:UN:H0130R+REF01",
            "BGM+HNV++9+NA",
            "DTM+137:202603020910:203",
            "S01+01",
            "NAD+PO+079741:YNR:SFU++Lægerne Åboulevarden:::::US",
            "SEQ++1",
            "S01+01",
            "NAD+SSP+461:KOM:IM++Odense Kommune:Sundhedscenter::::US",
            "SEQ++2",
            "S02+02",
            "GIS+N",
            "RFF+ROI:_",
            "CIN+H+DF172:SKS::Tobaksafhængighed",
            "S07+07",
            "PNA+PAT+6112559996:::CPR:IM+++SU:Ærø Sørensen+FO:Bodil",
            "S12+12",
            f"FTX+NC+P00++{text}",
        ]
        segments.append(f"UNT+{len(segments) + 1}+Brev{n}")
        messages += "".join(segment + "'" for segment in segments)
    envelope = "UNB+UNOC:3+5790000121526:14+5790000201389:14+260302:0915+Kuvert1++++0"
    return f"UNA:+.? '{envelope}'{messages}UNZ+{letters}+Kuvert1'"


def edifact_dis91() -> str:
    """A correspondence letter in EDIFACT."""
    segments = [
        "UNH+Brev9+MEDDIS:D:93A:UN:D9134L+DIS91",
        "BGM+EPI++9+NA",
        "DTM+137:202603020910:203",
        "S01+01",
        "NAD+SSP+2001060:SKS:SST++Hillerød Sygehus:Lungemedicin::::US",
        "SEQ++1",
        "S01+01",
        "NAD+PO+461:KOM:IM++Odense Kommune:::::US",
        "SEQ++2",
        "S02+02",
        "GIS+M",
        "RFF+SRI:Brev9",
        "S07+07",
        "PNA+PAT++++SU:Ærø Sørensen+FO:Bodil",
        "RFF+XPI:0703921VJ5",
        "S11+11",
        "GIS+N",
        "RFF+REI:Forloeb1",
        "SEQ++1",
        "PAS+DA",
        "S14+14",
        "FTX+OE+P00++Rygestop",
        "FTX+NC+P00++Kære kollega:.:Vil I se på \\:dette? Tak \\",
        "FTX+NC+PF0++STRAKS",
    ]
    segments.append(f"UNT+{len(segments) + 1}+Brev9")
    body = "".join(segment + "'\r\n" for segment in segments)
    return f"UNB+UNOC:3+5790000120400:14+5790000201389:14+260302:0915+Kuvert9++++1'\r\n{body}UNZ+1+Kuvert9'\r\n"


def care_communication(**changes: Any) -> dict[str, Any]:
    """A CareCommunication as JSON objects; `changes` replace parts of the Communication."""
    core = "http://medcomfhir.dk/ig/core/StructureDefinition/"
    communication = {
        "resourceType": "Communication",
        "id": "c1",
        "identifier": [{"value": "urn:uuid:f9cf2547-7a1c-4639-9fd3-9f717556ad36"}],
        "status": "unknown",
        "category": [{"coding": [{"code": "regarding-referral"}]}],
        "topic": {"text": "Rygestop"},
        "subject": {"reference": "Patient/p1"},
        "payload": [
            {
                "extension": [
                    {"url": core + "medcom-core-datetime-extension", "valueDateTime": "2026-03-02T09:10:00+05:30"},
                    {
                        "url": core + "medcom-core-practitioner-extension",
                        "valueReference": {"reference": "PractitionerRole/r1"},
                    },
                ],
                "contentString": "Bodil ønsker rygestop.\nHun ryger 20 om dagen.",
            },
            {
                "extension": [
                    {"url": core + "medcom-core-identifier-extension", "valueIdentifier": {"value": "urn:uuid:1"}}
                ],
                "contentAttachment": {
                    "contentType": "application/pdf",
                    "title": "Spirometri",
                    "data": base64.b64encode(b"%PDF").decode(),
                },
            },
        ],
    } | changes
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "MessageHeader",
            "id": "h1",
            "eventCoding": {"code": "care-communication-message"},
            "destination": [{"receiver": {"reference": "Organization/o2"}}],
            "sender": {"reference": "urn:uuid:o1"},
            "definition": "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0",
        },
        {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [
                {"system": "urn:oid:1.2.208.176.1.6.1.1", "value": "0703921VJ5"},
                {"system": "urn:oid:1.2.208.176.1.2", "value": "6112559996"},
            ],
            "name": [{"use": "official", "family": "Ærø Sørensen", "given": ["Bodil"]}],
        },
        communication,
        {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/x1"}},
        {"resourceType": "Practitioner", "id": "x1", "name": [{"given": ["Asta"], "family": "Lund"}]},
        {
            "resourceType": "Organization",
            "id": "o1",
            "identifier": [
                {"system": "urn:oid:1.2.208.176.1.1", "value": "265161000016000"},
                {"system": "https://www.gs1.org/gln", "value": "5790000209354"},
            ],
            "name": "Hjerteafdelingen",
        },
        {"resourceType": "Organization", "id": "o2", "name": "Odense Kommune"},
        {
            "resourceType": "Provenance",
            "id": "v1",
            "recorded": "2026-03-02T09:10:00+01:00",
            "activity": {"coding": [{"code": "new-message"}]},
        },
    ]
    return {
        "resourceType": "Bundle",
        "id": "b1",
        "type": "message",
        "timestamp": "2026-03-02T09:15:00+01:00",
        "entry": [
            {"fullUrl": f"https://example.invalid/{one['resourceType']}/{one['id']}", "resource": one}
            for one in resources
        ],
    }


def as_json(bundle: dict[str, Any]) -> bytes:
    """The Bundle as a JSON file."""
    return json.dumps(bundle, ensure_ascii=False).encode()


def as_xml(bundle: dict[str, Any]) -> bytes:
    """The Bundle as a FHIR XML file."""

    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, one) for one in value)
        if isinstance(value, dict):
            kind = value.get("resourceType")
            url = f' url="{value["url"]}"' if name == "extension" else ""
            inner = "".join(
                element(key, one)
                for key, one in value.items()
                if key not in ("resourceType",) and not (url and key == "url")
            )
            if kind and name == "resource":
                return f"<resource><{kind}>{inner}</{kind}></resource>"
            return f"<{name}{url}>{inner}</{name}>"
        text = str(value).replace("&", "&amp;").replace('"', "&quot;").replace("\n", "&#xA;").replace("<", "&lt;")
        return f'<{name} value="{text}"/>'

    inner = "".join(element(key, value) for key, value in bundle.items() if key != "resourceType")
    return f'<?xml version="1.0" encoding="UTF-8"?><Bundle xmlns="http://hl7.org/fhir">{inner}</Bundle>'.encode()
