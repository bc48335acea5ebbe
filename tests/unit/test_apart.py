"""Work in a process of its own: what comes back, what it never leaves behind, and how it ends."""

import contextlib
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import psutil
import pytest

from app.apart import Apart, process
from app.documents.readiness import ready_to_draw
from app.errors import KnownProblem, RuleRefusal, StoppedError
from app.i18n import format_day, use_language
from app.services.compute_reports import get_ready
from tests.unit import jobs_apart

ROOT = Path(__file__).parents[2]
SECRET = "hemmelig-nøgle-4711"


@pytest.fixture
def apart():
    made = Apart()
    yield made
    made.stop()


def is_gone(process_id):
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(process_id).wait(30)
    return not psutil.pid_exists(process_id)


def test_a_job_is_done_in_another_process_which_does_the_next_one_too(apart):
    first, second = apart.do(os.getpid), apart.do(os.getpid)
    assert first == second == apart.process_id != os.getpid()


def test_what_a_job_refuses_comes_out_with_everything_it_says(apart):
    with pytest.raises(RuleRefusal, match="empty-name") as refused:
        apart.do(partial(jobs_apart.refuse, "name"))
    assert refused.value.parameters == {"field": "name"}


def test_a_bug_says_where_it_was_and_not_what_it_quotes(apart):
    with pytest.raises(process.BugApartError) as bug:
        apart.do(partial(jobs_apart.break_on, SECRET))
    assert "ValueError" in str(bug.value)
    assert "jobs_apart.py" in str(bug.value)
    assert SECRET not in str(bug.value)
    assert apart.do(os.getpid) == apart.process_id


def test_nothing_of_the_window_is_in_it(apart):
    apart.do(ready_to_draw)
    apart.do(get_ready)
    there = apart.do(jobs_apart.modules)
    assert {"reportlab", "sqlalchemy"} <= there
    assert not {"PySide6", "shiboken6"} & there


def test_it_speaks_the_language_that_is_spoken_when_the_job_is_given(apart):
    day = jobs_apart.DAY
    for language in ("da", "en"):
        use_language(language)
        assert apart.do(partial(format_day, day)) == format_day(day)


def test_a_job_tells_how_far_it_is_and_ends_where_nobody_wants_to_wait(apart):
    told = []

    def tell(done, of):
        told.append((done, of))
        if done == 2:
            raise StoppedError

    apart.do(os.getpid)
    there = apart.process_id
    with pytest.raises(StoppedError):
        apart.do(jobs_apart.count_without_end, tell=tell)
    assert told == [(1, 0), (2, 0)]
    assert apart.process_id is None
    assert is_gone(there)


def test_a_process_killed_in_the_midst_of_a_job_gives_the_sentence_and_the_next_job_is_done(apart):
    def kill(_done, _of):
        psutil.Process(apart.process_id).kill()

    with pytest.raises(KnownProblem, match="apart-ended"):
        apart.do(jobs_apart.count_without_end, tell=kill)
    there = apart.do(os.getpid)
    # And one that is ended while nobody needs it is not even noticed.
    psutil.Process(there).kill()
    psutil.Process(there).wait(30)
    assert apart.do(os.getpid) != there


def test_a_process_that_cannot_start_gives_the_sentence(apart, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", str(ROOT / "no-such-python"))
        with pytest.raises(KnownProblem, match="apart-ended"):
            apart.do(os.getpid)
    assert apart.do(os.getpid) == apart.process_id


def test_it_ends_by_itself_when_nobody_needed_it_for_a_while(apart, monkeypatch):
    monkeypatch.setattr(process, "IDLE_SECONDS", 0.05)
    assert is_gone(apart.do(os.getpid))


def test_whoever_leaves_ends_it_in_the_midst_of_a_job_and_nothing_is_done_any_more(apart):
    problems, begun = [], threading.Event()

    def work():
        try:
            apart.do(jobs_apart.count_without_end, tell=lambda _done, _of: begun.set())
        except KnownProblem as problem:
            problems.append(problem.code)

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(30)
    there = apart.process_id
    apart.stop()
    worker.join(30)
    assert problems == ["locked"]
    assert is_gone(there)
    with pytest.raises(KnownProblem, match="locked"):
        apart.do(os.getpid)


def test_it_ends_in_the_midst_of_a_job_when_the_application_is_killed():
    said = (
        "from app.apart import Apart\nfrom tests.unit.jobs_apart import count_without_end\napart = Apart()\n"
        "apart.do(count_without_end, tell=lambda _done, _of: print(apart.process_id, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", said], cwd=ROOT, stdout=subprocess.PIPE, text=True) as window:
        there = int(window.stdout.readline())
        # Nobody can answer it, on any system.
        window.kill()
        assert window.wait(30) != 0
    assert is_gone(there)


def test_what_a_job_carries_stands_in_no_argument_and_no_environment_and_it_prints_nothing(apart, capfd):
    assert apart.do(partial(jobs_apart.said_about_itself, SECRET)) == (len(SECRET), False)
    seen = psutil.Process(apart.process_id)
    assert SECRET not in " ".join([*seen.cmdline(), *seen.environ(), *seen.environ().values()])
    assert capfd.readouterr() == ("", "")
