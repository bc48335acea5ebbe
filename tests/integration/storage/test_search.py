"""Finding people, places and sessions while one types."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from app.clock import TurnedClock
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment
from app.models.organisation import Place
from app.models.person import Person
from app.storage.queries.search import find, find_people
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
ACTOR = new_id(CLOCK)


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", bytes(range(32)))
    yield store
    store.close()


def add(store, *names, place=None):
    keys = []
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        for given, family, nickname in names:
            key = new_id(CLOCK)
            keys.append(key)
            work.session.add(
                Person(
                    id=key, person_id=key, given_name=given, family_name=family, nickname=nickname,
                    registered_at=CLOCK.now(),
                )
            )  # fmt: skip
            if place is not None:
                work.session.add(
                    Enrolment(
                        id=natural_id("enrolment", key, place[1]), person_id=key, course_id=place[1],
                        joined_on=date(2026, 9, 1),
                    )
                )  # fmt: skip
        work.commit()
    return keys


def a_place(store, name):
    place_id, course_id = new_id(CLOCK), new_id(CLOCK)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(Place(id=place_id, team_id=ACTOR, municipality_id=ACTOR, name=name, kind="vaerested"))
        work.session.add(
            Course(
                id=course_id, team_id=ACTOR, place_id=place_id, delivering_municipality_id=ACTOR,
                programme_version_id=ACTOR, title="Små skridt", format="group", starts_on=date(2026, 9, 1),
            )
        )  # fmt: skip
        work.commit()
    return place_id, course_id


def names(store, words, **more):
    with store.session() as reading:
        return [found.name for found in find_people(reading, words, **more)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Jonny", "Johnny Madsen"),
        ("joh", "Johnny Madsen"),
        ("Madsen john", "Johnny Madsen"),
        ("kristian", "Christian Bo"),
        ("soren", "Søren Holm “Søren m. hunden”"),
        ("hunden", "Søren Holm “Søren m. hunden”"),
        ("Sören m. h", "Søren Holm “Søren m. hunden”"),
        ("بابا", "\u2068بابا\u2069"),
    ],
)
def test_a_name_is_found_by_its_beginning_by_its_sound_and_by_its_nickname(store, typed, found):
    add(
        store, ("Johnny", "Madsen", ""), ("Christian", "Bo", ""), ("Søren", "Holm", "Søren m. hunden"), ("", "", "بابا")
    )
    assert found in names(store, typed)


@pytest.mark.parametrize("typed", ["", "  ", "xyzzy", '"', "name : *", "OR", "' --", "*"])
def test_words_that_fit_nobody_find_nobody_and_break_nothing(store, typed):
    add(store, ("Johnny", "Madsen", ""))
    assert names(store, typed) == []


def test_whoever_belongs_to_the_place_comes_first_and_a_word_may_name_the_place(store):
    kilden, perronen = a_place(store, "Værestedet Kilden"), a_place(store, "Perronen")
    add(store, ("Anna", "A", ""), place=perronen)
    add(store, ("Anna", "B", ""), place=kilden)
    assert names(store, "anna", place_id=kilden[0]) == ["Anna B", "Anna A"]
    assert names(store, "anna perron") == ["Anna A"]


def test_a_new_name_is_found_at_once_and_the_old_one_no_longer(store):
    (key,) = add(store, ("", "", "Kaptajnen"))
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.get(Person, key).nickname = "Admiralen"
        work.commit()
    assert names(store, "admi") == ["Admiralen"]
    assert names(store, "kapt") == []
    with store.session() as session:
        session.execute(text("DELETE FROM person WHERE id = :id"), {"id": key})
        session.commit()
    assert names(store, "admi") == []


def test_somebody_merged_into_another_is_not_found_twice(store):
    first, second = add(store, ("Lis", "Holm", ""), ("Lis", "Holm", "Lissen"))
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.get(Person, second).merged_into_id = first
        work.commit()
    assert names(store, "lis") == ["Lis Holm"]


def test_places_and_sessions_are_found_too(store):
    a_place(store, "Værestedet Kilden")
    with store.session() as reading:
        found = find(reading, "kild", today=date(2026, 11, 24))
    assert [place.name for place in found.places] == ["Værestedet Kilden"]
