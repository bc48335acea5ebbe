"""What leaves the unit tells of nobody: small numbers, and what would reveal them."""

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction

import pytest

from app.domain.reports.everything import NAMES, Question, report
from app.domain.reports.facts import Facts
from app.domain.reports.plain import as_csv, as_document, as_json, from_json
from app.domain.reports.suppression import SMALLEST, for_outside
from app.domain.reports.table import Cell, Column, Kind, Report, Row, Table, split
from tests.unit.domain.reports.made_facts import SINCE, TODAY, UNTIL, of_all_made_facts

QUESTION = Question(since=SINCE, until=UNTIL, today=TODAY, names={})
REPORTS_ABOUT_PEOPLE = ("indicators", "reduction", "referrals", "reach", "follow_up")


def determined(equations: list[dict[int, Fraction]]) -> set[int]:
    """Return the unknowns that the equations fix: rows of the reduced echelon form with a single unknown."""
    reduced: dict[int, dict[int, Fraction]] = {}
    for equation in equations:
        row = {unknown: factor for unknown, factor in equation.items() if factor}
        for pivot, other in reduced.items():
            if pivot in row:
                factor = row[pivot]
                for unknown, by in other.items():
                    row[unknown] = row.get(unknown, Fraction(0)) - factor * by
                row = {unknown: left for unknown, left in row.items() if left}
        if not row:
            continue
        pivot = min(row)
        row = {unknown: factor / row[pivot] for unknown, factor in row.items()}
        for key, other in reduced.items():
            if pivot in other:
                factor = other[pivot]
                mended = {u: other.get(u, Fraction(0)) - factor * row.get(u, Fraction(0)) for u in other | row}
                reduced[key] = {unknown: left for unknown, left in mended.items() if left}
        reduced[pivot] = row
    return {pivot for pivot, row in reduced.items() if len(row) == 1}


def rows_of_groups(table: Table) -> list[list[Row]]:
    groups = dict.fromkeys(row.group for row in table.rows)
    return [[row for row in table.rows if row.group == group] for group in groups]


def sets_of(cell: Cell) -> list[int]:
    """Return what a visible figure tells: its numerator, and of a share the denominator and the rest."""
    return [cell.members, cell.of_members, cell.of_members ^ cell.members] if cell.of_members else [cell.members]


def sums_of(rows: list[Row]) -> list[tuple[int, list[int]]]:
    """Return the sums that anybody can read out of a table: its totals, and what is left of a share."""
    parts = [row for row in rows if not row.is_total]
    found = []
    for row in rows:
        for number, cell in enumerate(row.cells):
            if cell.of_members:
                found.append((cell.of_members, [cell.members, cell.of_members ^ cell.members]))
            if row.is_total:
                found.append((cell.members, [part.cells[number].members for part in parts]))
                found.append((cell.of_members, [part.cells[number].of_members for part in parts]))
    return found


def given_away(outside: Report) -> set[int]:
    """Return the small sets that can be computed from everything that is shown."""
    groups = [
        rows
        for table in outside.tables
        if not table.is_account and not table.counts_people
        for rows in rows_of_groups(table)
    ]
    cells = [cell for rows in groups for row in rows for cell in row.cells]
    small = {known for cell in cells for known in sets_of(cell) if 0 < known.bit_count() < SMALLEST}
    shown = {known for cell in cells if not cell.is_hidden for known in sets_of(cell)}
    unknown = []
    for whole, parts in (found for rows in groups for found in sums_of(rows)):
        row: dict[int, Fraction] = {}
        for known, factor in ((whole, Fraction(1)), *((part, Fraction(-1)) for part in parts)):
            if known and known not in shown:
                row[known] = row.get(known, Fraction(0)) + factor
        if whole and row:
            unknown.append(row)
    return (small & shown) | (small & determined(unknown))


@of_all_made_facts
@pytest.mark.parametrize("name", REPORTS_ABOUT_PEOPLE)
def test_no_number_under_five_is_shown_or_follows_from_what_is_shown(name: str, facts: Facts) -> None:
    outside = for_outside(report(name, facts, QUESTION))
    assert given_away(outside) == set()


@of_all_made_facts
def test_a_place_where_few_people_cost_something_is_hidden_and_cannot_be_subtracted(facts: Facts) -> None:
    for table in for_outside(report("medicine", facts, QUESTION)).tables:
        if not table.counts_people:
            continue
        for row in table.rows:
            if 0 < row.cells[0].members.bit_count() < SMALLEST:
                assert all(cell.is_hidden for cell in row.cells)
        hidden = [row for row in table.rows if row.cells[0].is_hidden and not row.is_total]
        total = next(row for row in table.rows if row.is_total)
        assert len(hidden) != 1 or total.cells[0].is_hidden


@of_all_made_facts
def test_lists_of_people_never_leave_the_unit(facts: Facts) -> None:
    for name in NAMES:
        for table in for_outside(report(name, facts, QUESTION)).tables:
            assert table.key not in ("by_person", "work_list")


