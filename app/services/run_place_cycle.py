"""Run a cycle of S3's steps at a place: begin a round, note what is planned and done, end it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.clock import today
from app.domain.place_cycle import TOVHOLDER, check_done, needs_tovholder, planned_steps
from app.domain.programmes import version_on
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.organisation import Place, PlaceContact, PlaceCycle, PlaceCycleStep
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.programmes import programme_of, programmes

STATES = ("planned", "done", "skipped")


@dataclass(frozen=True, slots=True)
class StartCycle:
    """Where a round begins, on which day, and the key of the programme that names its steps."""

    place_id: str
    started_on: date
    programme: str = "faa_hjaelp_til_rygestop"


@dataclass(frozen=True, slots=True)
class CycleStarted:
    """The new round."""

    cycle_id: str
    number: int
    changed: ChangeSet


def start_cycle(command: StartCycle, *, work: UnitOfWork) -> CycleStarted:
    """Begin the place's next round with every step and a day offered for each.

    Raises RuleRefusal "no-such-place", "no-valid-programme", or "cycle-running" where a round is under way.
    """
    place = work.session.get(Place, command.place_id)
    if place is None:
        raise RuleRefusal("no-such-place", field="place_id")
    rounds = work.session.scalars(select(PlaceCycle).where(PlaceCycle.place_id == place.id)).all()
    if any(cycle.state == "running" for cycle in rounds):
        raise RuleRefusal("cycle-running", field="started_on")
    programme = version_on(programmes(work.session).values(), command.programme, command.started_on)
    if programme is None:
        raise RuleRefusal("no-valid-programme", field="programme", day=command.started_on)
    cycle = PlaceCycle(
        id=new_id(work.clock),
        team_id=place.team_id,
        place_id=place.id,
        programme_version_id=programme.id,
        number=max((known.number for known in rounds), default=0) + 1,
        started_on=command.started_on,
    )
    work.session.add(cycle)
    tovholder = _tovholder(place.id, work=work)
    work.session.add_all(
        PlaceCycleStep(
            id=natural_id("place_cycle_step", cycle.id, step.step, str(step.number)),
            team_id=place.team_id,
            cycle_id=cycle.id,
            step=step.step,
            number=step.number,
            planned_on=step.planned_on,
            contact_id=tovholder.id if tovholder else None,
        )
        for step in planned_steps(programme, command.started_on)
    )
    return CycleStarted(cycle.id, cycle.number, work.commit())


@dataclass(frozen=True, slots=True)
class NoteStep:
    """A step as it stands: planned for a day, done on a day, or skipped; `course_id` names the course it became."""

    step_id: str
    state: str
    planned_on: date | None = None
    done_on: date | None = None
    contact_id: str | None = None
    course_id: str | None = None
    note: str = ""


def note_step(command: NoteStep, *, work: UnitOfWork) -> ChangeSet:
    """Note a step.

    Raises RuleRefusal with the field: "no-such-step", "unknown-answer", "day-needed" (done without a day),
    "future-date", "step-before-cycle", or "tovholder-needed" where the place has not appointed one (S3).
    """
    step = work.session.get(PlaceCycleStep, command.step_id)
    cycle = work.session.get(PlaceCycle, step.cycle_id) if step is not None else None
    if step is None or cycle is None:
        raise RuleRefusal("no-such-step", field="step_id")
    if command.state not in (*STATES, step.state):
        raise RuleRefusal("unknown-answer", field="state")
    if command.state == "done":
        if command.done_on is None:
            raise RuleRefusal("day-needed", field="done_on")
        check_done(
            command.done_on,
            started_on=cycle.started_on,
            today=today(work.clock),
            has_tovholder=_tovholder(cycle.place_id, work=work) is not None,
            asks_for_tovholder=needs_tovholder(step.step, programme_of(work.session, cycle.programme_version_id)),
        )
    step.state = command.state
    step.planned_on = command.planned_on
    step.done_on = command.done_on if command.state == "done" else None
    step.contact_id = command.contact_id
    step.course_id = command.course_id
    step.note = command.note.strip()
    return work.commit()


@dataclass(frozen=True, slots=True)
class SettleStep:
    """What is decided about a due step in the list of tasks, as about any task: done, put_off, dismissed or open.

    `until` is the day that it is put off to, and for open the day that it was planned for.
    """

    step_id: str
    state: str
    until: date | None = None
    reason: str = ""


def settle_step(command: SettleStep, *, work: UnitOfWork) -> ChangeSet:
    """Note a step as done today, moved, skipped for a reason, or planned again; the rest of it stays.

    Raises RuleRefusal as :func:`note_step` does, and "dismissal-needs-reason" or "put-off-until-later" with the field.
    """
    on = today(work.clock)
    reason = " ".join(command.reason.split())
    if command.state == "dismissed" and not reason:
        raise RuleRefusal("dismissal-needs-reason", field="reason")
    if command.state == "put_off" and (command.until is None or command.until <= on):
        raise RuleRefusal("put-off-until-later", field="until")
    step = work.session.get(PlaceCycleStep, command.step_id)
    if step is None:
        raise RuleRefusal("no-such-step", field="step_id")
    states = {"done": "done", "dismissed": "skipped", "put_off": "planned", "open": "planned"}
    return note_step(
        NoteStep(
            step.id,
            states.get(command.state, command.state),
            planned_on=command.until or step.planned_on,
            done_on=on if command.state == "done" else None,
            contact_id=step.contact_id,
            course_id=step.course_id,
            note=" · ".join(part for part in (step.note, reason) if part),
        ),
        work=work,
    )


def end_cycle(cycle_id: str, ended_on: date, *, work: UnitOfWork) -> ChangeSet:
    """End a round: finished where every step is done or skipped, stopped otherwise.

    Raises RuleRefusal "no-such-step", "already-closed", "future-date" or "step-before-cycle".
    """
    cycle = work.session.get(PlaceCycle, cycle_id)
    if cycle is None:
        raise RuleRefusal("no-such-step", field="cycle_id")
    if cycle.state != "running":
        raise RuleRefusal("already-closed", field="cycle_id", day=cycle.ended_on)
    check_done(
        ended_on, started_on=cycle.started_on, today=today(work.clock), has_tovholder=True, asks_for_tovholder=False
    )
    left = work.session.scalar(
        select(func.count()).where(PlaceCycleStep.cycle_id == cycle.id, PlaceCycleStep.state == "planned")
    )
    cycle.ended_on = ended_on
    cycle.state = "stopped" if left else "finished"
    return work.commit()


def _tovholder(place_id: str, *, work: UnitOfWork) -> PlaceContact | None:
    return work.session.scalars(
        select(PlaceContact)
        .where(PlaceContact.place_id == place_id, PlaceContact.role == TOVHOLDER)
        .order_by(PlaceContact.id)
        .limit(1)
    ).first()
