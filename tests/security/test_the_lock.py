"""Locked means locked: by time, sleep and shortcut; nothing to read is left, and the ways back in work."""

import ctypes
import gc
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from functools import _lru_cache_wrapper
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from PySide6.QtCore import QAbstractListModel, QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QLineEdit
from sqlalchemy import select, text

from app.clock import TurnedClock
from app.domain.duplicates import Known
from app.errors import KnownProblem
from app.models.person import Person
from app.security.attempts import unlock_slowly
from app.security.core_dumps import leave_no_core
from app.security.key_store import Parameters, create_key_file, new_recovery_code, unlock
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.backup import backups, make_backup
from app.storage.engine import open_store
from app.storage.journal import JOURNAL_NAME
from app.storage.queries.referrals import duplicates
from app.storage.queries.search import find
from app.ui.shell.idle_lock import TICK_MS, IdleLock
from app.ui.unlock.view import UnlockView
from tests.integration.sync.line import keeping, say_hello
from tests.trial_laptop import CLOCK, PASSPHRASE, opened, window_on
from tests.unit.jobs_apart import count_without_end
from tools.demo_day import open_first_session

ROOT = Path(__file__).parents[2]
NEW = "syv gule cykler i regnen"
WITH_CONTROL = Qt.KeyboardModifier.ControlModifier


def everything_readable(window):
    """Every text that stands in a widget that still lives, shown or not."""
    texts = [window.windowTitle(), QGuiApplication.clipboard().text()]
    for widget in QApplication.allWidgets():
        if isinstance(widget, (QLabel, QLineEdit)):
            texts.append(widget.text())
        texts += [widget.accessibleName(), widget.toolTip()]
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
            for row in range(model.rowCount()):
                texts += [str(model.index(row, column).data() or "") for column in range(columns)]
    return "\n".join(texts)


def names_of(day):
    with day.pusterum.store.session() as session:
        return [person.given_name for person in session.query(Person) if len(person.given_name) > 3]


@pytest.mark.parametrize("way", ["shortcut", "idle", "sleep", "screen lock"])
def test_when_it_locks_no_name_is_left_in_window_model_clipboard_or_title(day, way, qapp):
    names = names_of(day)
    day.click("go-people")
    day.settle()
    QGuiApplication.clipboard().setText(names[0])
    assert any(name in everything_readable(day.pusterum.window) for name in names)
    idle = day.pusterum._idle
    if way == "shortcut":
        day.press((Qt.Key.Key_L, WITH_CONTROL))
    elif way == "idle":
        idle._idle.setInterval(1)
        day.wait(lambda: day.pusterum.store is None, "the idle lock")
    elif way == "sleep":
        idle.prepare_for_sleep(True)
    else:
        idle.session_locked()
    day.find("unlock-passphrase")
    assert day.pusterum.store is None
    for _ in range(3):
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
    gc.collect()
    left = everything_readable(day.pusterum.window)
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", left)] == []


def test_when_it_ends_nothing_that_was_copied_is_left(day):
    QGuiApplication.clipboard().setText(names_of(day)[0])
    day.pusterum.window.close()
    assert QGuiApplication.clipboard().text() == ""


def remembered_texts(something, depth=4):
    """Every text in what the caches of our modules hold: of whoever was asked about, and of the answers."""
    if isinstance(something, str):
        return {something.casefold()}
    if depth == 0 or not isinstance(something, (dict, list, tuple, set, frozenset)):
        return set()
    return set().union(*(remembered_texts(each, depth - 1) for each in gc.get_referents(something)))


def in_caches():
    caches = {
        one
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "app"
        for one in vars(module).values()
        if isinstance(one, _lru_cache_wrapper)
    }
    return set().union(*(remembered_texts(held) for cache in caches for held in gc.get_referents(cache)))


