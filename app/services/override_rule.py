"""Override a rule that blocks, with a reason; the override is a fact in the person's history."""

from collections.abc import Iterable

from app.clock import today
from app.domain.checks import Block
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import RuleOverride
from app.storage.engine import UnitOfWork

LONGEST_REASON = 500


def override_blocks(
    found: Iterable[Block], *, reason: str, person_id: str, subject_entity: str, subject_id: str, work: UnitOfWork
) -> None:
    """Record an override of every block, in the transaction under way; with no block, do nothing.

    Without a reason the first block refuses: RuleRefusal with its own code and parameters, its field, and
    `rule`, `source` and `overridable=True`, by which the screen asks for the reason. RuleRefusal "reason-too-long"
    with field "reason" where it is a novel.
    """
    reason = " ".join(reason.split())
    for block in found:
        if not reason:
            raise RuleRefusal(
                block.code,
                **{"field": block.field, "rule": block.rule, "source": block.source, "overridable": True},
                **block.parameters,
            )
        if len(reason) > LONGEST_REASON:
            raise RuleRefusal("reason-too-long", field="reason", longest=LONGEST_REASON)
        work.session.add(
            RuleOverride(
                id=new_id(work.clock),
                person_id=person_id,
                rule=block.rule,
                subject_entity=subject_entity,
                subject_id=subject_id,
                overridden_on=today(work.clock),
                recorded_by=work.actor,
                reason=reason,
            )
        )
