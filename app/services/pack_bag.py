"""Pack the bag in the morning, count it in the evening, and say why it differs: facts, and never a balance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.domain.bag import REASONS, put_back, thrown_away
from app.domain.products import products
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.smoking import StockMovement
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.bag import bag_of

MOST_PACKED = 500
"""Weekly portions of one product above which a number is a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackBag:
    """Weekly portions that go into the bag; `price` is of one portion in øre."""

    product: str
    quantity: int
    batch: str = ""
    expires_on: date | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """The fact that was written, and whether the batch has expired."""

    movement_id: str
    is_expired: bool
    changed: ChangeSet


def pack_bag(command: PackBag, *, work: UnitOfWork) -> Packed:
    """Write what was packed.

    Raises RuleRefusal "unknown-product", "packed-out-of-range" or "negative-price", with the field.
    """
    if command.product not in products():
        raise RuleRefusal("unknown-product", field="product", product=command.product)
    if not 1 <= command.quantity <= MOST_PACKED:
        raise RuleRefusal("packed-out-of-range", field="quantity", most=MOST_PACKED)
    if command.price is not None and command.price < 0:
        raise RuleRefusal("negative-price", field="price")
    row = StockMovement(
        id=new_id(work.clock),
        product=command.product,
        quantity=command.quantity,
        kind="packed",
        moved_at=work.clock.now(),
        batch=command.batch.strip(),
        expires_on=command.expires_on,
        price=command.price,
        recorded_by=work.actor,
    )
    work.session.add(row)
    is_expired = command.expires_on is not None and command.expires_on < today(work.clock)
    return Packed(row.id, is_expired, work.commit())


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one product; `reason` is one of the reasons for a difference, `note` in one's own words."""

    product: str
    counted: int
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountBag:
    """The evening's count; `put_back` where everything goes back to the depot."""

    counted: Sequence[Counted]
    put_back: bool = False


@dataclass(frozen=True, slots=True)
class BagCounted:
    """By how much each product differed from what should have been there, those that did not left out."""

    differences: tuple[tuple[str, int], ...]
    changed: ChangeSet


def count_bag(command: CountBag, *, work: UnitOfWork) -> BagCounted:
    """Write every difference with its reason, and what was put back.

    Raises RuleRefusal "count-out-of-range" or "difference-needs-reason" (with the difference), with the product as the
    field; nothing is then written.
    """
    lines = {line.product: line for line in bag_of(work.session, work.actor)}
    differences = []
    for entry in command.counted:
        if not 0 <= entry.counted <= MOST_PACKED:
            raise RuleRefusal("count-out-of-range", field=entry.product, most=MOST_PACKED)
        line = lines.get(entry.product)
        difference = line.difference(entry.counted) if line else entry.counted
        if difference and entry.reason not in REASONS:
            raise RuleRefusal("difference-needs-reason", field=entry.product, difference=difference)
        thrown: dict[str, int] = {}
        if difference:
            differences.append((entry.product, difference))
            said = f"{entry.reason}: {entry.note.strip()}" if entry.note.strip() else entry.reason
            if line and entry.reason == "expired" and difference < 0:
                thrown = thrown_away(line, -difference, today(work.clock))
            explained = {batch: -gone for batch, gone in thrown.items()} or {"": difference}
            work.session.add_all(_movements(entry.product, explained, "explained", said, work=work))
        if command.put_back and entry.counted:
            # By batch, so that what lies in the cupboard is not offered from the next bag.
            back = put_back(line, entry.counted, thrown=thrown) if line else {"": entry.counted}
            work.session.add_all(_movements(entry.product, back, "returned", "", work=work))
    return BagCounted(tuple(differences), work.commit())


@dataclass(frozen=True, slots=True)
class CorrectMovement:
    """A movement that was typed wrongly: the right number (0 takes it back), and why."""

    movement_id: str
    quantity: int
    reason: str


def correct_movement(command: CorrectMovement, *, work: UnitOfWork) -> ChangeSet:
    """Write the correction.

    Raises RuleRefusal "no-such-fact", "corrected-already", "packed-out-of-range" or "reason-missing".
    """
    before = fact_to_correct(StockMovement, command.movement_id, field="movement_id", work=work)
    if not -MOST_PACKED <= command.quantity <= MOST_PACKED:
        raise RuleRefusal("packed-out-of-range", field="quantity", most=MOST_PACKED)
    work.session.add(correction_of(before, reason_given(command.reason), work=work, quantity=command.quantity))
    return work.commit()


def _movements(
    product: str, portions: Mapping[str, int], kind: str, reason: str, *, work: UnitOfWork
) -> Iterator[StockMovement]:
    """Yield a fact for each batch."""
    for batch, quantity in portions.items():
        yield StockMovement(
            id=new_id(work.clock),
            product=product,
            quantity=quantity,
            kind=kind,
            moved_at=work.clock.now(),
            batch=batch,
            expires_on=None,
            price=None,
            recorded_by=work.actor,
            reason=reason,
        )
