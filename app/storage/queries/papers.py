"""What stands on the papers that people take along: read in one go, as the documents want it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from app.domain.facts import standing
from app.domain.same_person import same_parts
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.letter import Letter
from app.models.local import Device
from app.models.medicine import Voucher, VoucherRedemption
from app.models.organisation import Municipality, Place, PlaceCycle, PlaceCycleStep, Team, User
from app.models.outcome import FormTyped
from app.models.person import Person
from app.models.plan import NrtPlan, PlanStep, ReductionPlan
from app.models.smoking import Handout, Measurement, Relapse, StopDate
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.appointments import next_appointment
from app.storage.queries.same_person import owners, rows_of, whole_person


@dataclass(frozen=True, slots=True)
class Writer:
    """Who hands the paper out, and for whom."""

    name: str
    phone: str
    cooperation: str


def writer(reading: Reading, user_id: str) -> Writer:
    """Return the colleague's name and telephone, and the cooperation's name."""
    user = reading.get(User, user_id)
    device = reading.scalars(select(Device)).first()
    return Writer(
        user.name if user else "", user.phone if user else "", device.cooperation_name if device is not None else ""
    )


def full_name(person: Person) -> str:
    """Return the name as it stands on paper: the full one, else the nickname."""
    return f"{person.given_name} {person.family_name}".strip() or person.nickname


def active_plan(reading: Reading, person_id: str) -> tuple[ReductionPlan, tuple[PlanStep, ...]] | None:
    """Return the plan in force with its steps in order, or None."""
    plan = reading.scalars(
        select(ReductionPlan)
        .where(ReductionPlan.person_id.in_(rows_of(reading, person_id)), ReductionPlan.state.in_(("active", "reached")))
        .order_by(ReductionPlan.made_on.desc(), ReductionPlan.id.desc())
        .limit(1)
    ).first()
    if plan is None:
        return None
    steps = reading.scalars(
        select(PlanStep).where(PlanStep.plan_id == plan.id, PlanStep.state != "dropped").order_by(PlanStep.rank)
    ).all()
    return plan, tuple(steps)


@dataclass(frozen=True, slots=True)
class Smoked:
    """What was measured of somebody over time; `price_per_day` is øre, or None where nobody said."""

    cigarettes: tuple[tuple[date, float], ...]
    price_per_day: float | None
    stop_dates: tuple[date, ...]
    relapses: tuple[date, ...]
    meetings: int


def smoked(reading: Reading, person_id: str) -> Smoked:
    """Return the person's measurements, oldest first."""
    people = rows_of(reading, person_id)
    facts = standing(
        reading.scalars(
            select(Measurement)
            .where(Measurement.person_id.in_(people), Measurement.kind.in_(("cigarettes_per_day", "price_per_day")))
            .order_by(Measurement.measured_on, Measurement.id)
        ).all()
    )
    prices = [fact.value for fact in facts if fact.kind == "price_per_day" and fact.value is not None]
    came = reading.scalars(
        # A session at which two of their rows were ticked is one that they came to.
        select(Attendance.session_id).where(Attendance.person_id.in_(people), Attendance.status == "present").distinct()
    ).all()
    stops = standing(
        reading.scalars(select(StopDate).where(StopDate.person_id.in_(people)).order_by(StopDate.id)).all()
    )
    again = standing(reading.scalars(select(Relapse).where(Relapse.person_id.in_(people)).order_by(Relapse.id)).all())
    return Smoked(
        cigarettes=tuple(
            (fact.measured_on, fact.value)
            for fact in facts
            if fact.kind == "cigarettes_per_day" and fact.value is not None
        ),
        price_per_day=prices[-1] if prices else None,
        stop_dates=tuple(sorted(fact.stop_on for fact in stops)),
        relapses=tuple(sorted(fact.happened_on for fact in again)),
        meetings=len(came),
    )


def open_vouchers(reading: Reading, person_id: str, *, today: date) -> tuple[Voucher, ...]:
    """Return the vouchers that stand, that no pharmacy has taken yet, and whose last day has not passed."""
    issued, used = _vouchers(reading, rows_of(reading, person_id))
    return tuple(
        voucher
        for voucher in issued
        if voucher.id not in used and (voucher.valid_until is None or voucher.valid_until >= today)
    )


def used_vouchers(reading: Reading, people: Iterable[str]) -> tuple[Voucher, ...]:
    """Return the vouchers issued to these rows of a person that stand and that a pharmacy took."""
    issued, used = _vouchers(reading, people)
    return tuple(voucher for voucher in issued if voucher.id in used)


