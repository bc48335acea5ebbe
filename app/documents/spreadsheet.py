"""A report as an Excel workbook: typed numbers, a sheet for each table, its chart beside it, and no formula at all."""

# ruff: noqa: PLC0415 - the library is imported when the first workbook is made, not when the program starts

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from app.documents.report_pdf import chart_bars
from app.domain.reports.plain import HIDDEN_MARK, hidden_note
from app.domain.reports.table import Cell, Kind, Report, Table
from app.i18n import _, in_language

_LONGEST_NAME: Final = 31
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'!|", " "))
_FORMATS: Final = {Kind.MONEY: "#,##0.00", Kind.NUMBER: "#,##0.0", Kind.COUNT: "#,##0", Kind.SHARE: "#,##0"}


def report_xlsx(reports: Sequence[Report], *, language: str) -> bytes:
    """Return a workbook: a sheet about each report, then one for each of its tables."""
    from xlsxwriter import Workbook

    target = BytesIO()
    # Text goes in as text: a name that begins with "=" or looks like an address stays a name.
    book = Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    # The moment of making would give the same figures other bytes.
    book.set_properties({"created": datetime(2000, 1, 1), "comments": "Pusterum"})
    with in_language(language):
        formats = _Formats(book)
        names: set[str] = set()
        for report in reports:
            _about(book.add_worksheet(_name(report.title, names)), report, formats)
            for table in report.tables:
                _table(book, book.add_worksheet(_name(table.title, names)), table, formats)
        book.close()
    return target.getvalue()


class _Formats:
    """How cells look."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": "#2D6668"})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EDF2F2", "bottom": 1}
        )
        self.group = book.add_format({"bold": True, "font_color": "#2D6668"})
        self.text = book.add_format({})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.percent = book.add_format({"num_format": "0.0 %"})
        self.numbers = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self.total_text = book.add_format({"bold": True, "top": 1})
        self.total_percent = book.add_format({"num_format": "0.0 %", "bold": True, "top": 1})
        self.total_numbers = {
            kind: book.add_format({"num_format": code, "bold": True, "top": 1}) for kind, code in _FORMATS.items()
        }


def _name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes for a sheet and that no other sheet of the book has."""
    base = " ".join(title.translate(_FORBIDDEN).split())[:_LONGEST_NAME].strip() or "-"
    name, number = base, 2
    while name.casefold() in taken:
        suffix = f" {number}"
        name, number = base[: _LONGEST_NAME - len(suffix)].strip() + suffix, number + 1
    taken.add(name.casefold())
    return name


def _about(sheet: Any, report: Report, formats: _Formats) -> None:
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, report.title, formats.title)
    sheet.write_string(1, 0, f"{report.since.isoformat()} – {report.until.isoformat()}")
    row = 3
    for note in (*report.notes, *hidden_note(report)):
        sheet.write_string(row, 0, note, formats.wrapped)
        row += 1
    row += 1
    for check in report.checks:
        mark = _("holds") if check.holds else _("DOES NOT HOLD")
        sheet.write_string(row, 0, f"{check.sentence} ({mark})", formats.wrapped)
        row += 1


def _table(book: Any, sheet: Any, table: Table, formats: _Formats) -> None:
    first = 1 if table.groups else 0
    sheet.freeze_panes(1, first + 1)
    sheet.set_column(0, first, 34)
    sheet.set_column(first + 1, 60, 14)
    column = first + 1
    if table.groups:
        sheet.write_string(0, 0, _("Group"), formats.head)
    sheet.write_string(0, first, table.head, formats.head)
    places = {}
    for known in table.columns:
        places[known.key] = column
        heads = [known.title, _("of"), "%"] if known.kind is Kind.SHARE else [known.title]
        for head in heads:
            sheet.write_string(0, column, head, formats.head)
            column += 1
    for number, row in enumerate(table.rows, start=1):
        text = formats.total_text if row.is_total else formats.text
        if table.groups:
            sheet.write_string(number, 0, table.groups.get(row.group, row.group), text)
        sheet.write_string(number, first, row.title, text)
        for cell, known in zip(row.cells, table.columns, strict=True):
            _cell(sheet, number, places[known.key], cell, known.kind, formats, is_total=row.is_total)
    if chart_bars(table):
        _chart(book, sheet, table, places, column + 1)


def _cell(sheet: Any, row: int, column: int, cell: Cell, kind: Kind, formats: _Formats, *, is_total: bool) -> None:
    text = formats.total_text if is_total else formats.text
    if cell.is_hidden:
        sheet.write_string(row, column, HIDDEN_MARK, text)
        return
    value = cell.value
    if value is None:
        sheet.write_blank(row, column, None, text)
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value, text)
        return
    numbers = formats.total_numbers if is_total else formats.numbers
    sheet.write_number(row, column, value / 100 if kind is Kind.MONEY else value, numbers.get(kind, text))
    if kind is Kind.SHARE and cell.of is not None:
        sheet.write_number(row, column + 1, cell.of, numbers[Kind.COUNT])
        if cell.share is not None:
            sheet.write_number(row, column + 2, cell.share, formats.total_percent if is_total else formats.percent)


def _chart(book: Any, sheet: Any, table: Table, places: dict[str, int], right: int) -> None:
    group = table.rows[0].group
    rows = [
        number
        for number, row in enumerate(table.rows, start=1)
        if row.group == group and not row.is_total and row.key != "participants"
    ]
    if not rows:
        return
    kind = next(column.kind for column in table.columns if column.key == table.chart)
    value = places[table.chart] + (2 if kind is Kind.SHARE else 0)
    title = 1 if table.groups else 0
    chart = book.add_chart({"type": "bar"})
    name = sheet.get_name()
    chart.add_series(
        {
            "categories": [name, rows[0], title, rows[-1], title],
            "values": [name, rows[0], value, rows[-1], value],
            "fill": {"color": "#2D6668"},
            "data_labels": {"value": True},
            "gap": 40,
        }
    )
    # A chart takes a title that looks like a reference for a cell.
    chart.set_title({"name": table.title.translate(_FORBIDDEN).lstrip("= ") or "-", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 620, "height": 90 + 26 * len(rows)})
    sheet.insert_chart(1, right, chart)
