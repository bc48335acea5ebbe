from dataclasses import fields
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from app.domain.courses import CourseSaid
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.organisation import DayOff, ProgrammeVersion
from app.models.person import Consent, Membership, Person, RuleOverride
from app.services.add_walk_in import AddWalkIn, add_walk_in
from app.services.close_enrolment import CloseEnrolment, close_enrolment, reopen_enrolment
from app.services.edit_person import EditPerson, edit_person
from app.services.join_course import JoinCourse, join_course
from app.services.make_course import EditCourse, MakeCourse, edit_course, make_course
from app.services.move_person import MoveToCourse, MoveToTeam, move_to_course, move_to_team
from app.services.plan_session import (
    MoveSession,
    PlanSession,
    cancel_session,
    move_session,
    plan_session,
    plan_weeks,
    restore_session,
    say_counselling,
)
from app.services.record_consent import RecordConsent, record_consent
from app.services.seat_known import SeatKnown, seat_known
from app.services.session_draft import Cell, TypeCell, type_cell
from app.services.take_back_walk_in import TakeBackWalkIn, take_back_walk_in
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.today import day as sessions_of
from tests.integration.services.towns import FIRST_DAY, refused

WEEK = timedelta(weeks=1)
_INDEXED = text("SELECT block FROM person_index_data UNION ALL SELECT CAST(c0 || c1 AS BLOB) FROM person_index_content")


def edited(course, **change):
    kept = {name: change.pop(name, getattr(course, name)) for name in ("concept", "note", "state")}
    said = CourseSaid(**{field.name: getattr(course, field.name) for field in fields(CourseSaid)} | change)
    return EditCourse(course_id=course.id, said=said, **kept)


def test_a_fixed_course_gets_its_weekly_sessions_and_keeps_the_programme_version_of_its_first_day(towns):
    made = towns.course(planned=6, starts_at="9.30", setting="place")
    assert (made.sessions, made.checks) == (6, ())
    assert [session.held_on for session in towns.sessions(made.course_id)] == [FIRST_DAY + n * WEEK for n in range(6)]
    course = towns.get(Course, made.course_id)
    assert (course.delivering_municipality_id, course.team_id) == (towns.municipality, towns.team)
    assert towns.get(ProgrammeVersion, course.programme_version_id).key == "roegfri_paa_tvaers"
    assert {session.starts_at for session in towns.sessions(made.course_id)} == {"09:30"}


def test_the_version_in_force_on_the_first_day_is_taken_and_none_is_refused(towns):
    assert (
        refused(
            towns,
            make_course,
            MakeCourse(
                place_id=towns.place,
                programme="roegfri_paa_tvaers",
                said=CourseSaid("Før tiden", "group", date(2017, 12, 31)),
            ),
        ).code
        == "no-valid-programme"
    )
    new = towns.rows(ProgrammeVersion, ProgrammeVersion.key == "roegfri_paa_tvaers")[0]
    towns.add(ProgrammeVersion(id=towns.person(), key=new.key, name="Ny", valid_from=date(2026, 2, 1), rules=new.rules))
    before, after = towns.course(), towns.course(starts_on=date(2026, 2, 5))
    names = [
        towns.get(ProgrammeVersion, towns.get(Course, made.course_id).programme_version_id).name
        for made in (before, after)
    ]
    assert names == ["Røgfri på Tværs", "Ny"]


def test_an_open_ended_course_is_planned_some_weeks_ahead_and_goes_on_week_by_week(towns):
    made = towns.course(planned=0, programme="styrket_rygestoptilbud")
    assert made.sessions == 6
    towns.do(plan_weeks, made.course_id, 4)
    sessions = towns.sessions(made.course_id)
    assert [session.number for session in sessions] == list(range(1, 11))
    assert sessions[-1].held_on == FIRST_DAY + 9 * WEEK


def test_no_session_is_planned_on_the_municipality_s_own_day_off(towns):
    towns.add(DayOff(id=towns.person(), municipality_id=towns.municipality, day=FIRST_DAY + WEEK, name="Lukkedag"))
    days = [session.held_on for session in towns.sessions(towns.course().course_id)]
    assert FIRST_DAY + WEEK not in days
    assert len(days) == 6


