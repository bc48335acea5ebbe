"""From the key to Today on the screen, beside opening the same file and running the same statements in the bare driver.

The key is in hand: deriving it from the passphrase is slow on purpose, and the same for everybody who guesses. What the
application makes while the passphrase is typed (an empty frame, the words of the first questions) is made before the
clock starts here too; everything that is about somebody is read, filled in and painted while it runs.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bench.laptop import CLOCK, a_copy, bare_driver, key_of
from bench.measuring import OF_SHORT_ONES, Goal, Result, in_turn

NAME = "unlock"
GOALS = (Goal("bare driver", 2.5),)
_TURNS_TO_DRAW = 6
"""Turns of the loop after the last answer: what it changed is laid out from the inside outwards, a step a turn."""


def run(rounds: int, *, scale: int = 1) -> Result:
    """Open, show Today and wait until it is painted with everything in it, again and again."""
    with a_copy(scale) as folder:
        os.environ["PUSTERUM_HOME"] = str(folder.parent)
        opening = _Opening(folder)
        statements: list[str] = []

        @event.listens_for(Engine, "connect")
        def _note(driver: Any, _record: Any) -> None:
            # The driver says what it is asked, whether it is asked by SQLAlchemy or past it.
            driver.set_trace_callback(statements.append)

        opening.until_painted()
        event.remove(Engine, "connect", _note)
        asked = [said for said in statements if said.lstrip().startswith(("SELECT", "WITH"))]

        def theirs() -> None:
            with closing(bare_driver(folder)) as bare:
                for statement in asked:
                    bare.execute(statement).fetchall()

        figures = in_turn(max(rounds, OF_SHORT_ONES), opening.until_painted, bare_driver=theirs)
    return Result(NAME, "s", figures, GOALS)


class _Opening:
    """The application's open stage, by itself, over and over."""

    def __init__(self, folder: Path) -> None:
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - after the environment is set

        from app.settings import DeviceSettings  # noqa: PLC0415
        from app.storage.queries.ahead import rehearse_first_screen  # noqa: PLC0415
        from app.ui.rubbish import Rubbish  # noqa: PLC0415
        from app.ui.shell.window import MainWindow  # noqa: PLC0415
        from app.ui.tasks import TaskRunner  # noqa: PLC0415
        from app.ui.theme import apply_theme  # noqa: PLC0415

        self._application = QApplication.instance() or QApplication([])
        apply_theme(self._application)  # type: ignore[arg-type]
        self._folder = folder
        self._key = key_of(folder)
        self._settings = DeviceSettings()
        self._tasks = TaskRunner()
        self._window = MainWindow()
        self._window.show()
        rehearse_first_screen()
        # As the application does: what Python leaves behind is collected between two pieces of work.
        self._rubbish = Rubbish()
        self._rubbish.start()

    def until_painted(self) -> float:
        """Open the store and show its first page; return the seconds until nothing more is to come."""
        import time  # noqa: PLC0415

        from PySide6.QtCore import QEventLoop  # noqa: PLC0415
        from PySide6.QtWidgets import QWidget  # noqa: PLC0415
        from sqlalchemy import select  # noqa: PLC0415

        from app.models.local import Device  # noqa: PLC0415
        from app.open_stage import frame, set_up_desk  # noqa: PLC0415
        from app.settings import DATABASE_NAME  # noqa: PLC0415
        from app.storage.engine import open_store  # noqa: PLC0415

        ready = frame(self._settings, tasks=self._tasks, clock=CLOCK, parent=self._application, window=self._window)
        ready.setGeometry(self._window.rect())
        for _piece in ready.make_ready():
            self._application.processEvents()
        self._application.processEvents()
        began = time.perf_counter()
        # As the application does: every page is looked at when the person is at work.
        store = open_store(self._folder / DATABASE_NAME, self._key, every_page=False)
        with store.session() as session:
            device = session.scalars(select(Device)).one()
        desk, workspace = set_up_desk(
            store, device, self._settings, tasks=self._tasks, clock=CLOCK, parent=self._application, ready=ready
        )
        self._window.show_alone(workspace)
        while self._tasks.is_busy:
            # Waiting as the application itself waits: asking again and again takes the time from the readers.
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        for _turn in range(_TURNS_TO_DRAW):
            self._application.processEvents()
        taken = time.perf_counter() - began
        desk.close()
        self._window.setCentralWidget(QWidget())
        store.close()
        self._application.processEvents()
        return taken