def test_when_it_locks_no_cache_remembers_a_name_that_was_searched_for_or_compared(day):
    names, on = names_of(day)[:20], CLOCK.now().date()
    # Common names stand in lists that everybody has, such as that of passphrases which are guessed.
    asked = {name.casefold() for name in names} - in_caches()
    with day.pusterum.store.session() as reading:
        for name in names:
            find(reading, name, today=on)
            duplicates(reading, Known(given_name=name), today=on)
    assert asked & in_caches()
    day.pusterum.lock()
    assert asked & in_caches() == set()


def test_while_locked_nothing_of_ours_holds_the_key_any_more(day):
    store = day.pusterum.store
    key = store.with_key(bytes)
    day.pusterum.lock()
    with pytest.raises(KnownProblem, match="locked"):
        store.with_key(bytes)
    with pytest.raises(KnownProblem, match="locked"):
        store.session().connection()
    assert store.journal._cipher is None
    gc.collect()
    holders = [one for one in gc.get_objects() if isinstance(one, dict) and any(value is key for value in one.values())]
    assert [one for one in holders if one is not locals() and "holders" not in one and "key" not in one] == []


def test_locking_ends_the_processes_that_draw_papers_and_compute_reports_whatever_they_do(day):
    desk = day.pusterum._desk
    begun, answers = threading.Event(), []
    desk.papers.do(os.getpid)
    desk.beside(
        lambda: desk.figures.do(count_without_end, tell=lambda _done, _of: begun.set()),
        on_done=answers.append,
        on_error=answers.append,
    )
    assert begun.wait(30)
    there = [desk.papers.process_id, desk.figures.process_id]
    assert all(map(psutil.pid_exists, there))
    day.pusterum.lock()
    assert not any(map(psutil.pid_exists, there))
    day.settle()
    assert answers == []
    with pytest.raises(KnownProblem, match="locked"):
        desk.papers.do(os.getpid)


def test_locking_closes_the_line_to_the_server(day):
    with keeping() as keeper:
        say_hello(keeper.url, day.pusterum.sending.line)
        day.pusterum.lock()
        assert keeper.gone.acquire(timeout=60)
        say_hello(keeper.url, day.pusterum.sending.line)
        assert keeper.connections() == 2


def test_closing_the_window_ends_them_too(day):
    desk = day.pusterum._desk
    there = [desk.papers.do(os.getpid), desk.figures.do(os.getpid)]
    day.pusterum.window.close()
    assert not any(map(psutil.pid_exists, there))


def test_every_touch_begins_the_time_anew(qtbot):
    lock = IdleLock(10)
    begun = []
    lock.start()
    lock._idle.start = lambda: begun.append(1)
    widget = QLabel("x")
    qtbot.addWidget(widget)
    with qtbot.waitActive(widget):
        widget.show()
    window = widget.windowHandle()
    QTest.keyClick(window, Qt.Key.Key_A)
    assert len(begun) >= 1
    begun.clear()
    QTest.mouseClick(window, Qt.MouseButton.LeftButton)
    assert len(begun) >= 1
    lock.stop()
    begun.clear()
    QTest.keyClick(window, Qt.Key.Key_A)
    assert begun == []
    lock.leave()


@pytest.mark.parametrize("jump", [3_600, -3_600])
def test_a_clock_that_jumps_means_that_the_machine_slept_or_that_somebody_turned_it(jump, qtbot):
    lock = IdleLock(10)
    said = []
    lock.lock.connect(lambda: said.append(1))
    lock.start()
    lock.look_at_clock(lock._seen + TICK_MS / 1000 + 1)
    assert said == []
    lock.look_at_clock(lock._seen + jump)
    assert said == [1]
    lock.look_at_clock(lock._seen + jump)
    assert said == [1]


