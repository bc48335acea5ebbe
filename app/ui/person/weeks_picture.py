"""The weeks of nicotine replacement as boxes: what was handed out, what is due, and what the plan has in store."""

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.nrt import BETWEEN_PRODUCTS, USUAL_WEEKS, Due, Plan, portions_of
from app.domain.products import products
from app.i18n import _, format_day
from app.ui.theme import current_metrics, current_tokens
from app.ui.words import form_word, number_word


class WeeksPicture(QWidget):
    """Boxes in rows of six: filled where handed out, framed where due, with the strength and the day in each."""

    def __init__(
        self,
        *,
        given: Mapping[int, tuple[date, str]],
        plan: Plan | None,
        due: Due | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("weeks-picture")
        self._given = given
        self._plan = plan
        self._due = due
        self._weeks = max([plan.weeks if plan else USUAL_WEEKS, *given])
        metrics = current_metrics()
        self._wide, self._tall, self._gap = metrics.body * 6, round(metrics.body * 4.6), metrics.space_2
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("{n} of {of} weeks handed out").format(n=len(given), of=self._weeks))
        self.setFixedHeight(self._rows(metrics.body * 40))

    def sizeHint(self) -> QSize:
        """Return room for the rows."""
        return QSize(6 * self._wide + 5 * self._gap, self.height())

    def resizeEvent(self, event: object) -> None:
        """Take as many rows as the width asks for."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.setFixedHeight(self._rows(self.width()))

    def _columns(self, width: int) -> int:
        fit = (width + self._gap) // (round(self._wide * 0.9) + self._gap)
        return 6 if fit >= 6 else 4 if fit >= 4 else 3

    def _rows(self, width: int) -> int:
        rows = -(-self._weeks // self._columns(width))
        return rows * self._tall + (rows - 1) * self._gap + 4

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the boxes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = self._columns(self.width())
        wide = min(float(self._wide * 1.4), (self.width() - 4 - (columns - 1) * self._gap) / columns)
        for week in range(1, self._weeks + 1):
            row, column = divmod(week - 1, columns)
            box = QRectF(2 + column * (wide + self._gap), 2 + row * (self._tall + self._gap), wide, self._tall)
            self._draw(painter, box, week)

    def _draw(self, painter: QPainter, box: QRectF, week: int) -> None:
        tokens, metrics = current_tokens(), current_metrics()
        is_given = week in self._given
        is_due = self._due is not None and self._due.week == week
        frame = tokens.accent if is_given else tokens.amber if is_due else tokens.line_strong
        painter.setPen(QPen(QColor(frame), 3 if is_due else 1.2, Qt.PenStyle.SolidLine))
        painter.setBrush(QColor(tokens.accent if is_given else tokens.amber_soft if is_due else tokens.surface))
        painter.drawRoundedRect(box, metrics.radius, metrics.radius)
        ink = QColor(tokens.on_accent if is_given else tokens.ink if is_due else tokens.ink_soft)
        painter.setPen(ink)
        room = box.adjusted(metrics.space_2, metrics.space_1, -metrics.space_2, -metrics.space_1)
        small = QFont(self.font())
        small.setPixelSize(metrics.caption)
        painter.setFont(small)
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, top, str(week))
        strong = QFont(self.font())
        strong.setBold(True)
        painter.setFont(strong)
        said = self._what(week)
        said = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, round(room.width() - metrics.body))
        painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, said)
        painter.setFont(small)
        form = painter.fontMetrics().elidedText(
            " + ".join(self._forms(week)), Qt.TextElideMode.ElideRight, round(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, form)
        below = ""
        if is_given:
            below = format_day(self._given[week][0])
        elif is_due:
            below = _("Next")
        painter.drawText(room, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, below)

    def _what(self, week: int) -> str:
        return strengths(self._keys(week))

    def _forms(self, week: int) -> list[str]:
        known = [products().get(key) for key in self._keys(week)]
        return [form_word(product.form) for product in known if product is not None]

    def _keys(self, week: int) -> list[str]:
        if week in self._given:
            return self._given[week][1].split(BETWEEN_PRODUCTS)
        if self._due is not None and self._due.week == week:
            return [portion.product for portion in self._due.portions]
        return [portion.product for portion in portions_of(self._plan, week)] if self._plan else []


def strengths(keys: list[str]) -> str:
    """Return the strengths of what belongs to one week, such as "25 mg + 1 mg"."""
    known = [products().get(key) for key in keys]
    return " + ".join(f"{number_word(product.strength)} mg" for product in known if product is not None)
