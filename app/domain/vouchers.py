"""Vouchers for medicine to stop smoking: how many a year, for whom, and what a pharmacy's invoice says.

A voucher is a fact; cancelling one is a correction. Two laptops that were apart may together have issued too many, or
one number twice: that is found and reported, and nothing is deleted. Money is whole øre.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Protocol, TypeVar

from app.domain.checks import Block, Check, block
from app.domain.months import months_after
from app.domain.programmes import Programme
from app.errors import RuleRefusal

MOST_VALUE: Final = 1_000_000
"""Kroner above which an amount is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme says about vouchers; without `number` it has none. `year`: rolling or calendar."""

    number: int
    value: int
    year: str
    months: int
    above: int
    needs_contact: bool
    needs_course: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """A voucher that stands."""

    voucher_id: str
    person_id: str
    number: str
    value: int
    issued_on: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class OverIssue:
    """More vouchers within a year than the programme has, as after two laptops met: those within it, earliest first."""

    begins_on: date
    ends_on: date
    vouchers: tuple[Issued, ...]
    allowed: int


def terms(programme: Programme | None) -> Terms | None:
    """Return the programme's rules for vouchers, or None where it has no vouchers."""
    if programme is None or not programme.has("voucher_number"):
        return None
    return Terms(
        number=programme.whole("voucher_number", 0),
        value=programme.whole("voucher_value", 0),
        year=programme.text("voucher_year", "rolling"),
        months=programme.whole("voucher_period", 12),
        above=programme.whole("voucher_cigarettes_above", 0),
        needs_contact=programme.flag("voucher_needs_contact"),
        needs_course=programme.flag("voucher_needs_course"),
    )


def year_of(on: date, rule: Terms) -> tuple[date, date]:
    """Return the first and last day of the year that a voucher issued on a day counts in, seen from that day."""
    if rule.year == "calendar":
        return date(on.year, 1, 1), date(on.year, 12, 31)
    first = date.fromordinal(months_after(on, -rule.months).toordinal() + 1)
    return first, on


def within_year(issued: Iterable[Issued], on: date, rule: Terms) -> tuple[Issued, ...]:
    """Return the vouchers that count against the number on a day."""
    first, last = year_of(on, rule)
    return tuple(sorted((v for v in issued if first <= v.issued_on <= last), key=_by_day))


def left(issued: Iterable[Issued], on: date, rule: Terms) -> int:
    """Return how many vouchers a person may still have on a day; never below none."""
    return max(0, rule.number - len(within_year(issued, on, rule)))


def over_issues(issued: Iterable[Issued], rule: Terms) -> tuple[OverIssue, ...]:
    """Return every year in which there are more vouchers than the programme has; a year is reported once.

    A rolling year is seen from each voucher backwards; one that only repeats a later, wider finding is left out.
    """
    known = sorted(issued, key=_by_day)
    found: dict[frozenset[str], OverIssue] = {}
    for latest in known:
        first, last = year_of(latest.issued_on, rule)
        within = within_year(known, latest.issued_on, rule)
        if len(within) > rule.number:
            found[frozenset(v.voucher_id for v in within)] = OverIssue(first, last, within, rule.number)
    return tuple(over for ids, over in found.items() if not any(ids < other for other in found))


def numbers_used_twice(issued: Iterable[Issued]) -> dict[str, tuple[Issued, ...]]:
    """Return the numbers that more than one standing voucher carries, with those vouchers."""
    by_number: dict[str, list[Issued]] = defaultdict(list)
    for voucher in sorted(issued, key=_by_day):
        by_number[plain_number(voucher.number)].append(voucher)
    return {number: tuple(vouchers) for number, vouchers in by_number.items() if len(vouchers) > 1}


def plain_number(number: str) -> str:
    """Return a voucher's number without what people write between its signs, for comparing."""
    return "".join(sign for sign in number.upper() if sign.isalnum())


