"""A new plan takes the place of the one in force, whichever of a person's rows that one was made at."""

from typing import TypeVar

from sqlalchemy import select

from app.models.plan import NrtPlan, ReductionPlan
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of

_Plan = TypeVar("_Plan", NrtPlan, ReductionPlan)


def replace_active(kind: type[_Plan], person_id: str, *, work: UnitOfWork) -> str | None:
    """End what is in force of this kind; return the id of the newest, which the new plan names; None where none is."""
    active = work.session.scalars(
        select(kind)
        .where(kind.person_id.in_(rows_of(work.session, person_id)), kind.state == "active")
        .order_by(kind.made_on, kind.id)
    ).all()
    for plan in active:
        plan.state = "replaced"
    return active[-1].id if active else None
