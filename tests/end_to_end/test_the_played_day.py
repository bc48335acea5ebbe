import json
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_counsellors_day_is_played_through_the_windows_and_every_record_arrives(tmp_path):
    played = subprocess.run(
        [sys.executable, "-m", "tools.demo_day"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Traceback" not in played.stderr
    left = tmp_path / "demo-day"
    assert len(list(left.glob("*.png"))) >= 12
    (diploma,) = left.glob("diploma*.pdf")
    with pypdfium2.PdfDocument(diploma.read_bytes()) as document:
        assert len(document) == 1
    receipt = json.loads((left / "receipt.json").read_text())
    holds = json.loads((left / "server-holds.json").read_text())
    assert holds["records_that_differ"] == 0
    assert receipt["held"] == holds["changes_of_the_day"] == holds["changes_the_server_holds"] > 30
