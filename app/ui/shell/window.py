"""The one window: whatever is in it, locked or open, stands alone there."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow, QWidget

SMALLEST = (900, 600)


class MainWindow(QMainWindow):
    """One window for everything; `closing` is told before it goes."""

    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Pusterum")
        self.setObjectName("main-window")
        self.setMinimumSize(*SMALLEST)
        self.resize(1280, 720)

    def show_alone(self, view: QWidget) -> None:
        """Show one view and nothing else."""
        self.setCentralWidget(view)
        view.show()
        view.setFocus()

    def closeEvent(self, event: object) -> None:
        """Tell that the window goes; everything is saved already."""
        self.closing.emit()
        super().closeEvent(event)  # type: ignore[arg-type]
