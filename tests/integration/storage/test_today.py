"""The day is read a dozen sessions at a time, and all of it for the asking; its questions are known before the key."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.engine.interfaces import CacheStats

from app.clock import today
from app.models.course import Enrolment
from app.models.person import Person
from app.storage.queries.ahead import ask_first_screen, rehearse_first_screen
from app.storage.queries.courses import courses
from app.storage.queries.inbox import count_open
from app.storage.queries.tasks import due_and_papers
from app.storage.queries.today import DAYS_AHEAD, Part, day, more_of_day
from app.storage.queries.unsent import sync_state
from tests.trial_laptop import CLOCK, make_laptop, opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("today") / "data"
    make_laptop(folder)
    return folder


@pytest.fixture
def store(folder):
    store = opened(folder)
    yield store
    store.close()


def test_a_list_read_in_pieces_is_the_whole_list_in_its_order(store):
    on = today(CLOCK)
    with store.session() as reading:
        whole = day(reading, today=on, most=1_000)
        assert len(whole.coming) > 3
        assert {part: whole.left_out(part) for part in Part} == dict.fromkeys(Part, 0)
        assert all(on < row.held_on <= on + timedelta(days=DAYS_AHEAD) for row in whole.coming)
        first = day(reading, today=on, most=2)
        assert first.left_out(Part.COMING) == len(whole.coming) - 2
        pieces = [*first.coming]
        while more := more_of_day(reading, Part.COMING, today=on, after=len(pieces), most=3):
            pieces += more
    assert pieces == list(whole.coming)


def test_who_is_on_a_course_in_rows_that_were_joined_is_expected_once(store):
    on = today(CLOCK)
    with store.session() as writing:
        before = next(row for row in day(writing, today=on).today if row.people > 3)

        def in_the_list():
            return next(row.people for row in courses(writing, today=on) if row.course_id == before.course_id)

        listed = in_the_list()
        first, second, third = writing.scalars(
            select(Enrolment.person_id)
            .where(Enrolment.course_id == before.course_id, Enrolment.left_on.is_(None), Enrolment.joined_on <= on)
            .order_by(Enrolment.id)
            .limit(3)
        )
        for merged, kept, are_left in ((first, second, 1), (second, third, 2), (third, first, 2)):
            writing.execute(update(Person).where(Person.id == merged).values(merged_into_id=kept))
            people = next(row.people for row in day(writing, today=on).today if row.session_id == before.session_id)
            assert people == before.people - are_left
            assert in_the_list() == listed - are_left
        writing.rollback()


def test_every_question_of_the_first_screen_is_in_words_before_the_store_is_open(folder):
    rehearse_first_screen()
    store = opened(folder)
    on = today(CLOCK)
    new = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, _parameters, context, _many):
        if context.cache_hit is CacheStats.CACHE_MISS:
            new.append(statement)

    with store.session() as reading:
        day(reading, today=on)
        count_open(reading)
        list(due_and_papers(reading, today=on))
        sync_state(reading, named=False)
        ask_first_screen(reading)
    store.close()
    assert new == []
