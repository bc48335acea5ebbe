"""``python -m tests.end_to_end.soak --minutes 30``: generated days for as long as one likes, other ones each time.

By turns days of laptops on a bad line, and days of who joins, leaves, moves or is erased (`test_who_sees_what.py`).

The last line says what was tried. The first day on which something does not hold ends the run with its steps.
"""

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from tests.end_to_end.sync_world import TRIED, make_template
from tests.end_to_end.test_sync_machine import run
from tests.server.laptops import ServerProcess
from tests.server.test_who_sees_what import run as run_scope
from tests.server.who_sees_what import TRIED as SCOPE_TRIED


def main(arguments: list[str] | None = None) -> int:
    """Run until the time is up and return 0, or 1 where something did not hold."""
    parser = argparse.ArgumentParser(description="Generated days of laptops and a server on a bad line.")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=50, help="steps of a day (default: %(default)s)")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest day that fails; takes long")
    options = parser.parse_args(arguments)
    phases = (Phase.generate, Phase.shrink) if options.shrink else (Phase.generate,)
    chosen = settings(
        max_examples=5, stateful_step_count=options.steps, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    until = time.monotonic() + options.minutes * 60
    failed = False
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder)) as server:
        template = make_template(Path(folder))
        while time.monotonic() < until and not failed:
            try:
                run(server, Path(folder), template, chosen, kills_server=True)
                run_scope(server, chosen)
            except Exception:  # noqa: BLE001 - whatever did not hold is shown, and the last line still comes
                traceback.print_exc()
                failed = True
    sys.stdout.write(f"{'FAILED' if failed else 'passed'}: {TRIED}; {SCOPE_TRIED}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
