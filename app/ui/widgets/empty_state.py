"""What a screen says while it has nothing to show."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.theme import current_metrics
from app.ui.widgets.buttons import button
from app.ui.widgets.labels import label, tile
from app.ui.widgets.room import is_narrow


class EmptyState(QWidget):
    """An icon, a title, a sentence that says why it is empty, and the one thing to do about it."""

    def __init__(
        self,
        shows: str,
        title: str,
        text: str,
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        name: str = "empty",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        metrics = current_metrics()
        self.setAccessibleName(f"{title} {text}" if title.endswith(("?", "!", ".")) else f"{title}. {text}")
        column = QVBoxLayout(self)
        around = metrics.space_3 if is_narrow() else metrics.space_6
        column.setContentsMargins(metrics.space_5, around, metrics.space_5, around)
        column.setSpacing(metrics.space_3)
        heading, sentence = label(title, type="heading"), label(text, type="soft")
        sentence.setMaximumWidth(_even(sentence, metrics.body * 32))
        column.addStretch(1)
        if not is_narrow():
            column.addWidget(tile(shows), 0, Qt.AlignmentFlag.AlignHCenter)
        for words in (heading, sentence):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(heading)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(sentence, 1000)
        across.addStretch(1)
        column.addLayout(across)
        if action:
            self.action = button(action, name=f"{name}-action", kind="primary", on_click=on_action)
            column.addSpacing(metrics.space_2)
            column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)


def _even(sentence: QLabel, widest: int) -> int:
    """Return the width at which the lines of a sentence are about as long as each other, with no word left alone."""
    advance = sentence.fontMetrics().horizontalAdvance(sentence.text())
    lines = -(-advance // widest)
    return widest if lines < 2 else min(widest, round(advance / lines * 1.15))
