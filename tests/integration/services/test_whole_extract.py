"""What a citizen is given holds every column of every table that tells of a person, whichever columns there will be."""

import json
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import JSON, Boolean, Date, Float, Integer, inspect

from app.models.base import LOCAL_COLUMNS, Base, Moment, synced_tables, to_wire
from app.models.course import Course
from app.models.local import SessionDraft, ValueHistory
from app.models.person import Person
from app.services.make_extract import Words, extract_json, extract_of, extract_paper
from app.storage.column_kinds import entity_named_by
from tests.unit.exchange import medcom_messages as messages

PLAIN = Words(entity=str, field=str, value=lambda _entity, _field, value: str(value))
SAID_ELSEWHERE = {
    "enrolment_id", "moved_from_id", "session_id", "referral_id", "plan_id", "previous_id", "letter_row_id",
    "message_id", "corrects_id", "merged_into_id", "merged_with_id", "subject_id", "row_id", "change_id", "voucher_id",
    "contact_attempt_id", "medicine_id", "course_id", "content",
}  # fmt: skip
"""Keys of rows that are told of themselves, the course that stands there by its title, and the bytes of a letter."""
ONLY_IN_JSON = {"envelope_id", "letter_id", "care_id", "file_hash", "text_hash", "invoice_line_id"}
"""Numbers that machines give to letters and lines."""
STAFF = ("_by", "_actor", "counsellor_id")
NOT_OF_PEOPLE = {
    "access_log_head", "answered_position", "carried_envelope", "courier_envelope", "device", "leaving", "outbox",
    "passed_over", "receipt", "standing", "table_tally",
}  # fmt: skip
"""Tables that stay here and say no more of anybody than their rows do; an outbox sends nothing else."""


def tells_of_a_person(table):
    return any(entity_named_by(table.name, column.name) in ("person", "enrolment") for column in table.c)


def filled(model, row_id, known):
    """Return a row of which every column says something that no other column says."""
    values = {}
    for number, attribute in enumerate(inspect(model).column_attrs):
        (column,) = attribute.columns
        named = entity_named_by(model.entity, column.name)
        if column.name == "id":
            values["id"] = row_id
        elif column.name == "server_position" or (model is Person and column.name == "merged_into_id"):
            continue
        elif named in known:
            values[attribute.key] = known[named]
        elif isinstance(column.type, Boolean):
            values[attribute.key] = True
        elif isinstance(column.type, Moment):
            values[attribute.key] = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=number)
        elif isinstance(column.type, Date):
            values[attribute.key] = date(2026, 3, 1) + timedelta(days=number)
        elif isinstance(column.type, Integer | Float):
            values[attribute.key] = 100 + number
        elif isinstance(column.type, JSON):
            values[attribute.key] = [f"{model.entity} {column.name}"]
        else:
            values[attribute.key] = f"{model.entity} {column.name}"[: getattr(column.type, "length", None)]
    return model(**values)


def test_every_table_that_stays_on_the_laptop_is_told_or_says_nothing_more_of_people():
    synced = {model.__table__.name for model in synced_tables().values()}
    assert Base.metadata.tables.keys() - synced == NOT_OF_PEOPLE | {
        SessionDraft.__tablename__,
        ValueHistory.__tablename__,
    }


def test_the_extract_tells_every_column_of_every_row_about_a_person(towns):
    course = towns.course().course_id
    known = {
        "person": "p", "enrolment": "enrolment", "course": course, "team": towns.team, "place": towns.place,
        "municipality": towns.municipality, "session": "session",
        "programme_version": towns.get(Course, course).programme_version_id,
    }  # fmt: skip
    models = {name: model for name, model in synced_tables().items() if tells_of_a_person(model.__table__)}
    keys = {name: "p" if name == "person" else name for name in models}
    rows = {name: filled(model, keys[name], known) for name, model in models.items()}
    letter = rows["incoming_message"]
    letter.content, letter.letter_number = b64encode(messages.oioxml("XH1530R").encode("cp1252")).decode(), 0
    towns.add(*rows.values())
    cells = {"status": "excused", "note": "Rød cykel", "handout": "gum-2"}
    towns.add(SessionDraft(session_id="session", enrolment_id="enrolment", cells=cells, saved_at=towns.clock.now()))
    with towns.store.unit_of_work(actor=towns.actor, clock=towns.clock) as work:
        work.session.get(Person, "p").residence_municipality_id = towns.other_municipality
        work.session.get(Person, "p").phone = "20 00 00 01"
        work.commit()
    found = towns.ask(extract_of, "p", with_names=True)
    content = json.loads(extract_json(found, PLAIN))
    told = {section.heading: section.lines for section in extract_paper(found, PLAIN).sections}
    names = {known["team"]: "Rygestopteam Hvidovre", known["place"]: "Værestedet i Hvidovre"}
    names |= {
        known["municipality"]: "Hvidovre",
        towns.other_municipality: "Brøndby",
        known["programme_version"]: "Røgfri på Tværs",
    }
    untold = []
    for name, model in models.items():
        (row,) = towns.rows(model, model.id == keys[name])
        for attribute in inspect(model).column_attrs:
            column = attribute.columns[0].name
            value = to_wire(getattr(row, attribute.key))
            if column in LOCAL_COLUMNS | {"person_id", "linked_person_id"} or value is None:
                continue
            assert content["records"][name]["rows"][0][column]["value"] == value
            if column in SAID_ELSEWHERE | ONLY_IN_JSON or column.endswith(STAFF):
                continue
            if (column, str(names.get(value, value) if isinstance(value, str) else value)) not in told[name]:
                untold.append((name, column))
    assert untold == []
    assert "Ryger 20 cigaretter dagligt" in dict(told["incoming_message"])["text"]
    assert {("held_on", "2026-03-05"), ("course", "Torsdagsholdet"), *cells.items()} <= set(told["session_draft"])
    history = [line for line in told["value_history"] if line[0] in ("field", "before", "after")]
    changed = {tuple(said for _name, said in history[start : start + 3]) for start in range(0, len(history), 3)}
    assert ("phone", "person phone", "20 00 00 01") in changed
    assert ("residence_municipality_id", "Hvidovre", "Brøndby") in changed
