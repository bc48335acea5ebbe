"""How much memory the open application takes, and how much more after persons were opened one after another.

Beside stand 250 MB, the most that it may take, and what it took before the first person was opened.
"""

import os
import sys
import tempfile
from pathlib import Path

from bench.laptop import CLOCK, PASSPHRASE, a_copy
from bench.measuring import Goal, Result

NAME = "memory"
OPENED = int(os.environ.get("PUSTERUM_BENCH_OPENED", "200"))
"""Persons opened: 200 in a full run, which takes a minute; a thousand where there is time."""
MOST = 250
"""Megabytes."""
PATIENCE = 300
"""Seconds that an answer may take here: it is memory that is measured."""


def run(rounds: int) -> list[Result]:
    """Open the real window on the invented laptop, without a screen, and walk from person to person."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import psutil  # noqa: PLC0415
    from PySide6.QtCore import Qt  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    from app.models.person import Person  # noqa: PLC0415
    from tools import demo_day  # noqa: PLC0415

    # What is due for everybody of the large store takes its time on a machine that does other things.
    demo_day.PATIENCE_SECONDS = PATIENCE
    process = psutil.Process()

    def megabytes() -> float:
        return float(process.memory_info().rss) / 2**20

    scale = int(os.environ.get("PUSTERUM_BENCH_MEMORY_SCALE", "1"))
    with a_copy(scale) as folder, tempfile.TemporaryDirectory() as home:
        os.environ["PUSTERUM_HOME"] = home
        day = demo_day.Day("da", folder=Path(folder), clock=CLOCK)
        day.pusterum.start()
        day.find("unlock-passphrase")
        day.press(PASSPHRASE, Qt.Key.Key_Return)
        day.wait(lambda: day.pusterum.workspace is not None, "the store to open")
        day.settle()
        workspace, store = day.pusterum.workspace, day.pusterum.store
        assert workspace is not None
        assert store is not None
        with store.session() as session:
            people = session.scalars(select(Person.id).where(Person.merged_into_id.is_(None))).all()

        def walk(count: int) -> None:
            for number in range(count):
                workspace._desk.open("person", people[number % len(people)])
                day.settle()

        # The first ones fill what is kept on purpose: fonts, icons, statements, pages of the store.
        walk(min(50, OPENED))
        before = megabytes()
        walk(OPENED)
        after = megabytes()
        day.pusterum.window.close()
    del rounds
    note = f"Before {before:.0f} MB, after {OPENED:,} opened persons {after:.0f} MB, at {scale}x; {sys.platform}."
    return [
        Result(
            "memory: the open application",
            "MB",
            {"pusterum": [after], "250 MB": [float(MOST)]},
            (Goal("250 MB", 1.0),),
            note,
        ),
        Result(
            f"memory: {OPENED} opened persons",
            "MB",
            {"pusterum": [after], "before": [before]},
            (Goal("before", 1.05),),
        ),
    ]
