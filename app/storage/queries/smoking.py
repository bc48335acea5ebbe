"""How somebody smokes and what they planned: for the person's pictures and the numbers beside them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.domain.baseline import answered, pack_years
from app.domain.dependence import ITEMS, ftnd, hsi
from app.domain.facts import standing
from app.domain.reduction import (
    PlannedStep,
    Reduction,
    SmokeFree,
    line,
    money_saved,
    price_of_one,
    reduction,
    smoke_free,
    smoked_on,
    step_states,
)
from app.models.plan import Baseline, PlanStep, ReductionPlan
from app.models.smoking import Handout, Measurement, Pause, Relapse, StopDate
from app.storage.engine import Reading
from app.storage.queries.same_person import rows_of

LINE_AHEAD = timedelta(days=14)
"""How far beyond its last step, or today, a plan's line is drawn."""


@dataclass(frozen=True, slots=True)
class StopRow:
    """An agreed stop date; `is_latest` is the one that counts."""

    fact_id: str
    stop_on: date
    agreed_on: date
    is_latest: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """A relapse or a pause."""

    fact_id: str
    on: date
    until: date | None
    note: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the plan in force; `state` as it was decided, or as the measurings say."""

    step_id: str
    due_on: date
    target: float | None
    text: str
    state: str
    decided: bool


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The plan in force, with the staircase to draw; `earlier` counts the plans before it."""

    plan_id: str
    approach: str
    starts_on: date
    start_value: float
    goal_value: float
    note: str
    made_on: date
    steps: tuple[StepRow, ...]
    line: tuple[tuple[date, float], ...]
    earlier: int

    @property
    def has_missed(self) -> bool:
        """Return whether a step was missed, and so a new plan may be made."""
        return any(step.state == "missed" for step in self.steps)


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """The base form in force: its answers, and how many of its questions have one."""

    baseline_id: str
    filled_on: date
    answers: dict[str, Any]
    answered: int
    questions: int
    pack_years: float | None


@dataclass(frozen=True, slots=True)
class SmokingStory:
    """Everything about somebody's smoking; `cigarettes` and `co` are (day, value) in order of time, money is in øre.

    `start` is cigarettes a day where the person began, `now` the last known, both None while nobody knows. `handouts`
    are (day, week).
    """

    person_id: str
    cigarettes: tuple[tuple[date, float], ...]
    co: tuple[tuple[date, float], ...]
    stop_dates: tuple[StopRow, ...]
    relapses: tuple[EventRow, ...]
    pauses: tuple[EventRow, ...]
    handouts: tuple[tuple[date, int], ...]
    plan: PlanRow | None
    baseline: BaselineRow | None
    start: float | None
    now: float | None
    reduction: Reduction | None
    smoke_free: SmokeFree
    saved: int
    price_per_day: float | None
    ftnd: int | None
    hsi: int | None
    readiness: float | None
    confidence: float | None
    products: dict[str, float] = field(default_factory=dict)

    @property
    def stop_on(self) -> date | None:
        """Return the stop date that counts."""
        return next((row.stop_on for row in self.stop_dates if row.is_latest), None)


def smoking_story(reading: Reading, person_id: str, *, today: date) -> SmokingStory:
    """Return a person's smoking as it stands today; rows merged into the person are read as theirs."""
    people = rows_of(reading, person_id)
    measured = _measured(reading, people)
    cigarettes = _of_kind(measured, "cigarettes_per_day")
    stops = standing(
        reading.scalars(
            select(StopDate).where(StopDate.person_id.in_(people)).order_by(StopDate.agreed_on, StopDate.id)
        ).all()
    )
    relapses = standing(
        reading.scalars(
            select(Relapse).where(Relapse.person_id.in_(people)).order_by(Relapse.happened_on, Relapse.id)
        ).all()
    )
    pauses = standing(
        reading.scalars(select(Pause).where(Pause.person_id.in_(people)).order_by(Pause.began_on, Pause.id)).all()
    )
    again = tuple(row.happened_on for row in relapses)
    baseline = _baseline(reading, people)
    # The first that was said: on their first day many say one number on the base form and another at the table.
    start = next((row.value for row in measured if row.kind == "cigarettes_per_day" and row.value is not None), None)
    now = smoked_on(today, cigarettes, relapses=again)
    price_per_day = _latest(measured, "price_per_day")
    scores = {item: round(score) for item in ITEMS if (score := _latest(measured, f"ftnd_{item}")) is not None}
    return SmokingStory(
        person_id=person_id,
        cigarettes=cigarettes,
        co=_of_kind(measured, "co_ppm"),
        stop_dates=tuple(StopRow(row.id, row.stop_on, row.agreed_on, row is stops[-1]) for row in stops),
        relapses=tuple(EventRow(row.id, row.happened_on, None, row.note) for row in relapses),
        pauses=tuple(EventRow(row.id, row.began_on, row.until, row.note) for row in pauses),
        handouts=_handouts(reading, people),
        plan=plan_in_force(reading, person_id, cigarettes=cigarettes, today=today),
        baseline=baseline,
        start=start,
        now=now,
        reduction=reduction(start, now),
        smoke_free=smoke_free(cigarettes, today=today, relapses=again, stop_dates=[row.stop_on for row in stops]),
        saved=money_saved(price_of_one(price_per_day, start), start or 0.0, cigarettes, today=today, relapses=again),
        price_per_day=price_per_day,
        ftnd=ftnd(scores),
        hsi=hsi(scores),
        readiness=_latest(measured, "readiness"),
        confidence=_latest(measured, "confidence"),
        products={
            row.product: row.value for row in measured if row.kind == "product_per_day" and row.value is not None
        },
    )


