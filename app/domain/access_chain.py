"""The chain of the access log: each entry carries a hash over itself and over the entry before it.

There is one chain for each laptop, numbered from 1. Whoever changes, removes, inserts or swaps an entry breaks it, and
every broken place is named. Both sides check it: the laptop what it wrote, the server what it received.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
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
    UNLOCK = "unlock"


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
    content = [getattr(entry, field.name) for field in fields(entry) if field.name != "hash"]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def broken_places(
    entries: Iterable[AccessEntry], *, head: tuple[int, str] | None = None, after: tuple[int, str] = (0, BEGINNING)
) -> tuple[BrokenPlace, ...]:
    """Return every broken place of one laptop's chain, in order; nothing where it is whole.

    `head` is number and hash of the newest entry as kept elsewhere: entries cut off at the end are missing too, and a
    chain written anew from some place on does not end in it. `after` is number and hash of the entry before the first
    of these. Of a longer gap the first `MOST_MISSING` are named.
    """
    in_order = sorted(entries, key=lambda entry: entry.number)
    found: list[BrokenPlace] = []
    expected, before = after[0] + 1, after[1]
    for entry in in_order:
        if entry.number < expected:
            found.append(BrokenPlace(entry.number, Fault.DOUBLED))
            continue
        found.extend(
            BrokenPlace(number, Fault.MISSING) for number in range(expected, min(entry.number, expected + MOST_MISSING))
        )
        has_gap = entry.number != expected
        if hash_of(entry) != entry.hash:
            found.append(BrokenPlace(entry.number, Fault.CHANGED))
        elif entry.previous != before and not has_gap:
            found.append(BrokenPlace(entry.number, Fault.UNLINKED))
        expected, before = entry.number + 1, entry.hash
    if head is not None:
        found.extend(_against_head(in_order, expected, before, head))
    return tuple(found)


def _against_head(
    in_order: Sequence[AccessEntry], expected: int, before: str, head: tuple[int, str]
) -> Iterable[BrokenPlace]:
    number, kept = head
    if number >= expected:
        yield from (BrokenPlace(missing, Fault.MISSING) for missing in range(expected, number + 1))
    elif number == expected - 1 and before != kept and in_order:
        yield BrokenPlace(number, Fault.CHANGED)
