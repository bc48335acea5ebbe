"""Close somebody's part in a course, with a reason that keeps denominators right; a relapse is none."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.clock import today
from app.domain.checks import Check, caution
from app.domain.consents import Answer, Kind
from app.domain.courses import check_leaving
from app.domain.facts import standing
from app.domain.outcomes import ClosingReason
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Attendance, Enrolment, Session
from app.models.outcome import Outcome
from app.models.person import Consent, Person
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.enrolment_facts import enrolment_facts


@dataclass(frozen=True, slots=True)
class CloseEnrolment:
    """Whose part ends, on which day and why; `reason` is a :class:`app.domain.outcomes.ClosingReason`."""

    enrolment_id: str
    left_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class EnrolmentClosed:
    """What the programme has to say, as where "completed" is said of too few meetings."""

    checks: tuple[Check, ...]
    changed: ChangeSet


def close_enrolment(command: CloseEnrolment, *, work: UnitOfWork) -> EnrolmentClosed:
    """Close the enrolment, cancel what was planned for this person alone, and note what the reason says.

    Deceased notes the day of death where none is known. Consent withdrawn withdraws the national one as a fact of the
    same day. Raises RuleRefusal with the field: "no-such-course", "already-closed", "closing-reason-needed",
    "left-before-joining", "left-before-attending" or "future-date".
    """
    enrolment = work.session.get(Enrolment, command.enrolment_id)
    if enrolment is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    if enrolment.left_on is not None:
        raise RuleRefusal("already-closed", field="enrolment_id", day=enrolment.left_on)
    if command.reason not in tuple(ClosingReason):
        raise RuleRefusal("closing-reason-needed", field="reason")
    facts = enrolment_facts(work.session, [enrolment.id])[enrolment.id]
    checks: tuple[Check, ...] = ()
    if command.reason == ClosingReason.COMPLETED and not facts.is_completed:
        checks = (
            caution(
                facts.programme, "completed_sessions_least", "completed-too-early", field="reason",
                attended=facts.participation.attended, needed=facts.meetings_needed,
            ),
        )  # fmt: skip
    end_enrolment(enrolment, command.left_on, command.reason, work=work)
    if command.reason == ClosingReason.DECEASED:
        note_death(enrolment.person_id, command.left_on, work=work)
    if command.reason == ClosingReason.CONSENT_WITHDRAWN and facts.consents[Kind.STOPBASEN].answer is Answer.GIVEN:
        work.session.add(
            Consent(
                id=new_id(work.clock),
                person_id=enrolment.person_id,
                kind=Kind.STOPBASEN.value,
                answer=Answer.WITHDRAWN.value,
                answered_on=command.left_on,
                recorded_by=work.actor,
            )
        )
    return EnrolmentClosed(checks, work.commit())


def end_enrolment(enrolment: Enrolment, left_on: date, reason: str, *, work: UnitOfWork) -> None:
    """Close an enrolment within a transaction under way: its columns, and sessions planned for this person alone."""
    day = today(work.clock)
    last = last_attended_on(enrolment, work=work)
    check_leaving(left_on, joined_on=enrolment.joined_on, last_attended_on=last, today=day)
    enrolment.left_on = left_on
    enrolment.closing_reason = reason
    enrolment.closed_on = day
    enrolment.closed_by = work.actor
    own = select(Session).where(
        Session.course_id == enrolment.course_id,
        Session.enrolment_id == enrolment.id,
        Session.state == "planned",
        Session.held_on >= left_on,
    )
    for session in work.session.scalars(own):
        session.state = "cancelled"


def last_attended_on(enrolment: Enrolment, *, work: UnitOfWork) -> date | None:
    """Return the day of the last session that somebody came to, None where they came to none."""
    return work.session.scalar(
        select(func.max(Session.held_on))
        .join(Attendance, Attendance.session_id == Session.id)
        .where(Attendance.enrolment_id == enrolment.id, Attendance.status == "present")
    )


def open_again(enrolment: Enrolment) -> None:
    """Take back what closing wrote into an enrolment, within a transaction under way."""
    enrolment.left_on = enrolment.closed_on = enrolment.closed_by = None
    enrolment.closing_reason = ""


@dataclass(frozen=True, slots=True)
class EnrolmentReopened:
    """Whether the national consent stays withdrawn, which was withdrawn when the part was closed."""

    is_consent_withdrawn: bool
    changed: ChangeSet


def reopen_enrolment(enrolment_id: str, *, work: UnitOfWork) -> EnrolmentReopened:
    """Take the closing back, as for one that was closed by mistake; RuleRefusal "not-closed" where it is open.

    Whoever was said to have died by it alone has not: nobody is called, or counted, who is dead. A consent that was
    withdrawn stays so: taking part needs none, and only the person can say yes again.
    """
    enrolment = work.session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.left_on is None:
        raise RuleRefusal("not-closed", field="enrolment_id")
    left_on, reason = enrolment.left_on, enrolment.closing_reason
    facts = enrolment_facts(work.session, [enrolment.id])[enrolment.id]
    open_again(enrolment)
    if reason == ClosingReason.DECEASED:
        unsay_death(enrolment.person_id, left_on, work=work)
    return EnrolmentReopened(
        reason == ClosingReason.CONSENT_WITHDRAWN and facts.consents[Kind.STOPBASEN].answer is Answer.WITHDRAWN,
        work.commit(),
    )


def note_death(person_id: str, day: date, *, work: UnitOfWork) -> None:
    """Note the day on which somebody died, where none is known, within a transaction under way."""
    person = work.session.get(Person, person_id)
    if person is not None and person.deceased_on is None:
        person.deceased_on = day


def unsay_death(person_id: str, day: date, *, work: UnitOfWork) -> None:
    """Take back a day of death whose record says so no longer, within a transaction under way.

    The earliest that another closing or six-month call still says takes its place; another day than this one stays.
    """
    person = work.session.get(Person, person_id)
    if person is None or person.deceased_on != day:
        return
    closed = work.session.scalars(
        select(Enrolment.left_on).where(
            Enrolment.person_id == person_id, Enrolment.closing_reason == ClosingReason.DECEASED
        )
    )
    told = standing(work.session.scalars(select(Outcome).where(Outcome.person_id == person_id)))
    heard = [outcome.assessed_on for outcome in told if outcome.missing_reason == "deceased"]
    person.deceased_on = min((said for said in (*closed, *heard) if said is not None), default=None)
