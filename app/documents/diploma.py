"""The diploma: one A4 page across, made to be framed.

The page is an open sky over a low horizon: a warm sun half risen, and around it rings that widen and fade like a breath
let out. Everything else is white.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import cos, pi
from typing import Any, Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment, draw_fitted, draw_line, new_canvas
from app.documents.palette import INK, QUIET, SAGE, TEAL, WARM, WHITE, Colour, mix
from app.documents.shaped_text import FittedText, clean, fit, shape
from app.errors import RuleRefusal

PAGE_WIDTH: Final = 841.89
PAGE_HEIGHT: Final = 595.28
FRAME: Final = 40.0
"""Distance of the border from the edge in points (14 mm), outside of what any office printer leaves white."""

_INNER_FRAME: Final = FRAME + 5
_MIDDLE: Final = PAGE_WIDTH / 2
_HORIZON: Final = 116.0
_SUN: Final = 25.0
_RINGS: Final = 13
_WORDS_TOP: Final = 326.0
_WORDS_HEIGHT: Final = 170.0
_SHARED: Final = "sky"
"""What is the same on every page of one file is drawn into it once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiplomaContent:
    """Everything that is written on a diploma, in its own language; only `name` must not be empty."""

    name: str
    heading: str
    lead: str
    sentences: tuple[str, ...]
    """The first stands above the course's title and leads to it, the others below."""
    course_title: str
    place: str
    date_text: str
    counsellor: str
    counsellor_title: str
    cooperation: str
    serial: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiplomaTexts:
    """The standard wording, as a place to start from."""

    heading: str
    lead: str
    sentences: tuple[str, ...]
    counsellor_title: str


def diploma_texts(language: str, *, meetings: int) -> DiplomaTexts:
    """Return the standard wording in "da" or "en" for somebody who came to `meetings` meetings.

    It honours the effort and says nothing about the result: to smoke less is a result too. The diploma's language is
    the receiver's, not the window's, and so its words stand here instead of in the window's translations.
    """
    if language == "da":
        came = "" if meetings < 1 else "deltaget i 1 møde og " if meetings == 1 else f"deltaget i {meetings} møder og "
        return DiplomaTexts(
            heading="Diplom",
            lead="tildeles",
            sentences=(
                f"som har {came}gennemført forløbet",
                "Hvert møde, hvert forsøg og hver cigaret mindre tæller.",
                "Det er en indsats at være stolt af.",
            ),
            counsellor_title="rygestoprådgiver",
        )
    came = "" if meetings < 1 else "came to 1 meeting and " if meetings == 1 else f"came to {meetings} meetings and "
    return DiplomaTexts(
        heading="Diploma",
        lead="awarded to",
        sentences=(
            f"who {came}completed the course",
            "Every meeting, every attempt and every cigarette not smoked counts.",
            "That is an effort to be proud of.",
        ),
        counsellor_title="counsellor",
    )


def refuse_nameless(content: DiplomaContent) -> None:
    """Raise RuleRefusal("empty-name", field="name") where there is no name to write."""
    if not any(character.isprintable() and not character.isspace() for character in clean(content.name)):
        raise RuleRefusal("empty-name", field="name")


def diploma_pdf(content: DiplomaContent) -> bytes:
    """Return the diploma as a PDF of one page; the same content gives the same bytes.

    Raises RuleRefusal("empty-name", field="name") where there is no name to write.
    """
    return diplomas_pdf((content,))


def diplomas_pdf(contents: Sequence[DiplomaContent]) -> bytes:
    """Return diplomas as one PDF, a page each, as for everybody of a course; at least one.

    Raises RuleRefusal("empty-name", field="name") where one has no name to write.
    """
    for content in contents:
        refuse_nameless(content)
    file = BytesIO()
    first = contents[0]
    parts = (clean(first.heading), clean(first.name)) if len(contents) == 1 else (clean(first.heading),)
    title = " · ".join(part for part in parts if part)
    canvas = new_canvas(file, page=(PAGE_WIDTH, PAGE_HEIGHT), title=title, language=first.language)
    is_shared = len(contents) > 1
    if is_shared:
        canvas.beginForm(_SHARED)
        _draw_sky(canvas)
        _draw_border(canvas)
        canvas.endForm()
    for content in contents:
        if is_shared:
            canvas.doForm(_SHARED)
        else:
            _draw_sky(canvas)
            _draw_border(canvas)
        _draw_words(canvas, content)
        _draw_foot(canvas, content)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw_sky(canvas: Any) -> None:
    canvas.saveState()
    inside = canvas.beginPath()
    inside.rect(_INNER_FRAME, _INNER_FRAME, PAGE_WIDTH - 2 * _INNER_FRAME, PAGE_HEIGHT - 2 * _INNER_FRAME)
    canvas.clipPath(inside, stroke=0, fill=0)
    radius, gap = _SUN, 8.6
    for ring in range(_RINGS):
        radius, gap = radius + gap, gap * 1.17
        near = max(0.0, 1 - ring / 5)
        canvas.setLineWidth(0.5 + 0.6 * near)
        # Beyond the first rings, where words stand, the air is almost white.
        canvas.setStrokeColorRGB(*mix(WARM, 0.16 + 0.5 * near, WHITE) if near else mix(TEAL, 0.09))
        canvas.arc(_MIDDLE - radius, _HORIZON - radius, _MIDDLE + radius, _HORIZON + radius, -10, 200)
    canvas.setFillColorRGB(*mix(WARM, 0.78))
    canvas.wedge(_MIDDLE - _SUN, _HORIZON - _SUN, _MIDDLE + _SUN, _HORIZON + _SUN, 0, 180, stroke=0, fill=1)
    for share, top, swing, shift in (
        (0.16, _HORIZON + 2, 5, 0.0),
        (0.27, _HORIZON - 15, 6, 0.9),
        (0.4, _HORIZON - 33, 5, 2.2),
    ):
        canvas.setFillColorRGB(*mix(SAGE, share))
        canvas.drawPath(_hill(canvas, top, swing, shift), stroke=0, fill=1)
    canvas.restoreState()