def issue_blocks(
    programme: Programme,
    rule: Terms,
    issued: Sequence[Issued],
    *,
    on: date,
    value: int,
    cigarettes: float | None,
    is_at_contact: bool,
    is_on_course: bool,
) -> tuple[Block, ...]:
    """Return what the programme has against issuing one more voucher; each can be overridden with a reason.

    `cigarettes` is what the person smoked a day when they began: who has come down keeps what they were promised. A
    rule that the programme has left out asks nothing.
    """
    found: list[Check] = []
    after = [*issued, Issued("", "", "", value, on)]
    if any(any(not v.voucher_id for v in over.vouchers) for over in over_issues(after, rule)):
        code = "voucher-none-left"
        found.append(block(programme, "voucher_number", code, field="number", most=rule.number, year=rule.year))
    if programme.has("voucher_value") and value > rule.value:
        found.append(block(programme, "voucher_value", "voucher-value-above", field="value", most=rule.value / 100))
    if rule.needs_contact and not is_at_contact:
        found.append(block(programme, "voucher_needs_contact", "voucher-needs-contact", field="contact"))
    if rule.needs_course and not is_on_course:
        found.append(block(programme, "voucher_needs_course", "voucher-needs-course", field="issued_on"))
    if programme.has("voucher_cigarettes_above"):
        asks = partial(block, programme, "voucher_cigarettes_above", field="number", above=rule.above)
        if cigarettes is None:
            found.append(asks("voucher-smoking-unknown"))
        elif cigarettes <= rule.above:
            found.append(asks("voucher-smokes-too-little", smokes=round(cigarettes)))
    return tuple(check for check in found if isinstance(check, Block))


class Redemption(Protocol):
    """That a pharmacy took a voucher."""

    @property
    def voucher_id(self) -> str:
        """Return the voucher."""

    @property
    def invoice_line_id(self) -> str | None:
        """Return the line of an invoice that says so, if any does."""


_RedemptionT = TypeVar("_RedemptionT", bound=Redemption)


def used_once(redemptions: Iterable[_RedemptionT]) -> dict[str, _RedemptionT]:
    """Return by voucher what counts of redemptions that stand, given in the order in which they were recorded.

    Two laptops that were apart may both have noted that a pharmacy took a voucher: it took it once. What an invoice
    says counts before what was noted by hand, and otherwise what was noted first.
    """
    found: dict[str, _RedemptionT] = {}
    for redemption in redemptions:
        before = found.get(redemption.voucher_id)
        if before is None or (redemption.invoice_line_id and not before.invoice_line_id):
            found[redemption.voucher_id] = redemption
    return found


@dataclass(frozen=True, slots=True)
class InvoiceLineOf:
    """One line of a pharmacy's invoice, and the day of the invoice."""

    line_id: str
    number: str
    amount: int
    redeemed_on: date | None = None
    invoiced_on: date | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A line and the voucher that it means; `differences` are codes, empty where everything fits.

    unknown_number, cancelled, number_twice_issued, amount_above_value, before_issue, after_validity, after_invoice,
    charged_before
    """

    line: InvoiceLineOf
    voucher: Issued | None
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An invoice against what was issued. Amounts in øre; `sum_differs` is the invoice's total less its lines."""

    lines: tuple[Matched, ...]
    total: int
    accepted: int
    sum_differs: int

    @property
    def differing(self) -> tuple[Matched, ...]:
        """Return the lines that somebody must ask the pharmacy about."""
        return tuple(matched for matched in self.lines if matched.differences)


def reconcile(
    lines: Sequence[InvoiceLineOf],
    issued: Iterable[Issued],
    *,
    total: int,
    cancelled: Iterable[str] = (),
    charged: Iterable[str] = (),
) -> Reconciliation:
    """Match every line to its voucher by number and say what does not fit.

    `cancelled` are numbers of vouchers that were taken back, `charged` those that an earlier invoice charged for.
    """
    by_number: dict[str, list[Issued]] = defaultdict(list)
    for one in issued:
        by_number[plain_number(one.number)].append(one)
    taken_back = {plain_number(number) for number in cancelled}
    seen = {plain_number(number) for number in charged}
    matched = []
    for line in lines:
        number = plain_number(line.number)
        vouchers = by_number.get(number, [])
        voucher = vouchers[0] if vouchers else None
        differences = []
        if voucher is None:
            differences.append("cancelled" if number in taken_back else "unknown_number")
        else:
            if len(vouchers) > 1:
                differences.append("number_twice_issued")
            if line.amount > voucher.value:
                differences.append("amount_above_value")
            differences += _days_that_do_not_fit(line, voucher)
        if number in seen:
            differences.append("charged_before")
        seen.add(number)
        matched.append(Matched(line, voucher, tuple(differences)))
    summed = sum(line.amount for line in lines)
    return Reconciliation(
        lines=tuple(matched),
        total=total,
        accepted=sum(match.line.amount for match in matched if not match.differences),
        sum_differs=total - summed,
    )


