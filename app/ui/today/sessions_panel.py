"""Sessions to open, sessions left unfinished, and the week to come."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day, ngettext
from app.storage.queries.today import Day, SessionRow, day
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    Slices,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    is_large_text,
    label,
)

COMING_SHOWN = 12
"""Sessions of the coming week that are shown: more than that is a calendar, and the courses have theirs."""


class SessionsPanel(QWidget):
    """Today's sessions, and above them those that were begun and never closed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sessions-panel")
        self._desk = desk
        self._column = _plain_column(self)
        self._takes_focus = False

    def take_focus(self) -> None:
        """Put the keyboard on the first session that is not closed, once it is shown: Enter opens it."""
        self._takes_focus = True

    def refresh(self) -> None:
        """Read the day anew."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: day(reading, today=on), on_done=self._show)

    def _show(self, found: Day) -> None:
        with focus_kept(self):
            self._fill(found)
        if self._takes_focus:
            self._takes_focus = False
            rows = [row for row in (*found.unfinished, *found.today) if row.state != "closed"]
            first = self.findChild(QPushButton, f"open-{rows[0].session_id}") if rows else None
            if isinstance(first, QPushButton):
                first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, found: Day) -> None:
        fill_anew(self._column)
        if found.unfinished:
            self._column.addWidget(label(_("Not closed yet"), type="heading"))
            self._column.addWidget(Slices(found.unfinished, partial(self._card, with_day=True), name="unfinished"))
        self._column.addWidget(label(_("Today's sessions"), type="heading"))
        if found.today:
            self._column.addWidget(Slices(found.today, self._card, name="today-sessions"))
        else:
            self._column.addWidget(
                EmptyState(
                    "coffee",
                    _("No sessions today"),
                    _("Sessions that are planned for today show up here. The coming ones are below."),
                    name="today-empty",
                )
            )

    def _card(self, row: SessionRow, *, with_day: bool = False) -> Card:
        card = Card(name="session-card")
        across = across_or_down()
        when = label(format_day(row.held_on) if with_day else row.starts_at or "–", type="title", wrap=False)
        when.setMinimumWidth(current_metrics().body * 5)
        across.addWidget(when)
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        words.addWidget(label(row.place, type="heading"))
        words.addWidget(label(row.title, type="soft"))
        across.addLayout(words, 1)
        badges = QHBoxLayout()
        badges.setSpacing(current_metrics().space_2)
        badges.addWidget(Badge(_number(row)))
        badges.addWidget(Badge(ngettext("{n} person", "{n} people", row.people).format(n=row.people)))
        if row.state == "closed":
            badges.addWidget(Badge(_("Closed"), tone="success"))
        elif row.drafts:
            badges.addWidget(Badge(_("Begun"), tone="amber"))
        elif row.is_last:
            badges.addWidget(Badge(_("Diplomas"), tone="amber"))
        badges.addStretch(1)
        across.addLayout(badges)
        opening = button(
            _("Look at the session") if row.state == "closed" else _("Open the session"),
            name=f"open-{row.session_id}",
            kind="" if row.state == "closed" else "primary",
            on_click=partial(self._desk.open, "session", row.session_id),
        )
        opening.setAccessibleName(f"{opening.text()}: {row.place} {row.starts_at}")
        across.addWidget(opening)
        card.body.addLayout(across)
        return card


class ComingPanel(QWidget):
    """The sessions of the coming week."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("coming-panel")
        self._desk = desk
        self._column = _plain_column(self)

    def refresh(self) -> None:
        """Read the week anew."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: day(reading, today=on), on_done=self._show)

    def _show(self, found: Day) -> None:
        fill_anew(self._column)
        self.setVisible(bool(found.coming))
        if found.coming:
            self._column.addWidget(label(_("The coming week"), type="heading"))
            self._column.addWidget(_coming(found.coming[:COMING_SHOWN]))
            more = len(found.coming) - COMING_SHOWN
            if more > 0:
                going = button(
                    ngettext("{n} more in the courses", "{n} more in the courses", more).format(n=more),
                    name="coming-more",
                    kind="quiet",
                    shows="arrow-right",
                    on_click=partial(self._desk.open, "courses"),
                )
                self._column.addWidget(going, 0, Qt.AlignmentFlag.AlignLeft)


def _plain_column(owner: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(owner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(current_metrics().space_4)
    return column


def _number(row: SessionRow) -> str:
    if row.planned_sessions:
        return _("Session {n} of {of}").format(n=row.number, of=row.planned_sessions)
    return _("Session {n}").format(n=row.number)


def _coming(rows: tuple[SessionRow, ...]) -> Card:
    card = Card(name="coming-card")
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_5)
    grid.setVerticalSpacing(current_metrics().space_3)
    if is_large_text():
        for row in rows:
            when = f"{format_day(row.held_on)} {row.starts_at}".strip()
            card.body.addWidget(label(f"{when} · {row.place} · {_number(row)}"))
        return card
    for number, row in enumerate(rows):
        grid.addWidget(label(format_day(row.held_on), type="strong", wrap=False), number, 0)
        grid.addWidget(label(row.starts_at, wrap=False), number, 1)
        grid.addWidget(label(row.place), number, 2)
        grid.addWidget(label(_number(row), type="soft", wrap=False), number, 3)
    grid.setColumnStretch(2, 1)
    card.body.addLayout(grid)
    return card
