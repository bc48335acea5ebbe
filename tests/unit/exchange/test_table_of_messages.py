"""The table in docs/messages.md says what the code does."""

import re
from pathlib import Path

import pytest

from app.exchange.medcom import kinds
from app.exchange.medcom.write_fhir import VERSION
from app.exchange.medcom.write_oioxml import CLOSING_NOTES, LETTERS

ROOT = Path(__file__).parents[3]
ROWS = [
    [cell.strip() for cell in line.strip("| \n").split("|")]
    for line in (ROOT / "docs" / "messages.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| type", "| every other"))
]


def test_every_type_that_is_treated_stands_in_the_table_and_no_other():
    said = {kinds.bare(code) for row in ROWS for code in re.findall(r"X?(?:REF|DIS|BIN|CTL)\d\d", row[0])}
    assert said == set(kinds.TREATED)


def test_a_type_that_medcoms_lists_did_not_have_is_named_by_its_code():
    assert kinds.name_of("XYZ99", "en") == "a message of type XYZ99"
    assert kinds.name_of("XYZ99", "da") == "en meddelelse af typen XYZ99"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_version_of_the_table_is_known(row):
    if row[0].startswith("CareCommunication"):
        assert row[1] == VERSION
        return
    known = {version for versions in kinds.KNOWN_VERSIONS.values() for version in versions}
    assert {kinds.bare(version) for version in row[1].split(", ")} <= known


def test_what_is_said_to_be_written_is_what_can_be_written():
    said = {version for row in ROWS if row[4] == "yes" for version in row[1].split(", ")}
    assert said == {*CLOSING_NOTES, *LETTERS, VERSION}


def test_every_test_of_the_table_exists():
    folder = ROOT / "tests" / "unit" / "exchange"
    tests = {
        name
        for file in folder.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {row[5].strip("`") for row in ROWS} <= tests


def test_every_refusal_of_the_code_stands_on_the_page():
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"[a-z]+(?:-[a-z]+)*", text[text.index("## Codes") :]))
    used = {
        code
        for file in (ROOT / "app" / "exchange" / "medcom").glob("*.py")
        for code in re.findall(r'Refused\(code="([a-z-]+)"', file.read_text(encoding="utf-8"))
    }
    assert used <= listed
