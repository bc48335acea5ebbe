"""Record a call, a message or a visit: whom, how, what for, and whether it reached them. A correction is a new fact."""

from dataclasses import dataclass
from datetime import datetime

from app.clock import day_of, today
from app.domain.first_contact import check_attempt
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import ContactAttempt, Person, Referral
from app.models.smoking import Measurement
from app.services.correction import correction_of, fact_to_correct, reason_given
from app.services.settle_referral import settle_referral
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

MOST_OF_SCALE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact:
    """One attempt. `topics` of the first call's checklist that were talked about; `attempted_at` empty is now.

    `referral_state` says what came of it where it was the first call: accepted, declined, not_reached; empty is open.
    `readiness` and `confidence` are 0 to 10 where they were asked.
    """

    person_id: str
    channel: str
    purpose: str
    outcome: str
    note: str = ""
    topics: tuple[str, ...] = ()
    referral_id: str = ""
    enrolment_id: str = ""
    session_id: str = ""
    attempted_at: datetime | None = None
    referral_state: str = ""
    came_because: str = ""
    readiness: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ContactRecorded:
    """The new fact."""

    attempt_id: str
    changed: ChangeSet


def record_contact(command: RecordContact, *, work: UnitOfWork) -> ContactRecorded:
    """Record the attempt, and what came of the referral, in one transaction.

    Raises RuleRefusal with the field: "no-such-person", "no-such-referral", "unknown-answer", "future-date",
    "contact-before-referral", "scale-out-of-range".
    """
    check_attempt(command.channel, command.outcome, command.purpose)
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    at = command.attempted_at or work.clock.now()
    if at > work.clock.now():
        raise RuleRefusal("future-date", field="attempted_at")
    if command.referral_id:
        _settle(command, at=at, work=work)
    attempt = _attempt(command, at=at, work=work)
    work.session.add(attempt)
    work.session.add_all(_scales(command, at=at, work=work))
    return ContactRecorded(attempt.id, work.commit())


def record_contacts(commands: tuple[RecordContact, ...], *, work: UnitOfWork) -> ChangeSet:
    """Record several attempts in one transaction, such as the text message that a whole group got."""
    for command in commands:
        check_attempt(command.channel, command.outcome, command.purpose)
        work.session.add(_attempt(command, at=command.attempted_at or work.clock.now(), work=work))
    return work.commit()


@dataclass(frozen=True, slots=True)
class CorrectContact:
    """What was wrong about an attempt: its outcome as it really was, and why it is corrected."""

    attempt_id: str
    outcome: str
    reason: str


def correct_contact(command: CorrectContact, *, work: UnitOfWork) -> ContactRecorded:
    """Record the attempt anew; the old fact stays and is pointed at.

    Raises RuleRefusal "no-such-fact", "corrected-already", "unknown-answer" or "reason-missing".
    """
    old = fact_to_correct(ContactAttempt, command.attempt_id, field="attempt_id", work=work)
    check_attempt(old.channel, command.outcome, old.purpose)
    new = correction_of(old, reason_given(command.reason), work=work, outcome=command.outcome)
    work.session.add(new)
    return ContactRecorded(new.id, work.commit())


def _settle(command: RecordContact, *, at: datetime, work: UnitOfWork) -> None:
    referral = work.session.get(Referral, command.referral_id)
    if referral is None:
        raise RuleRefusal("no-such-referral", field="referral_id")
    if day_of(at) < referral.received_on:
        raise RuleRefusal("contact-before-referral", field="attempted_at", day=referral.received_on)
    state = command.referral_state or ("declined" if command.outcome == "declined" else "")
    if state:
        settle_referral(referral, state, reason="", on=today(work.clock))
    if command.came_because:
        referral.came_because = command.came_because


def _scales(command: RecordContact, *, at: datetime, work: UnitOfWork) -> list[Measurement]:
    """Return how ready and how sure the person is, where they were asked: facts as those of the form at the start."""
    found = []
    for kind in ("readiness", "confidence"):
        value = getattr(command, kind)
        if value is None:
            continue
        if not 0 <= value <= MOST_OF_SCALE:
            raise RuleRefusal("scale-out-of-range", field=kind, most=MOST_OF_SCALE)
        found.append(
            Measurement(
                id=new_id(work.clock),
                person_id=command.person_id,
                kind=kind,
                value=value,
                measured_on=day_of(at),
                measured_at=at,
                enrolment_id=command.enrolment_id or None,
                recorded_by=work.actor,
            )
        )
    return found


def _attempt(command: RecordContact, *, at: datetime, work: UnitOfWork) -> ContactAttempt:
    return ContactAttempt(
        id=new_id(work.clock),
        person_id=command.person_id,
        attempted_at=at,
        channel=command.channel,
        purpose=command.purpose,
        outcome=command.outcome,
        note=command.note.strip(),
        topics=list(command.topics),
        referral_id=command.referral_id or None,
        enrolment_id=command.enrolment_id or None,
        session_id=command.session_id or None,
        recorded_by=work.actor,
    )
