"""What a person's page shows of courses and how they went, and of consents."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import exists, select

from app.domain.completion import Completion
from app.domain.consents import Capacity, Kind, Standing, capacity, standing
from app.domain.follow_up import FollowUp
from app.domain.identifiers import age, known_birth_date
from app.domain.outcomes import ClosingReason, Verification, co_speaks_against, verification
from app.domain.same_person import parts_as_one, same_parts
from app.models.course import Course, Diploma, Enrolment
from app.models.letter import Letter
from app.models.local import Device, ValueHistory
from app.models.organisation import Place, Team, User
from app.models.outcome import FormTyped, Outcome
from app.models.person import Consent, Membership, Person
from app.storage.engine import Reading
from app.storage.queries.enrolment_facts import EnrolmentFacts, consent_fact, enrolment_facts
from app.storage.queries.names import shown_name
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """An outcome as it stands, and what is known by it."""

    outcome_id: str
    time_point: str
    assessed_on: date
    smoke_free: str
    nicotine_free: str
    verification: Verification
    speaks_against: bool
    co_ppm: float | None
    cigarettes_per_day: float | None
    satisfaction: int | None
    missing_reason: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """A call six months after."""

    attempt_id: str
    at: datetime
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """One person's part in one course; `counted` is the day six months are counted from and what that day is."""

    enrolment_id: str
    course_id: str
    title: str
    place: str
    concept: str
    is_running: bool
    joined_on: date
    left_on: date | None
    closing_reason: str
    goal: str
    attended: int
    expected: int
    needed: int
    is_completed: bool
    completions: tuple[tuple[Completion, bool], ...]
    outcomes: tuple[OutcomeLine, ...]
    attempts: tuple[AttemptLine, ...]
    counted: tuple[date, str] | None
    follow_up: FollowUp
    ended_on: date | None
    has_diploma: bool
    letters: tuple[tuple[str, str, str], ...]
    """(identifier, kind, state) of letters about it."""
    close_by: date | None = None
    """The last day on which an open Kom & Kvit course with a stop date is to be closed."""
    earlier_closings: tuple[tuple[date, str], ...] = ()
    """(day, reason) of closings after which the person came back."""
    offers_new_course: bool = False
    """Whether they smoked again at six months, the programme offers a new course then, and they are on no other."""

    @property
    def has_moved_on(self) -> bool:
        """Whether this part goes on in another course, where it is judged and followed up."""
        return self.closing_reason == ClosingReason.MOVED_COURSE

    def outcome(self, time_point: str) -> OutcomeLine | None:
        """Return the latest outcome of a time point."""
        found = [outcome for outcome in self.outcomes if outcome.time_point == time_point]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class PersonCourses:
    """The parts, newest first; `offers` are (course, name) that the person is not on, `teams` (team, name).

    `teams_here` are teams whose courses this laptop holds; of others it knows the name alone.
    """

    person_id: str
    name: str
    parts: tuple[PartLine, ...]
    offers: tuple[tuple[str, str], ...]
    teams: tuple[tuple[str, str], ...]
    own_teams: tuple[str, ...]
    teams_here: tuple[str, ...]
    may_write_to_gp: bool


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One recorded answer, corrected ones left out."""

    consent_id: str
    kind: str
    answer: str
    answered_on: date
    manner: str
    information_given: bool
    given_by: str
    note: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class PersonConsents:
    """How the four questions stand, who may say yes, and everything that was answered, newest first.

    `is_typed` says whether the national database has anything of the person, as far as somebody ticked it.
    """

    person_id: str
    standings: dict[Kind, Standing]
    age: int | None
    capacity: Capacity
    history: tuple[ConsentLine, ...]
    is_typed: bool


def person_courses(reading: Reading, person_id: str, *, today: date) -> PersonCourses | None:
    """Return the person's parts in courses, or None where this laptop does not hold them."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    rows = rows_of(reading, person_id)
    ids = list(reading.scalars(select(Enrolment.id).where(Enrolment.person_id.in_(rows))))
    facts = enrolment_facts(reading, ids)
    own = [found.enrolment for found in facts.values()]
    twice = same_parts(own)
    open_courses = {found.course.id for found in facts.values() if found.enrolment.left_on is None}
    closings = _earlier_closings(reading, ids)
    parts = [
        replace(
            _part(reading, found, parts_as_one(key, own), today=today),
            earlier_closings=closings.get(key, ()),
            offers_new_course=_offers_new_course(found, facts.values()),
        )
        for key, found in facts.items()
        if key not in twice
    ]
    offers = reading.execute(
        select(Course.id, Course.title, Place.name)
        .outerjoin(Place, Place.id == Course.place_id)
        .where(Course.state == "running", Course.ends_on.is_(None) | (Course.ends_on >= today))
        .order_by(Course.title)
    )
    own_teams = reading.scalars(
        select(Membership.team_id).where(Membership.person_id.in_(rows), Membership.left_on.is_(None))
    )
    teams = reading.execute(select(Team.id, Team.name).order_by(Team.name))
    letter_consents = next(iter(facts.values())).consents if facts else _standings(reading, rows)
    return PersonCourses(
        person_id=person_id,
        name=shown_name(person),
        parts=tuple(
            sorted(
                parts,
                key=lambda part: (part.left_on is None, not part.has_moved_on, part.joined_on, part.title),
                reverse=True,
            )
        ),
        offers=tuple(
            (course_id, f"{title} · {place}" if place and place not in title else title)
            for course_id, title, place in offers
            if course_id not in open_courses
        ),
        teams=tuple((team_id, name) for team_id, name in teams),
        own_teams=tuple(sorted(set(own_teams))),
        teams_here=_teams_here(reading),
        may_write_to_gp=letter_consents[Kind.LETTER_GP].answer == "given",
    )


