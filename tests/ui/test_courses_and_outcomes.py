from datetime import date

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from sqlalchemy import select

from app.clock import DENMARK
from app.i18n import format_day
from app.ids import new_id
from app.models.course import Course, Enrolment, Session
from app.models.local import Device
from app.models.organisation import OutreachVisit, Place, PlaceCycleStep, Team
from app.models.outcome import FollowUpAttempt, FormTyped, Outcome
from app.models.person import Consent, Person, RuleOverride
from app.models.smoking import StopDate
from app.storage.queries.courses import people_to_add
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.person_course import person_courses
from app.ui.course.words import closing_word

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
TODAY = date(2026, 11, 24)
ENTER = Qt.Key.Key_Return


class Hands:
    """What somebody at the window does, and what the store then holds."""

    def __init__(self, day):
        self.day = day
        self.desk = day.pusterum.workspace._desk

    def read(self, statement):
        with self.desk.store.session() as reading:
            return list(reading.scalars(statement))

    def open(self, kind, key="", section=""):
        self.desk.open(kind, key, section=section)
        self.day.settle()

    def write(self, name, text):
        field = self.day.find(name)
        field.setFocus()
        field.selectAll()
        self.day.press(text)

    def choose(self, name, text):
        box = self.day.find(name, QComboBox)
        box.setCurrentIndex(box.findText(text))

    def says(self, name):
        return self.day.find(name, QLabel).text()


@pytest.fixture
def hands(day):
    return Hands(day)


def course_called(hands, title):
    (course,) = hands.read(select(Course).where(Course.title == title))
    return course


def somebody(hands, answer, kind="contact_six_months"):
    said = select(Consent.person_id).where(Consent.kind == kind, Consent.answer == answer)
    withdrawn = select(Consent.person_id).where(Consent.answer == "withdrawn")
    return hands.read(select(Person).where(Person.id.in_(said), Person.id.not_in(withdrawn)).order_by(Person.id))[0]


def test_a_course_is_made_from_the_keyboard_with_its_weekly_sessions(hands):
    hands.day.click("go-courses")
    hands.day.click("new-course")
    hands.day.press("Onsdag på Kilden")
    hands.choose("course-place", "Værestedet Kilden")
    hands.choose("course-programme", "Røgfri på Tværs")
    hands.write("course-starts-on", "2/12")
    hands.write("course-sessions", "5")
    hands.day.press(ENTER)
    course = course_called(hands, "Onsdag på Kilden")
    sessions = hands.read(select(Session).where(Session.course_id == course.id).order_by(Session.held_on))
    assert [session.held_on for session in sessions][:2] == [date(2026, 12, 2), date(2026, 12, 9)]
    assert len(sessions) == 5
    assert "of the programme's 6 sessions" in hands.says("course-check-course-too-short-title")


def test_what_is_wrong_with_a_course_is_told_beside_its_field_and_nothing_typed_is_lost(hands):
    hands.day.click("go-courses")
    hands.day.click("new-course")
    hands.day.press(ENTER)
    assert "needs a name" in hands.says("course-title-advice")
    hands.write("course-title", "Fredagsholdet")
    hands.write("course-ends-on", "1-1-2020")
    hands.day.press(ENTER)
    assert "24" in hands.says("course-ends-on-advice")
    assert hands.day.find("course-title").text() == "Fredagsholdet"


def test_a_session_is_moved_and_cancelled_from_the_course(hands):
    course = course_called(hands, "Åbent hold under broen")
    hands.open("course", course.id)
    planned = hands.read(
        select(Session).where(Session.course_id == course.id, Session.state == "planned").order_by(Session.held_on)
    )
    hands.day.click(f"move-{planned[0].id}")
    hands.write("session-day", "26-11-2026")
    hands.day.press(ENTER)
    hands.day.click(f"cancel-{planned[1].id}")
    states = {row.id: (row.held_on, row.state) for row in hands.read(select(Session))}
    assert states[planned[0].id] == (date(2026, 11, 26), "planned")
    assert states[planned[1].id][1] == "cancelled"
    hands.day.click(f"restore-{planned[1].id}")
    assert hands.read(select(Session.state).where(Session.id == planned[1].id)) == ["planned"]
    hands.write("course-sessions-search", "26 Nov")
    assert hands.day.find(f"move-{planned[0].id}").isVisible()
    view = hands.day.pusterum.workspace.screen_called("course")
    shown = [one.objectName() for one in view.findChildren(QAbstractButton) if one.isVisible()]
    assert [name for name in shown if name.startswith("move-")] == [f"move-{planned[0].id}"]


