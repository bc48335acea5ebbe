from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.tasks import Kind
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import Letter
from app.models.local import Device
from app.models.medicine import Medicine, MedicineNotice
from app.models.organisation import (
    DayOff,
    Place,
    PlaceContact,
    PlaceCycle,
    PlaceCycleStep,
    ProgrammeVersion,
    Team,
    TeamTaskState,
    User,
)
from app.models.outcome import FollowUpAttempt, FormTyped, Outcome
from app.models.person import Consent, ContactAttempt, Person, Referral, TaskState
from app.models.plan import NrtPlan
from app.models.smoking import Handout, Relapse, StopDate
from app.services.decide_task import DecideTask, decide_task
from app.services.merge_people import MergePeople, merge_people
from app.services.record_contact import RecordContact, record_contact
from app.services.record_medicine import TakeBackNotice, take_back_notice
from app.services.record_smoking import TakeBackEvent, take_back_event
from app.services.run_place_cycle import SettleStep, settle_step
from app.storage.queries.courses import course_page
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.medicines import medicine_story
from app.storage.queries.nrt import nrt_story
from app.storage.queries.tasks import due_and_papers, due_of_person, papers_named
from invented.cooperation import preset
from tests.integration.services.courses import TODAY, Office


class Desk(Office):
    """An office whose course runs under one programme, and which has the agreement too."""

    def __init__(self, folder, programme="roegfri_paa_tvaers"):
        super().__init__(folder, programme=programme)

    def new(self, table, person=None, **fields):
        key = new_id(self.clock)
        self.add(table(id=key, person_id=person or self.person, **fields))
        return key

    def found(self, **options):
        return self.ask(lambda reading: next(due_and_papers(reading, **{"today": TODAY, **options})))

    def due(self):
        return self.found().rows

    def papers(self):
        return self.ask(papers_named, today=TODAY, named=Kind)

    def tasks(self, kind):
        return [row.task for row in (*self.due(), *self.papers()) if row.task.kind is kind]

    def refer(self, received_on=TODAY, **fields):
        return self.new(Referral, channel="gp", received_on=received_on, state="open", **fields)

    def attempt(self, purpose, outcome="reached", on=TODAY, **fields):
        at = datetime(on.year, on.month, on.day, 9, 0, tzinfo=UTC)
        return self.new(
            ContactAttempt, attempted_at=at, channel="phone", purpose=purpose, outcome=outcome, topics=[],
            recorded_by=self.actor, **fields,
        )  # fmt: skip

    def session_on(self, day, state="planned", number=2):
        key = new_id(self.clock)
        self.add(
            Session(
                id=key, team_id=self.team, course_id=self.course, place_id=self.place, number=number, held_on=day,
                state=state,
            )
        )  # fmt: skip
        return key

    def was(self, status, session=None, enrolment=None):
        session, enrolment = session or self.session, enrolment or self.enrolment
        self.add(
            Attendance(
                id=natural_id("attendance", enrolment, session), person_id=self.person, enrolment_id=enrolment,
                session_id=session, status=status,
            )
        )  # fmt: skip

    def consent(self, kind, answer="given", on=TODAY, **fields):
        return self.new(Consent, kind=kind, answer=answer, answered_on=on, recorded_by=self.actor, **fields)

    def leave(self, on=TODAY, reason="completed"):
        with self.work() as work:
            enrolment = work.session.get(Enrolment, self.enrolment)
            enrolment.left_on, enrolment.closing_reason = on, reason
            work.commit()


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.store.close()


def only(tasks):
    (task,) = tasks
    return task


def test_an_open_referral_waits_for_its_call_until_somebody_was_spoken_with(desk):
    referral = desk.refer()
    task = only(desk.tasks(Kind.FIRST_CALL))
    assert (task.due, task.source, task.referral_id) == (date(2026, 11, 26), "S2", referral)
    desk.attempt("first_call", "not_reached", referral_id=referral)
    assert only(desk.tasks(Kind.FIRST_CALL)).detail("attempts") == "1"
    desk.attempt("first_call", referral_id=referral)
    assert desk.tasks(Kind.FIRST_CALL) == []


def test_a_call_that_was_noted_by_mistake_brings_the_task_back(desk):
    referral = desk.refer()
    wrong = desk.attempt("first_call", referral_id=referral)
    desk.attempt("first_call", "not_reached", referral_id=referral, corrects_id=wrong, reason="Forkert person")
    assert only(desk.tasks(Kind.FIRST_CALL)).detail("attempts") == "1"


def test_an_earlier_call_answers_no_later_referral(desk):
    desk.attempt("first_call", on=TODAY - timedelta(days=60))
    desk.refer()
    assert only(desk.tasks(Kind.FIRST_CALL))


def test_who_came_to_a_session_since_they_were_referred_is_called_no_more(desk):
    desk.refer(TODAY - timedelta(days=3))
    desk.was("present", desk.session_on(TODAY - timedelta(days=4), "closed", 1))
    desk.was("absent")
    assert desk.tasks(Kind.FIRST_CALL)
    desk.was("present", desk.session_on(TODAY - timedelta(days=3), "closed", 3))
    assert desk.tasks(Kind.FIRST_CALL) == []


def test_the_municipalitys_own_days_off_move_the_deadline(desk):
    desk.refer(municipality_id="m")
    assert only(desk.tasks(Kind.FIRST_CALL)).due == date(2026, 11, 26)
    desk.add(DayOff(id="d", municipality_id="m", day=date(2026, 11, 26)))
    assert only(desk.tasks(Kind.FIRST_CALL)).due == date(2026, 11, 27)
    desk.add(DayOff(id="e", municipality_id="other", day=date(2026, 11, 27)))
    assert only(desk.tasks(Kind.FIRST_CALL)).due == date(2026, 11, 27)


def test_where_a_document_is_silent_the_agreement_and_then_the_national_advice_is_asked(tmp_path):
    desk = Desk(tmp_path, programme="faa_hjaelp_til_rygestop")
    desk.refer()
    assert desk.tasks(Kind.FIRST_CALL) == []
    for key, source in (("inspirationsark", "S4"), ("roegfri_paa_tvaers", "S2")):
        fields = preset(key)
        desk.add(
            ProgrammeVersion(
                id=key, key=key, name=key, valid_from=date.fromisoformat(fields["valid_from"]), rules=fields["rules"]
            )
        )
        assert only(desk.tasks(Kind.FIRST_CALL)).source == source
    desk.store.close()


def test_somebody_new_is_spoken_with_before_the_first_session_and_reminded_of_it(desk):
    before, reminder = only(desk.tasks(Kind.BEFORE_FIRST_SESSION)), only(desk.tasks(Kind.REMINDER))
    assert before.session_id == reminder.session_id == desk.session
    assert reminder.detail("channel") == "phone"
    desk.attempt("before_first_session")
    assert desk.tasks(Kind.BEFORE_FIRST_SESSION) == []
    desk.attempt("reminder", session_id=desk.session)
    assert desk.tasks(Kind.REMINDER) == []


def test_only_the_first_coming_session_is_the_first_one(desk):
    desk.session_on(TODAY + timedelta(days=2))
    assert only(desk.tasks(Kind.BEFORE_FIRST_SESSION)).session_id == desk.session


