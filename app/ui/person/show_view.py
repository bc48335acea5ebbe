"""Show the person: my curve, my boxes, my money, my next step, in large print, and nobody else's name.

For people with concentration or reading difficulties: pictures first, then a number, then a word.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_money
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.person_story import PersonStory, person_story
from app.ui.desk import Desk
from app.ui.person.next_words import next_shape, next_word
from app.ui.person.pictures import WEEKS, Curve, Marks, TwelveBoxes
from app.ui.theme import current_metrics, icon
from app.ui.widgets import Card, IconButton, fill_anew, is_narrow, label, say_at_most
from app.ui.words import number_word

_LONGEST_CALLED, _LONGEST_STEP = 60, 80
"""Letters: the page does not scroll, and its pictures come first."""


class ShowPersonView(QWidget):
    """Fills the whole window; Escape goes back to the person's page."""

    back = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("show-person")
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("For the person to see"))
        self._desk = desk
        room = current_metrics().space_5
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(room, room, room, room)
        self._column.setSpacing(current_metrics().space_4)
        self.hide()

    def show_person(self, person_id: str) -> None:
        """Show nothing of anybody else, then this person's story."""
        fill_anew(self._column)
        on = today(self._desk.clock)

        def story(reading: Reading) -> PersonStory | None:
            found = person_story(reading, person_id, today=on)
            if found is not None:
                note_view(reading, [person_id], what="shown to the person")
            return found

        self._desk.ask(story, on_done=self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)

    def _show(self, story: PersonStory | None) -> None:
        fill_anew(self._column)
        if story is None:
            self.back.emit()
            return
        top = QHBoxLayout()
        called = label("", type="display")
        say_at_most(called, story.called, letters=_LONGEST_CALLED)
        top.addWidget(called, 1)
        leave = IconButton("x", _("Back to the counsellor's page"), name="show-back")
        leave.clicked.connect(self.back)
        top.addWidget(leave, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(top)
        smoking = story.smoking
        curve = Curve(
            smoking.cigarettes,
            Marks(
                stop_dates=tuple(row.stop_on for row in smoking.stop_dates if row.is_latest),
                plan=smoking.plan.line if smoking.plan is not None else (),
            ),
            large=True,
        )
        self._column.addWidget(curve, 1)
        below = QHBoxLayout()
        below.setSpacing(current_metrics().space_4)
        for card in (_boxes(story), _money(story), _step(story)):
            # In a small window each is as wide as it must be, and words go before pictures.
            below.addWidget(card, 0 if is_narrow() and card.objectName() == "my-boxes" else 1)
        self._column.addLayout(below)
        self.setFocus(Qt.FocusReason.OtherFocusReason)


def _picture(shape: str, colour: str = "accent") -> QLabel:
    size = current_metrics().icon_large
    made = label("", wrap=False)
    made.setPixmap(icon(shape, colour=colour).pixmap(size, size))
    return made


def _boxes(story: PersonStory) -> Card:
    card = Card(name="my-boxes")
    weeks = story.nrt.plan.weeks if story.nrt.plan is not None else WEEKS
    card.body.addStretch(1)
    card.body.setContentsMargins(*(current_metrics().space_3,) * 4)
    card.body.addWidget(TwelveBoxes(story.nrt.weeks, weeks=weeks, large=True), 0, Qt.AlignmentFlag.AlignCenter)
    card.body.addStretch(1)
    return card


def _money(story: PersonStory) -> Card:
    """Show what was not spent on cigarettes; where nobody knows the price, how many fewer a day."""
    card = Card(name="my-money")
    across = QHBoxLayout()
    card.body.addStretch(1)
    smoking = story.smoking
    size = "heading" if is_narrow() else "title"
    if is_narrow():
        card.body.setContentsMargins(*(current_metrics().space_3,) * 4)
    if smoking.saved > 0:
        if not is_narrow():
            across.addWidget(_picture("wallet", "success"))
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(label(format_money(smoking.saved // 100 * 100), type=size, wrap=False))
        said.addWidget(label(_("saved"), type="lead", wrap=False, name="my-money-word"))
        across.addLayout(said)
    elif smoking.start is not None and smoking.now is not None and smoking.now < smoking.start:
        if not is_narrow():
            across.addWidget(_picture("trend-down", "success"))
        fewer = number_word(smoking.start - smoking.now)
        across.addWidget(label(_("{n} fewer a day").format(n=fewer), type=size))
    else:
        across.addStretch(1)
        across.addWidget(_picture("heart"))
    across.addStretch(1)
    card.body.addLayout(across)
    card.body.addStretch(1)
    return card


def _step(story: PersonStory) -> Card:
    card = Card(name="my-step")
    across = QHBoxLayout()
    across.setSpacing(current_metrics().space_3)
    card.body.addStretch(1)
    if story.next_steps:
        step = story.next_steps[0]
        if is_narrow():
            card.body.setContentsMargins(*(current_metrics().space_3,) * 4)
        else:
            across.addWidget(_picture(next_shape(step)), 0, Qt.AlignmentFlag.AlignVCenter)
        words = label("", type="heading")
        say_at_most(words, next_word(step), letters=_LONGEST_STEP)
        across.addWidget(words, 1)
    else:
        across.addWidget(_picture("smiley"), 0, Qt.AlignmentFlag.AlignCenter)
    card.body.addLayout(across)
    card.body.addStretch(1)
    return card
