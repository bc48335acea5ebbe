"""Somebody who turns out to be two is on one course with both, because two laptops at one table each wrote them down.

They are on it once from then on: the later part goes on in the earlier one, as if they had moved, until the two are
parted again. A part that was over goes on in the one that is open, or in the one that ended last: whoever was counted
in two rows is counted once.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from app.clock import Clock, today
from app.domain.outcomes import ClosingReason
from app.errors import RuleRefusal
from app.models.course import Enrolment, Session
from app.models.outcome import Outcome
from app.models.person import Person
from app.services.close_enrolment import last_attended_on, open_again
from app.services.settle_referral import BROUGHT
from app.storage.change_set import ChangeSet
from app.storage.engine import Reading, Store, UnitOfWork
from app.storage.listed import among, listed
from app.storage.queries.same_person import owners_of_all

_log: Final = logging.getLogger(__name__)

_CLOSING: Final = "closing_reason"


def join_parts(kept: Person, duplicate: Person, *, by: str | None, work: UnitOfWork) -> list[str]:
    """Let one of two parts in one course go on in the other, where it has not moved there or elsewhere itself.

    Sessions that are planned for it alone go on with it, and so does the referral that brought them, where none brought
    them to the other part: whoever referred hears how it went. `by` is who joins them, None where laptops do it by
    themselves: then each of them writes the same. Return what this wrote, for :func:`part_again` and
    :func:`app.services.settle_referral.part_from_referrals`.
    """
    wrote = []
    theirs = {part.course_id: part for part in _parts(duplicate.id, work=work)}
    for mine in _parts(kept.id, work=work):
        if mine.course_id not in theirs:
            continue
        first, second = _in_order(mine, theirs[mine.course_id], work=work)
        if second.moved_from_id is not None:
            continue
        # Where the earlier part came from is kept by the later one, so that parting them can give it back.
        first.moved_from_id, second.moved_from_id = second.id, first.moved_from_id
        if second.left_on is None:
            _end(second, by=by, work=work)
        else:
            wrote.append(f"{_CLOSING}:{second.id}:{second.closing_reason}")
        second.closing_reason = ClosingReason.MOVED_COURSE.value
        if first.referral_id is None and second.referral_id is not None:
            first.referral_id = second.referral_id
            wrote.append(f"{BROUGHT}:{first.id}:{first.referral_id}")
        alone = select(Session).where(
            Session.course_id == second.course_id, Session.enrolment_id == second.id, Session.state == "planned"
        )
        for session in work.session.scalars(alone).all():
            session.enrolment_id = first.id
    return wrote


def join_parts_made_apart(store: Store, *, actor: str, clock: Clock) -> ChangeSet:
    """Join the parts of people in one course whom laptops took into it with two rows, not knowing that they are one.

    One joined the two while another took either into the course. Every laptop does the same with what it has received,
    before it sends. Whom it may write nothing about is left as they are.
    """
    with store.session() as reading:
        pairs = _made_apart(reading)
    changed: set[tuple[str, str]] = set()
    for pair in pairs:
        try:
            with store.unit_of_work(actor=actor, clock=clock) as work:
                kept, duplicate = (work.session.get_one(Person, key) for key in pair)
                wrote = join_parts(kept, duplicate, by=None, work=work)
                for row in (kept, duplicate):
                    if row.merged_into_id is not None and wrote:
                        row.merge_took = [*(row.merge_took or ()), *wrote]
                changed |= work.commit().rows
        except RuleRefusal as refusal:
            _log.info("parts in one course stay two: %s", refusal.code)
    return ChangeSet(frozenset(changed))


def _made_apart(reading: Reading) -> list[tuple[str, str]]:
    """Return each two rows of one person that are on this laptop and have a part of their own in one course."""
    owner = owners_of_all(reading)
    if not owner:
        return []
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    parts = select(Enrolment.person_id, Enrolment.course_id).where(
        among(Enrolment.person_id, "people"),
        Enrolment.closing_reason != ClosingReason.MOVED_COURSE,
        Enrolment.person_id.in_(select(Person.id)),
    )
    for person_id, course_id in reading.execute(parts, {"people": listed({*owner, *owner.values()})}):
        found[owner.get(person_id, person_id), course_id].add(person_id)
    # The row that counts for all comes first, so that every laptop chooses alike.
    pairs = {tuple(sorted(rows, key=lambda row: (row in owner, row))[:2]) for rows in found.values() if len(rows) > 1}
    return sorted((first, second) for first, second in pairs)


def part_again(own: Collection[str], theirs: Collection[str], took: Collection[str], *, work: UnitOfWork) -> None:
    """Open the part again that goes on in the other side's part in the same course, or close it as it was closed.

    The sides are the rows of two who are parted; `took` is what joining remembered, with what :func:`join_parts`
    returned.
    """
    # A reason of a newer version may hold anything.
    closings = dict(closing.split(":", 2)[1:] for closing in took if closing.startswith(f"{_CLOSING}:"))
    both = select(Enrolment).where(Enrolment.person_id.in_((*own, *theirs)))
    parts = {part.id: part for part in work.session.scalars(both).all()}
    for first in parts.values():
        second = parts.get(first.moved_from_id or "")
        if second is None or second.course_id != first.course_id:
            continue
        if (first.person_id in own) == (second.person_id in own):
            continue
        # Where the earlier part came from is kept by the later one, so that parting them can give it back.
        first.moved_from_id, second.moved_from_id = second.moved_from_id, None
        if second.id in closings:
            second.closing_reason = closings[second.id]
        else:
            open_again(second)


def _parts(person_id: str, *, work: UnitOfWork) -> list[Enrolment]:
    """Return the parts of a row that went on nowhere else."""
    found = select(Enrolment).where(
        Enrolment.person_id == person_id, Enrolment.closing_reason != ClosingReason.MOVED_COURSE
    )
    return list(work.session.scalars(found))


def _in_order(mine: Enrolment, other: Enrolment, *, work: UnitOfWork) -> tuple[Enrolment, Enrolment]:
    """Return the part that both go on in, and the other one.

    Of two that are open it is the earlier one; of two that are over one that somebody said an outcome of, else the one
    that ended last.
    """
    told = set(work.session.scalars(select(Outcome.enrolment_id).where(Outcome.enrolment_id.in_((mine.id, other.id)))))

    def last(part: Enrolment) -> tuple[bool, bool, int, bool]:
        day = part.joined_on.toordinal() if part.left_on is None else -part.left_on.toordinal()
        return part.left_on is not None, part.left_on is not None and part.id not in told, day, part is not mine

    first, second = sorted((mine, other), key=last)
    return first, second


def _end(part: Enrolment, *, by: str | None, work: UnitOfWork) -> None:
    last = max(part.joined_on, last_attended_on(part, work=work) or date.min)
    day = last if by is None else today(work.clock)
    part.left_on = max(last, day - timedelta(days=1))
    part.closed_on, part.closed_by = day, by
