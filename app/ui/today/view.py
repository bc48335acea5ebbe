"""Today: a calm start page of panels."""

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day_long
from app.storage.change_set import ChangeSet
from app.storage.queries.today import SHOWN_AT_FIRST, Day, day
from app.ui.desk import Desk
from app.ui.today.panels import PANELS, MadeReady, OfTheDay, Panel, Refreshed
from app.ui.widgets import PageHeader, ScrollPage, laid_out_once


class TodayView(QWidget):
    """Who one is, what day it is, and below it the panels; they are made ahead, or when Today is first shown."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, panels: Sequence[Panel] = PANELS) -> None:
        super().__init__(parent)
        self.setObjectName("today")
        self._desk = desk
        self._panels = panels
        self._made: list[QWidget] = []
        self._is_used = False
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._page = ScrollPage(self, name="today-page")
        self._header = PageHeader("", "")
        self._page.body.addWidget(self._header)
        self._page.body.addStretch(1)
        whole.addWidget(self._page)
        desk.changed.connect(self._changed)

    def enter(self) -> None:
        """Come to Today: the keyboard stands on the first session."""
        self.refresh()
        for panel in self._made:
            take_focus = getattr(panel, "take_focus", None)
            if take_focus is not None:
                take_focus()
                break

    def make_ready(self) -> Iterator[None]:
        """Make the panels, one a step, before it is known what the day holds; where they are made there is no step."""
        for panel in self._panels[len(self._made) :]:
            made = panel.factory(self._desk, self._page)
            if not made.accessibleName():
                made.setAccessibleName(panel.title())
            self._page.body.insertWidget(len(self._made) + 1, made)
            self._made.append(made)
            if isinstance(made, MadeReady):
                made.make_ready()
            yield

    def refresh(self) -> None:
        """Read the day anew."""
        if not self._is_used:
            for _step in self.make_ready():
                pass
            # Each comes when it has something to show: rows without words are nothing to see.
            for made in self._made:
                made.hide()
            self._is_used = True
        first = self._desk.user_name.split(" ")[0]
        on = format_day_long(today(self._desk.clock))
        self._header.show_text(_("Good to see you, {name}").format(name=first), on[:1].upper() + on[1:])
        self._read_day()
        for shown in self._made:
            if isinstance(shown, Refreshed):
                shown.refresh()

    def _read_day(self) -> None:
        """Read the day once for all who show some of it, and as much of it as somebody has asked to see."""
        on = today(self._desk.clock)
        most = max([SHOWN_AT_FIRST, *(getattr(shown, "wanted", 0) for shown in self._made)])
        self._desk.ask(lambda reading: day(reading, today=on, most=most), on_done=self._show_day)

    def _show_day(self, found: Day) -> None:
        if not self.isVisible():
            # Read anew when somebody comes back; Qt measures nothing anew of what is filled out of sight.
            return
        with laid_out_once(self._page.column):
            for shown in self._made:
                if isinstance(shown, OfTheDay):
                    shown.show_day(found)

    def _changed(self, changed: ChangeSet) -> None:
        if len(changed) and self.isVisible():
            self.refresh()
