"""Move somebody to another course, to another team or municipality, and back; what they attended goes with them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.domain.checks import Check
from app.domain.outcomes import ClosingReason
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.course import Course, Enrolment
from app.models.organisation import Team
from app.models.person import Membership
from app.services.close_enrolment import end_enrolment
from app.services.join_course import JoinCourse, belong_to_team, take_in
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class MoveToCourse:
    """Which part goes on in which course, from which day; `leave_team` where the old team follows them no more."""

    enrolment_id: str
    course_id: str
    moved_on: date
    leave_team: bool = False
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class PersonMoved:
    """The person's place on the new course, empty where they moved to a team alone."""

    enrolment_id: str
    checks: tuple[Check, ...]
    changed: ChangeSet


def move_to_course(command: MoveToCourse, *, work: UnitOfWork) -> PersonMoved:
    """Close the old part as moved and go on in the other course; moving back opens the first one again.

    Raises RuleRefusal as joining and leaving do, and "same-course".
    """
    old = work.session.get(Enrolment, command.enrolment_id)
    course = work.session.get(Course, command.course_id)
    if old is None or course is None:
        raise RuleRefusal("no-such-course", field="course_id")
    if old.course_id == course.id:
        raise RuleRefusal("same-course", field="course_id")
    if old.left_on is not None:
        raise RuleRefusal("already-closed", field="enrolment_id", day=old.left_on)
    end_enrolment(old, command.moved_on, ClosingReason.MOVED_COURSE.value, work=work)
    joining = JoinCourse(
        person_id=old.person_id,
        course_id=course.id,
        joined_on=command.moved_on,
        goal=old.goal,
        agreed_sessions=old.agreed_sessions,
        referral_id=old.referral_id,
        override_reason=command.override_reason,
    )
    enrolment, checks = take_in(joining, course, moved_from_id=old.id, work=work)
    if command.leave_team:
        left = work.session.get(Course, old.course_id)
        if left is not None and left.team_id != course.team_id:
            _leave(old.person_id, left.team_id, command.moved_on, work=work)
    return PersonMoved(enrolment.id, checks, work.commit())


@dataclass(frozen=True, slots=True)
class MoveToTeam:
    """A team whose laptops shall hold the person from now on; `leave_team_id` names one that no longer shall."""

    person_id: str
    team_id: str
    moved_on: date
    leave_team_id: str | None = None


def move_to_team(command: MoveToTeam, *, work: UnitOfWork) -> PersonMoved:
    """Make the person a member of another team; what they take part in at a team they leave is closed as moved away.

    Raises RuleRefusal "no-such-team", "already-in-team", or what leaving refuses.
    """
    if work.session.get(Team, command.team_id) is None:
        raise RuleRefusal("no-such-team", field="team_id")
    membership = work.session.get(Membership, natural_id("membership", command.person_id, command.team_id))
    if membership is not None and membership.left_on is None and command.leave_team_id is None:
        raise RuleRefusal("already-in-team", field="team_id")
    belong_to_team(command.person_id, command.team_id, command.moved_on, work=work)
    if command.leave_team_id is not None and command.leave_team_id != command.team_id:
        own = (
            select(Enrolment)
            .join(Course, Course.id == Enrolment.course_id)
            .where(
                Enrolment.person_id.in_(rows_of(work.session, command.person_id)),
                Enrolment.left_on.is_(None),
                Course.team_id == command.leave_team_id,
            )
        )
        # Nothing goes on in another course, so that this one stays the one that counts and that is asked about later.
        for enrolment in work.session.scalars(own).all():
            end_enrolment(enrolment, command.moved_on, ClosingReason.MOVED_AWAY.value, work=work)
        _leave(command.person_id, command.leave_team_id, command.moved_on, work=work)
    return PersonMoved("", (), work.commit())


def _leave(person_id: str, team_id: str, left_on: date, *, work: UnitOfWork) -> None:
    for row_id in rows_of(work.session, person_id):
        membership = work.session.get(Membership, natural_id("membership", row_id, team_id))
        if membership is not None and membership.left_on is None:
            membership.left_on = max(left_on, membership.joined_on)
