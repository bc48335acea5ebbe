"""The words in charts, measured where they are drawn: none faint, none cut, none on another, in both themes."""

import itertools
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.domain.nrt import Due, Portion
from app.domain.reduction import PlannedStep
from app.i18n import use_language
from app.ui.person import pictures, plan_picture, voucher_panel, weeks_picture
from app.ui.person.pictures import Curve, Marks, TwelveBoxes
from app.ui.person.plan_picture import Drawn, PlanPicture
from app.ui.person.voucher_panel import TicketRow
from app.ui.person.weeks_picture import WeeksPicture
from app.ui.theme import apply_theme
from app.ui.widgets import Card
from tests.ui.test_theme import contrast

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

DAY = date(2026, 11, 24)
LEAST = 4.45
"""A contrast of 4.5:1, less what antialiasing takes from a thin letter."""


def days_ago(number):
    return DAY - timedelta(days=number)


def curve(*, large=False, spread=63):
    points = [(days_ago(spread - spread * n // 8), value) for n, value in enumerate((31, 30, 27, 25, 18, 20, 15, 12))]
    marks = Marks(
        stop_dates=(days_ago(20), days_ago(18)),
        relapses=(days_ago(17),),
        handouts=tuple(days_ago(n) for n in (50, 43, 36)),
        plan=((days_ago(spread), 31.0), (days_ago(30), 15.0), (DAY, 15.0)),
    )
    return Curve(points, marks, large=large)


def plan(steps, *, days):
    picture = PlanPicture()
    measured = tuple((days_ago(n), 30.0 - (60 - n) / 4) for n in range(60, 0, -7))
    drawn = Drawn(measured=measured, stop_dates=(DAY + timedelta(days=3),), relapses=(DAY,), today=DAY)
    shown = [
        PlannedStep(days_ago(30) + timedelta(days=days * n), value, **more) for n, (value, more) in enumerate(steps)
    ]
    states = ["reached", "missed", *["planned"] * (len(shown) - 2)]
    picture.show_plan(shown, start=30.0, starts_on=days_ago(60), states=states, drawn=drawn)
    return picture


CHARTS = {
    "a curve": curve,
    "a curve of two days": lambda: curve(spread=8),
    "a curve for the person": lambda: curve(large=True),
    "a curve of nothing": lambda: Curve(()),
    "the weeks as boxes": lambda: TwelveBoxes([1, 2, 3]),
    "the weeks with what is in them": lambda: WeeksPicture(
        given={1: (days_ago(14), "patch-16h-25"), 2: (days_ago(7), "gum-2")},
        plan=None,
        due=Due(week=3, portions=(Portion("patch-16h-25"),)),
    ),
    "vouchers": lambda: TicketRow(2, 4, 45_000),
    "a plan": lambda: plan([(value, {}) for value in (28, 25, 21, 18, 15)], days=7),
    "a plan of a year": lambda: plan([(28 - n * 0.5, {}) for n in range(52)], days=7),
    "a plan of many steps in a week": lambda: plan([(28 - n * 2, {}) for n in range(14)], days=1),
    "a plan in words": lambda: plan(
        [(None, {"hours": 2}), (None, {"text": "No cigarette in bed"}), (None, {"hours": 24})], days=7
    ),
    "no plan": PlanPicture,
}


@pytest.fixture
def notes(monkeypatch):
    """Where words are drawn, and in which colour."""
    noted = []

    class NotingPainter(QPainter):
        def drawText(self, box, flags, words):  # noqa: N802 - Qt's own
            if words.strip():
                flags_now = int(flags.value) if hasattr(flags, "value") else int(flags)
                rect = self.fontMetrics().boundingRect(QRectF(box).toRect(), flags_now, words)
                noted.append((words, rect, self.pen().color().name()))
            super().drawText(box, flags, words)

    for module in (pictures, plan_picture, weeks_picture, voucher_panel):
        monkeypatch.setattr(module, "QPainter", NotingPainter)
    return noted


def shown(make, qtbot, qapp, *, theme, text_size=100):
    use_language("da")
    apply_theme(qapp, theme, text_size)
    card = Card()
    chart = make()
    card.body.addWidget(chart)
    qtbot.addWidget(card)
    card.resize(760 if text_size == 100 else 860, 520)
    card.show()
    return card, chart


def measured(card, chart, notes):
    """Draw once and return what was noted in this drawing, with the picture of it."""
    card.grab()
    notes.clear()
    image = card.grab(chart.geometry()).toImage()
    return list(notes), image.convertToFormat(QImage.Format.Format_RGB32)


def faintness(image, rect, ink):
    """The contrast of the letters, as they came out, with what there is most of around them."""
    seen = {}
    for x in range(max(0, rect.left()), min(image.width(), rect.right() + 1)):
        for y in range(max(0, rect.top()), min(image.height(), rect.bottom() + 1)):
            colour = image.pixelColor(x, y).name()
            seen[colour] = seen.get(colour, 0) + 1
    ground = max((colour for colour in seen if colour != ink), key=seen.get)
    letters = min(seen, key=lambda colour: _apart(colour, ink))
    return contrast(letters, ground)


def _apart(one, other):
    return sum(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) for at in (1, 3, 5))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CHARTS)
def test_every_word_in_a_chart_stands_out_from_what_it_is_drawn_on(name, theme, notes, qtbot, qapp):
    card, chart = shown(CHARTS[name], qtbot, qapp, theme=theme)
    drawn, image = measured(card, chart, notes)
    assert drawn
    faint = {words: round(faintness(image, rect, ink), 2) for words, rect, ink in drawn}
    assert {words: value for words, value in faint.items() if value < LEAST} == {}


@pytest.mark.parametrize("text_size", [100, 200])
@pytest.mark.parametrize("name", CHARTS)
def test_no_word_in_a_chart_is_cut_or_stands_on_another(name, text_size, notes, qtbot, qapp):
    card, chart = shown(CHARTS[name], qtbot, qapp, theme="light", text_size=text_size)
    drawn, _image = measured(card, chart, notes)
    assert drawn
    cut = [words for words, rect, _ink in drawn if not chart.rect().adjusted(-1, -1, 1, 1).contains(rect)]
    assert cut == []
    on_each_other = [
        (one, other)
        for (one, first, _), (other, second, _) in itertools.combinations(drawn, 2)
        if first.adjusted(1, 3, -1, -3).intersects(second.adjusted(1, 3, -1, -3))
    ]
    assert on_each_other == []
