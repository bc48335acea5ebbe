"""The card for nicotine replacement: what, how many, when to step down, when to ask, and twelve boxes to tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.documents.drawings import FORMS, medallion, piece, tick
from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, MIST, QUIET, TEAL, WARM, WHITE, mix
from app.documents.shaped_text import FittedText, fit, wrap
from app.documents.sheet import A5, Sheet, draw_box, draw_dot
from app.i18n import _, in_language, ngettext

BOXES: Final = 12
_SIZES: Final = (10.0, 9.5, 9.0, 8.5)
"""What the sentences are set in, the largest first."""
_OVERLEAF: Final = 12.0
"""What they are set in on the other side, which they have for themselves."""
_PART_SIZE: Final = 12.5
_HEADING_LINE: Final = 1.35
_PART: Final = 40.0
"""Room for a heading and the first line under it."""


@dataclass(frozen=True, slots=True)
class CardProduct:
    """One product and from which week to which it is meant; `most_per_day` is the label's limit."""

    name: str
    form: str
    from_week: int
    to_week: int
    portions: int = 1
    most_per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """Everything on the card; `warnings` are the label's sentences, in the card's language."""

    name: str
    language: str
    products: tuple[CardProduct, ...]
    weeks_given: frozenset[int]
    weeks: int = BOXES
    warnings: tuple[str, ...] = ()
    counsellor: str = ""
    counsellor_phone: str = ""


def card_pdf(content: CardContent) -> bytes:
    """Return the card as a PDF of one A5 page, or two where there are many products and warnings."""
    with in_language(content.language):
        title = _("My nicotine medicine")
        sheet = Sheet(title=f"{title} · {content.name}", language=content.language, size=A5, margin=32, has_frame=True)
        heading = fit(title, width=sheet.width, height=30, size=21, smallest=12, face=Face.BOLD, most_lines=1)
        sheet.block(heading, sheet.left, sheet.y, colour=TEAL)
        sheet.skip(heading.height + 2)
        name = fit(content.name, width=sheet.width, height=26, size=13, smallest=5, most_lines=2, line_height=1.1)
        sheet.block(name, sheet.left, sheet.y, colour=INK)
        sheet.skip(name.height + 8)
        for product in content.products:
            _product(sheet, product, content)
        _boxes(sheet, content)
        _warnings(sheet, content)
        return sheet.finish()


def _product(sheet: Sheet, product: CardProduct, content: CardContent) -> None:
    given = max(content.weeks_given, default=0)
    is_now = product.from_week <= given + 1 <= product.to_week
    name = fit(product.name, width=sheet.width - 68, height=34, size=13.5, smallest=7, face=Face.BOLD, most_lines=2)
    lines = [_weeks_words(product)]
    if product.most_per_day is not None:
        lines.append(
            ngettext("At most {n} a day.", "At most {n} a day.", product.most_per_day).format(n=product.most_per_day)
        )
    said = wrap(" ".join(lines), width=sheet.width - 68, size=11.5, line_height=1.2)
    height = max(52.0, name.height + said.height + 18)
    sheet.need(height + 6)
    top = sheet.y
    sheet.draw(
        lambda canvas: draw_box(
            canvas,
            sheet.left,
            top - height,
            sheet.width,
            height,
            fill=mix(WARM, 0.18) if is_now else MIST,
            line=WARM if is_now else None,
            radius=8,
        )
    )
    drawing = FORMS.get(product.form, piece)
    sheet.draw(lambda canvas: medallion(canvas, sheet.left + 29, top - height / 2, 19, drawing))
    sheet.block(name, sheet.left + 58, top - 8, colour=INK)
    sheet.block(said, sheet.left + 58, top - 10 - name.height, colour=INK)
    sheet.y = top - height - 6


def _weeks_words(product: CardProduct) -> str:
    if product.from_week == product.to_week:
        return _("Week {n}.").format(n=product.from_week)
    return _("Week {first} to {last}.").format(first=product.from_week, last=product.to_week)


