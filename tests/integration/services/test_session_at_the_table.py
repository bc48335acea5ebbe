from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.clock import TurnedClock
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Attendance, Course, Session
from app.models.local import OutboxEntry, SessionDraft
from app.models.organisation import Place
from app.models.smoking import Handout, Measurement
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.close_session import close_session
from app.services.session_draft import Cell, TypeCell, type_cell
from app.storage.engine import open_store
from app.storage.queries.session_sheet import session_sheet
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
TODAY = date(2026, 11, 24)
ACTOR = new_id(CLOCK)
COURSE = new_id(CLOCK)
KEY = bytes(range(32))


def a_session(number=1, held_on=TODAY):
    return Session(id=new_id(CLOCK), team_id=ACTOR, course_id=COURSE, place_id=ACTOR, number=number, held_on=held_on)


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", KEY)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(
            Course(
                id=COURSE, team_id=ACTOR, place_id=ACTOR, delivering_municipality_id=ACTOR,
                programme_version_id=ACTOR, title="Café", format="group", starts_on=TODAY,
            )
        )  # fmt: skip
        work.commit()
    yield store
    store.close()


def plan(store, **given):
    session = a_session(**given)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(session)
        work.commit()
    return session.id


def walk_in(store, nickname):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        return add_walk_in(AddWalkIn(COURSE, nickname), work=work)


def typed(store, session_id, enrolment_id, cell, text):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        return type_cell(TypeCell(session_id, enrolment_id, cell, text), work=work)


def closed(store, session_id):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        return close_session(session_id, work=work)


def every(store, table):
    with store.session() as session:
        return list(session.scalars(select(table)))


@pytest.mark.parametrize("name", ["Kaptajnen", "Şükrü Łęcki", "O'Neill; DROP", "محمد", "😀", "x" * 300])
def test_somebody_who_sits_down_is_on_the_list_by_any_name(store, name):
    walk_in(store, f"  {name} ")
    assert [entry.fields["nickname"] for entry in every(store, OutboxEntry) if entry.entity == "person"] == [name]


@pytest.mark.parametrize(("name", "code"), [("", "empty-name"), ("   ", "empty-name"), ("x" * 301, "name-too-long")])
def test_a_name_that_is_none_is_refused_and_nothing_is_written(store, name, code):
    before = len(every(store, OutboxEntry))
    with pytest.raises(RuleRefusal, match=code):
        walk_in(store, name)
    assert len(every(store, OutboxEntry)) == before


@pytest.mark.parametrize(
    ("cell", "text", "code"),
    [
        (Cell.CIGARETTES_PER_DAY, "mange", "not-a-number"),
        (Cell.CIGARETTES_PER_DAY, "-3", "not-a-number"),
        (Cell.CIGARETTES_PER_DAY, "١٢", "not-a-number"),
        (Cell.CIGARETTES_PER_DAY, "400", "too-many-cigarettes"),
        (Cell.CO_PPM, "900", "co-out-of-range"),
        (Cell.STATUS, "maybe", "unknown-status"),
    ],
)
def test_a_cell_that_is_refused_keeps_what_was_typed_before(store, cell, text, code):
    session_id, person = plan(store), walk_in(store, "Jonny")
    typed(store, session_id, person.enrolment_id, Cell.CIGARETTES_PER_DAY, "12,5")
    with pytest.raises(RuleRefusal, match=code):
        typed(store, session_id, person.enrolment_id, cell, text)
    assert [draft.cells for draft in every(store, SessionDraft)] == [{"cigarettes_per_day": 12.5}]


def test_a_session_whose_cells_were_all_emptied_again_is_not_begun(store):
    session_id, person = plan(store), walk_in(store, "Jonny")
    typed(store, session_id, person.enrolment_id, Cell.NOTE, "træt")
    typed(store, session_id, person.enrolment_id, Cell.CIGARETTES_PER_DAY, "12")
    typed(store, session_id, person.enrolment_id, Cell.NOTE, "")
    assert [draft.cells for draft in every(store, SessionDraft)] == [{"cigarettes_per_day": 12}]
    typed(store, session_id, person.enrolment_id, Cell.CIGARETTES_PER_DAY, "")
    assert every(store, SessionDraft) == []
    typed(store, session_id, person.enrolment_id, Cell.NOTE, "")
    assert every(store, SessionDraft) == []


