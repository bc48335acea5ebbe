"""Put somebody who sits down on the list, by first name or nickname alone."""

from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment
from app.models.person import Membership, Person
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_NAME = 300
"""Characters that a name may have: what the person's table holds."""


@dataclass(frozen=True, slots=True)
class AddWalkIn:
    """Who sat down at which course; the name is kept as it was given."""

    course_id: str
    nickname: str


@dataclass(frozen=True, slots=True)
class WalkInAdded:
    """The person and their place on the course, and what was there before, so that it can be taken back.

    `made` names the entities of which a row was made; `back_since` those whose row ended on a day and goes on now, and
    `closing` is why that part in the course was closed, when that was written down and by whom. `merged_with_id` is the
    other row of theirs that was the only reason why they were in the team.
    """

    person_id: str
    enrolment_id: str
    changed: ChangeSet
    made: frozenset[str] = frozenset()
    back_since: tuple[tuple[str, date], ...] = ()
    closing: tuple[str, date | None, str | None] = ("", None, None)
    merged_with_id: str | None = None


def add_walk_in(command: AddWalkIn, *, work: UnitOfWork) -> WalkInAdded:
    """Make the person, their membership of the course's team and their enrolment in one transaction.

    Raises RuleRefusal "empty-name", "name-too-long" or "no-such-course", with the field; nothing is then written.
    """
    nickname = " ".join(command.nickname.split())
    if not nickname:
        raise RuleRefusal("empty-name", field="nickname")
    if len(nickname) > LONGEST_NAME:
        raise RuleRefusal("name-too-long", field="nickname", longest=LONGEST_NAME)
    course = work.session.get(Course, command.course_id)
    if course is None:
        raise RuleRefusal("no-such-course", field="course_id")
    day = today(work.clock)
    person_id = new_id(work.clock)
    enrolment_id = natural_id("enrolment", person_id, course.id)
    work.session.add_all(
        [
            Person(id=person_id, person_id=person_id, nickname=nickname, registered_at=work.clock.now()),
            Membership(
                id=natural_id("membership", person_id, course.team_id),
                person_id=person_id,
                team_id=course.team_id,
                joined_on=day,
            ),
            Enrolment(id=enrolment_id, person_id=person_id, course_id=course.id, joined_on=day),
        ]
    )
    return WalkInAdded(person_id, enrolment_id, work.commit(), made=frozenset({"person", "membership", "enrolment"}))
