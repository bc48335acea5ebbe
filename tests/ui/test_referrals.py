"""Taking referrals in, and finding out that somebody is here twice, through the real window."""

from threading import Event

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from shiboken6 import delete
from sqlalchemy import select

from app.errors import KnownProblem
from app.models.person import ContactAttempt, Person, Referral
from app.ui.referrals.view import ReferralsView
from app.ui.theme import current_metrics

KEY = Qt.Key


def stored(day, table, *where):
    day.settle()
    with day.pusterum.store.session() as session:
        return list(session.scalars(select(table).where(*where).order_by(table.id)))


def referrals(day):
    day.pusterum.workspace._desk.open("referrals", "new")
    day.wait(lambda: day.pusterum.window.findChild(QObject, "referral-given"), "the form")
    day.settle()
    return day.pusterum.window.findChild(ReferralsView)


def test_a_referral_is_taken_in_with_the_keyboard_alone(day):
    before = len(stored(day, Referral))
    referrals(day)
    day.press("Ejnar Ukendt", KEY.Key_Tab, KEY.Key_Return)
    day.wait(lambda: len(stored(day, Referral)) == before + 1, "the referral")
    referral = stored(day, Referral)[-1]
    (person,) = stored(day, Person, Person.id == referral.person_id)
    assert (person.nickname, referral.state, referral.channel) == ("Ejnar Ukendt", "open", "staff")


def test_what_a_form_asked_for_may_come_when_it_is_closed_and_gone(day):
    view = referrals(day)
    desk, form, slow = day.pusterum.workspace._desk, view._form, Event()
    desk.ask(lambda _reading: slow.wait(30), on_done=lambda _: None)
    form._look_for_known()
    desk.do(lambda _work: _fail(), on_done=form._made, on_error=form.form.refuse)
    view._close_form()
    delete(form)
    slow.set()
    day.settle()
    assert "disk is full" in day.pusterum.workspace.notice.shown_text


def _fail():
    raise KnownProblem("disk-full")


def test_a_name_stands_over_what_is_below_it_with_its_ring_left_of_that(day):
    day.pusterum.workspace._desk.open("referrals")
    day.settle()
    view = day.pusterum.window.findChild(ReferralsView)
    name = next(made for made in view.findChildren(QPushButton) if made.objectName().startswith("referral-person-"))
    below = next(made for made in name.parentWidget().findChildren(QLabel) if made.y() > name.geometry().bottom())
    # A border of one pixel, then the room inside it.
    assert name.x() + 1 + current_metrics().space_1 == below.x()
    assert name.x() >= 0


def test_a_referral_without_a_name_is_refused_beside_the_field(day):
    before = len(stored(day, Person))
    referrals(day)
    day.press(KEY.Key_Return)
    day.wait(lambda: "name is needed" in day.find("referral-given-advice").text(), "the sentence")
    assert len(stored(day, Person)) == before


def test_somebody_known_shows_up_while_one_types_and_is_not_made_twice(day):
    known = next(person for person in stored(day, Person) if person.given_name and person.family_name)
    people = len(stored(day, Person))
    view = referrals(day)
    view._form.given.input.setText(known.given_name)
    view._form.family.input.setText(known.family_name)
    day.wait(lambda: day.pusterum.window.findChild(QObject, f"same-{known.id}"), "the proposal")
    day.click(f"same-{known.id}")
    assert known.given_name in day.find("referral-known").text()
    day.click("referral-form-submit")
    day.wait(lambda: view._form is None, "the referral")
    assert len(stored(day, Person)) == people
    assert stored(day, Referral)[-1].person_id == known.id


def test_a_number_says_what_it_means_and_a_wrong_one_what_is_wrong(day):
    view = referrals(day)
    field = view._form.identifier
    for typed, said in (
        ("710390-1234", "Replacement number, born"),
        ("0103901AB4", "letters (eCPR)"),
        ("3202901234", "no such day"),
        ("123", "ten characters"),
    ):
        field.input.setText(typed)
        field.judge()
        assert said in day.find("referral-identifier-advice").text()


