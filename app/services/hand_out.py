"""Hand out a week of nicotine replacement, at a session or outside one, and take a slip of the hand back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clock import today
from app.domain.nrt import (
    Caveat,
    Given,
    Plan,
    Portion,
    from_cell,
    handout_caveats,
    next_handout,
    next_week,
    portions_of,
)
from app.domain.products import products
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Enrolment
from app.models.smoking import Handout
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.bag import BagAtHand
from app.storage.queries.nrt import given_to, plans_of, substances_of_each, that_count
from app.storage.queries.same_person import owners, rows_of

MOST_PORTIONS = 10
"""Weekly portions of one product above which a number is a slip of the finger."""


@dataclass(frozen=True, slots=True)
class HandedPortion:
    """One product of the week; without a batch the one that expires first in the bag is taken. `price` is in øre."""

    product: str
    quantity: int = 1
    batch: str = ""
    expires_on: date | None = None
    price: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOut:
    """A week for somebody; without a `week` it is the next one that they have coming."""

    person_id: str
    portions: tuple[HandedPortion, ...]
    handed_on: date
    week: int | None = None
    session_id: str | None = None
    enrolment_id: str | None = None
    place_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The facts that were written, the week they count as, and what to look at twice."""

    handout_ids: tuple[str, ...]
    week: int
    caveats: tuple[Caveat, ...]
    changed: ChangeSet


def hand_out(command: HandOut, *, work: UnitOfWork) -> HandedOut:
    """Write one handout for each product of the week; nothing here is tied to attendance (S3).

    Raises RuleRefusal "nothing-to-hand-out", "unknown-product", "portions-out-of-range", "future-date",
    "handout-before-enrolment" (with the day that would be right) or "negative-price".
    """
    if not command.portions:
        raise RuleRefusal("nothing-to-hand-out", field="product")
    for portion in command.portions:
        if portion.product not in products():
            raise RuleRefusal("unknown-product", field="product", product=portion.product)
        if not 1 <= portion.quantity <= MOST_PORTIONS:
            raise RuleRefusal("portions-out-of-range", field="quantity", most=MOST_PORTIONS)
        if portion.price is not None and portion.price < 0:
            raise RuleRefusal("negative-price", field="price")
    if command.handed_on > today(work.clock):
        raise RuleRefusal("future-date", field="handed_on")
    _refuse_before_enrolment(command, work=work)
    rows, caveats = new_handouts(command, work=work)
    work.session.add_all(rows)
    return HandedOut(tuple(row.id for row in rows), rows[0].week, caveats, work.commit())


def new_handouts(command: HandOut, *, work: UnitOfWork) -> tuple[list[Handout], tuple[Caveat, ...]]:
    """Return the facts of one week, not yet added, and what to look at twice."""
    return _handouts_of(command, _Known(work, [command.person_id]), work=work)


def add_handouts(commands: Sequence[HandOut], *, work: UnitOfWork) -> list[tuple[Caveat, ...]]:
    """Add the facts of a week for each of several people, and return what to look at twice about each.

    What they need to know is read for all at once, and the bag counted down in between. Where two rows of one person
    are among them, the week of the second follows from the first.
    """
    known = _Known(work, [command.person_id for command in commands])
    caveats = []
    for command in commands:
        rows, found = _handouts_of(command, known, work=work)
        work.session.add_all(rows)
        caveats.append(found)
    return caveats


class _Known:
    """What has to be known to hand out: what these people were given, their plans and medicines, and the bag."""

    def __init__(self, work: UnitOfWork, person_ids: Sequence[str]) -> None:
        self.whom = owners(work.session, person_ids)
        self.plans: dict[str, Plan] = plans_of(work.session, self.whom)
        ever = given_to(work.session, self.whom)
        self.given: defaultdict[str, list[Given]] = that_count(work.session, self.whom, self.plans, ever)
        self.medicines = substances_of_each(work.session, self.whom)
        self.bag = BagAtHand(work.session, work.actor)


def _handouts_of(command: HandOut, known: _Known, *, work: UnitOfWork) -> tuple[list[Handout], tuple[Caveat, ...]]:
    whom = known.whom[command.person_id]
    given = known.given[whom]
    plan = known.plans.get(whom)
    due = next_handout(plan, given)
    week = command.week or (due.week if due else next_week(given))
    roles = {portion.product: portion.role for portion in portions_of(plan, week)} if plan else {}
    rows = []
    earliest_end: date | None = None
    for portion in command.portions:
        batch, expires_on, price = portion.batch, portion.expires_on, portion.price
        packed = known.bag.batch(portion.product, named=batch)
        if packed is not None:
            batch = batch or packed.batch
            expires_on = expires_on or packed.expires_on
            price = packed.price if price is None else price
        if expires_on is not None and (earliest_end is None or expires_on < earliest_end):
            earliest_end = expires_on
        known.bag.take(portion.product, portion.quantity, batch, on=command.handed_on)
        rows.append(
            Handout(
                id=new_id(work.clock),
                person_id=command.person_id,
                session_id=command.session_id,
                week=week,
                product=portion.product,
                quantity=portion.quantity,
                handed_on=command.handed_on,
                batch=batch,
                expires_on=expires_on,
                price=price,
                enrolment_id=command.enrolment_id,
                plan_id=plan.plan_id if plan else None,
                place_id=command.place_id,
                note=command.note,
                recorded_by=work.actor,
            )
        )
    caveats = handout_caveats(
        [Portion(p.product, p.quantity, roles.get(p.product, "main")) for p in command.portions],
        week=week,
        on=command.handed_on,
        given=given,
        plan=plan,
        medicines=known.medicines.get(whom, ()),
        expires_on=earliest_end,
    )
    given += (Given(row.week, row.product, row.handed_on, row.quantity, row.price, row.expires_on) for row in rows)
    return rows, caveats


def portions_in(cell: str) -> tuple[HandedPortion, ...]:
    """Return what a cell of the session sheet hands out."""
    return tuple(HandedPortion(product, quantity) for product, quantity in from_cell(cell))


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A handout that did not happen, or came back, and why."""

    handout_id: str
    reason: str


def take_back(command: TakeBack, *, work: UnitOfWork) -> ChangeSet:
    """Correct a handout to nothing: its week is due again, and what was handed out counts as in the bag.

    Raises RuleRefusal "no-such-fact", "corrected-already" or "reason-missing".
    """
    row = fact_to_correct(Handout, command.handout_id, field="handout_id", work=work)
    if row.quantity == 0:
        raise RuleRefusal("corrected-already", field="handout_id")
    work.session.add(taken_back(row, reason_given(command.reason), work=work))
    return work.commit()


def taken_back(row: Handout, reason: str, *, work: UnitOfWork) -> Handout:
    """Return the correction that a handout did not happen, or came back; not yet added."""
    return correction_of(row, reason, work=work, quantity=0, note="")


def _refuse_before_enrolment(command: HandOut, *, work: UnitOfWork) -> None:
    joined = work.session.scalars(
        select(Enrolment.joined_on)
        .where(Enrolment.person_id.in_(rows_of(work.session, command.person_id)))
        .order_by(Enrolment.joined_on)
        .limit(1)
    ).first()
    if joined is None:
        raise RuleRefusal("handout-without-enrolment", field="handed_on")
    if command.handed_on < joined:
        raise RuleRefusal("handout-before-enrolment", field="handed_on", earliest=joined)
