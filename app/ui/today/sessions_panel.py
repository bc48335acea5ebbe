"""Sessions to open, sessions left unfinished, and the week to come."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_clock, format_day, ngettext
from app.storage.queries.today import SHOWN_AT_FIRST, Day, Part, SessionRow, day, more_of_day
from app.ui.course.words import session_of_all_word
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    EmptyState,
    Flow,
    PageCard,
    PagePart,
    across_or_down,
    button,
    focus_kept,
    is_large_text,
    label,
    set_property,
)

READY = 3
"""Cards that are made before it is known what the day holds: most days have no more sessions."""


class SessionsPanel(PagePart):
    """Today's sessions, and above them those that were begun and never closed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sessions-panel")
        self._desk = desk
        column = _plain_column(self)
        self._takes_focus = False
        self._unfinished_words = label(_("Not closed yet"), type="heading")
        self._unfinished = SessionCards(desk, Part.UNFINISHED, name="unfinished", with_day=True)
        self._today_words = label(_("Today's sessions"), type="heading")
        self._today = SessionCards(desk, Part.TODAY, name="today-sessions", ready=READY)
        self._empty = EmptyState(
            "coffee",
            _("No sessions today"),
            _("Sessions that are planned for today show up here. The coming ones are below."),
            name="today-empty",
        )
        for part in (self._unfinished_words, self._unfinished, self._today_words, self._today, self._empty):
            column.addWidget(part)

    def take_focus(self) -> None:
        """Put the keyboard on the first session that is not closed, once it is shown: Enter opens it."""
        self._takes_focus = True

    @property
    def wanted(self) -> int:
        """Return how many sessions of a list somebody has asked to see."""
        return max(self._unfinished.wanted, self._today.wanted)

    def show_day(self, found: Day) -> None:
        """Show the day."""
        rows = [row for row in (*found.unfinished, *found.today) if row.state != "closed"]
        following = rows[0].session_id if rows else ""
        with focus_kept(self):
            self._unfinished.show_rows(found.unfinished, left_out=found.left_out(Part.UNFINISHED), following=following)
            self._today.show_rows(found.today, left_out=found.left_out(Part.TODAY), following=following)
            self._unfinished_words.setVisible(bool(found.unfinished))
            self._unfinished.setVisible(bool(found.unfinished))
            self._today.setVisible(bool(found.today))
            self._empty.setVisible(not found.today)
            self.show()
        if self._takes_focus:
            self._takes_focus = False
            # A card that is put away for now keeps the name of what it was about.
            named = self.findChildren(QPushButton, f"open-{following}") if following else []
            opening = next((found for found in named if found.isVisible()), None)
            if opening is not None and not self._is_typed_beside():
                opening.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_typed_beside(self) -> bool:
        """Return whether somebody types by now in what lies above the page, as after Ctrl+K: they go on typing."""
        page, focused = self.parentWidget(), self.window().focusWidget()
        return isinstance(focused, QLineEdit) and page is not None and not page.isAncestorOf(focused)


class SessionCards(PagePart):
    """One list of sessions as cards: the first ones, and the next for the asking."""

    def __init__(self, desk: Desk, part: Part, *, name: str, with_day: bool = False, ready: int = 0) -> None:
        super().__init__()
        self.setObjectName(name)
        self._desk = desk
        self._part = part
        self._with_day = with_day
        self._rows: tuple[SessionRow, ...] = ()
        self._following = ""
        self._cards: list[SessionCard] = []
        self._column = _plain_column(self)
        self._more = button("", name=f"{name}-more", kind="quiet", shows="caret-down", on_click=self._read_on)
        self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self._make(ready)

    @property
    def wanted(self) -> int:
        """Return how many sessions somebody has asked to see."""
        return len(self._rows)

    def show_rows(self, rows: Sequence[SessionRow], *, left_out: int, following: str) -> None:
        """Show these sessions, among them the one that is opened next; `left_out` more were not read."""
        self._rows, self._following = tuple(rows), following
        self._make(len(rows))
        for card, row in zip(self._cards, rows, strict=False):
            card.show_row(row, is_next=row.session_id == following)
            card.show()
        for card in self._cards[len(rows) :]:
            card.hide()
        text = ngettext("Show {n} more", "Show {n} more", left_out).format(n=left_out)
        self._more.setText(text)
        self._more.setAccessibleName(text)
        self._more.setVisible(left_out > 0)

    def _make(self, count: int) -> None:
        while len(self._cards) < count:
            made = SessionCard(lambda row: self._desk.open("session", row.session_id), with_day=self._with_day)
            self._column.insertWidget(len(self._cards), made)
            self._cards.append(made)

    def _read_on(self) -> None:
        on, after, part = today(self._desk.clock), len(self._rows), self._part
        self._desk.ask(
            lambda reading: (more_of_day(reading, part, today=on, after=after), day(reading, today=on).counted[part]),
            on_done=lambda found: self._add(after, *found),
        )

    def _add(self, after: int, rows: tuple[SessionRow, ...], counted: int) -> None:
        if len(self._rows) == after:
            known = {row.session_id for row in self._rows}
            together = (*self._rows, *(row for row in rows if row.session_id not in known))
            # Where nothing came, there is nothing more to ask for.
            left_out = max(0, counted - len(together)) if rows else 0
            self.show_rows(together, left_out=left_out, following=self._following)


