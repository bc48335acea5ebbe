"""Correcting somebody's data on their page, through the real window."""

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtWidgets import QLabel
from sqlalchemy import select, text

from app.i18n import format_day, format_money, in_language
from app.models.base import synced_tables
from app.models.course import Attendance, Course, Session
from app.models.oversight import Correction
from app.models.person import Person
from app.models.plan import Baseline
from app.models.smoking import Measurement
from app.services.citizens_rights import CorrectField, correct_field
from app.services.make_extract import extract_paper
from app.storage.queries.extract import access_lines, person_extract
from app.storage.queries.history import HistoryEntry, person_history
from app.ui import record_words
from app.ui.oversight.view import kinds_held
from app.ui.person.history_words import subject_word, value_word
from app.ui.person.rights_panel import _WORDS
from app.ui.record_words import code_word, codes


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


@pytest.mark.parametrize("spoken", ["en", "da"])
def test_the_history_says_what_was_chosen_by_its_word_and_shows_no_key(spoken):
    def entry(entity, field):
        return HistoryEntry(None, "", entity, "", field, None, None, reason="", is_correction=False)

    def said(entity, field, value):
        return value_word(entry(entity, field), value)

    untold = set()
    with in_language(spoken):
        for entity, table in synced_tables().items():
            for column in table.__table__.c:
                for code in filter(None, codes(entity, column.name)):
                    word = code_word(entity, column.name, code)
                    if said(entity, column.name, code) != word and word != code:
                        untold.add((entity, column.name, code))
        assert untold == set()
        key = "0199f0aa-0000-7000-8000-000000000001"
        changed = {"en": "changed", "da": "ændret"}[spoken]
        assert said("person", "merged_into_id", key) == said("enrolment", "goal", "of_tomorrow") == changed
        assert said("person", "identifier", "6101801234") == "610180-1234"
        closing = {"en": "Why it was closed: Moved away", "da": "Hvorfor det blev afsluttet: Flyttet"}[spoken]
        subject = subject_word(entry("enrolment", "closing_reason"))
        assert f"{subject}: {said('enrolment', 'closing_reason', 'moved_away')}".partition(": ")[2] == closing
        agreed = {"en": "Enrolment: Sessions agreed", "da": "Tilmelding: Aftalte mødegange"}[spoken]
        assert subject_word(entry("enrolment", "agreed_sessions")) == agreed


def test_the_extract_says_on_which_day_and_course_somebody_came_and_every_price_in_kroner(day):
    with day.pusterum.store.session() as reading:
        said = {form.person_id: form.answers["price_per_day"] for form in reading.scalars(select(Baseline))
                if form.answers.get("price_per_day", {}).get("answer") == "given"}  # fmt: skip
        attended = reading.scalars(select(Attendance).where(Attendance.person_id.in_(said))).first()
        session = reading.get(Session, attended.session_id)
        title = reading.get(Course, session.course_id).title
        extract = person_extract(reading, attended.person_id, with_names=False)
    assert (session.held_on.isoformat(), title) in {
        (row["held_on"], row["course"]) for row in extract.rows["attendance"]
    }
    assert title in {row["course"] for row in extract.rows["enrolment"]}
    lines = [line for section in extract_paper(extract, _WORDS).sections for _name, line in section.lines]
    price = format_money(round(said[attended.person_id]["value"]))
    assert f"What smoking costs a day, in kroner: {price}" in lines


def test_what_was_corrected_is_told_as_it_is_read_and_not_as_it_is_stored(day):
    app = day.pusterum
    person = next(one for one in rows(day, Person, Person.merged_into_id.is_(None)) if one.birth_date)
    with app.store.unit_of_work(actor=app._device.user_id, clock=app.clock) as work:
        correct_field(CorrectField(person.id, "birth_date", "1961-04-23", "Misheard"), work=work)
    app.workspace._desk.open("person", person.id, section="rights")
    day.settle()
    told = [line.text() for line in day.find("corrections-card").findChildren(QLabel)]
    change = f"{format_day(person.birth_date)} → {format_day(date(1961, 4, 23))}"
    assert f"{change}\nMisheard" in told
    with app.store.session() as reading:
        extract = person_extract(reading, person.id, with_names=False)
    sections = {section.heading: dict(section.lines) for section in extract_paper(extract, _WORDS).sections}
    assert sections["Correction"]["New value"] == format_day(date(1961, 4, 23))


def test_who_looked_is_a_colleague_where_the_laptop_does_not_know_them(day):
    person = rows(day, Person, Person.merged_into_id.is_(None))[0]
    day.pusterum.workspace._desk.open("person", person.id)
    day.settle()
    with day.pusterum.store.session() as reading:
        reading.execute(text('DELETE FROM "user"'))
        lines = access_lines(reading, [person.id], with_names=True)
    assert {line.user for line in lines} == {"a colleague"}


def test_the_history_says_what_was_agreed_to_on_which_day_an_answer_is_of_and_prices_in_kroner(day):
    with day.pusterum.store.session() as reading:
        price = reading.scalars(select(Measurement).where(Measurement.kind == "price_per_day")).first()
        entries = person_history(reading, price.person_id)
    (entry,) = (one for one in entries if one.fact_id == price.id)
    assert (entry.at, entry.on) == (None, price.measured_on)
    assert value_word(entry, entry.after) == format_money(round(price.value))
    consents = {subject_word(one) for one in entries if one.entity == "consent"}
    assert "Consent · Text messages" in consents


def test_an_answer_to_fagerstrom_is_said_in_points_beside_its_question():
    with in_language("da"):
        assert record_words.value_word("measurement", "ftnd_1", 3.0) == "3 point"
        assert value_word(replace(_entry("measurement", "value", 3.0), kind="ftnd_1"), 3.0) == "3 point"
        assert record_words.value_word("measurement", "co_ppm", 3.5) == "3,5"


def test_a_report_of_a_laptop_names_kinds_of_records_and_leaves_out_what_only_the_program_knows():
    with in_language("da"):
        assert kinds_held({"person": 1_200, "day_off": 3, "municipality": 8}) == "Person 1.200"


def _entry(entity, field, after):
    return HistoryEntry(
        at=None, who="", entity=entity, kind="", field=field, before=None, after=after, reason="", is_correction=False
    )


@pytest.mark.parametrize(
    ("entity", "field", "stored", "said"),
    [
        ("contact_attempt", "outcome", "message_left", "Lagde en besked"),
        ("follow_up_attempt", "result", "call_back", "Ring igen senere"),
        ("enrolment", "closing_reason", "moved_course", "Flyttet til et andet forløb"),
        ("enrolment", "goal", "reduce", "Mindre røg"),
        ("form_typed", "form", "base", "Basisskema"),
        ("rule_override", "rule", "voucher_value", "En værdikupons værdi"),
        ("rule_override", "rule", "merge_same_identifier", "Kun personer med samme nummer samles"),
        ("person", "language", "tr", "tyrkisk"),
    ],
)
def test_the_history_and_the_extract_say_codes_in_words(entity, field, stored, said):
    # Asked in another language first, a word that was kept without it would stay.
    assert value_word(_entry(entity, field, stored), stored) not in ("", said)
    with in_language("da"):
        assert value_word(_entry(entity, field, stored), stored) == said
        assert record_words.value_word(entity, field, stored) == said
