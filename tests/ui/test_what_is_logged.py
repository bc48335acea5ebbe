"""What the access log says after somebody looked, searched and saved, through the real window."""

from PySide6.QtCore import Qt
from sqlalchemy import select

from app.models.course import Course
from app.models.oversight import AccessLog
from app.models.person import Person, Referral
from app.settings import UNSENT_NAME
from app.storage.queries.extract import searches
from tests.trial_laptop import PASSPHRASE

KEY = Qt.Key


def logged(day, *where):
    day.settle()
    day.pusterum.workspace._desk.close()
    with day.pusterum.store.session() as session:
        rows = session.scalars(select(AccessLog).where(*where).order_by(AccessLog.number))
        return [(row.action, row.subject_id, row.what) for row in rows]


def first(day, model, *where):
    with day.pusterum.store.session() as session:
        return session.scalars(select(model).where(*where).order_by(model.id)).first()


def test_whoever_stands_on_the_list_of_referrals_is_logged(day):
    waiting = first(day, Referral, Referral.state == "open")
    day.pusterum.workspace._desk.open("referrals")
    assert ("view", waiting.person_id, "referral") in logged(day)


def test_whoever_is_on_the_page_of_a_course_is_logged(day):
    day.pusterum.workspace._desk.open("course", first(day, Course).id)
    assert any(action == "view" and what == "course" for action, _whom, what in logged(day))


def test_showing_somebody_their_own_story_is_logged(day):
    person = first(day, Person, Person.merged_into_id.is_(None))
    day.pusterum.workspace.showing.show_person(person.id)
    assert ("view", person.id, "shown to the person") in logged(day)


def test_a_receipt_that_leaves_is_logged(day, tmp_path):
    day.click("go-sync")
    view = day.pusterum.workspace.shown
    view.receipt_text = "{}"
    view.write_receipt(tmp_path / "receipt.json")
    assert ("export", None, "receipt") in logged(day)


def test_a_reason_for_a_search_is_shown_to_the_coordinator(day):
    day.press((KEY.Key_K, Qt.KeyboardModifier.ControlModifier))
    day.find("palette-input").setFocus()
    day.press("Ej")
    day.find("palette-reason").setFocus()
    day.press("She rang")
    day.pusterum.workspace._desk.close()
    day.settle()
    with day.pusterum.store.session() as session:
        assert searches(session)[0][3] == "She rang"
    day.press(KEY.Key_Escape)


def test_the_next_search_begins_without_a_reason(day):
    day.click("go-people")
    day.find("people-reason").setFocus()
    day.press("She rang")
    day.find("people-search").setFocus()
    day.press("Ej", KEY.Key_Backspace, KEY.Key_Backspace)
    day.press("Bo")
    day.pusterum.workspace._desk.close()
    day.settle()
    with day.pusterum.store.session() as session:
        assert searches(session)[0][3] == ""


def test_a_laptop_locked_for_good_offers_what_was_not_sent_in_a_sealed_envelope(day, tmp_path):
    sealed = day.pusterum.folder / UNSENT_NAME
    sealed.write_bytes(b"sealed to the server")
    second = sealed.with_stem("unsent-2")
    second.write_bytes(b"what did not fit")
    day.press((KEY.Key_L, Qt.KeyboardModifier.ControlModifier))
    view = day.find("unlock")
    assert "Nobody but the server can read it" in view.envelope.shown_text
    assert day.find("unlock-envelope-action").text() == "Save the envelope …"
    view.envelope_wanted.emit(tmp_path / "stick.envelope")
    day.settle()
    assert {(tmp_path / name).read_bytes() for name in ("stick.envelope", "stick-2.envelope")} == {
        sealed.read_bytes(), second.read_bytes(),
    }  # fmt: skip
    assert "stick.envelope, stick-2.envelope. Give all 2" in view.envelope.shown_text
    # The server agreed again: the work is in the store, and the envelope is not needed.
    day.unlock(PASSPHRASE)
    assert not sealed.exists()
    assert not second.exists()
