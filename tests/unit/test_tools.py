"""What stands in tools/ says what it does when asked, and does nothing when it is asked for something unknown."""

import importlib
from pathlib import Path

import pytest

import tools

COMMANDS = sorted(
    file.stem
    for file in Path(tools.__file__).parent.glob("*.py")
    if 'if __name__ == "__main__":' in file.read_text(encoding="utf-8")
)


def ended(command: str, argument: str) -> object:
    with pytest.raises(SystemExit) as end:
        importlib.import_module(f"tools.{command}").main([argument])
    return end.value.code


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_in_a_line_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = (importlib.import_module(f"tools.{command}").__doc__ or "").splitlines()[0]
    assert ended(command, "--help") == 0
    assert first in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_what_it_does_not_know(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(command, "--nonsense") == 2
    assert f"{command}: error:" in capsys.readouterr().err.replace(".py", "")


def test_there_are_commands() -> None:
    assert {"demo_day", "setup", "year"} <= set(COMMANDS)