def test_texting_follows_the_latest_answer(desk):
    desk.consent("sms", on=TODAY - timedelta(days=9))
    assert only(desk.tasks(Kind.REMINDER)).detail("channel") == "sms"
    assert all(row.may_text for row in desk.due())
    desk.consent("sms", "withdrawn")
    assert only(desk.tasks(Kind.REMINDER)).detail("channel") == "phone"
    assert not any(row.may_text for row in desk.due())


def test_a_correction_counts_though_it_is_of_an_earlier_day_than_what_it_corrects(desk):
    mistyped = desk.consent("sms", "withdrawn")
    desk.consent("sms", on=TODAY - timedelta(days=3), corrects_id=mistyped)
    assert only(desk.tasks(Kind.REMINDER)).detail("channel") == "sms"


def test_who_stayed_away_is_called_until_they_were_reached_or_came_again(desk):
    missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
    desk.was("absent", missed)
    desk.session_on(TODAY + timedelta(days=3))
    task = only(desk.tasks(Kind.NO_SHOW))
    assert (task.session_id, task.detail("next")) == (missed, TODAY.isoformat())
    desk.attempt("no_show", "not_reached", session_id=missed)
    assert only(desk.tasks(Kind.NO_SHOW))
    desk.was("present")
    assert desk.tasks(Kind.NO_SHOW) == []


def test_a_session_for_somebody_else_alone_is_not_the_next_one_after_one_that_was_missed(desk):
    missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
    desk.was("absent", missed)
    with desk.work() as work:
        work.session.get(Session, desk.session).enrolment_id = "somebody else's"
        work.commit()
    desk.session_on(TODAY + timedelta(days=3))
    task = only(desk.tasks(Kind.NO_SHOW))
    assert (task.due, task.detail("next")) == (TODAY + timedelta(days=2), (TODAY + timedelta(days=3)).isoformat())


def test_the_days_off_of_the_courses_own_municipality_say_from_when_it_is_reminded_of(desk):
    desk.was("present")
    coming = desk.session_on(TODAY + timedelta(days=13))
    for days in range(1, 13):
        desk.add(DayOff(id=f"closed {days}", municipality_id=desk.team, day=TODAY + timedelta(days=days)))
    reminders = [task.session_id for task in desk.tasks(Kind.REMINDER)]
    assert coming in reminders


def test_a_prescriber_is_told_before_a_closing_though_the_stop_date_is_weeks_ahead(desk):
    desk.new(Medicine, name="Leponex", substance="clozapine", recorded_on=TODAY, recorded_by="x")
    desk.new(StopDate, stop_on=TODAY + timedelta(days=13), agreed_on=TODAY, recorded_by="x")
    assert desk.tasks(Kind.MEDICINE) == []
    for days in range(1, 13):
        desk.add(DayOff(id=f"closed {days}", municipality_id=None, day=TODAY + timedelta(days=days)))
    assert only(desk.tasks(Kind.MEDICINE)).due == TODAY


def with_advice(desk):
    """Take the national advice too."""
    fields = preset("inspirationsark")
    desk.add(
        ProgrammeVersion(
            id="advice", key=fields["key"], name=fields["name"], valid_from=date(2018, 1, 1), rules=fields["rules"]
        )
    )


def test_a_rule_that_was_left_out_is_an_answer_and_nobody_further_back_is_asked(desk):
    with_advice(desk)
    assert only(desk.tasks(Kind.REMINDER)).source == "S2"
    with desk.work() as work:
        agreement = work.session.get(Course, desk.course).programme_version_id
        version = work.session.get(ProgrammeVersion, agreement)
        version.rules = {key: rule for key, rule in version.rules.items() if key != "reminder_before_session"}
        work.commit()
    assert only(desk.tasks(Kind.REMINDER)).source == "S4"
    with desk.work() as work:
        version = work.session.get(ProgrammeVersion, agreement)
        version.removed = {"reminder_before_session": {"source": "own", "reason": "Folk vil ikke have dem"}}
        work.commit()
    assert desk.tasks(Kind.REMINDER) == []


def test_a_talk_after_staying_away_settles_it(desk):
    missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
    desk.was("absent", missed)
    desk.attempt("no_show", session_id=missed)
    assert desk.tasks(Kind.NO_SHOW) == []


def test_who_sent_word_or_has_left_is_not_called(desk):
    missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
    desk.was("excused", missed)
    assert desk.tasks(Kind.NO_SHOW) == []
    desk.was("absent")
    desk.leave()
    assert desk.tasks(Kind.NO_SHOW) == []


def test_weekly_handouts_are_counted_in_handouts_and_corrections_count(tmp_path):
    desk = Desk(tmp_path, programme="faa_hjaelp_til_rygestop")
    plan = desk.new(
        NrtPlan, enrolment_id=desk.enrolment, weeks=2, starts_on=date(2026, 11, 1), made_on=TODAY, made_by="x"
    )
    assert only(desk.tasks(Kind.HANDOUT)).detail("week") == "1"
    given = {"product": "gum-2", "recorded_by": "x", "handed_on": TODAY - timedelta(days=7)}
    first = desk.new(Handout, week=1, quantity=1, **given)
    assert (only(desk.tasks(Kind.HANDOUT)).detail("week"), only(desk.tasks(Kind.HANDOUT)).due) == ("2", TODAY)
    desk.new(Handout, week=1, quantity=1, **given | {"product": "patch-24h-21"})
    assert only(desk.tasks(Kind.HANDOUT)).detail("week") == "2"
    desk.new(Handout, week=2, quantity=1, plan_id=plan, **given)
    assert desk.tasks(Kind.HANDOUT) == []
    desk.new(Handout, week=1, quantity=0, corrects_id=first, reason="Ikke taget med", **given)
    assert desk.tasks(Kind.HANDOUT) == []
    desk.store.close()


@pytest.mark.parametrize(
    ("reason", "is_due"),
    [("completed", True), ("dropped_out", False), ("no_attendance", False), ("moved_abroad", False), ("other", False)],
)
def test_nobody_waits_with_a_handout_for_who_no_longer_follows_the_course(tmp_path, reason, is_due):
    """S1 7.8: free on condition that the agreed course is followed; S3: twelve handouts, also after ten sessions."""
    desk = Desk(tmp_path, programme="faa_hjaelp_til_rygestop")
    desk.new(NrtPlan, enrolment_id=desk.enrolment, weeks=12, starts_on=TODAY, made_on=TODAY, made_by="x")
    assert len(desk.tasks(Kind.HANDOUT)) == 1
    desk.leave(reason=reason)
    assert len(desk.tasks(Kind.HANDOUT)) == is_due
    desk.new(Enrolment, course_id="another", joined_on=TODAY)
    assert len(desk.tasks(Kind.HANDOUT)) == 1
    desk.store.close()


def test_consents_are_asked_for_once_somebody_has_come(desk):
    assert desk.tasks(Kind.CONSENTS) == []
    desk.was("present")
    assert only(desk.tasks(Kind.CONSENTS)).detail("about") == "stopbasen,contact_six_months"
    desk.consent("stopbasen", "declined")
    assert only(desk.tasks(Kind.CONSENTS)).detail("about") == "contact_six_months"
    desk.consent("contact_six_months")
    assert desk.tasks(Kind.CONSENTS) == []


