"""What a screen reads, it finds by an index: no statement walks through a table that grows with the people."""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import func, select, text

from app.domain.duplicates import Known
from app.domain.tasks import Kind
from app.models.course import Attendance, Course, Session
from app.models.letter import Letter
from app.models.local import Device
from app.models.organisation import Place
from app.services.open_message import open_message
from app.services.receive_message import ReceiveMessage, receive_message
from app.storage.driver import driver_of
from app.storage.engine import Reading, Store
from app.storage.queries import search
from app.storage.queries.bag import bag_now
from app.storage.queries.close_the_day import day_to_close
from app.storage.queries.conflicts import conflict_cards, has_conflict_cards, team_conflict_cards
from app.storage.queries.courses import course_choices, course_page, courses, people_to_add
from app.storage.queries.extract import person_extract, searches
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.history import person_history
from app.storage.queries.inbox import count_open, inbox, original
from app.storage.queries.lists import people, places
from app.storage.queries.medicines import medicine_story
from app.storage.queries.messages import person_messages
from app.storage.queries.names import names_of
from app.storage.queries.nrt import entitled_weeks, nrt_story
from app.storage.queries.papers import letter_text, papers_of, writer
from app.storage.queries.person_course import person_consents, person_courses
from app.storage.queries.person_details import person_details
from app.storage.queries.person_head import person_head
from app.storage.queries.person_story import person_story
from app.storage.queries.person_timeline import person_timeline
from app.storage.queries.place_page import place_choices, place_page
from app.storage.queries.programmes import programmes_page, rules_said
from app.storage.queries.recent import recent_people
from app.storage.queries.referrals import choices, contacts_of_person, duplicates, referrals
from app.storage.queries.restored import restored_sessions
from app.storage.queries.review import due_for_review
from app.storage.queries.rights import rights_card
from app.storage.queries.search import find, find_people
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.smoking import smoking_story
from app.storage.queries.tasks import due_and_papers, due_of_person, papers_named
from app.storage.queries.today import Part, day, more_of_day
from app.storage.queries.unsent import sync_state
from app.storage.queries.vouchers import voucher_overview, voucher_story
from app.storage.restriction import refuse_restricted
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
# What was found already: sessions of the day, one person's rows, the courses and sessions that fit what is typed, the
# people seen last.
PICKED = frozenset(
    {"picked", "lately", *(f"first_{part}" for part in Part), "json_each", "own", "fitting", "nearest", "anon_1"}
)


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
    return [
        f"{detail}: {' '.join(statement.split())[:160]}"
        for detail, statement in planned(store, question)
        if _walks(detail, statement)
    ]


def planned(store: Store, question: Callable[[Reading], Any]) -> list[tuple[str, str]]:
    """Return every step by which SQLite answers a question, with its statement."""
    with store.session() as reading:
        return planned_on(driver_of(reading), lambda: question(reading))