def _vouchers(reading: Reading, people: Iterable[str]) -> tuple[list[Voucher], set[str]]:
    """Return the vouchers that stand, and which were used."""
    issued = standing(reading.scalars(select(Voucher).where(Voucher.person_id.in_(people)).order_by(Voucher.id)).all())
    taken = standing(reading.scalars(select(VoucherRedemption).where(VoucherRedemption.person_id.in_(people))).all())
    return [row for row in issued if row.value > 0], {row.voucher_id for row in taken if row.amount > 0}


@dataclass(frozen=True, slots=True)
class GivenOut:
    """One handout with whose it was."""

    handout: Handout
    name: str


def handouts_of_person(reading: Reading, person_id: str) -> tuple[GivenOut, ...]:
    """Return what stands of a person's handouts, oldest first."""
    people = rows_of(reading, person_id)
    return _given(reading, select(Handout).where(Handout.person_id.in_(people)))


def handouts_at_session(reading: Reading, session_id: str) -> tuple[GivenOut, ...]:
    """Return what was handed out at a session."""
    return _given(reading, select(Handout).where(Handout.session_id == session_id))


def handouts_at_place(reading: Reading, place_id: str, *, since: date) -> tuple[GivenOut, ...]:
    """Return what was handed out at a place from a day on, at its sessions and between them."""
    sessions = select(Session.id).where(Session.place_id == place_id, Session.held_on >= since)
    return _given(
        reading,
        select(Handout).where(
            Handout.handed_on >= since, (Handout.place_id == place_id) | Handout.session_id.in_(sessions)
        ),
    )


def _given(reading: Reading, statement: Select[Handout]) -> tuple[GivenOut, ...]:
    facts = reading.scalars(statement.order_by(Handout.handed_on, Handout.id)).all()
    rows = [row for row in standing(facts) if row.quantity > 0]
    whom = owners(reading, {row.person_id for row in rows})
    people = reading.scalars(select(Person).where(Person.id.in_(sorted({*whom, *whom.values()})))).all()
    names = {person.id: full_name(person) for person in people}
    return tuple(GivenOut(row, names.get(whom[row.person_id], "") or names.get(row.person_id, "")) for row in rows)


@dataclass(frozen=True, slots=True)
class PlannedVisits:
    """A place with its coming café visits and who comes."""

    place: Place
    days: tuple[date, ...]
    counsellors: tuple[str, ...]


def planned_visits(reading: Reading, place_id: str, *, today: date, counsellor: str) -> PlannedVisits | None:
    """Return the place's café visits that are planned from today on, or None where there is no such place."""
    place = reading.get(Place, place_id)
    if place is None:
        return None
    days = reading.scalars(
        select(PlaceCycleStep.planned_on)
        .join(PlaceCycle, PlaceCycle.id == PlaceCycleStep.cycle_id)
        .where(
            PlaceCycle.place_id == place_id,
            PlaceCycleStep.step.in_(("cafe_visits", "cafe_visit")),
            PlaceCycleStep.state == "planned",
            PlaceCycleStep.planned_on >= today,
        )
        .order_by(PlaceCycleStep.planned_on)
    ).all()
    return PlannedVisits(place, tuple(day for day in days if day is not None), (counsellor,) if counsellor else ())


def paying_municipality(reading: Reading, code: str) -> str:
    """Return the name of the municipality that pharmacies send their invoices to, or empty."""
    found = reading.scalars(select(Municipality.name).where(Municipality.code == code)).first()
    return found or ""


def typed_forms(reading: Reading, enrolment_id: str) -> dict[str, date]:
    """Return when each form of an enrolment was typed into the national database.

    Of a part that somebody turned out to have twice in the course those about its beginning count for both, and the
    one about its end that was typed when the course was over in both.
    """
    found: dict[str, date] = {}
    part = reading.get(Enrolment, enrolment_id)
    over_on = None if part is None else part.closed_on or part.left_on
    for part_id in reversed(_same_part(reading, enrolment_id)):
        own = select(FormTyped).where(FormTyped.enrolment_id == part_id).order_by(FormTyped.typed_on, FormTyped.id)
        rows = standing(reading.scalars(own).all())
        found |= {
            row.form: row.typed_on
            for row in rows
            if part_id == enrolment_id
            or row.form in _OF_THE_BEGINNING
            or (row.form == "completion" and over_on is not None and over_on <= row.typed_on)
        }
    return found