def person_consents(reading: Reading, person_id: str, *, today: date) -> PersonConsents | None:
    """Return how the person's consents stand, or None where this laptop does not hold them."""
    person = reading.get(Person, person_id)
    if person is None:
        return None
    rows = list(
        reading.execute(
            select(Consent, User.name)
            .outerjoin(User, User.id == Consent.recorded_by)
            .where(Consent.person_id.in_(rows_of(reading, person_id)))
        )
    )
    corrected = {row.corrects_id for row, _name in rows if row.corrects_id}
    born = known_birth_date(person.birth_date, person.identifier, today=today)
    years = None if born is None else age(born, on=today)
    history = sorted(rows, key=lambda entry: (entry[0].answered_on, entry[0].id), reverse=True)
    return PersonConsents(
        person_id=person_id,
        standings=standing(consent_fact(row) for row, _name in rows),
        age=years,
        capacity=capacity(years),
        history=tuple(
            ConsentLine(
                row.id,
                row.kind,
                row.answer,
                row.answered_on,
                row.manner,
                row.information_given,
                row.given_by,
                row.note,
                name or "",
            )
            for row, name in history
            if row.id not in corrected
        ),
        is_typed=reading.scalar(select(exists().where(FormTyped.person_id.in_(rows_of(reading, person_id))))) or False,
    )


def _teams_here(reading: Reading) -> tuple[str, ...]:
    """Return the laptop's own teams; all of them on one that holds the whole cooperation."""
    device = reading.scalars(select(Device)).first()
    if device is not None and device.team_ids:
        return tuple(device.team_ids)
    return tuple(reading.scalars(select(Team.id)))


def _offers_new_course(facts: EnrolmentFacts, all_facts: Iterable[EnrolmentFacts]) -> bool:
    said = facts.outcome("six_months")
    if said is None or said.smoke_free != "no":
        return False
    if facts.enrolment.left_on is None and facts.last_attended_on and facts.last_attended_on >= said.assessed_on:
        return False
    if not facts.rules.get("offer_new_course_after_relapse", True):
        return False
    return not any(
        other.enrolment.left_on is None or other.enrolment.joined_on >= said.assessed_on
        for other in all_facts
        if other.enrolment.id != facts.enrolment.id
    )


def _earlier_closings(reading: Reading, enrolment_ids: Sequence[str]) -> dict[str, tuple[tuple[date, str], ...]]:
    """Return what closings were undone by coming back, oldest first, as this laptop remembers them."""
    taken_back: dict[str, list[tuple[date, str]]] = defaultdict(list)
    before: dict[tuple[str, datetime], str] = {}
    rows = reading.scalars(
        select(ValueHistory)
        .where(
            ValueHistory.entity == "enrolment",
            ValueHistory.row_id.in_(enrolment_ids),
            ValueHistory.field.in_(("left_on", "closing_reason")),
        )
        .order_by(ValueHistory.id)
    ).all()
    for row in rows:
        if row.field == "closing_reason":
            before[row.row_id, row.at] = row.before or ""
    for row in rows:
        if row.field == "left_on" and row.before and row.after is None:
            closing = (date.fromisoformat(row.before), before.get((row.row_id, row.at), ""))
            taken_back[row.row_id].append(closing)
    return {key: tuple(found) for key, found in taken_back.items()}


def _standings(reading: Reading, rows: tuple[str, ...]) -> dict[Kind, Standing]:
    return standing(consent_fact(row) for row in reading.scalars(select(Consent).where(Consent.person_id.in_(rows))))


def _part(reading: Reading, facts: EnrolmentFacts, as_one: Collection[str], *, today: date) -> PartLine:
    """Return the part; letters and the diploma are of all that are `as_one` with it."""
    enrolment, course = facts.enrolment, facts.course
    place = reading.get(Place, course.place_id)
    below = facts.co_verified_below
    letters = reading.scalars(select(Letter).where(Letter.enrolment_id.in_(as_one)).order_by(Letter.id))
    return PartLine(
        enrolment_id=enrolment.id,
        course_id=course.id,
        title=course.title,
        place=place.name if place else "",
        concept=course.concept,
        is_running=course.state == "running",
        joined_on=enrolment.joined_on,
        left_on=enrolment.left_on,
        closing_reason=enrolment.closing_reason,
        goal=enrolment.goal,
        attended=facts.participation.attended,
        expected=facts.participation.expected,
        needed=facts.meetings_needed,
        is_completed=facts.is_completed,
        completions=facts.completions,
        outcomes=tuple(_outcome(row, below) for row in facts.outcomes),
        attempts=tuple(AttemptLine(row.id, row.attempted_at, row.result, row.note) for row in facts.attempts),
        counted=facts.counted_from,
        follow_up=facts.follow_up(today),
        ended_on=facts.ended_on(today),
        close_by=facts.close_by,
        has_diploma=reading.scalars(select(Diploma.id).where(Diploma.enrolment_id.in_(as_one)).limit(1)).first()
        is not None,
        letters=tuple((row.id, row.kind, row.state) for row in letters),
    )


def _outcome(row: Outcome, below: float) -> OutcomeLine:
    return OutcomeLine(
        outcome_id=row.id,
        time_point=row.time_point,
        assessed_on=row.assessed_on,
        smoke_free=row.smoke_free,
        nicotine_free=row.nicotine_free,
        verification=verification(row.smoke_free, row.co_ppm, below=below),
        speaks_against=co_speaks_against(row.smoke_free, row.co_ppm, below=below),
        co_ppm=row.co_ppm,
        cigarettes_per_day=row.cigarettes_per_day,
        satisfaction=row.satisfaction,
        missing_reason=row.missing_reason,
        source=row.source,
        note=row.note,
    )
