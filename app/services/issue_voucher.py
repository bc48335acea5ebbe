"""Issue a voucher for medicine at a contact, cancel it, and note that a pharmacy took it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clock import today
from app.domain.vouchers import issue_blocks, terms
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Enrolment
from app.models.medicine import Voucher, VoucherRedemption
from app.models.person import Person
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.services.override_rule import override_blocks
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.programmes import programme_of_enrolment
from app.storage.queries.vouchers import cigarettes_at_start, enrolment_for_voucher, issued_to, number_taken

LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueVoucher:
    """A numbered voucher; `value` in øre, None for the programme's own."""

    person_id: str
    number: str
    issued_on: date
    value: int | None = None
    session_id: str | None = None
    contact_attempt_id: str | None = None
    valid_until: date | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class VoucherIssued:
    """The voucher that was written."""

    voucher_id: str
    changed: ChangeSet


def issue_voucher(command: IssueVoucher, *, work: UnitOfWork) -> VoucherIssued:
    """Write the voucher.

    Raises RuleRefusal "no-such-person", "future-date", "voucher-needs-number", "voucher-number-used" (with the day it
    was issued on), "no-voucher-programme", "voucher-before-enrolment" (with the day that would be right),
    "voucher-without-value" or "voucher-ends-before-issue". A block of the programme refuses with `overridable` set:
    "voucher-none-left", "voucher-value-above", "voucher-needs-contact", "voucher-needs-course",
    "voucher-smoking-unknown" or "voucher-smokes-too-little"; with a reason it is overridden, which is kept.
    """
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    if command.issued_on > today(work.clock):
        raise RuleRefusal("future-date", field="issued_on")
    number = _free_number(command.number, work=work)
    enrolment = enrolment_for_voucher(work.session, command.person_id, command.issued_on)
    programme = programme_of_enrolment(work.session, enrolment)
    rule = terms(programme)
    if programme is None or rule is None or enrolment is None:
        raise RuleRefusal("no-voucher-programme", field="number")
    if command.issued_on < enrolment.joined_on:
        raise RuleRefusal("voucher-before-enrolment", field="issued_on", earliest=enrolment.joined_on)
    value = rule.value if command.value is None else command.value
    if value <= 0:
        raise RuleRefusal("voucher-without-value", field="value")
    if command.valid_until is not None and command.valid_until < command.issued_on:
        raise RuleRefusal("voucher-ends-before-issue", field="valid_until", earliest=command.issued_on)
    voucher_id = new_id(work.clock)
    blocks = issue_blocks(
        programme,
        rule,
        issued_to(work.session, command.person_id),
        on=command.issued_on,
        value=value,
        cigarettes=cigarettes_at_start(work.session, command.person_id, since=enrolment.joined_on),
        is_at_contact=command.session_id is not None or command.contact_attempt_id is not None,
        is_on_course=_is_on(enrolment, command.issued_on),
    )
    override_blocks(
        blocks,
        reason=command.override_reason,
        person_id=command.person_id,
        subject_entity="voucher",
        subject_id=voucher_id,
        work=work,
    )
    work.session.add(
        Voucher(
            id=voucher_id,
            person_id=command.person_id,
            enrolment_id=enrolment.id,
            number=number,
            value=value,
            issued_on=command.issued_on,
            valid_until=command.valid_until,
            session_id=command.session_id,
            contact_attempt_id=command.contact_attempt_id,
            recorded_by=work.actor,
        )
    )
    return VoucherIssued(voucher_id, work.commit())


@dataclass(frozen=True, slots=True)
class CancelVoucher:
    """A voucher that is not to be used, and why."""

    voucher_id: str
    reason: str


def cancel_voucher(command: CancelVoucher, *, work: UnitOfWork) -> ChangeSet:
    """Correct the voucher to nothing; its number stays in the history.

    Raises RuleRefusal "no-such-fact", "corrected-already", "voucher-redeemed" or "reason-missing".
    """
    before = _standing(command.voucher_id, work=work)
    if _redemption(before.id, work=work) is not None:
        raise RuleRefusal("voucher-redeemed", field="voucher_id")
    work.session.add(correction_of(before, reason_given(command.reason), work=work, value=0))
    return work.commit()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemVoucher:
    """That a pharmacy took a voucher; `amount` in øre."""

    voucher_id: str
    redeemed_on: date
    amount: int
    pharmacy: str = ""
    invoice_line_id: str | None = None


@dataclass(frozen=True, slots=True)
class VoucherRedeemed:
    """The fact that was written."""

    redemption_id: str
    changed: ChangeSet


def redeem_voucher(command: RedeemVoucher, *, work: UnitOfWork) -> VoucherRedeemed:
    """Write the redemption.

    Raises RuleRefusal "no-such-fact", "corrected-already" (cancelled), "voucher-redeemed", "future-date",
    "redeemed-before-issue" (with the day that would be right) or "redeemed-above-value" (with the most).
    """
    voucher = _standing(command.voucher_id, work=work)
    if _redemption(voucher.id, work=work) is not None:
        raise RuleRefusal("voucher-redeemed", field="voucher_id")
    if command.redeemed_on > today(work.clock):
        raise RuleRefusal("future-date", field="redeemed_on")
    if command.redeemed_on < voucher.issued_on:
        raise RuleRefusal("redeemed-before-issue", field="redeemed_on", earliest=voucher.issued_on)
    if not 0 < command.amount <= voucher.value:
        raise RuleRefusal("redeemed-above-value", field="amount", most=voucher.value / 100)
    row = new_redemption(command, voucher, work=work)
    work.session.add(row)
    return VoucherRedeemed(row.id, work.commit())


def new_redemption(command: RedeemVoucher, voucher: Voucher, *, work: UnitOfWork) -> VoucherRedemption:
    """Return the fact of a redemption, not yet added."""
    return VoucherRedemption(
        id=new_id(work.clock),
        person_id=voucher.person_id,
        voucher_id=voucher.id,
        redeemed_on=command.redeemed_on,
        pharmacy=command.pharmacy.strip(),
        amount=command.amount,
        invoice_line_id=command.invoice_line_id,
        recorded_by=work.actor,
    )


def _free_number(number: str, *, work: UnitOfWork) -> str:
    number = " ".join(number.split())
    if not any(sign.isalnum() for sign in number) or len(number) > LONGEST_NUMBER:
        raise RuleRefusal("voucher-needs-number", field="number", longest=LONGEST_NUMBER)
    taken = number_taken(work.session, number)
    if taken is not None:
        raise RuleRefusal("voucher-number-used", field="number", number=number, day=taken.issued_on)
    return number


def _is_on(enrolment: Enrolment, on: date) -> bool:
    return enrolment.joined_on <= on and (enrolment.left_on is None or on <= enrolment.left_on)


def _standing(voucher_id: str, *, work: UnitOfWork) -> Voucher:
    row = fact_to_correct(Voucher, voucher_id, field="voucher_id", work=work)
    if row.value == 0:
        raise RuleRefusal("corrected-already", field="voucher_id")
    return row


def _redemption(voucher_id: str, *, work: UnitOfWork) -> VoucherRedemption | None:
    rows = work.session.scalars(select(VoucherRedemption).where(VoucherRedemption.voucher_id == voucher_id)).all()
    corrected = {row.corrects_id for row in rows}
    return next((row for row in rows if row.id not in corrected and row.amount > 0), None)
