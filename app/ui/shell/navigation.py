"""The navigation at the left of the open store: where one can go, how sending stands, and the way out."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.sync_status.standing import Standing
from app.ui.theme import current_metrics, icon
from app.ui.widgets import button, label

FIND_KEY = "Ctrl+K"
LOCK_KEY = "Ctrl+L"
MOST_NUMBERED = 9
_BEFORE_ICON = 2
"""Pixels of a button's edge before its padding."""

_LISTED_IN: Final = {"person": "people", "session-sheet": "today", "course": "courses", "place": "places"}
"""Pages of one person or thing, and the place where all of them are listed."""

Place = tuple[str, str, str]
"""The name of a screen, what it is called, and its icon."""


class Navigation(QFrame):
    """A button for each place, known by the name of its screen."""

    going = Signal(str)
    finding = Signal()
    locking = Signal()

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.setObjectName("navigation")
        self.setProperty("navigation", True)
        self.places = list(places)
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_3, metrics.space_4, metrics.space_3, metrics.space_4)
        column.setSpacing(metrics.space_1)
        brand = QHBoxLayout()
        # In line with the icons of the buttons below.
        brand.setContentsMargins(_BEFORE_ICON + metrics.space_3, 0, 0, 0)
        mark = label("", wrap=False)
        mark.setPixmap(icon("wind", colour="accent").pixmap(metrics.title, metrics.title))
        brand.addWidget(mark)
        brand.addWidget(label("Pusterum", type="heading", wrap=False), 1)
        column.addLayout(brand)
        column.addSpacing(metrics.space_3)
        finding = button(_("Find"), name="find", shows="magnifying-glass", on_click=self.finding.emit)
        finding.setToolTip(FIND_KEY)
        finding.setProperty("navigation", True)
        column.addWidget(finding)
        column.addWidget(self._list(), 1)
        column.addSpacing(metrics.space_2)
        column.addLayout(self._how_sending_stands())
        locking = button(_("Lock"), name="lock", shows="lock-key", on_click=self.locking.emit)
        locking.setToolTip(LOCK_KEY)
        locking.setProperty("navigation", True)
        column.addWidget(locking)
        self._fit()

    def keep(self, names: Collection[str]) -> None:
        """Leave the buttons of these places, and say by which number one goes there."""
        for name in [name for name in self._buttons if name not in names]:
            gone = self._buttons.pop(name)
            self._group.removeButton(gone)
            gone.hide()
            gone.deleteLater()
        self.places = [place for place in self.places if place[0] in names]
        for number, (name, _text, _shape) in enumerate(self.places[:MOST_NUMBERED], start=1):
            self._buttons[name].setToolTip(f"Ctrl+{number}")
        self._fit()

    def key_of(self, name: str) -> str:
        """Return the keys that go to a place, empty where it has none."""
        return self._buttons[name].toolTip()

    def button_of(self, screen: QWidget) -> QPushButton | None:
        """Return the button that goes to a screen, None where it is no place of its own."""
        return self._buttons.get(screen.objectName())

    def show_where(self, screen: QWidget) -> None:
        """Mark the place that a screen is, or is listed in; of any other the mark stays where one came from."""
        name = screen.objectName()
        here = self._buttons.get(_LISTED_IN.get(name, name))
        if here is not None:
            here.setChecked(True)
            self._bring_into_sight()

    def show_standing(self, now: Standing) -> None:
        """Say how sending stands."""
        self._status.setText(now.line)
        self._status.setAccessibleName(now.line)
        size = current_metrics().icon
        self._status_icon.setPixmap(icon(now.shape, colour=now.tone).pixmap(size, size))

    def _list(self) -> QScrollArea:
        scrolled = QScrollArea()
        scrolled.setObjectName("navigation-scroll")
        scrolled.setWidgetResizable(True)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setProperty("navigation", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_1)
        scrolled.setWidget(inner)
        for name, text, shape in self.places:
            made = button(text, name=f"go-{name}", shows=shape, on_click=partial(self.going.emit, name))
            made.setProperty("navigation", True)
            made.setCheckable(True)
            self._group.addButton(made)
            self._buttons[name] = made
            column.addWidget(made)
        column.addStretch(1)
        self._scrolled = scrolled
        # Where one is can be seen also after the text beside it has grown.
        scrolled.verticalScrollBar().rangeChanged.connect(self._bring_into_sight)
        return scrolled

    def _bring_into_sight(self) -> None:
        """Scroll to the place that is marked, where not all places are seen at once."""
        here = self._group.checkedButton()
        if here is not None:
            self._scrolled.ensureWidgetVisible(here, 0, current_metrics().space_1)

    def _how_sending_stands(self) -> QHBoxLayout:
        metrics = current_metrics()
        line = QHBoxLayout()
        line.setContentsMargins(_BEFORE_ICON + metrics.space_3, 0, 0, 0)
        self._status_icon = label("", wrap=False)
        # As large as it will be: what stands above it is not moved, and drawn again, by how sending stands.
        self._status_icon.setContentsMargins(0, 0, 0, 0)
        self._status_icon.setMinimumSize(metrics.icon, metrics.icon)
        self._status = label("", type="caption", name="status-line")
        line.addWidget(self._status_icon)
        line.addWidget(self._status, 1)
        return line

    def _fit(self) -> None:
        """Make it as wide as its longest word, and the bar that scrolls it where the text is large."""
        metrics = current_metrics()
        widest = max(made.sizeHint().width() for made in self._buttons.values())
        bar = self._scrolled.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(max(metrics.sidebar_width, widest + metrics.space_3 * 2 + bar + 4))
