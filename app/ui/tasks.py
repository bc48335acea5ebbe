"""The one way off the UI thread: the store's single worker and a small pool for the network.

Answers come back on the UI thread by a queued signal, in the order the single worker finished them. A job that fails
with an `AppError` gives that to `on_error`; any other exception is a bug, reaches `on_error` as it is, and only its
type goes to the log, because its text may name a person.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.errors import AppError

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
_NETWORK_WORKERS = 3


class TaskRunner(QObject):
    """Runs jobs off the UI thread; made and used on the UI thread only."""

    idle = Signal()
    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._network = ThreadPoolExecutor(_NETWORK_WORKERS, thread_name_prefix="network")
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
        """Finish the store's jobs, drop those that wait for the network, and answer nobody any more."""
        self._closed = True
        self._store.shutdown(wait=True)
        self._network.shutdown(wait=True, cancel_futures=True)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
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
