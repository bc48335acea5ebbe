"""The page about security says what is so: each named test exists, and the table of rights is the code's."""

import ast
import re
from pathlib import Path

import pytest

from app.domain.roles import MAY_REVOKE, RIGHTS, Right, Role, may, rights_table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)))


def test_every_threat_has_an_answer_and_a_test():
    rows = [line for line in PAGE.split("## Who may")[0].splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 20
    for row in rows[1:]:
        threat, answer, test = (cell.strip() for cell in row.strip("|").split("|"))
        assert threat
        assert answer
        assert re.search(r"`test_\w+\.py::test_\w+`", test), threat


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_test_exists(file, name):
    tree = ast.parse((ROOT / "tests" / "security" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_table_of_rights_on_the_page_is_the_one_in_the_code():
    assert rights_table() in PAGE


def test_every_right_is_somebodys_and_an_unknown_role_has_none():
    assert set().union(*RIGHTS.values()) == set(Right)
    assert not any(may("somebody", right) for right in Right)
    assert {role for role in Role if Right.OVERSEE_LAPTOPS in RIGHTS[role]} >= MAY_REVOKE


def test_the_rights_of_the_server_are_those_of_the_table():
    from server.scope import COORDINATOR, WRITING_ROLES

    assert {role for role in Role if Right.WRITE_RECORDS in RIGHTS[role]} == WRITING_ROLES
    assert {role.value for role in Role if Right.WRITE_PROGRAMMES in RIGHTS[role]} == {COORDINATOR}
