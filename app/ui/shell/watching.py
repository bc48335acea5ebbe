"""Hearing of keys and touches without hearing of everything else.

A filter on the application is asked about every event of every widget, seventeen for a label alone, and each asking
waits for Python: a page took three times as long to build. What a person does reaches a window first and then whatever
has the keyboard, so it is heard there.
"""

from PySide6.QtCore import QObject
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class WatchingTheHands(QObject):
    """A filter on every window that was in front, and on the widget that has the keyboard now.

    A key passes through `eventFilter` twice: for the window, and for the widget that it goes to.
    """

    def __init__(self, application: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._widget: QWidget | None = None
        application.focusWindowChanged.connect(self._watch_window)
        application.focusChanged.connect(self._watch_widget)
        self._watch_window(application.focusWindow())
        self._watch_widget(None, application.focusWidget())

    def leave(self) -> None:
        """Listen no more."""
        self._application.focusWindowChanged.disconnect(self._watch_window)
        self._application.focusChanged.disconnect(self._watch_widget)
        for window in self._application.allWindows():
            window.removeEventFilter(self)
        self._watch_widget(None, None)

    def _watch_window(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def _watch_widget(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._widget is not None and isValid(self._widget):
            self._widget.removeEventFilter(self)
        self._widget = now
        if now is not None:
            now.installEventFilter(self)
