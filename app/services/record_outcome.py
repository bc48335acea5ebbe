"""Record how it went at the end of a course and six months after: what the person says, and what CO adds."""

from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.domain.checks import Check, block, blocks, caution
from app.domain.consents import Use, allows
from app.domain.follow_up import MISSING_REASONS, rules_from
from app.domain.follow_up import window as window_of
from app.domain.outcomes import (
    OutcomeSaid,
    Verification,
    check_outcome,
    co_speaks_against,
    verification,
)
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Enrolment
from app.models.outcome import Outcome
from app.models.smoking import Measurement
from app.services.close_enrolment import note_death, unsay_death
from app.services.correction import reason_given
from app.services.override_rule import override_blocks
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.enrolment_facts import EnrolmentFacts, enrolment_facts


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """An outcome of one enrolment; with `corrects_id` it takes the place of an earlier one, and `reason` says why.

    Where nobody was reached at six months, `said.missing_reason` says why there is no answer.
    """

    enrolment_id: str
    said: OutcomeSaid
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeRecorded:
    """The new fact, what is known by it, and whether a new course is to be offered (S2: who smokes at six months)."""

    outcome_id: str
    verification: Verification
    offer_new_course: bool
    checks: tuple[Check, ...]
    changed: ChangeSet


def record_outcome(command: RecordOutcome, *, work: UnitOfWork) -> OutcomeRecorded:
    """Write the outcome as a fact.

    Raises RuleRefusal with the field: "no-such-course", what :func:`app.domain.outcomes.check_outcome` refuses,
    "no-contact-consent" and "not-enough-attempts" (overridable) at six months, "missing-reason-elsewhere",
    "no-such-fact", "reason-missing", or "already-recorded" where one of this time point stands and is not corrected.
    """
    facts = enrolment_facts(work.session, [command.enrolment_id]).get(command.enrolment_id)
    if facts is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    said = command.said
    day = today(work.clock)
    check_outcome(said, joined_on=facts.enrolment.joined_on, stop_on=facts.stop_on, today=day)
    _check_correction(command, facts)
    checks = _six_month_checks(said, facts, day) if said.time_point == "six_months" else ()
    if said.missing_reason and said.time_point != "six_months":
        raise RuleRefusal("missing-reason-elsewhere", field="missing_reason")
    outcome_id = new_id(work.clock)
    override_blocks(
        blocks(checks),
        reason=command.override_reason,
        person_id=facts.enrolment.person_id,
        subject_entity="outcome",
        subject_id=outcome_id,
        work=work,
    )
    below = facts.co_verified_below
    if co_speaks_against(said.smoke_free, said.co_ppm, below=below):
        checks = (
            *checks,
            caution(facts.programme, "co_verified_below", "co-speaks-against", field="co_ppm", below=f"{below:g}"),
        )
    # What is corrected may have been said under their other name: it is corrected there.
    before = next((outcome for outcome in facts.outcomes if outcome.id == command.corrects_id), None)
    row = _row(outcome_id, command, facts.enrolment if before is None else before, work=work)
    work.session.add(row)
    work.session.add_all(_counted(row, before, work=work))
    if before is not None and before.missing_reason == "deceased":
        unsay_death(row.person_id, before.assessed_on, work=work)
    if said.missing_reason == "deceased":
        note_death(row.person_id, said.assessed_on, work=work)
    offer = (
        said.time_point == "six_months"
        and said.smoke_free == "no"
        and bool(facts.rules.get("offer_new_course_after_relapse", True))
    )
    known = verification(said.smoke_free, said.co_ppm, below=below)
    return OutcomeRecorded(outcome_id, known, offer, checks, work.commit())


def _counted(row: Outcome, before: Outcome | None, *, work: UnitOfWork) -> list[Measurement]:
    """Return the cigarettes a day that the outcome tells, as the curve and the alerts about medicine count them.

    Of a corrected outcome the count is corrected with it, also to nothing.
    """
    now, was = _cigarettes_told(row), None if before is None else _cigarettes_told(before)
    if now is None and was is None:
        return []
    return [
        Measurement(
            id=_measurement_id(row),
            person_id=row.person_id,
            kind="cigarettes_per_day",
            answer="not_asked" if now is None else "given",
            value=now,
            measured_on=row.assessed_on,
            enrolment_id=row.enrolment_id,
            recorded_by=work.actor,
            corrects_id=None if before is None or was is None else _measurement_id(before),
            reason="" if was is None else row.reason,
        )
    ]


def _cigarettes_told(outcome: Outcome) -> float | None:
    """Return how many cigarettes a day an outcome tells of: none of whoever is smoke-free."""
    return 0.0 if outcome.smoke_free == "yes" else outcome.cigarettes_per_day


def _measurement_id(outcome: Outcome) -> str:
    """Return the key of what an outcome counts, by which a correction finds it."""
    return natural_id("measurement", outcome.id, "cigarettes_per_day")


def _check_correction(command: RecordOutcome, facts: EnrolmentFacts) -> None:
    if command.corrects_id is None:
        if facts.outcome(command.said.time_point) is not None and command.said.time_point != "other":
            raise RuleRefusal("already-recorded", field="time_point")
        return
    if command.corrects_id not in {outcome.id for outcome in facts.outcomes}:
        raise RuleRefusal("no-such-fact", field="corrects_id")
    reason_given(command.reason)


def _six_month_checks(said: OutcomeSaid, facts: EnrolmentFacts, day: date) -> tuple[Check, ...]:
    """Return what the rules of the six-month call have to say; without consent nobody is asked at all."""
    if said.missing_reason:
        if said.missing_reason not in MISSING_REASONS:
            raise RuleRefusal("unknown-answer", field="missing_reason")
        tried = facts.follow_up(day).effort
        if said.missing_reason == "not_reached" and (tried is None or not tried.is_enough):
            rules = rules_from(facts.rules)
            return (
                block(
                    facts.programme, "follow_up_attempts_least", "not-enough-attempts", field="missing_reason",
                    days=rules.attempts_least if tried is None else tried.days_missing,
                    evenings=rules.evening_least if tried is None else tried.evenings_missing,
                ),
            )  # fmt: skip
        return ()
    if not allows(facts.consents, Use.CALL_AFTER_SIX_MONTHS):
        raise RuleRefusal("no-contact-consent", field="time_point")
    counted = facts.counted_from
    if counted is None:
        return ()
    within = window_of(counted[0], rules_from(facts.rules))
    if within.holds(said.assessed_on):
        return ()
    return (
        caution(
            facts.programme, "follow_up_margin", "outside-window", field="assessed_on", first=within.opens_on,
            last=within.closes_on,
        ),
    )  # fmt: skip


def _row(outcome_id: str, command: RecordOutcome, about: Enrolment | Outcome, *, work: UnitOfWork) -> Outcome:
    said = command.said
    return Outcome(
        id=outcome_id,
        person_id=about.person_id,
        enrolment_id=about.id if isinstance(about, Enrolment) else about.enrolment_id,
        time_point=said.time_point,
        assessed_on=said.assessed_on,
        smoke_free=said.smoke_free,
        nicotine_free=said.nicotine_free,
        source=said.source,
        self_report_on=said.self_report_on,
        co_ppm=said.co_ppm,
        cigarettes_per_day=said.cigarettes_per_day,
        satisfaction=said.satisfaction,
        missing_reason=said.missing_reason,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=command.reason.strip(),
    )