def shown_of_session(hands, session_id):
    """What the course's page says in the row of a session."""
    grid = hands.day.find(f"open-{session_id}").parentWidget()
    return " | ".join(words.text() for words in grid.findChildren(QLabel) if words.isVisible())


def test_a_first_talk_counts_where_it_holds_counselling_and_what_was_said_wrongly_is_put_right(hands):
    enrolment = part_of(hands)
    hands.open("course", enrolment.course_id)
    hands.day.click("extra-session")
    hands.choose("session-kind", "First talk")
    assert hands.day.find("session-counselling-yes").isChecked()
    hands.choose("session-for", hands.read(select(Person).where(Person.id == enrolment.person_id))[0].given_name)
    hands.write("session-day", "24-11-2026")
    hands.day.click("session-counselling-no")
    hands.day.click("session-form-submit")
    (talk,) = hands.read(
        select(Session).where(
            Session.kind == "intake", Session.course_id == enrolment.course_id, Session.held_on == TODAY
        )
    )
    assert not talk.holds_counselling
    assert "without counselling, does not count" in shown_of_session(hands, talk.id)

    hands.open("session", talk.id)
    assert "First talk" in hands.says("page-title")
    hands.day.click("everyone-present")
    hands.day.click("close-session")
    before = attended(hands, enrolment)
    hands.open("person", enrolment.person_id, "timeline")
    said = [words.text() for words in hands.day.find("timeline-panel").findChildren(QLabel)]
    assert "Came: First talk, without counselling, does not count" in said

    hands.open("course", enrolment.course_id)
    hands.day.click(f"counselling-{talk.id}")
    hands.day.click("session-counselling-yes")
    hands.day.click("counselling-form-submit")
    assert "with counselling" in shown_of_session(hands, talk.id)
    assert attended(hands, enrolment) == before + 1


def attended(hands, enrolment):
    """How many meetings count for somebody's part."""
    with hands.desk.store.session() as reading:
        parts = person_courses(reading, enrolment.person_id, today=TODAY).parts
    return next(part.attended for part in parts if part.enrolment_id == enrolment.id)


def test_an_extra_session_of_another_kind_asks_nothing_of_counselling_and_counts(hands):
    hands.open("course", part_of(hands).course_id)
    hands.day.click("extra-session")
    asked = hands.day.pusterum.window.findChild(QAbstractButton, "session-counselling-no")
    assert not asked.isVisible()
    hands.choose("session-kind", "First talk")
    hands.day.click("session-counselling-no")
    hands.choose("session-kind", "Extra session")
    assert not asked.isVisible()
    hands.day.click("session-form-submit")
    assert [row.holds_counselling for row in hands.read(select(Session).where(Session.kind == "extra"))][-1:] == [True]


def test_people_who_are_found_when_the_form_was_put_away_trouble_nobody(hands):
    hands.open("course", course_called(hands, "Små skridt på Kilden").id)
    hands.day.click("add-person")
    hands.day.find("join-search").setText("a")
    hands.day.find("join-form-cancel").click()
    # As Qt does when it is back in its loop.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    hands.day.settle()
    assert not hands.day.pusterum.workspace.findChildren(QWidget, "join-form")


def test_nobody_is_added_to_a_course_who_was_not_chosen(hands):
    course = course_called(hands, "Perronholdet")
    hands.open("course", course.id)
    on_course = select(Enrolment.person_id).where(Enrolment.course_id == course.id)
    before = hands.read(on_course)
    hands.day.click("add-person")
    hands.day.press(ENTER)
    assert hands.says("join-person-advice") == "Choose who it is."
    # Enter is quicker than who is found for the name.
    hands.day.find("join-search").setText("Bettemus")
    hands.day.find("join-form").send()
    hands.day.settle()
    assert hands.read(on_course) == before


