"""Says that something is under way, after a moment: quick work does not flicker."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.ui.theme import current_metrics
from app.ui.widgets.labels import label

_UNNOTICED_MS = 150


class BusyIndicator(QWidget):
    """A moving bar with a sentence; it keeps its place in the layout, so that nothing jumps."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "busy") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(current_metrics().space_3)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(current_metrics().body * 6)
        self._sentence = label("", type="soft", name=f"{name}-sentence")
        across.addWidget(self._bar)
        across.addWidget(self._sentence, 1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.show)
        self.hide()

    def start(self, sentence: str) -> None:
        """Say what is under way."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self._bar.setRange(0, 0)
        self._soon.start(_UNNOTICED_MS)

    def show_progress(self, done: int, of: int) -> None:
        """Show how far it has come."""
        self._bar.setRange(0, of)
        self._bar.setValue(done)

    def stop(self) -> None:
        """Say nothing any more."""
        self._soon.stop()
        self.hide()
