"""Somebody who turns out to be two is on one course with both, because two laptops at one table each wrote them down.

They are on it once from then on: the later part goes on in the earlier one, as if they had moved, until the two are
parted again.
"""

from datetime import date, timedelta

from sqlalchemy import select

from app.clock import today
from app.domain.outcomes import ClosingReason
from app.models.course import Enrolment, Session
from app.models.person import Person
from app.services.close_enrolment import last_attended_on, open_again
from app.storage.engine import UnitOfWork


def join_parts(kept: Person, duplicate: Person, *, work: UnitOfWork) -> None:
    """Let the later of two open parts in one course go on in the earlier one, where it has not moved there itself.

    Sessions that are planned for the later part alone go on with it.
    """
    theirs = {part.course_id: part for part in _open_parts(duplicate.id, work=work)}
    for mine in _open_parts(kept.id, work=work):
        if mine.course_id not in theirs:
            continue
        first, second = sorted((mine, theirs[mine.course_id]), key=lambda part: (part.joined_on, part is not mine))
        if second.moved_from_id is not None:
            continue
        # Where the earlier part came from is kept by the later one, so that parting them can give it back.
        first.moved_from_id, second.moved_from_id = second.id, first.moved_from_id
        day = today(work.clock)
        second.left_on = max(second.joined_on, day - timedelta(days=1), last_attended_on(second, work=work) or date.min)
        second.closing_reason = ClosingReason.MOVED_COURSE.value
        second.closed_on, second.closed_by = day, work.actor
        alone = select(Session).where(Session.enrolment_id == second.id, Session.state == "planned")
        for session in work.session.scalars(alone).all():
            session.enrolment_id = first.id


def part_again(kept: Person, duplicate: Person, *, work: UnitOfWork) -> None:
    """Open the part again that goes on in the other one's part in the same course."""
    both = select(Enrolment).where(Enrolment.person_id.in_((kept.id, duplicate.id)))
    parts = {part.id: part for part in work.session.scalars(both).all()}
    for first in parts.values():
        second = parts.get(first.moved_from_id or "")
        if second is None or second.course_id != first.course_id:
            continue
        # Where the earlier part came from is kept by the later one, so that parting them can give it back.
        first.moved_from_id, second.moved_from_id = second.moved_from_id, None
        open_again(second)


def _open_parts(person_id: str, *, work: UnitOfWork) -> list[Enrolment]:
    found = select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.left_on.is_(None))
    return list(work.session.scalars(found))
