"""Override a rule that blocks, with a reason; the override is a fact in the person's history.

A use case that meets blocks calls `override_blocks` inside its own transaction; `override_rule` is the same as a use
case of its own, for something that was recorded before the rule was looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.clock import today
from app.domain.checks import Block
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.person import RuleOverride
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """Which rule (its key in the programme) does not hold for what, and why not."""

    person_id: str
    rule: str
    subject_entity: str
    subject_id: str
    reason: str


def override_rule(command: OverrideRule, *, work: UnitOfWork) -> ChangeSet:
    """Record the override.

    Raises RuleRefusal "override-needs-reason" or "reason-too-long" with field "reason"; nothing is then written.
    """
    work.session.add(_override(command, work=work))
    return work.commit()


def override_blocks(
    found: Iterable[Block], *, reason: str, person_id: str, subject_entity: str, subject_id: str, work: UnitOfWork
) -> None:
    """Record an override of every block, in the transaction under way; with no block, do nothing.

    Without a reason the first block refuses: RuleRefusal with its own code and parameters, its field, and
    `rule`, `source` and `overridable=True`, by which the screen asks for the reason.
    """
    for block in found:
        if not reason.strip():
            raise RuleRefusal(
                block.code,
                **{"field": block.field, "rule": block.rule, "source": block.source, "overridable": True},
                **block.parameters,
            )
        command = OverrideRule(person_id, block.rule, subject_entity, subject_id, reason)
        work.session.add(_override(command, work=work))


def _override(command: OverrideRule, *, work: UnitOfWork) -> RuleOverride:
    reason = " ".join(command.reason.split())
    if not reason:
        raise RuleRefusal("override-needs-reason", field="reason", rule=command.rule)
    if len(reason) > LONGEST_REASON:
        raise RuleRefusal("reason-too-long", field="reason", longest=LONGEST_REASON)
    return RuleOverride(
        id=new_id(work.clock),
        person_id=command.person_id,
        rule=command.rule,
        subject_entity=command.subject_entity,
        subject_id=command.subject_id,
        overridden_on=today(work.clock),
        recorded_by=work.actor,
        reason=reason,
    )
