"""Write docs/rules.md: every rule of the documents beside the five presets, with its code and the test that shows it.

`python -m tools.rules` writes the page, `python -m tools.rules --check` only says whether it is what it would write.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from app.domain.programmes import DOCUMENTS, Programme, Rule, presets
from app.domain.rules import RULES, SECTIONS, DocumentedRule

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "rules.md"
UNITS = {
    "oere": "kr", "oere_per_person": "kr a person", "oere_per_participant": "kr a participant", "flag": "",
    "list": "", "share": "", "share_of_sessions": "of the sessions", "share_of_smokers": "of the smokers",
    "share_of_completers": "of the completers", "share_of_ex_smokers": "of ex-smokers",
    "cigarettes_per_day": "cigarettes a day", "hours_per_session": "hours a session",
    "participants_per_year": "participants a year", "times_per_year": "times a year", "working_days": "working days",
    "channel": "", "moment": "", "population": "", "definition": "", "condition": "", "code": "", "time": "",
    "organisation": "", "municipality_code": "", "education": "", "website": "", "setting": "",
}  # fmt: skip


def page() -> str:
    """Return the page."""
    known = sorted(presets().values(), key=lambda preset: preset.document)
    lines = [
        "# The rules, their documents, and where they live",
        "",
        "Written by `make rules` from `app/domain/rules.py` and `resources/programmes`; a test fails where this page",
        "is not what would be written, where a rule's code does not import, or where its test does not exist.",
        "",
        "| code | document |",
        "|---|---|",
        *(f"| {code} | {name} |" for code, name in DOCUMENTS.items()),
        "",
        "Type: D is a due task, B blocks unless overridden with a reason, W warns, R is reported, C is configuration.",
        "After *shown at* stand the screens on which a counsellor reads the rule, beside what the program does;",
        "a test fails where a rule is neither used by the program nor shown on such a screen.",
        "Where documents contradict each other, each preset follows its own; a value in a column that comes from",
        "another source than the column's document is followed by that source.",
        "",
    ]
    for section, title in SECTIONS.items():
        lines += [f"## {title}", ""]
        head = [f"{preset.document} {preset.name}" for preset in known]
        lines.append(f"| rule | type | source | {' | '.join(head)} | code | test |")
        lines.append("|---|---|---|" + "---|" * len(known) + "---|---|")
        lines += [_row(rule, known) for rule in RULES if rule.section == section]
        lines.append("")
    return "\n".join(lines)


def _row(rule: DocumentedRule, known: list[Programme]) -> str:
    values = [_cell("<br>".join(_values(rule, preset))) for preset in known]
    kind = f"{rule.kind}<br>*shown at* {', '.join(rule.shown_at)}" if rule.shown_at else rule.kind
    code = "<br>".join(f"`{name}`" for name in rule.code)
    tests = "<br>".join(f"`{_short(test)}`" for test in rule.tests)
    return f"| **{rule.title}**<br>{rule.title_da} | {kind} | {rule.source} | {' | '.join(values)} | {code} | {tests} |"


def _values(rule: DocumentedRule, preset: Programme) -> list[str]:
    said = []
    for key in rule.keys:
        found = preset.rule(key)
        if found is not None:
            other = "" if found.source == preset.document else f" ({found.source})"
            name = f"{key}: " if len(rule.keys) > 1 else ""
            said.append(f"{name}{_value(found)}{other}")
    return said


def _value(rule: Rule) -> str:
    unit = UNITS.get(rule.unit, rule.unit.replace("_", " "))
    if rule.value == 1 and unit.endswith("s"):
        unit = unit[:-1]
    return f"{_plain(rule)} {unit}".strip()


def _plain(rule: Rule) -> str:
    value = rule.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        in_kroner = rule.unit.startswith("oere")
        return ", ".join(f"{code}: {_number(number / 100 if in_kroner else number)}" for code, number in value.items())
    if isinstance(value, int | float):
        if rule.unit.startswith("oere"):
            return _number(value / 100)
        return f"{_number(value * 100)} %" if rule.unit.startswith("share") else _number(value)
    return value


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    return text.replace("|", "\\|") or "–"


def _short(test: str) -> str:
    return test.removeprefix("tests/")


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m tools.rules", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether docs/rules.md is up to date")
    asked = parser.parse_args(arguments)
    wanted = page()
    if asked.check:
        is_there = PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted
        print("docs/rules.md is up to date" if is_there else "docs/rules.md is not what would be written: make rules")
        return 0 if is_there else 1
    PAGE.write_text(wanted, encoding="utf-8")
    print(f"{len(RULES)} rules in docs/rules.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