def _boxes(sheet: Sheet, content: CardContent) -> None:
    sheet.need(110)
    sheet.skip(4)
    sheet.text(_("One tick for each week"), size=13, face=Face.BOLD, colour=TEAL, after=4)
    boxes = max(BOXES, content.weeks)
    gap, across = 6.0, 6
    side = (sheet.width - gap * (across - 1)) / across
    tall = min(side, 38.0)
    top = sheet.y
    for number in range(boxes):
        row, column = divmod(number, across)
        left, bottom = sheet.left + column * (side + gap), top - (row + 1) * tall - row * gap
        is_given = number + 1 in content.weeks_given
        sheet.draw(
            lambda canvas, x=left, y=bottom, on=is_given: draw_box(  # type: ignore[misc]
                canvas, x, y, side, tall, fill=TEAL if on else WHITE, line=TEAL, radius=6, thick=1.2
            )
        )
        if is_given:
            sheet.draw(lambda canvas, x=left + side / 2, y=bottom + tall / 2: tick(canvas, x, y, 12))  # type: ignore[misc]
        else:
            figure = fit(str(number + 1), width=side, height=tall, size=15, smallest=8)
            sheet.block(
                figure, left + side / 2, bottom + tall / 2 + figure.height / 2, colour=QUIET, align=Alignment.CENTRE
            )
    rows = -(-boxes // across)
    sheet.y = top - rows * tall - (rows - 1) * gap - 10


def _warnings(sheet: Sheet, content: CardContent) -> None:
    usual = (
        _("Read the leaflet in the box."),
        _("Keep it away from children. Used patches too."),
        _("Do you feel unwell? Call your doctor or the pharmacy."),
    )
    good = _("Good to know"), usual
    first = _("Is this you? Ask your doctor or the pharmacy first"), content.warnings
    parts = [good, first] if content.warnings else [good]
    ask = _ask(sheet, content).height if content.counsellor else 0.0
    # As large as they fit on the one page; what would be too small to read goes to the other side.
    for size in _SIZES:
        if sum(_listed(sheet, words, size) for _heading, words in parts) + ask <= sheet.room:
            for heading, words in parts:
                _part(sheet, heading, words, size)
            _write_ask(sheet, content)
            return
    _part(sheet, *good, _SIZES[0])
    _write_ask(sheet, content)
    if content.warnings:
        sheet.new_page()
        _part(sheet, *first, _OVERLEAF)


def _part(sheet: Sheet, heading: str, words: Sequence[str], size: float) -> None:
    sheet.need(_PART)
    sheet.text(heading, size=_PART_SIZE, face=Face.BOLD, colour=TEAL, after=3, line_height=_HEADING_LINE)
    for fitted in _blocks(sheet, words, size):
        sheet.need(fitted.height)
        top, middle = sheet.y, sheet.y - fitted.ascent + size * 0.27
        sheet.draw(lambda canvas, y=middle: draw_dot(canvas, sheet.left + 3, y, 1.6))  # type: ignore[misc]
        sheet.block(fitted, sheet.left + 12, top)
        sheet.y = top - fitted.height - size * 0.2
    sheet.skip(4)


def _write_ask(sheet: Sheet, content: CardContent) -> None:
    if content.counsellor:
        fitted = _ask(sheet, content)
        sheet.need(fitted.height)
        sheet.block(fitted, sheet.left, sheet.y, colour=TEAL)
        sheet.skip(fitted.height)


def _blocks(sheet: Sheet, words: Sequence[str], size: float) -> list[FittedText]:
    return [wrap(said, width=sheet.width - 12, size=size, line_height=1.18) for said in words]


def _listed(sheet: Sheet, words: Sequence[str], size: float) -> float:
    """Return how high a heading and the sentences under it are."""
    return _PART_SIZE * _HEADING_LINE + 3 + sum(block.height + size * 0.2 for block in _blocks(sheet, words, size)) + 4


def _ask(sheet: Sheet, content: CardContent) -> FittedText:
    line = " ".join(part for part in (content.counsellor, content.counsellor_phone) if part)
    return fit(_("Ask: {who}").format(who=line), width=sheet.width, height=28, size=12, smallest=5, face=Face.BOLD)
