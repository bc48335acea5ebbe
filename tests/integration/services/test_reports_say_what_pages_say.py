"""A part in a course counts in a report as the person's own page says that it stands."""

from datetime import date, timedelta

import pytest

from app.domain.months import months_after
from app.domain.reports.participations import Cohort, in_period, participations
from app.domain.tasks import Kind
from app.models.course import Enrolment
from app.services.close_enrolment import CloseEnrolment, close_enrolment
from app.services.move_person import MoveToCourse, MoveToTeam, move_to_course, move_to_team
from app.services.plan_session import PlanSession, plan_session
from app.services.record_consent import RecordConsent, record_consent
from app.services.record_smoking import RecordStopDate, record_stop_date
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.reports import facts
from app.storage.queries.smoking import smoking_story
from app.storage.queries.tasks import due_of_person
from tests.integration.services.towns import FIRST_DAY

WEEK = timedelta(weeks=1)


def counted(towns):
    """What reports count, by the part in a course; it is what each page says."""
    found = {part.enrolment.id: part for part in participations(towns.ask(facts))}
    for enrolment_id, part in found.items():
        page = towns.facts(enrolment_id)
        assert part.attended.attended == page.participation.attended
        assert part.attended.expected == page.participation.expected
        assert part.counted_from == (page.counted_from and page.counted_from[0])
        assert part.stage(towns.today) == page.follow_up(towns.today)
    return found


def move(towns, enrolment, course):
    return towns.do(move_to_course, MoveToCourse(enrolment, course.course_id, towns.today)).enrolment_id


def test_what_was_attended_elsewhere_counts_also_after_coming_back(towns):
    home, away = towns.course(), towns.course(place=towns.other_place, title="Brøndbyholdet")
    first = towns.join(towns.person(), home.course_id)
    here, there = towns.sessions(home.course_id), towns.sessions(away.course_id)
    towns.hold(here[0], first)
    second = move(towns, first, away)
    towns.hold(there[1], second)
    assert move(towns, second, home) == first
    towns.hold(here[2], first)
    found = counted(towns)
    assert found.keys() == {first}
    assert found[first].attended.attended == 3


def test_of_an_open_ended_course_the_share_is_of_all_that_was_held_while_somebody_took_part_there_and_before(towns):
    home, away = towns.course(planned=0), towns.course(planned=0, place=towns.other_place, title="Brøndbyholdet")
    here, there = towns.sessions(home.course_id), towns.sessions(away.course_id)
    first, other = (towns.join(towns.person(name), home.course_id) for name in ("Kaptajnen", "Styrmanden"))
    for session in here[:3]:
        towns.hold(session, other)
    towns.hold(here[3], first)
    second = move(towns, first, away)
    towns.hold(there[4], second)
    attended = counted(towns)[second].attended
    assert (attended.attended, attended.expected) == (2, 5)
    assert move(towns, second, home) == first
    towns.hold(here[4], other)
    towns.hold(here[5], first)
    attended = counted(towns)[first].attended
    # On the day of coming back they might have come to the session at home too.
    assert (attended.attended, attended.expected) == (3, 7)


def test_an_extra_session_is_attended_beside_those_that_an_open_ended_course_is_made_up_of(towns):
    course = towns.course(planned=0)
    enrolment = towns.join(towns.person(), course.course_id)
    session, *_others = towns.sessions(course.course_id)
    towns.hold(session, enrolment)
    towns.do(plan_session, PlanSession(course.course_id, towns.today + WEEK, starts_at="09:00"))
    extra = next(row for row in towns.sessions(course.course_id) if row.kind == "extra")
    towns.hold(extra, enrolment)
    attended = counted(towns)[enrolment].attended
    assert (attended.attended, attended.expected) == (2, 1)


def test_a_part_that_is_closed_late_ended_on_the_day_that_the_person_left(towns):
    enrolment = towns.join(towns.person(), towns.course().course_id)
    towns.go_to(date(2026, 8, 10))
    towns.do(close_enrolment, CloseEnrolment(enrolment, date(2026, 6, 30), "dropped_out"))
    found = counted(towns)[enrolment]
    assert in_period(found, date(2026, 1, 1), date(2026, 6, 30), Cohort.ENDED)
    assert found.counted_from == date(2026, 6, 30)


