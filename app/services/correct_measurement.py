"""Correct something that was measured: the old value stays, a new fact points at it and says why."""

from dataclasses import dataclass

from app.errors import RuleRefusal
from app.models.smoking import Measurement
from app.services.correction import correction_of, fact_to_correct, reason_given
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
    old = fact_to_correct(Measurement, command.measurement_id, field="value", work=work)
    if not (old.kind in _CELLS or (old.kind in _SCALES and old.measured_at is not None)):
        raise RuleRefusal("no-such-fact", field="value")
    reason, value = reason_given(command.reason), _understood(old.kind, command.text)
    work.session.add(
        correction_of(
            old,
            reason,
            work=work,
            answer="given" if value != "" else "not_asked",
            value=float(value) if value != "" else None,
        )
    )
    return work.commit()


def _understood(kind: str, text: str) -> str | float:
    if kind in _CELLS:
        return understood(_CELLS[kind], text)
    if not text.strip():
        return ""
    return number_within(text.strip(), field="value", most=MOST_OF_SCALE, refusal="scale-out-of-range")
