"""What is known of people's parts in courses: attendance, outcomes, consents, stop dates, attempts to follow up.

Read for many at once, so that a work list and a report ask as few questions as one person's page. Facts of rows that
were merged into a person are that person's. Corrected facts are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, select

from app.clock import DENMARK
from app.domain.completion import (
    KOM_OG_KVIT,
    MONTHS_AFTER_STOP_DATE,
    MONTHS_WITHOUT_ATTENDANCE,
    OFFERED_KINDS,
    Completion,
    Meeting,
    Participation,
    close_by,
    completions,
    ended_on,
    is_completed,
    meetings_needed,
    meetings_that_count,
    own_completion,
)
from app.domain.consents import ConsentFact, Kind, Standing, Use, allows
from app.domain.consents import standing as how_they_stand
from app.domain.facts import standing
from app.domain.follow_up import AgreedStop, Attempt, FollowUp, counted_from, follow_up, rules_from
from app.domain.moves import counted_since, moved_into, offered
from app.domain.outcomes import CO_VERIFIED_BELOW
from app.domain.programmes import Programme
from app.domain.same_person import parts_as_one
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Consent, Person
from app.models.smoking import StopDate
from app.storage.engine import Reading
from app.storage.queries.programmes import programme_of
from app.storage.queries.same_person import of_each, owners

_AT_ONCE = 500
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """One enrolment with everything that its completion, outcome and follow-up are judged by.

    `whom` is the row that counts for the person, and `person` that row where this laptop has it; what is recorded of
    the enrolment belongs to the row that it names itself. `is_deceased` is what any of their rows says. `stops` are the
    stop dates that may count for it, `since` the day after the person's course before ended. `outcomes` are standing,
    oldest first; they and `attempts` are also those of the parts in the course that go on in this one.
    """

    enrolment: Enrolment
    course: Course
    person: Person
    whom: str
    is_deceased: bool
    programme: Programme
    meetings: tuple[Meeting, ...]
    offered: int
    outcomes: tuple[Outcome, ...]
    attempts: tuple[FollowUpAttempt, ...]
    consents: dict[Kind, Standing]
    stops: tuple[AgreedStop, ...]
    since: date | None = None
    moved_meetings: tuple[Meeting, ...] = field(default=())

    @property
    def rules(self) -> dict[str, Any]:
        """Return the values of the programme's rules by their keys."""
        return self.programme.values()

    @property
    def co_verified_below(self) -> float:
        """Return the limit under which a CO reading verifies that somebody does not smoke."""
        return float(self.rules.get("co_verified_below", CO_VERIFIED_BELOW))

    @property
    def participation(self) -> Participation:
        """Return how much the person took part, meetings of the course that they moved from included."""
        return Participation(
            attended=meetings_that_count((*self.moved_meetings, *self.meetings)),
            planned=self.course.planned_sessions,
            agreed=self.enrolment.agreed_sessions,
            offered=self.offered,
        )

    @property
    def own_completion(self) -> Completion:
        """Return the definition that the course is judged by."""
        return own_completion(self.rules, self.course.concept)

    @property
    def completions(self) -> tuple[tuple[Completion, bool], ...]:
        """Return every definition that the programme names and whether the course is completed by it."""
        return tuple((found, is_completed(found, self.participation)) for found in completions(self.rules))

    @property
    def is_completed(self) -> bool:
        """Whether the course is completed by its own definition."""
        return is_completed(self.own_completion, self.participation)

    @property
    def meetings_needed(self) -> int:
        """Return how many meetings complete the course by its own definition."""
        return meetings_needed(self.own_completion, self.participation)

    @property
    def last_attended_on(self) -> date | None:
        """Return the day of the last meeting that the person came to."""
        return max((meeting.held_on for meeting in self.meetings), default=None)

    @property
    def closed_on(self) -> date | None:
        """Return the day that the person's part ended, None while it goes on."""
        return self.enrolment.left_on or self.enrolment.closed_on

    @property
    def counted_from(self) -> tuple[date, str] | None:
        """Return the day that six months are counted from, and whether it is the stop date or the closing."""
        return counted_from(self.stops, since=self.since, closed_on=self.closed_on, common=self.course.stop_on)

    @property
    def stop_on(self) -> date | None:
        """Return the stop date that counts for this course."""
        counted = self.counted_from
        return counted[0] if counted is not None and counted[1] == "stop_date" else None

    def outcome(self, time_point: str) -> Outcome | None:
        """Return the latest standing outcome of a time point."""
        found = [outcome for outcome in self.outcomes if outcome.time_point == time_point]
        return found[-1] if found else None

    @property
    def close_by(self) -> date | None:
        """Return the last day on which an open Kom & Kvit course with a stop date is to be closed, None elsewhere."""
        if self.course.concept != KOM_OG_KVIT or self.closed_on is not None or self.stop_on is None:
            return None
        return close_by(self.stop_on, int(self.rules.get("open_course_closed_within", MONTHS_AFTER_STOP_DATE)))

    def ended_on(self, today: date) -> date | None:
        """Return the day on which an open Kom & Kvit course counts as ended by itself, None elsewhere."""
        if self.course.concept != KOM_OG_KVIT or self.closed_on is not None:
            return None
        return ended_on(
            joined_on=self.enrolment.joined_on,
            last_attended_on=self.last_attended_on,
            stop_on=self.stop_on,
            today=today,
            months=int(self.rules.get("open_course_ends_after", MONTHS_WITHOUT_ATTENDANCE)),
        )

    def follow_up(self, today: date) -> FollowUp:
        """Return where the six-month call stands."""
        counted = self.counted_from
        six_months = self.outcome("six_months")
        answered = six_months is not None and not six_months.missing_reason
        return follow_up(
            counted=None if counted is None else counted[0],
            attempts=[attempt_made(attempt) for attempt in self.attempts],
            may_contact=allows(self.consents, Use.CALL_AFTER_SIX_MONTHS),
            is_deceased=self.is_deceased,
            answered_on=six_months.assessed_on if six_months is not None and answered else None,
            missing_reason=six_months.missing_reason if six_months is not None else "",
            today=today,
            rules=rules_from(self.rules),
        )


