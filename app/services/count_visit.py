"""Count a visit without names: who was there, talks, leaflets, brief advice, interested; a mistake is corrected."""

from dataclasses import dataclass

from app.clock import today
from app.domain.place_cycle import VisitSaid, check_visit
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.organisation import OutreachVisit, Place, PlaceCycleStep
from app.services.correction import fact_to_correct, reason_given
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork


@dataclass(frozen=True, slots=True)
class CountVisit:
    """What was counted; `cycle_step_id` names the step of the round that it was, which is then done.

    With `corrects_id` it takes the place of an earlier count, and `reason` says why.
    """

    place_id: str
    counted: VisitSaid
    cycle_step_id: str | None = None
    note: str = ""
    corrects_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitCounted:
    """The new fact."""

    visit_id: str
    changed: ChangeSet


def count_visit(command: CountVisit, *, work: UnitOfWork) -> VisitCounted:
    """Write the counts as a fact.

    Raises RuleRefusal with the field: what :func:`app.domain.place_cycle.check_visit` refuses, "no-such-place", and for
    a correction "no-such-fact", "corrected-already" or "reason-missing".
    """
    place = work.session.get(Place, command.place_id)
    if place is None:
        raise RuleRefusal("no-such-place", field="place_id")
    check_visit(command.counted, today=today(work.clock))
    reason = ""
    if command.corrects_id is not None:
        corrected = fact_to_correct(OutreachVisit, command.corrects_id, field="corrects_id", work=work)
        if corrected.place_id != place.id:
            raise RuleRefusal("no-such-fact", field="corrects_id")
        reason = reason_given(command.reason)
    said = command.counted
    visit = OutreachVisit(
        id=new_id(work.clock),
        team_id=place.team_id,
        place_id=place.id,
        kind=said.kind,
        visited_on=said.visited_on,
        visitors=said.visitors,
        talks=said.talks,
        leaflets=said.leaflets,
        brief_advice=said.brief_advice,
        interested=said.interested,
        minutes=said.minutes,
        cycle_step_id=command.cycle_step_id,
        note=command.note.strip(),
        recorded_by=work.actor,
        corrects_id=command.corrects_id,
        reason=reason,
    )
    work.session.add(visit)
    step = work.session.get(PlaceCycleStep, command.cycle_step_id) if command.cycle_step_id else None
    if step is not None and step.state != "done":
        step.state = "done"
        step.done_on = said.visited_on
    return VisitCounted(visit.id, work.commit())
