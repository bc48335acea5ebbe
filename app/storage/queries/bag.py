"""What a counsellor's bag holds, added up from what was packed, handed out, counted and put back."""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select

from app.clock import DENMARK, day_of
from app.domain.bag import BagLine, Batch, Handed, Movement, bag, first_to_expire
from app.domain.facts import standing
from app.models.smoking import Handout, StockMovement
from app.storage.engine import Reading


@dataclass(frozen=True, slots=True)
class BagDay:
    """One product of the bag on a day: what was there in the morning, moved since, and should be there now."""

    line: BagLine
    packed_today: int
    handed_today: int


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement, as the bag's history lists it; `price` is of one portion in øre."""

    movement_id: str
    product: str
    quantity: int
    kind: str
    moved_at: datetime
    batch: str
    expires_on: date | None
    price: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class BagNow:
    """The bag of one counsellor and the movements of late, newest first."""

    days: tuple[BagDay, ...]
    history: tuple[MovementRow, ...]


MOST_HISTORY = 40


def bag_of(reading: Reading, user_id: str) -> tuple[BagLine, ...]:
    """Return what the counsellor's bag should hold."""
    return bag(*_facts(reading, user_id, since=_first_packed(reading, user_id)))


def bag_now(reading: Reading, user_id: str, *, today: date) -> BagNow:
    """Return the bag with what happened today, and its history."""
    morning = datetime.combine(today, time.min, DENMARK)
    rows = _movements(reading, user_id)
    handed_today: dict[str, int] = {}
    for handout in _handouts(reading, user_id, since=_first_packed(reading, user_id)):
        if handout.handed_on == today:
            handed_today[handout.product] = handed_today.get(handout.product, 0) + handout.quantity
    packed_today: dict[str, int] = {}
    for row in rows:
        if row.kind == "packed" and row.moved_at >= morning:
            packed_today[row.product] = packed_today.get(row.product, 0) + row.quantity
    return BagNow(
        days=tuple(
            BagDay(line, packed_today.get(line.product, 0), handed_today.get(line.product, 0))
            for line in bag_of(reading, user_id)
        ),
        history=tuple(
            MovementRow(
                movement_id=row.id,
                product=row.product,
                quantity=row.quantity,
                kind=row.kind,
                moved_at=row.moved_at,
                batch=row.batch,
                expires_on=row.expires_on,
                price=row.price,
                reason=row.reason,
            )
            for row in sorted(rows, key=lambda row: (row.moved_at, row.id), reverse=True)[:MOST_HISTORY]
        ),
    )


class BagAtHand:
    """A counsellor's bag while things are handed out of it: read once, and counted down with what is taken."""

    def __init__(self, reading: Reading, user_id: str) -> None:
        self._since = _first_packed(reading, user_id)
        self._movements, self._handed = _facts(reading, user_id, since=self._since)

    def batch(self, product: str, *, named: str = "") -> Batch | None:
        """Return the named batch, or the one that expires first of those left."""
        lines = bag(
            (move for move in self._movements if move.product == product),
            (out for out in self._handed if out.product == product),
        )
        return first_to_expire(lines[0], batch=named) if lines else None

    def take(self, product: str, quantity: int, batch: str, *, on: date) -> None:
        """Count what is handed out; before the bag was first packed there was nothing to take from."""
        if self._since is not None and on >= self._since:
            self._handed.append(Handed(product, quantity, batch))


def _facts(reading: Reading, user_id: str, *, since: date | None) -> tuple[list[Movement], list[Handed]]:
    if since is None:
        return [], []
    movements = [
        Movement(row.product, row.quantity, row.kind, row.batch, row.expires_on, row.price)
        for row in _movements(reading, user_id)
    ]
    handed = _handouts(reading, user_id, since=since)
    return movements, [Handed(row.product, row.quantity, row.batch) for row in handed]


def _movements(reading: Reading, user_id: str) -> list[StockMovement]:
    return standing(
        reading.scalars(
            select(StockMovement).where(StockMovement.recorded_by == user_id).order_by(StockMovement.moved_at)
        ).all()
    )


def _handouts(reading: Reading, user_id: str, *, since: date | None) -> list[Handout]:
    """Return what the counsellor handed out since the bag was first packed; before that there was no bag to count."""
    if since is None:
        return []
    rows = reading.scalars(
        select(Handout).where(Handout.recorded_by == user_id, Handout.handed_on >= since).order_by(Handout.id)
    ).all()
    # A colleague may have taken a handout back, so that the correction is not among the counsellor's own.
    own = select(Handout.id).where(Handout.recorded_by == user_id, Handout.handed_on >= since)
    corrected = set(reading.scalars(select(Handout.corrects_id).where(Handout.corrects_id.in_(own))))
    return [row for row in rows if row.quantity > 0 and row.id not in corrected]


def _first_packed(reading: Reading, user_id: str) -> date | None:
    first = reading.scalar(select(func.min(StockMovement.moved_at)).where(StockMovement.recorded_by == user_id))
    return None if first is None else day_of(first)
