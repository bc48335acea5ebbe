"""What was handed out to somebody, or at a session: date, product, portions, batch and price."""

from dataclasses import dataclass
from datetime import date

from app.documents.glyph_drawing import Alignment
from app.documents.sheet import Column, Sheet, TableRow
from app.i18n import _, format_day, format_money, format_number, in_language


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
    """Return the list as a PDF, as many A4 pages as it needs."""
    with in_language(content.language):
        sheet = Sheet(
            title=_("Handed out") + f" · {content.subject}",
            language=content.language,
            margin=44,
            foot=content.cooperation,
            page_word=_("Page {n} of {of}"),
        )
        sheet.title(content.subject, over=_("Nicotine replacement handed out"), under=content.under, size=20)
        columns = [
            Column(_("Day"), 1.7),
            Column(_("Week"), 0.95, Alignment.RIGHT),
            Column(_("Product"), 2.6 if content.has_names else 3.4),
            Column(_("Portions"), 1.5, Alignment.RIGHT),
            Column(_("Batch"), 1.2),
            Column(_("Expires"), 1.7),
            Column(_("Price"), 1.5, Alignment.RIGHT),
        ]
        if content.has_names:
            columns.insert(1, Column(_("Name"), 3))
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
