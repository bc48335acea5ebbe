"""Sending at the window: the envelope's buttons on two laptops and a real server, and sending that nobody asked for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.errors import KnownProblem
from app.sync import courier
from app.ui.desk import Desk as Window
from app.ui.sync_status.automatic import AFTER_WRITING_SECONDS, AutomaticSending
from app.ui.sync_status.view import SyncView
from app.ui.tasks import TaskRunner
from tests.integration.sync.desk import Desk

COARSE = 1.05
"""A timer of Qt's may go off by a twentieth later than it was set to."""


@pytest.fixture
def at_window(qtbot):
    """Open the page of sending on a laptop."""
    opened: list[tuple[Window, TaskRunner]] = []

    def open_on(laptop: Desk) -> SyncView:
        tasks = TaskRunner()
        window = Window(
            laptop.store, tasks=tasks, clock=laptop.clock, user_id=laptop.device.user_id, user_name="", parent=tasks
        )
        view = SyncView(window)
        qtbot.addWidget(view)
        opened.append((window, tasks))
        view.show()
        settled(view)
        return view

    def settled(view: SyncView) -> None:
        view.refresh()
        qtbot.waitUntil(lambda: not any(tasks.is_busy for _, tasks in opened))

    open_on.settled = settled
    yield open_on
    for window, tasks in opened:
        window.close()
        tasks.shutdown()


def press(view: SyncView, name: str) -> None:
    found = [made for made in view.findChildren(QPushButton, name) if made.window() is view][-1]
    assert found.isEnabled(), name
    found.click()


def title(view: SyncView) -> str:
    return view._title.text()


def test_the_buttons_carry_an_envelope_there_and_its_receipt_back(mette, jens, at_window, tmp_path, qtbot, monkeypatch):
    chosen = iter([str(tmp_path / "stick.envelope"), str(tmp_path / "stick.envelope")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(chosen), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(chosen), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "back"))
    mette.sync()
    mette.person("Hemmelige Harald")
    hers, his = at_window(mette), at_window(jens)

    def says(view: SyncView, said: str) -> Callable[[], bool]:
        return lambda: said in view._courier_said.text()

    press(hers, "make-envelope")
    qtbot.waitUntil(says(hers, "The envelope is saved"))
    assert b"Harald" not in (tmp_path / "stick.envelope").read_bytes()
    assert mette.states() == ["pending", "pending"]
    press(his, "take-envelope")
    qtbot.waitUntil(says(his, "goes along with your next sending"))
    his.sent(jens.sync())
    at_window.settled(his)
    (tmp_path / "back").mkdir()
    press(his, "carry-back")
    qtbot.waitUntil(says(his, "receipts are saved"))
    [answer] = (tmp_path / "back").iterdir()
    assert title(hers) == "2 changes only on this laptop"
    chosen = iter([str(answer)])
    press(hers, "read-answer")
    qtbot.waitUntil(says(hers, "The receipt is genuine"))
    at_window.settled(hers)
    assert mette.states() == ["acknowledged", "acknowledged"]
    assert title(hers).startswith("2 changes received")


def test_what_is_too_much_for_one_envelope_is_saved_as_several_and_all_are_named(
    mette, at_window, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setattr(courier, "MOST_CHANGES", 1)
    mette.sync()
    mette.person("Harald")
    view = at_window(mette)
    view.envelopes.make(tmp_path / "stick.envelope")
    qtbot.waitUntil(lambda: "2 are saved, as stick.envelope, stick-2.envelope" in view._courier_said.text())
    assert {file.name for file in tmp_path.iterdir()} >= {"stick.envelope", "stick-2.envelope"}


def test_a_file_that_is_no_receipt_is_said_to_be_none_and_nothing_is_marked(mette, at_window, tmp_path, qtbot):
    mette.sync()
    mette.place()
    view = at_window(mette)
    (tmp_path / "holiday.receipt").write_bytes(b"a photograph")
    with qtbot.waitSignal(view._desk.failed) as refused:
        view.envelopes.read(Path(tmp_path / "holiday.receipt"))
    assert refused.args[0].code == "not-an-envelope"
    assert mette.states() == ["pending"]


@pytest.mark.parametrize("what", ["a folder", "gone", "a pipe"])
def test_what_is_no_file_to_read_is_said_and_waited_for_by_nobody(mette, at_window, tmp_path, qtbot, what):
    mette.sync()
    view = at_window(mette)
    (tmp_path / "a folder").mkdir()
    if what == "a pipe":
        os.mkfifo(tmp_path / "a pipe")
    for take in (view.envelopes.take, view.envelopes.read):
        with qtbot.waitSignal(view._desk.failed) as refused:
            take(tmp_path / what)
        assert refused.args[0].code == "file-unreadable"


def test_an_envelope_for_a_stick_that_was_pulled_out_is_said_and_makes_no_folder(mette, at_window, tmp_path, qtbot):
    mette.sync()
    mette.place()
    view = at_window(mette)
    with qtbot.waitSignal(view._desk.failed) as refused:
        view.envelopes.make(tmp_path / "stick" / "day.envelope")
    assert refused.args[0].code == "not-written"
    assert not (tmp_path / "stick").exists()


def test_it_sends_by_itself_when_the_machine_comes_online(mette, qtbot, cooperation):
    is_there = [False]
    reports = []
    sending = AutomaticSending(online=lambda: is_there[0])
    sending.due.connect(lambda: reports.append(mette.sync()))
    mette.place()
    sending.start(after_seconds=0)
    sending._ask()
    sending.look()
    assert reports == []
    is_there[0] = True
    sending.look()
    assert sending.planned_in is not None
    assert sending.planned_in <= 1000 * COARSE
    with qtbot.waitSignal(sending.due):
        pass
    assert [(report.sent, report.is_safe) for report in reports] == [(1, True)]
    sending.look()
    assert sending.planned_in is None
    sending.stop()


def test_it_tries_again_where_that_may_help_and_leaves_alone_what_needs_a_person(qtbot):
    sending = AutomaticSending(online=lambda: True)
    sending.written()
    assert 0 < sending.planned_in <= AFTER_WRITING_SECONDS * 1000 * COARSE
    sending.failed(KnownProblem("busy", retry_after=200))
    assert 200_000 - 1000 <= sending.planned_in <= 202_000 * COARSE
    sending.stop()
    for code in ("wrong-server", "copied-store", "token-refused", "certificate"):
        sending.failed(KnownProblem(code))
        assert sending.planned_in is None
    sending.failed(KnownProblem("server-down"))
    assert sending.planned_in is not None
    sending.stop()
