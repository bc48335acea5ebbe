"""Attack the program: run every test of `tests/security`; the last line says what was tried and what came of it."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

FIGURES = ("bad_inputs", "faults", "planted", "found", "tampered", "tampered_found", "lost")
WORKERS = "2"
"""Files of tests that run beside each other."""


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where everything held."""
    argparse.ArgumentParser(prog="python -m tools.attack", description=__doc__.splitlines()[0]).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pusterum-attack-") as folder:
        counts = Path(folder) / "counts"
        counts.touch()
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PUSTERUM_ATTACK_COUNTS": str(counts)}
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "--dist", "loadfile", "tests/security"],
            env=environment,
            check=False,
        )
        total: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
        for line in counts.read_text(encoding="utf-8").splitlines():
            total.update(json.loads(line))
    held = (
        run.returncode == 0
        and total["found"] == 0
        and total["lost"] == 0
        and total["tampered_found"] == total["tampered"] > 0
    )
    print(
        f"{'HELD' if held else 'BROKEN'}: {total['bad_inputs']} bad inputs tried, {total['faults']} faults injected, "
        f"{total['planted']} planted secrets hunted and {total['found']} found, "
        f"{total['tampered_found']} of {total['tampered']} tampered rows found, {total['lost']} records lost"
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
