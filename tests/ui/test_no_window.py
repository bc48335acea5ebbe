"""Where no window can open, whoever started the program reads why, what is safe and what to do now."""

import ctypes
import os
import re
import subprocess
import sys

import pytest

from app.settings import HOME_VARIABLE, DeviceSettings


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Starts the program in a session that has `screen` only, with these libraries broken; returns how it ended."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    DeviceSettings(language="en").save()

    def start(*broken: str, **screen: str) -> subprocess.CompletedProcess[str]:
        libraries = tmp_path / "libraries"
        libraries.mkdir()
        for name in broken:
            (libraries / name).write_text("broken")
        named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        session = {name: value for name, value in os.environ.items() if name not in named}
        session |= {"LD_LIBRARY_PATH": str(libraries), **screen}
        command = [sys.executable, "main.py"]
        return subprocess.run(command, env=session, capture_output=True, text=True, timeout=60, check=False)

    return start


def test_a_screen_that_does_not_answer_is_told_in_sentences(started):
    ended = started(QT_QPA_PLATFORM="a screen there is not")
    assert ended.returncode == 1
    first, then, *details = ended.stderr.splitlines()
    assert first == "Pusterum cannot open its window: no screen answers."
    assert then.startswith("Everything you saved before is safe. Log in at the laptop's own screen")
    # What Qt says stands behind it, for IT support.
    assert "a screen there is not" in " ".join(details)


def is_lacking(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


@pytest.mark.parametrize("library", ["libxcb-cursor.so.0", "libEGL.so.1"])
def test_a_library_that_the_laptop_lacks_is_named(started, library):
    """The one is found out as Qt looks for a screen, the other as Qt itself is imported."""
    ended = started(library, DISPLAY=":987")
    assert ended.returncode == 1
    said = re.match(r"Pusterum cannot open its window: this laptop lacks (.+)\.\n", ended.stderr)
    assert said is not None, ended.stderr
    # Where the machine of the test lacks another one, either may be found out first.
    assert said[1] == library or is_lacking(said[1])
    assert "Traceback" not in ended.stderr


def test_the_sentence_is_in_the_language_of_the_settings(started):
    DeviceSettings(language="da").save()
    assert started(QT_QPA_PLATFORM="none").stderr.startswith("Pusterum kan ikke åbne sit vindue: ingen skærm svarer.")