def test_the_only_one_of_a_name_is_added_by_enter_and_named(hands):
    course = course_called(hands, "Perronholdet")
    alone = hands.read(select(Person).where(Person.id.not_in(select(Enrolment.person_id))).order_by(Person.id))[0]
    alone.nickname = "Regnvejrsmanden"
    with hands.day.pusterum.store.unit_of_work(
        actor=hands.day.pusterum._device.user_id, clock=hands.day.pusterum.clock
    ) as work:
        work.session.get(Person, alone.id).nickname = alone.nickname
        work.commit()
    hands.open("course", course.id)
    hands.day.click("add-person")
    hands.day.press("Regnvejrs")
    hands.day.settle()
    hands.day.press(ENTER)
    assert alone.id in hands.read(select(Enrolment.person_id).where(Enrolment.course_id == course.id))
    said = hands.day.pusterum.workspace.screen_called("course").notice.shown_text
    assert "Regnvejrsmanden" in said or "Røgfri på Tværs" in said


def test_a_thirteenth_person_is_added_with_a_reason(hands):
    course = course_called(hands, "Perronholdet")
    waiting = hands.read(select(Person).where(Person.id.not_in(select(Enrolment.person_id))).order_by(Person.id))
    hands.open("course", course.id)
    here = len(hands.read(select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.left_on.is_(None))))
    for person in waiting[: 14 - here]:
        hands.day.click("add-person")
        hands.day.press(person.nickname or person.given_name)
        hands.day.settle()
        box = hands.day.find("join-person", QComboBox)
        box.setCurrentIndex(box.findData(person.id))
        hands.day.click("join-form-submit")
        if hands.day.pusterum.window.findChild(object, "join-form-override") is not None:
            assert "Røgfri på Tværs" in hands.says("join-form-refusal")
            hands.write("join-form-override", "Kollegaen er syg")
            hands.day.press(ENTER)
    assert {override.reason for override in hands.read(select(RuleOverride))} == {"Kollegaen er syg"}


def test_leaving_a_course_is_closed_with_a_reason_and_taken_back(hands):
    course = course_called(hands, "Små skridt på Kilden")
    enrolment = hands.read(select(Enrolment).where(Enrolment.course_id == course.id).order_by(Enrolment.id))[0]
    hands.open("course", course.id)
    hands.day.click(f"leave-{enrolment.id}")
    hands.day.click("leave-form-submit")
    assert "reason is needed" in hands.says("leave-reason-advice")
    hands.choose("leave-reason", "Moved away")
    hands.day.click("leave-form-submit")
    assert hands.read(select(Enrolment.closing_reason).where(Enrolment.id == enrolment.id)) == ["moved_away"]
    hands.day.click(f"reopen-{enrolment.id}")
    assert hands.read(select(Enrolment.closing_reason).where(Enrolment.id == enrolment.id)) == [""]


def test_who_is_back_on_a_course_after_withdrawing_is_said_to_be_asked_again(hands):
    course = course_called(hands, "Små skridt på Kilden")
    said_yes = select(Consent.person_id).where(Consent.kind == "stopbasen", Consent.answer == "given")
    enrolment = hands.read(
        select(Enrolment).where(
            Enrolment.course_id == course.id, Enrolment.left_on.is_(None), Enrolment.person_id.in_(said_yes)
        )
    )[0]
    hands.open("course", course.id)
    hands.day.click(f"leave-{enrolment.id}")
    hands.choose("leave-reason", "Withdrew the consent")
    hands.day.click("leave-form-submit")
    hands.day.click(f"reopen-{enrolment.id}")
    assert "stays withdrawn: ask the person again" in hands.says("course-notice-title")


def test_a_visit_is_counted_at_the_place_and_corrected_with_a_reason(hands):
    place = hands.read(select(Place).where(Place.name == "Værestedet Kilden"))[0]
    hands.day.click("go-places")
    hands.day.click(f"place-{place.id}")
    hands.day.click("count-visit")
    hands.write("visit-visitors", "12")
    hands.write("visit-talks", "4")
    hands.write("visit-interested", "13")
    hands.day.press(ENTER)
    assert "more interested people than visitors" in hands.says("visit-interested-advice")
    hands.write("visit-interested", "3")
    hands.day.press(ENTER)
    (visit,) = hands.read(select(OutreachVisit).where(OutreachVisit.visited_on == TODAY))
    assert (visit.visitors, visit.talks, visit.interested) == (12, 4, 3)
    hands.day.click(f"visit-{visit.id}")
    hands.write("visit-visitors", "14")
    hands.write("visit-reason", "To kom sent")
    hands.day.press(ENTER)
    assert len(hands.read(select(OutreachVisit).where(OutreachVisit.corrects_id == visit.id))) == 1


