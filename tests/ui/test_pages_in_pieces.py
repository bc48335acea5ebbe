"""Long pages are filled out of sight, a piece at a turn of the loop, and shown when they are whole."""

import gc

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.rubbish import Rubbish
from app.ui.shell.keyboard import tab_order
from app.ui.tasks import TaskRunner
from app.ui.theme import apply_theme
from app.ui.widgets import Field, Form, RebuiltPage, button, label


@pytest.fixture
def tasks(qapp):
    apply_theme(qapp, "light", 100)
    runner = TaskRunner()
    yield runner
    runner.shutdown()


class _Page(RebuiltPage):
    """Shows its words below each other, a form below the first, and at the end the button that opens it."""

    def __init__(self, tasks):
        super().__init__(tasks, name="page")
        self.words = ("one", "two", "three")

    def refresh(self):
        self.show_anew(self._fill)

    def _fill(self, page):
        for word in self.words:
            page.body.addWidget(label(word, name=f"word-{word}"))
            page.form_place(page.body, word)
            yield
        page.body.addWidget(button("Ask", name="ask", on_click=self._ask))

    def _ask(self):
        self.asked = Form("Ask", name="asking", submit_text="Go", submit=lambda: None)
        self.line = Field("Line", name="line")
        self.asked.add_row(line=self.line)
        self.open_form(self.asked, "one")

    def said(self):
        return [made.text() for made in self.findChildren(type(label(""))) if made.isVisible()]


@pytest.fixture
def page(tasks, qtbot):
    made = _Page(tasks)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    return made


def test_work_in_pieces_leaves_the_loop_a_turn_after_each(tasks, qtbot):
    done, seen = [], []

    def steps():
        for number in range(3):
            done.append(number)
            yield

    pieces = tasks.in_pieces(steps())
    assert tasks.is_busy
    assert done == []
    while not pieces.is_done:
        QApplication.processEvents()
        seen.append(len(done))
    assert set(seen) >= {1, 2, 3}
    qtbot.waitUntil(lambda: not tasks.is_busy)


def test_work_in_pieces_can_be_finished_at_once_or_left(tasks):
    done = []

    def steps():
        try:
            for number in range(5):
                done.append(number)
                yield
        finally:
            done.append("end")

    tasks.in_pieces(steps()).finish()
    assert done == [0, 1, 2, 3, 4, "end"]
    left = tasks.in_pieces(steps())
    left.go_on()
    left.drop()
    left.go_on()
    assert done[6:] == [0, "end"]
    assert not tasks.is_busy


def test_nothing_is_begun_or_gone_on_with_after_closing(tasks):
    done = []

    def steps(number):
        done.append(number)
        yield
        done.append(number)

    tasks.in_pieces(steps(1)).go_on()
    tasks.in_pieces(steps(2))
    tasks.shutdown()
    tasks.in_pieces(steps(3))
    QApplication.processEvents()
    assert done == [1]
    assert not tasks.is_busy


def test_the_page_before_stays_as_it_is_until_the_next_one_is_whole(page, tasks):
    page.words = ("uno", "due", "tre")
    page.refresh()
    seen = []
    while tasks.is_busy:
        QApplication.processEvents()
        seen.append([word for word in page.said() if word in ("one", "two", "three", "uno", "due", "tre")])
    assert ["one", "two", "three"] in seen
    assert seen[-1] == ["uno", "due", "tre"]
    assert all(words in (["one", "two", "three"], ["uno", "due", "tre"]) for words in seen)


def test_the_next_page_stands_where_one_had_scrolled_to(page, tasks, qtbot):
    page.words = tuple(f"word {number}" for number in range(60))
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    QApplication.processEvents()
    page._page.verticalScrollBar().setValue(300)
    page.words = (*page.words, "one more")
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert "one more" in page.said()
    assert page._page.verticalScrollBar().value() == 300


def test_a_page_that_is_read_again_meanwhile_is_shown_as_it_was_read_last(page, tasks, qtbot):
    page.words = ("uno",)
    page.refresh()
    QApplication.processEvents()
    page.words = ("eins", "zwei")
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    qtbot.waitUntil(lambda: page.said() == ["eins", "zwei"])


def test_a_form_goes_along_to_the_next_page_with_what_is_typed_and_the_cursor(page, tasks, qtbot):
    page.findChild(type(button("", name="")), "ask").click()
    page.line.setFocus()
    page.line.input.setText("half a sent")
    page.line.input.setCursorPosition(4)
    page.words = ("one", "four")
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    qtbot.waitUntil(lambda: "four" in page.said())
    assert page.asked.isVisible()
    assert page.line.input.text() == "half a sent"
    assert page.line.input.cursorPosition() == 4
    assert page.focusWidget() is page.line.input
    places = [page.mapFromGlobal(made.mapToGlobal(made.rect().topLeft())).y() for made in _in_order(page)]
    assert places == sorted(places)


def _in_order(page):
    return [page.findChild(type(label("")), "word-one"), page.asked, page.findChild(type(label("")), "word-four")]


def test_whoever_leaves_a_form_is_back_at_the_button_that_opened_it(page, tasks, qtbot):
    asking = page.findChild(type(button("", name="")), "ask")
    asking.setFocus()
    asking.click()
    page.line.setFocus()
    page.asked.cancel_button.click()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert page.focusWidget().objectName() == "ask"
    assert page.focusWidget().isVisible()


def test_tab_goes_through_the_fields_of_a_form_and_then_its_buttons_where_the_form_stands(page, tasks, qtbot):
    asking = page.findChild(type(button("", name="")), "ask")
    asking.setFocus()
    asking.click()
    wanted = ["line", "asking-submit", "asking-cancel", "ask"]
    assert [found.objectName() for found in tab_order(page)] == wanted
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert [found.objectName() for found in tab_order(page)] == wanted


def test_a_page_about_another_shows_nothing_of_the_one_before(page, tasks, qtbot):
    page.begin_anew(is_other=True)
    assert page.said() == []
    page.words = ("other",)
    page.refresh()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert page.said() == ["other"]


def test_the_whole_store_is_not_looked_through_for_rubbish_while_a_question_holds_much_of_it(qapp):
    rubbish = Rubbish()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        held = [[number] for number in range(400_000)]
        for _ in range(42):
            gc.collect(1)

        def look():
            for _ in range(50):
                made = [[number] for number in range(3_000)]
                rubbish._collect()
                del made

        look()
        assert gc.get_count()[2] > 40
        held.clear()
        look()
        assert gc.get_count()[2] < 40
    finally:
        if was_enabled:
            gc.enable()


def test_a_screen_that_is_first_shown_is_made_while_the_window_answers(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("inbox")
    assert workspace.shown is workspace.today
    assert "inbox" in workspace._later
    day.settle()
    assert workspace.shown is workspace.screen_called("inbox")


def test_whoever_goes_elsewhere_while_a_screen_is_made_stays_there(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("inbox")
    day.click("go-people")
    assert workspace.shown is workspace.people
    # The last one asked for is the one that is shown.
    workspace._desk.open("inbox")
    workspace._desk.open("bag")
    day.settle()
    assert workspace.shown.objectName() == "bag"


def test_a_screen_is_not_made_any_more_when_the_laptop_is_locked(day):
    workspace = day.pusterum.workspace
    workspace._desk.open("inbox")
    day.pusterum.lock()
    assert not day.pusterum.tasks.is_busy or "inbox" in workspace._later
    day.find("unlock-passphrase")
    day.settle()
    assert "inbox" in workspace._later