def test_a_yes_without_the_written_information_asks_for_that_and_for_no_form(desk):
    desk.was("present")
    desk.consent("stopbasen", information_given=True, person="somebody else")
    desk.consent("contact_six_months")
    said = desk.consent("stopbasen")
    assert only(desk.tasks(Kind.CONSENTS)).detail("about") == "information"
    assert (forms(desk), papers_counted(desk, Kind.FORM)) == ([], 0)
    desk.consent("stopbasen", information_given=True, corrects_id=said)
    assert desk.tasks(Kind.CONSENTS) == []
    assert (forms(desk), papers_counted(desk, Kind.FORM)) == (["base"], 1)
    desk.consent("stopbasen", "withdrawn", on=TODAY + timedelta(days=1))
    assert (desk.tasks(Kind.CONSENTS), forms(desk)) == ([], [])


def test_the_written_information_in_either_of_two_rows_was_handed_over(desk, other):
    desk.was("present")
    desk.consent("contact_six_months", person=other)
    desk.consent("stopbasen", person=other)
    assert only(desk.tasks(Kind.CONSENTS)).detail("about") == "information"
    assert (forms(desk), papers_counted(desk, Kind.FORM)) == ([], 0)
    desk.consent("stopbasen", information_given=True)
    assert (desk.tasks(Kind.CONSENTS), forms(desk)) == ([], ["base"])


def test_the_app_is_shown_once_to_whoever_has_come(desk):
    assert desk.tasks(Kind.E_KVIT) == []
    desk.was("present")
    task = only(desk.tasks(Kind.E_KVIT))
    desk.do(decide_task, DecideTask(desk.person, task.key, "done"))
    assert desk.tasks(Kind.E_KVIT) == []


def forms(desk):
    return [task.detail("about") for task in desk.tasks(Kind.FORM)]


def test_forms_are_typed_only_with_consent_and_the_last_one_when_the_course_is_over(desk):
    desk.was("present")
    assert forms(desk) == []
    desk.consent("stopbasen", information_given=True)
    assert forms(desk) == ["base"]
    desk.leave()
    assert forms(desk) == ["base", "completion"]
    for form in ("base", "completion"):
        desk.new(FormTyped, enrolment_id=desk.enrolment, form=form, typed_on=TODAY, recorded_by="x")
    assert forms(desk) == []
    desk.consent("stopbasen", "withdrawn", on=TODAY + timedelta(days=1))
    assert forms(desk) == []


def test_a_letter_to_the_gp_needs_consent_and_a_diploma_a_completed_course(desk):
    desk.leave()
    assert desk.tasks(Kind.LETTER_GP) == []
    assert only(desk.tasks(Kind.DIPLOMA)).enrolment_id == desk.enrolment
    desk.consent("letter_gp")
    assert only(desk.tasks(Kind.LETTER_GP)).due == TODAY
    written = {"enrolment_id": desk.enrolment, "kind": "gp", "written_on": TODAY, "written_by": "x"}
    desk.new(Letter, state="draft", **written)
    assert only(desk.tasks(Kind.LETTER_GP))
    desk.new(Letter, state="given", **written)
    desk.new(
        Diploma, enrolment_id=desk.enrolment, name="x", serial="1", issued_on=TODAY, language="da", recorded_by="x"
    )
    assert desk.tasks(Kind.LETTER_GP) == desk.tasks(Kind.DIPLOMA) == []


def test_who_moves_to_another_course_has_ended_nothing_that_one_writes_or_tells_of(desk):
    desk.was("present")
    desk.consent("letter_gp")
    desk.consent("stopbasen", information_given=True)
    referral = desk.refer(wants_feedback=True)
    with desk.work() as work:
        work.session.get(Enrolment, desk.enrolment).referral_id = referral
        work.commit()
    desk.new(Medicine, name="Leponex", substance="clozapine", recorded_on=TODAY, recorded_by="x")
    desk.leave(reason="moved_course")
    told = {Kind.LETTER_GP, Kind.LETTER_REFERRER, Kind.FORM, Kind.MEDICINE}
    assert [task for kind in told for task in desk.tasks(kind)] == []
    assert desk.ask(medicine_story, desk.person, today=TODAY).alerts == ()
    desk.leave(reason="dropped_out")
    assert {task.kind for kind in told for task in desk.tasks(kind)} == told
    assert [alert.trigger for alert in desk.ask(medicine_story, desk.person, today=TODAY).alerts] == ["closure"]


def test_who_referred_hears_how_it_went_where_they_asked(desk):
    referral = desk.refer(wants_feedback=True)
    with desk.work() as work:
        work.session.get(Enrolment, desk.enrolment).referral_id = referral
        work.commit()
    assert desk.tasks(Kind.LETTER_REFERRER) == []
    desk.leave()
    assert only(desk.tasks(Kind.LETTER_REFERRER)).referral_id == referral
    desk.new(Letter, referral_id=referral, kind="referrer", state="finished", written_on=TODAY, written_by="x")
    assert desk.tasks(Kind.LETTER_REFERRER) == []


def test_a_prescriber_is_told_before_the_stop_date_and_the_task_goes_once_they_were(desk):
    medicine = desk.new(
        Medicine, name="Leponex", substance="clozapine", recorded_on=TODAY - timedelta(days=30), recorded_by="x"
    )
    desk.new(Medicine, name="Panodil", substance="", recorded_on=TODAY, recorded_by="x")
    assert desk.tasks(Kind.MEDICINE) == []
    stop_on = TODAY + timedelta(days=5)
    desk.new(StopDate, stop_on=stop_on, agreed_on=TODAY, recorded_by="x")
    task = only(desk.tasks(Kind.MEDICINE))
    # The stop date is a Sunday: the prescriber is told on the Friday.
    assert (task.due, task.detail("medicine"), task.detail("level")) == (stop_on - timedelta(days=2), "Leponex", "red")
    assert desk.due()[0].task == task or desk.due()[0].task.due <= TODAY
    desk.new(
        MedicineNotice, medicine_id=medicine, trigger="stop_date", trigger_on=stop_on, told_whom="Psykiateren",
        told_on=TODAY, consent="given", recorded_by="x",
    )  # fmt: skip
    assert desk.tasks(Kind.MEDICINE) == []


def test_a_change_long_ago_is_no_task_any_more(desk):
    desk.new(Medicine, name="Zyprexa", substance="olanzapine", recorded_on=date(2026, 1, 1), recorded_by="x")
    desk.new(Relapse, happened_on=TODAY - timedelta(days=31), recorded_by="x")
    assert desk.tasks(Kind.MEDICINE) == []


def stopped(desk, stop_on=date(2026, 5, 24)):
    with desk.work() as work:
        work.session.get(Enrolment, desk.enrolment).joined_on = date(2026, 4, 1)
        work.commit()
    desk.new(StopDate, stop_on=stop_on, agreed_on=stop_on, recorded_by="x")


def smokes_at_the_six_month_call(desk):
    stopped(desk)
    desk.consent("contact_six_months")
    desk.new(
        Outcome, enrolment_id=desk.enrolment, time_point="six_months", assessed_on=TODAY, smoke_free="no",
        recorded_by="x",
    )  # fmt: skip


