"""What stands below each other is in line, and a card is as tall as what is in it."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFrame, QLabel

from app.ui.theme import current_metrics
from app.ui.widgets import IconButton


def left_of(widget, frame):
    return widget.mapTo(frame, QPoint(0, 0)).x()


def test_contact_persons_of_all_places_begin_in_one_line(day):
    day.pusterum.workspace._desk.open("places")
    day.settle()
    page = day.pusterum.workspace.places
    cards = [card for card in page.findChildren(QFrame, "place-card") if card.isVisible()]
    heads = [found for card in cards for found in card.findChildren(QLabel) if found.text() == "Contact persons"]
    assert len(heads) > 3
    assert len({left_of(head, page) for head in heads}) == 1
    assert len({left_of(card.findChild(IconButton), page) for card in cards}) == 1


@pytest.mark.parametrize(("card", "last"), [("sync-answer", "send"), ("courier", "make-envelope")])
def test_a_card_of_closing_the_day_ends_below_its_last_button(day, card, last):
    day.pusterum.workspace._desk.open("sync")
    day.settle()
    found, button = day.find(card), day.find(last)
    below = found.height() - button.mapTo(found, QPoint(0, button.height())).y()
    assert below <= current_metrics().space_5 + 2


def test_what_should_be_in_the_bag_stands_beside_the_way_to_count_it(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("sync")
    day.settle()
    assert "Should be in the bag" in day.find("bag-left").text()
    day.click("count-bag")
    day.settle()
    assert workspace.shown.objectName() == "bag"


def test_nothing_moves_on_closing_the_day_when_sending_begins(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("sync")
    day.settle()
    below = day.find("look-through").mapTo(workspace, QPoint(0, 0))
    send = day.find("send").mapTo(workspace, QPoint(0, 0))
    workspace.sending()
    day.settle()
    busy = day.find("sync-busy")
    assert day.find("look-through").mapTo(workspace, QPoint(0, 0)) == below
    assert day.find("send").mapTo(workspace, QPoint(0, 0)) == send
    assert left_of(busy, workspace) > send.x()
    assert day.find("sync-busy-stop").isVisible()
