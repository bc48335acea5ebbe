"""Collects what Python left behind, in the window's own thread and in small portions, and gives memory back.

Left to itself, Python collects whenever enough was made, in whichever thread made it, and a whole collection of a large
store's rows holds the window for a third of a second. And what belongs to Qt must go in Qt's own thread.
"""

import ctypes
import gc
import sys
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 50
"""The store's thread makes some hundred thousand objects a second: what is made between two looks is a portion."""
_YOUNG, _MIDDLE = 2_000, 20_000
"""How many objects are left before the young ones are looked through, and before those that outlived it are."""
_WHOLE_AFTER = 40
"""So many middle collections come before a whole one."""
_AT_MOST = 300_000
"""A whole collection waits while so many blocks of memory more are taken than at the start: it is what a question to
the store holds for a moment, a third of it objects. They are not counted by `gc.get_objects`, which holds on to tuples
that another thread is just making; Python ends that with a SystemError there."""
_LOOKS_AGAIN, _WAITS_AT_MOST = 20, 6_000
"""So many looks lie between two questions whether that is over; after so many it waits no longer (five minutes)."""
_SWITCH_SECONDS = 0.0005
"""How long another thread may go on when the window wants to: each wait of the window lasts so long at most."""


_M_MMAP_THRESHOLD, _LARGE = -3, 128 * 1024
"""The name of the setting in malloc.h, and the size that it has in the beginning."""
GIVES_BACK_MS = 30_000
"""How often memory that was let go of is given back to the system."""


class Rubbish(QObject):
    """Takes the collecting over from `start` on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._switch_seconds = sys.getswitchinterval()
        self._outlived = 0
        self._blocks = sys.getallocatedblocks()
        self._waited = self._asked_at = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._giving = QTimer(self)
        self._giving.setInterval(GIVES_BACK_MS)
        self._giving.timeout.connect(give_back)

    def start(self) -> None:
        """Collect here from now on; what there is by now stays until the end and is not looked at again."""
        if not self._timer.isActive():
            keep_large_apart()
            gc.disable()
            sys.setswitchinterval(_SWITCH_SECONDS)
            self._timer.start()
            self._giving.start()
        gc.freeze()
        self._blocks = sys.getallocatedblocks()

    def stop(self) -> None:
        """Collect no more. Python does not take it up again: it would end windows in whichever thread made something.

        What is left then goes with the program, or when the next window starts.
        """
        if self._timer.isActive():
            self._timer.stop()
            self._giving.stop()
            sys.setswitchinterval(self._switch_seconds)

    def _collect(self) -> None:
        young, _middle, whole = gc.get_count()
        if whole <= _WHOLE_AFTER:
            self._waited = self._asked_at = 0
        self._waited += 1
        if young <= _YOUNG:
            return
        # Counted in objects and not in collections: what is left to look through never grows beyond a few milliseconds.
        self._outlived += young
        if whole > _WHOLE_AFTER and self._is_little():
            gc.collect(2)
            self._outlived = 0
        elif self._outlived > _MIDDLE:
            gc.collect(1)
            self._outlived = 0
        else:
            gc.collect(0)

    def _is_little(self) -> bool:
        """Return whether there is so little to look through that nobody feels it, or whether it waited too long."""
        if self._waited > _WAITS_AT_MOST:
            return True
        if self._waited - self._asked_at < _LOOKS_AGAIN:
            return False
        self._asked_at = self._waited
        return sys.getallocatedblocks() - self._blocks <= _AT_MOST


def keep_large_apart() -> None:
    """Have each large block taken from the system by itself, so that it goes back as soon as it is let go of.

    The allocator of Linux's C library begins so, but each large block that is let go of raises the size from which on
    it does, up to 32 MB: pictures and long answers then lie among what is small, and leave holes there. To name a size
    ends the raising (mallopt(3), M_MMAP_THRESHOLD).
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Give the system back what the pages, pictures and answers took that were let go of.

    The allocator of Linux's C library keeps it otherwise, in each thread's own part, and what a report needed once the
    program would have until its end. Those of the other systems give it back by themselves.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