def test_a_short_group_course_warns_and_is_made_all_the_same(towns):
    made = towns.course(planned=5)
    assert [(check.code, check.source) for check in made.checks] == [("course-too-short", "S2")]


@pytest.mark.parametrize("setting", ["place", "home", "phone", "video", "walk"])
def test_an_individual_course_is_held_wherever_the_person_is(towns, setting):
    made = towns.course(format="individual", planned=4, concept="Kom & Kvit", setting=setting)
    enrolment = towns.join(towns.person(), made.course_id)
    first = towns.sessions(made.course_id)[0]
    towns.hold(first, enrolment)
    assert towns.get(Session, first.id).setting == setting
    assert towns.facts(enrolment).participation.attended == 1


def test_a_course_without_sessions_gets_its_weeks_later(towns):
    made = towns.course(planned=6, with_sessions=False)
    assert made.sessions == 0
    towns.do(plan_weeks, made.course_id, 2)
    assert [session.held_on for session in towns.sessions(made.course_id)] == [FIRST_DAY, FIRST_DAY + WEEK]


def test_a_changed_time_is_taken_over_by_planned_sessions_but_not_by_those_that_differ_or_were_held(towns):
    made = towns.course(starts_at="10:00")
    enrolment = towns.join(towns.person(), made.course_id)
    held, moved, *rest = towns.sessions(made.course_id)
    towns.hold(held, enrolment)
    towns.do(move_session, MoveSession(moved.id, moved.held_on, starts_at="12:00"))
    course = towns.get(Course, made.course_id)
    towns.do(edit_course, edited(course, starts_at="14:00", counsellor_id=towns.actor))
    assert [session.starts_at for session in towns.sessions(made.course_id)] == ["10:00", "12:00"] + ["14:00"] * len(
        rest
    )


def test_a_course_cannot_begin_after_a_session_of_it(towns):
    course = towns.get(Course, towns.course().course_id)
    found = refused(towns, edit_course, edited(course, starts_on=FIRST_DAY + timedelta(days=1)))
    assert (found.code, found.parameters["day"]) == ("starts-after-session", FIRST_DAY)
    assert refused(towns, edit_course, edited(course, state="asleep")).parameters["field"] == "state"


def test_what_a_newer_version_answered_stays_where_something_else_is_changed(towns):
    made = towns.course()
    course, (first, *_rest) = towns.get(Course, made.course_id), towns.sessions(made.course_id)
    course.setting, course.stop_date_policy, first.setting = "boat", "by_moon", "boat"
    with towns.store.unit_of_work(actor=towns.actor, clock=towns.clock) as work:
        for row in (course, first):
            work.session.merge(row)
        work.commit()
    towns.do(edit_course, edited(course, title="Fredagsholdet", state="closed"))
    towns.do(move_session, MoveSession(first.id, first.held_on + timedelta(days=1), setting="boat"))
    found = towns.get(Course, course.id)
    assert (found.title, found.state, found.setting, found.stop_date_policy) == (
        "Fredagsholdet", "closed", "boat", "by_moon",
    )  # fmt: skip
    assert towns.get(Session, first.id).setting == "boat"
    assert refused(towns, edit_course, edited(found, setting="raft")).parameters["field"] == "setting"
    towns.do(edit_course, edited(found, setting="walk", state="running"))
    towns.do(plan_session, PlanSession(course.id, FIRST_DAY + WEEK, kind="extra", setting="walk"))


def test_a_session_is_moved_cancelled_and_held_after_all(towns):
    made = towns.course()
    first, second, *_rest = towns.sessions(made.course_id)
    towns.do(move_session, MoveSession(second.id, second.held_on + timedelta(days=1), setting="walk"))
    moved = towns.get(Session, second.id)
    assert (moved.held_on, moved.setting, moved.number) == (FIRST_DAY + WEEK + timedelta(days=1), "walk", 2)
    towns.do(cancel_session, first.id)
    assert towns.get(Session, first.id).state == "cancelled"
    towns.do(restore_session, first.id)
    assert towns.get(Session, first.id).state == "planned"


