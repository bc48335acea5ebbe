"""Put somebody who is known already on the list of a course: one row in the store, however often they come."""

from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.course import Course, Enrolment
from app.models.person import Membership, Person
from app.services.add_walk_in import WalkInAdded
from app.services.close_enrolment import open_again
from app.services.join_course import belong_to_team, part_in
from app.services.settle_referral import came_by
from app.storage.engine import UnitOfWork


@dataclass(frozen=True, slots=True)
class SeatKnown:
    """Who sat down at which course."""

    course_id: str
    person_id: str


def seat_known(command: SeatKnown, *, work: UnitOfWork) -> WalkInAdded:
    """Enrol a person whom this laptop holds, or find their place where they have one, in one transaction.

    Somebody who had left the course is back on it: a pause closes nothing. Raises RuleRefusal "no-such-course".
    """
    course = work.session.get(Course, command.course_id)
    person = work.session.get(Person, command.person_id)
    if course is None or person is None:
        raise RuleRefusal("no-such-course", field="course_id")
    day = today(work.clock)
    made = set()
    back_since = []
    closing: tuple[str, date | None, str | None] = ("", None, None)
    membership = work.session.get(Membership, natural_id("membership", person.id, course.team_id))
    merged_with_id = None if membership is None else membership.merged_with_id
    if membership is None:
        made.add("membership")
    elif membership.left_on is not None:
        back_since.append(("membership", membership.left_on))
    enrolment = part_in(course.id, person.id, work=work)
    belong_to_team(person.id if enrolment is None else enrolment.person_id, course.team_id, day, work=work)
    if enrolment is None:
        enrolment = Enrolment(
            id=natural_id("enrolment", person.id, course.id),
            person_id=person.id,
            course_id=course.id,
            joined_on=day,
            referral_id=came_by(person.id, day, work=work),
            residence_municipality_id=person.residence_municipality_id,
        )
        work.session.add(enrolment)
        made.add("enrolment")
    elif enrolment.left_on is not None:
        back_since.append(("enrolment", enrolment.left_on))
        closing = (enrolment.closing_reason, enrolment.closed_on, enrolment.closed_by)
        # Reports leave out whose part is closed as moved, whatever its last day says.
        open_again(enrolment)
    return WalkInAdded(
        person.id,
        enrolment.id,
        work.commit(),
        made=frozenset(made),
        back_since=tuple(back_since),
        closing=closing,
        merged_with_id=merged_with_id,
    )
