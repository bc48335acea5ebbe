"""The one way off the UI thread: the store's single worker and a small pool for the network.

What only the UI thread can do and what takes long, such as filling a page, is done there in pieces.

Answers come back on the UI thread by a queued signal, in the order the single worker finished them. A job that fails
with an `AppError` gives that to `on_error`; any other exception is a bug, reaches `on_error` as it is, and only its
type goes to the log, because its text may name a person.
"""

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from app.errors import AppError

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
_NETWORK_WORKERS = 3


class _Job:
    """One piece of work and whom to tell.

    What it holds may be the last to know a window, and a window that ends on another thread than Qt's takes the
    program with it. So a job is emptied on the UI thread alone; what a worker lets go of is the empty shell.
    """

    __slots__ = ("answer", "is_last", "on_done", "on_error", "problem", "runner", "work")

    def __init__(
        self,
        runner: "TaskRunner",
        work: Callable[[], Any] | None,
        on_done: Callable[[Any], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        self.runner: TaskRunner | None = runner
        self.work = work
        self.on_done: Callable[[Any], object] | None = on_done
        self.on_error: Callable[[Exception], object] | None = on_error
        self.answer: Any = None
        self.problem: BaseException | None = None
        self.is_last = True

    def do(self) -> None:
        """Work, on a worker, and hand the outcome over to the UI thread."""
        if self.work is None:
            return
        try:
            self.answer = self.work()
        except BaseException as problem:  # noqa: BLE001 - handed to whoever asked, as an executor does
            self.problem = problem
            if isinstance(problem, AppError):
                _log.info("job refused: %s", problem.code)
            else:
                _log.error("bug in a job: %s", type(problem).__name__)
        _bell().ring(self)

    def tell(self) -> None:
        """Tell whoever asked, on the UI thread, unless the runner is closed or gone; nothing is kept."""
        runner, tell, outcome = self.runner, self.on_done, self.answer
        if self.problem is not None:
            tell, outcome = self.on_error, self.problem
        self.empty()
        if runner is not None and tell is not None and isValid(runner):
            runner.answer(tell, outcome, is_last=self.is_last)

    def empty(self) -> None:
        """Let go of everything; only on the UI thread."""
        self.runner = self.work = self.on_done = self.on_error = self.answer = self.problem = None


class _Bell(QObject):
    """Wakes the UI thread for each job that was done, in the order they were done; there as long as the program."""

    _rung = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._done: SimpleQueue[_Job] = SimpleQueue()
        self._rung.connect(self._tell_next, Qt.ConnectionType.QueuedConnection)

    def ring(self, job: _Job) -> None:
        """Say that a job was done; from any thread."""
        self._done.put(job)
        self._rung.emit()

    @Slot()
    def _tell_next(self) -> None:
        self._done.get_nowait().tell()


@cache
def _bell() -> _Bell:
    return _Bell()


class _LettingGo:
    """A few threads whose jobs nobody has to wait for: they end with the program, whatever a server does."""

    def __init__(self, workers: int) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = workers
        for number in range(workers):
            threading.Thread(target=_work_at, args=[self._jobs], name=f"network-{number}", daemon=True).start()

    def submit(self, job: _Job) -> None:
        """Do a job on one of the threads."""
        self._jobs.put(job)

    def shutdown(self) -> None:
        """Take no more jobs, drop those that wait, and do not wait for those that run."""
        with suppress(Empty):
            while True:
                waiting = self._jobs.get_nowait()
                if waiting is not None:
                    waiting.empty()
        for _ in range(self._threads):
            self._jobs.put(None)


def _work_at(jobs: SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job.do()


class Pieces:
    """Work of the window's own of which its loop does one piece a turn; the window answers between two of them."""

    def __init__(self, steps: Iterator[object]) -> None:
        self._steps: Iterator[object] | None = steps

    @property
    def is_done(self) -> bool:
        """Return whether nothing is left to do."""
        return self._steps is None

    def go_on(self) -> None:
        """Do the next piece. Where it fails, the rest is left undone, as after any other bug."""
        # Out of sight while it works: a piece may open something that turns the loop.
        steps, self._steps = self._steps, None
        if steps is not None:
            with suppress(StopIteration):
                next(steps)
                self._steps = steps

    def finish(self) -> None:
        """Do what is left at once, for whoever cannot go on without it."""
        while not self.is_done:
            self.go_on()

    def drop(self) -> None:
        """Leave undone what is left."""
        steps, self._steps = self._steps, None
        if isinstance(steps, Generator):
            steps.close()


class TaskRunner(QObject):
    """Runs jobs off the UI thread; made and used on the UI thread only."""

    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        _bell()  # made here: it rings on the thread that made it
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._network = _LettingGo(_NETWORK_WORKERS)
        self._running = 0
        self._closed = False
        self._pieces: list[Pieces] = []
        self._turn = QTimer(self)
        self._turn.timeout.connect(self._go_on)

    def run(
        self,
        job: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Do `job` after those already waiting for the store, and answer here."""
        if not self._closed:
            self._running += 1
            self._store.submit(_Job(self, job, on_done, on_error).do)

    def run_in_parts(
        self,
        job: Callable[[], Iterator[_Answer]],
        *,
        on_part: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """As :meth:`run`, for a job that yields its answer in parts: each is told as soon as it is found."""

        def find() -> None:
            for part in job():
                told = _Job(self, None, on_part, on_error)
                told.answer, told.is_last = part, False
                _bell().ring(told)

        self.run(find, on_done=lambda _none: None, on_error=on_error)

    def run_network(
        self,
        job: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Do `job` beside the store's work, and answer here."""
        if not self._closed:
            self._running += 1
            self._network.submit(_Job(self, job, on_done, on_error))

    @property
    def is_busy(self) -> bool:
        """Return whether any answer is still to come, or anything left that is done in pieces."""
        return self._running > 0 or any(not pieces.is_done for pieces in self._pieces)

    def in_pieces(self, steps: Iterator[object]) -> Pieces:
        """Do on the UI thread what `steps` does from one of its yields to the next, one piece at a turn of the loop."""
        pieces = Pieces(steps)
        if self._closed:
            pieces.drop()
        else:
            self._pieces.append(pieces)
            self._turn.start()
        return pieces

    def drop_pieces(self) -> None:
        """Leave undone what is done in pieces: the screens that it fills are about to go."""
        for pieces in self._pieces:
            pieces.drop()
        self._pieces.clear()

    def shutdown(self) -> None:
        """Finish the store's jobs, let go of those at the network, and answer nobody any more.

        What was sent and not answered is sent again the next time: nobody waits for a slow line to close the window.
        """
        self._closed = True
        self._turn.stop()
        self.drop_pieces()
        self._store.shutdown(wait=True)
        self._network.shutdown()

    @property
    def is_closed(self) -> bool:
        """Return whether nothing is done any more."""
        return self._closed

    def answer(self, tell: Callable[[Any], object], outcome: Any, *, is_last: bool) -> None:
        """Tell whoever asked what came of it; the bell calls this for each job that was done, and for its parts."""
        self._running -= is_last
        if self._closed:
            return
        tell(outcome)
        self._tell_idle()

    def _go_on(self) -> None:
        """Do one piece of what was begun first."""
        self._pieces = [pieces for pieces in self._pieces if not pieces.is_done]
        if self._pieces:
            self._pieces[0].go_on()
        else:
            self._turn.stop()
            self._tell_idle()

    def _tell_idle(self) -> None:
        if not self.is_busy:
            self.idle.emit()
