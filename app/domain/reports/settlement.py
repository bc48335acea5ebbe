"""What the municipalities owe each other for citizens who took part in another one (S2)."""

from collections.abc import Iterable
from datetime import date

from app.domain.outcomes import Denominator, counts_in
from app.domain.reports.facts import CourseRow, EnrolmentRow, Facts
from app.domain.reports.programme import agreement, value
from app.domain.reports.table import TOTAL, Cell, Check, Column, Kind, Report, Row, Table, in_danish_order
from app.domain.reports.words import ELSEWHERE
from app.i18n import _, format_money


def bills(facts: Facts, since: date, until: date) -> list[tuple[EnrolmentRow, CourseRow, int]]:
    """Return the parts in courses that are settled in the period, with their price in øre.

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


def settlement(facts: Facts, since: date, until: date) -> Report:
    """Return who pays whom for the period, vouchers apart; each table sums to zero."""
    found = bills(facts, since, until)
    names = facts.municipalities
    ordered = sorted(names, key=lambda key: (in_danish_order(names[key]), key))
    behind = tuple(enrolment.person_id for enrolment, _course, _rate in found)
    held = dict.fromkeys(ordered, 0)
    sent = dict.fromkeys(ordered, 0)
    gets = dict.fromkeys(ordered, 0)
    pays = dict.fromkeys(ordered, 0)
    between: dict[tuple[str, str], tuple[int, int]] = {}
    for place, (enrolment, course, rate) in enumerate(found):
        home, host = enrolment.residence_id or "", course.delivering_id
        held[host] |= 1 << place
        sent[home] |= 1 << place
        gets[host] += rate
        pays[home] += rate
        members, amount = between.get((home, host), (0, 0))
        between[home, host] = members | 1 << place, amount + rate
    rows = [
        Row(
            key,
            names[key],
            (
                Cell(held[key].bit_count(), members=held[key]),
                Cell(gets[key], members=held[key]),
                Cell(sent[key].bit_count(), members=sent[key]),
                Cell(pays[key], members=sent[key]),
                Cell(gets[key] - pays[key], members=held[key] | sent[key]),
            ),
        )
        for key in ordered
    ]
    everybody = (1 << len(found)) - 1
    rows.append(
        Row(
            TOTAL,
            _("In total"),
            (
                Cell(len(found), members=everybody),
                Cell(sum(gets.values()), members=everybody),
                Cell(len(found), members=everybody),
                Cell(sum(pays.values()), members=everybody),
                Cell(sum(gets.values()) - sum(pays.values())),
            ),
            is_total=True,
        )
    )
    courses = Table(
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
        behind=behind,
        is_account=True,
        chart="net",
    )
    pairs = Table(
        key="pairs",
        title=_("Who pays whom"),
        head=_("From and to"),
        columns=(Column("participants", _("Participants")), Column("amount", _("Amount"), Kind.MONEY)),
        rows=tuple(
            Row(
                f"{home}:{host}", f"{names[home]} → {names[host]}", (Cell(m.bit_count(), members=m), Cell(a, members=m))
            )
            for (home, host), (m, a) in sorted(
                between.items(), key=lambda pair: tuple(in_danish_order(names[key]) for key in pair[0])
            )
        ),
        behind=behind,
        is_account=True,
    )
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
        tables=(courses, pairs, vouchers, *fees),
        checks=(
            Check(_("The balances sum to zero."), sum(gets[key] - pays[key] for key in ordered) == 0),
            Check(
                _("Nobody pays themselves, and every part in a course is settled once."),
                all(home != host for home, host in between)
                and len({enrolment.id for enrolment, _course, _rate in found}) == len(found),
            ),
            Check(_("The vouchers' balances sum to zero."), sum(nets) == 0),
        ),
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
    names = ELSEWHERE | {facts.municipality_codes.get(key, ""): facts.municipalities[key] for key in ordered}
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
