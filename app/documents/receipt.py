"""The receipt as a page: what the server says it holds, in words, and the signed text that proves it."""

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import draw_fitted, new_canvas
from app.documents.palette import INK, QUIET, SAGE, TEAL
from app.documents.shaped_text import fit, wrap
from app.documents.sheet import A4
from app.i18n import NO_BREAK

_LEFT: Final = 64.0
_INSIDE: Final = A4[0] - 2 * _LEFT
_SIGNED_CHARACTERS: Final = 88


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptContent:
    """Everything on the page; `signed` is the receipt as the server signed it.

    `facts` are pairs of a name and what it says; `holds` how many records of each kind the server has,
    under the words `held_by_server`.
    """

    heading: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    how_to_verify: str
    signed: str
    language: str
    held_by_server: str = ""
    holds: tuple[tuple[str, str], ...] = ()


def receipt_pdf(content: ReceiptContent) -> bytes:
    """Return the receipt as a PDF of one page; the same content gives the same bytes."""
    file = BytesIO()
    canvas = new_canvas(file, page=A4, title=content.heading, language=content.language)
    # In the file's properties and nowhere compressed, so that the server finds it without a PDF library.
    canvas.setKeywords(f"pusterum-receipt:{b64encode(content.signed.encode()).decode()}")
    canvas.setFillColorRGB(*TEAL)
    top = A4[1] - 84
    top = draw_fitted(canvas, fit(content.heading, width=_INSIDE, height=40, size=26, smallest=14), _LEFT, top) - 14
    canvas.setFillColorRGB(*INK)
    top = draw_fitted(canvas, fit(content.sentence, width=_INSIDE, height=60, size=15, smallest=10), _LEFT, top) - 22
    for name, said in content.facts:
        canvas.setFillColorRGB(*QUIET)
        draw_fitted(canvas, fit(name, width=150, height=18, size=10.5, smallest=7, most_lines=1), _LEFT, top)
        canvas.setFillColorRGB(*INK)
        value = fit(said, width=_INSIDE - 160, height=18, size=10.5, smallest=6, most_lines=1)
        draw_fitted(canvas, value, _LEFT + 160, top)
        top -= 19
    if content.holds:
        canvas.setFillColorRGB(*QUIET)
        named = fit(content.held_by_server, width=150, height=40, size=10.5, smallest=7, most_lines=2)
        draw_fitted(canvas, named, _LEFT, top)
        canvas.setFillColorRGB(*INK)
        # Each number stays with its name, and the dot behind it too.
        counted = (f"{name} {count}".replace(" ", NO_BREAK) for name, count in content.holds)
        words = wrap(f"{NO_BREAK}· ".join(counted), width=_INSIDE - 160, size=10.5, line_height=1.45)
        top = draw_fitted(canvas, words, _LEFT + 160, top) - 6
    top -= 14
    canvas.setStrokeColorRGB(*SAGE)
    canvas.setLineWidth(0.6)
    canvas.line(_LEFT, top, A4[0] - _LEFT, top)
    canvas.setFillColorRGB(*QUIET)
    advice = fit(content.how_to_verify, width=_INSIDE, height=44, size=10, smallest=7, most_lines=3)
    top = draw_fitted(canvas, advice, _LEFT, top - 12) - 12
    for start in range(0, len(content.signed), _SIGNED_CHARACTERS):
        line = content.signed[start : start + _SIGNED_CHARACTERS]
        drawn = fit(line, width=_INSIDE, height=11, size=7.5, smallest=5, most_lines=1, face=Face.REGULAR)
        top = draw_fitted(canvas, drawn, _LEFT, top) - 1
    canvas.showPage()
    canvas.save()
    return file.getvalue()
