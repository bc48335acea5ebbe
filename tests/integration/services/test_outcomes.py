from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.clock import DENMARK
from app.domain.consents import Use
from app.domain.follow_up import Stage
from app.domain.outcomes import OutcomeSaid, Verification
from app.domain.tasks import Kind
from app.ids import new_id
from app.models.letter import Letter
from app.models.organisation import ProgrammeVersion
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Consent, Person, Referral, RuleOverride
from app.models.smoking import StopDate
from app.services.close_enrolment import CloseEnrolment, close_enrolment, reopen_enrolment
from app.services.record_consent import RecordConsent, record_consent
from app.services.record_follow_up_attempt import RecordFollowUpAttempt, record_follow_up_attempt
from app.services.record_medicine import RecordMedicine, record_medicine
from app.services.record_outcome import RecordOutcome, record_outcome
from app.services.write_letter import DraftLetter, EditLetter, draft_letter, edit_letter
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.medicines import medicine_story
from app.storage.queries.smoking import smoking_story
from app.storage.queries.tasks import due_of_person
from tests.integration.services.towns import FIRST_DAY, refused

STOP = date(2026, 2, 5)
WINDOW_OPENS = date(2026, 7, 5)
YES = {"smoke_free": "yes", "nicotine_free": "no"}


@pytest.fixture
def enrolment(towns):
    """Somebody who came to six meetings, stopped on 5 February, and said yes to everything."""
    made = towns.course(concept="")
    enrolment = towns.join(towns.person(given_name="Karl", family_name="Vang"), made.course_id, goal="stop")
    person = towns.rows(Person)[0].id
    for kind in ("stopbasen", "contact_six_months", "letter_gp", "sms"):
        towns.do(record_consent, RecordConsent(person, kind, "given", towns.today, information_given=True))
    for session in towns.sessions(made.course_id):
        towns.hold(session, enrolment)
    towns.add(
        StopDate(
            id=new_id(towns.clock), person_id=person, stop_on=STOP, agreed_on=date(2026, 1, 29), recorded_by=towns.actor
        )
    )
    return enrolment


def person_of(towns):
    return towns.rows(Person)[0].id


def end(towns, enrolment, **more):
    fields = {"assessed_on": towns.today, "self_report_on": towns.today, **YES, **more}
    return RecordOutcome(enrolment, OutcomeSaid("end", **fields))


def six_months(towns, enrolment, *, override_reason="", **more):
    fields = {"assessed_on": towns.today, **more}
    return RecordOutcome(enrolment, OutcomeSaid("six_months", **fields), override_reason=override_reason)


def call(towns, enrolment, day, hour, result="no_answer", **more):
    towns.go_to(day, hour)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=DENMARK)
    return towns.do(record_follow_up_attempt, RecordFollowUpAttempt(enrolment, at, result, **more))


def test_smoke_free_and_nicotine_free_are_two_answers_and_a_low_reading_verifies(towns, enrolment):
    recorded = towns.do(record_outcome, end(towns, enrolment, co_ppm=4, satisfaction=5))
    assert (recorded.verification, recorded.offer_new_course) == (Verification.VERIFIED, False)
    (row,) = towns.rows(Outcome)
    assert (row.smoke_free, row.nicotine_free, row.source, row.self_report_on) == (
        "yes",
        "no",
        "self_report",
        towns.today,
    )


def test_a_high_reading_cautions_and_leaves_the_answer(towns, enrolment):
    recorded = towns.do(record_outcome, end(towns, enrolment, co_ppm=18))
    assert (recorded.verification, [check.code for check in recorded.checks]) == (
        Verification.SELF_REPORTED,
        ["co-speaks-against"],
    )


def test_an_outcome_is_recorded_once_and_corrected_with_a_reason(towns, enrolment):
    first = towns.do(record_outcome, end(towns, enrolment))
    assert refused(towns, record_outcome, end(towns, enrolment)).code == "already-recorded"
    said = OutcomeSaid("end", towns.today, "no", cigarettes_per_day=4)
    wrong = RecordOutcome(enrolment, said, corrects_id=first.outcome_id)
    assert refused(towns, record_outcome, wrong).code == "reason-missing"
    elsewhere = RecordOutcome(enrolment, said, corrects_id=enrolment, reason="Tastefejl")
    assert refused(towns, record_outcome, elsewhere).code == "no-such-fact"
    towns.do(record_outcome, RecordOutcome(enrolment, said, corrects_id=first.outcome_id, reason="Tastefejl"))
    assert len(towns.rows(Outcome)) == 2
    assert towns.facts(enrolment).outcome("end").smoke_free == "no"


