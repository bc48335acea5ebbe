"""The window stands open over midnight, or the clock is set: what it shows is of the new day."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLabel

from app.clock import today
from app.domain.tasks import Kind
from app.i18n import format_day_long
from app.ui.contact.task_row import TaskRowView
from app.ui.session_sheet.sheet_model import Column
from app.ui.shell.day_turn import DayTurn
from app.ui.today.sessions_panel import SessionCards
from app.ui.today.tasks_panel import TasksPanel
from app.ui.widgets import Badge
from tests.trial_laptop import CLOCK
from tools.demo_day import open_first_session


@pytest.fixture
def turn(day, monkeypatch):
    """Turn the clock by some days, and let the window find out by itself."""

    def turned(days):
        turning = day.pusterum.workspace.findChild(DayTurn)
        monkeypatch.setattr(CLOCK, "at", CLOCK.at + timedelta(days=days))
        (tick,) = turning.findChildren(QTimer)
        assert tick.isActive()
        tick.setInterval(1)
        day.wait(lambda: turning._day == today(CLOCK), "the window to see that it is another day")
        day.settle()

    return turned


def said(day):
    """All words of Today's head."""
    return " ".join(found.text() for found in day.pusterum.workspace.today.findChildren(QLabel) if found.isVisible())


def rows(day):
    panel = day.pusterum.workspace.today.findChild(TasksPanel)
    shown = [row for row in panel.findChildren(TaskRowView) if row.isVisible()]
    return sorted(shown, key=lambda row: row.mapTo(panel, QPoint()).y())


def sessions(day):
    cards = day.pusterum.workspace.today.findChild(SessionCards, "today-sessions")
    return {row.held_on for row in cards._rows}


def lateness(row):
    return row.findChild(Badge).text()


@pytest.mark.parametrize("days", [1, -1])
def test_today_is_of_the_day_that_it_has_become(day, turn, days):
    before, was = rows(day), {row.row.task.key: lateness(row) for row in rows(day)}
    assert before
    assert sessions(day) == {today(CLOCK)}
    turn(days)
    assert format_day_long(today(CLOCK)).casefold() in said(day).casefold()
    assert sessions(day) <= {today(CLOCK)}
    assert sessions(day) or days < 0
    still = [row for row in rows(day) if row.row.task.key in was]
    assert still
    assert all(lateness(row) != was[row.row.task.key] for row in still if row.row.task.due != today(CLOCK))


def test_the_keyboard_stays_where_it_was(day, turn):
    search = day.find("tasks-search")
    search.setFocus()
    day.press("an")
    turn(1)
    assert search.hasFocus()
    day.press("n")
    assert search.text() == "ann"


@pytest.mark.parametrize("days", [1, -1])
def test_what_is_typed_stays_and_the_list_around_it_is_of_the_new_day(day, turn, days):
    row = next(row for row in rows(day) if row.row.task.kind is Kind.FIRST_CALL)
    was = {row.row.task.key: lateness(row) for row in rows(day)}
    row.record()
    note = day.find(f"attempt-{row.row.task.key}-note")
    note.setFocus()
    day.press("Ringer igen fredag")
    note.setCursorPosition(6)
    turn(days)
    assert note.isVisible()
    assert note.hasFocus()
    assert (note.text(), note.cursorPosition()) == ("Ringer igen fredag", 6)
    assert lateness(row) != was[row.row.task.key]
    others = [other for other in rows(day) if other is not row and other.row.task.key in was]
    assert others
    assert all(lateness(other) != was[other.row.task.key] for other in others if other.row.task.due != today(CLOCK))
    box = day.find(f"attempt-{row.row.task.key}-outcome", QComboBox)
    box.setCurrentIndex(box.findData("reached"))
    day.click(f"attempt-{row.row.task.key}-form-submit")
    day.wait(lambda: row.row.task.key not in {other.row.task.key for other in rows(day)}, "the task to go")


def test_a_session_that_was_begun_before_the_clock_was_set_back_is_not_lost_from_today(day, turn):
    table = open_first_session(day)
    begun = day.pusterum.workspace.session.session_id
    table.begin(0, Column.CIGARETTES)
    day.press("12", Qt.Key.Key_Return)
    turn(-1)
    day.pusterum.workspace._desk.open("today")
    day.settle()
    cards = day.pusterum.workspace.today.findChild(SessionCards, "unfinished")
    assert begun in {row.session_id for row in cards._rows}
    day.click(f"open-{begun}")
    assert day.pusterum.workspace.session.session_id == begun
    table = day.find("session-sheet").findChild(type(table))
    assert str(table.model().index(0, Column.CIGARETTES).data()) == "12"
    turn(1)
    day.pusterum.workspace._desk.open("today")
    day.settle()
    assert begun in {
        row.session_id for row in day.pusterum.workspace.today.findChild(SessionCards, "today-sessions")._rows
    }
    assert not cards._rows


def test_another_screen_is_of_the_new_day_too(day, turn):
    day.pusterum.workspace._desk.open("follow-ups")
    day.settle()
    asked = []
    shown = day.pusterum.workspace.shown
    shown.refresh = lambda refresh=shown.refresh: (asked.append(today(CLOCK)), refresh())
    turn(1)
    assert asked == [today(CLOCK)]
