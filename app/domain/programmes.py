"""Programmes are data: every deadline, number, rate and definition is a rule with value, unit, source and period.

A preset ships for each of the five source documents (`resources/programmes/*.toml`); a cooperation's own versions are
rows with the same rules. A course keeps the version that it began under, so that an old half-year recomputes the same.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.domain.outcomes import CO_VERIFIED_BELOW, HIGHEST_CO
from app.errors import KnownProblem, RuleRefusal

PRESETS_FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "resources" / "programmes"

RuleValue = bool | int | float | str | tuple[str, ...] | Mapping[str, int]
"""A flag, a whole number, a share, a word, a list of words, or a whole number for each municipality code."""

DOCUMENTS: Final = {
    "S0": "Sundhedsstyrelsen: Styrket rygestoptilbud til særlige grupper",
    "S1": "Stærkt koordineret storrygerindsats, Vestegnen og Sydamager",
    "S2": "Røgfri på Tværs",
    "S3": "Lungeforeningen: Sådan kommer du i gang med rygestopforløb for socialt udsatte",
    "S4": "Sundhedsstyrelsen: Rygestop – Rekruttering og fastholdelse",
    "W": "STOPbasen for tobak og nikotin",
}
"""What the documents are called that rules come from, by the code that rules name them with."""
OWN_DECISION: Final = "own"
"""The source of a rule that the cooperation itself decided."""

FIXED: Final = frozenset({"consent_age_least", "follow_up_population"})
"""Rules that no cooperation changes: STOPbasen and people's own consents decide them, not a programme."""

