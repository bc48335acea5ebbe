"""What happened, newest first."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.i18n import _, format_day, format_money, ngettext
from app.storage.queries.person_timeline import Event, person_timeline
from app.ui.contact.words import channel_word, outcome_word, purpose_word
from app.ui.course.words import (
    answer_word,
    consent_word,
    counselling_word,
    missing_word,
    result_word,
    said_word,
    session_word,
    time_point_word,
)
from app.ui.desk import Desk
from app.ui.nicotine_words import trigger_word
from app.ui.theme import current_metrics
from app.ui.widgets import Card, EmptyState, button, fill_anew, fits, focus_kept, is_large_text, label, search_field
from app.ui.words import handout_name, status_word

AT_ONCE = 40
"""Lines that are drawn before one asks for more."""


class TimelinePanel(QWidget):
    """Reads what happened and tells it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-panel")
        self._desk = desk
        self._person_id = ""
        self._events: tuple[Event, ...] = ()
        self._drawn = AT_ONCE
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(current_metrics().space_3)
        self.search = search_field(
            _("Search in what happened"), name="timeline-search", on_change=lambda: self._show(self._events)
        )
        self.search.hide()
        whole.addWidget(self.search)
        self._column = QVBoxLayout()
        whole.addLayout(self._column)

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        if person_id != self._person_id:
            self._person_id, self._drawn = person_id, AT_ONCE
            self.search.clear()
        self._desk.ask(lambda reading: person_timeline(reading, person_id), on_done=self._show)

    def _show(self, events: tuple[Event, ...] | None) -> None:
        self._events = events or ()
        self.search.setVisible(bool(self._events))
        with focus_kept(self):
            fill_anew(self._column)
            if events is not None:
                self._column.addWidget(self._timeline())

    def _show_more(self) -> None:
        self._drawn += AT_ONCE
        self._show(self._events)

    def _timeline(self) -> Card:
        made = Card(name="timeline-card")
        made.body.addWidget(label(_("What happened"), type="heading"))
        words = self.search.text()
        fitting = [event for event in self._events if fits(words, _texts(event))]
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_2)
        for number, event in enumerate(fitting[: self._drawn]):
            if is_large_text():
                # Below each other: a word of a note would be all that fits beside.
                grid.addWidget(label(format_day(event.on), type="soft"), number * 3, 0)
                grid.addWidget(label(event_words(event), type="strong"), number * 3 + 1, 0)
                if event.note:
                    grid.addWidget(label(event.note), number * 3 + 2, 0)
                continue
            grid.addWidget(label(format_day(event.on), type="soft", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(event_words(event), type="strong"), number, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(event.note), number, 2, Qt.AlignmentFlag.AlignTop)
        for column, share in ((1, 2), (2, 3)):
            grid.setColumnStretch(column, 0 if is_large_text() else share)
        made.body.addLayout(grid)
        earlier = len(fitting) - self._drawn
        if earlier > 0:
            words = ngettext("Show {n} earlier", "Show {n} earlier", min(earlier, AT_ONCE))
            more = button(
                words.format(n=min(earlier, AT_ONCE)), name="timeline-more", kind="quiet", on_click=self._show_more
            )
            made.body.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        if not self._events:
            made.body.addWidget(
                EmptyState(
                    "clock-counter-clockwise",
                    _("Nothing has happened yet"),
                    _("Attendance, handouts, calls and answers stand here as they are recorded, the newest first."),
                    name="timeline-empty",
                )
            )
        elif not fitting:
            made.body.addWidget(label(_("Nothing in this list fits."), type="soft"))
        return made


def _texts(event: Event) -> tuple[str, ...]:
    return format_day(event.on), event_words(event), event.note


def event_words(event: Event) -> str:
    """Say what happened; a kind that this version does not know is shown as it is."""
    said = _SAID.get(event.kind)
    return said(event) if said is not None else event.kind


def _attendance(event: Event) -> str:
    status, (counselling,) = status_word(event.text), event.codes
    if not counselling:
        return status
    held = counselling_word(holds_counselling=counselling == "counselling")
    return f"{status}: {session_word('intake', 0)}, {held}"


def _contact(event: Event) -> str:
    channel, ended = event.codes
    return f"{purpose_word(event.text)}: {channel_word(channel)}, {outcome_word(ended)}"


def _voucher(event: Event) -> str:
    return _("Voucher {number}, {money}").format(number=event.text, money=format_money(event.amount))


def _voucher_used(event: Event) -> str:
    return _("Voucher {number} used, {money}").format(number=event.text, money=format_money(event.amount))


def _medicine_notice(event: Event) -> str:
    consent, trigger = event.codes
    if consent == "declined":
        return _("Did not want it told about {medicine} ({why})").format(medicine=event.text, why=trigger_word(trigger))
    return _("Told about {medicine} ({why})").format(medicine=event.text, why=trigger_word(trigger))


def _outcome(event: Event) -> str:
    smoke_free, missing = event.codes
    when = time_point_word(event.text)
    if missing:
        return f"{when}: {missing_word(missing)}"
    return _("{when}, smoke-free: {answer}").format(when=when, answer=said_word(smoke_free))


_SAID: Final[dict[str, Callable[[Event], str]]] = {
    "attendance": _attendance,
    "handout": lambda event: handout_name(event.text),
    "stop_date": lambda _event: _("Stop date"),
    "relapse": lambda _event: _("Smoked again"),
    "diploma": lambda event: _("Diploma {serial}").format(serial=event.text),
    "contact": _contact,
    "follow_up": lambda event: _("Follow-up call: {result}").format(result=result_word(event.codes[0])),
    "consent": lambda event: f"{consent_word(event.text)}: {answer_word(event.codes[0])}",
    "voucher": _voucher,
    "voucher_used": _voucher_used,
    "medicine_notice": _medicine_notice,
    "outcome": _outcome,
}
