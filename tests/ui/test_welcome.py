import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QToolButton

from app.error_text import sentence_for
from app.errors import KnownProblem
from app.i18n import language, use_language
from app.settings import DeviceSettings
from app.ui.settings.view import SettingsView
from app.ui.theme import apply_theme
from app.ui.unlock.view import UnlockView
from app.ui.welcome.view import DEMO_PASSPHRASE, WelcomeView

pytestmark = [
    pytest.mark.usefixtures("dressed"),
    pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True),
]
GOOD = "kaffe cykel måne"


def shown(qtbot, view):
    qtbot.addWidget(view)
    view.resize(1280, 720)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def welcome(qtbot):
    return shown(qtbot, WelcomeView())


@pytest.fixture
def unlock(qtbot):
    return shown(qtbot, UnlockView(hint="It is pusterum-demo."))


def press(view, name):
    view.findChild(QAbstractButton, name).click()


def test_trying_with_invented_data_asks_nothing(welcome, qtbot):
    with qtbot.waitSignal(welcome.try_invented) as asked:
        press(welcome, "try-invented")
    assert asked.args == [DEMO_PASSPHRASE]


def test_enrolling_hands_over_address_code_and_passphrase(welcome, qtbot):
    press(welcome, "choose-enrol")
    form = welcome.form
    for field, text in ((form.server, " https://pusterum.dk "), (form.code, "AB12"), (form.passphrase, GOOD)):
        field.input.setText(text)
    qtbot.keyClicks(form.again.input, GOOD)
    with qtbot.waitSignal(welcome.enrol) as asked:
        qtbot.keyClick(form.again.input, Qt.Key.Key_Return)
    assert asked.args == ["https://pusterum.dk", "AB12", GOOD]


def test_the_first_screen_is_gone_through_with_enter(welcome, qtbot):
    with qtbot.waitSignal(welcome.try_invented):
        qtbot.keyClick(welcome.focusWidget(), Qt.Key.Key_Return)
    qtbot.keyClick(welcome.enrolling, Qt.Key.Key_Return)
    assert welcome.form.isVisible()


def test_an_address_may_be_written_as_it_is_said(welcome, qtbot):
    press(welcome, "choose-enrol")
    for field, text in zip(welcome.form._fields(), ("pusterum.dk", "AB12", GOOD, GOOD), strict=True):
        field.input.setText(text)
    with qtbot.waitSignal(welcome.enrol) as asked:
        press(welcome, "enrol")
    assert asked.args == ["https://pusterum.dk", "AB12", GOOD]


def test_an_enrolment_that_was_refused_leaves_the_keyboard_where_it_was(welcome, qtbot):
    press(welcome, "choose-enrol")
    welcome.form.again.input.setFocus()
    welcome.set_busy("Enrolling …")
    welcome.show_problem(sentence_for(KnownProblem("no-network")))
    assert welcome.focusWidget() is welcome.form.again.input
    assert welcome.form.again.input.hasFocus()


def test_an_unfinished_form_says_what_is_missing_and_goes_nowhere(welcome, qtbot):
    press(welcome, "choose-enrol")
    welcome.form.server.input.setText("https://pusterum.dk")
    welcome.form.passphrase.input.setText("kort")
    with qtbot.assertNotEmitted(welcome.enrol):
        press(welcome, "enrol")
    assert welcome.findChild(QLabel, "one-time-code-advice").text() == "Write the code you were given."
    assert welcome.form.code.input.property("wrong")
    assert welcome.focusWidget() is welcome.form.code.input


@pytest.mark.parametrize(
    ("first", "second", "advice", "again"),
    [
        ("kaffe", "", "5 more characters are needed.", " "),
        ("kaffekopp", "", "1 more character is needed.", " "),
        ("aaaaaaaaaaaa", "", "Easy to guess: add another word or two that have nothing to do with each other.", " "),
        (GOOD, "kaffe", "Good: hard to guess.", " "),
        (GOOD, "te", "Good: hard to guess.", "They are not the same yet."),
        (GOOD, GOOD, "Good: hard to guess.", "They are the same."),
    ],
)
def test_advice_comes_while_the_passphrase_is_written(welcome, first, second, advice, again):
    welcome.form.passphrase.input.setText(first)
    welcome.form.again.input.setText(second)
    said = [welcome.findChild(QLabel, f"{name}-advice").text() for name in ("passphrase", "passphrase-again")]
    assert said == [advice, again]


