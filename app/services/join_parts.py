"""Somebody who turns out to be two is on one course with both, because two laptops at one table each wrote them down.

They are on it once from then on: the later part goes on in the earlier one, as if they had moved, until the two are
parted again. A part that was over goes on in the one that is open, or in the one that ended last: whoever was counted
in two rows is counted once.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from app.clock import today
from app.domain.outcomes import ClosingReason
from app.models.course import Enrolment, Session
from app.models.outcome import Outcome
from app.models.person import Person
from app.services.close_enrolment import last_attended_on, open_again
from app.services.settle_referral import BROUGHT
from app.storage.engine import UnitOfWork

_CLOSING: Final = "closing_reason"


def join_parts(kept: Person, duplicate: Person, *, work: UnitOfWork) -> list[str]:
    """Let one of two parts in one course go on in the other, where it has not moved there or elsewhere itself.

    Sessions that are planned for it alone go on with it, and so does the referral that brought them, where none brought
    them to the other part: whoever referred hears how it went. Return what this wrote, for :func:`part_again` and
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
            _end(second, work=work)
        else:
            wrote.append(f"{_CLOSING}:{second.id}:{second.closing_reason}")
        second.closing_reason = ClosingReason.MOVED_COURSE.value
        if first.referral_id is None and second.referral_id is not None:
            first.referral_id = second.referral_id
            wrote.append(f"{BROUGHT}:{first.id}:{first.referral_id}")
        alone = select(Session).where(Session.enrolment_id == second.id, Session.state == "planned")
        for session in work.session.scalars(alone).all():
            session.enrolment_id = first.id
    return wrote


def part_again(kept: Person, duplicate: Person, took: Collection[str], *, work: UnitOfWork) -> None:
    """Open the part again that goes on in the other one's part in the same course, or close it as it was closed.

    `took` is what joining remembered, with what :func:`join_parts` returned.
    """
    closings = dict(closing.split(":")[1:] for closing in took if closing.startswith(f"{_CLOSING}:"))
    both = select(Enrolment).where(Enrolment.person_id.in_((kept.id, duplicate.id)))
    parts = {part.id: part for part in work.session.scalars(both).all()}
    for first in parts.values():
        second = parts.get(first.moved_from_id or "")
        if second is None or second.course_id != first.course_id:
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


def _end(part: Enrolment, *, work: UnitOfWork) -> None:
    day = today(work.clock)
    part.left_on = max(part.joined_on, day - timedelta(days=1), last_attended_on(part, work=work) or date.min)
    part.closed_on, part.closed_by = day, work.actor
