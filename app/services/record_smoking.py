"""What happens to somebody who is stopping: a stop date agreed, smoking again, a break.

Ordinary events: none closes anything, and each is corrected by a new fact.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.clock import today
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import Person
from app.models.smoking import Pause, Relapse, StopDate
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

FURTHEST_AHEAD = timedelta(days=366)
"""A stop date later than this is a slip of the finger."""
_EventTable = type[StopDate] | type[Relapse] | type[Pause]
EVENTS: Final[dict[str, _EventTable]] = {"stop_date": StopDate, "relapse": Relapse, "pause": Pause}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStopDate:
    """The day that was agreed, and when; with `corrects_id` the agreement that was written wrongly, and why."""

    person_id: str
    stop_on: date
    agreed_on: date
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRelapse:
    """The day on which the person smoked again."""

    person_id: str
    happened_on: date
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPause:
    """A break from the course; `until` is empty while nobody knows."""

    person_id: str
    began_on: date
    until: date | None = None
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackEvent:
    """An event that never was: `entity` is stop_date, relapse or pause."""

    entity: str
    fact_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventRecorded:
    """The fact that was written."""

    fact_id: str
    changed: ChangeSet


def record_stop_date(command: RecordStopDate, *, work: UnitOfWork) -> EventRecorded:
    """Write a stop date beside those before it.

    Raises RuleRefusal "no-such-person", "future-date" (agreed), "stop-date-too-far" (with the last day that would be
    right), and for a correction "no-such-fact", "corrected-already" or "reason-missing".
    """
    day = today(work.clock)
    _person(command.person_id, work=work)
    if command.agreed_on > day:
        raise RuleRefusal("future-date", field="agreed_on")
    if command.stop_on > day + FURTHEST_AHEAD:
        raise RuleRefusal("stop-date-too-far", field="stop_on", latest=day + FURTHEST_AHEAD)
    reason = _correcting(StopDate, command.corrects_id, command.reason, work=work)
    row = StopDate(
        id=new_id(work.clock),
        person_id=command.person_id,
        stop_on=command.stop_on,
        agreed_on=command.agreed_on,
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=reason,
    )
    return _written(row, work=work)


def record_relapse(command: RecordRelapse, *, work: UnitOfWork) -> EventRecorded:
    """Write that somebody smoked again; the course, the plan and the twelve weeks go on.

    Raises RuleRefusal "no-such-person", "future-date", and for a correction as `record_stop_date`.
    """
    _person(command.person_id, work=work)
    if command.happened_on > today(work.clock):
        raise RuleRefusal("future-date", field="happened_on")
    reason = _correcting(Relapse, command.corrects_id, command.reason, work=work)
    row = Relapse(
        id=new_id(work.clock),
        person_id=command.person_id,
        happened_on=command.happened_on,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=reason,
    )
    return _written(row, work=work)


def record_pause(command: RecordPause, *, work: UnitOfWork) -> EventRecorded:
    """Write that somebody takes a break; its end is a correction where it becomes known.

    Raises RuleRefusal "no-such-person", "future-date", "pause-ends-before-it-begins", and for a correction as
    `record_stop_date`.
    """
    _person(command.person_id, work=work)
    if command.began_on > today(work.clock):
        raise RuleRefusal("future-date", field="began_on")
    if command.until is not None and command.until < command.began_on:
        raise RuleRefusal("pause-ends-before-it-begins", field="until", earliest=command.began_on)
    reason = _correcting(Pause, command.corrects_id, command.reason, work=work)
    row = Pause(
        id=new_id(work.clock),
        person_id=command.person_id,
        began_on=command.began_on,
        until=command.until,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=reason,
    )
    return _written(row, work=work)


def take_back_event(command: TakeBackEvent, *, work: UnitOfWork) -> EventRecorded:
    """Say that an event never was; both facts stay in the history.

    Raises RuleRefusal "no-such-fact", "corrected-already" or "reason-missing".
    """
    table = EVENTS[command.entity]
    before = fact_to_correct(table, command.fact_id, field="corrects_id", work=work)
    return _written(correction_of(before, reason_given(command.reason), work=work, taken_back=True), work=work)


def _written(row: StopDate | Relapse | Pause, *, work: UnitOfWork) -> EventRecorded:
    work.session.add(row)
    return EventRecorded(row.id, work.commit())


def _person(person_id: str, *, work: UnitOfWork) -> None:
    if work.session.get(Person, person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")


def _correcting(table: _EventTable, corrects_id: str | None, reason: str, *, work: UnitOfWork) -> str:
    """Return the reason of a correction, and nothing where nothing is corrected."""
    if corrects_id is None:
        return ""
    fact_to_correct(table, corrects_id, field="corrects_id", work=work)
    return reason_given(reason)
