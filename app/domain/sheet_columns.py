"""Which columns a session sheet has: what the course's programme works with, and whatever was recorded already."""

from collections.abc import Collection, Mapping
from typing import Any, Final

ALWAYS: Final = ("status", "cigarettes_per_day")
AT_THE_END: Final = ("small_step", "note")
OWN_RULE: Final = "session_columns"
"""A rule (list of words) by which a programme version names its columns itself."""
_HANDS_OUT: Final = ("nrt_weeks", "medicine_free")


def sheet_columns(rules: Mapping[str, Any], *, recorded: Collection[str] = ()) -> tuple[str, ...]:
    """Return the columns after the name, in their order.

    `rules` are a programme version's, as its row keeps them ({"nrt_weeks": {"value": 12, …}, …}). CO is measured unless
    the programme names its columns and leaves it out (no source requires it); nicotine replacement is handed out
    only where the programme gives it. A column in which something is recorded is never hidden.
    """
    named = _value(rules, OWN_RULE)
    if isinstance(named, list | tuple):
        measured = [column for column in ("co_ppm", "handout") if column in named]
    else:
        measured = ["co_ppm", *(["handout"] if any(_value(rules, rule) for rule in _HANDS_OUT) else [])]
    for column in ("co_ppm", "handout"):
        if column in recorded and column not in measured:
            measured.append(column)
    return (*ALWAYS, *measured, *AT_THE_END)


def _value(rules: Mapping[str, Any], key: str) -> Any:
    rule = rules.get(key)
    return rule.get("value") if isinstance(rule, Mapping) else None
