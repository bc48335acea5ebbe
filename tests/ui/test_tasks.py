import threading
from functools import partial

import pytest

from app.errors import KnownProblem
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


def test_what_a_job_in_parts_knew_ends_there_too(tasks, qtbot):
    ends, wait = [], threading.Event()
    wait.set()

    def parts(window):
        for _part in range(3):
            yield window.work(wait)

    for _ in range(200):
        window = _Window(ends)
        tasks.run_in_parts(partial(parts, window), on_part=window.told, on_error=window.told)
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


def refuse(problem):
    pytest.fail(f"unexpected: {problem!r}")


def test_answers_come_in_order_on_the_ui_thread(tasks, qtbot):
    answers, threads = [], set()

    def note(answer):
        answers.append(answer)
        threads.add(threading.current_thread())

    with qtbot.waitSignal(tasks.idle):
        for number in range(20):
            tasks.run(lambda number=number: number, on_done=note, on_error=refuse)
    assert answers == list(range(20))
    assert threads == {threading.main_thread()}


def test_the_network_does_not_wait_for_the_store(tasks, qtbot):
    released, order = threading.Event(), []
    with qtbot.waitSignal(tasks.idle):
        tasks.run(lambda: released.wait(10), on_done=lambda _: order.append("store"), on_error=refuse)
        tasks.run_network(released.set, on_done=lambda _: order.append("network"), on_error=refuse)
    assert sorted(order) == ["network", "store"]


def test_a_known_problem_and_a_bug_both_reach_on_error_and_the_log_names_nobody(tasks, qtbot, caplog):
    caplog.set_level("INFO")
    problems = []

    def fail_known():
        raise KnownProblem("disk-full", person="Kaptajnen")

    def fail_badly():
        raise ValueError("Kaptajnen")

    with qtbot.waitSignal(tasks.idle):
        for job in (fail_known, fail_badly):
            tasks.run(job, on_done=refuse, on_error=problems.append)
    assert [type(problem) for problem in problems] == [KnownProblem, ValueError]
    assert "disk-full" in caplog.text
    assert "ValueError" in caplog.text
    assert "Kaptajnen" not in caplog.text


def test_shutting_down_finishes_the_store_and_answers_nobody(qapp):
    runner, done, answers = TaskRunner(), [], []
    runner.run(lambda: done.append(1), on_done=answers.append, on_error=refuse)
    runner.shutdown()
    qapp.processEvents()
    runner.run(lambda: done.append(2), on_done=answers.append, on_error=refuse)
    assert done == [1]
    assert answers == []


def test_a_part_of_an_answer_is_told_while_the_next_is_looked_for(tasks, qtbot):
    told, is_told = [], threading.Event()

    def parts():
        yield "people"
        assert is_told.wait(10)
        yield "paper"

    def note(part):
        told.append((part, tasks.is_busy, threading.current_thread()))
        is_told.set()

    tasks.run_in_parts(parts, on_part=note, on_error=refuse)
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert told == [(part, True, threading.main_thread()) for part in ("people", "paper")]


def test_what_was_found_is_told_though_the_rest_cannot_be(tasks, qtbot):
    told = []

    def parts():
        yield "people"
        raise KnownProblem("damaged-store")

    tasks.run_in_parts(parts, on_part=told.append, on_error=lambda problem: told.append(problem.code))
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert told == ["people", "damaged-store"]
