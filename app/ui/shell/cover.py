"""The cover: one key blanks the window at once, before anything else is done; the passphrase opens it again.

F12 covers, and so does Escape twice within half a second: the two that a hand finds without looking.
"""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout, QWidget

from app.ui.shell.watching import WatchingTheHands
from app.ui.theme import current_metrics, icon
from app.ui.widgets import label

COVER_KEY = "F12"
_TWICE_WITHIN_MS = 500


class Cover(QWidget):
    """Lies over the whole window and says nothing of anybody."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("cover")
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Pusterum")
        column = QVBoxLayout(self)
        mark = label("", wrap=False)
        size = current_metrics().icon_large
        mark.setPixmap(icon("wind", colour="accent").pixmap(size, size))
        column.addStretch(1)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        self.hide()

    def draw_over(self) -> None:
        """Cover the window now, and everything that was opened above it."""
        window = self.window()
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        # Whoever was typing leaves the cell, which saves it.
        self.setFocus()
        self.repaint()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        for other in QApplication.topLevelWidgets():
            if isinstance(other, QDialog) and other.isVisible():
                other.reject()


class CoverKeys(WatchingTheHands):
    """Listens for the keys that cover, whatever has the keyboard."""

    def __init__(self, application: QApplication, *, cover: Callable[[], bool]) -> None:
        self._cover = cover
        self._since_escape = QElapsedTimer()
        super().__init__(application, application)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover on F12 and on the second of two Escapes; every other key goes on its way."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_F12:
                return self._cover()
            if event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat() and watched is QApplication.focusWidget():
                if self._since_escape.isValid() and self._since_escape.elapsed() <= _TWICE_WITHIN_MS:
                    self._since_escape.invalidate()
                    return self._cover()
                self._since_escape.start()
            elif event.key() != Qt.Key.Key_Escape:
                # Another key between them: the second Escape is about something else.
                self._since_escape.invalidate()
        return False
