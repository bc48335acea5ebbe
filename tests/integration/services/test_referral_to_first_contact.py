from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.clock import DENMARK
from app.domain.tasks import Kind
from app.errors import RuleRefusal
from app.models.course import Course, Enrolment
from app.models.organisation import ProgrammeVersion, Team
from app.models.person import ContactAttempt, Membership, Person, Referral, TaskState
from app.models.smoking import Measurement
from app.services.close_enrolment import CloseEnrolment, close_enrolment
from app.services.correct_measurement import CorrectMeasurement, correct_measurement
from app.services.decide_task import DecideTask, decide_task
from app.services.join_course import JoinCourse, join_course
from app.services.record_contact import (
    CorrectContact,
    RecordContact,
    correct_contact,
    record_contact,
    record_contacts,
)
from app.services.register_referral import CloseReferral, RegisterReferral, close_referral, register_referral
from app.services.seat_known import SeatKnown, seat_known
from app.storage.queries.smoking import smoking_story
from app.storage.queries.tasks import due_of_person
from tests.integration.services.courses import TODAY, Office


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    office.add(Team(id=office.team, municipality_id="m-hvidovre", name="Hvidovre"))
    yield office
    office.store.close()


def refer(office, **said):
    told = {"channel": "hospital", "received_on": TODAY, "team_id": office.team, "given_name": "Ole"} | said
    return office.do(register_referral, RegisterReferral(**told))


def refused(office, use_case, command):
    with pytest.raises(RuleRefusal) as refusal:
        office.do(use_case, command)
    return refusal.value.code, refusal.value.parameters.get("field")


def call(office, made, **said):
    told = {"channel": "phone", "purpose": "first_call", "outcome": "reached", "referral_id": made.referral_id} | said
    return office.do(record_contact, RecordContact(person_id=made.person_id, **told))


def test_a_referral_makes_the_person_their_team_and_the_referral_in_one_go(office):
    made = refer(
        office, family_name=" Bak ", identifier="710390-1234", sender="Lungeambulatoriet", text="Vil gerne ringes op."
    )
    (referral,) = office.rows(Referral)
    assert made.changed.entities == {"person", "membership", "referral"}
    assert (referral.person_id, referral.state, referral.sender) == (made.person_id, "open", "Lungeambulatoriet")
    assert (referral.is_self_referral, referral.municipality_id) == (False, "m-hvidovre")
    assert referral.received_at is not None
    (person,) = office.rows(Person, Person.id == made.person_id)
    assert (person.family_name, person.identifier_kind, person.identifier) == ("Bak", "replacement", "7103901234")
    assert office.rows(Membership, Membership.person_id == made.person_id)[0].team_id == office.team


def test_who_joins_a_course_has_accepted_the_referral_and_whoever_sent_it_hears_how_it_went(office):
    office.add(Course(
        id="havnen", team_id=office.team, place_id=office.place, delivering_municipality_id=office.team,
        programme_version_id=office.rows(Course)[0].programme_version_id, title="Havnen", format="group",
        starts_on=TODAY,
    ))  # fmt: skip
    made = refer(office, wants_feedback=True)
    joined = office.do(join_course, JoinCourse(person_id=made.person_id, course_id=office.course, joined_on=TODAY))
    (referral,) = office.rows(Referral)
    assert (referral.state, referral.closed_on) == ("accepted", TODAY)
    (part,) = office.rows(Enrolment, Enrolment.id == joined.enrolment_id)
    assert part.referral_id == made.referral_id
    office.do(close_enrolment, CloseEnrolment(joined.enrolment_id, TODAY, "dropped_out"))
    due = office.ask(due_of_person, made.person_id, today=TODAY).rows
    assert [row.task.referral_id for row in due if row.task.kind is Kind.LETTER_REFERRER] == [made.referral_id]
    # It brought them to the first course and to no later one.
    again = office.do(join_course, JoinCourse(person_id=made.person_id, course_id="havnen", joined_on=TODAY))
    assert office.rows(Enrolment, Enrolment.id == again.enrolment_id)[0].referral_id is None


def test_who_came_by_themselves_is_written_to_nobody_and_a_later_referral_brought_nobody_here(office):
    own = refer(office, channel="own_contact")
    later = refer(office, person_id=own.person_id, given_name="")
    before = TODAY - timedelta(days=1)
    with office.work() as work:
        work.session.get(Referral, own.referral_id).received_on = before
        work.commit()
    joined = office.do(join_course, JoinCourse(person_id=own.person_id, course_id=office.course, joined_on=before))
    assert office.rows(Enrolment, Enrolment.id == joined.enrolment_id)[0].referral_id is None
    states = {row.id: row.state for row in office.rows(Referral)}
    assert states == {own.referral_id: "accepted", later.referral_id: "open"}


