"""Shaped lines onto a reportlab canvas: glyph by glyph, from faces embedded with just the glyphs that were used.

A face is written as a composite font with Identity-H (ISO 32000-1, 9.7.4): the codes are glyph numbers, so that every
shape HarfBuzz chooses can be drawn. Where the glyphs alone do not say the text (Devanagari), the run carries it as
ActualText (14.9.4), so that it can be searched, copied and read aloud.
"""

# ruff: noqa: PLC0415 - the libraries are imported when the first document is made, not when the program starts

import hashlib
import struct
from enum import StrEnum
from io import BytesIO
from typing import Any, Final
from weakref import WeakKeyDictionary

from app.documents.fonts import REGULAR, Face, harfbuzz_font, register_fonts
from app.documents.shaped_text import FittedText, Run, ShapedLine


class Alignment(StrEnum):
    """Which point of a line stands at the given place."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


_SHARE_LEFT: Final = {Alignment.LEFT: 0.0, Alignment.CENTRE: 0.5, Alignment.RIGHT: 1.0}
_SYMBOLIC: Final = 4
_COMPOSITES_AND_OPENTYPE: Final = (1, 7)
_ZERO_WIDTH_SPACE: Final = "\u200b"
_NEGLIGIBLE: Final = 0.5
_SHAPING_TABLES: Final = (b"GSUB", b"GPOS", b"GDEF", b"kern", b"MATH", b"DSIG", b"STAT")
_MAPPINGS_PER_BLOCK: Final = 100
_embedded: "WeakKeyDictionary[Any, dict[Face, _EmbeddedFace]]" = WeakKeyDictionary()


def new_canvas(target: BytesIO, *, page: tuple[float, float], title: str, language: str) -> Any:
    """Return a reportlab canvas whose file depends on its content alone: no time, no random number."""
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    # Streams stay bytes (ISO 32000-1, 7.4.1): as letters a file is a quarter larger and slower to make.
    rl_config.useA85 = 0
    register_fonts()
    canvas = Canvas(
        target,
        pagesize=page,
        pageCompression=1,
        invariant=1,
        initialFontName=REGULAR,
        pdfVersion=_COMPOSITES_AND_OPENTYPE,
        lang=language,
    )
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setSubject("")
    canvas.setCreator("Pusterum")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw_line(
    canvas: Any, line: ShapedLine, x: float, baseline: float, size: float, *, align: Alignment = Alignment.LEFT
) -> None:
    """Draw one line on a reportlab canvas in its present fill colour; points from the lower left corner."""
    if not line.runs:
        return
    x -= line.width * size / 1000 * _SHARE_LEFT[align]
    document = canvas._doc
    faces = _embedded.setdefault(document, {})
    operators = ["BT"]
    for run in line.runs:
        if run.face not in faces:
            faces[run.face] = _EmbeddedFace(document, run.face)
        operators.append(f"{faces[run.face].resource} {size:.4f} Tf 1 0 0 1 {x:.4f} {baseline:.4f} Tm")
        glyphs = _glyph_operators(run, faces[run.face], size)
        if run.spoken:
            spoken = ("\ufeff" + run.spoken).encode("utf-16-be").hex()
            glyphs = [f"/Span <</ActualText <{spoken}>>> BDC", *glyphs, "EMC"]
        operators.extend(glyphs)
        x += sum(glyph.advance for glyph in run.glyphs) * size / 1000
    operators.append("ET")
    canvas._code.append(" ".join(operators))


def draw_fitted(canvas: Any, text: FittedText, x: float, top: float, *, align: Alignment = Alignment.LEFT) -> float:
    """Draw fitted lines downwards from `top` and return how far down they reach."""
    baseline = top - text.ascent
    for line in text.lines:
        draw_line(canvas, line, x, baseline, text.size, align=align)
        baseline -= text.leading
    return top - text.height


def _glyph_operators(run: Run, face: "_EmbeddedFace", size: float) -> list[str]:
    """Return the text operators of a run; the pen stands at its left end, and the rise is zero before and after."""
    operators: list[str] = []
    shown: list[str] = []
    pen = drawn_to = rise = 0.0

    def show() -> None:
        if shown:
            operators.append(f"[{''.join(shown)}] TJ")
            shown.clear()

    for glyph in run.glyphs:
        face.use(glyph.number, glyph.text)
        if glyph.up != rise:
            show()
            rise = glyph.up
            operators.append(f"{rise * size / 1000:.4f} Ts")
        gap = pen + glyph.right - drawn_to
        if abs(gap) >= _NEGLIGIBLE:
            shown.append(f"{-gap:.1f}")
            drawn_to += gap
        shown.append(f"<{glyph.number:04X}>")
        drawn_to += face.advance(glyph.number)
        pen += glyph.advance
    show()
    if rise:
        operators.append("0 Ts")
    return operators


class _EmbeddedFace:
    """A face within one document: collects the glyphs that are drawn and writes them when the document is saved.

    `addObjects` is what reportlab calls on each of a document's delayed fonts.
    """

    def __init__(self, document: Any, face: Face) -> None:
        self._face = face
        self._font = harfbuzz_font(face)
        self._said: dict[int, str] = {}
        self._name = f"G{face.value}"
        document.delayedFonts.append(self)

    @property
    def resource(self) -> str:
        """Return the name that the page's operators know the face by."""
        return f"/{self._name}"

    def use(self, number: int, text: str) -> None:
        """Remember that a glyph is needed and what it says."""
        self._said[number] = self._said.get(number) or text

    def advance(self, number: int) -> float:
        """Return how far the pen moves after a glyph by itself."""
        return float(self._font.get_glyph_h_advance(number))

    def addObjects(self, document: Any) -> None:  # noqa: N802 - reportlab's own spelling
        """Write the font into the document."""
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString

        numbers = sorted(self._said)
        file = self._subset(numbers)
        name = f"{_subset_tag(file)}+{self._postscript_name()}"
        subtype = "CIDFontType0" if self._face.has_cubic_outlines else "CIDFontType2"
        descendant = {
            "Type": PDFName("Font"),
            "Subtype": PDFName(subtype),
            "BaseFont": PDFName(name),
            "CIDSystemInfo": PDFDictionary(
                {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
            ),
            "DW": 1000,
            "W": PDFArray([part for number in numbers for part in (number, PDFArray([self.advance(number)]))]),
            "FontDescriptor": document.Reference(self._descriptor(document, name, file), f"descriptor:{name}"),
        }
        if not self._face.has_cubic_outlines:
            descendant["CIDToGIDMap"] = PDFName("Identity")
        font = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": PDFName(f"{name}-Identity-H" if self._face.has_cubic_outlines else name),
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArray([document.Reference(PDFDictionary(descendant), f"descendant:{name}")]),
                "ToUnicode": document.Reference(_stream(_to_unicode(self._said)), f"unicode:{name}"),
            }
        )
        document.idToObject["BasicFonts"].dict[self._name] = document.Reference(font, f"font:{name}")

    def _subset(self, numbers: list[int]) -> bytes:
        import uharfbuzz

        wanted = uharfbuzz.SubsetInput()
        wanted.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS | uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
        wanted.glyph_set.update(numbers)
        # A PDF positions its glyphs itself, so the tables for shaping and kerning stay behind.
        wanted.drop_table_tag_set.update(int.from_bytes(tag, "big") for tag in _SHAPING_TABLES)
        return bytes(uharfbuzz.subset(self._font.face, wanted).blob.data)

    def _postscript_name(self) -> str:
        from uharfbuzz import OTNameIdPredefined

        return str(self._font.face.get_name(OTNameIdPredefined.POSTSCRIPT_NAME) or self._face.value)

    def _descriptor(self, document: Any, name: str, file: bytes) -> Any:
        from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName

        extents = self._font.get_font_extents("ltr")
        head = bytes(self._font.face.reference_table("head").data)
        units = struct.unpack_from(">H", head, 18)[0]
        box = [round(measure * 1000 / units) for measure in struct.unpack_from(">4h", head, 36)]
        if self._face.has_cubic_outlines:
            key, stream = "FontFile3", _stream(file, {"Subtype": PDFName("OpenType")})
        else:
            key, stream = "FontFile2", _stream(file, {"Length1": len(file)})
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": PDFName(name),
                "Flags": _SYMBOLIC,
                "FontBBox": PDFArray(box),
                "ItalicAngle": -12 if self._face in {Face.ITALIC, Face.NOTO_ITALIC} else 0,
                "Ascent": extents.ascender,
                "Descent": extents.descender,
                "CapHeight": 700,
                "StemV": 140 if self._face in {Face.BOLD, Face.NOTO_BOLD} else 80,
                key: document.Reference(stream, f"file:{name}"),
            }
        )


def _stream(content: bytes, entries: dict[str, Any] | None = None) -> Any:
    from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFStream, PDFZCompress

    return PDFStream(PDFDictionary(entries or {}), content, filters=[PDFZCompress])


def _subset_tag(file: bytes) -> str:
    """Return the six capital letters that mark a subset (9.6.4), the same for the same glyphs."""
    return "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(file).digest()[:6])


def _to_unicode(said: dict[int, str]) -> bytes:
    """Return the CMap that says which text each glyph stands for (9.10.3)."""
    rows = [
        # A glyph that only completes its neighbour says nothing, but a reader guesses where nothing is written.
        f"<{number:04X}> <{(text or _ZERO_WIDTH_SPACE).encode('utf-16-be').hex().upper()}>"
        for number, text in sorted(said.items())
    ]
    blocks = []
    for start in range(0, len(rows), _MAPPINGS_PER_BLOCK):
        block = rows[start : start + _MAPPINGS_PER_BLOCK]
        blocks.append("\n".join((f"{len(block)} beginbfchar", *block, "endbfchar")))
    lines = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        *blocks,
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    )
    return "\n".join(lines).encode("ascii")
