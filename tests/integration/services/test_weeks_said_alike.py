"""Which week of nicotine replacement somebody is in: every page, paper and list says it, beside a count of our own."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import today
from app.domain.nrt import Step
from app.domain.tasks import Kind
from app.ids import new_id
from app.models.course import Enrolment
from app.models.organisation import Place
from app.services.hand_out import HandedPortion, HandOut, TakeBack, hand_out, take_back
from app.services.make_document import MakeDocument, Paper, make_document
from app.services.plan_nrt import MakeNrtPlan, make_nrt_plan
from app.storage.queries.nrt import nrt_story
from app.storage.queries.session_sheet import session_sheet
from app.storage.queries.tasks import due_of_person
from tests.integration.services.courses import Office

USUAL_WEEKS = 12
DONE = st.one_of(
    st.just(("hand out",)),
    st.just(("hand out",)),
    st.tuples(st.just("name a week"), st.integers(1, 5)),
    st.tuples(st.just("take back"), st.integers(0, 9)),
    st.tuples(st.just("plan"), st.integers(2, 5)),
    st.tuples(st.just("wait"), st.integers(1, 20)),
    st.just(("another course",)),
    st.just(("merge",)),
)


class Weeks:
    """The weeks as one would count them on paper."""

    def __init__(self, office):
        self.office = office
        self.people = [office.person]
        self.handed, self.planned, self.began = [], None, None
        office.add(
            Place(id=office.place, team_id=office.team, municipality_id=office.team, name="Café", kind="vaerested")
        )

    @property
    def day(self):
        return today(self.office.clock)

    @property
    def standing(self):
        """On another course all weeks are theirs again, unless the plan in force is still that of before."""
        begins_anew = self.began and (not self.planned or self.planned[1] >= self.began)
        return [(week, on) for _id, week, on in self.handed if not begins_anew or on >= self.began]

    @property
    def counted(self):
        return {week for week, _on in self.standing}

    @property
    def asked_today(self):
        """A plan asks for its next week a week after the last handout, and says so from the day before."""
        if not self.planned or self.due is None:
            return []
        due_on = max([self.planned[1], *(on + timedelta(weeks=1) for _week, on in self.standing)])
        return [(str(self.due), due_on)] if due_on <= self.day + timedelta(days=1) else []

    @property
    def due(self):
        weeks = self.planned[0] if self.planned else USUAL_WEEKS
        return next((week for week in range(1, weeks + 1) if week not in self.counted), None)

    def hand_out(self, week=None):
        expected = week or self.due or next(n for n in range(1, 99) if n not in self.counted)
        person = self.people[len(self.handed) % len(self.people)]
        command = HandOut(person_id=person, portions=(HandedPortion("gum-2"),), handed_on=self.day, week=week)
        done = self.office.do(hand_out, command)
        assert done.week == expected
        self.handed.append((done.handout_ids[0], expected, self.day))

    name_a_week = hand_out

    def take_back(self, number):
        if self.handed:
            handout = self.handed.pop(number % len(self.handed))
            self.office.do(take_back, TakeBack(handout[0], "Came back"))

    def plan(self, weeks):
        person = self.people[weeks % len(self.people)]
        steps = (Step("gum-2", 1, weeks),)
        self.office.do(make_nrt_plan, MakeNrtPlan(person_id=person, weeks=weeks, steps=steps, starts_on=self.day))
        self.planned = (weeks, self.day)

    def wait(self, days):
        self.office.clock.at += timedelta(days=days)

    def another_course(self):
        with self.office.work() as work:
            for part in work.session.query(Enrolment).where(Enrolment.left_on.is_(None)):
                part.left_on, part.closing_reason = self.day, "completed"
            work.commit()
        self.wait(3)
        self.began = self.day
        own = {"person_id": self.people[0], "course_id": self.office.course, "joined_on": self.day}
        self.office.add(Enrolment(id=new_id(self.office.clock), **own))

    def merge(self):
        if len(self.people) == 1:
            self.people.append(new_id(self.office.clock))
            self.office.merge(self.people[1])


@settings(derandomize=True, deadline=None, max_examples=15, database=None)
@given(st.lists(DONE, min_size=4, max_size=10))
def test_every_page_paper_and_list_says_the_same_week(done):
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        weeks = Weeks(office)
        for what, *how in done:
            getattr(weeks, what.replace(" ", "_"))(*how)
            for person in weeks.people:
                story = office.ask(nrt_story, person)
                assert (story.due and story.due.week, story.weeks) == (weeks.due, weeks.counted)
                tasks = [row.task for row in office.ask(due_of_person, person, today=weeks.day).rows]
                said = [(task.detail("week"), task.due) for task in tasks if task.kind is Kind.HANDOUT]
                assert said == weeks.asked_today
                if weeks.handed or weeks.planned:
                    with office.work() as work:
                        card = make_document(MakeDocument(Paper.NRT_CARD, person), work=work)
                    assert card.drawing.args[0].weeks_given == weeks.counted
            for row in office.ask(session_sheet, office.session).rows:
                assert row.offered == ("" if weeks.due is None else (story.due and story.due.cell))
        office.store.close()
