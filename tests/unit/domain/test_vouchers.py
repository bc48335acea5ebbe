from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.programmes import presets, programme_from_rules, rule_to_row
from app.domain.vouchers import (
    InvoiceLineOf,
    Issued,
    Terms,
    amount_in_oere,
    amount_typed,
    amount_written,
    day_in,
    issue_blocks,
    left,
    numbers_used_twice,
    over_issues,
    plain_number,
    read_lines,
    reconcile,
    terms,
    used_once,
    within_year,
    year_of,
)
from app.errors import RuleRefusal

S2 = presets()["roegfri_paa_tvaers"]
ROLLING = terms(S2)
CALENDAR = Terms(4, 22500, "calendar", 12, 15, True, True)
DAY = date(2026, 3, 1)
DAYS = st.lists(st.integers(0, 1500), max_size=14)


def voucher(number, on=DAY, value=22500, person="p"):
    return Issued(f"v{number}-{on}", person, str(number), value, on)


def vouchers(days):
    return [Issued(f"v{place:02}", "p", str(place), 22500, DAY + timedelta(days=d)) for place, d in enumerate(days)]


@dataclass(frozen=True)
class Used:
    voucher_id: str
    invoice_line_id: str | None = None


def test_a_voucher_was_used_once_first_by_an_invoice_and_else_as_it_was_noted_first():
    by_hand, again, billed, billed_again = Used("v1"), Used("v1"), Used("v1", "line 1"), Used("v1", "line 2")
    other = Used("v2")
    assert used_once([by_hand, again, other]) == {"v1": by_hand, "v2": other}
    assert used_once([by_hand, again])["v1"] is by_hand
    assert used_once([by_hand, billed, again, billed_again])["v1"] is billed


def test_the_agreement_gives_four_of_225_kroner_within_twelve_months_above_fifteen_cigarettes():
    assert Terms(4, 22500, "rolling", 12, 15, needs_contact=True, needs_course=True) == ROLLING


def test_a_programme_without_vouchers_has_no_terms():
    assert terms(presets()["faa_hjaelp_til_rygestop"]) is None
    assert terms(None) is None


def test_a_rolling_year_ends_with_the_day_and_a_calendar_year_with_december():
    assert year_of(date(2026, 3, 1), ROLLING) == (date(2025, 3, 2), date(2026, 3, 1))
    assert year_of(date(2026, 3, 1), CALENDAR) == (date(2026, 1, 1), date(2026, 12, 31))


def test_the_fifth_voucher_may_come_a_year_after_the_first_or_with_the_new_year():
    four = [voucher(n, DAY + timedelta(days=n)) for n in range(4)]
    assert left(four, date(2027, 2, 28), ROLLING) == 0
    assert left(four, date(2027, 3, 1), ROLLING) == 1
    assert left(four, date(2026, 12, 31), CALENDAR) == 0
    assert left(four, date(2027, 1, 1), CALENDAR) == 4


@given(DAYS, st.sampled_from([ROLLING, CALENDAR]))
def test_what_is_left_and_what_was_used_add_up_unless_too_many_were_issued(days, rule):
    known = vouchers(days)
    for on in {v.issued_on for v in known} | {DAY}:
        used = len(within_year(known, on, rule))
        assert left(known, on, rule) == max(0, rule.number - used)


@given(DAYS, st.sampled_from([ROLLING, CALENDAR]))
def test_an_over_issue_is_reported_exactly_where_a_year_holds_too_many_and_never_deleted(days, rule):
    known = vouchers(days)
    found = over_issues(known, rule)
    too_many = any(len(within_year(known, v.issued_on, rule)) > rule.number for v in known)
    assert bool(found) == too_many
    for over in found:
        assert len(over.vouchers) > over.allowed == rule.number
        assert set(over.vouchers) <= set(known)
        assert all(over.begins_on <= v.issued_on <= over.ends_on for v in over.vouchers)
    ids = [frozenset(v.voucher_id for v in over.vouchers) for over in found]
    assert not any(one < other for one in ids for other in ids)


