"""Reports through the real window: one button, and every number opens the people behind it, which is logged."""

import csv
import io
from datetime import date

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from sqlalchemy import select

from app.domain.reports.everything import NAMES
from app.domain.roles import Role
from app.i18n import format_day
from app.models.oversight import AccessLog
from app.ui.reports.behind_number import MOST_NAMED
from app.ui.shell.screens import SCREENS
from app.ui.theme import current_metrics
from app.ui.widgets import ScrollPage


@pytest.fixture
def laptop(coordinators_laptop):
    return coordinators_laptop


@pytest.fixture
def view(day):
    day.pusterum.workspace._open("reports", "", "")
    made = day.pusterum.workspace.screen_called("reports")
    made._periods.setCurrentIndex(4)
    day.click("reports-compute")
    day.wait(lambda: made.reports and not made.is_busy, "the reports")
    day.settle()
    return made


def logged(day, action: str, what: str) -> list[AccessLog]:
    day.settle()
    with day.pusterum.store.session() as session:
        return list(
            session.scalars(select(AccessLog).where(AccessLog.action == action, AccessLog.what.startswith(what)))
        )


def test_one_button_computes_them_all_and_every_check_holds(day, view) -> None:
    assert [report.key for report in view.reports] == list(NAMES)
    assert all(check.holds for report in view.reports for check in report.checks)


def test_each_definition_stands_beside_the_others_in_a_window_of_1280_and_says_whole_what_it_counts(day, view) -> None:
    day.pusterum.window.resize(1280, 720)
    view._list.setCurrentRow(1)
    day.settle()
    table = view.table
    assert view.model.columnCount() == 7
    assert table.horizontalScrollBar().maximum() == 0
    wraps = int(Qt.TextFlag.TextWordWrap)
    for row in range(view.model.rowCount()):
        place = table.visualRect(view.model.index(row, 0))
        # What the style leaves free at either side of a cell.
        room = place.width() - 2 * (current_metrics().space_1 + 3)
        words = view.model.index(row, 0).data()
        assert table.fontMetrics().boundingRect(0, 0, room, 0, wraps, words).height() <= place.height(), words
    last = view.model.index(0, 6)
    table.setCurrentIndex(last)
    view.show_people(last)
    day.settle()
    assert table.viewport().rect().contains(table.visualRect(last))
    # In a narrower window the figures are scrolled to the one that was asked about.
    day.pusterum.window.resize(1150, 720)
    day.settle()
    view.show_people(last)
    day.settle()
    assert table.horizontalScrollBar().maximum() > 0
    assert table.viewport().rect().contains(table.visualRect(last))


def test_a_number_opens_who_is_behind_it_and_that_is_in_the_access_log(day, view) -> None:
    index = view.model.index(0, 1)
    people = view.model.people(index)
    assert people
    assert not view.behind.people.isVisible()
    view.table.setCurrentIndex(index)
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    day.settle()
    day.wait(lambda: view.behind.people.count() >= len(people), "the names")
    assert view.behind.people.count() == len(set(people))
    assert {entry.subject_id for entry in logged(day, "view", "report")} >= set(people)
    # Of more than are listed at once, the search line reaches the last one too, and the log says that it was seen.
    more = [(f"none-{number:04d}", f"Navn {number:04d}") for number in range(MOST_NAMED + 20)]
    view.behind.show_names(more, seen=[key for key, _name in more[:MOST_NAMED]])
    assert view.behind.people.item(MOST_NAMED).text() == "and 20 more"
    view.behind.search.setText("0519")
    assert [view.behind.people.item(row).text() for row in range(view.behind.people.count())] == ["Navn 0519"]
    assert "none-0519" in {entry.subject_id for entry in logged(day, "view", "report")}
    view.behind.search.clear()
    view.show_people(index)
    day.wait(lambda: view.behind.people.count() == len(set(people)), "the names again")
    view.behind.people.itemActivated.emit(view.behind.people.item(0))
    day.settle()
    assert day.pusterum.workspace.person.person_id in people


def test_a_number_that_counts_nobody_is_not_followed_by_the_names_of_the_one_before(day, view) -> None:
    view.behind.show_people(view.model.people(view.model.index(0, 1)), "Took part")
    view.behind.show_people((), "Euro")
    day.settle()
    assert (view.behind.people.count(), view.behind.people.isVisible()) == (0, False)


