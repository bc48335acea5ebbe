"""Tips for the first days: one at a time, gone when they are waved away, and never back."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.storage.queries.today import Day
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import PageCard, PagePart, across_or_down, button, fill_anew, focus_kept, label, tile

TIPS: Final[tuple[tuple[str, Callable[[], str], Callable[[], str]], ...]] = (
    (
        "table",
        lambda: _("At the table you need no mouse"),
        lambda: _("Enter opens the session. F5 marks everyone, digits and Enter fill a column, F7 hands out."),
    ),
    (
        "find",
        lambda: _("Ctrl+K finds anything"),
        lambda: _("A person, a place, a session or a command; names also by how they sound."),
    ),
    (
        "cover",
        lambda: _("F12 covers the screen at once"),
        lambda: _("So does Escape twice. Your passphrase brings you back to where you were."),
    ),
)


class TipsPanel(PagePart):
    """Shows the first tip that was not waved away yet."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tips-panel")
        self._desk = desk
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown = ""

    def make_ready(self) -> None:
        """Make the card: which tips are known stands in the settings."""
        tip = next((tip for tip in TIPS if tip[0] not in self._desk.tips_seen), None)
        if tip is not None and tip[0] != self._shown:
            fill_anew(self._column)
            self._make(*tip)
        self._shown = "" if tip is None else tip[0]

    def show_day(self, _found: Day) -> None:
        """Come with the sessions of the day, which stand above: nothing is pushed down by them."""
        self._show_next()

    def _show_next(self) -> None:
        """Show the next tip, or nothing where all are known."""
        had_keyboard = self.isAncestorOf(self.window().focusWidget() or self.window())
        with focus_kept(self):
            self.make_ready()
        self.setVisible(bool(self._shown))
        if had_keyboard and self._shown:
            self._known.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make(self, key: str, title: Callable[[], str], text: Callable[[], str]) -> None:
        card = PageCard(name="tip-card")
        across = across_or_down()
        across.addWidget(tile("lightbulb", tone="amber"))
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        words.addWidget(label(title(), type="strong"))
        words.addWidget(label(text(), type="soft"))
        across.addLayout(words, 1)
        self._known = button(_("Got it"), name=f"tip-{key}", on_click=lambda: self._wave_away(key))
        across.addWidget(self._known)
        card.body.addLayout(across)
        self._column.addWidget(card)

    def _wave_away(self, key: str) -> None:
        self._desk.see_tip(key)
        self._show_next()
