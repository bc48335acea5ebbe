"""Correcting somebody's data on their page, through the real window."""

from sqlalchemy import select

from app.models.oversight import Correction
from app.models.person import Person


def rows(day, model, *where):
    day.settle()
    with day.pusterum.store.session() as session:
        return list(session.scalars(select(model).where(*where).order_by(model.id)))


def test_a_correction_is_made_on_the_page_and_needs_a_reason(day):
    person = rows(day, Person, Person.merged_into_id.is_(None))[0]
    day.pusterum.workspace._desk.open("person", person.id, section="rights")
    day.settle()
    panel = day.find("correct-card").parentWidget()
    panel.field.choose("phone")
    assert panel.value.text() == person.phone
    panel.value.input.setText("00 00 00 07")
    panel.correct()
    day.wait(lambda: "reason" in day.find("correct-reason-advice").text(), "the sentence beside the field")
    assert rows(day, Person, Person.id == person.id)[0].phone == person.phone
    panel.why.input.setText("Wrong number")
    panel.correct()
    day.wait(lambda: rows(day, Correction, Correction.person_id == person.id), "the correction")
    corrected = rows(day, Correction, Correction.person_id == person.id)[-1]
    assert (corrected.field, corrected.old_value, corrected.new_value) == ("phone", person.phone, "00 00 00 07")
    assert rows(day, Person, Person.id == person.id)[0].phone == "00 00 00 07"
