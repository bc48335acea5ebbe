"""Every screen, in either language and theme and at each size of text, is read, and used with a finger or by keys."""

import itertools
from collections import Counter, defaultdict

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QTableView

from app.ui.shell.keyboard import tab_order
from app.ui.widgets import Form
from tests.ui.screens_seen import Picture, as_stored, controls, cut, is_wider_than_its_window, seen, where, words_of

TOUCH = 40
LOOKS = [
    ("da", "light", 100), ("da", "dark", 125), ("da", "light", 150), ("da", "dark", 200),
    ("en", "dark", 100), ("en", "light", 125), ("en", "dark", 150), ("en", "light", 200),
]  # fmt: skip
"""Both languages at each size; each size and each language in both themes."""
WITH_FORMS = (100, 200)
IN_WORDS = (("da", "light", 100), ("en", "dark", 100))
"""The looks in which every word is looked at: they are the same in all of a language."""
BY_KEYS = (("da", "light", 100), ("da", "dark", 125))
"""The looks in which every control is gone to: the keyboard goes the same way in all of them."""


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_screen_is_read_and_used(tour, subtests, look):
    language, theme, text_size = look
    promises = [*READ_AND_USED, *(GONE_TO_BY_KEYS if look in BY_KEYS else ())]
    promises += IN_EVERY_WORD if look in IN_WORDS else []
    faults = defaultdict(set)
    with_forms = text_size in WITH_FORMS
    for name, day in tour.stops(language=language, theme=theme, text_size=text_size, with_forms=with_forms):
        screen = Screen(day)
        for promise in promises:
            faults[promise].update(f"{name}: {fault}" for fault in promise(screen))
    for promise in promises:
        with subtests.test(promise.__name__.replace("_", " ")):
            assert not faults[promise], "\n".join(sorted(faults[promise]))


class Screen:
    """What can be seen at one stop of the tour."""

    def __init__(self, day):
        self.day = day
        self.window = day.pusterum.window
        self.widgets = seen(self.window)
        self.controls = controls(self.window)
        self.picture = Picture(self.window)


def no_word_is_cut(screen):
    for widget in screen.widgets:
        if said := cut(widget):
            yield f"{where(widget)}: {_first_words(widget)!r} {said}"


def nothing_is_shown_as_it_is_stored(screen):
    for widget in screen.widgets:
        yield from (f"{where(widget)}: {said}" for said in map(as_stored, words_of(widget)) if said)


def no_two_buttons_are_read_out_alike(screen):
    """A form's button may say what opened the form, and an empty list what stands above it: they do the same."""
    called = Counter(
        (_form_of(widget), widget.accessibleName() or widget.text())
        for widget in screen.controls
        if isinstance(widget, QAbstractButton) and not widget.objectName().endswith("-empty-action")
    )
    yield from (f"{times} are called {name!r}" for (_form, name), times in called.items() if times > 1)


def what_a_button_shows_is_read_out(screen):
    for widget in screen.controls:
        spoken = widget.accessibleName()
        if isinstance(widget, QAbstractButton) and spoken and widget.text().lower() not in spoken.lower():
            yield f"{where(widget)} shows {widget.text()!r} and is called {spoken!r}"


IN_EVERY_WORD = [nothing_is_shown_as_it_is_stored, no_two_buttons_are_read_out_alike, what_a_button_shows_is_read_out]


def _form_of(widget):
    while widget is not None and not isinstance(widget, Form):
        widget = widget.parent()
    return widget


def nothing_is_read_by_scrolling_sideways(screen):
    yield from (where(widget) for widget in screen.widgets if is_wider_than_its_window(widget))


def no_word_is_faint(screen):
    for widget in screen.widgets:
        if said := screen.picture.faint(widget):
            yield f"{where(widget)}: {_first_words(widget)!r} {said}"


def nothing_is_said_by_colour_alone(screen):
    yield from (where(widget) for widget in screen.widgets if _says_nothing(widget))