def _hill(canvas: Any, top: float, swing: float, shift: float) -> Any:
    """Return the outline of a long low wave, from its ridge down to the frame."""
    path = canvas.beginPath()
    path.moveTo(_INNER_FRAME, _INNER_FRAME)
    steps = 96
    for step in range(steps + 1):
        along = step / steps
        path.lineTo(
            _INNER_FRAME + along * (PAGE_WIDTH - 2 * _INNER_FRAME),
            top + swing * cos(2 * pi * (along - 0.5) + shift) - swing,
        )
    path.lineTo(PAGE_WIDTH - _INNER_FRAME, _INNER_FRAME)
    path.close()
    return path


def _draw_border(canvas: Any) -> None:
    for inset, width, share in ((FRAME, 1.1, 0.75), (_INNER_FRAME, 0.35, 0.6)):
        canvas.setLineWidth(width)
        canvas.setStrokeColorRGB(*mix(TEAL, share))
        canvas.rect(inset, inset, PAGE_WIDTH - 2 * inset, PAGE_HEIGHT - 2 * inset, stroke=1, fill=0)


def _draw_centred(canvas: Any, text: FittedText, *, middle: float, colour: Colour) -> None:
    """Draw a block so that the middle of its height is at `middle`."""
    canvas.setFillColorRGB(*colour)
    draw_fitted(canvas, text, _MIDDLE, middle + text.height / 2, align=Alignment.CENTRE)


def _draw_words(canvas: Any, content: DiplomaContent) -> None:
    heading = fit(content.heading.upper(), width=560, height=44, size=27, smallest=14, most_lines=1, tracking=330)
    _draw_centred(canvas, heading, middle=497, colour=TEAL)
    canvas.setStrokeColorRGB(*WARM)
    canvas.setLineWidth(1.2)
    canvas.line(_MIDDLE - 17, 467, _MIDDLE + 17, 467)
    lead = fit(content.lead, width=560, height=22, size=14, smallest=9, face=Face.ITALIC, most_lines=1)
    _draw_centred(canvas, lead, middle=443, colour=QUIET)
    name = fit(content.name, width=640, height=84, size=50, smallest=15, most_lines=3, line_height=1.16)
    _draw_centred(canvas, name, middle=383, colour=INK)

    first, *others = content.sentences or ("",)
    blocks = [
        (fit(first, width=540, height=40, size=14, smallest=8), QUIET),
        (fit(content.course_title, width=540, height=40, size=16, smallest=13, face=Face.BOLD), TEAL),
        *((fit(other, width=540, height=80 / len(others), size=14, smallest=8), QUIET) for other in others),
    ]
    blocks = [(block, colour) for block, colour in blocks if block.lines]
    space = min(9.0, (_WORDS_HEIGHT - sum(block.height for block, _ in blocks)) / (len(blocks) + 1))
    top = _WORDS_TOP
    for block, colour in blocks:
        canvas.setFillColorRGB(*colour)
        top = draw_fitted(canvas, block, _MIDDLE, top, align=Alignment.CENTRE) - space
        if colour == TEAL:
            top -= space / 2


def _draw_foot(canvas: Any, content: DiplomaContent) -> None:
    rule = 158.0
    width = 200.0
    left, right = _INNER_FRAME + 48 + width / 2, PAGE_WIDTH - _INNER_FRAME - 48 - width / 2
    canvas.setStrokeColorRGB(*mix(QUIET, 0.7))
    canvas.setLineWidth(0.6)
    for x in (left, right):
        canvas.line(x - width / 2, rule, x + width / 2, rule)
    date_text = fit(content.date_text, width=width, height=18, size=13, smallest=8, most_lines=1)
    canvas.setFillColorRGB(*INK)
    draw_fitted(canvas, date_text, left, rule + 7 + date_text.height, align=Alignment.CENTRE)
    role = ", ".join(part for part in (content.counsellor_title, content.cooperation) if clean(part))
    _draw_captions(canvas, left, rule, width, (content.place,))
    _draw_captions(canvas, right, rule, width, (content.counsellor, role))
    serial = shape(content.serial, tracking=90)
    canvas.setFillColorRGB(*QUIET)
    draw_line(canvas, serial, _MIDDLE, _INNER_FRAME + 11, 7, align=Alignment.CENTRE)


def _draw_captions(canvas: Any, x: float, rule: float, width: float, captions: tuple[str, ...]) -> None:
    top = rule - 6
    for (colour, size), caption in zip(((INK, 11), (QUIET, 9.5)), captions, strict=False):
        fitted = fit(caption, width=width, height=26 if len(captions) == 1 else 20, size=size, smallest=7)
        canvas.setFillColorRGB(*colour)
        top = draw_fitted(canvas, fitted, x, top, align=Alignment.CENTRE) - 4
