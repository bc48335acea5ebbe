"""Two things measured in one run: Pusterum, and the limit or the peer beside it, in turn, several times.

Machines differ and their speed drifts, so a figure by itself says little: what counts is the ratio of two figures of
the same round. A goal is a ratio too.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Run = Callable[[], float | None]
"""One round of one side: does the work and returns its figure, or None where the time it took is the figure."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How large the ratio of ours to the figure `beside` may be (smaller is better: seconds, bytes)."""

    beside: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours over the other's, round by round: median and spread, and whether the goal is kept (None: there is none)."""

    beside: str
    median: float
    least: float
    most: float
    at_most: float | None
    is_kept: bool | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark found: `figures` holds every side's rounds in `unit`, Pusterum's under "pusterum".

    `note` says what could not be measured here, such as a peer that is not installed.
    """

    name: str
    unit: str
    figures: Mapping[str, Sequence[float]]
    goals: Sequence[Goal]
    note: str = ""

    def ratios(self) -> list[Ratio]:
        """Return ours beside each other side, in the order of the figures."""
        ours = self.figures["pusterum"]
        limits = {goal.beside: goal.at_most for goal in self.goals}
        found = []
        for side, theirs in self.figures.items():
            if side == "pusterum":
                continue
            each = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
            at_most = limits.get(side)
            median = statistics.median(each)
            kept = None if at_most is None else median <= at_most
            found.append(Ratio(side, median, each[0], each[-1], at_most, kept))
        return found


OF_SHORT_ONES = 15
"""Rounds of what takes a fraction of a second: what else the machine does then stands in few of them."""


def in_turn(rounds: int, ours: Run, **beside: Run) -> dict[str, list[float]]:
    """Run every side once to warm up and then in turn, `rounds` times, beginning with another side each round.

    Underscores in the names of the sides become blanks.
    """
    sides: dict[str, Run] = {"pusterum": ours, **{name.replace("_", " "): run for name, run in beside.items()}}
    figures: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for turn in range(rounds + 1):
        shift = turn % len(order)
        for name in order[shift:] + order[:shift]:
            figure = timed(sides[name])
            if turn:
                figures[name].append(figure)
    return figures


def timed(run: Run) -> float:
    """Do it and return its own figure, or the seconds it took."""
    began = time.perf_counter()
    figure = run()
    return time.perf_counter() - began if figure is None else figure
