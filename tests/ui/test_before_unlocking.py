"""What is made while the passphrase is typed is empty: it holds nothing of the store, and it goes when it was used."""

import gc
import re
import sys
import threading
import weakref
from datetime import date

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QScrollArea
from sqlalchemy import select

from app.bootstrap import Pusterum
from app.clock import today
from app.errors import KnownProblem
from app.models.course import Course, Session
from app.models.person import Person
from app.settings import DeviceSettings
from app.storage.queries.search import find
from app.storage.queries.today import SHOWN_AT_FIRST, Day, Part, SessionRow
from app.ui.today.sessions_panel import ComingPanel, SessionCard
from app.ui.today.tasks_panel import TasksPanel
from tests.trial_laptop import CLOCK, PASSPHRASE, window_on

WITH_CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def waiting(laptop, qapp):
    """The window that asks for the passphrase, with everything made that needs none."""
    with window_on(laptop) as day:
        until_ready(day)
        yield day


def until_ready(day):
    day.wait(lambda: day.pusterum.ahead.is_ready, "the frame")


def said_anywhere():
    """Every word in a widget that lives, shown or not."""
    widgets = QApplication.allWidgets()
    words = [widget.text() for widget in widgets if isinstance(widget, (QLabel, QLineEdit))]
    return "\n".join([*words, *(f"{widget.accessibleName()} {widget.toolTip()}" for widget in widgets)])


def test_the_screens_that_wait_are_empty_and_nobody_gets_into_them(waiting):
    frame = waiting.pusterum.ahead.frame
    desk = frame.desk
    assert desk.is_empty
    with pytest.raises(KnownProblem, match="locked"):
        _ = desk.store
    told = []
    desk.failed.connect(told.append)
    desk.ask(lambda reading: reading.scalars(select(Person)).all(), on_done=told.append)
    waiting.settle()
    assert [problem.code for problem in told] == ["locked"]
    for _press in range(30):
        waiting.press(Qt.Key.Key_Tab)
        assert not frame.isAncestorOf(waiting.application.focusWidget())
    waiting.press((Qt.Key.Key_K, WITH_CONTROL), (Qt.Key.Key_1, WITH_CONTROL))
    assert not frame.isVisible()
    assert waiting.pusterum.window.findChild(QLineEdit, "unlock-passphrase") is not None


def test_how_sending_stands_moves_nothing_of_the_navigation(waiting):
    room = waiting.pusterum.ahead.frame.findChild(QScrollArea, "navigation-scroll").geometry()
    waiting.unlock(PASSPHRASE)
    assert waiting.pusterum.workspace.findChild(QLabel, "status-line").text()
    assert waiting.pusterum.workspace.findChild(QScrollArea, "navigation-scroll").geometry() == room


def test_who_unlocks_finds_the_day_in_them_and_what_was_made_for_more_rows_is_gone(waiting):
    frame = waiting.pusterum.ahead.frame
    waiting.unlock(PASSPHRASE)
    assert waiting.pusterum.workspace is frame
    assert frame.isVisible()
    shown = [card for card in frame.findChildren(SessionCard) if card.isVisible()]
    assert shown
    assert all(waiting.find(f"open-{card._row.session_id}").accessibleName() for card in shown)
    rows = [row for row in frame.findChildren(TasksPanel)[0].findChildren(QLabel) if row.isVisible()]
    assert all(row.text() or not row.pixmap().isNull() for row in rows)
    words = [label for label in frame.findChildren(QLabel) if label.isVisible() and label.wordWrap()]
    assert [label.text() for label in words if label.height() < label.heightForWidth(label.width())] == []
    # The coordinator's screens are made with the others; who is none sees and reaches none of them.
    assert frame.findChild(object, "go-oversight") is None
    assert frame.screen_called("oversight") is None


def test_who_is_quicker_than_what_is_imported_waits_for_it_and_is_not_slowed_down_by_it(laptop, qapp):
    imported = threading.Event()
    with window_on(laptop) as day:
        ahead = day.pusterum.ahead
        day.wait(lambda: ahead._importing is not None and not ahead._importing.is_alive(), "the imports")
        ahead.take()
        ahead._importing = threading.Thread(target=imported.wait, daemon=True)
        ahead._importing.start()
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.pusterum.store is not None, "the store")
        day.settle()
        assert (ahead.frame, day.pusterum.workspace) == (None, None)
        imported.set()
        day.wait(lambda: day.pusterum.workspace is not None, "the screens")
        day.settle()
        assert day.find("today-sessions").isVisible()


