"""The person's page: the curve, the twelve boxes, the courses, and what happened."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.products import product_name
from app.i18n import _, format_day, language
from app.storage.queries.person_card import Event, PersonCard, person_card
from app.ui.desk import Desk
from app.ui.person.pictures import WEEKS, Curve, TwelveBoxes
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, Card, IconButton, PageHeader, ScrollPage, across_or_down, button, label
from app.ui.words import number_word, status_word

MOST_EVENTS = 40


class PersonView(QWidget):
    """One person; `make_diploma` names the enrolment that is celebrated."""

    back = Signal()
    make_diploma = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person")
        self._desk = desk
        self._person_id = ""
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None

    def show_person(self, person_id: str) -> None:
        """Open a person's page."""
        self._person_id = person_id
        self.refresh()

    def refresh(self) -> None:
        """Read the person anew."""
        if self._person_id:
            person_id = self._person_id
            self._desk.ask(lambda reading: person_card(reading, person_id), on_done=self._show)

    def _show(self, card: PersonCard | None) -> None:
        if card is None:
            self.back.emit()
            return
        metrics = current_metrics()
        page = ScrollPage(self, name="person-page", widest=metrics.body * 66)
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back"), name="person-back")
        going_back.clicked.connect(self.back)
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        about = [card.municipality, card.phone, ", ".join(card.teams)]
        top.addWidget(PageHeader(card.name, " · ".join(part for part in about if part)), 1)
        page.body.addLayout(top)
        story = across_or_down()
        story.addWidget(_smoking(card), 2)
        story.addWidget(_weeks(card), 1)
        page.body.addLayout(story)
        page.body.addWidget(self._courses(card))
        page.body.addWidget(_timeline(card))
        page.body.addStretch(1)
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.deleteLater()
        self._page = page
        self._whole.addWidget(page)

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
                    on_click=partial(self.make_diploma.emit, course.enrolment_id),
                )
            )
            made.body.addLayout(across)
        if not card.courses:
            made.body.addWidget(label(_("Not on a course yet."), type="soft"))
        return made


def _smoking(card: PersonCard) -> Card:
    made = Card(name="smoking-card")
    across = QHBoxLayout()
    across.addWidget(label(_("Cigarettes a day"), type="heading"), 1)
    if len(card.cigarettes) > 1:
        first, last = card.cigarettes[0][1], card.cigarettes[-1][1]
        if first and last < first:
            share = round((first - last) / first * 100)
            across.addWidget(Badge(_("{percent} % fewer than at the start").format(percent=share), tone="success"))
    made.body.addLayout(across)
    made.body.addWidget(Curve(card.cigarettes, stop_dates=card.stop_dates, relapses=card.relapses))
    if card.co:
        day, value = card.co[-1]
        made.body.addWidget(
            label(_("Latest CO: {value} ppm, {day}").format(value=number_word(value), day=format_day(day)), type="soft")
        )
    return made


def _weeks(card: PersonCard) -> Card:
    made = Card(name="weeks-card")
    given = len(card.handouts)
    made.body.addWidget(label(_("Nicotine replacement"), type="heading"))
    made.body.addWidget(TwelveBoxes(min(given, WEEKS)))
    made.body.addWidget(label(_("{n} of {of} weeks handed out").format(n=given, of=WEEKS), type="soft"))
    if card.handouts:
        day, product = card.handouts[-1]
        made.body.addWidget(
            label(
                _("Latest: {product}, {day}").format(product=product_name(product, language()), day=format_day(day)),
                type="caption",
            )
        )
    made.body.addStretch(1)
    return made


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
