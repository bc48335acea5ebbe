"""The session sheet and the person's page by keys alone: the keyboard is always where one expects it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton, QScrollArea, QWidget
from sqlalchemy import select

from app.models.person import ContactAttempt, Referral
from app.models.smoking import Measurement
from app.services.record_contact import RecordContact, record_contact
from app.ui.session_sheet.sheet_model import Column
from app.ui.shell.keyboard import tab_order
from app.ui.today.sessions_panel import SessionsPanel
from app.ui.today.tips_panel import TIPS
from app.ui.widgets import Form, ResultBar
from tests.trial_laptop import CLOCK
from tools.demo_day import open_first_session

KEY = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def keys(day):
    day.pusterum.window.activateWindow()
    day.wait(day.pusterum.window.isActiveWindow, "the window to be the active one")
    return day


def at(day):
    """The name of what has the keyboard."""
    found = day.application.focusWidget()
    return found.objectName() if found is not None else ""


def test_from_today_into_a_session_into_a_person_and_back(keys):
    workspace = keys.pusterum.workspace
    keys.press((KEY.Key_1, CONTROL))
    keys.wait(lambda: at(keys).startswith("open-"), "the first session to have the keyboard")
    keys.press((KEY.Key_1, CONTROL))
    keys.wait(lambda: at(keys).startswith("open-"), "it to have the keyboard again")
    keys.press(KEY.Key_Return)
    keys.wait(lambda: at(keys) == "sheet-table", "the sheet")
    keys.press(KEY.Key_F6)
    assert at(keys) == "walk-in-name"
    keys.press(KEY.Key_Escape)
    assert at(keys) == "sheet-table"
    workspace.session.table.begin(0, Column.NAME)
    keys.press(KEY.Key_Return)
    keys.wait(lambda: workspace.shown is workspace.person, "the person")
    assert at(keys) == "person-sections"
    keys.press(KEY.Key_F9)
    keys.press(KEY.Key_Escape)
    assert at(keys) == "person-sections"
    keys.find("person-back").setFocus()
    keys.press(KEY.Key_Return)
    assert workspace.shown is workspace.session
    assert at(keys) == "sheet-table"


def test_after_the_last_session_tab_goes_through_the_diplomas_into_the_sheet_below_them(keys):
    table = open_first_session(keys)
    keys.press(KEY.Key_F5, (KEY.Key_Return, CONTROL))
    keys.wait(lambda: at(keys) == "all-diplomas", "the diplomas to have the keyboard")
    for _ in range(table.model().rowCount()):
        keys.press(KEY.Key_Tab)
        assert at(keys).startswith("diploma-")
        # Its button shows a name; a screen reader says what it is for.
        assert keys.application.focusWidget().accessibleName().startswith("Make the diploma for ")
    keys.press(KEY.Key_Tab)
    assert at(keys) == "sheet-table"


def test_after_an_unfinished_session_is_closed_the_keyboard_is_on_the_next_one(day):
    app = day.pusterum
    day_before = app.clock.at
    try:
        openings = [found.objectName() for found in opened_by(day)]
        for name in openings:
            day.click("go-today")
            day.click(name)
            table = day.find("sheet-table")
            day.wait(lambda table=table: table.model().rowCount() > 0, "the people")
            day.press(KEY.Key_F5)
        app.clock.at += timedelta(days=1)
        day.click("go-today")
        first, second = [found.objectName() for found in opened_by(day)][:2]
        assert day.pusterum.window.focusWidget().objectName() == first
        day.press(KEY.Key_Return)
        day.press((KEY.Key_Return, CONTROL))
        day.wait(lambda: app.workspace.session.model.is_closed, "the session to close")
        day.press((KEY.Key_1, CONTROL))
        focused = day.pusterum.window.focusWidget()
        assert (focused.objectName(), focused.isVisible()) == (second, True)
    finally:
        app.clock.at = day_before


def test_the_day_is_closed_with_one_key_and_enter_and_enter_tries_again(keys):
    workspace = keys.pusterum.workspace
    sent = []
    workspace.send.connect(lambda: sent.append(at(keys)))
    keys.press((KEY.Key_9, CONTROL))
    keys.wait(lambda: workspace.shown is workspace.sync and at(keys) == "send", "the keyboard to be where one sends")
    keys.press(KEY.Key_Return)
    # There is no server: it is said, and Enter tries again.
    keys.wait(lambda: keys.find("send").text() == "Try again", "the answer")
    keys.wait(lambda: at(keys) == "send", "the keyboard to be back")
    keys.press(KEY.Key_Return)
    assert sent == ["send", "send"]


def opened_by(day):
    """The buttons that open a session of Today, from the top."""
    return [
        found
        for found in day.pusterum.workspace.today.findChild(SessionsPanel).findChildren(QPushButton)
        if found.objectName().startswith("open-") and found.isVisible()
    ]


def test_a_tip_stands_under_the_sessions_of_the_day_and_each_is_waved_away_with_a_key(keys):
    today = keys.pusterum.workspace.today
    tips, sessions = (today.findChild(QWidget, name) for name in ("tips-panel", "sessions-panel"))
    keys.wait(tips.isVisible, "the first tip")
    assert tips.y() >= sessions.y() + sessions.height()
    keys.find(f"tip-{TIPS[0][0]}").setFocus()
    for key, _title, _text in TIPS:
        assert at(keys) == f"tip-{key}"
        keys.press(KEY.Key_Space)
    assert not tips.isVisible()
    assert keys.application.focusWidget() is not None


def test_the_sections_of_a_person_are_gone_through_and_the_keyboard_never_falls_out_of_the_page(keys):
    workspace = keys.pusterum.workspace
    person = workspace.person
    workspace._open_person(_referred(keys))
    keys.settle()
    shown = [person.section]
    for _ in person.section_keys[1:]:
        keys.press(KEY.Key_Down)
        shown.append(person.section)
        assert at(keys) == "person-sections"
    assert tuple(shown) == person.section_keys
    left = 0
    for section in person.section_keys:
        person.show_section(section)
        keys.settle()
        person.setFocus()
        keys.press(KEY.Key_Tab)
        if person.isAncestorOf(keys.application.focusWidget()) and at(keys) != "person-sections":
            keys.press((KEY.Key_PageDown, CONTROL))
            assert at(keys) == "person-sections", section
            left += 1
    assert left > len(person.section_keys) // 2


def test_every_form_of_a_person_is_gone_through_by_tab_from_its_fields_to_its_buttons(keys):
    workspace = keys.pusterum.workspace
    workspace._open_person(_referred(keys), "contacts")
    keys.settle()
    opener = keys.find("note-contact")
    opener.setFocus()
    keys.press(KEY.Key_Space)
    keys.wait(lambda: at(keys) == "person-attempt-channel-phone", "the first answer to have the keyboard")
    walked = [at(keys)]
    while walked[-1] != "person-attempt-form-cancel" and len(walked) < 12:
        keys.press(KEY.Key_Tab)
        walked.append(at(keys))
    assert walked[-2:] == ["person-attempt-form-submit", "person-attempt-form-cancel"]
    assert "person-attempt-note" in walked
    keys.press(KEY.Key_Space)
    assert at(keys) == "note-contact"


def test_readiness_and_confidence_of_a_talk_are_corrected_where_they_stand_and_say_why(keys):
    person_id = _referred(keys)
    store = keys.pusterum.store
    with store.session() as session:
        actor = session.scalars(select(ContactAttempt.recorded_by)).first()
    with store.unit_of_work(actor=actor, clock=CLOCK) as work:
        record_contact(
            RecordContact(
                person_id=person_id, channel="phone", purpose="other", outcome="reached", readiness=7.0, confidence=4.0
            ),
            work=work,
        )
    keys.pusterum.workspace._open_person(person_id, "history")
    keys.settle()
    for kind, said, right in (("readiness", "Readiness", "8"), ("confidence", "Confidence", "5")):
        correcting = _button_called(keys, f"Correct {said}")
        correcting.setFocus()
        keys.press(KEY.Key_Space)
        keys.wait(lambda: at(keys) == "value", "the field of the value")
        keys.application.focusWidget().selectAll()
        keys.press("11", KEY.Key_Tab, "Misheard", KEY.Key_Return)
        assert keys.find("value-advice").text().strip()
        assert _standing(keys, person_id, kind) == (7.0 if kind == "readiness" else 4.0)
        keys.find("value").setFocus()
        keys.find("value").selectAll()
        keys.press(right, KEY.Key_Return)
        keys.wait(lambda kind=kind, right=right: _standing(keys, person_id, kind) == float(right), "the correction")
        keys.settle()
        assert keys.application.focusWidget() is not None
        assert keys.pusterum.workspace.person.isAncestorOf(keys.application.focusWidget())


def _referred(day):
    """Somebody who was referred and whom one may call."""
    with day.pusterum.store.session() as session:
        return session.scalars(select(Referral.person_id).where(Referral.state == "open").order_by(Referral.id)).first()


def _button_called(day, beginning):
    day.settle()
    return next(
        button
        for button in day.pusterum.window.findChildren(QAbstractButton)
        if button.isVisible() and button.accessibleName().startswith(beginning)
    )


def _standing(day, person_id, kind):
    """The value that counts now: one that no other takes the place of."""
    day.settle()
    with day.pusterum.store.session() as session:
        rows = list(
            session.scalars(select(Measurement).where(Measurement.person_id == person_id, Measurement.kind == kind))
        )
    replaced = {row.corrects_id for row in rows}
    return next(row.value for row in rows if row.id not in replaced)


def test_a_form_that_opens_late_on_a_screen_one_has_left_takes_no_keyboard(keys):
    workspace = keys.pusterum.workspace
    keys.click("go-people")
    search = keys.find("people-search")
    workspace._desk.open("bag")
    keys.settle()
    keys.find("bag-count").click()
    workspace._desk.open("people")
    search.setFocus()
    keys.settle()
    assert workspace.shown is workspace.people
    assert at(keys) == "people-search"
    keys.press("an")
    assert search.text() == "an"


PAGES = ("people", "places", "referrals", "courses", "bag", "follow-ups", "inbox", "sync", "settings")


@pytest.mark.parametrize("page", PAGES)
def test_whoever_comes_to_a_page_by_keys_begins_below_its_header_on_what_shows_that_it_has_the_keyboard(keys, page):
    workspace = keys.pusterum.workspace
    workspace._desk.open(page)
    keys.settle()
    focused = keys.application.focusWidget()
    assert focused is not workspace.shown
    assert workspace.shown.isAncestorOf(focused)
    assert not focused.visibleRegion().isEmpty()
    if page in ("people", "places", "referrals", "courses", "follow-ups"):
        assert at(keys).endswith("-search")
    if page == "bag":
        assert at(keys) == "bag-pack"


@pytest.mark.parametrize("page", PAGES)
def test_tab_goes_round_each_page_as_one_reads_and_is_always_seen(keys, page):
    window, workspace = keys.pusterum.window, keys.pusterum.workspace
    window.resize(900, 600)
    workspace._desk.open(page)
    keys.settle()
    walked = []
    while (focused := keys.application.focusWidget()) not in walked:
        walked.append(focused)
        assert not focused.visibleRegion().isEmpty(), focused.objectName()
        keys.press(KEY.Key_Tab)
    assert focused is walked[0]
    behind = next(place for place, found in enumerate(walked) if found.objectName() == "lock") + 1
    inside = [found for found in walked[behind:] + walked[:behind] if workspace.shown.isAncestorOf(found)]
    assert len(inside) > 1
    for before, after in pairwise(inside):
        assert _top(after, workspace.shown) + after.height() > _top(before, workspace.shown), after.objectName()


def _top(widget, screen):
    """How far down it stands on its screen, however far that is scrolled."""
    scrolled = next(iter(screen.findChildren(QScrollArea)), None)
    whole = scrolled.widget() if scrolled is not None and scrolled.isAncestorOf(widget) else screen
    return widget.mapTo(whole, QPoint(0, 0)).y()


def test_rows_that_are_read_anew_come_before_what_stands_below_them(keys):
    workspace = keys.pusterum.workspace
    workspace._desk.open("referrals")
    keys.settle()
    workspace.shown.refresh()
    keys.settle()
    keys.find("referrals-search").setFocus()
    walked = []
    while at(keys) not in walked:
        walked.append(at(keys))
        keys.press(KEY.Key_Tab)
    rows = [place for place, name in enumerate(walked) if name.startswith(("referral-person-", "call-"))]
    assert rows
    assert max(rows) < walked.index("referrals-list-more") < walked.index("referrals-documents-open")


def test_tab_from_the_navigation_comes_to_the_place_one_is_at(keys):
    # Qt lets Tab come to the one of them alone that had the keyboard last.
    keys.find("go-today").setFocus()
    keys.pusterum.workspace._desk.open("settings")
    keys.settle()
    keys.find("find").setFocus()
    keys.press(KEY.Key_Tab)
    assert at(keys) == "go-settings"
    keys.press(KEY.Key_Up)
    assert at(keys) == "go-sync"


def test_tab_comes_to_the_answer_at_the_foot_of_a_page_behind_all_that_scrolls(keys):
    keys.pusterum.workspace.findChild(ResultBar, "tasks-notice").show_notice("success", "Done.", action="Take it back")
    keys.settle()
    keys.find("lock").setFocus()
    keys.press((KEY.Key_Backtab, Qt.KeyboardModifier.ShiftModifier))
    walked = []
    while at(keys) not in walked:
        walked.append(at(keys))
        keys.press(KEY.Key_Tab)
    assert walked[-1] != "tasks-notice-dismiss"
    behind = walked.index("tasks-notice-action")
    assert walked[behind + 1] == "tasks-notice-dismiss"
    assert behind > max(place for place, name in enumerate(walked) if name.startswith(("open-", "referral-", "done-")))


def test_tab_stays_where_one_finds_and_escape_gives_the_keyboard_back_to_where_it_was(keys):
    workspace = keys.pusterum.workspace
    for page, begins_in in (("settings", "language-en"), ("people", "people-search")):
        workspace._desk.open(page)
        keys.settle()
        keys.find(begins_in).setFocus()
        keys.press((KEY.Key_K, CONTROL))
        walked = []
        for _ in range(4):
            walked.append(at(keys))
            keys.press(KEY.Key_Tab)
        assert walked == ["palette-input", "palette-reason"] * 2
        keys.press(KEY.Key_Escape)
        assert at(keys) == begins_in


def test_whoever_comes_back_to_a_page_sees_where_the_keyboard_is(keys):
    workspace = keys.pusterum.workspace
    keys.pusterum.window.resize(900, 600)
    workspace._desk.open("settings")
    keys.settle()
    last = [found for found in tab_order(workspace.shown) if isinstance(found, QPushButton)][-1]
    last.setFocus()
    workspace.settings.findChild(QScrollArea).verticalScrollBar().setValue(0)
    assert last.visibleRegion().isEmpty()
    workspace._desk.open("today")
    keys.settle()
    workspace._desk.open("settings")
    keys.settle()
    assert keys.application.focusWidget() is last
    assert not last.visibleRegion().isEmpty()


def test_a_page_is_scrolled_to_what_tab_comes_to_from_beside_it(keys):
    keys.pusterum.window.resize(900, 600)
    keys.pusterum.workspace._desk.open("settings")
    keys.settle()
    page = keys.pusterum.workspace.settings.findChild(QScrollArea)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    keys.find("lock").setFocus()
    keys.press(KEY.Key_Tab)
    focused = keys.application.focusWidget()
    assert page.isAncestorOf(focused)
    assert not focused.visibleRegion().isEmpty()


def test_whoever_leaves_a_form_is_back_at_its_button_though_its_card_was_built_anew(keys):
    person = open_first_session(keys).model().rows[0].person_id
    keys.pusterum.workspace._open_person(person, "course")
    keys.settle()
    for name in ("join-course", "move-team"):
        keys.find(name).setFocus()
        keys.press(KEY.Key_Return)
        keys.wait(lambda: keys.pusterum.workspace.person.findChildren(Form), "the form")
        keys.settle()
        keys.press(KEY.Key_Escape)
        keys.settle()
        assert at(keys) == name