@given(DAYS)
def test_handing_out_only_while_something_is_left_never_issues_too_many(days):
    known = []
    for place, days_on in enumerate(sorted(days)):
        on = DAY + timedelta(days=days_on)
        if left(known, on, ROLLING):
            known.append(Issued(f"v{place:02}", "p", str(place), 22500, on))
    assert over_issues(known, ROLLING) == ()


def test_five_in_one_day_are_one_finding():
    [over] = over_issues(vouchers([0, 0, 0, 0, 0]), ROLLING)
    assert len(over.vouchers) == 5


def test_a_number_is_the_same_however_it_is_written():
    assert plain_number("a-12 34") == "A1234"
    twice = numbers_used_twice([voucher("A-1"), voucher("a 1", person="q"), voucher("2")])
    assert {number: len(found) for number, found in twice.items()} == {"A1": 2}


def blocked(issued=(), **changes):
    asked = {"on": DAY, "value": 22500, "cigarettes": 20, "is_at_contact": True, "is_on_course": True} | changes
    return [check.code for check in issue_blocks(S2, ROLLING, list(issued), **asked)]


def test_a_heavy_smoker_at_a_contact_of_a_course_gets_a_voucher():
    assert blocked() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cigarettes": 15}, "voucher-smokes-too-little"),
        ({"cigarettes": None}, "voucher-smoking-unknown"),
        ({"is_at_contact": False}, "voucher-needs-contact"),
        ({"is_on_course": False}, "voucher-needs-course"),
        ({"value": 22501}, "voucher-value-above"),
    ],
)
def test_each_rule_of_the_programme_blocks_and_names_its_document(changes, code):
    assert blocked(**changes) == [code]
    asked = {"on": DAY, "value": 22500, "cigarettes": 20, "is_at_contact": True, "is_on_course": True} | changes
    assert [check.source for check in issue_blocks(S2, ROLLING, [], **asked)] == ["S2"]


def test_sixteen_cigarettes_are_more_than_fifteen():
    assert blocked(cigarettes=16) == []


def test_the_fifth_is_blocked_also_where_it_is_written_in_afterwards():
    four = [voucher(n, DAY + timedelta(days=30 * n)) for n in range(1, 5)]
    assert blocked(four, on=DAY + timedelta(days=200)) == ["voucher-none-left"]
    assert blocked(four, on=DAY) == ["voucher-none-left"]
    assert blocked(four[:3]) == []


def test_a_programme_that_asks_for_no_contact_and_no_course_blocks_neither():
    rules = {key: rule_to_row(rule) for key, rule in S2.rules.items()}
    rules["voucher_needs_contact"]["value"] = False
    rules["voucher_needs_course"]["value"] = False
    free = programme_from_rules(rules)
    found = issue_blocks(free, terms(free), [], on=DAY, value=1, cigarettes=20, is_at_contact=False, is_on_course=False)
    assert found == ()


@pytest.mark.parametrize(
    ("left_out", "asked"),
    [
        ("voucher_cigarettes_above", {"cigarettes": None}),
        ("voucher_cigarettes_above", {"cigarettes": 0}),
        ("voucher_value", {"value": 30000}),
    ],
)
def test_a_rule_that_a_coordinator_left_out_blocks_no_voucher(left_out, asked):
    rules = {key: rule_to_row(rule) for key, rule in S2.rules.items() if key != left_out}
    without = programme_from_rules(rules, removed=[left_out])
    usual = {"on": DAY, "value": 22500, "cigarettes": 20, "is_at_contact": True, "is_on_course": True}
    assert issue_blocks(without, terms(without), [], **(usual | asked)) == ()


def line(number, amount=22500, on=None):
    return InvoiceLineOf(f"l{number}", number, amount, on)


def differences(lines, issued, **more):
    against = reconcile(lines, issued, total=sum(entry.amount for entry in lines), **more)
    return [matched.differences for matched in against.lines]


def test_a_line_that_fits_is_accepted_whatever_is_written_between_the_signs():
    against = reconcile([line("a 1")], [voucher("A-1")], total=22500)
    assert (against.accepted, against.sum_differs, against.differing) == (22500, 0, ())


