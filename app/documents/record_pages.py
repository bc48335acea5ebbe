"""Pages of records, as a citizen gets them: headings, paragraphs and lines of two columns, flowing over A4 sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment, draw_line
from app.documents.palette import INK, QUIET, TEAL
from app.documents.shaped_text import FittedText, shape, wrap
from app.documents.sheet import Sheet, draw_box
from app.i18n import _, in_language

_MARGIN: Final = 56.0
_FIRST_COLUMN: Final = 132.0
_GAP: Final = 10.0
"""Between the columns."""
_SIZE: Final = 9.5
_LINE_HEIGHT: Final = 1.25
_USUAL_ASCENT: Final = 0.75 * _SIZE
_RISES: Final = 2.5
"""Room between two lines into which a ring or an accent rises, so that it does not push its line down."""
_AFTER_LINE: Final = 1.5
_AFTER_RECORD: Final = 5.0
_WHOLE: Final = 0.4
"""The part of a page up to which a record is not torn."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence under it (or none), and lines of two columns: what it is, what it says.

    A line that is empty on both sides parts a record from the next.
    """

    heading: str
    lines: Sequence[tuple[str, str]]
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDocument:
    """A whole document; `code` is set large under the lead where there is one."""

    title: str
    lead: str
    sections: Sequence[Section] = ()
    code: str = ""
    foot: str = ""
    language: str = "da"


def record_pdf(document: RecordDocument) -> bytes:
    """Return the document as a PDF; the same content gives the same bytes."""
    with in_language(document.language):
        sheet = Sheet(
            title=document.title,
            language=document.language,
            margin=_MARGIN,
            foot=document.foot,
            page_word=_("Page {n} of {of}"),
            is_one_counted=False,
        )
        sheet.text(document.title, size=22, face=Face.BOLD, colour=TEAL, after=8)
        sheet.text(document.lead, size=11, colour=QUIET, after=16)
        if document.code:
            _code(sheet, document.code)
        for section in document.sections:
            _section(sheet, section)
        return sheet.finish()


def _code(sheet: Sheet, code: str) -> None:
    tall, top = 56.0, sheet.y
    line = shape(code, face=Face.BOLD, tracking=60)

    def drawing(canvas: Any) -> None:
        draw_box(canvas, sheet.left, top - tall, sheet.width, tall, line=TEAL, radius=6)
        canvas.setFillColorRGB(*INK)
        draw_line(canvas, line, sheet.page_width / 2, top - 34, 21, align=Alignment.CENTRE)

    sheet.draw(drawing)
    sheet.skip(tall + 20)


def _section(sheet: Sheet, section: Section) -> None:
    records: list[list[tuple[str, str]]] = [[]]
    for line in section.lines:
        if any(line):
            records[-1].append(line)
        elif records[-1]:
            records.append([])
    sheet.skip(6)
    if section.heading:
        first = _height(sheet, records[0])
        sheet.heading(section.heading, size=13, before=0, after=4, keep=first + (20 if section.lead else 0))
    if section.lead:
        sheet.text(section.lead, size=_SIZE, colour=QUIET, after=4)
    for number, record in enumerate(records):
        if number:
            sheet.skip(_AFTER_RECORD)
        sheet.need(_height(sheet, record))
        for name, value in record:
            _line(sheet, name, value)
    sheet.skip(8)


def _height(sheet: Sheet, record: list[tuple[str, str]]) -> float:
    """Return the room that a record needs so as not to be torn; one that is long is torn between its lines."""
    most = (sheet.page_height - 2 * sheet.margin) * _WHOLE
    height = 0.0
    for name, value in record:
        lines = max(
            len(_name(name).lines), sum(max(1, len(_value(sheet, part).lines)) for part in value.split("\n")), 1
        )
        height += lines * _SIZE * _LINE_HEIGHT + _AFTER_LINE
        if height > most:
            return 2 * _SIZE * _LINE_HEIGHT
    return height


def _name(name: str) -> FittedText:
    return wrap(name, width=_FIRST_COLUMN - _GAP, size=_SIZE, line_height=_LINE_HEIGHT)


def _value(sheet: Sheet, value: str) -> FittedText:
    return wrap(value, width=sheet.width - _FIRST_COLUMN, size=_SIZE, line_height=_LINE_HEIGHT)


def _line(sheet: Sheet, name: str, value: str) -> None:
    """Write what it is, and beside it what it says, at its size over as many lines and pages as it needs."""
    first, second = _name(name), _value(sheet, value.lstrip("\n").split("\n")[0])
    sheet.need(max(first.height, second.height if len(second.lines) < 2 else 2 * second.leading))
    # Both stand on one line, whatever rises above their letters.
    ascent = max(first.ascent, second.ascent)
    page = sheet.page
    top = sheet.y = sheet.y + min(max(ascent - _USUAL_ASCENT, 0.0), _RISES)
    sheet.block(first, sheet.left, top - (ascent - first.ascent), colour=QUIET)
    sheet.skip(ascent - second.ascent if second.lines else 0)
    if second.lines:
        sheet.text(
            value.lstrip("\n"), size=_SIZE, left=sheet.left + _FIRST_COLUMN, line_height=_LINE_HEIGHT, after=_AFTER_LINE
        )
    if first.lines and sheet.page == page:
        sheet.y = min(sheet.y, top - (ascent - first.ascent) - first.height - _AFTER_LINE)