@pytest.mark.parametrize(
    ("time_point", "day", "code"),
    [
        ("end", FIRST_DAY - timedelta(days=1), "outcome-before-joining"),
        ("six_months", STOP - timedelta(days=1), "follow-up-before-stop-date"),
        ("end", date(2027, 1, 1), "future-date"),
    ],
)
def test_an_outcome_on_an_impossible_day_is_refused(towns, enrolment, time_point, day, code):
    found = refused(towns, record_outcome, RecordOutcome(enrolment, OutcomeSaid(time_point, day, "no")))
    assert (found.code, found.parameters["field"]) == (code, "assessed_on")


def test_an_outcome_of_nobody_and_a_missing_reason_at_the_end_are_refused(towns, enrolment):
    assert refused(towns, record_outcome, end(towns, person_of(towns))).code == "no-such-course"
    assert (
        refused(towns, record_outcome, end(towns, enrolment, missing_reason="ill")).code == "missing-reason-elsewhere"
    )


def test_the_six_month_window_is_counted_from_the_last_stop_date(towns, enrolment):
    facts = towns.facts(enrolment)
    assert facts.counted_from == (STOP, "stop_date")
    assert facts.follow_up(date(2026, 7, 4)).stage is Stage.WAITING
    found = facts.follow_up(WINDOW_OPENS)
    assert (found.stage, found.window.closes_on) == (Stage.DUE, date(2026, 9, 5))


def test_without_a_stop_date_six_months_are_counted_from_the_closing(towns):
    made = towns.course()
    enrolment = towns.join(towns.person(), made.course_id)
    at = datetime(2026, 1, 8, 10, tzinfo=DENMARK)
    towns.do(record_consent, RecordConsent(person_of(towns), "contact_six_months", "given", towns.today))
    found = refused(towns, record_follow_up_attempt, RecordFollowUpAttempt(enrolment, at, "no_answer"))
    assert found.code == "nothing-to-follow"
    assert towns.facts(enrolment).follow_up(towns.today).stage is Stage.NO_DATE
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "dropped_out"))
    assert towns.facts(enrolment).counted_from == (FIRST_DAY, "closing")


def test_four_days_and_an_evening_before_somebody_may_be_given_up(towns, enrolment):
    days = [WINDOW_OPENS + timedelta(days=number) for number in range(4)]
    for day in days[:3]:
        stands = call(towns, enrolment, day, 11).follow_up
    assert (stands.stage, stands.effort.days_missing, stands.in_the_evening) == (Stage.DUE, 1, True)
    found = refused(towns, record_outcome, six_months(towns, enrolment, missing_reason="not_reached"))
    assert (found.code, found.parameters["overridable"], found.parameters["days"], found.parameters["evenings"]) == (
        "not-enough-attempts",
        True,
        1,
        1,
    )
    assert call(towns, enrolment, days[3], 18).follow_up.stage is Stage.MAY_GIVE_UP
    towns.do(record_outcome, six_months(towns, enrolment, missing_reason="not_reached"))
    assert towns.facts(enrolment).follow_up(towns.today).stage is Stage.GIVEN_UP
    assert towns.rows(RuleOverride) == []


def test_who_is_given_up_early_is_given_up_with_a_reason_that_stays(towns, enrolment):
    towns.go_to(WINDOW_OPENS)
    towns.do(
        record_outcome,
        six_months(towns, enrolment, missing_reason="not_reached", override_reason="Telefonen er afmeldt"),
    )
    (override,) = towns.rows(RuleOverride)
    assert (override.rule, override.reason) == ("follow_up_attempts_least", "Telefonen er afmeldt")


@pytest.mark.parametrize("reason", ["declined", "wrong_number", "deceased", "moved", "language", "ill", "other"])
def test_every_other_reason_needs_no_more_calls(towns, enrolment, reason):
    towns.go_to(WINDOW_OPENS)
    towns.do(record_outcome, six_months(towns, enrolment, missing_reason=reason))
    assert towns.facts(enrolment).follow_up(towns.today).stage is Stage.GIVEN_UP
    assert (towns.get(Person, person_of(towns)).deceased_on == towns.today) is (reason == "deceased")


