import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}


def test_dependencies_point_one_way():
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert " 0 broken" in checked.stdout


@pytest.mark.parametrize("package", ["app", "server", "invented", "tools"])
def test_every_module_is_named_for_its_idea(package):
    names = {file.stem for file in (ROOT / package).rglob("*.py")} | {
        folder.name for folder in (ROOT / package).rglob("*") if folder.is_dir()
    }
    assert names & FORBIDDEN_NAMES == set()


def test_every_picture_that_a_page_shows_is_there():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"!?\[[^\]]*\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_picture_that_is_kept_is_shown_on_a_page():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/([\w-]+\.png)", page.read_text(encoding="utf-8"))}
    assert {picture.name for picture in (ROOT / "docs" / "pictures").iterdir()} == shown


def test_no_sign_of_another_countrys_money_stands_for_kroner():
    for file in (ROOT / "app").rglob("*.py"):
        assert re.findall(r"\bcurrency-[a-z-]+", file.read_text(encoding="utf-8")) == [], file


def test_no_layout_is_asked_for_the_items_that_it_holds():
    # PySide6 keeps what it makes for one when Qt has deleted it: what Qt puts there next ends the program when it goes.
    asked = re.compile(r"\.itemAt(Position)?\(")
    asking = [file for file in (ROOT / "app").rglob("*.py") if asked.search(file.read_text(encoding="utf-8"))]
    assert asking == [], "look for a widget with indexOf"


def test_the_changelog_speaks_of_the_version_that_is_built():
    from app import __version__

    assert __version__ in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_servers_migrations_are_numbered_one_after_another():
    from server.migration import known_migrations

    assert [number for number, _ in known_migrations()] == list(range(1, len(known_migrations()) + 1))
