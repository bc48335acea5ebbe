"""Today: a calm start page of panels."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day_long
from app.storage.change_set import ChangeSet
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.today.panels import PANELS, Panel
from app.ui.widgets import PageHeader, ScrollPage


class TodayView(QWidget):
    """Who one is, what day it is, and below it the panels; they are made when Today is first shown."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, panels: Sequence[Panel] = PANELS) -> None:
        super().__init__(parent)
        self.setObjectName("today")
        self._desk = desk
        self._panels = panels
        self._made: list[QWidget] = []
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._page = ScrollPage(self, name="today-page", widest=current_metrics().body * 64)
        self._header = PageHeader("", "")
        self._page.body.addWidget(self._header)
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

    def refresh(self) -> None:
        """Read the day anew."""
        if not self._made:
            for panel in self._panels:
                made = panel.factory(self._desk, self._page)
                if not made.accessibleName():
                    made.setAccessibleName(panel.title())
                self._page.body.addWidget(made)
                self._made.append(made)
            self._page.body.addStretch(1)
        first = self._desk.user_name.split(" ")[0]
        on = format_day_long(today(self._desk.clock))
        self._header.show_text(_("Good to see you, {name}").format(name=first), on[:1].upper() + on[1:])
        for shown in self._made:
            shown.refresh()  # type: ignore[attr-defined]

    def _changed(self, changed: ChangeSet) -> None:
        if len(changed) and self.isVisible():
            self.refresh()
