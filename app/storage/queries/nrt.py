"""Nicotine replacement of people: the plan in force, what was handed out, what is due next and what it cost."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from app.domain.facts import standing
from app.domain.medicines import recognise
from app.domain.moves import began_again
from app.domain.nrt import (
    USUAL_WEEKS,
    Caveat,
    Due,
    Given,
    Plan,
    Step,
    counts_since,
    next_handout,
    plan_caveats,
    spent,
    story_caveats,
    weeks_given,
)
from app.models.medicine import Medicine
from app.models.plan import NrtPlan, NrtStep
from app.models.smoking import Handout, Measurement
from app.storage.engine import Reading
from app.storage.listed import listed
from app.storage.queries.newest_enrolment import newest_enrolment
from app.storage.queries.programmes import programme_of_enrolment
from app.storage.queries.same_person import of_each, owners, rows_of
from app.storage.queries.task_desk import parts_of


@dataclass(frozen=True, slots=True)
class HandoutRow:
    """One handout that stands, as the person's page lists it; `price` is of one portion in øre."""

    handout_id: str
    week: int
    product: str
    quantity: int
    handed_on: date
    batch: str
    expires_on: date | None
    price: int | None
    is_at_session: bool
    note: str


@dataclass(frozen=True, slots=True)
class NrtStory:
    """Everything the panel of nicotine replacement shows; `spent` is in øre, `without_price` counts unknown prices.

    `given` is all that was ever handed out, `weeks` those of the plan in force.
    """

    person_id: str
    plan: Plan | None
    starts_on: date | None
    made_on: date | None
    note: str
    given: tuple[HandoutRow, ...]
    weeks: frozenset[int]
    due: Due | None
    caveats: tuple[Caveat, ...]
    spent: int
    without_price: int
    cigarettes: float | None
    medicines: tuple[str, ...]


_GIVEN: Final = select(
    Handout.id,
    Handout.corrects_id,
    Handout.person_id,
    Handout.week,
    Handout.product,
    Handout.handed_on,
    Handout.quantity,
    Handout.price,
    Handout.expires_on,
).order_by(Handout.handed_on, Handout.id)
_PLANS: Final = (
    select(NrtPlan.id, NrtPlan.person_id, NrtPlan.weeks, NrtPlan.made_on)
    .where(NrtPlan.state == "active")
    .order_by(NrtPlan.made_on, NrtPlan.id)
)
_STEPS: Final = select(
    NrtStep.plan_id, NrtStep.product, NrtStep.from_week, NrtStep.to_week, NrtStep.role, NrtStep.quantity
).order_by(NrtStep.from_week, NrtStep.id)
_TAKEN: Final = select(Medicine.person_id, Medicine.name, Medicine.substance).where(Medicine.stopped_on.is_(None))


def plans_of(reading: Reading, whom: Mapping[str, str]) -> dict[str, Plan]:
    """Return the plan in force of each person who has one: the newest that is active.

    `whom` says of every row of these people which one counts for the person, as :func:`owners` does.
    """
    rows = reading.execute(_PLANS.where(NrtPlan.person_id.in_(sorted(whom)))).all()
    newest = {whom[row.person_id]: row for row in rows}
    steps: dict[str, list[Step]] = defaultdict(list)
    of_these = sorted(row.id for row in newest.values())
    for row in reading.execute(_STEPS.where(NrtStep.plan_id.in_(of_these))) if of_these else ():
        steps[row.plan_id].append(Step(row.product, row.from_week, row.to_week, row.role, row.quantity))
    return {
        person_id: Plan(plan.weeks, tuple(steps[plan.id]), plan.id, plan.made_on) for person_id, plan in newest.items()
    }


def given_to(reading: Reading, whom: Mapping[str, str]) -> defaultdict[str, list[Given]]:
    """Return the standing handouts of each person, earliest first; one that was taken back is left out.

    `whom` is as for :func:`plans_of`.
    """
    found: defaultdict[str, list[Given]] = defaultdict(list)
    # Rows and no objects: the handouts of ten people are a hundred, and closing a session waits for them.
    rows = reading.execute(_GIVEN.where(Handout.person_id.in_(sorted(whom)))).all()
    for row in standing(rows):
        if row.quantity <= 0:
            continue
        found[whom[row.person_id]].append(
            Given(row.week, row.product, row.handed_on, row.quantity, row.price, row.expires_on)
        )
    return found


