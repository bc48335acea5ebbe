"""Every report, counted a second time by hand: plain loops over plain rows, without sets of bits."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from math import ceil, floor

import pytest

from app.domain.completion import Definition
from app.domain.months import months_after
from app.domain.reports.activity import activity
from app.domain.reports.everything import NAMES, Question, half_year, report
from app.domain.reports.facts import CourseRow, EnrolmentRow, Facts, PlaceRow, ReferralRow, SessionRow
from app.domain.reports.follow_up import follow_up
from app.domain.reports.indicators import indicators
from app.domain.reports.medicine import medicine_costs, reconciliation
from app.domain.reports.participations import Cohort
from app.domain.reports.reach import reach
from app.domain.reports.reduction import reduction
from app.domain.reports.referrals import referrals
from app.domain.reports.settlement import settlement
from app.domain.reports.table import people_behind
from tests.unit.domain.reports.made_facts import (
    AGREEMENT,
    MUNICIPALITIES,
    SINCE,
    TODAY,
    UNTIL,
    of_all_made_facts,
    programme_row,
)

QUESTION = Question(since=SINCE, until=UNTIL, today=TODAY, names={})


class Slow:
    """One enrolment, looked at by hand."""

    def __init__(self, facts: Facts, enrolment: EnrolmentRow) -> None:
        self.facts, self.enrolment = facts, enrolment
        self.course = next(course for course in facts.courses if course.id == enrolment.course_id)
        self.rules = next((p.rules for p in facts.programmes if p.id == self.course.programme_id), {})

    def rule(self, key: str, usual: float) -> float:
        return self.rules[key]["value"] if key in self.rules else usual

    @property
    def ended(self) -> date | None:
        return ended_by_hand(self.facts, self.enrolment, self.course)

    @property
    def joined(self) -> date:
        return min(part.joined_on for part in (self.enrolment, *self.moved_from))

    @property
    def window(self) -> tuple[date, date] | None:
        over = [
            other.left_on
            for other in self.facts.enrolments
            if (other.person_id, other.closing_reason != "moved_course") == (self.enrolment.person_id, True)
            and other.id != self.enrolment.id
            and (other.left_on or date.max) <= self.enrolment.joined_on
        ]
        since = max(over) + timedelta(days=1) if over else date.min
        own = [
            (agreed, stop)
            for person_id, stop, agreed in self.facts.stop_dates
            if person_id == self.enrolment.person_id and stop >= since and (self.ended is None or agreed <= self.ended)
        ]
        start = sorted(own, key=lambda said: said[0])[-1][1] if own else self.ended
        if start is None:
            return None
        after, margin = int(self.rule("follow_up_after", 6)), int(self.rule("follow_up_margin", 1))
        return months_after(start, after - margin), months_after(start, after + margin)

    @property
    def moved_from(self) -> list[EnrolmentRow]:
        """All that one gets to by going from move to move, either way; each closed the part that it began or ended."""
        found = [self.enrolment]
        for known in found:
            for other in self.facts.enrolments:
                is_move = known.id == other.moved_from_id or other.id == known.moved_from_id
                if is_move and other.closing_reason == "moved_course" and other not in found:
                    found.append(other)
        return found[1:]

    @staticmethod
    def is_there(parts: list[EnrolmentRow], course_id: str, day: date) -> bool:
        """Whether somebody took part in a course on a day, and was not on another one that they had moved to."""
        here = [part for part in parts if part.course_id == course_id]
        on_it = any(part.joined_on <= day <= (part.left_on or date.max) for part in here)
        began = min((part.joined_on for part in here), default=date.max)
        away = [
            (part.joined_on, part.left_on or date.max)
            for part in parts[1:]
            if part.course_id != course_id and part.joined_on >= began
        ]
        # On the day of going and on that of coming back they may have been at both.
        return on_it and not (
            any(since < day <= until for since, until in away) and any(since <= day < until for since, until in away)
        )

    def completed(self, definition: Definition) -> bool:
        parts = [self.enrolment, *self.moved_from]
        came = sum(self.facts.meetings.get(part.id, 0) for part in parts)
        held = [s for s in self.facts.sessions if s.counts and self.is_there(parts, s.course_id, s.held_on)]
        expected = self.enrolment.agreed_sessions or self.course.planned_sessions or len(held)
        needed = {
            Definition.THREE_OR_MORE: self.rule("completed_sessions_least", 3),
            Definition.MORE_THAN_THREE: self.rule("completed_sessions_above", 3) + 1,
            Definition.NATIONAL_SHARE: ceil(expected * 3 / 4),
            Definition.KOM_OG_KVIT: self.rule("kom_og_kvit_completed_sessions_least", 4),
            Definition.AGREED_COURSE: expected,
        }[definition]
        return came >= max(1, needed)

    def said(self, time_point: str) -> list:
        found = [o for o in self.facts.outcomes if o.enrolment_id == self.enrolment.id and o.time_point == time_point]
        return sorted(found, key=lambda o: (o.assessed_on, o.id))

    @property
    def end(self) -> str:
        said = self.said("end")
        return said[-1].smoke_free if said and said[-1].smoke_free in ("yes", "no") else ""

    @property
    def six(self) -> str:
        valid = [o.smoke_free for o in self.valid]
        return valid[-1] if valid else ""

    @property
    def valid(self) -> list:
        window = self.window
        if window is None:
            return []
        return [
            o
            for o in self.said("six_months")
            if window[0] <= o.assessed_on <= window[1] and o.smoke_free in ("yes", "no")
        ]

    @property
    def reached(self) -> list:
        """Whoever answered anything in time, and of whom nobody wrote why they were not reached."""
        window = self.window
        within = [o for o in self.said("six_months") if window and window[0] <= o.assessed_on <= window[1]]
        return [
            o
            for o in within
            if o in self.valid or (not o.missing_reason and (o.smoke_free, o.satisfaction) != ("not_asked", None))
        ]

    @property
    def satisfaction(self) -> int | None:
        said = [o.satisfaction for o in self.reached if o.satisfaction is not None]
        return said[-1] if said else None

    @property
    def followed_up(self) -> bool:
        if self.reached or any(o.missing_reason for o in self.said("six_months")):
            return True
        window = self.window
        if window is None:
            return False
        calls = [
            a
            for a in self.facts.attempts
            if a.enrolment_id == self.enrolment.id and window[0] <= a.at.date() <= window[1]
        ]
        return len({a.at.date() for a in calls}) >= 4 and any(a.at.hour >= 17 for a in calls)

    def counts(self, answer: str) -> bool:
        """Whether somebody counts who answered this, or nothing: the dead and who left do where they had answered."""
        return self.is_counted_later or (answer != "" and self.enrolment.closing_reason != "consent_withdrawn")

    @property
    def is_counted_later(self) -> bool:
        return self.enrolment.person_id not in self.facts.deceased and self.enrolment.closing_reason not in (
            "deceased",
            "moved_abroad",
            "consent_withdrawn",
        )

    @property
    def has_ended(self) -> bool:
        return self.end != "" or (self.ended or date.max) <= TODAY

    @property
    def is_due(self) -> bool:
        return self.window is not None and self.window[1] < TODAY


def ended_by_hand(facts: Facts, enrolment: EnrolmentRow, course: CourseRow) -> date | None:
    if enrolment.left_on or enrolment.closed_on:
        return enrolment.left_on or enrolment.closed_on
    if course.state != "closed":
        return None
    held = sorted(s.held_on for s in facts.sessions if s.course_id == course.id and s.counts)
    return course.ends_on or (held[-1] if held else enrolment.joined_on)


def cohort_by_hand(facts: Facts, cohort: Cohort = Cohort.JOINED) -> list[Slow]:
    found = [Slow(facts, e) for e in facts.enrolments if e.closing_reason != "moved_course"]
    if cohort is Cohort.JOINED:
        return [p for p in found if SINCE <= p.joined <= UNTIL]
    return [p for p in found if p.ended is not None and SINCE <= p.ended <= UNTIL]


def indicators_by_hand(people: list[Slow], definition: Definition) -> list[tuple[int, int | None]]:
    done = [p for p in people if p.completed(definition)]
    due = [p for p in done if p.is_due]

    def of(among: list[Slow], yes: list[Slow]) -> tuple[int, int | None]:
        return len([p for p in among if p in yes]), len(among)

    return [
        (len(people), None),
        of(people, done),
        of([p for p in done if p.end], [p for p in done if p.end == "yes"]),
        of([p for p in done if p.counts(p.end) and p.has_ended], [p for p in done if p.end == "yes"]),
        of(due, [p for p in due if p.followed_up]),
        of([p for p in due if p.six], [p for p in due if p.six == "yes"]),
        of([p for p in due if p.counts(p.six)], [p for p in due if p.six == "yes"]),
        of([p for p in due if p.satisfaction], [p for p in due if p.satisfaction in (4, 5)]),
    ]


@of_all_made_facts
@pytest.mark.parametrize("cohort", Cohort)
def test_the_five_indicators_agree_with_counting_by_hand(cohort: Cohort, facts: Facts) -> None:
    made = indicators(facts, SINCE, UNTIL, today=TODAY, cohort=cohort)
    people = cohort_by_hand(facts, cohort)
    ways = {
        "by_municipality": lambda p: p.course.delivering_id,
        "by_place": lambda p: p.course.place_id,
        "by_counsellor": lambda p: p.course.counsellor_id,
        "by_concept": lambda p: p.course.concept,
        "by_month": lambda p: f"{(p.joined if cohort is Cohort.JOINED else p.ended):%Y-%m}",
    }
    for definition in Definition:
        total = indicators_by_hand(people, definition)
        side = made.table("total")
        column = list(Definition).index(definition)
        assert [(row.cells[column].value, row.cells[column].of) for row in side.rows] == total
        for key, way in ways.items():
            table = made.table(key)
            rows = {row.key: row for row in table.rows if row.group == definition.value}
            assert set(rows) == {way(p) for p in people} | {"total"}
            for part, row in rows.items():
                among = people if part == "total" else [p for p in people if way(p) == part]
                assert [(c.value, c.of) for c in row.cells] == indicators_by_hand(among, definition)
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_every_indicator_names_the_very_people_it_counts(facts: Facts) -> None:
    made = indicators(facts, SINCE, UNTIL, today=TODAY)
    people = cohort_by_hand(facts)
    done = [p.enrolment.person_id for p in people if p.completed(Definition.THREE_OR_MORE)]
    table = made.table("total")
    cell = table.cell("completed", "three_or_more")
    assert sorted(people_behind(table, cell)) == sorted(set(done))


@of_all_made_facts
def test_smoking_less_agrees_with_counting_by_hand(facts: Facts) -> None:
    made = reduction(facts, SINCE, UNTIL)
    pairs = []
    people = cohort_by_hand(facts)
    for p in people:
        own = [
            (day, place, value)
            for place, (person_id, day, value) in enumerate(facts.cigarettes)
            if person_id == p.enrolment.person_id
            and day >= p.joined - timedelta(days=30)
            and (p.ended is None or day <= p.ended)
        ]
        own.sort()
        if len(own) > 1:
            pairs.append((own[0][2], own[-1][2]))
    row = next(row for row in made.table("by_place").rows if row.is_total)
    assert [cell.value for cell in row.cells] == [
        len(people),
        len(pairs),
        round(sum(a for a, _ in pairs) / len(pairs), 1) if pairs else None,
        round(sum(b for _, b in pairs) / len(pairs), 1) if pairs else None,
        len([1 for a, b in pairs if b < a]),
        len([1 for a, b in pairs if a > 0 and b * 2 <= a]),
        len([1 for _, b in pairs if b == 0]),
    ]
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_referrals_agree_with_counting_by_hand(facts: Facts) -> None:
    made = referrals(facts, SINCE, UNTIL)
    found = [r for r in facts.referrals if SINCE <= r.received_on <= UNTIL]
    for sender in {r.sender for r in found if not r.is_self}:
        own = [r for r in found if not r.is_self and r.sender == sender]
        table = made.table("senders")
        assert table.cell(sender, "all").value == len(own)
        assert table.cell(sender, "2026 Q1").value == len([r for r in own if r.received_on.month <= 3])
        assert table.cell(sender, "2026 Q2").value == len([r for r in own if r.received_on.month > 3])
    for reason in {r.came_because for r in found if r.is_self}:
        own = [r for r in found if r.is_self and r.came_because == reason]
        assert made.table("reasons").cell(reason, "all").value == len(own)
    assert made.table("ways").cell("total", "all").value == len(found)
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_reach_counts_everybody_once_where_they_lived_when_they_joined(facts: Facts) -> None:
    made = reach(facts, SINCE, UNTIL)
    homes: dict[str, str] = {}
    began = [min((p.enrolment, *p.moved_from), key=lambda e: e.joined_on) for p in cohort_by_hand(facts)]
    for e in sorted(began, key=lambda e: (e.joined_on, e.id)):
        homes.setdefault(e.person_id, e.residence_id or facts.residences.get(e.person_id, ""))
    for key in MUNICIPALITIES:
        assert made.table("reach").cell(key, "participants").value == list(homes.values()).count(key)
    assert made.table("reach").cell("total", "participants").value == len(homes)
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_the_settlement_agrees_with_counting_by_hand_and_sums_to_zero(facts: Facts) -> None:
    made = settlement(facts, SINCE, UNTIL)
    courses = {course.id: course for course in facts.courses}
    by_id = {e.id: e for e in facts.enrolments}

    def elsewhere(e: EnrolmentRow) -> bool:
        return e.residence_id in MUNICIPALITIES and e.residence_id != courses[e.course_id].delivering_id

    def way(e: EnrolmentRow) -> list[EnrolmentRow]:
        found = [e]
        for known in found:
            found += [o for o in facts.enrolments if o not in found and known.id == o.moved_from_id]
            found += [o for o in facts.enrolments if o not in found and o.id == known.moved_from_id]
        return found

    def first(parts: list[EnrolmentRow]) -> EnrolmentRow:
        left = {e.moved_from_id for e in parts}
        return min((e for e in parts if elsewhere(e)), key=lambda e: (e.joined_on, e.id not in left, e.id))

    billed = [e for e in facts.enrolments if SINCE <= e.joined_on <= UNTIL and elsewhere(e) and first(way(e)) == e]
    for key in MUNICIPALITIES:
        held = len([e for e in billed if courses[e.course_id].delivering_id == key])
        sent = len([e for e in billed if e.residence_id == key])
        cells = [made.table("courses").cell(key, column).value for column in ("held", "gets", "sent", "pays", "net")]
        assert cells == [held, held * 123000, sent, sent * 123000, (held - sent) * 123000]
    assert made.table("courses").cell("total", "net").value == 0

    used: dict[str, int] = defaultdict(int)
    vouchers = {voucher.id: voucher for voucher in facts.vouchers}
    for r in facts.redemptions:
        if SINCE <= r.redeemed_on <= UNTIL:
            voucher = vouchers[r.voucher_id]
            enrolment = by_id.get(voucher.enrolment_id)
            home = (enrolment.residence_id if enrolment else None) or facts.residences.get(voucher.person_id, "")
            used[home if home in MUNICIPALITIES else "m3"] += r.amount
    for key in MUNICIPALITIES:
        assert made.table("vouchers").cell(key, "used").value == used[key]
        expected = (sum(used.values()) if key == "m3" else 0) - used[key]
        assert made.table("vouchers").cell(key, "net").value == expected
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_the_cost_of_medicine_agrees_with_counting_by_hand(facts: Facts) -> None:
    made = medicine_costs(facts, SINCE, UNTIL, names={})
    handed = [h for h in facts.handouts if SINCE <= h.on <= UNTIL]
    issued = [v for v in facts.vouchers if SINCE <= v.issued_on <= UNTIL and v.value]
    person_of = {v.id: v.person_id for v in facts.vouchers}
    redeemed = [(person_of[r.voucher_id], r.amount) for r in facts.redemptions if SINCE <= r.redeemed_on <= UNTIL]
    people = {h.person_id for h in handed} | {v.person_id for v in issued} | {p for p, _ in redeemed}
    cost = sum(h.amount or 0 for h in handed) + sum(amount for _, amount in redeemed)
    for key in ("by_product", "by_place"):
        total = next(row for row in made.table(key).rows if row.is_total)
        assert [cell.value for cell in total.cells] == [
            len(people),
            sum(h.quantity for h in handed),
            sum(h.amount or 0 for h in handed),
            sum(v.value for v in issued),
            sum(amount for _, amount in redeemed),
            cost,
            round(cost / len(people)) if people else None,
        ]
    for person_id in people:
        own = sum(h.amount or 0 for h in handed if h.person_id == person_id)
        own += sum(amount for p, amount in redeemed if p == person_id)
        assert made.table("by_person").cell(person_id, "cost").value == own
    assert sum(row.cells[0].value for row in made.table("bands").rows if not row.is_total) == len(people)
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_the_pharmacys_lines_are_judged_as_by_hand(facts: Facts) -> None:
    made = reconciliation(facts, SINCE, UNTIL)
    expected: dict[str, int] = defaultdict(int)
    vouchers = {v.number: v for v in facts.vouchers}
    ordered = facts.invoice_lines
    for place, line in enumerate(ordered):
        if not SINCE <= line.invoiced_on <= UNTIL:
            continue
        number = line.voucher_number.replace(" ", "")
        earlier = [other for other in ordered[:place] if other.voucher_number.replace(" ", "") == number]
        if number not in vouchers:
            expected["unknown"] += 1
        elif earlier:
            expected["twice"] += 1
        elif not vouchers[number].value:
            expected["cancelled"] += 1
        elif line.amount > vouchers[number].value:
            expected["too_much"] += 1
        elif line.invoiced_on < vouchers[number].issued_on:
            expected["days"] += 1
        else:
            expected["right"] += 1
    for verdict in ("right", "unknown", "cancelled", "too_much", "days", "twice"):
        assert made.table("invoices").cell("total", verdict).value == expected[verdict]
    assert len(made.table("exceptions").rows) == sum(expected.values()) - expected["right"]
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_activity_agrees_with_counting_by_hand(facts: Facts) -> None:
    made = activity(facts, SINCE, UNTIL)
    for place in facts.places:
        visits = [v for v in facts.visits if v.place_id == place.id and SINCE <= v.visited_on <= UNTIL]
        sessions = [s for s in facts.sessions if s.place_id == place.id and SINCE <= s.held_on <= UNTIL]
        if visits or sessions:
            row = next(row for row in made.table("by_place").rows if row.key == place.id)
            assert [cell.value for cell in row.cells] == [
                len(visits),
                9 * len(visits),
                4 * len(visits),
                2 * len(visits),
                len(visits),
                3 * len(visits),
                len(sessions),
                sum(facts.present[s.id] for s in sessions),
            ]
    assert all(check.holds for check in made.checks)


@of_all_made_facts
def test_follow_up_agrees_with_counting_by_hand(facts: Facts) -> None:
    made = follow_up(facts, SINCE, UNTIL, today=TODAY, names={})
    found = [
        p
        for p in (Slow(facts, e) for e in facts.enrolments if e.closing_reason != "moved_course")
        if p.window is not None and SINCE <= p.window[0] <= UNTIL
    ]

    def state(p: Slow) -> str:
        if p.reached:
            return "reached"
        if any(o.missing_reason for o in p.said("six_months")):
            return "given_up"
        dead = p.enrolment.person_id in facts.deceased or p.enrolment.closing_reason == "deceased"
        if dead or facts.contact_consents.get(p.enrolment.person_id) != "given":
            return "not_asked"
        assert p.window is not None
        return "later" if p.window[0] > TODAY else "missed" if p.is_due else "to_call"

    states = [state(p) for p in found]
    for key in ("reached", "given_up", "to_call", "later", "missed", "not_asked"):
        assert made.table("by_month").cell("total", key).value == states.count(key)
    assert len(made.table("work_list").rows) == states.count("to_call")
    assert all(check.holds for check in made.checks)


def test_the_targets_of_the_agreement_come_out_of_its_smokers_exactly() -> None:
    wanted = {
        "Albertslund": (3700, 65, 120),
        "Brøndby": (5300, 93, 172),
        "Dragør": (1400, 25, 45),
        "Glostrup": (2500, 44, 81),
        "Hvidovre": (6900, 121, 224),
        "Høje-Taastrup": (7300, 128, 237),
        "Ishøj": (3000, 53, 97),
        "Vallensbæk": (1600, 28, 52),
    }
    codes = dict(zip(wanted, ("0165", "0153", "0155", "0161", "0167", "0169", "0183", "0187"), strict=True))
    facts = Facts(
        municipalities={name: name for name in wanted},
        municipality_codes=codes,
        programmes=(AGREEMENT,),
    )
    table = reach(facts, SINCE, UNTIL).table("reach")
    for name, numbers in wanted.items():
        assert (
            tuple(table.cell(name, key).value for key in ("smokers", "municipal_target", "national_target")) == numbers
        )
        smokers, municipal, national = numbers
        assert municipal == floor(smokers * 5 / 100 * 35 / 100 + 0.5)
        assert municipal + national == smokers * 5 // 100
    assert table.cell("total", "smokers").value == 31_700
    fees = settlement(facts, SINCE, UNTIL).table("fees")
    assert {row.key: row.cells[0].value for row in fees.rows} == {
        "0165": 8_000_000,
        "0153": 8_000_000,
        "0155": 4_000_000,
        "0161": 6_000_000,
        "0167": 10_000_000,
        "0169": 10_000_000,
        "0183": 6_000_000,
        "0185": 6_000_000,
        "0187": 4_000_000,
        "total": 62_000_000,
    }


def test_an_old_half_year_is_settled_at_the_rate_of_its_time_after_a_new_version_came() -> None:
    old = programme_row("roegfri_paa_tvaers", "s2")._replace(valid_to=date(2026, 3, 31))
    new = programme_row("roegfri_paa_tvaers", "s2-new", settlement_rate=150000)._replace(valid_from=date(2026, 4, 1))
    course = CourseRow(
        "c", "Hold", "place", "m0", "unknown", "group", "", 6, date(2026, 1, 1), None, "u", "running", None
    )

    def joined(key: str, on: date) -> EnrolmentRow:
        return EnrolmentRow(key, key, "c", on, None, None, "", "", 0, "m1", None)

    facts = Facts(
        municipalities=MUNICIPALITIES,
        programmes=(old, new),
        courses=(course,),
        enrolments=(joined("a", date(2026, 3, 31)), joined("b", date(2026, 4, 1))),
    )
    table = settlement(facts, SINCE, UNTIL).table("courses")
    assert table.cell("m0", "gets").value == 123000 + 150000
    assert table.cell("m1", "net").value == -273000


def test_a_report_says_too_few_to_publish_below_the_thresholds() -> None:
    course = CourseRow("c", "Hold", "p", "m0", "s2", "group", "", 6, SINCE, None, "u", "running", None)

    def facts(people: int) -> Facts:
        enrolments = tuple(
            EnrolmentRow(f"e{n:02d}", f"p{n}", "c", SINCE, None, None, "", "", 0, "m0", None) for n in range(people)
        )
        return Facts(
            municipalities=MUNICIPALITIES,
            programmes=(AGREEMENT,),
            courses=(course,),
            enrolments=enrolments,
            meetings={e.id: 6 for e in enrolments},
        )

    for people, is_too_few in ((19, True), (20, False)):
        table = indicators(facts(people), SINCE, UNTIL, today=TODAY).table("total")
        assert table.cell("completed", "three_or_more").is_too_few is is_too_few
        assert table.cell("end_all", "three_or_more").is_too_few is is_too_few
        assert table.cell("six_all", "three_or_more").is_too_few


def test_days_and_times_are_counted_by_municipality() -> None:
    def held(key: str, place: str, on: date, at: str) -> SessionRow:
        return SessionRow(key, "c", place, on, None, True, None, at)

    facts = Facts(
        municipalities={"m0": "Brøndby"},
        places=(PlaceRow("p0", "Kilden", "m0"), PlaceRow("p1", "Broen", "m1")),
        sessions=(
            held("a", "p0", date(2026, 3, 2), "10:00"),
            held("b", "p0", date(2026, 3, 9), "10:00"),
            held("c", "p0", date(2026, 3, 10), "13:00"),
            held("d", "p1", date(2026, 3, 10), "17:30"),
            held("e", "elsewhere", date(2026, 3, 11), ""),
            held("f", "p0", date(2025, 3, 11), "10:00"),
        ),
    )
    made = activity(facts, SINCE, UNTIL)
    rows = {row.key: [cell.value for cell in row.cells] for row in made.table("by_time").rows}
    assert rows["m0"] == [2, 1, 0, 0, 0, 0, 0, 2, 1, 0, 2]
    assert rows["m1"] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    # Nobody wrote down when the one elsewhere was: that is no morning.
    assert rows["total"] == [2, 2, 1, 0, 0, 0, 0, 2, 1, 1, 4]
    assert all(check.holds for check in made.checks)
    nothing = activity(Facts(), SINCE, UNTIL).table("by_time")
    assert [cell.value for cell in nothing.rows[-1].cells] == [0] * 11


def test_our_figures_stand_beside_what_the_documents_aimed_at_and_reached() -> None:
    def referred(key: str, on: date) -> ReferralRow:
        return ReferralRow(key, key, "gp", "", on, False, "", None)

    facts = Facts(
        programmes=(programme_row("storrygerindsats", "s1"), programme_row("styrket_rygestoptilbud", "s0")),
        referrals=(
            *(referred(f"b{n}", SINCE - timedelta(days=1 + n)) for n in range(6)),
            *(referred(f"n{n}", SINCE) for n in range(9)),
        ),
    )
    table = indicators(facts, SINCE, UNTIL, today=TODAY).table("beside")
    assert {row.key: (row.cells[1].share, row.cells[2].share) for row in table.rows} == {
        "completed_target": (0.6, None),
        "stopped_target": (0.5, None),
        "smoke_free_at_six_months_target": (0.3, None),
        "referrals_growth_target": (0.25, None),
        "smoke_free_at_end_observed_least": (0.21, 0.62),
        "smoke_free_at_end_usual_least": (0.3, 0.4),
    }
    assert table.cell("referrals_growth_target", "ours").share == 0.5
    assert "beside" not in {made.key for made in indicators(Facts(), SINCE, UNTIL, today=TODAY).tables}


@of_all_made_facts
def test_our_figures_beside_the_documents_agree_with_counting_by_hand(facts: Facts) -> None:
    facts = replace(facts, programmes=(*facts.programmes, programme_row("storrygerindsats", "s1")))
    table = indicators(facts, SINCE, UNTIL, today=TODAY).table("beside")
    people = cohort_by_hand(facts)
    done = [p for p in people if p.completed(Definition.AGREED_COURSE)]
    at_end = [p for p in people if p.end == "yes"]
    said = {row.key: (row.cells[0].value, row.cells[0].of) for row in table.rows}
    assert said["completed_target"] == (len(done), len(people))
    assert said["stopped_target"] == (len(at_end), len([p for p in people if p.has_ended]))


def test_the_half_year_that_is_reported_is_the_one_before() -> None:
    assert half_year(date(2026, 11, 24)) == (date(2026, 1, 1), date(2026, 6, 30))
    assert half_year(date(2026, 3, 1)) == (date(2025, 7, 1), date(2025, 12, 31))


@of_all_made_facts
def test_the_same_facts_give_the_same_report(facts: Facts) -> None:
    for name in NAMES:
        assert report(name, facts, QUESTION) == report(name, facts, QUESTION)
