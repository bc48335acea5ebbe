"""Everything the session sheet shows of one session, in one read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from app.domain.duplicates import Known, alike_among
from app.domain.facts import standing
from app.domain.identifiers import known_birth_date
from app.domain.nrt import from_cell, in_cell, next_handout
from app.domain.sheet_columns import sheet_columns
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.local import SessionDraft
from app.models.organisation import Place, ProgrammeVersion
from app.models.person import Person
from app.models.smoking import Handout, Measurement
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.at_the_table import at_the_table, seated_once
from app.storage.queries.names import shown_name
from app.storage.queries.nrt import given_to, plans_of, that_count
from app.storage.queries.same_person import owners, whole_person


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person at one session: what is typed or recorded now, and the last values from before.

    `cells` are named as in :class:`app.services.session_draft.Cell`. `offered` is what is due next, as the handout's
    cell holds it; empty where every week is given. `may_be` are the ids of others at this table who may be the same
    person.
    """

    enrolment_id: str
    person_id: str
    name: str
    cells: dict[str, Any]
    last_cigarettes: float | None
    last_co: float | None
    offered: str
    has_diploma: bool
    joined_on: date
    may_be: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One session with its people, in order of name; `columns` are the cells that the programme works with.

    `next_on` is the next planned session of the course, None where there is none yet.
    """

    session_id: str
    course_id: str
    title: str
    place: str
    held_on: date
    starts_at: str
    kind: str
    number: int
    planned_sessions: int
    state: str
    place_id: str
    columns: tuple[str, ...]
    next_on: date | None
    rows: tuple[SheetRow, ...]

    @property
    def is_last(self) -> bool:
        """Whether it is the last planned session of its course."""
        return self.kind == "ordinary" and 0 < self.planned_sessions <= self.number


def session_sheet(reading: Reading, session_id: str) -> Sheet | None:
    """Return the sheet, or None where this laptop has no such session."""
    session = reading.get(Session, session_id)
    if session is None:
        return None
    course = reading.get(Course, session.course_id)
    place = reading.get(Place, session.place_id)
    if course is None or place is None:
        return None
    people = reading.execute(
        select(Enrolment, Person).join(Person, Person.id == Enrolment.person_id).where(at_the_table(session))
    ).all()
    whom = owners(reading, [person.id for _, person in people])
    cells = _cells(reading, session)
    here = seated_once([enrolment for enrolment, _ in people], whom, cells)
    # Somebody sits at the table under the name of who is kept, with what any of their rows tells.
    seated = [
        (enrolment, whom[row.id], reading.get(Person, whom[row.id]) or whole_person(reading, row.id) or row)
        for enrolment, row in people
        if enrolment.id in here
    ]
    note_view(reading, [person_id for _, person_id, _ in seated], what="session")
    measured = _last_measured(reading, session, whom)
    given = given_to(reading, whom)
    plans = plans_of(reading, whom)
    counted = that_count(reading, whom, plans, given)
    due = {person_id: next_handout(plans.get(person_id), counted[person_id]) for person_id in set(whom.values())}
    offered = {person_id: handout.cell for person_id, handout in due.items() if handout is not None}
    programme = reading.get(ProgrammeVersion, course.programme_version_id)
    recorded = {cell for row in cells.values() for cell in row}
    if any(given.values()):
        recorded.add("handout")
    # Of a course that somebody is on in two rows there is one diploma.
    with_diploma = {
        whom[row_id]
        for row_id in reading.scalars(
            select(Diploma.person_id)
            .join(Enrolment, Enrolment.id == Diploma.enrolment_id)
            .where(Diploma.person_id.in_(sorted(whom)), Enrolment.course_id == course.id)
        )
    }
    alike = _alike(reading, session, {person_id: person for _, person_id, person in seated})
    rows = [
        SheetRow(
            enrolment_id=enrolment.id,
            person_id=person_id,
            name=shown_name(person),
            cells=cells.get(enrolment.id, {}),
            last_cigarettes=measured.get((person_id, "cigarettes_per_day")),
            last_co=measured.get((person_id, "co_ppm")),
            offered=offered.get(person_id, ""),
            has_diploma=person_id in with_diploma,
            joined_on=enrolment.joined_on,
            may_be=alike.get(person_id, ()),
        )
        for enrolment, person_id, person in seated
    ]
    return Sheet(
        session_id=session.id,
        course_id=course.id,
        title=course.title,
        place=place.name,
        held_on=session.held_on,
        starts_at=session.starts_at,
        kind=session.kind,
        number=session.number,
        planned_sessions=course.planned_sessions,
        state=session.state,
        place_id=place.id,
        columns=sheet_columns(programme.rules if programme else {}, recorded=recorded),
        next_on=_next_on(reading, session),
        rows=tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.person_id))),
    )


def _alike(reading: Reading, session: Session, people: Mapping[str, Person]) -> dict[str, tuple[str, ...]]:
    """Return for each of these people who else among them may be the same person.

    Two who came to one session before were seen by somebody, side by side: they are not asked about again.
    """
    pairs = alike_among(
        [
            Known(
                person_id, person.given_name, person.family_name, person.nickname,
                known_birth_date(person.birth_date, person.identifier, today=session.held_on),
                person.identifier, person.phone,
            )
            for person_id, person in sorted(people.items())
        ]
    )  # fmt: skip
    if not pairs:
        return {}
    whom = owners(reading, {person_id for pair in pairs for person_id in pair})
    came: dict[str, set[str]] = defaultdict(set)
    for person_id, session_id in reading.execute(
        select(Attendance.person_id, Attendance.session_id).where(
            Attendance.person_id.in_(sorted(whom)), Attendance.status == "present", Attendance.session_id != session.id
        )
    ):
        came[whom[person_id]].add(session_id)
    alike: dict[str, tuple[str, ...]] = {}
    for one, other in pairs:
        if came[one].isdisjoint(came[other]):
            alike[one] = (*alike.get(one, ()), other)
            alike[other] = (*alike.get(other, ()), one)
    return alike


def _next_on(reading: Reading, session: Session) -> date | None:
    return reading.scalar(
        select(func.min(Session.held_on)).where(
            Session.course_id == session.course_id,
            Session.state == "planned",
            Session.held_on > session.held_on,
            # One that is planned for somebody alone is not when the others meet.
            Session.enrolment_id.is_(None) | (Session.enrolment_id == session.enrolment_id),
        )
    )


def _cells(reading: Reading, session: Session) -> dict[str, dict[str, Any]]:
    if session.state != "closed":
        drafts = reading.scalars(select(SessionDraft).where(SessionDraft.session_id == session.id))
        return {draft.enrolment_id: dict(draft.cells) for draft in drafts}
    cells: dict[str, dict[str, Any]] = {}
    persons: dict[str, str] = {}
    for row in reading.scalars(select(Attendance).where(Attendance.session_id == session.id)):
        cells[row.enrolment_id] = {"status": row.status, "small_step": row.small_step, "note": row.note}
        persons[row.person_id] = row.enrolment_id
    for fact in standing(reading.scalars(select(Measurement).where(Measurement.session_id == session.id)).all()):
        if fact.person_id in persons and fact.value is not None:
            cells[persons[fact.person_id]][fact.kind] = fact.value
    for given in standing(reading.scalars(select(Handout).where(Handout.session_id == session.id)).all()):
        if given.person_id in persons and given.quantity > 0:
            of_person = cells[persons[given.person_id]]
            before = from_cell(of_person.get("handout", ""))
            of_person["handout"] = in_cell((*before, (given.product, given.quantity)))
    return cells


def _last_measured(reading: Reading, session: Session, whom: Mapping[str, str]) -> dict[tuple[str, str], float]:
    facts = reading.scalars(
        select(Measurement)
        .where(
            Measurement.person_id.in_(sorted(whom)),
            Measurement.measured_on <= session.held_on,
            Measurement.session_id.is_distinct_from(session.id),
        )
        .order_by(Measurement.measured_on, Measurement.id)
    ).all()
    return {(whom[fact.person_id], fact.kind): fact.value for fact in standing(facts) if fact.value is not None}
