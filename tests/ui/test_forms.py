from datetime import date

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QDate, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QCalendarWidget,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.errors import RuleRefusal
from app.ui.theme import apply_theme
from app.ui.widgets import (
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    Flow,
    Form,
    IconButton,
    LongBadge,
    NumberField,
    OneLine,
    ScrollPage,
    TickField,
    button,
    fill_anew,
    focus_kept,
    label,
    search_field,
    tip,
)
from app.ui.widgets.form_fields import read_day
from app.ui.widgets.typed_in import is_typed_in

TODAY = date(2026, 11, 24)

pytestmark = [
    pytest.mark.usefixtures("dressed"),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def held_enter(qapp, shown, times):
    for repeats in [False] + [True] * (times - 1):
        kind, modifiers = QtCore.QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
        qapp.sendEvent(shown, QtGui.QKeyEvent(kind, Qt.Key.Key_Return, modifiers, "\r", repeats))


@pytest.mark.parametrize(
    "made", [lambda: button("Hand out", name="hand-out"), lambda: IconButton("plus", "Hand out", name="hand-out")]
)
def test_a_button_is_pressed_once_by_a_double_click_and_by_enter_held_down(qtbot, qapp, made):
    shown, pressed = made(), []
    qtbot.addWidget(shown)
    shown.clicked.connect(lambda: pressed.append("pressed"))
    shown.show()
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(shown, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(shown, Qt.MouseButton.LeftButton)
    assert len(pressed) == 1
    held_enter(qapp, shown, 5)
    assert len(pressed) == 2


def test_enter_held_down_in_a_field_sends_once(qtbot, qapp):
    field, sent = Field("Name", name="name"), []
    qtbot.addWidget(field)
    field.submitted.connect(lambda: sent.append("sent"))
    field.show()
    held_enter(qapp, field.input, 5)
    assert sent == ["sent"]


def test_a_form_that_is_sent_twice_at_once_is_sent_once_and_again_after_a_refusal(qtbot):
    sent = []
    form = Form("Pack", name="pack", submit_text="Pack", submit=lambda: sent.append("sent"))
    qtbot.addWidget(form)
    form.add_row(weeks=NumberField("Weeks", name="weeks"))
    form.send()
    form.send()
    assert sent == ["sent"]
    form.refuse(RuleRefusal("not-a-number", field="weeks"))
    form.send()
    assert sent == ["sent", "sent"]
    qtbot.waitUntil(lambda: (form.send(), len(sent) == 3)[1])


def test_what_is_sent_soon_after_something_else_is_sent_once_too(qtbot, qapp, monkeypatch):
    sent = []
    form = Form("Pack", name="pack", submit_text="Pack", submit=lambda: sent.append(weeks.input.text()))
    qtbot.addWidget(form)
    weeks = NumberField("Weeks", name="weeks")
    form.add_row(weeks=weeks)
    for written, interval in (("1", 0), ("2", 60_000)):
        monkeypatch.setattr(QtWidgets.QApplication, "doubleClickInterval", lambda interval=interval: interval)
        weeks.input.setText(written)
        form.send()
    # The time of the first one is over.
    QTest.qWait(10)
    form.send()
    assert sent == ["1", "2"]


@pytest.mark.parametrize(
    "text", ["3-2-2026", "03.02.2026", "3/2", "3/2-26", "030226", "03022026", "2026-02-03", " 3-2 "]
)
def test_a_day_is_read_however_people_write_it(text):
    assert read_day(text, today=TODAY) == date(2026, 2, 3)


@pytest.mark.parametrize("text", ["", "31-2-2026", "tomorrow", "32/1", "2026", "3-2-2026-4"])
def test_what_is_no_day_is_none(text):
    assert read_day(text, today=TODAY) is None


def test_a_day_may_be_left_out_only_where_that_is_an_answer(qtbot):
    field = DayField("When", name="when", today=TODAY)
    qtbot.addWidget(field)
    assert field.day_if_any() is None
    with pytest.raises(RuleRefusal, match="not-a-day"):
        field.day()
    field.input.setText("tomorrow")
    with pytest.raises(RuleRefusal, match="not-a-day"):
        field.day_if_any()


def test_a_day_is_chosen_in_a_calendar(qtbot):
    field = DayField("When", name="when", today=TODAY)
    qtbot.addWidget(field)
    field.show()
    field.findChild(object, "when-calendar").click()
    calendar = field.findChild(QCalendarWidget)
    assert calendar.selectedDate() == QDate(2026, 11, 24)
    calendar.clicked.emit(QDate(2026, 12, 1))
    assert field.day() == date(2026, 12, 1)


def test_an_empty_number_is_unknown_and_not_zero(qtbot):
    field = NumberField("Cigarettes", name="cigarettes", decimals=True)
    qtbot.addWidget(field)
    assert field.value() is None
    field.input.setText("12,5")
    assert field.value() == 12.5
    for text in ("mange", "-3", "1,2,3", "١٢", "²"):
        field.input.setText(text)
        with pytest.raises(RuleRefusal, match="not-a-number"):
            field.value()


def test_a_number_of_too_many_digits_is_told_as_one_and_one_that_fits_is_shown_whole(qtbot):
    field = NumberField("Price", name="price", decimals=True)
    qtbot.addWidget(field)
    for text in ("1234567890", "9" * 400):
        field.input.setText(text)
        with pytest.raises(RuleRefusal, match="too-many-digits"):
            field.value()
    for value in (1234567.5, 123456789.0, 0.25):
        field.show_value(value)
        assert field.value() == value


@pytest.mark.parametrize("many", [False, True])
def test_one_of_several_answers_is_chosen(qtbot, many):
    field = ChoiceField("Way", name="way", offers=[("a", "A"), ("b", "B")], as_box=many, chosen="b")
    qtbot.addWidget(field)
    heard = []
    field.changed.connect(heard.append)
    assert field.value() == "b"
    field.choose("a")
    assert (field.value(), heard) == ("a", ["a"])


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
def test_an_answer_that_is_not_on_offer_as_a_newer_version_may_give_one_stands_until_another_is_chosen(
    qtbot, many, at_once
):
    offers = [("a", "A"), ("b", "B")]
    field = ChoiceField("Way", name="way", offers=offers, as_box=many, chosen="new_way" if at_once else "b")
    qtbot.addWidget(field)
    heard = []
    field.changed.connect(heard.append)
    field.choose("new_way")
    assert (field.value(), heard) == ("new_way", [])
    assert [box.placeholderText() for box in field.findChildren(QComboBox)] == ["Something else"] * many
    field.choose("a")
    assert (field.value(), heard) == ("a", ["a"])


def test_an_empty_page_is_read_out_in_whole_sentences(qtbot):
    for title, read_out in (("Where to begin?", "Where to begin? Here."), ("Nothing yet", "Nothing yet. Here.")):
        shown = EmptyState("users", title, "Here.")
        qtbot.addWidget(shown)
        assert shown.accessibleName() == read_out


def said_below(form, name):
    return form.findChild(QLabel, f"{name}-advice").text()


def test_a_refusal_is_told_beside_its_field_and_is_gone_at_the_next_try(qtbot):
    refusals = [RuleRefusal("future-date", field="left_on"), None]
    day = DayField("Left on", name="leave-day", today=TODAY, day=TODAY)

    def submit():
        refusal = refusals.pop(0)
        if refusal:
            raise refusal

    form = Form("Leave", name="leave", submit_text="Leave", submit=submit)
    form.add_row(left_on=day, tick=TickField("Also this", name="also"))
    qtbot.addWidget(form)
    form.show()
    QTest.keyClick(day.input, Qt.Key.Key_Return)
    assert "future" in said_below(form, "leave-day")
    form.submit_button.click()
    assert "future" not in said_below(form, "leave-day")


def test_a_field_that_cannot_be_read_complains_itself(qtbot):
    day = DayField("Left on", name="leave-day", today=TODAY)
    form = Form("Leave", name="leave", submit_text="Leave", submit=day.day)
    form.add_row(left_on=day)
    qtbot.addWidget(form)
    day.input.setText("31-2")
    form.send()
    assert "not a day" in said_below(form, "leave-day")


def test_a_refusal_without_a_field_is_told_above_the_buttons(qtbot):
    form = Form("Leave", name="leave", submit_text="Leave", submit=lambda: None)
    qtbot.addWidget(form)
    form.show()
    form.refuse(RuleRefusal("no-such-course", field="elsewhere"))
    assert form.findChild(QLabel, "leave-refusal").isVisible()


def test_a_rule_that_can_be_overridden_asks_for_the_reason(qtbot):
    form = Form("Join", name="join", submit_text="Join", submit=lambda: None)
    qtbot.addWidget(form)
    assert form.override_reason == ""
    form.refuse(RuleRefusal("nobody-present", field="x", overridable=True, source="S2", rule="r"))
    assert "Røgfri på Tværs" in form.findChild(QLabel, "join-refusal").text()
    form.findChild(object, "join-override").setText("They asked for it")
    assert form.override_reason == "They asked for it"
    form.refuse(RuleRefusal("nobody-present", field="x", overridable=True, source="S2", rule="r"))
    assert form.override_reason == "They asked for it"


def test_what_is_no_refusal_is_not_swallowed(qtbot):
    form = Form("Join", name="join", submit_text="Join", submit=lambda: None)
    qtbot.addWidget(form)
    form.add_row(name=Field("Name", name="name"))
    with pytest.raises(ValueError, match="bug"):
        form.refuse(ValueError("bug"))


@pytest.fixture
def long_page(qtbot):
    """A page that is taller than its window, with a button at its foot that opens a form below itself."""
    page = ScrollPage(name="long-page")
    qtbot.addWidget(page)
    page.resize(600, 400)
    page.body.addWidget(label("\n".join("There is much to say." for _ in range(60))))
    opened = []

    def open_form():
        form = Form("A form", name="form", submit_text="Save", submit=lambda: None)
        form.add_row(first=Field("First", name="first"), second=Field("Second", name="second"))
        opened.append(form)
        page.body.addWidget(form)

    opener = button("Open", name="opener", on_click=open_form)
    page.body.addWidget(opener)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    opener.setFocus()
    return page, opener, opened


def _is_in_sight(page, widget):
    return page.viewport().rect().contains(QRect(widget.mapTo(page.viewport(), QPoint(0, 0)), widget.size()))


def test_a_form_comes_into_sight_with_the_keyboard_in_its_first_field(qtbot, long_page):
    page, opener, opened = long_page
    assert not _is_in_sight(page, opener)
    opener.click()
    (form,) = opened
    qtbot.waitUntil(lambda: form.fields["first"].input.hasFocus())
    assert _is_in_sight(page, form)


def test_a_form_comes_into_sight_with_the_keyboard_where_it_begins(qtbot, long_page):
    page, opener, opened = long_page
    opener.click()
    (form,) = opened
    form.begin_in(form.fields["second"])
    qtbot.waitUntil(lambda: form.fields["second"].input.hasFocus())
    assert _is_in_sight(page, form)


def test_a_form_that_was_given_the_keyboard_itself_hands_it_to_its_first_field(qtbot, long_page):
    _page, opener, opened = long_page
    opener.click()
    (form,) = opened
    form.setFocus()
    qtbot.waitUntil(lambda: form.fields["first"].input.hasFocus())


def test_a_form_gives_the_keyboard_back_to_the_button_that_opened_it(qtbot, long_page):
    _page, opener, opened = long_page
    opener.click()
    (form,) = opened
    qtbot.waitUntil(lambda: form.fields["first"].input.hasFocus())
    form.cancel_button.click()
    assert opener.hasFocus()


def test_escape_leaves_a_form_as_it_was_opened_and_goes_to_the_button_that_leaves_it_otherwise(qtbot, long_page):
    _page, opener, opened = long_page
    opener.click()
    (form,) = opened
    line = form.fields["first"].input
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert form.isHidden()
    assert opener.hasFocus()
    opener.click()
    _left, form = opened
    line = form.fields["first"].input
    qtbot.waitUntil(line.hasFocus)
    QTest.keyClicks(line, "Kilden")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert form.isVisible()
    assert form.cancel_button.hasFocus()


def test_control_and_enter_send_a_form_from_any_of_its_fields_once(qtbot):
    sent = []
    form = Form("Leave", name="leave", submit_text="Leave", submit=lambda: sent.append(1))
    words, box = QPlainTextEdit(), ChoiceField("Why", name="why", offers=[(str(n), str(n)) for n in range(9)])
    form.add_row(note=Field("Note", name="note"), why=box)
    form.body.addWidget(words)
    qtbot.addWidget(form)
    form.show()
    for number, held in enumerate((words, form.findChild(QComboBox), form.fields["note"].input), start=1):
        form.fields["note"].input.setText(str(number))
        QTest.keyClick(held, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert len(sent) == number


def test_a_page_that_is_filled_anew_after_a_form_was_sent_keeps_the_keyboard_on_what_opened_it(qtbot, long_page):
    page, opener, opened = long_page
    opener.click()
    qtbot.waitUntil(lambda: opened[0].fields["first"].input.hasFocus())
    with focus_kept(page):
        fill_anew(page.body)
        again = button("Open", name="opener")
        page.body.addWidget(again)
        again.show()
    assert again.hasFocus()


@pytest.mark.parametrize("text_size", [100, 200])
def test_a_box_is_wide_enough_for_the_answers_it_offers(qtbot, qapp, text_size):
    apply_theme(qapp, "light", text_size)
    field = ChoiceField(
        "How", name="how", offers=[("short", "Call"), ("long", "Somebody on the citizen's behalf")], as_box=True
    )
    qtbot.addWidget(field)
    field.resize(field.minimumSizeHint())
    field.show()
    field.choose("long")
    box = field.findChild(QComboBox, "how")
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    whole, written = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(whole, option, written, box)
    assert room.width() >= box.fontMetrics().horizontalAdvance(box.currentText())
    apply_theme(qapp, "light", 100)


def test_a_name_with_an_ampersand_is_read_whole_on_a_button(qtbot):
    made = button("Kaffe & Kage", name="place")
    qtbot.addWidget(made)
    assert made.shortcut().isEmpty()
    assert made.accessibleName() == "Kaffe & Kage"
    made.setText("Kaffe & Te")
    assert made.shortcut().isEmpty()


def test_a_sentence_without_room_ends_with_an_ellipsis_and_is_whole_again_where_there_is_room(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    due, heading = LongBadge("Tell whoever prescribes it of the smoking", tone="problem"), OneLine(type="heading")
    heading.show_words("The drop-in centre at the old vicarage of the church")
    row, column = Flow(gap=4), QVBoxLayout(page)
    row.addWidget(due)
    column.addLayout(row)
    column.addWidget(heading)
    page.show()
    for wide, is_whole in ((120, False), (900, True)):
        page.resize(wide, 200)
        qtbot.waitUntil(lambda is_whole=is_whole: due.text().endswith("…") is not is_whole)
        assert heading.text().endswith("…") is not is_whole
        assert due.geometry().right() < wide
    assert due.text() == due.toolTip()


@pytest.mark.parametrize("text_size", [100, 200])
def test_the_cross_that_empties_a_search_stands_inside_its_line_at_the_middle(qtbot, qapp, text_size):
    apply_theme(qapp, "dark", text_size)
    line = search_field("Search for a name", name="search", on_change=lambda: None)
    qtbot.addWidget(line)
    line.resize(400, line.sizeHint().height())
    line.show()
    line.setText("Aviaja")
    cross = line.findChild(QToolButton)
    assert line.rect().contains(cross.geometry())
    assert abs(cross.geometry().center().y() - line.rect().center().y()) <= 1


@pytest.mark.parametrize("name", ["<b>Kaj</b>", "<", "Kaj & Bodil", "a < b > c", "Kaj &amp; Bodil <i>"])
def test_a_tool_tip_shows_a_name_word_for_word(name):
    shown = QtGui.QTextDocument()
    if QtGui.Qt.mightBeRichText(tip(name)):
        shown.setHtml(tip(name))
    else:
        shown.setPlainText(tip(name))
    assert shown.toPlainText() == name


def test_what_a_page_suggests_is_not_typed_and_what_is_written_over_it_is(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    suggested = DayField("Day", name="day", today=date(2026, 11, 24), day=date(2026, 11, 24))
    column.addWidget(suggested)
    # A form that always stands on its page is a part of it; one that somebody opened keeps the page.
    standing = Form("", name="standing", submit_text="Add", submit=lambda: None, is_part_of_page=True)
    name = Field("Name", name="name")
    standing.add_row(name=name)
    column.addWidget(standing)
    page.show()
    assert not is_typed_in(page)
    for line, before in ((suggested.input, "24-11-2026"), (name.input, "")):
        line.setText("25-11-2026")
        assert is_typed_in(page)
        line.setText(before)
        assert not is_typed_in(page)
    suggested.input.clear()
    assert is_typed_in(page)
    suggested.input.setText("24-11-2026")
    opened = Form("Add", name="opened", submit_text="Add", submit=lambda: None)
    column.addWidget(opened)
    opened.show()
    assert is_typed_in(page)


def test_fields_stand_in_one_line_however_many_lines_the_questions_above_them_take(qtbot):
    form = Form("", name="form", submit_text="Save", submit=lambda: None)
    long = Field("How it went in reality, as far as one knows", name="long")
    short = ChoiceField("Why", name="short", offers=[("a", "A")])
    form.add_row(long=long, short=short)
    page = QVBoxLayout(whole := QWidget())
    qtbot.addWidget(whole)
    page.addWidget(form)
    page.addStretch(1)
    whole.show()
    answer = short.findChild(QAbstractButton)
    for width, lines in ((420, 2), (900, 1), (420, 2)):
        whole.resize(width, 400)
        qtbot.wait(50)
        assert long.asked.height() // long.asked.fontMetrics().height() == lines
        assert long.input.mapTo(form, QPoint(0, 0)).y() == answer.mapTo(form, QPoint(0, 0)).y()
