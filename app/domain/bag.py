"""What is in the bag: packed in the morning, handed out, taken back, counted in the evening. Balances are sums.

Everything is counted in weekly portions. Nothing here is stored: what is in the bag is what the facts add up to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.domain.products import products

KINDS: Final = ("packed", "returned", "explained")
REASONS: Final = ("broken", "lost", "expired", "given_unrecorded", "found", "miscounted", "other")
"""Why what is counted differs from what should be there."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What went into the bag or out of it; an explained difference is negative where something is missing."""

    product: str
    quantity: int
    kind: str
    batch: str = ""
    expires_on: date | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed out of the bag; `batch` is empty where nobody noted it."""

    product: str
    quantity: int
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch in the bag: how much is left, when it expires, and what a portion cost in øre."""

    batch: str
    expires_on: date | None
    price: int | None
    left: int


@dataclass(frozen=True, slots=True)
class BagLine:
    """One product: everything that ever moved, and what should be there now."""

    product: str
    packed: int
    handed_out: int
    returned: int
    explained: int
    batches: tuple[Batch, ...]

    @property
    def left(self) -> int:
        """Return what should be in the bag; below nothing where more was handed out than was packed."""
        return self.packed - self.handed_out - self.returned + self.explained

    def difference(self, counted: int) -> int:
        """Return what is too much (positive) or missing (negative) against a count."""
        return counted - self.left


def bag(movements: Iterable[Movement], handed: Iterable[Handed]) -> tuple[BagLine, ...]:
    """Return a line for every product that ever was in the bag, in the order of the reference data."""
    moves = list(movements)
    outs = list(handed)
    order = list(products())
    named = sorted(
        {move.product for move in moves} | {out.product for out in outs},
        key=lambda key: (order.index(key) if key in order else len(order), key),
    )
    return tuple(
        _line(key, [m for m in moves if m.product == key], [o for o in outs if o.product == key]) for key in named
    )


def first_to_expire(line: BagLine, *, batch: str = "") -> Batch | None:
    """Return the named batch, or the one that expires first of those that are left; None where nothing was packed."""
    if batch:
        return next((known for known in line.batches if known.batch == batch), None)
    left = [known for known in line.batches if known.left > 0]
    return min(left, key=lambda known: (known.expires_on or date.max, known.batch), default=None)


def expired(line: BagLine, on: date) -> tuple[Batch, ...]:
    """Return the batches of which something is left that should not be handed out any more."""
    return tuple(
        known for known in line.batches if known.left > 0 and known.expires_on is not None and known.expires_on < on
    )


def thrown_away(line: BagLine, missing: int, on: date) -> dict[str, int]:
    """Return how many of each batch were thrown away because they had expired, where so many are missing."""
    return _by_batch(_none_too_many(expired(line, on), missing), missing)


def put_back(line: BagLine, counted: int, *, thrown: Mapping[str, int]) -> dict[str, int]:
    """Return how many of each batch go back to the cupboard, where so many were counted and some `thrown` away."""
    left = [replace(known, left=known.left - thrown.get(known.batch, 0)) for known in line.batches]
    return _by_batch(_none_too_many(left, counted), counted)


def _by_batch(batches: Iterable[Batch], portions: int) -> dict[str, int]:
    """Return the portions by their batch; nobody knows the batch of what is more than all batches hold."""
    found = {batch.batch: batch.left for batch in batches}
    found[""] = found.get("", 0) + portions - sum(found.values())
    return {name: number for name, number in found.items() if number}


def _line(product: str, moves: list[Movement], outs: list[Handed]) -> BagLine:
    def total(kind: str) -> int:
        return sum(move.quantity for move in moves if move.kind == kind)

    batches = []
    for name in dict.fromkeys(move.batch for move in moves if move.kind == "packed"):
        of_it = [move for move in moves if move.batch == name]
        packed = [move for move in of_it if move.kind == "packed"]
        left = sum(-move.quantity if move.kind == "returned" else move.quantity for move in of_it)
        left -= sum(out.quantity for out in outs if out.batch == name)
        batches.append(Batch(name, packed[-1].expires_on, packed[-1].price, max(0, left)))
    line = BagLine(
        product=product,
        packed=total("packed"),
        handed_out=sum(out.quantity for out in outs),
        returned=total("returned"),
        explained=total("explained"),
        batches=(),
    )
    return replace(line, batches=_none_too_many(batches, line.left))


def _none_too_many(batches: Sequence[Batch], left: int) -> tuple[Batch, ...]:
    """Return the batches with no more in them all than is left of the product.

    What went without a word about its batch, as what was lost did, is taken from the batch that was packed first.
    """
    gone = sum(batch.left for batch in batches) - max(0, left)
    found = []
    for batch in batches:
        taken = min(batch.left, max(0, gone))
        gone -= taken
        found.append(replace(batch, left=batch.left - taken))
    return tuple(found)
