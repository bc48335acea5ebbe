"""Other medicines, what was told to whom about them, and vouchers for medicine to stop smoking."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Synced


class Medicine(Synced, Base):
    """A medicine that somebody takes, as they said it; `substance` is the generic name it was recognised as, or empty.

    Never a dose: Pusterum documents and warns.
    """

    __tablename__ = "medicine"
    entity = "medicine"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    name: Mapped[str] = mapped_column(String(200))
    substance: Mapped[str] = mapped_column(String(60), default="", index=True)
    started_on: Mapped[date | None]
    stopped_on: Mapped[date | None]
    prescriber: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(default="")
    recorded_on: Mapped[date]
    recorded_by: Mapped[str] = mapped_column(String(36))


class MedicineNotice(Synced, Base):
    """A fact: a prescriber was told that smoking changes, or the person did not want it told.

    `trigger`: stop_date, reduction, smoke_free, relapse or closure, on `trigger_on`. `consent`: given or declined.
    """

    __tablename__ = "medicine_notice"
    entity = "medicine_notice"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    medicine_id: Mapped[str] = mapped_column(String(36))
    trigger: Mapped[str] = mapped_column(String(20))
    trigger_on: Mapped[date]
    told_whom: Mapped[str] = mapped_column(String(200), default="")
    told_on: Mapped[date]
    consent: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")
    taken_back: Mapped[bool] = mapped_column(default=False)


class Voucher(Synced, Base):
    """A fact: a voucher for medicine was issued, tied to a contact (S2). `value` is in øre.

    A correction with value 0 cancels it. `session_id` or `contact_attempt_id` is the contact that it was issued at.
    """

    __tablename__ = "voucher"
    entity = "voucher"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    enrolment_id: Mapped[str | None] = mapped_column(String(36))
    number: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[int]
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    session_id: Mapped[str | None] = mapped_column(String(36))
    contact_attempt_id: Mapped[str | None] = mapped_column(String(36))
    recorded_by: Mapped[str] = mapped_column(String(36), index=True)
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class VoucherRedemption(Synced, Base):
    """A fact: the pharmacy took a voucher; `amount` is in øre, `invoice_line_id` where the invoice says so."""

    __tablename__ = "voucher_redemption"
    entity = "voucher_redemption"

    person_id: Mapped[str] = mapped_column(String(36), index=True)
    voucher_id: Mapped[str] = mapped_column(String(36), index=True)
    redeemed_on: Mapped[date]
    pharmacy: Mapped[str] = mapped_column(String(200), default="")
    amount: Mapped[int]
    invoice_line_id: Mapped[str | None] = mapped_column(String(36))
    recorded_by: Mapped[str] = mapped_column(String(36))
    corrects_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(default="")


class PharmacyInvoice(Synced, Base):
    """A pharmacy's invoice for redeemed vouchers, which only the coordinator has; `total` is in øre."""

    __tablename__ = "pharmacy_invoice"
    entity = "pharmacy_invoice"

    pharmacy: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    invoiced_on: Mapped[date]
    total: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[str] = mapped_column(String(36))


class InvoiceLine(Synced, Base):
    """Line number `row` of a pharmacy's invoice: a voucher's number as the pharmacy wrote it, and an amount in øre."""

    __tablename__ = "invoice_line"
    entity = "invoice_line"

    invoice_id: Mapped[str] = mapped_column(String(36), index=True)
    row: Mapped[int] = mapped_column(default=0)
    voucher_number: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    redeemed_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