def planned_on(driver: Any, ask: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return every step by which SQLite answers what is asked over this connection, with its statement."""
    statements: list[str] = []
    # The driver says what it is asked, whether it is asked by SQLAlchemy or past it.
    driver.set_trace_callback(statements.append)
    try:
        ask()
    finally:
        driver.set_trace_callback(None)
    assert statements
    found = []
    for statement in statements:
        # The indexes of names ask for their own pages, which they find by their number.
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")) or "'.'" in statement:
            continue
        plan = driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        found += [(str(detail), statement) for *_numbers, detail in plan]
    return found


def _walks(detail: str, statement: str) -> bool:
    words = detail.split()
    # Whatever is not empty is all of an index that holds nothing else.
    filled = re.search(r"\((\w+)>\?\)$", detail)
    if filled and f"{filled[1]} IS NOT NULL" in statement and words[1] not in SMALL and "COVERING" not in detail:
        return True
    # What belongs to a team is most of what a laptop has.
    if detail.endswith("(team_id=?)") and words[1] not in SMALL and "COVERING" not in detail:
        return True
    # Keys alone are few pages; whole rows in the order of an index are each on another, unless the first is enough.
    if words[0] != "SCAN" or any(word in detail for word in ("VIRTUAL", "COVERING", "CONSTANT")):
        return False
    if "USING INDEX" in detail and "LIMIT 1 " in statement:
        return False
    # A subquery, and the rows of one person, are parts that were found already, in memory.
    return not words[1].startswith(("(", "anon_")) and words[1].strip('"') not in SMALL | PICKED


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
            "letter": reading.scalar(select(Letter.id).limit(1)),
            "place": reading.scalar(select(Place.id).join(Course, Course.place_id == Place.id).limit(1)),
        }


def find_among_many(reading: Reading, words: str) -> object:
    with patch.object(search, "_FEW_COURSES", 0):
        return find(reading, words, today=TODAY)


QUESTIONS: dict[str, Callable[[Reading, dict[str, str]], Any]] = {
    "today": lambda reading, keys: day(reading, today=TODAY),
    "more of the coming week": lambda reading, keys: more_of_day(reading, Part.COMING, today=TODAY, after=12),
    "search": lambda reading, keys: find(reading, "Søren Kil", today=TODAY),
    "search for one of many courses": lambda reading, keys: find_among_many(reading, "Åbent hold"),
    "search for a place": lambda reading, keys: find(reading, "Kil", today=TODAY),
    "search at a place": lambda reading, keys: find_people(reading, "Sø", place_id=keys["place"]),
    "session sheet": lambda reading, keys: session_sheet(reading, keys["session"]),
    "person": lambda reading, keys: person_timeline(reading, keys["person"]),
    "person's head": lambda reading, keys: person_head(reading, keys["person"], today=TODAY),
    "person's nicotine replacement": lambda reading, keys: nrt_story(reading, keys["person"]),
    "weeks that a person is entitled to": lambda reading, keys: entitled_weeks(reading, keys["person"]),
    "person's letters": lambda reading, keys: person_messages(reading, keys["person"]),
    "inbox": lambda reading, keys: inbox(reading),
    "inbox counted": lambda reading, keys: count_open(reading),
    "a letter": lambda reading, keys: open_message(reading, keys["message"], today=TODAY),
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
    "papers that are due": lambda reading, keys: papers_named(reading, today=TODAY, named=Kind),
    "what is due, its papers counted": lambda reading, keys: list(due_and_papers(reading, today=TODAY)),
    "bag": lambda reading, keys: bag_now(reading, keys["user"], today=TODAY),
    "referrals": lambda reading, keys: referrals(reading, today=TODAY),
    "referrals searched": lambda reading, keys: referrals(reading, today=TODAY, state="accepted", search="Sø"),
    "what a referral may be": lambda reading, keys: choices(reading, today=TODAY),
    "who a referral may be": lambda reading, keys: duplicates(
        reading, Known("", given_name="Søren", family_name="Kierkegaard", birth_date=date(1970, 5, 5)), today=TODAY
    ),
    "what a course may be": lambda reading, keys: course_choices(reading, today=TODAY),
    "who may be added to a course": lambda reading, keys: people_to_add(reading, keys["course"], "Sø"),
    "places": lambda reading, keys: places(reading),
    "what a place may be": lambda reading, keys: place_choices(reading),
    "programmes": lambda reading, keys: programmes_page(reading, today=TODAY),
    "rules said": lambda reading, keys: rules_said(reading, ["voucher_value"], today=TODAY),
    "people seen last": lambda reading, keys: recent_people(reading, user_id=keys["user"]),
    "what was restored": lambda reading, keys: restored_sessions(reading),
    "a letter's file": lambda reading, keys: original(reading, keys["message"]),
    "a letter's text": lambda reading, keys: letter_text(reading, keys["letter"]),
    "who writes": lambda reading, keys: writer(reading, keys["user"]),
    "vouchers": lambda reading, keys: voucher_overview(reading),
    "whose names a report shows": lambda reading, keys: names_of(reading, [keys["person"]]),
    "who looked for whom": lambda reading, keys: searches(reading),
    "whose data are kept too long": lambda reading, keys: due_for_review(reading, today=TODAY),
    "person's story": lambda reading, keys: person_story(reading, keys["person"], today=TODAY),
    "person's details": lambda reading, keys: person_details(reading, keys["person"]),
    "person's contacts": lambda reading, keys: contacts_of_person(reading, keys["person"], today=TODAY),
    "person's papers": lambda reading, keys: papers_of(reading, keys["person"], today=TODAY),
    "whether a person has conflicts": lambda reading, keys: has_conflict_cards(reading, keys["person"]),
    "person's conflicts": lambda reading, keys: conflict_cards(reading, keys["person"]),
    "conflicts about what teams share": lambda reading, _keys: team_conflict_cards(reading),
    "person's rights": lambda reading, keys: rights_card(reading, keys["person"]),
    "person's history": lambda reading, keys: person_history(reading, keys["person"]),
    "person's extract": lambda reading, keys: person_extract(reading, keys["person"], with_names=True),
}


# Lists of everything that is outstanding or that a coordinator oversees: they are made from all of it, once, and not
# for somebody. Who may be the same person is looked for among everybody, because nobody knows how a name was written.
WALKS = {
    "what is due": {"referral", "enrolment", "outcome", "task_state", "nrt_plan"},
    "papers that are due": {"enrolment", "task_state"},
    "what is due, its papers counted": {"referral", "enrolment", "outcome", "task_state", "nrt_plan"},
    "close the day": {"diploma", "enrolment"},
    "follow-ups": {"enrolment"},
    "referrals": {"referral"},
    "referrals searched": {"referral"},
    "who a referral may be": {"person"},
    "person's contacts": {"person"},
    "vouchers": {"voucher", "voucher_redemption", "pharmacy_invoice", "invoice_line"},
    # In the order of an index of nothing else, and no further than the newest two hundred.
    "who looked for whom": {"access_log"},
    "whose data are kept too long": {"person", "correction"},
}


@pytest.mark.parametrize("screen", list(QUESTIONS))
def test_a_screen_finds_its_rows_by_an_index(store, keys, screen):
    walks = walked(store, lambda reading: QUESTIONS[screen](reading, keys))
    tables = {re.sub(r"_\d+$", "", detail.split()[1].rstrip(":")) for detail in walks}
    assert tables <= WALKS.get(screen, set())


def test_of_what_anybody_did_on_any_laptop_only_the_newest_searches_are_read_and_none_sorted(store):
    steps = [detail for detail, _statement in planned(store, searches)]
    assert steps[0] == "SCAN access_log USING INDEX ix_access_log_search"
    assert not any("TEMP B-TREE" in step for step in steps)


def test_the_lists_of_today_look_up_no_session_and_nobody_that_they_do_not_show(store):
    steps = [detail for detail, _statement in planned(store, lambda reading: day(reading, today=TODAY))]
    by_day = [step for step in steps if step.startswith("SEARCH session") and "held_on" in step]
    by_course = [step for step in steps if step.startswith("SEARCH enrolment")]
    assert by_day
    assert by_course
    assert all("COVERING" in step for step in by_day + by_course)
    # What is ordered in memory are the sessions of one moment, and not all of a day.
    assert "USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY" not in steps


@pytest.mark.parametrize("table", ["consent", "handout", "measurement"])
def test_what_is_due_for_everybody_reads_of_the_longest_tables_nothing_but_an_index(store, table):
    def ask(reading):
        list(due_and_papers(reading, today=TODAY))

    steps = [detail for detail, _statement in planned(store, ask) if detail.startswith(f"SEARCH {table}")]
    by_person = [step for step in steps if "person_id" in step]
    assert by_person
    assert all("COVERING" in step for step in by_person)


def asked_by_screens() -> Iterator[str]:
    """Yield every question to the store that a screen knows by name."""
    app = Path(__file__).parents[3] / "app"
    for path in (*app.glob("ui/**/*.py"), app / "bootstrap.py", app / "open_stage.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("app.storage.queries"):
                continue
            module = importlib.import_module(str(node.module))
            for name in (alias.name for alias in node.names):
                known = getattr(module, name)
                if inspect.isfunction(known) and "reading" in inspect.signature(known).parameters:
                    yield name


def test_every_question_that_a_screen_asks_is_among_them():
    asked_here = {name for question in QUESTIONS.values() for name in question.__code__.co_names}
    assert set(asked_by_screens()) <= asked_here


def test_what_every_commit_asks_of_whose_data_are_restricted_goes_from_the_people_written_about(store, keys):
    steps = planned(store, lambda reading: refuse_restricted(reading, [keys["person"]]))
    assert not [detail for detail, _statement in steps if detail.startswith("SCAN person")]


def test_a_letter_is_received_and_held_against_others_without_a_walk_through_all_letters(store):
    command = ReceiveMessage("svar.xml", typical_messages()[1])
    with store.unit_of_work(actor="somebody", clock=CLOCK) as work:
        steps = planned_on(driver_of(work.session), lambda: receive_message(command, work=work))
    assert not [detail for detail, statement in steps if "incoming_message" in detail and _walks(detail, statement)]