def plan_in_force(
    reading: Reading, person_id: str, *, cigarettes: tuple[tuple[date, float], ...], today: date
) -> PlanRow | None:
    """Return the plan that the person follows now, with its line drawn a little beyond its end and today."""
    plans = reading.scalars(
        select(ReductionPlan)
        .where(ReductionPlan.person_id.in_(rows_of(reading, person_id)))
        .order_by(ReductionPlan.made_on, ReductionPlan.id)
    ).all()
    active = [plan for plan in plans if plan.state == "active"]
    if not active:
        return None
    plan = active[-1]
    rows = reading.scalars(
        select(PlanStep)
        .where(PlanStep.plan_id == plan.id, PlanStep.state != "dropped")
        .order_by(PlanStep.due_on, PlanStep.rank, PlanStep.id)
    ).all()
    steps = tuple(PlannedStep(row.due_on, row.target, 0, row.text, row.state) for row in rows)
    states = step_states(steps, cigarettes, today=today)
    until = max([today, *(step.due_on for step in steps)]) + LINE_AHEAD
    return PlanRow(
        plan_id=plan.id,
        approach=plan.approach,
        starts_on=plan.starts_on,
        start_value=plan.start_value,
        goal_value=plan.goal_value,
        note=plan.note,
        made_on=plan.made_on,
        steps=tuple(
            StepRow(row.id, row.due_on, row.target, row.text, state, row.state != "planned")
            for row, state in zip(rows, states, strict=True)
        ),
        line=line(plan.start_value, plan.starts_on, steps, until=until)
        if any(step.target is not None for step in steps)
        else (),
        earlier=len(plans) - 1,
    )


def _measured(reading: Reading, people: tuple[str, ...]) -> list[Measurement]:
    return standing(
        reading.scalars(
            select(Measurement)
            .where(Measurement.person_id.in_(people))
            .order_by(Measurement.measured_on, Measurement.id)
        ).all()
    )


def _of_kind(measured: list[Measurement], kind: str) -> tuple[tuple[date, float], ...]:
    """Return (day, value), one for each day: what was measured last that day."""
    return tuple({row.measured_on: row.value for row in measured if row.kind == kind and row.value is not None}.items())


def _latest(measured: list[Measurement], kind: str) -> float | None:
    return next((row.value for row in reversed(measured) if row.kind == kind and row.value is not None), None)


def _handouts(reading: Reading, people: tuple[str, ...]) -> tuple[tuple[date, int], ...]:
    rows = standing(
        reading.scalars(
            select(Handout).where(Handout.person_id.in_(people)).order_by(Handout.handed_on, Handout.id)
        ).all()
    )
    return tuple(dict.fromkeys((row.handed_on, row.week) for row in rows if row.quantity > 0))


def _baseline(reading: Reading, people: tuple[str, ...]) -> BaselineRow | None:
    rows = standing(
        reading.scalars(
            select(Baseline).where(Baseline.person_id.in_(people)).order_by(Baseline.filled_on, Baseline.id)
        ).all()
    )
    if not rows:
        return None
    row = rows[-1]
    said, questions = answered(row.answers)
    return BaselineRow(row.id, row.filled_on, dict(row.answers), said, questions, pack_years(row.answers))
