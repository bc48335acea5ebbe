import threading
from functools import partial

import pytest

from app.errors import AppError
from app.ui.tasks import TaskRunner


class _Window:
    """Notes on which thread the last one who knew it let go of it."""

    def __init__(self, ends):
        self._ends = ends

    def work(self, wait=None):
        if wait is not None:
            assert wait.wait(10)
        return self

    def told(self, *_):
        pass

    def __del__(self):
        self._ends.append(threading.current_thread())


@pytest.fixture
def tasks(qapp):
    runner = TaskRunner()
    yield runner
    runner.shutdown()


def _ask(run, window, work):
    run(work, on_done=window.told, on_error=window.told)


@pytest.mark.parametrize("where", ["run", "run_network"])
def test_what_a_job_knew_ends_on_the_thread_of_the_windows(tasks, qtbot, where):
    ends = []
    for _ in range(200):
        window = _Window(ends)
        _ask(getattr(tasks, where), window, window.work)
    del window
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert {end.name for end in ends} == {threading.main_thread().name}
    assert len(ends) == 200


def test_what_jobs_knew_ends_there_too_when_they_are_let_go_of_while_they_run(tasks, qtbot):
    ends, wait = [], threading.Event()
    for _ in range(10):
        window = _Window(ends)
        _ask(tasks.run_network, window, partial(window.work, wait))
    del window
    tasks.shutdown()
    wait.set()
    qtbot.waitUntil(lambda: len(ends) == 10)
    assert {end.name for end in ends} == {threading.main_thread().name}


def test_answers_come_in_the_order_the_store_gave_them_and_none_after_closing(tasks, qtbot):
    told = []
    for number in range(50):
        tasks.run(partial(int, number), on_done=told.append, on_error=told.append)
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert told == list(range(50))
    tasks.run(partial(int, 50), on_done=told.append, on_error=told.append)
    tasks.shutdown()
    tasks.run(partial(int, 51), on_done=told.append, on_error=told.append)
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert told == list(range(50))


def test_a_job_that_fails_tells_its_error_and_the_log_only_its_kind(tasks, qtbot, caplog):
    def refuse():
        raise AppError("refused", name="Jonny")

    def stumble():
        raise ZeroDivisionError("Jonny")

    told = []
    caplog.set_level("INFO", logger="app.ui.tasks")
    for job in (refuse, stumble):
        tasks.run(job, on_done=pytest.fail, on_error=told.append)
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert [type(problem) for problem in told] == [AppError, ZeroDivisionError]
    assert "Jonny" not in caplog.text
    assert "ZeroDivisionError" in caplog.text
