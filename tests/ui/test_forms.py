from datetime import date

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCalendarWidget, QLabel

from app import i18n
from app.errors import RuleRefusal
from app.ui.theme import apply_theme
from app.ui.widgets import ChoiceField, DayField, Field, Form, NumberField, TickField
from app.ui.widgets.form_fields import read_day

TODAY = date(2026, 11, 24)

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture(autouse=True)
def dressed(qapp):
    i18n.use_language("en")
    apply_theme(qapp, "light", 100)
    yield
    i18n.use_language("system")


@pytest.mark.parametrize(
    "text", ["3-2-2026", "03.02.2026", "3/2", "3/2-26", "030226", "03022026", "2026-02-03", " 3-2 "]
)
def test_a_day_is_read_however_people_write_it(text):
    assert read_day(text, today=TODAY) == date(2026, 2, 3)


@pytest.mark.parametrize("text", ["", "31-2-2026", "tomorrow", "32/1", "2026", "3-2-2026-4"])
def test_what_is_no_day_is_none(text):
    assert read_day(text, today=TODAY) is None


def test_a_day_may_be_left_out_only_where_that_is_an_answer(qtbot):
    optional, needed = (
        DayField("When", name="when", today=TODAY, optional=True),
        DayField("When", name="when", today=TODAY),
    )
    qtbot.addWidget(optional)
    qtbot.addWidget(needed)
    assert optional.day() is None
    with pytest.raises(RuleRefusal, match="not-a-day"):
        needed.day()


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
    for text in ("mange", "-3", "1,2,3", "١٢"):
        field.input.setText(text)
        with pytest.raises(RuleRefusal, match="not-a-number"):
            field.value()


@pytest.mark.parametrize("many", [False, True])
def test_one_of_several_answers_is_chosen(qtbot, many):
    field = ChoiceField("Way", name="way", offers=[("a", "A"), ("b", "B")], as_box=many, chosen="b")
    qtbot.addWidget(field)
    heard = []
    field.changed.connect(heard.append)
    assert field.value() == "b"
    field.choose("a")
    assert (field.value(), heard) == ("a", ["a"])


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