def test_a_session_before_its_course_began_is_refused_with_the_day_that_would_be_right(towns):
    made = towns.course()
    first = towns.sessions(made.course_id)[0]
    for use_case, command in (
        (move_session, MoveSession(first.id, FIRST_DAY - timedelta(days=1))),
        (plan_session, PlanSession(made.course_id, FIRST_DAY - timedelta(days=1))),
    ):
        found = refused(towns, use_case, command)
        assert (found.code, found.parameters) == ("session-before-course", {"field": "held_on", "day": FIRST_DAY})


def test_a_session_at_which_something_is_typed_is_not_cancelled_and_a_closed_one_never_moves(towns):
    made = towns.course()
    enrolment = towns.join(towns.person(), made.course_id)
    first = towns.sessions(made.course_id)[0]
    towns.do(type_cell, TypeCell(first.id, enrolment, Cell.NOTE, "træt"))
    assert refused(towns, cancel_session, first.id).code == "session-begun"
    towns.hold(first, enrolment)
    assert refused(towns, move_session, MoveSession(first.id, FIRST_DAY)).code == "session-closed"
    assert refused(towns, cancel_session, first.id).code == "session-closed"
    assert refused(towns, restore_session, first.id).code == "session-closed"


def test_an_extra_session_for_one_person_is_theirs_alone_and_counts(towns):
    made = towns.course()
    hers, his = towns.join(towns.person("Rita"), made.course_id), towns.join(towns.person("Jonny"), made.course_id)
    planned = towns.do(
        plan_session, PlanSession(made.course_id, FIRST_DAY + timedelta(days=2), enrolment_id=hers, setting="home")
    )
    sheet = towns.ask(session_sheet, planned.session_id)
    assert [row.enrolment_id for row in sheet.rows] == [hers]
    first, second, *_later = [session for session in towns.sessions(made.course_id) if session.kind == "ordinary"]
    assert (sheet.next_on, towns.ask(session_sheet, first.id).next_on) == (second.held_on, second.held_on)
    towns.hold(towns.get(Session, planned.session_id), hers)
    assert [row.enrolment_id for row in towns.rows(Attendance)] == [hers]
    assert towns.facts(hers).participation.attended == 1
    assert towns.facts(his).participation.offered == 0
    assert [session.number for session in towns.sessions(made.course_id) if session.kind == "ordinary"] == list(
        range(1, 7)
    )


def test_an_intake_counts_only_where_it_is_said_to_hold_counselling_also_once_it_is_closed(towns):
    made = towns.course()
    hers = towns.join(towns.person("Rita"), made.course_id)
    talk = towns.do(
        plan_session, PlanSession(made.course_id, FIRST_DAY, kind="intake", enrolment_id=hers, holds_counselling=False)
    )
    towns.hold(towns.get(Session, talk.session_id), hers)
    assert towns.facts(hers).participation.attended == 0
    assert not towns.ask(session_sheet, talk.session_id).is_last
    towns.do(partial(say_counselling, holds_counselling=True), talk.session_id)
    assert towns.facts(hers).participation.attended == 1
    ordinary = next(session for session in towns.sessions(made.course_id) if session.kind == "ordinary")
    for other in (ordinary.id, "none-such"):
        assert refused(towns, partial(say_counselling, holds_counselling=False), other).code == "unknown-answer"


def test_a_session_beside_the_planned_ones_is_never_the_last_of_them(towns):
    made = towns.course(planned=1)
    extra = towns.do(plan_session, PlanSession(made.course_id, FIRST_DAY))
    (planned,) = [session for session in towns.sessions(made.course_id) if session.kind == "ordinary"]
    assert towns.ask(session_sheet, planned.id).is_last
    assert not towns.ask(session_sheet, extra.session_id).is_last


def test_one_person_who_stays_away_is_recorded_and_called(towns):
    made = towns.course(format="individual", planned=4)
    enrolment = towns.join(towns.person(), made.course_id)
    planned = towns.do(plan_session, PlanSession(made.course_id, FIRST_DAY, enrolment_id=enrolment, kind="intake"))
    closed = towns.hold(towns.get(Session, planned.session_id), absent=[enrolment])
    assert (closed.present, len(closed.to_call)) == (0, 1)


