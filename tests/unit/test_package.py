"""What a package needs to run without the source beside it: every file, and a way to start itself once more."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import main
from app.own_program import own_program
from tools.package import OURS, ROOT, files_of_ours

READ_AS_CODE = {".py", ".pyc", ".po"}
"""Modules are packed as code, and of a catalogue its compiled form is read."""


def test_everything_that_is_read_as_a_file_goes_into_a_package() -> None:
    packed = set(files_of_ours())
    for top in (*OURS, "resources"):
        for folder, _, names in os.walk(ROOT / top):
            here = Path(folder).relative_to(ROOT)
            expected = {here / name for name in names if Path(name).suffix not in READ_AS_CODE}
            assert expected <= packed, "a package would lack these"
    migrations = {file.relative_to(ROOT) for file in (ROOT / "app/storage/migrations").rglob("*.py")}
    assert migrations <= packed, "Alembic reads its migrations as files"
    assert not {file for file in packed if file.suffix in READ_AS_CODE} - migrations


@pytest.mark.parametrize("command", sorted(main._COMMANDS))
def test_every_command_is_there_and_takes_arguments(command: str) -> None:
    assert callable(import_module(main._COMMANDS[command]).main)


def test_it_starts_itself_from_any_folder(tmp_path: Path) -> None:
    said = subprocess.run(
        own_program("read-message", "--help"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "FILE" in said.stdout


def test_a_package_starts_itself_without_an_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/pusterum/pusterum")
    assert own_program("server", "serve") == ["/opt/pusterum/pusterum", "server", "serve"]
