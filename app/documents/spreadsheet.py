"""A report as an Excel workbook: typed numbers and days, a sheet for each table with its chart, and no formula.

Each sheet prints on A4 across, as wide as the paper, with its headings and its whole title on every page.
"""

# ruff: noqa: PLC0415 - the library is imported when the first workbook is made, not when the program starts

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from app.documents.report_pdf import chart_bars
from app.domain.reports.plain import HIDDEN_MARK, TOO_FEW, hidden_note, too_few_note
from app.domain.reports.table import Cell, Kind, Report, Row, Table, Value
from app.i18n import _, format_day, format_money, in_language, language

_LONGEST_NAME: Final = 31
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\'!|", " "))
_A4: Final = 9
_NARROWEST, _WIDEST = 12, 46
"""Columns, in letters; what is longer is read in the cell's own line."""
_WHOLE: Final = "#,##0"
_MONEY: Final = {"da": '#,##0.00 "kr."', "en": '"DKK" #,##0.00'}
_DAY: Final = {"da": "d. mmm yyyy", "en": "d mmm yyyy"}


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
        self.total_text = book.add_format({"bold": True, "top": 1})
        self._book = book
        self._numbers: dict[tuple[str, bool], Any] = {}

    def number(self, code: str, *, is_total: bool) -> Any:
        """Return how a number of a code looks; that of a total stands out."""
        if (code, is_total) not in self._numbers:
            look = {"bold": True, "top": 1} if is_total else {}
            self._numbers[code, is_total] = self._book.add_format({"num_format": code, **look})
        return self._numbers[code, is_total]


def _name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes for a sheet and that no other sheet of the book has."""
    base = " ".join(title.translate(_FORBIDDEN).split()) or "-"
    name, number = shorten(base, _LONGEST_NAME), 2
    while name.casefold() in taken:
        suffix = f" {number}"
        name, number = shorten(base, _LONGEST_NAME - len(suffix)) + suffix, number + 1
    taken.add(name.casefold())
    return name


def shorten(words: str, most: int) -> str:
    """Return the words that fit into so many letters; only a first word that is longer is cut."""
    if len(words) <= most:
        return words
    whole = words[: most + 1].rpartition(" ")[0] or words[:most]
    return whole.rstrip(" ,;–-")


def _for_print(sheet: Any, title: str, *, has_headings: bool) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    # An ampersand begins a code there, and Excel takes no more than 255 letters.
    sheet.set_header(f'&L&"-,Bold"{shorten(title, 200).replace("&", "&&")}')
    sheet.set_footer("&R&P / &N")
    if has_headings:
        sheet.repeat_rows(0)


def _about(sheet: Any, report: Report, formats: _Formats) -> None:
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, report.title, formats.title)
    sheet.write_string(1, 0, f"{format_day(report.since)} – {format_day(report.until)}")
    _for_print(sheet, report.title, has_headings=False)
    row = 3
    for note in (*report.notes, *hidden_note(report), *too_few_note(report)):
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
    _for_print(sheet, table.title, has_headings=True)
    if table.groups:
        sheet.set_column(0, 0, _width(table.groups.values()))
    sheet.set_column(first, first, _width(row.title for row in table.rows))
    column = first + 1
    if table.groups:
        sheet.write_string(0, 0, _("Definition"), formats.head)
    sheet.write_string(0, first, table.head, formats.head)
    places = {}
    for number, known in enumerate(table.columns):
        places[known.key] = column
        sheet.set_column(column, column, _width(_said(row.cells[number].value, known.kind) for row in table.rows))
        heads = [known.title, _("of"), "%"] if known.kind is Kind.SHARE else [known.title]
        for head in heads:
            sheet.write_string(0, column, head, formats.head)
            column += 1
    codes = {known.key: _code(table, place) for place, known in enumerate(table.columns)}
    for number, row in enumerate(table.rows, start=1):
        text = formats.total_text if row.is_total else formats.text
        if table.groups:
            sheet.write_string(number, 0, table.groups.get(row.group, row.group), text)
        sheet.write_string(number, first, row.title, text)
        for cell, known in zip(row.cells, table.columns, strict=True):
            _cell(sheet, number, places[known.key], cell, known.kind, formats, code=codes[known.key], row=row)
    if table.note:
        sheet.write_string(len(table.rows) + 2, 0, table.note)
    if chart_bars(table):
        _chart(book, sheet, table, places, below=len(table.rows) + (4 if table.note else 2))


def _width(values: Iterable[Value]) -> float:
    """Return how wide a column is so that its texts are read, in letters."""
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return min(max(longest * 1.1 + 2, _NARROWEST), _WIDEST)


def _said(value: Value, kind: Kind) -> Value:
    """Return an amount in words as long as those of its cell: a number wider than its column is shown as "####"."""
    if kind is not Kind.MONEY or value is None or isinstance(value, str):
        return value
    # A round one is written with its øre too.
    return format_money(round(value) // 100 * 100 + 1)


def _code(table: Table, place: int) -> str:
    """Return how the numbers of a column are written: all of them with a decimal, or none."""
    kind = table.columns[place].kind
    if kind is Kind.MONEY:
        return _MONEY[language()]
    if kind is Kind.DATE:
        return _DAY[language()]
    values = (row.cells[place].value for row in table.rows)
    has_decimals = any(isinstance(value, float) and value % 1 for value in values)
    return "#,##0.0" if kind is Kind.NUMBER and has_decimals else _WHOLE


def _cell(sheet: Any, at: int, column: int, cell: Cell, kind: Kind, formats: _Formats, *, code: str, row: Row) -> None:
    text = formats.total_text if row.is_total else formats.text
    if cell.is_hidden:
        sheet.write_string(at, column, HIDDEN_MARK, text)
        return
    value, look = cell.value, formats.number(code, is_total=row.is_total)
    if value is None:
        sheet.write_blank(at, column, None, text)
    elif isinstance(value, str):
        if kind is Kind.DATE and value:
            sheet.write_datetime(at, column, date.fromisoformat(value), look)
        else:
            sheet.write_string(at, column, value, text)
    else:
        sheet.write_number(at, column, value / 100 if kind is Kind.MONEY else value, look)
    if kind is Kind.SHARE and cell.of is not None and value is not None:
        sheet.write_number(at, column + 1, cell.of, look)
        if cell.share is not None:
            percent = f'0.0 % "{TOO_FEW}"' if cell.is_too_few else "0.0 %"
            sheet.write_number(at, column + 2, cell.share, formats.number(percent, is_total=row.is_total))


def _chart(book: Any, sheet: Any, table: Table, places: dict[str, int], *, below: int) -> None:
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
    sheet.insert_chart(below, 0, chart)
