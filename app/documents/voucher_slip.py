"""Vouchers for medicine to stop smoking, several on a page, to be cut apart and taken to the pharmacy."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, QUIET, TEAL, WARM, mix
from app.documents.shaped_text import fit
from app.documents.sheet import Sheet, draw_box
from app.i18n import _, format_day, format_money, in_language


@dataclass(frozen=True, slots=True)
class SlipVoucher:
    """One voucher; `value` is in øre."""

    number: str
    value: int
    issued_on: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherContent:
    """Whose vouchers, and what the pharmacy needs to know."""

    name: str
    language: str
    vouchers: tuple[SlipVoucher, ...]
    cooperation: str
    issuer: str = ""
    invoice_to: str = ""


_TALL = 178.0


def voucher_pdf(content: VoucherContent) -> bytes:
    """Return the slips as a PDF, four on each A4 page."""
    with in_language(content.language):
        sheet = Sheet(title=_("Vouchers") + f" · {content.name}", language=content.language, margin=36)
        for voucher in content.vouchers:
            sheet.need(_TALL)
            _slip(sheet, voucher, content)
            sheet.skip(14)
        return sheet.finish()


def _slip(sheet: Sheet, voucher: SlipVoucher, content: VoucherContent) -> None:
    top, left, right = sheet.y, sheet.left, sheet.right
    sheet.draw(lambda canvas: _field(canvas, left, top - _TALL, sheet.width))
    title = fit(
        _("Voucher for medicine to stop smoking"),
        width=sheet.width * 0.6,
        height=24,
        size=16,
        smallest=9,
        face=Face.BOLD,
        most_lines=1,
    )
    sheet.block(title, left + 18, top - 14, colour=TEAL)
    value = fit(
        format_money(voucher.value),
        width=sheet.width * 0.32,
        height=44,
        size=32,
        smallest=14,
        face=Face.BOLD,
        most_lines=1,
    )
    sheet.block(value, right - 18, top - 12, colour=INK, align=Alignment.RIGHT)
    name = fit(content.name, width=sheet.width * 0.6, height=36, size=16, smallest=5, most_lines=2, line_height=1.1)
    sheet.block(name, left + 18, top - 46)
    number = fit(
        voucher.number,
        width=sheet.width * 0.5,
        height=36,
        size=26,
        smallest=9,
        face=Face.BOLD,
        most_lines=1,
        tracking=60,
    )
    sheet.block(number, left + 18, top - 86, colour=INK)
    said = [_("Issued {day}").format(day=format_day(voucher.issued_on))]
    if voucher.valid_until is not None:
        said.append(_("valid until {day}").format(day=format_day(voucher.valid_until)))
    if content.issuer:
        said.append(content.issuer)
    line = fit(" · ".join(said), width=sheet.width - 36, height=14, size=10.5, smallest=5, most_lines=1)
    sheet.block(line, left + 18, top - 122, colour=QUIET)
    how = _("To the pharmacy: take it once, write the number on the invoice.")
    if content.invoice_to:
        how += " " + _("Invoice: {who}").format(who=content.invoice_to)
    under = fit(how, width=sheet.width - 36, height=28, size=9.5, smallest=5, most_lines=2)
    sheet.block(under, left + 18, top - 140, colour=QUIET)
    whose = fit(
        content.cooperation, width=sheet.width * 0.32, height=26, size=10, smallest=5, most_lines=2, line_height=1.1
    )
    sheet.block(whose, right - 18, top - 62, colour=QUIET, align=Alignment.RIGHT)
    sheet.y = top - _TALL


def _field(canvas: Any, left: float, bottom: float, width: float) -> None:
    canvas.saveState()
    canvas.setDash(5, 4)
    draw_box(canvas, left, bottom, width, _TALL, fill=mix(WARM, 0.07), line=QUIET, radius=8, thick=0.8)
    canvas.restoreState()