@pytest.mark.parametrize("closed_on", [date(2026, 3, 2), date(2026, 3, 20)])
def test_a_stop_date_of_the_course_before_is_none_of_the_next_one_however_late_the_first_was_closed(towns, closed_on):
    person = towns.person()
    first = towns.join(person, towns.course().course_id)
    towns.do(record_stop_date, RecordStopDate(person_id=person, stop_on=FIRST_DAY + WEEK, agreed_on=FIRST_DAY))
    towns.go_to(closed_on)
    towns.do(close_enrolment, CloseEnrolment(first, date(2026, 3, 2), "dropped_out"))
    second = towns.join(person, towns.course(title="Et nyt hold").course_id, date(2026, 3, 2))
    found = counted(towns)
    assert (found[first].counted_from, found[second].counted_from) == (FIRST_DAY + WEEK, None)


def test_whoever_goes_to_another_team_without_a_new_course_is_counted_and_asked_about_later(towns):
    person = towns.person()
    enrolment = towns.join(person, towns.course().course_id)
    towns.do(move_to_team, MoveToTeam(person, towns.other_team, towns.today, leave_team_id=towns.team))
    assert towns.get(Enrolment, enrolment).left_on == towns.today
    assert counted(towns)[enrolment].is_counted_later


def test_the_stop_date_that_a_course_has_in_common_is_everybodys_who_agreed_on_none_of_their_own(towns):
    common = FIRST_DAY + 2 * WEEK
    course = towns.course(stop_date_policy="common", stop_on=common)
    person, other = towns.person("Kaptajnen"), towns.person("Styrmanden")
    enrolments = [towns.join(each, course.course_id) for each in (person, other)]
    towns.do(record_stop_date, RecordStopDate(person_id=other, stop_on=common + WEEK, agreed_on=FIRST_DAY))
    for each in (person, other):
        towns.do(record_consent, RecordConsent(each, "contact_six_months", "given", FIRST_DAY))
    found = counted(towns)
    assert [found[enrolment].counted_from for enrolment in enrolments] == [common, common + WEEK]
    assert towns.facts(enrolments[0]).stop_on == common
    towns.go_to(months_after(common, 6))
    assert {row.person_id for row in towns.ask(follow_ups, today=towns.today).due} == {person, other}
    for each in (person, other):
        tasks = towns.ask(due_of_person, each, today=towns.today).rows
        assert [row.task.kind for row in tasks].count(Kind.FOLLOW_UP) == 1


def test_of_two_stop_dates_agreed_on_one_day_the_one_counts_that_the_page_shows_as_the_last(towns):
    person = towns.person()
    enrolment = towns.join(person, towns.course().course_id)
    for weeks in (4, 3):
        towns.do(
            record_stop_date, RecordStopDate(person_id=person, stop_on=FIRST_DAY + weeks * WEEK, agreed_on=FIRST_DAY)
        )
    assert towns.ask(smoking_story, person, today=towns.today).stop_on == FIRST_DAY + 3 * WEEK
    assert counted(towns)[enrolment].counted_from == FIRST_DAY + 3 * WEEK


def test_what_was_attended_elsewhere_goes_on_also_in_a_course_that_was_left_long_before(towns):
    home, away = towns.course(), towns.course(place=towns.other_place, title="Brøndbyholdet")
    person = towns.person()
    first = towns.join(person, home.course_id)
    here, there = towns.sessions(home.course_id), towns.sessions(away.course_id)
    towns.hold(here[0], first)
    towns.do(close_enrolment, CloseEnrolment(first, towns.today, "dropped_out"))
    second = towns.join(person, away.course_id)
    towns.hold(there[1], second)
    assert move(towns, second, home) == first
    towns.hold(here[2], first)
    found = counted(towns)
    assert found.keys() == {first}
    assert found[first].attended.attended == 3
