"""Process start to the unlock window, ready to type in, beside a bare window with a table."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.laptop import CLOCK, PASSPHRASE
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn
from invented.laptop import make_laptop

NAME = "start"
GOALS = (Goal("bare window", 2.0),)


def run(rounds: int) -> Result:
    """Start both as processes of their own, warm."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        make_laptop(data, passphrase=PASSPHRASE, clock=CLOCK)
        figures = in_turn(
            max(rounds, OF_SHORT_ONES),
            lambda: _until_painted("pusterum", str(data), home=folder),
            bare_window=lambda: _until_painted("bare", home=folder),
        )
    return Result(NAME, "s", figures, GOALS)


def _until_painted(*what: str, home: str) -> float:
    began = time.time()
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.first_frame", *what],
        env={**os.environ, "PUSTERUM_HOME": home},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return float(done.stdout) - began