def test_a_draft_is_there_when_the_store_is_opened_again_and_does_not_travel(store):
    session_id, person = plan(store), walk_in(store, "Jonny")
    typed(store, session_id, person.enrolment_id, Cell.NOTE, "træt i dag")
    store.close()
    again = open_store(store.path, KEY)
    assert [draft.cells for draft in every(again, SessionDraft)] == [{"note": "træt i dag"}]
    assert "session_draft" not in {entry.entity for entry in every(again, OutboxEntry)}
    again.close()


def test_closing_makes_facts_of_what_was_typed_and_names_whom_to_call(store):
    session_id = plan(store)
    came, stayed_away = walk_in(store, "Jonny"), walk_in(store, "Rita")
    for cell, text in [(Cell.STATUS, "present"), (Cell.CIGARETTES_PER_DAY, "18"), (Cell.HANDOUT, "patch-21")]:
        typed(store, session_id, came.enrolment_id, cell, text)
    result = closed(store, session_id)
    assert (result.present, result.to_call) == (1, (stayed_away.person_id,))
    assert {row.person_id: row.status for row in every(store, Attendance)} == {
        came.person_id: "present",
        stayed_away.person_id: "absent",
    }
    assert [(row.kind, row.value) for row in every(store, Measurement)] == [("cigarettes_per_day", 18.0)]
    assert every(store, SessionDraft) == []


def test_a_missed_week_does_not_eat_the_handouts(store):
    first, missed, third = plan(store), plan(store, number=2), plan(store, number=3)
    person, other = walk_in(store, "Jonny"), walk_in(store, "Rita")
    for session_id, comes in [(first, person), (missed, other), (third, person)]:
        typed(store, session_id, comes.enrolment_id, Cell.STATUS, "present")
        if comes is person:
            typed(store, session_id, comes.enrolment_id, Cell.HANDOUT, "patch-21")
        closed(store, session_id)
    assert sorted(row.week for row in every(store, Handout)) == [1, 2]


def test_a_handout_taken_back_is_no_handout(store):
    first, second = plan(store), plan(store, number=2)
    person = walk_in(store, "Jonny")
    for session_id in (first, second):
        typed(store, session_id, person.enrolment_id, Cell.STATUS, "present")
        typed(store, session_id, person.enrolment_id, Cell.HANDOUT, "patch-21")
    closed(store, first)
    (given,) = every(store, Handout)
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(
            Handout(
                id=new_id(CLOCK), person_id=given.person_id, week=1, product=given.product, quantity=0,
                handed_on=TODAY, recorded_by=ACTOR, corrects_id=given.id, reason="wrong box",
            )
        )  # fmt: skip
        work.commit()
    closed(store, second)
    assert sorted((row.week, row.quantity) for row in every(store, Handout)) == [(1, 0), (1, 1), (1, 1)]


def test_a_session_is_closed_once_and_never_before_it_was_held(store):
    person = walk_in(store, "Jonny")
    tomorrow = plan(store, number=2, held_on=date(2026, 11, 25))
    with pytest.raises(RuleRefusal, match="future-date"):
        closed(store, tomorrow)
    session_id = plan(store)
    with pytest.raises(RuleRefusal, match="nobody-present"):
        closed(store, session_id)
    typed(store, session_id, person.enrolment_id, Cell.STATUS, "present")
    closed(store, session_id)
    with pytest.raises(RuleRefusal, match="session-closed"):
        closed(store, session_id)
    with pytest.raises(RuleRefusal, match="session-closed"):
        typed(store, session_id, person.enrolment_id, Cell.NOTE, "for sent")


def test_two_who_may_be_one_are_named_until_both_came_to_one_session(store):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        work.session.add(Place(id=ACTOR, team_id=ACTOR, municipality_id=ACTOR, name="Kilden", kind="vaerested"))
        work.commit()
    first = plan(store)
    seated = [walk_in(store, name) for name in ("Jonny", "Johnny", "Kaptajnen")]

    def named(session_id):
        with store.session() as reading:
            return {row.name: row.may_be for row in session_sheet(reading, session_id).rows}

    assert named(first) == {"Jonny": (seated[1].person_id,), "Johnny": (seated[0].person_id,), "Kaptajnen": ()}
    for one in seated:
        typed(store, first, one.enrolment_id, Cell.STATUS, "present")
    closed(store, first)
    # On the sheet itself it goes on being said: two laptops may each have written down the one who came.
    assert named(first)["Jonny"] == (seated[1].person_id,)
    assert set(named(plan(store, number=2, held_on=TODAY + timedelta(days=7))).values()) == {()}
