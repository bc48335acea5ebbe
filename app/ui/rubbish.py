"""Collects what Python left behind, in the window's own thread and in small portions.

Left to itself, Python collects whenever enough was made, in whichever thread made it, and a whole collection of a large
store's rows holds the window for a third of a second. And what belongs to Qt must go in Qt's own thread.
"""

import gc
import sys

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
_YOUNG, _MIDDLE = 2_000, 10
"""How many young objects, and how many young collections, are left before something is collected."""
_WHOLE_AFTER = 40
"""So many middle collections come before a whole one."""
_SWITCH_SECONDS = 0.0005
"""How long another thread may go on when the window wants to: each wait of the window lasts so long at most."""


class Rubbish(QObject):
    """Takes the collecting over from `start` on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._switch_seconds = sys.getswitchinterval()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._collect)

    def start(self) -> None:
        """Collect here from now on; what there is by now stays until the end and is not looked at again."""
        if not self._timer.isActive():
            gc.disable()
            sys.setswitchinterval(_SWITCH_SECONDS)
            self._timer.start()
        gc.freeze()

    def stop(self) -> None:
        """Collect no more. Python does not take it up again: it would end windows in whichever thread made something.

        What is left then goes with the program, or when the next window starts.
        """
        if self._timer.isActive():
            self._timer.stop()
            sys.setswitchinterval(self._switch_seconds)

    def _collect(self) -> None:
        young, middle, whole = gc.get_count()
        if whole > _WHOLE_AFTER:
            gc.collect(2)
        elif middle > _MIDDLE:
            gc.collect(1)
        elif young > _YOUNG:
            gc.collect(0)
