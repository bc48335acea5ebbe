"""Rows that give way: side by side while there is room, below each other where the text grew or the window shrank."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QLayoutItem, QSizePolicy, QWidget, QWidgetItem
from shiboken6 import isValid

from app.ui.theme import current_metrics

_ANYWHERE = Qt.AlignmentFlag(0)
_FEWEST_LETTERS = 9
"""A text that wraps gets at least this many letters' width before the row becomes a column."""


class Asking(QWidget):
    """A field with its question above."""

    asked: QLabel


class AcrossOrDown(QBoxLayout):
    """A row that becomes a column where its parts do not fit beside each other.

    It keeps its parts by itself: asking Qt for its items makes second wrappers of nested layouts, whose going crashes.
    """

    def __init__(self, *, letter: int) -> None:
        super().__init__(QBoxLayout.Direction.LeftToRight)
        self._least = letter * _FEWEST_LETTERS
        self._parts: list[tuple[QWidget | QLayout, int]] = []
        self._heights: dict[int, int] = {}
        self._needs: int | None = None
        self._smallest: QSize | None = None

    def invalidate(self) -> None:
        """Forget what was measured: a part changed, came or went."""
        self._heights.clear()
        self._needs = self._smallest = None
        super().invalidate()

    def addWidget(  # type: ignore[override] # noqa: N802 - Qt's own
        self, widget: QWidget, stretch: int = 0, alignment: Qt.AlignmentFlag = _ANYWHERE
    ) -> None:
        """Add a widget as Qt does."""
        self._parts.append((widget, stretch))
        super().addWidget(widget, stretch, alignment)

    def addLayout(self, layout: QLayout, stretch: int | None = 0) -> None:  # noqa: N802 - Qt's own
        """Add a layout as Qt does."""
        self._parts.append((layout, stretch or 0))
        super().addLayout(layout, stretch or 0)

    def hasHeightForWidth(self) -> bool:
        """Its height follows from its width: narrow is tall."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how tall it is at a width, in the direction that it has there."""
        tall = self._heights.get(width)
        if tall is None:
            tall = self._heights[width] = self._tall(width)
        return tall

    def _tall(self, width: int) -> int:
        margins = self.contentsMargins()
        room = width - margins.left() - margins.right()
        across = self._fits(room)
        if across == (self.direction() == QBoxLayout.Direction.LeftToRight):
            return super().heightForWidth(width)
        parts = self._shown()
        if across:
            left_over = room - self._needed()
            shares = sum(stretch for _part, stretch in parts) or max(1, len(parts))
            tall = max(
                (
                    _height(part, _preferred(part, self._least) + left_over * stretch // shares)
                    for part, stretch in parts
                ),
                default=0,
            )
        else:
            tall = sum(_height(part, room) for part, _stretch in parts) + self.spacing() * max(0, len(parts) - 1)
        return tall + margins.top() + margins.bottom()

    def minimumHeightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's own
        """Return the same: nothing in it gives way further."""
        return self.heightForWidth(width)

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's own
        """Return the room of a column as the least width: it becomes one before anything is cut."""
        if self._smallest is None:
            margins = self.contentsMargins()
            widest = max((_least(part) for part, _stretch in self._shown()), default=0)
            self._smallest = QSize(widest + margins.left() + margins.right(), super().minimumSize().height())
        return self._smallest

    def sizeHint(self) -> QSize:
        """Return the width of a row, also where it is a column by now.

        Else what stands beside it would leave it more or less room whenever it turns, and it would turn for ever.
        """
        margins = self.contentsMargins()
        return QSize(self._needed() + margins.left() + margins.right(), super().sizeHint().height())

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's own
        """Choose the direction for this width, then lay out."""
        margins = self.contentsMargins()
        across = self._fits(rect.width() - margins.left() - margins.right())
        wanted = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        if self.direction() != wanted:
            self.setDirection(wanted)
        super().setGeometry(rect)

    def _shown(self) -> list[tuple[QWidget | QLayout, int]]:
        self._parts = [(part, stretch) for part, stretch in self._parts if isValid(part)]
        return [
            (part, stretch)
            for part, stretch in self._parts
            if not (_takes_no_room(part) if isinstance(part, QWidget) else part.isEmpty())
        ]

    def _needed(self) -> int:
        if self._needs is None:
            parts = self._shown()
            gaps = self.spacing() * max(0, len(parts) - 1)
            self._needs = sum(_preferred(part, self._least) for part, _stretch in parts) + gaps
        return self._needs

    def _fits(self, room: int) -> bool:
        return self._needed() <= room


class FieldsAcross(AcrossOrDown):
    """Fields beside each other that stand in one line, however many lines the question above one of them takes."""

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's own
        """Lay out, and let every question end where the longest does."""
        super().setGeometry(rect)
        fields = [part for part, _stretch in self._shown() if isinstance(part, Asking)]
        heights = [field.asked.heightForWidth(field.width()) for field in fields]
        across = self.direction() == QBoxLayout.Direction.LeftToRight
        for field, height in zip(fields, heights, strict=True):
            field.setContentsMargins(0, max(heights) - height if across else 0, 0, 0)


class Flow(QLayout):
    """Widgets in a row that goes on in the next line where it is full, each at the middle of its line.

    It measures the widgets themselves: Qt may delete its items for them behind Python's back.
    """

    def __init__(self, parent: QWidget | None = None, *, gap: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._widgets: list[QWidget] = []
        self._heights: dict[int, int] = {}
        self._hint: QSize | None = None
        self._smallest: QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(gap)

    def invalidate(self) -> None:
        """Forget what was measured: a part changed, came or went."""
        self._heights.clear()
        self._hint = self._smallest = None
        super().invalidate()

    def addWidget(self, widget: QWidget) -> None:  # noqa: N802 - Qt's own
        """Put one more widget at the end."""
        self.addChildWidget(widget)
        self._widgets.append(widget)
        self.addItem(QWidgetItem(widget))

    def insertWidget(self, index: int, widget: QWidget) -> None:  # noqa: N802 - as Qt's rows have it
        """Put one more widget at a place."""
        self.addChildWidget(widget)
        self._widgets.insert(index, widget)
        self._items.insert(index, QWidgetItem(widget))
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's own
        """Take one more part."""
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        """Return how many parts there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's own
        """Return a part by its place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's own
        """Take a part out."""
        if not 0 <= index < len(self._items):
            return None
        self._widgets.pop(index)
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's own
        """Nothing here wants more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Its height follows from its width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at a width."""
        tall = self._heights.get(width)
        if tall is None:
            tall = self._heights[width] = self._lay(QRect(0, 0, width, 0), moves=False)
        return tall

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        if self._hint is None:
            hints = [widget.sizeHint() for widget in self._shown()]
            wide = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
            self._hint = QSize(wide, max((hint.height() for hint in hints), default=0))
        return self._hint

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's own
        """Return the size of the largest part."""
        if self._smallest is None:
            shown = self._shown()
            self._smallest = QSize(
                max((_least(widget) for widget in shown), default=0),
                max((widget.sizeHint().height() for widget in shown), default=0),
            )
        return self._smallest

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's own
        """Place every part."""
        super().setGeometry(rect)
        self._lay(rect, moves=True)

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if isValid(widget) and not widget.isHidden()]

    def _lay(self, rect: QRect, *, moves: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        in_line: list[tuple[QWidget, QRect]] = []
        for widget in self._shown():
            hint = widget.sizeHint().expandedTo(widget.minimumSize())
            wide = min(hint.width(), rect.width())
            if line and x + wide > rect.right() + 1:
                _place(in_line, line, moves=moves)
                x, y, line = rect.x(), y + line + self.spacing(), 0
            tall = widget.heightForWidth(wide) if widget.hasHeightForWidth() else hint.height()
            in_line.append((widget, QRect(QPoint(x, y), QSize(wide, tall))))
            x += wide + self.spacing()
            line = max(line, tall)
        _place(in_line, line, moves=moves)
        return y + line - rect.y()


class Hung(QHBoxLayout):
    """A row that begins with a name that is a button: its letters stand over what is below, its ring left of that."""

    def __init__(self, line: QLayout) -> None:
        super().__init__()
        # As far as the style sheet sets a name in from its button's edge. Qt takes no margin below nothing.
        self._ring = current_metrics().space_1 + 1
        self.addLayout(line)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's own
        """Begin a ring's width further left."""
        super().setGeometry(rect.adjusted(-self._ring, 0, 0, 0))


def _place(in_line: list[tuple[QWidget, QRect]], tall: int, *, moves: bool) -> None:
    """Put the widgets of one line at its middle, and begin the next line."""
    if moves:
        for widget, rect in in_line:
            widget.setGeometry(rect.translated(0, (tall - rect.height()) // 2))
    in_line.clear()


def _takes_no_room(widget: QWidget) -> bool:
    """Return whether a widget is out of sight and does not keep its place meanwhile."""
    return widget.isHidden() and not widget.sizePolicy().retainSizeWhenHidden()


def _least(part: QWidget | QLayout) -> int:
    if isinstance(part, QLayout):
        return part.minimumSize().width()
    # As Qt reckons it: a widget of fixed or least size is asked for its hint.
    policy = part.sizePolicy().horizontalPolicy()
    gives_way = bool(policy.value & QSizePolicy.PolicyFlag.ShrinkFlag.value)
    hint = part.minimumSizeHint().width() if gives_way else part.sizeHint().width()
    return max(part.minimumWidth(), min(hint, part.maximumWidth()))


def _preferred(part: QWidget | QLayout, least_of_text: int) -> int:
    hint, least = part.sizeHint().width(), _least(part)
    # Words wrap without a loss; buttons want to stay in one line.
    if part.hasHeightForWidth() and not isinstance(part, Flow):
        return max(least, min(hint, least_of_text))
    return max(least, hint)


def _height(part: QWidget | QLayout, width: int) -> int:
    return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