def test_a_step_of_the_round_is_noted_at_the_place(hands):
    place = hands.read(select(Place).where(Place.name == "Værestedet Kilden"))[0]
    hands.open("place", place.id)
    step = hands.read(
        select(PlaceCycleStep).where(PlaceCycleStep.state == "planned", PlaceCycleStep.step == "follow_up_meeting")
    )
    mine = next(row for row in step if hands.day.pusterum.window.findChild(object, f"step-{row.id}") is not None)
    hands.day.click(f"step-{mine.id}")
    hands.day.click("step-form-submit")
    assert hands.read(select(PlaceCycleStep.state).where(PlaceCycleStep.id == mine.id)) == ["done"]


def test_what_is_asked_leans_to_no_answer(hands):
    person = hands.read(select(Person).where(Person.id.not_in(select(Consent.person_id))).order_by(Person.id))[0]
    hands.open("person", person.id, "consents")
    yes, no = (hands.day.find(f"consent-letter_gp-{answer}") for answer in ("given", "declined"))
    assert yes.property("kind") == no.property("kind")


def test_a_yes_that_is_saved_by_enter_says_of_no_information_that_it_was_handed_over(hands):
    person = hands.read(select(Person).where(Person.id.not_in(select(Consent.person_id))).order_by(Person.id))[0]
    hands.open("person", person.id, "consents")
    hands.day.click("consent-stopbasen-given")
    hands.day.press(ENTER)
    hands.day.wait(lambda: hands.read(select(Consent).where(Consent.person_id == person.id)), "the answer")
    (said,) = hands.read(select(Consent).where(Consent.person_id == person.id))
    assert (said.answer, said.information_given) == ("given", False)


def test_a_consent_is_withdrawn_and_the_page_says_what_that_stops(hands):
    person = somebody(hands, "given")
    hands.open("person", person.id, "consents")
    hands.day.click("consent-contact_six_months-withdrawn")
    hands.day.click("consent-form-submit")
    assert "Nobody calls after six months." in hands.says("consents-notice-title")
    latest = hands.read(select(Consent).where(Consent.person_id == person.id).order_by(Consent.id))[-1]
    assert (latest.kind, latest.answer, latest.answered_on) == ("contact_six_months", "withdrawn", TODAY)


@pytest.mark.parametrize("was_typed", [True, False])
def test_withdrawing_from_the_national_database_says_who_deletes_what_was_typed(hands, was_typed):
    """STOPbasen, Samtykke: it is withdrawn at any time, and the secretariat deletes the data where it is asked to."""
    typed = select(FormTyped.person_id)
    said_yes = select(Consent).where(Consent.kind == "stopbasen", Consent.answer == "given").order_by(Consent.id)
    person_id = next(said.person_id for said in hands.read(said_yes.where(Consent.person_id.not_in(typed))))
    if was_typed:
        (part, *_others) = hands.read(select(Enrolment).where(Enrolment.person_id == person_id))
        write_rows(
            hands,
            FormTyped(
                id=new_id(hands.desk.clock), person_id=person_id, enrolment_id=part.id, form="base", typed_on=TODAY,
                recorded_by=hands.desk.user_id,
            ),
        )  # fmt: skip
    hands.open("person", person_id, "consents")
    assert not hands.day.pusterum.window.findChildren(QLabel, "consent-typed-before")
    hands.day.click("consent-stopbasen-withdrawn")
    hands.day.click("consent-form-submit")
    said = [shown.text() for shown in hands.day.pusterum.window.findChildren(QLabel, "consent-typed-before")]
    assert [("secretariat" in words) for words in said] == ([True] if was_typed else [])


