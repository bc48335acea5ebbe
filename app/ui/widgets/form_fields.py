"""Fields of forms beside the plain line: a day, a number, a choice, a tick.

Each has its question above and a line below that advises or complains, as :class:`app.ui.widgets.fields.Field` has, so
that a refusal is told beside its field whatever kind that is.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import QDate, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.errors import RuleRefusal
from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets.boxes import ChoiceBox
from app.ui.widgets.buttons import IconButton, button
from app.ui.widgets.fields import Field
from app.ui.widgets.flowing import Asking
from app.ui.widgets.labels import label
from app.ui.widgets.room import is_large_text, is_narrow, room_in_card
from app.ui.widgets.surfaces import set_property
from app.ui.widgets.typed_in import note_as_made

_DAY_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[-./ ]+(\d{1,2})(?:[-./ ]+(\d{2}|\d{4}))?\.?")
_YEAR_MONTH_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DIGITS: Final = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_CENTURY: Final = 100
MOST_DIGITS: Final = 9
"""Digits of a number that anybody means."""
_SHORTEST_BOX: Final = 8
_LONGEST_BOX: Final = 30
"""How many letters of the longest offer a box has room for at least and at most."""


def read_day(text: str, *, today: date) -> date | None:
    """Return the day that was written: 24-11-2026, 24/11, 24.11.26, 241126, 2026-11-24; None where it is none.

    Without a year it is this year's. Two digits of a year are of this century.
    """
    text = text.strip()
    try:
        if found := _YEAR_MONTH_DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DAY_MONTH_YEAR.fullmatch(text) or _DIGITS.fullmatch(text):
            year = int(found[3]) if found[3] else today.year
            century = today.year // _CENTURY * _CENTURY
            return date(year + century if year < _CENTURY else year, int(found[2]), int(found[1]))
    except ValueError:
        return None
    return None


class DayField(Field):
    """A day, written as people write it or chosen in a calendar; `today` is what "no year" means."""

    picked = Signal(object)

    def __init__(
        self,
        question: str,
        *,
        name: str,
        today: date,
        day: date | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(question, name=name, advice=advice, placeholder=_("dd-mm-yyyy"))
        self._today = today
        self._calendar_button = IconButton(
            "calendar-blank", _("Choose in a calendar"), name=f"{name}-calendar", about=question
        )
        self._calendar_button.clicked.connect(self._open_calendar)
        self.line.addWidget(self._calendar_button)
        self.input.setMinimumWidth(current_metrics().body * 8)
        self.input.editingFinished.connect(self._tidy)
        self._popup: QFrame | None = None
        self.show_day(day)
        note_as_made(self.input)

    def show_day(self, day: date | None) -> None:
        """Show a day, or none."""
        self.input.setText("" if day is None else day.strftime("%d-%m-%Y"))

    def day(self) -> date:
        """Return the day that is written, or raise RuleRefusal("not-a-day") where what is written is none."""
        found = read_day(self.text(), today=self._today)
        if found is None:
            raise RuleRefusal("not-a-day", field=self.input.objectName())
        return found

    def day_if_any(self) -> date | None:
        """Return the day likewise, or None where nothing is written and that is an answer."""
        return self.day() if self.text() else None

    def _tidy(self) -> None:
        found = read_day(self.text(), today=self._today)
        if found is not None:
            self.show_day(found)
            self.picked.emit(found)

    def _open_calendar(self) -> None:
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setProperty("card", True)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = QCalendarWidget(popup)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setGridVisible(False)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.ISOWeekNumbers)
        shown = read_day(self.text(), today=self._today) or self._today
        calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        calendar.activated.connect(self._pick)
        calendar.clicked.connect(self._pick)
        room = QVBoxLayout(popup)
        room.addWidget(calendar)
        popup.move(self.input.mapToGlobal(QPoint(0, self.input.height())))
        self._popup = popup
        popup.show()
        calendar.setFocus()

    def _pick(self, chosen: QDate) -> None:
        day = date(chosen.year(), chosen.month(), chosen.day())
        self.show_day(day)
        self.advise()
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self.input.setFocus()
        self.picked.emit(day)


def number_typed(text: str, *, field: str, decimals: bool) -> float:
    """Return the number that was typed; RuleRefusal "not-a-number" or "too-many-digits" where it is none."""
    plain = text.replace(",", ".", 1)
    digits = plain.replace(".", "", 1) if decimals else plain
    if not (digits.isascii() and digits.isdigit()):
        raise RuleRefusal("not-a-number", field=field)
    if len(digits) > MOST_DIGITS:
        raise RuleRefusal("too-many-digits", field=field, most=MOST_DIGITS)
    return float(plain)


def number_written(value: float) -> str:
    """Return a number as one would type it, with every digit that can be typed."""
    return f"{value:.{MOST_DIGITS}g}".replace(".", ",")


class NumberField(Field):
    """A number, whole where `decimals` is False; empty is unknown, which is not zero."""

    def __init__(
        self, question: str, *, name: str, value: float | None = None, advice: str = "", decimals: bool = False
    ) -> None:
        super().__init__(question, name=name, advice=advice)
        self._decimals = decimals
        self.input.setMinimumWidth(0)
        self.input.setMaximumWidth(current_metrics().body * 8)
        self.input.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.line.addStretch(1)
        self.show_value(value)

    def show_value(self, value: float | None) -> None:
        """Show a number, or none."""
        self.input.setText("" if value is None else number_written(value))

    def value(self) -> float | None:
        """Return the number, or None where nothing is written; it raises what :func:`number_typed` does."""
        text = self.text()
        return number_typed(text, field=self.input.objectName(), decimals=self._decimals) if text else None

    def whole(self) -> int | None:
        """Return the whole number, or None where nothing is written."""
        value = self.value()
        return None if value is None else int(value)


class ChoiceField(Asking):
    """One of several answers: buttons beside each other where they are few, a box that opens where they are many."""

    changed = Signal(str)

    def __init__(
        self,
        question: str,
        *,
        name: str,
        offers: Sequence[tuple[str, str]],
        chosen: str = "",
        advice: str = "",
        as_box: bool | None = None,
    ) -> None:
        super().__init__()
        self._advice = advice
        self._values = [value for value, _text in offers]
        self._not_offered = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_1)
        self.asked = label(question, type="strong", name=f"{name}-question")
        column.addWidget(self.asked)
        self._box: QComboBox | None = None
        self._group: QButtonGroup | None = None
        most_as_buttons = 2 if is_large_text() else 4
        if len(offers) > most_as_buttons if as_box is None else as_box:
            self._box = OfferBox()
            self._box.setObjectName(name)
            self._box.setAccessibleName(question)
            self._box.setAccessibleDescription(advice)
            for value, text in offers:
                self._box.addItem(text, value)
            self._box.currentIndexChanged.connect(self._taken)
            read_whole(self._box)
            column.addWidget(self._box)
            self.setFocusProxy(self._box)
        else:
            column.addLayout(self._buttons(question, name, offers))
        self._below = label(advice or " ", type="caption", name=f"{name}-advice")
        column.addWidget(self._below)
        if not question:
            # It stands in a row of tools, in line with them.
            self.asked.hide()
            self._below.hide()
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        if chosen or chosen in self._values:
            self.choose(chosen)
        self.note_as_made()

    def value(self) -> str:
        """Return the answer that is chosen: what it was told to choose where that is none of these, empty for none."""
        if self._box is not None:
            row = self._box.currentIndex()
        else:
            assert self._group is not None  # noqa: S101 - one of the two was made
            row = self._group.checkedId()
        return self._values[row] if row >= 0 else self._not_offered

    def choose(self, value: str) -> None:
        """Choose an answer; one that is not offered here, as a newer version may have, stands until another is."""
        if value not in self._values:
            self._not_offered = value
            self._choose_none()
            return
        row = self._values.index(value)
        if self._box is not None:
            self._box.setCurrentIndex(row)
        elif self._group is not None:
            self._group.button(row).setChecked(True)

    def _choose_none(self) -> None:
        if self._box is not None:
            self._box.setPlaceholderText(_("Something else"))
            self._box.setCurrentIndex(-1)
        elif self._group is not None:
            self._group.setExclusive(False)
            for one in self._group.buttons():
                one.setChecked(False)
            self._group.setExclusive(True)

    def show_offers(self, offers: Sequence[tuple[str, str]]) -> None:
        """Offer other answers in the box, the first of them chosen."""
        if self._box is None:
            raise ValueError("only a box can offer others")
        if not isValid(self._box):
            # Found for a form that was put away meanwhile.
            return
        self._values = [value for value, _text in offers]
        self._not_offered = ""
        self._box.blockSignals(True)
        self._box.setPlaceholderText("")
        self._box.clear()
        for value, text in offers:
            self._box.addItem(text, value)
        self._box.blockSignals(False)
        read_whole(self._box)
        self.note_as_made()

    def complain(self, sentence: str) -> None:
        """Say what is wrong with the choice."""
        self._say(sentence, "error", wrong=True)

    def advise(self, sentence: str = "") -> None:
        """Say something helpful, or the field's usual advice."""
        self._say(sentence or self._advice, "caption", wrong=False)

    def note_as_made(self) -> None:
        """Let what is chosen now be no more than what the page itself suggests."""
        for control in [self._box] if self._group is None else self._group.buttons():
            note_as_made(control)

    def _buttons(self, question: str, name: str, offers: Sequence[tuple[str, str]]) -> QHBoxLayout:
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_2)
        self._group = QButtonGroup(self)
        for row, (value, text) in enumerate(offers):
            made = button(text, name=f"{name}-{value or 'none'}")
            made.setAccessibleName(f"{question}: {text}" if question else text)
            made.setCheckable(True)
            self._group.addButton(made, row)
            across.addWidget(made)
        self._group.idToggled.connect(self._chosen)
        self.setFocusProxy(self._group.button(0))
        across.addStretch(1)
        return across

    def _taken(self, row: int) -> None:
        if row >= 0:
            self.changed.emit(self._values[row])

    def _chosen(self, row: int, is_on: bool) -> None:
        """Tell the answer, and let the keyboard come to it."""
        if is_on and self._group is not None:
            self.setFocusProxy(self._group.button(row))
            self.changed.emit(self._values[row])

    def _say(self, sentence: str, kind: str, *, wrong: bool) -> None:
        self._below.setText(sentence or " ")
        set_property(self._below, "type", kind)
        if self._box is not None:
            set_property(self._box, "wrong", wrong)
            self._box.setAccessibleDescription(sentence)


