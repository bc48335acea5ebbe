"""What can go wrong, as three families that the windows treat differently.

::

    AppError
    ├── RuleRefusal     the profession's rules say no: shown beside the field, overridable only where the rule says so
    ├── KnownProblem    disk, network, passphrase, damaged file: a notice that says what is safe and what to do now
    └── StoppedError    somebody did not want to wait any longer: nothing to say

Anything else is a bug: it reaches the crash notice and the log, without personal data.
An error carries a `code` (stable, kebab-case) and parameters; its sentence is looked up when it is shown, in the user's
language (:mod:`app.error_text`).
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def where_it_happened(problem: BaseException) -> str:
    """Return an error's kind and the places it came through, without its text: that may quote a person."""
    places = []
    trace = problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(problem).__name__} at {' > '.join(places) or 'nowhere'}"


class AppError(Exception):
    """Base of everything that a person is told about in a sentence."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters

    def __str__(self) -> str:
        # Parameters may name a person, so they stay out of logs and tracebacks.
        return self.code


class RuleRefusal(AppError):
    """A rule of the profession refuses; `parameters["field"]` names the field where there is one."""


class KnownProblem(AppError):
    """The surroundings fail (disk, network, passphrase, damaged file) and the person can do something about it."""


class StoppedError(AppError):
    """Long work ended because somebody stopped it."""

    def __init__(self) -> None:
        super().__init__("stopped")


def is_full(problem: OSError) -> bool:
    """Return whether the disk, or somebody's share of it, is full."""
    return problem.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_error_code(problem: BaseException) -> str:
    """Return "disk-full" or "read-only" for the system's word for it, "" for anything else."""
    if not isinstance(problem, OSError):
        return ""
    if is_full(problem):
        return "disk-full"
    return "read-only" if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM) else ""


@contextmanager
def known_disk_errors() -> Iterator[None]:
    """Turn the system's word for a full or read-only disk into KnownProblem("disk-full" or "read-only")."""
    try:
        yield
    except OSError as problem:
        code = disk_error_code(problem)
        if code:
            raise KnownProblem(code) from problem
        raise
