"""The day is read a dozen sessions at a time, and all of it for the asking; its questions are known before the key."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from app.clock import today
from app.storage.queries.ahead import ask_first_screen, rehearse_first_screen
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
