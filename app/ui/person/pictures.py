"""The story as pictures: the curve of cigarettes a day, and twelve boxes for twelve weeks."""

from datetime import date

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import _, format_day
from app.ui.theme import current_metrics, current_tokens
from app.ui.words import number_word

WEEKS = 12


class Curve(QWidget):
    """Cigarettes a day over time, with stop dates and relapses marked by shape and word."""

    def __init__(
        self,
        points: tuple[tuple[date, float], ...],
        *,
        stop_dates: tuple[date, ...] = (),
        relapses: tuple[date, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("curve")
        self._points = points
        self._stops = stop_dates
        self._relapses = relapses
        self.setMinimumHeight(current_metrics().body * 14)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if points:
            (first_day, first), (last_day, last) = points[0], points[-1]
            self.setAccessibleName(
                _("Cigarettes a day: {first} on {first_day}, {last} on {last_day}").format(
                    first=number_word(first),
                    first_day=format_day(first_day),
                    last=number_word(last),
                    last_day=format_day(last_day),
                )
            )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, metrics = current_tokens(), current_metrics()
        low = metrics.body * 2
        area = QRectF(metrics.body * 2.4, metrics.body * 1.6, self.width() - metrics.body * 4, self.height() - low * 2)
        days = [day for day, _value in self._points] + list(self._stops) + list(self._relapses)
        if not self._points:
            painter.setPen(QColor(tokens.ink_soft))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("Nothing measured yet"))
            return
        first, last = min(days), max(days)
        span = max(1, (last - first).days)
        highest = max(10.0, *(value for _day, value in self._points))

        def place(day: date, value: float) -> QPointF:
            return QPointF(
                area.left() + area.width() * (day - first).days / span,
                area.bottom() - area.height() * value / (highest * 1.1),
            )

        painter.setFont(self.font())
        for level in (0, round(highest / 2), round(highest)):
            y = place(first, level).y()
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.ink_soft))
            painter.drawText(
                QRectF(0, y - low / 2, metrics.body * 2, low),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                str(level),
            )
        for day, word, colour in [(day, _("Stop date"), tokens.accent) for day in self._stops] + [
            (day, _("Smoked again"), tokens.amber) for day in self._relapses
        ]:
            x = place(day, 0).x()
            painter.setPen(QPen(QColor(colour), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(tokens.ink))
            wide = metrics.body * 8
            left = min(max(0.0, x - wide / 2), self.width() - wide)
            painter.drawText(QRectF(left, 0, wide, low), Qt.AlignmentFlag.AlignCenter, word)
        line = QPainterPath(place(*self._points[0]))
        for day, value in self._points[1:]:
            line.lineTo(place(day, value))
        under = QPainterPath(line)
        under.lineTo(place(self._points[-1][0], 0))
        under.lineTo(place(self._points[0][0], 0))
        shade = QLinearGradient(0, area.top(), 0, area.bottom())
        soft = QColor(tokens.accent)
        soft.setAlpha(70)
        shade.setColorAt(0, soft)
        soft.setAlpha(8)
        shade.setColorAt(1, soft)
        painter.fillPath(under, shade)
        painter.setPen(QPen(QColor(tokens.accent), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(line)
        painter.setBrush(QColor(tokens.surface))
        for day, value in self._points:
            painter.drawEllipse(place(day, value), 4, 4)
        painter.setPen(QColor(tokens.ink))
        bold = self.font()
        bold.setBold(True)
        painter.setFont(bold)
        for day, value in (self._points[0], self._points[-1]):
            at = place(day, value)
            painter.drawText(
                QRectF(at.x() - low, at.y() - low, low * 2, low * 0.8), Qt.AlignmentFlag.AlignCenter, number_word(value)
            )
        painter.setFont(self.font())
        painter.setPen(QColor(tokens.ink_soft))
        below = QRectF(area.left() - low / 2, area.bottom() + 6, area.width() + low, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, format_day(first))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, format_day(last))


class TwelveBoxes(QWidget):
    """A box for each week of nicotine replacement: ticked where it was handed out."""

    def __init__(self, given: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("twelve-boxes")
        self._given = given
        self.setAccessibleName(_("{n} of {of} weeks handed out").format(n=given, of=WEEKS))
        self._side = round(current_metrics().body * 2.2)
        self._gap = current_metrics().space_2
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for two rows of six."""
        return QSize(6 * self._side + 5 * self._gap + 2, 2 * self._side + self._gap + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the boxes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = current_tokens()
        for week in range(WEEKS):
            row, column = divmod(week, 6)
            box = QRectF(
                1 + column * (self._side + self._gap), 1 + row * (self._side + self._gap), self._side, self._side
            )
            is_given = week < self._given
            painter.setPen(QPen(QColor(tokens.accent if is_given else tokens.line_strong), 1.5))
            painter.setBrush(QColor(tokens.accent if is_given else tokens.surface))
            painter.drawRoundedRect(box, 6, 6)
            painter.setPen(QColor(tokens.on_accent if is_given else tokens.ink_soft))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "✓" if is_given else str(week + 1))
