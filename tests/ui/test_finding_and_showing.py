"""Ctrl+K, the view for the person, the cover, and what is said after a crash, through the real window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from sqlalchemy import func, select

from app.models.course import Enrolment
from app.models.person import Person
from app.storage.queries import lists
from app.storage.queries.lists import people
from app.storage.queries.names import shown_name
from app.ui.contact.task_row import TaskRowView
from app.ui.today.tasks_panel import TasksPanel
from tests.trial_laptop import PASSPHRASE, window_on
from tests.ui.screens_seen import cut, seen, where, words_of
from tools.demo_day import open_first_session

KEY = Qt.Key
FIND = (KEY.Key_K, Qt.KeyboardModifier.ControlModifier)


def rows(day):
    found = day.find("palette-list")
    return [found.item(n).text() for n in range(found.count())]


def open_somebody(day):
    open_first_session(day)
    workspace = day.pusterum.workspace
    row = workspace.session.model.rows[0]
    workspace._open_person(row.person_id)
    day.settle()
    return row


def test_control_k_finds_a_person_a_place_a_session_and_a_command_and_enter_goes_there(day):
    workspace = day.pusterum.workspace
    day.press(FIND, "kild")
    day.wait(lambda: any("Kilden" in row for row in rows(day)), "the place")
    assert sum("Kilden" in row for row in rows(day)) >= 2
    day.press(KEY.Key_Escape)
    assert not workspace.palette_view.isVisible()
    day.press(FIND, "setting", KEY.Key_Return)
    assert workspace.shown is workspace.settings
    day.press(FIND, "kaptajn")
    day.wait(lambda: any(row.startswith("Kaptajnen") for row in rows(day)), "the person")
    day.press(KEY.Key_Return)
    day.settle()
    assert workspace.shown is workspace.person
    assert marked(day) == ["go-people"]
    workspace._go_back()
    assert marked(day) == ["go-settings"]


def marked(day):
    navigation = day.find("navigation")
    return [made.objectName() for made in navigation.findChildren(QPushButton) if made.isChecked()]


def test_control_k_offers_whom_one_saw_lately(day):
    row = open_somebody(day)
    day.press(FIND)
    day.wait(lambda: any(row.name in text for text in rows(day)), "who was seen lately")


def test_control_k_says_so_where_nothing_fits(day):
    day.press(FIND, "xyzzyq")
    day.wait(lambda: "xyzzyq" in day.find("palette-says").text(), "the sentence")
    day.press(KEY.Key_Return)
    assert day.find("palette-list").count() == 0


def test_the_persons_view_names_nobody_else_and_escape_returns(day):
    row = open_somebody(day)
    day.press(KEY.Key_F9)
    workspace = day.pusterum.workspace
    assert workspace.shown is workspace.showing
    day.find("twelve-boxes")
    assert day.find("my-money-word").text() == "saved"
    with day.pusterum.store.session() as reading:
        others = {shown_name(person) for person in reading.scalars(select(Person)) if person.id != row.person_id} | {
            person.given_name for person in reading.scalars(select(Person)) if person.given_name
        }
    said = " ".join(text for widget in seen(day.pusterum.window) for text in words_of(widget))
    own = set(row.name.split())
    assert [name for name in others if name and name in said and not set(name.split()) & own] == []
    assert not day.pusterum.workspace._nav.isVisible()
    day.press(KEY.Key_Escape)
    assert workspace.shown is workspace.person


@pytest.mark.parametrize("keys", [[KEY.Key_F12], [KEY.Key_Escape, KEY.Key_Escape]])
def test_one_key_blanks_everything_and_the_passphrase_returns_to_the_same_sheet(day, keys):
    table = open_first_session(day)
    session_id = day.pusterum.workspace.session.session_id
    names = [row.name for row in table.model().rows]
    table.begin(0, day_column("NOTE"))
    day.press("halvskrevet")
    for key in keys:
        _press_without_waiting(day, key)
    said = " ".join(widget.text() for widget in day.pusterum.window.findChildren(QLabel) if _is_uncovered(day, widget))
    assert not any(name in said for name in names)
    day.find("unlock-passphrase")
    assert day.pusterum.store is None
    assert not any(isinstance(w, QWidget) and w.objectName() == "sheet-table" for w in seen(day.pusterum.window))
    day.unlock(PASSPHRASE)
    workspace = day.pusterum.workspace
    assert workspace.shown is workspace.session
    assert workspace.session.session_id == session_id
    if keys == [KEY.Key_F12]:
        # Escape takes the cell back that was being typed; F12 keeps it.
        assert [row.cells.get("note") for row in workspace.session.model.rows if row.cells] == ["halvskrevet"]


def day_column(name):
    from app.ui.session_sheet.sheet_model import Column

    return Column[name]


def _press_without_waiting(day, key):
    from PySide6.QtTest import QTest

    QTest.keyClick(day._focused(), key)


def _is_uncovered(day, widget):
    cover = day.pusterum.window.findChild(QWidget, "cover")
    return widget.isVisible() and (cover is None or not cover.isVisible() or cover.isAncestorOf(widget))


def test_after_a_crash_the_window_says_what_it_restored_and_opens_it(day, laptop, qapp):
    table = open_first_session(day)
    table.begin(0, day_column("CIGARETTES"))
    day.press("14", KEY.Key_Return, "12", KEY.Key_Return)
    day.settle()
    # What a power cut leaves behind: the mark of an open store.
    day.pusterum.window.close()
    (laptop / "open").touch()
    with window_on(laptop) as again:
        again.unlock(PASSPHRASE)
        said = again.find("workspace-notice").shown_text
        assert "2 cells" in said
        assert "Kilden" in said
        again.click("workspace-notice-action")
        assert again.pusterum.workspace.shown is again.pusterum.workspace.session
        # It is read, and takes no room from the sheet.
        assert again.pusterum.workspace.notice.isHidden()
    assert not (laptop / "open").exists()


def test_who_it_is_is_edited_where_it_stands_and_taken_back(day):
    row = open_somebody(day)
    workspace = day.pusterum.workspace
    workspace.person.show_section("details")
    day.settle()
    field = day.find("detail-phone")
    before = field.text()
    field.setFocus()
    field.selectAll()
    day.press("11 22 33 44", KEY.Key_Return)
    assert _person(day, row.person_id).phone == "11 22 33 44"
    assert "11 22 33 44" in workspace.person._header._subtitle.text()
    day.click("details-notice-action")
    assert _person(day, row.person_id).phone == before
    workspace.person.show_section("history")
    day.settle()
    assert any("11 22 33 44" in text for widget in seen(day.pusterum.window) for text in words_of(widget))


def test_a_number_that_is_none_is_said_beside_the_field_and_nothing_is_changed(day):
    row = open_somebody(day)
    day.pusterum.workspace.person.show_section("details")
    day.settle()
    field = day.find("detail-identifier")
    field.setFocus()
    field.selectAll()
    day.press("123", KEY.Key_Return)
    assert day.find("detail-identifier-advice").text().strip()
    assert _person(day, row.person_id).identifier != "123"


def test_a_number_stands_with_its_hyphen_and_a_language_by_its_name_and_leaving_them_changes_nothing(day):
    row = open_somebody(day)
    with day.pusterum.store.session() as session:
        somebody = session.get(Person, row.person_id)
        somebody.identifier, somebody.language = "7609543362", "tr"
        session.commit()
    day.pusterum.workspace.person.show_section("details")
    day.settle()
    for name, said in (("detail-identifier", "760954-3362"), ("detail-language", "Turkish")):
        field = day.find(name)
        assert field.text() == said
        field.setFocus()
        day.press(KEY.Key_Return)
    assert not day.pusterum.workspace.person.findChild(QWidget, "details-notice").isVisible()
    assert _person(day, row.person_id).identifier == "7609543362"
    assert _person(day, row.person_id).language == "tr"


def _person(day, person_id):
    day.settle()
    with day.pusterum.store.session() as reading:
        return reading.get(Person, person_id)


def test_everybody_is_reached_however_many_there_are(day, monkeypatch):
    with day.pusterum.store.session() as reading:
        everybody = people(reading).total
    monkeypatch.setattr(lists, "MOST_PEOPLE", 25)
    assert everybody > 50
    day.click("go-people")
    view = day.pusterum.workspace.people
    day.wait(lambda: len(view.model.rows) == 25, "the first people")
    assert f"{everybody - 25} more" in " ".join(said.text() for said in view.findChildren(QLabel))
    bar = view.table.verticalScrollBar()
    for _ in range(everybody // 25):
        bar.setValue(bar.maximum())
        day.settle()
    assert len({row.person_id for row in view.model.rows}) == everybody
    names = [row.name.casefold() for row in view.model.rows]
    assert names[0] == min(names)


def test_a_list_of_cards_filters_as_one_types_and_says_where_nothing_fits(day):
    day.click("go-places")
    whole = day.find("places-list")
    day.wait(lambda: whole.findChildren(QWidget, "place-card"), "the list")

    def shown():
        return [card for card in whole.findChildren(QWidget, "place-card") if card.isVisible()]

    everything = len(shown())
    day.find("places-list-search").setFocus()
    day.press("kild")
    assert 0 < len(shown()) < everything
    day.press("xyz")
    assert not shown()
    assert day.find("places-list-nothing-fits").isVisible()
    day.find("places-list-search").clear()
    assert len(shown()) == everything

    with day.pusterum.store.session() as reading:
        course_id = reading.scalars(
            select(Enrolment.course_id).group_by(Enrolment.course_id).order_by(func.count().desc()).limit(1)
        ).one()
    day.pusterum.workspace._desk.open("course", course_id)
    line = day.find("course-people-list-search")
    people = [button for button in day.find("course-people-list").findChildren(QPushButton) if button.isVisible()]
    line.setFocus()
    day.press(next(button.text() for button in people if button.objectName().startswith("person-")).split()[0])
    left = [button for button in day.find("course-people-list").findChildren(QPushButton) if button.isVisible()]
    assert 0 < len(left) < len(people)


def test_what_is_due_and_what_happened_filter_as_one_types_and_the_cursor_stays(day):
    today = day.pusterum.workspace.today
    day.wait(lambda: today.findChildren(TaskRowView), "the tasks")
    name = next(row for row in today.findChildren(TaskRowView) if row.isVisible()).row.name
    line = day.find("tasks-search")
    line.setFocus()
    day.press(name.split()[0])
    left = [row.row.name for row in today.findChildren(TaskRowView) if not row.isHidden()]
    assert left
    assert all(name.split()[0].casefold() in found.casefold() for found in left)
    day.press("xyz")
    assert day.find("tasks-nothing-fits").isVisible()
    assert line.hasFocus()
    line.clear()

    day.click("go-follow-ups")
    day.settle()
    line = day.find("follow-ups-search")
    line.setFocus()
    day.press("xyz")
    assert day.find("follow-ups-nothing-fits").isVisible()
    assert line.text() == "xyz"
    assert line.hasFocus()

    day.click("go-today")
    day.settle()
    open_somebody(day)
    day.pusterum.workspace.person.show_section("timeline")
    day.settle()
    line = day.find("timeline-search")
    line.setFocus()
    day.press("xyz")
    assert "Nothing in this list fits." in " ".join(
        said.text() for said in day.find("timeline-card").findChildren(QLabel) if not said.isHidden()
    )


def test_what_is_typed_after_control_k_stays_there_though_today_is_still_being_read(day):
    day.pusterum.workspace._desk.open("today")
    day.pusterum.workspace.palette_view.open()
    day.settle()
    assert day.pusterum.window.focusWidget() is day.find("palette-input")
    day.press("kild")
    assert day.find("palette-input").text() == "kild"


def test_whoever_left_today_before_it_was_read_keeps_the_keyboard_where_they_are(day):
    day.click("go-people")
    day.find("people-search").setFocus()
    for name in ("today", "people"):
        day.pusterum.workspace._desk.open(name)
    day.settle()
    assert day.pusterum.window.focusWidget() is day.find("people-search")


def test_today_is_whole_for_whoever_comes_back_to_it_from_where_they_unlocked(day):
    open_somebody(day)
    day.pusterum.lock()
    day.unlock(PASSPHRASE)
    workspace = day.pusterum.workspace
    tasks = workspace.today.findChild(TasksPanel)
    assert workspace.shown is workspace.person
    assert tasks.isHidden(), "nothing is filled out of sight"
    workspace._desk.open("back")
    day.settle()
    assert workspace.shown is workspace.today
    assert [row for row in tasks.findChildren(TaskRowView) if row.isVisible()]
    assert {where(widget): cut(widget) for widget in seen(workspace.today) if cut(widget)} == {}
