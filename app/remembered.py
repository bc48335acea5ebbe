"""Answers about somebody that are remembered while the laptop is unlocked, and no longer.

A plain `functools.lru_cache` keeps what it was asked about until the program ends: names would stay in memory while
the laptop is locked. What is asked about nobody (days, statements, tags) may keep one.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

_Answering = TypeVar("_Answering", bound=Callable[..., object])

_forgetting: list[Callable[[], None]] = []


def remembered(most: int) -> Callable[[_Answering], _Answering]:
    """Have a function remember its last `most` answers until :func:`forget_answers`."""

    def remember(answering: _Answering) -> _Answering:
        kept = lru_cache(maxsize=most)(answering)
        _forgetting.append(kept.cache_clear)
        return kept  # type: ignore[return-value]

    return remember


def forget_answers() -> None:
    """Forget what every function remembers; from then on they remember anew."""
    for forget in _forgetting:
        forget()