def test_an_extra_session_is_for_people_who_are_on_the_course_that_day(towns):
    made, other = towns.course(), towns.course(title="Andet hold")
    enrolment = towns.join(towns.person(), made.course_id, FIRST_DAY + WEEK)
    command = PlanSession(made.course_id, FIRST_DAY, enrolment_id=enrolment)
    assert refused(towns, plan_session, command).parameters["field"] == "held_on"
    command = PlanSession(other.course_id, FIRST_DAY, enrolment_id=enrolment)
    assert refused(towns, plan_session, command).parameters["field"] == "enrolment_id"
    assert refused(towns, plan_session, PlanSession(made.course_id, FIRST_DAY, kind="party")).code == "unknown-answer"
    assert refused(towns, plan_session, PlanSession(made.course_id, FIRST_DAY, setting="moon")).code == "unknown-answer"


def test_people_join_at_any_session_and_leave_at_any_session(towns):
    made = towns.course()
    sessions = towns.sessions(made.course_id)
    early = towns.join(towns.person("Rita"), made.course_id)
    towns.hold(sessions[0], early)
    towns.hold(sessions[1], early)
    late = towns.join(towns.person("Jonny"), made.course_id, goal="reduce")
    towns.hold(sessions[2], early, late)
    towns.do(close_enrolment, CloseEnrolment(early, towns.today, "dropped_out"))
    towns.hold(sessions[3], late)
    assert (towns.facts(early).participation.attended, towns.facts(late).participation.attended) == (3, 2)
    assert (towns.facts(early).participation.offered, towns.facts(late).participation.offered) == (3, 3)
    assert towns.get(Enrolment, late).residence_municipality_id == towns.municipality


def test_who_left_and_comes_back_goes_on_where_they_were(towns):
    made = towns.course()
    sessions = towns.sessions(made.course_id)
    person = towns.person()
    enrolment = towns.join(person, made.course_id, goal="reduce", agreed_sessions=4)
    towns.hold(sessions[0], enrolment)
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "dropped_out"))
    towns.go_to(sessions[3].held_on)
    assert towns.join(person, made.course_id) == enrolment
    row = towns.get(Enrolment, enrolment)
    assert (row.left_on, row.closing_reason, row.joined_on) == (None, "", FIRST_DAY)
    assert (row.goal, row.agreed_sessions) == ("reduce", 4)
    found = refused(towns, join_course, JoinCourse(person, made.course_id, towns.today))
    assert found.code == "already-on-course"


def test_who_is_seated_again_is_not_closed_any_more_and_is_closed_as_before_once_that_is_taken_back(towns):
    home, away = towns.course(), towns.course(place=towns.other_place, title="Brøndbyholdet")
    person = towns.person()
    enrolment = towns.join(person, home.course_id)
    towns.do(move_to_course, MoveToCourse(enrolment, away.course_id, towns.today))

    def closing():
        row = towns.get(Enrolment, enrolment)
        return row.left_on, row.closing_reason, row.closed_on, row.closed_by

    moved = closing()
    assert moved == (FIRST_DAY, "moved_course", FIRST_DAY, towns.actor)
    session = towns.sessions(home.course_id)[1]
    towns.go_to(session.held_on)
    seated = towns.do(seat_known, SeatKnown(home.course_id, person))
    assert seated.enrolment_id == enrolment
    assert closing() == (None, "", None, None)
    towns.do(take_back_walk_in, TakeBackWalkIn(session.id, seated))
    assert closing() == moved


def test_of_a_walk_in_that_is_taken_back_no_word_is_left_in_the_index_of_people(towns):
    made = towns.course()
    towns.person("Kaptajnen")
    session = towns.sessions(made.course_id)[0]
    seated = towns.do(add_walk_in, AddWalkIn(made.course_id, "Havnefogeden"))

    def words():
        return b"".join(block for (block,) in towns.ask(lambda reading: reading.execute(_INDEXED).all()))

    # The index says of a word only what the one before it has not got.
    assert b"nefogeden" in words()
    assert not towns.do(take_back_walk_in, TakeBackWalkIn(session.id, seated)).is_known
    assert b"nefogeden" not in words()
    assert b"kaptajnen" in words()