def that_count(
    reading: Reading, whom: Mapping[str, str], plans: Mapping[str, Plan], given: Mapping[str, Sequence[Given]]
) -> defaultdict[str, list[Given]]:
    """Return of what was `given` to each person that which is a week of their plan, or of the course they are on.

    `whom` is as for :func:`plans_of`.
    """
    parts = of_each(reading.execute(parts_of(), {"people": listed(sorted(whom))}), whom)
    found: defaultdict[str, list[Given]] = defaultdict(list)
    for person_id, handouts in given.items():
        plan = plans.get(person_id)
        since = counts_since(plan.made_on if plan else None, began_again(parts[person_id]))
        found[person_id] = [one for one in handouts if since is None or one.handed_on >= since]
    return found


def cigarettes_now(reading: Reading, person_id: str) -> float | None:
    """Return the latest known cigarettes a day, or None where nobody knows."""
    rows = reading.scalars(
        select(Measurement)
        .where(Measurement.person_id.in_(rows_of(reading, person_id)), Measurement.kind == "cigarettes_per_day")
        .order_by(Measurement.measured_on, Measurement.id)
    ).all()
    known = [row.value for row in standing(rows) if row.value is not None]
    return known[-1] if known else None


def entitled_weeks(reading: Reading, person_id: str) -> int:
    """Return how many weekly handouts the programme of the person's course gives; S3's where it does not say."""
    programme = programme_of_enrolment(reading, newest_enrolment(reading, person_id))
    return USUAL_WEEKS if programme is None else programme.whole("nrt_weeks", USUAL_WEEKS)


def substances_of(reading: Reading, person_id: str) -> tuple[str, ...]:
    """Return what the person takes now, by generic name; a medicine that nobody recognised is left out."""
    whom = owners(reading, [person_id])
    return substances_of_each(reading, whom).get(whom[person_id], ())


def substances_of_each(reading: Reading, whom: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return what each of these people takes now, by generic name, where something was recognised.

    `whom` is as for :func:`plans_of`.
    """
    rows = reading.execute(_TAKEN.where(Medicine.person_id.in_(sorted(whom)))).all()
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        substance = row.substance
        if not substance and (recognised := recognise(row.name)) is not None:
            substance = recognised.substance
        if substance:
            found[whom[row.person_id]][substance] = None
    return {person_id: tuple(substances) for person_id, substances in found.items()}


def nrt_story(reading: Reading, person_id: str) -> NrtStory:
    """Return a person's nicotine replacement."""
    whom = owners(reading, [person_id])
    handouts = _standing_handouts(reading, whom)
    ever, plans = given_to(reading, whom), plans_of(reading, whom)
    given = that_count(reading, whom, plans, ever)[whom[person_id]]
    plan = plans.get(whom[person_id])
    rows = reading.scalars(
        select(NrtPlan).where(NrtPlan.person_id.in_(sorted(whom))).order_by(NrtPlan.made_on, NrtPlan.id)
    ).all()
    in_force = next((row for row in rows if plan is not None and row.id == plan.plan_id), None)
    cigarettes = cigarettes_now(reading, person_id)
    medicines = substances_of_each(reading, whom).get(whom[person_id], ())
    cost, unknown = spent(ever[whom[person_id]])
    caveats = story_caveats(given, medicines=medicines)
    if plan is not None:
        caveats += plan_caveats(plan.steps, cigarettes=cigarettes, medicines=medicines)
    return NrtStory(
        person_id=person_id,
        plan=plan,
        starts_on=in_force.starts_on if in_force else None,
        made_on=in_force.made_on if in_force else None,
        note=in_force.note if in_force else "",
        given=tuple(
            HandoutRow(
                handout_id=row.id,
                week=row.week,
                product=row.product,
                quantity=row.quantity,
                handed_on=row.handed_on,
                batch=row.batch,
                expires_on=row.expires_on,
                price=row.price,
                is_at_session=row.session_id is not None,
                note=row.note,
            )
            for row in handouts
        ),
        weeks=weeks_given(given),
        due=next_handout(plan, given),
        caveats=tuple(dict.fromkeys(caveats)),
        spent=cost,
        without_price=unknown,
        cigarettes=cigarettes,
        medicines=medicines,
    )


def _standing_handouts(reading: Reading, people: Iterable[str]) -> list[Handout]:
    rows = reading.scalars(
        select(Handout).where(Handout.person_id.in_(sorted(people))).order_by(Handout.handed_on, Handout.id)
    ).all()
    return [row for row in standing(rows) if row.quantity > 0]
