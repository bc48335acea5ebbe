"""The fonts that documents are set in: FiraGO, with Noto for what it lacks, from the package pymupdf-fonts.

Nothing of reportlab or HarfBuzz is imported before the first document is made, because starting up is imports.
"""

# ruff: noqa: PLC0415 - the libraries are imported when the first document is made, not when the program starts

from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any, Final


class Face(StrEnum):
    """A face, by its key in pymupdf-fonts."""

    REGULAR = "figo"
    BOLD = "figbo"
    ITALIC = "figit"
    NOTO_REGULAR = "notos"
    NOTO_BOLD = "notosbo"
    NOTO_ITALIC = "notosit"
    SYMBOLS = "symbol2"
    MORE_SYMBOLS = "symbol1"
    MATHEMATICS = "math"

    @property
    def has_cubic_outlines(self) -> bool:
        """Whether the outlines are CFF rather than TrueType, which a PDF embeds under another name."""
        return self in {Face.SYMBOLS, Face.MORE_SYMBOLS, Face.MATHEMATICS}


REGULAR: Final = "FiraGO"
BOLD: Final = "FiraGO-Bold"
ITALIC: Final = "FiraGO-Italic"
"""The names under which reportlab knows the faces, for tables and paragraphs of its own."""

_SYMBOLS: Final = (Face.SYMBOLS, Face.MORE_SYMBOLS, Face.MATHEMATICS)
_STANDS_IN: Final = {
    Face.REGULAR: (Face.NOTO_REGULAR, *_SYMBOLS),
    Face.BOLD: (Face.NOTO_BOLD, *_SYMBOLS),
    Face.ITALIC: (Face.NOTO_ITALIC, *_SYMBOLS),
}
_registering = Lock()


def faces_to_try(face: Face) -> tuple[Face, ...]:
    """Return `face` and then those that stand in for it, in the order in which a character is looked up."""
    return (face, *_STANDS_IN.get(face, _SYMBOLS))


def font_file(face: Face) -> bytes:
    """Return the whole font file."""
    from pymupdf_fonts import fontbuffers

    return bytes(fontbuffers[face.value]())


@lru_cache
def harfbuzz_font(face: Face) -> Any:
    """Return the face as a `uharfbuzz.Font` that measures in thousandths of the size."""
    import uharfbuzz

    font = uharfbuzz.Font(uharfbuzz.Face(font_file(face)))
    font.scale = (1000, 1000)
    return font


@lru_cache
def characters_of(face: Face) -> frozenset[int]:
    """Return the code points that the face has a glyph for."""
    return frozenset(harfbuzz_font(face).face.unicodes)


def register_fonts() -> None:
    """Make FiraGO known to reportlab as one family, once; bold italic is set in bold.

    reportlab's own shaping stays off: it numbers shaped glyphs by what earlier documents happened to use, so that the
    same content would not give the same bytes, and the text could not be read out of the file again.
    """
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    with _registering:
        if REGULAR in pdfmetrics.getRegisteredFontNames():
            return
        for name, face in ((BOLD, Face.BOLD), (ITALIC, Face.ITALIC), (REGULAR, Face.REGULAR)):
            pdfmetrics.registerFont(TTFont(name, BytesIO(font_file(face)), shapable=False))
        for bold, italic, name in ((0, 0, REGULAR), (1, 0, BOLD), (0, 1, ITALIC), (1, 1, BOLD)):
            addMapping(REGULAR, bold, italic, name)