def _days_that_do_not_fit(line: InvoiceLineOf, voucher: Issued) -> Iterator[str]:
    # An invoice that says no day of its lines was written after they were used.
    used_on = line.redeemed_on or line.invoiced_on
    if used_on is not None and used_on < voucher.issued_on:
        yield "before_issue"
    if line.redeemed_on is None:
        return
    if voucher.valid_until is not None and line.redeemed_on > voucher.valid_until:
        yield "after_validity"
    if line.invoiced_on is not None and line.redeemed_on > line.invoiced_on:
        yield "after_invoice"


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line as it was pasted or typed, before it is saved; `problem` is a code where it cannot be read."""

    row: int
    number: str
    amount: int
    redeemed_on: date | None
    problem: str = ""


def read_lines(text: str) -> tuple[WrittenLine, ...]:
    """Return the lines of a table (number, amount in kroner, day), separated by semicolon, tab or comma.

    A heading without an amount is passed over; a line that cannot be read says why: "not-an-amount" or "not-a-day".
    """
    found = []
    for row, written in enumerate(text.splitlines(), start=1):
        separator = next((sign for sign in (";", "\t") if sign in written), ",")
        cells = [cell.strip().strip('"') for cell in written.split(separator)]
        if not any(cells):
            continue
        number, amount, day = (*cells, "", "")[:3]
        oere = amount_in_oere(amount)
        if oere is None and row == 1 and not any(sign.isdigit() for sign in amount):
            continue
        redeemed_on = day_in(day)
        problem = "not-an-amount" if oere is None else "not-a-day" if day and redeemed_on is None else ""
        found.append(WrittenLine(row, number, oere or 0, redeemed_on, problem))
    return tuple(found)


def amount_in_oere(text: str) -> int | None:
    """Return øre of an amount in kroner as Danes and others write it ("1.225,50", "225,-", "225.5 kr."), else None."""
    try:
        return amount_typed(text, field="")
    except RuleRefusal:
        return None


def amount_typed(text: str, *, field: str) -> int:
    """Return øre of an amount that was typed; RuleRefusal "not-a-number" or "amount-too-large" where it is none."""
    plain = text.lower().replace("kr.", "").replace("kr", "").replace("dkk", "").replace("\u00a0", "").replace(" ", "")
    plain = plain.removesuffix(",-").removesuffix(".-")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".", 1)
    elif plain.count(".") == 1 and len(plain.rpartition(".")[2]) == 3:
        plain = plain.replace(".", "")
    kroner, _, rest = plain.partition(".")
    if not (kroner.isascii() and kroner.isdigit()) or (
        rest and not (rest.isascii() and rest.isdigit() and len(rest) <= 2)
    ):
        raise RuleRefusal("not-a-number", field=field)
    # So many digits are not even counted: some numbers are too long for that.
    oere = int(kroner) * 100 + int((rest + "00")[:2]) if len(kroner) <= len(str(MOST_VALUE)) else None
    if oere is None or oere > MOST_VALUE * 100:
        raise RuleRefusal("amount-too-large", field=field, most=MOST_VALUE)
    return oere


def amount_written(oere: int) -> str:
    """Return an amount as one would type it: "225", or "225,50" where there are øre."""
    kroner, rest = divmod(oere, 100)
    return f"{kroner},{rest:02}" if rest else f"{kroner}"


def day_in(text: str) -> date | None:
    """Return the day of "24-11-2026", "24.11.2026", "24/11/2026" or "2026-11-24", else None."""
    parts = text.replace(".", "-").replace("/", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    first, month, last = (int(part) for part in parts)
    try:
        return date(first, month, last) if len(parts[0]) == 4 else date(last, month, first)
    except ValueError:
        return None


def _by_day(voucher: Issued) -> tuple[date, str]:
    return voucher.issued_on, voucher.voucher_id