def test_a_thirteenth_participant_asks_for_a_second_counsellor_or_a_reason(towns):
    made = towns.course()
    for number in range(12):
        towns.join(towns.person(f"Nr. {number}"), made.course_id)
    thirteenth = towns.person("Nr. 13")
    found = refused(towns, join_course, JoinCourse(thirteenth, made.course_id, towns.today))
    assert (found.code, found.parameters["overridable"], found.parameters["source"]) == (
        "second-counsellor-needed",
        True,
        "S2",
    )
    enrolment = towns.join(thirteenth, made.course_id, override_reason="Kollegaen er syg i dag")
    (override,) = towns.rows(RuleOverride)
    assert (override.rule, override.subject_id, override.person_id, override.reason) == (
        "participants_per_counsellor_most",
        enrolment,
        thirteenth,
        "Kollegaen er syg i dag",
    )
    course = towns.get(Course, made.course_id)
    done = towns.do(edit_course, edited(course, note="Stort hold"))
    assert [check.code for check in done.checks] == ["second-counsellor-needed"]
    towns.do(edit_course, edited(course, second_counsellor_id=towns.colleague))
    towns.join(towns.person("Nr. 14"), made.course_id)
    assert len(towns.rows(RuleOverride)) == 1


def test_nobody_joins_a_closed_course_nor_one_that_is_over_nor_after_their_death(towns):
    made = towns.course(ends_on=FIRST_DAY + 6 * WEEK)
    person = towns.person()
    for command, code in (
        (JoinCourse(person, made.course_id, FIRST_DAY + 7 * WEEK), "joined-after-course"),
        (JoinCourse(person, person, FIRST_DAY), "no-such-course"),
        (JoinCourse(made.course_id, made.course_id, FIRST_DAY), "no-such-person"),
        (JoinCourse(person, made.course_id, FIRST_DAY, goal="win"), "unknown-answer"),
        (JoinCourse(towns.person(deceased_on=date(2026, 1, 1)), made.course_id, FIRST_DAY), "person-deceased"),
    ):
        assert refused(towns, join_course, command).code == code
    towns.do(edit_course, edited(towns.get(Course, made.course_id), state="closed"))
    assert refused(towns, join_course, JoinCourse(person, made.course_id, FIRST_DAY)).code == "course-closed"
    assert refused(towns, plan_session, PlanSession(made.course_id, FIRST_DAY)).code == "course-closed"


def test_leaving_before_joining_or_before_a_meeting_is_refused_with_the_day_that_would_be_right(towns):
    made = towns.course()
    first, second, *_rest = towns.sessions(made.course_id)
    enrolment = towns.join(towns.person(), made.course_id)
    towns.hold(first, enrolment)
    towns.hold(second, enrolment)
    for day, code, right in (
        (FIRST_DAY - timedelta(days=1), "left-before-joining", FIRST_DAY),
        (FIRST_DAY, "left-before-attending", second.held_on),
        (towns.today + timedelta(days=1), "future-date", None),
    ):
        found = refused(towns, close_enrolment, CloseEnrolment(enrolment, day, "dropped_out"))
        assert (found.code, found.parameters["field"], found.parameters.get("day")) == (code, "left_on", right)
    assert (
        refused(towns, close_enrolment, CloseEnrolment(enrolment, towns.today, "bored")).parameters["field"] == "reason"
    )


def test_closing_cancels_what_was_planned_for_the_person_alone_and_can_be_taken_back(towns):
    made = towns.course()
    enrolment = towns.join(towns.person(), made.course_id)
    own = towns.do(plan_session, PlanSession(made.course_id, FIRST_DAY + timedelta(days=4), enrolment_id=enrolment))
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "moved_abroad"))
    row = towns.get(Enrolment, enrolment)
    assert (row.closing_reason, row.closed_by, row.closed_on) == ("moved_abroad", towns.actor, towns.today)
    assert towns.get(Session, own.session_id).state == "cancelled"
    assert refused(towns, close_enrolment, CloseEnrolment(enrolment, towns.today, "other")).code == "already-closed"
    towns.do(reopen_enrolment, enrolment)
    assert towns.get(Enrolment, enrolment).left_on is None
    assert refused(towns, reopen_enrolment, enrolment).code == "not-closed"


