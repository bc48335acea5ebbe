"""The history of every value, with who and when; filtered as one types, and a number corrected where it stands."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import _, format_day, format_moment, ngettext
from app.services.correct_measurement import CorrectMeasurement, correct_measurement
from app.storage.queries.history import HistoryEntry, person_history
from app.ui.desk import Desk
from app.ui.person.history_words import reason_word, subject_word, value_word
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Card,
    EmptyState,
    Field,
    Form,
    button,
    fill_anew,
    fits,
    focus_kept,
    is_large_text,
    label,
    search_field,
)

MOST_SHOWN = 30
ROOMY_BODY = 19
"""Text up to this many pixels tall leaves room for a whole moment beside the words."""
_CORRECTED_HERE = frozenset({"cigarettes_per_day", "co_ppm"})
_OF_A_TALK = frozenset({"readiness", "confidence"})
"""Those of the base form say no moment of their own, and are corrected with the form."""


class HistoryPanel(QWidget):
    """Reads a person's history and tells it, newest first."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history-panel")
        self._desk = desk
        self._person_id = ""
        self._entries: Sequence[HistoryEntry] = ()
        self._form: Form | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_3)
        self.search = search_field(_("Search in the history"), name="history-search", on_change=self._tell)
        column.addWidget(self.search)
        self._form_place = QVBoxLayout()
        column.addLayout(self._form_place)
        self._card = Card(name="history-card")
        column.addWidget(self._card)

    def show_person(self, person_id: str) -> None:
        """Read the person's history anew; a correction that is being written stays."""
        if person_id != self._person_id:
            self._person_id = person_id
            self.search.clear()
            self._close_form()
        self._desk.ask(lambda reading: person_history(reading, person_id), on_done=self._show)

    def _show(self, entries: tuple[HistoryEntry, ...]) -> None:
        self._entries = entries
        self.search.setVisible(bool(entries))
        self._tell()

    def _tell(self) -> None:
        with focus_kept(self):
            fill_anew(self._card.body)
            words = self.search.text()
            fitting = [entry for entry in self._entries if fits(words, (_sentence(entry),))]
            if not self._entries:
                self._card.body.addWidget(
                    EmptyState(
                        "list-dashes",
                        _("No history yet"),
                        _("Whatever is recorded or changed is listed here, with who did it and when."),
                        name="history-empty",
                    )
                )
                return
            self._card.body.addLayout(self._lines(fitting[:MOST_SHOWN]))
            if not fitting:
                self._card.body.addWidget(label(_("Nothing in the history fits."), type="soft"))
            elif len(fitting) > MOST_SHOWN:
                left = len(fitting) - MOST_SHOWN
                more = ngettext(
                    "{n} older one: write a word above to find it.",
                    "{n} older ones: write a word above to find them.",
                    left,
                ).format(n=left)
                self._card.body.addWidget(label(more, type="soft"))

    def _lines(self, entries: Sequence[HistoryEntry]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(0)
        middle = Qt.AlignmentFlag.AlignVCenter
        # A day and its time stand on one line while there is room for the words beside it.
        is_roomy = current_metrics().body <= ROOMY_BODY
        for row, entry in enumerate(entries):
            subject = subject_word(entry)
            asked = subject if subject.endswith("?") else f"{subject}:"
            what = label(f"{asked} {_values(entry)}", type="strong" if entry.is_standing else "body")
            more = " · ".join(part for part in (_who(entry), reason_word(entry.reason)) if part)
            if is_large_text():
                grid.addWidget(label(f"{_when(entry)}\n{more}".strip(), type="soft"), row * 3, 0)
                grid.addWidget(what, row * 3 + 1, 0)
                if (correct := self._correcting(entry)) is not None:
                    grid.addWidget(correct, row * 3 + 2, 0, Qt.AlignmentFlag.AlignLeft)
                continue
            grid.setRowMinimumHeight(row, current_metrics().control)
            grid.addWidget(label(_when(entry), type="soft", wrap=not is_roomy), row, 0, middle)
            grid.addWidget(what, row, 1, middle)
            grid.addWidget(label(more, type="soft"), row, 2, middle)
            if (correct := self._correcting(entry)) is not None:
                grid.addWidget(correct, row, 3, middle)
        for column, stretch in enumerate((0 if is_roomy else 2, 4, 3)):
            grid.setColumnStretch(column, 0 if is_large_text() else stretch)
        return grid

    def _correcting(self, entry: HistoryEntry) -> QPushButton | None:
        """Return the button that corrects a number where it stands; None where it is corrected elsewhere."""
        is_here = entry.kind in _CORRECTED_HERE or (entry.kind in _OF_A_TALK and entry.at is not None)
        if not (entry.is_standing and entry.entity == "measurement" and is_here):
            return None
        made = button(_("Correct"), name=f"correct-{entry.fact_id}", kind="quiet", on_click=partial(self._ask, entry))
        made.setAccessibleName(_("Correct {what}").format(what=f"{subject_word(entry)}, {_when(entry)}"))
        return made

    def _ask(self, entry: HistoryEntry) -> None:
        """Ask for the right value and why."""
        self._close_form()
        value = Field(subject_word(entry), name="value", advice=_("Empty where it was never measured."))
        value.input.setText("" if entry.after is None else value_word(entry, entry.after))
        reason = Field(_("Why is it corrected?"), name="reason")

        def submit() -> None:
            command = CorrectMeasurement(entry.fact_id, value.text(), reason.text())
            self._desk.do(
                lambda work: correct_measurement(command, work=work),
                on_done=lambda _changed: self._close_form(),
                on_error=form.refuse,
            )

        form = Form(_("Correct what was recorded"), name="correct-form", submit_text=_("Correct"), submit=submit)
        form.add_row(value=value, reason=reason)
        form.cancelled.connect(self._close_form)
        self._form = form
        self._form_place.addWidget(form)
        value.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_form(self) -> None:
        self._form = None
        fill_anew(self._form_place)


def _when(entry: HistoryEntry) -> str:
    if entry.at is not None:
        return format_moment(entry.at)
    return format_day(entry.on) if entry.on is not None else "–"


def _who(entry: HistoryEntry) -> str:
    return entry.who or _("a colleague")


def _values(entry: HistoryEntry) -> str:
    after = value_word(entry, entry.after)
    if entry.before is None and not entry.is_correction and entry.fact_id:
        return after
    return f"{value_word(entry, entry.before)} → {after}"


def _sentence(entry: HistoryEntry) -> str:
    return f"{subject_word(entry)} {_values(entry)} {_who(entry)} {_when(entry)} {reason_word(entry.reason)}"
