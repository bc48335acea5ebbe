"""Words on the screen: labels by their place in the type scale, and badges."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme import current_metrics, icon
from app.ui.widgets.surfaces import set_property


def label(text: str, *, type: str = "body", wrap: bool = True, name: str = "", parent: QWidget | None = None) -> QLabel:  # noqa: A002 - the stylesheet's own word
    """Return a label of the type scale: display, title, heading, lead, body, strong, soft, caption or error.

    The text is plain: what people are called never becomes markup.
    """
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("type", type)
    made.setWordWrap(wrap)
    if name:
        made.setObjectName(name)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    return made


def tile(shows: str, *, tone: str = "accent") -> QLabel:
    """Return a large icon on a soft square of its tone."""
    made = QLabel()
    made.setProperty("tile", True)
    made.setProperty("tone", tone)
    size = current_metrics().icon_large
    made.setFixedSize(round(size * 1.25), round(size * 1.25))
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    inner = QSize(round(size * 0.8), round(size * 0.8))
    made.setPixmap(icon(shows, colour=f"{tone}_ink").pixmap(inner, made.devicePixelRatioF()))
    return made


class Badge(QLabel):
    """A word or two in a coloured pill; tone neutral, accent, amber, success, problem or info."""

    def __init__(self, text: str, *, tone: str = "neutral", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("badge", True)
        self.setProperty("tone", tone)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        if name:
            self.setObjectName(name)

    def show_state(self, text: str, tone: str) -> None:
        """Say another word in another tone."""
        self.setText(text)
        set_property(self, "tone", tone)
