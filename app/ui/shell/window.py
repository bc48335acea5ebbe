"""The one window: whatever is in it, locked or open, stands alone there."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.ui.shell.keyboard import bring_into_sight, next_as_read
from app.ui.theme import note_width
from app.ui.widgets.room import layout_for_window

SMALLEST = (900, 600)


class MainWindow(QMainWindow):
    """One window for everything; `closing` is told before it goes, `outgrown` when screens are for another width."""

    closing = Signal()
    outgrown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Pusterum")
        self.setObjectName("main-window")
        self.setMinimumSize(*SMALLEST)
        self.resize(1280, 720)
        note_width(self.width())

    def show_alone(self, view: QWidget) -> None:
        """Show one view and nothing else."""
        self.setCentralWidget(view)
        view.show()
        view.setFocus()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's own
        """Go on with Tab as one reads, and see where one comes to, also on a page that one comes to from beside it."""
        following = next_as_read(self, forward=forward)
        if following is None:
            return super().focusNextPrevChild(forward)
        following.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        bring_into_sight(following)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Note how wide it is, for what is made next; what was made for another width may be made anew."""
        super().resizeEvent(event)
        before = layout_for_window()
        note_width(self.width())
        if layout_for_window() != before:
            self.outgrown.emit()

    def closeEvent(self, event: object) -> None:
        """Tell that the window goes; everything is saved already."""
        self.closing.emit()
        super().closeEvent(event)  # type: ignore[arg-type]
