"""The head of Today's tasks: how many are late, due, near and settled, and the search in them."""

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.tasks import Urgency
from app.i18n import _
from app.storage.queries.tasks import Due
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, is_large_text, label, search_field


class TasksHeading(QVBoxLayout):
    """One line; where the text is large the search stands below it. `searched` tells that other words stand there."""

    searched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(current_metrics().space_3)
        head = QHBoxLayout()
        head.addWidget(label(_("To do"), type="heading", wrap=False))
        counted = QHBoxLayout()
        counted.setSpacing(current_metrics().space_2)
        self._counted = {tone: Badge("", tone=tone) for tone in ("problem", "amber", "neutral", "success")}
        for badge in self._counted.values():
            counted.addWidget(badge)
        head.addSpacing(current_metrics().space_2)
        head.addLayout(counted)
        head.addStretch(1)
        self._search = search_field(_("Search in what is due"), name="tasks-search", on_change=self.searched.emit)
        self._search.setMinimumWidth(current_metrics().body * 17)
        self._search.hide()
        if not is_large_text():
            head.addWidget(self._search)
        self.addLayout(head)
        if is_large_text():
            self.addWidget(self._search)

    @property
    def words(self) -> str:
        """Return what is searched for, as it is typed."""
        return self._search.text()

    @property
    def is_searching(self) -> bool:
        """Return whether anything is searched for."""
        return bool(self.words.strip())

    def offer_search(self, *, is_long: bool) -> None:
        """Show the search where the list is long; what is typed in it stays in sight."""
        self._search.setVisible(bool(self.words) or is_long)

    def show_counts(self, found: Due, *, on: date) -> None:
        """Say how many tasks there are of each urgency on a day, and how many were settled today."""
        urgencies = [row.task.urgency(on) for row in found.rows]
        for tone, count, text in (
            ("problem", urgencies.count(Urgency.OVERDUE), _("{n} late")),
            ("amber", urgencies.count(Urgency.TODAY), _("{n} today")),
            ("neutral", urgencies.count(Urgency.SOON), _("{n} soon")),
            ("success", found.settled, _("{n} settled today")),
        ):
            self._counted[tone].setText(text.format(n=count))
            self._counted[tone].setVisible(count > 0)
