"""Referrals and letters as doctors' and hospitals' systems send them, about people who do not exist.

Valid by MedCom's schemas, with the addresses, telephones and the page of text that real ones have. Replacement numbers
(day of birth + 60) belong to no one.
"""

from functools import cache
from random import Random
from typing import Final

from invented.names import FAMILY, GIVEN_MEN, GIVEN_WOMEN

_KINDS: Final = (
    ("XH1530R", "XREF15", "MunicipalityReferral", "medcom.dk/xml/schemas/2016/12/01/"),
    ("XH1531R", "XREF15", "MunicipalityReferral", "medcom.dk/xml/schemas/2020/05/06/"),
    ("XH0130R", "XREF01", "HospitalReferral", "sundcom.dk/medcom.dk/xml/schemas/2005/08/07/"),
    ("XD9134L", "XDIS91", "ClinicalEmail", "sundcom.dk/medcom.dk/xml/schemas/2006/07/01/"),
)
_SENTENCES: Final = (
    "Ryger {n} cigaretter dagligt gennem {y} år.",
    "Har forsøgt rygestop {t} gange, senest med nikotinplaster.",
    "Ønsker hjælp til at trappe ned og på sigt stoppe helt.",
    "Bor på botilbud og kommer dagligt på værestedet.",
    "KOL i GOLD-gruppe B, let åndenød ved trapper.",
    "Paranoid skizofreni, velbehandlet; får clozapin, og dosis skal følges ved rygestop.",
    "Drikker for tiden ikke alkohol og er i substitutionsbehandling.",
    "Kan bedst træffes om formiddagen, gerne via sms.",
    "Er orienteret om henvisningen og har givet samtykke.",
    "CO i udåndingsluft målt til {c} ppm i dag.",
    "Penge fylder meget; vil gerne høre om gratis nikotinprodukter.",
    "Ledsages af sin kontaktperson til første samtale.",
)


@cache
def typical_messages() -> tuple[bytes, ...]:
    """Return forty messages, one letter in each, in windows-1252 as they are declared."""
    return tuple(_message(number) for number in range(40))


def _message(number: int) -> bytes:
    draw = Random(number)
    version, type_code, root, namespace = _KINDS[number % len(_KINDS)]
    letter = _letter(draw, number, version, type_code, root)
    return (
        '<?xml version="1.0" encoding="windows-1252"?>\n'
        f'<Emessage xmlns="http://rep.oio.dk/{namespace}">\n'
        "  <Envelope>\n    <Sent>\n      <Date>2026-11-23</Date>\n      <Time>10:4"
        f"{number % 10}</Time>\n    </Sent>\n    <Identifier>KUV{number:07}</Identifier>\n"
        "    <AcknowledgementCode>minuspositivkvitt</AcknowledgementCode>\n  </Envelope>\n"
        f"{letter}</Emessage>\n"
    ).encode("cp1252")


def _letter(draw: Random, number: int, version: str, type_code: str, root: str) -> str:
    is_letter = root == "ClinicalEmail"
    lines = [
        sentence.format(n=draw.randint(8, 50), y=draw.randint(5, 45), t=draw.randint(1, 6), c=draw.randint(6, 60))
        for sentence in draw.sample(_SENTENCES, 8)
    ]
    text = "<Break/>".join([*lines[:4], "<Bold>Aktuelt:</Bold>", *lines[4:], "", "Med venlig hilsen"])
    episode = "<EpisodeOfCareIdentifier>Forloeb1</EpisodeOfCareIdentifier>" if root == "MunicipalityReferral" else ""
    category = "<CategoryCode>sundhedspleje</CategoryCode>" if version == "XH1531R" else ""
    referrer = "" if is_letter else "<Referrer><PersonName>Asta Lund</PersonName></Referrer>"
    state = "<EpisodeOfCareStatusCode>inaktiv</EpisodeOfCareStatusCode>" if is_letter else ""
    content = (
        "<AdditionalInformation><Priority>rutine</Priority><Subject>Rygestop</Subject></AdditionalInformation>"
        f"<ClinicalInformation><Text01>{text}</Text01></ClinicalInformation>"
        if is_letter
        else "<Referral><Refer><DiagnoseCode>DF172</DiagnoseCode><DiagnoseTypeCode>SKSdiagnosekode</DiagnoseTypeCode>"
        "<DiagnoseText>Tobaksafhængighed</DiagnoseText></Refer></Referral>"
        f"<RelevantClinicalInformation>{category}<Anamnesis>{text}</Anamnesis></RelevantClinicalInformation>"
    )
    day = f"{draw.randint(61, 88)}{draw.randint(1, 12):02}{draw.randint(40, 99)}"
    compact = (
        f"<{root}><Letter><Identifier>BREV{number:07}</Identifier><VersionCode>{version}</VersionCode>"
        f"<StatisticalCode>{type_code}</StatisticalCode><Authorisation><Date>2026-11-23</Date><Time>10:39</Time>"
        f"</Authorisation><TypeCode>{type_code}</TypeCode><StatusCode>nytbrev</StatusCode>{episode}</Letter>"
        "<Sender><EANIdentifier>5790000121526</EANIdentifier><Identifier>079741</Identifier>"
        "<IdentifierCode>ydernummer</IdentifierCode><OrganisationName>Lægerne Åboulevarden</OrganisationName>"
        "<StreetName>Åboulevarden 9</StreetName><DistrictName>Hvidovre</DistrictName>"
        "<PostCodeIdentifier>2650</PostCodeIdentifier>"
        "<TelephoneSubscriberIdentifier>00000000</TelephoneSubscriberIdentifier>"
        f"<MedicalSpecialityCode>almenlaege_laegevagt</MedicalSpecialityCode>{referrer}</Sender>"
        "<Receiver><EANIdentifier>5790000201389</EANIdentifier><Identifier>167</Identifier>"
        "<IdentifierCode>kommunenummer</IdentifierCode><OrganisationName>Hvidovre Kommune</OrganisationName>"
        "<DepartmentName>Forebyggelsen</DepartmentName></Receiver>"
        f"<Patient><CivilRegistrationNumber>{day}{draw.randint(1000, 3999)}</CivilRegistrationNumber>"
        f"<PersonSurnameName>{draw.choice(FAMILY)}</PersonSurnameName>"
        f"<PersonGivenName>{draw.choice(GIVEN_WOMEN + GIVEN_MEN)}</PersonGivenName>"
        "<StreetName>Kildeallé 4</StreetName><DistrictName>Hvidovre</DistrictName>"
        f"<PostCodeIdentifier>2650</PostCodeIdentifier>{state}</Patient>{content}</{root}>"
    )
    # Text must not gain blanks, so only what stands between two tags of its own is set on a line of its own.
    return compact.replace("></", ">\n</").replace("><", ">\n    <").replace(">\n    <Break/>", "><Break/>") + "\n"