def test_who_was_referred_and_sits_down_is_there_by_that_referral(office):
    made = refer(office)
    seated = office.do(seat_known, SeatKnown(office.course, made.person_id))
    assert office.rows(Enrolment, Enrolment.id == seated.enrolment_id)[0].referral_id == made.referral_id
    # Nobody has said yet that they want help: a walk-in is taken back with a click.
    assert office.rows(Referral)[0].state == "open"


def test_somebody_known_keeps_their_row_and_comes_back_to_the_team(office):
    (membership,) = office.rows(Membership)
    with office.work() as work:
        work.session.get(Membership, membership.id).left_on = TODAY
        work.commit()
    made = refer(office, person_id=office.person, given_name="")
    assert (made.person_id, made.is_new_person) == (office.person, False)
    assert office.rows(Membership)[0].left_on is None


@pytest.mark.parametrize(
    ("channel", "is_self"),
    [("website", True), ("own_contact", True), ("stoplinien", True), ("staff", False), ("mail", False)],
)
def test_who_did_it_decides_whether_it_is_a_referral(office, channel, is_self):
    refer(office, channel=channel)
    assert office.rows(Referral)[0].is_self_referral is is_self


def test_the_older_agreement_counts_stoplinien_as_a_referral_by_staff(office):
    from invented.cooperation import preset

    older = ProgrammeVersion(
        id="v", key="storrygerindsats", name="", valid_from=TODAY, rules=preset("storrygerindsats")["rules"]
    )
    office.add(older)
    refer(office, channel="stoplinien", programme_version_id="v")
    assert office.rows(Referral)[0].is_self_referral is False


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"given_name": " "}, "empty-name", "given_name"),
        ({"family_name": "x" * 301}, "name-too-long", "family_name"),
        ({"channel": "pigeon"}, "unknown-channel", "channel"),
        ({"received_on": TODAY + timedelta(days=1)}, "future-date", "received_on"),
        ({"came_because": "boredom"}, "unknown-answer", "came_because"),
        ({"identifier": "123"}, "identifier-length", "identifier"),
        ({"birth_date": TODAY + timedelta(days=1)}, "birth-date-future", "birth_date"),
        ({"person_id": "nobody"}, "no-such-person", "person_id"),
        ({"team_id": "nowhere"}, "no-such-team", "team_id"),
    ],
)
def test_a_referral_that_cannot_be_is_refused_beside_the_field_and_leaves_nothing(office, said, code, field):
    told = {"channel": "mail", "received_on": TODAY, "team_id": office.team, "given_name": "Ole"} | said
    assert refused(office, register_referral, RegisterReferral(**told)) == (code, field)
    assert office.rows(Referral) == []
    assert len(office.rows(Person)) == 1


def test_a_call_is_a_fact_with_what_was_talked_about(office):
    made = refer(office)
    call(office, made, topics=("motivation", "options"), note=" Vil helst gruppe ", referral_state="accepted")
    (attempt,) = office.rows(ContactAttempt)
    assert (attempt.topics, attempt.note) == (["motivation", "options"], "Vil helst gruppe")
    assert (attempt.outcome, attempt.recorded_by) == ("reached", office.actor)
    (referral,) = office.rows(Referral)
    assert (referral.state, referral.closed_on) == ("accepted", TODAY)


def test_a_call_in_vain_leaves_the_referral_open_and_a_no_closes_it(office):
    made = refer(office, channel="website")
    call(office, made, outcome="not_reached")
    assert office.rows(Referral)[0].state == "open"
    call(office, made, outcome="declined", came_because="friend_said")
    (referral,) = office.rows(Referral)
    assert (referral.state, referral.came_because) == ("declined", "friend_said")


def test_a_closed_referral_is_taken_up_again(office):
    made = refer(office)
    office.do(close_referral, CloseReferral(made.referral_id, "not_reached", "Nummeret er nedlagt"))
    assert office.rows(Referral)[0].closing_reason == "Nummeret er nedlagt"
    office.do(close_referral, CloseReferral(made.referral_id, "open"))
    (referral,) = office.rows(Referral)
    assert (referral.state, referral.closed_on) == ("open", None)
    assert refused(office, close_referral, CloseReferral(made.referral_id, "lost")) == ("unknown-answer", "state")
    assert refused(office, close_referral, CloseReferral("nothing", "open"))[0] == "no-such-referral"


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"outcome": "maybe"}, "unknown-answer", "outcome"),
        ({"channel": "pigeon"}, "unknown-answer", "channel"),
        ({"purpose": "fun"}, "unknown-answer", "purpose"),
        ({"person_id": "nobody"}, "no-such-person", "person_id"),
        ({"referral_id": "nothing"}, "no-such-referral", "referral_id"),
        ({"attempted_at": datetime(2026, 11, 25, 9, 0, tzinfo=DENMARK)}, "future-date", "attempted_at"),
        ({"attempted_at": datetime(2026, 11, 23, 9, 0, tzinfo=DENMARK)}, "contact-before-referral", "attempted_at"),
    ],
)
def test_a_call_that_cannot_be_is_refused_beside_the_field(office, said, code, field):
    made = refer(office)
    told = {
        "person_id": made.person_id, "channel": "phone", "purpose": "first_call", "outcome": "reached",
        "referral_id": made.referral_id,
    } | said  # fmt: skip
    assert refused(office, record_contact, RecordContact(**told)) == (code, field)
    assert office.rows(ContactAttempt) == []


