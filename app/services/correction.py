"""What every correction is: a new fact that points at one that stands, and says why."""

from typing import Any, TypeVar

from sqlalchemy import select

from app.errors import RuleRefusal
from app.ids import new_id
from app.models.base import LOCAL_COLUMNS, Synced
from app.storage.engine import UnitOfWork

_Fact = TypeVar("_Fact", bound=Synced)
_OF_THE_CORRECTION = LOCAL_COLUMNS | {"recorded_by", "corrects_id", "reason", "taken_back"}


def fact_to_correct(table: type[_Fact], fact_id: str, *, field: str, work: UnitOfWork) -> _Fact:
    """Return a fact that nobody has corrected yet.

    Raises RuleRefusal "no-such-fact" or "corrected-already" with the field.
    """
    fact = work.session.get(table, fact_id)
    if fact is None:
        raise RuleRefusal("no-such-fact", field=field)
    kind: Any = table
    if work.session.scalar(select(kind.id).where(kind.corrects_id == fact_id).limit(1)) is not None:
        raise RuleRefusal("corrected-already", field=field)
    return fact


def reason_given(reason: str) -> str:
    """Return why something is corrected; RuleRefusal "reason-missing" where nobody says."""
    reason = reason.strip()
    if not reason:
        raise RuleRefusal("reason-missing", field="reason")
    return reason


def correction_of(fact: _Fact, reason: str, *, work: UnitOfWork, **instead: Any) -> _Fact:
    """Return what takes the place of a fact, not yet added: it says the same but for what is said `instead`."""
    kind: Any = type(fact)
    same = {
        column.name: getattr(fact, column.name)
        for column in kind.__table__.columns
        if column.name not in _OF_THE_CORRECTION
    }
    made: _Fact = kind(
        **{**same, **instead},
        id=new_id(work.clock),
        recorded_by=work.actor,
        corrects_id=fact.id,
        reason=reason,
    )
    return made