def every_control_has_a_name_a_role_and_room_for_a_finger(screen):
    yield from (f"{where(widget)} {said}" for widget in screen.controls for said in _amiss(widget))


READ_AND_USED = (
    no_word_is_cut,
    nothing_is_read_by_scrolling_sideways,
    no_word_is_faint,
    nothing_is_said_by_colour_alone,
    every_control_has_a_name_a_role_and_room_for_a_finger,
)


def the_keyboard_reaches_every_control(screen):
    reached = set(tab_order(screen.window))
    for widget in set(_reachable(screen)) - reached:
        group = widget.group() if isinstance(widget, QAbstractButton) else None
        # Of buttons of which one is chosen the arrow keys go from that to the others.
        if group is None or reached.isdisjoint(group.buttons()):
            yield where(widget)


def the_keyboard_goes_in_the_order_of_the_eye(screen):
    yield from (f"{one} comes before {other}" for one, other in _against_the_eye(tab_order(screen.window)))


def every_control_shows_that_the_keyboard_is_there(screen):
    window = screen.window
    window.activateWindow()
    screen.day.wait(window.isActiveWindow, "the window to be the active one")
    at = window.focusWidget()
    yield from map(where, _unseen(_reachable(screen)))
    if at is not None:
        at.setFocus()


GONE_TO_BY_KEYS = (
    the_keyboard_reaches_every_control,
    the_keyboard_goes_in_the_order_of_the_eye,
    every_control_shows_that_the_keyboard_is_there,
)


def _first_words(widget):
    return widget.text() if isinstance(widget, QLabel) else (words_of(widget) or [""])[0]


def _says_nothing(widget):
    """Whether a coloured pill or tile stands there without a word: its colour alone would then mean something."""
    if widget.property("badge"):
        return not any(letter.isalnum() for letter in widget.text())
    return bool(widget.property("tone")) and isinstance(widget, QLabel) and not (widget.text() or widget.pixmap())


def _amiss(widget):
    """What a control lacks: a name, a role, room for a finger."""
    spoken = QAccessible.queryAccessibleInterface(widget)
    if not spoken.text(QAccessible.Text.Name).strip():
        yield "has no name"
    if spoken.role() in (QAccessible.Role.NoRole, QAccessible.Role.Client):
        yield "has no role"
    if isinstance(widget, QAbstractItemView):
        if isinstance(widget, QTableView):
            rows = [widget.rowHeight(n) for n in range(min(1, widget.model().rowCount()))]
        else:
            rows = [widget.sizeHintForRow(0)] if widget.model() and widget.model().rowCount() else []
        if rows and rows[0] < TOUCH:
            yield f"has rows of {rows[0]}"
    elif min(widget.width(), widget.height()) < TOUCH:
        yield f"is {widget.width()}x{widget.height()}"


def _reachable(screen):
    return [widget for widget in screen.controls if widget.focusPolicy() & _TAB and widget.focusProxy() is None]


_TAB = Qt.FocusPolicy.TabFocus


def _against_the_eye(chain):
    """Neighbours of one parent of which the second stands wholly above, or on the same line to the left."""
    against = []
    for one, other in itertools.pairwise(chain):
        if one.parent() is not other.parent():
            continue
        first = one.mapTo(one.window(), QPoint(0, 0))
        second = other.mapTo(other.window(), QPoint(0, 0))
        is_above = second.y() + other.height() <= first.y()
        overlaps = second.y() < first.y() + one.height() and first.y() < second.y() + other.height()
        if (is_above and second.x() <= first.x() + one.width()) or (overlaps and second.x() < first.x()):
            against.append((where(one), where(other)))
    return against


def _unseen(widgets):
    """Controls that look the same with and without the keyboard on them."""
    in_order = sorted(widgets, key=where)
    for number, widget in enumerate(in_order):
        if isinstance(widget, QAbstractItemView) and not widget.model().rowCount():
            continue
        in_order[number - 1].setFocus(Qt.FocusReason.TabFocusReason)
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus() and len(in_order) > 1 and widget.grab().toImage() == without:
            yield widget
