"""Who sits at a session's table: whoever is on the course that day, and whoever came and has left it since."""

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.models.course import Attendance, Enrolment, Session
from app.models.local import SessionDraft

_THERE = ("present", "excused")


def at_the_table(session: Session) -> ColumnElement[bool]:
    """Return the condition that an enrolment belongs on the session's sheet.

    What was typed or ticked of somebody whose part was ended elsewhere, as of a day before, stays in sight and is kept.
    """
    is_on_course = and_(
        Enrolment.joined_on <= session.held_on,
        or_(Enrolment.left_on.is_(None), Enrolment.left_on >= session.held_on),
    )
    typed = select(SessionDraft.enrolment_id).where(
        SessionDraft.session_id == session.id, func.json_extract(SessionDraft.cells, "$.status").in_(_THERE)
    )
    ticked = select(Attendance.enrolment_id).where(Attendance.session_id == session.id, Attendance.status.in_(_THERE))
    return and_(
        Enrolment.course_id == session.course_id,
        or_(is_on_course, Enrolment.id.in_(typed), Enrolment.id.in_(ticked)),
        Enrolment.id == session.enrolment_id if session.enrolment_id else true(),
    )
