"""MedCom's published schemas and examples lie beside the checkout; nothing of them is part of the project."""

import os
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from app.exchange.medcom.letter import Letter
from app.exchange.medcom.reading import read_letters
from invented.messages import typical_messages
from tests.unit.exchange import medcom_messages as messages
from tests.unit.exchange.notes import note
from tests.unit.exchange.test_writing_medcom import WRITERS

PUBLISHED = Path(os.environ.get("MEDCOM_MATERIAL") or Path(__file__).parents[4] / "shared" / "medcom")

pytestmark = pytest.mark.skipif(
    not PUBLISHED.is_dir(),
    reason="MedCom's schemas and examples are neither in ../shared/medcom nor where MEDCOM_MATERIAL says",
)

FOLDERS = {
    "XH0130R": "2005/08/07",
    "XH0131R": "2017/05/01",
    "XH1530R": "2016/12/01",
    "XH1531R": "2020/05/06",
    "XD9134L": "2006/07/01",
    "XD9135L": "2019/02/19",
    "XD1530L": "2016/12/01",
    "XD1531L": "2020/05/06",
}


@cache
def schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(PUBLISHED / "xsd" / FOLDERS[version] / "EMessage.xsd")))


@pytest.mark.parametrize("version", list(messages.ROOTS))
def test_our_invented_messages_are_valid_by_the_published_schema(version: str) -> None:
    document = etree.fromstring(messages.oioxml(version, extra=messages.REFERENCE))
    schema(version).assertValid(document)


@pytest.mark.parametrize("version", sorted(set(FOLDERS) & set(WRITERS)))
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "rettetbrev", "wants_receipt": False},
        {"identifier": "0703921VJ5", "identifier_kind": "ecpr"},
        {"given_name": "Tulle", "family_name": ""},
        {"given_name": "Şükrü", "text": "Kære læge – “ja” → نعم\n\n  indrykket  \n<&>"},
        {"text": "ord " * 7000, "care_id": "x" * 35, "subject": "x" * 70, "signed_by": "x" * 70},
    ],
)
def test_everything_we_write_is_valid_by_the_published_schema(version: str, changes: dict[str, object]) -> None:
    schema(version).assertValid(etree.fromstring(WRITERS[version](note(**changes))))


@pytest.mark.parametrize("number", range(8))
def test_the_invented_messages_are_valid_by_the_published_schema(number: int) -> None:
    content = typical_messages()[number]
    (letter,) = read_letters(content)
    assert isinstance(letter, Letter)
    schema(letter.version).assertValid(etree.fromstring(content))


def test_one_referral_says_the_same_in_edifact_and_oioxml() -> None:
    (edifact,) = read_letters((PUBLISHED / "examples" / "REF01_1.edi").read_bytes())
    (oioxml,) = read_letters((PUBLISHED / "examples" / "REF01_1.xml").read_bytes())
    assert isinstance(edifact, Letter)
    assert isinstance(oioxml, Letter)
    for name in ("letter_id", "status", "envelope_id", "sent", "authorised", "sender", "receiver", "copy_to", "person"):
        assert getattr(edifact, name) == getattr(oioxml, name), name
    assert edifact.referral_text == oioxml.referral_text
    assert edifact.clinical_text == oioxml.clinical_text
    assert "diætvejledning vedrørende overvægt" in edifact.referral_text
    assert edifact.warnings == oioxml.warnings == ()


def test_the_published_correspondence_is_read() -> None:
    (letter,) = read_letters((PUBLISHED / "examples" / "Flow1-XDIS91_Ex_to_FHIR.xml").read_bytes())
    assert isinstance(letter, Letter)
    assert (letter.type, letter.version, letter.subject) == ("XDIS91", "XD9134L", "Forundersøgelse")
    assert letter.clinical_text.startswith("Afdeling A har modtaget en henvisning på ovenstående patient.\nForinden")
    assert [attachment.id for attachment in letter.attachments] == ["c39ea6b2605245e4a207415e0205ab6f"]
