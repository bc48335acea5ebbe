"""A cell that is being typed, was not taken or could not be saved is never lost without a word."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from sqlalchemy import func, select

from app.errors import KnownProblem
from app.models.course import Session
from app.models.local import SessionDraft
from app.models.person import Person
from app.models.smoking import Measurement
from app.services.session_draft import Cell, type_cell
from app.ui.session_sheet.sheet_model import Column
from tests.full_disk import full_disk
from tools.demo_day import open_first_session

KEY = Qt.Key
CLOSE = (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)


def cells(day):
    day.settle()
    with day.pusterum.store.session() as reading:
        return {draft.enrolment_id: draft.cells for draft in reading.scalars(select(SessionDraft))}


def cells_of(day, table, row):
    return cells(day).get(table.model().rows[row].enrolment_id, {})


def is_closed(day):
    day.settle()
    return day.pusterum.workspace.session.model.is_closed


@pytest.mark.parametrize("key", [KEY.Key_F5, KEY.Key_F6, KEY.Key_F7])
def test_a_key_for_everybody_takes_the_number_that_is_being_typed(day, key):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    table.begin(1, Column.CIGARETTES)
    day.press("13", key)
    assert cells_of(day, table, 1)["cigarettes_per_day"] == 13


def test_closing_takes_the_number_that_is_being_typed(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    table.begin(9, Column.CIGARETTES)
    session_id = day.pusterum.workspace.session.session_id
    day.press("19", CLOSE)
    day.wait(lambda: is_closed(day), "the session to close")
    with day.pusterum.store.session() as reading:
        found = reading.scalars(select(Measurement.value).where(Measurement.session_id == session_id)).all()
    assert found == [19]


def test_what_arrives_while_a_number_is_typed_waits_until_it_is_written(day):
    table = open_first_session(day)
    session = day.pusterum.workspace.session
    table.begin(2, Column.CIGARETTES)
    day.press("1")
    with day.pusterum.store.unit_of_work(actor=day.pusterum._device.user_id, clock=day.pusterum.clock) as work:
        work.session.get(Person, table.model().rows[0].person_id).nickname = "Fra en kollega"
        work.commit()
    session.refresh()
    day.settle()
    day.press("4", KEY.Key_Return)
    day.wait(lambda: "Fra en kollega" in str([row.name for row in table.model().rows]), "what arrived")
    assert [row.cells for row in table.model().rows if row.cells] == [{"cigarettes_per_day": 14}]
    assert table.hasFocus() or day.pusterum.window.focusWidget() is table


def test_what_was_read_before_a_key_was_pressed_does_not_hide_what_it_did(day):
    table = open_first_session(day)
    session = day.pusterum.workspace.session
    session.refresh()
    session.model.set_cell(table.model().rows[0].enrolment_id, Cell.STATUS, "present")
    day.settle()
    assert table.model().rows[0].cells == {"status": "present"}


def test_a_refused_number_is_told_with_its_name_until_that_person_has_one(day):
    table = open_first_session(day)
    first, second = (table.model().rows[row].name for row in (0, 1))
    notice = day.pusterum.workspace.session.notice
    table.begin(0, Column.CIGARETTES)
    day.press("400", KEY.Key_Return, "ca. 12", KEY.Key_Return, "9", KEY.Key_Return)
    assert notice.shown_text.startswith(f"{second} · Cigarettes a day: ca. 12")
    table.begin(1, Column.CIGARETTES)
    day.press("12", KEY.Key_Return)
    assert notice.shown_text.startswith(f"{first} · Cigarettes a day: 400")
    table.begin(0, Column.CIGARETTES)
    day.press("40", KEY.Key_Return)
    assert not notice.shown_text
    assert [row.cells.get("cigarettes_per_day") for row in table.model().rows[:3]] == [40, 12, 9]


def test_a_refused_number_holds_closing_back_until_it_is_mended_or_let_go(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    table.begin(3, Column.CO)
    day.press("mange", KEY.Key_Return, "9000", KEY.Key_Return, "få", KEY.Key_Return, CLOSE)
    assert not is_closed(day)
    assert (table.currentIndex().row(), table.currentIndex().column()) == (5, Column.CO)
    day.click("sheet-notice-dismiss")
    table.begin(0, Column.NOTE)
    day.press("træt", KEY.Key_Return)
    assert not day.pusterum.workspace.session.notice.shown_text
    for told in ("få", "9000"):
        day.press(CLOSE)
        assert told in day.find("sheet-notice").shown_text
        day.click("sheet-notice-action")
    assert not is_closed(day)
    assert "mange" in day.find("sheet-notice").shown_text
    day.click("sheet-notice-action")
    day.wait(lambda: is_closed(day), "the session to close")


def test_whoever_lacks_attendance_has_the_cursor_when_closing_asks(day):
    table = open_first_session(day)
    table.begin(0, Column.STATUS)
    day.press("p")
    table.begin(4, Column.NOTE)
    day.press("syg", KEY.Key_Return, CLOSE)
    assert not is_closed(day)
    day.press("e", CLOSE)
    day.wait(lambda: is_closed(day), "the session to close")
    assert [row.cells["status"] for row in table.model().rows[:5:4]] == ["present", "excused"]


def test_enter_pressed_twice_seats_one_person(day):
    table = open_first_session(day)
    day.press(KEY.Key_F6, "Jonny fra bænken")
    field = day.find("walk-in-name")
    QTest.keyClick(field, KEY.Key_Return)
    QTest.keyClick(field, KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() > 10, "the walk-in")
    day.settle()
    assert table.model().rowCount() == 11
    with day.pusterum.store.session() as reading:
        assert reading.scalar(select(func.count()).where(Person.nickname == "Jonny fra bænken")) == 1
    day.press(KEY.Key_F6, "Sus fra havnen", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 12, "the next one")


LONG = "x" * 50_000


def test_what_did_not_fit_on_the_disk_is_saved_with_the_next_cell(day):
    table = open_first_session(day)
    model = day.pusterum.workspace.session.model
    with full_disk(day.pusterum.store):
        model.set_cell(model.rows[0].enrolment_id, Cell.NOTE, LONG)
        day.settle()
        assert day.find("sheet-saved").text() == "Not saved"
    table.begin(1, Column.CIGARETTES)
    day.press("7", KEY.Key_Return)
    day.wait(lambda: day.find("sheet-saved").text() == "Every cell is saved", "both to be saved")
    assert len(cells_of(day, table, 0)["note"]) == len(LONG)


def test_closing_saves_first_what_did_not_fit_on_the_disk(day):
    open_first_session(day)
    model = day.pusterum.workspace.session.model
    day.press(KEY.Key_F5)
    with full_disk(day.pusterum.store):
        model.set_cell(model.rows[0].enrolment_id, Cell.NOTE, LONG)
        day.settle()
        day.press(CLOSE)
        assert not is_closed(day)
        assert "disk is full" in day.find("sheet-notice").shown_text
    day.press(CLOSE)
    day.wait(lambda: is_closed(day), "the session to close")
    assert len(model.rows[0].cells["note"]) == len(LONG)
    with day.pusterum.store.session() as reading:
        assert reading.scalar(select(Session.state).where(Session.id == day.pusterum.workspace.session.session_id))


def test_what_did_not_fit_on_the_disk_stays_in_its_cell_when_one_comes_back_to_the_sheet(day):
    table = open_first_session(day)
    session = day.pusterum.workspace.session
    with full_disk(day.pusterum.store):
        session.model.set_cell(session.model.rows[0].enrolment_id, Cell.NOTE, LONG)
        day.settle()
        day.click("go-today")
        day.pusterum.workspace.desk.open("session", session.session_id)
        day.settle()
    assert session.model.rows[0].cells == {"note": LONG}
    assert day.find("sheet-saved").text() == "Not saved"
    table.begin(1, Column.CIGARETTES)
    day.press("7", KEY.Key_Return)
    day.wait(lambda: day.find("sheet-saved").text() == "Every cell is saved", "both to be saved")
    assert cells_of(day, table, 0) == {"note": LONG}


def no_room_once(monkeypatch):
    full = [KnownProblem("disk-full")]

    def type_where_there_is_room(command, *, work):
        if full:
            raise full.pop()
        return type_cell(command, work=work)

    monkeypatch.setattr("app.ui.session_sheet.typed_cells.type_cell", type_where_there_is_room)


def test_closing_leaves_out_no_cell_that_is_on_its_way(day, monkeypatch):
    table = open_first_session(day)
    day.press(KEY.Key_F5)
    day.settle()
    no_room_once(monkeypatch)
    table.begin(0, Column.CIGARETTES)
    day.press("14", CLOSE)
    assert not is_closed(day)
    assert "disk is full" in day.find("sheet-notice").shown_text
    day.press(CLOSE)
    day.wait(lambda: is_closed(day), "the session to close")
    assert table.model().rows[0].cells["cigarettes_per_day"] == 14


def test_somebody_who_sits_down_is_on_the_sheet_as_present_though_that_could_not_be_saved_yet(day, monkeypatch):
    table = open_first_session(day)
    no_room_once(monkeypatch)
    day.press(KEY.Key_F6, "Jonny fra bænken", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    row = next(row for row in table.model().rows if row.name == "Jonny fra bænken")
    assert (row.cells, day.find("sheet-saved").text()) == ({"status": "present"}, "Not saved")
    day.press("7", KEY.Key_Return)
    day.wait(lambda: day.find("sheet-saved").text() == "Every cell is saved", "both to be saved")
    assert cells(day)[row.enrolment_id] == {"status": "present", "cigarettes_per_day": 7}


def test_attendance_that_is_emptied_after_closing_is_an_absence_and_shown_as_one(day):
    table = open_first_session(day)
    day.press(KEY.Key_F5, CLOSE)
    day.wait(lambda: is_closed(day), "the session to close")
    name = table.model().rows[1].name
    table.begin(1, Column.STATUS)
    day.press(KEY.Key_Delete)
    day.settle()
    assert table.model().rows[1].cells["status"] == "absent"
    said = [label.text() for label in day.find("what-follows").findChildren(QLabel)]
    assert any(name in words and words.startswith("Call") for words in said)


def test_a_note_too_long_for_its_cell_is_said_to_be_cut(day):
    table = open_first_session(day)
    table.begin(0, Column.NOTE)
    day.press(KEY.Key_F2)
    QApplication.clipboard().setText("æ" * 10_000)
    day.press((KEY.Key_V, Qt.KeyboardModifier.ControlModifier))
    said = day.find("sheet-notice").shown_text
    assert said.startswith("A cell holds 2,000 characters.")
    day.press(KEY.Key_Return)
    assert cells_of(day, table, 0) == {"note": "æ" * 2_000}


def test_a_letter_that_is_no_attendance_says_which_are(day):
    table = open_first_session(day)
    table.begin(0, Column.STATUS)
    day.press("x")
    assert day.find("sheet-notice").shown_text == "Attendance is one letter: C came, E excused, D did not come."
    assert cells(day) == {}
    day.press("e")
    assert not day.pusterum.workspace.session.notice.isVisible()


def test_escape_gives_up_what_is_being_typed_and_nothing_else_does(day):
    table = open_first_session(day)
    table.begin(0, Column.NOTE)
    day.press("halvt", KEY.Key_Escape)
    table.begin(1, Column.NOTE)
    day.press("helt", KEY.Key_Down)
    assert [row.get("note") for row in cells(day).values()] == ["helt"]
    assert not [line for line in table.findChildren(QLineEdit, "cell-editor") if line.isVisible()]
