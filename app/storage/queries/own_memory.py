"""What was chosen from among a great deal, in memory of its own.

Python gives memory back by the megabyte, and only where nothing is left in it: a few hundred rows that lie scattered
among tens of thousands hold on to what all of them took.
"""

import pickle
from collections.abc import Callable
from functools import partial
from typing import TypeVar

_Found = TypeVar("_Found")


def in_own_memory(find: Callable[[], _Found]) -> _Found:
    """Return the plain data that is found, copied together once all that it was chosen from is let go of."""
    return set_apart(find())()


def set_apart(found: _Found) -> Callable[[], _Found]:
    """Return what gives the copy of plain data; it is called once all that the data was chosen from is let go of.

    A copy that is made while that is still there comes to lie behind it, and keeps what it took from being given back.
    """
    return partial(pickle.loads, pickle.dumps(found))
