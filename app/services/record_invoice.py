"""Take a pharmacy's invoice in, line by line, and redeem the vouchers that fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clock import today
from app.domain.facts import standing
from app.domain.roles import Right, may
from app.domain.vouchers import InvoiceLineOf, used_once
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.local import Device
from app.models.medicine import InvoiceLine, PharmacyInvoice, Voucher, VoucherRedemption
from app.services.issue_voucher import RedeemVoucher, new_redemption
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.vouchers import InvoiceRow, voucher_overview


@dataclass(frozen=True, slots=True)
class LineWanted:
    """A line as the pharmacy wrote it; `amount` in øre."""

    number: str
    amount: int
    redeemed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInvoice:
    """An invoice with its lines; `total` is what it asks for, in øre."""

    pharmacy: str
    number: str
    invoiced_on: date
    total: int
    lines: Sequence[LineWanted]
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceRecorded:
    """The invoice, how many vouchers it redeemed, and how many lines differ."""

    invoice_id: str
    redeemed: int
    differing: int
    changed: ChangeSet


def record_invoice(command: RecordInvoice, *, work: UnitOfWork) -> InvoiceRecorded:
    """Write the invoice, match its lines to vouchers by number, and redeem those without a difference.

    Where somebody had noted by hand that a pharmacy took a voucher, the invoice's amount and day take its place.

    Raises RuleRefusal "not-your-right", "invoice-needs-pharmacy", "invoice-needs-number", "invoice-known" (the same
    number of the same pharmacy), "invoice-without-lines", "future-date", or "line-without-number" and
    "line-out-of-range" with the line.
    """
    _for_the_coordinator(work)
    pharmacy, number = command.pharmacy.strip(), command.number.strip()
    if not pharmacy:
        raise RuleRefusal("invoice-needs-pharmacy", field="pharmacy")
    if not number:
        raise RuleRefusal("invoice-needs-number", field="number")
    if command.invoiced_on > today(work.clock):
        raise RuleRefusal("future-date", field="invoiced_on")
    known = select(PharmacyInvoice.id).where(PharmacyInvoice.pharmacy == pharmacy, PharmacyInvoice.number == number)
    if work.session.scalars(known).first() is not None:
        raise RuleRefusal("invoice-known", field="number", number=number)
    if not command.lines:
        raise RuleRefusal("invoice-without-lines", field="lines")
    for row, line in enumerate(command.lines, start=1):
        if not any(sign.isalnum() for sign in line.number):
            raise RuleRefusal("line-without-number", field="lines", row=row)
        if line.amount <= 0:
            raise RuleRefusal("line-out-of-range", field="lines", row=row)
    invoice_id = new_id(work.clock)
    work.session.add(
        PharmacyInvoice(
            id=invoice_id,
            pharmacy=pharmacy,
            number=number,
            invoiced_on=command.invoiced_on,
            total=command.total,
            note=command.note.strip(),
            recorded_by=work.actor,
        )
    )
    lines = [
        InvoiceLineOf(new_id(work.clock), line.number, line.amount, line.redeemed_on, command.invoiced_on)
        for line in command.lines
    ]
    work.session.add_all(
        InvoiceLine(
            id=line.line_id,
            invoice_id=invoice_id,
            row=row,
            voucher_number=line.number.strip(),
            amount=line.amount,
            redeemed_on=line.redeemed_on,
        )
        for row, line in enumerate(lines, start=1)
    )
    work.session.flush()
    against = next(row for row in voucher_overview(work.session).invoices if row.invoice_id == invoice_id)
    redeemed = _redeem(against, work=work)
    return InvoiceRecorded(invoice_id, redeemed, len(against.reconciliation.differing), work.commit())


def _redeem(invoice: InvoiceRow, *, work: UnitOfWork) -> int:
    """Redeem what fits, and return how many vouchers are used that were not known to be."""
    facts = work.session.scalars(select(VoucherRedemption).order_by(VoucherRedemption.id)).all()
    noted = used_once(row for row in standing(facts) if row.amount > 0)
    redeemed = 0
    for matched in invoice.reconciliation.lines:
        if matched.voucher is None or matched.differences:
            continue
        voucher = work.session.get(Voucher, matched.voucher.voucher_id)
        before = noted.get(matched.voucher.voucher_id)
        if voucher is None or (before is not None and before.invoice_line_id):
            continue
        redeem = RedeemVoucher(
            voucher_id=voucher.id,
            redeemed_on=matched.line.redeemed_on or invoice.invoiced_on,
            amount=matched.line.amount,
            pharmacy=invoice.pharmacy,
            invoice_line_id=matched.line.line_id,
        )
        redemption = new_redemption(redeem, voucher, work=work)
        if before is not None:
            # What is paid is what the pharmacy asks for, whatever somebody noted before.
            redemption.corrects_id, redemption.reason = before.id, f"{invoice.pharmacy} {invoice.number}"
        work.session.add(redemption)
        redeemed += before is None
    return redeemed


def _for_the_coordinator(work: UnitOfWork) -> None:
    device = work.session.scalars(select(Device)).first()
    if device is not None and not may(device.role, Right.WRITE_PROGRAMMES):
        raise RuleRefusal("not-your-right", right=Right.WRITE_PROGRAMMES.value)
