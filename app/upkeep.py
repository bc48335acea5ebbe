"""What is done beside whoever works: every page of the store is looked at, backups are made, memory is given back."""

import importlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.clock import Clock
from app.ui.rubbish import GIVES_BACK_MS
from app.ui.tasks import TaskRunner

if TYPE_CHECKING:
    from app.storage.engine import Store

_BEFORE_IMPORTING_MORE = 2_000
"""Milliseconds between the first screen and the import of the largest others, so that opening them does not wait."""
_BEFORE_CHECKING = 5_000
"""Milliseconds between the first screen and the look at every page of the store: the morning begins without it."""
_BEFORE_THE_BACKUP = 20_000
"""Milliseconds between the first screen and the backup, where one is due."""
_BETWEEN_BACKUPS = 30 * 60_000
"""Milliseconds after which it is looked at whether a backup is due."""


class Upkeep(QObject):
    """Looks after the open store from `begin` to `end`; what went wrong is told by `unread` and `not_backed_up`."""

    unread = Signal(object)
    not_backed_up = Signal(object)

    def __init__(self, tasks: TaskRunner, *, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._clock = clock
        self._store: Store | None = None
        self._backups = QTimer(self)
        self._backups.timeout.connect(self._back_up)
        self._checks = QTimer(self, singleShot=True, interval=_BEFORE_CHECKING)
        self._checks.timeout.connect(self.check_pages)
        self._resting = QTimer(self, interval=GIVES_BACK_MS)
        self._resting.timeout.connect(self.rest)

    def begin(self, store: "Store") -> None:
        """Look after this store, once the person is at work."""
        self._store = store
        QTimer.singleShot(_BEFORE_IMPORTING_MORE, self, self._import_more)
        self._checks.start()
        self._resting.start()
        self._backups.start(_BEFORE_THE_BACKUP)

    def end(self) -> None:
        """Leave the store alone: it is about to be closed."""
        self._store = None
        self._backups.stop()
        self._checks.stop()
        self._resting.stop()

    def check_pages(self) -> None:
        """Look at every page of the open store, beside everything else."""
        if self._store is not None:
            self._tasks.run_network(self._store.check_pages, on_done=lambda _whole: None, on_error=self.unread.emit)

    def rest(self) -> None:
        """Let go of pages of the store where nothing is under way; the memory is given back with the rest."""
        if self._store is not None and not self._tasks.is_busy:
            self._tasks.run(self._store.forget_pages, on_done=lambda _done: None, on_error=self.unread.emit)

    def _import_more(self) -> None:
        """Import the largest screens, once nothing else is under way.

        What is imported stays. In the midst of a large answer, it would hold on to the memory that the answer took.
        """
        if self._tasks.is_busy:
            QTimer.singleShot(_BEFORE_IMPORTING_MORE, self, self._import_more)
        elif self._store is not None:
            _begin_importing_more()

    def _back_up(self) -> None:
        """Make a backup where one is due, beside everything else; it is looked at again every half hour."""
        store = self._store
        if store is None:
            return
        from app.open_stage import back_up  # noqa: PLC0415 - imported by now

        self._tasks.run_network(
            lambda: back_up(store, clock=self._clock), on_done=lambda _made: None, on_error=self.not_backed_up.emit
        )
        self._backups.setInterval(_BETWEEN_BACKUPS)


def _begin_importing_more() -> None:
    from app.ui.shell.screens import SCREENS  # noqa: PLC0415 - imported while the passphrase is typed

    def import_them() -> None:
        for entry in SCREENS:
            for name in entry.parts:
                importlib.import_module(name)

    threading.Thread(target=import_them, name="imports", daemon=True).start()
