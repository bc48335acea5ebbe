"""Where the server has a row is known at once, and written into the row when that is written anyway."""

import pytest
from sqlalchemy import func, select

from app.ids import natural_id
from app.models.course import Attendance
from app.models.local import AnsweredPosition, OutboxEntry, TableTally
from app.models.organisation import Place
from app.models.person import Membership, Person
from app.storage.driver import driver_of
from app.storage.positions import settle
from app.sync import outbox
from app.sync.tallies import held_rows, recount
from app.sync.wire.messages import Answer, Outcome
from tests.integration.sync.desk import TODAY


def in_row(desk, place) -> int:
    """Return the position that stands in the row itself."""
    return int(desk.get(Place, place.id).server_position)


def known(desk, entity="place") -> dict[str, int]:
    with desk.store.session() as session:
        return held_rows(session, entity)


def tally(desk) -> tuple[int, int]:
    kept = desk.get(TableTally, "place")
    return (kept.rows, kept.hash)


def newest_base(desk) -> int:
    with desk.store.session() as session:
        return int(session.scalars(select(OutboxEntry.base).order_by(OutboxEntry.sequence.desc()).limit(1)).one())


@pytest.fixture
def place(mette, jens):
    """A place that both laptops have, and that Mette has changed and sent since."""
    place = mette.place()
    mette.sync()
    jens.sync()
    mette.edit(Place, place.id, note="ny")
    mette.sync()
    return place


def test_an_answer_is_known_of_the_row_without_writing_it(mette, place):
    assert in_row(mette, place) < known(mette)[place.id]
    with mette.store.session() as session:
        counted = recount(session, "place")
        session.rollback()
    assert tally(mette) == (counted.rows, counted.hash)


def test_the_first_position_stands_in_the_row(mette):
    place = mette.place()
    mette.sync()
    assert in_row(mette, place) == known(mette)[place.id] > 0
    assert mette.all(AnsweredPosition) == []


def test_of_a_batch_with_a_gap_in_its_numbers_each_is_where_the_server_said_and_the_one_between_still_waits(mette):
    places = [mette.place(name) for name in ("Nord", "Midt", "Syd")]
    with mette.store.session() as session:
        first, _, last = outbox.waiting(session, limit=9, max_bytes=10**6)
        answers = [Answer(index=place, outcome=Outcome.APPLIED, position=7 + place) for place in range(2)]
        outbox.mark(session, [first, last], answers, clock=mette.clock)
    assert mette.states() == ["acknowledged", "pending", "acknowledged"]
    assert [in_row(mette, place) for place in places] == [7, 0, 8]


def test_the_next_change_rests_on_what_was_answered_and_takes_it_into_the_row(mette, jens, place):
    answered = known(mette)[place.id]
    mette.edit(Place, place.id, note="nyere")
    assert newest_base(mette) == in_row(mette, place) == answered
    assert mette.all(OutboxEntry)[-1].fields == {"note": "nyere"}
    assert mette.sync().conflicts == 0
    jens.sync()
    assert jens.get(Place, place.id).note == "nyere"
    assert known(jens) == known(mette)


def test_a_row_that_is_deleted_is_deleted_as_it_was_last_answered(mette, jens, place):
    answered = known(mette)[place.id]
    jens.sync()
    mette.remove(Place, place.id)
    assert newest_base(mette) == answered
    mette.sync()
    jens.sync()
    assert jens.all(Place) == []


def test_what_somebody_else_wrote_since_stands_above_it(mette, jens, place):
    answered = known(mette)[place.id]
    jens.sync()
    jens.edit(Place, place.id, name="Café Syd")
    jens.sync()
    mette.sync()
    assert known(mette)[place.id] == in_row(mette, place) > answered
    assert known(mette) == known(jens)
    mette.edit(Place, place.id, note="nyest")
    assert newest_base(mette) == known(mette)[place.id]


def test_what_has_gathered_goes_into_the_rows_and_says_the_same(mette, place):
    before, counted = known(mette), tally(mette)
    with mette.store.session() as session:
        settle(driver_of(session), most=1)
        assert session.scalar(select(func.count()).select_from(AnsweredPosition)) == 1
        settle(driver_of(session), most=0)
        session.commit()
    assert mette.all(AnsweredPosition) == []
    assert in_row(mette, place) == before[place.id]
    assert (known(mette), tally(mette)) == (before, counted)
    assert mette.sync().repaired == 0


def test_a_position_that_nobody_can_explain_gives_way_to_the_servers(mette, jens, place):
    with mette.store.session() as session:
        session.get(AnsweredPosition, place.id).position = 999
        session.flush()
        recount(session, "place")
        session.commit()
    report = mette.sync()
    assert (report.repaired, report.differing) == (1, ())
    jens.sync()
    assert known(mette) == known(jens)


@pytest.fixture
def attendance(mette, jens):
    """Somebody's attendance that both laptops have, and that Mette has changed and sent since; its key is natural."""
    person = mette.person()
    row = attendance_of(person)
    mette.add(row)
    mette.sync()
    jens.sync()
    mette.edit(Attendance, row.id, status="absent")
    mette.sync()
    jens.sync()
    return person, row.id


def attendance_of(person) -> Attendance:
    key = natural_id("attendance", person.id, "today")
    return Attendance(id=key, person_id=person.id, enrolment_id=person.id, session_id=person.id, status="present")


@pytest.mark.parametrize("is_deleted_by_a_colleague", [False, True])
def test_a_row_that_was_deleted_and_is_made_again_begins_at_no_position(
    mette, jens, attendance, is_deleted_by_a_colleague
):
    person, key = attendance
    (jens if is_deleted_by_a_colleague else mette).remove(Attendance, key)
    for desk in (jens, mette):
        desk.sync()
    assert mette.all(AnsweredPosition) == []
    mette.add(attendance_of(person))
    report = mette.sync()
    assert (report.repaired, report.differing) == (0, ())
    jens.sync()
    assert known(mette, "attendance") == known(jens, "attendance") != {}


def test_of_what_has_left_no_position_stands_beside_the_rows_either(mette, kirsten, place, cooperation):
    person = mette.person()
    mette.sync()
    mette.edit(Person, person.id, note="ny")
    mette.sync()
    kirsten.sync()
    assert {beside.row_id for beside in mette.all(AnsweredPosition)} == {place.id, person.id}
    kirsten.edit(Place, place.id, team_id=cooperation.south)
    [membership] = kirsten.all(Membership)
    kirsten.edit(Membership, membership.id, left_on=TODAY)
    kirsten.sync()
    assert mette.sync().removed == 2
    assert mette.all(AnsweredPosition) == []


def test_what_is_left_beside_a_row_that_was_written_since_lowers_nothing(mette, jens, place):
    jens.sync()
    jens.edit(Place, place.id, address="Nygade 1")
    jens.sync()
    mette.sync()
    [beside] = mette.all(AnsweredPosition)
    came = in_row(mette, place)
    assert beside.position < came
    mette.edit(Place, place.id, note="nyere")
    assert newest_base(mette) == in_row(mette, place) == came
