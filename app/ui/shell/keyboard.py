"""Where the keyboard is: on something that shows it, in sight, and with Tab in the order in which one reads."""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from app.ui.theme import current_metrics
from app.ui.widgets import IconButton, PageHeader

_NOTHING_INSIDE = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
"""Widgets with parts of their own that Tab does not come to."""


def tab_order(whole: QWidget) -> list[QWidget]:
    """Return what Tab comes to in a widget, as one reads: in the order of the layouts, then what lies above them.

    Qt's own order is that in which things were made: rows that are read anew would come behind all that stands below.
    """
    return [found for found in _as_read(whole) if found.isEnabled()]


def next_as_read(whole: QWidget, *, forward: bool) -> QWidget | None:
    """Return what Tab comes to from what has the keyboard; None where Qt is to say it."""
    focused = whole.window().focusWidget()
    if focused is None or not focused.isVisible():
        return None
    order = tab_order(whole)
    if focused in order:
        return order[(order.index(focused) + (1 if forward else -1)) % len(order)]
    inside = [found for found in order if focused.isAncestorOf(found)]
    return inside[0 if forward else -1] if inside else None


def begin_in(screen: QWidget) -> None:
    """Give the keyboard to what one begins with on a screen, which as a whole does not show that it has it.

    That is the first thing below the header: the line in which one searches, where there is one. Nothing is done where
    the keyboard is somewhere on the screen already, and nothing yet where the screen is being read.
    """
    if screen.window().focusWidget() is not screen or not screen.isVisible():
        return
    # What is in sight is known when Qt has laid out, which it does when it is back in its loop.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    headers = screen.findChildren(PageHeader)
    # No further than to the first that fits: whatever is looked at costs memory as long as it is there.
    for found in _as_read(screen):
        # The way back and the pencils beside it are for afterwards, as the header is.
        is_for_afterwards = isinstance(found, IconButton) or any(header.isAncestorOf(found) for header in headers)
        if found.isEnabled() and not is_for_afterwards and not found.visibleRegion().isEmpty():
            found.setFocus(Qt.FocusReason.OtherFocusReason)
            return


def bring_into_sight(widget: QWidget) -> None:
    """Scroll what a widget stands in so far that it is seen, where it is not: Qt does so within one page alone."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget, 0, current_metrics().space_5)
        above = above.parentWidget()


def _as_read(widget: QWidget) -> Iterator[QWidget]:
    if _is_reached(widget):
        yield widget
    if isinstance(widget, _NOTHING_INSIDE):
        return
    children = [child for child in widget.children() if isinstance(child, QWidget)]
    layout = widget.layout()
    inside = [] if layout is None else list(_laid_out(layout, children))
    known = set(inside)
    inside += [child for child in children if child not in known and not child.isWindow()]
    for each in inside:
        if each.isVisible():
            yield from _as_read(each)


def _is_reached(widget: QWidget) -> bool:
    """Return whether Tab comes to a widget; of buttons of which one is chosen it comes to that one."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    if group is not None and group.exclusive() and group.checkedButton() is not None:
        # Qt would come to the one of them that had the keyboard last.
        return group.checkedButton() is widget
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None


def _laid_out(layout: QLayout, children: Sequence[QWidget]) -> Iterator[QWidget]:
    """Return which of the children stand in a layout, in its order.

    Each is looked for, and the layout never asked for what it holds: PySide6 keeps what it makes for such an item when
    the item is gone, takes it for whatever Qt puts in its place, and ends the program when that goes.
    """
    parts: list[QWidget | QLayout] = [*children, *(part for part in layout.children() if isinstance(part, QLayout))]
    placed: list[tuple[Any, QWidget | QLayout]] = []
    for part in parts:
        number = layout.indexOf(part)
        if number >= 0:
            place = layout.getItemPosition(number)[:2] if isinstance(layout, QGridLayout) else number  # type: ignore[index]
            placed.append((place, part))
    for _place, part in sorted(placed, key=itemgetter(0)):
        if isinstance(part, QWidget):
            yield part
        else:
            yield from _laid_out(part, children)
