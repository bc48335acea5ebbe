"""A person's vouchers, what laptops that were apart issued too much of, and invoices against what was issued."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from app.clock import day_of
from app.domain.facts import standing
from app.domain.programmes import Programme
from app.domain.vouchers import (
    InvoiceLineOf,
    Issued,
    OverIssue,
    Reconciliation,
    Terms,
    left,
    numbers_used_twice,
    over_issues,
    plain_number,
    reconcile,
    terms,
    used_once,
    within_year,
)
from app.models.course import Attendance, Enrolment, Session
from app.models.medicine import InvoiceLine, PharmacyInvoice, Voucher, VoucherRedemption
from app.models.person import ContactAttempt, RuleOverride
from app.models.smoking import Measurement
from app.storage.access_log import note_view
from app.storage.all_rows import all_rows_of_each
from app.storage.engine import Reading
from app.storage.queries.names import names_of
from app.storage.queries.newest_enrolment import newest_enrolment
from app.storage.queries.own_memory import in_own_memory
from app.storage.queries.programmes import programme_of_enrolment, programmes
from app.storage.queries.same_person import owners_of_all, rows_of

CONTACT_WITHIN = timedelta(days=14)
"""How far back a contact is offered for a voucher."""


@dataclass(frozen=True, slots=True)
class ContactOf:
    """A contact that a voucher may be issued at: a session that the person came to, or a call that reached them."""

    kind: str
    contact_id: str
    on: date


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A voucher that stands, as the person's page lists it; amounts in øre, `redeemed` is None until it was used."""

    voucher_id: str
    number: str
    value: int
    issued_on: date
    valid_until: date | None
    redeemed: int | None
    redeemed_on: date | None
    pharmacy: str
    override_reason: str


@dataclass(frozen=True, slots=True)
class VouchersInShort:
    """What a person's story says of vouchers; without `terms` the programme of the person's course has none."""

    terms: Terms | None
    vouchers: tuple[VoucherRow, ...]
    left: int


@dataclass(frozen=True, slots=True)
class VoucherStory:
    """Everything the panel of vouchers shows; without `terms` the programme of the person's course has none."""

    person_id: str
    enrolment_id: str | None
    programme: Programme | None
    terms: Terms | None
    vouchers: tuple[VoucherRow, ...]
    cancelled: tuple[VoucherRow, ...]
    this_year: int
    left: int
    over: tuple[OverIssue, ...]
    twice: tuple[str, ...]
    contacts: tuple[ContactOf, ...]
    next_number: str


@dataclass(frozen=True, slots=True)
class OverIssued:
    """A person with more vouchers than the programme has, for the coordinator's list."""

    person_id: str
    name: str
    over: OverIssue


@dataclass(frozen=True, slots=True)
class UsedTwice:
    """A number that more than one voucher carries, with whose they are."""

    number: str
    vouchers: tuple[tuple[str, str, date], ...]
    """(person, name, issued on)"""


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice with how it stands against what was issued."""

    invoice_id: str
    pharmacy: str
    number: str
    invoiced_on: date
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True)
class VoucherOverview:
    """What the coordinator's screen shows."""

    invoices: tuple[InvoiceRow, ...]
    over: tuple[OverIssued, ...]
    twice: tuple[UsedTwice, ...]
    issued: int
    issued_value: int
    redeemed_value: int
    names: dict[str, str]


def issued_to(reading: Reading, person_id: str) -> list[Issued]:
    """Return the standing vouchers of a person, across courses and counsellors."""
    return _issued(_standing_vouchers(reading, rows_of(reading, person_id)), {})


def enrolment_for_voucher(
    reading: Reading, person_id: str, on: date, known: dict[str, Terms | None] | None = None
) -> Enrolment | None:
    """Return the part in a course that a voucher of that day belongs to.

    Of courses that somebody is on beside one another it is the newest whose programme has vouchers, else the newest.
    `known` keeps the terms of courses from one person to the next.
    """
    parts = reading.scalars(
        select(Enrolment)
        .where(
            Enrolment.person_id.in_(rows_of(reading, person_id)),
            Enrolment.joined_on <= on,
            Enrolment.left_on.is_(None) | (Enrolment.left_on >= on),
        )
        .order_by(Enrolment.left_on.is_not(None), Enrolment.joined_on.desc(), Enrolment.id.desc())
    ).all()
    known = {} if known is None else known
    of_vouchers = (part for part in parts if _terms_of(reading, part, known) is not None)
    return next(of_vouchers, None) or newest_enrolment(reading, person_id)


