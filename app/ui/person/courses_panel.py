"""The courses that somebody takes part in, and the diplomas of them."""

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.storage.queries.person_card import PersonCard, person_card
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, Card, across_or_down, button, fill_anew, label


class CoursesPanel(QWidget):
    """Reads the courses of a person and shows them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("courses-panel")
        self._desk = desk
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        self._desk.ask(lambda reading: person_card(reading, person_id), on_done=self._show)

    def _show(self, card: PersonCard | None) -> None:
        fill_anew(self._column)
        if card is not None:
            self._column.addWidget(self._courses(card))

    def _courses(self, card: PersonCard) -> Card:
        made = Card(name="courses-card")
        made.body.addWidget(label(_("Courses"), type="heading"))
        for course in card.courses:
            across = across_or_down()
            words = QVBoxLayout()
            words.setSpacing(current_metrics().space_1)
            words.addWidget(label(course.title, type="strong"))
            words.addWidget(label(course.place, type="soft"))
            across.addLayout(words, 1)
            came = (
                _("Came to {n} of {of} sessions").format(n=course.sessions_attended, of=course.sessions_planned)
                if course.sessions_planned
                else _("Came to {n} sessions").format(n=course.sessions_attended)
            )
            across.addWidget(Badge(came))
            across.addWidget(
                button(
                    _("Show the diploma") if course.has_diploma else _("Make a diploma"),
                    name=f"diploma-{course.enrolment_id}",
                    shows="medal",
                    on_click=partial(self._desk.open, "diploma", course.enrolment_id),
                )
            )
            made.body.addLayout(across)
        if not card.courses:
            made.body.addWidget(label(_("Not on a course yet."), type="soft"))
        return made
