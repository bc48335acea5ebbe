"""The session sheet through the real window: keys in, drafts and facts in the store."""

import shutil

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLabel, QPushButton
from sqlalchemy import func, select

from app.bootstrap import Pusterum
from app.models.course import Attendance, Diploma, Session
from app.models.local import OutboxEntry, SessionDraft
from app.models.person import Person
from app.models.smoking import Handout, Measurement
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.merge_people import MergePeople, merge_people
from app.services.session_draft import Cell
from app.settings import config_directory
from app.ui.session_sheet.sheet_model import BEFORE_ROLE, Column
from app.ui.theme import current_metrics
from tests.full_disk import full_disk
from tests.trial_laptop import PASSPHRASE, opened
from tools.demo_day import open_first_session

KEY = Qt.Key


def drafts(day):
    day.settle()
    with day.pusterum.store.session() as session:
        return {draft.enrolment_id: draft.cells for draft in session.scalars(select(SessionDraft))}


def count(day, table, *where):
    with day.pusterum.store.session() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def test_closing_makes_the_facts_and_the_status_line_says_what_is_unsent(day):
    table = open_first_session(day)
    before = count(day, Measurement), count(day, Handout), count(day, Attendance)
    day.press(KEY.Key_F5)
    table.begin(0, Column.CIGARETTES)
    day.press("12", KEY.Key_Return)
    table.begin(0, Column.HANDOUT)
    day.press(KEY.Key_Space)
    day.press((KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    after = count(day, Measurement), count(day, Handout), count(day, Attendance)
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 10]
    assert count(day, Session, Session.state == "closed", Session.closed_by.is_not(None)) > 0
    unsent = count(day, OutboxEntry, OutboxEntry.state == "pending")
    assert day.find("status-line").text() == f"{unsent} changes only on this laptop"


def test_somebody_who_sits_down_is_there_after_one_key_a_name_and_enter(day):
    table = open_first_session(day)
    day.press(KEY.Key_F6, "Şükrü 😀 O'Neill; DROP", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    assert count(day, Person, Person.nickname == "Şükrü 😀 O'Neill; DROP") == 1
    assert [cells["status"] for cells in drafts(day).values()] == ["present"]


def test_who_was_written_down_twice_at_this_table_came_once(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    day.press(KEY.Key_F6, "Pelle Bro", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    assert day.find("sheet-count", QLabel).text() == "11 of 11 came"
    desk, (first, *_others) = day.pusterum.workspace._desk, day.pusterum.workspace.session.model.rows
    with day.pusterum.store.unit_of_work(actor=desk.user_id, clock=desk.clock) as work:
        new = work.session.scalars(select(Person.id).where(Person.nickname == "Pelle Bro")).one()
        merge_people(MergePeople(first.person_id, new), work=work)
    day.pusterum.workspace.session.refresh()
    day.settle()
    assert table.model().rowCount() == 11
    assert day.find("sheet-count", QLabel).text() == "10 of 10 came"
    day.press((KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    said = [words.text() for words in day.find("what-follows").findChildren(QLabel)]
    assert "Closed: 10 people came." in said


@pytest.mark.parametrize(("name", "said"), [("", "name"), ("   ", "name"), ("x" * 301, "300")])
def test_a_name_that_is_none_is_said_beside_the_field_and_stays_written(day, name, said):
    open_first_session(day)
    before = count(day, Person)
    day.press(KEY.Key_F6)
    day.find("walk-in-name").setText(name)
    day.press(KEY.Key_Return)
    assert said in day.find("walk-in-name-advice").text()
    assert day.find("walk-in-name").text() == name
    assert count(day, Person) == before


@pytest.mark.parametrize("text", ["mange", "400", "-3", "1e3", "٣"])
def test_a_number_that_is_none_is_said_and_what_was_there_stays(day, text):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    table.begin(0, Column.CIGARETTES)
    day.press(text, KEY.Key_Return)
    assert day.find("sheet-notice").shown_text
    assert list(drafts(day).values()) == [{"cigarettes_per_day": 14.0}]
    table.begin(0, Column.CIGARETTES)
    day.press("13", KEY.Key_Return)
    assert not day.pusterum.workspace.session.notice.isVisible()
    assert list(drafts(day).values()) == [{"cigarettes_per_day": 13.0}]


def test_control_z_takes_back_anything_a_handout_too(day):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    table.begin(0, Column.HANDOUT)
    day.press(KEY.Key_Space)
    undo = (KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    day.press(undo)
    assert list(drafts(day).values()) == [{"cigarettes_per_day": 14.0}]
    day.press(undo)
    assert drafts(day) == {}


def test_two_products_of_one_handout_are_read_whole_offered_and_handed_out(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    row = next(n for n, row in enumerate(table.model().rows) if "+" in row.offered)
    table.begin(row, Column.HANDOUT)
    for said in (BEFORE_ROLE, Qt.ItemDataRole.DisplayRole):
        table.begin(row, Column.STATUS)
        day.settle()
        assert " + " in table.model().index(row, Column.HANDOUT).data(said)
        assert lines_of_ink(table, row, Column.HANDOUT) == 2
        table.begin(row, Column.HANDOUT)
        day.press(KEY.Key_Space)


def lines_of_ink(table, row, column):
    """How many lines are written in a cell, as it is drawn."""
    place = table.visualRect(table.model().index(row, column)).adjusted(4, 4, -4, -4)
    drawn = table.viewport().grab(place).toImage()
    ground = drawn.pixelColor(0, 0).lightness()
    inked = [
        any(abs(drawn.pixelColor(x, y).lightness() - ground) > 60 for x in range(drawn.width()))
        for y in range(drawn.height())
    ]
    return round((len(inked) - inked[::-1].index(True) - inked.index(True)) / table.fontMetrics().height())


def test_that_every_cell_is_saved_is_said_as_large_as_the_cells_and_in_line_with_the_printer(day):
    open_first_session(day)
    day.settle()
    said, beside = day.find("sheet-saved"), day.find("sheet-attendance")
    assert said.text() == "Every cell is saved"
    assert said.font().pixelSize() >= current_metrics().body
    assert abs(said.geometry().center().y() - beside.geometry().center().y()) <= 1


def test_escape_restores_the_cell(day):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    table.begin(0, Column.CIGARETTES)
    day.press("99", KEY.Key_Escape)
    assert list(drafts(day).values()) == [{"cigarettes_per_day": 14.0}]


def test_two_sessions_begun_at_once_keep_their_own_drafts(day):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    day.click("sheet-back")
    day.settle()
    buttons = [w for w in day.pusterum.workspace.today.findChildren(type(day.find("lock"))) if w.isVisible()]
    second = [w.objectName() for w in buttons if w.objectName().startswith("open-")][1]
    day.click(second)
    table = day.find("sheet-table")
    day.wait(lambda: table.model().rowCount() == 8, "the second session")
    day.settle()
    table.begin(0, Column.CIGARETTES)
    day.press("7", KEY.Key_Return)
    assert sorted(cells["cigarettes_per_day"] for cells in drafts(day).values()) == [7.0, 14.0]


def test_a_full_disk_is_said_and_nothing_typed_before_is_lost(day):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    day.settle()
    with full_disk(day.pusterum.store):
        table.begin(0, Column.NOTE)
        model = day.pusterum.workspace.session.model
        model.set_cell(model.rows[0].enrolment_id, Cell.NOTE, "x" * 2_000_000)
        day.settle()
        assert "disk is full" in day.find("sheet-notice").shown_text
        assert day.find("sheet-saved").text() == "Not saved"
    assert [cells["cigarettes_per_day"] for cells in drafts(day).values()] == [14.0]


def test_a_locked_laptop_shows_nothing_and_opens_with_the_drafts_as_they_were(day, laptop):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    day.press("14", KEY.Key_Return)
    day.press((KEY.Key_L, Qt.KeyboardModifier.ControlModifier))
    day.find("unlock-passphrase")
    assert day.pusterum.store is None
    day.press("forkert sætning", KEY.Key_Return)
    day.wait(lambda: day.pusterum.window.findChild(object, "unlock-notice") is not None, "the refusal")
    day.wait(lambda: day.find("unlock-notice").shown_text, "the refusal")
    day.find("unlock-passphrase").clear()
    day.unlock(PASSPHRASE)
    assert [cells["cigarettes_per_day"] for cells in drafts(day).values()] == [14.0]


def test_the_cell_that_is_being_typed_when_one_locks_is_saved_too(day, laptop):
    table = open_first_session(day)
    table.begin(0, Column.CIGARETTES)
    enrolment = table.model().rows[0].enrolment_id
    day.press("17")
    day.press((Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier))
    day.find("unlock-passphrase")
    day.settle()
    store = opened(laptop)
    with store.session() as session:
        draft = session.scalars(select(SessionDraft).where(SessionDraft.enrolment_id == enrolment)).one()
        assert draft.cells == {"cigarettes_per_day": 17}
    store.close()


def test_a_second_window_on_the_same_laptop_is_refused(day, laptop, qapp):
    second = Pusterum(qapp, folder=laptop)
    second.start()
    assert "already open" in second.window.centralWidget().notice.shown_text
    second.window.close()
    assert opened(laptop).session() is not None


def test_sending_without_a_server_says_so_and_keeps_everything(day):
    open_first_session(day)
    day.press(KEY.Key_F6, "Jonny", KEY.Key_Return)
    day.settle()
    day.click("go-sync")
    day.click("send")
    day.wait(lambda: not day.pusterum.tasks.is_busy, "the refusal")
    day.settle()
    assert "server" in day.find("sync-title").text().lower()
    assert day.find("sync-text").text().startswith("3 changes only on this laptop")
    is_work = (OutboxEntry.state == "pending") & (OutboxEntry.entity != "access_log")
    assert count(day, OutboxEntry, is_work) == 3


def test_the_printed_diploma_is_the_page_that_was_shown(day, tmp_path):
    open_first_session(day)
    workspace = day.pusterum.workspace
    workspace._open_diplomas((workspace.session.model.rows[0].enrolment_id,))
    day.wait(lambda: workspace.diploma.issued, "the diploma")
    (first,) = workspace.diploma.issued
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(QPageLayout.Orientation.Landscape)
    printer.setFullPage(True)
    day.settle()
    workspace.diploma.print_on(printer)
    day.wait(lambda: not workspace.diploma.door.is_printing, "the printer")
    with pypdfium2.PdfDocument(tmp_path / "printed.pdf") as printed:
        assert len(printed) == 1
        width, height = printed[0].get_size()
        assert width > height
        assert len(set(bytes(printed[0].render(scale=1).buffer))) > 50
    enrolment_id = workspace.session.model.rows[0].enrolment_id
    workspace._open_diplomas((enrolment_id,))
    day.settle()
    (again,) = workspace.diploma.issued
    assert count(day, Diploma, Diploma.enrolment_id == enrolment_id) == 1
    assert (again.serial, again.pdf) == (first.serial, first.pdf)


def test_a_setting_that_cannot_be_saved_holds_until_the_window_is_closed_and_says_so(day):
    folder = config_directory()
    shutil.rmtree(folder)
    folder.write_text("a file where the folder should be")
    day.click("go-settings")
    day.click("theme-dark")
    assert day.pusterum.settings.theme == "dark"
    assert day.pusterum.workspace.shown is day.pusterum.workspace.settings
    assert "does not let the program write" in day.pusterum.workspace.notice.shown_text


def test_after_the_last_session_enter_makes_the_diplomas_of_all_who_came(day):
    close_the_last_session(day)
    workspace = day.pusterum.workspace
    came = [row.person_id for row in workspace.session.model.rows]
    parts = [row.enrolment_id for row in workspace.session.model.rows]
    assert len(came) > 1
    assert day.pusterum.window.focusWidget().objectName() == "all-diplomas"
    day.press(KEY.Key_Return)
    day.wait(lambda: workspace.diploma.issued, "the diplomas")
    day.settle()
    issued = workspace.diploma.issued
    assert [made.person_id for made in issued] == came
    assert count(day, Diploma, Diploma.enrolment_id.in_(parts)) == len(came)
    with pypdfium2.PdfDocument(workspace.diploma.pdf) as drawn:
        assert len(drawn) == len(came)
        for made, page in zip(issued, drawn, strict=True):
            assert made.serial in page.get_textpage().get_text_bounded()
    assert "Page 1 of" in day.find("diploma-page").text()
    day.press(KEY.Key_Escape)
    day.settle()
    day.click(f"diploma-{came[1]}")
    day.wait(lambda: len(workspace.diploma.issued) == 1, "the diploma")
    assert workspace.diploma.issued == issued[1:2]


def close_the_last_session(day):
    open_first_session(day)
    day.press(KEY.Key_F5, (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()


def test_after_the_last_session_enter_makes_one_diploma_after_the_other_and_escape_goes_back(day):
    close_the_last_session(day)
    workspace = day.pusterum.workspace
    day.press(KEY.Key_Tab)
    for row in workspace.session.model.rows[:2]:
        assert day.pusterum.window.focusWidget().objectName() == f"diploma-{row.person_id}"
        day.press(KEY.Key_Return)
        day.wait(lambda: workspace.shown is workspace.diploma and workspace.diploma.issued, "the diploma")
        day.settle()
        assert workspace.diploma.issued[0].person_id == row.person_id
        day.press(KEY.Key_Escape)
        day.settle()
        assert workspace.shown is workspace.session
        day.press(KEY.Key_Tab)


def test_two_at_one_table_who_may_be_one_are_said_quietly_and_one_key_goes_where_they_are_joined(day):
    table = open_first_session(day)
    workspace = day.pusterum.workspace
    assert not [row for row in workspace.session.model.rows if row.may_be]
    day.press(KEY.Key_F6, "Frank Lund", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    known, walked_in = sorted(
        (row for row in workspace.session.model.rows if row.name == "Frank Lund"), key=lambda row: row.person_id
    )
    name = table.model().index(workspace.session.model.row_of(walked_in.enrolment_id), Column.NAME)
    assert name.data(BEFORE_ROLE) == "= Frank Lund?"
    assert "same person as Frank Lund" in name.data(Qt.ItemDataRole.AccessibleTextRole)
    assert day.application.activeModalWidget() is None
    day.press(KEY.Key_F5, (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    day.settle()
    # At the last session Enter makes the diplomas, as ever; not that of whoever came for the first time today.
    assert day.pusterum.window.focusWidget().objectName() == "all-diplomas"
    assert day.find("all-diplomas").text() == "All 10 diplomas"
    assert day.find(f"diploma-{walked_in.person_id}").isVisible()
    assert day.find(f"may-be-{known.person_id}-{walked_in.person_id}").text().endswith("may be the same person.")
    day.find(f"look-{known.person_id}-{walked_in.person_id}").setFocus()
    day.press(KEY.Key_Return)
    assert (workspace.shown, workspace.person.person_id) == (workspace.person, known.person_id)
    day.find(f"same-{walked_in.person_id}")


def test_after_the_last_session_nobody_is_to_be_called_before_a_next_one(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    table.begin(1, Column.STATUS)
    day.press("d", (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    said = [shown.text() for shown in day.find("what-follows").findChildren(QLabel)]
    assert f"Call: {day.pusterum.workspace.session.model.rows[1].name}" in said


def test_a_name_of_three_hundred_letters_pushes_no_diploma_out_of_sight(day):
    table = open_first_session(day)
    day.press(KEY.Key_F6, "Ib" * 150, KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.press(KEY.Key_F5, (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    assert day.find("after-closing").horizontalScrollBar().maximum() == 0


def test_all_diplomas_to_print_are_opened_in_one_go_when_the_day_is_closed(day):
    open_first_session(day)
    workspace = day.pusterum.workspace
    day.press(Qt.Key.Key_F5, (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    day.click("all-diplomas")
    day.wait(lambda: workspace.diploma.issued, "the diplomas")
    made = {diploma.serial for diploma in workspace.diploma.issued}
    workspace._desk.open("sync")
    day.settle()
    opening = next(found for found in workspace.sync.findChildren(QPushButton, "open-it") if "All" in found.text())
    workspace.diploma.issued = ()
    opening.click()
    day.wait(lambda: workspace.diploma.issued, "the diplomas")
    assert {diploma.serial for diploma in workspace.diploma.issued} == made


def test_among_many_who_may_be_one_the_first_pairs_are_said_and_the_others_are_a_click_away(day):
    open_first_session(day)
    session = day.pusterum.workspace.session
    app = day.pusterum
    with app.store.unit_of_work(actor=app._device.user_id, clock=app.clock) as work:
        for number in range(8):
            add_walk_in(AddWalkIn(session._sheet.course_id, f"Tove {number}"), work=work)
        work.commit()
    session.refresh()
    day.settle()
    day.press(Qt.Key.Key_F5, (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: session.model.is_closed, "the session to close")
    day.settle()
    looking = [found for found in session.findChildren(QPushButton) if found.objectName().startswith("look-")]
    assert len(looking) == 6
    day.click("may-be-one-more")
    more = [found for found in session.findChildren(QPushButton) if found.objectName().startswith("look-")]
    assert len(more) == 12


def test_whoever_locks_in_the_middle_of_the_sheet_comes_back_to_the_same_cell(day):
    table = open_first_session(day)
    table.begin(4, Column.CO)
    day.press((Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier))
    day.unlock(PASSPHRASE)
    table = day.find("sheet-table")
    day.wait(lambda: table.model().rowCount() > 0, "the people")
    day.settle()
    assert (table.currentIndex().row(), table.currentIndex().column()) == (4, Column.CO)
    assert table.hasFocus() or day.pusterum.window.focusWidget() is table
