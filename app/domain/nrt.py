"""Weeks of nicotine replacement, counted in handouts: what is due next, what is left, and what to look at twice.

A week is a weekly handout, not a week of the calendar: a week in which nobody came eats nothing of the twelve (S3).
Everything here counts facts that stand: one that a later one corrects is left out before (`facts.standing`). Nothing
here proposes a dose.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.products import Schedule, combination_of, prescriptions, products, schedules, usual_first_product

USUAL_WEEKS: Final = 12
"""Weekly handouts where no programme says otherwise (S3)."""
UNDEFINED_CIGARETTES: Final = 20
"""Cigarettes a day that the patches' labels leave out: they speak of more than 20 and of fewer than 20."""
BETWEEN_PRODUCTS: Final = "+"
"""Joins the products of one week's combination in a cell of the session sheet."""
TIMES: Final = "*"
"""Stands in such a cell between a number of portions and their product: "2*gum-2+patch-24h-21"."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a plan hands out from one week to another. `role`: main, or short_acting beside it; portions a week."""

    product: str
    from_week: int
    to_week: int
    role: str = "main"
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The weeks that a person is entitled to."""

    weeks: int
    steps: tuple[Step, ...]
    plan_id: str = ""
    made_on: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One standing handout of at least one portion; `price` is in øre, None where nobody knows."""

    week: int
    product: str
    handed_on: date
    quantity: int = 1
    price: int | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """One product of one week."""

    product: str
    quantity: int = 1
    role: str = "main"


@dataclass(frozen=True, slots=True)
class Due:
    """The next weekly handout: its number and what belongs to it."""

    week: int
    portions: tuple[Portion, ...]
    plan_id: str = ""

    @property
    def cell(self) -> str:
        """Return the products as a cell of the session sheet holds them."""
        return in_cell((portion.product, portion.quantity) for portion in self.portions)


def in_cell(portions: Iterable[tuple[str, int]]) -> str:
    """Return products with their weekly portions as a cell of the session sheet holds them."""
    return BETWEEN_PRODUCTS.join(
        product if quantity == 1 else f"{quantity}{TIMES}{product}" for product, quantity in portions
    )


def from_cell(cell: str) -> tuple[tuple[str, int], ...]:
    """Return the products with their weekly portions that a cell of the session sheet holds."""
    found = []
    for part in filter(None, map(str.strip, cell.split(BETWEEN_PRODUCTS))):
        number, times, product = part.partition(TIMES)
        found.append((product, int(number)) if times and number.isdecimal() else (part, 1))
    return tuple(found)


def counts_since(made_on: date | None, began_on: date | None) -> date | None:
    """Return the day from which handouts are weeks of the plan that was made on a day; None: all that there were.

    A new plan goes on where the person is. Whoever comes to a new course after one that ended (`began_on`) has all
    their weeks again, unless the plan in force is still that of before; `made_on` is None where there is no plan.
    """
    return began_on if began_on is not None and (made_on is None or made_on >= began_on) else None


def weeks_given(given: Iterable[Given]) -> frozenset[int]:
    """Return the numbers of the weeks that were handed out; a combination is one week."""
    return frozenset(handout.week for handout in given if handout.quantity > 0)


def next_handout(plan: Plan | None, given: Sequence[Given]) -> Due | None:
    """Return the lowest week that was not handed out and what the plan puts in it, or None where all weeks are given.

    Without a plan the product of the last handout goes on, or the usual first one; both are offers.
    """
    handed = weeks_given(given)
    weeks = plan.weeks if plan else USUAL_WEEKS
    week = next((number for number in range(1, weeks + 1) if number not in handed), None)
    if week is None:
        return None
    portions = portions_of(plan, week) if plan else ()
    if not portions:
        latest = max(given, key=lambda handout: (handout.handed_on, handout.week), default=None)
        portions = (Portion(latest.product if latest else usual_first_product()),)
    return Due(week, portions, plan.plan_id if plan else "")


