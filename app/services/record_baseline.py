"""Keep the base form as it was answered, and make measurements of what it measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.clock import today
from app.domain.baseline import FORM_VERSION, QUESTIONS, measured, problems
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.person import Person
from app.models.plan import Baseline
from app.models.smoking import Measurement
from app.services.correction import fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBaseline:
    """The answers by question ({"answer": …, "value": …}); `corrects_id` is the form that it corrects."""

    person_id: str
    filled_on: date
    answers: Mapping[str, Mapping[str, Any]]
    enrolment_id: str | None = None
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BaselineRecorded:
    """The form that was written."""

    baseline_id: str
    changed: ChangeSet


def record_baseline(command: RecordBaseline, *, work: UnitOfWork) -> BaselineRecorded:
    """Write the form and its measurements in one transaction; those of a corrected form are corrected with it.

    Raises RuleRefusal "no-such-person", "future-date", "nothing-answered", "baseline-out-of-range" or
    "baseline-unknown-answer" with the question as the field, and for a correction "no-such-fact",
    "corrected-already" or "reason-missing".
    """
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person", field="person_id")
    if command.filled_on > today(work.clock):
        raise RuleRefusal("future-date", field="filled_on")
    if not command.answers:
        raise RuleRefusal("nothing-answered", field="products")
    for question, problem in problems(command.answers).items():
        if problem == "out-of-range":
            raise RuleRefusal("baseline-out-of-range", field=question, most=QUESTIONS[question].most)
        raise RuleRefusal("baseline-unknown-answer", field=question)
    before = _corrected(command, work=work)
    row = Baseline(
        id=new_id(work.clock),
        person_id=command.person_id,
        enrolment_id=command.enrolment_id,
        form_version=FORM_VERSION,
        filled_on=command.filled_on,
        answers={key: dict(said) for key, said in command.answers.items()},
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=command.reason.strip() if before else "",
    )
    work.session.add(row)
    made = {(m.kind, m.product): m for m in measured(command.answers)}
    was = {(m.kind, m.product) for m in measured(before.answers)} if before else set()
    for kind, product in sorted(made.keys() | was):
        found = made.get((kind, product))
        corrects = _measurement_id(before.id, kind, product) if before and (kind, product) in was else None
        work.session.add(
            Measurement(
                id=_measurement_id(row.id, kind, product),
                person_id=command.person_id,
                session_id=None,
                kind=kind,
                product=product,
                answer=found.answer if found else "not_asked",
                value=found.value if found else None,
                measured_on=command.filled_on,
                enrolment_id=command.enrolment_id,
                recorded_by=work.actor,
                corrects_id=corrects,
                reason=row.reason if corrects else "",
            )
        )
    return BaselineRecorded(row.id, work.commit())


def _measurement_id(baseline_id: str, kind: str, product: str) -> str:
    """Return the key of a form's measurement, by which its correction finds it."""
    return natural_id("measurement", baseline_id, kind, product)


def _corrected(command: RecordBaseline, *, work: UnitOfWork) -> Baseline | None:
    if command.corrects_id is None:
        return None
    before = fact_to_correct(Baseline, command.corrects_id, field="corrects_id", work=work)
    reason_given(command.reason)
    return before