_OF_THE_BEGINNING = frozenset({"registration", "base"})


def _same_part(reading: Reading, enrolment_id: str) -> list[str]:
    """Return a part in a course, and those in the same course that go on in it."""
    found = [enrolment_id]
    part = reading.get(Enrolment, enrolment_id)
    while part is not None and part.moved_from_id is not None and part.moved_from_id not in found:
        before = reading.get(Enrolment, part.moved_from_id)
        if before is None or before.course_id != part.course_id:
            break
        found.append(before.id)
        part = before
    return found


@dataclass(frozen=True, slots=True)
class CourseForms:
    """What the registration form asks about a course."""

    place: str
    municipality: str
    team: str
    counsellors: tuple[str, ...]
    participants: int
    sessions_held: int


def course_forms(reading: Reading, course: Course) -> CourseForms:
    """Return what the registration form asks about a course and its enrolments does not say itself."""
    place = reading.get(Place, course.place_id)
    municipality = reading.get(Municipality, course.delivering_municipality_id)
    team = reading.get(Team, course.team_id)
    parts = reading.scalars(select(Enrolment).where(Enrolment.course_id == course.id)).all()
    ids: Iterable[str] = [key for key in (course.counsellor_id, course.second_counsellor_id) if key]
    names = {user.id: user.name for user in reading.scalars(select(User).where(User.id.in_(ids)))}
    return CourseForms(
        place=place.name if place else "",
        municipality=municipality.name if municipality else "",
        team=team.name if team else "",
        counsellors=tuple(names[key] for key in ids if key in names),
        # Whoever was on it in two rows is one participant.
        participants=len(parts) - len(same_parts(parts)),
        sessions_held=len(
            reading.scalars(select(Session.id).where(Session.course_id == course.id, Session.state == "closed")).all()
        ),
    )


@dataclass(frozen=True, slots=True)
class Papers:
    """What can be printed about somebody: (enrolment, course title) and (letter, kind, written on, state).

    Of a course that they turned out to have been on twice it is the enrolment that both go on in.
    """

    enrolments: tuple[tuple[str, str], ...]
    letters: tuple[tuple[str, str, date, str], ...]
    has_plan: bool
    has_nrt: bool
    has_vouchers: bool
    has_handouts: bool
    has_measurements: bool
    has_appointment: bool

    @property
    def has_any(self) -> bool:
        """Return whether there is a paper to take home."""
        return any(
            (
                self.has_plan,
                self.has_nrt,
                self.has_vouchers,
                self.has_handouts,
                self.has_measurements,
                self.has_appointment,
            )
        )


def papers_of(reading: Reading, person_id: str, *, today: date) -> Papers:
    """Return what there is to print of a person."""
    people = rows_of(reading, person_id)
    parts = reading.execute(
        select(Enrolment, Course.title)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.person_id.in_(people))
        .order_by(Enrolment.joined_on.desc())
    ).all()
    twice = same_parts(part for part, _title in parts)
    letters = reading.scalars(
        select(Letter)
        .where(Letter.person_id.in_(people), Letter.state != "withdrawn")
        .order_by(Letter.written_on.desc())
    ).all()
    nrt = reading.scalars(
        select(NrtPlan.id).where(NrtPlan.person_id.in_(people), NrtPlan.state == "active").limit(1)
    ).first()
    given = handouts_of_person(reading, person_id)
    return Papers(
        enrolments=tuple((part.id, title) for part, title in parts if part.id not in twice),
        letters=tuple((row.id, row.kind, row.written_on, row.state) for row in letters),
        has_plan=active_plan(reading, person_id) is not None,
        has_nrt=nrt is not None or bool(given),
        has_vouchers=bool(open_vouchers(reading, person_id, today=today)),
        has_handouts=bool(given),
        has_measurements=bool(smoked(reading, person_id).cigarettes),
        has_appointment=next_appointment(reading, person_id, today=today) is not None,
    )


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter as it can be changed."""

    letter_id: str
    kind: str
    name: str
    recipient: str
    text: str
    state: str


def letter_text(reading: Reading, letter_id: str) -> LetterText | None:
    """Return a letter, or None where it is not on this laptop."""
    letter = reading.get(Letter, letter_id)
    person = whole_person(reading, letter.person_id) if letter is not None else None
    if letter is None or person is None:
        return None
    note_view(reading, [person.id], what="letter")
    return LetterText(letter.id, letter.kind, full_name(person), letter.recipient, letter.text, letter.state)
