"""Promises about the workbook: numbers are numbers, names are text, and nothing in it computes."""

import html
import io
import re
import zipfile
from dataclasses import replace

import pytest

from app.documents.spreadsheet import report_xlsx
from app.domain.reports.table import Cell
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
    assert name.split("!", maxsplit=1)[0].replace("'", "")[:3] in parts["xl/sharedStrings.xml"]


def test_figures_are_typed_and_a_hidden_one_is_nowhere() -> None:
    parts = parts_of(report_xlsx([invented_report("Sted")], language="da"))
    sheet = parts["xl/worksheets/sheet2.xml"]
    numbers = re.findall(r'<c r="[A-Z]+\d+"(?: s="\d+")?><v>([^<]+)</v>', sheet)
    assert {"20", "10", "0.5", "1230", "12.5", "-0.05"} <= set(numbers)
    assert "3" not in numbers
    assert 'formatCode="0.0 %"' in parts["xl/styles.xml"]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("da", {'#,##0.00 "kr."', "d. mmm yyyy", "#,##0.0", "0.0 %", '0.0 % "†"'}),
        ("en", {'"DKK" #,##0.00', "d mmm yyyy"}),
    ],
)
def test_a_day_is_a_day_and_money_has_its_name_in_the_readers_language(language: str, written: set[str]) -> None:
    parts = parts_of(report_xlsx([invented_report("Sted")], language=language))
    codes = re.findall(r'formatCode="([^"]+)"', parts["xl/styles.xml"])
    assert written <= {html.unescape(code) for code in codes}
    # 24 November 2026 is a number for a spreadsheet: the days since the end of 1899.
    assert parts["xl/worksheets/sheet2.xml"].count("<v>46350</v>") == 8


def test_whole_numbers_have_no_decimals_where_no_number_of_their_column_has() -> None:
    report = invented_report("Sted")
    (table,) = report.tables
    number = [column.key for column in table.columns].index("number")
    rows = tuple(replace(row, cells=(*row.cells[:number], Cell(65.0), *row.cells[number + 1 :])) for row in table.rows)
    parts = parts_of(report_xlsx([replace(report, tables=(replace(table, rows=rows),))], language="da"))
    assert 'formatCode="#,##0.0"' not in parts["xl/styles.xml"]


def test_each_sheet_prints_on_a4_across_as_wide_as_the_paper_with_its_headings_and_its_whole_title() -> None:
    title = "Værdikuponer til medicin, for sig & i alt"
    parts = parts_of(report_xlsx([invented_report(title)], language="da"))
    for number in (1, 2):
        sheet = parts[f"xl/worksheets/sheet{number}.xml"]
        assert '<pageSetUpPr fitToPage="1"/>' in sheet
        assert 'paperSize="9" fitToHeight="0" orientation="landscape"' in sheet
        assert "Værdikuponer til medicin, for sig &amp;&amp; i alt" in sheet
    assert "Print_Titles" in parts["xl/workbook.xml"]
    assert 'state="frozen"' in parts["xl/worksheets/sheet2.xml"]
    # The name of a sheet has room for 31 letters: it ends with a whole word.
    assert 'name="Værdikuponer til medicin, for 2"' in parts["xl/workbook.xml"]


def test_a_column_is_as_wide_as_its_longest_text_and_its_note_stands_under_it() -> None:
    parts = parts_of(report_xlsx([invented_report("Herberget ved den gamle havn i Hvidovre")], language="da"))
    widths = [
        float(width)
        for width in re.findall(r'<col min="\d+" max="\d+" width="([\d.]+)"', parts["xl/worksheets/sheet2.xml"])
    ]
    assert widths[0] > 39
    assert min(widths) >= 12
    assert len(re.findall(r'<row r="12"', parts["xl/worksheets/sheet2.xml"])) == 1


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_column_of_money_is_wide_enough_for_millions(language: str) -> None:
    report = invented_report("Sted")
    (table,) = report.tables
    place = [column.key for column in table.columns].index("money")
    rows = tuple(
        replace(row, cells=(*row.cells[:place], Cell(123_456_789_00), *row.cells[place + 1 :])) for row in table.rows
    )
    parts = parts_of(report_xlsx([replace(report, tables=(replace(table, rows=rows),))], language=language))
    found = re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', parts["xl/worksheets/sheet2.xml"])
    # Behind the names, the numbers and the three of a share.
    widths = {int(first): float(width) for first, _last, width in found}
    assert widths[6] > len("123.456.789,00 kr.")


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
