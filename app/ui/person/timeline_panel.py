"""What happened, newest first."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.domain.products import product_name
from app.i18n import _, format_day, language
from app.storage.queries.person_card import Event, PersonCard, person_card
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Card, fill_anew, label
from app.ui.words import status_word

MOST_EVENTS = 40


class TimelinePanel(QWidget):
    """Reads what happened and tells it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline-panel")
        self._desk = desk
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        self._desk.ask(lambda reading: person_card(reading, person_id), on_done=self._show)

    def _show(self, card: PersonCard | None) -> None:
        fill_anew(self._column)
        if card is not None:
            self._column.addWidget(_timeline(card))


def _timeline(card: PersonCard) -> Card:
    made = Card(name="timeline-card")
    made.body.addWidget(label(_("What happened"), type="heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_4)
    grid.setVerticalSpacing(current_metrics().space_2)
    for number, event in enumerate(card.events[:MOST_EVENTS]):
        grid.addWidget(label(format_day(event.on), type="soft", wrap=False), number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(_event_words(event), type="strong"), number, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(event.note), number, 2, Qt.AlignmentFlag.AlignTop)
    grid.setColumnStretch(1, 2)
    grid.setColumnStretch(2, 3)
    made.body.addLayout(grid)
    if not card.events:
        made.body.addWidget(label(_("Nothing has been recorded yet."), type="soft"))
    return made


def _event_words(event: Event) -> str:
    if event.kind == "attendance":
        return status_word(event.text)
    if event.kind == "handout":
        return product_name(event.text, language())
    return {
        "stop_date": _("Stop date"),
        "relapse": _("Smoked again"),
        "diploma": _("Diploma {serial}").format(serial=event.text),
    }.get(event.kind, event.kind)
