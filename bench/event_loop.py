"""The longest time that the window does not answer, through the real window on a store of ten thousand people.

A timer ticks every few milliseconds in the window's own loop; a gap between two ticks is a stall. The scripted hour
(`bench/hour.py`) passes meanwhile: every screen, typing, searching, closing a session, printing and building the
half-year's reports. Then a second window synchronises with a real server: everything there is, and some thousand
changes.
Beside each stall stands how long the window's own thread computed in it: the rest is a processor that others had.
"""

import os
import tempfile
import time
from pathlib import Path

from bench.laptop import a_copy
from bench.measuring import Goal, Result

NAME = "event-loop"
GOALS = (Goal("100 ms", 1.0),)
SCALE = int(os.environ.get("PUSTERUM_BENCH_SCALE", "42"))
"""Each step adds 240 people; 42 makes ten thousand."""
TICK_MS = 5
CHANGES = 5_000
"""Changes that are sent at once: some weeks of a busy counsellor."""


class StallMeter:
    """Remembers the longest gap between two ticks of the window's loop, and what was under way then."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer  # noqa: PLC0415 - after the environment is set

        self.stalls: dict[str, tuple[float, float]] = {}
        self._under_way = ""
        self._last = time.perf_counter()
        self._computed = time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self, name: str) -> None:
        """Say what is under way from now on."""
        self._tick()
        self._under_way = name

    def end(self) -> None:
        """Measure no longer."""
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now, computed = time.perf_counter(), time.thread_time()
        gap, own = max(0.0, now - self._last - TICK_MS / 1000), computed - self._computed
        self._last, self._computed = now, computed
        if self._under_way and gap > self.stalls.get(self._under_way, (0.0, 0.0))[0]:
            self.stalls[self._under_way] = (gap, own)


def run(_rounds: int) -> Result:
    """Walk through the whole day once; the figure is the longest stall of all."""
    with tempfile.TemporaryDirectory(prefix="pusterum-bench-") as home, a_copy(SCALE) as folder:
        os.environ["PUSTERUM_HOME"] = home
        stalls = _walk(folder)
    with tempfile.TemporaryDirectory(prefix="pusterum-bench-") as home:
        os.environ["PUSTERUM_HOME"] = home
        stalls |= _synchronise()
    worst = sorted(stalls.items(), key=lambda item: item[1], reverse=True)[:6]
    return Result(
        NAME,
        "s",
        {"pusterum": [worst[0][1][0]], "100 ms": [0.1]},
        GOALS,
        note=f"{SCALE * 240} people; longest by screen: "
        + ", ".join(f"{name} {gap * 1000:.0f} ms ({own * 1000:.0f} computing)" for name, (gap, own) in worst),
    )


def _walk(folder: Path) -> dict[str, tuple[float, float]]:
    from bench.hour import begun, hour_of_use  # noqa: PLC0415 - after the environment is set

    day = begun(folder)
    meter = StallMeter()
    for under_way in hour_of_use(day):
        meter.begin(under_way)
    meter.end()
    day.pusterum.window.close()
    return meter.stalls


def _synchronise() -> dict[str, tuple[float, float]]:
    """Enrol with a server on this machine, which sends everything, and send it so many changes."""
    from types import SimpleNamespace  # noqa: PLC0415

    from app.settings import DeviceSettings  # noqa: PLC0415 - after the environment is set
    from bench.sync_fleet import records, write  # noqa: PLC0415
    from tools.demo_day import Day  # noqa: PLC0415

    DeviceSettings(language="da", theme="light").save()
    day = Day("da")
    app = day.pusterum
    app.start()
    # The first frame belongs to the start, which has a benchmark of its own.
    day.settle()
    meter = StallMeter()
    meter.begin("enrol and fetch everything")
    day.click("try-invented")
    day.wait(lambda: app.workspace is not None, "the invented cooperation")
    day.settle()
    meter.begin("")
    assert app._device is not None
    made = records(CHANGES, app._device.team_ids[0])
    write(SimpleNamespace(store=app.store, device=app._device, clock=app.clock), made)  # type: ignore[arg-type]
    day.click("go-sync")
    meter.begin(f"send {CHANGES:,} changes")
    app.sending.send()
    day.wait(lambda: not app.sending.is_under_way, "the receipt")
    meter.begin("after sending")
    day.settle()
    meter.end()
    app.window.close()
    return meter.stalls