def test_when_it_locks_again_the_used_screens_end_and_the_new_ones_hold_no_name(waiting, qapp):
    waiting.unlock(PASSPHRASE)
    pusterum = waiting.pusterum
    with pusterum.store.session() as session:
        names = [person.given_name for person in session.scalars(select(Person)) if len(person.given_name) > 3]
    assert any(name in said_anywhere() for name in names)
    used = [weakref.ref(pusterum.workspace), weakref.ref(pusterum.workspace.findChild(TasksPanel))]
    waiting.press((Qt.Key.Key_L, WITH_CONTROL))
    waiting.settle()
    until_ready(waiting)
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
    gc.collect()
    assert [kept() for kept in used] == [None, None]
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", said_anywhere())] == []
    waiting.unlock(PASSPHRASE)
    assert any(name in said_anywhere() for name in names)


def test_what_one_store_was_asked_is_forgotten_with_it(waiting):
    from app.storage import compiled

    before = set(compiled._ahead)
    assert before
    waiting.unlock(PASSPHRASE)
    with waiting.pusterum.store.session() as session:
        find(session, "Sørensen", today=today(CLOCK))
    assert set(compiled._ahead) == before


def test_a_day_of_many_sessions_shows_some_and_whoever_asks_sees_all(waiting):
    on = today(CLOCK)
    waiting.unlock(PASSPHRASE)
    pusterum = waiting.pusterum
    with pusterum.store.session() as session:
        held = session.scalars(select(Session).where(Session.held_on == on)).first()
        course = session.get(Course, held.course_id)
        for number in range(30):
            session.add(
                Session(
                    id=f"0000-{number}",
                    team_id=course.team_id,
                    course_id=course.id,
                    place_id=held.place_id,
                    number=100 + number,
                    held_on=on,
                    starts_at=f"{8 + number // 6:02d}:{number % 6}5",
                )
            )
        session.commit()
    todays = pusterum.workspace.findChild(object, "today-sessions")

    def shown():
        return [card._row.session_id for card in todays.findChildren(SessionCard) if not card.isHidden()]

    waiting.click("go-today")
    waiting.settle()
    assert len(shown()) == 12
    assert waiting.find("today-sessions-more").text() == "Show 20 more"
    waiting.click("today-sessions-more")
    waiting.settle()
    assert len(shown()) == 24
    waiting.click("today-sessions-more")
    waiting.settle()
    assert len(set(shown())) == len(shown()) == 32
    assert todays.findChild(object, "today-sessions-more").isHidden()
    # What was asked for stays when Today is read anew.
    waiting.click("go-today")
    waiting.settle()
    assert len(shown()) == 32


def test_the_coming_week_shows_a_line_for_each_session_however_many_there_were_before(waiting):
    panel = ComingPanel(waiting.pusterum.ahead.frame.desk)
    held_on = date(2026, 11, 25)
    rows = [
        SessionRow(
            f"s{number}", "c", f"Place {number}", "Title", held_on, "10:00", "ordinary", 1, 8, 5, False, "planned"
        )
        for number in range(SHOWN_AT_FIRST)
    ]
    for count in (3, SHOWN_AT_FIRST, 1, 0, 5):
        panel.show_day(Day((), (), tuple(rows[:count]), {Part.TODAY: 0, Part.UNFINISHED: 0, Part.COMING: count}))
        panel.show()
        shown = [made.text() for made in panel.findChildren(QLabel) if made.isVisible() and made.text()]
        assert [text for text in shown if text.startswith("Place ")] == [row.place for row in rows[:count]]
        assert len(shown) == 1 + 4 * count
    panel.deleteLater()


def said_at_the_start(qapp, folder):
    window = Pusterum(qapp, folder=folder)
    window.start()
    said = window.window.centralWidget().notice.shown_text
    window.window.close()
    return said


def test_a_folder_that_cannot_be_is_said_at_the_start(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    (tmp_path / "data").write_text("a file where the folder should be")
    DeviceSettings(language="en").save()
    assert "does not let the program write" in said_at_the_start(qapp, tmp_path / "data")
    assert "does not let the program write" in said_at_the_start(qapp, tmp_path / "data" / "deeper")


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sets no limit to the size of files, which stands for a full disk here"
)
def test_a_full_disk_is_said_at_the_start_and_is_no_second_window(qapp, laptop):
    import resource

    DeviceSettings(language="en").save()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        said = said_at_the_start(qapp, laptop)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "disk is full" in said
    assert "already open" not in said
