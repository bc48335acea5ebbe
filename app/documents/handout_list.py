"""What was handed out to somebody, or at a session: date, product, portions, batch and price."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.documents.glyph_drawing import Alignment
from app.documents.sheet import A4, A4_ACROSS, Column, Sheet, TableRow
from app.i18n import _, format_day, format_money, format_number, in_language

_UPRIGHT: Final = (60, 31, 197, 47.5, 47.5, 60, 64)
_ACROSS: Final = (1.3, 0.75, 3.9, 1.1, 1.6, 1.3, 1.4)
_NAME: Final = 3.0
"""The shares of the columns on the page upright, across, and of the names."""


@dataclass(frozen=True, slots=True)
class HandoutLine:
    """One handout; `price` is of one portion in øre."""

    on: date
    who: str
    week: int
    product: str
    quantity: int
    batch: str = ""
    expires_on: date | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutContent:
    """The list; `has_names` where it is of a place or session rather than of one person."""

    language: str
    subject: str
    under: str
    lines: tuple[HandoutLine, ...]
    has_names: bool = False
    cooperation: str = ""


def handout_pdf(content: HandoutContent) -> bytes:
    """Return the list as a PDF, as many A4 pages as it needs; across where names stand in it."""
    with in_language(content.language):
        sheet = Sheet(
            title=_("Handed out") + f" · {content.subject}",
            language=content.language,
            size=A4_ACROSS if content.has_names else A4,
            margin=44,
            foot=content.cooperation,
            page_word=_("Page {n} of {of}"),
        )
        sheet.title(content.subject, over=_("Nicotine replacement handed out"), under=content.under, size=20)
        shares = _ACROSS if content.has_names else _UPRIGHT
        columns = [
            Column(_("Day"), shares[0]),
            Column(_("Week"), shares[1], Alignment.RIGHT),
            Column(_("Product"), shares[2]),
            Column(_("Portions"), shares[3], Alignment.RIGHT),
            Column(_("Batch"), shares[4]),
            Column(_("Expires"), shares[5]),
            Column(_("Price"), shares[6], Alignment.RIGHT),
        ]
        if content.has_names:
            columns.insert(1, Column(_("Name"), _NAME))
        if content.lines:
            sheet.table(columns, [*(_row(line, content) for line in content.lines), _total(content)], size=9)
        else:
            sheet.text(_("Nothing has been handed out."))
        return sheet.finish()


def _row(line: HandoutLine, content: HandoutContent) -> TableRow:
    cells = [
        format_day(line.on),
        str(line.week),
        line.product,
        str(line.quantity),
        line.batch,
        format_day(line.expires_on) if line.expires_on else "",
        "" if line.price is None else format_money(line.price * line.quantity),
    ]
    if content.has_names:
        cells.insert(1, line.who)
    return TableRow(tuple(cells))


def _total(content: HandoutContent) -> TableRow:
    portions = sum(line.quantity for line in content.lines)
    prices = [line.quantity * line.price for line in content.lines if line.price is not None]
    # What nobody has given a price did not cost nothing.
    money = format_money(sum(prices)) if prices else ""
    cells = [_("In total"), "", "", format_number(portions), "", "", money]
    if content.has_names:
        cells.insert(1, "")
    return TableRow(tuple(cells), is_total=True)
