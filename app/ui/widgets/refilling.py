"""Filling anew what is already shown: nobody who types is thrown out, and all is laid out once."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QLayout, QWidget


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