def test_wrong_attempts_are_slowed_across_restarts_and_with_a_clock_turned_back_and_forward(tmp_path):
    key_file = tmp_path / "keys.json"
    create_key_file(key_file, PASSPHRASE, parameters=Parameters(memory_kib=64, passes=1))
    clock = TurnedClock(CLOCK.now())
    for seconds in (0, 0, 5, 15, 60, 300):
        with pytest.raises(KnownProblem, match="wrong-passphrase"):
            unlock_slowly(key_file, "forkert", clock=clock)
        clock.at += timedelta(seconds=seconds)
    with pytest.raises(KnownProblem, match="wrong-passphrase"):
        unlock_slowly(key_file, "forkert", clock=clock)
    # Another process, and the clock turned back a year: the pause is as long as before.
    clock.at -= timedelta(days=365)
    with pytest.raises(KnownProblem) as slowed:
        unlock_slowly(key_file, PASSPHRASE, clock=clock)
    assert slowed.value.parameters == {"seconds": 300}
    # Forward: one pause is gone, and the very next wrong attempt brings the longest again.
    clock.at += timedelta(days=3650)
    with pytest.raises(KnownProblem) as wrong:
        unlock_slowly(key_file, "forkert", clock=clock)
    assert wrong.value.parameters == {"seconds": 300}
    with pytest.raises(KnownProblem, match="slow-down"):
        unlock_slowly(key_file, PASSPHRASE, clock=clock)
    clock.at += timedelta(seconds=300)
    assert unlock_slowly(key_file, PASSPHRASE, clock=clock).key


@pytest.mark.skipif(os.name != "posix", reason="Windows has no runtime folder, and its printing makes no file of ours")
@pytest.mark.parametrize("is_own", [True, False, None])
def test_what_is_handed_to_the_printer_lies_in_the_memory_of_the_session(is_own, tmp_path):
    script = """
import ctypes, os, sys, tempfile
import app.bootstrap, main
def run(_):
    print(tempfile.gettempdir())
    try:
        cups = ctypes.CDLL("libcups.so.2")
    except OSError:
        return
    name = ctypes.create_string_buffer(1024)
    os.close(cups.cupsTempFd(name, 1024))
    print(os.path.dirname(name.value.decode()))
    os.unlink(name.value)
app.bootstrap.run = run
main.main([])
"""
    session, usual = tmp_path / "session", tmp_path / "usual"
    usual.mkdir()
    if is_own is not None:
        session.mkdir()
        session.chmod(0o700 if is_own else 0o755)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": str(session), "TMPDIR": str(usual)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {str(session if is_own else usual)}