def test_the_only_small_place_hides_another_so_that_the_total_does_not_tell() -> None:
    parts = split(["a"] * 3 + ["b"] * 9 + ["c"] * 20)
    rows = [Row(key, key, (Cell(part.bit_count(), members=part),)) for key, part in parts.items()]
    rows.append(Row("total", "total", (Cell(32, members=(1 << 32) - 1),), is_total=True))
    table = Table(key="t", title="", head="", columns=(Column("n", ""),), rows=tuple(rows))
    made = for_outside(Report(key="r", title="", since=SINCE, until=UNTIL, tables=(table,)))
    assert [row.cells[0].is_hidden for row in made.tables[0].rows] == [True, True, False, False]


def test_the_only_place_where_few_cost_something_takes_the_next_smallest_along() -> None:
    parts = split(["a"] * 3 + ["b"] * 9 + ["c"] * 20)
    rows = [Row(key, key, (Cell(part.bit_count(), members=part), Cell(100))) for key, part in parts.items()]
    rows.append(Row("total", "total", (Cell(32, members=(1 << 32) - 1), Cell(300)), is_total=True))
    columns = (Column("n", ""), Column("cost", "", Kind.MONEY))
    table = Table(key="t", title="", head="", columns=columns, rows=tuple(rows), counts_people="n")
    made = for_outside(Report(key="r", title="", since=SINCE, until=UNTIL, tables=(table,)))
    assert [[cell.is_hidden for cell in row.cells] for row in made.tables[0].rows] == [
        [True, True], [True, True], [False, False], [False, False]
    ]  # fmt: skip


def test_places_within_a_municipality_do_not_tell_what_the_municipality_hides() -> None:
    municipalities = split(["x"] * 12 + ["y"] * 30)
    places = split(["x1"] * 3 + ["x2"] * 9 + ["y1"] * 3 + ["y2"] * 7 + ["y3"] * 20)

    def table(key: str, parts: dict[str, int]) -> Table:
        rows = [Row(k, k, (Cell(part.bit_count(), members=part),)) for k, part in parts.items()]
        rows.append(Row("total", "total", (Cell(42, members=(1 << 42) - 1),), is_total=True))
        return Table(key=key, title="", head="", columns=(Column("n", ""),), rows=tuple(rows))

    made = for_outside(
        Report(
            key="r",
            title="",
            since=SINCE,
            until=UNTIL,
            tables=(table("by_municipality", municipalities), table("by_place", places)),
        )
    )
    hidden = {row.key for row in made.table("by_place").rows if row.cells[0].is_hidden}
    assert hidden == {"x1", "x2", "y1", "y2"}


def report_with(text: str) -> Report:
    table = Table(
        key="t",
        title=text,
        head=text,
        columns=(
            Column("name", text, Kind.TEXT),
            Column("n", "n"),
            Column("s", "s", Kind.SHARE),
            Column("m", "m", Kind.MONEY),
        ),
        rows=(Row("r", text, (Cell(text), Cell(-7), Cell(1, 3), Cell(-123050))),),
    )
    return Report(key="r", title=text, since=SINCE, until=UNTIL, notes=(text,), tables=(table,))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_name_becomes_a_formula_in_a_spreadsheet(start: str) -> None:
    content = as_csv(report_with(f"{start}HYPERLINK(1;2)")).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline=""), delimiter=";"):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or cell.lstrip("-").replace(",", "").isdigit()


def test_a_csv_opens_in_a_danish_excel_with_its_letters_commas_and_numbers() -> None:
    written = as_csv(report_with("Værestedet på Åen"))
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert ["Værestedet på Åen", "Værestedet på Åen", "-7", "1", "3", "33,3", "-1230,5"] in rows


def test_several_reports_are_one_csv_with_one_mark_before_them() -> None:
    one, other = report_with("Værested"), report_with("Bosted")
    together = as_csv(one, other)
    assert together == as_csv(one) + as_csv(other).removeprefix(b"\xef\xbb\xbf")


def test_reports_leave_as_one_document_that_says_whose_they_are() -> None:
    report = report_with("Værested")
    document = json.loads(json.dumps(as_document("Røgfri på Tværs", [report, report])))
    assert document["cooperation"] == "Røgfri på Tværs"
    assert list(map(from_json, document["reports"])) == [from_json(json.loads(json.dumps(as_json(report))))] * 2


@of_all_made_facts
def test_a_report_comes_back_out_of_its_json(facts: Facts) -> None:
    for name in NAMES:
        outside = for_outside(report(name, facts, QUESTION))
        read = from_json(json.loads(json.dumps(as_json(outside))))
        assert as_json(read) == as_json(outside)
        assert as_csv(read) == as_csv(outside)


def test_hidden_figures_are_in_no_file_at_all() -> None:
    table = Table(
        key="t",
        title="t",
        head="h",
        columns=(Column("n", "n"), Column("s", "s", Kind.SHARE)),
        rows=(Row("r", "r", (Cell(987654, is_hidden=True), Cell(876543, 999999, is_hidden=True))),),
    )
    made = replace(report_with("x"), tables=(table,))
    for written in (as_csv(made).decode(), json.dumps(as_json(made))):
        for number in ("987654", "876543", "999999"):
            assert number not in written
