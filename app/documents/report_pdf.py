"""The coordinator's report on paper: a picture of each table before its numbers, the rules used, and the checks."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, QUIET, SAGE, TEAL, WARM, Colour, mix
from app.documents.shaped_text import fit
from app.documents.sheet import A4_ACROSS, Column, Sheet, TableRow, draw_box, draw_upright
from app.domain.reports.plain import HIDDEN_MARK, TOO_FEW, hidden_note, too_few_note
from app.domain.reports.table import Cell, Kind, Report, Table
from app.i18n import _, format_day, format_money, format_number, format_percent, in_language, ngettext

MOST_BARS: Final = 16
MOST_ROWS: Final = 400
"""Rows of one table on paper; the rest stand in the spreadsheet, and the page says so."""


_ENDING_SIZES: Final = (9.5, 8.5)
"""The ending's letters, and what they may shrink to where that saves a page."""
_BEFORE_HEADING: Final = 10.0
_ENDLESS: Final = 20_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """Reports that are printed together, and whose they are."""

    language: str
    reports: tuple[Report, ...]
    cooperation: str
    made: str
    """When and by whom it was made."""
    is_inside: bool = False
    """Whether small numbers stand in it, so that it must not leave the unit."""


def report_pdf(content: ReportContent) -> bytes:
    """Return the reports as one PDF, A4 across."""
    with in_language(content.language):
        first = content.reports[0]
        foot = " · ".join(part for part in (content.cooperation, content.made) if part)
        if content.is_inside:
            foot = _("For the unit alone: small numbers are shown.") + " " + foot
        sheet = Sheet(
            title=first.title if len(content.reports) == 1 else _("Reports"),
            language=content.language,
            size=A4_ACROSS,
            margin=40,
            foot=foot,
            page_word=_("Page {n} of {of}"),
        )
        for number, report in enumerate(content.reports):
            if number:
                sheet.new_page()
            _report(sheet, report, content)
        return sheet.finish()


def _report(sheet: Sheet, report: Report, content: ReportContent) -> None:
    period = _("{first} to {last}").format(first=format_day(report.since), last=format_day(report.until))
    sheet.title(report.title, over=content.cooperation, under=period)
    for table in report.tables:
        _table(sheet, table)
    roomy, tight = (_ending_height(sheet, report, size, content.language) for size in _ENDING_SIZES)
    if roomy > sheet.room >= tight:
        _ending(sheet, report, _ENDING_SIZES[1])
        return
    sheet.need(roomy)
    _ending(sheet, report, _ENDING_SIZES[0])


def _ending(sheet: Sheet, report: Report, size: float) -> None:
    """Write how it was counted and what was checked: on one page, for neither says much without the other."""
    sheet.heading(_("How it was counted"), size=size + 3.5)
    sheet.bullets((*report.notes, *hidden_note(report), *too_few_note(report)), size=size, after=2)
    sheet.heading(_("Checked"), size=size + 3.5, keep=size * 1.5)
    for check in report.checks:
        mark = "✓" if check.holds else "✗"
        said = check.sentence if check.holds else _("DOES NOT HOLD: {sentence}").format(sentence=check.sentence)
        sheet.text(f"{mark}  {said}", size=size, after=2, colour=INK if check.holds else WARM)


def _ending_height(sheet: Sheet, report: Report, size: float, language: str) -> float:
    """Return the height of the ending: it is written on a sheet that nobody prints."""
    scratch = Sheet(title="", language=language, size=(sheet.page_width, _ENDLESS), margin=sheet.margin)
    scratch.skip(_BEFORE_HEADING)
    top = scratch.y
    _ending(scratch, report, size)
    return top - scratch.y + _BEFORE_HEADING


def _table(sheet: Sheet, table: Table) -> None:
    bars = chart_bars(table)
    keep = 90.0 + (14 + 17 * len(bars) if bars else 0)
    sheet.heading(table.title, size=14, keep=min(keep, 300))
    if table.note:
        sheet.text(table.note, size=9.5, colour=QUIET, after=6)
    if bars:
        _chart(sheet, bars)
    if not table.rows:
        sheet.text(_("Nothing in this period."), size=10, colour=QUIET)
        return
    head_share = 3.2 if len(table.columns) > 5 else 2.0
    columns = [Column(table.head, head_share)]
    columns += [
        Column(
            column.title,
            2.0 if column.kind is Kind.TEXT else 1.3,
            Alignment.LEFT if column.kind in (Kind.TEXT, Kind.DATE) else Alignment.RIGHT,
        )
        for column in table.columns
    ]
    sheet.table(columns, _rows(table), size=8.5)
    if len(table.rows) > MOST_ROWS:
        sheet.skip(4)
        left = len(table.rows) - MOST_ROWS
        said = ngettext("{n} more row stands in the spreadsheet.", "{n} more rows stand in the spreadsheet.", left)
        sheet.text(said.format(n=left), size=9.5, colour=QUIET)
    sheet.skip(8)


