"""Who is let in: how many requests are under way at once, and how often an address may be wrong.

More requests than the server works on at once are asked to come back (429) before their body is read, so that a storm
costs time and loses nothing.
"""

import math
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from server.refusals import RequestRefused

UNDER_WAY_AT_ONCE = 128
MOST_COMING = 4
"""Bodies of one laptop that are waited for at once: the one that it sends, and those of lines that died under it."""
SHORTEST_PAUSE, LONGEST_PAUSE = 2, 15
"""Seconds over which those who are asked to come back are spread, at the least and at the most."""
WRONG_CODES_A_MINUTE = 30
WRONG_TOKENS_A_MINUTE = 120


class WrongCodes:
    """Counts wrong codes or tokens per address within the last minute, so that none can be guessed."""

    def __init__(self, most: int = WRONG_CODES_A_MINUTE) -> None:
        self._most = most
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def check(self, address: str) -> None:
        """Refuse with 429 where an address has been wrong too often."""
        times = self._times[address]
        while times and times[0] < time.monotonic() - 60:
            times.popleft()
        if len(times) >= self._most:
            raise RequestRefused(429, "too-many", "Too many wrong codes; please wait a minute.", retry_after=60)
        if not times:
            del self._times[address]

    def add(self, address: str) -> None:
        """Remember a wrong code."""
        self._times[address].append(time.monotonic())


class Admission:
    """Counts the requests under way, and the bodies that are still coming; whoever does not fit is refused with 429."""

    def __init__(self, most: int = UNDER_WAY_AT_ONCE) -> None:
        self._most = most
        self._under_way = 0
        # How long a request takes, averaged over the last of them; a guess until the first have been answered.
        self._seconds = 5.0
        self._coming: Counter[str] = Counter()

    @property
    def is_full(self) -> bool:
        """Whether nobody more is let in now."""
        return self._under_way >= self._most

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold a place among the requests under way, or refuse."""
        if self.is_full:
            raise self.busy()
        self._under_way += 1
        begun = time.monotonic()
        try:
            yield
        finally:
            self._under_way -= 1
            self._seconds += (time.monotonic() - begun - self._seconds) / 16

    @contextmanager
    def waiting_for(self, device_id: str) -> Iterator[None]:
        """Wait for a laptop's body, or refuse where it keeps too many places with others already."""
        if self._coming[device_id] >= MOST_COMING:
            raise self.busy()
        self._coming[device_id] += 1
        try:
            yield
        finally:
            self._coming[device_id] -= 1
            if not self._coming[device_id]:
                del self._coming[device_id]

    def busy(self) -> RequestRefused:
        """Return the refusal of whoever does not fit, with a Retry-After by which most of what is under way is done.

        A request is under way as long as all those before it take. Those who are turned away are spread over that time:
        if all came back at once they would meet a full server again, and if they were spread over more, the last of
        them would come to a server that stands idle.
        """
        most = min(max(math.ceil(self._seconds), SHORTEST_PAUSE), LONGEST_PAUSE)
        pause = 1 + secrets.randbelow(most)
        return RequestRefused(429, "busy", "The server is busy; nothing is lost, try again.", retry_after=pause)