def test_windows_is_asked_to_make_no_report_of_a_crash(monkeypatch):
    asked = []
    kernel = SimpleNamespace(SetErrorMode=asked.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    leave_no_core()
    assert [mode & 0x0002 for mode in asked] == [0x0002]


def test_what_goes_wrong_in_a_thread_or_at_the_end_of_an_object_is_told_without_its_text(tmp_path):
    script = """
import main, threading, app.bootstrap
from PySide6.QtCore import QTimer
class Ends:
    def __del__(self):
        raise ValueError("Havnefogeden")
def fail():
    raise ValueError("Havnefogeden")
def start(self):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    Ends()
    QTimer.singleShot(0, self.application.quit)
app.bootstrap.Pusterum.start = start
main.main([])
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PUSTERUM_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("bug: ValueError at ") == 2
    assert "Havnefogeden" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps of this kind")
@pytest.mark.parametrize("command", [[], ["read-message"], ["verify"], ["report"]])
def test_a_crash_leaves_no_core_file(command, tmp_path):
    """Nor with a collector of cores: on Linux that passes over a limit of 0, and over every other but 1."""
    script = """
import os, resource, sys
import main
def crash(*_):
    print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
    os.abort()
import app.bootstrap, app.exchange.medcom.command, app.services.verify_log, app.services.report_command
app.bootstrap.run = app.exchange.medcom.command.main = crash
app.services.verify_log.main = app.services.report_command.main = crash
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
main.main(sys.argv[1:])
"""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == -signal.SIGABRT
    assert done.stdout.strip() == ("(0, 0)" if hard == 0 else "(1, 1)")
    assert list(tmp_path.iterdir()) == []


def test_a_forgotten_passphrase_is_replaced_in_the_window_with_a_recovery_code(day):
    code = new_recovery_code(day.pusterum.folder / KEY_FILE_NAME, PASSPHRASE)
    day.press((Qt.Key.Key_L, WITH_CONTROL))
    day.click("unlock-forgotten")
    view = day.find("let-in")
    view.code.input.setText(code.lower())
    view.passphrase.input.setText("rygestop2026")
    view.again.input.setText("rygestop2026")
    day.click("let-in-go")
    assert "Easy to guess" in day.find("let-in-passphrase-advice").text()
    view.passphrase.input.setText(NEW)
    view.again.input.setText(NEW)
    day.click("let-in-go")
    day.wait(lambda: day.find("recovery-code"), "the next code")
    shown = day.find("recovery-code").text()
    assert shown != code
    # Whoever walks away from the code finds the laptop locked, and the code away.
    day.pusterum._idle.lock.emit()
    day.wait(lambda: day.find("unlock-passphrase"), "the passphrase to be asked for")
    assert day.pusterum.store is None
    day.click("unlock-forgotten")
    view = day.find("let-in")
    view.code.input.setText(shown)
    view.passphrase.input.setText(NEW)
    view.again.input.setText(NEW)
    day.click("let-in-go")
    day.wait(lambda: day.find("recovery-code"), "the next code")
    assert day.find("recovery-code").text() != shown
    shown = day.find("recovery-code").text()
    day.find("recovery-end").setText("AAAA" if not shown.endswith("AAAA") else "BBBB")
    day.click("recovery-confirm")
    assert day.pusterum.workspace is None
    day.find("recovery-end").setText(shown[-4:])
    day.click("recovery-confirm")
    day.wait(lambda: day.pusterum.workspace is not None, "the workspace")
    assert unlock(day.pusterum.folder / KEY_FILE_NAME, NEW)


def damaged_after_a_backup(laptop, note):
    store = opened(laptop)
    make_backup(store, laptop / KEY_FILE_NAME, clock=CLOCK)
    with store.unit_of_work(actor="x", clock=CLOCK) as work:
        work.session.query(Person).first().note = note
        work.commit()
    store.close()
    content = bytearray((laptop / DATABASE_NAME).read_bytes())
    content[2000] ^= 255
    (laptop / DATABASE_NAME).write_bytes(content)
    (laptop / f"{DATABASE_NAME}-wal").unlink(missing_ok=True)


def test_damaged_records_come_back_in_the_window_with_everything_done_since_the_backup(laptop, qapp):
    damaged_after_a_backup(laptop, "After the backup")
    with window_on(laptop) as day:
        day.find("unlock-passphrase")
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.find("unlock-notice").shown_text, "the sentence")
        assert "damaged" in day.find("unlock-notice").shown_text
        day.click("unlock-notice-action")
        day.wait(lambda: day.pusterum.workspace is not None, "the newest good state")
        day.settle()
        said = day.find("workspace-notice").shown_text
        assert "1 change made after it was put back." in said
        assert "could not be read" not in said
        with day.pusterum.store.session() as session:
            assert session.query(Person).filter(Person.note == "After the backup").count() == 1


def test_records_that_come_back_without_a_part_of_what_was_done_say_so(laptop, qapp):
    damaged_after_a_backup(laptop, "After the backup")
    journal = laptop / JOURNAL_NAME
    lines = journal.read_bytes().splitlines()
    lines[-1] = lines[-1][:20] + b"AAAA" + lines[-1][24:]
    journal.write_bytes(b"\n".join(lines) + b"\n")
    with window_on(laptop) as day:
        day.find("unlock-passphrase")
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.find("unlock-notice").shown_text, "the sentence")
        day.click("unlock-notice-action")
        day.wait(lambda: day.pusterum.workspace is not None, "the newest good state")
        day.settle()
        said = day.find("workspace-notice").shown_text
        assert "1 line of the journal could not be read" in said
        assert "check what you recorded last" in said


def test_a_damaged_page_that_nobody_reads_is_found_beside_the_work_and_costs_nothing(laptop, qapp):
    store = opened(laptop)
    make_backup(store, laptop / KEY_FILE_NAME, clock=CLOCK)
    with store.session() as session:
        page = session.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'pharmacy_invoice'")).scalar_one()
    store.close()
    content = bytearray((laptop / DATABASE_NAME).read_bytes())
    content[(page - 1) * 4096 + 2000] ^= 255
    (laptop / DATABASE_NAME).write_bytes(content)
    with window_on(laptop) as day:
        day.find("unlock-passphrase")
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.pusterum.workspace is not None, "the work to begin")
        with day.pusterum.store.unit_of_work(actor="x", clock=CLOCK) as work:
            work.session.query(Person).first().note = "Before it was found"
            work.commit()
        day.pusterum.upkeep.check_pages()
        day.wait(lambda: day.pusterum.workspace is None, "the records to be closed")
        assert "damaged" in day.find("unlock-notice").shown_text
        day.click("unlock-notice-action")
        assert day.find("unlock-passphrase-advice").text() == "Write your passphrase."
        day.find("unlock-passphrase").setText(PASSPHRASE)
        day.click("unlock-notice-action")
        day.wait(lambda: day.pusterum.workspace is not None, "the newest good state")
        day.settle()
        with day.pusterum.store.session() as session:
            assert session.query(Person).filter(Person.note == "Before it was found").count() == 1
        day.pusterum.upkeep.check_pages()
        day.settle()
        assert day.pusterum.workspace is not None


def test_key_passphrase_colleague_and_backup_are_looked_after_on_one_page(day):
    folder = day.pusterum.folder
    day.click("go-settings")
    day.click("open-safety")
    page = day.find("safety")
    day.settle()
    before = unlock(folder / KEY_FILE_NAME, PASSPHRASE)
    day.click("safety-backup")
    day.wait(lambda: day.find("safety-notice").shown_text, "the backup")
    assert len(backups(folder)) >= 1
    page.own.input.setText(PASSPHRASE)
    page.new.input.setText(NEW)
    page.again.input.setText(NEW)
    day.click("safety-change")
    day.wait(lambda: "changed" in day.find("safety-notice").shown_text, "the passphrase")
    page.own.input.setText(NEW)
    page.their.input.setText("kaffe cykel regn tirsdag")
    day.click("safety-let-in")
    day.wait(lambda: "can open" in day.find("safety-notice").shown_text, "the colleague")
    day.click("safety-verify")
    day.wait(lambda: "unbroken" in day.find("safety-notice").shown_text, "the log")
    page.own.input.setText(NEW)
    day.click("safety-rekey")
    day.wait(lambda: day.pusterum.workspace is not None and day.pusterum.store is not None, "the new key")
    day.settle()
    after = unlock(folder / KEY_FILE_NAME, NEW)
    assert after != before
    assert day.pusterum.workspace.notice.isHidden()
    assert unlock(folder / KEY_FILE_NAME, "kaffe cykel regn tirsdag") == after
    # Going back to a backup loses nothing: what was recorded since comes back from the journal.
    table = open_first_session(day)
    day.press(Qt.Key.Key_F6, "Nye Rita", Qt.Key.Key_Return)
    day.wait(lambda: any(row.name == "Nye Rita" for row in table.model().rows), "the walk-in")
    day.click("go-settings")
    day.click("open-safety")
    day.settle()
    before = day.pusterum.store
    day.click("restore-0")
    day.wait(lambda: day.pusterum.workspace is not None and day.pusterum.store not in (None, before), "the backup")
    day.settle()
    said = day.find("workspace-notice").shown_text
    assert "are open again. " in said
    assert "made after it were put back. " in said
    with day.pusterum.store.session() as session:
        assert session.scalars(select(Person).where(Person.nickname == "Nye Rita")).one()
    day.pusterum.lock()
    open_store(folder / DATABASE_NAME, after).close()


def test_a_window_that_was_closed_for_good_locks_no_more(laptop, qapp):
    with window_on(laptop) as day:
        day.find("unlock-passphrase")
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.pusterum.workspace is not None, "the work to begin")
        pusterum = day.pusterum
    pusterum._idle.prepare_for_sleep(True)
    assert not isinstance(pusterum.window.centralWidget(), UnlockView)
