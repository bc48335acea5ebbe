"""What the tests that walk all screens look at: the widgets that can be seen, and the words on them."""

import re
from collections import Counter
from functools import cache, lru_cache

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)

from app.ui.widgets import RowTable, ScrollPage

CONTROLS = (
    QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit, QAbstractItemView, QSlider,
    QTabBar,
)  # fmt: skip
SLACK = 2
LONGEST_BOX = 30
"""Letters that a box is as wide as at most, for what people have called their courses and programmes."""


class StrayWindows(QObject):
    """Notes what was shown before it had a place: a window of its own for a moment, which takes the keyboard away."""

    def __init__(self, application):
        super().__init__(application)
        self.found = []
        application.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            is_plain = watched.windowType() is Qt.WindowType.Window
            if is_plain and watched.objectName() != "main-window":
                self.found.append((type(watched).__name__, watched.objectName()))
        return False


def seen(window):
    """Every widget that is shown, the inner parts of Qt's own widgets left out."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible() and not widget.objectName().startswith("qt_") and not isinstance(widget, QScrollBar)
    ]


def controls(window):
    """Whatever takes the keyboard or the mouse."""
    return [
        widget
        for widget in seen(window)
        if isinstance(widget, CONTROLS)
        and widget.isEnabled()
        and not isinstance(widget.parent(), (QComboBox, QAbstractSpinBox))
        and not _is_of_a_list(widget)
        and not type(widget).__name__.startswith(("QTableCornerButton", "QHeaderView"))
        and not _is_clear_button(widget)
    ]


def where(widget):
    """The widget's place in words, for a message that helps."""
    names = []
    at = widget
    while at is not None and len(names) < 3:
        names.append(at.objectName() or type(at).__name__)
        at = at.parent()
    return " < ".join(names)


def words_of(widget):
    """What a widget says: its text, what it says to a screen reader, its tool tip."""
    said = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.windowTitle()]
    if isinstance(widget, (QLabel, QAbstractButton)):
        said.append(widget.text())
    if isinstance(widget, QLineEdit):
        said.append(widget.placeholderText())
    if isinstance(widget, (QPlainTextEdit, QTextEdit)):
        said.append(widget.placeholderText())
    if isinstance(widget, QComboBox):
        said += [widget.itemText(n) for n in range(widget.count())]
    if isinstance(widget, QTabBar):
        said += [widget.tabText(n) for n in range(widget.count())]
    if isinstance(widget, QListWidget):
        said += [widget.item(n).text() for n in range(widget.count())]
    if isinstance(widget, QTableView) and widget.model() is not None:
        model = widget.model()
        columns = [n for n in range(model.columnCount()) if not widget.isColumnHidden(n)]
        said += [str(model.headerData(n, Qt.Orientation.Horizontal) or "") for n in columns]
        for row in range(min(3, model.rowCount())):
            said += [str(model.index(row, n).data() or "") for n in columns]
    if isinstance(widget, QAbstractSpinBox):
        said += [widget.text()]
    return [text for text in said if text and re.search(r"[^\W\d_]", text)]


AS_STORED = {
    "a code": re.compile(r"\b[a-zæøå]+_[a-zæøå_]+\b"),
    "a day as it is kept": re.compile(r"\b\d{4}-\d{2}-\d{2}"),
    "a key": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-"),
    "a value of the program": re.compile(r"\b(True|False|null|nan)\b"),
    "a gap": re.compile(r"[{}]|%[sd]\b"),
    "sentences that run together": re.compile(r"[?!.][:.](?!\.)|\S {2,}\S|,,|\(\)|· ·|^·|·$"),
    "several of one": re.compile(
        r"(?<![\d.,–])\b1 (gange|mødegange|personer|dage|uger|opkald er|cigaretter|people|times)\b"
    ),
}
"""What people are never shown, by how it looks."""


def as_stored(text):
    """Return what of a text is shown raw or put together badly, in words, or nothing."""
    read = re.sub("[\u2066-\u2069\u200b]", "", text).replace("\N{NO-BREAK SPACE}", " ")
    return next((f"{what} in {text!r}" for what, looks in AS_STORED.items() if looks.search(read)), "")


