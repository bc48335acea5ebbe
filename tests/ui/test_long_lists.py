"""A long list shows a dozen at once and the next for the asking; what is searched for is found whether made or not."""

import pytest
from PySide6.QtWidgets import QPushButton

from app.ui.theme import apply_theme
from app.ui.widgets import FilteredList, Slices, label

NAMES = [f"Person {number:02d}" for number in range(30)]


@pytest.fixture(autouse=True)
def dressed(qapp):
    apply_theme(qapp, "light", 100)


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