def test_whoever_was_said_to_be_dead_at_six_months_by_mistake_lives_again(towns, enrolment):
    towns.go_to(WINDOW_OPENS)
    dead = six_months(towns, enrolment, missing_reason="deceased")
    wrong = towns.do(record_outcome, dead)
    day_before = replace(dead.said, assessed_on=towns.today - timedelta(days=1))
    put_right = {"corrects_id": wrong.outcome_id, "reason": "Forkert dag"}
    again = towns.do(record_outcome, replace(dead, said=day_before, **put_right))
    assert towns.get(Person, person_of(towns)).deceased_on == day_before.assessed_on
    ill = six_months(towns, enrolment, missing_reason="ill")
    towns.do(record_outcome, replace(ill, corrects_id=again.outcome_id, reason="Forvekslet"))
    assert towns.get(Person, person_of(towns)).deceased_on is None
    assert not towns.facts(enrolment).is_deceased


def test_a_death_that_a_closing_told_of_stays_when_the_call_said_otherwise(towns, enrolment):
    towns.go_to(WINDOW_OPENS)
    wrong = towns.do(record_outcome, six_months(towns, enrolment, missing_reason="deceased"))
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "deceased"))
    ill = six_months(towns, enrolment, missing_reason="ill")
    towns.do(record_outcome, replace(ill, corrects_id=wrong.outcome_id, reason="Forvekslet"))
    assert towns.get(Person, person_of(towns)).deceased_on == towns.today
    towns.do(reopen_enrolment, enrolment)
    assert towns.get(Person, person_of(towns)).deceased_on is None


def test_an_unknown_reason_is_refused(towns, enrolment):
    towns.go_to(WINDOW_OPENS)
    assert refused(towns, record_outcome, six_months(towns, enrolment, missing_reason="bored")).code == "unknown-answer"


def test_who_smokes_at_six_months_is_offered_a_new_course(towns, enrolment):
    call(towns, enrolment, WINDOW_OPENS, 18, "reached")
    said = six_months(towns, enrolment, smoke_free="no", nicotine_free="no", cigarettes_per_day=6, satisfaction=4)
    recorded = towns.do(record_outcome, said)
    assert (recorded.offer_new_course, recorded.checks) == (True, ())
    assert towns.facts(enrolment).follow_up(towns.today).stage is Stage.ANSWERED


def test_an_answer_outside_the_window_is_kept_and_said_not_to_count(towns, enrolment):
    towns.go_to(date(2026, 9, 6))
    recorded = towns.do(record_outcome, six_months(towns, enrolment, smoke_free="no"))
    assert [(check.code, check.parameters["last"]) for check in recorded.checks] == [
        ("outside-window", date(2026, 9, 5))
    ]


def test_nobody_is_called_or_asked_after_six_months_without_their_consent(towns, enrolment):
    towns.go_to(WINDOW_OPENS)
    withdrawn = RecordConsent(person_of(towns), "contact_six_months", "withdrawn", towns.today)
    assert towns.do(record_consent, withdrawn).stopped == (Use.CALL_AFTER_SIX_MONTHS, Use.REPORT_FOLLOW_UP)
    at = datetime(2026, 7, 5, 9, tzinfo=DENMARK)
    for use_case, command in (
        (record_follow_up_attempt, RecordFollowUpAttempt(enrolment, at, "no_answer")),
        (record_outcome, six_months(towns, enrolment, smoke_free="no")),
    ):
        assert refused(towns, use_case, command).code == "no-contact-consent"
    assert towns.facts(enrolment).follow_up(towns.today).stage is Stage.NOT_ALLOWED
    assert towns.rows(FollowUpAttempt) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"result": "dog"}, "unknown-answer"),
        ({"channel": "sms"}, "phone-only"),
        ({"attempted_at": datetime(2026, 7, 5, 23, tzinfo=DENMARK)}, "future-date"),
        ({"attempted_at": datetime(2026, 2, 4, 12, tzinfo=DENMARK)}, "follow-up-before-stop-date"),
        ({"corrects_id": "nothing", "reason": "Tastefejl"}, "no-such-fact"),
        ({"enrolment_id": "nobody"}, "no-such-course"),
    ],
)
def test_a_call_that_cannot_have_been_is_refused(towns, enrolment, change, code):
    towns.go_to(WINDOW_OPENS)
    fields = {
        "enrolment_id": enrolment,
        "attempted_at": datetime(2026, 7, 5, 9, tzinfo=DENMARK),
        "result": "no_answer",
        **change,
    }
    assert refused(towns, record_follow_up_attempt, RecordFollowUpAttempt(**fields)).code == code


def test_a_call_is_corrected_with_a_reason(towns, enrolment):
    wrong = call(towns, enrolment, WINDOW_OPENS, 9, "reached")
    at = datetime(2026, 7, 5, 9, tzinfo=DENMARK)
    correction = RecordFollowUpAttempt(enrolment, at, "no_answer", corrects_id=wrong.attempt_id)
    assert refused(towns, record_follow_up_attempt, correction).code == "reason-missing"
    corrected = RecordFollowUpAttempt(enrolment, at, "no_answer", corrects_id=wrong.attempt_id, reason="Var en anden")
    assert not towns.do(record_follow_up_attempt, corrected).follow_up.effort.is_reached


def test_a_new_course_has_a_stop_date_of_its_own(towns, enrolment):
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "completed"))
    towns.go_to(date(2026, 9, 3))
    made = towns.course(starts_on=date(2026, 9, 3), title="Nyt forsøg")
    again = towns.join(person_of(towns), made.course_id)
    assert towns.facts(again).counted_from is None
    assert towns.facts(enrolment).counted_from == (STOP, "stop_date")


def test_a_kom_og_kvit_course_counts_as_ended_two_months_after_the_last_meeting(towns):
    made = towns.course(format="individual", planned=4, concept="Kom & Kvit")
    enrolment = towns.join(towns.person(), made.course_id)
    towns.hold(towns.sessions(made.course_id)[0], enrolment)
    assert towns.facts(enrolment).ended_on(date(2026, 3, 7)) is None
    assert towns.facts(enrolment).ended_on(date(2026, 3, 8)) == date(2026, 3, 8)
    assert towns.facts(enrolment).meetings_needed == 4


@pytest.mark.parametrize("form", ["group", "individual"])
def test_a_kom_og_kvit_course_that_ended_by_itself_is_listed_for_a_group_too(towns, form):
    """STOPbasen, Kom & Kvit: whoever has not come for two months has ended, in an open group as alone."""
    made = towns.course(format=form, planned=0, concept="Kom & Kvit")
    enrolment = towns.join(towns.person(), made.course_id)
    towns.hold(towns.sessions(made.course_id)[0], enrolment)
    assert towns.ask(follow_ups, today=date(2026, 3, 7)).ended == ()
    (row,) = towns.ask(follow_ups, today=date(2026, 3, 8)).ended
    assert (row.enrolment_id, row.ended_on) == (enrolment, date(2026, 3, 8))


def consent(person, kind="stopbasen", answer="given", **more):
    return RecordConsent(person, kind, answer, more.pop("on", FIRST_DAY), **more)


def test_a_consent_is_a_fact_with_how_when_and_by_whom(towns):
    person = towns.person()
    towns.do(record_consent, consent(person, manner="written", information_given=True, note="Læste det selv"))
    (row,) = towns.rows(Consent)
    assert (row.manner, row.information_given, row.note, row.recorded_by, row.given_by) == (
        "written",
        True,
        "Læste det selv",
        towns.actor,
        "self",
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"kind": "newsletter"}, "unknown-answer", "kind"),
        ({"answer": "perhaps"}, "unknown-answer", "answer"),
        ({"manner": "telepathy"}, "unknown-answer", "manner"),
        ({"given_by": "neighbour"}, "unknown-answer", "given_by"),
        ({"on": FIRST_DAY + timedelta(days=1)}, "future-date", "answered_on"),
        ({"answer": "withdrawn"}, "withdrawn-without-yes", "answer"),
        ({"corrects_id": "anything"}, "no-such-fact", "corrects_id"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(towns, change, code, field):
    found = refused(towns, record_consent, consent(towns.person(), **change))
    assert (found.code, found.parameters["field"]) == (code, field)


def test_an_answer_is_corrected_once_and_then_the_correction_is(towns):
    person = towns.person()
    wrong = towns.do(record_consent, consent(person)).consent_id
    right = consent(person, answer="declined", corrects_id=wrong, reason="Det var en anden")
    corrected = towns.do(record_consent, right).consent_id
    assert refused(towns, record_consent, right).code == "corrected-already"
    towns.do(record_consent, replace(right, answer="given", corrects_id=corrected))


def test_a_yes_is_withdrawn_from_a_day_and_not_before_it_was_given(towns):
    person = towns.person()
    towns.do(record_consent, consent(person))
    towns.go_to(FIRST_DAY + timedelta(days=30))
    early = consent(person, answer="withdrawn", on=FIRST_DAY - timedelta(days=1))
    assert refused(towns, record_consent, early).code == "withdrawn-without-yes"
    done = towns.do(record_consent, consent(person, answer="withdrawn", on=towns.today))
    assert done.stopped == (Use.REGISTER_NATIONALLY, Use.REPORT_FOLLOW_UP)


@pytest.mark.parametrize("is_said_of_the_kept_row", [True, False])
def test_a_yes_is_withdrawn_in_either_of_two_rows(towns, is_said_of_the_kept_row):
    kept = towns.person()
    merged = towns.person(merged_into_id=kept)
    first, second = (kept, merged) if is_said_of_the_kept_row else (merged, kept)
    towns.do(record_consent, consent(first))
    assert towns.do(record_consent, consent(second, answer="withdrawn")).stopped


@pytest.mark.parametrize(
    ("born", "given_by", "code"),
    [
        (date(2009, 1, 9), "self", "maturity-needed"),
        (date(2009, 1, 9), "self_judged_mature", ""),
        (date(2008, 1, 8), "self", ""),
        (date(2011, 1, 9), "self_judged_mature", "guardian-needed"),
        (date(2011, 1, 9), "guardian", ""),
        (None, "self", ""),
    ],
)
def test_the_young_consent_as_old_and_mature_as_they_are(towns, born, given_by, code):
    person = towns.person(birth_date=born)
    command = consent(person, given_by=given_by)
    if code:
        assert refused(towns, record_consent, command).code == code
    else:
        towns.do(record_consent, command)
    towns.do(record_consent, consent(person, kind="sms", answer="declined"))


def test_a_consent_of_a_merged_row_is_the_persons_own(towns):
    person = towns.person()
    double = towns.person("Kaptajn", merged_into_id=person)
    towns.do(record_consent, consent(double, kind="sms"))
    towns.do(record_consent, consent(person, kind="sms", answer="withdrawn"))
    assert len(towns.rows(Consent)) == 2


def test_a_letter_to_the_own_doctor_says_what_is_known_and_needs_consent(towns, enrolment):
    towns.do(record_outcome, end(towns, enrolment, co_ppm=3))
    drafted = towns.do(draft_letter, DraftLetter(enrolment, "gp", "da"))
    assert "Karl Vang" in drafted.text
    assert "6 mødegange" in drafted.text
    assert "bekræftet med CO" in drafted.text
    assert towns.do(draft_letter, DraftLetter(enrolment, "gp", "da")).letter_id == drafted.letter_id
    edit = EditLetter(drafted.letter_id, "Lægehuset", drafted.text, "finished")
    towns.do(edit_letter, edit)
    towns.do(record_consent, RecordConsent(person_of(towns), "letter_gp", "withdrawn", towns.today))
    given = EditLetter(drafted.letter_id, "Lægehuset", drafted.text, "given")
    assert refused(towns, edit_letter, given).code == "letter-not-allowed"
    assert refused(towns, draft_letter, DraftLetter(enrolment, "gp", "da")).code == "letter-not-allowed"
    towns.do(edit_letter, EditLetter(drafted.letter_id, "Lægehuset", "", "withdrawn"))
    assert towns.rows(Letter)[0].state == "withdrawn"


def test_a_letter_says_verified_by_the_programmes_own_limit(towns, enrolment):
    """A cooperation may set its own limit for CO: what the page calls self-reported, the doctor reads as that."""
    for version in towns.rows(ProgrammeVersion, ProgrammeVersion.key == "roegfri_paa_tvaers"):
        rule = {"value": 5, "unit": "ppm", "source": "own", "valid_from": "2018-01-01"}
        with towns.store.unit_of_work(actor=towns.actor, clock=towns.clock) as work:
            kept = work.session.get(ProgrammeVersion, version.id)
            kept.rules = {**kept.rules, "co_verified_below": rule}
            work.commit()
    recorded = towns.do(record_outcome, end(towns, enrolment, co_ppm=7))
    assert recorded.verification is Verification.SELF_REPORTED
    text = towns.do(draft_letter, DraftLetter(enrolment, "gp", "da")).text
    assert "oplyste personen at være røgfri" in text
    assert "CO" not in text


def measured(towns):
    return towns.ask(smoking_story, person_of(towns), today=towns.today)


def test_what_an_outcome_tells_of_cigarettes_is_on_the_curve_and_corrected_with_it(towns, enrolment):
    first = towns.do(record_outcome, end(towns, enrolment, smoke_free="no", cigarettes_per_day=6)).outcome_id
    assert (measured(towns).now, measured(towns).smoke_free.in_all) == (6, 0)
    second = replace(end(towns, enrolment), corrects_id=first, reason="Hørte forkert")
    second = towns.do(record_outcome, second).outcome_id
    assert (measured(towns).now, measured(towns).smoke_free.in_a_row > 0) == (0, True)
    third = end(towns, enrolment, smoke_free="does_not_want", self_report_on=None)
    towns.do(record_outcome, replace(third, corrects_id=second, reason="Sagde det ikke"))
    assert (measured(towns).now, measured(towns).cigarettes) == (None, ())


def test_smoking_again_that_the_six_month_call_tells_of_alerts_the_prescriber(towns, enrolment):
    """A relapse reverses what stopping did to a medicine such as clozapine (domain of the profession, 4)."""
    towns.do(record_outcome, end(towns, enrolment))
    towns.do(record_medicine, RecordMedicine(person_id=person_of(towns), name="Leponex"))
    towns.go_to(date(2026, 8, 5))

    def alerts():
        return {alert.trigger for alert in towns.ask(medicine_story, person_of(towns), today=towns.today).alerts}

    def due():
        found = towns.ask(due_of_person, person_of(towns), today=towns.today)
        return [row.task.detail("trigger") for row in found.rows if row.task.kind is Kind.MEDICINE]

    assert "relapse" not in alerts()
    assert due() == []
    towns.do(record_outcome, six_months(towns, enrolment, smoke_free="no", cigarettes_per_day=15))
    assert "relapse" in alerts()
    assert due() == ["relapse"]


def test_who_referred_hears_how_it_went_and_who_came_by_themselves_has_nobody_to_tell(towns, enrolment):
    assert refused(towns, draft_letter, DraftLetter(enrolment, "referrer", "en")).code == "nobody-to-write-to"
    towns.add(
        Referral(
            id=new_id(towns.clock), person_id=person_of(towns), channel="hospital", sender="Hospitalet",
            received_on=date(2026, 1, 2), sender_identifier="5790000000000",
        )
    )  # fmt: skip
    towns.do(record_outcome, end(towns, enrolment, smoke_free="no", cigarettes_per_day=8))
    drafted = towns.do(draft_letter, DraftLetter(enrolment, "referrer", "en"))
    assert "8 cigarettes a day" in drafted.text
    (row,) = towns.rows(Letter)
    assert (row.recipient, row.recipient_identifier, row.written_by) == ("Hospitalet", "5790000000000", towns.actor)
    towns.do(edit_letter, EditLetter(row.id, "Hospitalet", "Tak for henvisningen.", "given"))
    assert towns.rows(Letter)[0].given_on == towns.today
    assert refused(towns, edit_letter, EditLetter(row.id, "Hospitalet", "Mere")).code == "letter-given"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"letter_id": "nothing"}, "no-such-letter"),
        ({"text": " "}, "empty-letter"),
        ({"text": "x" * 20_001}, "text-too-long"),
        ({"state": "burnt"}, "unknown-answer"),
    ],
)
def test_a_letter_that_cannot_be_is_refused(towns, enrolment, change, code):
    drafted = towns.do(draft_letter, DraftLetter(enrolment, "gp"))
    fields = {"letter_id": drafted.letter_id, "recipient": "", "text": "Kære læge", "state": "draft", **change}
    assert refused(towns, edit_letter, EditLetter(**fields)).code == code
    assert refused(towns, draft_letter, DraftLetter(enrolment, "king")).code == "unknown-answer"
    assert refused(towns, draft_letter, DraftLetter("nobody", "gp")).code == "no-such-course"