FAINTEST = 4.5
"""Contrast that text needs on its ground (WCAG 2.2, 1.4.3)."""


class Picture:
    """A window as it is drawn: what stands there in which colour on which ground."""

    def __init__(self, window):
        self._window = window
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        self._ratio = image.devicePixelRatio()
        self._wide, self._tall = image.width(), image.height()
        self._pixels = memoryview(bytes(image.constBits())).cast("I")

    def faint(self, widget):
        """Say how badly the widget's words stand out from their ground, or nothing.

        The ground is the colour there is most of; the ink whatever stands out from it most.
        """
        worst = min((self._contrast(rect) for rect in _worded(widget)), default=FAINTEST)
        return f"has a contrast of {worst:.2f}" if worst < FAINTEST - 0.05 else ""

    def _contrast(self, rect):
        left, top = round(rect.left() * self._ratio), round(rect.top() * self._ratio)
        right, bottom = round(rect.right() * self._ratio) + 1, round(rect.bottom() * self._ratio) + 1
        left, top, right, bottom = max(0, left), max(0, top), min(self._wide, right), min(self._tall, bottom)
        rows = (row * self._wide for row in range(top, bottom))
        return _contrast_in(b"".join(self._pixels[row + left : row + right] for row in rows))


@lru_cache(maxsize=1_000)  # what stands around the pages is drawn alike at every stop
def _contrast_in(drawn):
    """Return how well the ink stands out in a piece of a picture, which is the pixels of its rows."""
    colours = Counter(memoryview(drawn).cast("I"))
    if len(colours) < 2:
        return FAINTEST
    ground = _light(colours.most_common(1)[0][0])
    return max(_against(_light(colour), ground) for colour in colours)


