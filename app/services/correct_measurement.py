"""Correct something that was measured: the old value stays, a new fact points at it and says why."""

from dataclasses import dataclass

from sqlalchemy import select

from app.errors import RuleRefusal
from app.ids import new_id
from app.models.smoking import Measurement
from app.services.record_contact import MOST_OF_SCALE
from app.services.session_draft import Cell, number_within, understood
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

_CELLS = {cell.value: cell for cell in (Cell.CIGARETTES_PER_DAY, Cell.CO_PPM)}
_SCALES = ("readiness", "confidence")
"""Asked in a talk; those of the base form are corrected with the form, which says them too."""


@dataclass(frozen=True, slots=True)
class CorrectMeasurement:
    """Which value, what it should have been (empty: it was never measured), and why."""

    measurement_id: str
    text: str
    reason: str


def correct_measurement(command: CorrectMeasurement, *, work: UnitOfWork) -> ChangeSet:
    """Write the correction.

    Raises RuleRefusal "no-such-fact", "corrected-already", "reason-missing", or what the session sheet refuses of the
    same number, or of a talk's scale "not-a-number" and "scale-out-of-range".
    """
    old = work.session.get(Measurement, command.measurement_id)
    if old is None or not (old.kind in _CELLS or (old.kind in _SCALES and old.measured_at is not None)):
        raise RuleRefusal("no-such-fact", field="value")
    if work.session.scalar(select(Measurement.id).where(Measurement.corrects_id == old.id)) is not None:
        raise RuleRefusal("corrected-already", field="value")
    if not command.reason.strip():
        raise RuleRefusal("reason-missing", field="reason")
    value = _understood(old.kind, command.text)
    work.session.add(
        Measurement(
            id=new_id(work.clock),
            person_id=old.person_id,
            session_id=old.session_id,
            enrolment_id=old.enrolment_id,
            kind=old.kind,
            answer="given" if value != "" else "not_asked",
            value=float(value) if value != "" else None,
            measured_on=old.measured_on,
            measured_at=old.measured_at,
            meter=old.meter,
            recorded_by=work.actor,
            corrects_id=old.id,
            reason=command.reason.strip(),
        )
    )
    return work.commit()


def _understood(kind: str, text: str) -> str | float:
    if kind in _CELLS:
        return understood(_CELLS[kind], text)
    if not text.strip():
        return ""
    return number_within(text.strip(), field="value", most=MOST_OF_SCALE, refusal="scale-out-of-range")
