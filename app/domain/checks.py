"""What a rule says about something one is about to do: it blocks, or it cautions. Both name the document it comes from.

A block stands until somebody overrides it with a reason, which is then a fact of its own (`services.override_rule`).
A caution never stands in the way. `code` is the sentence's code in `app.error_text`, filled with `parameters`.
"""

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from app.domain.programmes import Programme


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a rule has to say; `rule` is its key in the programme, `field` where it is shown."""

    code: str
    rule: str
    source: str
    field: str = ""
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block(Check):
    """The rule says no; it can be overridden with a reason."""


@dataclass(frozen=True, slots=True)
class Caution(Check):
    """The rule says: look again."""


def block(programme: Programme, rule: str, code: str, *, field: str = "", **parameters: Any) -> Block:
    """Return a block with the document that the programme has the rule from."""
    return Block(code=code, rule=rule, source=programme.source(rule), field=field, parameters=parameters)


def caution(programme: Programme, rule: str, code: str, *, field: str = "", **parameters: Any) -> Caution:
    """Return a caution with the document that the programme has the rule from."""
    return Caution(code=code, rule=rule, source=programme.source(rule), field=field, parameters=parameters)


def blocks(checks: Iterable[Check], *, overridden: Collection[str] = ()) -> tuple[Block, ...]:
    """Return the blocks that still stand; `overridden` are rules that somebody gave a reason for."""
    return tuple(check for check in checks if isinstance(check, Block) and check.rule not in overridden)


def cautions(checks: Iterable[Check]) -> tuple[Caution, ...]:
    """Return the cautions."""
    return tuple(check for check in checks if isinstance(check, Caution))
