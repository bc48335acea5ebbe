"""A question that is under way to the server while the laptop goes on working."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

_Answer = TypeVar("_Answer")


class UnderWay(Generic[_Answer]):
    """A question that another thread asks; there is never more than one, and the store is not touched there."""

    def __init__(self, ask: Callable[[], _Answer]) -> None:
        self._ask = ask
        self._answer: _Answer | None = None
        self._problem: BaseException | None = None
        self.seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="sync-line", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            self._answer = self._ask()
        except BaseException as problem:  # noqa: BLE001 - raised where the answer is waited for
            self._problem = problem
        self.seconds = time.monotonic() - begun

    def wait(self) -> None:
        """Wait until it is over, however it ended."""
        self._thread.join()

    def answer(self) -> _Answer:
        """Wait for the answer and return it, or raise what went wrong."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        return cast("_Answer", self._answer)
