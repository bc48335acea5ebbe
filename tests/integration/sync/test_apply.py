"""A page of rows meets a store in use: what is unsent stays on top, and what cannot be read holds up nothing."""

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select, update

from app.clock import TurnedClock
from app.errors import KnownProblem
from app.models.course import Attendance, Enrolment, Session
from app.models.local import Device, OutboxEntry, PassedOver, SessionDraft, TableTally
from app.models.organisation import Place, ProgrammeVersion
from app.models.person import Person, Referral
from app.models.smoking import Conflict, Measurement
from app.storage.driver import driver_of
from app.sync import outbox
from app.sync.apply import UnreadableRow, apply_page
from app.sync.standpoint import read_backlog
from app.sync.tallies import has_unsent, held_rows, recount
from app.sync.wire.messages import Answer, Outcome, Row, Tally
from tests.empty_store import empty_store
from tests.integration.sync.desk import KEY, Desk

TEAM = str(uuid.UUID(int=1))


def an_id(number: int) -> str:
    return str(uuid.UUID(int=number))


@pytest.fixture
def desk(tmp_path):
    store = empty_store(tmp_path / "pusterum.db", KEY)
    with store.session() as session:
        session.add(
            Device(
                id=TEAM, database_id=TEAM, server_url="https://x", server_id=TEAM, epoch=TEAM, token="t",
                receipt_key="",
                user_id=TEAM, user_name="Mette", role="counsellor", cooperation_id=TEAM,
                cooperation_name="x",
                team_ids=[TEAM],
            )
        )  # fmt: skip
        session.commit()
    yield Desk(store, "https://x", TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC)))
    store.close()


def apply(desk: Desk, *rows: Row, cursor: int | None = None):
    with desk.store.session() as session:
        applied = apply_page(session, rows, cursor=rows[-1].position if cursor is None else cursor)
        session.commit()
    return applied


def a_place(number: int, position: int, **fields) -> Row:
    known = {"team_id": TEAM, "municipality_id": TEAM, "name": "Nord", "kind": "café", **fields}
    return Row(entity="place", row_id=an_id(number), position=position, fields=known)


def tombstone(row: Row, position: int) -> Row:
    return Row(entity=row.entity, row_id=row.row_id, position=position, deleted=True)


def test_rows_are_made_changed_and_deleted_together_with_the_cursor(desk):
    apply(desk, a_place(10, 1), a_place(11, 2))
    page = apply(desk, a_place(10, 3, name="Syd"), tombstone(a_place(11, 2), 4), a_place(12, 5, note="ny"))
    assert {place.id: place.name for place in desk.all(Place)} == {an_id(10): "Syd", an_id(12): "Nord"}
    assert desk.get(Place, an_id(10)).server_position == 3
    assert desk.device.cursor == page.cursor == 5
    assert len(page.changed) == 3
    assert desk.states() == []


def test_a_page_may_be_empty_and_may_come_twice(desk):
    apply(desk, a_place(10, 1))
    assert len(apply(desk, a_place(10, 1)).changed) == 0
    with desk.store.session() as session:
        assert apply_page(session, [], cursor=9).cursor == 9


def test_what_stays_as_it_was_is_not_written_again(desk):
    apply(desk, a_place(10, 1), a_place(11, 2))
    said = []

    @event.listens_for(desk.store.engine, "checkout")
    def _listen(driver, *_more):
        driver.set_trace_callback(said.append)

    apply(desk, a_place(10, 3, note="ny"), a_place(11, 4))
    changes = [statement.partition(" WHERE ")[0] for statement in said if statement.startswith('UPDATE "place"')]
    assert changes == [
        """UPDATE "place" SET "note" = 'ny', "server_position" = 3""",
        'UPDATE "place" SET "server_position" = 4',
    ]


def test_a_row_with_few_fields_changes_only_those_and_takes_defaults_when_new(desk):
    apply(desk, a_place(10, 1, note="gammel"))
    apply(desk, Row(entity="place", row_id=an_id(10), position=2, fields={"name": "Syd"}))
    assert (desk.get(Place, an_id(10)).note, desk.get(Place, an_id(10)).name) == ("gammel", "Syd")
    apply(desk, a_place(11, 3))
    assert desk.get(Place, an_id(11)).address == ""


