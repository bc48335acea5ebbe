"""Vouchers issued by two laptops that were apart: found when they meet, reported to everybody, deleted by nobody."""

from datetime import date, timedelta

from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment, Session
from app.models.medicine import Voucher
from app.models.organisation import ProgrammeVersion
from app.services.issue_voucher import IssueVoucher, issue_voucher
from app.storage.queries.vouchers import voucher_overview, voucher_story
from invented.cooperation import preset
from tests.integration.sync.desk import TODAY


def course_of_the_agreement(kirsten, mette):
    """A programme with vouchers, and a course of it with somebody who smokes twenty a day."""
    fields = preset("roegfri_paa_tvaers")
    version = ProgrammeVersion(
        id=new_id(kirsten.clock), key=fields["key"], name=fields["name"],
        valid_from=date.fromisoformat(fields["valid_from"]), rules=fields["rules"],
    )  # fmt: skip
    kirsten.add(version)
    kirsten.sync()
    mette.sync()
    team = mette.device.team_ids[0]
    person = mette.person("Kaptajnen")
    course = Course(
        id=new_id(mette.clock), team_id=team, place_id=team, delivering_municipality_id=team,
        programme_version_id=version.id, title="Café", format="group", starts_on=TODAY,
    )  # fmt: skip
    session = Session(id=new_id(mette.clock), team_id=team, course_id=course.id, place_id=team, number=1, held_on=TODAY)
    enrolment = Enrolment(
        id=natural_id("enrolment", person.id, course.id), person_id=person.id, course_id=course.id, joined_on=TODAY
    )
    mette.add(course, session)
    mette.add(enrolment)
    mette.measurement(person.id, 20.0)
    mette.sync()
    return person.id, session.id


def issue(desk, person_id, session_id, *numbers):
    for number in numbers:
        desk.clock.at += timedelta(seconds=1)
        command = IssueVoucher(person_id=person_id, number=number, issued_on=TODAY, session_id=session_id)
        with desk.store.unit_of_work(actor=desk.device.user_id, clock=desk.clock) as work:
            issue_voucher(command, work=work)


def test_too_many_vouchers_and_a_number_used_twice_are_reported_on_every_laptop_after_they_met(mette, jens, kirsten):
    person_id, session_id = course_of_the_agreement(kirsten, mette)
    jens.sync()
    issue(mette, person_id, session_id, "A-1", "A-2", "A-3")
    issue(jens, person_id, session_id, "B-1", "B-2", "a 1")
    for desk in (mette, jens, mette, kirsten):
        assert desk.sync().refused == 0
    for desk in (mette, jens):
        with desk.store.session() as reading:
            story = voucher_story(reading, person_id, today=TODAY, user_id=desk.device.user_id)
        [over] = story.over
        assert (len(over.vouchers), over.allowed, story.twice) == (6, 4, ("A1",))
        assert len(desk.all(Voucher)) == 6
    with kirsten.store.session() as reading:
        overview = voucher_overview(reading)
    assert [(found.name, len(found.over.vouchers)) for found in overview.over] == [("Kaptajnen", 6)]
    assert [(twice.number, len(twice.vouchers)) for twice in overview.twice] == [("A1", 2)]
