"""The session sheet behaves as a spreadsheet does, and offers whom it knows."""

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from sqlalchemy import func, select

from app.clock import today
from app.ids import new_id
from app.models.course import Enrolment
from app.models.local import SessionDraft
from app.models.organisation import ProgrammeVersion
from app.models.person import Person
from app.models.smoking import Handout, Measurement
from app.ui.session_sheet.sheet_model import Column
from tools.demo_day import open_first_session

KEY = Qt.Key
UNDO = (KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
CLOSE = (KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)


def at(table):
    return table.currentIndex().row(), Column(table.currentIndex().column())


def cells(day):
    day.settle()
    with day.pusterum.store.session() as reading:
        return [draft.cells for draft in reading.scalars(select(SessionDraft)) if draft.cells]


def test_enter_goes_down_and_from_the_last_row_to_the_next_column(day):
    table = open_first_session(day)
    table.begin(9, Column.CIGARETTES)
    day.press("7", KEY.Key_Return)
    assert at(table) == (0, Column.CO)
    day.press(KEY.Key_Return)
    assert at(table) == (1, Column.CO)


def test_tab_goes_to_the_right_and_leaves_the_table_behind_the_last_column(day):
    table = open_first_session(day)
    table.begin(2, Column.STEP)
    day.press("Gå en tur", KEY.Key_Tab)
    assert at(table) == (2, Column.NOTE)
    day.press(KEY.Key_Tab)
    assert not table.hasFocus()
    table.begin(2, Column.STEP)
    day.press(KEY.Key_Backtab)
    assert at(table) == (2, Column.HANDOUT)


def test_typing_replaces_and_f2_goes_on_with_what_is_there(day):
    table = open_first_session(day)
    table.begin(0, Column.NOTE)
    day.press("Stolt", KEY.Key_Return)
    table.begin(0, Column.NOTE)
    day.press(KEY.Key_F2, " i dag", KEY.Key_Return)
    assert cells(day) == [{"note": "Stolt i dag"}]
    table.begin(0, Column.NOTE)
    day.press("Træt", KEY.Key_Return)
    assert cells(day) == [{"note": "Træt"}]


def test_escape_closes_the_editor_and_leaves_the_cell_as_it_was(day):
    table = open_first_session(day)
    table.begin(0, Column.NOTE)
    day.press("halvt", KEY.Key_Escape)
    assert cells(day) == []
    editor = table.findChild(QLineEdit, "cell-editor")
    assert editor is None or not editor.isVisible()


def test_one_key_fills_a_column_and_one_undo_empties_it(day):
    open_first_session(day)
    day.press(KEY.Key_F5)
    assert [row["status"] for row in cells(day)] == ["present"] * 10
    day.press(KEY.Key_F7)
    assert sum("handout" in row for row in cells(day)) == 10
    day.press(UNDO)
    assert sum("handout" in row for row in cells(day)) == 0
    day.press(UNDO)
    assert cells(day) == []


def test_the_exceptions_stay_when_everyone_else_came(day):
    table = open_first_session(day)
    table.begin(2, Column.STATUS)
    day.press("d")
    table.begin(4, Column.STATUS)
    day.press("e")
    day.press(KEY.Key_F5)
    assert sorted(row["status"] for row in cells(day)) == ["absent", "excused"] + ["present"] * 8


def test_after_closing_undo_takes_the_handouts_back_as_corrections(day):
    open_first_session(day)
    day.press(KEY.Key_F5, KEY.Key_F7, CLOSE)
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    session_id = day.pusterum.workspace.session.session_id
    with day.pusterum.store.session() as reading:
        given = reading.scalars(select(Handout.id).where(Handout.session_id == session_id)).all()
    assert given
    day.find("sheet-table").setFocus()
    day.press(UNDO)
    assert day.find("sheet-notice").shown_text.startswith("Taken back for ")
    with day.pusterum.store.session() as reading:
        taken = reading.scalars(
            select(Handout.corrects_id).where(Handout.session_id == session_id, Handout.quantity == 0)
        ).all()
    assert sorted(taken) == sorted(given)


def test_control_z_takes_back_a_walk_in_with_all_that_it_made_before_and_after_closing(day):
    table = open_first_session(day)
    people = _count(day)
    day.press(KEY.Key_F6, "Bølgen", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    day.press("8", KEY.Key_Return, UNDO)
    assert table.model().rowCount() == 11
    day.press(UNDO)
    day.wait(lambda: table.model().rowCount() == 10, "the row to go")
    assert (_count(day), cells(day)) == (people, [])
    assert "Bølgen" in day.find("sheet-notice").shown_text

    day.press(KEY.Key_F6, "Bølgen", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    day.press("8", KEY.Key_Return, KEY.Key_F5, CLOSE)
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.settle()
    table.setFocus()
    day.press(UNDO, UNDO, UNDO)
    day.wait(lambda: table.model().rowCount() == 10, "the row to go")
    # What was recorded and corrected is history, so the person is kept.
    assert _count(day) == people + 1
    assert "still among the people" in day.find("sheet-notice").shown_text


def test_a_walk_in_of_whom_something_is_recorded_stays_and_the_sheet_says_why(day):
    table = open_first_session(day)
    day.press(KEY.Key_F6, "Bølgen", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
    day.settle()
    row = next(row for row in table.model().rows if row.name == "Bølgen")
    with day.pusterum.store.unit_of_work(actor=day.pusterum._device.user_id, clock=day.pusterum.clock) as work:
        work.session.add(
            Measurement(
                id=new_id(day.pusterum.clock), person_id=row.person_id, enrolment_id=row.enrolment_id, kind="co_ppm",
                value=9.0, measured_on=today(day.pusterum.clock), recorded_by=day.pusterum._device.user_id,
            )
        )  # fmt: skip
        work.commit()
    day.press(UNDO)
    assert "Something is recorded of Bølgen" in day.find("sheet-notice").shown_text
    assert table.model().rowCount() == 11


def test_control_z_unseats_somebody_known_and_keeps_the_person(day):
    with day.pusterum.store.session() as reading:
        known = reading.scalars(select(Person).where(Person.id.not_in(select(Enrolment.person_id))).limit(1)).first()
        key = known.id if known is not None else None
    table = open_first_session(day)
    session = day.pusterum.workspace.session
    with day.pusterum.store.session() as reading:
        here = [row.person_id for row in table.model().rows]
        key = key or reading.scalars(select(Person.id).where(Person.id.not_in(here)).limit(1)).one()
    people = _count(day)
    session._seat_known(key)
    day.wait(lambda: table.model().rowCount() == 11, "the row")
    day.settle()
    day.press(UNDO)
    day.wait(lambda: table.model().rowCount() == 10, "the row to go")
    assert _count(day) == people
    assert key not in [row.person_id for row in table.model().rows]


def test_something_typed_of_somebody_is_never_closed_over_without_a_word(day):
    table = open_first_session(day)
    table.begin(3, Column.CIGARETTES)
    day.press("7", KEY.Key_Return, CLOSE)
    name = table.model().rows[3].name
    assert name in day.find("sheet-notice").shown_text
    day.click("sheet-notice-action")
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")


def test_somebody_known_is_offered_by_sound_and_taken_without_a_second_row(day):
    with day.pusterum.store.unit_of_work(actor=day.pusterum._device.user_id, clock=day.pusterum.clock) as work:
        known = (
            work.session.scalars(select(Person).where(Person.id.not_in(select(Enrolment.person_id))).limit(1)).first()
            or work.session.scalars(select(Person).order_by(Person.id.desc()).limit(1)).one()
        )
        known.given_name, known.family_name, known.nickname = "Johnny", "Bænkersen", "Søren m. hunden nr. to"
        work.commit()
        key = known.id
    table = open_first_session(day)
    people = _count(day)
    rows = table.model().rowCount()
    day.press(KEY.Key_F6, "jonny benk")
    day.wait(lambda: day.find("walk-in-offers").count() > 0, "the offer")
    assert "Johnny Bænkersen" in day.find("walk-in-offers").item(0).text()
    day.press(KEY.Key_Down, KEY.Key_Return)
    day.settle()
    assert _count(day) == people
    assert key in [row.person_id for row in table.model().rows]
    assert table.model().rowCount() in (rows, rows + 1)
    row = next(row for row in table.model().rows if row.person_id == key)
    assert row.cells["status"] == "present"


def _count(day):
    with day.pusterum.store.session() as reading:
        return reading.scalar(select(func.count()).select_from(Person))


def test_a_sheet_without_anybody_teaches_how_the_first_one_gets_on_it(day):
    with day.pusterum.store.unit_of_work(actor=day.pusterum._device.user_id, clock=day.pusterum.clock) as work:
        for enrolment in work.session.scalars(select(Enrolment).where(Enrolment.left_on.is_(None))):
            enrolment.left_on = today(day.pusterum.clock) - timedelta(days=1)
        work.commit()
    buttons = day.pusterum.workspace.today.findChildren(QPushButton)
    day.click(next(b.objectName() for b in buttons if b.objectName().startswith("open-") and b.isVisible()))
    table = day.pusterum.workspace.session.table
    assert day.find("sheet-empty").isVisible()
    assert not table.isVisible()
    day.press(KEY.Key_F6, "Jonny", KEY.Key_Return)
    day.wait(lambda: table.model().rowCount() == 1, "the walk-in")
    day.settle()
    assert table.isVisible()
    assert table.hasFocus()


def test_two_people_of_one_name_are_told_apart_in_the_smallest_window(day):
    day.pusterum.window.resize(1280, 720)
    table = open_first_session(day)
    day.settle()
    rows = range(table.model().rowCount())
    names = [table.model().index(row, Column.NAME).data() for row in rows]
    (nicknamed,) = (row for row, name in enumerate(names) if name.startswith("Aviaja Kleist “"))
    index = table.model().index(nicknamed, Column.NAME)
    assert table.sizeHintForIndex(index).width() <= table.columnWidth(Column.NAME)


def test_the_columns_follow_the_programme(day):
    with day.pusterum.store.unit_of_work(actor=day.pusterum._device.user_id, clock=day.pusterum.clock) as work:
        for programme in work.session.scalars(select(ProgrammeVersion)):
            rule = {"value": ["handout"], "unit": "list", "source": "S3", "valid_from": "2015-01-01"}
            programme.rules = {**programme.rules, "session_columns": rule}
        work.commit()
    table = open_first_session(day)
    assert table.isColumnHidden(Column.CO)
    assert not table.isColumnHidden(Column.HANDOUT)
    table.begin(9, Column.CIGARETTES)
    day.press("7", KEY.Key_Return)
    assert at(table) == (0, Column.HANDOUT)