def test_what_is_saved_hides_small_numbers_and_says_so_in_the_log(day, view, tmp_path) -> None:
    view.write(tmp_path / "reports.csv")
    day.settle()
    rows = list(csv.reader(io.StringIO((tmp_path / "reports.csv").read_text("utf-8-sig"), newline=""), delimiter=";"))
    assert any("*" in row for row in rows)
    view.write(tmp_path / "reports.xlsx")
    day.settle()
    assert (tmp_path / "reports.xlsx").read_bytes()[:2] == b"PK"
    # Windows lets one write the ending in capitals; a file that says Excel holds a workbook.
    view.write(tmp_path / "REPORTS.XLSX")
    day.settle()
    assert (tmp_path / "REPORTS.XLSX").read_bytes()[:2] == b"PK"
    assert len(logged(day, "export", "reports")) == 3


def test_reports_saved_under_a_name_without_an_ending_are_what_the_button_says(
    day, view, tmp_path, monkeypatch
) -> None:
    chosen = (str(tmp_path / "half a year"), "Excel (*.xlsx)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    day.click("reports-excel")
    day.settle()
    (made,) = tmp_path.glob("half a year*")
    assert made.name == "half a year.xlsx"
    assert made.read_bytes().startswith(b"PK")


def test_a_saved_report_is_called_by_its_period_so_that_files_stand_in_order_of_time(view) -> None:
    first = view.reports[0]
    assert view.file_name("xlsx") == f"Reports {first.since.isoformat()} – {first.until.isoformat()}.xlsx"


def test_the_paper_is_the_pdf_turns_its_pages_and_stops_printing_when_told(day, view, tmp_path) -> None:
    view.on_paper()
    day.settle()
    paper = view._paper
    with pypdfium2.PdfDocument(paper.pdf) as document:
        assert paper.pages == len(document) > 5
    paper.turn(1)
    assert "2" in paper._where.text()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    paper.door.told.connect(lambda done, _of: done == 2 and paper.print_out())
    paper.print_on(printer)
    assert paper._print.text() == "Stop"
    day.wait(lambda: not paper.door.is_printing, "the printer")
    # Stopped after a page or two: those pages are out, and that they were printed was in the log before.
    with pypdfium2.PdfDocument(tmp_path / "printed.pdf") as printed:
        assert 0 < len(printed) < paper.pages
    assert paper._print.text() == "Print"
    assert len(logged(day, "print", "reports")) == 1
    day.click("report-paper-back")
    assert view._layers.currentIndex() == 0


def test_a_page_can_be_made_so_large_that_it_is_read_and_its_end_comes_before_the_next_one(day, view) -> None:
    view.on_paper()
    day.settle()
    paper = view._paper
    frame, picture = day.find("report-paper-frame"), day.find("report-paper-picture")
    whole = picture.pixmap().width()
    assert frame.verticalScrollBar().maximum() == 0
    day.click("report-paper-size")
    assert picture.pixmap().width() > whole * 1.2
    where = paper._where.text()
    day.press(Qt.Key.Key_PageDown)
    assert frame.verticalScrollBar().value() > 0
    assert paper._where.text() == where
    frame.verticalScrollBar().setValue(frame.verticalScrollBar().maximum())
    day.press(Qt.Key.Key_PageDown)
    assert paper._where.text() != where
    assert frame.verticalScrollBar().value() == 0
    day.click("report-paper-size")
    assert picture.pixmap().width() < whole * 1.1


def test_whoever_does_not_want_to_wait_stops_it(day, view) -> None:
    before = view.reports
    view.compute()
    view.compute()
    day.wait(lambda: not view.is_busy, "it to stop")
    assert view.reports is before or [report.key for report in view.reports] == list(NAMES)


def test_a_period_that_ends_before_it_begins_is_told(day, view) -> None:
    view._since.input.setText("01-12-2026")
    view._until.input.setText("01-01-2026")
    view.compute()
    day.wait(lambda: not view.is_busy, "the refusal")
    assert view.notice.isVisibleTo(view)


def test_the_figures_as_known_on_a_day_leave_out_what_came_later(day, view) -> None:
    def participants():
        return next(row.cells[0].value for row in view.reports[0].tables[0].rows if row.key == "participants")

    now = participants()
    view._known_on.input.setText("01-09-2026")
    view.compute()
    day.wait(lambda: not view.is_busy, "the reports")
    assert 0 < participants() < now
    assert format_day(date(2026, 9, 1)) in view.reports[0].notes[-1]


def test_screens_are_for_whom_the_table_of_rights_says() -> None:
    shown = {role: {entry.key for entry in SCREENS if entry.is_for(role)} for role in Role}
    assert {"reports", "vouchers", "oversight"} <= shown[Role.COORDINATOR]
    assert not {"reports", "vouchers", "oversight"} & shown[Role.COUNSELLOR]
    assert "reports" not in shown[Role.AUDITOR]
    assert "oversight" in shown[Role.AUDITOR]


def test_who_is_behind_a_number_stands_where_the_tables_are_named_and_the_figures_stay(day, view) -> None:
    day.pusterum.window.resize(1280, 720)
    day.settle()
    page = day.pusterum.workspace
    place = view.table.mapTo(page, QPoint(0, 0)), view.table.size()
    view.show_people(view.model.index(0, 1))
    day.settle()
    assert (view.table.mapTo(page, QPoint(0, 0)), view.table.size()) == place
    assert view.table.horizontalScrollBar().maximum() == 0
    assert view.behind.isVisible()
    assert not view._list.isVisible()
    day.click("reports-people-leave")
    assert view._list.isVisible()
    assert view.table.hasFocus()


def test_in_a_window_of_1280x720_seven_rows_of_figures_are_seen(day, view) -> None:
    day.pusterum.window.resize(1280, 720)
    day.settle()
    assert view.table.rowAt(view.table.viewport().height() - 1) >= 7


@pytest.mark.parametrize(("width", "rows"), [(900, 3), (1024, 3)])
def test_in_a_small_window_the_fields_are_as_tall_as_they_need_and_some_rows_are_seen(
    day, request, width: int, rows: int
) -> None:
    day.pusterum.window.resize(width, 600)
    day.settle()
    view = request.getfixturevalue("view")
    assert view._since.y() == view._until.y()
    for field in (view._periods, view._cohort, *(day.input for day in (view._since, view._until, view._known_on))):
        assert field.height() >= field.minimumSizeHint().height(), field.objectName()
    assert view.table.rowAt(view.table.viewport().height() - 1) >= rows - 1


def in_lines(day) -> bool:
    """Whether the page of the reports is laid out for a narrow window."""
    day.settle()
    return bool(day.pusterum.window.findChildren(ScrollPage, "reports-page"))


@pytest.mark.parametrize("text_size", [100, 150])
def test_what_was_computed_stays_and_is_laid_out_anew_when_the_window_is_made_narrow_and_wide_again(
    day, request, text_size: int
) -> None:
    if text_size != 100:
        day.pusterum._choose(text_size=text_size)
    day.pusterum.window.resize(1920, 1000)
    day.wait(lambda: not day.pusterum._fitting.isActive(), "the window to be fitted")
    view = request.getfixturevalue("view")
    view._list.setCurrentRow(3)
    reports, title, days = view.reports, view._title.text(), (view._since.text(), view._until.text())
    view._inside.setChecked(True)
    was_in_lines = in_lines(day)
    for width in (900, 1920):
        day.pusterum.window.resize(width, 600)
        day.wait(lambda: not day.pusterum._fitting.isActive(), "the window to be fitted")
        day.wait(lambda: day.pusterum.workspace.shown.objectName() == "reports", "the reports")
        day.settle()
        made = day.pusterum.workspace.shown
        assert in_lines(day) == (was_in_lines or width == 900)
        assert made.table.isVisible()
        assert (made.reports, made._title.text()) == (reports, title)
        assert (made._since.text(), made._until.text(), made._inside.isChecked()) == (*days, True)
        assert made._excel.isEnabled()


def test_a_period_that_was_chosen_is_still_chosen_when_the_window_is_made_narrow(day) -> None:
    day.pusterum.window.resize(1280, 720)
    day.pusterum.workspace._desk.open("reports")
    day.find("reports-period").setCurrentIndex(2)
    since = day.find("reports-since")
    since.setFocus()
    since.setText("02-02-2026")
    day.pusterum.window.resize(900, 600)
    day.wait(lambda: in_lines(day), "the narrow page")
    assert day.find("reports-period").currentIndex() == 2
    assert day.find("reports-since").text() == "02-02-2026"
    assert day.pusterum.window.focusWidget() is day.find("reports-since")


def test_reports_that_are_being_computed_are_ready_before_the_window_is_laid_out_anew(day, view) -> None:
    before = day.pusterum.workspace
    view.compute()
    day.pusterum._fit_window()
    assert day.pusterum.workspace is before
    day.wait(lambda: day.pusterum.workspace is not before, "screens of that width")
    assert not view.is_busy