def attempt_made(row: FollowUpAttempt) -> Attempt:
    """Return a call by the clock in Denmark, as evenings are counted."""
    return Attempt(row.attempted_at.astimezone(DENMARK).replace(tzinfo=None), row.result, row.channel)


def enrolment_facts(reading: Reading, enrolment_ids: Sequence[str]) -> dict[str, EnrolmentFacts]:
    """Return what is known of these enrolments, by their identifier; those this laptop does not hold are left out."""
    rows = _in_parts(
        reading,
        select(Enrolment, Course, Person)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Person, Person.id == Enrolment.person_id),
        Enrolment.id,
        enrolment_ids,
    )
    people = owners(reading, {person.id for _enrolment, _course, person in rows})
    elsewhere = {people[person.id] for _enrolment, _course, person in rows if people[person.id] != person.id}
    kept = {person.id: person for person in _in_parts(reading, select(Person), Person.id, sorted(elsewhere))}
    siblings = _enrolments_of(reading, people)
    came = _attended(reading, [enrolment.id for found in siblings.values() for enrolment in found])
    before = {enrolment.id: moved_into(enrolment, siblings[people[person.id]]) for enrolment, _course, person in rows}
    asked = {part.course_id for parts in before.values() for part in parts}
    held = _held(reading, asked | {course.id for _enrolment, course, _person in rows})
    as_one = {enrolment.id: _as_one(enrolment, siblings[people[person.id]]) for enrolment, _course, person in rows}
    told = list({part_id for part_ids in as_one.values() for part_id in part_ids})
    outcomes = _by(standing(_in_parts(reading, select(Outcome), Outcome.enrolment_id, told)), "enrolment_id")
    attempts = _by(
        standing(_in_parts(reading, select(FollowUpAttempt), FollowUpAttempt.enrolment_id, told)), "enrolment_id"
    )
    consents = of_each(_in_parts(reading, select(Consent), Consent.person_id, list(people)), people)
    stops = of_each(standing(_in_parts(reading, select(StopDate), StopDate.person_id, list(people))), people)
    dead = {
        people[row_id]
        for row_id in _in_parts(reading, select(Person.id).where(Person.deceased_on.is_not(None)), Person.id, [*people])
    }
    programmes: dict[str, Programme] = {}
    found: dict[str, EnrolmentFacts] = {}
    for enrolment, course, person in rows:
        version = course.programme_version_id
        if version not in programmes:
            programmes[version] = programme_of(reading, version)
        owner = people[person.id]
        own = siblings[owner]
        found[enrolment.id] = EnrolmentFacts(
            enrolment=enrolment,
            course=course,
            person=kept.get(owner, person),
            whom=owner,
            is_deceased=owner in dead,
            programme=programmes[version],
            meetings=tuple(came[enrolment.id].values()),
            offered=offered(enrolment, before[enrolment.id], held),
            outcomes=tuple(
                sorted(
                    (row for part_id in as_one[enrolment.id] for row in outcomes[part_id]),
                    key=lambda row: (row.assessed_on, row.id),
                )
            ),
            attempts=tuple(
                sorted(
                    (row for part_id in as_one[enrolment.id] for row in attempts[part_id]),
                    key=lambda row: row.attempted_at,
                )
            ),
            consents=how_they_stand(consent_fact(row) for row in consents[owner]),
            stops=agreed_stops(stops[owner]),
            since=counted_since(enrolment, own),
            moved_meetings=tuple(
                meeting
                for other in before[enrolment.id]
                for session_id, meeting in came[other.id].items()
                # Who turned out to be on one course twice may have been ticked twice.
                if session_id not in came[enrolment.id]
            ),
        )
    return found


