"""Pages of records, as a citizen gets them: headings, paragraphs and lines of two columns, flowing over A4 sheets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment, draw_fitted, draw_line, new_canvas
from app.documents.shaped_text import fit, shape

WIDTH, HEIGHT = 595.28, 841.89
_MARGIN: Final = 56.0
_BOTTOM: Final = 64.0
_FIRST_COLUMN: Final = 132.0
_INK: Final = (0.129, 0.227, 0.239)
_TEAL: Final = (0.176, 0.400, 0.408)
_QUIET: Final = (0.353, 0.447, 0.447)
_MOST_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence under it (or none), and lines of two columns: what it is, what it says."""

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
    file = BytesIO()
    canvas = new_canvas(file, page=(WIDTH, HEIGHT), title=document.title, language=document.language)
    flow = _Flow(canvas, document.foot)
    flow.text(document.title, size=22, face=Face.BOLD, colour=_TEAL, after=8)
    flow.text(document.lead, size=11, colour=_QUIET, after=16)
    if document.code:
        flow.code(document.code)
    for section in document.sections:
        flow.section(section)
    flow.end()
    return file.getvalue()


@dataclass(slots=True)
class _Flow:
    canvas: Any
    foot: str
    top: float = HEIGHT - _MARGIN
    page: int = field(default=1)

    def text(
        self,
        text: str,
        *,
        size: float,
        face: Face = Face.REGULAR,
        colour: tuple[float, float, float] = _INK,
        after: float = 4,
        x: float = _MARGIN,
        width: float = WIDTH - 2 * _MARGIN,
    ) -> None:
        if not text.strip():
            return
        fitted = fit(text, width=width, height=HEIGHT, size=size, smallest=size, face=face, most_lines=_MOST_LINES)
        self._room_for(fitted.height)
        self.canvas.setFillColorRGB(*colour)
        self.top = draw_fitted(self.canvas, fitted, x, self.top) - after

    def code(self, code: str) -> None:
        self._room_for(60)
        self.canvas.setFillColorRGB(*_INK)
        line = shape(code, face=Face.BOLD, tracking=60)
        draw_line(self.canvas, line, WIDTH / 2, self.top - 34, 21, align=Alignment.CENTRE)
        self.canvas.setStrokeColorRGB(*_TEAL)
        self.canvas.roundRect(_MARGIN, self.top - 56, WIDTH - 2 * _MARGIN, 56, 6, stroke=1, fill=0)
        self.top -= 76

    def section(self, section: Section) -> None:
        self._room_for(60)
        self.top -= 6
        self.text(section.heading, size=13, face=Face.BOLD, colour=_TEAL, after=4)
        self.text(section.lead, size=9.5, colour=_QUIET, after=4)
        for name, value in section.lines:
            self._line(name, value)
        self.top -= 8

    def _line(self, name: str, value: str) -> None:
        width = WIDTH - 2 * _MARGIN
        first = fit(name, width=_FIRST_COLUMN - 10, height=200, size=9.5, smallest=7, most_lines=4)
        second = fit(
            value or " ", width=width - _FIRST_COLUMN, height=HEIGHT, size=9.5, smallest=9.5, most_lines=_MOST_LINES
        )
        height = max(first.height, second.height)
        self._room_for(height + 3)
        # Both stand on one line, whatever rises above their letters.
        line = self.top - max(first.ascent, second.ascent)
        self.canvas.setFillColorRGB(*_QUIET)
        draw_fitted(self.canvas, first, _MARGIN, line + first.ascent)
        self.canvas.setFillColorRGB(*_INK)
        draw_fitted(self.canvas, second, _MARGIN + _FIRST_COLUMN, line + second.ascent)
        self.top -= height + 3

    def _room_for(self, height: float) -> None:
        if self.top - height < _BOTTOM and self.top < HEIGHT - _MARGIN:
            self._foot(str(self.page))
            self.canvas.showPage()
            self.page += 1
            self.top = HEIGHT - _MARGIN

    def _foot(self, number: str) -> None:
        self.canvas.setFillColorRGB(*_QUIET)
        draw_line(self.canvas, shape(self.foot), _MARGIN, 36, 8)
        draw_line(self.canvas, shape(number), WIDTH - _MARGIN, 36, 8, align=Alignment.RIGHT)

    def end(self) -> None:
        # A page that is alone needs no number.
        self._foot(str(self.page) if self.page > 1 else "")
        self.canvas.showPage()
        self.canvas.save()
