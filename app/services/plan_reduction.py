"""Make a plan for smoking less with the person, change its steps, and say what became of a step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select

from app.clock import today
from app.domain.baseline import MOST_A_DAY
from app.domain.reduction import APPROACHES
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import Person
from app.models.plan import PlanStep, ReductionPlan
from app.services.replace_plan import replace_active
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

STEP_STATES = ("planned", "reached", "missed", "dropped")


@dataclass(frozen=True, slots=True)
class StepWanted:
    """One step as the two agreed on it; `step_id` names one that the plan has already."""

    due_on: date
    target: float | None
    text: str = ""
    step_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePlan:
    """A plan with its steps. One that was in force before is replaced and named: planning anew is ordinary."""

    person_id: str
    approach: str
    starts_on: date
    start_value: float
    goal_value: float
    steps: Sequence[StepWanted]
    goal_on: date | None = None
    enrolment_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanMade:
    """The plan that is in force now, and the one before it."""

    plan_id: str
    previous_id: str | None
    changed: ChangeSet


def make_plan(command: MakePlan, *, work: UnitOfWork) -> PlanMade:
    """Write the plan and its steps.

    Raises RuleRefusal "no-such-person", "unknown-approach", "too-many-cigarettes", "no-steps", "steps-out-of-order" or
    "step-before-plan", with the field.
    """
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    if command.approach not in APPROACHES:
        raise RuleRefusal("unknown-approach", field="approach")
    if not 0 <= command.start_value <= MOST_A_DAY or not 0 <= command.goal_value <= MOST_A_DAY:
        raise RuleRefusal("too-many-cigarettes", field="start_value", most=MOST_A_DAY)
    _check_steps(command.steps, starts_on=command.starts_on)
    previous_id = replace_active(ReductionPlan, command.person_id, work=work)
    plan_id = new_id(work.clock)
    work.session.add(
        ReductionPlan(
            id=plan_id,
            person_id=command.person_id,
            enrolment_id=command.enrolment_id,
            approach=command.approach,
            starts_on=command.starts_on,
            start_value=command.start_value,
            goal_value=command.goal_value,
            goal_on=command.goal_on or command.steps[-1].due_on,
            previous_id=previous_id,
            made_on=today(work.clock),
            made_by=work.actor,
            note=command.note.strip(),
        )
    )
    for rank, step in enumerate(command.steps, start=1):
        work.session.add(_new_step(command.person_id, plan_id, rank, step, work=work))
    return PlanMade(plan_id, previous_id, work.commit())


@dataclass(frozen=True, slots=True)
class ChangeSteps:
    """All steps of a plan as they should be now; one that is not named any more is dropped, not erased."""

    plan_id: str
    steps: Sequence[StepWanted]


def change_steps(command: ChangeSteps, *, work: UnitOfWork) -> ChangeSet:
    """Write what was dragged, added and taken out.

    Raises RuleRefusal "no-such-plan", "no-steps", "steps-out-of-order" or "step-before-plan".
    """
    plan = work.session.get(ReductionPlan, command.plan_id)
    if plan is None or plan.state != "active":
        raise RuleRefusal("no-such-plan", field="plan_id")
    _check_steps(command.steps, starts_on=plan.starts_on)
    rows = {
        row.id: row
        for row in work.session.scalars(select(PlanStep).where(PlanStep.plan_id == plan.id)).all()
        if row.state != "dropped"
    }
    for rank, step in enumerate(command.steps, start=1):
        row = rows.pop(step.step_id, None) if step.step_id else None
        if row is None:
            work.session.add(_new_step(plan.person_id, plan.id, rank, step, work=work))
            continue
        row.rank, row.due_on, row.target, row.text = rank, step.due_on, step.target, step.text
    for row in rows.values():
        row.state = "dropped"
        row.decided_on = today(work.clock)
    last = command.steps[-1]
    plan.goal_on = last.due_on
    if last.target is not None:
        plan.goal_value = last.target
    return work.commit()


@dataclass(frozen=True, slots=True)
class DecideStep:
    """What became of a step: planned (not decided), reached, missed or dropped."""

    step_id: str
    state: str


def decide_step(command: DecideStep, *, work: UnitOfWork) -> ChangeSet:
    """Write what became of a step.

    Raises RuleRefusal "no-such-plan" or "unknown-answer".
    """
    if command.state not in STEP_STATES:
        raise RuleRefusal("unknown-answer", field="state")
    row = work.session.get(PlanStep, command.step_id)
    plan = work.session.get(ReductionPlan, row.plan_id) if row is not None else None
    if row is None or plan is None:
        raise RuleRefusal("no-such-plan", field="step_id")
    row.state = command.state
    row.decided_on = None if command.state == "planned" else today(work.clock)
    return work.commit()


def _new_step(person_id: str, plan_id: str, rank: int, step: StepWanted, *, work: UnitOfWork) -> PlanStep:
    return PlanStep(
        id=new_id(work.clock),
        person_id=person_id,
        plan_id=plan_id,
        rank=rank,
        due_on=step.due_on,
        target=step.target,
        text=step.text.strip(),
    )


def _check_steps(steps: Sequence[StepWanted], *, starts_on: date) -> None:
    if not steps:
        raise RuleRefusal("no-steps", field="steps")
    if steps[0].due_on < starts_on:
        raise RuleRefusal("step-before-plan", field="steps", earliest=starts_on)
    if any(after.due_on <= before.due_on for before, after in pairwise(steps)):
        raise RuleRefusal("steps-out-of-order", field="steps")
    if any(step.target is not None and not 0 <= step.target <= MOST_A_DAY for step in steps):
        raise RuleRefusal("too-many-cigarettes", field="steps", most=MOST_A_DAY)