def test_a_call_is_noted_from_the_list_of_referrals(day):
    day.pusterum.workspace._desk.open("referrals")
    day.settle()
    waiting = stored(day, Referral, Referral.state == "open")[0]
    before = len(stored(day, ContactAttempt))
    day.click(f"call-{waiting.id}")
    day.click(f"attempt-{waiting.id}-result-declined")
    box = day.find(f"attempt-{waiting.id}-outcome", QComboBox)
    box.setCurrentIndex(box.findData("reached"))
    day.click(f"attempt-{waiting.id}-form-submit")
    day.wait(lambda: len(stored(day, ContactAttempt)) == before + 1, "the fact")
    assert stored(day, Referral, Referral.id == waiting.id)[0].state == "declined"


def test_somebody_who_still_thinks_is_no_late_call_and_is_closed_from_the_list(day):
    waiting = stored(day, Referral, Referral.state == "open")[0]
    (person,) = stored(day, Person, Person.id == waiting.person_id)
    day.pusterum.workspace._desk.open("referrals")
    day.settle()
    # Below those who wait it would be drawn once one gets there.
    day.pusterum.window.findChild(ReferralsView).search.setText(person.given_name or person.nickname)
    day.settle()
    day.click(f"call-{waiting.id}")
    box = day.find(f"attempt-{waiting.id}-outcome", QComboBox)
    box.setCurrentIndex(box.findData("reached"))
    day.click(f"attempt-{waiting.id}-form-submit")
    day.wait(lambda: day.pusterum.window.findChild(QObject, f"accept-{waiting.id}"), "the way to close it")
    assert stored(day, Referral, Referral.id == waiting.id)[0].state == "open"
    day.click(f"decline-{waiting.id}")
    day.wait(lambda: stored(day, Referral, Referral.id == waiting.id)[0].state == "declined", "the answer")
    day.click("referrals-notice-action")
    day.wait(lambda: stored(day, Referral, Referral.id == waiting.id)[0].state == "open", "the undoing")


def test_two_rows_of_one_person_are_joined_from_the_page_and_taken_apart_again(day):
    kept, duplicate = [person for person in stored(day, Person) if person.nickname and not person.identifier][:2]
    with day.pusterum.store.session() as session:
        session.get(Person, duplicate.id).nickname = kept.nickname
        session.get(Person, duplicate.id).given_name = kept.given_name
        session.commit()
    day.pusterum.workspace._desk.open("person", kept.id, section="contacts")
    day.click(f"same-{duplicate.id}")
    day.wait(lambda: stored(day, Person, Person.id == duplicate.id)[0].merged_into_id == kept.id, "the joining")
    day.click("contacts-notice-action")
    day.wait(lambda: stored(day, Person, Person.id == duplicate.id)[0].merged_into_id is None, "the undoing")


def test_anybody_is_joined_who_is_found_by_name_though_nothing_is_alike(day):
    found = [person for person in stored(day, Person) if person.given_name and not person.merged_into_id]
    kept = found[0]
    other = next(
        person
        for person in found[1:]
        if person.family_name and person.given_name != kept.given_name and not (person.identifier and kept.identifier)
    )
    day.pusterum.workspace._desk.open("person", kept.id, section="contacts")
    day.click("merge-anybody")
    day.click("merge-form-submit")
    day.wait(lambda: day.find("merge-whom-advice").text(), "the sentence")
    day.find("merge-search").setText(f"{other.given_name} {other.family_name}")
    day.wait(lambda: day.find("merge-whom").findData(other.id) >= 0, "the person")
    day.find("merge-whom").setCurrentIndex(day.find("merge-whom").findData(other.id))
    day.click("merge-form-submit")
    day.wait(lambda: stored(day, Person, Person.id == other.id)[0].merged_into_id == kept.id, "the joining")
    day.click("contacts-notice-action")
    day.wait(lambda: stored(day, Person, Person.id == other.id)[0].merged_into_id is None, "the undoing")


def test_a_search_that_finds_nobody_does_not_say_that_nobody_waits(day):
    for screen in ("referrals", "follow-ups"):
        day.pusterum.workspace._desk.open(screen, "")
        day.settle()
        waiting = day.pusterum.workspace.shown.findChild(QLabel, "page-subtitle").text()
        day.find(f"{screen}-search").setText("nobody is called this")
        assert day.find(f"{screen}-nothing-fits").text() == "Nothing in this list fits."
        if screen == "follow-ups":
            assert day.find("page-subtitle").text() == waiting
