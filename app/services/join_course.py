"""Take somebody into a course, at whatever session they come; who left and comes back goes on where they were."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.domain.checks import Check, blocks
from app.domain.courses import GOALS, check_joining, size_checks, target_checks
from app.domain.moves import moved_into
from app.domain.outcomes import ClosingReason
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.course import Course, Enrolment
from app.models.person import Membership, Person
from app.services.close_enrolment import open_again
from app.services.override_rule import override_blocks
from app.services.settle_referral import accept_referrals, came_by
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.nrt import cigarettes_now
from app.storage.queries.programmes import programme_of
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class JoinCourse:
    """Who joins which course from which day; `override_reason` where one counsellor has more people than the rule says.

    `goal`: stop, reduce, temporary_abstinence or empty; `agreed_sessions` 0 means as the course plans.
    """

    person_id: str
    course_id: str
    joined_on: date
    goal: str = ""
    agreed_sessions: int = 0
    referral_id: str | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class CourseJoined:
    """The person's place on the course, and what the programme has to say about its size and whom it is for."""

    enrolment_id: str
    checks: tuple[Check, ...]
    changed: ChangeSet


def join_course(command: JoinCourse, *, work: UnitOfWork) -> CourseJoined:
    """Enrol the person and make them a member of the course's team.

    The part remembers the referral that brought them, so that whoever referred can hear how it went; referrals that
    were open are accepted by it.

    Raises RuleRefusal with the field: "no-such-person", "no-such-course", "course-closed", "already-on-course",
    "joined-after-course", "person-deceased", "unknown-answer", or "second-counsellor-needed", which a reason overrides.
    """
    course = work.session.get(Course, command.course_id)
    if course is None:
        raise RuleRefusal("no-such-course", field="course_id")
    enrolment, checks = take_in(command, course, moved_from_id=None, work=work)
    return CourseJoined(enrolment.id, checks, work.commit())


def take_in(
    command: JoinCourse, course: Course, *, moved_from_id: str | None, work: UnitOfWork
) -> tuple[Enrolment, tuple[Check, ...]]:
    """Do what :func:`join_course` does, within a transaction under way."""
    person = work.session.get(Person, command.person_id)
    if person is None:
        raise RuleRefusal("no-such-person", field="person_id")
    if command.goal not in GOALS:
        raise RuleRefusal("unknown-answer", field="goal")
    check_joining(
        command.joined_on,
        ends_on=course.ends_on,
        is_running=course.state == "running",
        deceased_on=person.deceased_on,
    )
    enrolment_id = natural_id("enrolment", person.id, course.id)
    enrolment = part_in(course.id, person.id, work=work)
    if enrolment is not None and enrolment.left_on is None:
        raise RuleRefusal("already-on-course", field="person_id")
    participants = work.session.scalar(
        select(func.count()).where(Enrolment.course_id == course.id, Enrolment.left_on.is_(None))
    )
    programme = programme_of(work.session, course.programme_version_id)
    checks = size_checks(
        (participants or 0) + 1, has_second_counsellor=course.second_counsellor_id is not None, programme=programme
    ) + target_checks(cigarettes_now(work.session, person.id), programme)
    override_blocks(
        blocks(checks),
        reason=command.override_reason,
        person_id=person.id,
        subject_entity="enrolment",
        subject_id=enrolment_id,
        work=work,
    )
    referral_id = command.referral_id
    if moved_from_id is None:
        referral_id = referral_id or came_by(person.id, command.joined_on, work=work)
        accept_referrals(person.id, command.joined_on, work=work)
    if enrolment is None:
        enrolment = Enrolment(
            id=enrolment_id,
            person_id=person.id,
            course_id=course.id,
            joined_on=command.joined_on,
            goal=command.goal,
            agreed_sessions=command.agreed_sessions,
            referral_id=referral_id,
            residence_municipality_id=person.residence_municipality_id,
            moved_from_id=moved_from_id,
        )
        work.session.add(enrolment)
    else:
        _come_back(enrolment, command)
        if moved_from_id is not None and enrolment.moved_from_id is None:
            enrolment.moved_from_id = _unlinked(enrolment, moved_from_id, work=work)
    belong_to_team(enrolment.person_id, course.team_id, command.joined_on, work=work)
    return enrolment, checks


def part_in(course_id: str, person_id: str, *, work: UnitOfWork) -> Enrolment | None:
    """Return the part that somebody has in a course with any of their rows: an open one, or the one that they had."""
    theirs = select(Enrolment).where(
        Enrolment.course_id == course_id, Enrolment.person_id.in_(rows_of(work.session, person_id))
    )
    # One that goes on in another is not the one to come back to, nor is the row's own before another's that is open.
    own_last = (
        Enrolment.left_on.is_not(None),
        Enrolment.closing_reason == ClosingReason.MOVED_COURSE,
        Enrolment.person_id != person_id,
    )
    return work.session.scalars(theirs.order_by(*own_last).limit(1)).first()


def _come_back(enrolment: Enrolment, command: JoinCourse) -> None:
    # Where the person had first moved from stays: coming back is the same part in the course, gone on with.
    open_again(enrolment)
    enrolment.joined_on = min(enrolment.joined_on, command.joined_on)
    enrolment.goal = command.goal or enrolment.goal
    enrolment.agreed_sessions = command.agreed_sessions or enrolment.agreed_sessions


def _unlinked(enrolment: Enrolment, moved_from_id: str, *, work: UnitOfWork) -> str | None:
    """Return the part that goes on in this one, None where moves lead from the one to the other already."""
    own = select(Enrolment).where(Enrolment.person_id.in_(rows_of(work.session, enrolment.person_id)))
    linked = moved_into(enrolment, work.session.scalars(own).all())
    return None if moved_from_id in {part.id for part in linked} else moved_from_id


def belong_to_team(person_id: str, team_id: str, since: date, *, work: UnitOfWork) -> None:
    """Make somebody a member of a team, anew or again, with all of their rows, within a transaction under way.

    Whoever turned out to be two rows is one person, whose facts stand in both. The row that is asked for is in the team
    by itself from then on; the others are only while they are one with it.
    """
    for row_id in rows_of(work.session, person_id):
        membership_id = natural_id("membership", row_id, team_id)
        membership = work.session.get(Membership, membership_id)
        if membership is None:
            membership = Membership(id=membership_id, person_id=row_id, team_id=team_id, joined_on=since)
            work.session.add(membership)
        elif membership.left_on is None and row_id != person_id:
            continue
        membership.left_on = None
        membership.merged_with_id = None if row_id == person_id else person_id