def test_a_death_is_noted_on_the_person_and_a_withdrawn_consent_as_a_fact(towns):
    made = towns.course()
    dead, gone = towns.person("Rita"), towns.person("Jonny")
    died, withdrew = towns.join(dead, made.course_id), towns.join(gone, made.course_id)
    towns.do(record_consent, RecordConsent(gone, "stopbasen", "given", towns.today, information_given=True))
    towns.do(close_enrolment, CloseEnrolment(died, towns.today, "deceased"))
    towns.do(close_enrolment, CloseEnrolment(withdrew, towns.today, "consent_withdrawn"))
    assert towns.get(Person, dead).deceased_on == towns.today
    assert [row.answer for row in towns.rows(Consent)] == ["given", "withdrawn"]


def test_the_day_of_a_death_that_is_known_stays_when_another_course_is_closed_for_it(towns):
    person = towns.person()
    first = towns.join(person, towns.course().course_id)
    second = towns.join(person, towns.course(title="Andet hold").course_id)
    towns.do(close_enrolment, CloseEnrolment(first, towns.today, "deceased"))
    towns.go_to(FIRST_DAY + timedelta(weeks=1))
    towns.do(close_enrolment, CloseEnrolment(second, towns.today, "deceased"))
    assert towns.get(Person, person).deceased_on == FIRST_DAY


def test_today_expects_one_at_a_session_for_somebody_alone_and_says_that_it_is_begun(towns):
    made = towns.course()
    enrolment = towns.join(towns.person("Rita"), made.course_id)
    towns.join(towns.person("Jonny"), made.course_id)
    own = towns.do(plan_session, PlanSession(made.course_id, towns.today, enrolment_id=enrolment))
    shown = {row.session_id: row for row in towns.ask(sessions_of, today=towns.today).today}
    assert [(shown[own.session_id].people, row.people, row.is_begun) for row in shown.values()] == [
        (1, 2, False),
        (1, 1, False),
    ]
    towns.do(type_cell, TypeCell(own.session_id, enrolment, Cell.STATUS, "present"))
    (begun,) = [row for row in towns.ask(sessions_of, today=towns.today).today if row.is_begun]
    assert begun.session_id == own.session_id


def test_whoever_was_closed_as_dead_by_mistake_lives_again_with_the_course(towns):
    person = towns.person()
    first = towns.join(person, towns.course().course_id)
    second = towns.join(person, towns.course(title="Andet hold").course_id)
    for enrolment in (first, second):
        towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "deceased"))
    towns.do(reopen_enrolment, first)
    assert towns.get(Person, person).deceased_on == towns.today
    towns.do(reopen_enrolment, second)
    assert towns.get(Person, person).deceased_on is None


def test_of_two_days_of_death_the_one_that_is_still_said_stays(towns):
    person = towns.person()
    first = towns.join(person, towns.course().course_id)
    second = towns.join(person, towns.course(title="Andet hold").course_id)
    towns.do(close_enrolment, CloseEnrolment(first, towns.today, "deceased"))
    towns.go_to(FIRST_DAY + timedelta(weeks=1))
    towns.do(close_enrolment, CloseEnrolment(second, towns.today, "deceased"))
    towns.do(reopen_enrolment, first)
    assert towns.get(Person, person).deceased_on == towns.today


def test_a_consent_withdrawn_with_the_closing_stays_so_on_the_course_and_that_is_told(towns):
    gone, other = towns.person("Jonny"), towns.person("Rita")
    made = towns.course()
    withdrew, left = towns.join(gone, made.course_id), towns.join(other, made.course_id)
    towns.do(record_consent, RecordConsent(gone, "stopbasen", "given", towns.today, information_given=True))
    towns.do(close_enrolment, CloseEnrolment(withdrew, towns.today, "consent_withdrawn"))
    towns.do(close_enrolment, CloseEnrolment(left, towns.today, "other"))
    assert towns.do(reopen_enrolment, withdrew).is_consent_withdrawn
    assert not towns.do(reopen_enrolment, left).is_consent_withdrawn
    towns.do(close_enrolment, CloseEnrolment(withdrew, towns.today, "consent_withdrawn"))
    towns.do(record_consent, RecordConsent(gone, "stopbasen", "given", towns.today, information_given=True))
    assert not towns.do(reopen_enrolment, withdrew).is_consent_withdrawn


