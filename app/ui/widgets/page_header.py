"""The head of a screen: what it is, for whom, and what can be done here."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.theme import current_metrics
from app.ui.widgets.flowing import Flow
from app.ui.widgets.labels import label, say_at_most
from app.ui.widgets.room import across_or_down

_LONGEST = 120
"""Letters of a title: three lines of it in the usual window."""


class PageHeader(QWidget):
    """Title, subtitle and a row of actions at the right."""

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        *,
        actions: tuple[QWidget, ...] = (),
        type: str = "title",  # noqa: A002 - the stylesheet's own word
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("page-header")
        metrics = current_metrics()
        across = across_or_down(letter=metrics.title)
        self.setLayout(across)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(metrics.space_2)
        words = QVBoxLayout()
        words.setSpacing(metrics.space_1)
        self._title = label(title, type=type, name="page-title")
        self._subtitle = label(subtitle, type="soft", name="page-subtitle")
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        across.addLayout(words, 1)
        if actions:
            buttons = Flow(gap=metrics.space_2)
            for action in actions:
                buttons.addWidget(action)
            across.addLayout(buttons)
        self.show_text(title, subtitle)

    def show_text(self, title: str, subtitle: str = "") -> None:
        """Say another title and subtitle; without a subtitle its line takes no room.

        A title that is longer than a page has room for is cut, see :func:`say_at_most`.
        """
        say_at_most(self._title, title, letters=_LONGEST)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
        self.setAccessibleName(title)

    def one_line(self) -> int:
        """Return how wide the title is in one line."""
        return self._title.fontMetrics().horizontalAdvance(self._title.text())
