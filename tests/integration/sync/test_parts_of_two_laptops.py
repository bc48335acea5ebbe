"""Two laptops take one person into a course with two rows, neither knowing: they are on it once after the next sending.

The laptops send as the application does, with a real server between them.
"""

import pytest
from sqlalchemy import select

from app import open_stage
from app.domain.reports.participations import participations
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment
from app.models.person import Person
from app.models.smoking import Conflict
from app.security.key_store import create_key_file
from app.services.close_enrolment import CloseEnrolment, close_enrolment
from app.services.join_course import JoinCourse, join_course
from app.services.join_parts import join_parts_made_apart
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.settings import KEY_FILE_NAME
from app.storage.queries.reports import facts
from tests.integration.sync.desk import TODAY


def send(desk):
    return open_stage.synchronised(desk.store, desk.device, clock=desk.clock)


def do(desk, use_case, command):
    with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
        return use_case(command, work=work)


def counted(desk):
    with desk.store.session() as reading:
        return [found.enrolment.id for found in participations(facts(reading))]


def parts(desk):
    names = [column.key for column in Enrolment.__table__.columns if column.key != "server_position"]
    with desk.store.session() as reading:
        rows = reading.scalars(select(Enrolment).order_by(Enrolment.id))
        return [{name: getattr(row, name) for name in names} for row in rows]


class Table:
    """A course of the team on two laptops, and the two rows of one person whom one of the laptops joins."""

    def __init__(self, mette, jens):
        self.mette, self.jens = mette, jens
        place, team = mette.place(), mette.device.team_ids[0]
        self.course = new_id(mette.clock)
        mette.add(
            Course(
                id=self.course, team_id=team, place_id=place.id, delivering_municipality_id=team,
                programme_version_id=new_id(mette.clock), title="Café", format="group", starts_on=TODAY,
            )
        )  # fmt: skip
        self.kept, self.duplicate = mette.person("Kaptajnen").id, mette.person("Kaptajn").id
        self.sent_in_turn()
        do(mette, merge_people, MergePeople(self.kept, self.duplicate))

    def sent_in_turn(self):
        for desk in (self.mette, self.jens, self.mette):
            send(desk)

    def take_in(self, desk, person_id):
        do(desk, join_course, JoinCourse(person_id, self.course, TODAY))
        return natural_id("enrolment", person_id, self.course)


@pytest.fixture
def table(mette, jens, tmp_path):
    # Sending looks into it for what the coordinator can help with.
    create_key_file(tmp_path / KEY_FILE_NAME, "tre almindelige ord", user_id=mette.device.user_id)
    return Table(mette, jens)


def test_they_are_on_the_course_once_on_both_laptops_and_nothing_is_disputed(table):
    first = table.take_in(table.mette, table.kept)
    second = table.take_in(table.jens, table.duplicate)
    before = {part["id"]: part for part in (*parts(table.mette), *parts(table.jens))}
    table.sent_in_turn()
    # Each does it by itself, before it hears of the other's.
    send(table.jens)
    report = send(table.mette)
    assert (report.conflicts, report.is_safe) == (0, True)
    send(table.jens)
    assert parts(table.mette) == parts(table.jens)
    for desk in (table.mette, table.jens):
        assert (counted(desk), desk.all(Conflict)) == ([first], [])
        assert not join_parts_made_apart(desk.store, actor=desk.device.user_id, clock=desk.clock).rows
    do(table.mette, unmerge_people, table.duplicate)
    send(table.mette)
    send(table.jens)
    for desk in (table.mette, table.jens):
        assert {part["id"]: part for part in parts(desk)} == before
        assert set(counted(desk)) == {first, second}


def test_a_part_that_was_over_is_closed_as_it_was_when_they_are_parted(table):
    table.take_in(table.mette, table.kept)
    second = table.take_in(table.jens, table.duplicate)
    do(table.jens, close_enrolment, CloseEnrolment(second, TODAY, "dropped_out"))
    table.sent_in_turn()
    send(table.jens)
    assert table.jens.get(Enrolment, second).closing_reason == "moved_course"
    do(table.jens, unmerge_people, table.duplicate)
    assert table.jens.get(Enrolment, second).closing_reason == "dropped_out"


def test_rows_that_were_joined_with_a_third_one_are_on_the_course_once_and_are_parted_again(table):
    third = table.mette.person("Kap").id
    send(table.mette)
    send(table.jens)
    do(table.mette, merge_people, MergePeople(table.kept, third))
    first = table.take_in(table.mette, third)
    second = table.take_in(table.jens, table.duplicate)
    table.sent_in_turn()
    send(table.mette)
    (goes_on,) = counted(table.mette)
    assert goes_on in (first, second)
    do(table.mette, unmerge_people, third)
    assert set(counted(table.mette)) == {first, second}
    assert {part["closing_reason"] for part in parts(table.mette)} == {""}


def test_whose_data_may_only_be_kept_are_left_as_they_are_and_everything_else_is_sent(table):
    table.take_in(table.mette, table.kept)
    table.take_in(table.jens, table.duplicate)
    table.sent_in_turn()
    with table.mette.store.unit_of_work(actor=table.mette.device.user_id, clock=table.mette.clock) as work:
        work.despite_restriction()
        work.session.get(Person, table.kept).restricted_on = TODAY
        work.commit()
    assert send(table.mette).is_safe
    assert len(counted(table.mette)) == 2