def test_a_consent_that_was_written_down_wrongly_is_corrected_with_a_reason(hands):
    person = somebody(hands, "given")
    wrong = hands.read(select(Consent).where(Consent.person_id == person.id, Consent.kind == "contact_six_months"))[0]
    hands.open("person", person.id, "consents")
    hands.day.click(f"correct-consent-{wrong.id}")
    hands.choose("consent-answer", "No")
    hands.day.press(ENTER)
    assert "reason is needed" in hands.says("consent-reason-advice")
    hands.write("consent-reason", "Hørte forkert")
    hands.day.press(ENTER)
    (right,) = hands.read(select(Consent).where(Consent.corrects_id == wrong.id))
    assert (right.answer, right.answered_on, right.reason) == ("declined", wrong.answered_on, "Hørte forkert")


def test_the_consent_of_somebody_who_turns_out_to_be_sixteen_is_corrected_to_who_gave_it(hands):
    """STOPbasen, Samtykke: from 15 to 17 they consent themselves where the counsellor judges them mature."""
    person = somebody(hands, "given", kind="stopbasen")
    young = TODAY.replace(year=TODAY.year - 16)
    write_rows(hands, change=lambda session: setattr(session.get(Person, person.id), "birth_date", young))
    said = select(Consent).where(Consent.person_id == person.id, Consent.kind == "stopbasen").order_by(Consent.id)
    wrong = hands.read(said)[-1]
    assert wrong.given_by == "self"
    hands.open("person", person.id, "consents")
    hands.day.click(f"correct-consent-{wrong.id}")
    hands.write("consent-reason", "Fødselsdagen var ikke kendt")
    hands.day.click("consent-form-submit")
    corrected = hands.read(said)[-1]
    assert (corrected.corrects_id, corrected.given_by, corrected.answer) == (wrong.id, "self_judged_mature", "given")


def test_an_answer_that_is_being_written_stays_while_others_write(hands):
    person = somebody(hands, "given")
    hands.open("person", person.id, "consents")
    hands.day.click("consent-contact_six_months-withdrawn")
    hands.write("consent-note", "Ringede selv")
    panel = hands.day.find("consents-panel")
    panel.show_person(person.id)
    hands.day.settle()
    assert hands.day.find("consent-note").text() == "Ringede selv"


def test_an_outcome_is_recorded_on_the_person_page(hands):
    course = course_called(hands, "Små skridt på Kilden")
    enrolment = hands.read(select(Enrolment).where(Enrolment.course_id == course.id).order_by(Enrolment.id))[0]
    hands.open("person", enrolment.person_id, "course")
    hands.day.click(f"outcome-end-{enrolment.id}")
    hands.choose("outcome-smoke-free", "Yes")
    hands.write("outcome-cigarettes", "3")
    hands.day.press(ENTER)
    assert "is not smoke-free" in hands.says("outcome-cigarettes-advice")
    hands.write("outcome-cigarettes", "0")
    hands.write("outcome-co", "4")
    hands.day.press(ENTER)
    (outcome,) = hands.read(select(Outcome).where(Outcome.enrolment_id == enrolment.id))
    assert (outcome.smoke_free, outcome.co_ppm, outcome.self_report_on) == ("yes", 4.0, TODAY)
    assert "verified by CO" in hands.says("outcome-notice-title")


def test_the_work_list_saves_a_call_and_says_what_is_still_missing(hands):
    hands.day.click("go-follow-ups")
    with hands.desk.store.session() as reading:
        due = follow_ups(reading, today=TODAY).due[0]
    before = len(hands.read(select(FollowUpAttempt).where(FollowUpAttempt.enrolment_id == due.enrolment_id)))
    hands.day.click(f"call-{due.enrolment_id}")
    hands.day.click("call-form-submit")
    assert hands.says("call-result-advice") == "Choose how it ended."
    hands.choose("call-result", "No answer")
    hands.day.click("call-form-submit")
    calls = hands.read(select(FollowUpAttempt).where(FollowUpAttempt.enrolment_id == due.enrolment_id))
    assert len(calls) == before + 1
    assert "Call on" in hands.says("follow-ups-notice-title")


