"""The story as pictures: the curve of cigarettes a day against the plan, and a box for each week handed out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import _, format_day, ngettext
from app.ui.theme import current_metrics, current_tokens
from app.ui.widgets import is_large_text, is_narrow
from app.ui.words import number_word

WEEKS: Final = 12
_LOWEST_TOP: Final = 10.0
"""Cigarettes a day that the picture reaches at least, so that one more or less is no mountain."""

Points = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked on the curve beside the measurings."""

    stop_dates: tuple[date, ...] = ()
    relapses: tuple[date, ...] = ()
    handouts: tuple[date, ...] = ()
    plan: tuple[tuple[date, float], ...] = ()


class Curve(QWidget):
    """Cigarettes a day over time; the plan is a dashed staircase, events are marked by shape and not by colour alone.

    With `large` it is drawn for the person: thick, with few words and no dates but the first and the last.
    """

    def __init__(
        self, points: Points, marks: Marks | None = None, *, large: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("curve")
        self._points = tuple(points)
        self._marks = marks or Marks()
        self._large = large
        self.setMinimumHeight(current_metrics().body * ((6 if is_narrow() else 9) if large else 14))
        self.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding if large else QSizePolicy.Policy.Fixed
        )
        self.setAccessibleName(self._in_words())

    def _in_words(self) -> str:
        if not self._points:
            return _("Nothing measured yet")
        (first_day, first), (last_day, last) = self._points[0], self._points[-1]
        said = [
            _("Cigarettes a day: {first} on {first_day}, {last} on {last_day}").format(
                first=number_word(first),
                first_day=format_day(first_day),
                last=number_word(last),
                last_day=format_day(last_day),
            )
        ]
        said += [_("Stop date {day}").format(day=format_day(day)) for day in self._marks.stop_dates]
        said += [_("Smoked again {day}").format(day=format_day(day)) for day in self._marks.relapses]
        return ". ".join(said)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = current_tokens()
        if not self._points and not self._marks.plan:
            painter.setPen(QColor(tokens.ink_soft))
            said = _("Nothing measured yet")
            if not self._large:
                said += "\n" + _("The curve begins with the first number, on the session sheet or in the base form.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, said)
            return
        frame = _Frame.around(self)
        self._draw_levels(painter, frame)
        self._draw_plan(painter, frame)
        self._draw_events(painter, frame)
        self._draw_line(painter, frame)
        self._draw_days(painter, frame)

    def _draw_levels(self, painter: QPainter, frame: "_Frame") -> None:
        tokens, body = current_tokens(), current_metrics().body
        painter.setFont(self.font())
        for level in (0, round(frame.top / 2), round(frame.top)):
            y = frame.at(frame.first, level).y()
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(frame.area.left(), y), QPointF(frame.area.right(), y))
            if not self._large:
                painter.setPen(QColor(tokens.ink_soft))
                side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0, y - body, body * 2, body * 2), side, str(level))

    def _draw_plan(self, painter: QPainter, frame: "_Frame") -> None:
        if not self._marks.plan:
            return
        path = QPainterPath(frame.at(*self._marks.plan[0]))
        for day, value in self._marks.plan[1:]:
            path.lineTo(frame.at(day, value))
        pen = QPen(QColor(current_tokens().ink_soft), 4 if self._large else 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _draw_events(self, painter: QPainter, frame: "_Frame") -> None:
        tokens, body = current_tokens(), current_metrics().body
        events = [(day, _("Stop date"), tokens.accent, draw_flag) for day in self._marks.stop_dates]
        events += [(day, _("Smoked again"), tokens.amber, draw_ring) for day in self._marks.relapses]
        events.sort(key=lambda event: event[0])
        letters = painter.fontMetrics()
        places = [
            (frame.at(day, 0).x(), float(letters.horizontalAdvance(word) + body))
            for day, word, _colour, _shape in events
        ]
        lefts = words_above(places, float(self.width()))
        for (day, word, colour, shape), (_x, wide), left in zip(events, places, lefts, strict=True):
            x = frame.at(day, 0).x()
            painter.setPen(QPen(QColor(colour), 2, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, frame.area.top()), QPointF(x, frame.area.bottom()))
            shape(painter, QPointF(x, frame.area.top() - body * 0.2), body * (0.9 if self._large else 0.6), colour)
            if not self._large and left is not None:
                painter.setPen(QColor(tokens.ink))
                painter.drawText(QRectF(left, 0, wide, body * 1.5), Qt.AlignmentFlag.AlignCenter, word)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.info))
        for day in self._marks.handouts:
            at = frame.at(day, 0) + QPointF(0, body * 0.45)
            half = body * (0.45 if self._large else 0.3)
            painter.drawPolygon(
                QPolygonF([at + QPointF(0, -half), at + QPointF(half, half), at + QPointF(-half, half)])
            )

    def _draw_line(self, painter: QPainter, frame: "_Frame") -> None:
        if not self._points:
            return
        tokens, body = current_tokens(), current_metrics().body
        line = QPainterPath(frame.at(*self._points[0]))
        for day, value in self._points[1:]:
            line.lineTo(frame.at(day, value))
        under = QPainterPath(line)
        under.lineTo(frame.at(self._points[-1][0], 0))
        under.lineTo(frame.at(self._points[0][0], 0))
        shade = QLinearGradient(0, frame.area.top(), 0, frame.area.bottom())
        soft = QColor(tokens.accent)
        soft.setAlpha(70)
        shade.setColorAt(0, soft)
        soft.setAlpha(8)
        shade.setColorAt(1, soft)
        painter.fillPath(under, shade)
        painter.setPen(
            QPen(QColor(tokens.accent), 7 if self._large else 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(line)
        painter.setBrush(QColor(tokens.surface))
        for day, value in self._points:
            painter.drawEllipse(frame.at(day, value), *((8, 8) if self._large else (4, 4)))
        painter.setPen(QColor(tokens.ink))
        bold = QFont(self.font())
        bold.setBold(True)
        if self._large:
            bold.setPixelSize(body * 2)
        painter.setFont(bold)
        tall = body * (2.6 if self._large else 1.6)
        for day, value in dict.fromkeys((self._points[0], self._points[-1])):
            at = frame.at(day, value)
            # The first stands beside the numbers of the axis, not on them.
            aside = (
                painter.fontMetrics().horizontalAdvance(number_word(value)) / 2 if at.x() <= frame.area.left() else 0
            )
            left = min(max(0.0, at.x() + aside - body * 2), self.width() - body * 4)
            box = QRectF(left, at.y() - tall - 4, body * 4, tall)
            draw_words(painter, box, number_word(value), ground=tokens.paper if self._large else tokens.surface)

    def _draw_days(self, painter: QPainter, frame: "_Frame") -> None:
        body = current_metrics().body
        painter.setFont(self.font())
        painter.setPen(QColor(current_tokens().ink_soft))
        below = QRectF(frame.area.left() - body, frame.area.bottom() + body, frame.area.width() + body * 2, body * 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, format_day(frame.first))
        if frame.last != frame.first:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, format_day(frame.last))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where days and numbers stand in the picture."""

    area: QRectF
    first: date
    last: date
    top: float

    @classmethod
    def around(cls, curve: Curve) -> "_Frame":
        """Return the frame that holds everything on the curve."""
        body, marks = current_metrics().body, curve._marks
        days = [day for day, _value in (*curve._points, *marks.plan)]
        days += [*marks.stop_dates, *marks.relapses, *marks.handouts]
        values = [value for _day, value in (*curve._points, *marks.plan)]
        has_words = marks.stop_dates or marks.relapses
        head = body * (3.2 if curve._large or has_words else 2.4)
        area = QRectF(body * 2.4, head, curve.width() - body * 4, curve.height() - head - body * 3)
        return cls(area, min(days), max(days), max(_LOWEST_TOP, *values) if values else _LOWEST_TOP)

    def at(self, day: date, value: float) -> QPointF:
        """Return the point of a day and a number of cigarettes."""
        span = max(1, (self.last - self.first).days)
        return QPointF(
            self.area.left() + self.area.width() * (day - self.first).days / span,
            self.area.bottom() - self.area.height() * value / self.top,
        )


def words_above(places: Sequence[tuple[float, float]], width: float) -> list[float | None]:
    """Return where words begin that stand above lines at (x, how wide), ordered by x; None for one without room.

    A word stands in the middle of its line; of two that would meet, the first ends at its line and the second begins.
    """
    middles = [(x - wide / 2, x + wide / 2) for x, wide in places]
    begins: list[float | None] = []
    until = 0.0
    for number, (x, wide) in enumerate(places):
        meets_before = number > 0 and middles[number - 1][1] > middles[number][0]
        meets_next = number + 1 < len(places) and middles[number][1] > middles[number + 1][0]
        wished = x - wide if meets_next and not meets_before else x if meets_before and not meets_next else x - wide / 2
        left = min(max(0.0, wished), width - wide)
        has_room = left >= until
        begins.append(left if has_room else None)
        until = left + wide if has_room else until
    return begins


def draw_words(painter: QPainter, box: QRectF, words: str, *, ground: str) -> None:
    """Draw words in the middle of a box, in the pen's colour; lines that run behind them stop short of the letters."""
    metrics = painter.fontMetrics()
    wide, tall = metrics.horizontalAdvance(words) + metrics.height() // 3, metrics.ascent()
    behind = QRectF(box.center().x() - wide / 2, box.center().y() - tall / 2, wide, tall)
    pen = painter.pen()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(behind, tall / 4, tall / 4)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def draw_flag(painter: QPainter, at: QPointF, size: float, colour: str) -> None:
    """Draw a flag: a stop date."""
    painter.setPen(QPen(QColor(colour), 2))
    painter.setBrush(QColor(colour))
    painter.drawPolygon(QPolygonF([at, at + QPointF(size * 1.4, size * 0.5), at + QPointF(0, size)]))


def draw_ring(painter: QPainter, at: QPointF, size: float, colour: str) -> None:
    """Draw an open ring: smoked again, and it goes on."""
    painter.setPen(QPen(QColor(colour), 3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at + QPointF(0, size * 0.5), size * 0.5, size * 0.5)


class TwelveBoxes(QWidget):
    """A box for each week of nicotine replacement: ticked where it was handed out."""

    def __init__(
        self, given: Collection[int], *, weeks: int = WEEKS, large: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("twelve-boxes")
        self._given = frozenset(given)
        self._weeks = max(weeks, 1)
        self.setAccessibleName(
            ngettext("{n} of {of} week handed out", "{n} of {of} weeks handed out", self._weeks).format(
                n=len(self._given), of=self._weeks
            )
        )
        self._side = round(current_metrics().body * (3.6 if large and not is_large_text() else 2))
        self._gap = current_metrics().space_1 if is_large_text() else current_metrics().space_2
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for rows of six."""
        rows = -(-self._weeks // 6)
        return QSize(6 * self._side + 5 * self._gap + 2, rows * self._side + (rows - 1) * self._gap + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a box is a box."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the boxes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = current_tokens()
        font = QFont(self.font())
        font.setPixelSize(round(self._side * 0.42))
        painter.setFont(font)
        for week in range(1, self._weeks + 1):
            row, column = divmod(week - 1, 6)
            box = QRectF(
                1 + column * (self._side + self._gap), 1 + row * (self._side + self._gap), self._side, self._side
            )
            is_given = week in self._given
            painter.setPen(QPen(QColor(tokens.accent if is_given else tokens.line_strong), 1.5))
            painter.setBrush(QColor(tokens.accent if is_given else tokens.surface))
            painter.drawRoundedRect(box, 6, 6)
            painter.setPen(QColor(tokens.on_accent if is_given else tokens.ink_soft))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "✓" if is_given else str(week))
