"""The story at one glance: the curve of cigarettes a day, and the twelve boxes."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.products import product_name
from app.i18n import _, format_day, language
from app.storage.queries.person_card import PersonCard, person_card
from app.ui.desk import Desk
from app.ui.person.pictures import WEEKS, Curve, TwelveBoxes
from app.ui.widgets import Badge, Card, across_or_down, fill_anew, label
from app.ui.words import number_word


class StoryPanel(QWidget):
    """Reads the person's story and draws it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("story-panel")
        self._desk = desk
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        self._desk.ask(lambda reading: person_card(reading, person_id), on_done=self._show)

    def _show(self, card: PersonCard | None) -> None:
        fill_anew(self._column)
        if card is None:
            return
        story = across_or_down()
        story.addWidget(_smoking(card), 2)
        story.addWidget(_weeks(card), 1)
        self._column.addLayout(story)


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
