"""What things stand on: cards, pages that scroll, tables with roomy rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QCoreApplication, QEvent, QMargins, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QListView,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import current_metrics, width_of_window
from app.ui.widgets.flowing import AcrossOrDown, FieldsAcross


def set_property(widget: QWidget, name: str, value: Any) -> None:
    """Set a property that the stylesheet asks for, and let the widget be dressed anew."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


LARGE_BODY = 26
"""Text this many pixels tall leaves no room for two things side by side in a window of 1280x720."""
USUAL_WIDTH = 1280
"""Pixels; in a narrower window smaller text leaves no more room than large text does here."""


ORDINARY_BODY = 18
"""Text up to this many pixels tall leaves room for a name and a word beside it in the smallest window."""


def body_for_window() -> float:
    """Return how tall text, in pixels, would leave as little room in a window of the usual width as ours does here."""
    return current_metrics().body * USUAL_WIDTH / min(USUAL_WIDTH, width_of_window())


def is_large_text() -> bool:
    """Return whether the text is so large for the window that rows become columns in what is made now."""
    return body_for_window() >= LARGE_BODY


LARGE_BESIDE_A_LIST = 22
"""Text this many pixels tall leaves a page no room beside a list of sections in a window of 1280x720."""


def is_large_beside_list() -> bool:
    """Return whether the text is so large for the window that a list of sections stands above its page."""
    return body_for_window() >= LARGE_BESIDE_A_LIST


def layout_for_window() -> tuple[bool, ...]:
    """Return what screens ask about the room when they are made: where it differs they are to be made anew."""
    return is_large_text(), is_large_beside_list(), is_narrow()


def room_in_card() -> int:
    """Return how wide a box or a name in a card of a page may insist on being, in pixels.

    What asks for more in a small window with large text is read by scrolling sideways.
    """
    metrics = current_metrics()
    return width_of_window() - metrics.sidebar_width - 5 * metrics.space_5


def is_narrow() -> bool:
    """Return whether a line of a card has room for a few words and nothing beside them.

    A window as narrow as that for its text is low too: what stands above a page that scrolls is as short as can be.
    """
    return room_in_card() < current_metrics().body * 20


def across_or_down(*, letter: int | None = None, of_fields: bool = False) -> QBoxLayout:
    """Return a row that becomes a column where its parts do not fit beside each other.

    `letter` is the height of the largest text in it, where that is not the body's: a title needs more room. In one
    `of_fields` the questions above the fields take as many lines each.
    """
    kind = FieldsAcross if of_fields else AcrossOrDown
    made = kind(letter=letter or current_metrics().body)
    made.setSpacing(current_metrics().space_2 if is_large_text() else current_metrics().space_4)
    return made


def is_ordinary_text() -> bool:
    """Return whether the text is so small that few words fit beside each other in the smallest window."""
    return current_metrics().body <= ORDINARY_BODY


def short_row() -> QBoxLayout:
    """Return a row of few words, which fit beside each other unless the text is enlarged: then it may become a column.

    A row that never has to choose is laid out in a fraction of the time.
    """
    if not is_ordinary_text():
        return across_or_down()
    made = QHBoxLayout()
    made.setSpacing(current_metrics().space_4)
    return made


def fill_anew(layout: QLayout) -> None:
    """Take everything out of a layout; what stood in it goes when Qt is back in its loop."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            fill_anew(inner)


@contextmanager
def focus_kept(owner: QWidget) -> Iterator[None]:
    """Let whoever types or tabs in `owner` stay where they are while it is filled anew; widgets are known by name.

    Where what they were in is gone, a form that was sent or a row that was taken out, they come to what opened it, or
    to `owner`: never out of it.
    """
    focused = owner.focusWidget()
    names = _names_up(focused, owner) if focused is not None and focused.hasFocus() else []
    yield
    if not names:
        return
    for name in names:
        again = next(
            (
                found
                for found in owner.findChildren(QWidget, name)
                if found.isEnabled() and not _is_put_away(found, owner)
            ),
            None,
        )
        if again is not None:
            _show_up_to(again, owner)
            again.setFocus(Qt.FocusReason.OtherFocusReason)
            return
    if names[0] != owner.objectName():
        owner.setFocus(Qt.FocusReason.OtherFocusReason)


def _is_put_away(widget: QWidget, owner: QWidget) -> bool:
    """Return whether somebody hid it or what it stands in; what is new and not yet shown is not put away."""
    at: QWidget | None = widget
    while at is not None and at is not owner:
        if at.isHidden() and at.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            return True
        at = at.parentWidget()
    return False


def _show_up_to(widget: QWidget, owner: QWidget) -> None:
    """Show what is new now and not when Qt is back in its loop: the keyboard goes to nothing that is not there."""
    at: QWidget | None = widget
    while at is not None and at is not owner:
        if at.isHidden():
            at.show()
        at = at.parentWidget()


def _names_up(focused: QWidget, owner: QWidget) -> list[str]:
    """Return the name of what has the keyboard, and of what opened the form that it is in."""
    names = [focused.objectName()]
    at: QWidget | None = focused
    while at is not None and at is not owner:
        names.append(str(at.property("opened_by") or ""))
        at = at.parentWidget()
    return [name for name in names if name]


_STEPS_OUTWARDS = 4
"""From a row by its card and the card's place to the panel."""