def portions_of(plan: Plan, week: int) -> tuple[Portion, ...]:
    """Return what a plan puts in one week, the main product first."""
    steps = [step for step in plan.steps if step.from_week <= week <= step.to_week]
    steps.sort(key=lambda step: (step.role != "main", plan.steps.index(step)))
    return tuple(Portion(step.product, step.quantity, step.role) for step in steps)


def next_week(given: Iterable[Given]) -> int:
    """Return the lowest week that was not handed out, also beyond what a plan holds."""
    handed = weeks_given(given)
    return next(number for number in range(1, len(handed) + 2) if number not in handed)


def suits(schedule: Schedule, cigarettes: float | None) -> bool | None:
    """Return whether a label means somebody who smokes so many a day; None where it does not say (a patch at 20).

    Chewing gum and lozenges say it: the stronger ones are for 20 or more.
    """
    if schedule.meant_for == "anyone" or cigarettes is None:
        return True
    if cigarettes == UNDEFINED_CIGARETTES and _form(schedule.steps[0].product) == "patch":
        return None
    return (cigarettes >= UNDEFINED_CIGARETTES) == (schedule.meant_for == "above_20")


def offered_schedules(cigarettes: float | None) -> tuple[Schedule, ...]:
    """Return every schedule, those first whose label means somebody who smokes so many a day; none is left out."""
    rank = {True: 0, None: 1, False: 2}
    return tuple(sorted(schedules().values(), key=lambda schedule: rank[suits(schedule, cigarettes)]))


def steps_of(schedule: Schedule, *, weeks: int = USUAL_WEEKS, short_acting: str = "") -> tuple[Step, ...]:
    """Return a plan's steps from a schedule, cut at `weeks`; `short_acting` goes beside it all the way."""
    steps = [
        Step(part.product, part.from_week, min(part.to_week, weeks))
        for part in schedule.steps
        if part.from_week <= weeks
    ]
    if short_acting:
        steps.append(Step(short_acting, 1, min(schedule.weeks, weeks), "short_acting"))
    return tuple(steps)


def most_per_day(step: Step, steps: Iterable[Step]) -> int | None:
    """Return how many of a step's product a label allows a day; fewer where it lies beside a patch in some week."""
    known = products().get(step.product)
    limits = [] if known is None or known.max_per_day is None else [known.max_per_day]
    for other in steps:
        if step.from_week <= other.to_week and other.from_week <= step.to_week and _form(other.product) == "patch":
            rule = combination_of("patch", _form(step.product))
            limits += [] if rule is None or rule.max_per_day_beside is None else [rule.max_per_day_beside]
    return min(limits, default=None)


