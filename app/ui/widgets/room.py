"""How much room there is: how large the text is for the window, and rows that become columns where they do not fit."""

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout

from app.ui.theme import current_metrics, width_of_window
from app.ui.widgets.flowing import AcrossOrDown, FieldsAcross

ORDINARY_BODY = 18
"""Text up to this many pixels tall leaves room for a name and a word beside it in the smallest window."""
LARGE_BESIDE_A_LIST = 22
"""Text this many pixels tall leaves a page no room beside a list of sections in a window of 1280x720."""
LARGE_BODY = 26
"""Text this many pixels tall leaves no room for two things side by side in a window of 1280x720."""
USUAL_WIDTH = 1280
"""Pixels; in a narrower window smaller text leaves no more room than large text does here."""


def body_for_window() -> float:
    """Return how tall text, in pixels, would leave as little room in a window of the usual width as ours does here."""
    return current_metrics().body * USUAL_WIDTH / min(USUAL_WIDTH, width_of_window())


def is_large_text() -> bool:
    """Return whether the text is so large for the window that rows become columns in what is made now."""
    return body_for_window() >= LARGE_BODY


def is_large_beside_list() -> bool:
    """Return whether the text is so large for the window that a list of sections stands above its page."""
    return body_for_window() >= LARGE_BESIDE_A_LIST


def layout_for_window() -> tuple[bool, ...]:
    """Return what screens ask about the room when they are made: where it differs they are to be made anew."""
    return is_large_text(), is_large_beside_list(), is_narrow()


def room_in_card() -> int:
    """Return how wide a box or a name in a card of a page may insist on being, in pixels.

    What asks for more in a small window with large text is read by scrolling sideways.
    """
    metrics = current_metrics()
    return width_of_window() - metrics.sidebar_width - 5 * metrics.space_5


def is_narrow() -> bool:
    """Return whether a line of a card has room for a few words and nothing beside them.

    A window as narrow as that for its text is low too: what stands above a page that scrolls is as short as can be.
    """
    return room_in_card() < current_metrics().body * 20


def across_or_down(*, letter: int | None = None, of_fields: bool = False) -> QBoxLayout:
    """Return a row that becomes a column where its parts do not fit beside each other.

    `letter` is the height of the largest text in it, where that is not the body's: a title needs more room. In one
    `of_fields` the questions above the fields take as many lines each.
    """
    kind = FieldsAcross if of_fields else AcrossOrDown
    made = kind(letter=letter or current_metrics().body)
    made.setSpacing(current_metrics().space_2 if is_large_text() else current_metrics().space_4)
    return made


def is_ordinary_text() -> bool:
    """Return whether the text is so small that few words fit beside each other in the smallest window."""
    return current_metrics().body <= ORDINARY_BODY


def short_row() -> QBoxLayout:
    """Return a row of few words, which fit beside each other unless the text is enlarged: then it may become a column.

    A row that never has to choose is laid out in a fraction of the time.
    """
    if not is_ordinary_text():
        return across_or_down()
    made = QHBoxLayout()
    made.setSpacing(current_metrics().space_4)
    return made
