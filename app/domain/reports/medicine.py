"""What nicotine replacement and vouchers cost, and whether the pharmacy's invoices agree with what was issued."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from app.domain.products import product_name
from app.domain.reports.facts import Facts, InvoiceLineRow, VoucherRow
from app.domain.reports.table import (
    TOTAL,
    Cell,
    Check,
    Column,
    Kind,
    Report,
    Row,
    Table,
    at_places,
    in_danish_order,
)
from app.domain.vouchers import InvoiceLineOf, Issued, reconcile
from app.i18n import _, format_number, language

MOST_NAMED = 200
"""Rows of the list by person: those with the highest cost."""
_BANDS = (0, 50_000, 100_000, 200_000, 400_000)
"""Where the bands of cost per person begin, in øre."""


@dataclass(slots=True)
class _Sum:
    """What one place, product or person adds up to."""

    portions: int = 0
    handed: int = 0
    issued: int = 0
    redeemed: int = 0
    places: list[int] = field(default_factory=list)
    """Whose sums were taken in, by their places among the people behind the figures."""

    def add(self, other: "_Sum", place: int) -> None:
        """Take in another sum, which is of the person at this place."""
        self.portions += other.portions
        self.handed += other.handed
        self.issued += other.issued
        self.redeemed += other.redeemed
        self.places.append(place)

    @property
    def cost(self) -> int:
        """Return what was really paid: handouts at their price, and redeemed vouchers."""
        return self.handed + self.redeemed


@dataclass(frozen=True, slots=True)
class _Spending:
    """What a period cost, added up from three sides; `behind` are the people whose costs these are."""

    behind: tuple[str, ...]
    by_product: dict[str, _Sum]
    by_place: dict[str, _Sum]
    by_person: dict[str, _Sum]
    whole: _Sum
    without_price: int
    """Handouts whose price nobody knows."""


def medicine_costs(facts: Facts, since: date, until: date, *, names: dict[str, str] | None = None) -> Report:
    """Return cost per product, place and person; `names` gives the list by person, which never leaves the unit."""
    spent = _spending(facts, since, until)
    product_names = {
        key: _("Vouchers") if key == _VOUCHER else product_name(key, language()) for key in spent.by_product
    }
    known_places = {place.id: place.name for place in facts.places}
    place_names = {key: known_places.get(key) or _("Not at a place") for key in spent.by_place}
    tables = [
        _table("by_product", _("Per product"), _("Product"), spent.by_product, product_names, spent),
        _table("by_place", _("Per place"), _("Place"), spent.by_place, place_names, spent),
        _bands(spent),
    ]
    if names is not None:
        tables.append(_costliest(spent, names))
    return Report(
        key="medicine",
        title=_("Nicotine replacement and vouchers"),
        since=since,
        until=until,
        notes=(
            _("Cost is what was handed out, at its price, and the vouchers that pharmacies redeemed."),
            _("Handouts without a price, which count as nothing: {n}.").format(n=spent.without_price),
        ),
        tables=tuple(tables),
        checks=(
            Check(
                _("Products, places and people each add up to the same cost."),
                spent.whole.cost
                == sum(found.cost for found in spent.by_product.values())
                == sum(found.cost for found in spent.by_place.values())
                == sum(found.cost for found in spent.by_person.values()),
            ),
        ),
    )


def _spending(facts: Facts, since: date, until: date) -> _Spending:
    handouts = [h for h in facts.handouts if since <= h.on <= until]
    issued = [v for v in facts.vouchers if since <= v.issued_on <= until and v.value > 0]
    of_voucher = {v.id: v for v in facts.vouchers}
    redeemed = [
        (of_voucher[r.voucher_id], r.amount)
        for r in facts.redemptions
        if since <= r.redeemed_on <= until and r.voucher_id in of_voucher
    ]
    place_of_course = {course.id: course.place_id for course in facts.courses}
    course_of = {enrolment.id: enrolment.course_id for enrolment in facts.enrolments}

    def place_of(enrolment_id: str) -> str:
        return place_of_course.get(course_of.get(enrolment_id, ""), "")

    # First by person, place and product together: most people have many handouts of one product at one place.
    parts: defaultdict[tuple[str, str, str], _Sum] = defaultdict(_Sum)
    for h in handouts:
        own = parts[h.person_id, h.place_id or place_of(h.enrolment_id), h.product]
        own.portions += h.quantity
        own.handed += h.amount or 0
    for voucher in issued:
        parts[voucher.person_id, place_of(voucher.enrolment_id), _VOUCHER].issued += voucher.value
    for voucher, amount in redeemed:
        parts[voucher.person_id, place_of(voucher.enrolment_id), _VOUCHER].redeemed += amount

    behind = tuple(dict.fromkeys(person_id for person_id, _place, _product in parts))
    at = {person_id: place for place, person_id in enumerate(behind)}
    by_product: defaultdict[str, _Sum] = defaultdict(_Sum)
    by_place: defaultdict[str, _Sum] = defaultdict(_Sum)
    by_person: defaultdict[str, _Sum] = defaultdict(_Sum)
    whole = _Sum()
    for (person_id, place_id, product), found in parts.items():
        for total in (by_product[product], by_place[place_id], by_person[person_id], whole):
            total.add(found, at[person_id])
    return _Spending(
        behind=behind,
        by_product=by_product,
        by_place=by_place,
        by_person=by_person,
        whole=whole,
        without_price=sum(h.amount is None for h in handouts),
    )


_VOUCHER = "voucher"


def _cells(found: _Sum) -> tuple[Cell, ...]:
    members = at_places(found.places)
    people = members.bit_count()
    figures = (people, found.portions, found.handed, found.issued, found.redeemed, found.cost)
    each = round(found.cost / people) if people else None
    return tuple(Cell(figure, members=members) for figure in (*figures, each))


def _table(
    key: str,
    title: str,
    head: str,
    sums: dict[str, _Sum],
    names: dict[str, str],
    spent: _Spending,
    *,
    is_named: bool = False,
) -> Table:
    """Return one side of the spending; where it is one of names it keeps its order, has no total and never leaves."""
    ordered = list(sums) if is_named else sorted(sums, key=lambda known: (in_danish_order(names[known]), known))
    rows = [Row(known, names[known], _cells(sums[known])) for known in ordered]
    if not is_named:
        rows.append(Row(TOTAL, _("In total"), _cells(spent.whole), is_total=True))
    return Table(
        key=key,
        title=title,
        head=head,
        columns=(
            Column("people", _("People")),
            Column("portions", _("Weekly portions")),
            Column("handed", _("Handed out"), Kind.MONEY),
            Column("issued", _("Vouchers issued"), Kind.MONEY),
            Column("redeemed", _("Vouchers redeemed"), Kind.MONEY),
            Column("cost", _("Cost"), Kind.MONEY),
            Column("each", _("Cost per person"), Kind.MONEY),
        ),
        rows=tuple(rows),
        behind=spent.behind,
        counts_people="people",
        is_inside_only=is_named,
        chart="" if is_named else "cost",
    )


def _costliest(spent: _Spending, names: dict[str, str]) -> Table:
    costliest = sorted(spent.by_person, key=lambda key: (-spent.by_person[key].cost, names.get(key, key)))[:MOST_NAMED]
    sums = {key: spent.by_person[key] for key in costliest}
    shown = {key: names.get(key, key) for key in costliest}
    return _table("by_person", _("Per person"), _("Person"), sums, shown, spent, is_named=True)


def _bands(spent: _Spending) -> Table:
    places: dict[int, list[int]] = {start: [] for start in _BANDS}
    for place, person_id in enumerate(spent.behind):
        places[max(start for start in _BANDS if start <= spent.by_person[person_id].cost)].append(place)
    sets = {start: at_places(found) for start, found in places.items()}
    rows = []
    for place, start in enumerate(_BANDS):
        end = _BANDS[place + 1] if place + 1 < len(_BANDS) else None
        title = (
            _("DKK {start} or more").format(start=format_number(start // 100))
            if end is None
            else _("DKK {start} to {end}").format(
                start=format_number(start // 100), end=format_number((end - 1) // 100)
            )
        )
        rows.append(Row(str(start), title, (Cell(sets[start].bit_count(), members=sets[start]),)))
    everybody = (1 << len(spent.behind)) - 1
    rows.append(Row(TOTAL, _("In total"), (Cell(len(spent.behind), members=everybody),), is_total=True))
    return Table(
        key="bands",
        title=_("How much a person costs"),
        head=_("Cost per person"),
        columns=(Column("people", _("People")),),
        rows=tuple(rows),
        behind=spent.behind,
        chart="people",
    )


def reconciliation(facts: Facts, since: date, until: date) -> Report:
    """Return the pharmacies' invoices of the period, each line against the voucher that it names."""
    lines = [line for line in facts.invoice_lines if since <= line.invoiced_on <= until]
    judged = judge(lines, facts.vouchers, facts.invoice_lines)
    pharmacies = sorted({line.pharmacy for line in lines}, key=in_danish_order)
    words = _verdict_words()
    rows = []
    for pharmacy in (*pharmacies, TOTAL):
        own = [(line, verdict) for line, verdict in judged if pharmacy in (TOTAL, line.pharmacy)]
        cells = [Cell(len(own)), Cell(sum(line.amount for line, _verdict in own))]
        cells += [Cell(sum(verdict == known for _line, verdict in own)) for known in words]
        is_total = pharmacy == TOTAL
        rows.append(Row(pharmacy, _("In total") if is_total else pharmacy, tuple(cells), is_total=is_total))
    wrong = [(line, verdict) for line, verdict in judged if verdict != "right"]
    exceptions = Table(
        key="exceptions",
        title=_("Lines to ask the pharmacy about"),
        head=_("Voucher number"),
        columns=(
            Column("pharmacy", _("Pharmacy"), Kind.TEXT),
            Column("invoice", _("Invoice"), Kind.TEXT),
            Column("amount", _("Amount"), Kind.MONEY),
            Column("verdict", _("What is wrong"), Kind.TEXT),
        ),
        rows=tuple(
            Row(
                line.id,
                line.voucher_number,
                (Cell(line.pharmacy), Cell(line.invoice), Cell(line.amount), Cell(words[verdict])),
            )
            for line, verdict in wrong
        ),
        is_account=True,
    )
    return Report(
        key="reconciliation",
        title=_("Pharmacies' invoices"),
        since=since,
        until=until,
        notes=(_("Every line of an invoice dated in the period is held against the voucher whose number it names."),),
        tables=(
            Table(
                key="invoices",
                title=_("Per pharmacy"),
                head=_("Pharmacy"),
                columns=(
                    Column("lines", _("Lines")),
                    Column("amount", _("Amount"), Kind.MONEY),
                    *(Column(known, word) for known, word in words.items()),
                ),
                rows=tuple(rows),
                is_account=True,
            ),
            exceptions,
        ),
        checks=(
            Check(_("Every line is judged once."), len(judged) == len(lines)),
            Check(
                _("The pharmacies add up to the whole amount."),
                sum(row.cells[1].value for row in rows if not row.is_total and isinstance(row.cells[1].value, int))
                == sum(line.amount for line in lines),
            ),
        ),
    )


