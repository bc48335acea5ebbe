"""A sentence across the top of a screen: never in the way, gone when it is waved away."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.error_text import Sentence
from app.i18n import _
from app.ui.theme import current_metrics, icon
from app.ui.widgets.buttons import IconButton, button
from app.ui.widgets.labels import label
from app.ui.widgets.room import is_large_text
from app.ui.widgets.surfaces import ScrollPage, set_property

_TONES: Final = {
    "info": ("info", "info"),
    "success": ("success", "check-circle"),
    "warning": ("amber", "warning"),
    "problem": ("problem", "warning-octagon"),
}


class NoticeBar(QFrame):
    """Shows one notice at a time, hidden while there is none; a problem stays until dismissed or replaced.

    Placed before it shows anything: a widget without a parent is a window of its own, and takes the keyboard with it.
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None, *, name: str = "notice") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("notice", True)
        metrics = current_metrics()
        across = QHBoxLayout(self)
        across.setContentsMargins(metrics.space_4, metrics.space_2, metrics.space_2, metrics.space_2)
        across.setSpacing(metrics.space_3)
        self._icon = QLabel(self)
        self._title = label("", type="strong", name=f"{name}-title")
        self._text = label("", name=f"{name}-text")
        words = QVBoxLayout()
        words.setSpacing(metrics.space_1)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        self._action = button("", name=f"{name}-action", on_click=self._act)
        # Tab comes to it in the order of the eye, before the cross.
        self._action.setParent(self)
        self._close = IconButton("x", _("Dismiss this notice"), name=f"{name}-dismiss", parent=self)
        self._close.clicked.connect(self.dismiss)
        across.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        across.addLayout(words, 1)
        if is_large_text():
            # Beside the words it would leave them a column of one word each.
            words.addWidget(self._action, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            across.addWidget(self._action)
        words.addStretch(1)
        across.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._on_action: Callable[[], object] | None = None
        self.hide()

    def show_notice(
        self,
        kind: str,
        sentence: str | Sentence,
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        dismissible: bool = True,
    ) -> None:
        """Show a notice of a kind: info, success, warning or problem; `action` is the text of its button."""
        tone, shape = _TONES[kind]
        size = round(current_metrics().icon * 1.2)
        self._icon.setPixmap(icon(shape, colour=tone).pixmap(QSize(size, size), self.devicePixelRatioF()))
        title, text = (sentence.title, sentence.text) if isinstance(sentence, Sentence) else (sentence, "")
        self._title.setText(title)
        set_property(self._title, "type", "strong" if text else "body")
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._action.setText(action)
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self._on_action = on_action
        self._close.setVisible(dismissible)
        set_property(self, "tone", tone)
        self.setAccessibleName(f"{title} {text}".strip())
        self._take_place()
        self.show()
        if kind in ("warning", "problem"):
            # Once it is laid out: above what is in sight a problem tells nobody.
            QTimer.singleShot(0, self, self._scroll_to_it)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _take_place(self) -> None:
        """Stand where it is shown: where it was put."""

    def _scroll_to_it(self) -> None:
        around = self.parentWidget()
        while around is not None:
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(self, 0, current_metrics().space_4)
            around = around.parentWidget()

    def dismiss(self) -> None:
        """Take the notice away."""
        self.hide()
        self.dismissed.emit()

    @property
    def shown_text(self) -> str:
        """Return what the notice says, empty while there is none."""
        return "" if self.isHidden() else self.accessibleName()

    def _act(self) -> None:
        if self._on_action is not None:
            self._on_action()


class ResultBar(NoticeBar):
    """Says how what was asked for on a page ended, at the foot of the page and outside of what scrolls.

    So it is read wherever one is on the page, and neither covers nor moves what one looks at. It stays until it is
    dismissed or something else is done. Only where large text leaves the page no room beside it, it stands at the
    head of the page, which is scrolled to it. It is put into the page like any other widget; where nothing around it
    scrolls it is shown in that place.
    """

    def _take_place(self) -> None:
        around = self.parentWidget()
        while around is not None and not isinstance(around, ScrollPage):
            around = around.parentWidget()
        if around is not None and around.has_room_below(self):
            around.keep_in_sight(self)
        elif around is not None:
            around.body.insertWidget(0, self)
            QTimer.singleShot(0, self, self._scroll_to_it)
