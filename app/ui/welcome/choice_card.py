"""A large card that is one button: an icon, what it is called, and what happens when it is chosen."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from app.ui.theme import current_metrics
from app.ui.widgets import label, tile
from app.ui.widgets.buttons import PushButton


class ChoiceCard(PushButton):
    """One of a few ways to go on; its labels are pictures of words, and the button itself speaks."""

    def __init__(self, shows: str, title: str, text: str, *, name: str, tone: str = "accent") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setProperty("choice", True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_5, metrics.space_5, metrics.space_5, metrics.space_5)
        column.setSpacing(metrics.space_3)
        parts = (tile(shows, tone=tone), label(title, type="heading"), label(text, type="soft"))
        for part in parts:
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(part)
        column.addStretch(1)

    def sizeHint(self) -> QSize:
        """Ask for the room that the words need, not for that of a button's own text."""
        return self._layout().totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Never cut a word off."""
        return self._layout().totalMinimumSize()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Grow taller where the words break into more lines."""
        super().resizeEvent(event)
        self.setMinimumHeight(self._layout().totalHeightForWidth(event.size().width()))

    def _layout(self) -> QVBoxLayout:
        layout = self.layout()
        if not isinstance(layout, QVBoxLayout):
            raise TypeError
        return layout
