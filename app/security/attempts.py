"""Wrong passphrases are slowed down, across restarts and with a clock that was turned back.

The state lies in a file beside the key file. An attempt is counted before it is made and taken back when it succeeds,
so that killing the program in between gains nothing. A clock set ahead shortens a pause: against whoever can do that,
what protects the key is Argon2id alone.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clock import Clock
from app.errors import KnownProblem
from app.security.key_store import Opened, open_key_file, raise_parameters, recover
from app.security.whole_file import write_whole

ATTEMPTS_FILE_NAME = "attempts.json"
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0, 0, 0, 5, 15, 60, 300))
"""The pause before the next attempt, by how many were wrong so far; the last one holds for all that follow."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts in a row were wrong, how long the pause still is, and when that was last looked at."""

    wrong: int = 0
    left: timedelta = timedelta()
    seen_at: datetime | None = None

    def at(self, now: datetime) -> "Attempts":
        """Return the state now: a pause shrinks by the time that passed, and a clock set back passed none."""
        passed = max(now - self.seen_at, timedelta()) if self.seen_at is not None else timedelta()
        return replace(self, left=max(self.left - passed, timedelta()), seen_at=now)

    def after_wrong(self, now: datetime) -> "Attempts":
        """Return the state after one more wrong attempt."""
        wrong = self.wrong + 1
        return Attempts(wrong, PAUSES[min(wrong, len(PAUSES) - 1)], now)


def unlock_slowly(key_file: Path, passphrase: str, *, clock: Clock) -> Opened:
    """Return what :func:`app.security.key_store.open_key_file` does, unless a pause is still running.

    Raises KnownProblem "slow-down" with `seconds` until the next one; the passphrase is then not looked at.
    After a wrong one the error carries the `seconds` of the pause that it began (0: try again at once). A slot made
    with cheaper parameters than today's is wrapped anew.
    """
    opened = _slowly(key_file, lambda: open_key_file(key_file, passphrase), clock=clock)
    raise_parameters(key_file, passphrase)
    return opened


def recover_slowly(key_file: Path, code: str, new_passphrase: str, *, clock: Clock) -> Opened:
    """Return what :func:`app.security.key_store.recover` does; wrong codes are counted and slowed like passphrases."""
    return _slowly(key_file, lambda: recover(key_file, code, new_passphrase), clock=clock)


_WRONG = ("wrong-passphrase", "wrong-code")


def _slowly(key_file: Path, attempt: Callable[[], Opened], *, clock: Clock) -> Opened:
    state_file = key_file.with_name(ATTEMPTS_FILE_NAME)
    before = _read(state_file, clock.now())
    state = before.at(clock.now())
    if state.left > timedelta():
        _write(state_file, state)
        raise KnownProblem("slow-down", seconds=_whole_seconds(state.left))
    counted = state.after_wrong(clock.now())
    if key_file.exists():
        _write(state_file, counted)
    try:
        opened = attempt()
    except KnownProblem as problem:
        if problem.code in _WRONG:
            raise KnownProblem(problem.code, seconds=_whole_seconds(counted.left)) from problem
        if key_file.exists():
            _write(state_file, state)
        raise
    _write(state_file, Attempts())
    return opened


def _whole_seconds(pause: timedelta) -> int:
    return -(-pause // timedelta(seconds=1))


def _read(path: Path, now: datetime) -> Attempts:
    try:
        content = json.loads(path.read_bytes())
        wrong, left, seen_at = int(content["wrong"]), float(content["left"]), content["seen_at"]
        return Attempts(
            max(wrong, 0),
            min(max(timedelta(seconds=left), timedelta()), PAUSES[-1]),
            datetime.fromisoformat(seen_at).astimezone(UTC) if seen_at else None,
        )
    except FileNotFoundError:
        return Attempts()
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        # Spoiling the file must not be a way around the pause.
        return Attempts(len(PAUSES) - 1, PAUSES[-1], now)


def _write(path: Path, state: Attempts) -> None:
    content = {
        "wrong": state.wrong,
        "left": state.left.total_seconds(),
        "seen_at": None if state.seen_at is None else state.seen_at.astimezone(UTC).isoformat(),
    }
    write_whole(path, json.dumps(content).encode())
