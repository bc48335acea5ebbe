"""How much memory the open application takes after a scripted hour of use, and how much more after opened persons.

Beside stand 250 MB, the most that it may take, and what it took before the first person was opened. Processes that the
application started count with it; those for papers and reports end by themselves when nobody needed them for a while.
"""

import gc
import os
import sys
import tempfile

from bench.laptop import a_copy
from bench.measuring import Goal, Result

NAME = "memory"
SCALE = int(os.environ.get("PUSTERUM_BENCH_MEMORY_SCALE", "100"))
"""The large store, where the hour takes two minutes."""
OPENED = int(os.environ.get("PUSTERUM_BENCH_OPENED", "200"))
"""Persons opened: 200 in a full run; a thousand where there is time."""
MOST = 250
"""Megabytes."""
PATIENCE = 300
"""Seconds that an answer may take here: it is memory that is measured."""


def run(_rounds: int) -> list[Result]:
    """Use the real window on the invented laptop, without a screen, and then walk from person to person."""
    import psutil  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415

    from app.models.person import Person  # noqa: PLC0415
    from app.ui.rubbish import give_back  # noqa: PLC0415
    from bench.hour import begun, hour_of_use  # noqa: PLC0415
    from tools import demo_day  # noqa: PLC0415

    # What is due for everybody of the large store takes its time on a machine that does other things.
    demo_day.PATIENCE_SECONDS = PATIENCE
    process = psutil.Process()

    def megabytes() -> float:
        # As the application does every half minute, and every five minutes at the latest: the hour is over in fewer.
        gc.collect()
        give_back()
        everything = [process, *process.children(recursive=True)]
        return float(sum(one.memory_info().rss for one in everything)) / 2**20

    with a_copy(SCALE) as folder, tempfile.TemporaryDirectory() as home:
        os.environ["PUSTERUM_HOME"] = home
        day = begun(folder)
        for _under_way in hour_of_use(day):
            pass
        day.settle()
        # The papers and reports came last; the processes that made them have half a minute, as in any hour.
        workspace, store = day.pusterum.workspace, day.pusterum.store
        assert workspace is not None
        assert store is not None
        desk = workspace.desk
        day.wait(
            lambda: desk.papers.process_id is None and desk.figures.process_id is None,
            "the processes for papers and reports to end",
        )
        after_hour = megabytes()
        with store.session() as session:
            people = session.scalars(select(Person.id).where(Person.merged_into_id.is_(None))).all()

        def walk(count: int) -> None:
            for number in range(count):
                workspace._desk.open("person", people[number % len(people)])
                day.settle()

        # The first ones fill what is kept on purpose: statements, pages of the store.
        walk(min(50, OPENED))
        before = megabytes()
        walk(OPENED)
        after = megabytes()
        day.pusterum.window.close()
    note = f"At {SCALE}x. Before persons were opened {before:.0f} MB, after {OPENED:,} {after:.0f} MB; {sys.platform}."
    return [
        Result(
            "memory: after a scripted hour",
            "MB",
            {"pusterum": [after_hour], "250 MB": [float(MOST)]},
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
