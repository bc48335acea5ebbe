"""The story at one glance: the curve against the plan, the weeks, the vouchers, the money, and what comes next."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day, format_money, format_percent, ngettext
from app.storage.queries.person_story import NextStep, PersonStory, person_story
from app.ui.desk import Desk
from app.ui.person.next_words import next_shape, next_word
from app.ui.person.pictures import WEEKS, Curve, Marks, TwelveBoxes, draw_flag, draw_ring
from app.ui.theme import current_metrics, current_tokens, icon
from app.ui.widgets import Badge, Card, Flow, across_or_down, fill_anew, focus_kept, label
from app.ui.words import number_word, product_word


class StoryPanel(QWidget):
    """Reads the person's story and draws it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("story-panel")
        self._desk = desk
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4)

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: person_story(reading, person_id, today=on), on_done=self._show)

    def _show(self, story: PersonStory | None) -> None:
        with focus_kept(self):
            fill_anew(self._column)
            if story is None:
                return
            self._column.addWidget(_smoking(story))
            below = across_or_down()
            below.addWidget(_weeks(story), 1)
            if story.vouchers.terms is not None or story.vouchers.vouchers:
                below.addWidget(_vouchers(story), 1)
            below.addWidget(_next(story.next_steps), 1)
            self._column.addLayout(below)


def marks_of(story: PersonStory) -> Marks:
    """Return what is marked on a person's curve."""
    smoking = story.smoking
    return Marks(
        stop_dates=tuple(row.stop_on for row in smoking.stop_dates),
        relapses=tuple(row.on for row in smoking.relapses),
        handouts=tuple(dict.fromkeys(day for day, _week in smoking.handouts)),
        plan=smoking.plan.line if smoking.plan is not None else (),
    )


def _smoking(story: PersonStory) -> Card:
    smoking = story.smoking
    made = Card(name="smoking-card")
    head = Flow(gap=current_metrics().space_3)
    head.addWidget(label(_("Cigarettes a day"), type="heading", wrap=False))
    if smoking.reduction is not None and smoking.reduction.share > 0:
        fewer = _("{percent} fewer than at the start").format(percent=format_percent(smoking.reduction.share))
        head.addWidget(Badge(fewer, tone="success"))
    if smoking.smoke_free.in_a_row:
        days = ngettext("{n} day without smoking", "{n} days without smoking", smoking.smoke_free.in_a_row)
        head.addWidget(Badge(days.format(n=smoking.smoke_free.in_a_row), tone="success"))
    if smoking.saved > 0:
        head.addWidget(Badge(_("{money} saved").format(money=format_money(smoking.saved // 100 * 100)), tone="accent"))
    made.body.addLayout(head)
    marks = marks_of(story)
    made.body.addWidget(Curve(smoking.cigarettes, marks))
    made.body.addLayout(_legend(marks))
    if smoking.co:
        day, value = smoking.co[-1]
        made.body.addWidget(
            label(_("Latest CO: {value} ppm, {day}").format(value=number_word(value), day=format_day(day)), type="soft")
        )
    return made


def _legend(marks: Marks) -> Flow:
    """Say what the shapes mean that are on the curve, and no others."""
    row = Flow(gap=current_metrics().space_4)
    for shape, word, is_there in (
        ("plan", _("Plan"), bool(marks.plan)),
        ("stop", _("Stop date"), bool(marks.stop_dates)),
        ("again", _("Smoked again"), bool(marks.relapses)),
        ("handout", _("Handed out"), bool(marks.handouts)),
    ):
        if is_there:
            entry = QWidget()
            across = QHBoxLayout(entry)
            across.setContentsMargins(0, 0, 0, 0)
            across.setSpacing(current_metrics().space_1)
            across.addWidget(_Shape(shape))
            across.addWidget(label(word, type="caption", wrap=False))
            row.addWidget(entry)
    return row


class _Shape(QWidget):
    """One shape of the legend."""

    def __init__(self, shape: str) -> None:
        super().__init__()
        self._shape = shape
        self.setFixedSize(QSize(round(current_metrics().body * 1.6), round(current_metrics().body * 1.2)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it as the curve does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, size = current_tokens(), self.height() * 0.6
        middle, left = self.height() / 2, self.width() / 2
        if self._shape == "plan":
            painter.setPen(QPen(QColor(tokens.ink_soft), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(0, middle), QPointF(self.width(), middle))
        elif self._shape == "stop":
            draw_flag(painter, QPointF(left - size / 2, middle - size / 2), size, tokens.accent)
        elif self._shape == "again":
            draw_ring(painter, QPointF(left, middle - size / 2), size, tokens.amber)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.info))
            half = size / 2
            painter.drawPolygon(
                [
                    QPointF(left, middle - half),
                    QPointF(left + half, middle + half),
                    QPointF(left - half, middle + half),
                ]
            )


def _weeks(story: PersonStory) -> Card:
    made = Card(name="weeks-card")
    nrt = story.nrt
    weeks = nrt.plan.weeks if nrt.plan is not None else WEEKS
    made.body.addWidget(label(_("Nicotine replacement"), type="heading"))
    made.body.addWidget(TwelveBoxes(nrt.weeks, weeks=weeks))
    made.body.addWidget(
        label(
            _("{n} of {of} weeks handed out").format(n=len(nrt.weeks & set(range(1, weeks + 1))), of=weeks), type="soft"
        )
    )
    if nrt.given:
        latest = max(nrt.given, key=lambda handout: handout.handed_on)
        made.body.addWidget(
            label(
                _("Latest: {product}, {day}").format(
                    product=product_word(latest.product), day=format_day(latest.handed_on)
                ),
                type="caption",
            )
        )
    made.body.addStretch(1)
    return made


def _vouchers(story: PersonStory) -> Card:
    made = Card(name="vouchers-card")
    made.body.addWidget(label(_("Vouchers"), type="heading"))
    rows = story.vouchers.vouchers
    if not rows:
        made.body.addWidget(label(_("None issued yet."), type="soft"))
    for row in rows:
        used = _("used {day}").format(day=format_day(row.redeemed_on)) if row.redeemed_on else _("not used yet")
        made.body.addWidget(label(f"{format_money(row.value)} · {format_day(row.issued_on)} · {used}"))
    if story.vouchers.terms is not None:
        made.body.addWidget(
            label(ngettext("{n} left", "{n} left", story.vouchers.left).format(n=story.vouchers.left), type="soft")
        )
    made.body.addStretch(1)
    return made


def _next(steps: tuple[NextStep, ...]) -> Card:
    made = Card(name="next-card")
    made.body.addWidget(label(_("What comes next"), type="heading"))
    for step in steps:
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_3)
        mark = label("", wrap=False)
        size = current_metrics().icon
        mark.setPixmap(icon(next_shape(step), colour="accent").pixmap(size, size))
        across.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        across.addWidget(label(next_word(step)), 1)
        made.body.addLayout(across)
    if not steps:
        made.body.addWidget(
            label(_("Nothing is planned yet. Agree on a small step, a stop date or the next handout."), type="soft")
        )
    made.body.addStretch(1)
    return made