_WHOLE_UNITS: Final = frozenset(
    {
        "calls", "cigarettes_per_day", "counsellors", "days", "handouts", "hours_per_session", "minutes", "months",
        "oere", "oere_per_participant", "oere_per_person", "participants_per_year", "people", "seconds", "sessions",
        "times", "times_per_year", "visits", "vouchers", "weeks", "working_days", "years",
    }
)  # fmt: skip
_SHARE_UNITS: Final = frozenset(
    {"share", "share_of_completers", "share_of_ex_smokers", "share_of_sessions", "share_of_smokers"}
)
_CLOCK_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_MUNICIPALITY_CODE: Final = re.compile(r"0\d{3}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a programme: `source` is a document's code (S0 to S4, W), `paragraph` where in it the rule stands."""

    key: str
    value: RuleValue
    unit: str
    source: str
    valid_from: date
    valid_to: date | None = None
    paragraph: str = ""
    note: str = ""

    def is_in_force(self, on: date) -> bool:
        """Return whether the rule holds on a day; both ends of its period belong to it."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


CO_VERIFIED: Final = Rule("co_verified_below", CO_VERIFIED_BELOW, "ppm", "NCSCT", date(2018, 1, 1))
"""No document of the five has a limit for CO, nor has STOPbasen: the English one holds until a cooperation decides."""


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of a programme; `id` is the row that it is kept in, empty for a preset.

    `removed` are the keys of rules that somebody left out of it, with a reason.
    """

    key: str
    name: str
    valid_from: date
    valid_to: date | None
    rules: Mapping[str, Rule] = field(default_factory=dict)
    id: str = ""
    name_en: str = ""
    document: str = ""
    title: str = ""
    removed: frozenset[str] = frozenset()

    def is_in_force(self, on: date) -> bool:
        """Return whether the version is the one that courses of that day begin under."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def rule(self, key: str) -> Rule | None:
        """Return the rule, or None where this programme has none of that name."""
        return self.rules.get(key)

    def has(self, key: str) -> bool:
        """Return whether this programme has the rule."""
        return key in self.rules

    def source(self, key: str) -> str:
        """Return the document that the rule comes from, empty where this programme has no such rule."""
        rule = self.rules.get(key)
        return rule.source if rule else ""

    def values(self) -> dict[str, Any]:
        """Return the values of all rules by their keys."""
        return {key: rule.value for key, rule in self.rules.items()}

    def value(self, key: str, default: Any = None) -> Any:
        """Return the rule's value, or `default` where this programme has no such rule."""
        rule = self.rules.get(key)
        return default if rule is None else rule.value

    def whole(self, key: str, default: int) -> int:
        """Return a whole number: KnownProblem "unreadable-rule" where the rule is of another kind."""
        value = self.value(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise KnownProblem("unreadable-rule", rule=key)
        return value

    def share(self, key: str, default: float) -> float:
        """Return a share between 0 and 1: KnownProblem "unreadable-rule" where the rule is of another kind."""
        value = self.value(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise KnownProblem("unreadable-rule", rule=key)
        return float(value)

    def flag(self, key: str) -> bool:
        """Return yes or no, no without the rule: KnownProblem "unreadable-rule" where it is of another kind."""
        value = self.value(key, False)
        if not isinstance(value, bool):
            raise KnownProblem("unreadable-rule", rule=key)
        return value

    def text(self, key: str, default: str = "") -> str:
        """Return a word: KnownProblem "unreadable-rule" where the rule is of another kind."""
        value = self.value(key, default)
        if not isinstance(value, str):
            raise KnownProblem("unreadable-rule", rule=key)
        return value

    def items(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of words: KnownProblem "unreadable-rule" where the rule is of another kind."""
        value = self.value(key, default)
        if not isinstance(value, tuple):
            raise KnownProblem("unreadable-rule", rule=key)
        return value


def programme_from_rules(
    rules: Mapping[str, Any],
    *,
    key: str = "",
    name: str = "",
    valid_from: date = date.min,
    valid_to: date | None = None,
    id: str = "",  # noqa: A002 - what every row calls it
    removed: Iterable[str] = (),
) -> Programme:
    """Return a programme from the rules of a `programme_version` row.

    Raises KnownProblem("unreadable-rule") where a rule is not of the form that rules have.
    """
    return Programme(
        key=key,
        name=name,
        valid_from=valid_from,
        valid_to=valid_to,
        rules={rule_key: rule_from_row(rule_key, row) for rule_key, row in rules.items()},
        id=id,
        removed=frozenset(removed),
    )


def rule_from_row(key: str, row: Mapping[str, Any]) -> Rule:
    """Return one rule from its JSON; KnownProblem("unreadable-rule") names the rule that cannot be read."""
    try:
        valid_to = row.get("valid_to")
        return Rule(
            key=key,
            value=_frozen(row["value"]),
            unit=row["unit"],
            source=row["source"],
            valid_from=_day(row["valid_from"]),
            valid_to=None if valid_to is None else _day(valid_to),
            paragraph=row.get("paragraph", ""),
            note=row.get("note", ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise KnownProblem("unreadable-rule", rule=key) from problem


def rule_to_row(rule: Rule) -> dict[str, Any]:
    """Return one rule as JSON has it, in the form that a preset has."""
    value: Any = rule.value
    if isinstance(value, tuple):
        value = list(value)
    elif isinstance(value, Mapping):
        value = dict(value)
    row = {"value": value, "unit": rule.unit, "source": rule.source, "valid_from": rule.valid_from.isoformat()}
    if rule.valid_to is not None:
        row["valid_to"] = rule.valid_to.isoformat()
    if rule.paragraph:
        row["paragraph"] = rule.paragraph
    if rule.note:
        row["note"] = rule.note
    return row


@cache
def presets() -> Mapping[str, Programme]:
    """Return the five presets by their key, in the order of their keys."""
    return {path.stem: _preset(path) for path in sorted(PRESETS_FOLDER.glob("*.toml"))}


@cache
def rules_to_add() -> Mapping[str, Rule]:
    """Return every rule that a version may be given, as the first preset has it, and what no document has."""
    found = {CO_VERIFIED.key: CO_VERIFIED}
    for preset in presets().values():
        for key, rule in preset.rules.items():
            found.setdefault(key, rule)
    return found


def version_on(versions: Iterable[Programme], key: str, on: date) -> Programme | None:
    """Return the version of a programme that is in force on a day: the newest where periods overlap."""
    fitting = [version for version in versions if version.key == key and version.is_in_force(on)]
    return max(fitting, key=lambda version: (version.valid_from, version.id), default=None)


def rule_among(programmes: Iterable[Programme], key: str) -> Rule | None:
    """Return the rule of the first of these programmes that has it: a course's own, then the agreement behind it.

    None where none has it, or where the first that knows of it has left it out: that is an answer too.
    """
    for programme in programmes:
        if (rule := programme.rule(key)) is not None:
            return rule
        if key in programme.removed:
            return None
    return None


def first_rule_among(programmes: Iterable[Programme], *keys: str) -> Rule | None:
    """Return what the first of these programmes says that has any of these rules, the earlier named one first.

    One that has left out all that it had of them has said something too: None.
    """
    for programme in programmes:
        for key in keys:
            if (rule := programme.rule(key)) is not None:
                return rule
        if not programme.removed.isdisjoint(keys):
            return None
    return None


def closed_before(valid_from: date) -> date:
    """Return the last day of a version that is followed by one from `valid_from`."""
    return valid_from - timedelta(days=1)


def check_value(rule: Rule, value: RuleValue) -> RuleValue:
    """Return the value that a coordinator wrote, where it fits the rule's unit.

    Raises RuleRefusal "rule-value-kind" or "rule-value-range", with the rule as the field.
    """
    for kind, fits in (
        (Mapping, _fits_map),
        (bool, _fits_flag),
        (tuple, _fits_list),
        (int | float, _fits_number),
    ):
        if isinstance(rule.value, kind):
            return fits(rule, value)
    return _fits_word(rule, value)


def _fits_flag(rule: Rule, value: RuleValue) -> RuleValue:
    if not isinstance(value, bool):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    return value


def _fits_list(rule: Rule, value: RuleValue) -> RuleValue:
    if not isinstance(value, tuple) or not all(isinstance(word, str) and word.strip() for word in value):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    return value


def _fits_number(rule: Rule, value: RuleValue) -> RuleValue:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    if rule.unit in _WHOLE_UNITS and not isinstance(value, int):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    most = 1 if rule.unit in _SHARE_UNITS else HIGHEST_CO if rule.unit == "ppm" else math.inf
    if not 0 <= value <= most:
        raise RuleRefusal("rule-value-range", field=rule.key)
    return value


def _fits_map(rule: Rule, value: RuleValue) -> RuleValue:
    if not isinstance(value, Mapping):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    for code, number in value.items():
        if not _MUNICIPALITY_CODE.fullmatch(code) or isinstance(number, bool) or not isinstance(number, int):
            raise RuleRefusal("rule-value-kind", field=rule.key)
        if number < 0:
            raise RuleRefusal("rule-value-range", field=rule.key)
    return value


def _fits_word(rule: Rule, value: RuleValue) -> RuleValue:
    if not isinstance(value, str) or not value.strip():
        raise RuleRefusal("rule-value-kind", field=rule.key)
    if rule.unit == "time" and not _CLOCK_TIME.fullmatch(value):
        raise RuleRefusal("rule-value-range", field=rule.key)
    if rule.unit == "municipality_code" and not _MUNICIPALITY_CODE.fullmatch(value):
        raise RuleRefusal("rule-value-range", field=rule.key)
    return value


def _preset(path: Path) -> Programme:
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    return Programme(
        key=read["key"],
        name=read["name"],
        valid_from=read["valid_from"],
        valid_to=read.get("valid_to"),
        rules={key: rule_from_row(key, row) for key, row in read["rules"].items()},
        name_en=read["name_en"],
        document=read["document"],
        title=read["title"],
    )


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _frozen(value: Any) -> RuleValue:
    if isinstance(value, list):
        return tuple(str(word) for word in value)
    if isinstance(value, Mapping):
        return {str(code): int(number) for code, number in value.items()}
    if isinstance(value, bool | int | float | str):
        return value
    raise TypeError(type(value).__name__)
