"""Somebody who turned out to stand in two rows is one person: at the table, on paper, in letters and in teams."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.clock import today
from app.domain.consents import Kind
from app.domain.follow_up import Stage
from app.domain.outcomes import OutcomeSaid
from app.domain.reports.participations import participations
from app.domain.tasks import Kind as Due
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import Letter
from app.models.organisation import Place, Team
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Consent, Membership, Person, Referral
from app.models.smoking import Handout, Measurement
from app.services.close_enrolment import reopen_enrolment
from app.services.close_session import close_session
from app.services.decide_task import DecideTask, decide_task
from app.services.hand_out import HandedPortion, HandOut, hand_out
from app.services.issue_diploma import IssueDiploma, issue_diploma
from app.services.join_course import JoinCourse, join_course
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.services.move_person import MoveToTeam, move_to_team
from app.services.record_follow_up_attempt import RecordFollowUpAttempt, record_follow_up_attempt
from app.services.record_outcome import RecordOutcome, record_outcome
from app.services.register_referral import RegisterReferral, register_referral
from app.services.seat_known import SeatKnown, seat_known
from app.services.session_draft import Cell, TypeCell, type_cell
from app.services.take_back_walk_in import TakeBackWalkIn, take_back_walk_in
from app.services.typing_forms import TickForm, forms_to_type, tick_form
from app.services.write_letter import DraftLetter, EditLetter, draft_letter, edit_letter
from app.storage.queries.close_the_day import day_to_close
from app.storage.queries.courses import course_page, people_to_add
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.inbox import who_it_may_be
from app.storage.queries.newest_enrolment import newest_enrolment
from app.storage.queries.nrt import nrt_story
from app.storage.queries.papers import course_forms, papers_of, smoked
from app.storage.queries.person_course import person_courses
from app.storage.queries.reports import facts
from app.storage.queries.same_person import is_merged_into, owners, rows_of, whole_person
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.tasks import due_of_person
from app.ui.contact.words import task_words
from tests.integration.services.courses import TODAY, Office


class TwoRows(Office):
    """`person` came to the table as a walk-in, and turned out to be `known`, who is kept."""

    def __init__(self, folder, **made):
        super().__init__(folder, **made)
        self.known = new_id(self.clock)
        self.add(
            Place(id=self.place, team_id=self.team, municipality_id=new_id(self.clock), name="Café", kind="vaerested"),
            Person(
                id=self.known, person_id=self.known, given_name="Şükrü", family_name="Łęcki", identifier="7103901234",
                identifier_kind="replacement", gp_name="Lægerne i Havnegade", registered_at=self.clock.now(),
            ),
            Consent(
                id=new_id(self.clock), person_id=self.known, kind=Kind.LETTER_GP.value, answer="given",
                answered_on=TODAY, manner="oral", information_given=True, recorded_by=self.actor,
            ),
        )  # fmt: skip
        for weeks_ago in (3, 2, 1):
            day = TODAY - timedelta(weeks=weeks_ago)
            for product in ("gum-2", "patch-16h-25"):
                self.add(
                    Handout(
                        id=new_id(self.clock), person_id=self.known, week=4 - weeks_ago, product=product, quantity=1,
                        handed_on=day, recorded_by=self.actor,
                    )
                )  # fmt: skip
            self.add(
                Measurement(
                    id=new_id(self.clock), person_id=self.known, kind="cigarettes_per_day", value=12.0,
                    measured_on=day, recorded_by=self.actor,
                ),
            )  # fmt: skip

    def join(self):
        self.do(merge_people, MergePeople(self.known, self.person))

    def type(self, **cells):
        for cell, text in cells.items():
            with self.work() as work:
                type_cell(TypeCell(self.session, self.enrolment, Cell(cell), text), work=work)

    def teams_of(self, row_id):
        found = self.rows(Membership, Membership.person_id == row_id)
        return {membership.team_id for membership in found if membership.left_on is None}


@pytest.fixture
def office(tmp_path):
    office = TwoRows(tmp_path)
    office.join()
    yield office
    office.store.close()


@pytest.fixture
def other_team(office):
    team = new_id(office.clock)
    office.add(Team(id=team, name="Havnen", municipality_id=new_id(office.clock)))
    return team


def test_whichever_row_is_asked_for_all_are_found_and_the_kept_one_first(office):
    third = new_id(office.clock)
    office.add(Person(id=third, person_id=third, merged_into_id=office.person, registered_at=office.clock.now()))
    rows = {office.known, office.person, third}
    for row_id in rows:
        found = office.ask(rows_of, row_id)
        assert (found[0], set(found)) == (office.known, rows)
        assert office.ask(owners, [row_id]) == dict.fromkeys(rows, office.known)
        assert office.ask(whole_person, row_id).given_name == "Şükrü"
    assert office.ask(is_merged_into, third, office.known)
    assert not office.ask(is_merged_into, office.known, third)


def test_of_two_that_were_merged_into_one_another_the_oldest_is_kept(office):
    with office.work() as work:
        work.session.get(Person, office.known).merged_into_id = office.person
        work.commit()
    oldest = min(office.known, office.person)
    for row_id in (office.known, office.person):
        assert office.ask(rows_of, row_id)[0] == oldest
    assert set(office.ask(owners, [office.person]).values()) == {oldest}


def test_an_older_row_that_was_merged_into_two_such_counts_for_the_oldest_of_these(office):
    older = "0" * 36
    office.add(Person(id=older, person_id=older, merged_into_id=office.person, registered_at=office.clock.now()))
    with office.work() as work:
        work.session.get(Person, office.known).merged_into_id = office.person
        work.commit()
    oldest = min(office.known, office.person)
    rows = {older, office.known, office.person}
    for row_id in rows:
        assert (office.ask(rows_of, row_id)[0], set(office.ask(rows_of, row_id))) == (oldest, rows)
        assert office.ask(owners, [row_id]) == dict.fromkeys(rows, oldest)


def test_a_row_whose_other_one_is_not_on_this_laptop_counts_for_it_all_the_same(office):
    with office.work() as work:
        work.session.get(Person, office.person).merged_into_id = "elsewhere"
        work.commit()
    assert office.ask(rows_of, office.person) == ("elsewhere", office.person)
    assert office.ask(whole_person, office.person).id == office.person
    assert office.ask(whole_person, "elsewhere").id == office.person


def test_at_the_table_they_have_their_name_and_what_is_known_of_them(office):
    (row,) = office.ask(session_sheet, office.session).rows
    assert (row.person_id, row.name) == (office.known, "Şükrü Łęcki “Kaptajnen”")
    assert (row.last_cigarettes, row.offered) == (12.0, "gum-2")


def test_closing_a_session_hands_out_the_week_that_they_have_coming(office):
    office.type(status="present", handout="gum-2")
    with office.work() as work:
        outcome = close_session(office.session, work=work)
    assert outcome.caveats == ()
    (row,) = office.rows(Handout, Handout.session_id == office.session)
    assert (row.week, row.person_id) == (4, office.person)


def test_a_handout_between_sessions_follows_from_all_rows_too(office):
    made = office.do(hand_out, HandOut(person_id=office.known, portions=(HandedPortion("gum-2"),), handed_on=TODAY))
    assert made.week == 4
    again = office.do(hand_out, HandOut(person_id=office.person, portions=(HandedPortion("gum-2"),), handed_on=TODAY))
    assert again.week == 5
    assert office.ask(nrt_story, office.person).weeks == {1, 2, 3, 4, 5}


def test_the_diploma_the_course_and_the_letter_name_who_is_kept(office):
    diploma = office.do(issue_diploma, IssueDiploma(office.enrolment, "da", new_id(office.clock)))
    assert (diploma.content.name, diploma.person_id) == ("Şükrü Łęcki", office.person)
    (line,) = office.ask(course_page, office.course).participants
    assert (line.person_id, line.name) == (office.known, "Şükrü Łęcki “Kaptajnen”")
    letter = office.do(draft_letter, DraftLetter(office.enrolment, "gp"))
    assert "Şükrü Łęcki" in letter.text
    # Two products in each of three weeks.
    assert "3 uger" in letter.text


def test_a_letter_that_names_who_they_were_thought_to_be_finds_who_is_kept(office):
    with office.work() as work:
        row = work.session.get(Person, office.person)
        row.given_name, row.family_name, row.identifier = "Aksel", "Bondesen", "7103905678"
        work.commit()
    for asked in (("Aksel", "Bondesen", ""), ("", "", "7103905678")):
        named = dict(zip(("given_name", "family_name", "identifier"), asked, strict=True))
        found = office.ask(who_it_may_be, **named, today=TODAY)
        assert [(one.person_id, one.name) for one in found] == [(office.known, "Şükrü Łęcki “Kaptajnen”")]


def test_another_team_gets_all_of_them_and_who_is_left_keeps_nothing(office, other_team):
    office.do(move_to_team, MoveToTeam(office.known, other_team, TODAY, leave_team_id=office.team))
    for row_id in (office.known, office.person):
        assert office.teams_of(row_id) == {other_team}
    (enrolment,) = office.rows(Enrolment)
    assert enrolment.left_on == TODAY


@pytest.fixture
def their_course(office, other_team):
    (course,) = office.rows(Course)
    key = new_id(office.clock)
    office.add(
        Course(
            id=key, team_id=other_team, place_id=office.place, delivering_municipality_id=other_team,
            programme_version_id=course.programme_version_id, title="Havnen", format="group",
            starts_on=date(2026, 9, 1),
        )
    )  # fmt: skip
    return key


def test_a_course_of_another_team_brings_it_all_rows(office, other_team, their_course):
    office.do(join_course, JoinCourse(person_id=office.known, course_id=their_course, joined_on=TODAY))
    for row_id in (office.known, office.person):
        assert office.teams_of(row_id) == {office.team, other_team}


def test_who_sits_down_elsewhere_brings_all_rows_and_takes_them_back(office, other_team, their_course):
    seated = office.do(seat_known, SeatKnown(their_course, office.known))
    for row_id in (office.known, office.person):
        assert office.teams_of(row_id) == {office.team, other_team}
    office.do(take_back_walk_in, TakeBackWalkIn(office.session, seated))
    for row_id in (office.known, office.person):
        assert office.teams_of(row_id) == {office.team}
    assert natural_id("membership", office.known, other_team) not in {row.id for row in office.rows(Membership)}


def unmerge(office):
    with office.work() as work:
        unmerge_people(office.person, work=work)


@pytest.fixture
def apart(tmp_path):
    """The two before they are joined, the kept one in a team of their own whose course nobody is on."""
    apart = TwoRows(tmp_path)
    apart.theirs = new_id(apart.clock)
    (course,) = apart.rows(Course)
    apart.their_course = new_id(apart.clock)
    apart.add(
        Team(id=apart.team, name="Café", municipality_id=new_id(apart.clock)),
        Team(id=apart.theirs, name="Havnen", municipality_id=new_id(apart.clock)),
        Membership(
            id=natural_id("membership", apart.known, apart.theirs), person_id=apart.known, team_id=apart.theirs,
            joined_on=TODAY,
        ),
        Course(
            id=apart.their_course, team_id=apart.theirs, place_id=apart.place,
            delivering_municipality_id=apart.theirs, programme_version_id=course.programme_version_id, title="Havnen",
            format="group", starts_on=date(2026, 9, 1),
        ),
    )  # fmt: skip
    yield apart
    apart.store.close()


@pytest.mark.parametrize(
    "take_in",
    [
        lambda office: office.do(
            join_course, JoinCourse(person_id=office.known, course_id=office.course, joined_on=TODAY)
        ),
        lambda office: office.do(seat_known, SeatKnown(office.course, office.known)),
        lambda office: office.do(
            register_referral,
            RegisterReferral(person_id=office.known, channel="gp", received_on=TODAY, team_id=office.team),
        ),
    ],
    ids=["join", "sit down", "referral"],
)
def test_who_is_taken_in_by_a_team_of_the_other_row_stays_in_it_when_they_are_parted(apart, take_in):
    with apart.work() as work:
        # Nothing of the one who is parted again is on the course.
        work.session.delete(work.session.get(Enrolment, apart.enrolment))
        work.commit()
    apart.join()
    take_in(apart)
    unmerge(apart)
    assert apart.teams_of(apart.known) == {apart.team, apart.theirs}
    assert apart.teams_of(apart.person) == {apart.team}


def test_a_team_that_one_of_them_joined_while_they_were_one_is_left_by_the_other(apart):
    third = new_id(apart.clock)
    apart.add(Team(id=third, name="Østbro", municipality_id=new_id(apart.clock)))
    apart.join()
    apart.do(register_referral, RegisterReferral(person_id=apart.known, channel="gp", received_on=TODAY, team_id=third))
    assert third in apart.teams_of(apart.person)
    unmerge(apart)
    assert apart.teams_of(apart.known) == {apart.theirs, third}
    assert apart.teams_of(apart.person) == {apart.team}


def test_who_goes_on_with_the_part_of_the_other_row_brings_that_row_its_team_for_good(apart):
    left = date(2026, 11, 1)
    with apart.work() as work:
        part = work.session.get(Enrolment, apart.enrolment)
        part.left_on, part.closing_reason = left, "dropped_out"
        work.session.get(Membership, natural_id("membership", apart.person, apart.team)).left_on = left
        work.commit()
    apart.join()
    apart.do(join_course, JoinCourse(person_id=apart.known, course_id=apart.course, joined_on=TODAY))
    assert apart.teams_of(apart.known) == apart.teams_of(apart.person) == {apart.team, apart.theirs}
    unmerge(apart)
    assert (apart.teams_of(apart.known), apart.teams_of(apart.person)) == ({apart.theirs}, {apart.team})


def test_who_sat_down_and_was_taken_back_is_in_the_team_for_the_other_row_alone_again(apart):
    apart.join()
    seated = apart.do(seat_known, SeatKnown(apart.their_course, apart.person))
    apart.do(take_back_walk_in, TakeBackWalkIn(apart.session, seated))
    assert apart.teams_of(apart.person) == {apart.team, apart.theirs}
    unmerge(apart)
    assert apart.teams_of(apart.person) == {apart.team}


class TwoLaptops(TwoRows):
    """Both rows are on the course: two laptops at one table had each written them down, the kept one later."""

    def __init__(self, folder, **made):
        super().__init__(folder, **made)
        self.second = natural_id("enrolment", self.known, self.course)
        self.add(
            Enrolment(id=self.second, person_id=self.known, course_id=self.course, joined_on=date(2026, 11, 10)),
            Membership(
                id=natural_id("membership", self.known, self.team), person_id=self.known, team_id=self.team,
                joined_on=date(2026, 11, 10),
            ),
        )  # fmt: skip

    def held(self, day, **came):
        """Hold a session at which these enrolments were there ("first", "second") and return it."""
        session = new_id(self.clock)
        self.add(
            Session(
                id=session, team_id=self.team, course_id=self.course, place_id=self.place, number=2, held_on=day,
                state="closed",
            ),
            *(
                Attendance(
                    id=natural_id("attendance", enrolment, session), person_id=person, enrolment_id=enrolment,
                    session_id=session, status="present",
                )
                for name, person, enrolment in (
                    ("first", self.person, self.enrolment), ("second", self.known, self.second),
                )
                if came.get(name)
            ),
        )  # fmt: skip
        return session

    def part(self, enrolment):
        (found,) = self.rows(Enrolment, Enrolment.id == enrolment)
        return found


@pytest.fixture
def table(tmp_path):
    # Its programme asks for every paper.
    table = TwoLaptops(tmp_path, programme="roegfri_paa_tvaers")
    table.both = table.held(date(2026, 11, 10), first=True, second=True)
    table.later = table.held(date(2026, 11, 17), second=True)
    yield table
    table.store.close()


def test_who_was_on_one_course_twice_is_on_it_once_with_all_that_they_came_to(table):
    table.join()
    (line,) = table.ask(course_page, table.course).participants
    assert (line.enrolment_id, line.attended, line.left_on) == (table.enrolment, 2, None)
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert (part.enrolment_id, part.attended) == (table.enrolment, 2)
    assert [row.enrolment_id for row in table.ask(session_sheet, table.session).rows] == [table.enrolment]
    assert table.ask(people_to_add, table.course, "") == table.ask(people_to_add, table.course, "Łęcki") == ()
    with pytest.raises(RuleRefusal, match="already-on-course"):
        table.do(join_course, JoinCourse(person_id=table.known, course_id=table.course, joined_on=TODAY))
    assert table.do(seat_known, SeatKnown(table.course, table.known)).enrolment_id == table.enrolment


def test_reports_count_them_once_and_each_meeting_once(table):
    before = table.ask(facts)
    assert (sorted(before.meetings.values()), before.present[table.both]) == ([1, 2], 2)
    table.join()
    after = table.ask(facts)
    (part,) = participations(after)
    assert (part.enrolment.id, part.attended.attended, after.present[table.both]) == (table.enrolment, 2, 1)


def typed(table, enrolment, **cells):
    with table.work() as work:
        for cell, text in cells.items():
            type_cell(TypeCell(table.session, enrolment, Cell(cell), text), work=work)


def closed(table):
    with table.work() as work:
        return close_session(table.session, work=work)


def came_today(table):
    return {row.enrolment_id: row.status for row in table.rows(Attendance, Attendance.session_id == table.session)}


def seated_parts(table):
    return {row.enrolment_id for row in table.ask(session_sheet, table.session).rows}


def test_what_they_had_typed_of_the_part_that_ended_stays_at_the_table_and_they_sit_there_once(table):
    typed(table, table.second, status="present")
    table.join()
    assert seated_parts(table) == {table.second}
    outcome = closed(table)
    assert (outcome.present, outcome.to_call) == (1, ())
    assert came_today(table) == {table.second: "present"}
    assert seated_parts(table) == {table.second}


def test_what_was_typed_of_both_parts_is_kept_and_they_came_once(table):
    typed(table, table.second, status="present")
    typed(table, table.enrolment, small_step="Ring til Per", cigarettes_per_day="7")
    table.join()
    assert seated_parts(table) == {table.enrolment, table.second}
    outcome = closed(table)
    assert (outcome.present, outcome.to_call) == (1, ())
    assert came_today(table) == {table.enrolment: "present", table.second: "present"}
    (row,) = table.rows(Attendance, Attendance.enrolment_id == table.enrolment, Attendance.small_step != "")
    assert row.small_step == "Ring til Per"
    assert [row.value for row in table.rows(Measurement, Measurement.session_id == table.session)] == [7.0]


def test_who_stayed_away_under_both_names_is_called_once(table):
    third = new_id(table.clock)
    table.add(
        Person(id=third, person_id=third, nickname="Bo", registered_at=table.clock.now()),
        Enrolment(id="third", person_id=third, course_id=table.course, joined_on=date(2026, 9, 1)),
    )
    typed(table, "third", status="present")
    typed(table, table.enrolment, status="absent")
    table.join()
    assert seated_parts(table) == {table.enrolment, "third"}
    assert closed(table).to_call == (table.person,)


def test_who_was_written_down_twice_today_sits_at_the_table_once(table):
    with table.work() as work:
        for key in (table.enrolment, table.second):
            work.session.get(Enrolment, key).joined_on = TODAY
        work.commit()
    table.join()
    assert seated_parts(table) == {table.second}


def test_at_a_session_that_was_never_closed_sits_the_part_that_goes_on(table):
    with table.work() as work:
        for key, (left_on, reason) in zip((table.enrolment, table.second), BOTH_OVER, strict=True):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closing_reason = left_on, reason
        work.session.get(Session, table.session).held_on = date(2026, 11, 12)
        work.commit()
    table.join()
    assert seated_parts(table) == {table.second}


def test_who_was_put_on_the_course_with_the_other_row_elsewhere_sits_at_the_table_once(office):
    """Another laptop had not heard that they are one, so that no part goes on in the other."""
    second = natural_id("enrolment", office.known, office.course)
    office.add(Enrolment(id=second, person_id=office.known, course_id=office.course, joined_on=date(2026, 11, 10)))
    assert seated_parts(office) == {office.enrolment}
    typed(office, office.enrolment, status="present")
    assert closed(office).to_call == ()
    assert came_today(office) == {office.enrolment: "present"}


def ticked(table, session, **status):
    table.add(
        *(
            Attendance(
                id=natural_id("attendance", enrolment, session), person_id=person, enrolment_id=enrolment,
                session_id=session, status=status[name],
            )
            for name, person, enrolment in (
                ("first", table.person, table.enrolment), ("second", table.known, table.second),
            )
            if name in status
        )
    )  # fmt: skip


def absentees(table):
    day = table.ask(day_to_close, table.actor, today=TODAY)
    return [(who.person_id, who.name, who.is_excused) for who in day.absentees]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"first": "absent", "second": "present"}, []),
        ({"first": "absent", "second": "excused"}, [True]),
        ({"first": "excused", "second": "absent"}, [True]),
        ({"first": "absent", "second": "absent"}, [False]),
    ],
    ids=["came", "sent word", "sent word by the other", "stayed away"],
)
def test_closing_the_day_names_who_did_not_come_by_either_name_once(table, status, told):
    ticked(table, table.session, **status)
    table.join()
    assert absentees(table) == [(table.known, "Şükrü Łęcki “Kaptajnen”", is_excused) for is_excused in told]


@pytest.mark.parametrize(("is_elsewhere", "called"), [(False, []), (True, [Due.NO_SHOW])], ids=["here", "elsewhere"])
def test_who_came_to_the_course_under_the_other_name_is_not_called_for_having_stayed_away(table, is_elsewhere, called):
    ticked(table, table.later, first="absent")
    if is_elsewhere:
        with table.work() as work:
            course = work.session.get(Enrolment, table.second).course_id = new_id(table.clock)
            (came,) = table.rows(Attendance, Attendance.session_id == table.later, Attendance.status == "present")
            there = Session(
                id=new_id(table.clock), team_id=table.team, course_id=course, place_id=table.place, number=1,
                held_on=TODAY, state="closed",
            )  # fmt: skip
            work.session.add(there)
            work.session.get(Attendance, came.id).session_id = there.id
            work.commit()
    table.join()
    assert [task.kind for task in asked_again(table, Due.NO_SHOW)] == called


def test_who_sent_word_under_the_other_name_is_not_called_for_having_stayed_away(table):
    ticked(table, table.session, first="absent", second="excused")
    table.join()
    assert asked_again(table, Due.NO_SHOW) == []


def test_closing_the_day_counts_them_once_among_those_of_whom_something_is_typed(table):
    typed(table, table.second, status="present")
    typed(table, table.enrolment, small_step="Ring til Per")
    table.join()
    (draft,) = table.ask(day_to_close, table.actor, today=TODAY).drafts
    assert (draft.session_id, draft.people) == (table.session, 1)


def test_closing_the_day_and_the_sheet_name_alike_whose_own_row_is_not_on_this_laptop(table):
    with table.work() as work:
        for row_id in (table.person, table.known):
            work.session.get(Person, row_id).merged_into_id = "elsewhere"
        work.commit()
    ticked(table, table.session, first="absent", second="excused")
    with table.work() as work:
        work.session.get(Session, table.session).state = "closed"
        work.commit()
    (row,) = table.ask(session_sheet, table.session).rows
    assert row.name == "Kaptajnen"
    assert absentees(table) == [("elsewhere", "Kaptajnen", True)]


def test_the_page_of_the_course_counts_them_once_at_each_session(table):
    table.join()
    sessions = {line.session_id: line for line in table.ask(course_page, table.course).sessions}
    assert (sessions[table.both].present, sessions[table.later].present) == (1, 1)
    assert table.ask(smoked, table.known).meetings == 2


def as_they_are(table):
    names = [column.key for column in Enrolment.__table__.columns if column.key != "server_position"]
    return [[getattr(table.part(key), name) for name in names] for key in (table.enrolment, table.second)]


def test_undoing_makes_two_parts_of_them_again(table):
    before = as_they_are(table)
    table.join()
    assert table.part(table.second).left_on == TODAY - timedelta(days=1)
    unmerge(table)
    assert as_they_are(table) == before


def test_a_third_row_that_is_parted_again_leaves_the_others_on_the_course_once(table):
    table.join()
    before = as_they_are(table)
    third = new_id(table.clock)
    table.add(Person(id=third, person_id=third, nickname="Kap", registered_at=table.clock.now()))
    table.do(merge_people, MergePeople(table.known, third))
    with table.work() as work:
        unmerge_people(third, work=work)
    assert as_they_are(table) == before


BOTH_OVER = ((date(2026, 11, 17), "dropped_out"), (date(2026, 11, 20), "completed"))


@pytest.mark.parametrize(
    ("first", "second", "goes_on"),
    [
        (BOTH_OVER[0], BOTH_OVER[1], 1),
        (BOTH_OVER[1], BOTH_OVER[0], 0),
        (None, BOTH_OVER[1], 0),
        (BOTH_OVER[1], None, 1),
    ],
    ids=["second ended last", "first ended last", "second is over", "first is over"],
)
def test_a_course_that_was_over_in_one_row_or_in_both_is_counted_once_until_they_are_parted(
    table, first, second, goes_on
):
    parts = (table.enrolment, table.second)
    with table.work() as work:
        for key, ended in zip(parts, (first, second), strict=True):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closing_reason = ended or (None, "")
            part.closed_on, part.closed_by = (TODAY, table.actor) if ended else (None, None)
        work.commit()
    before = as_they_are(table)
    assert len(participations(table.ask(facts))) == 2
    table.join()
    (counted,) = participations(table.ask(facts))
    assert (counted.enrolment.id, counted.attended.attended) == (parts[goes_on], 2)
    assert (counted.ended_on, counted.joined_on) == ((first, second)[goes_on] and BOTH_OVER[1][0], date(2026, 9, 1))
    (line,) = table.ask(course_page, table.course).participants
    assert (line.enrolment_id, line.attended) == (parts[goes_on], 2)
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert part.enrolment_id == parts[goes_on]
    unmerge(table)
    assert as_they_are(table) == before


def test_a_reason_of_a_newer_version_that_holds_a_colon_is_given_back_whole(table):
    with table.work() as work:
        part = work.session.get(Enrolment, table.second)
        part.left_on = part.closed_on = date(2026, 11, 17)
        part.closing_reason = "moved:to:sea"
        work.commit()
    table.join()
    assert table.part(table.second).closing_reason == "moved_course"
    unmerge(table)
    assert table.part(table.second).closing_reason == "moved:to:sea"


def test_of_two_parts_that_were_over_the_one_of_which_an_outcome_is_known_goes_on(table):
    with table.work() as work:
        for key, (left_on, reason) in zip((table.enrolment, table.second), BOTH_OVER, strict=True):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closing_reason = left_on, reason
        work.commit()
    table.add(
        Outcome(
            id=new_id(table.clock), person_id=table.person, enrolment_id=table.enrolment, time_point="end",
            assessed_on=TODAY, smoke_free="yes", recorded_by=table.actor,
        )
    )  # fmt: skip
    table.join()
    (counted,) = participations(table.ask(facts))
    assert (counted.enrolment.id, counted.at_end) == (table.enrolment, "yes")


def asked_again(table, kind):
    return [row.task for row in table.ask(due_of_person, table.known, today=TODAY).rows if row.task.kind is kind]


def registered(table):
    """They said yes to being registered in the national database."""
    table.add(
        Consent(
            id=new_id(table.clock), person_id=table.known, kind=Kind.STOPBASEN.value, answer="given",
            answered_on=TODAY, manner="oral", information_given=True, recorded_by=table.actor,
        )
    )  # fmt: skip


def test_the_base_form_that_was_typed_of_either_part_is_not_asked_for_again(table):
    registered(table)
    assert [task.key for task in asked_again(table, Due.FORM)] == [f"form:base:{table.second}"]
    table.do(tick_form, TickForm(table.second, "base"))
    table.join()
    assert asked_again(table, Due.FORM) == []
    base = next(form for form in table.ask(forms_to_type, table.enrolment).forms if form.key == "base")
    assert base.typed
    with table.work() as work:
        assert not tick_form(TickForm(table.enrolment, "base"), work=work).rows


@pytest.mark.parametrize(("typed_first", "is_asked"), [(False, False), (True, True)], ids=["when over", "too early"])
def test_the_form_about_the_end_that_was_typed_of_either_part_when_both_were_over_is_not_asked_for_again(
    table, typed_first, is_asked
):
    registered(table)
    table.do(tick_form, TickForm(table.second, "base"))
    if typed_first:
        with table.work() as work:
            work.session.get(Enrolment, table.second).left_on = date(2026, 11, 17)
            work.commit()
        table.do(tick_form, TickForm(table.second, "completion"))
        table.clock.at += timedelta(days=1)
    with table.work() as work:
        for key, left_on in ((table.enrolment, date(2026, 11, 20)), (table.second, date(2026, 11, 17))):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closed_on, part.closing_reason = left_on, today(table.clock), "completed"
        work.commit()
    if not typed_first:
        table.do(tick_form, TickForm(table.second, "completion"))
    table.join()
    on = today(table.clock)
    asked = [row.task for row in table.ask(due_of_person, table.known, today=on).rows if row.task.kind is Due.FORM]
    assert [task.key for task in asked] == [f"form:completion:{table.enrolment}"] * is_asked
    form = next(form for form in table.ask(forms_to_type, table.enrolment).forms if form.key == "completion")
    assert bool(form.typed) is not is_asked


def test_who_is_joined_on_the_day_of_a_session_is_reminded_of_it_once(table):
    table.join()
    with table.work() as work:
        # As where the later part began today, or was there today.
        work.session.get(Enrolment, table.second).left_on = TODAY
        work.session.get(Session, table.session).held_on = TODAY
        work.commit()
    asked = asked_again(table, Due.REMINDER)
    assert [task.enrolment_id for task in asked] == [table.enrolment]


def test_who_is_joined_on_the_day_of_their_first_session_is_called_before_it_once(table):
    with table.work() as work:
        for row in table.rows(Attendance):
            work.session.delete(work.session.get(Attendance, row.id))
        for key in (table.enrolment, table.second):
            work.session.get(Enrolment, key).joined_on = TODAY
        work.commit()
    table.join()
    assert len(asked_again(table, Due.BEFORE_FIRST_SESSION)) == 1


def test_the_form_of_the_course_counts_them_once(table):
    def participants():
        (course,) = table.rows(Course)
        return table.ask(course_forms, course).participants

    assert participants() == 2
    table.join()
    assert participants() == 1


def test_a_diploma_of_either_part_is_not_asked_for_again(table):
    with table.work() as work:
        for key, (left_on, reason) in zip((table.enrolment, table.second), BOTH_OVER, strict=True):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closing_reason = left_on, reason
        work.session.get(Enrolment, table.enrolment).closing_reason = "completed"
        work.commit()
    table.do(issue_diploma, IssueDiploma(table.enrolment, "da", new_id(table.clock)))
    table.join()
    assert asked_again(table, Due.DIPLOMA) == []


def both_completed(table):
    """Both parts are over, and the first ended last."""
    with table.work() as work:
        for key, (left_on, _) in zip((table.enrolment, table.second), reversed(BOTH_OVER), strict=True):
            part = work.session.get(Enrolment, key)
            part.left_on, part.closing_reason = left_on, "completed"
        work.commit()


def test_a_course_has_one_diploma_of_either_part(table):
    both_completed(table)
    of_the_second = table.do(issue_diploma, IssueDiploma(table.second, "da", new_id(table.clock)))
    table.join()
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert (part.enrolment_id, part.has_diploma) == (table.enrolment, True)
    made = table.do(issue_diploma, IssueDiploma(table.enrolment, "da", new_id(table.clock)))
    assert made.serial == of_the_second.serial
    assert len(table.rows(Diploma)) == 1
    unmerge(table)
    # Parted they are two, and each has their own.
    assert table.do(issue_diploma, IssueDiploma(table.enrolment, "da", new_id(table.clock))).serial != made.serial


def diplomas_of_the_day(table):
    day = table.ask(day_to_close, table.actor, today=TODAY)
    return [(due.enrolment_id, due.name, due.is_made) for due in day.diplomas]


def test_a_diploma_of_either_part_is_marked_on_the_sheet_and_no_second_one_is_asked_for(table):
    with table.work() as work:
        part = work.session.get(Enrolment, table.second)
        part.left_on = part.closed_on = TODAY
        part.closing_reason = "completed"
        work.commit()
    table.do(issue_diploma, IssueDiploma(table.second, "da", new_id(table.clock)))
    table.join()
    (row,) = table.ask(session_sheet, table.session).rows
    assert (row.enrolment_id, row.has_diploma) == (table.enrolment, True)
    name = "Şükrü Łęcki “Kaptajnen”"
    assert diplomas_of_the_day(table) == [(table.second, name, True)]
    end(table, table.enrolment)
    assert diplomas_of_the_day(table) == [(table.enrolment, name, True)]


def test_who_completed_a_course_with_parts_that_know_nothing_of_each_other_has_one_diploma(office):
    """Another laptop had not heard that they are one, so that no part goes on in the other."""
    second = natural_id("enrolment", office.known, office.course)
    office.add(Enrolment(id=second, person_id=office.known, course_id=office.course, joined_on=date(2026, 11, 10)))
    for part in (office.enrolment, second):
        end(office, part)
    assert [is_made for _part, _name, is_made in diplomas_of_the_day(office)] == [False]
    made = [
        office.do(issue_diploma, IssueDiploma(key, "da", new_id(office.clock))) for key in (second, office.enrolment)
    ]
    assert made[0].serial == made[1].serial
    assert [is_made for _part, _name, is_made in diplomas_of_the_day(office)] == [True]


def diploma_of(table, enrolment):
    return table.do(issue_diploma, IssueDiploma(enrolment, "da", new_id(table.clock))).content


def test_a_diploma_tells_all_that_they_came_to_by_either_name(table):
    table.join()
    assert "2 møder" in " ".join(diploma_of(table, table.enrolment).sentences)


def test_a_diploma_that_was_made_before_they_were_joined_tells_what_it_told(table):
    made = diploma_of(table, table.enrolment)
    table.clock.at += timedelta(days=1)
    table.join()
    assert diploma_of(table, table.enrolment) == made


def test_a_letter_to_the_doctor_about_either_part_is_shown_and_not_asked_for_again(table):
    both_completed(table)
    letter = new_id(table.clock)
    table.add(
        Letter(
            id=letter, person_id=table.known, enrolment_id=table.second, kind="gp", state="given", written_on=TODAY,
            written_by=table.actor,
        )
    )  # fmt: skip
    table.join()
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert part.letters == ((letter, "gp", "given"),)
    assert asked_again(table, Due.LETTER_GP) == []


def test_a_plan_made_after_the_course_belongs_to_the_part_that_goes_on(table):
    both_completed(table)
    table.join()
    assert table.ask(newest_enrolment, table.known).id == table.enrolment


def test_that_e_kvit_was_shown_under_the_other_name_is_not_asked_again(table):
    (task,) = asked_again(table, Due.E_KVIT)
    assert task.enrolment_id == table.second
    table.do(decide_task, DecideTask(table.known, task.key, "done"))
    table.join()
    assert asked_again(table, Due.E_KVIT) == []


def test_who_came_under_the_other_name_alone_is_asked_as_one_who_has_come(table):
    with table.work() as work:
        for row in table.rows(Attendance, Attendance.enrolment_id == table.enrolment):
            work.session.delete(work.session.get(Attendance, row.id))
        work.commit()
    table.join()
    assert [task.enrolment_id for task in asked_again(table, Due.E_KVIT)] == [table.enrolment]
    assert asked_again(table, Due.BEFORE_FIRST_SESSION) == []


def test_an_appointment_of_the_part_that_ended_is_one_of_the_part_that_goes_on(table):
    appointment = new_id(table.clock)
    table.add(
        Session(
            id=appointment, team_id=table.team, course_id=table.course, place_id=table.place, number=9,
            held_on=TODAY + timedelta(days=3), enrolment_id=table.second,
        )
    )  # fmt: skip
    table.join()
    (row,) = table.ask(session_sheet, appointment).rows
    assert row.enrolment_id == table.enrolment


def test_a_part_that_they_had_moved_to_themselves_is_left_alone(table):
    with table.work() as work:
        work.session.get(Enrolment, table.second).moved_from_id = "from-another-course"
        work.commit()
    table.join()
    assert (table.part(table.enrolment).left_on, table.part(table.second).left_on) == (None, None)


def referred(table, person, received_on, **said):
    """Let a ward refer the person; whoever refers wants to hear how it goes."""
    referral = new_id(table.clock)
    table.add(
        Referral(
            id=referral, person_id=person, channel="hospital", sender="Lungemedicinsk afdeling",
            received_on=received_on, wants_feedback=True, **said,
        )
    )  # fmt: skip
    return referral


def end(table, enrolment):
    with table.work() as work:
        part = work.session.get(Enrolment, enrolment)
        part.left_on = part.closed_on = TODAY
        part.closing_reason = "completed"
        work.commit()


def state_of(table, referral):
    (row,) = table.rows(Referral, Referral.id == referral)
    return row.state, row.closed_on


def test_who_referred_them_to_the_part_that_ended_hears_once_how_the_course_went(table):
    referral = referred(table, table.known, date(2026, 11, 5), state="accepted")
    with table.work() as work:
        work.session.get(Enrolment, table.second).referral_id = referral
        work.commit()
    before = as_they_are(table)
    table.join()
    assert asked_again(table, Due.LETTER_REFERRER) == []
    end(table, table.enrolment)
    (task,) = asked_again(table, Due.LETTER_REFERRER)
    assert (task.enrolment_id, task.referral_id, task.due) == (table.enrolment, referral, TODAY)
    assert task_words(task).endswith(" · Lungemedicinsk afdeling")
    drafted = table.do(draft_letter, DraftLetter(task.enrolment_id, "referrer"))
    (letter,) = table.rows(Letter)
    assert (letter.recipient, letter.referral_id) == ("Lungemedicinsk afdeling", referral)
    assert "2 mødegange" in letter.text
    table.do(edit_letter, EditLetter(drafted.letter_id, letter.recipient, letter.text, "given"))
    assert asked_again(table, Due.LETTER_REFERRER) == []
    with table.work() as work:
        reopen_enrolment(table.enrolment, work=work)
    unmerge(table)
    assert as_they_are(table) == before


def brought(table, first, other):
    with table.work() as work:
        work.session.get(Enrolment, table.enrolment).referral_id = first
        work.session.get(Enrolment, table.second).referral_id = other
        work.commit()


def test_who_referred_them_to_the_part_that_goes_on_stays_the_one_who_hears(table):
    first, other = (
        referred(table, person, day, state="accepted")
        for person, day in ((table.person, date(2026, 8, 30)), (table.known, date(2026, 11, 5)))
    )
    brought(table, first, other)
    before = as_they_are(table)
    table.join()
    assert table.part(table.enrolment).referral_id == first
    unmerge(table)
    assert as_they_are(table) == before


def test_who_referred_either_part_is_answered_once_each(table):
    first, other = (
        referred(table, person, day, state="accepted", referrer_name=name)
        for person, day, name in (
            (table.person, date(2026, 8, 30), "Dr. Holm"), (table.known, date(2026, 11, 5), "Dr. Kjær"),
        )
    )  # fmt: skip
    brought(table, first, other)
    table.join()
    assert asked_again(table, Due.LETTER_REFERRER) == []
    end(table, table.enrolment)
    asked = asked_again(table, Due.LETTER_REFERRER)
    assert {(task.enrolment_id, task.referral_id) for task in asked} == {
        (table.enrolment, first), (table.enrolment, other),
    }  # fmt: skip
    assert len({task.key for task in asked}) == 2
    assert {task_words(task).rpartition(" · ")[2] for task in asked} == {"Dr. Holm", "Dr. Kjær"}
    for recipient, still in (("Dr. Holm", [other]), ("Dr. Kjær", [])):
        drafted = table.do(draft_letter, DraftLetter(table.enrolment, "referrer"))
        assert table.do(draft_letter, DraftLetter(table.enrolment, "referrer")).letter_id == drafted.letter_id
        (letter,) = table.rows(Letter, Letter.id == drafted.letter_id)
        assert letter.recipient == recipient
        table.do(edit_letter, EditLetter(drafted.letter_id, letter.recipient, letter.text, "given"))
        assert [task.referral_id for task in asked_again(table, Due.LETTER_REFERRER)] == still


def test_who_was_written_to_about_the_part_that_ended_is_not_to_be_answered_again(table):
    first, other = (
        referred(table, person, day, state="accepted")
        for person, day in ((table.person, date(2026, 8, 30)), (table.known, date(2026, 11, 5)))
    )
    brought(table, first, other)
    end(table, table.second)
    drafted = table.do(draft_letter, DraftLetter(table.second, "referrer"))
    table.do(edit_letter, EditLetter(drafted.letter_id, "Lungemedicinsk afdeling", "Det gik godt.", "given"))
    table.join()
    end(table, table.enrolment)
    assert [task.referral_id for task in asked_again(table, Due.LETTER_REFERRER)] == [first]


def test_a_letter_is_written_about_the_part_that_goes_on(table):
    table.join()
    assert [part for part, _title in table.ask(papers_of, table.known, today=TODAY).enrolments] == [table.enrolment]


def test_a_referral_of_either_row_brought_the_other_to_the_course_that_followed_until_they_are_parted(apart):
    referral = referred(apart, apart.known, date(2026, 8, 30))
    apart.join()
    assert (apart.rows(Enrolment)[0].referral_id, state_of(apart, referral)) == (referral, ("accepted", TODAY))
    end(apart, apart.enrolment)
    (task,) = asked_again(apart, Due.LETTER_REFERRER)
    assert (task.enrolment_id, task.referral_id) == (apart.enrolment, referral)
    unmerge(apart)
    assert (apart.rows(Enrolment)[0].referral_id, state_of(apart, referral)) == (None, ("open", None))


@pytest.mark.parametrize(
    ("day", "said", "state"),
    [
        (date(2026, 9, 2), {}, "open"),
        (date(2026, 8, 30), {"state": "declined"}, "declined"),
        (date(2026, 8, 30), {"is_self_referral": True}, "accepted"),
    ],
    ids=["came later", "said no", "came by themselves"],
)
def test_what_brought_nobody_to_the_course_asks_for_no_word_of_it(apart, day, said, state):
    referral = referred(apart, apart.known, day, **said)
    apart.join()
    assert apart.rows(Enrolment)[0].referral_id is None
    assert state_of(apart, referral)[0] == state


def test_a_referral_brings_the_other_row_to_one_course_and_no_course_that_it_was_moved_to(apart):
    """They joined in September, moved on in October, and came to another course besides in November."""
    moved_on, besides = new_id(apart.clock), new_id(apart.clock)
    with apart.work() as work:
        old = work.session.get(Enrolment, apart.enrolment)
        old.left_on, old.closing_reason = date(2026, 10, 1), "moved_course"
        work.session.add_all(
            Enrolment(id=key, person_id=apart.person, course_id=course, joined_on=joined_on, moved_from_id=moved_from)
            for key, course, joined_on, moved_from in (
                (moved_on, apart.their_course, date(2026, 10, 1), apart.enrolment),
                (besides, new_id(apart.clock), date(2026, 11, 1), None),
            )
        )
        work.commit()
    referral = referred(apart, apart.known, date(2026, 9, 15))
    apart.join()
    brought = {part.id: part.referral_id for part in apart.rows(Enrolment)}
    assert brought == {apart.enrolment: None, moved_on: None, besides: referral}
    unmerge(apart)
    assert {part.referral_id for part in apart.rows(Enrolment)} == {None}


def test_one_referral_brings_the_other_row_to_the_first_course_after_it_alone(apart):
    later = new_id(apart.clock)
    apart.add(Enrolment(id=later, person_id=apart.person, course_id=apart.their_course, joined_on=date(2026, 11, 1)))
    referral = referred(apart, apart.known, date(2026, 8, 30))
    apart.join()
    assert {part.id: part.referral_id for part in apart.rows(Enrolment)} == {apart.enrolment: referral, later: None}


@pytest.fixture
def half_a_year_ago(table):
    """Both parts ended in May, the first last; whoever is on the course is asked after six months."""
    with table.work() as work:
        for key, left_on in ((table.enrolment, date(2026, 5, 26)), (table.second, date(2026, 5, 19))):
            part = work.session.get(Enrolment, key)
            part.joined_on, part.left_on, part.closing_reason = date(2026, 3, 1), left_on, "completed"
        work.commit()
    table.add(
        *(
            Consent(
                id=new_id(table.clock), person_id=person, kind=Kind.CONTACT_SIX_MONTHS.value, answer="given",
                answered_on=date(2026, 5, 1), manner="oral", information_given=True, recorded_by=table.actor,
            )
            for person in (table.person, table.known)
        )
    )  # fmt: skip
    return table


def said(table, enrolment, time_point, smoke_free="yes", on=TODAY, **fields):
    said = OutcomeSaid(time_point=time_point, assessed_on=on, smoke_free=smoke_free, self_report_on=on)
    return table.do(record_outcome, RecordOutcome(enrolment, said, **fields)).outcome_id


def reported(table):
    (part,) = participations(table.ask(facts))
    return part


def test_who_answered_after_six_months_under_the_other_name_is_not_called_again(half_a_year_ago):
    table = half_a_year_ago
    at_end = {"time_point": "end", "on": date(2026, 5, 26)}
    said(table, table.enrolment, **at_end)
    answer = said(table, table.second, "six_months", "no")
    table.join()
    assert asked_again(table, Due.FOLLOW_UP) == []
    listed = table.ask(follow_ups, today=TODAY)
    assert (listed.due, listed.may_give_up) == ((), ())
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert (part.enrolment_id, part.outcome("end").smoke_free) == (table.enrolment, "yes")
    assert (part.outcome("six_months").outcome_id, part.follow_up.stage) == (answer, Stage.ANSWERED)
    assert (reported(table).at_end, reported(table).six_months) == ("yes", "no")
    with pytest.raises(RuleRefusal, match="already-recorded"):
        said(table, table.enrolment, "six_months")
    again = said(table, table.enrolment, "six_months", corrects_id=answer, reason="Misforstået")
    (row,) = table.rows(Outcome, Outcome.id == again)
    assert (row.enrolment_id, row.person_id) == (table.second, table.known)
    assert asked_again(table, Due.FOLLOW_UP) == []
    assert reported(table).six_months == "yes"
    unmerge(table)
    parts = table.ask(person_courses, table.known, today=TODAY).parts
    assert [row.smoke_free for row in parts[0].outcomes] == ["yes"]


def test_calls_under_both_names_are_calls_to_one_person(half_a_year_ago):
    table = half_a_year_ago

    def called(enrolment, day, **fields):
        at = datetime(2026, 11, day, 10, 0, tzinfo=UTC)
        command = RecordFollowUpAttempt(enrolment, at, "no_answer", **fields)
        return table.do(record_follow_up_attempt, command).attempt_id

    first = called(table.enrolment, 20)
    other = called(table.second, 23)
    table.join()
    (task,) = asked_again(table, Due.FOLLOW_UP)
    assert (task.enrolment_id, task.detail("days")) == (table.enrolment, "2")
    (part,) = table.ask(person_courses, table.known, today=TODAY).parts
    assert [row.attempt_id for row in part.attempts] == [first, other]
    assert len(reported(table).attempts) == 2
    again = called(table.enrolment, 22, corrects_id=other, reason="Forkert dag")
    (row,) = table.rows(FollowUpAttempt, FollowUpAttempt.id == again)
    assert (row.enrolment_id, row.person_id) == (table.second, table.known)
    assert len(reported(table).attempts) == 2
