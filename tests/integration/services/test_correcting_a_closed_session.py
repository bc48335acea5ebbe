"""What is corrected after a session was closed: new facts that point at the old ones."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.clock import TurnedClock
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.local import OutboxEntry, ValueHistory
from app.models.smoking import Handout, Measurement
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.close_session import close_session
from app.services.correct_session_cell import TAKEN_BACK, CorrectCell, correct_session_cell
from app.services.seat_known import SeatKnown, seat_known
from app.services.session_draft import Cell, TypeCell, type_cell
from app.storage.queries.session_sheet import session_sheet
from tests.empty_store import empty_store

CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
ACTOR = new_id(CLOCK)
PATCH, GUM = "patch-24h-21", "gum-2"


@pytest.fixture
def store(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", bytes(range(32)))
    yield store
    store.close()


def do(store, use_case):
    with store.unit_of_work(actor=ACTOR, clock=CLOCK) as work:
        return use_case(work)


@pytest.fixture
def closed(store):
    """A closed session at which Kaptajnen came, smoked fourteen a day and was handed a patch."""
    from app.models.organisation import Place

    place_id, course_id, session_id = new_id(CLOCK), new_id(CLOCK), new_id(CLOCK)

    def plan(work):
        work.session.add_all(
            [
                Place(id=place_id, team_id=ACTOR, municipality_id=ACTOR, name="Kilden", kind="vaerested"),
                Course(
                    id=course_id, team_id=ACTOR, place_id=place_id, delivering_municipality_id=ACTOR,
                    programme_version_id=ACTOR, title="Små skridt", format="group", starts_on=date(2026, 9, 1),
                ),
                Session(
                    id=session_id, team_id=ACTOR, course_id=course_id, place_id=place_id, number=3,
                    held_on=date(2026, 11, 24),
                ),
            ]
        )  # fmt: skip
        work.commit()

    do(store, plan)
    added = do(store, lambda work: add_walk_in(AddWalkIn(course_id, "Kaptajnen"), work=work))
    for cell, text in ((Cell.STATUS, "present"), (Cell.CIGARETTES_PER_DAY, "14"), (Cell.HANDOUT, PATCH)):
        do(
            store,
            lambda work, cell=cell, text=text: type_cell(
                TypeCell(session_id, added.enrolment_id, cell, text), work=work
            ),
        )
    do(store, lambda work: close_session(session_id, work=work))
    return session_id, added.enrolment_id


def correct(store, closed, cell, text, **more):
    do(store, lambda work: correct_session_cell(CorrectCell(*closed, cell, text, **more), work=work))
    with store.session() as reading:
        return session_sheet(reading, closed[0]).rows[0].cells


def in_order(reading, table):
    """The fact, and the one that corrects it."""
    return sorted(reading.scalars(select(table)), key=lambda fact: fact.corrects_id is not None)


def test_another_number_is_a_new_fact_that_points_at_the_old_one(store, closed):
    assert correct(store, closed, Cell.CIGARETTES_PER_DAY, "12")["cigarettes_per_day"] == 12
    with store.session() as reading:
        old, new = in_order(reading, Measurement)
    assert (old.value, new.value, new.corrects_id) == (14, 12, old.id)
    assert new.reason


def test_a_number_that_is_taken_away_is_not_asked_and_not_zero(store, closed):
    assert "cigarettes_per_day" not in correct(store, closed, Cell.CIGARETTES_PER_DAY, "")
    with store.session() as reading:
        _old, newest = in_order(reading, Measurement)
    assert (newest.value, newest.answer) == (None, "not_asked")


def test_a_handout_is_taken_back_as_a_correction_to_nothing_and_its_week_is_due_again(store, closed):
    assert "handout" not in correct(store, closed, Cell.HANDOUT, "", reason=TAKEN_BACK)
    with store.session() as reading:
        given, taken = in_order(reading, Handout)
        assert session_sheet(reading, closed[0]).rows[0].offered
    assert (taken.corrects_id, taken.quantity, taken.week, taken.reason) == (given.id, 0, given.week, TAKEN_BACK)
    assert correct(store, closed, Cell.HANDOUT, PATCH)["handout"] == PATCH


def test_another_product_takes_the_place_of_the_first_in_the_same_week(store, closed):
    assert correct(store, closed, Cell.HANDOUT, GUM)["handout"] == GUM
    with store.session() as reading:
        given, taken, instead = in_order(reading, Handout)
    assert {row.week for row in (given, taken, instead)} == {1}
    # One after the other, so that of two laptops that do this apart only one counts.
    assert (taken.corrects_id, instead.corrects_id) == (given.id, taken.id)


def test_a_product_that_is_added_is_handed_out_and_the_one_that_was_is_not_handed_out_again(store, closed):
    correct(store, closed, Cell.HANDOUT, f"{PATCH} + {GUM}")
    with store.session() as reading:
        handed = sorted((row.product, row.week, row.quantity) for row in reading.scalars(select(Handout)))
    assert handed == [(GUM, 1, 1), (PATCH, 1, 1)]


def test_attendance_and_notes_are_changed_where_they_stand_and_what_they_were_is_remembered(store, closed):
    cells = correct(store, closed, Cell.STATUS, "excused")
    assert cells["status"] == "excused"
    correct(store, closed, Cell.NOTE, "Ringede i forvejen")
    with store.session() as reading:
        row = reading.scalars(select(Attendance)).one()
        history = reading.scalars(select(ValueHistory).where(ValueHistory.row_id == row.id)).all()
    assert row.note == "Ringede i forvejen"
    assert [(h.field, h.before, h.after, h.actor) for h in history] == [
        ("status", "present", "excused", ACTOR), ("note", "", "Ringede i forvejen", ACTOR),
    ]  # fmt: skip


def test_nonsense_is_refused_and_nothing_is_written(store, closed):
    with store.session() as reading:
        before = len(reading.scalars(select(OutboxEntry)).all())
    for cell, text in ((Cell.CIGARETTES_PER_DAY, "mange"), (Cell.CO_PPM, "900"), (Cell.STATUS, "?")):
        with pytest.raises(RuleRefusal):
            correct(store, closed, cell, text)
    with store.session() as reading:
        assert len(reading.scalars(select(OutboxEntry)).all()) == before


def test_an_open_session_is_not_corrected(store, closed):
    def reopen(work):
        work.session.get(Session, closed[0]).state = "planned"
        work.commit()

    do(store, reopen)
    with pytest.raises(RuleRefusal, match="session-not-closed"):
        correct(store, closed, Cell.CIGARETTES_PER_DAY, "12")


def test_somebody_known_who_sits_down_again_is_one_row_and_back_on_the_course(store, closed):
    with store.session() as reading:
        enrolment = reading.get(Enrolment, closed[1])

    def leave(work):
        work.session.get(Enrolment, closed[1]).left_on = date(2026, 11, 24)
        work.commit()

    do(store, leave)
    seated = do(store, lambda work: seat_known(SeatKnown(enrolment.course_id, enrolment.person_id), work=work))
    assert seated.enrolment_id == closed[1]
    with store.session() as reading:
        assert reading.get(Enrolment, closed[1]).left_on is None