def _rows(table: Table) -> list[TableRow]:
    made, group = [], ""
    for row in table.rows[:MOST_ROWS]:
        if row.group != group:
            group = row.group
            made.append(TableRow((table.groups.get(group, group),), is_heading=True))
        cells = [cell_words(cell, column.kind) for cell, column in zip(row.cells, table.columns, strict=True)]
        made.append(TableRow((row.title, *cells), is_total=row.is_total))
    return made


def cell_words(cell: Cell, kind: Kind) -> str:
    """Return a figure as it is read: "62 % (25/40)", "1.230 kr.", "*" where it is hidden."""
    if cell.is_hidden:
        return HIDDEN_MARK
    value = cell.value
    if value is None:
        return "–"
    if isinstance(value, str):
        return format_day(date.fromisoformat(value)) if kind is Kind.DATE and value else value
    if kind is Kind.MONEY:
        return format_money(round(value))
    if kind is Kind.SHARE and cell.of is not None:
        share = cell.share
        if share is None:
            return "–"
        is_target = cell.of == 100 and not cell.of_members and not cell.members
        words = format_percent(share) if is_target else f"{format_percent(share)} ({value}/{cell.of})"
        return f"{words} {TOO_FEW}" if cell.is_too_few else words
    return format_number(value)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how long, against what is longest; `target` in the same measure."""

    title: str
    length: float | None
    words: str
    target: float | None = None


def chart_bars(table: Table) -> list[Bar]:
    """Return the bars of a table's chart, empty where it has none worth drawing."""
    if not table.chart or not table.rows:
        return []
    place = next(number for number, column in enumerate(table.columns) if column.key == table.chart)
    kind = table.columns[place].kind
    targets = next((number for number, column in enumerate(table.columns) if column.key == "target"), None)
    group = table.rows[0].group
    bars = []
    for row in table.rows:
        cell = row.cells[place]
        if row.group != group or (row.is_total and kind is not Kind.SHARE) or row.title == "":
            continue
        if kind is Kind.SHARE and cell.of is None:
            continue
        target = table.target if targets is None else row.cells[targets].share
        length = None if cell.is_hidden else cell.share if kind is Kind.SHARE else cell.value
        bars.append(Bar(row.title, length if isinstance(length, int | float) else None, cell_words(cell, kind), target))
    return bars if len(bars) > 1 and len(bars) <= MOST_BARS else []


def _chart(sheet: Sheet, bars: list[Bar]) -> None:
    """Draw bars from a common zero; what is less than zero goes to the left."""
    line, name_room, words_room = 17.0, sheet.width * 0.26, 96.0
    sheet.need(line * len(bars) + 20)
    lengths = [bar.length for bar in bars if bar.length is not None]
    targets = [bar.target for bar in bars if bar.target is not None]
    most, least = max([*lengths, *targets, 0.0]), min([*lengths, 0.0])
    room = sheet.width - name_room - words_room
    scale = room / (most - least) if most > least else 0.0
    zero = sheet.left + name_room - least * scale
    top = sheet.y
    for number, bar in enumerate(bars):
        base = top - (number + 1) * line
        name = fit(bar.title, width=name_room - 10, height=line, size=9.5, smallest=5, most_lines=1)
        sheet.block(name, sheet.left + name_room - 8, base + 4 + name.ascent - 1, align=Alignment.RIGHT)
        end = zero
        if bar.length is not None:
            end = zero + bar.length * scale
            reached = bar.target is None or bar.length >= bar.target
            sheet.draw(_bar(min(zero, end), base + 3, abs(end - zero), TEAL if reached else mix(TEAL, 0.55)))
        words = fit(bar.words, width=words_room, height=line, size=9, smallest=5, face=Face.BOLD, most_lines=1)
        at = max(zero, end, zero + (bar.target or 0) * scale) + 6
        sheet.block(words, at, base + 4 + words.ascent - 1, colour=INK)
        if bar.target is not None:
            x = zero + bar.target * scale
            sheet.draw(lambda canvas, x=x, y=base: draw_upright(canvas, x, y + line - 1, y + 1, colour=WARM, width=2))  # type: ignore[misc]
    bottom = top - line * len(bars)
    sheet.draw(lambda canvas: draw_upright(canvas, zero, top, bottom, colour=SAGE, width=0.8))
    sheet.y = bottom - 4
    if targets:
        key = _("The upright line is the target.")
        sheet.text(key, size=8.5, colour=mix(WARM, 0.9, INK), left=sheet.left + name_room, after=6)
    else:
        sheet.skip(6)


def _bar(left: float, bottom: float, wide: float, colour: Colour) -> Any:
    return lambda canvas: draw_box(canvas, left, bottom, max(wide, 0.5), 11, fill=colour, radius=1.5)
