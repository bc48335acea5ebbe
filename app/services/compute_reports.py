"""All reports of a period in one go: told how far the work is, and stopped where nobody wants to wait.

The facts of a large store are some hundred megabytes for a moment: a window has reports computed in another process,
and what the facts took goes with it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select

from app.domain.reports.everything import NAMES, Question, every_report, report
from app.domain.reports.participations import Cohort
from app.domain.reports.table import Report
from app.domain.roles import Right, may
from app.errors import RuleRefusal
from app.models.local import Device
from app.storage.engine import Reading, many_pages, reading_beside
from app.storage.queries.names import names_of
from app.storage.queries.papers import Writer, writer
from app.storage.queries.reports import STEPS, facts

STEPS_IN_ALL: Final = STEPS + 1 + len(NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeReports:
    """The period (both days within), seen from `today`; `as_of` counts what was recorded up to a moment.

    `names` empty is all reports. With `names_wanted` the lists of people are computed too.
    """

    since: date
    until: date
    today: date
    cohort: Cohort = Cohort.JOINED
    as_of: datetime | None = None
    names: tuple[str, ...] = ()
    names_wanted: bool = False


def compute_reports(
    command: ComputeReports, reading: Reading, *, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[Report, ...]:
    """Return the reports; `progress` hears (done, of) and may stop the work by raising.

    Raises RuleRefusal "not-your-right", "period-backwards" or "report-unknown".
    """
    device = reading.scalars(select(Device)).first()
    if device is not None and not may(device.role, Right.SEE_COOPERATION):
        raise RuleRefusal("not-your-right", right=Right.SEE_COOPERATION.value)
    if command.until < command.since:
        raise RuleRefusal("period-backwards", field="until")
    unknown = [name for name in command.names if name not in NAMES]
    if unknown:
        raise RuleRefusal("report-unknown", names=", ".join(NAMES))
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, STEPS_IN_ALL)

    with _without_sweeping():
        return _made(command, reading, step)


@dataclass(frozen=True, slots=True)
class ReportsOf:
    """The reports, and in whose name they are printed."""

    reports: tuple[Report, ...]
    by: Writer


def compute_beside(
    command: ComputeReports, path: Path, key: bytes, user_id: str, *, progress: Callable[[int, int], None]
) -> ReportsOf:
    """Return the reports of a store that another process has open; as :func:`compute_reports` does otherwise."""
    with reading_beside(path, key) as reading:
        return ReportsOf(compute_reports(command, reading, progress=progress), writer(reading, user_id))


def get_ready() -> None:
    """Do nothing: where this was called in another process, everything that reports need is imported there."""


def _made(command: ComputeReports, reading: Reading, step: Callable[[], None]) -> tuple[Report, ...]:
    with many_pages(reading):
        found = facts(reading, as_of=command.as_of, progress=step)
    names = names_of(reading) if command.names_wanted else None
    step()
    question = Question(
        since=command.since, until=command.until, today=command.today, cohort=command.cohort, names=names
    )
    if command.names:
        return tuple(report(name, found, question) for name in command.names)
    made = []
    for one in every_report(found, question):
        made.append(one)
        step()
    return tuple(made)


@contextmanager
def _without_sweeping() -> Iterator[None]:
    """Look for no cycles meanwhile: among so many new rows that takes a fifth of the time, and there are none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
