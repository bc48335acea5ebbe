"""What stands below each other is in line, and a card is as tall as what is in it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton
from sqlalchemy import select

from app.models.course import Course
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.ui.session_sheet.sheet_model import GIVEN, Column
from app.ui.session_sheet.sheet_table import TEXT_MARGIN
from app.ui.shell.navigation import Navigation
from app.ui.theme import current_metrics, current_tokens
from app.ui.widgets import IconButton
from app.ui.words import product_word
from tests.trial_laptop import PASSPHRASE, window_on
from tools.demo_day import open_first_session


def left_of(widget, frame):
    return widget.mapTo(frame, QPoint(0, 0)).x()


def test_every_page_of_the_open_store_begins_where_the_one_before_began(coordinators_laptop, qapp):
    with window_on(coordinators_laptop) as day:
        day.pusterum.window.resize(1600, 900)
        day.unlock(PASSPHRASE)
        workspace = day.pusterum.workspace
        begins = {}
        for name, _text, _shape in workspace.findChild(Navigation).places:
            workspace._desk.open(name)
            day.settle()
            titles = workspace.shown.findChildren(QLabel, "page-title")
            begins[name] = next(left_of(title, workspace.shown) for title in titles if title.isVisible())
    assert len(begins) > 8
    assert {name: at for name, at in begins.items() if at != current_metrics().space_5} == {}


def test_one_way_on_is_the_plainest_of_today_and_it_has_the_keyboard(day):
    buttons = day.pusterum.workspace.today.findChildren(QPushButton)
    opening = [found for found in buttons if found.text() == "Open the session" and found.isVisible()]
    assert len(opening) > 1
    (plainest,) = [found for found in buttons if found.isVisible() and found.property("kind") == "primary"]
    assert plainest in opening
    assert plainest.hasFocus()


def test_numbers_stand_digit_below_digit(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("bag")
    day.settle()
    lines = day.find("bag-lines")
    left = [found for found in lines.findChildren(QLabel) if found.property("type") == "heading"]
    assert len(left) > 3
    assert all(found.alignment() & Qt.AlignmentFlag.AlignRight for found in left)
    assert len({left_of(found, lines) + found.width() for found in left}) == 1
    workspace._desk.open("courses")
    day.settle()
    model = workspace.screen_called("courses").model
    headings = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    for heading in ("Sessions", "People"):
        column, role = headings.index(heading), Qt.ItemDataRole.TextAlignmentRole
        assert model.index(0, column).data(role) & Qt.AlignmentFlag.AlignRight
        assert model.headerData(column, Qt.Orientation.Horizontal, role) & Qt.AlignmentFlag.AlignRight


def test_numbers_typed_at_the_table_stand_digit_below_digit(day):
    table = open_first_session(day)
    model, role = table.model(), Qt.ItemDataRole.TextAlignmentRole
    for column in (Column.CIGARETTES, Column.CO):
        assert model.index(0, column).data(role) & Qt.AlignmentFlag.AlignRight
        assert model.headerData(column, Qt.Orientation.Horizontal, role) & Qt.AlignmentFlag.AlignRight
    table.begin(0, Column.CIGARETTES)
    day.press(Qt.Key.Key_F2)
    assert day.find("cell-editor").alignment() & Qt.AlignmentFlag.AlignRight


@pytest.mark.parametrize("height", [720, 600])
def test_a_usual_handout_is_read_in_one_line_of_the_sheet(day, height):
    day.pusterum.window.resize(1280, height)
    table = open_first_session(day)
    # In the lower window there are more people than are in sight.
    assert table.verticalScrollBar().isVisible() == (height == 600)
    words = f"{GIVEN} {product_word('mouth-spray-1')}"
    room = table.columnWidth(Column.HANDOUT) - 2 * (current_metrics().space_3 + TEXT_MARGIN)
    assert table.fontMetrics().horizontalAdvance(words) <= room


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


def test_fields_beside_each_other_stand_in_one_line_however_much_is_advised_below_one_of_them(day):
    workspace = day.pusterum.workspace
    workspace._open_person(_somebody(day), "details")
    day.settle()
    identifier, language = day.find("detail-identifier"), day.find("detail-language")
    day.find("detail-identifier-advice").setText("Replacement number, born Sep 16, 1954.\n72 years.\nWoman.")
    day.settle()
    assert identifier.mapTo(workspace, QPoint(0, 0)).y() == language.mapTo(workspace, QPoint(0, 0)).y()


def test_nothing_is_searched_in_that_is_empty(day):
    workspace, somebody = day.pusterum.workspace, _somebody(day)
    workspace._open_person(_newcomer(day), "history")
    day.find("history-empty")
    assert workspace.person.findChild(QLineEdit, "history-search").isHidden()
    workspace._open_person(somebody, "history")
    day.settle()
    assert day.find("history-search").isVisible()


def test_of_the_sections_of_a_person_the_one_that_has_the_keyboard_is_ringed_and_not_all_of_them(day):
    day.pusterum.window.activateWindow()
    day.wait(day.pusterum.window.isActiveWindow, "the window to be the active one")
    day.pusterum.workspace._open_person(_somebody(day))
    day.settle()
    sections = day.find("person-sections")
    assert sections.hasFocus()
    drawn, ring = sections.grab().toImage(), QColor(current_tokens().focus)
    ringed = {y for y in range(drawn.height()) for x in range(0, drawn.width(), 7) if drawn.pixelColor(x, y) == ring}
    here = sections.visualItemRect(sections.currentItem())
    assert ringed
    assert min(ringed) >= here.top()
    assert max(ringed) <= here.bottom() + sections.viewport().y()


def test_what_can_be_done_with_a_place_is_said_in_words(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("places")
    day.settle()
    next(found for found in workspace.places.findChildren(IconButton) if found.isVisible()).click()
    day.settle()
    said = {name: day.find(name).text() for name in ("place-poster", "place-place_handouts", "change-place")}
    assert said == {"place-poster": "Poster", "place-place_handouts": "Handed out", "change-place": "Change"}


def test_the_papers_of_a_session_are_named_where_its_title_keeps_its_line(day):
    open_first_session(day)
    day.pusterum.window.resize(1280, 720)
    day.settle()
    papers = [day.find(f"sheet-{paper}") for paper in ("attendance", "session_handouts")]
    assert [paper.text() for paper in papers] == ["Attendance list", "Handed out"]
    title = day.pusterum.workspace.session.findChild(QLabel, "page-title")
    one_line = title.height()
    day.pusterum.window.resize(900, 600)
    day.settle()
    assert [paper.text() for paper in papers] == ["", ""]
    assert all(paper.accessibleName() and paper.toolTip() for paper in papers)
    day.pusterum.window.resize(1280, 720)
    day.settle()
    assert [paper.text() for paper in papers] == ["Attendance list", "Handed out"]
    assert title.height() == one_line


def test_the_box_below_the_nine_amounts_of_the_base_form_says_what_it_is(day):
    day.pusterum.workspace._open_person(_somebody(day), "plan")
    day.settle()
    day.click("baseline-new")
    day.settle()
    box = day.find("baseline-products")
    says = [said for said in box.parentWidget().findChildren(QLabel) if said.text() == "Answer"]
    assert [said.geometry().bottom() < box.y() for said in says] == [True]


def _somebody(day):
    """Somebody who has come to sessions."""
    return open_first_session(day).model().rows[0].person_id


def _newcomer(day):
    """Somebody of whom nothing is known but a nickname."""
    app = day.pusterum
    with app.store.unit_of_work(actor=app.workspace._desk.user_id, clock=app.clock) as work:
        course_id = work.session.scalars(select(Course.id).order_by(Course.id)).first()
        return add_walk_in(AddWalkIn(course_id, "Den nye"), work=work).person_id
