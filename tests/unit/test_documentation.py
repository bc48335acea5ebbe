"""What the documentation points at is there: links, anchors, files, make targets, tests, switches and classes."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench/results.md")
)
FOLDERS = ("app", "bench", "docs", "invented", "resources", "server", "tests", "tools")
IN_FOLDER = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+")
WRITTEN_BY_US = (".py", ".toml", ".sql", ".cjs")
NOT_OURS = {"max_connections", "pg_dump", "synchronous_standby_names", "ElementTree", "ProcessPoolExecutor"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def quoted_in(page: str) -> list[str]:
    without_blocks = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", without_blocks)


@cache
def source() -> str:
    files = [ROOT / "main.py", *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*"))]
    return "\n".join(
        file.read_text(encoding="utf-8") for file in files if file.suffix in WRITTEN_BY_US and file != Path(__file__)
    )


@cache
def words() -> set[str]:
    return set(re.findall(r"\w+", source()))


@cache
def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if link.startswith("https:"):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page: str) -> None:
    for said in quoted_in(page):
        for path in IN_FOLDER.findall(said) if IN_FOLDER.match(said) else ():
            assert (ROOT / path).exists(), said
        if re.fullmatch(r"\w+\.py", said):
            assert any(next((ROOT / folder).rglob(said), None) for folder in FOLDERS) or (ROOT / said).exists(), said


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {said.split()[1] for said in quoted_in(page) if re.match(r"make [a-z-]+( |$)", said)}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_test_and_name_of_the_code_that_is_named_exists(page: str) -> None:
    for said in quoted_in(page):
        if re.fullmatch(r"(?:test_\w+|\w+\.py::test_\w+)", said):
            assert f"def {said.rpartition('::')[2]}(" in source(), said
        elif re.fullmatch(r"[a-z]+(?:_[a-z]+)+(?:\(\))?|(?:[A-Z][a-z]+){2,}", said):
            assert said.removesuffix("()") in words() | NOT_OURS, said


@pytest.mark.parametrize("page", PAGES)
def test_every_switch_and_variable_that_is_named_exists(page: str) -> None:
    for named in re.findall(r"(?<![\w-])--[a-z][a-z-]+|PUSTERUM_[A-Z_]*[A-Z]", text_of(page)):
        assert named in source(), named
