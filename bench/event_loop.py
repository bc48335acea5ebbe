"""The longest time that the window does not answer, through the real window on a store of ten thousand people.

A timer ticks every few milliseconds in the window's own loop; a gap between two ticks is a stall. The tour of all
screens is walked meanwhile (`tools/tour.py`), with typing, searching, closing a session, printing and building the
half-year's reports. Then a second window synchronises with a real server: everything there is, and some thousand
changes.
Beside each stall stands how long the window's own thread computed in it: the rest is a processor that others had.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.laptop import CLOCK, PASSPHRASE, a_copy
from bench.laptop import opened as opened_store
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
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - after the environment is set

        # The tour presses every button; a question that waits for an answer is put away as a person would with Escape.
        asked = QApplication.activeModalWidget()
        if asked is not None:
            asked.close()
        now, computed = time.perf_counter(), time.thread_time()
        gap, own = max(0.0, now - self._last - TICK_MS / 1000), computed - self._computed
        self._last, self._computed = now, computed
        if self._under_way and gap > self.stalls.get(self._under_way, (0.0, 0.0))[0]:
            self.stalls[self._under_way] = (gap, own)


def run(_rounds: int) -> Result:
    """Walk through the whole day once; the figure is the longest stall of all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="pusterum-bench-") as home, a_copy(SCALE) as folder:
        os.environ["PUSTERUM_HOME"] = home
        _let_see_everything(folder)
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
    from app.settings import DeviceSettings  # noqa: PLC0415 - after the environment is set
    from tools.tour import opened, whole_day  # noqa: PLC0415

    DeviceSettings(language="da", theme="light").save()
    day = opened(folder, clock=CLOCK)
    meter = StallMeter()
    meter.begin("start")
    for name in whole_day(day, PASSPHRASE):
        day.settle()
        # What comes next is what takes the time; it is called by where one was.
        meter.begin(f"after {name}")
    _type_and_scroll(day, meter)
    _report(day, meter)
    meter.end()
    day.pusterum.window.close()
    return meter.stalls


def _let_see_everything(folder: Path) -> None:
    """Make the laptop a coordinator's, whose screens are the most."""
    from sqlalchemy import update  # noqa: PLC0415

    from app.models.local import Device  # noqa: PLC0415

    store = opened_store(folder)
    with store.session() as session:
        session.execute(update(Device).values(role="coordinator"))
        session.commit()
    store.close()


def _report(day: Any, meter: StallMeter) -> None:
    """Build the half-year's reports, and put them on paper."""
    day.click("go-reports")
    meter.begin("build the reports")
    day.click("reports-compute")
    day.wait(lambda: not day.find("reports").is_busy, "the reports")
    meter.begin("print the reports")
    day.click("reports-paper")
    day.settle()


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
    made = records(CHANGES, app._device.team_ids[0])
    write(SimpleNamespace(store=app.store, device=app._device, clock=app.clock), made)  # type: ignore[arg-type]
    day.click("go-sync")
    meter.begin(f"send {CHANGES:,} changes")
    app.send()
    day.wait(lambda: not app._is_sending, "the receipt")
    meter.begin("after sending")
    day.settle()
    meter.end()
    app.window.close()
    return meter.stalls


def _type_and_scroll(day: Any, meter: StallMeter) -> None:
    """Search letter by letter in the list of people and with Ctrl+K, and scroll the list from end to end."""
    from PySide6.QtCore import Qt  # noqa: PLC0415

    day.click("go-people")
    meter.begin("search people")
    day.find("people-search").setFocus()
    for letter in "johansen":
        day.press(letter)
    day.find("people-search").clear()
    day.settle()
    meter.begin("scroll people")
    bar = day.find("people-table").verticalScrollBar()
    for place in range(0, bar.maximum() + 1, max(1, bar.maximum() // 40)):
        bar.setValue(place)
        day.application.processEvents()
    meter.begin("find with Ctrl+K")
    day.press((Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier))
    for letter in "marie kild":
        day.press(letter)
    day.press(Qt.Key.Key_Escape)
