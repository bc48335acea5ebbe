"""Promises about the workbook: numbers are numbers, names are text, and nothing in it computes."""

import io
import re
import zipfile

import pytest

from app.documents.spreadsheet import report_xlsx
from tests.unit.documents.papers import invented_report


def parts_of(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


@pytest.mark.parametrize("name", ["=1+1", "+45", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0", "https://example.org"])
def test_no_name_becomes_a_formula_or_a_link(name: str) -> None:
    parts = parts_of(report_xlsx([invented_report(name)], language="da"))
    for part, content in parts.items():
        if part.startswith("xl/worksheets/sheet"):
            assert "<f>" not in content
            assert "<hyperlink" not in content
    assert name.split("!", maxsplit=1)[0].replace("'", "") [:3] in parts["xl/sharedStrings.xml"]


def test_figures_are_typed_and_a_hidden_one_is_nowhere() -> None:
    parts = parts_of(report_xlsx([invented_report("Sted")], language="da"))
    sheet = parts["xl/worksheets/sheet2.xml"]
    numbers = re.findall(r'<c r="[A-Z]+\d+"(?: s="\d+")?><v>([^<]+)</v>', sheet)
    assert {"20", "10", "0.5", "1230", "12.5", "-0.05"} <= set(numbers)
    assert "3" not in numbers
    assert 'formatCode="0.0 %"' in parts["xl/styles.xml"]


def test_every_table_has_a_sheet_of_its_own_whatever_it_is_called() -> None:
    parts = parts_of(report_xlsx([invented_report("W" * 60), invented_report("W" * 60)], language="en"))
    names = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"])
    assert len(names) == 4
    assert len({name.casefold() for name in names}) == 4
    assert all(len(name) <= 31 for name in names)
    assert any(part.startswith("xl/charts/") for part in parts)


def test_the_same_figures_give_the_same_workbook() -> None:
    first, second = (report_xlsx([invented_report("Sted")], language="da") for _ in range(2))
    assert first == second