def spent(given: Iterable[Given]) -> tuple[int, int]:
    """Return what a person's handouts cost in øre (price is of one portion), and how many have no known price."""
    total = 0
    unknown = 0
    for handout in given:
        if handout.price is None:
            unknown += handout.quantity > 0
        else:
            total += handout.price * handout.quantity
    return total, unknown


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something to look at twice; `code` names its sentence, `source` the document or label that says it."""

    code: str
    source: str
    week: int = 0
    product: str = ""
    other: str = ""
    limit: int = 0


def plan_caveats(
    steps: Sequence[Step], *, cigarettes: float | None, medicines: Iterable[str] = ()
) -> tuple[Caveat, ...]:
    """Return what a plan is looked at twice for.

    `medicines` are substances that the person takes (`cytisine` is one that does not go with nicotine).
    """
    caveats: list[Caveat] = []
    if cigarettes == UNDEFINED_CIGARETTES and any(_form(step.product) == "patch" for step in steps):
        caveats.append(Caveat("exactly-twenty", "W: labels", limit=UNDEFINED_CIGARETTES))
    caveats += _not_with_nicotine(medicines)
    for number, step in enumerate(steps):
        caveats += _over_label(step.product, step.quantity)
        for other in steps[:number]:
            if step.from_week <= other.to_week and other.from_week <= step.to_week:
                caveats += _together(other.product, step.product)
    return tuple(dict.fromkeys(caveats))


def handout_caveats(
    portions: Sequence[Portion],
    *,
    week: int,
    on: date,
    given: Sequence[Given],
    plan: Plan | None,
    medicines: Iterable[str] = (),
    expires_on: date | None = None,
) -> tuple[Caveat, ...]:
    """Return what is looked at twice before a week is handed out on a day.

    What the plan itself puts together was said with the plan, and is not said again each week.
    """
    caveats = list(_not_with_nicotine(medicines))
    planned = {portion.product for portion in portions_of(plan, week)} if plan else set()
    before = [handout.product for handout in given if handout.week == week]
    beside = list(before)
    for portion in portions:
        if portion.product in before or (portion.role == "main" and before):
            caveats.append(Caveat("week-handed-out-twice", "S3", week=week, product=portion.product))
        else:
            for other in beside:
                if not {other, portion.product} <= planned:
                    caveats += _together(other, portion.product)
        beside.append(portion.product)
        caveats += _over_label(portion.product, portion.quantity)
    if week > (plan.weeks if plan else USUAL_WEEKS):
        caveats.append(Caveat("beyond-the-weeks", "S3", week=week, limit=plan.weeks if plan else USUAL_WEEKS))
    if any(handout.handed_on == on and handout.week != week for handout in given):
        caveats.append(Caveat("two-weeks-in-a-day", "S3", week=week))
    if expires_on is not None and expires_on < on:
        caveats.append(Caveat("expired-batch", "W: labels"))
    return tuple(dict.fromkeys(caveats))


def story_caveats(given: Sequence[Given], *, medicines: Iterable[str] = ()) -> tuple[Caveat, ...]:
    """Return what the handouts as they stand are looked at twice for, as after two laptops have been joined."""
    counted = Counter((handout.week, handout.product) for handout in given)
    caveats = [
        Caveat("week-handed-out-twice", "S3", week=week, product=product)
        for (week, product), times in sorted(counted.items())
        if times > 1
    ]
    expired = sorted({h.week for h in given if h.expires_on is not None and h.expires_on < h.handed_on})
    caveats += [Caveat("expired-batch", "W: labels", week=week) for week in expired]
    if given:
        caveats += _not_with_nicotine(medicines)
    return tuple(caveats)


def _form(product: str) -> str:
    known = products().get(product)
    return known.form if known else ""


def _not_with_nicotine(medicines: Iterable[str]) -> list[Caveat]:
    known = prescriptions()
    return [
        Caveat("not-with-nicotine", known[medicine].source, product=medicine)
        for medicine in medicines
        if medicine in known and known[medicine].not_with_nicotine
    ]


def _over_label(product: str, quantity: int) -> list[Caveat]:
    known = products().get(product)
    # A spray's portion is counted in sprays and its limit in puffs, so that only a second spray a week is asked about.
    if known is None or known.max_per_day is None:
        return []
    most = known.max_per_day * 7 if known.form != "mouth_spray" else 2
    if quantity * known.pieces_per_week <= most:
        return []
    return [Caveat("more-than-the-label", known.source, product=product, limit=known.max_per_day)]


def _together(first: str, second: str) -> list[Caveat]:
    forms = sorted((_form(first), _form(second)), key=lambda form: form != "patch")
    if forms[0] == forms[1]:
        return [Caveat("same-form-twice", "W: labels", product=first, other=second)]
    rule = combination_of(forms[0], forms[1])
    if rule is None:
        return [Caveat("no-source-for-combination", "W: labels", product=first, other=second)]
    if rule.max_per_day_beside is not None:
        beside = second if _form(second) == forms[1] else first
        return [Caveat("lower-limit-beside", rule.source, product=beside, limit=rule.max_per_day_beside)]
    return []
