"""The chain of the access log: each entry carries a hash over itself and over the entry before it.

There is one chain for each laptop, numbered from 1. Whoever changes, removes, inserts or swaps an entry breaks it, and
every broken place is named. Both sides check it: the laptop what it wrote, the server what it received.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Final

BEGINNING: Final = "0" * 64
"""What stands before the first entry."""
MOST_MISSING: Final = 10_000


class Action(StrEnum):
    """What somebody did."""

    VIEW = "view"
    SEARCH = "search"
    CREATE = "create"
    EDIT = "edit"
    PRINT = "print"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEntry:
    """One entry; `subject_id` is the person concerned, `what` which kinds of rows or which document, `at` as ISO text.

    A search has no subject; `what` then says how many it found. `reason` is what somebody gave for it, or empty.
    """

    device_id: str
    number: int
    at: str
    user_id: str
    action: str
    subject_id: str | None
    what: str
    reason: str
    previous: str
    hash: str = ""


class Fault(StrEnum):
    """In which way a place of the chain is broken."""

    CHANGED = "changed"
    MISSING = "missing"
    UNLINKED = "unlinked"
    DOUBLED = "doubled"


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """A number of the chain and what is wrong there."""

    number: int
    fault: Fault


def hash_of(entry: AccessEntry) -> str:
    """Return the hash that belongs to an entry's content and to what stands before it."""
    return hashlib.sha256(_as_json(_content(entry)).encode()).hexdigest()


_content = attrgetter(*(field.name for field in fields(AccessEntry) if field.name != "hash"))
# What no entry can hold was put there by hand: it is to be found, not to stop whoever looks.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


class ChainCheck:
    """Holds the entries of one laptop's chain against each other, one after another, and names every broken place.

    `after` is number and hash of the entry before the first that is read.
    """

    def __init__(self, after: tuple[int, str] = (0, BEGINNING)) -> None:
        self.entries = 0
        self._expected, self._before = after[0] + 1, after[1]
        self._found: list[BrokenPlace] = []

    def read(self, entry: AccessEntry) -> None:
        """Take the next entry, in the order of their numbers."""
        self.entries += 1
        if entry.number < self._expected:
            self._found.append(BrokenPlace(entry.number, Fault.DOUBLED))
            return
        self._found.extend(
            BrokenPlace(number, Fault.MISSING)
            for number in range(self._expected, min(entry.number, self._expected + MOST_MISSING))
        )
        has_gap = entry.number != self._expected
        if hash_of(entry) != entry.hash:
            self._found.append(BrokenPlace(entry.number, Fault.CHANGED))
        elif entry.previous != self._before and not has_gap:
            self._found.append(BrokenPlace(entry.number, Fault.UNLINKED))
        self._expected, self._before = entry.number + 1, entry.hash

    def broken(self, head: tuple[int, str] | None = None) -> tuple[BrokenPlace, ...]:
        """Return every broken place, in order; nothing where the chain is whole.

        `head` is number and hash of the newest entry as kept elsewhere: entries cut off at the end are missing too, and
        a chain written anew from some place on does not end in it. Of a longer gap the first `MOST_MISSING` are named.
        """
        return (*self._found, *(() if head is None else self._against_head(head)))

    def _against_head(self, head: tuple[int, str]) -> Iterable[BrokenPlace]:
        number, kept = head
        if number >= self._expected:
            yield from (BrokenPlace(missing, Fault.MISSING) for missing in range(self._expected, number + 1))
        elif number == self._expected - 1 and self._before != kept and self.entries:
            yield BrokenPlace(number, Fault.CHANGED)


def broken_places(
    entries: Iterable[AccessEntry], *, head: tuple[int, str] | None = None, after: tuple[int, str] = (0, BEGINNING)
) -> tuple[BrokenPlace, ...]:
    """Return every broken place of one laptop's chain, whatever order its entries are in; see :class:`ChainCheck`."""
    chain = ChainCheck(after)
    for entry in sorted(entries, key=lambda entry: entry.number):
        chain.read(entry)
    return chain.broken(head)
