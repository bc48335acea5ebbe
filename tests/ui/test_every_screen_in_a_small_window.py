"""In a small window enlarged text is read without scrolling sideways, and whoever resizes it loses nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.settings import DeviceSettings
from app.ui.contact.task_row import TaskRowView
from app.ui.widgets import RowTable, ScrollPage
from tests.trial_laptop import PASSPHRASE
from tests.ui.screens_seen import cut, is_wider_than_its_window, seen, where, words_of
from tools.demo_day import open_first_session
from tools.tour import opened


@pytest.mark.parametrize(("language", "theme"), [("da", "light"), ("en", "dark")])
def test_in_a_small_window_enlarged_text_is_read_without_scrolling_sideways(tour, language, theme):
    faults = []
    for name, day in tour.stops(language=language, theme=theme, text_size=150, with_forms=False, size=(1024, 600)):
        for widget in seen(day.pusterum.window):
            if said := cut(widget):
                faults.append(f"{name}: {where(widget)}: {(words_of(widget) or [''])[0]!r} {said}")
            if is_wider_than_its_window(widget):
                faults.append(f"{name}: {where(widget)} is read by scrolling sideways")
    assert not faults, "\n".join(sorted(set(faults)))


def test_in_the_smallest_window_all_words_of_twice_the_size_are_read_whole_and_without_scrolling_sideways(tour):
    faults = set()
    for name, day in tour.stops(language="da", theme="light", text_size=200, with_forms=True, size=(1024, 600)):
        for widget in seen(day.pusterum.window):
            if isinstance(widget, (ScrollPage, RowTable)) and is_wider_than_its_window(widget):
                faults.add(f"{name}: {where(widget)} is read by scrolling sideways")
            # A name that is a button ends with an ellipsis there, and its tool tip has all of it.
            if isinstance(widget, (QLabel, QAbstractButton)) and not widget.toolTip() and (said := cut(widget)):
                faults.add(f"{name}: {where(widget)}: {(words_of(widget) or [''])[0]!r} {said}")
    assert not faults, "\n".join(sorted(faults))


def test_in_large_text_what_is_next_stands_on_the_first_section_and_a_task_beside_no_button(laptop, qapp):
    DeviceSettings(language="da", theme="dark", text_size=200).save()
    day = opened(laptop, size=(1280, 720))
    day.unlock(PASSPHRASE)
    person = open_first_session(day).model().rows[0].person_id
    page = day.pusterum.workspace.person
    day.pusterum.workspace._open_person(person)
    day.wait(page._next_row.isVisible, "what is next")
    page.show_section("contacts")
    day.settle()
    assert page._next_row.isHidden()
    row = next(row for row in page.findChildren(TaskRowView) if row.isVisible())
    assert row._what.width() > row.width() * 0.8
    day.end()


def test_in_the_smallest_window_what_is_next_takes_no_room_from_a_form_and_words_beside_a_tick_are_clicked(
    laptop, qapp
):
    DeviceSettings(language="da", theme="light", text_size=200).save()
    day = opened(laptop, size=(1024, 600))
    day.unlock(PASSPHRASE)
    open_first_session(day)
    person = day.pusterum.workspace.session.model.rows[0].person_id
    page = day.pusterum.workspace.person
    day.pusterum.workspace._open_person(person)
    day.wait(page._next_row.isVisible, "what is next")
    page.show_section("consents")
    assert page._next_row.isHidden()
    day.click("consent-stopbasen-given")
    box, words = day.find("consent-informed"), day.find("consent-informed-words")
    before = box.isChecked()
    QTest.mouseClick(words, Qt.MouseButton.LeftButton)
    assert box.isChecked() is not before
    assert box.accessibleName() == words.text()
    day.end()


def test_in_the_smallest_window_the_keyboard_is_where_it_is_seen_and_what_is_said_of_the_sheet_is_true(laptop, qapp):
    DeviceSettings(language="da", theme="light", text_size=200).save()
    day = opened(laptop, size=(1024, 600))
    day.unlock(PASSPHRASE)
    open_first_session(day)
    workspace = day.pusterum.workspace
    person = workspace.session.model.rows[0].person_id
    day.press(Qt.Key.Key_F5, (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: workspace.session.model.is_closed, "the session to close")
    day.settle()
    # The sheet gave its room to what follows: no cell of it can be typed over.
    assert workspace.session.table.isHidden()
    assert "celle" not in day.find("sheet-hint").text()
    workspace._open_person(person, "consents")
    day.click("consent-stopbasen-given")
    day.settle()
    assert not day.pusterum.window.focusWidget().visibleRegion().isEmpty()
    day.press(Qt.Key.Key_Return)
    day.wait(lambda: "Ja" in words_said(workspace.person, "consent-stopbasen"), "the consent")
    day.end()


@pytest.mark.parametrize("place", ["courses", "sync", "settings"])
def test_where_one_is_can_be_seen_in_the_navigation_of_a_small_window(laptop, qapp, place):
    DeviceSettings(language="da", theme="light", text_size=200).save()
    day = opened(laptop, size=(1280, 720))
    day.unlock(PASSPHRASE)
    day.pusterum.workspace._desk.open(place)
    day.settle()
    here = day.find(f"go-{place}")
    assert here.isChecked()
    assert here.visibleRegion().boundingRect().height() == here.height()
    # Also after the line below has grown.
    day.find("status-line", QLabel).setText("Several lines of how sending stands. " * 4)
    day.settle()
    assert here.visibleRegion().boundingRect().height() == here.height()
    day.end()


def words_said(page, card):
    """Return what the labels of a card say."""
    return {found.text() for part in page.findChildren(QWidget, card) for found in part.findChildren(QLabel)}


def test_a_window_that_is_made_small_and_large_again_is_laid_out_for_either_and_keeps_what_is_typed(laptop, qapp):
    DeviceSettings(language="da", theme="light", text_size=150).save()
    day = opened(laptop)
    window = day.pusterum.window
    day.unlock(PASSPHRASE)
    day.pusterum.workspace._desk.open("places")
    day.settle()
    for size in ((1024, 600), (1280, 720), (1024, 600)):
        before = day.pusterum.workspace
        window.resize(*size)
        day.wait(lambda before=before: day.pusterum.workspace is not before, "screens of that width")
        day.settle()
        assert day.pusterum.workspace.shown.objectName() == "places"
        day.pusterum.workspace._desk.open("today")
        day.settle()
        assert not [where(widget) for widget in seen(window) if cut(widget) or is_wider_than_its_window(widget)]
        day.pusterum.workspace._desk.open("places")
        day.settle()
    day.click("new-place")
    day.press("Under Broen")
    window.resize(1280, 720)
    day.wait(lambda: not day.pusterum._fitting.isActive(), "the window to be fitted")
    day.settle()
    assert day.pusterum.workspace.shown.objectName() == "places"
    assert window.focusWidget().text() == "Under Broen"
    day.end()