def judge(
    lines: Sequence[InvoiceLineRow], vouchers: Sequence[VoucherRow], every_line: Sequence[InvoiceLineRow]
) -> list[tuple[InvoiceLineRow, str]]:
    """Return for each line what the vouchers' own page says of it, in one word: of several the first in `_VERDICTS`.

    `every_line` are all lines in the order in which they charge for a voucher.
    """
    issued = [
        Issued(voucher.id, voucher.person_id, voucher.number, voucher.value, voucher.issued_on, voucher.valid_until)
        for voucher in sorted(vouchers, key=lambda voucher: (voucher.issued_on, voucher.id))
        if voucher.value > 0
    ]
    charged = [
        InvoiceLineOf(line.id, line.voucher_number, line.amount, line.redeemed_on, line.invoiced_on)
        for line in every_line
    ]
    cancelled = [voucher.number for voucher in vouchers if voucher.value == 0]
    against = reconcile(charged, issued, total=0, cancelled=cancelled)
    found = {matched.line.line_id: matched.differences for matched in against.lines}
    return [(line, next((_VERDICTS[code] for code in _VERDICTS if code in found[line.id]), "right")) for line in lines]


_VERDICTS: Final = {
    "unknown_number": "unknown",
    "charged_before": "twice",
    "cancelled": "cancelled",
    "number_twice_issued": "two_vouchers",
    "amount_above_value": "too_much",
    "before_issue": "days",
    "after_validity": "days",
    "after_invoice": "days",
}


def _verdict_words() -> dict[str, str]:
    return {
        "right": _("Right"),
        "unknown": _("Unknown number"),
        "cancelled": _("Cancelled voucher"),
        "two_vouchers": _("Two vouchers have it"),
        "too_much": _("More than its value"),
        "days": _("The days do not fit"),
        "twice": _("Used twice"),
    }
