"""One place: whom to call, the round of steps that is under way, what was counted, and its courses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.models.course import Course
from app.models.local import Device
from app.models.organisation import (
    Municipality,
    OutreachVisit,
    Place,
    PlaceContact,
    PlaceCycle,
    PlaceCycleStep,
    Team,
)
from app.storage.engine import Reading
from app.storage.queries.courses import people_and_held
from app.storage.queries.programmes import programmes_on


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact person; `role`: tovholder, leder or other."""

    contact_id: str
    name: str
    role: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a round; `of` is how many there are of its kind."""

    step_id: str
    step: str
    number: int
    of: int
    planned_on: date | None
    done_on: date | None
    state: str
    contact_id: str | None
    course_id: str | None
    note: str


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round of steps; `counted` sums the visits of its steps."""

    cycle_id: str
    number: int
    started_on: date
    ended_on: date | None
    state: str
    steps: tuple[StepLine, ...]
    counted: "Counts"


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums of visits: how many visits, and of what was counted in them."""

    visits: int = 0
    visitors: int = 0
    talks: int = 0
    leaflets: int = 0
    brief_advice: int = 0
    interested: int = 0


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One standing count; `is_correction` where it took the place of an earlier one."""

    visit_id: str
    kind: str
    visited_on: date
    visitors: int
    talks: int
    leaflets: int
    brief_advice: int
    interested: int
    minutes: int | None
    note: str
    step_id: str | None
    is_correction: bool


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course at the place."""

    course_id: str
    title: str
    state: str
    people: int
    held: int
    planned: int


@dataclass(frozen=True, slots=True)
class PlacePage:
    """Everything about a place; rounds and visits newest first. `programmes` are (key, name) of those in force."""

    place_id: str
    name: str
    kind: str
    municipality: str
    municipality_id: str
    address: str
    note: str
    closed_on: date | None
    contacts: tuple[ContactLine, ...]
    rounds: tuple[RoundLine, ...]
    visits: tuple[VisitLine, ...]
    this_year: Counts
    courses: tuple[CourseLine, ...]
    programmes: tuple[tuple[str, str], ...]

    @property
    def has_tovholder(self) -> bool:
        """Whether the place has appointed the person in charge whom S3 asks for."""
        return any(contact.role == "tovholder" for contact in self.contacts)


@dataclass(frozen=True, slots=True)
class PlaceChoices:
    """What the form of a place offers: (identifier, name) of the laptop's teams (all, where it has none of its own)."""

    teams: tuple[tuple[str, str], ...]
    municipalities: tuple[tuple[str, str], ...]
    own_municipality: str


def place_choices(reading: Reading) -> PlaceChoices:
    """Return what the form of a place offers; the own municipality is that of the laptop's first team."""
    device = reading.scalars(select(Device)).first()
    statement = select(Team).order_by(Team.name)
    if device is not None and device.team_ids:
        statement = statement.where(Team.id.in_(device.team_ids))
    teams = reading.scalars(statement).all()
    municipalities = reading.scalars(select(Municipality).order_by(Municipality.name)).all()
    return PlaceChoices(
        teams=tuple((team.id, team.name) for team in teams),
        municipalities=tuple((row.id, row.name) for row in municipalities),
        own_municipality=teams[0].municipality_id if teams else "",
    )


def place_page(reading: Reading, place_id: str, *, today: date) -> PlacePage | None:
    """Return the place, or None where this laptop does not hold it."""
    place = reading.get(Place, place_id)
    if place is None:
        return None
    municipality = reading.get(Municipality, place.municipality_id)
    contacts = reading.scalars(
        select(PlaceContact)
        .where(PlaceContact.place_id == place_id)
        .order_by(PlaceContact.role != "tovholder", PlaceContact.name)
    )
    visits = _standing_visits(reading, place_id)
    return PlacePage(
        place_id=place.id,
        name=place.name,
        kind=place.kind,
        municipality=municipality.name if municipality else "",
        municipality_id=place.municipality_id,
        address=place.address,
        note=place.note,
        closed_on=place.closed_on,
        contacts=tuple(ContactLine(row.id, row.name, row.role, row.phone, row.email) for row in contacts),
        rounds=_rounds(reading, place_id, visits),
        visits=visits,
        this_year=_summed(visit for visit in visits if visit.visited_on.year == today.year),
        courses=_courses(reading, place_id),
        programmes=tuple((programme.key, programme.name) for programme in programmes_on(reading, today)),
    )


def _rounds(reading: Reading, place_id: str, visits: tuple[VisitLine, ...]) -> tuple[RoundLine, ...]:
    cycles = reading.scalars(
        select(PlaceCycle).where(PlaceCycle.place_id == place_id).order_by(PlaceCycle.number.desc())
    ).all()
    found = []
    for cycle in cycles:
        rows = reading.scalars(select(PlaceCycleStep).where(PlaceCycleStep.cycle_id == cycle.id)).all()
        times: dict[str, int] = {}
        for row in rows:
            times[row.step] = times.get(row.step, 0) + 1
        steps = tuple(
            StepLine(
                row.id,
                row.step,
                row.number,
                times[row.step],
                row.planned_on,
                row.done_on,
                row.state,
                row.contact_id,
                row.course_id,
                row.note,
            )
            for row in sorted(rows, key=lambda row: (row.planned_on or row.done_on or date.max, row.step, row.number))
        )
        own = {step.step_id for step in steps}
        found.append(
            RoundLine(
                cycle.id,
                cycle.number,
                cycle.started_on,
                cycle.ended_on,
                cycle.state,
                steps,
                _summed(visit for visit in visits if visit.step_id in own),
            )
        )
    return tuple(found)


def _standing_visits(reading: Reading, place_id: str) -> tuple[VisitLine, ...]:
    rows = reading.scalars(
        select(OutreachVisit)
        .where(OutreachVisit.place_id == place_id)
        .order_by(OutreachVisit.visited_on.desc(), OutreachVisit.id.desc())
    ).all()
    corrected = {row.corrects_id for row in rows if row.corrects_id}
    return tuple(
        VisitLine(
            visit_id=row.id,
            kind=row.kind,
            visited_on=row.visited_on,
            visitors=row.visitors,
            talks=row.talks,
            leaflets=row.leaflets,
            brief_advice=row.brief_advice,
            interested=row.interested,
            minutes=row.minutes,
            note=row.note,
            step_id=row.cycle_step_id,
            is_correction=row.corrects_id is not None,
        )
        for row in rows
        if row.id not in corrected
    )


def _summed(visits: Iterable[VisitLine]) -> Counts:
    found = list(visits)
    return Counts(
        len(found),
        sum(visit.visitors for visit in found),
        sum(visit.talks for visit in found),
        sum(visit.leaflets for visit in found),
        sum(visit.brief_advice for visit in found),
        sum(visit.interested for visit in found),
    )


def _courses(reading: Reading, place_id: str) -> tuple[CourseLine, ...]:
    people, held = people_and_held()
    rows = reading.execute(
        select(Course, people, held)
        .where(Course.place_id == place_id)
        .order_by(Course.state == "closed", Course.starts_on.desc())
    )
    return tuple(
        CourseLine(course.id, course.title, course.state, counted, met, course.planned_sessions)
        for course, counted, met in rows
    )
