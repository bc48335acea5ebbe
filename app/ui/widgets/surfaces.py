"""What things stand on: cards, and pages that scroll."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QMargins, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import current_metrics


def set_property(widget: QWidget, name: str, value: Any) -> None:
    """Set a property that the stylesheet asks for, and let the widget be dressed anew."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Card(QFrame):
    """A raised sheet of paper; fill `body`."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "card") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("card", True)
        room = current_metrics().space_5
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(room, room, room, room)
        self.body.setSpacing(current_metrics().space_3)


class WidthFirst:
    """What stands on a page that scrolls: how tall it is follows from the width that it is given.

    Qt would ask each part, inside of every other, how tall it were at its least and at its favourite width too, down to
    each word; on such a page nobody looks at it.
    """

    if TYPE_CHECKING:

        def layout(self) -> QLayout:
            """Return the layout; there is one."""

    def sizeHint(self) -> QSize:
        """Return the favourite size without asking how tall it is at that width."""
        return self.layout().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the least size without asking how tall it is at that width."""
        return self.layout().minimumSize()


class PagePart(WidthFirst, QWidget):
    """A part of a page that scrolls."""


class PageCard(WidthFirst, Card):
    """A card on a page that scrolls."""


_PAGE_WIDTH: Final = 990
"""Pixels that a page of the open store is wide at most, at 100 % text size: a line is read to its end."""


_MOST_OF_A_PAGE: Final = 0.6
"""How much of a page what is kept in sight at its foot may take."""


class ScrollPage(QScrollArea):
    """A page that scrolls up and down, its column `body` at the left and no wider than `widest`.

    So every page begins where the one before began. What stands alone in the window, such as the door, is `centred`.

    Sideways it scrolls only where the largest text stands in the smallest window: nothing is out of reach there.

    `widest` is in pixels at 100 % text size and grows with the text.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "page",
        widest: int | None = _PAGE_WIDTH,
        inset: int | None = None,
        centred: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        metrics = current_metrics()
        self.setProperty("page", True)
        page = _Page(self)
        # In the palette's own colour of paper, which Qt knows to cover everything behind it.
        page.setAutoFillBackground(True)
        # Nothing is drawn by these two but what is newly seen of them where they grow.
        page.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        across = QHBoxLayout(page)
        room = metrics.space_5 if inset is None else inset
        across.setContentsMargins(room, room, room, room)
        self.column = PagePart(page)
        self.column.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        if widest is not None:
            self.column.setMaximumWidth(round(widest * metrics.body / 15))
        if centred:
            across.addStretch(1)
        across.addWidget(self.column, 1000)
        across.addStretch(1)
        self.body = QVBoxLayout(self.column)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(metrics.space_4)
        self.setWidget(page)
        self._across = across
        self._foot: _Foot | None = None

    def layout_margins(self, *, right: int, bottom: int) -> None:
        """Keep this much free at the right and below, inside of what scrolls."""
        self._across.setContentsMargins(0, 0, right, bottom)

    def measure(self) -> None:
        """Dress and measure by now what was put in, so that it is not all left for when it is shown."""
        width = self.column.maximumWidth()
        parent = self.parentWidget()
        self.body.totalHeightForWidth(min(width, parent.width() if parent is not None else width))

    def keep_in_sight(self, widget: QWidget) -> None:
        """Let a widget of this page stand at its foot from now on, below what scrolls; there is room while it shows.

        What scrolls stays where it is: it is cut off below and not pushed down.
        """
        if self._foot is None:
            self._foot = _Foot(self)
        self._foot.take(widget, widest=self.column.maximumWidth(), margins=self._across.contentsMargins())

    def has_room_below(self, widget: QWidget) -> bool:
        """Return whether enough of what scrolls stays in sight above a widget at the foot."""
        width = min(self.viewport().width(), self.column.maximumWidth())
        return widget.heightForWidth(width) <= self.height() * _MOST_OF_A_PAGE

    def make_room(self, height: int) -> None:
        """Leave so many pixels below what scrolls."""
        if self.viewportMargins().bottom() != height:
            self.setViewportMargins(0, 0, 0, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out what scrolls, and below it what is kept in sight."""
        super().resizeEvent(event)
        if self._foot is not None:
            self._foot.place()


class _Foot(QWidget):
    """What stands below the part of a page that scrolls, as wide as that and as tall as its words need."""

    def __init__(self, page: ScrollPage) -> None:
        super().__init__(page)
        self._page = page
        self._across = QHBoxLayout(self)
        self._column = QVBoxLayout()
        self._across.addLayout(self._column, 1000)
        self._across.addStretch(1)

    def take(self, widget: QWidget, *, widest: int, margins: QMargins) -> None:
        """Have a widget stand here; one that does already stays."""
        gap = current_metrics().space_2
        self._across.setContentsMargins(margins.left(), gap, margins.right(), gap)
        if widget.parentWidget() is not self:
            widget.setMaximumWidth(widest)
            self._column.addWidget(widget)
        self.show()

    def event(self, event: QEvent) -> bool:
        """Take as much room as is needed now when something here comes, goes or says something else."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self.place()
        return done

    def place(self) -> None:
        """Stand below what scrolls."""
        viewport = self._page.viewport().geometry()
        is_empty = all(
            child.isHidden() for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        )
        height = 0 if is_empty else self._across.totalHeightForWidth(viewport.width())
        self._page.make_room(height)
        viewport = self._page.viewport().geometry()
        self.setGeometry(viewport.x(), viewport.bottom() + 1, viewport.width(), height)


class _Page(QWidget):
    """What scrolls: as tall as its words need at this width; Qt itself would reckon with the narrowest."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest width, and the height that the present width needs."""
        layout = self.layout()
        if layout is None:
            return super().minimumSizeHint()
        width = layout.minimumSize().width()
        return QSize(width, layout.totalMinimumHeightForWidth(max(width, self._area.viewport().width())))
