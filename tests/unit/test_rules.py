import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

from app.domain.programmes import DOCUMENTS, presets
from app.domain.rules import RULES, SECTIONS, SHOWN
from tools import rules

ROOT = Path(rules.__file__).resolve().parent.parent


@cache
def functions_of(file):
    return {
        node.name
        for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


def resolved(name):
    """Return what a dotted name means: a module, or something in one."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute)


def test_the_page_of_rules_is_what_would_be_written():
    assert rules.PAGE.read_text(encoding="utf-8") == rules.page(), "run `make rules`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_names_a_test_that_exists_and_code_that_imports(rule):
    assert rule.tests
    assert rule.code
    for test in rule.tests:
        file, _, name = test.partition("::")
        assert name in functions_of(file), test
    for name in rule.code:
        assert resolved(name) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_is_said_in_both_languages_with_its_kind_and_its_documents(rule):
    assert rule.title
    assert rule.title_da
    assert rule.section in SECTIONS
    assert rule.kind in {"D", "B", "W", "R", "C"}
    assert set(rule.source.split()) <= set(DOCUMENTS)


def test_no_rule_of_a_preset_is_missing_from_the_page_and_none_stands_there_twice():
    named = [key for rule in RULES for key in rule.keys]
    assert sorted(named) == sorted(set(named))
    assert {key for preset in presets().values() for key in preset.rules} == set(named)


def test_the_command_says_whether_the_page_is_up_to_date(capsys, monkeypatch, tmp_path):
    assert rules.main(["--check"]) == 0
    monkeypatch.setattr(rules, "PAGE", tmp_path / "rules.md")
    assert rules.main(["--check"]) == 1
    assert rules.main([]) == 0
    assert rules.main(["--check"]) == 0


def test_no_rule_is_merely_stored():
    """Each is read by the code that does something because of it, or shown on the screen where one works."""
    not_uses = {ROOT / "app/domain/rules.py", ROOT / "app/ui/programmes/words.py"}
    written = {
        node.value
        for file in (ROOT / "app").rglob("*.py")
        if file not in not_uses
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    shown = {key for keys in SHOWN.values() for key in keys}
    assert {key for preset in presets().values() for key in preset.rules} - written - shown == set()
    assert shown <= {key for preset in presets().values() for key in preset.rules}
