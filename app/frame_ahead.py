"""What is ready before anybody has unlocked: everything imported, and the screens made around an empty desk."""

import importlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from app.ui.shell.main_window import Workspace

_BEFORE_THE_FRAME, _BETWEEN_PIECES = 200, 10
"""Milliseconds between looks whether everything is imported, and between two pieces of the frame: keys come first."""
_QT_OF_THE_REST = ("PySide6.QtNetwork", "PySide6.QtPrintSupport")


class FrameAhead(QObject):
    """Makes a frame in pieces while the passphrase is typed; whoever unlocks takes it, and the next one is made anew.

    `make` returns a frame that is begun and hidden.
    """

    def __init__(self, make: "Callable[[], Workspace]", parent: QObject) -> None:
        super().__init__(parent)
        self.frame: Workspace | None = None
        self.is_ready = False
        self._make = make
        self._pieces: Iterator[None] = iter(())
        self._then: Callable[[], None] | None = None
        self._importing: threading.Thread | None = None
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._go_on)

    def begin_importing(self) -> None:
        """Import what the first screen does not need, beside whoever reads and types."""
        # The window's own thread loads Qt's libraries: one that is loaded beside its event loop ends the program now
        # and then, while it makes its types.
        for name in _QT_OF_THE_REST:
            importlib.import_module(name)
        self._importing = threading.Thread(target=_import_and_rehearse, name="imports", daemon=True)
        self._importing.start()

    def begin(self) -> None:
        """Make the frame, a piece now and then, once everything is imported."""
        self._turn.start(_BEFORE_THE_FRAME)

    def make_anew(self) -> None:
        """Let go of a frame that was made for a window of another width."""
        frame = self.take()
        if frame is not None:
            frame.deleteLater()
            self.begin()

    def hurry(self, then: Callable[[], None]) -> None:
        """Make what is missing without a pause, for whoever was quicker than the frame, and go on with `then`.

        What is being imported comes first: beside that each piece takes three times as long, and the window stands.
        """
        self._then = then
        self._turn.start(0)

    def pause(self) -> None:
        """Make no more of it."""
        self._then = None
        self._turn.stop()

    def _add_piece(self) -> None:
        if self.frame is None:
            self.frame = self._make()
            self._pieces = self.frame.make_ready()
        elif next(self._pieces, self) is self:
            self.is_ready = True

    def take(self) -> "Workspace | None":
        """Return the frame, which is somebody's from now on; None where none was begun."""
        frame, self.frame, self._pieces, self.is_ready = self.frame, None, iter(()), False
        return frame

    def _go_on(self) -> None:
        is_awaited = self._then is not None
        is_importing = self._importing is not None and self._importing.is_alive()
        # Where nobody has begun to import, only somebody who waits has the frame made.
        if is_importing or (self._importing is None and not is_awaited):
            self._turn.start(_BETWEEN_PIECES if is_awaited else _BEFORE_THE_FRAME)
            return
        if not self.is_ready:
            self._add_piece()
        if not self.is_ready:
            self._turn.start(0 if is_awaited else _BETWEEN_PIECES)
        elif self._then is not None:
            then, self._then = self._then, None
            then()


def _import_and_rehearse() -> None:
    importlib.import_module("app.open_stage")
    from app.storage.compiled import is_rehearsed  # noqa: PLC0415 - the first screen does not wait for it
    from app.storage.queries.ahead import rehearse_first_screen  # noqa: PLC0415

    if not is_rehearsed():
        rehearse_first_screen()