def _terms_of(reading: Reading, enrolment: Enrolment | None, known: dict[str, Terms | None]) -> Terms | None:
    if enrolment is None:
        return None
    if enrolment.course_id not in known:
        known[enrolment.course_id] = terms(programme_of_enrolment(reading, enrolment))
    return known[enrolment.course_id]


def number_taken(reading: Reading, number: str) -> Voucher | None:
    """Return the standing voucher that carries a number on this laptop already."""
    plain = plain_number(number)
    return next((row for row in _standing_vouchers(reading) if plain_number(row.number) == plain), None)


def cigarettes_at_start(reading: Reading, person_id: str, *, since: date | None) -> float | None:
    """Return cigarettes a day at the first measuring of a course, or the last one before it; None where unknown."""
    rows = standing(
        reading.scalars(
            select(Measurement)
            .where(Measurement.person_id.in_(rows_of(reading, person_id)), Measurement.kind == "cigarettes_per_day")
            .order_by(Measurement.measured_on, Measurement.id)
        ).all()
    )
    known = [(row.measured_on, row.value) for row in rows if row.value is not None]
    if since is not None:
        after = [value for on, value in known if on >= since]
        before = [value for on, value in known if on < since]
        return after[0] if after else before[-1] if before else None
    return known[0][1] if known else None


def vouchers_in_short(reading: Reading, person_id: str, *, today: date) -> VouchersInShort:
    """Return a person's vouchers and how many are left, without what has to be known to issue one."""
    enrolment = enrolment_for_voucher(reading, person_id, today)
    rule = terms(programme_of_enrolment(reading, enrolment))
    rows = _standing_vouchers(reading, rows_of(reading, person_id))
    redeemed = _redemptions(reading, [row.id for row in rows])
    return VouchersInShort(
        terms=rule,
        vouchers=tuple(_row(row, redeemed.get(row.id), "") for row in rows),
        left=left(_issued(rows, {}), today, rule) if rule else 0,
    )


def voucher_story(reading: Reading, person_id: str, *, today: date, user_id: str) -> VoucherStory:
    """Return a person's vouchers with what the programme of their course says about the next one."""
    people = rows_of(reading, person_id)
    enrolment = enrolment_for_voucher(reading, person_id, today)
    programme = programme_of_enrolment(reading, enrolment)
    rule = terms(programme)
    rows = _standing_vouchers(reading, people)
    issued = _issued(rows, {})
    redeemed = _redemptions(reading, [row.id for row in rows])
    overridden = {
        row.subject_id: row.reason
        for row in reading.scalars(
            select(RuleOverride).where(RuleOverride.person_id.in_(people), RuleOverride.subject_entity == "voucher")
        )
    }
    return VoucherStory(
        person_id=person_id,
        enrolment_id=enrolment.id if enrolment else None,
        programme=programme,
        terms=rule,
        vouchers=tuple(_row(row, redeemed.get(row.id), overridden.get(row.id, "")) for row in rows),
        cancelled=tuple(_row(row, None, row.reason) for row in _cancelled(reading, people)),
        this_year=len(within_year(issued, today, rule)) if rule else 0,
        left=left(issued, today, rule) if rule else 0,
        over=over_issues(issued, rule) if rule else (),
        twice=_used_twice(reading, {plain_number(row.number) for row in rows}),
        contacts=contacts_of(reading, people, today=today),
        next_number=next_number(reading, user_id=user_id),
    )


def _used_twice(reading: Reading, own: set[str]) -> tuple[str, ...]:
    """Return which of these plain numbers another standing voucher carries too, however it is written there."""
    # Every number is compared, but they alone are read; of vouchers those of the few whose numbers are alike.
    numbers = reading.scalars(select(Voucher.number)) if own else ()
    alike = [number for number in numbers if plain_number(number) in own]
    people = reading.scalars(select(Voucher.person_id).where(Voucher.number.in_(alike)).distinct()).all()
    twice = numbers_used_twice(_issued(_standing_vouchers(reading, people), {}))
    return tuple(number for number in twice if number in own)