class OfferBox(ChoiceBox):
    """A box whose answer ends with an ellipsis where it is longer than there is room for."""

    def minimumSizeHint(self) -> QSize:
        """Return room for the answers, as far as a form in a card of a page has it."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), room_in_card() - 2 * current_metrics().space_4), hint.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the answer as far as there is room for it."""
        option, painter, style = QStyleOptionComboBox(), QStylePainter(self), self.style()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        words = self.fontMetrics().elidedText(
            self.currentText() or self.placeholderText(), Qt.TextElideMode.ElideRight, room
        )
        option.currentText = words
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def read_whole(box: QComboBox) -> None:
    """Let a box be wide enough for its offers, as far as these are no longer than a line of a form."""
    letters = box.fontMetrics()
    letter = max(1, letters.horizontalAdvance("X"))
    needed = _SHORTEST_BOX
    for row in range(box.count()):
        needed = max(needed, -(-letters.horizontalAdvance(box.itemText(row)) // letter) + 1)
        if needed >= _LONGEST_BOX:
            # There may be hundreds of courses: the others make no difference.
            break
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(min(needed, _LONGEST_BOX))


class TickField(QWidget):
    """A sentence that is so or not so."""

    def __init__(self, sentence: str, *, name: str, ticked: bool = False, advice: str = "") -> None:
        super().__init__()
        self._advice = advice
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # A box's own words stay in one line, which a narrow form has no room for.
        self.box = QCheckBox("" if is_narrow() else sentence)
        self.box.setObjectName(name)
        self.box.setAccessibleName(sentence)
        self.box.setChecked(ticked)
        note_as_made(self.box)
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_2)
        across.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        if is_narrow():
            self._words = label(sentence, name=f"{name}-words")
            self._words.installEventFilter(self)
            across.addWidget(self._words, 1)
        else:
            across.addStretch(1)
        column.addLayout(across)
        self._below = label(advice, type="caption", name=f"{name}-advice")
        column.addWidget(self._below)
        self._below.setVisible(bool(advice))
        self.setFocusProxy(self.box)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a click on the words beside the box as one on the box."""
        if event.type() is QEvent.Type.MouseButtonRelease:
            self.box.click()
        return super().eventFilter(watched, event)

    def is_ticked(self) -> bool:
        """Return whether it is so."""
        return self.box.isChecked()

    def complain(self, sentence: str) -> None:
        """Say what is wrong."""
        self._say(sentence, "error")

    def advise(self, sentence: str = "") -> None:
        """Say something helpful, or the field's usual advice."""
        self._say(sentence or self._advice, "caption")

    def _say(self, sentence: str, kind: str) -> None:
        self._below.setText(sentence)
        self._below.setVisible(bool(sentence))
        set_property(self._below, "type", kind)
