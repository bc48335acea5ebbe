"""Buttons by their weight, and buttons that show an icon alone."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QToolButton, QWidget

from app.ui.theme import current_metrics, current_tokens, icon
from app.ui.widgets.labels import tip
from app.ui.widgets.room import room_in_card

_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ICON_COLOURS = {"primary": "on_accent", "danger": "on_problem", "quiet": "accent_ink", "link": "accent_ink", "": "ink"}
_RING, _INNER_RING = 3, 2
"""Pixels that the ring of the keyboard is wide on a filled button, and the one inside of it."""
_USUAL_NAME = 24
"""Letters, and heights of a letter, which are wider than it: only a name that is longer gives way."""


class PushButton(QPushButton):
    """A button that Enter presses as well as the space bar: one key less to remember.

    Two clicks that make a double click, and Enter held down, press it once: much of what buttons write is counted.

    It is never narrower than its words or a finger; a least width in the style sheet would let the words be cut.
    """

    def sizeHint(self) -> QSize:
        """Return room for the words and for a finger."""
        return super().sizeHint().expandedTo(QSize(current_metrics().control, 0))

    def minimumSizeHint(self) -> QSize:
        """Return the same: nothing of it gives way."""
        return super().minimumSizeHint().expandedTo(QSize(current_metrics().control, 0))

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own
        """Show the text as it is: Qt would take "&" for the key that goes there, and names have it too."""
        super().setText(text.replace("&", "&&"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a second ring inside of the keyboard's on a filled button: the two fills are about equally light."""
        super().paintEvent(event)
        kind = str(self.property("kind") or "")
        if kind not in ("primary", "danger") or not self.hasFocus():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(getattr(current_tokens(), _ICON_COLOURS[kind])), _INNER_RING))
        inset = _RING + _INNER_RING / 2
        radius = current_metrics().radius - inset
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press on Enter."""
        if _is_enter(event):
            _press(self, event)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the second click be part of the first."""
        event.accept()


class NameButton(PushButton):
    """A button with a name, however long: where it lacks room it ends with an ellipsis, and a tool tip has it all."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return the whole name as it is shown."""
        return self._whole or super().text()

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own
        """Show another name."""
        if self._whole:
            self._whole = ""
            self.setToolTip("")
        super().setText(text)
        self._fit()

    def sizeHint(self) -> QSize:
        """Return room for the whole name."""
        hint = super().sizeHint()
        if self._whole:
            metrics = self.fontMetrics()
            missing = metrics.horizontalAdvance(self._whole) - metrics.horizontalAdvance(super().text())
            hint.setWidth(hint.width() + missing)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Return room for the whole name, unless it is a very long one."""
        if len(self.text()) <= _USUAL_NAME:
            return super().minimumSizeHint()
        hint = self.sizeHint()
        return QSize(min(hint.width(), current_metrics().body * _USUAL_NAME, room_in_card()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See how much of the name there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Write as much of a long name as there is room for."""
        whole = self.text()
        if len(whole) <= _USUAL_NAME:
            return
        lacking = self.sizeHint().width() - self.width()
        if lacking <= 0 and not self._whole:
            return
        metrics, self._whole = self.fontMetrics(), whole if lacking > 0 else ""
        room = metrics.horizontalAdvance(whole) - lacking
        QPushButton.setText(
            self, metrics.elidedText(whole, Qt.TextElideMode.ElideRight, room) if lacking > 0 else whole
        )
        self.setToolTip(tip(whole.replace("&&", "&")) if lacking > 0 else "")


def button(
    text: str,
    *,
    name: str,
    kind: str = "",
    shows: str = "",
    on_click: Callable[[], object] | None = None,
    gives_way: bool = False,
) -> QPushButton:
    """Return a button of a kind (primary, quiet, link, danger or plain); `shows` names its icon.

    One that `gives_way` may be narrower than its words, as every link may.
    """
    made = NameButton() if gives_way or kind == "link" else PushButton()
    made.setText(text)
    made.setObjectName(name)
    made.setAccessibleName(text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if shows:
        made.setIcon(icon(shows, colour=_ICON_COLOURS[kind]))
        made.setIconSize(QSize(current_metrics().icon, current_metrics().icon))
    if on_click is not None:
        made.clicked.connect(lambda: on_click())
    return made


class IconButton(QToolButton):
    """A button that shows an icon alone; what it does is its accessible name and its tool tip. Enter presses it too."""

    def __init__(self, shows: str, text: str, *, name: str, about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(current_metrics().icon, current_metrics().icon))
        self.show_as(shows, text, about=about)

    def show_as(self, shows: str, text: str, *, about: str = "") -> None:
        """Show another icon and say another sentence; `about` is read out where there are several of the kind."""
        self.setIcon(icon(shows))
        self.setAccessibleName(f"{text}: {about}" if about else text)
        self.setToolTip(tip(text))

    def sizeHint(self) -> QSize:
        """Return room for a finger, as tall as a field beside it: Qt would add three pixels."""
        return QSize(current_metrics().control, current_metrics().control)

    def minimumSizeHint(self) -> QSize:
        """Return the same: nothing of it gives way."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press on Enter."""
        if _is_enter(event):
            _press(self, event)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the second click be part of the first."""
        event.accept()


def _press(pressed: QAbstractButton, event: QKeyEvent) -> None:
    """Press a button on Enter, once however long it is held."""
    if not event.isAutoRepeat():
        pressed.click()


def _is_enter(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD
