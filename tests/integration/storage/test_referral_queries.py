from datetime import date, timedelta

import pytest

from app.domain.duplicates import Known
from app.ids import new_id
from app.models.course import Attendance, Enrolment
from app.models.organisation import Team
from app.models.person import ContactAttempt, Person, Referral
from app.services.merge_people import MergePeople, merge_people
from app.services.record_contact import CorrectContact, RecordContact, correct_contact, record_contact
from app.storage.queries.referrals import choices, contacts_of_person, duplicates, referrals
from tests.integration.services.courses import TODAY, Office


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path, programme="roegfri_paa_tvaers")
    office.add(Team(id=office.team, municipality_id="m", name="Hvidovre"))
    yield office
    office.store.close()


def somebody(office, **fields):
    key = new_id(office.clock)
    office.add(Person(id=key, person_id=key, registered_at=office.clock.now(), **fields))
    return key


def referred(office, person, *, days_ago=0, state="open", sender=""):
    key = new_id(office.clock)
    received = TODAY - timedelta(days=days_ago)
    office.add(Referral(id=key, person_id=person, channel="gp", received_on=received, state=state, sender=sender))
    return key


def called(office, person, referral, outcome="not_reached"):
    command = RecordContact(
        person_id=person, channel="phone", purpose="first_call", outcome=outcome, referral_id=referral
    )
    return office.do(record_contact, command).attempt_id


def test_who_has_waited_longest_stands_first_and_the_others_are_a_filter_away(office):
    ida, ole = somebody(office, given_name="Ida"), somebody(office, given_name="Ole")
    referred(office, ida)
    late = referred(office, ole, days_ago=9, sender="Lægehuset")
    referred(office, office.person, state="declined")
    called(office, ole, late)
    rows = office.ask(referrals, today=TODAY)
    assert [row.name for row in rows] == ["Ole", "Ida"]
    assert (rows[0].attempts, rows[0].last_outcome) == (1, "not_reached")
    assert rows[0].due < TODAY < rows[1].due
    assert [row.name for row in office.ask(referrals, today=TODAY, state="")] == ["Ole", "Ida", "Kaptajnen"]
    assert [row.name for row in office.ask(referrals, today=TODAY, search="læge")] == ["Ole"]


def test_who_was_answered_and_is_open_stands_below_those_who_wait_and_says_why(office):
    ida, ole, uffe = (somebody(office, given_name=name) for name in ("Ida", "Ole", "Uffe"))
    thinks = referred(office, ole, days_ago=9)
    called(office, ole, thinks, "reached")
    referred(office, office.person, days_ago=8)
    referred(office, ida)
    referred(office, uffe, days_ago=7)
    mistaken = called(office, uffe, None, "reached")
    office.do(correct_contact, CorrectContact(mistaken, "not_reached", "Det var en anden"))
    rows = office.ask(referrals, today=TODAY)
    assert [(row.name, row.since) for row in rows] == [
        ("Uffe", ""), ("Ida", ""), ("Ole", "spoken"), ("Kaptajnen", "joined"),
    ]  # fmt: skip


def test_who_came_under_the_other_name_waits_for_no_call_though_they_have_left(office):
    twin = somebody(office, given_name="Ole")
    referred(office, twin, days_ago=3)
    with office.work() as work:
        work.session.get(Enrolment, office.enrolment).left_on = TODAY
        work.commit()
    office.do(merge_people, MergePeople(office.person, twin))
    assert [row.since for row in office.ask(referrals, today=TODAY)] == [""]
    office.add(
        Attendance(
            id=new_id(office.clock), person_id=office.person, enrolment_id=office.enrolment, session_id=office.session,
            status="present",
        )
    )  # fmt: skip
    assert [row.since for row in office.ask(referrals, today=TODAY)] == ["came"]


def test_a_call_that_was_corrected_is_one_and_how_it_really_went(office):
    late = referred(office, office.person)
    attempt = called(office, office.person, late)
    office.do(correct_contact, CorrectContact(attempt, "message_left", "Der var en svarer"))
    (row,) = office.ask(referrals, today=TODAY)
    assert (row.attempts, row.last_outcome) == (1, "message_left")


@pytest.mark.parametrize("field", ["deceased_on", "restricted_on", "anonymised_on"])
def test_nobody_waits_for_a_call_who_is_dead_or_whom_nobody_may_call(office, field):
    duplicate = somebody(office, given_name="Ida")
    referred(office, duplicate)
    office.do(merge_people, MergePeople(office.person, duplicate))
    assert len(office.ask(referrals, today=TODAY)) == 1
    with office.work() as work:
        work.despite_restriction()
        setattr(work.session.get(Person, office.person), field, TODAY)
        work.commit()
    assert office.ask(referrals, today=TODAY) == ()
    assert len(office.ask(referrals, today=TODAY, state="")) == 1


def test_a_new_referral_is_offered_the_teams_and_the_programmes_in_force(office):
    offered = office.ask(choices, today=TODAY)
    assert offered.teams == ((office.team, "Hvidovre"),)
    assert offered.own_team_id == office.team
    assert [name for _, name in offered.programmes] == ["Røgfri på Tværs"]


def test_somebody_known_is_found_by_how_the_name_sounds(office):
    johnny = somebody(office, given_name="Johnny", family_name="Bak", phone="12 34 56 78")
    somebody(office, given_name="Ida")
    (found,) = office.ask(duplicates, Known(nickname="Jonny"), today=TODAY)
    assert (found.likeness.person_id, found.name, found.detail) == (johnny, "Johnny Bak", "12 34 56 78")
    assert office.ask(duplicates, Known(), today=TODAY) == ()


def test_a_day_of_birth_that_only_a_number_says_speaks_for_and_against_somebody(office):
    born = date(1970, 3, 2)
    same = somebody(office, given_name="Johnny", identifier="6203700000", identifier_kind="replacement")
    somebody(office, given_name="Johnny", identifier="6303700000", identifier_kind="replacement")
    assert len(office.ask(duplicates, Known(given_name="Johnny"), today=TODAY)) == 2
    (found,) = office.ask(duplicates, Known(given_name="Johnny", birth_date=born), today=TODAY)
    assert (found.likeness.person_id, "birth_date" in found.likeness.reasons) == (same, True)


def test_the_name_of_somebody_who_was_joined_leads_to_the_one_who_is_kept(office):
    duplicate = somebody(office, nickname="Kaptajn")
    assert office.ask(duplicates, Known(nickname="Kaptajn"), today=TODAY)[0].likeness.person_id == duplicate
    office.do(merge_people, MergePeople(office.person, duplicate))
    assert [found.likeness.person_id for found in office.ask(duplicates, Known(nickname="Kaptajn"), today=TODAY)] == [
        office.person
    ]


def test_one_persons_contacts_are_those_of_every_row_that_was_joined(office):
    duplicate = somebody(office, nickname="Kaptajn")
    referral = referred(office, duplicate)
    called(office, duplicate, referral)
    office.do(merge_people, MergePeople(office.person, duplicate))
    found = office.ask(contacts_of_person, office.person, today=TODAY)
    assert [row.referral_id for row in found.referrals] == [referral]
    assert found.referrals[0].person_id == office.person
    assert len(found.contacts) == 1
    assert found.merged == ((duplicate, "Kaptajn"),)
    assert found.duplicates == ()


def test_a_corrected_contact_is_shown_as_it_really_was_with_the_reason(office):
    referral = referred(office, office.person)
    first = called(office, office.person, referral, "reached")
    office.do(correct_contact, CorrectContact(first, "message_left", "Telefonsvarer"))
    (row,) = office.ask(contacts_of_person, office.person, today=TODAY).contacts
    assert (row.outcome, row.corrected) == ("message_left", "Telefonsvarer")
    assert len(office.rows(ContactAttempt)) == 2


def test_nobody_has_no_contacts(office):
    assert office.ask(contacts_of_person, "nobody", today=TODAY) is None
