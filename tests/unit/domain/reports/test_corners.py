"""What the drawn facts seldom hold: the corners of each report, one by one."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.follow_up import Stage
from app.domain.reports.everything import NAMES, Question, every_report, report
from app.domain.reports.facts import (
    CourseRow,
    EnrolmentRow,
    Facts,
    InvoiceLineRow,
    OutcomeRow,
    PlaceRow,
    RedemptionRow,
    ReferralRow,
    SessionRow,
    VoucherRow,
)
from app.domain.reports.follow_up import follow_up
from app.domain.reports.indicators import indicators
from app.domain.reports.medicine import judge, medicine_costs
from app.domain.reports.participations import participations
from app.domain.reports.plain import as_csv, as_json, from_json
from app.domain.reports.programme import value
from app.domain.reports.reach import reach
from app.domain.reports.settlement import settlement
from app.domain.reports.suppression import for_outside
from app.domain.reports.table import TOTAL, Cell, Check, Column, Kind, Report, Row, Table, are_parts_of, count, share
from app.domain.reports.words import because_word, month_word, quarter_word
from app.i18n import NO_BREAK, in_language
from tests.unit.domain.reports.made_facts import AGREEMENT, CODES, MUNICIPALITIES, SINCE, TODAY, UNTIL, programme_row

COURSE = CourseRow("c", "Hold", "place", "m0", "s2", "group", "", 0, date(2026, 2, 1), date(2026, 4, 1), "u0", "closed")
ENROLMENT = EnrolmentRow("e", "p", "c", date(2026, 2, 1), None, None, "", "", 0, "m1", None)


def facts(**changed: Any) -> Facts:
    """Return a cooperation with one participant who lives in another municipality."""
    usual: dict[str, Any] = {
        "municipalities": MUNICIPALITIES,
        "municipality_codes": dict(zip(MUNICIPALITIES, CODES, strict=True)),
        "places": (PlaceRow("place", "Rådhuset", "m0"),),
        "programmes": (AGREEMENT,),
        "courses": (COURSE,),
        "enrolments": (ENROLMENT,),
    }
    return Facts(**(usual | changed))


def made(*rows: Row, **changed: Any) -> Report:
    """Return a report with one table of the kinds of figures there are."""
    columns = (
        Column("n", "Antal"),
        Column("mean", "Snit", Kind.NUMBER),
        Column("money", "Beløb", Kind.MONEY),
        Column("share", "Andel", Kind.SHARE),
    )
    table = Table(key="t", title="Tabel", head="Sted", columns=columns, rows=rows)
    return Report(key="r", title="Rapport", since=SINCE, until=UNTIL, tables=(replace(table, **changed),))


FIGURES = Row("a", "=SUM(A1)", (Cell("+45"), Cell(2.5), Cell(22_550), Cell(3, 8)))
HIDDEN = Row("b", "Hidden", (Cell(3, is_hidden=True), Cell(None), Cell(None), Cell(3, 8, is_hidden=True)))
FEW = Row("c", "Few", (Cell(3, is_too_few=True), Cell(0.0), Cell("none"), Cell(None)))


def test_every_report_of_the_half_year_is_the_one_that_is_made_by_itself() -> None:
    question = Question(since=SINCE, until=UNTIL, today=TODAY, names={})
    assert list(every_report(facts(), question)) == [report(name, facts(), question) for name in NAMES]


def test_without_names_no_report_lists_people() -> None:
    assert not any(table.is_inside_only for table in follow_up(facts(), SINCE, UNTIL, today=TODAY).tables)
    assert "by_person" not in {table.key for table in medicine_costs(facts(), SINCE, UNTIL).tables}


def test_a_number_issued_twice_is_asked_about_unless_one_of_them_was_cancelled() -> None:
    day = date(2026, 3, 1)
    line = InvoiceLineRow("l", "Apoteket", "F-1", day, "1000", 22_500)
    first = VoucherRow("v1", "p", "e", "1000", 22_500, day)
    second = VoucherRow("v2", "q", "e", "1000", 10_000, day)
    assert judge([line], [first, second], [line]) == [(line, "two_vouchers")]
    assert judge([line], [first._replace(value=0), second], [line]) == [(line, "too_much")]
    used = line._replace(redeemed_on=day)
    assert judge([used], [first], [used]) == [(used, "right")]
    late = first._replace(valid_until=date(2026, 2, 28))
    assert judge([used], [late], [used]) == [(used, "days")]


def test_a_course_with_a_stop_date_of_its_own_counts_from_it_where_nobody_agreed_on_another() -> None:
    course = COURSE._replace(stop_on=date(2026, 3, 1))
    (found,) = participations(facts(courses=(course,)))
    assert found.window is not None
    assert found.window.opens_on == date(2026, 8, 1)
    (agreed,) = participations(facts(courses=(course,), stop_dates=(("p", date(2026, 3, 15), date(2026, 2, 20)),)))
    assert agreed.window is not None
    assert agreed.window.opens_on == date(2026, 8, 15)


def test_whoever_was_reached_and_says_nothing_of_smoking_is_followed_up_and_may_be_satisfied() -> None:
    course = COURSE._replace(stop_on=date(2026, 3, 1))
    said = OutcomeRow("o", "e", "six_months", date(2026, 9, 1), "does_not_want", 5, "")
    (found,) = participations(facts(courses=(course,), outcomes=(said,)))
    assert (found.is_followed_up(), found.six_months, found.satisfaction) == (True, "", 5)
    assert found.stage(TODAY).stage is Stage.ANSWERED
    (unasked,) = participations(
        facts(courses=(course,), outcomes=(said._replace(smoke_free="not_asked", satisfaction=None),))
    )
    assert (unasked.is_followed_up(), unasked.satisfaction) == (False, None)
    (early,) = participations(facts(courses=(course,), outcomes=(said._replace(assessed_on=date(2026, 7, 31)),)))
    assert (early.is_followed_up(), early.satisfaction) == (False, None)


def test_a_whole_year_is_one_year_in_a_leap_year_too() -> None:
    for year in (2027, 2028):
        assert reach(facts(), date(year, 1, 1), date(year, 12, 31)).table("reach").target == 1.0
    assert reach(facts(), date(2027, 7, 1), date(2028, 6, 30)).table("reach").target == pytest.approx(
        184 / 365 + 182 / 366
    )


def test_a_session_of_one_person_alone_is_nobody_elses() -> None:
    alone = SessionRow("s1", "c", "place", date(2026, 2, 8), 60, True, "e")
    together = alone._replace(id="s2", enrolment_id=None)
    other = ENROLMENT._replace(id="f", person_id="q")
    found = participations(facts(enrolments=(ENROLMENT, other), sessions=(alone, together)))
    assert [part.enrolment.id for part in found] == ["e", "f"]


def test_a_rule_that_no_longer_holds_has_no_value() -> None:
    old = programme_row("roegfri_paa_tvaers", "s2")
    old.rules["settlement_rate"] = {
        **old.rules["settlement_rate"],
        "valid_from": "2020-01-01",
        "valid_to": "2025-12-31",
    }
    assert value(old, "settlement_rate", on=date(2026, 1, 1), otherwise="none") == "none"
    assert value(old, "settlement_rate", on=date(2025, 12, 31), otherwise="none") != "none"
    assert value(old, "no_such_rule", otherwise="none") == "none"


def test_whoever_moved_within_the_period_is_settled_once() -> None:
    moved = ENROLMENT._replace(id="f", joined_on=date(2026, 3, 1), moved_from_id="e")
    table = settlement(facts(enrolments=(ENROLMENT, moved)), SINCE, UNTIL).table("courses")
    assert table.cell(TOTAL, "held").value == 1


def test_whoever_moved_from_home_is_settled_where_they_went_even_where_the_moves_run_in_a_ring() -> None:
    home = ENROLMENT._replace(residence_id="m0", moved_from_id="f")
    moved = ENROLMENT._replace(id="f", joined_on=date(2026, 3, 1), moved_from_id="e")
    table = settlement(facts(enrolments=(home, moved)), SINCE, UNTIL).table("courses")
    assert table.cell(TOTAL, "held").value == 1


def test_of_two_parts_in_one_course_that_turned_out_to_be_one_the_first_is_settled_and_stays_settled() -> None:
    again = ENROLMENT._replace(id="f", joined_on=date(2026, 7, 3), closing_reason="moved_course")
    both = facts(enrolments=(ENROLMENT._replace(moved_from_id="f"), again))
    halves = ((SINCE, UNTIL), (date(2026, 7, 1), date(2026, 12, 31)))
    assert [settlement(both, *half).table("courses").cell(TOTAL, "held").value for half in halves] == [1, 0]


def test_whoever_moved_is_told_once_where_nobody_knows_where_they_live() -> None:
    old = ENROLMENT._replace(residence_id=None, closing_reason="moved_course")
    moved = old._replace(id="f", joined_on=date(2026, 3, 1), moved_from_id="e", closing_reason="")
    with in_language("en"):
        notes = settlement(facts(enrolments=(old, moved)), SINCE, UNTIL).notes
    assert any("not settled: 1." in note for note in notes)


def test_without_an_agreement_nobody_pays_fees_and_a_voucher_without_a_home_is_only_told() -> None:
    voucher = VoucherRow("v", "p", "", "1000", 22_500, date(2026, 3, 1))
    redemption = RedemptionRow("v", date(2026, 3, 2), 22_500, "")
    found = settlement(facts(programmes=(), vouchers=(voucher,), redemptions=(redemption,)), SINCE, UNTIL)
    assert "fees" not in {table.key for table in found.tables}
    assert all(row.cells[0].value == 0 for row in found.table("vouchers").rows)
    assert "225" in found.table("vouchers").note


def test_referrals_are_held_against_all_of_the_half_year_before() -> None:
    days = (*3 * (date(2025, 7, 1),), *3 * (date(2025, 12, 31),), *4 * (SINCE,), *5 * (UNTIL,))
    referred = tuple(ReferralRow(f"r{n}", "p", "gp", "", day, False, "", None) for n, day in enumerate(days))
    made = indicators(
        facts(programmes=(programme_row("storrygerindsats", "s1"),), referrals=referred), SINCE, UNTIL, today=TODAY
    )
    grown = made.table("beside").cell("referrals_growth_target", "ours")
    assert (grown.value, grown.of) == (3, 6)


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [(5, 5, True), (4, 9, False), (9, 4, False), (5, 0, True), (1, 1, False), (0, 9, False)],
)
def test_a_growth_tells_no_number_under_five(before: int, now: int, *, is_told: bool) -> None:
    days = [date(2025, 12, 31)] * before + [SINCE] * now
    referred = tuple(ReferralRow(f"r{n}", f"p{n}", "gp", "", day, False, "", None) for n, day in enumerate(days))
    made = for_outside(
        indicators(
            facts(programmes=(programme_row("storrygerindsats", "s1"),), referrals=referred), SINCE, UNTIL, today=TODAY
        )
    )
    grown = made.table("beside").cell("referrals_growth_target", "ours")
    assert (grown.value, grown.of) == ((now - before, before) if is_told else (None, None))


def test_a_csv_marks_what_too_few_people_make_up_and_says_so_below() -> None:
    table = made(Row("a", "Alle", (Cell(3), Cell(0.5), Cell(0), Cell(3, 8, is_too_few=True))))
    with in_language("en"):
        lines = as_csv(table).decode("utf-8-sig").splitlines()
    assert "Alle;3;0,5;0;3;8;37,5 †" in lines
    assert "† Too few people to publish, by the rule of STOPbasen." in lines


def test_a_table_or_cell_that_is_not_there_is_said_to_be_missing() -> None:
    found = made(FIGURES)
    assert found.table("t").cell("a", "mean").value == 2.5
    with pytest.raises(KeyError):
        found.table("t").cell("z", "mean")
    with pytest.raises(KeyError):
        found.table("t").cell("a", "mean", group="other")
    with pytest.raises(KeyError):
        found.table("other")


def test_parts_make_up_the_whole_only_where_they_do_not_overlap_and_nothing_is_left() -> None:
    assert are_parts_of([0b01, 0b10], 0b11)
    assert not are_parts_of([0b01, 0b11], 0b11)
    assert not are_parts_of([0b01], 0b11)


def test_a_report_read_back_from_its_text_is_the_same() -> None:
    found = made(FIGURES, HIDDEN, FEW)
    there = from_json(json.loads(json.dumps(as_json(found))))
    assert as_csv(there) == as_csv(found)
    assert there.table("t").rows[2].cells[0].is_too_few


def test_the_people_behind_a_figure_are_written_only_where_they_are_asked_for() -> None:
    found = made(Row("a", "a", (Cell(1, members=0b1), Cell(None), Cell(None), Cell(None))), behind=("p",))
    (row,) = as_json(found, with_people=True)["tables"][0]["rows"]
    assert row["cells"][0]["people"] == ["p"]
    assert "people" not in as_json(found)["tables"][0]["rows"][0]["cells"][0]


@pytest.mark.parametrize("content", [{}, {"report": 1}, [], "text", None])
def test_what_is_no_report_is_refused(content: Any) -> None:
    with pytest.raises(ValueError, match="not a report"):
        from_json(content)


def test_a_spreadsheet_gets_commas_kroner_shares_and_no_formula() -> None:
    found = replace(
        made(FIGURES, HIDDEN, FEW, groups={"": "Alle"}),
        notes=("-note",),
        checks=(Check("Sums", True), Check("Adds up", False)),
    )
    text = as_csv(found).decode("utf-8-sig")
    assert "'=SUM(A1);'+45;2,5;225,5;3;8;37,5" in text
    assert any(line.startswith("Definition;") for line in text.splitlines())
    assert "Hidden;*;;;*;;" in text
    assert "Few;3;0;none;;;" in text
    assert "'-note" in text
    assert "Sums;holds" in text


def test_parts_of_two_tables_with_other_groups_reveal_nothing_and_break_nothing() -> None:
    def table(key: str, *rows: Row) -> Table:
        return Table(key=key, title=key, head="", columns=(Column("n", "n"),), rows=rows)

    whole = Cell(9, members=(1 << 9) - 1)
    few, rest = Cell(3, members=0b111), Cell(6, members=((1 << 9) - 1) & ~0b111)
    coarse = table("coarse", Row("m", "m", (whole,), "one"))
    fine = table(
        "fine", *(Row(key, key, (cell,), group) for group in ("one", "two") for key, cell in (("a", few), ("b", rest)))
    )
    outside = for_outside(replace(made(), tables=(coarse, fine)))
    assert outside.table("fine").cell("a", "n", group="one").is_hidden
    assert (
        outside.table("fine").cell("b", "n", group="one").is_hidden or outside.table("coarse").cell("m", "n").is_hidden
    )


def test_a_share_of_many_with_a_small_numerator_is_hidden_and_the_many_may_be_told():
    many, few = (1 << 40) - 1, 0b111
    row = Row(TOTAL, "I alt", (count(many), share(few, many)), is_total=True)
    table = Table(
        key="t",
        title="Tabel",
        head="Sted",
        columns=(Column("people", "Deltagere"), Column("share", "Andel", Kind.SHARE)),
        rows=(row,),
        behind=tuple(f"p{number}" for number in range(40)),
    )
    told = for_outside(Report(key="r", title="Rapport", since=SINCE, until=UNTIL, tables=(table,)))
    people, part = told.tables[0].rows[0].cells
    assert (people.is_hidden, part.is_hidden) == (False, True)


def test_a_quarter_is_called_what_the_reader_calls_it():
    assert quarter_word("2026 Q3") == "Q3 2026"
    with in_language("da"):
        assert quarter_word("2026 Q3") == "3. kvartal 2026"


@pytest.mark.parametrize(
    ("key", "said"),
    [("2026-11", "nov. 2026"), ("2026-13", "2026-13"), ("Kom & Kvit", "Kom & Kvit"), ("Fællesq", "Fællesq")],
)
def test_a_month_is_written_as_one_writes_it_and_anything_else_as_it_is(key: str, said: str):
    with in_language("da"):
        assert month_word(key).replace(NO_BREAK, " ") == said


def test_what_made_somebody_come_is_said_in_words_in_danish_too():
    codes = ("gp_said", "friend_said", "visit_at_place", "free_medicine", "came_before", "does_not_want")
    with in_language("da"):
        assert not [code for code in codes if because_word(code) == code.replace("_", " ").capitalize()]