@pytest.mark.parametrize(
    ("lines", "issued", "more", "found"),
    [
        ([line("9")], [voucher("1")], {}, [("unknown_number",)]),
        ([line("9")], [voucher("1")], {"cancelled": ["9"]}, [("cancelled",)]),
        ([line("1")], [voucher("1"), voucher("1", person="q")], {}, [("number_twice_issued",)]),
        ([line("1", 22600)], [voucher("1")], {}, [("amount_above_value",)]),
        ([line("1"), line("1")], [voucher("1")], {}, [(), ("charged_before",)]),
        ([line("1")], [voucher("1")], {"charged": ["1"]}, [("charged_before",)]),
        ([line("1", on=DAY - timedelta(days=1))], [voucher("1")], {}, [("before_issue",)]),
        ([line("1", on=DAY)], [voucher("1")], {}, [()]),
        ([replace(line("1"), invoiced_on=DAY - timedelta(days=1))], [voucher("1")], {}, [("before_issue",)]),
        ([replace(line("1", on=DAY), invoiced_on=DAY)], [replace(voucher("1"), valid_until=DAY)], {}, [()]),
        ([line("1", on=DAY + timedelta(days=1))], [replace(voucher("1"), valid_until=DAY)], {}, [("after_validity",)]),
        ([replace(line("1", on=DAY + timedelta(days=1)), invoiced_on=DAY)], [voucher("1")], {}, [("after_invoice",)]),
    ],
)
def test_what_does_not_fit_says_why(lines, issued, more, found):
    assert differences(lines, issued, **more) == found


@given(st.lists(st.tuples(st.sampled_from("123456789"), st.integers(1, 40_000)), max_size=12), st.integers(0, 400_000))
def test_accepted_and_differing_lines_are_the_whole_invoice(written, total):
    lines = [InvoiceLineOf(str(place), number, amount) for place, (number, amount) in enumerate(written)]
    against = reconcile(lines, [voucher(number) for number in "12345"], total=total)
    assert len(against.lines) == len(lines)
    differing = sum(matched.line.amount for matched in against.differing)
    assert against.accepted + differing == sum(entry.amount for entry in lines)
    assert against.sum_differs == total - against.accepted - differing


@pytest.mark.parametrize(
    ("text", "oere"),
    [
        ("225", 22500), ("225,00", 22500), ("1.225,50", 122550), ("225.5", 22550), ("1.225", 122500),
        ("225 kr.", 22500), ("225,-", 22500), ("1.225,- kr.", 122500), ("DKK 225", 22500),
        ("abc", None), ("", None), ("-5", None), ("1,234", None),
        ("9999999999", None), ("9" * 5000, None), ("²", None),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(text, oere):
    assert amount_in_oere(text) == oere


@pytest.mark.parametrize(
    ("text", "code"), [("abc", "not-a-number"), ("1000000,01", "amount-too-large"), ("9" * 5000, "amount-too-large")]
)
def test_an_amount_that_is_too_large_is_not_called_no_number(text, code):
    with pytest.raises(RuleRefusal, match=code) as raised:
        amount_typed(text, field="value")
    assert raised.value.parameters["field"] == "value"


@pytest.mark.parametrize(
    ("oere", "text"), [(22500, "225"), (22550, "225,50"), (22505, "225,05"), (1234567, "12345,67")]
)
def test_an_amount_is_offered_with_its_oere(oere, text):
    assert amount_written(oere) == text
    assert amount_in_oere(text) == oere


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("24-11-2026", date(2026, 11, 24)), ("24.11.2026", date(2026, 11, 24)), ("24/11/2026", date(2026, 11, 24)),
        ("2026-11-24", date(2026, 11, 24)), ("31-02-2026", None), ("soon", None), ("24-11", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text, day):
    assert day_in(text) == day


def test_a_pasted_table_is_read_line_by_line_and_its_heading_passed_over():
    text = "Nummer;Beløb;Dato\nA1;225,00;24-11-2026\n\nA2;abc;\nA3;200;i går\n"
    assert [(entry.row, entry.number, entry.amount, entry.problem) for entry in read_lines(text)] == [
        (2, "A1", 22500, ""),
        (4, "A2", 0, "not-an-amount"),
        (5, "A3", 20000, "not-a-day"),
    ]
    assert [entry.amount for entry in read_lines("A1\t225,50")] == [22550]
    assert [(entry.number, entry.amount) for entry in read_lines("A1, 225")] == [("A1", 22500)]