def test_entities_and_fields_of_a_later_version_are_passed_over(desk):
    page = apply(
        desk,
        Row(entity="horoscope", row_id=an_id(5), position=1, fields={"a": 1}),
        a_place(10, 2, colour="blue", id="x", server_position=99),
    )
    assert (page.unreadable, page.cursor) == ((), 2)
    assert desk.get(Place, an_id(10)).server_position == 2
    # The version that knows them reads them then; what only a laptop has for itself nobody will ever know.
    with desk.store.session() as session:
        passed = {(one.entity, one.field) for one in session.scalars(select(PassedOver))}
    assert passed >= {("horoscope", ""), ("place", "colour")}


GOOD = {
    "person_id": TEAM,
    "kind": "co_ppm",
    "answer": "given",
    "value": 3,
    "measured_on": "2026-11-24",
    "recorded_by": TEAM,
}


CALL = {
    "person_id": TEAM,
    "attempted_at": "2026-11-24T10:00:00Z",
    "channel": "phone",
    "purpose": "other",
    "outcome": "reached",
    "recorded_by": TEAM,
}


@pytest.mark.parametrize(
    ("entity", "fields", "field"),
    [
        ("measurement", {**GOOD, "measured_on": "yesterday"}, "measured_on"),
        ("measurement", {**GOOD, "measured_on": 20261124}, "measured_on"),
        ("measurement", {**GOOD, "measured_on": None}, "measured_on"),
        ("measurement", {**GOOD, "value": "three"}, "value"),
        ("measurement", {**GOOD, "value": True}, "value"),
        ("measurement", {**GOOD, "kind": {"a": 1}}, "kind"),
        ("measurement", {**GOOD, "kind": 7}, "kind"),
        ("measurement", {"person_id": TEAM}, "kind"),
        ("person", {"person_id": TEAM, "registered_at": "2026-11-24T10:00:00"}, "registered_at"),
        ("person", {"person_id": TEAM, "registered_at": []}, "registered_at"),
        ("referral", {"person_id": TEAM, "channel": "x", "received_on": "2026-11-24", "is_self_referral": 1},
         "is_self_referral"),
        ("outreach_visit", {"team_id": TEAM, "place_id": TEAM, "kind": "x", "visited_on": "2026-11-24",
                            "recorded_by": TEAM, "visitors": 2**70}, "visitors"),
        ("contact_attempt", {**CALL, "topics": 5}, "topics"),
        ("contact_attempt", {**CALL, "topics": {"a": 1}}, "topics"),
        ("contact_attempt", {**CALL, "topics": ["money", 5]}, "topics"),
        ("programme_version", {"key": "s2", "name": "x", "valid_from": "2026-01-01", "rules": ["weeks"]}, "rules"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_reported_and_holds_up_nothing(desk, entity, fields, field):
    page = apply(desk, Row(entity=entity, row_id=an_id(5), position=1, fields=fields), a_place(10, 2))
    assert page.unreadable == (UnreadableRow(entity, an_id(5), field),)
    assert page.cursor == desk.device.cursor == 2
    assert [place.id for place in desk.all(Place)] == [an_id(10)]
    assert desk.all(Person) + desk.all(Measurement) + desk.all(Referral) == []


def test_every_kind_of_column_arrives_as_it_was_sent(desk):
    apply(
        desk,
        Row(entity="measurement", row_id=an_id(5), position=1, fields=GOOD),
        Row(entity="programme_version", row_id=an_id(6), position=2, fields={
            "key": "s2", "name": "x", "valid_from": "2026-01-01", "valid_to": None, "rules": {"weeks": [1, 2]},
        }),
        Row(entity="conflict", row_id=an_id(7), position=3, fields={
            "entity": "place", "row_id": an_id(10), "field": "name", "change_id": an_id(11), "standing_value": "a",
        }),
        Row(entity="person", row_id=an_id(8), position=4, fields={
            "person_id": an_id(8), "registered_at": "2026-11-24T10:00:00+02:00", "birth_date": "1961-02-03",
        }),
    )  # fmt: skip
    assert desk.get(Measurement, an_id(5)).value == 3.0
    assert desk.get(ProgrammeVersion, an_id(6)).rules == {"weeks": [1, 2]}
    assert desk.get(Conflict, an_id(7)).subject_entity == "place"
    assert desk.get(Person, an_id(8)).registered_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert desk.get(Person, an_id(8)).birth_date == date(1961, 2, 3)


def test_fields_with_unsent_changes_keep_the_local_value_and_the_base_they_were_made_on(desk):
    apply(desk, a_place(10, 1))
    desk.edit(Place, an_id(10), name="Min")
    apply(desk, a_place(10, 5, name="Din", note="ny"))
    place = desk.get(Place, an_id(10))
    assert (place.name, place.note, place.server_position) == ("Min", "ny", 1)
    desk.edit(Place, an_id(10), name="Min igen")
    assert [entry.base for entry in desk.all(OutboxEntry)] == [1, 1]


def test_an_unsent_fact_is_not_overwritten(desk):
    mine = desk.measurement(TEAM, 12.0)
    apply(desk, Row(entity="measurement", row_id=mine.id, position=3, fields={**GOOD, "value": 99}))
    assert desk.get(Measurement, mine.id).value == 12.0


def test_an_unsent_deletion_is_not_undone_by_a_page(desk):
    apply(desk, a_place(10, 1))
    desk.remove(Place, an_id(10))
    assert apply(desk, a_place(10, 4, name="Syd")).cursor == 4
    assert desk.get(Place, an_id(10)) is None


def test_a_tombstone_waits_for_unsent_changes_and_the_cursor_with_it(desk):
    apply(desk, a_place(10, 1))
    desk.edit(Place, an_id(10), note="min")
    page = apply(desk, a_place(11, 2), tombstone(a_place(10, 1), 3), a_place(12, 4))
    assert page.cursor == desk.device.cursor == 2
    assert {place.id for place in desk.all(Place)} == {an_id(10), an_id(11), an_id(12)}


@pytest.mark.parametrize("entity", ["session", "enrolment"])
def test_a_tombstone_waits_for_what_is_typed_and_not_yet_closed(desk, entity):
    desk.add(
        Session(id=an_id(20), team_id=TEAM, course_id=TEAM, place_id=TEAM, number=1, held_on=date(2026, 11, 24)),
        Enrolment(id=an_id(21), person_id=TEAM, course_id=TEAM, joined_on=date(2026, 11, 24)),
    )
    with desk.store.session() as session:
        session.add(SessionDraft(session_id=an_id(20), enrolment_id=an_id(21), cells={}, saved_at=desk.clock.now()))
        session.execute(update(OutboxEntry).values(state="acknowledged"))
        session.commit()
    row_id = an_id(20) if entity == "session" else an_id(21)
    assert apply(desk, Row(entity=entity, row_id=row_id, position=7, deleted=True)).cursor == 6
    assert len(desk.all(SessionDraft)) == len(desk.all(Session)) == len(desk.all(Enrolment)) == 1


def test_two_laptops_that_make_the_same_attendance_have_one_row(desk):
    fields = {"person_id": TEAM, "enrolment_id": TEAM, "session_id": TEAM, "status": "present"}
    desk.add(Attendance(id=an_id(30), **fields))
    apply(desk, Row(entity="attendance", row_id=an_id(30), position=2, fields={**fields, "status": "absent"}))
    assert [row.status for row in desk.all(Attendance)] == ["present"]


def sent_by(desk: Desk, **options):
    with desk.store.session() as session:
        return outbox.pending(session, **{"limit": 100, "max_bytes": 10**6, **options})


def test_batches_are_bounded_by_count_and_by_bytes_and_keep_the_order(desk):
    for number in range(5):
        desk.place(f"{number}" + "x" * 1000)
    assert [change.sequence for change in sent_by(desk)] == [1, 2, 3, 4, 5]
    assert len(sent_by(desk, limit=2)) == 2
    assert len(sent_by(desk, max_bytes=3_000)) == 2
    assert len(sent_by(desk, max_bytes=1)) == 1
    assert [change.sequence for change in sent_by(desk, after=3)] == [4, 5]


def test_only_what_an_answer_names_is_marked(desk):
    places = [desk.place(str(number)) for number in range(6)]
    batch = sent_by(desk)
    answers = [
        Answer(index=0, outcome=Outcome.APPLIED, position=11),
        Answer(index=1, outcome=Outcome.REFUSED, code="out-of-scope"),
        Answer(index=2, outcome=Outcome.CONFLICT, position=13),
        Answer(index=3, outcome=Outcome.TRY_LATER),
        Answer(index=5, outcome=Outcome.MERGED, position=14),
    ]
    with desk.store.session() as session:
        marked = outbox.mark(session, batch, answers, clock=desk.clock)
    assert (marked.taken, marked.conflicts, marked.refused) == (3, 1, 1)
    assert desk.states() == ["acknowledged", "refused", "conflict", "pending", "pending", "acknowledged"]
    # What was merged came beside somebody else's change, which this laptop has not seen yet.
    assert [desk.get(Place, place.id).server_position for place in places] == [11, 0, 0, 0, 0, 0]
    with desk.store.session() as session:
        backlog = read_backlog(driver_of(session))
    assert (backlog.pending, backlog.refused, backlog.through, backlog.last) == (2, 1, 3, 6)
    assert desk.all(OutboxEntry)[1].code == "out-of-scope"


def test_an_answer_to_nothing_marks_nothing(desk):
    desk.place()
    batch = sent_by(desk)
    answers = [Answer(index=0, outcome=Outcome.APPLIED, position=1), Answer(index=1, outcome=Outcome.APPLIED)]
    with desk.store.session() as session, pytest.raises(KnownProblem, match="server-fault"):
        outbox.mark(session, batch, answers, clock=desk.clock)
    assert desk.states() == ["pending"]


def test_only_what_still_waits_of_a_table_is_a_reason_for_it_to_differ(desk):
    desk.place()
    with desk.store.session() as session:
        answers = [Answer(index=0, outcome=Outcome.CONFLICT, position=1)]
        outbox.mark(session, outbox.pending(session, limit=1, max_bytes=10**6), answers, clock=desk.clock)
    desk.measurement(TEAM)
    with desk.store.session() as session:
        assert [has_unsent(session, entity) for entity in ("place", "measurement")] == [False, True]


def test_a_quarantined_change_can_be_offered_again(desk):
    desk.place()
    desk.place()
    batch = sent_by(desk)
    with desk.store.session() as session:
        refused = [Answer(index=index, outcome=Outcome.REFUSED, code="out-of-scope") for index in range(2)]
        outbox.mark(session, batch, refused, clock=desk.clock)
        assert outbox.offer_again(session, change_ids=[batch[1].change_id]) == 1
        session.commit()
    assert desk.states() == ["refused", "pending"]


def test_a_late_answer_to_a_repeated_change_lowers_no_position(desk):
    place = desk.place()
    batch = sent_by(desk)
    for position in (9, 4):
        with desk.store.session() as session:
            answers = [Answer(index=0, outcome=Outcome.ALREADY_HAD, code="applied", position=position)]
            outbox.mark(session, batch, answers, clock=desk.clock)
    assert desk.get(Place, place.id).server_position == 9


@pytest.mark.parametrize("known", [(), (1,), (0, 1, 2)])
def test_rows_that_were_made_stand_where_they_were_taken_and_are_counted_so(desk, known):
    """A row may have a position already, where its change was offered again after the server was set back."""
    places = [desk.place(str(number)) for number in range(3)]
    batch = sent_by(desk)
    answers = [Answer(index=index, outcome=Outcome.APPLIED, position=40 + index) for index in range(3)]
    with desk.store.session() as session:
        for number in known:
            session.get_one(Place, places[number].id).server_position = 7
        session.flush()
        recount(session, "place")
        outbox.mark(session, batch, answers, clock=desk.clock)
        assert held_rows(session, "place") == {place.id: 40 + number for number, place in enumerate(places)}
        kept = session.get(TableTally, "place")
        # It is counted anew where only some of them had one.
        assert (kept is None) == (len(known) == 1)
        before = None if kept is None else Tally(kept.rows, kept.hash)
        assert before in (None, recount(session, "place"))


def test_a_row_that_comes_anew_has_what_is_unsent_of_it_on_top(desk):
    with desk.store.session() as session:
        session.add(
            OutboxEntry(
                sequence=1, change_id=an_id(9), entity="place", row_id=an_id(5), operation="update",
                fields={"note": "Ring på"}, actor=TEAM, at=desk.clock.now(),
            )
        )  # fmt: skip
        session.commit()
    apply(desk, a_place(5, 3, note="Bank på", address="Nygade 1"))
    place = desk.get(Place, an_id(5))
    assert (place.note, place.address, place.server_position) == ("Ring på", "Nygade 1", 3)
