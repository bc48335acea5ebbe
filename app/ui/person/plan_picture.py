"""The plan as a picture that one makes together: steps to drag, by hand or by arrow keys, beside what was smoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.reduction import PlannedStep, line, moved
from app.i18n import _, format_day
from app.ui.nicotine_words import hours_words, step_state_word
from app.ui.person.pictures import draw_words, words_above
from app.ui.theme import current_metrics, current_tokens
from app.ui.words import number_word

_ROOM_BELOW = timedelta(days=4)
_BREATH = 0.12
_SMALLEST = 4.0
"""How large, in pixels, a step of the picture is at least, from its middle."""
_REACH = 1.3
"""How far from a step the hand may be, in text heights."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stands beside the plan: measured cigarettes a day, stop dates, relapses and days of handouts."""

    measured: tuple[tuple[date, float], ...] = ()
    stop_dates: tuple[date, ...] = ()
    relapses: tuple[date, ...] = ()
    handouts: tuple[date, ...] = ()
    today: date | None = None


class PlanPicture(QWidget):
    """Cigarettes a day against the plan; `changed` carries the steps after one was dragged, `picked` which one."""

    changed = Signal(object)
    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan-picture")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(current_metrics().body * 17)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._start = 0.0
        self._starts_on = date.min
        self._steps: tuple[PlannedStep, ...] = ()
        self._states: tuple[str, ...] = ()
        self._drawn = Drawn()
        self._chosen = 0
        self._held: int | None = None
        self._frame: tuple[date, date, float] | None = None

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """Return the steps as they stand in the picture."""
        return self._steps

    @property
    def chosen(self) -> int:
        """Return which step the keys move."""
        return self._chosen

    def show_plan(
        self,
        steps: Sequence[PlannedStep],
        *,
        start: float,
        starts_on: date,
        states: Sequence[str] = (),
        drawn: Drawn | None = None,
    ) -> None:
        """Show a plan; `states` are what became of its steps, in their order."""
        self._steps = tuple(steps)
        self._states = tuple(states) if len(states) == len(steps) else ("planned",) * len(steps)
        self._start, self._starts_on = start, starts_on
        if drawn is not None:
            self._drawn = drawn
        self._chosen = max(0, min(self._chosen, len(self._steps) - 1))
        self._say()
        self.update()

    def choose(self, number: int) -> None:
        """Let the keys move another step."""
        if self._steps:
            self._chosen = max(0, min(number, len(self._steps) - 1))
            self._say()
            self.picked.emit(self._chosen)
            self.update()

    def place(self, number: int) -> QPointF:
        """Return where a step stands in the picture."""
        step = self._steps[number]
        return self._at(step.due_on, self._height_of(number))

    def sizeHint(self) -> QSize:
        """Return a picture that is wider than tall."""
        return QSize(current_metrics().body * 40, current_metrics().body * 17)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the step under the hand."""
        number = self._under(event.position())
        if number is not None:
            self._held = number
            # The picture keeps its measure while a step is dragged, or it would run from under the hand.
            self._frame = self._measure()
            self.choose(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the step that is held, and show which ones can be."""
        if self._held is None:
            over = self._under(event.position()) is not None
            self.setCursor(Qt.CursorShape.OpenHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        day, value = self._read(event.position())
        self._move(self._held, day, value)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._held = None
        self._frame = None
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the chosen step a day or a cigarette, with Shift a week or five; Page Up and Down choose."""
        keys = Qt.Key
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        days = {keys.Key_Left: -1, keys.Key_Right: 1}.get(Qt.Key(event.key()), 0) * (7 if far else 1)
        fewer = {keys.Key_Up: 1, keys.Key_Down: -1}.get(Qt.Key(event.key()), 0) * (5 if far else 1)
        other = {keys.Key_PageDown: 1, keys.Key_PageUp: -1}.get(Qt.Key(event.key()), 0)
        if not self._steps or not (days or fewer or other):
            super().keyPressEvent(event)
            return
        if other:
            self.choose(self._chosen + other)
            return
        step = self._steps[self._chosen]
        target = None if step.target is None else step.target + fewer
        self._move(self._chosen, step.due_on + timedelta(days=days), target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which step the keys move."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys are elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw axes, plan, what was smoked, and the steps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._steps and not self._drawn.measured:
            painter.setPen(QColor(current_tokens().ink_soft))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("No plan yet"))
            return
        self._draw_levels(painter)
        self._draw_marks(painter)
        self._draw_plan(painter)
        self._draw_smoked(painter)
        self._draw_steps(painter)

    def _measure(self) -> tuple[date, date, float]:
        """Return first day, last day and the highest value of the picture."""
        if self._frame is not None:
            return self._frame
        days = [step.due_on for step in self._steps] + [day for day, _value in self._drawn.measured]
        days += list(self._drawn.relapses)
        if self._steps:
            days += [self._starts_on, *self._drawn.stop_dates]
        if self._drawn.today is not None:
            days.append(self._drawn.today)
        # What lies long before the plan is told elsewhere; here the plan needs the room.
        first = max(min(days), self._starts_on - timedelta(days=70)) if self._steps else min(days)
        last = max(days) + _ROOM_BELOW
        values = [value for day, value in self._drawn.measured if day >= first]
        return first, last, max(8.0, self._start, *values, *(step.target or 0.0 for step in self._steps))

    def _area(self) -> QRectF:
        body = current_metrics().body
        return QRectF(body * 2.6, body * 2.2, self.width() - body * 4.2, self.height() - body * 5.2)

    def _at(self, day: date, value: float) -> QPointF:
        first, last, highest = self._measure()
        area = self._area()
        across = (day - first).days / max(1, (last - first).days)
        return QPointF(area.left() + area.width() * across, area.bottom() - area.height() * value / (highest * 1.12))

    def _read(self, position: QPointF) -> tuple[date, float]:
        first, last, highest = self._measure()
        area = self._area()
        across = (position.x() - area.left()) / max(1.0, area.width())
        value = (area.bottom() - position.y()) / max(1.0, area.height()) * highest * 1.12
        return first + timedelta(days=round(across * (last - first).days)), value

    def _height_of(self, number: int) -> float:
        target = self._steps[number].target
        if target is not None:
            return target
        # Steps without cigarettes climb, so that the way forward is seen.
        _first, _last, highest = self._measure()
        return highest * (0.2 + 0.6 * (number + 1) / len(self._steps))

    def _under(self, position: QPointF) -> int | None:
        reach = current_metrics().body * _REACH
        near = [
            ((self.place(number) - position).manhattanLength(), number)
            for number in range(len(self._steps))
            if (self.place(number) - position).manhattanLength() <= reach
        ]
        return min(near)[1] if near else None

    def _move(self, number: int, day: date, target: float | None) -> None:
        after = moved(self._steps, number, due_on=day, target=target, start=self._start, starts_on=self._starts_on)
        if after != self._steps:
            self._steps = after
            self._say()
            self.update()
            self.changed.emit(after)

    def _say(self) -> None:
        """Say in words what the picture shows, and which step the keys move."""
        if not self._steps:
            self.setAccessibleName(_("No plan yet"))
            return
        step = self._steps[self._chosen]
        what = _("{n} a day").format(n=number_word(step.target)) if step.target is not None else step_text(step)
        said = _("Step {number} of {of}: {what} from {day}").format(
            number=self._chosen + 1, of=len(self._steps), what=what, day=format_day(step.due_on)
        )
        self.setAccessibleName(said)
        self.setAccessibleDescription(
            _("Arrow keys move the step, Shift moves it further, Page Up and Page Down choose another.")
        )
        self.setToolTip("")

    def _draw_levels(self, painter: QPainter) -> None:
        tokens, body = current_tokens(), current_metrics().body
        first, last, highest = self._measure()
        area = self._area()
        painter.setFont(self.font())
        for level in sorted({0, round(highest / 2), round(highest)}):
            y = self._at(first, level).y()
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.ink_soft))
            box = QRectF(0, y - body, body * 2.2, body * 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(level))
        painter.setPen(QColor(tokens.ink_soft))
        below = QRectF(area.left() - body, area.bottom() + body * 1.1, area.width() + body * 2, body * 1.6)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, format_day(first))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, format_day(last))

    def _draw_marks(self, painter: QPainter) -> None:
        tokens, body = current_tokens(), current_metrics().body
        area = self._area()
        first, last, _highest = self._measure()
        marks = [(day, _("Stop date"), tokens.accent) for day in self._drawn.stop_dates]
        marks += [(day, _("Smoked again"), tokens.amber) for day in self._drawn.relapses]
        if self._drawn.today is not None:
            marks.append((self._drawn.today, _("Today"), tokens.line_strong))
        marks = sorted((mark for mark in marks if first <= mark[0] <= last), key=lambda mark: mark[0])
        letters = painter.fontMetrics()
        places = [(self._at(day, 0).x(), float(letters.horizontalAdvance(word) + body)) for day, word, _colour in marks]
        lefts = words_above(places, float(self.width()))
        for (_day, word, colour), (x, wide), left in zip(marks, places, lefts, strict=True):
            painter.setPen(QPen(QColor(colour), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if left is not None:
                painter.setPen(QColor(tokens.ink))
                painter.drawText(QRectF(left, 0, wide, body * 1.8), Qt.AlignmentFlag.AlignCenter, word)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        for day in self._drawn.handouts:
            if first <= day <= last:
                x = self._at(day, 0).x()
                painter.drawRoundedRect(QRectF(x - 3, area.bottom() + body * 0.4, 6, 6), 2, 2)

    def _draw_plan(self, painter: QPainter) -> None:
        tokens = current_tokens()
        _first, last, _highest = self._measure()
        if not any(step.target is not None for step in self._steps):
            return
        points = line(self._start, self._starts_on, self._steps, until=last)
        path = QPainterPath(self._at(*points[0]))
        for day, value in points[1:]:
            path.lineTo(self._at(day, value))
        under = QPainterPath(path)
        under.lineTo(self._at(points[-1][0], 0))
        under.lineTo(self._at(points[0][0], 0))
        painter.fillPath(under, QColor(_under_the_stairs()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.amber), 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(path)

    def _draw_smoked(self, painter: QPainter) -> None:
        tokens = current_tokens()
        first, _last, _highest = self._measure()
        measured = [(day, value) for day, value in self._drawn.measured if day >= first]
        if not measured:
            return
        path = QPainterPath(self._at(*measured[0]))
        for day, value in measured[1:]:
            path.lineTo(self._at(day, value))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.accent), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(path)
        painter.setBrush(QColor(tokens.accent))
        for day, value in measured:
            painter.drawEllipse(self._at(day, value), 3.5, 3.5)

    def _draw_steps(self, painter: QPainter) -> None:
        for number in range(len(self._steps)):
            self._draw_step(painter, number)
        is_stairs = any(step.target is not None for step in self._steps)
        ground = _under_the_stairs() if is_stairs else current_tokens().surface
        for number, box in self.labels().items():
            bold = QFont(self.font())
            bold.setBold(True)
            painter.setFont(bold)
            painter.setPen(QColor(current_tokens().ink))
            draw_words(painter, box, self._said_of(number), ground=ground)
        painter.setFont(self.font())

    def labels(self) -> dict[int, QRectF]:
        """Return where each step says what it is; one that would stand on another's words or dot says nothing.

        The step under hand or keys speaks first, then the first and the last, then the others in their order.
        """
        body, count = current_metrics().body, len(self._steps)
        bold = QFont(self.font())
        bold.setBold(True)
        letters = QFontMetricsF(bold)
        first = [self._chosen] if self.hasFocus() or self._held is not None else []
        dots = [_around(self.place(number), self._radius()) for number in range(count)]
        placed: dict[int, QRectF] = {}
        for number in dict.fromkeys((*first, 0, count - 1, *range(count))):
            if not 0 <= number < count:
                continue
            taken = [*placed.values(), *(dot for other, dot in enumerate(dots) if other != number)]
            wide = letters.horizontalAdvance(self._said_of(number)) + body * 0.6
            boxes = [box for box in self._beside(number, wide) if not any(box.intersects(other) for other in taken)]
            if boxes:
                placed[number] = boxes[0]
            elif number in first:
                placed[number] = self._beside(number, wide)[0]
        return placed

    def _beside(self, number: int, wide: float) -> list[QRectF]:
        """Return where the words of a step may stand, the best first: below the stairs, where no line runs."""
        body, radius, at = current_metrics().body, self._radius(), self.place(number)
        below, above = at.y() + radius + body * 0.1, at.y() - radius - body * 1.6
        is_below = below + body * 1.5 < self._area().bottom()
        top = below if is_below else above
        corners = [(at.x() - wide / 2, top), (at.x() + radius - wide, top), (at.x() - radius, top)]
        if is_below:
            # Where the stairs are steep: under them at the left.
            corners.append((at.x() - radius - wide, at.y() - radius / 2))
        return [QRectF(min(max(0.0, left), self.width() - wide), y, wide, body * 1.5) for left, y in corners]

    def _radius(self) -> float:
        """Return how large a step is drawn: smaller where they stand close, so that none hides the next."""
        body = current_metrics().body
        places = [self.place(number) for number in range(len(self._steps))]
        closest = min((QLineF(one, other).length() for one, other in pairwise(places)), default=float(body))
        return max(_SMALLEST, min(body * 0.5, closest * 0.45))

    def _said_of(self, number: int) -> str:
        step = self._steps[number]
        return number_word(step.target) if step.target is not None else step_short(step)

    def _draw_step(self, painter: QPainter, number: int) -> None:
        tokens, body = current_tokens(), current_metrics().body
        state = self._states[number]
        at = self.place(number)
        is_chosen = number == self._chosen and self.hasFocus()
        radius = body * 0.62 if is_chosen or number == self._held else self._radius()
        fill = {"reached": tokens.success, "missed": tokens.surface}.get(state, tokens.amber)
        if is_chosen:
            painter.setPen(QPen(QColor(tokens.focus), 3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, radius + 4, radius + 4)
        painter.setPen(QPen(QColor(tokens.success if state == "reached" else tokens.amber), 2.5))
        painter.setBrush(QColor(fill))
        painter.drawEllipse(at, radius, radius)
        bold = QFont(self.font())
        bold.setBold(True)
        if state == "reached" and radius > _SMALLEST:
            # What was reached differs from what is to come by more than its colour.
            small = QFont(bold)
            small.setPixelSize(max(8, round(radius * 1.5)))
            painter.setFont(small)
            painter.setPen(QColor(tokens.surface))
            circle = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
            painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, "✓")


def _around(at: QPointF, radius: float) -> QRectF:
    return QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)


def _under_the_stairs() -> str:
    """Return the colour below the plan: the card's with a breath of amber."""
    tokens = current_tokens()
    card, amber = QColor(tokens.surface), QColor(tokens.amber)

    def mixed(one: int, other: int) -> int:
        return round(one + (other - one) * _BREATH)

    return QColor(
        mixed(card.red(), amber.red()), mixed(card.green(), amber.green()), mixed(card.blue(), amber.blue())
    ).name()


def step_text(step: PlannedStep) -> str:
    """Return a step in words: what somebody wrote, or the hours without smoking."""
    return step.text or (hours_words(step.hours) if step.hours else "")


def step_short(step: PlannedStep) -> str:
    """Return a step without cigarettes, short enough for the picture."""
    text = step_text(step)
    digits = "".join(letter for letter in text if letter.isdigit())
    return _("{n} h").format(n=digits) if digits else text[:12]


def state_words(state: str) -> tuple[str, str]:
    """Return the word and the tone for what became of a step."""
    return step_state_word(state), {"reached": "success", "missed": "amber", "waiting": "info"}.get(state, "neutral")
