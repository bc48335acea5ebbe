"""The one way off the UI thread: the store's single worker and a small pool for the network.

Answers come back on the UI thread by a queued signal, in the order the single worker finished them. A job that fails
with an `AppError` gives that to `on_error`; any other exception is a bug, reaches `on_error` as it is, and only its
type goes to the log, because its text may name a person.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.errors import AppError

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
_NETWORK_WORKERS = 3


class _LettingGo:
    """A few threads whose jobs nobody has to wait for: they end with the program, whatever a server does."""

    def __init__(self, workers: int) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = workers
        for number in range(workers):
            threading.Thread(target=self._work, name=f"network-{number}", daemon=True).start()

    def submit(self, job: Callable[[], Any]) -> Future[Any]:
        """Do a job on one of the threads."""
        future: Future[Any] = Future()
        self._jobs.put((future, job))
        return future

    def shutdown(self) -> None:
        """Take no more jobs, cancel those that wait, and do not wait for those that run."""
        with suppress(Empty):
            while True:
                waiting = self._jobs.get_nowait()
                if waiting is not None:
                    waiting[0].cancel()
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while (waiting := self._jobs.get()) is not None:
            future, job = waiting
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as problem:  # noqa: BLE001 - handed to whoever asked, as an executor does
                future.set_exception(problem)


class TaskRunner(QObject):
    """Runs jobs off the UI thread; made and used on the UI thread only."""

    idle = Signal()
    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._network = _LettingGo(_NETWORK_WORKERS)
        self._running = 0
        self._closed = False
        self._finished.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        job: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Do `job` after those already waiting for the store, and answer here."""
        self._submit(self._store, job, on_done, on_error)

    def run_network(
        self,
        job: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Do `job` beside the store's work, and answer here."""
        self._submit(self._network, job, on_done, on_error)

    @property
    def is_busy(self) -> bool:
        """Return whether any answer is still to come."""
        return self._running > 0

    def shutdown(self) -> None:
        """Finish the store's jobs, let go of those at the network, and answer nobody any more.

        What was sent and not answered is sent again the next time: nobody waits for a slow line to close the window.
        """
        self._closed = True
        self._store.shutdown(wait=True)
        self._network.shutdown()

    @property
    def is_closed(self) -> bool:
        """Return whether nothing is done any more."""
        return self._closed

    def _submit(
        self,
        pool: "ThreadPoolExecutor | _LettingGo",
        job: Callable[[], Any],
        on_done: Callable[[Any], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        if self._closed:
            return
        self._running += 1
        pool.submit(job).add_done_callback(lambda future: self._finish(future, on_done, on_error))

    def _finish(
        self, future: Future[Any], on_done: Callable[[Any], object], on_error: Callable[[Exception], object]
    ) -> None:
        """Hand the outcome over to the UI thread; runs on the worker."""
        if self._closed or future.cancelled():
            return
        problem = future.exception()
        if problem is None:
            answer = future.result()
            self._finished.emit(on_done, answer)
            return
        if isinstance(problem, AppError):
            _log.info("job refused: %s", problem.code)
        else:
            _log.error("bug in a job: %s", type(problem).__name__)
        self._finished.emit(on_error, problem)

    @Slot(object, object)
    def _answer(self, tell: Callable[[Any], object], outcome: Any) -> None:
        self._running -= 1
        if self._closed:
            return
        tell(outcome)
        if self._running == 0:
            self.idle.emit()