def test_giving_up_too_early_asks_for_a_reason(hands):
    hands.day.click("go-follow-ups")
    with hands.desk.store.session() as reading:
        due = follow_ups(reading, today=TODAY).due[0]
    hands.day.click(f"missing-{due.enrolment_id}")
    hands.day.click("missing-form-submit")
    assert hands.says("missing-reason-advice") == "Choose why there is no answer."
    hands.choose("missing-reason", "Could not be reached")
    hands.day.click("missing-form-submit")
    assert "more days with a call" in hands.says("missing-form-refusal")
    hands.write("missing-form-override", "Telefonen er afmeldt")
    hands.day.press(ENTER)
    assert (
        hands.read(select(Outcome.missing_reason).where(Outcome.enrolment_id == due.enrolment_id))[-1] == "not_reached"
    )


def test_a_place_is_written_down_from_the_keyboard_and_changed_on_its_page(hands):
    hands.day.click("go-places")
    hands.day.click("new-place")
    hands.day.press(ENTER)
    assert "needs a name" in hands.says("place-name-advice")
    hands.write("place-name", "Skurvognen ved søen")
    hands.choose("place-kind", "Warm room")
    hands.write("place-address", "Søvej 1")
    hands.day.press(ENTER)
    (place,) = hands.read(select(Place).where(Place.name == "Skurvognen ved søen"))
    assert (place.kind, place.address) == ("varmestue", "Søvej 1")
    assert place.team_id in hands.read(select(Device.team_ids))[0]
    hands.day.click("change-place")
    hands.write("place-closed-on", "24-11-2026")
    hands.day.press(ENTER)
    assert hands.read(select(Place.closed_on).where(Place.id == place.id)) == [TODAY]
    assert "is saved" in hands.says("place-notice-title")


def write_rows(hands, *rows, change=None):
    with hands.desk.store.unit_of_work(actor=hands.desk.user_id, clock=hands.desk.clock) as work:
        work.session.add_all(rows)
        if change is not None:
            change(work.session)
        work.commit()


def part_of(hands, title="Små skridt på Kilden"):
    course = course_called(hands, title)
    return hands.read(
        select(Enrolment).where(Enrolment.course_id == course.id, Enrolment.left_on.is_(None)).order_by(Enrolment.id)
    )[0]


def test_a_call_that_was_written_down_wrongly_is_corrected_with_a_reason(hands):
    with hands.desk.store.session() as reading:
        due = follow_ups(reading, today=TODAY).due
    tried = hands.read(
        select(FollowUpAttempt).where(FollowUpAttempt.enrolment_id.in_([row.enrolment_id for row in due]))
    )
    wrong = tried[0]
    hands.open("person", wrong.person_id, "course")
    hands.day.click(f"correct-call-{wrong.id}")
    hands.day.click("call-form-submit")
    assert "reason is needed" in hands.says("call-reason-advice")
    hands.write("call-at", "18:15")
    hands.write("call-reason", "Det var om aftenen")
    hands.day.click("call-form-submit")
    (right,) = hands.read(select(FollowUpAttempt).where(FollowUpAttempt.corrects_id == wrong.id))
    assert (right.attempted_at.astimezone(DENMARK).hour, right.result) == (18, wrong.result)
    assert right.reason == "Det var om aftenen"


def test_at_six_months_nobody_is_asked_for_carbon_monoxide_over_the_telephone(hands):
    with hands.desk.store.session() as reading:
        due = follow_ups(reading, today=TODAY).due[0]
    hands.open("person", due.person_id, "course")
    hands.day.click(f"outcome-six-{due.enrolment_id}")
    assert hands.day.find("outcome-cigarettes").isVisible()
    assert hands.day.pusterum.window.findChild(object, "outcome-co") is None