def test_the_six_month_call_needs_consent_and_an_open_window(desk):
    stopped(desk)
    assert desk.tasks(Kind.FOLLOW_UP) == []
    desk.consent("contact_six_months")
    task = only(desk.tasks(Kind.FOLLOW_UP))
    assert (task.due, task.detail("missing")) == (date(2026, 12, 24), "4")
    desk.new(
        FollowUpAttempt, enrolment_id=desk.enrolment, attempted_at=datetime(2026, 11, 23, 16, 30, tzinfo=UTC),
        result="no_answer", recorded_by="x",
    )  # fmt: skip
    assert only(desk.tasks(Kind.FOLLOW_UP)).detail("missing") == "3"
    desk.consent("contact_six_months", "withdrawn", on=TODAY + timedelta(days=1))
    assert desk.tasks(Kind.FOLLOW_UP) == []


def test_the_window_of_the_six_month_call_is_that_of_the_courses_own_programme_as_on_the_work_list(desk):
    stopped(desk)
    desk.consent("contact_six_months")
    with desk.work() as work:
        version = work.session.get(ProgrammeVersion, work.session.get(Course, desk.course).programme_version_id)
        fields = preset("faa_hjaelp_til_rygestop")
        version.key, version.rules = fields["key"], dict(fields["rules"])
        del version.rules["follow_up_margin"]
        work.commit()
    agreement = preset("roegfri_paa_tvaers")
    agreement["rules"]["follow_up_margin"]["value"] = 2
    desk.add(
        ProgrammeVersion(
            id="agreement", key=agreement["key"], name="x", valid_from=date(2018, 1, 1), rules=agreement["rules"]
        )
    )
    (row,) = desk.ask(follow_ups, today=TODAY).due
    assert only(desk.tasks(Kind.FOLLOW_UP)).due == row.found.window.closes_on == date(2026, 12, 24)


@pytest.mark.parametrize("field", ["restricted_on", "anonymised_on"])
def test_the_work_list_of_calls_names_nobody_whom_nobody_has_a_task_about(desk, field):
    stopped(desk)
    desk.consent("contact_six_months")
    assert len(desk.ask(follow_ups, today=TODAY).due) == len(desk.tasks(Kind.FOLLOW_UP)) == 1
    with desk.work() as work:
        work.despite_restriction()
        setattr(work.session.get(Person, desk.person), field, TODAY)
        work.commit()
    assert desk.ask(follow_ups, today=TODAY).due == ()
    assert desk.tasks(Kind.FOLLOW_UP) == []


def test_a_stop_date_of_three_months_ago_or_last_year_asks_for_no_call(desk):
    desk.consent("contact_six_months")
    stopped(desk, date(2026, 8, 1))
    assert desk.tasks(Kind.FOLLOW_UP) == []


def test_an_answer_ends_the_calls_and_a_relapse_asks_for_a_new_course(desk):
    smokes_at_the_six_month_call(desk)
    assert desk.tasks(Kind.FOLLOW_UP) == []
    assert only(desk.tasks(Kind.NEW_COURSE)).due == TODAY
    desk.refer()
    assert desk.tasks(Kind.NEW_COURSE) == []


def test_who_smokes_again_but_is_already_on_another_course_is_offered_no_other(desk):
    smokes_at_the_six_month_call(desk)
    assert only(desk.tasks(Kind.NEW_COURSE)).enrolment_id == desk.enrolment
    desk.new(Enrolment, course_id=desk.course, joined_on=date(2026, 10, 1))
    assert desk.tasks(Kind.NEW_COURSE) == []


def test_a_decision_hides_a_task_and_the_list_says_how_many_were_settled(desk):
    desk.refer()
    task = only(desk.tasks(Kind.FIRST_CALL))
    desk.do(decide_task, DecideTask(desk.person, task.key, "put_off", TODAY + timedelta(days=1)))
    assert desk.tasks(Kind.FIRST_CALL) == []
    assert desk.found().settled == 1
    assert any(row.task.key == task.key for row in desk.found(today=TODAY + timedelta(days=1)).rows)
    desk.do(decide_task, DecideTask(desk.person, task.key, "open"))
    assert only(desk.tasks(Kind.FIRST_CALL))
    assert len(desk.rows(TaskState)) == 1


@pytest.mark.parametrize("field", ["deceased_on", "restricted_on", "anonymised_on"])
def test_nobody_has_a_task_about_the_dead_the_restricted_and_the_forgotten(desk, field):
    desk.refer()
    with desk.work() as work:
        work.despite_restriction()
        setattr(work.session.get(Person, desk.person), field, TODAY)
        work.commit()
    assert desk.due() == ()


def test_a_merged_persons_tasks_are_those_of_the_one_who_is_kept_and_calls_of_either_count(desk):
    duplicate = new_id(desk.clock)
    desk.add(Person(id=duplicate, person_id=duplicate, nickname="Kap", registered_at=desk.clock.now()))
    referral = desk.new(Referral, person=duplicate, channel="gp", received_on=TODAY, state="open")
    desk.do(merge_people, MergePeople(desk.person, duplicate))
    (row,) = [row for row in desk.due() if row.task.kind is Kind.FIRST_CALL]
    assert (row.task.person_id, row.name) == (desk.person, "Kaptajnen")
    command = RecordContact(
        person_id=desk.person, channel="phone", purpose="first_call", outcome="reached", referral_id=referral
    )
    desk.do(record_contact, command)
    assert desk.tasks(Kind.FIRST_CALL) == []


@pytest.mark.parametrize("before", ["done", "put_off"])
def test_a_decision_about_a_merged_row_is_taken_back_about_the_person_who_is_kept(desk, before):
    duplicate = new_id(desk.clock)
    desk.add(Person(id=duplicate, person_id=duplicate, nickname="Kap", registered_at=desk.clock.now()))
    desk.new(Referral, person=duplicate, channel="gp", received_on=TODAY, state="open")
    key = only(desk.tasks(Kind.FIRST_CALL)).key
    later = TODAY + timedelta(days=3) if before == "put_off" else None
    desk.do(decide_task, DecideTask(duplicate, key, before, later))
    desk.do(merge_people, MergePeople(desk.person, duplicate))
    assert desk.tasks(Kind.FIRST_CALL) == []
    desk.do(decide_task, DecideTask(desk.person, key, "open"))
    assert only(desk.tasks(Kind.FIRST_CALL)).person_id == desk.person
    assert dict(desk.ask(due_of_person, desk.person, today=TODAY).counted)[Kind.FIRST_CALL] == 1


@pytest.fixture(params=["is kept", "was merged"])
def other(desk, request):
    """The row of the desk's person that has no course: the one that is kept, or the one that was merged into it."""
    other = new_id(desk.clock)
    if request.param == "was merged":
        desk.merge(other)
        return other
    desk.add(Person(id=other, person_id=other, nickname="Kap", registered_at=desk.clock.now()))
    with desk.work() as work:
        work.session.get(Person, desk.person).merged_into_id = other
        work.commit()
    return other


def papers_counted(desk, kind):
    """How many papers of a kind the list says there are."""
    return dict(desk.ask(lambda reading: list(due_and_papers(reading, today=TODAY)))[-1].counted).get(kind, 0)


def test_texting_follows_the_latest_answer_of_two_rows(desk, other):
    for days, person, answer in (
        (9, other, "given"), (8, desk.person, "withdrawn"), (7, desk.person, "given"), (6, other, "declined"),
    ):  # fmt: skip
        desk.consent("sms", answer, on=TODAY - timedelta(days=days), person=person)
        assert only(desk.tasks(Kind.REMINDER)).detail("channel") == ("sms" if answer == "given" else "phone")
        assert {row.may_text for row in desk.due()} == {answer == "given"}


def test_a_no_in_either_of_two_rows_stops_texting_whatever_was_noted(desk, other):
    for key in (desk.person, other):
        with desk.work() as work:
            work.session.get(Person, key).may_text = "yes"
            work.commit()
    assert only(desk.tasks(Kind.REMINDER)).detail("channel") == "sms"
    desk.consent("sms", "declined", person=other)
    assert only(desk.tasks(Kind.REMINDER)).detail("channel") == "phone"
    assert not any(row.may_text for row in desk.due())


def test_weekly_handouts_to_either_of_two_rows_count_and_the_newest_plan_is_theirs(tmp_path):
    desk = Desk(tmp_path, programme="faa_hjaelp_til_rygestop")
    other = new_id(desk.clock)
    desk.merge(other)
    about = {"weeks": 3, "made_on": TODAY, "made_by": "x"}
    desk.new(NrtPlan, enrolment_id=desk.enrolment, starts_on=date(2026, 10, 1), **about)
    plan = desk.new(NrtPlan, enrolment_id=desk.enrolment, starts_on=date(2026, 11, 1), person=other, **about)
    given = {"product": "gum-2", "recorded_by": "x", "quantity": 1}
    for weeks_ago, person, week in ((2, desk.person, 1), (1, other, 2)):
        desk.new(Handout, week=week, person=person, handed_on=TODAY - timedelta(weeks=weeks_ago), **given)
    task = only(desk.tasks(Kind.HANDOUT))
    assert (task.key.split(":")[1], task.detail("week"), task.due) == (plan, "3", TODAY)
    desk.new(Handout, week=3, person=desk.person, plan_id=plan, handed_on=TODAY, **given)
    assert desk.tasks(Kind.HANDOUT) == []
    desk.store.close()


@pytest.mark.parametrize("rows", [1, 2])
def test_nothing_is_handed_out_by_an_older_plan_once_the_newest_is_used_up(tmp_path, rows):
    desk = Desk(tmp_path, programme="faa_hjaelp_til_rygestop")
    # Two laptops that planned apart leave two plans in force, in one row of the person or in two.
    other = desk.person
    if rows == 2:
        other = new_id(desk.clock)
        desk.merge(other)
    made = {"enrolment_id": desk.enrolment, "starts_on": date(2026, 11, 1), "made_by": "x"}
    desk.new(NrtPlan, weeks=3, made_on=date(2026, 11, 1), person=other, **made)
    desk.new(NrtPlan, weeks=1, made_on=date(2026, 11, 2), **made)
    assert only(desk.tasks(Kind.HANDOUT)).detail("of") == "1"
    desk.new(Handout, week=1, quantity=1, product="gum-2", handed_on=date(2026, 11, 3), recorded_by="x")
    assert desk.tasks(Kind.HANDOUT) == []
    assert desk.ask(nrt_story, desk.person).due is None
    desk.store.close()


def test_what_was_asked_of_either_of_two_rows_is_not_asked_again(desk, other):
    desk.was("present")
    desk.consent("stopbasen", "declined", person=other)
    assert only(desk.tasks(Kind.CONSENTS)).detail("about") == "contact_six_months"
    desk.consent("contact_six_months", person=other)
    assert desk.tasks(Kind.CONSENTS) == []


@pytest.mark.parametrize(("kind", "asked"), [(Kind.FORM, "stopbasen"), (Kind.LETTER_GP, "letter_gp")])
def test_papers_follow_what_was_said_in_either_of_two_rows(desk, other, kind, asked):
    desk.was("present")
    desk.leave()
    for days, person, answer in (
        (4, other, "given"), (3, desk.person, "withdrawn"), (2, desk.person, "given"), (1, other, "withdrawn"),
    ):  # fmt: skip
        desk.consent(asked, answer, on=TODAY - timedelta(days=days), person=person, information_given=True)
        expected = (2 if kind is Kind.FORM else 1) if answer == "given" else 0
        of_somebody = desk.ask(due_of_person, desk.person, today=TODAY)
        assert len(desk.tasks(kind)) == expected
        assert papers_counted(desk, kind) == expected
        assert dict(of_somebody.counted).get(kind, 0) == expected


def test_a_letter_about_either_of_two_rows_is_written(desk, other):
    desk.leave()
    desk.consent("letter_gp", person=other)
    assert only(desk.tasks(Kind.LETTER_GP))
    desk.new(
        Letter, person=other, enrolment_id=desk.enrolment, kind="gp", state="given", written_on=TODAY, written_by="x"
    )
    assert desk.tasks(Kind.LETTER_GP) == []


TALKS = [
    ("roegfri_paa_tvaers", Kind.FIRST_CALL, "first_call"),
    ("roegfri_paa_tvaers", Kind.BEFORE_FIRST_SESSION, "before_first_session"),
    ("roegfri_paa_tvaers", Kind.BEFORE_FIRST_SESSION, "first_call"),
    ("roegfri_paa_tvaers", Kind.REMINDER, "reminder"),
    ("roegfri_paa_tvaers", Kind.NO_SHOW, "no_show"),
    ("inspirationsark", Kind.WAITING, "other"),
    ("inspirationsark", Kind.WEEKLY_CALL, "other"),
]


def needs_talk(desk, kind):
    """Have somebody whom such a task is about; return what a talk that settles it names."""
    if kind is Kind.FIRST_CALL:
        return {"referral_id": desk.refer()}
    if kind is Kind.NO_SHOW:
        missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
        desk.was("absent", missed)
        return {"session_id": missed}
    if kind is Kind.WAITING:
        stranger = new_id(desk.clock)
        desk.add(Person(id=stranger, person_id=stranger, nickname="Uffe", registered_at=desk.clock.now()))
        desk.new(Referral, stranger, channel="gp", received_on=TODAY - timedelta(days=10), state="accepted")
        return {"person": stranger}
    return {} if kind is Kind.WEEKLY_CALL else {"session_id": desk.session}


@pytest.mark.parametrize(("programme", "kind", "purpose"), TALKS)
def test_a_talk_that_was_corrected_settles_nothing(tmp_path, programme, kind, purpose):
    desk = Desk(tmp_path, programme)
    about = needs_talk(desk, kind)
    assert only(desk.tasks(kind))
    talk = desk.attempt(purpose, **about)
    assert desk.tasks(kind) == []
    # Any reminder counts as one, so only that it was about another session takes one back.
    right = about | {"session_id": new_id(desk.clock)} if kind is Kind.REMINDER else about
    desk.attempt(purpose, "not_reached", **right, corrects_id=talk, reason="Forkert person")
    assert only(desk.tasks(kind))
    desk.store.close()


@pytest.mark.parametrize(("kind", "purpose"), [(kind, purpose) for _, kind, purpose in TALKS[:5] if purpose == kind])
def test_a_talk_with_the_other_of_two_rows_settles_it_unless_it_was_corrected(desk, kind, purpose):
    about = needs_talk(desk, kind)
    merged = new_id(desk.clock)
    desk.merge(merged)
    talk = desk.attempt(purpose, person=merged, **about)
    assert desk.tasks(kind) == []
    # Any reminder counts as one, so only that it was about another session takes one back.
    right = about | {"session_id": new_id(desk.clock)} if kind is Kind.REMINDER else about
    desk.attempt(purpose, "not_reached", person=merged, **right, corrects_id=talk, reason="Forkert person")
    assert only(desk.tasks(kind))


def test_who_was_referred_under_one_name_and_came_under_another_is_called_no_more(desk, other):
    desk.new(Referral, other, channel="gp", received_on=TODAY, state="open")
    desk.was("present", desk.session_on(TODAY - timedelta(days=1), "closed", 1))
    assert desk.tasks(Kind.FIRST_CALL)
    desk.was("present")
    assert desk.tasks(Kind.FIRST_CALL) == []


def test_who_was_referred_under_one_name_and_sat_down_under_another_waits_for_no_course(desk, other):
    with_advice(desk)
    desk.refer(TODAY - timedelta(days=10), person=other)
    (referral,) = desk.rows(Referral)
    with desk.work() as work:
        work.session.get(Referral, referral.id).state = "accepted"
        work.commit()
    assert desk.tasks(Kind.WAITING) == []
    desk.leave(on=TODAY - timedelta(days=11))
    assert only(desk.tasks(Kind.WAITING)).referral_id == referral.id


@pytest.mark.parametrize("outcome", ["reached", "message_left"])
def test_a_reminder_under_the_other_name_is_one_also_where_only_a_message_was_left(desk, other, outcome):
    assert only(desk.tasks(Kind.REMINDER))
    desk.attempt("reminder", outcome, person=other, session_id=desk.session)
    assert desk.tasks(Kind.REMINDER) == []


def test_who_was_spoken_with_under_the_other_name_when_they_were_referred_is_not_called_before_the_first_session(
    desk, other
):
    assert only(desk.tasks(Kind.BEFORE_FIRST_SESSION))
    desk.attempt("first_call", on=date(2026, 8, 20), person=other)
    assert desk.tasks(Kind.BEFORE_FIRST_SESSION) == []


def test_who_smokes_again_and_is_on_a_course_under_the_other_name_is_offered_no_other(desk, other):
    smokes_at_the_six_month_call(desk)
    assert only(desk.tasks(Kind.NEW_COURSE))
    desk.new(Enrolment, person=other, course_id=desk.course, joined_on=TODAY)
    assert desk.tasks(Kind.NEW_COURSE) == []


def test_a_weekly_call_to_the_other_of_two_rows_is_one(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    other = new_id(desk.clock)
    desk.merge(other)
    desk.attempt("other", on=TODAY - timedelta(days=7), person=other)
    task = only(desk.tasks(Kind.WEEKLY_CALL))
    assert (task.due, task.detail("day")) == (TODAY, (TODAY - timedelta(days=7)).isoformat())
    desk.attempt("other", on=TODAY - timedelta(days=1), person=other)
    assert desk.tasks(Kind.WEEKLY_CALL) == []
    desk.store.close()


def test_one_persons_page_shows_only_their_own(desk):
    other = new_id(desk.clock)
    desk.add(Person(id=other, person_id=other, nickname="Ida", registered_at=desk.clock.now()))
    desk.refer()
    desk.new(Referral, person=other, channel="gp", received_on=TODAY, state="open")
    assert len(desk.tasks(Kind.FIRST_CALL)) == 2
    for whom in (desk.person, other):
        rows = desk.ask(due_of_person, whom, today=TODAY).rows
        assert {row.task.person_id for row in rows} == {whom}


def test_a_long_list_says_how_many_it_leaves_out(desk):
    for _ in range(3):
        desk.refer()
    found = desk.found(most=2)
    assert (len(found.rows), found.left_out) == (2, 3)
    assert dict(found.counted)[Kind.FIRST_CALL] == 3


def test_a_course_of_somebody_elses_programme_is_asked_by_its_own_version(tmp_path):
    desk = Desk(tmp_path, programme="storrygerindsats")
    missed = desk.session_on(TODAY - timedelta(days=7), "closed", 1)
    desk.was("absent", missed)
    assert only(desk.tasks(Kind.NO_SHOW)).rule == "no_show_talk"
    assert desk.rows(Course)
    desk.store.close()


def test_a_prescriber_is_told_before_the_stop_date_and_the_task_goes_with_the_notice(desk):
    medicine = desk.new(Medicine, name="Leponex", substance="clozapine", recorded_on=TODAY, recorded_by=desk.actor)
    desk.new(Medicine, name="Truxal", substance="chlorprothixene", recorded_on=TODAY, recorded_by=desk.actor)
    assert desk.tasks(Kind.MEDICINE) == []
    stop_on = TODAY + timedelta(days=7)
    desk.new(StopDate, stop_on=stop_on, agreed_on=TODAY, recorded_by=desk.actor)
    task = only(desk.tasks(Kind.MEDICINE))
    assert (task.due, task.detail("medicine"), task.detail("level")) == (stop_on - timedelta(days=1), "Leponex", "red")
    desk.new(
        MedicineNotice, medicine_id=medicine, trigger="stop_date", trigger_on=stop_on, told_on=TODAY,
        consent="declined",
        recorded_by=desk.actor,
    )  # fmt: skip
    assert desk.tasks(Kind.MEDICINE) == []


def test_a_change_of_last_spring_is_not_asked_about_any_more(desk):
    desk.new(Medicine, name="Zyprexa", substance="olanzapine", recorded_on=TODAY, recorded_by=desk.actor)
    desk.new(StopDate, stop_on=date(2026, 3, 1), agreed_on=date(2026, 2, 1), recorded_by=desk.actor)
    assert desk.tasks(Kind.MEDICINE) == []


def test_the_medicine_of_one_row_and_the_stop_date_of_its_duplicate_are_one_persons(desk):
    duplicate = new_id(desk.clock)
    desk.merge(duplicate)
    desk.new(Medicine, duplicate, name="Zyprexa", substance="olanzapine", recorded_on=TODAY, recorded_by=desk.actor)
    desk.new(StopDate, stop_on=TODAY, agreed_on=TODAY, recorded_by=desk.actor)
    assert only(desk.tasks(Kind.MEDICINE)).person_id == desk.person


def test_an_open_kom_og_kvit_course_is_to_be_closed_within_three_months_of_the_stop_date(desk):
    stopped(desk, date(2026, 8, 20))
    assert desk.tasks(Kind.CLOSE_COURSE) == []
    with desk.work() as work:
        work.session.get(Course, desk.course).concept = "Kom & Kvit"
        work.commit()
    task = only(desk.tasks(Kind.CLOSE_COURSE))
    assert (task.due, task.source, task.enrolment_id) == (date(2026, 11, 20), "W", desk.enrolment)
    desk.leave()
    assert desk.tasks(Kind.CLOSE_COURSE) == []


def take_back(desk, entity, fact_id):
    desk.do(take_back_event, TakeBackEvent(entity=entity, fact_id=fact_id, reason="Det blev aldrig aftalt"))


def test_a_stop_date_that_was_taken_back_closes_no_course_and_asks_for_no_call(desk):
    stopped(desk, date(2026, 8, 20))
    with desk.work() as work:
        work.session.get(Course, desk.course).concept = "Kom & Kvit"
        work.commit()
    assert desk.tasks(Kind.CLOSE_COURSE)
    take_back(desk, "stop_date", desk.rows(StopDate)[0].id)
    assert desk.tasks(Kind.CLOSE_COURSE) == []
    desk.consent("contact_six_months")
    spring = desk.new(StopDate, stop_on=date(2026, 5, 24), agreed_on=date(2026, 5, 24), recorded_by="x")
    assert desk.tasks(Kind.FOLLOW_UP)
    take_back(desk, "stop_date", spring)
    assert desk.tasks(Kind.FOLLOW_UP) == []
    facts = desk.ask(enrolment_facts, [desk.enrolment])[desk.enrolment]
    assert (facts.stops, facts.counted_from, facts.close_by) == ((), None, None)


def test_what_changed_and_was_taken_back_is_told_to_no_prescriber_and_a_notice_taken_back_is_still_to_be_given(desk):
    medicine = desk.new(Medicine, name="Zyprexa", substance="olanzapine", recorded_on=TODAY, recorded_by="x")
    stop = desk.new(StopDate, stop_on=TODAY, agreed_on=TODAY, recorded_by="x")
    told = {"medicine_id": medicine, "trigger": "stop_date", "trigger_on": TODAY}
    notice = desk.new(MedicineNotice, told_on=TODAY, consent="given", recorded_by="x", **told)
    assert desk.tasks(Kind.MEDICINE) == []
    desk.do(take_back_notice, TakeBackNotice(notice_id=notice, reason="Det var en anden læge"))
    assert only(desk.tasks(Kind.MEDICINE))
    take_back(desk, "stop_date", stop)
    assert desk.tasks(Kind.MEDICINE) == []
    again = desk.new(Relapse, happened_on=TODAY, recorded_by="x")
    assert only(desk.tasks(Kind.MEDICINE))
    take_back(desk, "relapse", again)
    assert desk.tasks(Kind.MEDICINE) == []


def place_step(desk, step="cafe_visits", on=TODAY, state="planned"):
    cycle = new_id(desk.clock)
    version = desk.rows(ProgrammeVersion)[0].id
    if not desk.rows(Place):
        desk.add(Place(id=desk.place, team_id=desk.team, municipality_id="m", name="Kilden", kind="vaerested"))
    desk.add(
        PlaceCycle(
            id=cycle, team_id=desk.team, place_id=desk.place, programme_version_id=version, started_on=on,
            state="running",
        ),
        PlaceCycleStep(
            id=new_id(desk.clock), team_id=desk.team, cycle_id=cycle, step=step, number=2, planned_on=on, state=state
        ),
        PlaceCycleStep(
            id=new_id(desk.clock), team_id=desk.team, cycle_id=cycle, step=step, number=1, planned_on=on, state="done"
        ),
    )  # fmt: skip
    return cycle


def test_a_step_at_a_place_that_is_due_is_in_the_list_until_it_is_done(tmp_path):
    desk = Desk(tmp_path, "faa_hjaelp_til_rygestop")
    place_step(desk)
    task = only(desk.tasks(Kind.PLACE_STEP))
    assert (task.detail("name"), task.detail("number"), task.detail("of")) == ("Kilden", "2", "2")
    step = task.detail("step_id")
    assert desk.do(settle_step, SettleStep(step, "put_off", TODAY + timedelta(days=8)))
    assert desk.tasks(Kind.PLACE_STEP) == []
    desk.do(settle_step, SettleStep(step, "open", task.due))
    assert only(desk.tasks(Kind.PLACE_STEP)).due == TODAY
    desk.do(settle_step, SettleStep(step, "dismissed", reason="Stedet holder lukket"))
    assert desk.tasks(Kind.PLACE_STEP) == []
    (row,) = desk.rows(PlaceCycleStep, PlaceCycleStep.id == step)
    assert (row.state, row.note) == ("skipped", "Stedet holder lukket")
    for command in (SettleStep(step, "dismissed"), SettleStep(step, "put_off", TODAY), SettleStep("x", "open")):
        with pytest.raises(RuleRefusal):
            desk.do(settle_step, command)
    place_step(desk, on=TODAY + timedelta(days=8))
    with desk.work() as work:
        for cycle in work.session.scalars(select(PlaceCycle)):
            cycle.programme_version_id = "not here"
        work.commit()
    desk.do(settle_step, SettleStep(step, "open", TODAY))
    assert desk.tasks(Kind.PLACE_STEP) == [], "a programme that this laptop does not hold asks for nothing"
    desk.store.close()


def test_a_step_at_a_place_says_whom_to_call_about_it(tmp_path):
    desk = Desk(tmp_path, "faa_hjaelp_til_rygestop")
    place_step(desk)
    assert only(row for row in desk.found().rows if row.task.kind is Kind.PLACE_STEP).phone == ""
    for name, role, phone in (
        ("Anna", "", "20 10 20 10"),
        ("Bo", "tovholder", "20 20 20 20"),
        ("Cai", "tovholder", ""),
    ):
        desk.add(
            PlaceContact(
                id=new_id(desk.clock), team_id=desk.team, place_id=desk.place, name=name, role=role, phone=phone
            )
        )
    row = only(row for row in desk.found().rows if row.task.kind is Kind.PLACE_STEP)
    assert (row.task.detail("contact"), row.phone) == ("Bo", "20 20 20 20"), "the tovholder, where there is a phone"
    desk.store.close()


def test_a_running_group_is_to_be_created_on_the_site_until_somebody_says_that_it_is(desk):
    task = only(desk.tasks(Kind.GROUP))
    assert (task.due, task.detail("where"), task.detail("unit")) == (date(2026, 9, 1), "rsiden.dk", "616")
    created = DecideTask("", task.key, "done", team_id=desk.team)
    with pytest.raises(RuleRefusal):
        desk.do(decide_task, created)
    desk.add(Team(id=desk.team, municipality_id="m", name="Hvidovre"))
    desk.do(decide_task, created)
    assert desk.tasks(Kind.GROUP) == []
    assert desk.found().settled == 1
    desk.do(decide_task, DecideTask("", task.key, "open", team_id=desk.team))
    assert only(desk.tasks(Kind.GROUP))
    assert len(desk.rows(TeamTaskState)) == 1


def test_the_coordinator_is_asked_for_the_education_of_who_holds_courses_and_for_reports(desk):
    with desk.work() as work:
        course = work.session.get(Course, desk.course)
        course.counsellor_id = course.second_counsellor_id = desk.actor
        work.session.add(User(id=desk.actor, name="Niels", role="counsellor"))
        work.commit()
    assert desk.tasks(Kind.EDUCATION) == [], "only a coordinator notes it"
    device = dict.fromkeys(("database_id", "server_url", "server_id", "epoch", "token", "receipt_key"), "")
    with desk.work() as work:
        work.session.add(
            Device(
                id="d", user_id=desk.actor, user_name="Bente", role="coordinator", cooperation_id="k",
                cooperation_name="RpT", team_ids=[desk.team], **device,
            )
        )  # fmt: skip
        work.commit()
    task = only(desk.tasks(Kind.EDUCATION))
    assert (task.detail("name"), task.source) == ("Niels", "S2")
    assert task.whose == desk.team
    assert [check.code for check in desk.ask(course_page, desk.course).checks] == ["counsellor-education-unknown"]
    desk.add(Team(id=desk.team, municipality_id="m", name="Hvidovre"))
    with pytest.raises(RuleRefusal) as refused:
        desk.do(decide_task, DecideTask("", task.key, "done", reason="  ", team_id=desk.team))
    assert refused.value.code == "education-needs-words"
    noted = DecideTask("", task.key, "done", reason="Kræftens Bekæmpelse, 2024", team_id=desk.team)
    desk.do(decide_task, noted)
    assert [row.reason for row in desk.rows(TeamTaskState)] == ["Kræftens Bekæmpelse, 2024"]
    page = desk.ask(course_page, desk.course)
    assert page.checks == ()
    assert "Niels (Kræftens Bekæmpelse, 2024)" in page.counsellors
    in_january = desk.ask(papers_named, today=date(2027, 1, 5), named=Kind)
    about = {row.task.detail("about") for row in in_january if row.task.kind is Kind.REPORT}
    assert about == {"referrals", "indicators", "settlement", "management", "vouchers"}


def test_who_said_yes_and_is_on_no_course_waits_until_somebody_speaks_with_them(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    stranger = new_id(desk.clock)
    desk.add(Person(id=stranger, person_id=stranger, nickname="Uffe", registered_at=desk.clock.now()))
    referral = desk.new(
        Referral, stranger, channel="gp", received_on=TODAY - timedelta(days=10), state="accepted"
    )  # fmt: skip
    task = only(desk.tasks(Kind.WAITING))
    assert (task.person_id, task.referral_id, task.detail("bridge")) == (stranger, referral, "stoplinien")
    desk.new(
        ContactAttempt, stranger, attempted_at=desk.clock.now(), channel="phone", purpose="other", outcome="reached",
        topics=[], recorded_by=desk.actor,
    )  # fmt: skip
    assert desk.tasks(Kind.WAITING) == []
    desk.store.close()


def test_who_still_thinks_is_asked_again_after_a_fortnight_until_the_referral_is_closed(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    stranger = new_id(desk.clock)
    desk.add(Person(id=stranger, person_id=stranger, nickname="Uffe", registered_at=desk.clock.now()))
    referral = desk.new(
        Referral, stranger, channel="gp", received_on=TODAY - timedelta(days=20), state="open"
    )  # fmt: skip
    told = {"channel": "phone", "outcome": "reached", "topics": [], "recorded_by": desk.actor}
    at = desk.clock.now() - timedelta(days=14)
    desk.new(ContactAttempt, stranger, attempted_at=at, purpose="first_call", referral_id=referral, **told)
    assert desk.tasks(Kind.FIRST_CALL) == []
    task = only(desk.tasks(Kind.WAITING))
    assert (task.due, task.person_id, task.referral_id) == (TODAY, stranger, referral)
    again = RecordContact(person_id=stranger, channel="phone", purpose=task.purpose, outcome="reached")
    desk.do(record_contact, replace(again, referral_id=task.referral_id))
    assert desk.tasks(Kind.WAITING) == []
    in_a_fortnight = desk.found(today=TODAY + timedelta(days=14)).rows
    assert [row.task.due for row in in_a_fortnight if row.task.kind is Kind.WAITING] == [TODAY + timedelta(days=14)]
    desk.do(record_contact, replace(again, referral_id=task.referral_id, referral_state="declined"))
    in_a_fortnight = desk.found(today=TODAY + timedelta(days=14)).rows
    assert not [row for row in in_a_fortnight if row.task.kind is Kind.WAITING]
    desk.store.close()


def test_who_was_spoken_with_under_one_name_and_is_on_a_course_under_the_other_is_not_asked_again(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    other = new_id(desk.clock)
    desk.merge(other)
    referral = desk.new(Referral, other, channel="gp", received_on=TODAY - timedelta(days=20), state="open")
    desk.attempt("first_call", on=TODAY - timedelta(days=20), referral_id=referral)
    assert desk.tasks(Kind.FIRST_CALL) == desk.tasks(Kind.WAITING) == []
    desk.leave(TODAY - timedelta(days=30))
    assert only(desk.tasks(Kind.WAITING)).due == TODAY - timedelta(days=6)
    desk.store.close()


HALF_PAST_MIDNIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
"""In Denmark it is the 24th by then."""


def call_at_night(desk, person, purpose, at=HALF_PAST_MIDNIGHT):
    desk.new(
        ContactAttempt, person, attempted_at=at, channel="phone", purpose=purpose, outcome="reached", topics=[],
        recorded_by=desk.actor,
    )  # fmt: skip


def test_a_call_after_midnight_answers_a_referral_of_that_day(desk):
    desk.refer()
    call_at_night(desk, desk.person, "first_call")
    assert desk.tasks(Kind.FIRST_CALL) == []


def test_a_talk_after_midnight_settles_a_session_that_is_missed_on_that_day(desk):
    desk.was("absent")
    call_at_night(desk, desk.person, "other")
    assert desk.tasks(Kind.NO_SHOW) == []


def test_a_call_after_midnight_two_weeks_before_joining_is_the_talk_before_the_first_session(desk):
    call_at_night(desk, desk.person, "before_first_session", datetime(2026, 8, 17, 22, 30, tzinfo=UTC))
    assert desk.tasks(Kind.BEFORE_FIRST_SESSION) == []


def test_who_waits_and_was_spoken_with_after_midnight_is_thought_of_again_two_weeks_after_that_day(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    stranger = new_id(desk.clock)
    desk.add(Person(id=stranger, person_id=stranger, nickname="Uffe", registered_at=desk.clock.now()))
    desk.new(Referral, stranger, channel="gp", received_on=TODAY - timedelta(days=40), state="accepted")
    call_at_night(desk, stranger, "other", HALF_PAST_MIDNIGHT - timedelta(days=14))
    assert desk.tasks(Kind.WAITING) == []
    desk.store.close()


def test_a_weekly_call_is_suggested_until_one_has_met_or_spoken(tmp_path):
    desk = Desk(tmp_path, "inspirationsark")
    assert only(desk.tasks(Kind.WEEKLY_CALL)).due == date(2026, 9, 8)
    desk.was("present", desk.session_on(TODAY - timedelta(days=7), state="closed"))
    assert only(desk.tasks(Kind.WEEKLY_CALL)).due == TODAY
    # Half past midnight where the call was made.
    desk.new(
        ContactAttempt, attempted_at=datetime(2026, 11, 17, 23, 30, tzinfo=UTC), channel="phone", purpose="other",
        outcome="reached", topics=[], recorded_by=desk.actor,
    )  # fmt: skip
    assert desk.tasks(Kind.WEEKLY_CALL) == []
    tomorrow = desk.found(today=TODAY + timedelta(days=1)).rows
    assert TODAY + timedelta(days=1) in {row.task.due for row in tomorrow if row.task.kind is Kind.WEEKLY_CALL}
    desk.attempt("other", on=TODAY - timedelta(days=1))
    assert desk.tasks(Kind.WEEKLY_CALL) == []
    desk.store.close()