@cache
def _light(pixel):
    channels = [(pixel >> shift & 0xFF) / 255 for shift in (16, 8, 0)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _against(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _worded(widget):
    """Where in its window a widget shows words, as far as all of it is in sight; what is disabled may be faint."""
    if not widget.isEnabled():
        return
    if isinstance(widget, (QTableView, QListWidget)):
        viewport, model = widget.viewport(), widget.model()
        hidden = widget.isColumnHidden if isinstance(widget, QTableView) else lambda _column: False
        for row in range(min(3, model.rowCount()) if model else 0):
            for column in range(model.columnCount() if isinstance(widget, QTableView) else 1):
                index = model.index(row, column)
                area = widget.visualRect(index)
                is_words = re.search(r"\w", str(index.data() or ""))
                is_item = model.flags(index) & Qt.ItemFlag.ItemIsEnabled
                if is_words and is_item and not hidden(column) and viewport.rect().contains(area):
                    yield QRect(viewport.mapTo(widget.window(), area.topLeft()), area.size())
        return
    if isinstance(widget, QLineEdit):
        says = widget.text() or widget.placeholderText()
    elif isinstance(widget, QComboBox):
        says = widget.currentText()
    elif isinstance(widget, (QLabel, QAbstractButton)):
        says = widget.text()
    else:
        return
    # Whoever has the keyboard has a ring around it and a cursor in it.
    is_whole = widget.visibleRegion().boundingRect() == widget.rect() and not _is_covered(widget)
    if not re.search(r"\w", says) or not is_whole or widget.hasFocus():
        return
    room = 4 if isinstance(widget, (QLineEdit, QComboBox, QAbstractButton)) else 0
    yield QRect(widget.mapTo(widget.window(), QPoint(room, room)), widget.size() - QSize(2 * room, 2 * room))


def _is_covered(widget):
    """Whether something lies over a part of the widget, such as what Ctrl+K opens."""
    window, area = widget.window(), widget.rect()
    for point in (area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight(), area.center()):
        above = window.childAt(widget.mapTo(window, point))
        if (
            above is not None
            and above is not widget
            and not widget.isAncestorOf(above)
            and not above.isAncestorOf(widget)
        ):
            return True
    return False


def cut(widget):
    """Say how the widget's words do not fit, or nothing."""
    kinds = (
        (QLabel, _label_cut),
        (QAbstractButton, _button_cut),
        (QLineEdit, _line_cut),
        (QComboBox, _box_cut),
        (QListWidget, _list_cut),
        (QTableView, _table_cut),
    )
    said = (look(widget) for kind, look in kinds if isinstance(widget, kind))
    return next(filter(None, said), "") or _outside(widget)


def is_wider_than_its_window(widget):
    """Whether it is a page or table that is read by scrolling sideways."""
    return isinstance(widget, (RowTable, ScrollPage)) and widget.horizontalScrollBar().maximum() > 0


def _label_cut(label):
    if not label.text():
        return ""
    if not label.wordWrap():
        return _too_small(label)
    needed = label.heightForWidth(label.width())
    if needed > label.height() + SLACK:
        return f"is {label.height()} high and needs {needed}"
    pieces = re.split(r"\s|\u200b|(?<=-)(?=[^\W\d])", QLabel.text(label))
    longest = max(label.fontMetrics().horizontalAdvance(piece) for piece in pieces)
    if longest > label.contentsRect().width() + SLACK:
        return f"has a word {longest} wide in {label.contentsRect().width()}"
    return ""


def _button_cut(button):
    return _too_small(button) if button.text() and button.layout() is None else ""


def _box_cut(box):
    """Whether what was chosen, or could be, is wider than where it is written, and that narrower than a form's line."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()
    offers = [box.itemText(row) for row in range(box.count())]
    needed, says = max(((box.fontMetrics().horizontalAdvance(text), text) for text in offers), default=(0, ""))
    if min(needed, box.fontMetrics().horizontalAdvance("X") * LONGEST_BOX) > room + SLACK:
        return f"has {room} for {says!r}, which needs {needed}"
    return _too_small(box)


def _too_small(widget):
    hint = widget.sizeHint()
    if hint.width() > widget.width() + SLACK or hint.height() > widget.height() + SLACK:
        return f"is {widget.width()}x{widget.height()} and needs {hint.width()}x{hint.height()}"
    return ""


def _line_cut(line):
    advance = line.fontMetrics().horizontalAdvance(line.placeholderText())
    if advance > line.width() and not line.text():
        return f"has a placeholder {advance} wide in {line.width()}"
    return ""


def _list_cut(view):
    for item in (view.item(number) for number in range(view.count())):
        advance = view.fontMetrics().horizontalAdvance(item.text())
        if advance > view.viewport().width() and not item.toolTip():
            return f"has an entry {advance} wide in {view.viewport().width()}: {item.text()}"
    return ""


def _table_cut(table):
    header = table.horizontalHeader()
    if table.model() is None or not header.isVisible():
        return ""
    for number in range(header.count()):
        needed = header.sectionSizeFromContents(number).width()
        if not header.isSectionHidden(number) and needed > header.sectionSize(number) + SLACK:
            title = table.model().headerData(number, Qt.Orientation.Horizontal)
            return f"has a heading {needed} wide in {header.sectionSize(number)}: {title}"
    return ""


def _outside(widget):
    """Whether words stand beyond what can be scrolled into sight."""
    if not (isinstance(widget, (QLabel, QAbstractButton)) and widget.text()):
        return ""
    area = widget.parent()
    while area is not None and not isinstance(area, (QScrollArea, QAbstractItemView)):
        area = area.parent()
    # What stands at a page's foot stands beside what scrolls, and not in it.
    around = area if area is not None and not area.viewport().isAncestorOf(widget) else None
    room = around or (area.viewport() if area is not None else widget.window())
    rect = QRect(widget.mapTo(room, QPoint(0, 0)), widget.size())
    # A page scrolls sideways where nothing else helps, but nobody is to read so.
    across_is_off = (
        area is None
        or isinstance(area, ScrollPage)
        or area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    )
    if across_is_off and (rect.left() < -SLACK or rect.right() > room.width() + SLACK):
        return f"stands from {rect.left()} to {rect.right()} in {room.width()}"
    if area is None and (rect.top() < -SLACK or rect.bottom() > room.height() + SLACK):
        return f"stands from {rect.top()} down to {rect.bottom()} in {room.height()}"
    return ""


def _is_of_a_list(widget):
    at = widget.parent()
    while at is not None:
        if isinstance(at, QAbstractItemView):
            return True
        at = at.parent()
    return False


def _is_clear_button(widget):
    return isinstance(widget.parent(), QLineEdit)
