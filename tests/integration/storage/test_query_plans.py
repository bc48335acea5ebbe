"""What a screen reads, it finds by an index: no statement walks through a table that grows with the people."""

from collections.abc import Callable
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import func, select, text

from app.models.course import Attendance, Course, Session
from app.models.local import Device
from app.models.organisation import Place
from app.services.open_message import open_message
from app.services.receive_message import ReceiveMessage, receive_message
from app.storage.engine import Reading, Store
from app.storage.queries import search
from app.storage.queries.close_the_day import day_to_close
from app.storage.queries.courses import course_page, courses
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.inbox import count_open, inbox
from app.storage.queries.lists import people
from app.storage.queries.medicines import medicine_story
from app.storage.queries.messages import person_messages
from app.storage.queries.nrt import nrt_story
from app.storage.queries.person_course import person_consents, person_courses
from app.storage.queries.person_head import person_head
from app.storage.queries.person_timeline import person_timeline
from app.storage.queries.place_page import place_page
from app.storage.queries.search import find, find_people
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.smoking import smoking_story
from app.storage.queries.tasks import due, due_of_person
from app.storage.queries.today import Part, day, more_of_day
from app.storage.queries.unsent import sync_state
from app.storage.queries.vouchers import voucher_story
from invented.messages import typical_messages
from tests.trial_laptop import CLOCK, make_laptop, opened

TODAY = date(2026, 11, 24)
# Tables of the cooperation itself, or of this laptop: they do not grow with the people.
SMALL = frozenset(
    {
        "municipality", "team", "user", "day_off", "programme_version", "place", "place_contact", "course", "device",
        "device_lease", "team_task_state", "place_cycle", "place_cycle_step", "carried_envelope", "session_draft",
        "device_registration", "alembic_version",
    }
)  # fmt: skip
# What was found already: sessions of the day, one person's rows, the courses and sessions that fit what is typed.
PICKED = frozenset({"picked", *(f"first_{part}" for part in Part), "json_each", "own", "fitting", "nearest"})


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.unit_of_work(actor="somebody", clock=CLOCK) as work:
        receive_message(ReceiveMessage("brev.xml", typical_messages()[0]), work=work)
    yield store
    store.close()


def walked(store: Store, question: Callable[[Reading], Any]) -> list[str]:
    """Return what SQLite says it walks through from end to end, of tables that grow."""
    statements: list[str] = []
    with store.session() as reading:
        # The driver says what it is asked, whether it is asked by SQLAlchemy or past it.
        driver = reading.connection().connection.driver_connection
        driver.set_trace_callback(statements.append)
        try:
            question(reading)
        finally:
            driver.set_trace_callback(None)
        found = []
        for statement in statements:
            # The indexes of names ask for their own pages, which they find by their number.
            if not statement.lstrip().upper().startswith(("SELECT", "WITH")) or "'.'" in statement:
                continue
            plan = driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            found += [f"{detail}: {' '.join(statement.split())[:160]}" for *_numbers, detail in plan if _walks(detail)]
    assert statements
    return found


def _walks(detail: str) -> bool:
    words = detail.split()
    if words[0] != "SCAN" or any(word in detail for word in ("VIRTUAL", "USING INDEX", "COVERING", "CONSTANT")):
        return False
    # A subquery, and the rows of one person, are parts that were found already, in memory.
    return not words[1].startswith("(") and words[1].strip('"') not in SMALL | PICKED


@pytest.fixture(scope="module")
def keys(store):
    with store.session() as reading:
        person = reading.scalar(
            select(Attendance.person_id).group_by(Attendance.person_id).order_by(func.count().desc()).limit(1)
        )
        return {
            "person": person,
            "session": reading.scalar(select(Session.id).where(Session.held_on == TODAY).limit(1)),
            "message": reading.scalar(text("SELECT id FROM incoming_message LIMIT 1")),
            "user": reading.scalar(select(Device.user_id)),
            "course": reading.scalar(select(Course.id).limit(1)),
            "place": reading.scalar(select(Place.id).join(Course, Course.place_id == Place.id).limit(1)),
        }


def find_among_many(reading: Reading, words: str) -> object:
    with patch.object(search, "_FEW_COURSES", 0):
        return find(reading, words, today=TODAY)


QUESTIONS: dict[str, Callable[[Reading, dict[str, str]], Any]] = {
    "today": lambda reading, keys: day(reading, today=TODAY),
    "more of the coming week": lambda reading, keys: more_of_day(reading, Part.COMING, today=TODAY, after=12),
    "search": lambda reading, keys: find(reading, "Søren Kil", today=TODAY),
    "search for one of many courses": lambda reading, keys: find_among_many(reading, "Kil"),
    "search at a place": lambda reading, keys: find_people(reading, "Sø", place_id=keys["place"]),
    "session sheet": lambda reading, keys: session_sheet(reading, keys["session"]),
    "person": lambda reading, keys: person_timeline(reading, keys["person"]),
    "person's head": lambda reading, keys: person_head(reading, keys["person"], today=TODAY),
    "person's nicotine replacement": lambda reading, keys: nrt_story(reading, keys["person"]),
    "person's letters": lambda reading, keys: person_messages(reading, keys["person"]),
    "inbox": lambda reading, keys: inbox(reading),
    "inbox counted": lambda reading, keys: count_open(reading),
    "a letter": lambda reading, keys: open_message(reading, keys["message"], today=TODAY),
    "what is due": lambda reading, keys: due(reading, today=TODAY),
    "what is due for a person": lambda reading, keys: due_of_person(reading, keys["person"], today=TODAY),
    "close the day": lambda reading, keys: day_to_close(reading, keys["user"], today=TODAY),
    "people": lambda reading, keys: people(reading, search="Sø"),
    "courses": lambda reading, keys: courses(reading, today=TODAY),
    "a course": lambda reading, keys: course_page(reading, keys["course"]),
    "a place": lambda reading, keys: place_page(reading, keys["place"], today=TODAY),
    "person's courses": lambda reading, keys: person_courses(reading, keys["person"], today=TODAY),
    "person's consents": lambda reading, keys: person_consents(reading, keys["person"], today=TODAY),
    "person's smoking": lambda reading, keys: smoking_story(reading, keys["person"], today=TODAY),
    "person's vouchers": lambda reading, keys: voucher_story(
        reading, keys["person"], today=TODAY, user_id=keys["user"]
    ),
    "person's medicine": lambda reading, keys: medicine_story(reading, keys["person"], today=TODAY),
    "follow-ups": lambda reading, keys: follow_ups(reading, today=TODAY),
    "status line": lambda reading, keys: sync_state(reading),
}


# Lists of everything that is outstanding: they are made from all of it, once, and not for somebody.
WALKS = {
    "what is due": {"person", "referral", "enrolment", "outcome", "task_state"},
    "close the day": {"diploma", "enrolment"},
    "person's vouchers": {"voucher", "voucher_redemption"},
    "follow-ups": {"stop_date"},
}


@pytest.mark.parametrize("screen", list(QUESTIONS))
def test_a_screen_finds_its_rows_by_an_index(store, keys, screen):
    tables = {
        detail.split()[1].rstrip(":") for detail in walked(store, lambda reading: QUESTIONS[screen](reading, keys))
    }
    assert tables <= WALKS.get(screen, set())
