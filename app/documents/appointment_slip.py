"""The slip that goes into a pocket: where, when, and whom to call."""

from dataclasses import dataclass
from datetime import date

from app.documents.drawings import Drawing, calendar, clock, house, medallion, phone
from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, QUIET, TEAL
from app.documents.shaped_text import fit
from app.documents.sheet import A6_ACROSS, Sheet
from app.i18n import _, format_clock, format_day_long, in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipContent:
    """Everything on the slip; `starts_at` is "10:00" or empty."""

    name: str
    language: str
    on: date
    starts_at: str
    place: str
    address: str = ""
    counsellor: str = ""
    counsellor_phone: str = ""


def slip_pdf(content: SlipContent) -> bytes:
    """Return the slip as a PDF of one A6 page across."""
    with in_language(content.language):
        title = _("See you")
        sheet = Sheet(
            title=f"{title} · {content.name}", language=content.language, size=A6_ACROSS, margin=28, has_frame=True
        )
        heading = fit(title, width=150, height=26, size=20, smallest=10, face=Face.BOLD, most_lines=1)
        sheet.block(heading, sheet.left, sheet.y, colour=TEAL)
        name = fit(content.name, width=sheet.width - 160, height=26, size=14, smallest=5, most_lines=2, line_height=1.1)
        top = sheet.y - heading.ascent + name.ascent
        sheet.block(name, sheet.right, top, colour=QUIET, align=Alignment.RIGHT)
        sheet.skip(42)
        day = format_day_long(content.on)
        at = format_clock(content.starts_at)
        rows: list[tuple[Drawing, str, str]] = [
            (calendar, day[:1].upper() + day[1:], ""),
            (clock, _("At {time}").format(time=at) if at else "", ""),
            (house, content.place, content.address),
            (phone, content.counsellor, content.counsellor_phone),
        ]
        rows = [row for row in rows if row[1]]
        tall = (sheet.y - sheet.bottom) / max(1, len(rows))
        for drawing, words, under in rows:
            _row(sheet, drawing, words, under, tall)
        return sheet.finish()


def _row(sheet: Sheet, drawing: Drawing, words: str, under: str, tall: float) -> None:
    top = sheet.y
    middle = top - tall / 2
    sheet.draw(lambda canvas: medallion(canvas, sheet.left + 18, middle, 17, drawing))
    wide = sheet.width - 52
    first = fit(words, width=wide, height=tall * (0.6 if under else 0.9), size=16, smallest=5, face=Face.BOLD)
    second = fit(under, width=wide, height=tall * 0.36, size=12, smallest=5, most_lines=1)
    start = middle + (first.height + second.height) / 2
    sheet.block(first, sheet.left + 48, start, colour=INK)
    sheet.block(second, sheet.left + 48, start - first.height, colour=QUIET)
    sheet.y = top - tall