class SessionCard(PageCard):
    """A session: when, where, how many, and the way into it; made empty, and shown about one session or another."""

    def __init__(self, open_it: Callable[[SessionRow], object], *, with_day: bool = False) -> None:
        super().__init__(name="session-card")
        self._with_day = with_day
        self._row: SessionRow | None = None
        across = across_or_down()
        self._when = label("", type="title", wrap=False)
        self._when.setMinimumWidth(current_metrics().body * 5)
        across.addWidget(self._when)
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        self._place, self._title = label("", type="heading"), label("", type="soft")
        words.addWidget(self._place)
        words.addWidget(self._title)
        across.addLayout(words, 1)
        self._number, self._people, self._state = Badge(""), Badge(""), Badge("", tone="amber")
        across.addLayout(_row_of_badges(self._number, self._people, self._state))
        self._open = button(
            _("Open the session"),
            name="open-session",
            kind="primary",
            on_click=lambda: None if self._row is None else open_it(self._row),
        )
        across.addWidget(self._open)
        self.body.addLayout(across)

    def show_row(self, row: SessionRow, *, is_next: bool) -> None:
        """Be about this session; the way into the next one is the plainest on the page."""
        set_property(self._open, "kind", "primary" if is_next else "")
        if row == self._row:
            return
        self._row = row
        is_closed = row.state == "closed"
        self._when.setText(format_day(row.held_on) if self._with_day else format_clock(row.starts_at) or "–")
        self._place.setText(row.place)
        self._title.setText(row.title)
        self._number.setText(_number(row))
        self._people.setText(ngettext("{n} person", "{n} people", row.people).format(n=row.people))
        if is_closed:
            self._state.show_state(_("Closed"), "success")
        else:
            self._state.show_state(_("Begun") if row.is_begun else _("Diplomas"), "amber")
        self._state.setVisible(bool(is_closed or row.is_begun or row.is_last))
        self._open.setText(_("Look at the session") if is_closed else _("Open the session"))
        self._open.setObjectName(f"open-{row.session_id}")
        self._open.setAccessibleName(f"{self._open.text()}: {row.place} {format_clock(row.starts_at)}")


class ComingPanel(PagePart):
    """The first sessions of the coming week: more than that is a calendar, and the courses have theirs."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("coming-panel")
        self._desk = desk
        column = _plain_column(self)
        column.addWidget(label(_("The coming week"), type="heading"))
        card = PageCard(name="coming-card")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(current_metrics().space_5)
        self._grid.setVerticalSpacing(current_metrics().space_3)
        self._grid.setColumnStretch(2, 1)
        self._is_large = is_large_text()
        self._lines: list[tuple[QLabel, ...]] = []
        self._shown = SHOWN_AT_FIRST
        for number in range(SHOWN_AT_FIRST):
            self._lines.append(self._line(number))
        card.body.addLayout(self._grid)
        column.addWidget(card)
        self._more = button(
            "", name="coming-more", kind="quiet", shows="arrow-right", on_click=partial(desk.open, "courses")
        )
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)

    def _line(self, number: int) -> tuple[QLabel, ...]:
        if self._is_large:
            made: tuple[QLabel, ...] = (label(""),)
        else:
            made = (
                label("", type="strong", wrap=False),
                label("", wrap=False),
                label(""),
                label("", type="soft", wrap=False),
            )
        for column, part in enumerate(made):
            self._grid.addWidget(part, number, column)
        return made

    def show_day(self, found: Day) -> None:
        """Show what comes."""
        for number, line in enumerate(self._lines):
            is_shown = number < len(found.coming)
            row = found.coming[number] if is_shown else None
            for part, text in zip(line, self._words(row), strict=False):
                part.setText(text)
                # To show what is shown lays everything around it out.
                if is_shown != (number < self._shown):
                    part.setVisible(is_shown)
        self._shown = len(found.coming)
        more = found.left_out(Part.COMING)
        text = ngettext("{n} more in the courses", "{n} more in the courses", more).format(n=more)
        self._more.setText(text)
        self._more.setAccessibleName(text)
        self._more.setVisible(more > 0)
        self.setVisible(bool(found.coming))

    def _words(self, row: SessionRow | None) -> tuple[str, ...]:
        if row is None:
            return ("", "", "", "")
        if self._is_large:
            when = f"{format_day(row.held_on)} {format_clock(row.starts_at)}".strip()
            return (f"{when} · {row.place} · {_number(row)}",)
        return format_day(row.held_on), format_clock(row.starts_at), row.place, _number(row)


def _plain_column(owner: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(owner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(current_metrics().space_4)
    return column


def _row_of_badges(*badges: Badge) -> QLayout:
    """Return a row, which goes on below where the text is large."""
    gap = current_metrics().space_2
    if is_large_text():
        flow = Flow(gap=gap)
        for badge in badges:
            flow.addWidget(badge)
        return flow
    across = QHBoxLayout()
    across.setSpacing(gap)
    for badge in badges:
        across.addWidget(badge)
    across.addStretch(1)
    return across


def _number(row: SessionRow) -> str:
    return session_of_all_word(row.kind, row.number, row.planned_sessions)
