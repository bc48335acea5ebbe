"""Reduction first: small steps down, what was smoked against what was planned, and what it is worth.

Everything is suggested from where the person starts and changed by the two who make the plan. A step that was missed is
followed by a new plan from where the person is now; nothing counts it against anyone. Unknown is not zero: a day that
nobody measured counts as the last measuring for four weeks (`KNOWN_FOR`), and after that as unknown.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

from app.domain.products import PRODUCTS_FILE

APPROACHES: Final = ("small_steps", "smoke_free_time", "preloading", "cut_down_to_stop")
HALVED: Final = 0.5
"""Share of cigarettes a day by which one who halves smokes less; a measure of its own (S0, S3)."""
STEP_EVERY: Final = timedelta(weeks=1)
CUT_DOWN_STEPS: Final = 6
"""Weekly steps to the stop date: normally within six weeks (NICE NG209; the number from general knowledge)."""
PRELOADING: Final = timedelta(weeks=4)
"""Nicotine before the stop date (BMJ 2018: a patch for four weeks)."""
SMOKE_FREE_HOURS: Final = (1, 2, 4, 8, 12, 24)
"""Hours without smoking, one step after the other (Røgfri tid)."""
KNOWN_FOR: Final = timedelta(weeks=4)
CIGARETTES_IN_A_PACK: Final = 20


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """From `due_on` at most `target` cigarettes a day; without a target it is `hours` without smoking."""

    due_on: date
    target: float | None
    hours: int = 0
    text: str = ""
    state: str = "planned"


@dataclass(frozen=True, slots=True)
class Reduction:
    """How much less somebody smokes; `share` is of where they started, negative where it is more."""

    start: float
    now: float
    share: float

    @property
    def is_halved(self) -> bool:
        """Return whether it is at least 50 % less, stopping included."""
        return self.share >= HALVED

    @property
    def is_smoke_free(self) -> bool:
        """Return whether nothing is smoked."""
        return self.now == 0


@dataclass(frozen=True, slots=True)
class SmokeFree:
    """Days without smoking: those in a row up to today, and all there were. `since` is the first of the row."""

    in_a_row: int
    in_all: int
    since: date | None


def suggest(approach: str, *, start: float, starts_on: date, goal: float | None = None) -> tuple[PlannedStep, ...]:
    """Return steps to begin with: an offer from where the person starts, to be changed at the screen.

    `goal` is cigarettes a day at the end; where it is not said, small steps go to half and the others to none.
    """
    if approach == "smoke_free_time":
        return tuple(
            PlannedStep(starts_on + number * STEP_EVERY, None, hours)
            for number, hours in enumerate(SMOKE_FREE_HOURS, start=1)
        )
    if approach == "preloading":
        return (PlannedStep(starts_on, start), PlannedStep(starts_on + PRELOADING, goal or 0.0))
    if approach == "cut_down_to_stop":
        return _even(start, goal or 0.0, starts_on=starts_on, steps=CUT_DOWN_STEPS)
    aim = float(int(start * HALVED)) if goal is None else goal
    # A tenth at a time, and at least one cigarette: a step that is too small to fail.
    size = max(1.0, round(start / 10))
    return _even(start, aim, starts_on=starts_on, steps=max(1, round((start - aim) / size)))


def moved(
    steps: Sequence[PlannedStep], number: int, *, due_on: date, target: float | None, start: float, starts_on: date
) -> tuple[PlannedStep, ...]:
    """Return the steps with one of them dragged, held between its neighbours: never before, never above them."""
    earliest = steps[number - 1].due_on + timedelta(days=1) if number else starts_on
    latest = steps[number + 1].due_on - timedelta(days=1) if number + 1 < len(steps) else date.max
    day = max(earliest, min(latest, due_on))
    step = steps[number]
    if step.target is not None and target is not None:
        above = [s.target for s in steps[:number] if s.target is not None]
        below = [s.target for s in steps[number + 1 :] if s.target is not None]
        highest = above[-1] if above else start
        lowest = below[0] if below else 0.0
        step = replace(step, target=float(round(max(lowest, min(highest, target)))))
    return (*steps[:number], replace(step, due_on=day), *steps[number + 1 :])


def with_one_more(steps: Sequence[PlannedStep], *, start: float, starts_on: date) -> tuple[PlannedStep, ...]:
    """Return the steps with one more at the end: a week later and a step further down."""
    if not steps:
        return (PlannedStep(starts_on + STEP_EVERY, max(0.0, start - 1)),)
    last = steps[-1]
    before = steps[-2].target if len(steps) > 1 else start
    fall = 1.0 if last.target is None or before is None else max(1.0, before - last.target)
    target = None if last.target is None else max(0.0, last.target - fall)
    hours = 0 if last.target is not None else min(24, max(1, last.hours * 2))
    return (*steps, PlannedStep(last.due_on + STEP_EVERY, target, hours))


def line(start: float, starts_on: date, steps: Iterable[PlannedStep], *, until: date) -> tuple[tuple[date, float], ...]:
    """Return the plan as a staircase to draw: (day, cigarettes a day), flat until the next step comes."""
    points = [(starts_on, start)]
    level = start
    for step in steps:
        if step.target is None or step.state == "dropped" or step.due_on > until:
            continue
        points += [(step.due_on, level), (step.due_on, step.target)]
        level = step.target
    if until > points[-1][0]:
        points.append((until, level))
    return tuple(points)


def planned_on(day: date, *, start: float, starts_on: date, steps: Iterable[PlannedStep]) -> float | None:
    """Return how many cigarettes the plan says for a day, None before it begins."""
    if day < starts_on:
        return None
    level = start
    for step in steps:
        if step.target is not None and step.state != "dropped" and step.due_on <= day:
            level = step.target
    return level


def step_states(
    steps: Sequence[PlannedStep], measured: Sequence[tuple[date, float]], *, today: date
) -> tuple[str, ...]:
    """Return what became of each step: what somebody decided, else what was measured until the next step came.

    reached, missed, waiting (its day has come, nobody measured) or planned. `measured` is in order of time.
    """
    states = []
    for number, step in enumerate(steps):
        ends = steps[number + 1].due_on if number + 1 < len(steps) else date.max
        values = [value for day, value in measured if step.due_on <= day < ends]
        if step.state != "planned":
            states.append(step.state)
        elif step.due_on > today:
            states.append("planned")
        elif step.target is None or not values:
            states.append("waiting")
        else:
            states.append("reached" if min(values) <= step.target else "missed")
    return tuple(states)


def replan(steps: Sequence[PlannedStep], states: Sequence[str], *, now: float, today: date) -> tuple[PlannedStep, ...]:
    """Return what is left of a plan, begun again from where the person is: as many steps, a week apart.

    Steps that were reached stay behind; where nothing is left the last goal is tried once more.
    """
    left = [step for step, state in zip(steps, states, strict=True) if state not in ("reached", "dropped")]
    left = left or list(steps[-1:])
    if not left:
        return ()
    if left[-1].target is None:
        return tuple(
            replace(step, due_on=today + number * STEP_EVERY, state="planned")
            for number, step in enumerate(left, start=1)
        )
    return _even(now, min(left[-1].target, now), starts_on=today, steps=len(left))


def reduction(start: float | None, now: float | None) -> Reduction | None:
    """Return how much less is smoked, None where either is unknown or nothing was smoked to begin with."""
    if start is None or now is None or start <= 0:
        return None
    return Reduction(start, now, (start - now) / start)


def smoked_on(day: date, measured: Sequence[tuple[date, float]], *, relapses: Iterable[date] = ()) -> float | None:
    """Return cigarettes a day on a day: the last measuring not older than `KNOWN_FOR`, else None.

    A relapse after a measuring of none makes the days after it unknown until the next measuring.
    """
    known = [(on, value) for on, value in measured if on <= day]
    if not known:
        return None
    on, value = known[-1]
    if day - on > KNOWN_FOR:
        return None
    if value == 0 and any(on < relapse <= day for relapse in relapses):
        return None
    return value


def money_saved(
    price: float, start: float, measured: Sequence[tuple[date, float]], *, today: date, relapses: Iterable[date] = ()
) -> int:
    """Return øre not spent since the first measuring, today included; `price` is of one cigarette in øre.

    A day that nobody knows saves nothing, and smoking more than at the start takes from what was saved, never below 0.
    """
    if not measured:
        return 0
    again = tuple(relapses)
    fewer = 0.0
    day = measured[0][0]
    while day <= today:
        smoked = smoked_on(day, measured, relapses=again)
        if smoked is not None:
            fewer += start - smoked
        day += timedelta(days=1)
    return max(0, round(fewer * price))


def smoke_free(
    measured: Sequence[tuple[date, float]],
    *,
    today: date,
    relapses: Iterable[date] = (),
    stop_dates: Iterable[date] = (),
) -> SmokeFree:
    """Return the days without smoking.

    The row begins at the agreed stop date where the person was found smoke-free at the first measuring after it, and at
    that measuring otherwise. Relapse days and days that nobody knows end it.
    """
    again = sorted(relapses)
    stops = sorted(stop_dates)
    free: set[date] = set()
    for number, (on, value) in enumerate(measured):
        if value != 0:
            continue
        before = measured[number - 1][0] if number else date.min
        kept = [stop for stop in stops if before < stop <= on and not any(stop <= r <= on for r in again)]
        day = kept[-1] if kept else on
        ends = measured[number + 1][0] if number + 1 < len(measured) else date.max
        while day <= today and day < ends and day - on <= KNOWN_FOR and not any(on < r <= day for r in again):
            free.add(day)
            day += timedelta(days=1)
    since = None
    day = today
    while day in free:
        since = day
        day -= timedelta(days=1)
    return SmokeFree((today - since).days + 1 if since else 0, len(free), since)


@cache
def usual_price() -> int:
    """Return what a cigarette costs in øre where nobody measured it: dated reference data."""
    entry = tomllib.loads(PRODUCTS_FILE.read_text(encoding="utf-8"))["prices"]["cigarette"]
    price: int = entry["value"]
    return price


def price_of_one(price_per_day: float | None, start: float | None) -> float:
    """Return øre for one cigarette: what a day costs the person, shared by what they smoke, or the usual price."""
    if price_per_day is None or not start:
        return float(usual_price())
    return price_per_day / start


def _even(start: float, goal: float, *, starts_on: date, steps: int) -> tuple[PlannedStep, ...]:
    """Return weekly steps of about the same size, in whole cigarettes, that end at the goal and never rise."""
    made = []
    for number in range(1, steps + 1):
        target = goal if number == steps else float(round(start - (start - goal) * number / steps))
        made.append(PlannedStep(starts_on + number * STEP_EVERY, target))
    kept = [
        step
        for before, step in pairwise([PlannedStep(starts_on, start), *made])
        if step.target != before.target or step is made[-1]
    ]
    return tuple(kept)
