"""Whoever locks the laptop, pulls at the window or scrolls finds everything as they left it."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLabel, QLineEdit

from app.ui.shell.screens import SCREENS
from app.ui.widgets import is_typed_in
from tests.trial_laptop import PASSPHRASE
from tools.demo_day import open_first_session
from tools.tour import something_of_each

LOCK = (Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)


def title(day):
    day.settle()
    day.settle()
    titles = [found for found in day.pusterum.workspace.shown.findChildren(QLabel) if found.isVisible()]
    return next((found.text() for found in titles if found.property("type") == "title"), "")


def lock_and_unlock(day):
    day.press(LOCK)
    day.unlock(PASSPHRASE)


def make_narrow(day):
    before = day.pusterum.workspace
    day.pusterum.window.resize(900, 600)
    # Somebody rests while they pull: the screens are made anew twice, the second time on the way back to the page.
    day.pusterum._fit_window()
    day.pusterum._fit_window()
    assert day.pusterum.workspace is not before


@pytest.mark.parametrize("leave", [lock_and_unlock, make_narrow])
@pytest.mark.parametrize("screen", ["course", "place", "paper", "typing"])
def test_a_page_about_something_is_about_the_same_afterwards(day, screen, leave):
    day.pusterum.workspace._desk.open(screen, something_of_each(day)[screen])
    day.wait(lambda: title(day), "the page")
    before = title(day)
    leave(day)
    day.wait(lambda: day.pusterum.workspace.shown.objectName() == screen, "the page")
    day.wait(lambda: title(day) == before, f"the page of before, {before}")


def test_the_diplomas_that_were_shown_are_shown_after_unlocking(day):
    open_first_session(day)
    day.press(Qt.Key.Key_F5, (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier))
    day.wait(lambda: day.pusterum.workspace.session.model.is_closed, "the session to close")
    day.click("all-diplomas")
    day.wait(lambda: day.pusterum.workspace.diploma.issued, "the diplomas")
    before = {made.serial for made in day.pusterum.workspace.diploma.issued}
    lock_and_unlock(day)
    day.wait(lambda: day.pusterum.workspace.diploma.issued, "the diplomas")
    assert {made.serial for made in day.pusterum.workspace.diploma.issued} == before


def go_away(day):
    day.click("letter-back")


@pytest.mark.parametrize("leave", [lock_and_unlock, go_away])
def test_what_is_written_in_a_letter_is_there_when_one_comes_back(day, leave):
    letter = something_of_each(day)["letter"]
    day.pusterum.workspace._desk.open("letter", letter)
    text = day.find("letter-text")
    day.wait(text.toPlainText, "the draft")
    before = text.toPlainText()
    text.setFocus()
    day.press("Hilsen Mette")
    leave(day)
    day.pusterum.workspace._desk.open("letter", letter)
    day.settle()
    day.wait(lambda: day.find("letter-text").toPlainText() == f"Hilsen Mette{before}", "what was written")


def test_a_setting_takes_nothing_away_that_somebody_began_without_telling_them(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("people")
    day.find("people-search").setText("Frank")
    workspace._desk.open("settings")
    day.click("theme-dark")
    workspace = day.pusterum.workspace
    assert not workspace.notice.shown_text
    workspace._desk.open("places")
    day.click("new-place")
    day.press("Under Broen")
    workspace._desk.open("settings")
    day.click("theme-light")
    assert day.pusterum.workspace is workspace
    assert "Places" in workspace.notice.shown_text
    assert day.find("theme-dark").isChecked()
    assert day.pusterum.window.focusWidget().objectName() == "theme-light"
    workspace._desk.open("places")
    day.settle()
    assert "Under Broen" in [line.text() for line in workspace.shown.findChildren(QLineEdit) if line.isVisible()]
    workspace._desk.open("settings")
    day.click("workspace-notice-action")
    assert day.pusterum.workspace is not workspace
    assert day.find("theme-light").isChecked()


def test_what_a_page_only_shows_counts_on_no_page_as_begun(day):
    person = open_first_session(day).model().rows[0].person_id
    workspace, about = day.pusterum.workspace, something_of_each(day)
    for section in workspace.person.section_keys:
        workspace._open_person(person, section)
        day.settle()
        assert not is_typed_in(workspace.person), section
    for screen in ("people", "places", "settings", "sync", *(entry.key for entry in SCREENS)):
        if screen in workspace._later or workspace.screen_called(screen) is not None:
            workspace._desk.open(screen, about.get(screen, ""))
            day.settle()
            assert not is_typed_in(workspace.shown), screen
    assert workspace.begun() == []


def turned_over(day, widget):
    """What stands in a box or a number after the wheel was turned over it both ways, and what stood in it."""
    held = (lambda: widget.value()) if isinstance(widget, QAbstractSpinBox) else (lambda: widget.currentIndex())
    found = [held()]
    for turn in (-120, 240):
        at = widget.rect().center()
        wheel = QWheelEvent(
            QPointF(at),
            QPointF(widget.mapToGlobal(at)),
            QPoint(0, 0),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        day.application.sendEvent(widget, wheel)
        found.append(held())
    return found


def test_the_wheel_over_a_box_or_a_number_of_a_page_changes_nothing_and_takes_no_keyboard(day):
    table = open_first_session(day)
    workspace = day.pusterum.workspace
    person = table.model().rows[0].person_id
    found = 0
    for go in (
        lambda: workspace._open_person(person, "details"),
        lambda: (workspace._open_person(person, "nrt"), day.click("nrt-plan")),
        lambda: (workspace._desk.open("bag"), day.click("bag-count")),
        lambda: workspace._desk.open("paper", something_of_each(day)["paper"]),
    ):
        go()
        day.settle()
        for kind in (QComboBox, QAbstractSpinBox):
            for widget in workspace.shown.findChildren(kind):
                if widget.isVisible():
                    found += 1
                    assert len(set(turned_over(day, widget))) == 1, widget.objectName()
                    assert widget.focusPolicy() is not Qt.FocusPolicy.WheelFocus, widget.objectName()
    assert found > 10
