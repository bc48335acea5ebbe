"""When to try again by itself: full-jitter back-off, never sooner than a busy server asked for.

Every laptop draws its own pause between nothing and a bound that doubles, so a thousand that were turned away together
do not come back together.
"""

import random
from dataclasses import dataclass, field

from app.errors import KnownProblem

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 15 * 60.0

PASSING = frozenset(
    {
        *("busy", "server-down", "trial-server-down", "timed-out", "no-network"),
        *("server-fault", "server-restored", "captive-portal", "garbled"),
    }
)
"""What may be otherwise in a while; everything else needs a person first."""


@dataclass(slots=True)
class BackOff:
    """Counts failures in a row; `draw` gives a number from 0 up to its bound."""

    draw: random.Random = field(default_factory=random.SystemRandom)
    failures: int = 0

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0

    def pause_after(self, problem: Exception) -> float | None:
        """Return the seconds to wait before trying again, or None where trying again alone mends nothing."""
        if not isinstance(problem, KnownProblem) or problem.code not in PASSING:
            return None
        bound = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(self.failures, 20))
        self.failures += 1
        asked = problem.parameters.get("retry_after") or 0
        return float(asked) + self.draw.uniform(0.0, bound)