def test_who_smokes_again_after_six_months_is_enrolled_in_a_new_course_from_the_panel(hands):
    enrolment = part_of(hands)
    with hands.desk.store.session() as reading:
        others = reading.scalars(
            select(Enrolment).where(Enrolment.person_id == enrolment.person_id, Enrolment.left_on.is_(None))
        ).all()

    def leave(session):
        for other in others:
            row = session.get(Enrolment, other.id)
            row.left_on, row.closing_reason = date(2026, 11, 1), "completed"

    again = Outcome(
        id=new_id(hands.desk.clock), person_id=enrolment.person_id, enrolment_id=enrolment.id,
        time_point="six_months", assessed_on=date(2026, 11, 23), smoke_free="no", recorded_by=hands.desk.user_id,
    )  # fmt: skip
    write_rows(hands, again, change=leave)
    hands.open("person", enrolment.person_id, "course")
    hands.day.click(f"new-course-{enrolment.id}-action")
    box = hands.day.find("join-which", QComboBox)
    assert box.count() > 0
    chosen = box.currentData()
    hands.day.click("join-form-submit")
    if hands.day.pusterum.window.findChild(object, "join-form-override") is not None:
        hands.write("join-form-override", "Vil gerne prøve igen")
        hands.day.click("join-form-submit")
    (new,) = hands.read(
        select(Enrolment).where(Enrolment.person_id == enrolment.person_id, Enrolment.left_on.is_(None))
    )
    assert (new.course_id, new.joined_on) == (chosen, TODAY)
    with hands.desk.store.session() as reading:
        parts = person_courses(reading, enrolment.person_id, today=TODAY).parts
    assert not any(part.offers_new_course for part in parts)


def test_a_kom_og_kvit_course_with_a_stop_date_says_by_when_it_is_to_be_closed(hands):
    enrolment = part_of(hands)

    def make_it_kom_og_kvit(session):
        session.get(Course, enrolment.course_id).concept = "Kom & Kvit"

    stop = StopDate(
        id=new_id(hands.desk.clock), person_id=enrolment.person_id, stop_on=date(2026, 11, 20),
        agreed_on=TODAY, recorded_by=hands.desk.user_id,
    )  # fmt: skip
    write_rows(hands, stop, change=make_it_kom_og_kvit)
    hands.open("person", enrolment.person_id, "course")
    assert f"to be closed by {format_day(date(2027, 2, 20))}" in hands.says(f"close-by-{enrolment.id}-title")
    hands.day.click(f"close-by-{enrolment.id}-action")
    assert hands.day.find("leave-form").isVisible()


def test_who_left_and_came_back_still_shows_why_they_had_left(hands):
    enrolment = part_of(hands)
    hands.open("person", enrolment.person_id, "course")
    hands.day.click(f"leave-{enrolment.id}")
    hands.choose("leave-reason", closing_word("dropped_out"))
    hands.day.click("leave-form-submit")
    hands.day.click(f"reopen-{enrolment.id}")
    hands.day.settle()
    shown = [words.text() for words in hands.day.find("outcome-panel").findChildren(QLabel)]
    assert any(words.startswith(closing_word("dropped_out")) and "came back" in words for words in shown)


def test_adding_somebody_to_a_course_finds_them_though_the_name_is_spelt_otherwise(hands):
    course = course_called(hands, "Perronholdet")
    with hands.desk.store.unit_of_work(actor=hands.desk.user_id, clock=hands.desk.clock) as work:
        person_id = new_id(hands.desk.clock)
        work.session.add(
            Person(
                id=person_id,
                person_id=person_id,
                given_name="Christoffer",
                family_name="Vestergaard",
                registered_at=hands.desk.clock.now(),
            )
        )
        work.commit()
    with hands.desk.store.session() as reading:
        assert person_id in [key for key, _name in people_to_add(reading, course.id, "Kristofer")]
        assert person_id in [key for key, _name in people_to_add(reading, course.id, "vester")]
        on_course = reading.scalars(
            select(Enrolment.person_id).where(Enrolment.course_id == course.id, Enrolment.left_on.is_(None))
        ).first()
        name = reading.get(Person, on_course).given_name
        assert on_course not in [key for key, _name in people_to_add(reading, course.id, name)]


def test_a_team_whose_courses_are_not_here_enrols_the_person_itself(hands):
    enrolment = part_of(hands)
    write_rows(hands, Team(id="far-team", municipality_id="m", name="Rygestopteam Langtborte"))
    hands.open("person", enrolment.person_id, "course")
    hands.day.click("move-team")
    # Whoever presses Enter at once gives nobody away.
    hands.day.click("team-form-submit")
    assert hands.says("team-which-advice") == "Choose a team."
    hands.choose("team-which", "Rygestopteam Langtborte")
    assert "not on this laptop" in hands.says("team-which-advice")
    hands.day.click("team-form-submit")
    assert "Rygestopteam Langtborte has the person" in hands.says("outcome-notice-title")
    assert "enrols the person itself" in hands.says("outcome-notice-title")