def next_number(reading: Reading, *, user_id: str) -> str:
    """Return the number after the last one that this counsellor issued, with its leading zeros; empty at first."""
    last = reading.scalars(
        select(Voucher.number)
        .where(Voucher.recorded_by == user_id, Voucher.value > 0)
        .order_by(Voucher.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return ""
    digits = len(last) - len(last.rstrip("0123456789"))
    if digits == 0:
        return ""
    taken = {plain_number(number) for number in reading.scalars(select(Voucher.number))}
    number = int(last[-digits:])
    while plain_number(offered := f"{last[:-digits]}{(number := number + 1):0{digits}d}") in taken:
        pass
    return offered


def contacts_of(reading: Reading, people: Sequence[str], *, today: date) -> tuple[ContactOf, ...]:
    """Return the contacts of late, newest first: sessions that the person came to, and calls that reached them."""
    since = today - CONTACT_WITHIN
    sessions = reading.execute(
        select(Session.id, Session.held_on)
        .join(Attendance, Attendance.session_id == Session.id)
        .where(Attendance.person_id.in_(people), Attendance.status == "present", Session.held_on >= since)
    )
    found = [ContactOf("session", row_id, held_on) for row_id, held_on in sessions]
    attempts = standing(
        reading.scalars(
            select(ContactAttempt).where(ContactAttempt.person_id.in_(people), ContactAttempt.outcome == "reached")
        ).all()
    )
    for row in attempts:
        on = day_of(row.attempted_at)
        if since <= on <= today:
            found.append(ContactOf("contact_attempt", row.id, on))
    return tuple(sorted(found, key=lambda contact: (contact.on, contact.contact_id), reverse=True))


def voucher_overview(reading: Reading) -> VoucherOverview:
    """Return invoices against vouchers, and what laptops that were apart issued too much of."""
    return in_own_memory(lambda: _overview(reading))


def _overview(reading: Reading) -> VoucherOverview:
    redeemed_value = _redeemed_in_all(reading)
    issued, how_many, issued_value = _worth_a_look(reading)
    over = _over_issued(reading, issued)
    invoices = _invoices(reading, issued)
    twice = numbers_used_twice(issued)
    charged = {match.voucher.person_id for row in invoices for match in row.reconciliation.lines if match.voucher}
    names = names_of(
        reading,
        charged | {person_id for person_id, _found in over} | {v.person_id for two in twice.values() for v in two},
    )
    note_view(reading, sorted({person_id for person_id, _found in over}), what="voucher")
    return VoucherOverview(
        invoices=invoices,
        over=tuple(OverIssued(person_id, names.get(person_id, ""), found) for person_id, found in over),
        twice=tuple(
            UsedTwice(number, tuple((v.person_id, names.get(v.person_id, ""), v.issued_on) for v in vouchers))
            for number, vouchers in twice.items()
        ),
        issued=how_many,
        issued_value=issued_value,
        redeemed_value=redeemed_value,
        names=names,
    )


def _over_issued(reading: Reading, issued: Iterable[Issued]) -> list[tuple[str, OverIssue]]:
    """Return whose vouchers were too many, in order of the persons."""
    by_person: dict[str, list[Issued]] = defaultdict(list)
    for voucher in issued:
        by_person[voucher.person_id].append(voucher)
    over: list[tuple[str, OverIssue]] = []
    known: dict[str, Terms | None] = {}
    for person_id, vouchers in sorted(by_person.items()):
        last = max(voucher.issued_on for voucher in vouchers)
        rule = _terms_of(reading, enrolment_for_voucher(reading, person_id, last, known), known)
        if rule is not None:
            over += [(person_id, found) for found in over_issues(vouchers, rule)]
    return over


# About everybody, past the object mapper: of a large store that is a hundred megabytes of objects.


def _worth_a_look(reading: Reading) -> tuple[list[Issued], int, int]:
    """Return vouchers that may be too many, share a number or are charged for, how many there are, and their value.

    Nearly everybody has no more than the programme that gives the fewest, and needs no look at their courses.
    """
    whom = owners_of_all(reading)
    numbers = [rule.number for rule in map(terms, programmes(reading).values()) if rule is not None]
    charged = {plain_number(number) for number in reading.scalars(select(InvoiceLine.voucher_number))}
    of_person, of_number = Counter[str](), Counter[str]()
    value = 0
    for row in _everybodys_vouchers(reading):
        of_person[whom.get(row.person_id, row.person_id)] += 1
        of_number[plain_number(row.number)] += 1
        value += row.value
    # Read again, and not kept meanwhile: that is the most of what everybody's vouchers take.
    chosen = (
        row
        for row in _everybodys_vouchers(reading)
        if (numbers and of_person[whom.get(row.person_id, row.person_id)] > min(numbers))
        or of_number[number := plain_number(row.number)] > 1
        or number in charged
    )
    return _issued(chosen, whom), of_number.total(), value


def _everybodys_vouchers(reading: Reading) -> Iterator[Any]:
    (rows,) = all_rows_of_each(reading.connection(), (_standing_of_everybody(),))
    return rows


@cache
def _standing_of_everybody() -> Select[*tuple[Any, ...]]:
    """Return the question for the vouchers that stand, in order of their days."""
    correction = aliased(Voucher)
    return (
        select(
            Voucher.id,
            Voucher.person_id,
            Voucher.number,
            Voucher.value,
            Voucher.issued_on,
            Voucher.valid_until,
        )
        .where(
            Voucher.value > 0,
            Voucher.id.not_in(select(correction.corrects_id).where(correction.corrects_id.is_not(None))),
        )
        .order_by(Voucher.issued_on, Voucher.id)
    )


def _redeemed_in_all(reading: Reading) -> int:
    """Return what pharmacies took, in øre, also of vouchers that another laptop cancelled meanwhile: it is paid for."""
    (rows,) = all_rows_of_each(reading.connection(), (_everybodys_redemptions(),))
    of_each = groupby(rows, key=attrgetter("voucher_id"))
    return sum(row.amount for _voucher, redemptions in of_each for row in used_once(redemptions).values())


@cache
def _everybodys_redemptions() -> Select[*tuple[Any, ...]]:
    """Return the question for the redemptions that stand, those of a voucher together, as they were recorded."""
    correction = aliased(VoucherRedemption)
    corrected = select(correction.corrects_id).where(correction.corrects_id.is_not(None))
    return (
        select(VoucherRedemption.voucher_id, VoucherRedemption.amount, VoucherRedemption.invoice_line_id)
        .where(VoucherRedemption.amount > 0, VoucherRedemption.id.not_in(corrected))
        .order_by(VoucherRedemption.voucher_id, VoucherRedemption.id)
    )


def _invoices(reading: Reading, issued: list[Issued]) -> tuple[InvoiceRow, ...]:
    cancelled = [row.number for row in _cancelled(reading)]
    charged: list[str] = []
    found = []
    for invoice in reading.scalars(
        select(PharmacyInvoice).order_by(PharmacyInvoice.invoiced_on, PharmacyInvoice.id)
    ).all():
        lines = [
            InvoiceLineOf(row.id, row.voucher_number, row.amount, row.redeemed_on, invoice.invoiced_on)
            for row in reading.scalars(
                select(InvoiceLine)
                .where(InvoiceLine.invoice_id == invoice.id)
                .order_by(InvoiceLine.row, InvoiceLine.id)
            )
        ]
        against = reconcile(lines, issued, total=invoice.total, cancelled=cancelled, charged=charged)
        charged += [line.number for line in lines]
        found.append(InvoiceRow(invoice.id, invoice.pharmacy, invoice.number, invoice.invoiced_on, against))
    return tuple(reversed(found))


def _standing_vouchers(reading: Reading, people: Sequence[str] | None = None) -> list[Voucher]:
    statement = select(Voucher).order_by(Voucher.issued_on, Voucher.id)
    if people is not None:
        statement = statement.where(Voucher.person_id.in_(people))
    return [row for row in standing(reading.scalars(statement).all()) if row.value > 0]


def _cancelled(reading: Reading, people: Sequence[str] | None = None) -> list[Voucher]:
    statement = select(Voucher).where(Voucher.value == 0).order_by(Voucher.issued_on, Voucher.id)
    if people is not None:
        statement = statement.where(Voucher.person_id.in_(people))
    return standing(reading.scalars(statement).all())


def _redemptions(reading: Reading, voucher_ids: Sequence[str]) -> dict[str, VoucherRedemption]:
    rows = standing(
        reading.scalars(
            select(VoucherRedemption)
            .where(VoucherRedemption.voucher_id.in_(voucher_ids))
            .order_by(VoucherRedemption.id)
        ).all()
    )
    return used_once(row for row in rows if row.amount > 0)


def _issued(rows: Iterable[Any], merged: Mapping[str, str]) -> list[Issued]:
    return [
        Issued(
            voucher_id=row.id,
            person_id=merged.get(row.person_id, row.person_id),
            number=row.number,
            value=row.value,
            issued_on=row.issued_on,
            valid_until=row.valid_until,
        )
        for row in rows
    ]


def _row(row: Voucher, redeemed: VoucherRedemption | None, override_reason: str) -> VoucherRow:
    return VoucherRow(
        voucher_id=row.id,
        number=row.number,
        value=row.value,
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        redeemed=redeemed.amount if redeemed else None,
        redeemed_on=redeemed.redeemed_on if redeemed else None,
        pharmacy=redeemed.pharmacy if redeemed else "",
        override_reason=override_reason,
    )
