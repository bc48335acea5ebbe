"""The coordinator's list of searches and the laptop's list of backups: what is written above them filters them."""

import time
from datetime import timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel
from sqlalchemy import func, select

from app.clock import TurnedClock
from app.domain.access_chain import Action
from app.errors import KnownProblem, StoppedError
from app.i18n import format_day
from app.models.local import Device
from app.models.oversight import AccessLog
from app.settings import KEY_FILE_NAME
from app.storage.access_log import Access
from app.storage.backup import make_backup
from app.storage.queries.extract import searches
from app.ui.oversight import view as oversight
from app.ui.safety import view as safety
from app.ui.safety.view import MANY_BACKUPS
from tests.trial_laptop import CLOCK

REASONS = ("She rang", "Her doctor asked", "")


@pytest.fixture
def laptop(coordinators_laptop):
    return coordinators_laptop


def search_often(day, count):
    """Leave as many searches in the access log, every third one without a reason."""
    store = day.pusterum.store
    with store.session() as session:
        user_id = session.scalars(select(Device.user_id)).one()
    with store.unit_of_work(actor=user_id, clock=CLOCK) as work:
        for number in range(count):
            work.log(Access(Action.SEARCH, None, f"people: {number}", reason=REASONS[number % len(REASONS)]))
        work.commit()


def oversight_of(day):
    day.pusterum.workspace._desk.open("oversight")
    view = day.pusterum.workspace.screen_called("oversight")
    day.wait(lambda: view._searches_list._rows, "the searches")
    day.settle()
    return view


def words_in(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_the_list_of_searches_is_filtered_by_reason_name_and_day_as_one_types(day):
    search_often(day, 9)
    view = oversight_of(day)
    search = view._searches_list.search
    assert search.isVisible()
    search.setText("doctor")
    shown = words_in(view._searches_list)
    assert shown.count("Her doctor asked") == 3
    assert "She rang" not in shown
    search.setText("no reason")
    shown = words_in(view._searches_list)
    assert shown.count("No reason given") == 3
    assert "Her doctor asked" not in shown
    search.setText("1 jan 1970")
    assert view._searches_list._nothing.isVisible()
    search.clear()
    assert words_in(view._searches_list).count("She rang") == 3


def test_older_searches_than_the_newest_are_read_for_the_asking(day, monkeypatch):
    monkeypatch.setattr(oversight, "SEARCHES_READ", 4)
    search_often(day, 10)
    view = oversight_of(day)
    with day.pusterum.store.session() as session:
        whole = session.scalar(select(func.count()).where(AccessLog.action == Action.SEARCH.value))
    assert whole >= 10
    assert len(view._searches_list._rows) == 4
    while view._older.isVisible():
        before = len(view._searches_list._rows)
        view._older.click()
        day.wait(lambda before=before: len(view._searches_list._rows) > before, "older searches")
        day.settle()
    assert len(view._searches_list._rows) == whole
    assert f"newest {whole} searches" in day.find("searches-without").text()


def test_the_newest_search_comes_first_and_the_count_is_of_what_was_asked_for(day):
    search_often(day, 3)
    with day.pusterum.store.session() as session:
        newest = searches(session, most=2)
    assert len(newest) == 2
    assert newest[0][0] >= newest[1][0]


def test_the_list_of_backups_is_filtered_by_day_as_one_types(day):
    store = day.pusterum.store
    days = [CLOCK.now() - timedelta(days=ago) for ago in reversed(range(MANY_BACKUPS))]
    for at in days:
        make_backup(store, store.path.parent / KEY_FILE_NAME, clock=TurnedClock(at))
    day.pusterum.workspace._desk.open("safety")
    view = day.pusterum.workspace.screen_called("safety")
    day.wait(lambda: len(view._backups._rows) >= MANY_BACKUPS, "the backups")
    day.settle()
    assert view._backups.search.isVisible()
    view._backups.search.setText(format_day(days[1].date()))
    assert sum("MB" in text for text in words_in(view._backups)) == 1
    view._backups.search.setText("no such day")
    assert view._backups._nothing.isVisible()
    assert not any("MB" in text for text in words_in(view._backups))


def test_the_access_log_is_checked_beside_everything_else_and_stops_when_it_is_told_to(day, monkeypatch):
    day.pusterum.workspace._desk.open("safety")
    view = day.pusterum.workspace.screen_called("safety")
    day.settle()
    view.verify()
    day.wait(lambda: "the chain is unbroken" in " ".join(words_in(view.notice)), "the verdict")
    assert view.checking.isHidden()

    def for_years(_store, *, tell):
        while True:
            tell(1, 500_000)
            time.sleep(0.01)

    monkeypatch.setattr(safety, "log_is_whole", for_years)
    view.verify()
    day.wait(lambda: view.checking.isVisible(), "the bar")
    # The store is free meanwhile.
    answers = []
    day.pusterum.workspace._desk.ask(lambda reading: searches(reading, most=1), on_done=answers.append)
    day.wait(lambda: answers, "an answer from the store")
    assert view.checking.isVisible()
    day.find("safety-checking-stop").click()
    day.wait(lambda: "Stopped." in " ".join(words_in(view.notice)), "that it has stopped")
    assert view.checking.isHidden()


def test_what_comes_of_a_button_far_down_the_page_is_seen_where_one_is(day):
    day.pusterum.workspace._desk.open("safety")
    view = day.pusterum.workspace.screen_called("safety")
    day.settle()

    def is_seen_after(click):
        view.notice.dismiss()
        page = day.find("safety-page")
        page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
        day.settle()
        click()
        day.wait(lambda: view.notice.shown_text, "the answer")
        day.settle()
        return not view.notice.visibleRegion().isEmpty()

    assert is_seen_after(day.find("safety-verify").click)
    assert is_seen_after(lambda: view._could_not(KnownProblem("disk-full")))
    assert is_seen_after(lambda: view._could_not(StoppedError()))


def test_a_check_of_the_log_ends_when_its_page_is_gone(day, monkeypatch):
    ended = []

    def for_years(_store, *, tell):
        try:
            while True:
                tell(1, 500_000)
                time.sleep(0.01)
        except BaseException as problem:
            ended.append(type(problem))
            raise

    monkeypatch.setattr(safety, "log_is_whole", for_years)
    day.pusterum.workspace._desk.open("safety")
    view = day.pusterum.workspace.screen_called("safety")
    day.settle()
    view.verify()
    day.wait(lambda: view.checking.isVisible(), "the bar")
    day.pusterum.lock()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    day.wait(lambda: ended, "the end")
    assert ended == [StoppedError]