def _as_one(enrolment: Enrolment, own: Sequence[Enrolment]) -> tuple[str, ...]:
    """Return this part and those in its course that go on in it, of whoever turned out to have several there."""
    as_one = parts_as_one(enrolment.id, own)
    return as_one if as_one[0] == enrolment.id else (enrolment.id,)


def agreed_stops(rows: Iterable[Any]) -> tuple[AgreedStop, ...]:
    """Return stop dates in the order in which they were recorded: of those of one day the last counts."""
    return tuple(AgreedStop(row.stop_on, row.agreed_on) for row in sorted(rows, key=lambda row: str(row.id)))


def consent_fact(row: Consent) -> ConsentFact:
    """Return a consent as the rules read it."""
    return ConsentFact(
        row.id, row.kind, row.answer, row.answered_on, row.manner, row.information_given, row.corrects_id
    )


def _enrolments_of(reading: Reading, people: dict[str, str]) -> dict[str, list[Enrolment]]:
    return of_each(_in_parts(reading, select(Enrolment), Enrolment.person_id, list(people)), people)


def _attended(reading: Reading, enrolment_ids: Sequence[str]) -> dict[str, dict[str, Meeting]]:
    found: dict[str, dict[str, Meeting]] = defaultdict(dict)
    rows = _in_parts(
        reading,
        select(Attendance.enrolment_id, Session.id, Session.held_on, Session.kind, Session.holds_counselling)
        .join(Session, Session.id == Attendance.session_id)
        .where(Attendance.status == "present", Session.state != "cancelled"),
        Attendance.enrolment_id,
        enrolment_ids,
    )
    for enrolment_id, session_id, held_on, kind, holds_counselling in rows:
        found[enrolment_id][session_id] = Meeting(held_on, kind, holds_counselling)
    return found


def _held(reading: Reading, course_ids: set[str]) -> dict[str, list[tuple[date, str | None]]]:
    found: dict[str, list[tuple[date, str | None]]] = defaultdict(list)
    rows = _in_parts(
        reading,
        select(Session.course_id, Session.held_on, Session.enrolment_id).where(
            Session.state == "closed", Session.kind.in_(OFFERED_KINDS), Session.holds_counselling.is_(True)
        ),
        Session.course_id,
        sorted(course_ids),
    )
    for course_id, held_on, enrolment_id in rows:
        found[course_id].append((held_on, enrolment_id))
    return found


def _in_parts(reading: Reading, statement: Select[*tuple[Any, ...]], column: Any, values: Sequence[str]) -> list[Any]:
    """Return the rows whose column is one of many values, asked for in parts that the driver takes."""
    is_one = len(statement.column_descriptions) == 1
    found: list[Any] = []
    for start in range(0, len(values), _AT_ONCE):
        part = statement.where(column.in_(values[start : start + _AT_ONCE]))
        found += reading.scalars(part).all() if is_one else reading.execute(part).all()
    return found


def _by(rows: Iterable[_Row], name: str) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
