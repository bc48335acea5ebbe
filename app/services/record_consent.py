"""Record what somebody said to a question of consent, how and when; a withdrawal is an answer of its own."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.clock import today
from app.domain.consents import Answer, Capacity, Kind, Use, capacity, standing, stops
from app.domain.identifiers import age, known_birth_date
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import Consent, Person
from app.services.correction import fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.enrolment_facts import consent_fact
from app.storage.queries.same_person import rows_of

MANNERS = ("oral", "written")
GIVERS = ("self", "self_judged_mature", "guardian")


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """One answer. `kind`: stopbasen, contact_six_months, letter_gp, sms; `answer`: given, declined or withdrawn.

    `given_by` says who answered for somebody under 18: self_judged_mature (15 to 17) or guardian.
    """

    person_id: str
    kind: str
    answer: str
    answered_on: date
    manner: str = "oral"
    information_given: bool = False
    given_by: str = "self"
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """The new fact, and what it brought to an end: empty unless a yes was withdrawn."""

    consent_id: str
    stopped: tuple[Use, ...]
    changed: ChangeSet


def record_consent(command: RecordConsent, *, work: UnitOfWork) -> ConsentRecorded:
    """Write the answer as a fact.

    Raises RuleRefusal with the field: "no-such-person", "unknown-answer", "future-date", "withdrawn-without-yes",
    "maturity-needed" (15 to 17), "guardian-needed" (under 15), and for a correction "no-such-fact",
    "corrected-already" or "reason-missing".
    """
    person = work.session.get(Person, command.person_id)
    if person is None:
        raise RuleRefusal("no-such-person", field="person_id")
    _check_words(command)
    day = today(work.clock)
    if command.answered_on > day:
        raise RuleRefusal("future-date", field="answered_on")
    if command.corrects_id is not None:
        fact_to_correct(Consent, command.corrects_id, field="corrects_id", work=work)
        reason_given(command.reason)
    facts = [
        consent_fact(row)
        for row in work.session.scalars(select(Consent).where(Consent.person_id.in_(rows_of(work.session, person.id))))
        if row.id != command.corrects_id
    ]
    before = standing(facts, on=command.answered_on)[Kind(command.kind)].answer
    if command.answer == Answer.WITHDRAWN and before is not Answer.GIVEN:
        raise RuleRefusal("withdrawn-without-yes", field="answer")
    if command.answer == Answer.GIVEN:
        born = known_birth_date(person.birth_date, person.identifier, today=day)
        _check_capacity(command, None if born is None else age(born, on=command.answered_on))
    consent = Consent(
        id=new_id(work.clock),
        person_id=person.id,
        kind=command.kind,
        answer=command.answer,
        manner=command.manner,
        answered_on=command.answered_on,
        information_given=command.information_given,
        given_by=command.given_by,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=command.reason.strip(),
    )
    work.session.add(consent)
    stopped = stops(Kind(command.kind)) if command.answer == Answer.WITHDRAWN else ()
    return ConsentRecorded(consent.id, stopped, work.commit())


def _check_words(command: RecordConsent) -> None:
    for field, value, known in (
        ("kind", command.kind, tuple(Kind)),
        ("answer", command.answer, (Answer.GIVEN, Answer.DECLINED, Answer.WITHDRAWN)),
        ("manner", command.manner, MANNERS),
        ("given_by", command.given_by, GIVERS),
    ):
        if value not in known:
            raise RuleRefusal("unknown-answer", field=field)


def _check_capacity(command: RecordConsent, years: int | None) -> None:
    who = capacity(years)
    if who is Capacity.SELF_IF_MATURE and command.given_by == "self":
        raise RuleRefusal("maturity-needed", field="given_by", age=years)
    if who is Capacity.GUARDIAN and command.given_by != "guardian":
        raise RuleRefusal("guardian-needed", field="given_by", age=years)
