"""What was chosen from among a great deal, in memory of its own.

Python gives memory back by the megabyte, and only where nothing is left in it: a few hundred rows that lie scattered
among tens of thousands hold on to what all of them took.
"""

import pickle
from typing import TypeVar

_Found = TypeVar("_Found")


def in_own_memory(found: _Found) -> _Found:
    """Return the same plain data, copied together."""
    copied: _Found = pickle.loads(pickle.dumps(found))  # noqa: S301 - written in the same line
    return copied
