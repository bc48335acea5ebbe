"""Which rule held on which day: programme versions as reports ask them."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from app.domain.reports.facts import ProgrammeRow


def value(programme: ProgrammeRow | None, rule: str, *, on: date | None = None, otherwise: Any = None) -> Any:
    """Return a rule's value where the programme has it and it holds on the day, else `otherwise`."""
    found = programme.rules.get(rule) if programme is not None else None
    if not isinstance(found, dict) or "value" not in found:
        return otherwise
    if on is not None and not _holds(found, on):
        return otherwise
    return found["value"]


def values(programme: ProgrammeRow) -> dict[str, Any]:
    """Return every rule's value by its key."""
    return {key: rule["value"] for key, rule in programme.rules.items() if isinstance(rule, dict) and "value" in rule}


def _holds(rule: dict[str, Any], on: date) -> bool:
    since, until = rule.get("valid_from"), rule.get("valid_to")
    return not (since and str(since) > on.isoformat()) and not (until and str(until) < on.isoformat())


def agreement(programmes: Iterable[ProgrammeRow], rule: str, *, on: date) -> ProgrammeRow | None:
    """Return the version that has a rule on a day; of several, the one that began last."""
    saying = [
        found
        for found in programmes
        if found.valid_from <= on
        and (found.valid_to is None or found.valid_to >= on)
        and value(found, rule, on=on) is not None
    ]
    return max(saying, key=lambda found: (found.valid_from, found.id), default=None)


def exact(number: float | int | str | Fraction) -> Fraction:
    """Return a number of a rule as it is written: 0.75 is three quarters."""
    return number if isinstance(number, Fraction) else Fraction(str(number))
