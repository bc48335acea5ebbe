"""The coordinator's rules through the real window."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from sqlalchemy import select

from app.domain.programmes import presets
from app.domain.rules import SHOWN
from app.models.course import Course
from app.models.organisation import DayOff, Place, ProgrammeVersion
from app.ui.programmes.said import DocumentsSay
from app.ui.programmes.view import ProgrammesView
from app.ui.programmes.words import rule_word
from app.ui.widgets import Card, Form


@pytest.fixture
def laptop(coordinators_laptop):
    return coordinators_laptop


def versions(day, key="roegfri_paa_tvaers"):
    day.settle()
    with day.pusterum.store.session() as session:
        return list(
            session.scalars(
                select(ProgrammeVersion).where(ProgrammeVersion.key == key).order_by(ProgrammeVersion.valid_from)
            )
        )


def page(day):
    day.pusterum.workspace._desk.open("programmes")
    day.wait(lambda: day.pusterum.window.findChild(ProgrammesView), "the screen")
    view = day.pusterum.window.findChild(ProgrammesView)
    day.wait(lambda: view._page is not None, "the programmes")
    view._choose(versions(day)[-1].id)
    day.settle()
    return view


def test_a_rule_is_changed_as_a_new_version_from_a_day_and_the_old_one_ends_before_it(day):
    page(day)
    day.click("change-first_contact_deadline")
    day.find("change-value").setText("3")
    day.find("change-source").setText("Styregruppen")
    day.press(Qt.Key.Key_Return)
    day.find("version-from").setText("01-07-2027")
    day.click("version-save")
    day.wait(lambda: len(versions(day)) == 2, "the new version")
    old, new = versions(day)
    assert (old.valid_to, new.valid_from) == (date(2027, 6, 30), date(2027, 7, 1))
    assert new.rules["first_contact_deadline"]["value"] == 3
    assert new.rules["first_contact_deadline"]["source"] == "Styregruppen"
    assert old.rules["first_contact_deadline"]["value"] == 2


def test_the_page_begins_at_its_head_with_the_keyboard_where_it_was(day):
    view = page(day)
    day.settle()
    assert view._page.verticalScrollBar().value() == 0
    assert not view.findChild(Form, "day-off").isAncestorOf(day.pusterum.window.focusWidget())


def test_a_value_that_is_none_is_refused_beside_the_field_and_changes_nothing(day):
    view = page(day)
    day.click("change-first_contact_deadline")
    day.find("change-value").setText("soon")
    day.click("change-rule-submit")
    assert "kind of value" in day.find("change-value-advice").text()
    assert view._changed == {}


def test_what_consents_decide_is_shown_as_fixed_and_cannot_be_changed(day):
    view = page(day)
    for key in ("consent_age_least", "follow_up_population"):
        assert day.find(f"fixed-{key}").text() == "Fixed by the rules on consent"
        assert "what each person has said yes to" in day.find(f"fixed-{key}").toolTip()
        assert view.findChild(QWidget, f"change-{key}") is None
        assert view.findChild(QWidget, f"remove-{key}") is None


def test_a_limit_for_co_is_added_where_follow_up_stands_and_decided_by_the_cooperation(day):
    view = page(day)
    day.click("add-rule")
    day.find("add-rule-which").setCurrentIndex(day.find("add-rule-which").findData("co_verified_below"))
    day.click("add-rule-form-submit")
    assert day.find("change-value").text() == "10"
    day.find("change-value").setText("5,5")
    day.click("change-rule-submit")
    added = view.findChild(QLabel, "value-co_verified_below")
    assert added.text() == "5.5 ppm"
    assert view.findChild(Card, "rules-closure").isAncestorOf(added)


def test_changes_are_thrown_away_at_once_and_the_rules_filter_as_one_types(day):
    view = page(day)
    day.find("rules-search").setText("diploma")
    assert day.find("change-diploma_at").isVisible()
    assert not view.findChild(QLabel, "rule-first_contact_deadline").isVisible()
    assert len([card for card in {line.card for line in view._lines} if card.isVisible()]) == 1
    day.find("rules-search").setText("no rule says this")
    assert day.find("rules-nothing-fits").isVisible()
    day.find("rules-search").clear()
    assert view.findChild(QLabel, "rule-first_contact_deadline").isVisible()
    day.click("change-diploma_at")
    day.find("change-value").setText("last_session")
    day.click("change-rule-submit")
    day.click("version-discard")
    assert view._changed == {}
    assert len(versions(day)) == 1


def test_the_day_that_was_typed_and_the_changes_stay_when_more_is_changed_or_another_version_chosen(day):
    view = page(day)
    there = view._version_id
    day.click("change-diploma_at")
    day.click("change-rule-submit")
    day.find("version-from").setText("01-07-2027")
    day.click("change-first_contact_deadline")
    day.find("change-value").setText("3")
    day.click("change-rule-submit")
    assert day.find("version-from").text() == "01-07-2027"
    choosing = day.find("programme-version")
    other = next(place for place in range(choosing.count()) if choosing.itemData(place) != there)
    choosing.setCurrentIndex(other)
    day.settle()
    assert (view._version_id, choosing.currentData()) == (there, there)
    assert set(view._changed) == {"diploma_at", "first_contact_deadline"}
    assert "changes that are not saved" in view.notice.shown_text
    day.click("version-discard")
    day.find("programme-version").setCurrentIndex(other)
    day.settle()
    assert view._version_id != there


def test_a_day_off_is_added_for_everybody_and_every_year(day):
    page(day)
    day.find("day-off-name").setText("Grundlovsdag")
    day.find("day-off-day").setText("05-06-2027")
    day.click("day-off-submit")

    def found():
        with day.pusterum.store.session() as session:
            return [row for row in session.scalars(select(DayOff)) if row.name == "Grundlovsdag"]

    day.wait(found, "the day off")
    assert "06-05" in {row.every_year for row in found()}


def test_a_rule_is_added_from_another_document_and_one_is_left_out_with_a_reason(day):
    page(day)
    day.click("add-rule")
    day.find("add-rule-which").setCurrentIndex(day.find("add-rule-which").findData("nrt_weeks"))
    day.click("add-rule-form-submit")
    day.find("change-value").setText("10")
    day.find("change-source").setText("Styregruppen")
    day.find("change-note").setText("Vi prøver det i et år")
    day.click("change-rule-submit")
    day.click("remove-diploma_at")
    day.click("remove-rule-submit")
    day.wait(lambda: "reason" in day.find("remove-reason-advice").text(), "the sentence")
    day.find("remove-reason").setText("Ingen vil have det")
    day.click("remove-rule-submit")
    day.click("version-save")
    day.wait(lambda: len(versions(day)) == 2, "the new version")
    new = versions(day)[-1]
    added = new.rules["nrt_weeks"]
    assert (added["value"], added["source"], added["note"]) == (10, "Styregruppen", "Vi prøver det i et år")
    assert "diploma_at" not in new.rules
    assert new.removed == {"diploma_at": {"source": "own", "reason": "Ingen vil have det"}}
    assert "Ingen vil have det" in day.find("left-out-diploma_at").text()


def test_what_was_to_be_added_or_left_out_is_taken_back_by_the_same_button(day):
    view = page(day)
    day.click("remove-diploma_at")
    day.find("remove-reason").setText("Ingen vil have det")
    day.click("remove-rule-submit")
    day.click("remove-diploma_at")
    day.click("add-rule")
    day.find("add-rule-which").setCurrentIndex(day.find("add-rule-which").findData("nrt_weeks"))
    day.click("add-rule-form-submit")
    day.click("change-rule-submit")
    day.click("remove-nrt_weeks")
    assert (view._changed, view._removed) == ({}, {})


@pytest.mark.parametrize("screen", ["referrals", "place", "course", "follow-ups", "vouchers", "reports"])
def test_what_the_documents_say_opens_where_one_works(day, screen):
    table = {"place": Place, "course": Course}.get(screen)
    key = ""
    if table is not None:
        with day.pusterum.store.session() as session:
            key = session.scalars(select(table.id).limit(1)).first()
    day.pusterum.workspace._desk.open(screen, key)
    day.wait(lambda: day.pusterum.window.findChild(DocumentsSay, f"{screen}-documents"), "the screen")
    day.click(f"{screen}-documents-open")
    said = day.pusterum.window.findChild(DocumentsSay, f"{screen}-documents")
    day.wait(lambda: len(said.card.findChildren(QLabel)) > 3, "the rules")
    words = {shown.text() for shown in said.card.findChildren(QLabel)}
    expected = [key for key in SHOWN[screen] if presets()["roegfri_paa_tvaers"].has(key)]
    assert {rule_word(key) for key in expected} <= words
