"""What is copied or marked, on a screen as a session has it: X11, where the system has one to try it on."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

import pytest

from tests.trial_laptop import make_laptop

ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from tests.trial_laptop import CLOCK, PASSPHRASE
from tools.demo_day import Day

def held(mode):
    return clipboard.text(mode)

day = Day("en", folder=Path(sys.argv[1]), clock=CLOCK)
day.pusterum.start()
day.pusterum.window.activateWindow()
day.unlock(PASSPHRASE)
clipboard = QGuiApplication.clipboard()
day.click("go-people")
day.find("people-search").setFocus()
day.press("Havnefogeden")
day.press((Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier))
day.settle()
day.press((Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier))
day.settle()
print("copied", held(QClipboard.Mode.Clipboard), held(QClipboard.Mode.Selection))
kept = clipboard.mimeData()
print("marked", *(kept.hasFormat(name) for name in (
    "x-kde-passwordManagerHint", "ExcludeClipboardContentFromMonitorProcessing",
    "application/x-nspasteboard-concealed-type")), bytes(kept.data("x-kde-passwordManagerHint")).decode())
day.press((Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier))
day.find("unlock-passphrase")
day.settle()
print("locked", held(QClipboard.Mode.Clipboard) + held(QClipboard.Mode.Selection))
day.pusterum.window.close()
"""


@pytest.mark.skipif(
    shutil.which("xvfb-run") is None or find_library("xcb-cursor") is None,
    reason="only X says whose the clipboard is; there is no virtual X server, or Qt's part for it",
)
def test_what_is_copied_is_marked_as_nothing_to_be_kept_and_goes_with_what_is_selected_when_it_locks(
    tmp_path: Path,
) -> None:
    make_laptop(tmp_path / "data")
    done = subprocess.run(
        ["xvfb-run", "-a", sys.executable, "-c", WORKER, str(tmp_path / "data")],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PUSTERUM_HOME": str(tmp_path),
            "HOME": str(tmp_path),
            "QT_QPA_PLATFORM": "xcb",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "copied Havnefogeden Havnefogeden",
        "marked True True True secret",
        "locked ",
    ]