def test_choosing_danish_says_everything_in_danish_and_keeps_what_was_written(welcome, qtbot):
    press(welcome, "choose-enrol")
    welcome.form.server.input.setText("https://pusterum.dk")
    with qtbot.waitSignal(welcome.language_chosen) as chosen:
        press(welcome, "language-da")
    assert chosen.args == ["da"]
    assert language() == "da"
    assert welcome.form.isVisible()
    assert welcome.form.go.text() == "Tilmeld denne computer"
    assert welcome.form.server.text() == "https://pusterum.dk"


def test_a_problem_is_said_and_the_form_can_be_used_again(welcome):
    press(welcome, "choose-enrol")
    welcome.form.code.input.setText("AB12")
    welcome.set_busy("Enrolling this laptop")
    assert not welcome.form.isEnabled()
    welcome.show_problem(sentence_for(KnownProblem("expired-code")))
    assert welcome.notice.shown_text.startswith("The one-time code has expired.")
    assert welcome.form.isEnabled()
    assert welcome.form.code.text() == "AB12"


def test_going_back_offers_the_two_ways_again(welcome):
    press(welcome, "choose-enrol")
    press(welcome, "back")
    assert welcome.invented.isVisible()
    assert not welcome.form.isVisible()


def test_enter_unlocks_and_the_passphrase_is_hidden_until_asked_for(unlock, qtbot):
    field = unlock.findChild(QLineEdit, "unlock-passphrase")
    assert field.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(field, DEMO_PASSPHRASE)
    press(unlock, "unlock-passphrase-reveal")
    assert field.echoMode() is QLineEdit.EchoMode.Normal
    eye = unlock.findChild(QToolButton, "unlock-passphrase-reveal")
    assert eye.toolTip() == "Hide the passphrase"
    assert eye.accessibleName() == "Hide the passphrase: Passphrase"
    with qtbot.waitSignal(unlock.unlock) as asked:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert asked.args == [DEMO_PASSPHRASE]


def test_an_empty_passphrase_unlocks_nothing(unlock, qtbot):
    with qtbot.assertNotEmitted(unlock.unlock):
        press(unlock, "unlock-go")
    assert unlock.findChild(QLabel, "unlock-passphrase-advice").text() == "Write your passphrase."


def test_a_wrong_passphrase_is_said_and_can_be_typed_over(unlock, qtbot):
    unlock.passphrase.input.setText("wrong")
    unlock.set_busy("Unlocking")
    assert not unlock.go.isEnabled()
    unlock.show_problem(sentence_for(KnownProblem("wrong-passphrase")))
    assert unlock.notice.shown_text.startswith("The passphrase does not fit.")
    assert unlock.passphrase.input.selectedText() == "wrong"
    unlock.clear()
    assert unlock.passphrase.text() == ""
    assert unlock.notice.shown_text == ""


def test_each_setting_is_told_when_it_is_chosen(qtbot):
    view = shown(qtbot, SettingsView(DeviceSettings(server_url="https://pusterum.dk")))
    for name, signal, value in (
        ("language-en", view.language_chosen, "en"),
        ("text-size-150", view.text_size_chosen, 150),
        ("theme-dark", view.theme_chosen, "dark"),
    ):
        with qtbot.waitSignal(signal) as told:
            press(view, name)
        assert told.args == [value]
    with qtbot.waitSignal(view.lock_now):
        press(view, "lock-now")
    assert view.findChild(QLabel, "server-shown").text() == "https://pusterum.dk"


@pytest.mark.parametrize("make", [WelcomeView, UnlockView, lambda: SettingsView(DeviceSettings())])
@pytest.mark.parametrize("size", [100, 200])
@pytest.mark.parametrize("code", ["da", "en"])
def test_every_control_is_named_large_enough_and_nothing_is_cut(qapp, qtbot, make, size, code):
    use_language(code)
    apply_theme(qapp, "light", size)
    view = shown(qtbot, make())
    if isinstance(view, WelcomeView):
        view.enrolling.click()
    for control in (*view.findChildren(QAbstractButton), *view.findChildren(QLineEdit)):
        assert control.objectName()
        assert control.accessibleName() or not control.isVisible()
        if control.isVisible():
            assert control.height() >= 40
            assert control.width() >= 40
    words = [found for found in view.findChildren(QLabel) if found.isVisible() and found.text().strip()]
    qtbot.waitUntil(lambda: all(found.height() >= found.heightForWidth(found.width()) for found in words))
    area = view.findChild(type(view._page))
    assert area.widget().width() <= area.viewport().width()
