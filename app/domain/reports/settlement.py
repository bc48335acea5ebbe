"""What the municipalities owe each other for citizens who took part in another one (S2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.municipalities import NAMES
from app.domain.outcomes import Denominator, counts_in
from app.domain.reports.facts import CourseRow, EnrolmentRow, Facts
from app.domain.reports.programme import agreement, value
from app.domain.reports.table import TOTAL, Cell, Check, Column, Kind, Report, Row, Table, in_danish_order
from app.i18n import _, format_money

Bill = tuple[EnrolmentRow, CourseRow, int]
"""A part in a course that is settled, its course, and its price in øre."""


def bills(facts: Facts, since: date, until: date) -> list[Bill]:
    """Return the parts in courses that are settled in the period.

    Settled is who lived in another municipality of the cooperation than the one that held the course, once, in the
    period in which they joined. Whoever moved on from a course already settled is not settled again: of parts that are
    one, the one that began first is settled, so that what is paid for stays as it is.
    """
    courses = {course.id: course for course in facts.courses}
    programmes = {programme.id: programme for programme in facts.programmes}

    def is_elsewhere(enrolment: EnrolmentRow) -> bool:
        course = courses.get(enrolment.course_id)
        home = enrolment.residence_id
        return (
            course is not None
            and home is not None
            and home in facts.municipalities
            and course.delivering_id in facts.municipalities
            and home != course.delivering_id
        )

    ways = _ways(facts.enrolments)
    found = []
    for enrolment in facts.enrolments:
        if not since <= enrolment.joined_on <= until or not is_elsewhere(enrolment):
            continue
        way = ways.get(enrolment.id)
        if way is not None and enrolment.id != next(part.id for part in way if is_elsewhere(part)):
            continue
        course = courses[enrolment.course_id]
        own = programmes.get(course.programme_id)
        rate = value(own, "settlement_rate", on=enrolment.joined_on)
        if rate is None:
            shared = agreement(facts.programmes, "settlement_rate", on=enrolment.joined_on)
            rate = value(shared, "settlement_rate", on=enrolment.joined_on, otherwise=0)
        found.append((enrolment, course, int(rate)))
    return found


def _ways(enrolments: Iterable[EnrolmentRow]) -> dict[str, list[EnrolmentRow]]:
    """Return for each part that moves link to others all of these parts, the one that began first before the rest."""
    known = {enrolment.id: enrolment for enrolment in enrolments}
    ways: dict[str, list[EnrolmentRow]] = {}
    for enrolment in known.values():
        before = known.get(enrolment.moved_from_id or "")
        if before is None:
            continue
        one, other = ways.get(before.id, [before]), ways.get(enrolment.id, [enrolment])
        joined = one if one is other else [*one, *other]
        ways.update((part.id, joined) for part in joined)
    for way in ways.values():
        # Of those of one day, the one that somebody moved from came first.
        left = {part.moved_from_id for part in way}
        way.sort(key=lambda part: (part.joined_on, part.id not in left, part.id))
    return ways


@dataclass(slots=True)
class _Account:
    """What one municipality has with all the others: guests and citizens elsewhere, and what both cost in øre.

    People are bits, as in :attr:`app.domain.reports.table.Cell.members`.
    """

    guests: int = 0
    gets: int = 0
    sent: int = 0
    pays: int = 0


def settlement(facts: Facts, since: date, until: date) -> Report:
    """Return who pays whom for the period, vouchers apart; each table sums to zero."""
    found = bills(facts, since, until)
    names = facts.municipalities
    ordered = sorted(names, key=lambda key: (in_danish_order(names[key]), key))
    accounts = _accounts(found, ordered)
    vouchers, nets = _vouchers(facts, since, until, ordered)
    fees = _fees(facts, until, ordered)
    homeless = sum(
        since <= enrolment.joined_on <= until
        and enrolment.residence_id not in names
        and counts_in(Denominator.ENROLLED, enrolment.closing_reason)
        for enrolment in facts.enrolments
    )
    rates = sorted({rate for _enrolment, _course, rate in found})
    return Report(
        key="settlement",
        title=_("Settlement between municipalities"),
        since=since,
        until=until,
        notes=(
            _("Settled is everybody who joined a course in another municipality in the period, once for each course."),
            _("Whoever moved to another course is not settled again."),
            _("Rate used, per participant: {rates}").format(rates=", ".join(map(format_money, rates)) or "–"),
            _("Participants whose municipality is not known or outside the cooperation are not settled: {n}.").format(
                n=homeless
            ),
        ),
        tables=(_balances(found, accounts, names), _pairs(found, names), vouchers, *fees),
        checks=(
            Check(
                _("The balances sum to zero."), sum(account.gets - account.pays for account in accounts.values()) == 0
            ),
            Check(
                _("Nobody pays themselves, and every part in a course is settled once."),
                all(enrolment.residence_id != course.delivering_id for enrolment, course, _rate in found)
                and len({enrolment.id for enrolment, _course, _rate in found}) == len(found),
            ),
            Check(_("The vouchers' balances sum to zero."), sum(nets) == 0),
        ),
    )


def _accounts(found: Sequence[Bill], ordered: Iterable[str]) -> dict[str, _Account]:
    """Return the account of every municipality, in this order."""
    accounts = {key: _Account() for key in ordered}
    for place, (enrolment, course, rate) in enumerate(found):
        host, home = accounts[course.delivering_id], accounts[enrolment.residence_id or ""]
        host.guests |= 1 << place
        host.gets += rate
        home.sent |= 1 << place
        home.pays += rate
    return accounts


def _behind(found: Iterable[Bill]) -> tuple[str, ...]:
    return tuple(enrolment.person_id for enrolment, _course, _rate in found)


def _balances(found: Sequence[Bill], accounts: Mapping[str, _Account], names: Mapping[str, str]) -> Table:
    rows = [
        Row(
            key,
            names[key],
            (
                Cell(account.guests.bit_count(), members=account.guests),
                Cell(account.gets, members=account.guests),
                Cell(account.sent.bit_count(), members=account.sent),
                Cell(account.pays, members=account.sent),
                Cell(account.gets - account.pays, members=account.guests | account.sent),
            ),
        )
        for key, account in accounts.items()
    ]
    everybody = (1 << len(found)) - 1
    gets = sum(account.gets for account in accounts.values())
    pays = sum(account.pays for account in accounts.values())
    rows.append(
        Row(
            TOTAL,
            _("In total"),
            (
                Cell(len(found), members=everybody),
                Cell(gets, members=everybody),
                Cell(len(found), members=everybody),
                Cell(pays, members=everybody),
                Cell(gets - pays),
            ),
            is_total=True,
        )
    )
    return Table(
        key="courses",
        title=_("Participants in another municipality"),
        head=_("Municipality"),
        columns=(
            Column("held", _("Guests from others")),
            Column("gets", _("Gets"), Kind.MONEY),
            Column("sent", _("Citizens with others")),
            Column("pays", _("Pays"), Kind.MONEY),
            Column("net", _("Balance"), Kind.MONEY),
        ),
        rows=tuple(rows),
        behind=_behind(found),
        is_account=True,
        chart="net",
    )


def _pairs(found: Sequence[Bill], names: Mapping[str, str]) -> Table:
    between: dict[tuple[str, str], tuple[int, int]] = {}
    for place, (enrolment, course, rate) in enumerate(found):
        pair = enrolment.residence_id or "", course.delivering_id
        members, amount = between.get(pair, (0, 0))
        between[pair] = members | 1 << place, amount + rate
    ordered = sorted(between, key=lambda pair: tuple(in_danish_order(names[key]) for key in pair))
    rows = []
    for home, host in ordered:
        members, amount = between[home, host]
        cells = Cell(members.bit_count(), members=members), Cell(amount, members=members)
        rows.append(Row(f"{home}:{host}", f"{names[home]} → {names[host]}", cells))
    return Table(
        key="pairs",
        title=_("Who pays whom"),
        head=_("From and to"),
        columns=(Column("participants", _("Participants")), Column("amount", _("Amount"), Kind.MONEY)),
        rows=tuple(rows),
        behind=_behind(found),
        is_account=True,
    )


def _vouchers(facts: Facts, since: date, until: date, ordered: list[str]) -> tuple[Table, list[int]]:
    """Return what each municipality owes the one that pays the pharmacies."""
    rules = agreement(facts.programmes, "voucher_invoice_municipality", on=until)
    code = value(rules, "voucher_invoice_municipality")
    payer = next((key for key, known in facts.municipality_codes.items() if known == code), "")
    issued = {voucher.id: voucher for voucher in facts.vouchers}
    joined = {enrolment.id: enrolment.residence_id for enrolment in facts.enrolments}
    used = dict.fromkeys(ordered, 0)
    sets = dict.fromkeys(ordered, 0)
    behind: list[str] = []
    without_home = 0
    for redemption in facts.redemptions:
        voucher = issued.get(redemption.voucher_id)
        if voucher is None or not since <= redemption.redeemed_on <= until:
            continue
        home = joined.get(voucher.enrolment_id) or facts.residences.get(voucher.person_id, "")
        if home not in used:
            without_home += redemption.amount
            home = payer
        if home in used:
            sets[home] |= 1 << len(behind)
            used[home] += redemption.amount
        behind.append(voucher.person_id)
    nets = {key: (sum(used.values()) if key == payer else 0) - used[key] for key in ordered}
    rows = [
        Row(key, facts.municipalities[key], (Cell(used[key], members=sets[key]), Cell(nets[key], members=sets[key])))
        for key in ordered
    ]
    rows.append(Row(TOTAL, _("In total"), (Cell(sum(used.values())), Cell(sum(nets.values()))), is_total=True))
    note = _("{municipality} pays the pharmacies and is paid by the others.").format(
        municipality=facts.municipalities.get(payer, _("Nobody"))
    )
    if without_home:
        note += " " + _("Redeemed without a known municipality, left with the payer: {amount}").format(
            amount=format_money(without_home)
        )
    return (
        Table(
            key="vouchers",
            title=_("Vouchers for medicine, apart"),
            head=_("Municipality"),
            columns=(
                Column("used", _("Redeemed by its citizens"), Kind.MONEY),
                Column("net", _("Balance"), Kind.MONEY),
            ),
            rows=tuple(rows),
            note=note,
            behind=tuple(behind),
            is_account=True,
        ),
        list(nets.values()) if payer else [0],
    )


def _fees(facts: Facts, until: date, ordered: list[str]) -> tuple[Table, ...]:
    """Return the yearly fees that the agreement writes; also of who is a part of the agreement alone."""
    rules = agreement(facts.programmes, "yearly_fee", on=until)
    fees: dict[str, int] = value(rules, "yearly_fee", otherwise={})
    if not fees:
        return ()
    names = {**NAMES, **{facts.municipality_codes.get(key, ""): facts.municipalities[key] for key in ordered}}
    rows = [
        Row(code, names.get(code, code), (Cell(int(fees[code])),))
        for code in sorted(fees, key=lambda code: in_danish_order(str(names.get(code, code))))
    ]
    rows.append(Row(TOTAL, _("In total"), (Cell(sum(int(fee) for fee in fees.values())),), is_total=True))
    return (
        Table(
            key="fees",
            title=_("Yearly fees by the agreement"),
            head=_("Municipality"),
            columns=(Column("fee", _("A year"), Kind.MONEY),),
            rows=tuple(rows),
            is_account=True,
        ),
    )
