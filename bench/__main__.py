"""`python -m bench` runs every benchmark, `python -m bench NAME …` the named ones; `--json` for machines.

Every benchmark runs in a process of its own. A full run writes `bench/results.md`, with the machine and the day.
"""

import argparse
import compileall
import contextlib
import importlib
import json
import os
import pkgutil
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import bench
from app.clock import SystemClock, today
from bench.measuring import OF_SHORT_ONES, Result

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "bench" / "results.md"
MEASURED = ("app", "server")
ROUNDS = 5
LONGEST = 420
"""Seconds after which one benchmark is given up."""
WHOLE = 14 * 60
"""Seconds that a full run has: what is left then is named, and measured by its name."""


_LAST = ("memory", "sync-growth")
"""Two long ones: where time runs out on a slow machine, it is for one of them and not for all that come after."""


def benchmarks() -> dict[str, str]:
    """Return the module of every benchmark by its name, in order of name: the modules that have a `NAME` of theirs."""
    found = {}
    for module in pkgutil.iter_modules(bench.__path__, "bench."):
        if module.ispkg:
            continue
        source = (Path(bench.__path__[0]) / f"{module.name.rpartition('.')[2]}.py").read_text(encoding="utf-8")
        for line in source.splitlines():
            if line.startswith("NAME = "):
                found[line.partition("=")[2].strip().strip('"')] = module.name
    return dict(sorted(found.items()))


def measure(name: str, *, rounds: int) -> list[Result]:
    """Run one benchmark here and return what it found; one benchmark may have several results."""
    module: ModuleType = importlib.import_module(benchmarks()[name])
    found: Result | list[Result] = module.run(rounds)
    return found if isinstance(found, list) else [found]


def as_json(result: Result) -> dict[str, Any]:
    """Return the result as JSON has it."""
    return {
        "name": result.name,
        "unit": result.unit,
        "figures": {side: list(rounds) for side, rounds in result.figures.items()},
        "ratios": [
            {
                "beside": ratio.beside,
                "median": ratio.median,
                "least": ratio.least,
                "most": ratio.most,
                "goal": ratio.at_most,
                "kept": ratio.is_kept,
            }
            for ratio in result.ratios()
        ],
        "note": result.note,
    }


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; 2 where there is no such benchmark, 1 where one could not be run."""
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"counted rounds of each side ({ROUNDS})")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        print(f"There is no benchmark called {', '.join(unknown)}. There are: {', '.join(known)}", file=sys.stderr)
        return 2
    if asked.here:
        for name in asked.names:
            for result in measure(name, rounds=asked.rounds):
                print(json.dumps(as_json(result)))
        return 0
    _compile()
    rows: list[dict[str, Any]] = []
    failed = []
    began = time.monotonic()
    for name in asked.names or sorted(known, key=lambda name: name in _LAST):
        left = LONGEST if asked.names else min(LONGEST, WHOLE - (time.monotonic() - began))
        print(f"{name} …", file=sys.stderr, flush=True)
        found = _in_its_own_process(name, rounds=asked.rounds, seconds=left)
        if found is None:
            failed.append(name)
            continue
        rows += found
        for row in found:
            print(json.dumps(row) if asked.json else "\n".join(_lines(row)), flush=True)
    if not asked.names:
        RESULTS.write_text(_page(rows, failed, rounds=asked.rounds), encoding="utf-8")
    return 1 if failed else 0


def _compile() -> None:
    """Have what is measured compiled, as it is where it is installed, also where Python is told to write none of it."""
    for package in MEASURED:
        compileall.compile_dir(PROJECT / package, quiet=2)


def _in_its_own_process(name: str, *, rounds: int, seconds: float) -> list[dict[str, Any]] | None:
    if seconds <= 0:
        print(f"{name}: no time is left for it in this run", file=sys.stderr)
        return None
    command = [sys.executable, "-m", "bench", "--here", "--rounds", str(rounds), name]
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    ) as process:
        try:
            said, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            print(f"{name}: given up after {seconds:.0f} s", file=sys.stderr)
            return None
    if process.returncode:
        print(f"{name} failed after {time.monotonic() - began:.0f} s:\n{complaints[-2000:]}", file=sys.stderr)
        return None
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def _end(process: "subprocess.Popen[str]") -> None:
    """End a benchmark and the servers that it started: asked first, because they end what they began."""
    if os.name != "posix":
        process.kill()
        return
    for how, patience in ((signal.SIGINT, 15), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=patience)
            if how is signal.SIGKILL:
                return


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['name']}: {_middle(row, 'pusterum')}"
    for ratio in row["ratios"]:
        goal = "" if ratio["goal"] is None else f", goal {ratio['goal']:g}: {'kept' if ratio['kept'] else 'NOT KEPT'}"
        yield (
            f"  {ratio['median']:.2f} x {ratio['beside']} ({_middle(row, ratio['beside'])};"
            f" {ratio['least']:.2f} to {ratio['most']:.2f}{goal})"
        )
    if row["note"]:
        yield f"  {row['note']}"


def _middle(row: dict[str, Any], side: str) -> str:
    rounds = sorted(row["figures"][side])
    value = rounds[len(rounds) // 2]
    if row["unit"] == "s":
        return f"{value * 1000:.2f} ms" if value < 1 else f"{value:.2f} s"
    return f"{value:,.0f} {row['unit']}" if value >= 100 else f"{value:.2f} {row['unit']}"


def _page(rows: Sequence[dict[str, Any]], failed: Sequence[str], *, rounds: int) -> str:
    lines = [
        "# Benchmarks: results",
        "",
        f"Written by `make bench` on {today(SystemClock()).isoformat()}: {os.cpu_count()} cores, {_memory()},"
        f" {platform.system()} {platform.machine()}, Python {platform.python_version()}; {rounds} rounds in turn,"
        f" {max(rounds, OF_SHORT_ONES)} of what takes a fraction of a second.",
        "Absolute figures vary from machine to machine; what counts is the ratio, ours over the other's in the same"
        " round (smaller is better).",
        "",
        "| benchmark | ours | beside | theirs | ratio, median (least to most) | goal | kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if not row["ratios"]:
            lines.append(f"| {row['name']} | {_middle(row, 'pusterum')} | | | | | |")
        for ratio in row["ratios"]:
            goal = "" if ratio["goal"] is None else f"at most {ratio['goal']:g}"
            kept = {None: "", True: "yes", False: "**no**"}[ratio["kept"]]
            lines.append(
                f"| {row['name']} | {_middle(row, 'pusterum')} | {ratio['beside']} | {_middle(row, ratio['beside'])}"
                f" | {ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f}) | {goal} | {kept} |"
            )
    notes = [f"- **{row['name']}**: {row['note']}" for row in rows if row["note"]]
    notes += [f"- **{name}** could not be measured." for name in failed]
    return "\n".join([*lines, *(["", "## Notes", "", *notes] if notes else []), ""])


def _memory() -> str:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return "memory not known"
    return f"{pages / 2**30:.0f} GiB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
