"""What was done is said at the foot of the page: in sight wherever one is on it, and nothing moves for it."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QWidget

from app.models.person import Person
from app.settings import DeviceSettings
from app.ui.widgets import NoticeBar, ResultBar, ScrollPage
from tests.trial_laptop import PASSPHRASE
from tests.ui.test_tasks_of_today import rows, stored
from tools.demo_day import open_first_session
from tools.tour import opened


def scrolled_to_the_end(day, name):
    page = day.find(name, ScrollPage)
    day.settle()
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    day.settle()
    assert page.verticalScrollBar().value() > 0
    return page


def is_whole_in_sight(widget):
    return widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()


def test_a_task_that_is_done_far_down_on_today_is_answered_in_sight_and_nothing_moves(day):
    day.pusterum.window.resize(1280, 720)
    page = scrolled_to_the_end(day, "today-page")
    where, height = page.column.mapTo(page, QPoint(0, 0)), page.viewport().height()
    found = page.findChild(ResultBar, "tasks-notice")
    found.show_notice("success", "Done.", action="Take it back")
    day.settle()
    assert is_whole_in_sight(found)
    assert page.column.mapTo(page, QPoint(0, 0)) == where
    assert page.viewport().geometry().bottom() < found.mapTo(page, QPoint(0, 0)).y()
    day.click("tasks-notice-dismiss")
    day.settle()
    assert page.viewport().height() == height
    assert not found.isVisible()


def test_the_answer_has_the_button_that_takes_it_back(day):
    scrolled_to_the_end(day, "today-page")
    key = rows(day)[-1].row.task.key
    rows(day)[-1].decide("done")
    day.wait(lambda: all(shown.row.task.key != key for shown in rows(day)), "the task to go")
    assert is_whole_in_sight(day.find("tasks-notice-action"))
    day.click("tasks-notice-action")
    day.wait(lambda: any(shown.row.task.key == key for shown in rows(day)), "the task to come back")


@pytest.mark.parametrize("text_size", [100, 200])
def test_a_long_answer_on_the_page_of_a_person_is_read_whole(laptop, qapp, text_size):
    DeviceSettings(language="da", theme="dark", text_size=text_size).save()
    day = opened(laptop, size=(1280, 720))
    day.unlock(PASSPHRASE)
    workspace = day.pusterum.workspace
    workspace._desk.open("person", stored(day, Person)[0].id, section="plan")
    day.settle()
    page = next(found for found in workspace.person.findChildren(ScrollPage) if found.isVisible())
    bar = next(found for found in page.findChildren(ResultBar))
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    bar.show_notice("success", "Planen er gemt, og det, der stod før, er her stadig. " * 3, action="Tag det tilbage")
    day.settle()
    assert is_whole_in_sight(bar)
    assert page.viewport().height() > page.height() / 3
    bar.show_notice("success", "Planen er gemt.", action="Tag det tilbage")
    day.settle()
    assert is_whole_in_sight(bar)
    assert not scrolls(bar)
    day.end()


def test_what_a_page_says_of_what_was_done_is_never_in_what_scrolls(day):
    """Every bar of a page that may be scrolled away, but for those that state how something is."""
    workspace = day.pusterum.workspace
    for name, _text, _shape in workspace._nav.places:
        workspace._desk.open(name)
        day.settle()
        for bar in workspace.shown.findChildren(NoticeBar):
            if bar.objectName().endswith("-notice"):
                bar.show_notice("success", "Saved.")
                day.settle()
                assert not scrolls(bar), bar.objectName()
                bar.dismiss()


@pytest.mark.parametrize("page", ["today", "inbox", "courses", "session"])
def test_what_is_said_beside_a_page_stands_below_it_and_nothing_moves(day, page):
    day.pusterum.window.resize(1280, 720)
    workspace = day.pusterum.workspace
    if page == "session":
        table = open_first_session(day)
        said = workspace.session.notice
    else:
        workspace._desk.open(page)
        day.settle()
        said = workspace.notice if page == "today" else workspace.shown.notice
        shown = {"today": lambda: day.find("today-page", ScrollPage), "inbox": lambda: day.find("inbox-empty")}
        table = shown.get(page, lambda: workspace.shown.table)()
    day.settle()
    before = table.mapTo(workspace, QPoint(0, 0))
    said.show_notice("success", "Saved.")
    day.settle()
    assert table.mapTo(workspace, QPoint(0, 0)) == before
    assert said.mapTo(workspace, QPoint(0, 0)).y() >= before.y() + table.height()


def test_the_cell_that_one_is_in_stays_in_sight_when_something_is_said_below_the_sheet(day):
    day.pusterum.window.resize(1280, 600)
    table, sheet = open_first_session(day), day.pusterum.workspace.session
    day.settle()
    table.begin(table.model().rowCount() - 1)
    day.settle()
    sheet.notice.show_notice("warning", "One line.\nAnother line.\nA third line.")
    day.settle()
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))


def scrolls(widget: QWidget) -> bool:
    at = widget
    while at is not None:
        around = at.parentWidget()
        if isinstance(around, QScrollArea) and at is around.viewport():
            return True
        at = around
    return False