def test_a_call_is_corrected_by_a_new_fact_with_a_reason_and_only_once(office):
    made = refer(office)
    first = call(office, made).attempt_id
    assert refused(office, correct_contact, CorrectContact(first, "not_reached", " "))[0] == "reason-missing"
    new = office.do(correct_contact, CorrectContact(first, "not_reached", "Forkert person")).attempt_id
    kept, correction = office.rows(ContactAttempt)
    assert (kept.outcome, correction.outcome, correction.corrects_id) == ("reached", "not_reached", first)
    assert correction.id == new
    assert refused(office, correct_contact, CorrectContact(first, "reached", "x"))[0] == "corrected-already"
    assert refused(office, correct_contact, CorrectContact("nothing", "reached", "x"))[0] == "no-such-fact"


def test_a_message_to_a_whole_group_is_one_transaction(office):
    one, other = refer(office), refer(office, given_name="Ida")
    office.do(
        record_contacts,
        tuple(
            RecordContact(person_id=made.person_id, channel="sms", purpose="reminder", outcome="reached")
            for made in (one, other)
        ),
    )
    assert {attempt.person_id for attempt in office.rows(ContactAttempt)} == {one.person_id, other.person_id}
    bad = RecordContact(person_id=one.person_id, channel="sms", purpose="reminder", outcome="maybe")
    assert refused(office, record_contacts, (bad,)) == ("unknown-answer", "outcome")


def decide(office, state, **said):
    return DecideTask(office.person, "first_call:r", state, **said)


def test_a_task_is_put_off_done_dismissed_and_taken_up_again_in_one_row(office):
    office.do(decide_task, decide(office, "put_off", until=date(2026, 11, 26)))
    office.do(decide_task, decide(office, "dismissed", reason="Flyttet"))
    (row,) = office.rows(TaskState)
    assert (row.state, row.until, row.reason, row.decided_by) == ("dismissed", None, "Flyttet", office.actor)
    office.do(decide_task, decide(office, "open"))
    assert office.rows(TaskState)[0].state == "open"


@pytest.mark.parametrize(
    ("state", "said", "code"),
    [
        ("dismissed", {"reason": "  "}, "dismissal-needs-reason"),
        ("put_off", {}, "put-off-until-later"),
        ("put_off", {"until": TODAY}, "put-off-until-later"),
        ("forgotten", {}, "unknown-answer"),
    ],
)
def test_a_decision_without_what_it_needs_is_refused(office, state, said, code):
    assert refused(office, decide_task, decide(office, state, **said))[0] == code
    assert office.rows(TaskState) == []


def test_a_decision_about_nobody_is_refused(office):
    assert refused(office, decide_task, DecideTask("nobody", "x", "done"))[0] == "no-such-person"


def test_how_ready_and_how_sure_somebody_is_can_be_asked_at_any_contact(office):
    asked = RecordContact(person_id=office.person, channel="visit", purpose="other", outcome="reached")
    office.do(record_contact, replace(asked, readiness=7.0, confidence=0.0))
    told = {row.kind: (row.value, row.measured_on) for row in office.rows(Measurement)}
    assert told == {"readiness": (7.0, TODAY), "confidence": (0.0, TODAY)}
    office.do(record_contact, asked)
    assert len(office.rows(Measurement)) == 2
    said = next(row.id for row in office.rows(Measurement) if row.kind == "readiness")
    wrong = CorrectMeasurement(said, "11", "Hørt forkert")
    assert refused(office, correct_measurement, wrong) == ("scale-out-of-range", "value")
    office.do(correct_measurement, replace(wrong, text="4"))
    [right] = [row for row in office.rows(Measurement) if row.corrects_id == said]
    assert (right.kind, right.value, right.reason) == ("readiness", 4.0, "Hørt forkert")
    assert refused(office, correct_measurement, replace(wrong, text="5")) == ("corrected-already", "value")
    with office.store.session() as reading:
        assert smoking_story(reading, office.person, today=TODAY).readiness == 4.0
    assert refused(office, record_contact, replace(asked, readiness=11.0)) == ("scale-out-of-range", "readiness")
    assert len(office.rows(ContactAttempt)) == 2
