"""Long work says how far it is, can be stopped, and never keeps the window from closing."""

import socket
import threading
from contextlib import closing

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from sqlalchemy import func, select, update

from app.models.local import Device
from app.models.organisation import Place
from app.services.let_out import Leaving
from app.storage.backup import backups
from tests.trial_laptop import opened

NETWORK_WORKERS = 3


@pytest.fixture
def laptop(coordinators_laptop):
    """The coordinator's: reports are theirs."""
    return coordinators_laptop


@pytest.fixture
def held(day):
    """Whatever is done beside the window waits until this is set."""
    may_go_on = threading.Event()
    for _ in range(NETWORK_WORKERS):
        day.pusterum.tasks.run_network(
            lambda: may_go_on.wait(60), on_done=lambda _done: None, on_error=lambda _problem: None
        )
    yield may_go_on
    may_go_on.set()


def files_in(folder, number):
    folder.mkdir()
    for n in range(number):
        (folder / f"{n:03}.xml").write_text(f"<letter>{n}</letter>")
    return folder


def stop(day, name):
    # The name says what would be stopped; a page that is built anew has another button.
    window = day.pusterum.window

    def ready():
        buttons = window.findChildren(QPushButton, f"{name}-stop")
        return [button for button in buttons if button.accessibleName().startswith("Stop: ")]

    day.wait(ready, "the button")
    ready()[-1].click()


def test_reading_a_folder_tells_how_far_it_is_and_stops_where_it_is(day, tmp_path):
    workspace = day.pusterum.workspace
    told = []
    workspace.arrivals.reading.connect(lambda done, of: told.append((done, of)))
    workspace.arrivals.reading.connect(lambda done, _of: done == 3 and stop(day, "workspace-busy"))
    workspace.arrivals.take([str(files_in(tmp_path / "folder", 40))])
    day.wait(lambda: workspace.notice.shown_text, "it to end")
    assert told == [(0, 40), (1, 40), (2, 40), (3, 40)]
    assert "36 files were not read" in workspace.notice.shown_text
    assert not workspace.busy.isVisible()


def test_a_backup_is_stopped_and_leaves_the_ones_before_it(day, held):
    workspace = day.pusterum.workspace
    workspace._desk.open("safety")
    day.find("safety-backup")
    before = [one.path.name for one in backups(day.pusterum.store.path.parent)]
    day.pusterum.window.findChild(QWidget, "safety-backup").click()
    stop(day, "safety-busy")
    held.set()
    day.wait(lambda: day.find("safety-notice").shown_text, "it to end")
    assert day.find("safety-notice").shown_text.startswith("Stopped.")
    assert [one.path.name for one in backups(day.pusterum.store.path.parent)] == before
    assert not list(day.pusterum.store.path.parent.rglob("*.new"))


def test_an_export_is_stopped_and_leaves_no_file(day, tmp_path):
    workspace = day.pusterum.workspace
    workspace._desk.open("reports")
    reports = workspace.screen_called("reports")
    reports.compute()
    day.wait(lambda: reports.reports, "the reports")
    may_go_on = threading.Event()
    for _ in range(NETWORK_WORKERS):
        day.pusterum.tasks.run_network(lambda: may_go_on.wait(60), on_done=lambda _: None, on_error=lambda _: None)
    reports.write(tmp_path / "reports.xlsx")
    day.wait(reports.busy._stop.isEnabled, "it to begin")
    stop(day, "reports-busy")
    may_go_on.set()
    day.wait(lambda: not day.pusterum.tasks.is_busy, "it to end")
    assert not list(tmp_path.glob("reports*"))
    assert not reports.busy.isVisible()
    assert not reports.notice.shown_text


def test_sending_is_stopped_without_waiting_for_the_server_and_says_that_nothing_is_lost(day):
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with day.pusterum.store.session() as session:
            session.execute(update(Device).values(server_url=url))
            session.commit()
        day.pusterum._device.server_url = url
        day.click("go-sync")
        day.find("send")
        day.settle()
        day.pusterum.window.findChild(QPushButton, "send").click()
        silent.settimeout(30)
        with closing(silent.accept()[0]):
            stop(day, "sync-busy")
            day.wait(lambda: not day.pusterum.sending.is_under_way, "it to end")
        day.settle()
    assert day.find("sync-title").text() == "Sending was stopped."
    assert "saved on this laptop" in day.find("sync-text").text()


def test_the_window_closes_while_everything_is_under_way_and_the_store_is_whole(day, laptop, tmp_path, held):
    workspace = day.pusterum.workspace
    store = day.pusterum.store
    with store.session() as reading:
        places = reading.scalar(select(func.count()).select_from(Place))
    workspace._desk.open("reports")
    workspace.screen_called("reports").compute()
    workspace.screen_called("reports").door.save(
        tmp_path / "paper.pdf", lambda: b"%PDF", Leaving("reports"),
        on_done=lambda: None, on_error=lambda _problem: None,
    )  # fmt: skip
    workspace._desk.open("safety")
    day.find("safety-backup")
    day.pusterum.window.findChild(QWidget, "safety-backup").click()
    workspace.arrivals.take([str(files_in(tmp_path / "folder", 200))])
    day.pusterum.sending.send()
    day.pusterum.window.close()
    held.set()
    assert day.pusterum.store is None
    assert not (tmp_path / "paper.pdf").exists()
    again = opened(laptop)
    with again.session() as reading:
        assert reading.scalar(select(func.count()).select_from(Place)) == places
    again.close()
