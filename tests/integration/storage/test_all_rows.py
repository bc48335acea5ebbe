"""Reading all rows of a question as one value."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import JSON, bindparam, func, or_, select, type_coerce

from app.clock import TurnedClock
from app.ids import new_id
from app.models.local import Device
from app.models.person import Person
from app.models.smoking import Measurement
from app.storage.all_rows import all_rows, all_rows_of_each
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
NAMES = ("Søren", 'Per "Perle" O\'Neill', "بابا", "🙂\n\t\\ \x00x", "")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = empty_store(tmp_path_factory.mktemp("store") / "pusterum.db", bytes(range(32)))
    with store.session() as writing:
        for number, name in enumerate(NAMES):
            key = new_id(CLOCK)
            writing.add(
                Person(
                    id=key, person_id=key, given_name=name, registered_at=CLOCK.now(),
                    deceased_on=date(2026, 11, number) if number else None,
                )
            )  # fmt: skip
            writing.add(
                Measurement(
                    id=new_id(CLOCK), person_id=key, measured_on=date(2026, 11, 24), kind="cigarettes_per_day",
                    value=(None, 0.0, 12.0, 7.25, 1 / 3)[number], recorded_by=key,
                )
            )  # fmt: skip
        writing.commit()
    yield store
    store.close()


QUESTIONS = {
    "texts, moments and what is missing": (
        select(Person.given_name, Person.registered_at, Person.deceased_on, Person.merged_into_id).order_by(
            Person.given_name.desc()
        ),
        None,
    ),
    "numbers": (select(Measurement.value, Measurement.corrects_id).order_by(Measurement.value), None),
    "yes and no, and what is counted": (
        select(or_(Person.given_name == "", Person.deceased_on.is_(None)).label("said"), func.count()).group_by("said"),
        None,
    ),
    "values of its own, in a list too, and one that is given": (
        select(Person.given_name).where(
            Person.given_name.in_(NAMES[:3]),
            Person.deceased_on > date(2026, 11, 1),
            Person.deceased_on < bindparam("day"),
        ),
        {"day": date(2026, 11, 3)},
    ),
    "a moment that is given": (
        select(Person.id).where(Person.registered_at >= bindparam("at")).order_by(Person.id),
        {"at": CLOCK.now()},
    ),
    "lists in a column": (
        select(Measurement.person_id, type_coerce(func.json_group_array(func.json_array(Measurement.value, '"')), JSON))
        .group_by(Measurement.person_id)
        .order_by(Measurement.person_id),
        None,
    ),
    "nothing": (select(Device.role, Device.team_ids), None),
}


@pytest.mark.parametrize("asked", list(QUESTIONS))
def test_what_is_read_as_one_value_is_what_is_read_row_by_row(store, asked):
    question, values = QUESTIONS[asked]
    with store.session() as reading:
        one_by_one = reading.connection().execute(question, values).all()
        together = all_rows(reading.connection(), question, values)
    assert [tuple(row) for row in together] == [tuple(row) for row in one_by_one]
    assert one_by_one or asked == "nothing"


def test_values_are_known_by_name_and_the_same_question_takes_others(store):
    question = select(Person.given_name, Person.deceased_on).where(Person.given_name == bindparam("name"))
    with store.session() as reading:
        found = [all_rows(reading.connection(), question, {"name": name}) for name in (NAMES[1], NAMES[2])]
    assert [[(row.given_name, row.deceased_on) for row in rows] for rows in found] == [
        [(NAMES[1], date(2026, 11, 1))],
        [(NAMES[2], date(2026, 11, 2))],
    ]


def test_questions_that_are_asked_in_one_statement_are_answered_as_each_alone(store):
    questions = tuple(question for question, _values in QUESTIONS.values())
    values = {name: value for _question, given in QUESTIONS.values() for name, value in (given or {}).items()}
    statements = []
    with store.session() as reading:
        connection = reading.connection()
        alone = [all_rows(connection, question, given) for question, given in QUESTIONS.values()]
        driver = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        together = [list(rows) for rows in all_rows_of_each(connection, questions, values)]
        driver.set_trace_callback(None)
    assert together == alone
    assert len(statements) == 1
