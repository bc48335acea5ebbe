"""What is measured seldom and laid out together comes out as if Qt had done it by itself."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app.ui.theme import apply_theme
from app.ui.widgets import BusyIndicator, PageCard, PagePart, ScrollPage, across_or_down, button, label, laid_out_once

WORDS = (
    "Ja",
    "Værestedet Kilden",
    "Vil have hjælp siden 16. okt. 2026 og er ikke på et forløb endnu. Find et forløb",
    "to\nlinjer",
    "Rygestopkonsulentuddannelsesbevis-og-dokumentation venter",
    "b\tc مرحبا ffi b\tc Værestedet-Kilden",
    "Et par ord. " * 40,
    "kort\nog en linje, der er meget længere end den første, og som ikke kan stå i så lidt",
)
WIDTHS = (*range(1, 700, 7), *range(6000, 1, -11))

pytestmark = [
    pytest.mark.usefixtures("dressed"),
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True),
]


def heights(words):
    return [words.heightForWidth(width) for width in WIDTHS]


def as_qt_says(words):
    """How tall a label of Qt's own would be with the same words, where they may break, in the same looks."""
    own = QLabel(QLabel.text(words))
    own.setTextFormat(words.textFormat())
    own.setProperty("type", words.property("type"))
    own.setContentsMargins(words.contentsMargins())
    own.setWordWrap(True)
    own.ensurePolished()
    return heights(own)


@pytest.mark.parametrize("size", [100, 200])
@pytest.mark.parametrize("place", ["body", "strong", "heading", "caption"])
def test_words_are_as_tall_as_qt_says_whatever_stood_there_before(qapp, size, place):
    apply_theme(qapp, "light", size)
    words = label("", type=place)
    words.ensurePolished()
    for text in (*WORDS, *reversed(WORDS)):
        words.setText(text)
        assert heights(words) == as_qt_says(words)


def test_words_are_measured_anew_when_the_text_is_enlarged(qapp):
    words = label(WORDS[2])
    words.show()
    before = heights(words)
    apply_theme(qapp, "light", 200)
    qapp.processEvents()
    assert heights(words) == as_qt_says(words) != before
    words.close()


def panels_on(page):
    """Panels on a page that is shown, with a card each in which labels were laid out without words, hidden again."""
    made = []
    for number in range(3):
        panel, place, card = PagePart(), PagePart(), PageCard()
        panel.setObjectName(f"panel-{number}")
        for _text in WORDS:
            row, across = PagePart(), across_or_down()
            row.setLayout(across)
            across.addWidget(label(""), 1)
            across.addWidget(button("Åbn", name="open"))
            card.body.addWidget(row)
        QVBoxLayout(place).addWidget(card)
        QVBoxLayout(panel).addWidget(place)
        page.body.addWidget(panel)
        made.append(panel)
    for _turn in range(6):
        QApplication.processEvents()
    for panel in made:
        panel.hide()
    for _turn in range(6):
        QApplication.processEvents()
    return made


def fill(panels):
    for panel in panels:
        for words, text in zip(panel.findChildren(QLabel), WORDS, strict=True):
            words.setText(text * 4)
        panel.show()


def places(page):
    return [(part.objectName(), part.geometry().getRect()) for part in page.widget().findChildren(QWidget)]


@pytest.mark.parametrize("width", [320, 900])
def test_what_is_laid_out_together_stands_at_once_where_it_would_stand_by_itself(qapp, width):
    found = []
    for is_together in (False, True):
        page = ScrollPage()
        page.resize(width, 240)
        page.show()
        panels = panels_on(page)
        if is_together:
            with laid_out_once(page.column):
                fill(panels)
        else:
            fill(panels)
            for _turn in range(6):
                qapp.processEvents()
        found.append(places(page))
        page.close()
    by_itself, together = found
    assert together == by_itself


def test_what_stands_on_a_page_that_stays_as_tall_as_it_was_is_laid_out_too(qapp):
    page = ScrollPage(name="page")
    page.resize(900, 700)
    first, second, below = label("Oben"), label("Unten"), label("Ganz unten")
    for each, tall in ((first, 200), (second, 200), (below, 50)):
        each.setFixedHeight(tall)
        page.body.addWidget(each)
    page.body.addStretch(1)
    second.hide()
    page.show()
    qapp.processEvents()
    with laid_out_once(page.column):
        first.hide()
        second.show()
        second.setFixedHeight(300)
        below.setFixedHeight(40)
    qapp.processEvents()
    tops = [(each.y(), each.height()) for each in (second, below)]
    assert tops == [(0, 300), (300 + page.body.spacing(), 40)]


def test_a_row_of_buttons_becomes_a_column_where_what_keeps_its_place_out_of_sight_leaves_them_too_little_room(qapp):
    row, across = QWidget(), across_or_down()
    row.setLayout(across)
    buttons = [button(text, name="made") for text in ("Luk dagen og send", "Gem kvitteringen")]
    for made in buttons:
        across.addWidget(made)
    across.addWidget(BusyIndicator(), 1)
    row.resize(sum(made.sizeHint().width() for made in buttons) + 40, 300)
    row.show()
    qapp.processEvents()
    assert [made.width() >= made.sizeHint().width() for made in buttons] == [True, True]
    row.close()


def test_what_is_beside_a_row_that_gives_way_leaves_it_the_same_room_whichever_way_it_lies(qapp):
    row, across = QWidget(), across_or_down()
    row.setLayout(across)
    for text in ("Luk dagen og send", "Gem kvitteringen"):
        across.addWidget(button(text, name="made"))
    hints = set()
    for width in (600, 150, 600):
        row.resize(width, 300)
        across.setGeometry(row.rect())
        hints.add((across.direction() is QVBoxLayout.Direction.TopToBottom, across.sizeHint().width()))
    assert {is_column for is_column, _width in hints} == {True, False}
    assert len({width for _is_column, width in hints}) == 1
