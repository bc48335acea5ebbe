"""A rule's value as one writes it, and back: money in kroner, shares in per cent, lists with commas."""

import math
import re
from collections.abc import Mapping
from typing import Final

from app.domain.municipalities import NAMES
from app.domain.programmes import Rule, RuleValue, check_value
from app.errors import RuleRefusal
from app.i18n import _, format_clock, format_number, language
from app.ui.programmes.words import unit_word, value_word

_IN_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+")
"""A number as 1.200 or 1,200 is a whole one, in either language."""
_CODE: Final = "municipality_code"
"""The unit of a value that names a municipality."""
_CODES: Final = {name.casefold(): code for code, name in NAMES.items()}


def written(rule: Rule) -> str:
    """Return the value as it stands in the field."""
    value = rule.value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        # A comma stands between two of them, so none stands in a number.
        return ", ".join(f"{_name(code)}: {_number(_shown(rule, number))}" for code, number in value.items())
    if isinstance(value, int | float):
        number = _number(_shown(rule, value))
        return number.replace(".", ",") if language() == "da" else number
    if rule.unit == _CODE:
        return _name(value)
    return format_clock(value) if rule.unit == "time" else value


def shown(rule: Rule) -> str:
    """Return the value as one says it: words of ours in the user's language, with the unit."""
    value = rule.value
    if isinstance(value, tuple):
        return ", ".join(value_word(word) for word in value)
    if isinstance(value, Mapping):
        said = "; ".join(f"{_name(code)}: {format_number(_shown(rule, number))}" for code, number in value.items())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        said = format_number(_shown(rule, value))
    else:
        said = value_word(value) if isinstance(value, str) and rule.unit not in ("time", _CODE) else written(rule)
    return " ".join(part for part in (said, unit_word(rule.unit, is_one=said == "1")) if part)


def read(rule: Rule, text: str) -> RuleValue:
    """Return what was written, where it fits the rule.

    Raises RuleRefusal "rule-value-kind" or "rule-value-range", with the rule as the field.
    """
    text = text.strip()
    if isinstance(rule.value, bool):
        said = {"yes": True, _("yes"): True, "no": False, _("no"): False}.get(text.casefold())
        if said is None:
            raise RuleRefusal("rule-value-kind", field=rule.key)
        return said
    if isinstance(rule.value, tuple):
        return check_value(rule, tuple(part.strip() for part in text.split(",") if part.strip()))
    if isinstance(rule.value, Mapping):
        return check_value(rule, _pairs(rule, text))
    if isinstance(rule.value, int | float):
        return check_value(rule, _stored(rule, text))
    if rule.unit == _CODE:
        text = _code(text)
    return check_value(rule, text.replace(".", ":") if rule.unit == "time" else text)


def _pairs(rule: Rule, text: str) -> dict[str, int]:
    found = {}
    for part in text.split(","):
        code, _colon, number = part.partition(":")
        stored = _stored(rule, number)
        if not isinstance(stored, int):
            raise RuleRefusal("rule-value-kind", field=rule.key)
        found[_code(code)] = stored
    return found


def _name(code: str) -> str:
    """Return what a municipality is called; a code that is nobody's as it is."""
    return NAMES.get(code, code)


def _code(said: str) -> str:
    """Return the code of a municipality that was written by its name; a code, and what is neither, as it is."""
    return _CODES.get(said.strip().casefold(), said.strip())


def _shown(rule: Rule, number: float) -> float:
    if rule.unit.startswith("oere"):
        return number / 100
    return round(number * 100, 6) if rule.unit.startswith("share") else number


def _stored(rule: Rule, text: str) -> int | float:
    if _IN_THOUSANDS.fullmatch(text):
        text = re.sub("[.,]", "", text)
    try:
        number = float(text.replace(" ", "").replace(".", "").replace(",", ".")) if "," in text else float(text)
    except ValueError:
        raise RuleRefusal("rule-value-kind", field=rule.key) from None
    if not math.isfinite(number):
        raise RuleRefusal("rule-value-kind", field=rule.key)
    if rule.unit.startswith("oere"):
        return round(number * 100)
    if rule.unit.startswith("share"):
        return number / 100
    return int(number) if number.is_integer() else number


def _number(value: float) -> str:
    return f"{value:.12g}"
