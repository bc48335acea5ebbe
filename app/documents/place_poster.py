"""The poster for a place's door: come and have a talk, when, where, with whom."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.documents.drawings import cup
from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, MIST, QUIET, SAGE, TEAL, WARM, mix
from app.documents.shaped_text import fit
from app.documents.sheet import Sheet, draw_box
from app.i18n import NO_BREAK, _, format_clock, format_day_long, in_language

MOST_DAYS = 5
"""Days that fit on the poster."""
_FOOT: Final = 58.0
"""Where the cooperation's name stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterContent:
    """Everything on the poster; `visits` are (day, time) and the time may be empty."""

    language: str
    place: str
    visits: tuple[tuple[date, str], ...]
    counsellors: tuple[str, ...] = ()
    cooperation: str = ""


def poster_pdf(content: PosterContent) -> bytes:
    """Return the poster as a PDF of one A4 page."""
    with in_language(content.language):
        sheet = Sheet(title=_("Poster") + f" · {content.place}", language=content.language, margin=52)
        sheet.draw(lambda canvas: _ground(canvas, sheet.page_width, sheet.page_height))
        middle = sheet.page_width / 2
        sheet.draw(lambda canvas: cup(canvas, middle, 676, 84))
        heading = fit(
            _("Do you smoke?"), width=sheet.width, height=64, size=50, smallest=24, face=Face.BOLD, most_lines=1
        )
        sheet.block(heading, middle, 516, colour=TEAL, align=Alignment.CENTRE)
        lead = fit(
            _("Come and have a coffee and a talk."), width=sheet.width, height=64, size=28, smallest=14, most_lines=2
        )
        sheet.block(lead, middle, 452, align=Alignment.CENTRE)
        second = fit(
            _("You need not stop. A little less counts too."),
            width=sheet.width,
            height=44,
            size=19,
            smallest=11,
            most_lines=2,
        )
        sheet.block(second, middle, 408, colour=QUIET, align=Alignment.CENTRE)
        _days(sheet, content, middle)
        return sheet.finish()


def _ground(canvas: Any, width: float, height: float) -> None:
    canvas.setFillColorRGB(*mix(SAGE, 0.18))
    canvas.rect(0, height - 300, width, 300, stroke=0, fill=1)
    canvas.setFillColorRGB(*mix(WARM, 0.35))
    canvas.circle(width / 2, 676, 122, stroke=0, fill=1)
    canvas.setFillColorRGB(*mix(SAGE, 0.18))
    canvas.rect(0, height - 301, width, 1, stroke=0, fill=1)


def _days(sheet: Sheet, content: PosterContent, middle: float) -> None:
    place = fit(
        content.place,
        width=sheet.width - 40,
        height=58,
        size=28,
        smallest=8,
        face=Face.BOLD,
        most_lines=2,
        line_height=1.1,
    )
    shown = content.visits[:MOST_DAYS]
    # A name stays on one line.
    who = f"{NO_BREAK}· ".join(name.replace(" ", NO_BREAK) for name in content.counsellors)
    foot = fit(who, width=sheet.width, height=40, size=17, smallest=8, most_lines=2)
    top = 360.0
    room = top - _FOOT - foot.height - 28 - place.height - 34
    line_room = min(36.0, room / max(1, len(shown)))
    height = 34 + place.height + line_room * len(shown)
    sheet.draw(lambda canvas: draw_box(canvas, sheet.left, top - height, sheet.width, height, fill=MIST, radius=14))
    sheet.block(place, middle, top - 14, colour=TEAL, align=Alignment.CENTRE)
    y = top - 24 - place.height
    for day, at in shown:
        said = format_day_long(day)
        words = said[:1].upper() + said[1:]
        if at:
            words += " " + _("at {time}").format(time=format_clock(at))
        line = fit(words, width=sheet.width - 40, height=34, size=21, smallest=11, most_lines=1)
        sheet.block(line, middle, y, colour=INK, align=Alignment.CENTRE)
        y -= line_room
    sheet.block(foot, middle, top - height - 14, align=Alignment.CENTRE)
    under = fit(content.cooperation, width=sheet.width, height=16, size=12, smallest=7, most_lines=1)
    sheet.block(under, middle, _FOOT, colour=QUIET, align=Alignment.CENTRE)
