"""A long list shows a dozen at once and the next for the asking; what is searched for is found whether made or not."""

import pytest
from PySide6.QtWidgets import QComboBox, QPushButton

from app.ui.widgets import ChoiceField, FilteredList, Slices, label

NAMES = [f"Person {number:02d}" for number in range(30)]


pytestmark = pytest.mark.usefixtures("dressed")


def test_a_long_list_makes_a_dozen_rows_and_the_next_when_asked(qtbot):
    made = []

    def row(name):
        made.append(name)
        return label(name)

    shown = Slices(NAMES, row, name="people")
    qtbot.addWidget(shown)
    shown.show()
    more = shown.findChild(QPushButton, "people-more")
    assert made == NAMES[:12]
    assert more.isVisible()
    assert "18" in more.text()
    more.click()
    more.click()
    assert made == NAMES
    assert not more.isVisible()


def test_a_filtered_list_finds_what_it_has_not_made_and_keeps_the_order(qtbot):
    made = []

    def row(name):
        made.append(name)
        return label(name, name=f"row-{name}")

    shown = FilteredList("Search", name="people")
    qtbot.addWidget(shown)
    for name in NAMES:
        shown.add((name,), lambda name=name: row(name))
    shown.end()
    shown.show()
    assert made == NAMES[:12]
    shown.search.setText("29")
    assert [name for name in NAMES if _is_visible(shown, name)] == ["Person 29"]
    shown.search.setText("nobody")
    assert not any(_is_visible(shown, name) for name in made)
    shown.search.clear()
    shown.findChild(QPushButton, "people-more").click()
    visible = [name for name in NAMES if _is_visible(shown, name)]
    assert visible == NAMES[:24]
    qtbot.wait(1)
    tops = [shown.findChild(type(label("")), f"row-{name}").y() for name in visible]
    assert tops == sorted(tops)


def _is_visible(shown, name):
    found = shown.findChild(type(label("")), f"row-{name}")
    return found is not None and found.isVisible()


def test_rows_that_are_filled_anew_stay_until_the_next_ones_are_whole(qtbot):
    shown = FilteredList("Search", name="people")
    qtbot.addWidget(shown)
    shown.resize(300, 900)
    shown.show()

    def fill(word):
        shown.begin()
        for number in range(8):
            shown.add((f"{word} {number}",), lambda name=f"{word} {number}": label(name, name=f"row-{name}"))
        return shown.end_in_pieces()

    def seen():
        return [made.text() for made in shown.findChildren(type(label(""))) if made.isVisible()]

    for _piece in fill("Before"):
        assert seen() == []
    before = seen()
    assert before == [f"Before {number}" for number in range(8)]
    for _piece in fill("After"):
        assert seen() == before
    assert seen() == [f"After {number}" for number in range(8)]
    # Whoever searches while they are made sees what fits of all of them, and every row is made once.
    pieces = fill("Again")
    next(pieces)
    shown.search.setText("Again 7")
    assert seen() == ["Again 7"]
    for _piece in pieces:
        pass
    shown.search.clear()
    assert sorted(seen()) == [f"Again {number}" for number in range(8)]
    qtbot.wait(1)
    tops = [shown.findChild(type(label("")), f"row-Again {number}").y() for number in range(8)]
    assert tops == sorted(set(tops))


def test_a_box_is_as_wide_as_its_offers_and_no_wider_than_a_line_of_a_form(qtbot):
    def letters_of(*offers):
        field = ChoiceField("Which", name="which", offers=[(text, text) for text in offers], as_box=True)
        qtbot.addWidget(field)
        return field.findChild(QComboBox, "which").minimumContentsLength()

    assert letters_of("yes", "no") < letters_of("no", "the one after next", "yes") < 30
    assert letters_of("no", "a course with a very long title that nobody would ever read to its end", "yes") == 30
