"""Finding people, places and sessions while one types."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from app.clock import TurnedClock
from app.domain.sounds import sound_key, words_of
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment, Session
from app.models.organisation import Place
from app.models.person import Person
from app.storage.migrations.versions import sounds_anew
from app.storage.queries import search
from app.storage.queries.lists import people
from app.storage.queries.names import shown_as
from app.storage.queries.referrals import contacts_of_person
from app.storage.queries.search import find, find_people
from app.storage.search_index import FOREIGN_KEYBOARD
from invented.names import ELSEWHERE, FAMILY, GIVEN_MEN, GIVEN_WOMEN, NICKNAMES
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
        ("Kaj Kær", "Kaj Kjær"),
        ("kristian", "Christian Bo"),
        ("soren", "Søren Holm “Søren m. hunden”"),
        ("hunden", "Søren Holm “Søren m. hunden”"),
        ("Sören m. h", "Søren Holm “Søren m. hunden”"),
        ("بابا", "\u2068بابا\u2069"),
    ],
)
def test_a_name_is_found_by_its_beginning_by_its_sound_and_by_its_nickname(store, typed, found):
    add(
        store,
        ("Johnny", "Madsen", ""), ("Christian", "Bo", ""), ("Søren", "Holm", "Søren m. hunden"), ("", "", "بابا"),
        ("Kaj", "Kjær", ""),
    )  # fmt: skip
    assert found in names(store, typed)


@pytest.mark.parametrize("typed", ["", "  ", "xyzzy", '"', "name : *", "OR", "' --", "*"])
def test_words_that_fit_nobody_find_nobody_and_break_nothing(store, typed):
    add(store, ("Johnny", "Madsen", ""))
    assert names(store, typed) == []


@pytest.mark.parametrize("typed", ["wwww", "hhhh", "dt", "zz", "sch", "jh"])
def test_letters_that_make_a_single_sound_find_nobody_who_is_not_written_so(store, typed):
    add(store, ("Vibeke", "Hansen", ""), ("Dennis", "Sørensen", ""), ("Jan", "Schmidt", "Hjalte"))
    assert names(store, typed) == (["Jan Schmidt “Hjalte”"] if typed == "sch" else [])


def test_whoever_belongs_to_the_place_comes_first_and_a_word_may_name_the_place(store):
    kilden, perronen = a_place(store, "Værestedet Kilden"), a_place(store, "Perronen")
    add(store, ("Anna", "A", ""), place=perronen)
    add(store, ("Anna", "B", ""), place=kilden)
    assert names(store, "anna", place_id=kilden[0]) == ["Anna B", "Anna A"]
    assert names(store, "anna perron") == ["Anna A"]


def test_of_rows_that_three_laptops_merged_in_a_circle_one_is_found_and_listed(store):
    keys = add(store, ("Kaj", "Kjær", ""), ("Kaj", "Kær", ""), ("Kaj", "Kiær", ""))
    oldest = min(keys)
    for key, into in zip(keys, (keys[1], keys[2], keys[0]), strict=True):
        with store.session() as session:
            session.execute(
                text("UPDATE person SET merged_into_id = :into WHERE id = :key"), {"key": key, "into": into}
            )
            session.commit()
    with store.session() as reading:
        (listed,) = people(reading).rows
        (found,) = find_people(reading, "kaj kier")
        assert listed.person_id == found.person_id == oldest
        # From there they are taken apart again.
        joined = contacts_of_person(reading, oldest, today=date(2026, 11, 24)).merged
        assert {key for key, _name in joined} == set(keys) - {oldest}


def test_a_store_that_was_made_when_other_names_sounded_alike_finds_them_as_today(tmp_path):
    store = empty_store(tmp_path / "before.db", bytes(range(32)))
    add(store, ("Kaj", "Kjær", ""), ("Bo", "Bak", ""))
    with store.session() as session:
        session.execute(text("UPDATE person_index SET sound = 'kJ kier' WHERE name LIKE 'kaj%'"))
        session.commit()
    assert names(store, "Kaj Kær") == []
    with store.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        sounds_anew.upgrade()
    assert names(store, "Kaj Kær") == names(store, "Kjær") == ["Kaj Kjær"]
    assert names(store, "Bo Bach") == ["Bo Bak"]
    store.close()


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


def a_session(store, place, on, state="planned"):
    key = new_id(CLOCK)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(
            Session(
                id=key, team_id=ACTOR, place_id=place[0], course_id=place[1], number=1, held_on=on, starts_at="10:00",
                state=state,
            )
        )  # fmt: skip
        work.commit()
    return key


@pytest.mark.parametrize("few", [0, 40])
def test_the_sessions_nearest_to_the_day_are_found_by_course_and_place_among_few_and_among_many(
    store, monkeypatch, few
):
    monkeypatch.setattr(search, "_FEW_COURSES", few)
    kilden, perronen = a_place(store, "Værestedet Kilden"), a_place(store, "Perronen")
    later, last, soon = (a_session(store, kilden, date(2026, *day)) for day in ((12, 20), (11, 20), (11, 25)))
    a_session(store, kilden, date(2026, 11, 24), state="cancelled")
    elsewhere = a_session(store, perronen, date(2026, 11, 24))

    def sessions(words):
        with store.session() as reading:
            return [one.session_id for one in find(reading, words, today=date(2026, 11, 24)).sessions]

    assert sessions("kil små") == [soon, last, later]
    assert sessions("små skridt")[0] == elsewhere
    assert sessions("kil xyz") == []
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.get(Place, kilden[0]).name = "Fyret"
        work.session.get(Course, perronen[1]).title = "Åbent hold"
        work.commit()
    assert (sessions("kild"), sessions("fyr"), sessions("aben")) == ([], [soon, last, later], [elsewhere])


def test_places_and_sessions_are_found_too(store):
    a_place(store, "Værestedet Kilden")
    with store.session() as reading:
        found = find(reading, "kild", today=date(2026, 11, 24))
    assert [place.name for place in found.places] == ["Værestedet Kilden"]


def sessions_plainly(store, typed, most=6):
    """Return the sessions that a walk through all of them finds, nearest to the day first."""
    said = (
        "SELECT session.rowid, session.id, held_on, course.title || ' ' || place.name "
        "FROM session JOIN course ON course.id = course_id JOIN place ON place.id = course.place_id "
        "WHERE session.state = 'planned'"
    )
    asked, found = words_of(typed), []
    with store.session() as reading:
        for number, key, held_on, title in reading.execute(text(said)):
            words = words_of(title)
            if all(any(one.startswith(word) for one in words) for word in asked):
                away = (date.fromisoformat(held_on) - date(2026, 11, 24)).days
                found.append((abs(away), held_on, number if away >= 0 else -number, key))
    return [key for *_order, key in sorted(found)[:most]]


@pytest.mark.parametrize("few", [0, 40])
@pytest.mark.parametrize("courses_each", [1, 60])
def test_the_sessions_found_are_those_that_a_walk_through_all_of_them_finds(store, monkeypatch, few, courses_each):
    monkeypatch.setattr(search, "_FEW_COURSES", few)
    draw = Random(3)
    places = [(name, new_id(CLOCK)) for name in ("Kilden", "Kildehuset", "Huset ved kilden", "Nyt bo", "Perronen")]
    titles = ("Ryd kilden", "Rygestop ved Perronen", "Nye skridt", "Kom i gang")
    of_all = {"team_id": ACTOR, "delivering_municipality_id": ACTOR, "programme_version_id": ACTOR, "format": "group"}
    with store.session() as writing:
        for name, place_id in places:
            writing.add(Place(id=place_id, team_id=ACTOR, municipality_id=ACTOR, name=name, kind="vaerested"))
            for _ in range(courses_each):
                course_id = new_id(CLOCK)
                begun = date(2024, 1, 1) + timedelta(days=draw.randrange(1200))
                writing.add(
                    Course(id=course_id, place_id=place_id, title=draw.choice(titles), starts_on=begun, **of_all)
                )
                for week, state in enumerate(("planned", draw.choice(["planned", "cancelled"]), "planned")):
                    writing.add(
                        Session(
                            id=new_id(CLOCK), team_id=ACTOR, place_id=place_id, course_id=course_id, number=week + 1,
                            held_on=begun + timedelta(weeks=week), state=state,
                        )
                    )  # fmt: skip
        writing.commit()
    typed = ["k", "ki", "kil", "kilden", "hus", "nyt bo", "ny", "perr", "ryg", "ryd kil", "kil ryg", "nye kom", "bo ko"]
    with store.session() as reading:
        found = {
            words: [one.session_id for one in find(reading, words, today=date(2026, 11, 24)).sessions]
            for words in typed
        }
    assert found == {words: sessions_plainly(store, words) for words in typed}


def plainly(everybody, typed, most):
    """Return the names that a walk through everybody finds: written like it in order of name, then sounding like it."""
    asked = words_of(typed)

    def begins(words, word):
        return any(one.startswith(word) or one.translate(FOREIGN_KEYBOARD).startswith(word) for one in words)

    def sounds(words, word):
        sound = sound_key(word).casefold()
        return len(sound) > 1 and any(sound_key(one).casefold().startswith(sound) for one in words)

    found = []
    for name, words in everybody.items():
        if all(begins(words, word) or sounds(words, word) for word in asked):
            misses = sum(not any(one.startswith(word) for one in words) for word in asked)
            found.append((not all(begins(words, word) for word in asked), misses, name.casefold(), name))
    written = [one for one in found if not one[0]]
    fitting = written if len(written) >= most else found
    return [name for *_rank, name in sorted(fitting, key=lambda one: one[1:])][:most]


def test_what_is_typed_finds_what_a_walk_through_everybody_finds(store):
    draw = Random(7)
    people = {
        (draw.choice(GIVEN_WOMEN + GIVEN_MEN), draw.choice(FAMILY), draw.choice(NICKNAMES) if n % 4 == 0 else "")
        for n in range(60)
    }
    people |= {("", "", name) for name in NICKNAMES} | {(given, family, "") for given, family, *_rest in ELSEWHERE}
    add(store, *sorted(people))
    everybody = {shown_as(*person): words_of(" ".join(person)) for person in people}
    said = {f"{given} {family}".strip() or nickname for given, family, nickname in people}
    said |= {name.replace("ø", "o").replace("th", "t").replace("d", "t") for name in said}
    typed = sorted({name[:end].strip() for name in said for end in range(1, len(name) + 1)} - {""})
    unlike = {words for words in draw.sample(typed, 250) if names(store, words) != plainly(everybody, words, 8)}
    assert unlike == set()


def test_of_more_people_than_can_be_compared_the_exact_name_comes_first_and_then_who_came_last(store):
    (exact,) = add(store, ("Ann", "Aagaard", ""))
    add(store, *(("Anna", f"Nr{number:03}", "") for number in range(160)))
    with store.session() as reading:
        found = find_people(reading, "ann", most=3)
    assert found[0].person_id == exact
    assert [one.name for one in found[1:]] == ["Anna Nr159", "Anna Nr158"]
