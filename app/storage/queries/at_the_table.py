"""Who sits at a session's table: whoever is on the course that day, and whoever came and has left it since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.domain.outcomes import ClosingReason
from app.models.course import Attendance, Enrolment, Session
from app.models.local import SessionDraft

THERE = ("present", "excused")
"""What is said of whoever came, or sent word."""


def at_the_table(session: Session) -> ColumnElement[bool]:
    """Return the condition that an enrolment belongs on the session's sheet.

    What was typed or ticked of somebody whose part was ended elsewhere, as of a day before, stays in sight and is kept.
    """
    is_on_course = and_(
        Enrolment.joined_on <= session.held_on,
        or_(Enrolment.left_on.is_(None), Enrolment.left_on >= session.held_on),
    )
    typed = select(SessionDraft.enrolment_id).where(
        SessionDraft.session_id == session.id, func.json_extract(SessionDraft.cells, "$.status").in_(THERE)
    )
    ticked = select(Attendance.enrolment_id).where(Attendance.session_id == session.id, Attendance.status.in_(THERE))
    return and_(
        Enrolment.course_id == session.course_id,
        or_(is_on_course, Enrolment.id.in_(typed), Enrolment.id.in_(ticked)),
        Enrolment.id == session.enrolment_id if session.enrolment_id else true(),
    )


def seated_once(
    parts: Iterable[Any], whom: Mapping[str, str], cells: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Return which of these parts sits at the table, with the others there of the same person, who sits there once.

    Of somebody who is on the course in two rows it is the part of which something is typed or recorded, and each of
    them where it is both; else the one that both go on in. `parts` have id, person_id, joined_on and closing_reason,
    `whom` says of each row whom it counts for, `cells` what each part's cells hold.
    """
    by_person: dict[str, list[Any]] = defaultdict(list)
    for part in parts:
        by_person[whom[part.person_id]].append(part)
    seated: dict[str, tuple[str, ...]] = {}
    for own in by_person.values():
        told = [part for part in own if _is_told(cells.get(part.id, {}))]
        here = told or [min(own, key=lambda part: (part.closing_reason == ClosingReason.MOVED_COURSE, part.joined_on))]
        seated |= {part.id: tuple([other.id for other in own if other is not part]) for part in here}
    return seated


def _is_told(cells: Mapping[str, Any]) -> bool:
    """Return whether anything is said but that somebody did not come, as is said of everybody of whom nothing is."""
    return any(value not in ("", None) and (cell, value) != ("status", "absent") for cell, value in cells.items())
