"""The window's end of the pipe: starts the process when it is first needed, and ends it when nobody needs it any more.

Jobs, answers and the key that a job may carry go through the pipe alone, never through arguments, environment or files.
The process is a new Python and no copy of this one, so that nothing of the window is in it, on any system. It ends when
it was idle for a while, when whoever sat here leaves, and by itself when the other end of its pipe is gone, however
that went.
"""

import logging
import pickle
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.errors import AppError, KnownProblem
from app.i18n import spoken
from app.own_program import own_program

if TYPE_CHECKING:
    import subprocess

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
IDLE_SECONDS: Final = 30.0
"""How long it waits for another job: papers are often made one after another."""
_LONGEST_END: Final = 10.0
_NO_WINDOW: Final = 0x08000000
"""CREATE_NO_WINDOW, which only Windows knows: no console comes up for it."""


class BugApartError(Exception):
    """A bug that came up there; its text says what kind and where, and nothing that the error itself may quote."""


class Apart:
    """At most one process, which does one job after another; threads that ask at the same time wait for each other."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: threading.Timer | None = None
        self._is_over = False

    @property
    def process_id(self) -> int | None:
        """Return the number of the process, None where there is none."""
        process = self._process
        return None if process is None else process.pid

    def do(self, job: Callable[..., _Answer], *, tell: Callable[[int, int], None] | None = None) -> _Answer:
        """Return what `job` makes there. Never on the window's thread: it waits for the answer.

        A job is a function of a module, or a `partial` of one, of plain data. With `tell` it is called with `progress`
        and says (done, of); what `tell` raises ends the process and comes out here. What the job refuses comes out as
        the AppError that it is. KnownProblem("apart-ended") where the process ends or cannot start, "locked" once
        nobody sits here any more.
        """
        order = pickle.dumps((spoken(), job, tell is not None))
        with self._turn:
            self._stay()
            if self._process is not None and self._process.poll() is not None:
                # It was ended from outside while nobody needed it.
                self._let_go()
            try:
                kind, said = self._exchange(order, tell)
            except BaseException as problem:
                self._let_go()
                if isinstance(problem, EOFError | OSError | pickle.UnpicklingError):
                    raise KnownProblem("locked" if self._is_over else "apart-ended") from problem
                raise
            self._end_later()
        if isinstance(said, AppError) and kind == "refused":
            raise said
        if kind == "failed":
            _log.error("bug in a process apart: %s", said)
            raise BugApartError(said)
        answer: _Answer = said
        return answer

    def stop(self) -> None:
        """End the process whatever it is doing; nothing is done here any more."""
        with self._starting:
            self._is_over = True
            if self._process is not None:
                self._process.kill()
        # A job that was under way notices that its answer will not come.
        with self._turn:
            self._stay()
            self._let_go()

    def _exchange(self, order: bytes, tell: Callable[[int, int], None] | None) -> tuple[str, Any]:
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(order)
        process.stdin.flush()
        while True:
            kind, said = pickle.load(process.stdout)  # noqa: S301 - our own process says it, and nobody else can
            if kind != "told":
                return kind, said
            if tell is not None:
                tell(*said)

    def _running(self) -> "subprocess.Popen[bytes]":
        with self._starting:
            if self._is_over:
                raise KnownProblem("locked")
            if self._process is None:
                self._process = _started()
            return self._process

    def _end_later(self) -> None:
        self._idle = threading.Timer(IDLE_SECONDS, self._end_idle)
        self._idle.daemon = True
        self._idle.start()

    def _end_idle(self) -> None:
        with self._turn:
            # Another job may have come first, and counts from its own end.
            if threading.current_thread() is self._idle:
                self._let_go()

    def _stay(self) -> None:
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.cancel()

    def _let_go(self) -> None:
        """End the process and wait until it is gone: a file that it had open can be replaced then."""
        with self._starting:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait(_LONGEST_END)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        # What it was still to be told has nowhere to go.
        pipe.raw.close()


def _started() -> "subprocess.Popen[bytes]":
    import subprocess  # noqa: PLC0415 - the first screen starts nothing

    return subprocess.Popen(  # noqa: S603 - our own program
        own_program("apart"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
    )
