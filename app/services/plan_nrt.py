"""Make or change the weeks of nicotine replacement that a person is entitled to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.domain.nrt import Caveat, Step, plan_caveats
from app.domain.products import products
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import Person
from app.models.plan import NrtPlan, NrtStep
from app.services.hand_out import MOST_PORTIONS
from app.services.replace_plan import replace_active
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.newest_enrolment import newest_enrolment
from app.storage.queries.nrt import cigarettes_now, substances_of

MOST_WEEKS = 52
"""Labels end at a year; what a programme gives is a rule of the programme."""
ROLES = ("main", "short_acting")


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeNrtPlan:
    """The weeks and what is handed out in each; a plan in force before is replaced and named.

    Without an `enrolment_id` it is that of the course that the person is on.
    """

    person_id: str
    weeks: int
    steps: Sequence[Step]
    starts_on: date
    enrolment_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NrtPlanMade:
    """The plan in force now, and what to look at twice."""

    plan_id: str
    previous_id: str | None
    caveats: tuple[Caveat, ...]
    changed: ChangeSet


def make_nrt_plan(command: MakeNrtPlan, *, work: UnitOfWork) -> NrtPlanMade:
    """Write the plan. Weeks that were handed out stay handed out: a new plan goes on where the person is.

    Only on a new course after one that ended does it begin with the first week.

    Raises RuleRefusal "no-such-person", "weeks-out-of-range", "no-steps", "unknown-product", "portions-out-of-range" or
    "weeks-of-step" (with the weeks that would be right).
    """
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    if not 1 <= command.weeks <= MOST_WEEKS:
        raise RuleRefusal("weeks-out-of-range", field="weeks", most=MOST_WEEKS)
    if not command.steps:
        raise RuleRefusal("no-steps", field="steps")
    for step in command.steps:
        if step.product not in products() or step.role not in ROLES:
            raise RuleRefusal("unknown-product", field="product", product=step.product)
        if not 1 <= step.quantity <= MOST_PORTIONS:
            raise RuleRefusal("portions-out-of-range", field="quantity", most=MOST_PORTIONS)
        if not 1 <= step.from_week <= step.to_week <= command.weeks:
            raise RuleRefusal("weeks-of-step", field="from_week", most=command.weeks)
    previous_id = replace_active(NrtPlan, command.person_id, work=work)
    enrolment = newest_enrolment(work.session, command.person_id)
    plan_id = new_id(work.clock)
    work.session.add(
        NrtPlan(
            id=plan_id,
            person_id=command.person_id,
            enrolment_id=command.enrolment_id or (enrolment.id if enrolment is not None else None),
            weeks=command.weeks,
            starts_on=command.starts_on,
            previous_id=previous_id,
            made_on=today(work.clock),
            made_by=work.actor,
            note=command.note.strip(),
        )
    )
    work.session.add_all(
        NrtStep(
            id=new_id(work.clock),
            person_id=command.person_id,
            plan_id=plan_id,
            product=step.product,
            role=step.role,
            from_week=step.from_week,
            to_week=step.to_week,
            quantity=step.quantity,
        )
        for step in command.steps
    )
    caveats = plan_caveats(
        command.steps,
        cigarettes=cigarettes_now(work.session, command.person_id),
        medicines=substances_of(work.session, command.person_id),
    )
    return NrtPlanMade(plan_id, previous_id, caveats, work.commit())


@dataclass(frozen=True, slots=True)
class StopNrtPlan:
    """A plan that somebody does not want to go on with."""

    plan_id: str


def stop_nrt_plan(command: StopNrtPlan, *, work: UnitOfWork) -> ChangeSet:
    """Stop the plan; what was handed out stays. Raises RuleRefusal "no-such-plan"."""
    plan = work.session.get(NrtPlan, command.plan_id)
    if plan is None or plan.state != "active":
        raise RuleRefusal("no-such-plan", field="plan_id")
    plan.state = "stopped"
    return work.commit()