@contextmanager
def laid_out_once(column: QWidget) -> Iterator[None]:
    """Let all that comes, goes or changes meanwhile in the column of a page that scrolls be laid out at the end.

    Qt by itself lays out all that stands around a widget as soon as it is shown; and what has to grow it lays out in
    too little room, and draws it there, before the page around it has grown.
    """
    asleep: list[tuple[QWidget, QLayout]] = []
    at: QWidget | None = column
    while at is not None and (layout := at.layout()) is not None:
        if layout.isEnabled():
            layout.setEnabled(False)
            asleep.append((at, layout))
        at = at.parentWidget()
    try:
        yield
    finally:
        for _step in range(_STEPS_OUTWARDS):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        for widget, layout in asleep:
            layout.setEnabled(True)
            layout.invalidate()
            widget.updateGeometry()
        if at is not None and asleep:
            # What scrolls learns of it first, gives the page the height that it needs, and makes room for its bar.
            QCoreApplication.sendEvent(at, QEvent(QEvent.Type.LayoutRequest))
            QCoreApplication.sendPostedEvents(at.parentWidget(), QEvent.Type.MetaCall)
        for _widget, layout in reversed(asleep):
            # Qt asks a layout once; one that was asked in its sleep is still to be done where the page stays as tall.
            layout.activate()


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


def dress_table(table: QTableView) -> None:
    """Give a table its roomy rows, quiet lines and whole-row selection."""
    metrics = current_metrics()
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(metrics.row)
    table.verticalHeader().setMinimumSectionSize(metrics.row)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setStretchLastSection(True)
    table.setShowGrid(False)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)


def in_lines(heading: str, letters: int) -> str:
    """Return a heading in lines of so many letters, so that a long one does not make its column wide."""
    return "\n".join(wrap(heading, letters, break_long_words=False, break_on_hyphens=False))


def heading_width(table: QTableView, column: int) -> int:
    """Return how wide a column must be so that its heading is read whole."""
    return table.horizontalHeader().sectionSizeFromContents(column).width() + 1


def share_width(table: QTableView, shares: Sequence[float], letters: Sequence[float] = ()) -> None:
    """Share a table's width out among its columns, none narrower than its heading; what is too much scrolls.

    `letters` says how many letters a column needs at least, so that a date or a number is read whole.
    """
    model = table.model()
    count = model.columnCount() if model is not None else 0
    # A column that nobody gave a share gets as much as its heading needs.
    shares = [*shares, *[0.0] * (count - len(shares))]
    is_shown = [not table.isColumnHidden(column) for column in range(len(shares))]
    widths = [needed * shown for needed, shown in zip(_needed_widths(table, letters), is_shown, strict=True)]
    room = table.viewport().width()
    sharing = {column for column, share in enumerate(shares) if share and is_shown[column]}
    while sharing:
        left = room - sum(width for column, width in enumerate(widths) if column not in sharing)
        parts = {column: int(left * shares[column] / sum(shares[other] for other in sharing)) for column in sharing}
        # Who would get less than is needed gets just that, and the others share what is left.
        content = {column for column in sharing if parts[column] >= widths[column]}
        if content == sharing:
            widths = [parts.get(column, width) for column, width in enumerate(widths)]
            break
        sharing = content
    for column, width in enumerate(widths):
        if is_shown[column]:
            table.setColumnWidth(column, width)


def _needed_widths(table: QTableView, letters: Sequence[float]) -> list[int]:
    """Return how wide each column must be for its heading and for so many letters."""
    model = table.model()
    count = model.columnCount() if model is not None else 0
    body = current_metrics().body
    asked = [*(round(number * body) for number in letters), *[0] * (count - len(letters))]
    return [max(heading_width(table, column), asked[column]) for column in range(count)]


class SharedTable(QTableView):
    """A table that shares its width out among its columns, anew whenever it grows or shrinks.

    Where they need more room than there is, the columns that `may_go` are left out: what they say stands elsewhere too.
    """

    def __init__(
        self,
        shares: Sequence[float],
        parent: QWidget | None = None,
        *,
        letters: Sequence[float] = (),
        may_go: Sequence[int] = (),
    ) -> None:
        super().__init__(parent)
        self._shares, self._letters, self._may_go = tuple(shares), tuple(letters), tuple(may_go)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self._share()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the width out once the headings have their letters."""
        super().showEvent(event)
        self._share()

    def _share(self) -> None:
        if self.model() is not None:
            self.horizontalHeader().ensurePolished()
            if self._may_go:
                is_too_much = sum(_needed_widths(self, self._letters)) > self.viewport().width()
                for column in self._may_go:
                    if self.isColumnHidden(column) != is_too_much:
                        self.setColumnHidden(column, is_too_much)
            share_width(self, self._shares, self._letters)


def dress_list(view: QListView) -> None:
    """Give a list its roomy rows; call it before the first row, because Qt measures rows as they come."""
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setUniformItemSizes(True)
    view.setIconSize(QSize(current_metrics().icon, current_metrics().icon))
    view.ensurePolished()