def test_a_day_of_death_that_closing_did_not_note_stays(towns):
    person = towns.person()
    enrolment = towns.join(person, towns.course().course_id)
    towns.do(edit_person, EditPerson(person, {"deceased_on": towns.today - timedelta(days=1)}))
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "deceased"))
    towns.do(reopen_enrolment, enrolment)
    assert towns.get(Person, person).deceased_on == towns.today - timedelta(days=1)


def test_completed_is_said_of_too_few_meetings_with_a_word_of_caution(towns):
    made = towns.course()
    enrolment = towns.join(towns.person(), made.course_id)
    towns.hold(towns.sessions(made.course_id)[0], enrolment)
    closed = towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "completed"))
    assert [(check.code, check.parameters) for check in closed.checks] == [
        ("completed-too-early", {"attended": 1, "needed": 3})
    ]


def test_moving_to_another_municipality_s_course_and_back_keeps_what_was_attended(towns):
    home = towns.course()
    away = towns.course(place=towns.other_place, title="Brøndbyholdet")
    person = towns.person()
    first = towns.join(person, home.course_id)
    here, there = towns.sessions(home.course_id), towns.sessions(away.course_id)
    towns.hold(here[0], first)
    moved = towns.do(move_to_course, MoveToCourse(first, away.course_id, towns.today, leave_team=True))
    assert towns.get(Enrolment, first).closing_reason == "moved_course"
    assert towns.get(Enrolment, moved.enrolment_id).moved_from_id == first
    memberships = {row.team_id: row.left_on for row in towns.rows(Membership, Membership.person_id == person)}
    assert memberships == {towns.team: FIRST_DAY, towns.other_team: None}
    towns.hold(there[1], moved.enrolment_id)
    assert towns.facts(moved.enrolment_id).participation.attended == 2
    back = towns.do(move_to_course, MoveToCourse(moved.enrolment_id, home.course_id, towns.today))
    assert back.enrolment_id == first
    towns.hold(here[2], first)
    facts = towns.facts(first)
    assert (facts.participation.attended, facts.is_completed) == (3, True)
    assert towns.facts(moved.enrolment_id).participation.attended == 1
    memberships = {row.team_id: row.left_on for row in towns.rows(Membership, Membership.person_id == person)}
    assert memberships == {towns.team: None, towns.other_team: None}


def test_moving_is_refused_where_there_is_nowhere_to_move(towns):
    made = towns.course()
    enrolment = towns.join(towns.person(), made.course_id)
    for command, code in (
        (MoveToCourse(enrolment, made.course_id, towns.today), "same-course"),
        (MoveToCourse(enrolment, towns.team, towns.today), "no-such-course"),
    ):
        assert refused(towns, move_to_course, command).code == code
    other = towns.course(title="Andet hold")
    towns.do(close_enrolment, CloseEnrolment(enrolment, towns.today, "other"))
    assert (
        refused(towns, move_to_course, MoveToCourse(enrolment, other.course_id, towns.today)).code == "already-closed"
    )


def test_another_team_gets_the_person_and_the_one_they_leave_closes_what_they_took_part_in(towns):
    made = towns.course()
    person = towns.person()
    enrolment = towns.join(person, made.course_id)
    over = towns.join(person, towns.course(title="Andet hold").course_id)
    towns.do(close_enrolment, CloseEnrolment(over, towns.today, "completed"))
    towns.do(move_to_team, MoveToTeam(person, towns.other_team, towns.today))
    assert towns.get(Enrolment, enrolment).left_on is None
    assert refused(towns, move_to_team, MoveToTeam(person, towns.other_team, towns.today)).code == "already-in-team"
    assert refused(towns, move_to_team, MoveToTeam(person, person, towns.today)).code == "no-such-team"
    towns.do(move_to_team, MoveToTeam(person, towns.other_team, towns.today, leave_team_id=towns.team))
    assert towns.get(Enrolment, enrolment).closing_reason == "moved_away"
    assert towns.get(Enrolment, over).closing_reason == "completed"
    towns.do(move_to_team, MoveToTeam(person, towns.team, towns.today))
    left = {row.team_id: row.left_on for row in towns.rows(Membership, Membership.person_id == person)}
    assert left == {towns.team: None, towns.other_team: None}
