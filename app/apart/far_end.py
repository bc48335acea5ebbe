"""The process itself: does what it is told through its pipe, and ends when nobody is at the other end any more.

It prints nothing and writes no file. The pipe is listened to while it works, so that it ends in the midst of a job too.
"""

import os
import pickle
import threading
from collections.abc import Sequence
from functools import partial
from queue import SimpleQueue
from typing import IO, Any, NoReturn

from app.errors import AppError, where_it_happened
from app.i18n import use_language


def main(_arguments: Sequence[str] = ()) -> NoReturn:
    """Do one job after another, until the pipe ends."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library prints would stand among the answers.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    jobs: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders, jobs), daemon=True).start()
    while True:
        (code, region), job, is_told = jobs.get()
        use_language(code, region=region)
        _say(answers, _done(partial(job, progress=partial(_tell, answers)) if is_told else job))
        # What it was about is not kept until the next one.
        del job


def _listen(orders: IO[bytes], jobs: "SimpleQueue[Any]") -> None:
    try:
        while True:
            jobs.put(pickle.load(orders))  # noqa: S301 - our own window says it, and nobody else can
    finally:
        os._exit(0)


def _done(job: Any) -> tuple[str, Any]:
    try:
        return "done", job()
    except AppError as refusal:
        return "refused", refusal
    except Exception as bug:  # noqa: BLE001 - told to whoever asked, without its text
        return "failed", where_it_happened(bug)


def _tell(answers: IO[bytes], done: int, of: int) -> None:
    _say(answers, ("told", (done, of)))


def _say(answers: IO[bytes], said: tuple[str, Any]) -> None:
    pickle.dump(said, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()
